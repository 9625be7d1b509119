/** Recordings of real machines, for `--recorded PATH` and the launch attribute `recorded`. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { MachineError } from '../kernel/arch/machine_config';
import { PROC_FILES, recordingOfProc } from '../recordings/proc_files';
import { asRecorded, type Recording, readRecording } from '../recordings/recorded';
import { RecordingError } from '../recordings/recording_error';
import type { VmOptions } from '../vm/loadVm';
import { type OptionValues, text, UsageError } from './command';
import { fileProblem } from './scenario';

/** A recording, from JSON or from a folder of /proc files. @throws RecordingError, and what the file system and JSON.parse throw */
export function recordingAt(path: string): Recording {
  if (!statSync(path).isDirectory()) return readRecording(JSON.parse(readFileSync(path, 'utf8')));
  return readRecording(
    recordingOfProc(Object.fromEntries(PROC_FILES.map((name) => [name, textIfAny(join(path, name))]))),
  );
}
function textIfAny(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return undefined;
    throw error;
  }
}

/** Boots as the recorded machine at a path, or says what is wrong with what is there. */
export function recordedBoot(path: string): Pick<VmOptions, 'boot'> | { readonly problem: string } {
  try {
    const boot = asRecorded(recordingAt(path));
    return {
      boot(config, options) {
        try {
          return boot(config, options);
        } catch (error) {
          throw error instanceof RecordingError ? new MachineError(`${path}: ${error.message}`) : error;
        }
      },
    };
  } catch (error) {
    const problem = error instanceof RecordingError ? error.message : fileProblem(error, 'file or folder');
    if (problem === undefined) throw error;
    return { problem };
  }
}

/** The boot that `--recorded` asks for, if it is given. @throws UsageError that says what is wrong with the recording */
export function bootOf(values: OptionValues): Pick<VmOptions, 'boot'> {
  const path = text(values, 'recorded');
  const boot = path === undefined ? {} : recordedBoot(path);
  if ('problem' in boot) throw new UsageError(`${path}: ${boot.problem}`);
  return boot;
}

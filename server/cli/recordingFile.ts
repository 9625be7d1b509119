/** Recordings of real machines, for `--recorded PATH`. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { PROC_FILES, recordingOfProc } from '../recordings/proc_files';
import { type Recording, readRecording } from '../recordings/recorded';

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

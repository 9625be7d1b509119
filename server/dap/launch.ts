/** Reads a scenario's files from disk and compiles them: what the adapter launches. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type LoadOptions, loadScenario } from '../debugger/load';
import { RequestError } from './hardened';
import { type Launch, type Loaded, ScenarioError } from './launchArgs';

/** How to boot as the recorded machine at a path, or what is wrong with what is there: the command line knows recordings. */
export type RecordedBoot = (path: string) => Pick<LoadOptions, 'boot'> | { readonly problem: string };

/** What the command line knows of the machines of scenarios. */
export interface Machines {
  readonly recordedBoot: RecordedBoot;
  /** what the kmem.json of a scenario chooses, for one without a machine block */
  readonly machineFor?: (path: string) => LoadOptions['machine'];
}

/** Reads and compiles the scenario. @throws RequestError if it can't be read, ScenarioError if it can't be run */
export function loadFromDisk(launch: Launch, machines?: Machines): Loaded {
  let text: string;
  try {
    text = readFileSync(launch.program, 'utf8');
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new RequestError(`can't read ${launch.program} (${why}). "program" is to be the path of a .kmem file.`, true);
  }
  const loaded = loadScenario(launch.program, text, {
    ...machineOf(launch, machines?.recordedBoot),
    machine: machines?.machineFor?.(launch.program),
    seed: launch.seed,
    set: launch.set,
    budget: { memoryBytes: launch.memoryBytes },
    trace: 'allocations',
    resolveInclude: (path, from) => {
      const full = resolve(dirname(from), path);
      const included = diskText(full);
      return included === undefined ? undefined : { path: full, text: included };
    },
  });
  if ('problems' in loaded) throw new ScenarioError(loaded.problems);
  return { ...loaded, diskText };
}
function machineOf({ recorded }: Launch, boots: RecordedBoot | undefined): Pick<LoadOptions, 'boot'> {
  if (recorded === undefined) return {};
  const boot = boots?.(recorded) ?? { problem: 'this adapter was started without recordings' };
  if (!('problem' in boot)) return boot;
  throw new RequestError(
    `launch configuration: "recorded" is ${recorded}: ${boot.problem}. Give a folder with the /proc files of a machine, or its recording (.json).`,
    true,
  );
}
/** The text of a file on disk; undefined where there is none. */
function diskText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Reads a scenario's files from disk and compiles them: what the adapter launches. */
import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, resolve } from 'node:path';
import { loadScenario } from '../debugger/load';
import { RequestError } from './hardened';
import type { Launch, Loaded } from './launchArgs';

/** Reads and compiles the scenario. @throws RequestError with FILE:LINE:COL lines where it doesn't compile */
export function loadFromDisk(launch: Launch): Loaded {
  let text: string;
  try {
    text = readFileSync(launch.program, 'utf8');
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new RequestError(`can't read ${launch.program} (${why}). "program" is to be the path of a .kmem file.`, true);
  }
  const loaded = loadScenario(launch.program, text, {
    seed: launch.seed,
    set: launch.set,
    budget: { memoryBytes: launch.memoryBytes },
    resolveInclude: (path, from) => {
      const full = isAbsolute(path) ? path : resolve(dirname(from), path);
      try {
        return { path: full, text: readFileSync(full, 'utf8') };
      } catch {
        return undefined;
      }
    },
  });
  if ('problems' in loaded)
    throw new RequestError(`the scenario does not compile:\n${loaded.problems.join('\n')}`, true, 2);
  return loaded;
}

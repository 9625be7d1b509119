// Completes a launch configuration before a session starts: the defaults that F5 without launch.json needs. What its attributes may be
// is checked by the adapter. Plain data in and out.
import { DEFAULT_LAUNCH, LANGUAGE_ID, type LaunchAttributes } from './contributions';

/** A configuration as the editor passes it: empty where F5 was pressed without launch.json. */
export interface LaunchRequest extends LaunchAttributes {
  type?: string;
  request?: string;
  name?: string;
}

/** The document in the active editor, as far as starting needs to know it. */
export interface ActiveDocument {
  readonly languageId: string;
  /** Path in the file system, or undefined where it has none (untitled, or inside a virtual file system). */
  readonly path: string | undefined;
}

/** The configuration to start with, or the reason why there is none. */
export type Resolved<T> = { readonly config: T } | { readonly error: string };

function fileName(path: string): string {
  return path.replace(/^.*[\\/]/, '');
}

/** The configuration that debugs one scenario, as F5 makes it without launch.json. */
export function launchOf(path: string): Required<Pick<LaunchRequest, 'type' | 'request' | 'name'>> & LaunchAttributes {
  return { ...DEFAULT_LAUNCH, name: fileName(path), program: path };
}

/** A scenario that is open in an editor, and the workspace's folder that it lies in. */
export interface OpenScenario {
  readonly path: string;
  /** undefined: outside the workspace */
  readonly folder: string | undefined;
}

/**
 * A configuration for each open scenario of one folder, or of those outside all folders: the editor asks folder by folder and shows all
 * answers. Without an open scenario, the one that takes the file in the editor.
 */
export function launchesOf(open: readonly OpenScenario[], folder: string | undefined): LaunchRequest[] {
  if (open.length === 0) return [{ ...DEFAULT_LAUNCH }];
  return open.filter((scenario) => scenario.folder === folder).map(({ path }) => launchOf(path));
}

/**
 * Completes a configuration before the editor replaces its variables. An empty one takes the active scenario.
 */
export function completeLaunch<T extends LaunchRequest>(config: T, active: ActiveDocument | undefined): Resolved<T> {
  const empty = !config.type && !config.request && !config.name;
  const program = config.program ?? DEFAULT_LAUNCH.program;
  if (program === DEFAULT_LAUNCH.program) {
    if (active?.languageId !== LANGUAGE_ID)
      return {
        error: 'kmem: no scenario is open in the active editor. Open a .kmem file, or set "program" in launch.json.',
      };
    if (active.path === undefined)
      return {
        error: 'kmem: the scenario is not saved to disk, and only files can be run. Save it, then start again.',
      };
    if (empty) return { config: { ...config, ...launchOf(active.path) } };
  }
  return { config: { ...config, program } };
}

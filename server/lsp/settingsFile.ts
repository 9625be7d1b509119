/** `kmem.json`: the settings of the linter for the folder that it lies in and those below. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { DEFAULT_SETTINGS, type LintSettings, readSettings } from '../language/ide/lintSettings';

export const SETTINGS_FILE = 'kmem.json';

export interface FileSettings {
  readonly settings: LintSettings;
  /** the file; undefined if there is none */
  readonly file?: string;
  /** what is wrong with it */
  readonly problems: readonly string[];
}

/** The settings for a scenario: of the kmem.json in its folder, or in the nearest folder above. */
export function settingsFor(path: string): FileSettings {
  for (let folder = dirname(resolve(path)); ; folder = dirname(folder)) {
    const file = join(folder, SETTINGS_FILE);
    if (existsSync(file)) return { file, ...settingsIn(file) };
    if (folder === dirname(folder)) return { settings: DEFAULT_SETTINGS, problems: [] };
  }
}
function settingsIn(file: string): { settings: LintSettings; problems: readonly string[] } {
  try {
    return readSettings(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    const why =
      error instanceof SyntaxError ? `not JSON: ${error.message}` : `cannot be read: ${(error as Error).message}`;
    return { settings: DEFAULT_SETTINGS, problems: [why] };
  }
}

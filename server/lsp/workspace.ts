/** The folders that the client has open: their scenarios, also those that are not open in an editor. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { check } from '../language/check/check';
import type { Diagnostic, Program } from '../language/check/context/program';
import { type Checked, pathOf } from './documents';
import { SETTINGS_FILE } from './settingsFile';

/** Scenarios, folders and levels that are looked at: a folder may be the root of a disk. */
const MOST = { files: 2000, folders: 5000, levels: 20 };
const SKIPPED = /^(\..*|node_modules|dist|build|out)$/;

interface Known {
  readonly stamp: string;
  readonly program: Program;
  /** begun when first asked for */
  diagnostics: Promise<readonly Diagnostic[] | undefined> | undefined;
}

export class Workspace {
  private folders: readonly string[] = [];
  private readonly known = new Map<string, Known>();

  constructor(
    private readonly checked: Checked,
    private readonly openUris: () => readonly string[],
  ) {}

  /** @param uris the folders, by their URIs */
  open(uris: readonly string[]): void {
    this.folders = [...new Set(uris.map(pathOf))];
  }
  change(added: readonly string[], removed: readonly string[]): void {
    const gone = new Set(removed.map(pathOf));
    this.folders = [...new Set([...this.folders.filter((f) => !gone.has(f)), ...added.map(pathOf)])];
  }
  /** The paths of all scenarios of the folders, whether open in an editor or not. */
  files(): string[] {
    const found = new Set<string>();
    let folders = 0;
    const walk = (folder: string, level: number): void => {
      if (level > MOST.levels || folders++ > MOST.folders) return;
      for (const entry of entriesOf(folder)) {
        if (found.size >= MOST.files) return;
        const path = join(folder, entry.name);
        if (entry.isDirectory() && !SKIPPED.test(entry.name)) walk(path, level + 1);
        else if (entry.isFile() && entry.name.endsWith('.kmem')) found.add(path);
      }
    };
    for (const folder of this.folders) walk(folder, 0);
    return [...found];
  }
  /** The programs of the open documents and of the other scenarios of the folders. */
  programs(): Program[] {
    const open = this.openUris();
    const paths = new Set(open.map(pathOf));
    const others = this.files().filter((path) => !paths.has(path));
    return [...open.map((uri) => this.checked.of(uri)), ...others.map((path) => this.read(path)?.program)].flatMap(
      (p) => p ?? [],
    );
  }
  /** What is found in a file that is not open; undefined if it cannot be read. */
  async diagnostics(path: string): Promise<{ program: Program; diagnostics: readonly Diagnostic[] } | undefined> {
    const known = this.read(path);
    if (!known) return undefined;
    known.diagnostics ??= this.checked.analysed(known.program, path);
    const found = await known.diagnostics;
    if (!found) known.diagnostics = undefined;
    return found && { program: known.program, diagnostics: found };
  }
  /** Settings have changed, and with them perhaps the machine. */
  stale(): void {
    this.known.clear();
  }
  /** A file that is not open, checked again when it has changed. Its includes are open or on disk. */
  private read(path: string): Known | undefined {
    try {
      const { mtimeMs, size } = statSync(path);
      const stamp = `${mtimeMs} ${size}`;
      const known = this.known.get(path);
      if (known?.stamp === stamp) return known;
      const program = check({ path, text: readFileSync(path, 'utf8') }, this.checked.optionsFor(path));
      const read: Known = { stamp, program, diagnostics: undefined };
      this.known.set(path, read);
      return read;
    } catch {
      this.known.delete(path); // gone, or not readable
      return undefined;
    }
  }
  /** A file has changed: programs that include it are checked again. */
  changed(uri: string): void {
    const path = pathOf(uri);
    if (basename(path) === SETTINGS_FILE) this.stale();
    for (const [key, { program }] of this.known) if (program.files.some((f) => f.path === path)) this.known.delete(key);
  }
}
function entriesOf(folder: string): { name: string; isDirectory(): boolean; isFile(): boolean }[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    return [];
  }
}

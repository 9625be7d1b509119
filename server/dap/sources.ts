/**
 * The scenario's files as the client knows them. What runs is the text that was started: when a file on disk differs from it, the client is
 * told, and gets the text from here.
 */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { type LineMap, lineMap } from '../debugger/target/lineMap';
import { type Args, object, optionalInteger, optionalString } from './args';
import { RequestError } from './hardened';

/** The text of a file that runs. */
interface File {
  readonly path: string;
  readonly text: string;
}
/** What is shown of a program. */
interface Program {
  readonly files: readonly File[];
  readonly profile: { readonly version: string };
}
/** What is said of a file that differs from what runs. */
export const HAS_CHANGED = 'has changed since it was started: Restart';
/** What is said of a file that cannot be read any more: a restart would not find it. */
export const IS_GONE = 'was renamed or deleted: start the scenario where it is now';
/** Milliseconds between looks at the files on disk. */
const LOOK_EVERY = 500;

export class Sources {
  /** whether the client's paths are URIs */
  asUri = false;
  private files: readonly File[] = [];
  private kernelVersion = '';
  private diskText: ((path: string) => string | undefined) | undefined;
  /** paths of the files that differ on disk */
  private readonly changed = new Set<string>();
  private timer: NodeJS.Timeout | undefined;

  /** @param told when a file begins to differ from what runs, or is not there any more */
  constructor(private readonly told: (path: string, isGone: boolean) => void) {}

  /** A program is started: its files, and how to read what they have become on disk. */
  enter(program: Program, diskText: ((path: string) => string | undefined) | undefined): void {
    this.leave();
    this.files = program.files;
    this.kernelVersion = program.profile.version;
    this.diskText = diskText;
    if (diskText) this.timer = setInterval(() => this.look(), LOOK_EVERY).unref();
  }
  leave(): void {
    clearInterval(this.timer);
    this.changed.clear();
  }
  /** Compares the files with what runs. */
  look(): void {
    if (!this.diskText) return;
    for (const { path, text } of this.files) {
      const now = this.diskText(path);
      const differs = now !== text;
      if (differs === this.changed.has(path)) continue;
      if (differs) {
        this.changed.add(path);
        this.told(path, now === undefined);
      } else this.changed.delete(path);
    }
  }
  /** Which lines of a file that differs on disk are lines of the text that runs; undefined for one that doesn't differ. */
  edited(file: number): LineMap | undefined {
    const { path = '', text = '' } = this.files[file] ?? {};
    return this.changed.has(path) ? lineMap(text, this.diskText?.(path) ?? '') : undefined;
  }
  /** A file of the program as it is on disk, whatever runs. */
  onDisk(path: string): DebugProtocol.Source {
    return { name: basename(path), path: this.asUri ? pathToFileURL(path).href : path };
  }

  /** A file of the program. One that differs on disk has a reference, by which the client gets the text that runs. */
  of(path: string): DebugProtocol.Source {
    const at = this.files.findIndex((file) => file.path === path);
    return {
      ...this.onDisk(path),
      ...(this.changed.has(path) ? { sourceReference: at + 1, origin: 'the text that was started' } : {}),
    };
  }
  /** The same with the checksum of the text that runs. */
  described(path: string): DebugProtocol.Source {
    const text = this.files.find((file) => file.path === path)?.text ?? '';
    const checksum = createHash('sha256').update(text).digest('hex');
    return { ...this.of(path), checksums: [{ algorithm: 'SHA256', checksum }] };
  }
  /** Where the kernel's own code is: nowhere that could be shown. */
  get kernel(): DebugProtocol.Source {
    return {
      name: `Linux ${this.kernelVersion}`,
      sourceReference: this.files.length + 1,
      presentationHint: 'deemphasize',
    };
  }
  /** Index of the file that a client's path means; −1 if the program doesn't have it. */
  index(path: string): number {
    const plain = localPath(path);
    const same = (a: string, b: string) =>
      a === b || a.replace(/\\/g, '/').toLowerCase() === b.replace(/\\/g, '/').toLowerCase();
    return this.files.findIndex((file) => same(file.path, plain));
  }

  /** The `source` request. */
  content(args: Args): { content: string; mimeType?: string } {
    const source = object(args, 'source');
    const reference = optionalInteger(source, 'sourceReference') || optionalInteger(args, 'sourceReference') || 0;
    if (reference === this.kernel.sourceReference) return { content: OF_THE_KERNEL };
    const at = reference > 0 ? reference - 1 : this.index(optionalString(source, 'path') ?? '');
    const file = this.files[at];
    if (!file) throw new RequestError('this is not a file of the scenario');
    return { content: file.text };
  }
}
const OF_THE_KERNEL =
  'This frame is code of the kernel itself.\nkmem emulates what it does and has no source text of it.\n';

/** A client's path as a path of this machine's file system; unchanged if it is not one. */
function localPath(path: string): string {
  try {
    return path.startsWith('file:') ? fileURLToPath(path) : path;
  } catch {
    return path; // a URI of another host, or with an encoded slash
  }
}

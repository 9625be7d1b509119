// Copies the examples that ship with the extension to a folder that the user chooses. It does not use the editor's API, so that it is
// tested without an editor.
import { constants, copyFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The result of a copy, by file name. */
interface Copied {
  readonly copied: readonly string[];
  /** files that exist with other content: the user's own, left as they are */
  readonly kept: readonly string[];
}

/**
 * Copies every scenario of `from` into `to`, which is made if it does not exist. A file that exists is never overwritten.
 * @throws Error of the file system, such as EACCES
 */
export function copyExamples(from: string, to: string): Copied {
  mkdirSync(to, { recursive: true });
  const there = new Set(readdirSync(to));
  const copied: string[] = [];
  const kept: string[] = [];
  for (const name of readdirSync(from).filter((file) => file.endsWith('.kmem'))) {
    const [source, target] = [join(from, name), join(to, name)];
    if (!there.has(name)) {
      copyFileSync(source, target, constants.COPYFILE_EXCL);
      copied.push(name);
    } else if (!readFileSync(source).equals(readFileSync(target))) kept.push(name);
  }
  return { copied, kept };
}

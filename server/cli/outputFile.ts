/** The file that an option names to be written: nothing that is read is written over, and what fails is said in words. */
import { statSync } from 'node:fs';
import { UsageError } from './command';

/** Why the file of an option cannot be written. @throws what is not an error of the file system */
export function writeError(option: string, path: string, error: unknown): UsageError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  if (code === undefined) throw error;
  return new UsageError(`--${option} ${path}: ${REASONS[code] ?? `it cannot be written (${code}); name another file`}`);
}
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such folder; name a file in a folder that exists',
  ENOTDIR: 'there is no such folder; name a file in a folder that exists',
  EISDIR: 'it is a folder; name a file in it',
  EACCES: 'you may not write there; name a file in another folder',
  EPERM: 'you may not write there; name a file in another folder',
  EROFS: 'that disk can only be read; name a file on another one',
  ENOSPC: 'the disk is full, and the file is not complete; make room, or name a file on another disk',
  EDQUOT: 'the disk is full, and the file is not complete; make room, or name a file on another disk',
};

/** @param read the files that the scenario consists of @throws UsageError where one of them would be written over */
export function keepApart(option: string, path: string, read: readonly string[]): void {
  const written = identity(path);
  if (written === undefined) return;
  if (read.some((file) => identity(file) === written))
    throw new UsageError(`--${option} ${path}: that is a file of the scenario, which would be lost; name another file`);
}
/** What two names of one file have in common; undefined where there is none. */
function identity(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}

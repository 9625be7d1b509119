/**
 * A place in one of the kernel's own functions as call traces print it: `schedule+0x5a/0xd0`. The emulated kernel has no machine code, so
 * offset and size are made up; they are the same in each report. `part` keeps places in one function apart.
 */
export function kernelSymbol(fn: string, part = 0): string {
  const hash = hashOf(fn);
  const size = sizeOf(hash);
  const offset = 1 + (((hash >>> 8) + part) % (size - 1));
  return `${fn}+0x${offset.toString(16)}/0x${size.toString(16)}`;
}
/** The start of such a function, with the same size. */
export function kernelEntry(fn: string): string {
  return `${fn}+0x0/0x${sizeOf(hashOf(fn)).toString(16)}`;
}
function hashOf(fn: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < fn.length; i++) hash = Math.imul(hash ^ fn.charCodeAt(i), 0x01000193) >>> 0;
  return hash;
}
const sizeOf = (hash: number): number => 16 * (2 + (hash % 62));

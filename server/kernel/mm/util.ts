/** Copies in memory from kmalloc (mm/util.c, 6.1: kmemdup, kstrdup, kstrndup, kmemdup_nul). Addresses are virtual; 0 is NULL. */
import type { AddressSpace } from '../../memory/space';

interface Copying {
  readonly space: AddressSpace;
  kmalloc(size: number, gfp: number): number;
}

/** kmemdup */
export function kmemdup({ space, kmalloc }: Copying, source: number, length: number, gfp: number): number {
  const copy = kmalloc(length, gfp);
  if (copy !== 0 && length > 0) space.writeBytes(copy, space.readBytes(source, length));
  return copy;
}
/** kmemdup_nul: `length` bytes and a zero behind them. */
function kmemdupNul({ space, kmalloc }: Copying, source: number, length: number, gfp: number): number {
  const copy = kmalloc(length + 1, gfp);
  if (copy === 0) return 0;
  space.writeBytes(copy, space.readBytes(source, length));
  space.write8(copy + length, 0);
  return copy;
}
/** kstrdup: NULL of NULL. */
export function kstrdup(copying: Copying, text: number, gfp: number): number {
  return kstrndup(copying, text, Number.POSITIVE_INFINITY, gfp);
}
/** kstrndup: of at most `max` characters. */
export function kstrndup(copying: Copying, text: number, max: number, gfp: number): number {
  if (text === 0) return 0;
  return kmemdupNul(copying, text, stringLength(copying.space, text, max), gfp);
}
/** strnlen */
function stringLength(space: AddressSpace, text: number, max: number): number {
  let length = 0;
  while (length < max && space.read8(text + length) !== 0) length++;
  return length;
}

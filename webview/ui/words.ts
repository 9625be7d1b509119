/** Numbers and places in words, the same in every view. */
import type { Place } from '../../server/debugger/inspector/shapes/common';

/** `0x1840`: pfns, and numbers that are addresses */
export const hex = (n: number | bigint): string => `0x${n.toString(16)}`;

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
/** `16 KiB`, `1.5 MiB`, as Variables has them */
export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  for (; value >= 1024 && unit < UNITS.length - 1; unit++) value /= 1024;
  return `${Number.isInteger(value) ? value : value.toFixed(1)} ${UNITS[unit]}`;
}
const fileName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
/** `nic-rx.kmem:43` */
export const placeText = (place: Place | undefined): string =>
  place ? `${fileName(place.path)}:${place.line}` : 'the kernel';

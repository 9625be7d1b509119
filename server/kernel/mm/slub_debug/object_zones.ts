/** The bytes of an object, and of a slab's end, that slub_debug fills with known values (mm/slub.c, 6.1: check_object, slab_pad_check). */
import { PageFaultError } from '../../../memory/space';
import type { PoisonValues } from '../../../profiles/profile';
import { OBJECT_POISON, SLAB_POISON, SLAB_RED_ZONE } from '../../../profiles/slabFlags';
import type { SlubParts } from '../slub/slub_parts';
import type { SlubLayout } from './slub_layout';

/** SLUB_RED_INACTIVE and SLUB_RED_ACTIVE: red zones of a free object and of one in use */
export const RED_INACTIVE = 0xbb;
export const RED_ACTIVE = 0xcc;
/** KMALLOC_MAX_SIZE: no part of an object is larger */
const MOST_BYTES = 1 << 22;

export interface ObjectZone {
  /** as the kernel's reports call it */
  readonly what: string;
  readonly start: number;
  readonly bytes: number;
  /** what each of them has to be */
  readonly value: number;
  /** check_object looks no further where it has been overwritten */
  readonly isLast: boolean;
}

/** In the order in which check_object looks at them. `red`: what the object is taken to be, free or in use */
export function objectZones(
  { caches }: Pick<SlubParts, 'caches'>,
  layout: SlubLayout,
  poison: Pick<PoisonValues, 'inuse' | 'free' | 'end'>,
  cache: number,
  object: number,
  red: number,
): ObjectZone[] {
  const flags = caches.flags(cache);
  const size = caches.objectSize(cache);
  const inuse = caches.inuse(cache);
  const zones: ObjectZone[] = [];
  const zone = (what: string, start: number, value: number, bytes: number, isLast: boolean) =>
    zones.push({ what, start, bytes, value, isLast });
  if (flags & SLAB_RED_ZONE) {
    const pad = caches.redLeftPad(cache);
    zone('Left Redzone', object - pad, red, pad, true);
    zone('Right Redzone', object + size, red, inuse - size, true);
  } else if (flags & SLAB_POISON && size < inuse)
    zone('Alignment padding', object + size, poison.inuse, inuse - size, false);
  if (flags & SLAB_POISON) {
    if (red !== RED_ACTIVE && flags & OBJECT_POISON) {
      zone('Poison', object, poison.free, size - 1, true);
      zone('End Poison', object + size - 1, poison.end, 1, true);
    }
    const from = layout.dataEnd(cache);
    zone('Object padding', object + from, poison.inuse, layout.sizeFromObject(cache) - from, false);
  }
  return zones;
}

/** Where bytes differ from the value that all of them should have: from the first to behind the last that does; undefined if none does. */
export function wrongBytes(
  read: (address: number, length: number) => Uint8Array,
  start: number,
  value: number,
  bytes: number,
): { readonly from: number; readonly to: number; readonly first: number } | undefined {
  if (bytes <= 0) return undefined;
  // sizes that have been overwritten lead out of memory
  if (bytes > MOST_BYTES) throw new PageFaultError(start + MOST_BYTES, false);
  const data = read(start, bytes);
  const first = data.findIndex((byte) => byte !== value);
  if (first < 0) return undefined;
  let end = bytes;
  while (end > first && data[end - 1] === value) end--;
  return { from: start + first, to: start + end, first: data[first] as number };
}

/** What one slab holds, whichever allocator made it: the parts that slubContents.ts, slabArrayContents.ts and slobContents.ts fill. */
import type { ObjectPart, PageObject, SlabPageAnswer, SlabRow } from '../shapes/slabs';

/** An object without its history. */
export type PlacedObject = Omit<PageObject, 'state' | 'allocated' | 'freed'> & {
  /** on a freelist; undefined: whether it is free is not to be seen, and its history tells */
  readonly isFree: boolean | undefined;
};
export interface SlabContents {
  /** address of its struct kmem_cache; undefined for SLOB's, which belong to none */
  readonly cache: number | undefined;
  readonly slab: SlabRow;
  readonly list: string;
  /** of its first byte */
  readonly address: number;
  readonly bytes: number;
  readonly size: number;
  readonly start: number;
  readonly parts: ObjectPart[];
  readonly end: SlabPageAnswer['end'];
  /** how many objects there are, and one of them: what is not asked for is not read */
  readonly count: number;
  object(place: number): PlacedObject;
}

/** Parts in memory order; those without bytes are left out. */
export const inOrder = (parts: readonly ObjectPart[]): ObjectPart[] =>
  parts.filter(({ bytes }) => bytes > 0).sort((a, b) => a.offset - b.offset);

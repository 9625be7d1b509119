/** What a frame of memory is used for, as numbers: indexes in OWNER_KINDS. */
import { OWNER_KINDS, type OwnerKind } from '../shapes/common';

const of = (kind: OwnerKind): number => OWNER_KINDS.indexOf(kind);
export const FREE = of('free');
export const PCP = of('pcp');
export const SLAB = of('slab');
export const PAGE_TABLE = of('page table');
export const STACK = of('kernel stack');
export const VMALLOC = of('vmalloc');
export const PERCPU = of('per-CPU');
export const PAGE_CACHE = of('page cache');
export const ANONYMOUS = of('anonymous');
export const MEM_MAP = of('mem_map');
export const IMAGE = of('kernel image');
export const RESERVED = of('reserved');
export const HOLE = of('hole');
export const ALLOCATED = of('allocated');
export const KINDS = OWNER_KINDS.length;

/**
 * The cache that PAE takes its top levels from, of four entries each (arch/x86/mm/pgtable.c: pgtable_cache_init, _pgd_alloc, _pgd_free, 6.1).
 * Without page table isolation its tables below are shared (SHARED_KERNEL_PMD), and a whole page is not needed.
 */
import { SLAB_PANIC } from '../../../profiles/slabFlags';
import type { StructMemory } from '../../lib/struct_memory';
import type { Heap } from '../heap';

/** PGD_SIZE, PGD_ALIGN */
const PGD_BYTES = 32;

export class PgdCache {
  /** @param variable address of the pointer to it */
  constructor(
    private readonly memory: StructMemory,
    private readonly heap: Heap,
    private readonly variable: number,
  ) {}
  /** Once, when kmem_cache_create works: before the areas of vmalloc, whose cache is of the same size, so that it becomes a name of this one. */
  init(): void {
    this.memory.setLong(this.variable, this.heap.createCache('pgd_cache', PGD_BYTES, PGD_BYTES, SLAB_PANIC));
  }
  alloc(gfp: number): number {
    return this.heap.cacheAlloc(this.memory.getLong(this.variable), gfp);
  }
  free(pgd: number): void {
    this.heap.cacheFree(this.memory.getLong(this.variable), pgd);
  }
}

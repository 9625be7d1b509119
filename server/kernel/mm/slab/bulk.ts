/** Bulks of the allocators that have no faster way: object by object (mm/slab_common.c, 6.1: __kmem_cache_alloc_bulk, __kmem_cache_free_bulk). */
import { NUMA_NO_NODE } from '../../../profiles/commonConstants';
import type { SlabBackend } from './slab_backend';

type OneByOne = Pick<SlabBackend, 'alloc' | 'free'>;

/** The objects, or none. */
export function allocOneByOne(backend: OneByOne, cache: number, gfp: number, count: number): readonly number[] {
  const objects: number[] = [];
  for (let i = 0; i < count; i++) {
    const object = backend.alloc(cache, gfp, NUMA_NO_NODE, 0);
    if (object === 0) {
      freeOneByOne(backend, cache, objects);
      return [];
    }
    objects.push(object);
  }
  return objects;
}
export function freeOneByOne(backend: OneByOne, cache: number, objects: readonly number[]): void {
  for (const object of objects) backend.free(cache, object);
}

/** Where the fields of SLUB's structures lie on a machine (include/linux/slub_def.h, mm/slab.h, 6.1): bytes from the structure's start. */
import type { Layouts } from '../../../types/layout';

/** struct kmem_cache */
export interface CacheOffsets {
  readonly cpuSlab: number;
  readonly flags: number;
  readonly minPartial: number;
  readonly size: number;
  readonly objectSize: number;
  readonly reciprocalSize: number;
  readonly offset: number;
  readonly cpuPartial: number;
  readonly cpuPartialSlabs: number;
  readonly oo: number;
  readonly min: number;
  readonly allocflags: number;
  readonly ctor: number;
  readonly inuse: number;
  readonly align: number;
  readonly redLeftPad: number;
  readonly random: number;
  /** −1 where the kernel has no NUMA */
  readonly remoteNodeDefragRatio: number;
  readonly randomSeq: number;
  readonly node: number;
}
/** struct kmem_cache_cpu */
export interface CpuOffsets {
  readonly freelist: number;
  readonly tid: number;
  readonly slab: number;
  readonly partial: number;
  readonly bytes: number;
}
/** struct kmem_cache_node */
export interface NodeOffsets {
  readonly nrPartial: number;
  readonly partial: number;
  readonly nrSlabs: number;
  readonly totalObjects: number;
  readonly full: number;
  readonly bytes: number;
}
/** struct slab, in words */
export interface SlabOffsets {
  readonly next: number;
  readonly slabs: number;
  readonly slabCache: number;
  readonly freelist: number;
  readonly counters: number;
  /** rcu_head, in bytes */
  readonly rcuHead: number;
}
export interface SlubOffsets {
  readonly cache: CacheOffsets;
  readonly cpu: CpuOffsets;
  readonly node: NodeOffsets;
  readonly slab: SlabOffsets;
}

export function slubOffsets(layouts: Layouts): SlubOffsets {
  const cache = (field: string) => layouts.offset('kmem_cache', field);
  const cpu = (field: string) => layouts.offset('kmem_cache_cpu', field);
  const node = (field: string) => layouts.offset('kmem_cache_node', field);
  const slab = (field: string) => layouts.offset('slab', field) >> 2;
  return {
    cache: {
      cpuSlab: cache('cpu_slab'),
      flags: cache('flags'),
      minPartial: cache('min_partial'),
      size: cache('size'),
      objectSize: cache('object_size'),
      reciprocalSize: cache('reciprocal_size'),
      offset: cache('offset'),
      cpuPartial: cache('cpu_partial'),
      cpuPartialSlabs: cache('cpu_partial_slabs'),
      oo: cache('oo'),
      min: cache('min'),
      allocflags: cache('allocflags'),
      ctor: cache('ctor'),
      inuse: cache('inuse'),
      align: cache('align'),
      redLeftPad: cache('red_left_pad'),
      random: cache('random'),
      remoteNodeDefragRatio: layouts.has('kmem_cache', 'remote_node_defrag_ratio')
        ? cache('remote_node_defrag_ratio')
        : -1,
      randomSeq: cache('random_seq'),
      node: cache('node'),
    },
    cpu: {
      freelist: cpu('freelist'),
      tid: cpu('tid'),
      slab: cpu('slab'),
      partial: cpu('partial'),
      bytes: layouts.size('kmem_cache_cpu'),
    },
    node: {
      nrPartial: node('nr_partial'),
      partial: node('partial'),
      nrSlabs: node('nr_slabs'),
      totalObjects: node('total_objects'),
      full: node('full'),
      bytes: layouts.size('kmem_cache_node'),
    },
    slab: {
      next: slab('next'),
      slabs: slab('slabs'),
      slabCache: slab('slab_cache'),
      freelist: slab('freelist'),
      counters: slab('counters'),
      rcuHead: layouts.offset('slab', 'callback_head'),
    },
  };
}

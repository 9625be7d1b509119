/** The parts that SLUB's algorithms work with; made once for a machine. */
import type { Profile } from '../../../profiles/profile';
import type { GfpMasks } from '../gfp';
import type { CpuSlabFields, SlubCaches } from './slub_cache';
import type { FreePointers } from './slub_freelist';
import type { SlubMemory } from './slub_memory';
import type { SlabNodes } from './slub_node';
import type { SlubOffsets } from './slub_offsets';
import type { SlubPorts } from './slub_ports';
import type { SlabFields } from './slub_slab';

/** Masks of gfp_t that mm/slub.c makes. */
export interface SlubMasks {
  /** GFP_RECLAIM_MASK | GFP_CONSTRAINT_MASK: what new_slab passes on to the page allocator */
  readonly passedOn: number;
  /** GFP_SLAB_BUG_MASK: what no slab can be in */
  readonly bug: number;
  /** __GFP_RECLAIM */
  readonly reclaim: number;
  /** GFP_NOWAIT */
  readonly nowait: number;
  /** what calculate_sizes adds for SLAB_CACHE_DMA, SLAB_CACHE_DMA32 and SLAB_RECLAIM_ACCOUNT */
  readonly dma: number;
  readonly dma32: number;
  readonly reclaimable: number;
}

export function slubMasks({ gfp: { bits, masks } }: Pick<Profile, 'gfp'>, gfp: GfpMasks): SlubMasks {
  return {
    passedOn:
      masks.__GFP_RECLAIM |
      bits.__GFP_HIGH |
      bits.__GFP_IO |
      bits.__GFP_FS |
      bits.__GFP_NOWARN |
      bits.__GFP_RETRY_MAYFAIL |
      bits.__GFP_NOFAIL |
      bits.__GFP_NORETRY |
      bits.__GFP_MEMALLOC |
      bits.__GFP_NOMEMALLOC |
      bits.__GFP_ATOMIC |
      bits.__GFP_HARDWALL |
      bits.__GFP_THISNODE,
    bug: gfp.dma32 | gfp.highmem | ~gfp.all,
    reclaim: masks.__GFP_RECLAIM,
    nowait: masks.GFP_NOWAIT,
    dma: masks.GFP_DMA,
    dma32: masks.GFP_DMA32,
    reclaimable: bits.__GFP_RECLAIMABLE,
  };
}

export interface SlubParts {
  readonly m: SlubMemory;
  readonly at: SlubOffsets;
  readonly caches: SlubCaches;
  readonly cpus: CpuSlabFields;
  readonly slabs: SlabFields;
  readonly nodes: SlabNodes;
  readonly pointers: FreePointers;
  readonly ports: SlubPorts;
  readonly gfp: GfpMasks;
  readonly masks: SlubMasks;
  /** nodes with memory (slab_nodes), by number */
  readonly nodeIds: readonly number[];
  /** possible CPUs */
  readonly cpuCount: number;
  /** numa_mem_id of a CPU */
  nodeOfCpu(cpu: number): number;
  /** nodes in the order in which a node's zonelist has them, for the zones that a mask may take from; with repetitions */
  zonelistNodes(node: number, gfp: number): readonly number[];
}

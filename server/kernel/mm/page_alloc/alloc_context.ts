/**
 * struct alloc_context: what one request asks for. Follows mm/internal.h and mm/page_alloc.c, 6.1: prepare_alloc_pages,
 * alloc_flags_nofragment. One is made per mask and node when the machine boots, so that an allocation creates no object.
 */
import type { GfpMasks } from '../gfp';
import { GFP_KIND } from '../gfp';
import { MIGRATE_PCPTYPES, MIGRATE_UNMOVABLE } from '../migratetype';
import type { Zone } from '../zone';
import { ALLOC_NOFRAGMENT } from './alloc_flags';

export interface AllocContext {
  /** the zones that may be taken from, in the order in which they are tried */
  readonly zonelist: readonly Zone[];
  /** the first of them; undefined where the mask and the machine have no zone in common */
  readonly preferredZone: Zone | undefined;
  /** index of the highest zone allowed */
  readonly highestZoneidx: number;
  readonly migratetype: number;
  /** ALLOC_NOFRAGMENT if the first attempt prefers ZONE_DMA32 to fragmenting ZONE_NORMAL, else 0 */
  readonly nofragment: number;
}

const hasZone = (zonelists: readonly (readonly Zone[])[], node: number, idx: number): boolean =>
  zonelists[node]?.some((z) => z.node === node && z.idx === idx) === true;

function noNode(node: number): never {
  throw new RangeError(`there is no node ${node}`);
}

/** The alloc_contexts of a machine. */
export class AllocContexts {
  /** by [node · 2 + __GFP_THISNODE] · 32 + the mask's lowest five bits */
  private readonly all: readonly AllocContext[];
  private readonly thisnode: number;

  /**
   * @param zonelists ZONELIST_FALLBACK by node: populated zones in the order in which they are tried
   * @param dma32 index of ZONE_DMA32, −1 where there is none
   * @param groupingDisabled page_group_by_mobility_disabled
   */
  constructor(gfp: GfpMasks, zonelists: readonly (readonly Zone[])[], dma32: number, groupingDisabled: boolean) {
    this.thisnode = gfp.thisnode;
    const contexts: AllocContext[] = [];
    zonelists.forEach((list, node) => {
      for (const only of [false, true]) {
        for (let kind = 0; kind <= GFP_KIND; kind++) {
          const highestZoneidx = gfp.zone(kind);
          const zonelist = list.filter((z) => z.populated && z.idx <= highestZoneidx && (!only || z.node === node));
          const [preferredZone] = zonelist;
          const migratetype = groupingDisabled ? MIGRATE_UNMOVABLE : gfp.migratetype(kind) % MIGRATE_PCPTYPES;
          const aboveDma32 =
            preferredZone !== undefined &&
            dma32 >= 0 &&
            preferredZone.idx === dma32 + 1 &&
            (zonelists.length === 1 || hasZone(zonelists, preferredZone.node, dma32));
          const nofragment = aboveDma32 ? ALLOC_NOFRAGMENT : 0;
          contexts.push({ zonelist, preferredZone, highestZoneidx, migratetype, nofragment });
        }
      }
    });
    this.all = contexts;
  }

  /** What a mask asks for, from `node` on. @throws RangeError for a node that the machine does not have */
  of(gfp: number, node: number): AllocContext {
    const list = gfp & this.thisnode ? (node << 1) | 1 : node << 1;
    return this.all[(list << 5) | (gfp & GFP_KIND)] ?? noNode(node);
  }
}

/** The part of memory that each zone covers (mm/page_alloc.c: free_area_init, calculate_node_totalpages, 6.1). */
import type { ArchInfo, ZoneName } from '../../profiles/archInfo';
import { DMA_END_PFN, DMA32_END_PFN } from '../arch/arch';
import type { MemoryMap, NodeRange } from '../arch/memory_map';

export interface ZoneSpan {
  readonly node: number;
  /** enum zone_type */
  readonly idx: number;
  readonly name: ZoneName;
  /** pfn; 0 for an empty zone */
  readonly start: number;
  /** pages */
  readonly spanned: number;
  readonly present: number;
}

/** First pfn and end of each zone of the architecture, memory or not; an empty range where the machine has no such zone. */
function zoneLimits(arch: ArchInfo, endPfn: number): readonly { start: number; end: number }[] {
  const low = Math.min(endPfn, arch.maxLowPfn);
  return arch.zones.map((name) => {
    switch (name) {
      case 'DMA':
        return { start: 0, end: Math.min(DMA_END_PFN, low) };
      case 'DMA32':
        return { start: DMA_END_PFN, end: Math.min(DMA32_END_PFN, low) };
      case 'Normal':
        return { start: arch.zones.includes('DMA32') ? DMA32_END_PFN : DMA_END_PFN, end: low };
      case 'HighMem':
        return { start: arch.maxLowPfn, end: endPfn };
      default:
        return { start: 0, end: 0 };
    }
  });
}

/** All zones of all nodes, in order of node and index, empty ones too. */
export function zoneSpans(arch: ArchInfo, map: MemoryMap, nodes: readonly number[]): ZoneSpan[] {
  const limits = zoneLimits(arch, map.endPfn);
  return nodes.flatMap((node) => {
    const mine = map.present.filter((r) => r.node === node);
    const first = Math.min(...mine.map((r) => r.start));
    const end = Math.max(...mine.map((r) => r.end));
    return arch.zones.map((name, idx): ZoneSpan => {
      const limit = limits[idx] ?? { start: 0, end: 0 };
      const zone = { start: Math.max(limit.start, first), end: Math.min(limit.end, end) };
      const present = mine.reduce((sum, r) => sum + overlap(r, zone), 0);
      if (!(zone.end > zone.start) || present === 0) return { node, idx, name, start: 0, spanned: 0, present: 0 };
      return { node, idx, name, start: zone.start, spanned: zone.end - zone.start, present };
    });
  });
}

const overlap = (a: NodeRange, b: { start: number; end: number }): number =>
  Math.max(0, Math.min(a.end, b.end) - Math.max(a.start, b.start));

/**
 * The zone a frame's descriptor names: the zone that spans it and, where nodes' spans overlap or a hole lies between zones, the
 * nearest one (init_unavailable_range gives holes to the zone whose memory follows).
 */
export function spanAt(zones: readonly ZoneSpan[], pfn: number): ZoneSpan | undefined {
  let after: ZoneSpan | undefined;
  let last: ZoneSpan | undefined;
  for (const z of zones) {
    if (z.spanned === 0) continue;
    if (pfn >= z.start && pfn < z.start + z.spanned) return z;
    if (z.start > pfn && (!after || z.start < after.start)) after = z;
    if (!last || z.start > last.start) last = z;
  }
  return after ?? last;
}

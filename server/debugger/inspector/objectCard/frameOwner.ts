/** What one frame of memory is used for, and in which block: as the physical map has it. */
import { NR_PCP_LISTS } from '../../../kernel/mm/zone_percpu';
import { listEntries } from '../../inspect/values';
import type { View } from '../../inspect/view';
import type { Session } from '../../session';
import { isMemory, slabName } from '../frameNames';
import { mapState } from '../physicalMap/mapState';
import { OwnerNames } from '../physicalMap/ownerNames';
import { OWNER_KINDS, type OwnerKind } from '../shapes/common';

export interface FrameOwner {
  readonly kind: OwnerKind;
  /** whose it is, in words */
  readonly name: string;
  /** first frame of the block that it belongs to, and the block's order */
  readonly head: number;
  readonly order: number;
}

/** @param pfn of the machine's frames; holes too */
export function frameOwner(session: Session, pfn: number): FrameOwner {
  const { view } = session;
  if (!isMemory(view, pfn)) return { kind: 'hole', name: 'no memory', head: pfn, order: 0 };
  const state = mapState(session);
  const { kind: number, head, order, managed } = state.frames.at(pfn);
  const kind = OWNER_KINDS[number] ?? 'allocated';
  const block = { kind, head, order: kind === 'free' || kind === 'pcp' ? order : compoundOrder(view, head) };
  switch (kind) {
    case 'free': {
      const zone = view.kernel.pageAlloc.zoneOf(head);
      return { ...block, name: `free memory of zone ${zone.name}, node ${zone.node}` };
    }
    case 'pcp':
      return { ...block, name: `the page lists of CPU ${cpuListing(view, head) ?? '?'}` };
    case 'slab':
      return { ...block, name: slabName(view, head) };
    default: {
      const name = new OwnerNames(session, state).of(number, head, managed);
      return { ...block, name: name.replace(/^other, /, 'a block ') };
    }
  }
}
function compoundOrder({ kernel: { pages, pageApi } }: View, head: number): number {
  return pages.flagsLow(head) & pages.pageFlags.head ? pageApi.compoundOrder(head) : 0;
}
/** The CPU on whose page lists a block is. */
function cpuListing(view: View, pfn: number): number | undefined {
  const { pages, pageAlloc } = view.kernel;
  const zone = pageAlloc.zoneOf(pfn);
  const lru = pages.pageAddr(pfn) + pages.lruOffset;
  const lists = view.layouts.offset('per_cpu_pages', 'lists');
  const headSize = view.layouts.size('list_head');
  for (let cpu = 0; cpu < zone.cpus; cpu++)
    for (let list = 0; list < NR_PCP_LISTS; list++)
      for (const entry of listEntries(view, zone.onCpu(cpu).addr + lists + list * headSize))
        if (entry === lru) return cpu;
  return undefined;
}

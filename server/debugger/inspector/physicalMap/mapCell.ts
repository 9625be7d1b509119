/** A cell of the physical map in words. */
import { MIGRATE_NAMES } from '../../../kernel/mm/migratetype';
import { toBits } from '../../../types/address';
import { PAGE_SIZE } from '../../../types/pageSize';
import { formatLocation, formatPages } from '../../inspect/values';
import type { Session } from '../../session';
import type { Asking } from '../asking';
import { momentOf, occurrenceAt } from '../moments';
import type { MapCellAnswer, MapCellQuestion } from '../shapes/physicalMap';
import { TALLY } from './frameChunk';
import { FREE, HOLE, PCP } from './kinds';
import { kindPages, NOT_EMULATED } from './mapAnswer';
import { type MapState, mapState } from './mapState';
import { OwnerNames } from './ownerNames';

const hex = (n: number): string => `0x${n.toString(16)}`;

export function mapCell({ session }: Pick<Asking, 'session'>, question: MapCellQuestion): MapCellAnswer {
  const state = mapState(session);
  const { frames } = state;
  const first = Math.min(question.first, frames.end - 1);
  const end = Math.min(first + question.pages, frames.end);
  const tally = new Int32Array(TALLY);
  frames.count(first, end, tally);
  const one = end - first === 1;
  const there = tally[HOLE] === 0;
  return {
    moment: momentOf(session),
    absent: [...NOT_EMULATED],
    title: one ? `pfn ${hex(first)}` : `pfn ${hex(first)}–${hex(end - 1)}`,
    lines:
      there && one ? frameLines(session, state, first) : [formatPages(end - first), ...rangeLines(state, first, end)],
    frames: kindPages(tally),
    ...(there ? { address: hex(first * PAGE_SIZE) } : {}),
  };
}
function rangeLines(state: MapState, first: number, end: number): string[] {
  const parts = state.zoneParts.filter((part) => part.start < end && part.end > first);
  const zones = [...new Set(parts.map((part) => zoneName(state, part.zone)))];
  const types = new Set<string>();
  state.migratetypes.each(first, end, (type) => {
    const name = MIGRATE_NAMES[type];
    if (name !== undefined) types.add(name);
  });
  return [
    zones.length === 0 ? 'No memory: a hole of the physical address space' : zones.join(', '),
    ...(types.size === 0 ? [] : [`Migratetype of its pageblocks: ${[...types].join(', ')}`]),
  ];
}
function zoneName({ kernel }: MapState, index: number): string {
  const zone = kernel.zones[index];
  return zone ? `Zone ${zone.name}, node ${zone.node}` : '';
}
function frameLines(session: Session, state: MapState, pfn: number): string[] {
  const { view } = session;
  const { kind, head, order, managed } = state.frames.at(pfn);
  const lines = [capital(new OwnerNames(session, state).of(kind, head, managed))];
  if (kind === FREE || kind === PCP)
    lines[0] += `, in a block of order ${order}${head === pfn ? '' : ` that begins at pfn ${hex(head)}`}`;
  else if (head !== pfn) lines.push(`Part of a block that begins at pfn ${hex(head)}`);
  lines.push(...rangeLines(state, pfn, pfn + 1));
  const allocation = kind === FREE || kind === PCP || !managed ? undefined : state.allocations.of(head);
  if (allocation) {
    const { label, place } = occurrenceAt(session, allocation.position);
    const { marks, position } = state.kernel.journal;
    const age = marks.lastAtOrBefore(position) - allocation.mark;
    lines.push(
      `Allocated ${age} statement${age === 1 ? '' : 's'} ago by ${label}${place ? `, at ${place.path.split(/[\\/]/).at(-1)}:${place.line}` : ''}`,
    );
  }
  const type = view.layouts.record('page');
  const address = state.kernel.pages.pageAddr(pfn);
  if (type)
    lines.push(`struct page at ${view.hexBits(toBits(view.abi, address))}: ${formatLocation(view, { type, address })}`);
  return lines;
}
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** The object card: all that is known of what is selected. */
import type { TraceRecord } from '../../../kernel/printk/trace';
import { toBits } from '../../../types/address';
import type { View } from '../../inspect/view';
import type { Session } from '../../session';
import type { Frame } from '../../target/target';
import { kernelObject } from '../../tree/typedNode';
import { allocationHistory, type BlockHistory } from '../allocationHistory';
import { allocationOf } from '../allocationRecords';
import type { Asking } from '../asking';
import { isMemory } from '../frameNames';
import { momentOf, placeOf, statementAt } from '../moments';
import { recordedEvent } from '../recordedEvent';
import type { Allocation, ObjectCardAnswer, ObjectCardQuestion } from '../shapes/objectCard';
import { lastWrites, type Watched } from './lastWrites';
import { type Subject, subjectOf } from './subject';

/** Last writes that are shown unless the question says how many. */
const WRITES = 10;
/** Entries of the journal that the cursor is moved over to read a call trace of the past; beyond, only the statement is told. */
const FAR = 4 << 20;

export function objectCard(asking: Asking, { selection, writes = WRITES }: ObjectCardQuestion): ObjectCardAnswer {
  const { session } = asking;
  const { view } = session;
  const subject = subjectOf(asking, selection);
  const { allocated, freed } = historyOf(session, subject);
  const { rows, complete } = lastWrites(session, watchedOf(view, subject), writes);
  return {
    moment: momentOf(session),
    absent: absentOf(view, subject, allocated),
    title: subject.title,
    owner: { kind: subject.owner.kind, name: subject.owner.name },
    state: [...useOf(view, subject, freed), ...subject.state],
    ...(subject.address === undefined ? {} : { address: view.hexBits(toBits(view.abi, subject.address)) }),
    bytes: subject.bytes,
    ...(subject.pfn === undefined ? {} : { pfn: subject.pfn }),
    descriptor: subject.pfn === undefined ? [] : descriptorOf(view, subject.pfn),
    parts: [...subject.parts],
    ...(allocated ? { allocated: eventOf(session, allocated) } : {}),
    ...(freed ? { freed: eventOf(session, freed) } : {}),
    writes: rows,
    writesComplete: complete,
    ...(subject.expression === undefined ? {} : { expression: subject.expression }),
  };
}

/** Of an object that is on no freelist: whether somebody has it. */
function useOf(view: View, { inUse }: Subject, freed: TraceRecord | undefined): string[] {
  if (inUse !== true) return [];
  if (!freed) return ['In use.'];
  return [
    view.kernel.kasan
      ? 'Freed: KASAN keeps it in its quarantine, so that a use is noticed.'
      : 'Freed, and on no freelist.',
  ];
}
/** The rows of the frame's struct page, as Variables has them; of a slab's, those of its struct slab. */
function descriptorOf(view: View, pfn: number): { name: string; value: string }[] {
  if (!isMemory(view, pfn)) return [];
  const { pages } = view.kernel;
  const head = pages.headOr(pfn, pfn);
  const [tag, at] = pages.isSlab(head) ? (['slab', head] as const) : (['page', pfn] as const);
  const node = kernelObject({ view, format: 'natural' }, tag, tag, pages.pageAddr(at));
  return (node.children?.() ?? [])
    .filter((row) => row.value !== '' && row.location)
    .map(({ name, value }) => ({ name, value }));
}
/** What belongs to the subject: its bytes, and of a frame its descriptor. */
function watchedOf(view: View, { address, bytes, pfn, type, blocks }: Subject): Watched[] {
  const { pages } = view.kernel;
  const isFrame = blocks.some((block) => block.startsWith('page '));
  const own = address === undefined ? [] : [{ address, bytes, type, prefix: isFrame ? 'page' : '' }];
  if (!isFrame || pfn === undefined || !isMemory(view, pfn)) return own;
  const page = view.layouts.record('page');
  const descriptor = { address: pages.pageAddr(pfn), bytes: pages.size, type: page, prefix: '' };
  return [descriptor, ...own];
}
function absentOf(
  view: View,
  { blocks }: Subject,
  allocated: TraceRecord | undefined,
): { what: string; why: string }[] {
  if (view.kernel.config.allocator === 'slob' && blocks.length > 0 && !allocated)
    return [{ what: 'the object', why: 'SLOB keeps nothing that says which cache an object is of' }];
  return [];
}

// ---------------------------------------------------------------- who allocated it
/** The newest history among the names that the subject may go by; of a block of pages, only one that reaches the page. */
function historyOf(session: Session, { blocks, pfn }: Subject): BlockHistory {
  const history = allocationHistory(session);
  let best: BlockHistory = { allocated: undefined, freed: undefined };
  for (const block of blocks) {
    const found = history.of(block);
    if (!reaches(found, block, pfn)) continue;
    const [now, then] = [newest(found), newest(best)];
    if (now !== undefined && (then === undefined || now > then)) best = found;
  }
  return best;
}
const newest = ({ allocated, freed }: BlockHistory): number | undefined => (freed ?? allocated)?.position;
function reaches({ allocated, freed }: BlockHistory, block: string, pfn: number | undefined): boolean {
  const head = /^page (\d+)$/.exec(block)?.[1];
  if (head === undefined || pfn === undefined || Number(head) === pfn) return true;
  const record = allocated ?? freed;
  const order = record?.name === 'alloc_pages_bulk' ? 0 : Number(record?.values[1] ?? 0);
  return pfn < Number(head) + 2 ** order;
}
function eventOf(session: Session, record: TraceRecord): Allocation {
  const allocation = allocationOf(record);
  return {
    ...recordedEvent(session, record),
    ...(allocation ? { bytesAllocated: allocation.allocated } : {}),
    ...(allocation?.gfp === undefined ? {} : { gfp: session.target.kernel.gfp.names(allocation.gfp) }),
    calls: callsAt(session, record.position),
  };
}
/** The scenario's frames at a moment of the past, innermost first: memory is moved there and back. */
function callsAt(session: Session, position: number): Allocation['calls'] {
  const { target, index } = session;
  const { journal } = target.kernel.mem;
  const moment = statementAt(session, position);
  const here = journal.position;
  if (moment.mark < 0 || Math.abs(here - moment.position) > FAR) return [];
  const frames = lookAt(session, moment.position, () => target.frames(moment.task));
  return frames
    .filter((frame) => frame.statement >= 0)
    .map((frame) => callOf(frame, placeOf(index.positionOf(frame.statement))));
}
const callOf = ({ name }: Frame, place: ReturnType<typeof placeOf>): Allocation['calls'][number] => ({
  function: name,
  ...(place ? { place } : {}),
});
/** Reads the machine at another position, and comes back. */
function lookAt<T>({ target }: Session, position: number, look: () => T): T {
  const { journal } = target.kernel.mem;
  const here = journal.position;
  try {
    journal.moveTo(position);
    target.sync();
    return look();
  } finally {
    journal.moveTo(here);
    target.sync();
  }
}

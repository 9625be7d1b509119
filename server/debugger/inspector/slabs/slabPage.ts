/** One slab: its objects in memory order, who has them and since when, and what lies across its borders. */
import type { Kernel } from '../../../kernel/kernel';
import { SlabAllocator } from '../../../kernel/mm/slab/slab/slab_allocator';
import { Slob } from '../../../kernel/mm/slab/slob/slob';
import { Slub } from '../../../kernel/mm/slub/slub';
import type { TraceRecord } from '../../../kernel/printk/trace';
import { parseAddress, toBits } from '../../../types/address';
import { orMake } from '../../../types/orMake';
import type { Session } from '../../session';
import { allocationHistory } from '../allocationHistory';
import { objectBlock } from '../allocationRecords';
import { type Answerer, InspectorError } from '../asking';
import { isMemory } from '../frameNames';
import { momentOf } from '../moments';
import { frameOwner } from '../objectCard/frameOwner';
import { subjectOf } from '../objectCard/subject';
import { recordedEvent } from '../recordedEvent';
import type { Place } from '../shapes/common';
import type { Neighbour, ObjectEvent, PageObject, SlabPageAnswer, SlabPageQuestion } from '../shapes/slabs';
import { SlabArrayContents } from './slabArrayContents';
import { absentOf } from './slabCaches';
import type { SlabContents } from './slabContents';
import { unlessDamaged } from './slabSearch';
import { SlobContents } from './slobContents';
import { SlubContents } from './slubContents';

const OBJECTS = 64;
const hexPfn = (pfn: number): string => `0x${pfn.toString(16)}`;

export const slabPage: Answerer<SlabPageQuestion, SlabPageAnswer> = (
  asking,
  { selection, first = 0, objects = OBJECTS },
) => {
  const { session } = asking;
  const { view, target } = session;
  const { kernel } = target;
  const { pfn, title } = subjectOf(asking, selection);
  if (pfn === undefined) throw new InspectorError(`${title} is not in a frame of memory`);
  const head = headOf(session, pfn);
  const contents = unlessDamaged(() => contentsOf(session, head));
  if (!contents)
    throw new InspectorError(
      `the slab at pfn ${hexPfn(head)} cannot be read: a pointer or a size in its struct slab, its cache or a freelist was overwritten`,
    );
  const { cache, slab, list, address, bytes, size, start, parts, end, count } = contents;
  const shown = Array.from({ length: Math.max(0, Math.min(objects, count - first)) }, (_, i) => first + i);
  const before = neighbour(session, head - 1, 'last');
  const after = neighbour(session, head + slab.pages, 'first');
  const name = cache === undefined ? '' : (unlessDamaged(() => kernel.allocators.slab.fields.name(cache)) ?? '');
  return {
    moment: momentOf(session),
    absent: absentOf(session),
    allocator: kernel.config.allocator,
    ...(cache === undefined ? {} : { cache: { address: view.hexBits(toBits(view.abi, cache)), name } }),
    slab,
    address: view.hexBits(toBits(view.abi, address)),
    bytes,
    list,
    size,
    start,
    parts,
    first,
    ...withPlaces(session, contents, shown),
    end,
    ...(before ? { before } : {}),
    ...(after ? { after } : {}),
  };
};

/** First frame of the slab that a frame belongs to. */
function headOf(session: Session, pfn: number): number {
  const { view, target } = session;
  const { pages } = target.kernel;
  if (!isMemory(view, pfn)) throw new InspectorError(`there is no memory at pfn ${hexPfn(pfn)}`);
  const head = pages.headOr(pfn, pfn);
  if (!pages.isSlab(head))
    throw new InspectorError(
      `the frame at pfn ${hexPfn(pfn)} is not part of a slab: it is ${frameOwner(session, pfn).name}`,
    );
  return head;
}
function contentsOf(session: Session, head: number): SlabContents {
  const { view, target } = session;
  const { backend } = target.kernel.allocators.slab;
  if (backend instanceof Slob) return new SlobContents(session, backend, head);
  const cache = cacheOf(target.kernel, session, head);
  if (backend instanceof Slub) return new SlubContents(view, backend, head, cache);
  if (backend instanceof SlabAllocator) return new SlabArrayContents(view, backend, head, cache);
  throw new InspectorError(`slabs of ${backend.name} are not shown`);
}
function cacheOf({ pages, allocators }: Kernel, { view }: Session, head: number): number {
  const cache = view.pointer(pages.pageAddr(head), 'slab', 'slab_cache') ?? 0;
  if (allocators.slab.all().includes(cache)) return cache;
  throw new InspectorError(
    `the slab at pfn ${hexPfn(head)} names a cache that does not exist: slab_cache was overwritten, or the cache is being destroyed`,
  );
}

/** Objects with their history; the statements that many of them share are listed once. */
function withPlaces(
  session: Session,
  contents: SlabContents,
  shown: readonly number[],
): Pick<SlabPageAnswer, 'objects' | 'places'> {
  const places: Place[] = [];
  const indexes = new Map<string, number>();
  const event = (record: TraceRecord): ObjectEvent => {
    const { place, ...known } = recordedEvent(session, record);
    if (!place) return known;
    const at = orMake(indexes, `${place.line}:${place.column} ${place.path}`, () => places.push(place) - 1);
    return { ...known, place: at };
  };
  const objects = shown.map((index): PageObject => {
    const { isFree, ...object } = contents.object(index);
    const { allocated, freed } = historyOf(session, object.address);
    return {
      ...object,
      state: stateOf(isFree, freed),
      ...(allocated ? { allocated: event(allocated) } : {}),
      ...(freed ? { freed: event(freed) } : {}),
    };
  });
  return { objects, places };
}
const historyOf = (session: Session, address: string) =>
  allocationHistory(session).of(objectBlock(parseAddress(session.view.abi, address) ?? 0));
const stateOf = (isFree: boolean | undefined, freed: TraceRecord | undefined): PageObject['state'] =>
  isFree ? 'free' : freed ? 'kept' : 'used';

/** The frame across a border; undefined where there is no memory. */
function neighbour(session: Session, pfn: number, which: 'first' | 'last'): Neighbour | undefined {
  const { view, target } = session;
  if (!isMemory(view, pfn)) return undefined;
  const { pages } = target.kernel;
  const head = pages.headOr(pfn, pfn);
  const slab = pages.isSlab(head);
  const contents = slab ? unlessDamaged(() => contentsOrNone(session, head)) : undefined;
  const place = which === 'first' ? 0 : (contents?.count ?? 0) - 1;
  const object = contents && place >= 0 && place < contents.count ? contents.object(place) : undefined;
  return {
    pfn,
    owner: frameOwner(session, pfn).name,
    slab,
    ...(object
      ? {
          object: {
            index: object.index,
            address: object.address,
            state: stateOf(object.isFree, historyOf(session, object.address).freed),
          },
        }
      : {}),
  };
}
function contentsOrNone(session: Session, head: number): SlabContents | undefined {
  try {
    return contentsOf(session, head);
  } catch (error) {
    if (error instanceof InspectorError) return undefined;
    throw error;
  }
}

/**
 * The views of the memory inspector: what each answers, with the schemas of question and answer. The types of both ends, the checks of what
 * arrives, and docs/inspector-protocol.md come from here.
 *
 * A view NAME is answered by the custom request `kmem/inspect/NAME` of the debug adapter: the question is the request's arguments, the
 * answer its body.
 */
import type * as v from 'valibot';
import { ADDRESS_SPACE_ANSWER, ADDRESS_SPACE_QUESTION } from '../debugger/inspector/shapes/addressSpace';
import { COMPARE_ANSWER, COMPARE_QUESTION } from '../debugger/inspector/shapes/compare';
import { CONTEXTS_ANSWER, CONTEXTS_QUESTION } from '../debugger/inspector/shapes/cpuContexts';
import {
  FREE_LISTS_ANSWER,
  FREE_LISTS_QUESTION,
  WOULD_TAKE_ANSWER,
  WOULD_TAKE_QUESTION,
} from '../debugger/inspector/shapes/freeLists';
import { OBJECT_CARD_ANSWER, OBJECT_CARD_QUESTION } from '../debugger/inspector/shapes/objectCard';
import { PAGE_WALK_ANSWER, PAGE_WALK_QUESTION } from '../debugger/inspector/shapes/pageWalk';
import {
  MAP_CELL_ANSWER,
  MAP_CELL_QUESTION,
  MAP_SEARCH_ANSWER,
  MAP_SEARCH_QUESTION,
  PHYSICAL_MAP_ANSWER,
  PHYSICAL_MAP_QUESTION,
} from '../debugger/inspector/shapes/physicalMap';
import {
  CACHE_ANSWER,
  CACHE_QUESTION,
  SLAB_PAGE_ANSWER,
  SLAB_PAGE_QUESTION,
  SLABS_ANSWER,
  SLABS_QUESTION,
} from '../debugger/inspector/shapes/slabs';
import { TRACE_ANSWER, TRACE_QUESTION } from '../debugger/inspector/shapes/tracePart';
import {
  ZONE_SERIES_ANSWER,
  ZONE_SERIES_QUESTION,
  ZONES_ANSWER,
  ZONES_QUESTION,
} from '../debugger/inspector/shapes/zones';
import type { ViewName } from './inspectorViewNames';

interface InspectorView {
  /** what it answers, in a sentence */
  readonly summary: string;
  readonly question: v.GenericSchema<Record<string, unknown>, unknown>;
  readonly answer: v.GenericSchema;
}
const view = <const Q extends InspectorView['question'], const A extends v.GenericSchema>(
  summary: string,
  question: Q,
  answer: A,
) => ({ summary, question, answer });

/** Every request of the inspector that looks at the machine. */
export const INSPECTOR_VIEWS = {
  physicalMap: view(
    'What every frame of the machine is used for, from all of memory down to single frames; what the last motion changed; how fragmented free memory is.',
    PHYSICAL_MAP_QUESTION,
    PHYSICAL_MAP_ANSWER,
  ),
  'physicalMap/cell': view(
    'A cell of the physical map in words: its frames, and of a single one its struct page, and who allocated it.',
    MAP_CELL_QUESTION,
    MAP_CELL_ANSWER,
  ),
  'physicalMap/search': view(
    'Frames by pfn, address, symbol or expression, and by who has them.',
    MAP_SEARCH_QUESTION,
    MAP_SEARCH_ANSWER,
  ),
  objectCard: view(
    'What is selected: its descriptor, its state in words, who has it, who allocated and freed it, and the last writes to it.',
    OBJECT_CARD_QUESTION,
    OBJECT_CARD_ANSWER,
  ),
  addressSpace: view(
    "The kernel's address space to scale: regions, what is mapped, areas of the vmalloc space and the holes between them, slots of the fixmap and of kmap(), chunks of per-CPU memory.",
    ADDRESS_SPACE_QUESTION,
    ADDRESS_SPACE_ANSWER,
  ),
  pageWalk: view(
    'The translation of an address: the entry of each level with its flags, and where it ends.',
    PAGE_WALK_QUESTION,
    PAGE_WALK_ANSWER,
  ),
  compare: view(
    'Two moments: how the use of frames has changed, counters and caches that differ, and what came and went by the code that allocated it.',
    COMPARE_QUESTION,
    COMPARE_ANSWER,
  ),
  freeLists: view(
    "The free lists of a zone: their blocks in list order, the CPUs' own lists beside them, and which blocks were split and merged since another moment.",
    FREE_LISTS_QUESTION,
    FREE_LISTS_ANSWER,
  ),
  'freeLists/wouldTake': view(
    'What alloc_pages(order, gfp) would take now, and the way there: the allocator itself is asked, and all that it did is taken back.',
    WOULD_TAKE_QUESTION,
    WOULD_TAKE_ANSWER,
  ),
  slabs: view(
    'Slab caches by memory: their objects, and how much of their slabs holds nothing.',
    SLABS_QUESTION,
    SLABS_ANSWER,
  ),
  'slabs/cache': view(
    "A cache's slabs and ready objects, list by list: those of the CPUs, partial and full ones.",
    CACHE_QUESTION,
    CACHE_ANSWER,
  ),
  'slabs/page': view(
    'A slab with its objects in memory order: free or used, by whom since when, the next on the freelist, red zones, and what lies across its borders.',
    SLAB_PAGE_QUESTION,
    SLAB_PAGE_ANSWER,
  ),
  zones: view(
    'Each zone against its watermarks: what it has free, and where; what it keeps from requests that could use a higher zone.',
    ZONES_QUESTION,
    ZONES_ANSWER,
  ),
  'zones/series': view(
    'Counters of a zone over time, from the recorded writes: the time cursor stays. With what happened: watermarks crossed, allocations that failed, kswapd woken.',
    ZONE_SERIES_QUESTION,
    ZONE_SERIES_ANSWER,
  ),
  contexts: view(
    'What ran on each CPU from when to when: tasks and interrupts, what was off, which locks were held, what was allocated.',
    CONTEXTS_QUESTION,
    CONTEXTS_ANSWER,
  ),
  trace: view(
    'All that is recorded of the run as a trace that Perfetto opens, as `kmem run --perfetto` writes it (docs/trace.md): part by part, however long it is.',
    TRACE_QUESTION,
    TRACE_ANSWER,
  ),
} satisfies Readonly<Record<ViewName, InspectorView>>;

export type Question<N extends ViewName> = v.InferOutput<(typeof INSPECTOR_VIEWS)[N]['question']>;
export type Answer<N extends ViewName> = v.InferOutput<(typeof INSPECTOR_VIEWS)[N]['answer']>;

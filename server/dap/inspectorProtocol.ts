/**
 * The protocol of the memory inspector: one table of the views, and the messages between the extension and its webview. The types of both
 * ends, the checks of what arrives, and docs/inspector-protocol.md come from here.
 *
 * A view NAME is answered by the custom request `kmem/inspect/NAME` of the debug adapter: the question is the request's arguments, the
 * answer its body.
 */
import * as v from 'valibot';
import { ADDRESS_SPACE_ANSWER, ADDRESS_SPACE_QUESTION } from '../debugger/inspector/shapes/addressSpace';
import { ADDRESS, COUNT, described, POSITION, SELECTION } from '../debugger/inspector/shapes/common';
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
  WHOLE_MAP,
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
} satisfies Readonly<Record<string, InspectorView>>;

export type ViewName = keyof typeof INSPECTOR_VIEWS;
export type Question<N extends ViewName> = v.InferOutput<(typeof INSPECTOR_VIEWS)[N]['question']>;
export type Answer<N extends ViewName> = v.InferOutput<(typeof INSPECTOR_VIEWS)[N]['answer']>;

/** The command of a view's request. */
export const commandOf = (name: string): string => `kmem/inspect/${name}`;
/** Moves the debugger in time. */
export const GO_TO = 'goTo';
export const GO_TO_ARGUMENTS = v.strictObject({ position: POSITION });

/** Shows something among the variables: the first row of each frame's locals, until something else is selected. */
export const SELECT = 'select';
export const SELECT_ARGUMENTS = v.strictObject({
  selection: described(v.nullable(SELECTION), 'what is selected; null: nothing any more'),
});
/** How the event `invalidated` says that only the selection has changed, and not the machine: a field of its body. */
export const SELECTION_CHANGED = 'kmemSelection';

const VIEW_NAME = v.picklist(Object.keys(INSPECTOR_VIEWS) as ViewName[]);
/** Sent by the extension and by the webview: numbers a question, and names its answer. */
const ID = v.pipe(v.number(), v.safeInteger(), v.minValue(1));

/** What the inspector shows, as the extension knows it. */
export const SESSION = v.strictObject({
  id: described(v.string(), "the debug session's id"),
  name: described(v.string(), "the debug session's name"),
  state: described(
    v.picklist(['starting', 'stopped', 'running', 'ended']),
    'only a stopped session answers; of one that has ended the last state stays on the screen',
  ),
});
export type InspectedSession = v.InferOutput<typeof SESSION>;

/** What the webview sends to the extension. */
export const FROM_WEBVIEW = v.variant('kind', [
  v.strictObject({ kind: described(v.literal('ready'), 'the page has been loaded and listens') }),
  v.strictObject({
    kind: described(v.literal('ask'), 'a question to the debug adapter'),
    id: ID,
    view: VIEW_NAME,
    question: v.record(v.string(), v.unknown()),
  }),
  v.strictObject({ kind: described(v.literal('goTo'), 'move the debugger to a moment'), position: POSITION }),
  v.strictObject({
    kind: described(v.literal('reveal'), "show a line of the scenario; only the session's own files are opened"),
    path: v.string(),
    line: COUNT,
  }),
  v.strictObject({
    kind: described(v.literal('selected'), 'something else is selected: Variables shows it'),
    selection: v.nullable(SELECTION),
  }),
  v.strictObject({ kind: described(v.literal('variables'), 'go to Variables, where what is selected is') }),
  v.strictObject({ kind: described(v.literal('memory'), 'open the memory view at an address'), address: ADDRESS }),
  v.strictObject({
    kind: described(v.literal('copy'), 'put a text on the clipboard'),
    text: v.pipe(v.string(), v.maxLength(10_000)),
  }),
  v.strictObject({
    kind: described(v.literal('save'), 'offer to save an export'),
    name: v.pipe(v.string(), v.regex(/^[\w-]{1,60}\.(png|svg|csv|json)$/)),
    encoding: v.picklist(['utf8', 'base64']),
    data: v.pipe(v.string(), v.maxLength(50_000_000)),
  }),
  v.strictObject({ kind: described(v.literal('saveTrace'), 'offer to save the whole run as a trace') }),
  v.strictObject({
    kind: described(v.literal('docs'), "open kmem's page about the kernel at a heading"),
    anchor: v.pipe(v.string(), v.regex(/^[\w-]{0,100}$/)),
  }),
  v.strictObject({ kind: described(v.literal('startAgain'), 'start the session that has ended once more') }),
]);
export type FromWebview = v.InferOutput<typeof FROM_WEBVIEW>;

/** What the page asks first unless it has kept something else over a reload: the extension asks it while the page is loaded. */
export const FIRST_QUESTION = { view: 'physicalMap', question: WHOLE_MAP } as const satisfies {
  view: ViewName;
  question: Question<'physicalMap'>;
};

/** What the extension sends to the webview: the first messages with the page's text, the others once it is `ready`. */
export const TO_WEBVIEW = v.variant('kind', [
  v.strictObject({
    kind: described(v.literal('session'), 'which session is shown, whenever that or its state changes'),
    session: v.nullable(SESSION),
  }),
  v.strictObject({
    kind: described(
      v.literal('changed'),
      'the machine is at another moment, or was changed: what is visible is asked anew',
    ),
  }),
  v.strictObject({
    kind: described(v.literal('answer'), 'the answer to a question'),
    id: ID,
    view: VIEW_NAME,
    answer: v.unknown(),
  }),
  v.strictObject({
    kind: described(
      v.literal('prepared'),
      'the answer to a question that the page has not asked yet: it takes it for its first question, if that is the same and the machine has not moved',
    ),
    view: VIEW_NAME,
    question: v.record(v.string(), v.unknown()),
    answer: v.unknown(),
  }),
  v.strictObject({
    kind: described(v.literal('refusal'), 'why a question has no answer'),
    id: ID,
    view: VIEW_NAME,
    why: v.string(),
    cancelled: described(v.boolean(), 'a newer question of the view has taken its place'),
  }),
  v.strictObject({
    kind: described(v.literal('select'), 'select something everywhere, and show its card'),
    selection: SELECTION,
  }),
]);
export type ToWebview = v.InferOutput<typeof TO_WEBVIEW>;
/** The page's element whose text is the list of the messages that come with it, as JSON. */
export const OPENING = 'opening';

type Checked<T> = { readonly value: T } | { readonly problem: string };
/** A value as a schema has it, or what is wrong with it: the field, and what was expected. */
export function checked<S extends v.GenericSchema>(schema: S, value: unknown): Checked<v.InferOutput<S>> {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return { value: result.output };
  const [issue] = result.issues;
  const field = v.getDotPath(issue);
  const message = cut(issue.message);
  return { problem: field === null ? message : `the field "${cut(field)}": ${message}` };
}
/** Characters of what was sent that a problem repeats, at most. */
const MOST_REPEATED = 200;
const cut = (text: string): string => (text.length > MOST_REPEATED ? `${text.slice(0, MOST_REPEATED)}…` : text);

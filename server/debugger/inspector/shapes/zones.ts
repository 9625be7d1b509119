/** Zones against their watermarks, now and over time. Counts are in pages unless a name says otherwise. */
import * as v from 'valibot';
import { ANSWER_HEAD, COUNT, described, POSITION } from './common';

export const ZONES_QUESTION = v.strictObject({});
export type ZonesQuestion = v.InferOutput<typeof ZONES_QUESTION>;

/** Watermarks that free pages can be below, the lowest first. */
export const WATERMARKS = ['min', 'low', 'high'] as const;
const WATERMARK = v.picklist(WATERMARKS);
export type Watermark = v.InferOutput<typeof WATERMARK>;
/** Read from memory: anything, where the scenario has overwritten it. */
const PAGES = v.pipe(v.number(), v.integer());

const ZONE_STATE = v.strictObject({
  zone: described(COUNT, 'its number, which zones/series asks for'),
  node: described(COUNT, 'the node that it belongs to'),
  name: described(v.string(), 'DMA, DMA32, Normal, HighMem, Movable'),
  startPfn: described(PAGES, 'its first page frame'),
  spanned: described(PAGES, 'pages from its first to its last, with holes'),
  present: described(PAGES, 'pages of memory that there are'),
  managed: described(PAGES, 'pages that the page allocator has been given'),
  free: described(PAGES, "free pages as a watermark check reads them: without what the CPUs' own counters still hold"),
  freeExact: described(PAGES, "free pages with the CPUs' own counters (zone_page_state_snapshot)"),
  min: described(PAGES, 'watermark, without the boost: only urgent requests get pages below it'),
  low: described(PAGES, 'watermark, without the boost: kswapd is woken below it'),
  high: described(PAGES, 'watermark, without the boost: kswapd stops above it'),
  boost: described(PAGES, 'watermark_boost: added to each of the three until kswapd has run'),
  below: v.optional(
    described(WATERMARK, 'the lowest watermark, with the boost, that free pages do not exceed; absent above high'),
  ),
  protection: described(
    v.array(
      v.strictObject({
        zone: described(v.string(), 'the highest zone that a request could use'),
        pages: described(PAGES, 'what such a request leaves alone here, on top of the watermark'),
      }),
    ),
    'lowmem_reserve, for this zone and each higher one',
  ),
  freeLists: described(PAGES, 'pages on the free lists'),
  blocks: described(v.array(PAGES), 'blocks on the free lists, by order'),
  pcp: described(PAGES, "pages on the CPUs' own lists: the zone does not count them as free"),
  pcpCpus: described(
    v.array(
      v.strictObject({
        cpu: COUNT,
        pages: described(PAGES, 'pages on the list'),
        high: described(PAGES, 'above it pages go back to the zone'),
        batch: described(PAGES, 'how many move at a time'),
      }),
    ),
    'the CPUs whose lists hold pages, at most 64 of them',
  ),
  highatomic: described(PAGES, 'pages kept for urgent requests of higher orders: other requests may not count them'),
  kswapd: described(
    v.picklist(['asleep', 'awake', 'hopeless']),
    "the node's kswapd; hopeless: it has tried so often in vain that it is not woken any more",
  ),
});
export type ZoneState = v.InferOutput<typeof ZONE_STATE>;

export const ZONES_ANSWER = v.strictObject({
  ...ANSWER_HEAD,
  zones: described(v.array(ZONE_STATE), 'the zones with memory, by node, the lowest first'),
});
export type ZonesAnswer = v.InferOutput<typeof ZONES_ANSWER>;

// ---------------------------------------------------------------- over time
/** What a zone's series can show. */
export const ZONE_COUNTERS = [
  'free',
  'freeExact',
  'min',
  'low',
  'high',
  'boost',
  'freeLists',
  'pcp',
  'highatomic',
] as const;
const ZONE_COUNTER = v.picklist(ZONE_COUNTERS);
export type ZoneCounter = v.InferOutput<typeof ZONE_COUNTER>;

export const ZONE_SERIES_QUESTION = v.strictObject({
  zone: described(COUNT, "the zone's number in the answer of zones"),
  counters: described(
    v.pipe(v.array(ZONE_COUNTER), v.minLength(1), v.maxLength(ZONE_COUNTERS.length)),
    'what to show, as in the answer of zones; min, low and high come with the boost',
  ),
  from: v.optional(described(POSITION, 'the first moment; the oldest that is recorded unless given')),
  to: v.optional(described(POSITION, 'the last moment; the newest that is recorded unless given')),
  points: v.optional(
    described(v.pipe(COUNT, v.minValue(6), v.maxValue(1000)), 'most points of a series; 400 unless given'),
  ),
});
export type ZoneSeriesQuestion = v.InferOutput<typeof ZONE_SERIES_QUESTION>;

const SERIES = v.strictObject({
  counter: ZONE_COUNTER,
  positions: described(v.array(POSITION), 'moments at which the value becomes another, in order; the first one too'),
  values: described(v.array(PAGES), 'pages from that moment on, until the next one'),
  exact: described(
    v.boolean(),
    'whether every change is there; otherwise the least, the greatest and the last of each stretch are',
  ),
});
export type Series = v.InferOutput<typeof SERIES>;

const MARKER = v.strictObject({
  position: described(POSITION, 'the moment after it happened'),
  cause: described(POSITION, 'the moment whose statement did it'),
  line: v.optional(described(COUNT, 'the line of that statement, from 1')),
  kind: described(
    v.picklist(['watermark', 'allocation failed', 'kswapd woken']),
    "what happened; an allocation that failed is anyone's, not only of this zone",
  ),
  label: described(v.string(), 'the same in words'),
  watermark: v.optional(described(WATERMARK, 'the watermark that free pages crossed')),
  direction: v.optional(described(v.picklist(['down', 'up']), 'to it or below it, or above it')),
  times: described(COUNT, 'how often it happened from there on, within a fiftieth of the window'),
});
export type ZoneMarker = v.InferOutput<typeof MARKER>;

export const ZONE_SERIES_ANSWER = v.strictObject({
  ...ANSWER_HEAD,
  zone: described(COUNT, "the zone's number"),
  from: POSITION,
  to: POSITION,
  oldest: described(POSITION, 'the oldest moment that is recorded'),
  newest: described(POSITION, 'the newest moment that is recorded'),
  series: described(v.array(SERIES), 'in the order in which they were asked for'),
  markers: described(v.array(MARKER), 'what happened, in order'),
});
export type ZoneSeriesAnswer = v.InferOutput<typeof ZONE_SERIES_ANSWER>;

/** The free lists of the page allocator, and what a request would take of them. */
import * as v from 'valibot';
import { ANSWER_HEAD, COUNT, described, PFN, POSITION, QUESTION_TEXT } from './common';

const NODE = described(COUNT, 'NUMA node');
const ZONE_NAME = described(v.string(), 'the zone: DMA, DMA32, Normal …');
const ORDER = described(v.pipe(COUNT, v.maxValue(10)), 'a block has 2^order pages');
const MIGRATETYPE = described(COUNT, "index in the answer's `migratetypes`");

/** Blocks that an answer holds at most of one list. */
const MOST_BLOCKS = 1000;

export const FREE_LISTS_QUESTION = v.strictObject({
  zone: v.optional(
    described(
      v.strictObject({ node: NODE, zone: v.pipe(v.string(), v.maxLength(20)) }),
      'the zone whose lists are shown; unless given, the one that the last step changed, or else the largest',
    ),
  ),
  blocks: v.optional(described(v.pipe(COUNT, v.maxValue(200)), 'blocks that are named of each list; 24 unless given')),
  more: v.optional(
    described(
      v.strictObject({
        order: ORDER,
        migratetype: MIGRATETYPE,
        first: described(v.pipe(COUNT, v.maxValue(1_000_000)), 'index in the list of the first block that is wanted'),
        blocks: described(v.pipe(COUNT, v.maxValue(MOST_BLOCKS)), 'how many are wanted'),
      }),
      'another window of one list',
    ),
  ),
  since: v.optional(
    described(
      POSITION,
      'the moment that `changes` begins at, or the nearest that is recorded; unless given, the statement before the current one',
    ),
  ),
});
export type FreeListsQuestion = v.InferOutput<typeof FREE_LISTS_QUESTION>;

const BLOCK = v.strictObject({
  pfn: described(PFN, 'its first frame'),
  order: ORDER,
  migratetype: v.optional(described(COUNT, 'of the list that it is on; absent if that is not to be seen')),
});
export type Block = v.InferOutput<typeof BLOCK>;
const RANGE = v.strictObject({ pfn: described(PFN, 'the first'), pages: described(COUNT, 'how many pages') });

export const BLOCK_CHANGE = v.variant('kind', [
  v.strictObject({
    kind: described(v.literal('split'), 'a block was halved'),
    block: described(BLOCK, 'as it was'),
    parts: described(v.array(BLOCK), 'what of it is still free'),
    taken: described(v.array(RANGE), 'what of it is not'),
  }),
  v.strictObject({ kind: described(v.literal('taken'), 'a block was taken as a whole'), block: BLOCK }),
  v.strictObject({
    kind: described(v.literal('merged'), 'free buddies became one block'),
    block: described(BLOCK, 'as it is'),
    parts: described(v.array(BLOCK), 'what of it was free before'),
    freed: described(v.array(RANGE), 'what of it was not'),
  }),
  v.strictObject({ kind: described(v.literal('freed'), 'a block came free, and has no free buddy'), block: BLOCK }),
  v.strictObject({
    kind: described(v.literal('moved'), "a block went to another migratetype's list of its order"),
    block: described(BLOCK, 'where it is'),
    from: described(MIGRATETYPE, 'where it was'),
  }),
]);
export type BlockChangeShape = v.InferOutput<typeof BLOCK_CHANGE>;

const LIST = v.strictObject({
  order: ORDER,
  migratetype: MIGRATETYPE,
  blocks: described(COUNT, 'how many blocks are on it'),
  isLeast: described(v.boolean(), 'there are more: it is too long to be counted'),
  first: described(COUNT, 'index in the list of the first of `pfns`'),
  pfns: described(v.array(PFN), 'first frames of the blocks, in list order: the first is handed out first'),
  damaged: described(v.boolean(), 'it does not lead back to its head, because a pointer was overwritten'),
});
export type FreeList = v.InferOutput<typeof LIST>;

export const FREE_LISTS_ANSWER = v.strictObject({
  ...ANSWER_HEAD,
  migratetypes: described(v.array(v.string()), 'names, as /proc/pagetypeinfo has them'),
  pageblockOrder: described(COUNT, 'order of a pageblock, which has a migratetype of its own'),
  zones: described(
    v.array(
      v.strictObject({
        node: NODE,
        zone: ZONE_NAME,
        managed: described(COUNT, 'pages of the zone that the allocator manages'),
        free: described(v.number(), 'NR_FREE_PAGES, in pages: without what the CPUs have not folded in yet'),
        unfolded: described(v.number(), "the CPUs' differences to it, in pages"),
        highatomic: described(v.number(), 'pages in pageblocks that are reserved for atomic requests'),
        pcp: described(COUNT, "pages on the CPUs' lists"),
        blocks: described(v.array(COUNT), 'free_area[order].nr_free: free blocks by order'),
      }),
    ),
    'all zones with memory',
  ),
  shown: described(v.strictObject({ node: NODE, zone: ZONE_NAME }), 'the zone that the rest is about'),
  lists: described(v.array(LIST), 'its free lists that are not empty'),
  cpus: described(
    v.array(
      v.strictObject({
        cpu: COUNT,
        count: described(v.number(), 'pages on all its lists, as per_cpu_pages.count says'),
        high: described(v.number(), 'pages from which on some go back to the free lists'),
        batch: described(v.number(), 'pages that come and go at once'),
        lists: described(v.array(LIST), 'those that are not empty'),
      }),
    ),
    "each CPU's lists of pages of this zone",
  ),
  changes: described(
    v.strictObject({
      since: POSITION,
      complete: described(
        v.boolean(),
        'false: too much has happened since, and it was not worked out, or not all of it is listed',
      ),
      list: v.array(v.strictObject({ node: NODE, zone: ZONE_NAME, change: BLOCK_CHANGE })),
    }),
    'what became of the free blocks since another moment, in all zones: the difference, without what came and went in between',
  ),
});
export type FreeListsAnswer = v.InferOutput<typeof FREE_LISTS_ANSWER>;

// ---------------------------------------------------------------- what a request would take
export const WOULD_TAKE_QUESTION = v.strictObject({
  order: described(v.pipe(COUNT, v.maxValue(30)), 'for 2^order pages'),
  gfp: described(QUESTION_TEXT, 'the mask: a C expression, or a number'),
  cpu: v.optional(
    described(COUNT, 'the CPU that asks, with the task that runs on it; the one that runs next unless given'),
  ),
  node: v.optional(described(COUNT, "the node that is preferred; the CPU's own unless given")),
  frameId: v.optional(
    described(COUNT, 'stack frame in which the expression is evaluated; the innermost one unless given'),
  ),
});
export type WouldTakeQuestion = v.InferOutput<typeof WOULD_TAKE_QUESTION>;

const IN_ZONE = { node: NODE, zone: ZONE_NAME };
const RIGHTS = described(v.array(v.string()), 'ALLOC_… flags of the attempt, by name');

export const TAKE_STEP = v.variant('kind', [
  v.strictObject({
    kind: described(v.literal('watermark'), 'a zone was asked whether it may give so many pages'),
    ...IN_ZONE,
    mark: described(v.string(), 'the watermark that counts: min, low or high'),
    level: described(v.number(), 'that watermark in pages, with the boost'),
    boost: described(v.number(), 'the boost that is part of it'),
    free: described(v.number(), 'free pages, as the zone counts them'),
    unusable: described(
      v.number(),
      'free pages that this request may not count: of the highatomic reserve, and all but one of its own',
    ),
    minimum: described(v.number(), 'what the watermark comes to with the rights of the request'),
    reserve: described(
      v.number(),
      'pages that the zone keeps from requests that could use a higher one (lowmem_reserve)',
    ),
    rights: RIGHTS,
    ok: v.boolean(),
    why: v.optional(
      described(
        v.picklist(['pages', 'blocks']),
        'why not: too few pages above the watermark, or enough pages and no block that is large enough',
      ),
    ),
  }),
  v.strictObject({
    kind: described(v.literal('pcp'), "the CPU's own list was looked at"),
    ...IN_ZONE,
    cpu: COUNT,
    order: ORDER,
    migratetype: MIGRATETYPE,
    blocks: described(COUNT, 'blocks on it: none means that it has to be filled'),
  }),
  v.strictObject({
    kind: described(v.literal('refill'), "a batch went from the free lists to the CPU's list"),
    order: ORDER,
    wanted: described(COUNT, 'blocks'),
    got: described(COUNT, 'blocks'),
  }),
  v.strictObject({
    kind: described(v.literal('lists'), 'the free lists of the migratetype were looked at, from the order on'),
    ...IN_ZONE,
    migratetype: MIGRATETYPE,
    looked: described(v.array(v.strictObject({ order: ORDER, blocks: COUNT })), 'up to the first that is not empty'),
  }),
  v.strictObject({
    kind: described(v.literal('blocks'), 'what it did to the free lists'),
    ...IN_ZONE,
    change: BLOCK_CHANGE,
  }),
  v.strictObject({
    kind: described(v.literal('fallback'), 'no list of the migratetype had a block: one of another was chosen'),
    block: BLOCK,
    wanted: MIGRATETYPE,
    whole: described(v.boolean(), 'whether the whole pageblock may be taken over'),
  }),
  v.strictObject({
    kind: described(v.literal('steal'), 'the free blocks of its pageblock went to the lists of the migratetype'),
    pfn: PFN,
    from: MIGRATETYPE,
    to: MIGRATETYPE,
    moved: described(COUNT, 'pages that were moved'),
    alike: described(COUNT, 'pages in use that suit the migratetype'),
    claimed: described(v.boolean(), 'whether the pageblock has changed its migratetype'),
  }),
  v.strictObject({
    kind: described(v.literal('highatomic'), 'the pageblock was reserved for atomic requests'),
    pfn: PFN,
    pages: described(v.number(), 'pages that are reserved now'),
  }),
  v.strictObject({
    kind: described(v.literal('slowpath'), 'the fast path found nothing: watermarks come down to min'),
  }),
  v.strictObject({
    kind: described(v.literal('reserves'), 'the second attempt of the slow path'),
    rights: RIGHTS,
    ignoresWatermarks: described(v.boolean(), 'as PF_MEMALLOC and __GFP_MEMALLOC allow'),
  }),
  v.strictObject({
    kind: described(v.literal('reclaim'), 'direct reclaim and compaction would be next; they find nothing in kmem'),
    allowed: described(v.boolean(), 'whether the mask lets the request wait for them'),
  }),
  v.strictObject({ kind: described(v.literal('kswapd'), 'kswapd was woken'), node: NODE, order: COUNT }),
  v.strictObject({
    kind: described(v.literal('report'), 'the kernel would print this'),
    report: described(v.string(), 'fail, WARN, BUG …; print for a plain line'),
    text: v.string(),
    notes: v.array(v.string()),
  }),
]);
export type TakeStep = v.InferOutput<typeof TAKE_STEP>;

export const WOULD_TAKE_ANSWER = v.strictObject({
  ...ANSWER_HEAD,
  migratetypes: described(v.array(v.string()), 'names'),
  request: v.strictObject({
    order: COUNT,
    gfp: described(v.number(), 'the mask'),
    gfpText: described(v.string(), 'its names'),
    cpu: COUNT,
    node: NODE,
    task: described(v.string(), 'who asks: task and pid'),
    migratetype: described(v.optional(MIGRATETYPE), 'that it asks for; absent where the allocator did not come so far'),
    zonelist: described(
      v.array(v.strictObject(IN_ZONE)),
      'the zones that it may take from, in the order in which they are tried',
    ),
  }),
  steps: described(v.array(TAKE_STEP), 'the way of the request, in the order in which it went'),
  complete: described(v.boolean(), 'false: the way is longer, and its end is left out'),
  result: v.variant('kind', [
    v.strictObject({ kind: v.literal('taken'), pfn: described(PFN, 'first frame'), pages: COUNT, ...IN_ZONE }),
    v.strictObject({ kind: v.literal('fails'), why: described(v.string(), 'a sentence') }),
  ]),
});
export type WouldTakeAnswer = v.InferOutput<typeof WOULD_TAKE_ANSWER>;

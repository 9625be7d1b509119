/** Slab caches, the lists of one cache, and the objects of one slab in memory order. */
import * as v from 'valibot';
import { ADDRESS, ANSWER_HEAD, COUNT, described, PFN, PLACE, POSITION, SELECTION } from './common';

const ALLOCATOR = described(v.picklist(['slub', 'slab', 'slob']), "the machine's slab allocator");

export const SLABS_QUESTION = v.strictObject({});
export type SlabsQuestion = v.InferOutput<typeof SLABS_QUESTION>;

const CACHE_ROW = v.strictObject({
  address: described(ADDRESS, 'of its struct kmem_cache'),
  name: v.string(),
  objectSize: described(COUNT, 'bytes of an object, for its user'),
  size: described(COUNT, 'bytes from one object to the next'),
  order: described(COUNT, 'a slab has 2^order pages, where memory allows it'),
  objectsPerSlab: COUNT,
  slabs: COUNT,
  bytes: described(COUNT, 'memory of all its slabs, in bytes'),
  objects: described(COUNT, 'objects that its slabs have room for'),
  active: described(COUNT, 'objects in use as /proc/slabinfo counts them: those that the CPUs hold ready count too'),
  used: described(COUNT, 'objects that somebody has'),
  waste: described(
    v.strictObject({
      free: described(COUNT, 'of objects that nobody has'),
      slack: described(COUNT, 'between the objects that somebody has: what lies between object_size and size'),
      ends: described(COUNT, 'at the ends of slabs, where no object fits any more'),
    }),
    'bytes of its memory that hold nothing',
  ),
  flags: described(v.string(), 'SLAB_… flags, by name'),
  ctor: v.optional(described(v.string(), 'the function that runs on new objects')),
  users: described(COUNT, 'caches that share it (merged ones), itself included; 1 for one that is never shared'),
  damaged: described(
    v.boolean(),
    'its lists cannot be followed, because a pointer was overwritten: what depends on them is 0',
  ),
});
export type CacheRow = v.InferOutput<typeof CACHE_ROW>;

export const SLABS_ANSWER = v.strictObject({
  ...ANSWER_HEAD,
  allocator: ALLOCATOR,
  caches: described(v.array(CACHE_ROW), 'the ones with most memory first'),
  complete: described(v.boolean(), 'false: there are more, with less memory'),
  pages: described(COUNT, 'pages of all slabs of the machine'),
});
export type SlabsAnswer = v.InferOutput<typeof SLABS_ANSWER>;

// ---------------------------------------------------------------- one cache
export const CACHE_QUESTION = v.strictObject({
  cache: described(ADDRESS, 'of its struct kmem_cache; SLOB, whose slabs belong to no cache, answers for all of them'),
  slabs: v.optional(described(v.pipe(COUNT, v.maxValue(300)), 'slabs that are named of each list; 50 unless given')),
});
export type CacheQuestion = v.InferOutput<typeof CACHE_QUESTION>;

const SLAB = v.strictObject({
  pfn: described(PFN, 'first frame'),
  pages: COUNT,
  objects: described(COUNT, 'objects that it has room for; of SLOB, units of two bytes'),
  free: described(COUNT, 'those that nobody has, and that are on a freelist of the slab or of the CPU that holds it'),
  frozen: described(v.boolean(), 'it belongs to a CPU (SLUB)'),
});
export type SlabRow = v.InferOutput<typeof SLAB>;

export const LIST_KINDS = [
  'cpu slab',
  'cpu partial',
  'cpu array',
  'shared array',
  'alien array',
  'partial',
  'full',
  'free',
  'small',
  'medium',
  'large',
] as const;
const SLAB_LIST = v.strictObject({
  kind: described(v.picklist(LIST_KINDS), 'what the kernel calls it'),
  cpu: v.optional(described(COUNT, 'whose it is, if it is a CPU’s')),
  node: v.optional(described(COUNT, 'whose it is, if it is a node’s')),
  count: described(COUNT, 'slabs on it; of an array, objects'),
  slabs: described(v.array(SLAB), 'in list order, as many as were asked for'),
  objects: described(
    v.array(ADDRESS),
    'free objects that the CPU holds ready, the next to be handed out first; the first 64',
  ),
  ready: described(COUNT, 'how many those are'),
  limit: v.optional(described(COUNT, 'objects that an array may hold')),
  searched: described(v.boolean(), 'the allocator keeps no list of them: they were found by their struct pages'),
});
export type SlabList = v.InferOutput<typeof SLAB_LIST>;

export const CACHE_ANSWER = v.strictObject({
  ...ANSWER_HEAD,
  allocator: ALLOCATOR,
  cache: CACHE_ROW,
  lists: v.array(SLAB_LIST),
});
export type CacheAnswer = v.InferOutput<typeof CACHE_ANSWER>;

// ---------------------------------------------------------------- one slab
export const SLAB_PAGE_QUESTION = v.strictObject({
  selection: described(SELECTION, 'anything in the slab: a frame of it, an address, a pointer to an object'),
  first: v.optional(described(COUNT, 'the first object that is wanted, by its place; 0 unless given')),
  objects: v.optional(described(v.pipe(COUNT, v.maxValue(128)), 'how many are wanted; 64 unless given')),
});
export type SlabPageQuestion = v.InferOutput<typeof SLAB_PAGE_QUESTION>;

const DAMAGE = v.strictObject({
  what: described(v.string(), 'what the kernel calls the part'),
  address: described(ADDRESS, 'of the first byte that is wrong'),
  bytes: described(COUNT, 'from there to the last one that is'),
  found: described(COUNT, 'the first wrong byte'),
  expected: described(COUNT, 'what every byte of it has to be'),
});
const PART = v.strictObject({
  what: described(
    v.picklist([
      'left red zone',
      'object',
      'red zone',
      'alignment',
      'free pointer',
      'tracks',
      'requested size',
      'KASAN',
      'padding',
      'header',
    ]),
    'what it holds',
  ),
  offset: described(COUNT, 'bytes from the start of the object’s place'),
  bytes: COUNT,
});
export type ObjectPart = v.InferOutput<typeof PART>;

const EVENT = v.strictObject({
  position: POSITION,
  label: described(v.string(), 'who did it: task and CPU'),
  place: v.optional(described(COUNT, "index in the answer's `places` of the statement that did it")),
  function: described(v.string(), 'the function that was called, or the event'),
  bytesRequested: v.optional(described(COUNT, 'bytes that were asked for')),
});
export type ObjectEvent = v.InferOutput<typeof EVENT>;

const OBJECT = v.strictObject({
  index: described(COUNT, 'its place in the slab, from 0; of SLOB, its first unit'),
  address: described(ADDRESS, 'that its user has'),
  bytes: described(COUNT, 'that its user may use'),
  state: described(
    v.picklist(['used', 'free', 'kept']),
    'kept: freed, and on no freelist, as in KASAN’s quarantine or up to the end of a grace period',
  ),
  on: v.optional(described(v.string(), 'the freelist that it is on')),
  place: v.optional(described(COUNT, 'its place on that list: 0 is handed out next')),
  next: v.optional(
    described(
      v.strictObject({
        at: described(ADDRESS, 'where the pointer lies'),
        stored: described(v.string(), 'its bits, as they are in memory'),
        hardened: described(v.boolean(), 'they are mixed with kmem_cache.random and their own address'),
        address: v.optional(described(ADDRESS, 'what it points to; absent if that is not an address')),
        index: v.optional(described(COUNT, 'the object that it points to, if that is in this slab')),
        valid: described(v.boolean(), 'NULL, or an object of this slab'),
      }),
      'the pointer to the next free object (SLUB)',
    ),
  ),
  damage: described(v.array(DAMAGE), 'red zones, poison and padding that were overwritten'),
  allocated: v.optional(
    described(EVENT, 'the allocation; absent if it was before the run, or is not recorded any more'),
  ),
  freed: v.optional(described(EVENT, 'what freed it last')),
});
export type PageObject = v.InferOutput<typeof OBJECT>;

const NEIGHBOUR = v.strictObject({
  pfn: PFN,
  owner: described(v.string(), 'what the frame is used for'),
  slab: described(v.boolean(), 'whether it is a slab, so that this request shows it'),
  object: v.optional(
    described(
      v.strictObject({ index: COUNT, address: ADDRESS, state: OBJECT.entries.state }),
      'the object nearest to the border',
    ),
  ),
});
export type Neighbour = v.InferOutput<typeof NEIGHBOUR>;

export const SLAB_PAGE_ANSWER = v.strictObject({
  ...ANSWER_HEAD,
  allocator: ALLOCATOR,
  cache: v.optional(v.strictObject({ address: ADDRESS, name: v.string() })),
  slab: SLAB,
  address: described(ADDRESS, 'of its first byte'),
  bytes: COUNT,
  list: described(v.string(), 'where the allocator has it: "CPU 0’s slab", "partial list of node 0" …'),
  size: described(COUNT, 'bytes from one object to the next; 0 where they differ (SLOB)'),
  start: described(COUNT, 'bytes from the start of the slab to the first place'),
  parts: described(v.array(PART), 'what the place of an object consists of, in memory order'),
  first: described(COUNT, 'place of the first of `objects`'),
  objects: described(v.array(OBJECT), 'in memory order'),
  places: described(v.array(PLACE), 'statements that allocated and freed them'),
  end: described(
    v.strictObject({
      offset: described(COUNT, 'bytes from the start of the slab'),
      bytes: COUNT,
      what: described(v.string(), 'what is there'),
      damage: v.array(DAMAGE),
    }),
    'what follows the last object',
  ),
  before: v.optional(described(NEIGHBOUR, 'across the border in front of the slab; absent where there is no memory')),
  after: v.optional(described(NEIGHBOUR, 'across the border behind it')),
});
export type SlabPageAnswer = v.InferOutput<typeof SLAB_PAGE_ANSWER>;

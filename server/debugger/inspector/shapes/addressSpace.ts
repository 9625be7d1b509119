/** View "Address space": what lies where in the kernel's half, at the resolution that is asked for. */
import * as v from 'valibot';
import { ADDRESS, ANSWER_HEAD, COUNT, described, PFN, PLACE, POSITION } from './common';

export const ADDRESS_SPACE_QUESTION = v.strictObject({
  first: v.optional(described(ADDRESS, "first address of the window; the kernel's half begins it unless given")),
  last: v.optional(described(ADDRESS, 'last address of the window; the end of the address space unless given')),
  cells: described(
    v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(4000)),
    'how many steps of the window can be told apart, pixels say: smaller things are put together',
  ),
});
export type AddressSpaceQuestion = v.InferOutput<typeof ADDRESS_SPACE_QUESTION>;

const RANGE = {
  first: described(ADDRESS, 'first address'),
  last: described(ADDRESS, 'last address'),
  bytes: described(COUNT, 'size in bytes'),
};
const PART = v.strictObject({ name: v.string(), ...RANGE });
const REGION = v.strictObject({
  name: v.string(),
  ...RANGE,
  what: described(v.string(), 'what the kernel uses it for'),
  parts: described(v.array(PART), 'named parts of it'),
});
export type SpaceRegion = v.InferOutput<typeof REGION>;

const MAPPED = v.strictObject({
  ...RANGE,
  partly: described(v.boolean(), 'some of it is not mapped, or in another way: zoom in'),
  pageBytes: v.optional(described(COUNT, 'bytes of the pages that map it; absent where it is partly mapped')),
  flags: described(v.array(v.string()), "of these pages, as the kernel's dump of its page tables has them"),
  pfn: v.optional(described(PFN, 'first frame, where the frames are adjacent')),
});
export type MappedRun = v.InferOutput<typeof MAPPED>;

export const AREA_STATES = ['in use', 'being made', 'vm_map_ram', 'lazily freed'] as const;
const AREA = v.strictObject({
  ...RANGE,
  state: described(
    v.picklist(AREA_STATES),
    '`being made`: without its pages yet; `vm_map_ram`: without a vm_struct; `lazily freed`: unmapped, but its addresses are free after the next purge only',
  ),
  flags: described(v.array(v.string()), 'as /proc/vmallocinfo has them'),
  guardBytes: described(COUNT, 'bytes at its end where nothing is mapped, so that an access behind it faults'),
  caller: v.optional(described(v.string(), 'the code that asked for it')),
  pages: v.optional(described(COUNT, 'frames that it owns')),
  physical: v.optional(described(ADDRESS, "physical address of a device's registers")),
  vmStruct: v.optional(described(ADDRESS, 'its struct vm_struct')),
});
export type SpaceArea = v.InferOutput<typeof AREA>;
const CLUSTER = v.strictObject({
  ...RANGE,
  areas: described(COUNT, 'areas that are too small to be told apart here'),
  areaBytes: described(COUNT, 'their bytes together'),
});

const SLOT = v.strictObject({
  index: described(COUNT, 'number of the slot'),
  address: ADDRESS,
  name: v.string(),
  pfn: described(PFN, 'the frame that it maps'),
  flags: v.array(v.string()),
  users: v.optional(described(COUNT, 'kmap()s that have not been undone; 0: nobody uses it, and it is still mapped')),
  by: v.optional(described(v.string(), 'who has it mapped; of a slot of kmap(), who called it last')),
  place: v.optional(described(PLACE, 'the statement of that kmap()')),
  position: v.optional(described(POSITION, 'when that was')),
});
export type SpaceSlot = v.InferOutput<typeof SLOT>;
const SLOTS = v.strictObject({
  name: v.string(),
  ...RANGE,
  slots: described(COUNT, 'how many there are'),
  used: described(COUNT, 'how many map something'),
  list: described(v.array(SLOT), 'these, as many as there is room for'),
});

const CHUNK = v.strictObject({
  name: v.string(),
  chunk: described(ADDRESS, 'its struct pcpu_chunk'),
  units: described(v.array(v.strictObject({ cpu: COUNT, ...RANGE })), 'where it lies for each CPU'),
  standing: described(v.string(), 'the list that it is on, by its largest free run'),
  freeBytes: described(v.number(), 'bytes of a unit that can be allocated'),
  largestBytes: described(v.number(), 'of these, in one run'),
  pages: described(COUNT, 'pages of a unit'),
  backed: described(v.number(), 'of these, with memory behind them'),
  runs: described(
    v.array(
      v.strictObject({
        offset: described(COUNT, 'byte of the unit'),
        bytes: COUNT,
        state: v.picklist(['in use', 'free', 'not backed']),
      }),
    ),
    'what the unit holds, the same for every CPU',
  ),
  cut: described(v.boolean(), 'there are more runs than are listed'),
});
export type SpaceChunk = v.InferOutput<typeof CHUNK>;

export const ADDRESS_SPACE_ANSWER = v.strictObject({
  ...ANSWER_HEAD,
  whole: described(v.strictObject(RANGE), "all addresses of the kernel's half"),
  window: described(v.strictObject(RANGE), 'what was asked for'),
  regions: described(v.array(REGION), 'the whole layout, by address; regions of i386 may lie in each other'),
  mapped: described(v.array(MAPPED), 'what the page tables map in the window, by address'),
  areas: described(v.array(v.union([AREA, CLUSTER])), 'areas of the vmalloc space in the window, by address'),
  holes: described(
    v.array(v.strictObject(RANGE)),
    'free addresses of the vmalloc space in the window, the largest first',
  ),
  vmalloc: v.strictObject({
    areas: described(COUNT, 'areas in use'),
    pages: described(v.number(), 'frames that vmalloc has given to them: nr_vmalloc_pages'),
    lazyAreas: described(COUNT, 'areas freed lazily'),
    lazyPages: described(v.number(), 'their pages, guards included: vmap_lazy_nr'),
    lazyMaxPages: described(COUNT, 'with more than so many, they are purged'),
    freeBytes: described(COUNT, 'bytes of free addresses in the vmalloc space'),
    largestFreeBytes: described(COUNT, 'of these, in one run'),
  }),
  slots: described(v.array(SLOTS), 'fixed addresses, and windows for pages of highmem, in the window'),
  chunks: described(v.array(CHUNK), 'chunks of per-CPU memory'),
  problem: v.optional(described(v.string(), 'a list of the kernel that cannot be followed, and why')),
});
export type AddressSpaceAnswer = v.InferOutput<typeof ADDRESS_SPACE_ANSWER>;

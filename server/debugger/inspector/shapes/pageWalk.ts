/** View "Page walk": the entries that the processor reads to translate an address, and what they say. */
import * as v from 'valibot';
import { ADDRESS, ANSWER_HEAD, COUNT, described, PFN, QUESTION_TEXT } from './common';

export const PAGE_WALK_QUESTION = v.strictObject({
  address: described(
    QUESTION_TEXT,
    'a number, a symbol, or another C expression in the scope of the frame; a pointer means what it points to',
  ),
  table: v.optional(
    described(
      QUESTION_TEXT,
      "the top level to begin at: `current`, the processor's, unless given; `init_mm`, the kernel's own; or the id of one of the answer's tables",
    ),
  ),
  frameId: v.optional(described(COUNT, 'stack frame of the debug session; the innermost one unless given')),
});
export type PageWalkQuestion = v.InferOutput<typeof PAGE_WALK_QUESTION>;

/** What an entry's bit says. */
export const ENTRY_FLAG = v.strictObject({
  name: described(v.string(), "as the kernel's dump of its page tables has it, or its bit in the processor's manual"),
  bit: described(COUNT, 'number of the bit'),
  set: described(v.boolean(), 'whether it is 1'),
  says: described(v.string(), 'what that means'),
});
const OWNER = v.strictObject({
  pfn: PFN,
  text: described(v.string(), 'what the frame is: state, owner and zone, in short'),
});
const LEVEL = v.strictObject({
  name: described(v.picklist(['pgd', 'p4d', 'pud', 'pmd', 'pte']), 'the level, as the kernel calls it'),
  table: described(ADDRESS, 'virtual address of the table'),
  index: described(COUNT, 'which entry of the table'),
  entries: described(COUNT, 'how many entries the table has'),
  bits: described(v.tuple([COUNT, COUNT]), "the address's bits that are the index: the highest, the lowest"),
  entry: described(ADDRESS, 'virtual address of the entry'),
  value: described(ADDRESS, 'the entry, all its bits'),
  flags: described(v.array(ENTRY_FLAG), 'the bits that mean something at this level'),
  kind: described(
    v.picklist(['table', 'large page', 'page', 'empty', 'not present']),
    'what the entry is: a pointer to the next table, memory itself, or nothing',
  ),
  first: described(ADDRESS, 'first address that the entry covers'),
  last: described(ADDRESS, 'last address that the entry covers'),
  bytes: described(COUNT, 'how many bytes it covers'),
  leadsTo: v.optional(described(OWNER, 'the frame that a present entry names: the next table, or the page')),
});
export type WalkLevel = v.InferOutput<typeof LEVEL>;

const RESULT = v.variant('mapped', [
  v.strictObject({
    mapped: v.literal(true),
    physical: described(ADDRESS, 'physical address'),
    page: OWNER,
    pageBytes: described(COUNT, 'bytes of the page that maps it'),
    ram: described(v.boolean(), 'whether there is memory at the physical address'),
    write: described(v.boolean(), 'every level allows writing'),
    execute: described(v.boolean(), 'no level forbids execution'),
    user: described(v.boolean(), 'every level allows user code'),
  }),
  v.strictObject({
    mapped: v.literal(false),
    why: described(v.string(), 'where the walk ends, and why'),
  }),
]);

export const PAGE_WALK_ANSWER = v.strictObject({
  ...ANSWER_HEAD,
  asked: described(v.string(), 'the text of the question'),
  address: described(ADDRESS, 'the address that it means'),
  region: v.optional(described(v.string(), "the part of the kernel's address space that it lies in")),
  table: described(v.string(), 'id of the table that the walk begins at'),
  tables: described(
    v.array(
      v.strictObject({
        id: v.string(),
        name: described(v.string(), 'whose it is'),
        pgd: described(ADDRESS, 'virtual address of the top level'),
      }),
    ),
    'the tables that can be chosen',
  ),
  levels: described(v.array(LEVEL), 'the entries, from the top; none for an address that is not walked'),
  result: described(RESULT, 'what comes of it'),
  tlbs: described(
    v.array(
      v.strictObject({
        cpu: described(COUNT, 'number of the CPU'),
        page: OWNER,
        write: described(v.boolean(), 'it remembers that writing is allowed'),
        stale: described(
          v.boolean(),
          'the tables that the CPU translates with say otherwise by now: a flush is missing, or yet to come',
        ),
      }),
    ),
    'CPUs whose TLB remembers a translation of the address, which they use whatever the tables say',
  ),
});
export type PageWalkAnswer = v.InferOutput<typeof PAGE_WALK_ANSWER>;

/** The object card: what is selected, in all detail. */
import * as v from 'valibot';
import { ADDRESS, ANSWER_HEAD, CALL, COUNT, described, OCCURRENCE, OWNER_KIND, PFN, SELECTION } from './common';

export const OBJECT_CARD_QUESTION = v.strictObject({
  selection: described(SELECTION, 'what is selected'),
  writes: v.optional(
    described(v.pipe(COUNT, v.maxValue(100)), 'how many of the last writes are wanted; 10 unless given'),
  ),
});
export type ObjectCardQuestion = v.InferOutput<typeof OBJECT_CARD_QUESTION>;

const FIELD = v.strictObject({
  name: described(v.string(), 'the field, as the kernel names it'),
  value: described(v.string(), 'its value in words'),
});

/** An allocation, or what ended it. */
export const ALLOCATION = v.strictObject({
  ...OCCURRENCE.entries,
  function: described(v.string(), 'the function of the kernel that was called'),
  bytesRequested: v.optional(described(COUNT, 'bytes that were asked for')),
  bytesAllocated: v.optional(described(COUNT, 'bytes that the block takes')),
  gfp: v.optional(described(v.string(), 'the flags of the allocation, by name')),
  calls: described(v.array(CALL), 'the call trace in the scenario, innermost first'),
});
export type Allocation = v.InferOutput<typeof ALLOCATION>;

export const WRITE = v.strictObject({
  ...OCCURRENCE.entries,
  field: described(v.string(), 'what was written: a field, or the distance from the object’s start in bytes'),
  bytes: described(COUNT, 'bytes that were written'),
});

export const OBJECT_CARD_ANSWER = v.strictObject({
  ...ANSWER_HEAD,
  title: described(v.string(), 'what it is, in a few words'),
  owner: described(
    v.strictObject({
      kind: described(OWNER_KIND, 'what the frame of memory is used for'),
      name: described(v.string(), 'whose it is, in words: the cache, the area, the CPU'),
    }),
    'who has it',
  ),
  state: described(v.array(v.string()), 'its state in words, a sentence each'),
  address: v.optional(described(ADDRESS, 'virtual address of its first byte; absent for a frame that nothing maps')),
  bytes: v.optional(described(COUNT, 'its size in bytes')),
  pfn: v.optional(described(PFN, 'the frame that its first byte lies in; absent where nothing is mapped')),
  descriptor: described(
    v.array(FIELD),
    'the fields of its struct page, decoded; of a part of a slab, those of the slab',
  ),
  parts: described(v.array(FIELD), 'what is known of it besides: the object in the slab, the area, the symbol'),
  allocated: v.optional(described(ALLOCATION, 'the allocation; absent if it was before the oldest recorded moment')),
  freed: v.optional(described(ALLOCATION, 'what freed it last, if it was freed')),
  writes: described(v.array(WRITE), 'the last writes to it, the newest first'),
  writesComplete: described(v.boolean(), 'whether those are all since the oldest recorded moment'),
  expression: v.optional(described(v.string(), 'a C expression that shows it in Variables or in a watch')),
});
export type ObjectCardAnswer = v.InferOutput<typeof OBJECT_CARD_ANSWER>;

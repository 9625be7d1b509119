/**
 * Shapes that several views of the memory inspector share. A shape is a schema: it validates what arrives, its type is inferred from it,
 * and the documentation of the protocol is made from its descriptions.
 */
import * as v from 'valibot';

/** A schema with what a reader of the protocol has to know of it. Without side effects: a bundle leaves out the schemas that it does not use. */
const described = /* @__NO_SIDE_EFFECTS__ */ <const T extends v.GenericSchema>(schema: T, text: string) =>
  v.pipe(schema, v.description(text));

/** Longest text that a question may hold: an expression, a search. */
const LONGEST_TEXT = 1000;

export const POSITION = described(
  v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  'a moment of the run, in journal entries since the end of boot',
);
/** A page frame number. */
export const PFN = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** How many there are. */
export const COUNT = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** An address as text: its 64 bits do not fit a number of JavaScript. */
export const ADDRESS = v.pipe(v.string(), v.regex(/^0x[0-9a-f]{1,16}$/, 'an address is written 0x…, in small letters'));
/** What a user has typed. */
export const QUESTION_TEXT = v.pipe(v.string(), v.maxLength(LONGEST_TEXT));

/** A place in the scenario's text. */
export const PLACE = v.strictObject({
  path: described(v.string(), 'the file, as the debugger names it'),
  line: described(COUNT, 'from 1'),
  column: described(COUNT, 'from 1'),
  text: described(v.string(), 'the source line, without the space around it and a comment behind it'),
});
export type Place = v.InferOutput<typeof PLACE>;

/** A moment of the run, for people. */
export const MOMENT = v.strictObject({
  position: POSITION,
  label: described(v.string(), 'who runs, and what runs next'),
  place: v.optional(described(PLACE, 'the statement that runs next; absent where the kernel runs, and at the end')),
});
export type Moment = v.InferOutput<typeof MOMENT>;

/** Part of every answer: when it holds. */
export const ANSWER_HEAD = {
  moment: described(MOMENT, 'the moment that the answer describes'),
  absent: described(
    v.array(
      v.strictObject({
        what: described(v.string(), 'what is not shown'),
        why: described(v.string(), 'why'),
      }),
    ),
    'what the view would show, but kmem does not emulate: it is never made up',
  ),
};

/** What is selected everywhere: it goes from view to view. */
export const SELECTION = v.variant('by', [
  v.strictObject({ by: v.literal('pfn'), pfn: described(PFN, 'page frame number') }),
  v.strictObject({
    by: v.literal('address'),
    address: described(ADDRESS, "a virtual address, or a variable's memory reference"),
  }),
  v.strictObject({
    by: v.literal('expression'),
    text: described(
      QUESTION_TEXT,
      'a symbol or another C expression, in the scope of the frame; a pointer means what it points to',
    ),
    frameId: v.optional(
      described(
        COUNT,
        'stack frame of the debug session; the innermost one unless given, or once the scenario has moved on',
      ),
    ),
  }),
]);
export type Selection = v.InferOutput<typeof SELECTION>;

/**
 * What a frame of memory is used for. `pcp`: on a CPU's list of free pages. `mem_map`, `kernel image`, `reserved`: what early boot has kept.
 * `hole`: there is no memory. `allocated`: nothing says for what.
 */
export const OWNER_KINDS = [
  'free',
  'pcp',
  'slab',
  'page table',
  'kernel stack',
  'vmalloc',
  'per-CPU',
  'page cache',
  'anonymous',
  'mem_map',
  'kernel image',
  'reserved',
  'hole',
  'allocated',
] as const;
export const OWNER_KIND = v.picklist(OWNER_KINDS);
export type OwnerKind = v.InferOutput<typeof OWNER_KIND>;

/** One step of a call: the statement, and the function that it lies in. */
export const CALL = v.strictObject({
  function: described(v.string(), 'function, task or interrupt handler'),
  place: v.optional(PLACE),
});
/** Something that happened to the machine, with who did it. */
export const OCCURRENCE = v.strictObject({
  position: POSITION,
  label: described(v.string(), 'who did it: task and CPU'),
  place: v.optional(described(PLACE, "the scenario's statement that did it")),
});
export type Occurrence = v.InferOutput<typeof OCCURRENCE>;

export { described };

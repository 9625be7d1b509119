/** What the questions and answers of several views have in common. */
import * as v from 'valibot';

export const address = v.pipe(v.string(), v.regex(/^0x[0-9a-f]{1,16}$/), v.description('address, in hexadecimal: 0x…'));
export const pfn = v.pipe(v.number(), v.integer(), v.minValue(0), v.description('page frame number'));
export const count = v.pipe(v.number(), v.integer(), v.minValue(0));
export const position = v.pipe(count, v.description("journal position: a count of the machine's writes since boot"));

export const moment = v.object({
  position,
  label: v.pipe(v.string(), v.description('the statement that runs there, as FILE:LINE; what else it is without one')),
});
export type InspectedMoment = v.InferOutput<typeof moment>;

export const absent = v.pipe(
  v.array(v.object({ what: v.string(), why: v.string() })),
  v.description('what the view would show if kmem emulated it, or this machine had it'),
);
export type Absent = v.InferOutput<typeof absent>;

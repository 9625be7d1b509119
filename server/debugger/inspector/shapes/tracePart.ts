/** The recorded run as a trace for Perfetto, in parts. */
import * as v from 'valibot';
import { ANSWER_HEAD, COUNT, described, POSITION } from './common';

export const TRACE_QUESTION = v.strictObject({
  part: described(COUNT, 'which part of the text, from 0: each behind the one before it; 0 begins anew'),
});
export type TraceQuestion = v.InferOutput<typeof TRACE_QUESTION>;

export const TRACE_ANSWER = v.strictObject({
  ...ANSWER_HEAD,
  text: described(v.string(), 'the part; all of them put together are one JSON text'),
  more: described(v.boolean(), 'whether there is another part'),
  at: described(POSITION, 'how far the run has been followed'),
  end: described(POSITION, 'where the trace will end'),
});
export type TraceAnswer = v.InferOutput<typeof TRACE_ANSWER>;

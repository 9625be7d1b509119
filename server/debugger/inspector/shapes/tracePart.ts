/** The recorded run as a trace for Perfetto, in parts. */
import * as v from 'valibot';
import { ANSWER_HEAD, COUNT, described } from './common';

export const TRACE_QUESTION = v.strictObject({
  part: described(COUNT, 'which part of the text, from 0'),
});
export type TraceQuestion = v.InferOutput<typeof TRACE_QUESTION>;

export const TRACE_ANSWER = v.strictObject({
  ...ANSWER_HEAD,
  parts: described(COUNT, 'how many parts there are; put together they are one JSON text'),
  text: described(v.string(), 'the part'),
});
export type TraceAnswer = v.InferOutput<typeof TRACE_ANSWER>;

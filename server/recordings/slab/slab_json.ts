/** Parts of a recorded run of a slab allocator. */
import { type Json, TraceError } from '../trace_json';

/** @throws TraceError for what is not a list */
export function list(value: Json, what: string): readonly Json[] {
  if (!Array.isArray(value)) throw new TraceError(`"${what}" must be a list`);
  return value;
}
/** The texts of a list that may be missing. */
export const texts = (value: Json | undefined, what: string): readonly string[] => list(value ?? [], what).map(String);

/** An operation that gave something else than recorded. */
export class Different extends Error {
  constructor(
    readonly op: string,
    readonly got: string,
  ) {
    super(`${op}: ${got}`);
  }
}

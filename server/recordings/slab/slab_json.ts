/** Parts of a recorded run of a slab allocator. */
import type { ReplayResult } from '../replay_result';
import { isObject, type Json, type JsonObject, TraceError } from '../trace_json';

/** @throws TraceError for what is not a list */
export function list(value: Json, what: string): readonly Json[] {
  if (!Array.isArray(value)) throw new TraceError(`"${what}" must be a list`);
  return value;
}
/** The texts of a list that may be missing. */
export const texts = (value: Json | undefined, what: string): readonly string[] => list(value ?? [], what).map(String);

/** A row of a recorded table: what stands in each column. */
export type Row = Readonly<Record<string, Json>>;
/** The rows of a table with their columns' names; none if the file does not have it. */
export function rowsOf(json: JsonObject, columns: string, rows: string): Row[] {
  const names = texts(json[columns], columns);
  return list(json[rows] ?? [], rows).map((row) => {
    const cells = list(row, rows);
    return Object.fromEntries(names.map((name, i) => [name, cells[i] ?? null]));
  });
}

/** An operation that gave something else than recorded. */
export class Different extends Error {
  constructor(
    readonly op: string,
    readonly got: string,
  ) {
    super(`${op}: ${got}`);
  }
}

/** A recorded run that can be repeated. */
interface Repetition {
  run(): void;
  /** @param milliseconds that `run` took */
  result(milliseconds: number): ReplayResult;
}
/** Repeats a run and takes its time. @param now milliseconds. @throws TraceError for what is not an object */
export function repeat(json: object, now: () => number, make: (json: JsonObject) => Repetition): ReplayResult {
  if (!isObject(json)) throw new TraceError('the file is not an object');
  const repetition = make(json);
  const start = now();
  repetition.run();
  return repetition.result(now() - start);
}

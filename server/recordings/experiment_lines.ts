/**
 * Experiments whose module printed one line after the other (`experiments.NAME.lines`): the same calls are made in the emulator, what the
 * module would print is put together, and compared line by line, field by field.
 */
import type { ReplayResult } from './replay_result';
import { isObject, type Json, type JsonObject } from './trace_json';

/** A line as the emulated module prints it. A field that cannot be compared is left out. */
export type Printed = Readonly<Record<string, number | string | readonly number[]>>;

/** @param left what was not compared, and why */
export function compareLines(
  recorded: readonly Json[],
  printed: readonly Printed[],
  left: readonly string[],
  nsPerOp: number,
): ReplayResult {
  const lines = recorded.filter((line): line is JsonObject => isObject(line) && !isFrame(line));
  const differs = lines.findIndex((line, i) => !agrees(line, printed[i]));
  const at = differs < 0 && printed.length > lines.length ? lines.length : differs;
  return {
    ops: lines.length,
    states: at < 0 ? lines.length : at,
    firstMismatch: at < 0 ? null : { index: at, op: textOf(lines[at]), got: textOf(printed[at]) },
    finalState: at < 0 ? 'identical' : ['not compared'],
    ...(left.length > 0 ? { notCompared: left } : {}),
    nsPerOp,
  };
}
/** The lines around an experiment. */
const isFrame = ({ kind }: JsonObject): boolean => kind === 'begin' || kind === 'end';
const agrees = (line: JsonObject, printed: Printed | undefined): boolean =>
  printed !== undefined && Object.entries(printed).every(([name, value]) => same(line[name], value));
const same = (recorded: Json | undefined, printed: Printed[string]): boolean =>
  Array.isArray(printed) ? JSON.stringify(recorded) === JSON.stringify(printed) : recorded === printed;
const textOf = (line: JsonObject | Printed | undefined): string => (line ? JSON.stringify(line) : 'no line');

/** `%px` of the recorders. */
export const pointerText = (address: number): string => `0x${BigInt.asUintN(64, BigInt(address)).toString(16)}`;

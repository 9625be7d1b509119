/** From text to a session: check, compile, boot. Problems of the scenario are returned with their places. */
import { check } from '../language/check/check';
import type { Diagnostic, Program } from '../language/check/context/program';
import type { MachineChoice } from '../profiles/machineConfig';
import type { Profile } from '../profiles/profile';
import type { VmOptions } from '../vm/loadVm';
import { Session } from './session';
import { positionOf } from './target/source';
import { VmTarget } from './vmTarget';

export interface LoadOptions extends VmOptions {
  resolveInclude?(path: string, from: string): { path: string; text: string } | undefined;
  /** kernel versions that the scenario may name besides those that kmem has a profile of */
  readonly profiles?: readonly Profile[];
  /** what settings choose of the machine, for a scenario without a machine block */
  readonly machine?: MachineChoice | undefined;
}
/** Most MB of `budget.memoryBytes` that a user may ask for. */
export const MOST_MEMORY_MB = 65536;
/** MB as bytes. Not by a shift, which would wrap at 2 GB. */
export const bytesOfMb = (mb: number): number => mb * 2 ** 20;
/** A whole number as a user writes the value of an input: decimal or 0x…, perhaps negative; undefined for anything else. */
export function inputValue(text: string): bigint | undefined {
  const [, sign, digits] = /^(-?)(0[xX][0-9a-fA-F]+|\d+)$/.exec(text.trim()) ?? [];
  if (digits === undefined) return undefined;
  return sign ? -BigInt(digits) : BigInt(digits);
}
/** What keeps a scenario from running. */
export interface Problem {
  readonly path: string;
  /** from 1 */
  readonly line: number;
  readonly column: number;
  /** `FILE:LINE:COL: error[code]: message` */
  readonly text: string;
}
type LoadResult = { readonly session: Session } | { readonly problems: readonly Problem[] };

/** Compiles and loads a scenario; the session is at its first statement. */
export function loadScenario(path: string, text: string, options: LoadOptions = {}): LoadResult {
  const program = check({ path, text }, options);
  const errors = program.diagnostics.filter((d) => d.severity === 'error');
  if (errors.length > 0) return { problems: errors.map((d) => problem(program, d)) };
  const loaded = VmTarget.load(program, options);
  if (!(loaded instanceof VmTarget)) return { problems: loaded.map((d) => problem(program, d)) };
  return { session: new Session(loaded) };
}
function problem(program: Program, d: Diagnostic): Problem {
  const position = positionOf(program.files, d.span);
  const path = position?.file.path ?? '';
  const { line, column } = position ?? { line: 1, column: 1 };
  return { path, line, column, text: `${path}:${line}:${column}: ${d.severity}[${d.code}]: ${d.message}` };
}

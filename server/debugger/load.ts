/** From text to a session: check, compile, boot. Problems of the scenario are returned as lines for the user. */
import { check } from '../language/check/check';
import type { Diagnostic, Program } from '../language/check/context/program';
import type { Profile } from '../profiles/profile';
import type { VmOptions } from '../vm/loadVm';
import { Session } from './session';
import { positionOf } from './target/source';
import { VmTarget } from './vmTarget';

interface LoadOptions extends VmOptions {
  resolveInclude?(path: string, from: string): { path: string; text: string } | undefined;
  /** kernel versions that the scenario may name besides those that kmem has a profile of */
  readonly profiles?: readonly Profile[];
}
type LoadResult = { readonly session: Session } | { readonly problems: readonly string[] };

/** Compiles and loads a scenario; the session is at its first statement. */
export function loadScenario(path: string, text: string, options: LoadOptions = {}): LoadResult {
  const program = check({ path, text }, options);
  const errors = program.diagnostics.filter((d) => d.severity === 'error');
  if (errors.length > 0) return { problems: errors.map((d) => line(program, d)) };
  const loaded = VmTarget.load(program, options);
  if (!(loaded instanceof VmTarget)) return { problems: loaded.map((d) => line(program, d)) };
  return { session: new Session(loaded) };
}
/** `FILE:LINE:COL: error[code]: message` */
function line(program: Program, d: Diagnostic): string {
  const position = positionOf(program.files, d.span);
  return `${position ? `${position.file.path}:${position.line}:${position.column}` : program.files[0]?.path}: ${d.severity}[${d.code}]: ${d.message}`;
}

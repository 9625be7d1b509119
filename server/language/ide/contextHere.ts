/**
 * The context at a position: in which contexts a call there runs. Where none is written yet, one is put in for the analysis.
 */
import { contextsOfCalls, type ReachedContext } from '../analysis/contextsOfCalls';
import { allowedIn } from '../analysis/engine/execContext';
import { allNames, lookupApi } from '../catalogue/catalogue';
import { type CheckOptions, check } from '../check/check';
import type { Program } from '../check/context/program';

/** Plain data: it is sent from the thread that analyses. */
export interface ContextHere {
  /** "in hard interrupt context (irq rx), holding spinlock l", a context each */
  readonly where: readonly string[];
  /** whether code here is atomic: in none, some or all of the contexts */
  readonly atomic: 'never' | 'sometimes' | 'always';
  /** functions of the kernel that must not be called here, whatever their arguments are */
  readonly refused: readonly string[];
}

/** Where the call whose callee begins at an offset runs; undefined where it is not reached, or has nothing to do with contexts. */
export function contextOfCall(program: Program, file: number, offset: number): ContextHere | undefined {
  return factsOf(program, at(program, file, offset));
}
/** Where a call runs that is written in place of `start` to `end` of the main file. */
export function contextAtCursor(
  { files: [main] }: Program,
  start: number,
  end: number,
  options: CheckOptions,
): ContextHere | undefined {
  if (!main) return undefined;
  // it says something about contexts, has no effects on them, and its value fits anywhere
  const text = `${main.text.slice(0, start)}cond_resched()${main.text.slice(end)}`;
  const probed = check({ path: main.path, text }, options);
  return factsOf(probed, at(probed, 0, start));
}

function at(program: Program, file: number, offset: number): readonly ReachedContext[] {
  const contexts = contextsOfCalls(program, ({ span }) => span.file === file && span.start === offset);
  return [...contexts.values()].flat();
}
function factsOf({ profile }: Program, reached: readonly ReachedContext[]): ContextHere | undefined {
  if (reached.length === 0) return undefined;
  const atomic = reached.filter((r) => r.atomic).length;
  const refused = [...allNames(profile)].filter((name) => {
    const entry = lookupApi(name);
    return entry && reached.some(({ context }) => allowedIn(entry, context) === 'no');
  });
  return {
    where: reached.map((r) => r.text),
    atomic: atomic === 0 ? 'never' : atomic === reached.length ? 'always' : 'sometimes',
    refused,
  };
}
/** The context as a line of a hover. */
export function contextMarkdown({ where, atomic }: ContextHere): string {
  const sleep = {
    never: 'code here may sleep',
    sometimes: 'code here must not sleep, as it is atomic in some of these contexts',
    always: 'code here must not sleep',
  };
  return `**here**: ${where.join('; or ')}: ${sleep[atomic]}`;
}

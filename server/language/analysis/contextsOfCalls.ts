/** The contexts in which calls of a program run, for the editor: what is held there, and whether the code may sleep. */
import type { Program } from '../check/context/program';
import type { Call } from '../syntax/tree';
import { analysisOf } from './engine/analysisContext';
import { callPathTo, contextText } from './engine/evidence';
import { type ExecContext, isAtomic } from './engine/execContext';
import { enterAll } from './engine/roots';
import type { RuleHooks } from './engine/rule';

export interface ReachedContext {
  readonly context: ExecContext;
  /** "in hard interrupt context (irq nic_rx), holding spinlock rx.lock"; "in task context" */
  readonly text: string;
  readonly atomic: boolean;
}
/** of one call */
const MOST = 8;

/** The contexts that each of the wanted calls is reached in, each once, as far as the analysis finds them. */
export function contextsOfCalls(
  program: Program,
  wanted: (call: Call) => boolean,
): ReadonlyMap<Call, readonly ReachedContext[]> {
  const found = new Map<Call, ReachedContext[]>();
  const hooks: RuleHooks = {
    call(instance, context, call) {
      if (!wanted(call)) return;
      const known = found.get(call) ?? [];
      if (known.length >= MOST || known.some((k) => k.context === context)) return;
      const text = contextText(context, callPathTo(instance, context)) || 'in task context';
      if (!known.some((k) => k.text === text))
        found.set(call, [...known, { context, text, atomic: isAtomic(context) }]);
    },
  };
  const analysis = analysisOf(program, [hooks], { unclosed: true });
  enterAll(analysis);
  return found;
}

/** Locks that a body takes, itself or in what it calls: for rules that compare them with what its callers hold. */
import type { Related } from '../../../check/context/program';
import type { Span } from '../../../syntax/tree';
import type { ExecContext, Hold } from '../../engine/execContext';
import type { Instance, Via } from '../../engine/instance';
import type { LockRef } from '../../engine/locks/lockRef';
import type { EffectStep, Site } from '../../engine/rule';

/** A lock taken in a body or in what it calls. */
export interface Taken {
  readonly cls: string;
  readonly lock: LockRef;
  readonly shared: boolean;
  readonly text: string;
  readonly span: Span;
  /** the calls that lead to it from the body, outermost first */
  readonly calls: readonly Related[];
}
/** Whether several may hold a lock of this kind at once. */
export const isShared = (kind: string): boolean => kind === 'read' || kind === 'rwsem_read';

/** The lock that an effect of a call takes, or tries to. */
export function takenIn(site: Site, { effect, cause }: EffectStep): Taken | undefined {
  if (effect.on !== 'lock' || effect.op === 'release' || effect.lock === 'semaphore') return undefined;
  const { lock, text, span } = cause;
  if (lock?.cls === undefined) return undefined;
  const nested = site.api?.entry.subclass;
  const level = nested === undefined ? undefined : site.call.args[nested];
  const cls = level ? `${lock.cls}/${level.kind === 'int' ? level.text : '?'}` : lock.cls;
  return { cls, lock, shared: isShared(effect.lock), text, span, calls: [] };
}
/** The same in terms of the caller, where it is `lock`. */
export const inCaller = ({ span }: Via, { sym }: Instance, taken: Taken, lock: LockRef): Taken => ({
  ...taken,
  lock,
  calls: [{ span, message: `${sym.name}() is called here` }, ...taken.calls],
});
/** One number for each lock that is taken in one way. */
export const takenKey = (lock: LockRef, shared: boolean): number => lock.id * 2 + (shared ? 1 : 0);

/** A call that has been looked at: in this context, when so much was known of the callee. */
interface Looked {
  readonly file: number;
  readonly context: ExecContext;
  readonly known: number;
  readonly next: Looked | undefined;
}
/** Calls that have been looked at: again they tell nothing new. */
export class LookedAt {
  /** by callee and position */
  private readonly calls = new Map<Instance, Map<number, Looked>>();

  /** Notes a call. `known`: of how many things of the callee it tells; false: that has been looked at. */
  isNew({ span: { file, start }, context }: Via, callee: Instance, known: number): boolean {
    let calls = this.calls.get(callee);
    if (!calls) this.calls.set(callee, (calls = new Map()));
    const first = calls.get(start);
    for (let at = first; at; at = at.next)
      if (at.context === context && at.known === known && at.file === file) return false;
    calls.set(start, { file, context, known, next: first });
    return true;
  }
}
/** Of what the caller holds, the locks of which the callee knows no names. */
export const unseen = ({ context, sight }: Via): readonly Hold[] =>
  context.holds.length === 0 ? context.holds : context.holds.filter((h) => h.lock && !sight.sees(h));

/** Names of held locks that stop to be true: `p->lock` once `p` has another value. What is left of them is the class. */
import type { VarSym } from '../../check/context/program';
import type { Body } from './callGraph';
import type { ExecContext, ExecContexts } from './execContext';
import type { Step } from './flow/cfg';
import { type LockRef, type LockRefs, reachedThrough, reachedThroughField } from './locks/lockRef';
import type { PathId, VarPaths } from './values/varPaths';

interface Names {
  readonly contexts: ExecContexts;
  readonly locks: { readonly refs: LockRefs };
  readonly paths: VarPaths;
}
function forgotten({ contexts, locks }: Names, c: ExecContext, gone: (lock: LockRef) => boolean): ExecContext {
  return contexts.renamed(c, (lock) => (lock.base && gone(lock) ? locks.refs.unknown(lock.cls) : lock));
}
/** Whether a lock is reached from `variable`, or, `behind` a pointer, from any. */
function isReached({ holds }: ExecContext, variable: VarSym, behind: boolean): boolean {
  for (const { lock } of holds) if (lock?.base && (behind || lock.base === variable)) return true;
  return false;
}

/** A step that stores. */
export type StoreStep = Exclude<Step, { op: 'call' | 'state' | 'deref' | 'store' }>;

/** The context after a store. */
export function afterStore(names: Names, c: ExecContext, step: StoreStep): ExecContext {
  const stored: readonly PathId[] =
    step.op === 'assign' ? [step.path] : step.op === 'copy' ? step.touches : step.stored;
  for (const id of stored) {
    const { variable, members, field } = names.paths.get(id);
    if (!variable) continue;
    const way = members.includes('>') ? members.replaceAll('->', '*.') : members;
    const behind = way.includes('*');
    if (!isReached(c, variable, behind)) continue;
    c = forgotten(names, c, (l) => reachedThrough(l, variable, way) || (behind && reachedThroughField(l, field)));
  }
  if (step.op !== 'forget' || step.fields.length === 0) return c;
  return forgotten(names, c, (l) => step.fields.some((field) => reachedThroughField(l, field)));
}
/** The context after a call of a body. */
export function afterCallOf(names: Names, c: ExecContext, body: Body): ExecContext {
  if (c.holds.length === 0 || (body.assigns.size === 0 && body.assignsFields.size === 0)) return c;
  return forgotten(names, c, (lock) => {
    if (lock.base && body.assigns.has(lock.base) && lock.members.startsWith('*')) return true;
    for (const field of body.assignsFields) if (reachedThroughField(lock, field)) return true;
    return false;
  });
}

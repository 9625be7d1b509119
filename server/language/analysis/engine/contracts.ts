/**
 * Contracts on functions (`__must_hold`, `__acquires`, `__releases`, `__context`, `__atomic`, `__may_sleep`): what they assume of callers
 * and promise to them. If a function has a body, the body decides and not its promises.
 */

import type { CType } from '../../../types/ctype';
import type { Effect } from '../../catalogue/form/entry';
import type { FunctionSym, Program } from '../../check/context/program';
import type { Call, Contract, Expr } from '../../syntax/tree';
import { withoutCasts } from '../../syntax/withoutCasts';
import type { Analysis } from './analysisContext';
import type { Entry, ExecContext, ExecContexts } from './execContext';
import type { Contracted } from './rule';

const NO_CONTRACTS: readonly Contract[] = [];
function contractsOf({ def }: FunctionSym, name: string): readonly Contract[] {
  const { contracts } = def.modifiers;
  return contracts.length === 0 ? NO_CONTRACTS : contracts.filter((c) => c.name.text === name);
}
export const hasContract = (sym: FunctionSym, name: string): boolean => contractsOf(sym, name).length > 0;

type LockKind = Extract<Effect, { on: 'lock' }>['lock'];
const KIND_OF: Readonly<Record<string, LockKind>> = {
  mutex: 'mutex',
  ww_mutex: 'mutex',
  semaphore: 'semaphore',
  rw_semaphore: 'rwsem_write',
  raw_spinlock: 'raw',
  raw_spinlock_t: 'raw',
  rwlock_t: 'write',
};
/** The kind of lock an expression of a contract names, by its type; a spinlock if the type is unknown. */
function kindOf(program: Program, e: Expr): LockKind {
  let type: CType | undefined = program.typeOf(e);
  if (type?.kind === 'pointer') type = type.to;
  const tag = type && 'tag' in type ? type.tag : undefined;
  return KIND_OF[type?.typedef ?? ''] ?? KIND_OF[tag ?? ''] ?? 'spin';
}
/** The name of a lock: the expression as written, without its casts and `&`. */
export function lockText(program: Program, e: Expr): string {
  const inner = withoutCasts(e);
  const named = inner.kind === 'unary' && inner.op === '&' ? inner.operand : inner;
  return program.files[named.span.file]?.text.slice(named.span.start, named.span.end) ?? '';
}

/** The contracts of a function, and the locks that they name: at `call` in the caller's terms, without one in its own. */
export function contracted({ program, locks }: Analysis, sym: FunctionSym, call?: Call): readonly Contracted[] {
  const sight = call && locks.sightOf(call, sym);
  return sym.def.modifiers.contracts.map((contract) => {
    const named = ['__must_hold', '__acquires', '__releases'].includes(contract.name.text)
      ? contract.args[0]
      : undefined;
    if (!named) return { contract, held: undefined };
    const own = locks.refs.ofLock(named);
    const lock = sight ? sight.inCaller(own) : own;
    return { contract, held: { kind: kindOf(program, named), lock, text: lockText(program, named) } };
  });
}

/** The context after a call to a function without a body, by its contracts. */
export function afterContracts(
  { program, contexts, locks }: Analysis,
  sym: FunctionSym,
  call: Call,
  context: ExecContext,
): ExecContext {
  const sight = locks.sightOf(call, sym);
  for (const c of sym.def.modifiers.contracts) {
    const op = c.name.text === '__acquires' ? 'acquire' : c.name.text === '__releases' ? 'release' : undefined;
    const lock = c.args[0];
    if (!op || !lock) continue;
    const kind = kindOf(program, lock);
    const cause = {
      lock: sight.inCaller(locks.refs.ofLock(lock)),
      text: lockText(program, lock),
      by: sym.name,
      span: call.span,
    };
    context = contexts.after(context, { on: 'lock', op, lock: kind, arg: 0 }, cause);
  }
  return context;
}

function words(e: Expr): string[] {
  if (e.kind === 'ident') return [e.name];
  return e.kind === 'binary' && e.op === '|' ? [...words(e.left), ...words(e.right)] : [];
}
interface Assumed {
  readonly context: ExecContext;
  readonly why: string;
}
/** The contexts in which a function's contracts allow a call: at least one. Its analysis as an entry starts in them. */
export function assumedContexts({ program, contexts, locks }: Analysis, sym: FunctionSym): readonly Assumed[] {
  const entries = contractsOf(sym, '__context').flatMap((c) => c.args.flatMap(words));
  const nothingSaid = `${sym.name}() is called from a task: nothing in this file calls it`;
  const starts: Assumed[] =
    entries.length === 0
      ? [{ context: contexts.entry('task', sym.def.name.span), why: nothingSaid }]
      : entries.map((word) => ({
          context: ofWord(contexts, word, sym),
          why: `${sym.name}() may be called: __context(${word})`,
        }));
  return starts.map(({ context, why }) => {
    for (const c of [...contractsOf(sym, '__must_hold'), ...contractsOf(sym, '__releases')]) {
      const lock = c.args[0];
      if (!lock) continue;
      const cause = {
        lock: locks.refs.ofLock(lock),
        text: lockText(program, lock),
        by: c.name.text,
        span: c.span,
        given: true,
      };
      context = contexts.push(context, kindOf(program, lock), cause);
    }
    return { context, why };
  });
}
function ofWord(contexts: ExecContexts, word: string, sym: FunctionSym): ExecContext {
  const at = sym.def.name.span;
  const entry: Entry = word === 'softirq' || word === 'hardirq' || word === 'nmi' ? word : 'task';
  const context = contexts.entry(entry, at);
  const cause = { lock: undefined, text: '', by: '__context', span: at, given: true };
  if (word === 'irqs_off') return contexts.after(context, { on: 'irq', op: 'disable' }, cause);
  return word === 'rcu' ? contexts.push(context, 'rcu', cause) : context;
}
/** `__atomic`: the same with preemption off. */
export function atomicContext(contexts: ExecContexts, sym: FunctionSym): ExecContext | undefined {
  const contract = contractsOf(sym, '__atomic')[0];
  const cause = contract && { lock: undefined, text: '', by: contract.name.text, span: contract.span, given: true };
  return cause && contexts.push(contexts.entry('task', contract.span), 'preempt', cause);
}

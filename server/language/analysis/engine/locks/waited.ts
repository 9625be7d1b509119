/**
 * Calls that wait until a callback has ended, and the callbacks that they may wait for. Works, timers and handlers are compared as locks are:
 * by the variable or the field of a structure that they are, and what that is reached from.
 */
import type { ApiEntry, Registers } from '../../../catalogue/form/entry';
import type { ContextSym, FunctionSym, Program, VarSym } from '../../../check/context/program';
import type { Call, Expr, Span } from '../../../syntax/tree';
import { withoutCasts } from '../../../syntax/withoutCasts';
import { type LockRef, type LockRefs, likeness } from './lockRef';

/** A place that gives a callback to the kernel. */
export interface Registration {
  readonly given: Expr;
  /** the functions that it may be, once all pointers are known */
  functions: readonly FunctionSym[];
  readonly context: Registers['context'];
  readonly span: Span;
  /** "is given to INIT_WORK()" */
  readonly how: string;
  /** what it belongs to, and what it is passed, where a call can wait for it */
  readonly of:
    | { readonly expr: Expr | VarSym; readonly by: 'address' | 'value'; readonly passed: Expr | undefined }
    | undefined;
}
/** What a call waits for: a context of the scenario, or the callback of an object. */
export type Waited = { readonly context: ContextSym } | (Owner & { readonly moves: boolean });
/** A work, a timer, a line, a thread; and what its callback is passed besides, where the call says so. */
interface Owner {
  readonly owner: LockRef;
  readonly passed: LockRef | undefined;
}
/** A callback with what it belongs to. */
export interface Owned extends Owner {
  readonly functions: readonly FunctionSym[];
  readonly span: Span;
  /** "is given to INIT_WORK()" */
  readonly how: string;
}

/** Whose callback a call waits for; undefined: it waits for none, or the analysis cannot tell. */
export function waitedFor(program: Program, refs: LockRefs, entry: ApiEntry, call: Call): Waited | undefined {
  const { waitsFor } = entry;
  const arg = waitsFor && call.args[waitsFor.arg];
  if (!arg) return undefined;
  const context = contextIn(program, arg);
  if (context) return { context };
  const passed = waitsFor.passed === undefined ? undefined : call.args[waitsFor.passed];
  const owner = waitsFor.by === 'address' ? refs.ofLock(arg) : refs.ofValue(arg);
  return { owner, passed: passed && refs.ofLock(passed), moves: refs.moves(owner) };
}
/** `&w` of `work w { }`, `i` of `irq i { }` */
function contextIn(program: Program, arg: Expr): ContextSym | undefined {
  const e = withoutCasts(arg);
  const named = e.kind === 'unary' && e.op === '&' ? withoutCasts(e.operand) : e;
  const sym = named.kind === 'ident' ? program.symbolOf(named) : undefined;
  return sym?.kind === 'context' ? sym : undefined;
}
/** The same in terms of a caller; undefined: the body has given the parameter that it is reached from another value. */
export function renamed(waited: Waited, name: (ref: LockRef) => LockRef): Waited | undefined {
  if ('context' in waited) return waited;
  if (waited.moves) return undefined;
  return { owner: name(waited.owner), passed: waited.passed && name(waited.passed), moves: false };
}

/** The registrations whose callback a call can wait for. */
export function ownedCallbacks(refs: LockRefs, registrations: readonly Registration[]): readonly Owned[] {
  return registrations.flatMap(({ of, functions, span, how }) => {
    if (!of) return [];
    const owner = of.by === 'value' || of.expr.kind === 'var' ? refs.ofValue(of.expr) : refs.ofLock(of.expr);
    return [{ owner, passed: of.passed && refs.ofLock(of.passed), functions, span, how }];
  });
}
/** Whether the callback may be the one that is waited for: both are one variable, one field of a structure, or were passed the same. */
export function mayBelong(waited: Owner, { owner, passed }: Owner): boolean {
  if (waited.owner.cls !== undefined && owner.cls !== undefined && !isType(waited.owner.cls) && !isType(owner.cls))
    return isAlike(waited.owner, owner);
  return waited.passed?.cls !== undefined && passed?.cls !== undefined && isAlike(waited.passed, passed);
}
/** `struct work_struct`: nothing but the type is known. */
const isType = (cls: string): boolean => /^(struct|union) \w+$/.test(cls);
function isAlike(a: LockRef, b: LockRef): boolean {
  if (a.cls !== b.cls || likeness(a, b) === 'distinct') return false;
  // `.tx.timer` and `.rx.timer`, reached from different variables
  const [x, y] = [within(a), within(b)];
  return !a.base || !b.base || x.endsWith(y) || y.endsWith(x);
}
/** The way from the last pointer on. */
const within = ({ members }: LockRef): string =>
  members.slice(members.lastIndexOf('*') + 1).replaceAll(/\[[^\]]*\]/g, '[]');

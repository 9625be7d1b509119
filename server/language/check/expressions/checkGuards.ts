/**
 * What is undone when control leaves a scope: guards and variables with `__free()`. A guard begins with what its class does, and is noted;
 * each way out of its scope, the end of the block, a return, a goto, a break or continue, has the calls that undo what it leaves.
 */
import {
  FREE_CLASSES,
  freeMeaning,
  GUARD_CLASSES,
  type GuardMeaning,
  guardMeaning,
} from '../../catalogue/bodies/guardBodies';
import { suggest } from '../../syntax/suggest';
import type { Block, Call, Expr, ExprStmt, Ident, MacroLoop, Name, Span, Stmt } from '../../syntax/tree';
import { walkTree } from '../../syntax/visitor';
import { withoutCasts } from '../../syntax/withoutCasts';
import type { CheckContext, Cleanup } from '../context/checkContext';
import { Expansion } from '../context/expand';
import { didYouMean, type Mutable } from '../context/nameScopes';
import type { VarSym } from '../context/program';
import { checkLoosely } from './checkArguments';
import { checkExpr } from './checkExpr';
import { checkLoopBody, parsedMacro } from './checkMacros';

const NOWHERE: Span = { start: 0, end: 0, file: -1 };
/** `guard(mutex)` of `guard(mutex)(&lock)`. */
export function guardOf({ expr }: ExprStmt): Call | undefined {
  if (expr.kind !== 'call' || expr.callee.kind !== 'call') return undefined;
  const { callee } = expr.callee;
  return callee.kind === 'ident' && callee.name === 'guard' ? expr.callee : undefined;
}
/** `guard(mutex)(&lock);` */
export function checkGuard(cx: CheckContext, stmt: ExprStmt, head: Call): void {
  const call = stmt.expr as Call;
  const meaning = meaningOf(cx, head, head.args, call.args);
  if (!meaning) {
    checkLoosely(cx, call.args);
    return;
  }
  const statements = begin(cx, meaning, 'begin', call.args, call.span);
  cx.tables.guards.set(stmt, { kind: 'block', body: statements, span: call.span });
}
/** `scoped_guard(mutex, &lock) statement`; false where it is another loop. */
export function checkScopedGuard(cx: CheckContext, loop: MacroLoop): boolean {
  const { callee, args } = loop.call;
  if (callee.kind !== 'ident' || callee.name !== 'scoped_guard') return false;
  const { body } = cx;
  const outer = cx.scopes.enterBlock();
  const before = body.cleanups.length;
  const meaning = meaningOf(cx, loop.call, args.slice(0, 1), args.slice(1));
  if (meaning) {
    const [once] = begin(cx, meaning, 'scoped', args.slice(1), loop.call.span, loop.body);
    if (once) cx.tables.loops.set(loop, once);
    checkLoopBody(cx, loop.body, before);
    if (once?.kind === 'do') {
      (once.body as Mutable<Stmt>).span = loop.body.span;
      leave(cx, once.body, before);
      checkExpr(cx, once.test);
    }
  } else {
    checkLoosely(cx, args.slice(1));
    checkLoopBody(cx, loop.body, before);
  }
  body.cleanups.length = before;
  cx.scopes.leaveBlock(outer, loop.span.end);
  return true;
}
function meaningOf(
  cx: CheckContext,
  head: Call,
  [named]: readonly Expr[],
  given: readonly Expr[],
): GuardMeaning | undefined {
  const sym = head.callee.kind === 'ident' ? cx.scopes.lookup(head.callee.name) : undefined;
  if (sym?.kind === 'api') cx.tables.symbols.set(head.callee as Ident, sym);
  const name = named?.kind === 'ident' ? named.name : '';
  const meaning = guardMeaning(name);
  if (!meaning) {
    const { text, more } = didYouMean(suggest(name, GUARD_CLASSES), named?.span ?? head.span);
    const known = text || `: kmem knows ${GUARD_CLASSES.join(', ')}`;
    return cx.problems.error(
      'unknown-guard',
      `'${name}' is not a class of guards${known}`,
      named?.span ?? head.span,
      more,
    );
  }
  const wanted = meaning.begin.params.length;
  if (given.length === wanted) return meaning;
  return cx.problems.error(
    'argument-count',
    wanted === 1
      ? `a guard of the class '${name}' needs its lock: guard(${name})(&lock)`
      : `a guard of the class '${name}' takes nothing: guard(${name})()`,
    head.span,
  );
}
/** The statements with which a guard begins, checked; the guard is noted. */
function begin(
  cx: CheckContext,
  meaning: GuardMeaning,
  form: 'begin' | 'scoped',
  args: readonly Expr[],
  span: Span,
  body?: Stmt,
): Stmt[] {
  const key = `guard ${meaning.scoped.body}`;
  const macro = parsedMacro(cx, `${key} ${form}`, meaning[form]);
  const suffix = `$${++cx.expansion.count}`;
  const statements = new Expansion(macro, args, cx.ids, span, suffix, body).statements();
  const given = lockSpan(args[0]) ?? span;
  const own =
    statements[0]?.kind === 'do' && statements[0].body.kind === 'block' ? statements[0].body.body : statements;
  for (const stmt of own) if (stmt !== body) nameLock(stmt, given);
  cx.expansion.depth++;
  for (const stmt of own) if (stmt !== body) cx.rules.checkStmt(cx, stmt);
  cx.expansion.depth--;
  const end = parsedMacro(cx, `${key} end`, meaning.end);
  const variables = end.params.flatMap((name) => {
    const sym = cx.scopes.lookup(`${name}${suffix}`);
    return sym?.kind === 'var' ? [{ sym, at: given }] : [];
  });
  for (const { sym } of variables) cx.part.used.add(sym);
  if (variables.length === end.params.length) cx.body.cleanups.push({ macro: end, variables, span });
  return statements;
}
/** `lock` of `&lock`, for messages. */
function lockSpan(given: Expr | undefined): Span | undefined {
  const e = given && withoutCasts(given);
  return e?.kind === 'unary' && e.op === '&' ? e.operand.span : e?.span;
}
/** The hidden variables are told by the name of the lock. */
function nameLock(stmt: Stmt, given: Span): void {
  walkTree(stmt, (node) => {
    if (node.kind === 'ident' && node.name.startsWith('__guard$')) (node as Mutable<Ident>).span = given;
  });
}
/** `struct foo *p __free(kfree) = …`: a variable that is freed when its scope is left. */
export function noteFree(cx: CheckContext, words: readonly Name[], sym: VarSym, at: Span): void {
  for (const { text, span } of words) {
    const name = /^__free\s*\(\s*(\w*)\s*\)$/.exec(text)?.[1];
    if (name === undefined) continue;
    const meaning = freeMeaning(name);
    if (!meaning) {
      const { text: near, more } = didYouMean(suggest(name, FREE_CLASSES), span);
      const known = near || `: kmem knows ${FREE_CLASSES.join(', ')}`;
      cx.problems.error('unknown-guard', `'${name}' is not a class of __free()${known}`, span, more);
      continue;
    }
    cx.part.used.add(sym);
    const macro = parsedMacro(cx, `free ${name}`, meaning);
    // whether there is anything to free is not a question of the source
    const variables = [
      { sym, at: NOWHERE },
      { sym, at: sym.span ?? at },
    ];
    cx.body.cleanups.push({ macro, variables, span: at });
  }
}

// ---------------------------------------------------------------- ways out
/** Notes what is undone when control leaves by `stmt`, or at the end of it, the scopes of the cleanups from `from` on. */
export function leave(cx: CheckContext, stmt: Stmt, from: number): void {
  const { cleanups } = cx.body;
  if (cleanups.length > from) cx.tables.leaving.set(stmt, undo(cx, cleanups.slice(from)).reverse());
}
/** The end of a block: what its own cleanups undo, which end with it. */
export function leaveScope(cx: CheckContext, block: Block, from: number): void {
  if (cx.body.cleanups.length === from) return;
  leave(cx, block, from);
  cx.body.cleanups.length = from;
}
/** What undoes each of them. */
export function undo(cx: CheckContext, cleanups: readonly Cleanup[]): Expr[] {
  return cleanups.flatMap(({ macro, variables, span }) => {
    const args = variables.map(({ sym, at }): Expr => {
      const ident: Ident = { kind: 'ident', id: cx.ids.next(), name: sym.name, span: at };
      cx.tables.symbols.set(ident, sym);
      return ident;
    });
    const [stmt] = new Expansion(macro, args, cx.ids, span, '').statements();
    if (stmt?.kind !== 'expr') return [];
    if (stmt.expr.kind === 'conditional') (stmt.expr.test as Mutable<Expr>).span = NOWHERE;
    cx.expansion.depth++;
    checkExpr(cx, stmt.expr);
    cx.expansion.depth--;
    return [stmt.expr];
  });
}
/** How many of the cleanups around a goto are around its label too. */
export function commonCleanups(a: readonly Cleanup[], b: readonly Cleanup[]): number {
  let n = 0;
  while (n < a.length && a[n] === b[n]) n++;
  return n;
}

/** Expressions as steps: calls in the order of evaluation, stores, and conditions split into branches. */
import type { ApiSym } from '../../../check/context/program';
import type { Call, Expr, InitList } from '../../../syntax/tree';
import { withoutCasts } from '../../../syntax/withoutCasts';
import { typeKey } from '../global/stores';
import type { PathId } from '../values/varPaths';
import { apiFacts } from './apiFacts';
import {
  addStep,
  assign,
  callStep,
  derefObject,
  forget,
  forgetFields,
  forgetThrough,
  jumpTo,
  type Lowering,
  leave,
  newBlock,
  next,
  storeObject,
  temporary,
} from './lowering';
import { assignRecord, isRecord, partOf } from './lowerRecord';

/** The depth to which nested expressions are followed. */
const DEEPEST = 400;
const NONE: readonly PathId[] = [];
const NO_ARGUMENTS: readonly number[] = [];
const NOWHERE = { start: 0, end: 0, file: -1 };
const TRUE: Expr = { kind: 'int', value: 1n, suffix: '', char: false, text: '1', span: NOWHERE };
const FALSE: Expr = { kind: 'int', value: 0n, suffix: '', char: false, text: '0', span: NOWHERE };

export function initList(cx: Lowering, list: InitList): void {
  for (const item of list.items) {
    const value = item.value;
    if (value.kind === 'initList') initList(cx, value);
    else effects(cx, value);
  }
}
/** Steps for all effects of `e`, in the order of evaluation. */
export function effects(cx: Lowering, e: Expr): void {
  if (cx.depth > DEEPEST) return;
  cx.depth++;
  switch (e.kind) {
    case 'unary':
      if (e.op === '&') {
        place(cx, e.operand);
        break;
      }
      effects(cx, e.operand);
      if (e.op === '*') derefObject(cx, e.operand, e);
      if (e.op === '++' || e.op === '--') changed(cx, e.operand, e.op);
      break;
    case 'postfix':
      effects(cx, e.operand);
      changed(cx, e.operand, e.op);
      break;
    case 'binary':
      if (e.op === '&&' || e.op === '||') {
        truthOf(cx, e);
        break;
      }
      effects(cx, e.left);
      effects(cx, e.right);
      break;
    case 'assign': {
      effects(cx, e.right);
      const path = cx.paths.ofExpr(e.left);
      if (cx.objects || path === undefined) effects(cx, e.left);
      storeObject(cx, e.left, e.op === '=' ? e.right : undefined, e.span);
      if (isRecord(cx.program.typeOf(e.left))) assignRecord(cx, partOf(cx, e.left), e.left, e.right);
      else if (path !== undefined) assign(cx, path, e.op, e.right, e.left);
      else forgetPlace(cx, e.left);
      break;
    }
    case 'conditional':
      conditional(cx, e);
      break;
    case 'call':
      call(cx, e);
      break;
    case 'index':
      effects(cx, e.base);
      effects(cx, e.index);
      derefObject(cx, e.base, e);
      break;
    case 'member':
      effects(cx, e.base);
      if (e.arrow) derefObject(cx, e.base, e);
      break;
    case 'cast':
      effects(cx, e.operand);
      break;
    case 'compound':
      initList(cx, e.init);
      break;
    case 'comma':
      effects(cx, e.left);
      effects(cx, e.right);
      cx.meaning.set(e, e.right);
      break;
    case 'stmtExpr':
      cx.statements(cx, e.body.body);
      if (e.result) {
        effects(cx, e.result);
        cx.meaning.set(e, e.result);
      }
      for (const undo of cx.program.leaving(e.body)) effects(cx, undo);
      break;
    case 'int':
    case 'string':
    case 'ident':
    case 'sizeof':
    case 'typeArg':
    case 'association':
    case 'errorExpr':
      break;
  }
  cx.depth--;
}
/** The effects of naming a place without reading it: `&p->list`. */
function place(cx: Lowering, e: Expr): void {
  if (e.kind === 'index') {
    effects(cx, e.base);
    effects(cx, e.index);
  } else if (e.kind === 'member') {
    if (e.arrow) effects(cx, e.base);
    else place(cx, e.base);
  } else if (e.kind === 'unary' && e.op === '*') effects(cx, e.operand);
  else effects(cx, e);
}
function changed(cx: Lowering, target: Expr, op: '++' | '--'): void {
  storeObject(cx, target, undefined, target.span);
  const path = cx.paths.ofExpr(target);
  if (path !== undefined && op === '++') next(cx, path);
  else forgetPlace(cx, target);
}
function forgetPlace(cx: Lowering, target: Expr): void {
  const path = cx.paths.ofExpr(target);
  if (path !== undefined) {
    forget(cx, [path]);
    return;
  }
  const to = withoutCasts(target);
  if (to.kind === 'member') forgetFields(cx, [to.name.text]);
  else if (to.kind === 'index' && cx.program.typeOf(to.base)?.kind === 'array') forgetPlace(cx, to.base);
  else forgetThrough(cx, typeKey(cx.program.typeOf(to)) ?? '');
}
/** `a && b` as a value: 1 or 0 in a temporary, by way of its branches. */
function truthOf(cx: Lowering, e: Expr): void {
  const path = temporary(cx, e);
  const [yes, no, after] = [newBlock(cx), newBlock(cx), newBlock(cx)];
  branch(cx, e, yes.id, no.id);
  yes.steps.push({ op: 'assign', path, assign: '=', value: TRUE, place: undefined, touches: NONE });
  no.steps.push({ op: 'assign', path, assign: '=', value: FALSE, place: undefined, touches: NONE });
  yes.end = no.end = { op: 'jump', to: after.id };
  cx.at = after;
}
function conditional(cx: Lowering, e: Expr & { kind: 'conditional' }): void {
  const path = temporary(cx, e);
  const [yes, no, after] = [newBlock(cx), newBlock(cx), newBlock(cx)];
  branch(cx, e.test, yes.id, no.id);
  cx.at = yes;
  if (e.then) effects(cx, e.then);
  storeObject(cx, path, e.then ?? e.test, e.span);
  assign(cx, path, '=', e.then ?? e.test);
  jumpTo(cx, after);
  cx.at = no;
  effects(cx, e.else);
  storeObject(cx, path, e.else, e.span);
  assign(cx, path, '=', e.else);
  jumpTo(cx, after);
}
function call(cx: Lowering, e: Call): void {
  const callee = e.callee.kind === 'ident' ? cx.program.symbolOf(e.callee) : undefined;
  if (callee?.kind === 'api') {
    apiCall(cx, e, callee);
    return;
  }
  if (expanded(cx, e)) return;
  if (callee?.kind === 'function') {
    argumentEffects(cx, e.args);
    callStep(cx, e, { kind: 'function', sym: callee }, callee.type.returns.kind === 'void' ? -1 : temporary(cx, e));
    if (!cx.outside.isFollowed(callee)) forget(cx, handedOut(cx, e.args), true);
    return;
  }
  effects(cx, e.callee);
  argumentEffects(cx, e.args);
  if (callee?.kind !== 'context') {
    callStep(cx, e, { kind: 'pointer', expr: e.callee }, temporary(cx, e));
  }
  forget(cx, handedOut(cx, e.args));
}
/** The effects of what a macro or a _Generic stands for; false where `e` is a call. */
function expanded(cx: Lowering, e: Call): boolean {
  const meaning = cx.program.expansionOf(e);
  if (!meaning) return false;
  cx.meaning.set(e, meaning);
  effects(cx, meaning);
  return true;
}
/** Whether a call has the arguments of another kernel version: it stands for the call of this one. */
function isOtherForm(cx: Lowering, e: Call, sym: ApiSym): boolean {
  const meaning = cx.program.expansionOf(e);
  return meaning?.kind === 'call' && meaning.callee.kind === 'ident' && cx.program.symbolOf(meaning.callee) === sym;
}
function apiCall(cx: Lowering, e: Call, sym: ApiSym): void {
  if (isOtherForm(cx, e, sym)) {
    expanded(cx, e);
    return;
  }
  const facts = apiFacts(sym.entry);
  const { entry } = sym;
  const followed = cx.objects && facts.onMemory;
  const { hasNmi, atomicOnRt } = cx.outside;
  const matters = facts.matters || (facts.spins && atomicOnRt);
  const target = { kind: 'api', sym, facts } as const;
  if (followed && !matters && entry.counts) callStep(cx, e, target, -1);
  if (!matters && (!followed || entry.counts) && expanded(cx, e)) return;
  for (let i = 0; i < e.args.length; i++) {
    const isCondition = i === entry.condition;
    if (isCondition) addStep(cx, { op: 'state', waits: true, call: e });
    effects(cx, e.args[i] as Expr);
    if (isCondition) addStep(cx, { op: 'state', waits: false, call: e });
  }
  if (entry.returns === 'never') {
    leave(cx, { op: 'stop' });
    return;
  }
  if (followed || matters || (hasNmi && entry.contexts.NMI === 'no')) {
    callStep(cx, e, target, entry.asks || entry.takes || followed ? temporary(cx, e) : -1);
  }
  if (!entry.effects) forget(cx, handedOut(cx, e.args));
  for (const index of entry.writes ?? NO_ARGUMENTS) {
    const arg = e.args[index];
    const path = arg && cx.paths.ofExpr(arg);
    if (path !== undefined) forget(cx, [path]);
  }
}
function argumentEffects(cx: Lowering, args: readonly Expr[]): void {
  for (const arg of args) effects(cx, arg);
}
/**
 * VarPaths whose address is among the arguments: the callee may write them. (Which fields a scenario's function writes is known:
 * callGraph.ts.)
 */
function handedOut(cx: Lowering, args: readonly Expr[]): readonly PathId[] {
  let out: PathId[] | undefined;
  for (const given of args) {
    const arg = withoutCasts(given);
    if (arg.kind !== 'unary' || arg.op !== '&') continue;
    const path = cx.paths.ofExpr(arg.operand);
    if (path !== undefined) (out ??= []).push(path);
  }
  return out ?? NONE;
}
/** Ends the current block with the branches of a condition. The caller sets `at` to the block that follows. */
export function branch(cx: Lowering, e: Expr, yes: number, no: number): void {
  const known = e.kind === 'call' ? undefined : cx.program.constantOf(e);
  if (known !== undefined) {
    cx.at.end = { op: 'jump', to: known === 0n ? no : yes };
    return;
  }
  if (cx.depth > DEEPEST) {
    cx.at.end = { op: 'branch', test: e, yes, no };
    return;
  }
  cx.depth++;
  branchOn(cx, e, yes, no);
  cx.depth--;
}
function branchOn(cx: Lowering, e: Expr, yes: number, no: number): void {
  if (e.kind === 'unary' && e.op === '!') {
    branch(cx, e.operand, no, yes);
    return;
  }
  if (e.kind === 'binary' && (e.op === '&&' || e.op === '||')) {
    const right = newBlock(cx);
    if (e.op === '&&') branch(cx, e.left, right.id, no);
    else branch(cx, e.left, yes, right.id);
    cx.at = right;
    branch(cx, e.right, yes, no);
    return;
  }
  if (e.kind === 'cast') {
    branch(cx, e.operand, yes, no);
    return;
  }
  effects(cx, e);
  cx.predicates.note(e);
  cx.at.end = { op: 'branch', test: e, yes, no };
}

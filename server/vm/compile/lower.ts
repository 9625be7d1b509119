/**
 * Statements to instructions, and what must come before an expression. Whatever can call a function, wait, or be interrupted in the middle
 * becomes an instruction of its own in front of the expression that contains it, with its result in a hidden slot of the frame: then every
 * moment of the program has one pc. One file, since statements hold expressions and a statement expression holds statements.
 */

import type { VarSym } from '../../language/check/context/program';
import type { Block, Declaration, Expr, InitList, Span, Stmt, SwitchStmt } from '../../language/syntax/tree';
import { decay, isRecord, promote } from '../../types/conversions';
import { type CType, sizeOf } from '../../types/ctype';
import {
  type BranchInstr,
  CompileError,
  OP_BRANCH,
  OP_EVAL,
  OP_RETURN,
  OP_SWITCH,
  type ParamSlot,
  type Returned,
} from '../program/code';
import { convert, small } from '../values/value';
import { emitCall, operandsOfCall } from './calls';
import { shapeIn, typeOf, valueType } from './exprContext';
import { effect, initialise, loaded, lvalue, storeIn, truth, value, valueAs, valueForType } from './exprs';
import { initParts } from './initParts';
import { evaluate, here, jump, type LowerContext, scalarStore } from './lowerContext';
import { builtinOf, isWritten, needsHoist } from './needsHoist';
import { protectedLocals } from './protectedLocals';

/** Lowers a function or scenario block: its parameters get slots, its body becomes instructions. @throws CompileError */
export function lowerFunction(cx: LowerContext, params: readonly VarSym[], body: Block): void {
  const { fn, frame } = cx;
  fn.entry = here(cx);
  fn.params = params.map((p): ParamSlot => {
    const slot = frame.slotOf(p);
    return { offset: slot.offset, type: p.type, store: scalarStore(cx, slot, p.type), size: sizeOf(p.type) ?? 0 };
  });
  fn.takesRecords = fn.params.some((p) => p.store === undefined);
  if (cx.exprs.machine.kasan) protectLocals(cx, body);
  lowerBlock(cx, body);
  cx.emitter.emit({ op: OP_RETURN, span: undefined, returned: undefined });
  for (const { jump: leaving, label, span } of cx.gotos) {
    const target = cx.labels.get(label);
    if (target === undefined) throw new CompileError('unknown-label', `there is no label '${label}'`, span);
    leaving.target = target;
  }
  fn.end = here(cx);
  fn.frameSize = frame.frameSize;
  fn.frameAlign = frame.frameAlign;
}

/** Puts the function's locals between redzones, which its frame has while it runs. */
function protectLocals(cx: LowerContext, body: Block): void {
  const placed = cx.frame.protect(protectedLocals(cx.program, body));
  if (!placed) return;
  const { description, shadow, bytes } = placed.redzones;
  cx.fn.redzones = { offset: placed.offset, bytes, shadow, description: cx.exprs.names.string(description) };
}

// ---------------------------------------------------------------- statements
function lowerBlock(cx: LowerContext, block: Block): void {
  for (const stmt of block.body) lowerStatement(cx, stmt);
  const { end, file } = block.span;
  // the program stops at the brace where something is undone there
  if (cx.program.leaving(block).length > 0) mark(cx, { start: end - 1, end, file });
  leaving(cx, block);
}
/** What is undone when control leaves scopes by a statement, or at the end of a block. */
function leaving(cx: LowerContext, stmt: Stmt): void {
  for (const undo of cx.program.leaving(stmt)) expression(cx, undo);
}
/** The parts of a macro, which the user sees as one statement. */
function quietly(cx: LowerContext, run: () => void): void {
  cx.quiet++;
  run();
  cx.quiet--;
}
/** Marks a statement to stop at. */
function mark(cx: LowerContext, span: Span): void {
  if (cx.quiet === 0) cx.emitter.statement(span, cx.owner, cx.fn);
}
/** The program can stop at the head of a loop, even in a macro: a loop must not run forever inside one step. */
function markLoop(cx: LowerContext, span: Span): void {
  cx.emitter.statement(span, cx.owner, cx.fn);
}
/** Jumps if `expr` is false; the target is set later. */
function branch(cx: LowerContext, expr: Expr): BranchInstr {
  hoist(cx, expr);
  return cx.emitter.emit({ op: OP_BRANCH, span: expr.span, test: truth(cx.exprs, expr), target: -1 });
}
function land(cx: LowerContext, jumps: readonly { target: number }[]): void {
  for (const j of jumps) j.target = here(cx);
}

function lowerStatement(cx: LowerContext, stmt: Stmt): void {
  switch (stmt.kind) {
    case 'block':
      lowerBlock(cx, stmt);
      return;
    case 'expr': {
      const guard = cx.program.expansionOfGuard(stmt);
      mark(cx, stmt.span);
      if (guard) quietly(cx, () => lowerStatement(cx, guard));
      else expression(cx, stmt.expr);
      return;
    }
    case 'decl':
      declaration(cx, stmt.decl);
      return;
    case 'macroDecl': {
      const decl = cx.program.expansionOfDeclaration(stmt.decl);
      if (decl) declaration(cx, decl);
      return;
    }
    case 'if': {
      mark(cx, stmt.test.span);
      const otherwise = branch(cx, stmt.test);
      lowerStatement(cx, stmt.then);
      const end = stmt.else ? jump(cx, stmt.span) : undefined;
      otherwise.target = here(cx);
      if (!stmt.else || !end) return;
      lowerStatement(cx, stmt.else);
      end.target = here(cx);
      return;
    }
    case 'while':
      whileLoop(cx, stmt);
      return;
    case 'do':
      doLoop(cx, stmt);
      return;
    case 'for':
      forLoop(cx, stmt);
      return;
    case 'macroLoop': {
      const expansion = cx.program.expansionOfLoop(stmt);
      if (!expansion) throw new CompileError('not-executable', 'this loop cannot be run', stmt.span);
      lowerStatement(cx, expansion);
      return;
    }
    case 'switch':
      lowerSwitch(cx, stmt);
      return;
    case 'case':
      caseLabel(cx, stmt);
      return;
    case 'label':
      cx.labels.set(stmt.name.text, here(cx));
      return;
    case 'goto':
      mark(cx, stmt.span);
      leaving(cx, stmt);
      cx.gotos.push({ jump: jump(cx, stmt.span), label: stmt.name.text, span: stmt.span });
      return;
    case 'break':
    case 'continue': {
      mark(cx, stmt.span);
      leaving(cx, stmt);
      (stmt.kind === 'break' ? cx.breaks : cx.continues).at(-1)?.push(jump(cx, stmt.span));
      return;
    }
    case 'return':
      mark(cx, stmt.span);
      returns(cx, stmt);
      return;
    case 'empty':
      return;
    case 'errorStmt':
      throw new CompileError('not-executable', 'this cannot be run', stmt.span);
  }
}
/** The body of a loop. Returns the jumps out of it and to its next iteration. */
function loopBody(cx: LowerContext, body: Stmt) {
  cx.breaks.push([]);
  cx.continues.push([]);
  lowerStatement(cx, body);
  return { breaks: cx.breaks.pop() ?? [], continues: cx.continues.pop() ?? [] };
}
function whileLoop(cx: LowerContext, stmt: Stmt & { kind: 'while' }): void {
  const top = here(cx);
  markLoop(cx, stmt.test.span);
  const out = branch(cx, stmt.test);
  const { breaks, continues } = loopBody(cx, stmt.body);
  for (const c of continues) c.target = top;
  jump(cx, stmt.test.span).target = top;
  land(cx, [out, ...breaks]);
}
function doLoop(cx: LowerContext, stmt: Stmt & { kind: 'do' }): void {
  const top = here(cx);
  const { breaks, continues } = loopBody(cx, stmt.body);
  land(cx, continues);
  const { test } = stmt;
  // `while (0)` asks nothing
  if (test.kind === 'int' && test.value === 0n) {
    land(cx, breaks);
    return;
  }
  markLoop(cx, test.span);
  const out = branch(cx, test);
  jump(cx, test.span).target = top;
  land(cx, [out, ...breaks]);
}
/**
 * Initialisation, condition and step are places of their own, and the condition is one each time it is evaluated. The parts of a macro's
 * loop have one place, the macro: there the condition belongs to what runs before it.
 */
function forLoop(cx: LowerContext, stmt: Stmt & { kind: 'for' }): void {
  const head = { ...stmt.span, end: Math.max(stmt.span.start + 3, Math.min(stmt.body.span.start, stmt.span.end)) };
  const { init, test, update } = stmt;
  const apart = test && update?.span.start !== test.span.start && init?.span.start !== test.span.start;
  if (init?.kind === 'decl') {
    mark(cx, init.span);
    quietly(cx, () => declaration(cx, init.decl));
  } else if (init) {
    mark(cx, init.span);
    expression(cx, init);
  } else if (!apart) mark(cx, test?.span ?? head);
  const condition = here(cx);
  if (apart) markLoop(cx, test.span);
  const out = test ? [branch(cx, test)] : [];
  const top = here(cx);
  const { breaks, continues } = loopBody(cx, stmt.body);
  land(cx, continues);
  if (apart) {
    if (update) mark(cx, update.span);
  } else markLoop(cx, update?.span ?? test?.span ?? head);
  if (update) expression(cx, update);
  const again = test && !apart ? [branch(cx, test)] : [];
  jump(cx, stmt.span).target = apart ? condition : top;
  land(cx, [...out, ...again, ...breaks]);
}
function lowerSwitch(cx: LowerContext, stmt: SwitchStmt): void {
  const { exprs } = cx;
  mark(cx, stmt.value.span);
  hoist(cx, stmt.value);
  const type = promote(valueType(exprs, stmt.value), exprs.abi);
  const scope = { targets: new Map(), ranges: [], type, fallback: -1 };
  const own = valueAs(exprs, stmt.value, shapeIn(exprs, type));
  const instr = cx.emitter.emit({
    op: OP_SWITCH,
    span: stmt.value.span,
    value: own,
    cases: scope.targets,
    ranges: scope.ranges,
    target: -1,
  });
  cx.cases.push(scope);
  cx.breaks.push([]);
  lowerStatement(cx, stmt.body);
  cx.cases.pop();
  instr.target = scope.fallback >= 0 ? scope.fallback : here(cx);
  land(cx, cx.breaks.pop() ?? []);
}
function caseLabel(cx: LowerContext, stmt: Stmt & { kind: 'case' }): void {
  const scope = cx.cases.at(-1);
  if (!scope) return;
  if (!stmt.value) {
    scope.fallback = here(cx);
    return;
  }
  const { tables } = cx.exprs;
  const shape = shapeIn(cx.exprs, scope.type);
  const bound = (e: Expr) => convert(small(tables.constantOf(e) ?? 0n), shape);
  const from = bound(stmt.value);
  if (stmt.last) scope.ranges.push({ from, to: bound(stmt.last), target: here(cx) });
  else scope.targets.set(from, here(cx));
}
function returns(cx: LowerContext, stmt: Stmt & { kind: 'return' }): void {
  const { value: operand, span } = stmt;
  if (operand) hoist(cx, operand);
  if (cx.program.leaving(stmt).length > 0) {
    if (operand) keep(cx, operand);
    leaving(cx, stmt);
  }
  cx.emitter.emit({ op: OP_RETURN, span, returned: operand && returned(cx, operand) });
}
/** Evaluates an expression now, for later. */
function keep(cx: LowerContext, expr: Expr): void {
  const { exprs } = cx;
  const own = exprs.tables.typeOf(expr);
  if (exprs.done.has(expr) || exprs.ran.has(expr)) return;
  if (!own || own.kind === 'void') {
    expression(cx, expr);
    exprs.ran.add(expr);
    return;
  }
  const type = keptType(cx, own);
  const target = cx.frame.temporary(type);
  evaluate(cx, [storeIn(exprs, target, type, expr)], expr.span);
  exprs.done.set(expr, target);
}
function returned({ exprs, fn }: LowerContext, operand: Expr): Returned {
  const type = fn.returns;
  if (type.kind === 'void') return { kind: 'effect', run: effect(exprs, operand) };
  if (!isRecord(type)) return { kind: 'scalar', value: valueForType(exprs, operand, type) };
  return { kind: 'record', address: exprs.access.address(lvalue(exprs, operand)), size: sizeOf(type) ?? 0 };
}
function declaration(cx: LowerContext, decl: Declaration): void {
  for (const d of decl.declarators) {
    const sym = cx.exprs.tables.symbolOf(d.name) ?? cx.program.symbolOf(d);
    if (sym?.kind !== 'var' || sym.storage === 'global') continue;
    const slot = cx.frame.slotOf(sym);
    if (!d.init) continue;
    mark(cx, d.span);
    hoistInit(cx, sym.type, d.init);
    evaluate(cx, initialise(cx.exprs, slot, sym.type, d.init), d.span);
  }
}

// ---------------------------------------------------------------- expressions
/** An expression for its effect. */
function expression(cx: LowerContext, expr: Expr): void {
  const plain = stripVoid(expr);
  if (callStatement(cx, plain)) return;
  hoist(cx, plain);
  if (cx.exprs.done.has(plain) || cx.exprs.ran.has(plain)) return;
  cx.emitter.emit({ op: OP_EVAL, span: expr.span, run: effect(cx.exprs, plain) });
}
/** A call as a statement: its result is not kept. Returns whether `expr` is one. */
function callStatement(cx: LowerContext, expr: Expr): boolean {
  if (expr.kind !== 'call' || !needsHoist(cx, expr)) return false;
  const expansion = cx.exprs.tables.expansionOf(expr);
  if (expansion) expression(cx, expansion);
  else {
    for (const operand of operandsOfCall(cx, expr)) hoist(cx, operand);
    emitCall(cx, expr, undefined);
  }
  return true;
}
/** `(void)f()` */
function stripVoid(expr: Expr): Expr {
  let e = expr;
  while (e.kind === 'cast' && e.type.kind === 'basicType' && e.type.words.length === 1 && e.type.words[0] === 'void')
    e = e.operand;
  return e;
}
/** The type in which a value is kept in a slot. */
const keptType = (cx: LowerContext, type: CType): CType => (isRecord(type) ? type : decay(type, cx.exprs.abi));

/** Emits what must come before `expr`, so that the rest of it is a closure. */
function hoist(cx: LowerContext, expr: Expr): void {
  if (!needsHoist(cx, expr)) return;
  const { exprs } = cx;
  switch (expr.kind) {
    case 'unary':
    case 'postfix':
    case 'cast':
      hoist(cx, expr.operand);
      return;
    case 'binary':
    case 'assign':
      if (expr.kind === 'binary' && (expr.op === '&&' || expr.op === '||') && needsHoist(cx, expr.right)) {
        logical(cx, expr);
        return;
      }
      // C leaves open whether the left side is read before a call on the right: it is read after it
      hoist(cx, expr.left);
      hoist(cx, expr.right);
      return;
    case 'comma':
      expression(cx, expr.left);
      hoist(cx, expr.right);
      exprs.alias.set(expr, expr.right);
      return;
    case 'conditional':
      conditional(cx, expr);
      return;
    case 'index':
      hoist(cx, expr.base);
      hoist(cx, expr.index);
      return;
    case 'member':
      hoist(cx, expr.base);
      return;
    case 'compound':
      hoistInit(cx, typeOf(exprs, expr), expr.init);
      return;
    case 'stmtExpr':
      stmtExpr(cx, expr);
      return;
    case 'call': {
      const expansion = exprs.tables.expansionOf(expr);
      if (expansion) {
        hoist(cx, expansion);
        return;
      }
      const inline = builtinOf(exprs.tables, expr)?.form === 'inline';
      const type = exprs.tables.typeOf(expr);
      if (inline) for (const arg of expr.args) hoist(cx, arg);
      else if (type && type.kind !== 'void') {
        const target = cx.frame.temporary(type);
        for (const operand of operandsOfCall(cx, expr)) hoist(cx, operand);
        emitCall(cx, expr, target);
        exprs.done.set(expr, target);
      } else {
        callStatement(cx, expr);
        exprs.ran.add(expr);
      }
      return;
    }
    default:
      return;
  }
}
/** Only the values that are stored: one that a later item replaces is not evaluated. */
function hoistInit(cx: LowerContext, type: CType, init: Expr | InitList): void {
  for (const part of initParts(cx.exprs.tables, type, init)) if (part.kind === 'value') hoist(cx, part.expr);
}
function logical(cx: LowerContext, expr: Expr & { kind: 'binary' }): void {
  const { exprs } = cx;
  const { span } = expr;
  const type = typeOf(exprs, expr);
  const target = cx.frame.temporary(type);
  const store = exprs.access.store(target, shapeIn(exprs, type));
  const and = expr.op === '&&';
  evaluate(cx, [() => store(and ? 0 : 1)], span);
  hoist(cx, expr.left);
  const left = truth(exprs, expr.left);
  const first = cx.emitter.emit({ op: OP_BRANCH, span, test: and ? left : () => !left(), target: -1 });
  hoist(cx, expr.right);
  const right = truth(exprs, expr.right);
  evaluate(cx, [() => store(right() ? 1 : 0)], span);
  first.target = here(cx);
  exprs.done.set(expr, target);
}
function conditional(cx: LowerContext, expr: Expr & { kind: 'conditional' }): void {
  const { exprs } = cx;
  const own = exprs.tables.typeOf(expr);
  const type = own && own.kind !== 'void' ? keptType(cx, own) : undefined;
  const kept = type && { type, target: cx.frame.temporary(type) };
  const put = (e: Expr): void => {
    if (kept) {
      hoist(cx, e);
      evaluate(cx, [storeIn(exprs, kept.target, kept.type, e)], e.span);
    } else expression(cx, e);
  };
  if (expr.then) {
    const otherwise = branch(cx, expr.test);
    put(expr.then);
    const end = jump(cx, expr.span);
    otherwise.target = here(cx);
    put(expr.else);
    end.target = here(cx);
  } else {
    // a ?: b: a is evaluated once
    hoist(cx, expr.test);
    if (kept) evaluate(cx, [storeIn(exprs, kept.target, kept.type, expr.test)], expr.test.span);
    const test = kept ? loaded(exprs, kept.target, kept.type) : value(exprs, expr.test);
    const no = cx.emitter.emit({ op: OP_BRANCH, span: expr.span, test: () => test() === 0, target: -1 });
    put(expr.else);
    no.target = here(cx);
  }
  if (kept) exprs.done.set(expr, kept.target);
  else exprs.ran.add(expr);
}
function stmtExpr(cx: LowerContext, expr: Expr & { kind: 'stmtExpr' }): void {
  const { exprs } = cx;
  const { result } = expr;
  const written = isWritten(expr);
  const run = (parts: () => void): void => (written ? parts() : quietly(cx, parts));
  run(() => {
    for (const stmt of expr.body.body) lowerStatement(cx, stmt);
  });
  if (written && result) mark(cx, result.span);
  const type = exprs.tables.typeOf(expr);
  if (!result || !type || type.kind === 'void') {
    run(() => {
      if (result) expression(cx, result);
      leaving(cx, expr.body);
    });
    exprs.ran.add(expr);
    return;
  }
  hoist(cx, result);
  const kept = keptType(cx, type);
  const target = cx.frame.temporary(kept);
  evaluate(cx, [storeIn(exprs, target, kept, result)], expr.span);
  run(() => leaving(cx, expr.body));
  exprs.done.set(expr, target);
}

/**
 * Statements as blocks: the control-flow graph of a body from its tree, short-circuit operators and `?:` to branches, macro calls
 * through their expansion. One exception: a macro whose catalogue entry says how it behaves (`spin_lock_irqsave`, `wait_event`) is one call
 * with that behaviour, so that a rule reports the call as written and not the expansion.
 */
import { promote, wrap } from '../../../../types/conversions';
import type { Program } from '../../../check/context/program';
import type { Block as BlockNode, CaseLabel, Declarator, Expr, Stmt, SwitchStmt } from '../../../syntax/tree';
import type { VarPaths } from '../values/varPaths';
import type { Block, CallEffects } from './cfg';
import { branch, effects, initList } from './lowerExpression';
import {
  assign,
  forget,
  jumpTo,
  type Lowering,
  leave,
  lowering,
  newBlock,
  type OpenSwitch,
  type Stands,
  storeObject,
} from './lowering';
import { assignRecord, initialise, isRecord } from './lowerRecord';

/** The blocks of a body, from its entry to its returns. */
export function lowerBody(
  program: Program,
  paths: VarPaths,
  outside: CallEffects,
  body: BlockNode,
  objects: boolean,
  stands: Stands,
): Lowering {
  const cx = lowering(program, paths, outside, statements, objects, stands);
  statements(cx, body.body);
  leaving(cx, body);
  const { end, file } = body.span;
  cx.at.end = { op: 'return', value: undefined, span: { start: end - 1, end, file } };
  return cx;
}
function statements(cx: Lowering, list: readonly Stmt[]): void {
  for (const stmt of list) statement(cx, stmt);
}
/** What is undone when control leaves scopes by a statement, or at the end of a block. */
function leaving(cx: Lowering, stmt: Stmt): void {
  for (const undo of cx.program.leaving(stmt)) effects(cx, undo);
}
function labelBlock(cx: Lowering, name: string): Block {
  cx.labels ??= new Map();
  let block = cx.labels.get(name);
  if (!block) cx.labels.set(name, (block = newBlock(cx)));
  return block;
}
function statement(cx: Lowering, stmt: Stmt): void {
  switch (stmt.kind) {
    case 'block':
      statements(cx, stmt.body);
      leaving(cx, stmt);
      return;
    case 'expr': {
      const guard = cx.program.expansionOfGuard(stmt);
      if (guard) statement(cx, guard);
      else effects(cx, stmt.expr);
      return;
    }
    case 'decl':
      for (const d of stmt.decl.declarators) declarator(cx, d);
      return;
    case 'if': {
      const then = newBlock(cx);
      const after = newBlock(cx);
      const otherwise = stmt.else ? newBlock(cx) : after;
      branch(cx, stmt.test, then.id, otherwise.id);
      cx.at = then;
      statement(cx, stmt.then);
      jumpTo(cx, after);
      if (stmt.else) {
        cx.at = otherwise;
        statement(cx, stmt.else);
        jumpTo(cx, after);
      }
      return;
    }
    case 'while':
      loop(cx, stmt.test, undefined, stmt.body);
      return;
    case 'for':
      if (stmt.init) {
        if (stmt.init.kind === 'decl') statement(cx, stmt.init);
        else effects(cx, stmt.init);
      }
      loop(cx, stmt.test, stmt.update, stmt.body);
      return;
    case 'do': {
      const body = newBlock(cx);
      const test = newBlock(cx);
      const after = newBlock(cx);
      jumpTo(cx, body);
      inside(cx, after.id, test.id, stmt.body);
      jumpTo(cx, test);
      branch(cx, stmt.test, body.id, after.id);
      cx.at = after;
      return;
    }
    case 'macroLoop': {
      const meaning = cx.program.expansionOfLoop(stmt);
      if (meaning) {
        statement(cx, meaning);
        return;
      }
      for (const arg of stmt.call.args) effects(cx, arg);
      loop(cx, stmt.call, undefined, stmt.body);
      return;
    }
    case 'switch':
      switchStatement(cx, stmt);
      return;
    case 'case':
      caseLabel(cx, stmt);
      return;
    case 'label':
      jumpTo(cx, labelBlock(cx, stmt.name.text));
      return;
    case 'goto':
      leaving(cx, stmt);
      leave(cx, { op: 'jump', to: labelBlock(cx, stmt.name.text).id });
      return;
    case 'break':
      leaving(cx, stmt);
      leaveTo(cx, cx.breaks[cx.breaks.length - 1]);
      return;
    case 'continue':
      leaving(cx, stmt);
      leaveTo(cx, cx.continues[cx.continues.length - 1]);
      return;
    case 'return':
      if (stmt.value) effects(cx, stmt.value);
      leaving(cx, stmt);
      leave(cx, { op: 'return', value: stmt.value, span: stmt.span });
      return;
    case 'macroDecl':
    case 'empty':
    case 'errorStmt':
      return;
  }
}
function leaveTo(cx: Lowering, target: number | undefined): void {
  if (target !== undefined) leave(cx, { op: 'jump', to: target });
}
function inside(cx: Lowering, breakTo: number, continueTo: number | undefined, body: Stmt): void {
  cx.breaks.push(breakTo);
  if (continueTo !== undefined) cx.continues.push(continueTo);
  statement(cx, body);
  cx.breaks.pop();
  if (continueTo !== undefined) cx.continues.pop();
}
function loop(cx: Lowering, test: Expr | undefined, update: Expr | undefined, stmt: Stmt): void {
  const head = newBlock(cx);
  const body = newBlock(cx);
  const after = newBlock(cx);
  const next = update ? newBlock(cx) : head;
  jumpTo(cx, head);
  if (test) branch(cx, test, body.id, after.id);
  else cx.at.end = { op: 'jump', to: body.id };
  cx.at = body;
  inside(cx, after.id, next.id, stmt);
  jumpTo(cx, next);
  if (update) {
    effects(cx, update);
    cx.at.end = { op: 'jump', to: head.id };
  }
  cx.at = after;
}
function switchStatement(cx: Lowering, stmt: SwitchStmt): void {
  effects(cx, stmt.value);
  const head = cx.at;
  const after = newBlock(cx);
  const type = cx.program.typeOf(stmt.value);
  const open: OpenSwitch = { cases: [], type: type && promote(type, cx.program.abi), otherwise: undefined };
  cx.switches.push(open);
  cx.at = newBlock(cx);
  inside(cx, after.id, undefined, stmt.body);
  jumpTo(cx, after);
  cx.switches.pop();
  head.end = { op: 'switch', value: stmt.value, cases: open.cases, otherwise: open.otherwise ?? after.id };
}
function caseLabel(cx: Lowering, label: CaseLabel): void {
  const open = cx.switches[cx.switches.length - 1];
  if (!open) return;
  const block = newBlock(cx);
  jumpTo(cx, block);
  if (!label.value) {
    open.otherwise = block.id;
    return;
  }
  const bound = (e: Expr): bigint | undefined => {
    const value = cx.program.constantOf(e);
    return value === undefined || !open.type ? value : wrap(value, open.type);
  };
  const from = bound(label.value);
  const to = label.last ? bound(label.last) : from;
  // a label with an unknown value may match any value: an empty range is kept as one that every value reaches
  open.cases.push({ from: from ?? 1n, to: to ?? 0n, block: block.id });
}
function declarator(cx: Lowering, d: Declarator): void {
  const sym = cx.program.symbolOf(d);
  const variable = sym?.kind === 'var' && sym.storage !== 'global' ? sym : undefined;
  if (!d.init) {
    if (variable) forget(cx, [cx.paths.of(variable)]);
    return;
  }
  if (sym?.kind === 'var' && sym.storage === 'global') return; // a static local: initialised once, before the run
  if (d.init.kind === 'initList') {
    initList(cx, d.init);
    if (variable) initialise(cx, variable, d.init);
    return;
  }
  effects(cx, d.init);
  if (!variable) return;
  storeObject(cx, cx.paths.of(variable), d.init, d.span);
  if (isRecord(variable.type)) assignRecord(cx, { variable, prefix: '.' }, undefined, d.init);
  else assign(cx, cx.paths.of(variable), '=', d.init);
}

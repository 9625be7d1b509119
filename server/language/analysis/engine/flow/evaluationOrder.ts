/** Children of tree nodes, in the order of evaluation, without allocating closures: for passes over every expression of a body. */

import type { Program } from '../../../check/context/program';
import type { Block, Expr, InitList, Stmt } from '../../../syntax/tree';

/** Called for every expression, before its children; `asked`: its value decides a branch. */
export type VisitExpr = (e: Expr, asked: boolean) => void;

function initList(program: Program, list: InitList, visit: VisitExpr): void {
  for (const item of list.items) {
    if (item.value.kind === 'initList') initList(program, item.value, visit);
    else walkExpr(program, item.value, visit, false);
  }
}

/** Visits `e` and everything in it; a macro call is visited, then its expansion (or its arguments). */
export function walkExpr(program: Program, e: Expr, visit: VisitExpr, asked: boolean): void {
  visit(e, asked);
  switch (e.kind) {
    case 'unary':
    case 'postfix':
    case 'cast':
      walkExpr(program, e.operand, visit, asked);
      return;
    case 'binary':
      walkExpr(program, e.left, visit, asked || e.op === '&&' || e.op === '||');
      walkExpr(program, e.right, visit, asked || e.op === '&&' || e.op === '||');
      return;
    case 'assign':
      walkExpr(program, e.left, visit, asked);
      walkExpr(program, e.right, visit, asked);
      return;
    case 'conditional':
      walkExpr(program, e.test, visit, true);
      if (e.then) walkExpr(program, e.then, visit, asked);
      walkExpr(program, e.else, visit, asked);
      return;
    case 'call': {
      const meaning = program.expansionOf(e);
      if (meaning) {
        walkExpr(program, meaning, visit, asked);
        return;
      }
      if (e.callee.kind !== 'ident') walkExpr(program, e.callee, visit, false);
      for (const arg of e.args) walkExpr(program, arg, visit, false);
      return;
    }
    case 'index':
      walkExpr(program, e.base, visit, false);
      walkExpr(program, e.index, visit, false);
      return;
    case 'member':
      walkExpr(program, e.base, visit, asked);
      return;
    case 'compound':
      initList(program, e.init, visit);
      return;
    case 'comma':
      walkExpr(program, e.left, visit, false);
      walkExpr(program, e.right, visit, asked);
      return;
    case 'stmtExpr':
      walkBlock(program, e.body, visit);
      if (e.result) walkExpr(program, e.result, visit, asked);
      return;
    case 'int':
    case 'string':
    case 'ident':
    case 'sizeof':
    case 'typeArg':
    case 'association':
    case 'errorExpr':
      return;
  }
}

export function walkBlock(program: Program, block: Block, visit: VisitExpr): void {
  for (const stmt of block.body) walkStmt(program, stmt, visit);
  walkLeaving(program, block, visit);
}
/** What is undone when control leaves scopes by a statement, or at the end of a block. */
function walkLeaving(program: Program, s: Stmt, visit: VisitExpr): void {
  for (const undo of program.leaving(s)) walkExpr(program, undo, visit, false);
}

function walkStmt(program: Program, s: Stmt, visit: VisitExpr): void {
  switch (s.kind) {
    case 'block':
      walkBlock(program, s, visit);
      return;
    case 'expr': {
      const guard = program.expansionOfGuard(s);
      if (guard) walkStmt(program, guard, visit);
      else walkExpr(program, s.expr, visit, false);
      return;
    }
    case 'decl':
      for (const d of s.decl.declarators) {
        if (d.init?.kind === 'initList') initList(program, d.init, visit);
        else if (d.init) walkExpr(program, d.init, visit, false);
      }
      return;
    case 'if':
      walkExpr(program, s.test, visit, true);
      walkStmt(program, s.then, visit);
      if (s.else) walkStmt(program, s.else, visit);
      return;
    case 'while':
    case 'do':
      walkExpr(program, s.test, visit, true);
      walkStmt(program, s.body, visit);
      return;
    case 'for':
      if (s.init?.kind === 'decl') walkStmt(program, s.init, visit);
      else if (s.init) walkExpr(program, s.init, visit, false);
      if (s.test) walkExpr(program, s.test, visit, true);
      if (s.update) walkExpr(program, s.update, visit, false);
      walkStmt(program, s.body, visit);
      return;
    case 'macroLoop': {
      const meaning = program.expansionOfLoop(s);
      if (meaning) {
        walkStmt(program, meaning, visit);
        return;
      }
      for (const arg of s.call.args) walkExpr(program, arg, visit, false);
      walkStmt(program, s.body, visit);
      return;
    }
    case 'switch':
      walkExpr(program, s.value, visit, true);
      walkStmt(program, s.body, visit);
      return;
    case 'return':
      if (s.value) walkExpr(program, s.value, visit, true);
      walkLeaving(program, s, visit);
      return;
    case 'goto':
    case 'break':
    case 'continue':
      walkLeaving(program, s, visit);
      return;
    case 'case':
    case 'label':
    case 'empty':
    case 'macroDecl':
    case 'errorStmt':
      return;
  }
}

/** Children of tree nodes, in the order of evaluation, without closures kept: for passes that look at every expression of a body. */

import type { Program } from '../../../check/program';
import type { Block, Expr, InitList, Stmt } from '../../../syntax/tree';

export interface Visitor {
  /** every expression, before its children; `asked`: its value decides a branch */
  expr(e: Expr, asked: boolean): void;
}

function initList(program: Program, list: InitList, v: Visitor): void {
  for (const item of list.items) {
    if (item.value.kind === 'initList') initList(program, item.value, v);
    else walkExpr(program, item.value, v, false);
  }
}

/** Visits `e` and everything in it; a macro call is visited, then what it stands for (or its arguments). */
export function walkExpr(program: Program, e: Expr, v: Visitor, asked: boolean): void {
  v.expr(e, asked);
  switch (e.kind) {
    case 'unary':
    case 'postfix':
    case 'cast':
      walkExpr(program, e.operand, v, asked);
      return;
    case 'binary':
      walkExpr(program, e.left, v, asked || e.op === '&&' || e.op === '||');
      walkExpr(program, e.right, v, asked || e.op === '&&' || e.op === '||');
      return;
    case 'assign':
      walkExpr(program, e.left, v, asked);
      walkExpr(program, e.right, v, asked);
      return;
    case 'conditional':
      walkExpr(program, e.test, v, true);
      if (e.then) walkExpr(program, e.then, v, asked);
      walkExpr(program, e.else, v, asked);
      return;
    case 'call': {
      const meaning = program.expansionOf(e);
      if (meaning) {
        walkExpr(program, meaning, v, asked);
        return;
      }
      if (e.callee.kind !== 'ident') walkExpr(program, e.callee, v, false);
      for (const arg of e.args) walkExpr(program, arg, v, false);
      return;
    }
    case 'index':
      walkExpr(program, e.base, v, false);
      walkExpr(program, e.index, v, false);
      return;
    case 'member':
      walkExpr(program, e.base, v, asked);
      return;
    case 'compound':
      initList(program, e.init, v);
      return;
    case 'comma':
      walkExpr(program, e.left, v, false);
      walkExpr(program, e.right, v, asked);
      return;
    case 'stmtExpr':
      walkBlock(program, e.body, v);
      if (e.result) walkExpr(program, e.result, v, asked);
      return;
    case 'int':
    case 'string':
    case 'ident':
    case 'sizeof':
    case 'typeArg':
    case 'errorExpr':
      return;
  }
}

export function walkBlock(program: Program, block: Block, v: Visitor): void {
  for (const stmt of block.body) walkStmt(program, stmt, v);
}

function walkStmt(program: Program, s: Stmt, v: Visitor): void {
  switch (s.kind) {
    case 'block':
      walkBlock(program, s, v);
      return;
    case 'expr':
      walkExpr(program, s.expr, v, false);
      return;
    case 'decl':
      for (const d of s.decl.declarators) {
        if (d.init?.kind === 'initList') initList(program, d.init, v);
        else if (d.init) walkExpr(program, d.init, v, false);
      }
      return;
    case 'if':
      walkExpr(program, s.test, v, true);
      walkStmt(program, s.then, v);
      if (s.else) walkStmt(program, s.else, v);
      return;
    case 'while':
    case 'do':
      walkExpr(program, s.test, v, true);
      walkStmt(program, s.body, v);
      return;
    case 'for':
      if (s.init?.kind === 'decl') walkStmt(program, s.init, v);
      else if (s.init) walkExpr(program, s.init, v, false);
      if (s.test) walkExpr(program, s.test, v, true);
      if (s.update) walkExpr(program, s.update, v, false);
      walkStmt(program, s.body, v);
      return;
    case 'macroLoop': {
      const meaning = program.expansionOfLoop(s);
      if (meaning) {
        walkStmt(program, meaning, v);
        return;
      }
      for (const arg of s.call.args) walkExpr(program, arg, v, false);
      walkStmt(program, s.body, v);
      return;
    }
    case 'switch':
      walkExpr(program, s.value, v, true);
      walkStmt(program, s.body, v);
      return;
    case 'return':
      if (s.value) walkExpr(program, s.value, v, true);
      return;
    case 'case':
    case 'label':
    case 'goto':
    case 'break':
    case 'continue':
    case 'empty':
    case 'macroDecl':
    case 'errorStmt':
      return;
  }
}

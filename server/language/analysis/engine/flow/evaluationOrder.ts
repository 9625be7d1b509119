/** Children of tree nodes, in the order of evaluation, without allocating closures: for passes over every expression of a body. */

import type { Program } from '../../../check/context/program';
import type { Block, Expr, InitList, Stmt } from '../../../syntax/tree';

/** Called for every expression, before its children; `asked`: its value decides a branch. */
export type Look = (e: Expr, asked: boolean) => void;

function initList(program: Program, list: InitList, look: Look): void {
  for (const item of list.items) {
    if (item.value.kind === 'initList') initList(program, item.value, look);
    else walkExpr(program, item.value, look, false);
  }
}

/** Visits `e` and everything in it; a macro call is visited, then its expansion (or its arguments). */
export function walkExpr(program: Program, e: Expr, look: Look, asked: boolean): void {
  look(e, asked);
  switch (e.kind) {
    case 'unary':
    case 'postfix':
    case 'cast':
      walkExpr(program, e.operand, look, asked);
      return;
    case 'binary':
      walkExpr(program, e.left, look, asked || e.op === '&&' || e.op === '||');
      walkExpr(program, e.right, look, asked || e.op === '&&' || e.op === '||');
      return;
    case 'assign':
      walkExpr(program, e.left, look, asked);
      walkExpr(program, e.right, look, asked);
      return;
    case 'conditional':
      walkExpr(program, e.test, look, true);
      if (e.then) walkExpr(program, e.then, look, asked);
      walkExpr(program, e.else, look, asked);
      return;
    case 'call': {
      const meaning = program.expansionOf(e);
      if (meaning) {
        walkExpr(program, meaning, look, asked);
        return;
      }
      if (e.callee.kind !== 'ident') walkExpr(program, e.callee, look, false);
      for (const arg of e.args) walkExpr(program, arg, look, false);
      return;
    }
    case 'index':
      walkExpr(program, e.base, look, false);
      walkExpr(program, e.index, look, false);
      return;
    case 'member':
      walkExpr(program, e.base, look, asked);
      return;
    case 'compound':
      initList(program, e.init, look);
      return;
    case 'comma':
      walkExpr(program, e.left, look, false);
      walkExpr(program, e.right, look, asked);
      return;
    case 'stmtExpr':
      walkBlock(program, e.body, look);
      if (e.result) walkExpr(program, e.result, look, asked);
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

export function walkBlock(program: Program, block: Block, look: Look): void {
  for (const stmt of block.body) walkStmt(program, stmt, look);
}

function walkStmt(program: Program, s: Stmt, look: Look): void {
  switch (s.kind) {
    case 'block':
      walkBlock(program, s, look);
      return;
    case 'expr':
      walkExpr(program, s.expr, look, false);
      return;
    case 'decl':
      for (const d of s.decl.declarators) {
        if (d.init?.kind === 'initList') initList(program, d.init, look);
        else if (d.init) walkExpr(program, d.init, look, false);
      }
      return;
    case 'if':
      walkExpr(program, s.test, look, true);
      walkStmt(program, s.then, look);
      if (s.else) walkStmt(program, s.else, look);
      return;
    case 'while':
    case 'do':
      walkExpr(program, s.test, look, true);
      walkStmt(program, s.body, look);
      return;
    case 'for':
      if (s.init?.kind === 'decl') walkStmt(program, s.init, look);
      else if (s.init) walkExpr(program, s.init, look, false);
      if (s.test) walkExpr(program, s.test, look, true);
      if (s.update) walkExpr(program, s.update, look, false);
      walkStmt(program, s.body, look);
      return;
    case 'macroLoop': {
      const meaning = program.expansionOfLoop(s);
      if (meaning) {
        walkStmt(program, meaning, look);
        return;
      }
      for (const arg of s.call.args) walkExpr(program, arg, look, false);
      walkStmt(program, s.body, look);
      return;
    }
    case 'switch':
      walkExpr(program, s.value, look, true);
      walkStmt(program, s.body, look);
      return;
    case 'return':
      if (s.value) walkExpr(program, s.value, look, true);
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

/** Which expressions contain something that must be an instruction of its own: a call that may wait, run other code or change something. */

import type { Call, Expr, InitList, Stmt, StmtExprNode } from '../../language/syntax/tree';
import { builtinNamed } from '../builtins/builtins';
import type { Builtin } from '../machine/machine';
import type { Tables } from './exprContext';

interface Context {
  readonly exprs: { readonly tables: Tables };
  readonly hoists: Map<Expr, boolean>;
}

export function needsHoist(cx: Context, expr: Expr): boolean {
  let known = cx.hoists.get(expr);
  if (known === undefined) {
    known = find(cx, expr);
    cx.hoists.set(expr, known);
  }
  return known;
}
/** The function of the API that a call names; undefined for one of the scenario's own. */
export function builtinOf(tables: Tables, call: Call): Builtin | undefined {
  const sym = call.callee.kind === 'ident' ? tables.symbolOf(call.callee) : undefined;
  return sym?.kind === 'api' ? builtinNamed(sym.name) : undefined;
}
/** Whether a `({ … })` is the user's own: the program stops at its statements. */
export const isWritten = (expr: StmtExprNode): boolean => expr.written;
function find(cx: Context, expr: Expr): boolean {
  const any = (...list: (Expr | undefined)[]): boolean => list.some((e) => e !== undefined && needsHoist(cx, e));
  const { tables } = cx.exprs;
  switch (expr.kind) {
    case 'unary':
    case 'postfix':
    case 'cast':
      return any(expr.operand);
    case 'binary':
    case 'assign':
    case 'comma':
      return any(expr.left, expr.right);
    case 'conditional':
      return any(expr.test, expr.then, expr.else);
    case 'index':
      return any(expr.base, expr.index);
    case 'member':
      return any(expr.base);
    case 'compound':
      return inInit(cx, expr.init);
    case 'stmtExpr':
      return isWritten(expr) || expr.body.body.some((s) => inStatement(cx, s)) || any(expr.result);
    case 'call': {
      const expansion = tables.expansionOf(expr);
      if (expansion) return needsHoist(cx, expansion);
      // offsetof and its like
      if (tables.constantOf(expr) !== undefined) return false;
      return builtinOf(tables, expr)?.form !== 'inline' || any(...expr.args);
    }
    default:
      return false;
  }
}
function inInit(cx: Context, init: Expr | InitList): boolean {
  if (init.kind !== 'initList') return needsHoist(cx, init);
  return init.items.some((item) => inInit(cx, item.value));
}
/** Declarations and expressions are part of an expression; any other statement is not. */
function inStatement(cx: Context, stmt: Stmt): boolean {
  if (stmt.kind === 'expr') return needsHoist(cx, stmt.expr);
  if (stmt.kind === 'decl') return stmt.decl.declarators.some((d) => d.init !== undefined && inInit(cx, d.init));
  return stmt.kind !== 'empty';
}

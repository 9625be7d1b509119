/** Whether control can reach the end of a statement: a cheap structural answer for "missing return". The analyses use a real graph. */
import { neverReturns } from '../catalogue/catalogue';
import type { Expr, Stmt } from '../syntax/tree';
import { contains } from '../syntax/visitor';

interface Flow {
  /** a `break` leaves the loop or switch being looked at */
  breaks: boolean;
}
const always = (expr: Expr | undefined): boolean =>
  expr === undefined || (expr.kind === 'int' && expr.value !== 0n) || (expr.kind === 'ident' && expr.name === 'true');

/** true: the end of `stmt` may be reached. */
export function completes(stmt: Stmt): boolean {
  // what comes behind it is reached when the test fails
  if (stmt.kind === 'if' && !stmt.else) return true;
  return walk(stmt, { breaks: false }, true);
}
function walk(stmt: Stmt, flow: Flow, reachable: boolean): boolean {
  switch (stmt.kind) {
    case 'expr':
      if (stmt.expr.kind === 'call' && stmt.expr.callee.kind === 'ident' && neverReturns(stmt.expr.callee.name))
        return false;
      return reachable;
    case 'decl':
      return reachable;
    case 'block': {
      let r = reachable;
      for (const s of stmt.body) {
        if (s.kind === 'label' || s.kind === 'case') r = true;
        r = walk(s, flow, r);
      }
      return r;
    }
    case 'if': {
      if (!reachable && !hasLabel(stmt)) return false;
      const then = walk(stmt.then, flow, reachable);
      const otherwise = stmt.else ? walk(stmt.else, flow, reachable) : reachable;
      return then || otherwise;
    }
    case 'while':
    case 'for': {
      const inner: Flow = { breaks: false };
      walk(stmt.body, inner, reachable);
      if (always(stmt.test)) return inner.breaks;
      return reachable || inner.breaks || hasLabel(stmt);
    }
    case 'do': {
      const inner: Flow = { breaks: false };
      const end = walk(stmt.body, inner, reachable);
      if (always(stmt.test)) return inner.breaks;
      return end || inner.breaks || hasLabel(stmt.body);
    }
    case 'macroLoop':
      walk(stmt.body, { breaks: false }, reachable);
      return true;
    case 'switch': {
      const inner: Flow = { breaks: false };
      const end = walk(stmt.body, inner, false);
      const hasDefault =
        stmt.body.kind === 'block' && stmt.body.body.some((s) => s.kind === 'case' && s.value === undefined);
      return reachable && (end || inner.breaks || !hasDefault);
    }
    case 'return':
    case 'goto':
      return false;
    case 'continue':
      return false;
    case 'break':
      if (reachable) flow.breaks = true;
      return false;
    case 'errorStmt':
      // a statement with a syntax error may have returned
      return false;
    default:
      return reachable;
  }
}
const hasLabel = (stmt: Stmt): boolean => contains(stmt, (n) => n.kind === 'label');

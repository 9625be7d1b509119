/**
 * Expressions over a finished program: watches, hovers, conditions of breakpoints, the console. They see the locals visible at
 * a position, the scenario's globals and types, and the kernel's names. The program itself does not change.
 */

import { NodeIds } from '../syntax/nodeIds';
import { parseExpression } from '../syntax/parser/parse';
import { newExpressionChecker } from './checker';
import type { Code } from './context/checkCodes';
import type { CheckContext } from './context/checkContext';
import type { Viewpoint } from './context/nameScopes';
import type { CheckedExpression, Diagnostic, ExpressionScope } from './context/program';
import { constantOf } from './expressions/checkConst';
import { checkExpr } from './expressions/checkExpr';

/** Parses and checks `text` over the program that `program` has checked, seen from `scope`. */
export function checkExpression(program: CheckContext, text: string, scope: ExpressionScope = {}): CheckedExpression {
  const ids = new NodeIds();
  const cx = newExpressionChecker(program, ids, viewpoint(scope));
  const { tables } = cx;
  const { expr, errors } = parseExpression(text, cx.scopes.typeNames(), ids);
  const problems: Diagnostic<Code>[] = errors.map((e) => ({ ...e, severity: 'error' as const }));
  const parsed = problems.length === 0 ? expr : undefined;
  if (parsed) checkExpr(cx, parsed);
  for (const d of cx.problems.diagnostics) if (d.severity === 'error' || d.severity === 'warning') problems.push(d);
  return {
    expr: parsed,
    type: parsed && tables.types.get(parsed),
    problems,
    temporaries: cx.body.locals,
    typeOf: (e) => tables.types.get(e),
    symbolOf: (n) => tables.symbols.get(n),
    constantOf: (e) => constantOf(cx, e),
    typeOfSyntax: (n) => tables.syntaxTypes.get(n),
    initialiserOf: (list) => tables.initialisers.get(list),
    expansionOf: (c) => tables.expansions.get(c),
  };
}

export const viewpoint = (scope: ExpressionScope): Viewpoint => ({
  owner: scope.function,
  offset: scope.offset,
  file: scope.file,
});

/** The assembled checker: its context, with the rules that call each other across files. */
import type { Layouts } from '../../types/layout';
import { checkStmt } from './checkStmt';
import type { Builtins } from './context/builtinNames';
import { CheckContext, type Rules } from './context/checkContext';
import type { Viewpoint } from './context/nameScopes';
import { checkCall } from './expressions/checkCall';
import { constantOf } from './expressions/checkConst';
import { checkExpr } from './expressions/checkExpr';
import { checkInitialiser } from './expressions/checkInit';
import { expandDeclaration } from './expressions/checkMacros';

const RULES: Rules = { checkExpr, checkCall, checkInitialiser, checkStmt, expandDeclaration, constantOf };

export const newChecker = (layouts: Layouts, builtins: Builtins): CheckContext =>
  new CheckContext(layouts, builtins, RULES);

/** A checker for one expression over a finished program, seen from a position in it. */
export const newExpressionChecker = (program: CheckContext, from: Viewpoint): CheckContext =>
  new CheckContext(program.layouts, program.builtins, RULES, program, from);

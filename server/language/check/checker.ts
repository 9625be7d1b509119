/** The assembled checker: its context, with the rules that call each other across files. */
import type { Layouts } from '../../types/layout';
import type { NodeIds } from '../syntax/nodeIds';
import { checkStmt } from './checkStmt';
import type { Builtins } from './context/builtinNames';
import { CheckContext, type Rules } from './context/checkContext';
import type { Viewpoint } from './context/nameScopes';
import { checkCall } from './expressions/checkCall';
import { constantOf } from './expressions/checkConst';
import { checkExpr } from './expressions/checkExpr';
import { checkScopedGuard, leaveScope } from './expressions/checkGuards';
import { checkInitialiser } from './expressions/checkInit';
import { expandDeclaration } from './expressions/checkMacros';

const RULES: Rules = {
  checkExpr,
  checkCall,
  checkInitialiser,
  checkStmt,
  checkScopedGuard,
  leaveScope,
  expandDeclaration,
  constantOf,
};

export const newChecker = (layouts: Layouts, builtins: Builtins, ids: NodeIds): CheckContext =>
  new CheckContext(layouts, builtins, RULES, ids);

/** A checker for one expression over a finished program, seen from a position in it. */
export const newExpressionChecker = (program: CheckContext, ids: NodeIds, from: Viewpoint): CheckContext =>
  new CheckContext(program.layouts, program.builtins, RULES, ids, program, from);

/** What is selected in the inspector, among the variables: the first row of the frame's locals. */
import type { Session } from '../../session';
import { EvaluationError, type Frame } from '../../target/target';
import { expressionRow } from '../../tree/expressionNode';
import { type Node, type Scope, textNode } from '../../tree/treeNode';
import { InspectorError } from '../asking';
import type { Selection } from '../shapes/common';
import { subjectOf } from './subject';

/** The row's name: no variable has one like it. */
const NAME = '(selected)';

/** The scopes of a frame with what is selected in its locals, as it is seen from there. */
export function withSelected(
  scopes: readonly Scope[],
  session: Session,
  frame: Frame,
  selection: Selection,
): readonly Scope[] {
  return scopes.map((scope) =>
    scope.hint === 'locals'
      ? { ...scope, children: () => [selectedRow(session, frame, selection), ...(scope.children?.() ?? [])] }
      : scope,
  );
}
function selectedRow(session: Session, frame: Frame, selection: Selection): Node {
  try {
    const { expression, title } = subjectOf({ session, frame: () => frame }, selection);
    return expression === undefined
      ? textNode(NAME, title)
      : expressionRow(session.context(), session.target, expression, frame, NAME);
  } catch (error) {
    if (error instanceof InspectorError || error instanceof EvaluationError) return textNode(NAME, error.message);
    throw error;
  }
}

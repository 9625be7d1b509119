/** The node of a C expression, for watches, hovers, the console, and rows of the tree that are one. */
import { typeName } from '../../types/ctype';
import type { TypedLocation } from '../inspect/view';
import { type Evaluated, EvaluationError, type Frame, type Target } from '../target/target';
import { localNode } from './localNode';
import { asWhole } from './paths';
import { type Node, type TreeContext, textNode } from './treeNode';
import { typedNode, valueNode } from './typedNode';

/** Evaluates to a node: value, type, children, and the location it is stored at. @throws EvaluationError */
export function expressionNode(
  context: TreeContext,
  target: Target,
  expression: string,
  frame: Frame | undefined,
  name = expression,
): Node {
  const local = frame && target.locals(frame).find((l) => l.name === expression && !l.hidden);
  if (local) return localNode(context, target, frame, local);
  const node = resultNode(context, name, target.evaluate(expression, frame), asWhole(expression));
  return { ...node, evaluateName: expression };
}
/** The node of a result; `path` is an expression of it, unless evaluating it again would do something again. */
export function resultNode(context: TreeContext, name: string, result: Evaluated, path: string | undefined): Node {
  if (result.address !== undefined) {
    const location: TypedLocation = {
      type: result.type,
      address: result.address,
      ...(result.bitWidth === undefined ? {} : { bitOffset: result.bitOffset ?? 0, bitWidth: result.bitWidth }),
    };
    return typedNode(context, name, location, path, result.origin);
  }
  if (result.value === undefined)
    return textNode(name, result.type.kind === 'void' ? 'no value (void)' : typeName(result.type));
  return valueNode(context, name, result.type, result.value, path);
}
/** A row of the tree that is an expression; where that cannot be evaluated, the row says why. */
export function expressionRow(
  context: TreeContext,
  target: Target,
  expression: string,
  frame: Frame | undefined,
  name = expression,
): Node {
  try {
    return expressionNode(context, target, expression, frame, name);
  } catch (error) {
    if (error instanceof EvaluationError) return textNode(name, error.message);
    throw error;
  }
}

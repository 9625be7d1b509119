/**
 * Watches, hovers and the console: a C expression with an optional format suffix (`,x ,d ,c ,s ,b ,o`). Evaluating never changes the
 * machine (the journal is frozen meanwhile); assignment is a separate request.
 */

import { parseExpression } from '../../language/syntax/parser/parse';
import type { Expr } from '../../language/syntax/tree';
import { contains } from '../../language/syntax/visitor';
import type { CType } from '../../types/ctype';
import type { Format } from '../inspect/values';
import type { Frame, Target } from '../target/target';
import { expressionNode } from '../tree/expressionNode';
import type { Node, TreeContext } from '../tree/treeNode';

/** The letters after a comma. */
export const FORMAT_SUFFIXES: Readonly<Record<string, Format>> = {
  x: 'hex',
  d: 'decimal',
  c: 'char',
  s: 'string',
  b: 'binary',
  o: 'octal',
};

/** Whether a format shows a value of a type in another way. */
export function fitsFormat(type: CType, format: Format): boolean {
  const of = type.kind === 'array' ? type.of : type;
  if (format === 'string') {
    const to = type.kind === 'pointer' ? type.to : of;
    return type !== to && to.kind === 'int' && to.size === 1;
  }
  return of.kind === 'int' || of.kind === 'enum' || (of.kind === 'pointer' && format !== 'char');
}

/** Splits `page->flags,x` into expression and format. */
export function splitFormat(text: string): { expression: string; format: Format } {
  const match = /^([\s\S]*\S)\s*,\s*([xdcsbo])\s*$/.exec(text);
  const format = match ? FORMAT_SUFFIXES[match[2] as string] : undefined;
  return match && format
    ? { expression: (match[1] as string).trim(), format }
    : { expression: text.trim(), format: 'natural' };
}

/** Evaluates to a node: value, type, children, and the location it is stored at. @throws EvaluationError */
export function evaluateNode(context: TreeContext, target: Target, text: string, frame: Frame | undefined): Node {
  const { expression, format } = splitFormat(text);
  return expressionNode(format === 'natural' ? context : { ...context, format }, target, expression, frame);
}

/** The two sides of `target = value`, if that is all the text does: the value only reads. Undefined for anything else. */
export function plainAssignment(text: string): { target: string; value: string } | undefined {
  const { expr, errors } = parseExpression(text);
  if (errors.length > 0 || expr.kind !== 'assign' || expr.op !== '=') return undefined;
  if (changes(expr.left) || changes(expr.right)) return undefined;
  const source = (e: Expr) => text.slice(e.span.start, e.span.end);
  return { target: source(expr.left), value: source(expr.right) };
}
/** Whether there is an assignment, `++` or `--` in an expression. */
export const changes = (expr: Expr): boolean =>
  contains(
    expr,
    (n) => n.kind === 'assign' || n.kind === 'postfix' || (n.kind === 'unary' && (n.op === '++' || n.op === '--')),
  );

/** The truth value of a condition. @throws EvaluationError */
export function evaluateCondition(target: Target, text: string, frame: Frame | undefined): boolean {
  const { value, address } = target.evaluate(text, frame);
  return value !== undefined ? value !== 0n : address !== undefined;
}

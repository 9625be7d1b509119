/**
 * Watches, hovers and the console: a C expression with an optional format suffix (`,x ,d ,c ,s ,b ,o`). Evaluating never changes the
 * machine (the journal is frozen meanwhile); assignment is a separate request.
 */

import { parseExpression } from '../../language/syntax/parser/parse';
import type { Expr } from '../../language/syntax/tree';
import { typeName } from '../../types/ctype';
import type { Format } from '../inspect/values';
import type { TypedLocation } from '../inspect/view';
import type { Frame, Target } from '../target/target';
import { EvaluationError } from '../target/target';
import { expressionNode } from '../tree/expressionNode';
import type { Node, TreeContext } from '../tree/treeNode';

const SUFFIXES: Readonly<Record<string, Format>> = {
  x: 'hex',
  d: 'decimal',
  c: 'char',
  s: 'string',
  b: 'binary',
  o: 'octal',
};

/** Splits `page->flags,x` into expression and format. */
export function splitFormat(text: string): { expression: string; format: Format } {
  const match = /^([\s\S]*\S)\s*,\s*([xdcsbo])\s*$/.exec(text);
  const format = match ? SUFFIXES[match[2] as string] : undefined;
  return match && format
    ? { expression: (match[1] as string).trim(), format }
    : { expression: text.trim(), format: 'natural' };
}

/** Evaluates to a node: value, type, children, and the location it is stored at. @throws EvaluationError */
export function evaluateNode(context: TreeContext, target: Target, text: string, frame: Frame | undefined): Node {
  const { expression, format } = splitFormat(text);
  if (expression === '') throw new EvaluationError('nothing to evaluate');
  return expressionNode(format === 'natural' ? context : { ...context, format }, target, expression, frame);
}

/** Splits an assignment into its left side and the value as an expression. Undefined for anything else. */
export function assignmentIn(text: string): { target: string; value: string } | undefined {
  const { expr, errors } = parseExpression(text);
  if (errors.length > 0) return undefined;
  const source = (e: Expr) => text.slice(e.span.start, e.span.end);
  if (expr.kind === 'assign') {
    const [target, value] = [source(expr.left), source(expr.right)];
    return { target, value: expr.op === '=' ? value : `(${target}) ${expr.op.slice(0, -1)} (${value})` };
  }
  if ((expr.kind === 'postfix' || expr.kind === 'unary') && (expr.op === '++' || expr.op === '--')) {
    const target = source(expr.operand);
    return { target, value: `(${target}) ${expr.op[0]} 1` };
  }
  return undefined;
}

/** The truth value of a condition. @throws EvaluationError */
export function evaluateCondition(target: Target, text: string, frame: Frame | undefined): boolean {
  const { value, address } = target.evaluate(text, frame);
  return value !== undefined ? value !== 0n : address !== undefined;
}

/** The range of bits a value must lie in to be stored in a type. */
export function checkStore(location: TypedLocation, value: bigint): bigint {
  const { type } = location;
  if (
    type.kind === 'struct' ||
    type.kind === 'union' ||
    type.kind === 'array' ||
    type.kind === 'function' ||
    type.kind === 'void'
  )
    throw new EvaluationError(
      `a ${typeName(type)} cannot be assigned as a whole: assign one of its ${type.kind === 'array' ? 'elements' : 'fields'}`,
    );
  if (type.kind === 'int' && type.bool) return value === 0n ? 0n : 1n;
  const width = BigInt(location.bitWidth ?? type.size * 8);
  const low = -(1n << (width - 1n));
  const high = (1n << width) - 1n;
  if (value < low || value > high)
    throw new EvaluationError(
      `${value} does not fit into ${typeName(type)}${location.bitWidth === undefined ? '' : ` : ${location.bitWidth}`} (${width} bits)`,
    );
  return BigInt.asUintN(Number(width), value);
}

/** Operators: binary, assignment, steps, `?:`; lvalues, and which of them may be written. */

import {
  assignable,
  compatible,
  isInteger,
  isRecord,
  isScalar,
  promote,
  ptrdiffType,
  sameRecord,
  unqualified,
  usualArithmetic,
} from '../../../types/conversions';
import type { CType } from '../../../types/ctype';
import { quotedType, sizeOf, widthOf } from '../../../types/ctype';
import type { Assign, Binary, Conditional, Expr, Span } from '../../syntax/tree';
import type { CheckContext } from '../context/checkContext';
import type { Fix } from '../context/program';
import { ERROR_TYPE } from '../context/tables';
import { checkValue } from '../types/checkTypes';
import { bitWidthOf, mayBeBitField } from './bitField';
import { callbackType } from './callbackType';
import { constantOf, isNull } from './checkConst';
import { checkPrecedence, overflows, reportOverflow } from './suspicious';

/** cheap test before folding: a plain member or element is never constant */
export const mayBeConstant = (expr: Expr): boolean =>
  expr.kind !== 'member' && expr.kind !== 'index' && expr.kind !== 'postfix';

// ---------------------------------------------------------------- lvalues
/** Whether `expr`, which has been typed, may be on the left of an assignment. */
export function isLvalue(cx: CheckContext, expr: Expr): boolean {
  switch (expr.kind) {
    case 'ident': {
      const sym = cx.tables.symbols.get(expr);
      if (!sym) return true;
      if (sym.kind === 'var' || sym.kind === 'kernelVar') return true;
      return sym.kind === 'context' && isRecord(sym.type);
    }
    case 'unary':
      return expr.op === '*';
    case 'index':
    case 'string':
    case 'compound':
      return true;
    case 'member':
      return expr.arrow || isLvalue(cx, expr.base);
    case 'call': {
      const expansion = cx.tables.expansions.get(expr);
      return expansion !== undefined && isLvalue(cx, expansion);
    }
    case 'errorExpr':
      return true;
    case 'stmtExpr':
      // `({ …; *p; })` is a value in GNU C; the catalogue's macros use it for lvalues
      return cx.expansion.depth > 0 && expr.result !== undefined && isLvalue(cx, expr.result);
    default:
      return false;
  }
}

/** Notes that the variable at the root of an lvalue is written or has its address taken. */
export function noteAssigned(cx: CheckContext, expr: Expr): void {
  let e: Expr | undefined = expr;
  for (;;) {
    if (e.kind === 'member' && !e.arrow) e = e.base;
    else if (e.kind === 'index') e = e.base;
    else if (e.kind === 'call') {
      const expansion: Expr | undefined = cx.tables.expansions.get(e);
      if (!expansion) return;
      e = expansion;
    } else break;
  }
  if (e.kind !== 'ident') return;
  const sym = cx.tables.symbols.get(e);
  if (sym) cx.part.assigned.add(sym);
}

/** Checks that `target` may be written. */
function checkWritable(cx: CheckContext, target: Expr, type: CType, what: string): boolean {
  if (!isLvalue(cx, target)) {
    const sym = target.kind === 'ident' ? cx.tables.symbols.get(target) : undefined;
    const why =
      sym?.kind === 'const'
        ? `'${sym.name}' is a constant`
        : sym?.kind === 'function' || sym?.kind === 'api'
          ? `'${sym.name}' is a function`
          : 'it is not stored in memory';
    cx.problems.error('not-assignable', `this cannot be ${what}: ${why}`, target.span);
    return false;
  }
  if (type.kind === 'array') {
    cx.problems.error(
      'not-assignable',
      `an array cannot be ${what} as a whole; its elements can (memcpy copies them)`,
      target.span,
    );
    return false;
  }
  if (type.const) {
    const name =
      target.kind === 'ident'
        ? `'${target.name}'`
        : target.kind === 'member'
          ? `the member '${target.name.text}'`
          : 'it';
    cx.problems.error('assign-const', `${name} is const and cannot be ${what}`, target.span);
    return false;
  }
  noteAssigned(cx, target);
  return true;
}

export function stepType(cx: CheckContext, operand: Expr, type: CType, op: '++' | '--', span: Span): CType | undefined {
  if (!isScalar(type))
    return cx.problems.error('bad-operand', `'${op}' needs a number or pointer; this is ${quotedType(type)}`, span);
  const place = cx.tables.types.get(operand) ?? type;
  if (!checkWritable(cx, operand, place, op === '++' ? 'incremented' : 'decremented')) return undefined;
  if (type.kind === 'pointer' && !checkStride(cx, type.to, operand.span)) return undefined;
  return unqualified(type);
}

/** whether arithmetic on a pointer to `to` is allowed */
export function checkStride(cx: CheckContext, to: CType, span: Span): boolean {
  if (to.kind === 'void' || to.kind === 'function') return true;
  if (sizeOf(to) === undefined) {
    cx.problems.error('incomplete-type', `arithmetic on a pointer to the incomplete type ${quotedType(to)}`, span);
    return false;
  }
  return true;
}

// ---------------------------------------------------------------- binary
export function binaryType(cx: CheckContext, expr: Binary): CType | undefined {
  const left = checkValue(cx, expr.left);
  const right = checkValue(cx, expr.right);
  if (!left || !right) return undefined;
  checkPrecedence(cx, expr);
  const op = expr.op;
  switch (op) {
    case '&&':
    case '||':
      if (!isScalar(left)) return notScalar(cx, op, expr.left, left);
      if (!isScalar(right)) return notScalar(cx, op, expr.right, right);
      return cx.basic.int;
    case '==':
    case '!=':
    case '<':
    case '>':
    case '<=':
    case '>=':
      return comparisonType(cx, expr, left, right);
    case '+':
    case '-':
      if (left.kind === 'pointer' || right.kind === 'pointer') return pointerSum(cx, expr, left, right);
      break;
    default:
      break;
  }
  if (!isInteger(left) || !isInteger(right)) return badOperands(cx, expr, left, right);
  if (op === '<<' || op === '>>') {
    const type = promoted(cx, expr.left, left);
    checkShift(cx, expr.right, type);
    return type;
  }
  if ((op === '/' || op === '%') && mayBeConstant(expr.right) && constantOf(cx, expr.right) === 0n) {
    cx.problems.warn(
      'division-by-zero',
      `${op === '/' ? 'division' : 'remainder of a division'} by zero: a divide error (oops) when it runs`,
      expr.span,
    );
  }
  return usualArithmetic(promoted(cx, expr.left, left), promoted(cx, expr.right, right), cx.abi);
}

const notScalar = (cx: CheckContext, op: string, side: Expr, type: CType): undefined =>
  cx.problems.error('bad-operand', `'${op}' needs numbers or pointers; this is ${quotedType(type)}`, side.span);

/** The operand's type after promotion: a bit-field's by its width. */
export function promoted(cx: CheckContext, operand: Expr, type: CType): CType {
  const width = mayBeBitField(operand) ? bitWidthOf(operand, (e) => cx.tables.types.get(e)) : undefined;
  return promote(type, cx.abi, width);
}

function badOperands(cx: CheckContext, expr: Binary | Assign, left: CType, right: CType): undefined {
  return cx.problems.error(
    'bad-operand',
    `'${expr.op}' cannot join ${quotedType(left)} and ${quotedType(right)}`,
    expr.span,
  );
}

function checkShift(cx: CheckContext, count: Expr, type: CType): void {
  if (!mayBeConstant(count) || type.kind !== 'int') return;
  const n = constantOf(cx, count);
  if (n === undefined) return;
  const width = widthOf(type);
  if (n < 0n)
    cx.problems.warn('shift-count', `a shift by a negative count (${n}) is undefined: shift the other way`, count.span);
  else if (n >= BigInt(width))
    cx.problems.warn(
      'shift-count',
      `a shift by ${n} bits is undefined: ${quotedType(type)} has ${width}. Shift by less, or a wider type (1ULL, BIT_ULL())`,
      count.span,
    );
}

function pointerSum(cx: CheckContext, expr: Binary, left: CType, right: CType): CType | undefined {
  if (left.kind === 'pointer' && right.kind === 'pointer') {
    if (expr.op === '+') return badOperands(cx, expr, left, right);
    if (
      !compatible(unqualified(left.to), unqualified(right.to)) &&
      left.to.kind !== 'void' &&
      right.to.kind !== 'void'
    ) {
      return cx.problems.error(
        'incompatible-pointer',
        `the difference of pointers to different types: ${quotedType(left)} and ${quotedType(right)}`,
        expr.span,
      );
    }
    if (!checkStride(cx, left.to, expr.left.span)) return undefined;
    if (sizeOf(left.to) === 0) {
      return cx.problems.error(
        'bad-operand',
        `the difference of pointers to ${quotedType(left.to)}, which has 0 bytes: all its objects may have one address; compare the pointers, or keep an index`,
        expr.span,
      );
    }
    return ptrdiffType(cx.abi);
  }
  const pointer = left.kind === 'pointer' ? left : right;
  const number = left.kind === 'pointer' ? right : left;
  if (pointer.kind !== 'pointer' || !isInteger(number) || (expr.op === '-' && right.kind === 'pointer'))
    return badOperands(cx, expr, left, right);
  if (!checkStride(cx, pointer.to, expr.span)) return undefined;
  return unqualified(pointer);
}

function comparisonType(cx: CheckContext, expr: Binary, left: CType, right: CType): CType | undefined {
  const int = cx.basic.int;
  if (isInteger(left) && isInteger(right)) return int;
  if (left.kind === 'pointer' && right.kind === 'pointer') {
    const a = unqualified(left.to);
    const b = unqualified(right.to);
    if (a.kind !== 'void' && b.kind !== 'void' && !compatible(a, b)) {
      cx.problems.warn(
        'incompatible-pointer',
        `a comparison of different pointer types, ${quotedType(left)} and ${quotedType(right)}: cast one if it is meant`,
        expr.span,
      );
    }
    return int;
  }
  if ((left.kind === 'pointer' && isInteger(right)) || (right.kind === 'pointer' && isInteger(left))) {
    const number = left.kind === 'pointer' ? expr.right : expr.left;
    if (!isNull(cx, number))
      cx.problems.warn(
        'int-conversion',
        `a comparison of a pointer with an integer, ${quotedType(left)} and ${quotedType(right)}: compare with NULL, or cast one if it is meant`,
        expr.span,
      );
    return int;
  }
  return badOperands(cx, expr, left, right);
}

// ---------------------------------------------------------------- assignment
export function assignType(cx: CheckContext, expr: Assign): CType | undefined {
  const place = cx.rules.checkExpr(cx, expr.left);
  const value = checkValue(cx, expr.right);
  if (!place) {
    noteAssigned(cx, expr.left);
    return undefined;
  }
  if (!checkWritable(cx, expr.left, place, 'assigned to')) return undefined;
  const type = unqualified(place);
  if (!value) return type;
  if (expr.op === '=') {
    const member = expr.left.kind === 'member' ? cx.tables.fields.get(expr.left.name) : undefined;
    const to = member ? callbackType(cx, member.record, member.field.name, type, expr.right) : type;
    checkConversion(cx, expr.right, value, to, 'this assignment');
    return type;
  }
  const op = expr.op.slice(0, -1);
  if (type.kind === 'pointer' && (op === '+' || op === '-') && isInteger(value)) {
    checkStride(cx, type.to, expr.left.span);
    return type;
  }
  if (!isInteger(type) || !isInteger(value)) return badOperands(cx, expr, type, value);
  if ((op === '/' || op === '%') && mayBeConstant(expr.right) && constantOf(cx, expr.right) === 0n) {
    cx.problems.warn('division-by-zero', 'division by zero: a divide error (oops) when it runs', expr.span);
  }
  if (op === '<<' || op === '>>') checkShift(cx, expr.right, promote(type, cx.abi));
  return type;
}

/** The beginning of a message about a conversion: "this assignment", "argument 2 of 'kfree' (objp)". */
function placeText(what: string, name: string | undefined, parameter: string | undefined): string {
  if (name === undefined) return what;
  return parameter === undefined ? `${what} '${name}'` : `${what} '${name}' (${parameter})`;
}
/**
 * Reports why the value `expr` of type `from` may not become a `to`. `what` begins the message, with what has the `name`, and its
 * `parameter`.
 */
export function checkConversion(
  cx: CheckContext,
  expr: Expr,
  from: CType,
  to: CType,
  what: string,
  name?: string,
  parameter?: string,
): void {
  if (from === to || to === ERROR_TYPE || from === ERROR_TYPE) return;
  if (to.kind === 'int' && from.kind === 'int') {
    if (overflows(cx, expr, from, to)) reportOverflow(cx, expr, to, placeText(what, name, parameter));
    return;
  }
  if (hasError(from) || hasError(to)) return;
  if (from.kind === 'void' && expr.kind === 'call') {
    const where = placeText(what, name, parameter);
    cx.problems.error('void-value', `${where} uses the result of a function that returns none (void)`, expr.span);
    return;
  }
  const problem = assignable(from, to, to.kind === 'pointer' && from.kind !== 'pointer' && isNull(cx, expr));
  if (!problem) return;
  if (problem.code === 'discarded-qualifier' && expr.kind === 'string') return;
  if (problem.code === 'address-space' && isNull(cx, expr)) return;
  const where = placeText(what, name, parameter);
  const forgotten = to.kind === 'pointer' && problem.severity === 'error' && isLvalue(cx, expr) && leadsTo(to.to, from);
  const address = expr.kind === 'ident' ? `&${expr.name}` : '&…';
  const fix: Fix = {
    title: "insert '&'",
    unsafe: true,
    edits: [{ span: { ...expr.span, end: expr.span.start }, text: '&' }],
  };
  cx.problems.report(
    problem.severity,
    problem.code,
    `${where} ${problem.what}${forgotten ? `; did you mean its address, '${address}'?` : ''}${problem.code === 'address-space' ? spaceAdvice(from, to) : ''}`,
    expr.span,
    forgotten && cx.expansion.depth === 0 ? { fixes: [fix] } : undefined,
  );
}
/** How memory of another address space is reached. */
function spaceAdvice(from: CType, to: CType): string {
  const spaces = [from, to].map((type) => (type.kind === 'pointer' ? type.space : undefined));
  if (spaces.includes('__iomem')) return '; I/O memory is reached by readl(), writel() and their like';
  return spaces.includes('__user') ? '; user memory is reached by copy_from_user() and copy_to_user()' : '';
}
const leadsTo = (to: CType, from: CType): boolean =>
  to.kind !== 'void' && compatible(unqualified(to), unqualified(from));
/** Whether a type is made of one with an error, which has been reported. */
function hasError(type: CType, level = 0): boolean {
  if (type === ERROR_TYPE) return true;
  if (level > 8) return false;
  switch (type.kind) {
    case 'pointer':
      return hasError(type.to, level + 1);
    case 'array':
      return hasError(type.of, level + 1);
    case 'function':
      for (const param of type.params) if (hasError(param.type, level + 1)) return true;
      return hasError(type.returns, level + 1);
    default:
      return false;
  }
}

// ---------------------------------------------------------------- ?:
export function conditionalType(cx: CheckContext, expr: Conditional): CType | undefined {
  const test = checkValue(cx, expr.test);
  if (test && !isScalar(test))
    cx.problems.error(
      'bad-operand',
      `a condition must be a number or pointer; this is ${quotedType(test)}`,
      expr.test.span,
    );
  const a = expr.then ? checkValue(cx, expr.then) : test;
  const b = checkValue(cx, expr.else);
  if (!a || !b) return undefined;
  if (isInteger(a) && isInteger(b))
    return usualArithmetic(promoted(cx, expr.then ?? expr.test, a), promoted(cx, expr.else, b), cx.abi);
  if (a.kind === 'void' || b.kind === 'void') return cx.basic.void;
  if (a.kind === 'pointer' && b.kind === 'pointer') {
    if (isNull(cx, expr.else)) return a;
    if (expr.then && isNull(cx, expr.then)) return b;
    if (a.to.kind === 'void' || b.to.kind === 'void') return a.to.kind === 'void' ? a : b;
    if (!compatible(unqualified(a.to), unqualified(b.to))) {
      cx.problems.warn(
        'incompatible-pointer',
        `the two values of '?:' are of different pointer types, ${quotedType(a)} and ${quotedType(b)}: cast one if it is meant`,
        expr.span,
      );
    }
    return a.to.const ? a : b;
  }
  if (a.kind === 'pointer' && isInteger(b)) {
    if (!isNull(cx, expr.else))
      cx.problems.error(
        'int-conversion',
        `the two values of '?:' are a pointer and an integer: ${quotedType(a)} and ${quotedType(b)}`,
        expr.span,
      );
    return a;
  }
  if (b.kind === 'pointer' && isInteger(a)) {
    if (!expr.then || !isNull(cx, expr.then))
      cx.problems.error(
        'int-conversion',
        `the two values of '?:' are an integer and a pointer: ${quotedType(a)} and ${quotedType(b)}`,
        expr.span,
      );
    return b;
  }
  if (isRecord(a) && isRecord(b) && sameRecord(a, b)) return a;
  return cx.problems.error(
    'incompatible-types',
    `the two values of '?:' do not go together: ${quotedType(a)} and ${quotedType(b)}`,
    expr.span,
  );
}

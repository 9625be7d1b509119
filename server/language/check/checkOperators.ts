/** Operators: binary, assignment, steps, `?:`; lvalues and what may be written. */

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
} from '../../types/conversions';
import type { CType } from '../../types/ctype';
import { sizeOf, typeName } from '../../types/ctype';
import type { Assign, Binary, Conditional, Expr, Span } from '../syntax/tree';
import { bitWidthOf } from './bitField';
import { ERROR_TYPE } from './checkBase';
import { ConstantFolder } from './checkConst';

const show = (type: CType): string => `'${typeName(type).trim()}'`;
/** cheap test before folding: a plain member or element is never constant */
export const mayBeConstant = (expr: Expr): boolean =>
  expr.kind !== 'member' && expr.kind !== 'index' && expr.kind !== 'postfix';

export abstract class OperatorChecker extends ConstantFolder {
  /** The type of the value: decayed. */
  protected abstract checkValue(expr: Expr): CType | undefined;

  // ---------------------------------------------------------------- lvalues
  /** Can `expr` stand left of an assignment? After it has been typed. */
  protected isLvalue(expr: Expr): boolean {
    switch (expr.kind) {
      case 'ident': {
        const sym = this.tables.symbols.get(expr);
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
        return expr.arrow || this.isLvalue(expr.base);
      case 'call': {
        const expansion = this.tables.expansions.get(expr);
        return expansion !== undefined && this.isLvalue(expansion);
      }
      case 'errorExpr':
        return true;
      case 'stmtExpr':
        // `({ …; *p; })` is a value in GNU C; macros of the catalogue name lvalues with it
        return this.expansionDepth > 0 && expr.result !== undefined && this.isLvalue(expr.result);
      default:
        return false;
    }
  }
  /** Notes that the variable at the root of an lvalue is written or has its address taken. */
  protected noteAssigned(expr: Expr): void {
    let e: Expr | undefined = expr;
    for (;;) {
      if (e.kind === 'member' && !e.arrow) e = e.base;
      else if (e.kind === 'index') e = e.base;
      else if (e.kind === 'call') {
        const expansion: Expr | undefined = this.tables.expansions.get(e);
        if (!expansion) return;
        e = expansion;
      } else break;
    }
    if (e.kind !== 'ident') return;
    const sym = this.tables.symbols.get(e);
    if (sym) this.assigned.add(sym);
  }
  /** Checks that `target` may be written. */
  private checkWritable(target: Expr, type: CType, what: string): boolean {
    if (!this.isLvalue(target)) {
      const sym = target.kind === 'ident' ? this.tables.symbols.get(target) : undefined;
      const why =
        sym?.kind === 'const'
          ? `'${sym.name}' is a constant`
          : sym?.kind === 'function' || sym?.kind === 'api'
            ? `'${sym.name}' is a function`
            : 'it has no place in memory';
      this.error('not-assignable', `this cannot be ${what}: ${why}`, target.span);
      return false;
    }
    if (type.kind === 'array') {
      this.error(
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
      this.error('assign-const', `${name} is const and cannot be ${what}`, target.span);
      return false;
    }
    this.noteAssigned(target);
    return true;
  }

  protected stepType(operand: Expr, type: CType, op: '++' | '--', span: Span): CType | undefined {
    if (!isScalar(type))
      return this.error('bad-operand', `'${op}' needs a number or pointer, this is ${show(type)}`, span);
    const place = this.tables.types.get(operand) ?? type;
    if (!this.checkWritable(operand, place, op === '++' ? 'incremented' : 'decremented')) return undefined;
    if (type.kind === 'pointer' && !this.checkStride(type.to, operand.span)) return undefined;
    return unqualified(type);
  }
  /** may a pointer to `to` be moved? */
  protected checkStride(to: CType, span: Span): boolean {
    if (to.kind === 'void' || to.kind === 'function') return true;
    if (sizeOf(to) === undefined) {
      this.error('incomplete-type', `arithmetic on a pointer to the incomplete type ${show(to)}`, span);
      return false;
    }
    return true;
  }

  // ---------------------------------------------------------------- binary
  protected binaryType(expr: Binary): CType | undefined {
    const left = this.checkValue(expr.left);
    const right = this.checkValue(expr.right);
    if (!left || !right) return undefined;
    const op = expr.op;
    switch (op) {
      case '&&':
      case '||':
        for (const [side, type] of [
          [expr.left, left],
          [expr.right, right],
        ] as const) {
          if (!isScalar(type))
            return this.error('bad-operand', `'${op}' needs numbers or pointers, this is ${show(type)}`, side.span);
        }
        return this.basic.int;
      case '==':
      case '!=':
      case '<':
      case '>':
      case '<=':
      case '>=':
        return this.comparisonType(expr, left, right);
      case '+':
      case '-':
        if (left.kind === 'pointer' || right.kind === 'pointer') return this.pointerSum(expr, left, right);
        break;
      default:
        break;
    }
    if (!isInteger(left) || !isInteger(right)) return this.badOperands(expr, left, right);
    if (op === '<<' || op === '>>') {
      const type = this.promoted(expr.left, left);
      this.checkShift(expr.right, type);
      return type;
    }
    if ((op === '/' || op === '%') && mayBeConstant(expr.right) && this.constantOf(expr.right) === 0n) {
      this.warn(
        'division-by-zero',
        `${op === '/' ? 'division' : 'remainder of a division'} by zero: a divide error (oops) when it runs`,
        expr.span,
      );
    }
    return usualArithmetic(this.promoted(expr.left, left), this.promoted(expr.right, right), this.abi);
  }
  /** The operand's type after promotion: a bit-field's by its width. */
  protected promoted(operand: Expr, type: CType): CType {
    return promote(
      type,
      this.abi,
      bitWidthOf(operand, (e) => this.tables.types.get(e)),
    );
  }
  private badOperands(expr: Binary | Assign, left: CType, right: CType): undefined {
    return this.error('bad-operand', `'${expr.op}' cannot join ${show(left)} and ${show(right)}`, expr.span);
  }
  private checkShift(count: Expr, type: CType): void {
    if (!mayBeConstant(count) || type.kind !== 'int') return;
    const n = this.constantOf(count);
    if (n === undefined) return;
    const width = type.size * 8;
    if (n < 0n) this.warn('shift-count', `a shift by a negative count (${n})`, count.span);
    else if (n >= BigInt(width))
      this.warn('shift-count', `a shift by ${n} bits: ${show(type)} has ${width}`, count.span);
  }
  private pointerSum(expr: Binary, left: CType, right: CType): CType | undefined {
    if (left.kind === 'pointer' && right.kind === 'pointer') {
      if (expr.op === '+') return this.badOperands(expr, left, right);
      if (
        !compatible(unqualified(left.to), unqualified(right.to)) &&
        left.to.kind !== 'void' &&
        right.to.kind !== 'void'
      ) {
        return this.error(
          'incompatible-pointer',
          `the difference of pointers to different types: ${show(left)} and ${show(right)}`,
          expr.span,
        );
      }
      if (!this.checkStride(left.to, expr.left.span)) return undefined;
      return ptrdiffType(this.abi);
    }
    const pointer = left.kind === 'pointer' ? left : right;
    const number = left.kind === 'pointer' ? right : left;
    if (pointer.kind !== 'pointer' || !isInteger(number) || (expr.op === '-' && right.kind === 'pointer'))
      return this.badOperands(expr, left, right);
    if (!this.checkStride(pointer.to, expr.span)) return undefined;
    return unqualified(pointer);
  }
  private comparisonType(expr: Binary, left: CType, right: CType): CType | undefined {
    const int = this.basic.int;
    if (isInteger(left) && isInteger(right)) return int;
    if (left.kind === 'pointer' && right.kind === 'pointer') {
      const a = unqualified(left.to);
      const b = unqualified(right.to);
      if (a.kind !== 'void' && b.kind !== 'void' && !compatible(a, b)) {
        this.warn(
          'incompatible-pointer',
          `a comparison of different pointer types, ${show(left)} and ${show(right)}`,
          expr.span,
        );
      }
      return int;
    }
    if ((left.kind === 'pointer' && isInteger(right)) || (right.kind === 'pointer' && isInteger(left))) {
      const number = left.kind === 'pointer' ? expr.right : expr.left;
      if (!this.isNull(number))
        this.warn(
          'int-conversion',
          `a comparison of a pointer with an integer: ${show(left)} and ${show(right)}`,
          expr.span,
        );
      return int;
    }
    return this.badOperands(expr, left, right);
  }

  // ---------------------------------------------------------------- assignment
  protected assignType(expr: Assign): CType | undefined {
    const place = this.checkExpr(expr.left);
    const value = this.checkValue(expr.right);
    if (!place) {
      this.noteAssigned(expr.left);
      return undefined;
    }
    if (!this.checkWritable(expr.left, place, 'assigned to')) return undefined;
    const type = unqualified(place);
    if (!value) return type;
    if (expr.op === '=') {
      this.checkConversion(expr.right, value, type, 'this assignment');
      return type;
    }
    const op = expr.op.slice(0, -1);
    if (type.kind === 'pointer' && (op === '+' || op === '-') && isInteger(value)) {
      this.checkStride(type.to, expr.left.span);
      return type;
    }
    if (!isInteger(type) || !isInteger(value)) return this.badOperands(expr, type, value);
    if ((op === '/' || op === '%') && mayBeConstant(expr.right) && this.constantOf(expr.right) === 0n) {
      this.warn('division-by-zero', 'division by zero: a divide error (oops) when it runs', expr.span);
    }
    if (op === '<<' || op === '>>') this.checkShift(expr.right, promote(type, this.abi));
    return type;
  }
  /** Reports why the value `expr` of type `from` may not become a `to`. `where` begins the message: "this assignment". */
  protected checkConversion(expr: Expr, from: CType, to: CType, where: string): void {
    if (from === to || to === ERROR_TYPE || from === ERROR_TYPE || (to.kind === 'int' && from.kind === 'int')) return;
    if (from.kind === 'void' && expr.kind === 'call') {
      this.error('void-value', `${where} uses the result of a function that returns none (void)`, expr.span);
      return;
    }
    const problem = assignable(from, to, to.kind === 'pointer' && from.kind !== 'pointer' && this.isNull(expr));
    if (!problem) return;
    if (problem.code === 'discarded-qualifier' && expr.kind === 'string') return;
    if (problem.code === 'address-space' && this.isNull(expr)) return;
    this.report(problem.severity, problem.code, `${where} ${problem.what}`, expr.span);
  }

  // ---------------------------------------------------------------- ?:
  protected conditionalType(expr: Conditional): CType | undefined {
    const test = this.checkValue(expr.test);
    if (test && !isScalar(test))
      this.error('bad-operand', `a condition is a number or pointer, this is ${show(test)}`, expr.test.span);
    const a = expr.then ? this.checkValue(expr.then) : test;
    const b = this.checkValue(expr.else);
    if (!a || !b) return undefined;
    if (isInteger(a) && isInteger(b))
      return usualArithmetic(this.promoted(expr.then ?? expr.test, a), this.promoted(expr.else, b), this.abi);
    if (a.kind === 'void' || b.kind === 'void') return this.basic.void;
    if (a.kind === 'pointer' && b.kind === 'pointer') {
      if (this.isNull(expr.else)) return a;
      if (expr.then && this.isNull(expr.then)) return b;
      if (a.to.kind === 'void' || b.to.kind === 'void') return a.to.kind === 'void' ? a : b;
      if (!compatible(unqualified(a.to), unqualified(b.to))) {
        this.warn(
          'incompatible-pointer',
          `the two values of '?:' are of different pointer types, ${show(a)} and ${show(b)}`,
          expr.span,
        );
      }
      return a.to.const ? a : b;
    }
    if (a.kind === 'pointer' && isInteger(b)) {
      if (!this.isNull(expr.else))
        this.error(
          'int-conversion',
          `the two values of '?:' are a pointer and an integer: ${show(a)} and ${show(b)}`,
          expr.span,
        );
      return a;
    }
    if (b.kind === 'pointer' && isInteger(a)) {
      if (!expr.then || !this.isNull(expr.then))
        this.error(
          'int-conversion',
          `the two values of '?:' are an integer and a pointer: ${show(a)} and ${show(b)}`,
          expr.span,
        );
      return b;
    }
    if (isRecord(a) && isRecord(b) && sameRecord(a, b)) return a;
    return this.error(
      'incompatible-types',
      `the two values of '?:' do not go together: ${show(a)} and ${show(b)}`,
      expr.span,
    );
  }
}

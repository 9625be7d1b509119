/** Integer constant expressions and address constants, by the machine's arithmetic. */

import { isInteger, isRecord, promote, usualArithmetic, wrap } from '../../types/conversions';
import type { CType } from '../../types/ctype';
import { alignOf, findField, sizeOf } from '../../types/ctype';
import { type Call, type Expr, isTypeSyntax, type TypeSyntax } from '../syntax/tree';
import { ERROR_TYPE } from './checkBase';
import { TypeChecker } from './checkTypes';

export abstract class ConstantFolder extends TypeChecker {
  /** The value of an integer constant expression whose types are known; undefined if it is none (or divides by zero). */
  constantOf(expr: Expr): bigint | undefined {
    switch (expr.kind) {
      case 'int':
        return expr.value;
      case 'ident': {
        const sym = this.tables.symbols.get(expr);
        return sym?.kind === 'const' ? sym.value : undefined;
      }
      case 'unary':
        return this.foldUnary(expr);
      case 'binary':
        return this.foldBinary(expr);
      case 'conditional': {
        const test = this.constantOf(expr.test);
        if (test === undefined) return undefined;
        const chosen = test !== 0n ? (expr.then ? this.constantOf(expr.then) : test) : this.constantOf(expr.else);
        const type = this.tables.types.get(expr);
        return chosen === undefined || !type ? undefined : wrap(chosen, type);
      }
      case 'cast': {
        const type = this.tables.types.get(expr);
        if (!type || !(isInteger(type) || type.kind === 'pointer')) return undefined;
        const value = this.constantOf(expr.operand);
        return value === undefined ? undefined : wrap(value, type);
      }
      case 'sizeof':
        return this.foldSizeOf(expr);
      case 'call': {
        const expansion = this.tables.expansions.get(expr);
        return expansion ? this.constantOf(expansion) : this.foldCall(expr);
      }
      case 'stmtExpr':
        return expr.body.body.length === 0 && expr.result ? this.constantOf(expr.result) : undefined;
      default:
        return undefined;
    }
  }
  private foldUnary(expr: Expr & { kind: 'unary' }): bigint | undefined {
    if (expr.op === '&' || expr.op === '*' || expr.op === '++' || expr.op === '--') return undefined;
    const value = this.constantOf(expr.operand);
    const type = this.tables.types.get(expr);
    if (value === undefined || !type) return undefined;
    switch (expr.op) {
      case '!':
        return value === 0n ? 1n : 0n;
      case '-':
        return wrap(-value, type);
      case '~':
        return wrap(~value, type);
      default:
        return wrap(value, type);
    }
  }
  private foldBinary(expr: Expr & { kind: 'binary' }): bigint | undefined {
    const left = this.constantOf(expr.left);
    if (left === undefined) return undefined;
    if (expr.op === '&&' && left === 0n) return 0n;
    if (expr.op === '||' && left !== 0n) return 1n;
    const right = this.constantOf(expr.right);
    if (right === undefined) return undefined;
    const type = this.tables.types.get(expr);
    const lt = this.tables.types.get(expr.left);
    const rt = this.tables.types.get(expr.right);
    if (!type || !lt || !rt || type.kind === 'pointer') return undefined;
    const common = isInteger(lt) && isInteger(rt) ? usualArithmetic(lt, rt, this.abi) : lt;
    return foldOperator(expr.op, left, right, common, promote(lt, this.abi));
  }
  private foldSizeOf(expr: Expr & { kind: 'sizeof' }): bigint | undefined {
    const type = this.operandTypeOf(expr.of);
    if (!type || type === ERROR_TYPE) return undefined;
    if (expr.alignof) return BigInt(alignOf(type));
    const size = type.kind === 'void' || type.kind === 'function' ? 1 : sizeOf(type);
    return size === undefined ? undefined : BigInt(size);
  }
  /** type of the operand of sizeof, a type or an expression */
  protected operandTypeOf(of: Expr | TypeSyntax): CType | undefined {
    if (isTypeSyntax(of)) return this.typeOfSyntax(of);
    if (of.kind === 'typeArg') return this.typeOfSyntax(of.type);
    return this.tables.types.get(of);
  }
  /** offsetof, BITS_TO_LONGS and the like: special forms with a constant value */
  private foldCall(expr: Call): bigint | undefined {
    if (expr.callee.kind !== 'ident') return undefined;
    const name = expr.callee.name;
    if (name === 'offsetof' || name === '__builtin_offsetof') return this.foldOffsetof(expr);
    const first = expr.args[0];
    if (first === undefined) return undefined;
    switch (name) {
      case 'BITS_TO_LONGS': {
        const bits = this.constantOf(first);
        const word = BigInt(this.abi.wordSize * 8);
        return bits === undefined ? undefined : (bits + word - 1n) / word;
      }
      case '__builtin_constant_p':
        return this.constantOf(first) === undefined ? 0n : 1n;
      case 'likely':
      case 'unlikely': {
        const value = this.constantOf(first);
        return value === undefined ? undefined : value !== 0n ? 1n : 0n;
      }
      default:
        return undefined;
    }
  }
  private foldOffsetof(expr: Call): bigint | undefined {
    const [what, path] = expr.args;
    if (!what || !path) return undefined;
    const type = what.kind === 'typeArg' ? this.typeOfSyntax(what.type) : this.tables.types.get(what);
    if (!type) return undefined;
    const found = this.memberPath(type, path);
    return found === undefined ? undefined : BigInt(found.offset);
  }
  /** `member`, `a.b`, `a[2].b` as offsetof and container_of take it: offset in bytes and type; undefined where it doesn't fit */
  protected memberPath(type: CType, path: Expr): { offset: number; type: CType } | undefined {
    switch (path.kind) {
      case 'ident': {
        const found = isRecord(type) ? findField(type, path.name) : undefined;
        return found && { offset: found.offset, type: found.field.type };
      }
      case 'member': {
        const base = path.arrow ? undefined : this.memberPath(type, path.base);
        const found = base && isRecord(base.type) ? findField(base.type, path.name.text) : undefined;
        return base && found && { offset: base.offset + found.offset, type: found.field.type };
      }
      case 'index': {
        const base = this.memberPath(type, path.base);
        const index = this.constantOf(path.index);
        if (base?.type.kind !== 'array' || index === undefined) return undefined;
        return { offset: base.offset + Number(index) * (sizeOf(base.type.of) ?? 0), type: base.type.of };
      }
      default:
        return undefined;
    }
  }

  // ---------------------------------------------------------------- null, address constants
  /** Is it a null pointer constant: 0, (void *)0, NULL? */
  protected isNull(expr: Expr): boolean {
    if (expr.kind === 'cast') {
      const type = this.tables.types.get(expr);
      if (type?.kind === 'pointer') return type.to.kind === 'void' && this.constantOf(expr.operand) === 0n;
    }
    const type = this.tables.types.get(expr);
    if (type?.kind === 'pointer') return expr.kind === 'ident' && this.constantOf(expr) === 0n;
    return this.constantOf(expr) === 0n;
  }
  /** May it initialise something static: an integer constant, or the address of something static, plus a constant? */
  protected isStaticConstant(expr: Expr): boolean {
    if (this.constantOf(expr) !== undefined) return true;
    switch (expr.kind) {
      case 'string':
        return true;
      case 'ident': {
        const sym = this.tables.symbols.get(expr);
        if (!sym) return false;
        if (sym.kind === 'function' || sym.kind === 'api') return true;
        if (sym.kind === 'context') return sym.word === 'irq' || sym.word === 'nmi' || sym.word === 'softirq';
        return (
          (sym.kind === 'kernelVar' || (sym.kind === 'var' && sym.storage === 'global')) && sym.type.kind === 'array'
        );
      }
      case 'unary':
        return expr.op === '&' && this.isStaticPlace(expr.operand);
      case 'cast':
        return this.isStaticConstant(expr.operand);
      case 'binary':
        return (
          (expr.op === '+' || expr.op === '-') && this.isStaticConstant(expr.left) && this.isStaticConstant(expr.right)
        );
      case 'member':
      case 'index': {
        const type = this.tables.types.get(expr);
        return type?.kind === 'array' && this.isStaticPlace(expr);
      }
      case 'conditional': {
        const test = this.constantOf(expr.test);
        return (
          test !== undefined && expr.then !== undefined && this.isStaticConstant(test !== 0n ? expr.then : expr.else)
        );
      }
      case 'call': {
        const expansion = this.tables.expansions.get(expr);
        return expansion !== undefined && this.isStaticConstant(expansion);
      }
      case 'compound':
        return true;
      default:
        return false;
    }
  }
  private isStaticPlace(expr: Expr): boolean {
    switch (expr.kind) {
      case 'ident': {
        const sym = this.tables.symbols.get(expr);
        if (!sym) return false;
        return (
          sym.kind === 'function' ||
          sym.kind === 'api' ||
          sym.kind === 'kernelVar' ||
          sym.kind === 'context' ||
          (sym.kind === 'var' && sym.storage === 'global')
        );
      }
      case 'member':
        return expr.arrow ? this.isStaticConstant(expr.base) : this.isStaticPlace(expr.base);
      case 'index':
        return (
          (this.isStaticPlace(expr.base) || this.isStaticConstant(expr.base)) &&
          this.constantOf(expr.index) !== undefined
        );
      case 'unary':
        return expr.op === '*' && this.isStaticConstant(expr.operand);
      case 'compound':
      case 'string':
        return true;
      case 'call': {
        const expansion = this.tables.expansions.get(expr);
        return expansion !== undefined && this.isStaticPlace(expansion);
      }
      default:
        return false;
    }
  }
}

/** One operator on constants; `common`: the type both sides are converted to, `left`: the promoted type of a shift's left side. */
export function foldOperator(op: string, a: bigint, b: bigint, common: CType, left: CType): bigint | undefined {
  if (op === '<<' || op === '>>') {
    const width = left.kind === 'int' ? BigInt(left.size * 8) : 32n;
    if (b < 0n || b >= width) return undefined;
    const x = wrap(a, left);
    return wrap(op === '<<' ? x << b : x >> b, left);
  }
  const x = wrap(a, common);
  const y = wrap(b, common);
  switch (op) {
    case '+':
      return wrap(x + y, common);
    case '-':
      return wrap(x - y, common);
    case '*':
      return wrap(x * y, common);
    case '/':
      return y === 0n ? undefined : wrap(x / y, common);
    case '%':
      return y === 0n ? undefined : wrap(x % y, common);
    case '&':
      return wrap(x & y, common);
    case '|':
      return wrap(x | y, common);
    case '^':
      return wrap(x ^ y, common);
    case '<':
      return x < y ? 1n : 0n;
    case '>':
      return x > y ? 1n : 0n;
    case '<=':
      return x <= y ? 1n : 0n;
    case '>=':
      return x >= y ? 1n : 0n;
    case '==':
      return x === y ? 1n : 0n;
    case '!=':
      return x !== y ? 1n : 0n;
    case '&&':
      return x !== 0n && y !== 0n ? 1n : 0n;
    case '||':
      return x !== 0n || y !== 0n ? 1n : 0n;
    default:
      return undefined;
  }
}

/** Integer constant expressions and address constants, by the machine's arithmetic. */

import {
  castConstant,
  isInteger,
  isRecord,
  promote,
  sameType,
  unqualified,
  usualArithmetic,
  wrap,
} from '../../../types/conversions';
import type { CType, Field, RecordType } from '../../../types/ctype';
import { alignOf, findField, sizeOf, stride } from '../../../types/ctype';
import { type Call, type Expr, type Ident, isTypeSyntax, type Name, type TypeSyntax } from '../../syntax/tree';
import type { CheckContext } from '../context/checkContext';
import { ERROR_TYPE } from '../context/tables';
import { typeOfSyntax } from '../types/checkTypes';

/** Whether the value of an expression of this kind, where it is constant, is computed from others: it is worth keeping. */
export function isFolded({ kind }: Expr): boolean {
  switch (kind) {
    case 'unary':
    case 'binary':
    case 'conditional':
    case 'cast':
    case 'sizeof':
    case 'call':
    case 'stmtExpr':
      return true;
    default:
      return false;
  }
}
/** The value of an integer constant expression whose types are known; undefined if it is not one (or divides by zero). */
export function constantOf(cx: CheckContext, expr: Expr): bigint | undefined {
  switch (expr.kind) {
    case 'int':
      return expr.value;
    case 'ident': {
      const sym = cx.tables.symbols.get(expr);
      return sym?.kind === 'const' ? sym.value : undefined;
    }
    case 'unary':
      return foldUnary(cx, expr);
    case 'binary':
      return foldBinary(cx, expr);
    case 'conditional': {
      const test = constantOf(cx, expr.test);
      if (test === undefined) return undefined;
      const chosen = test !== 0n ? (expr.then ? constantOf(cx, expr.then) : test) : constantOf(cx, expr.else);
      const type = cx.tables.types.get(expr);
      return chosen === undefined || !type ? undefined : wrap(chosen, type);
    }
    case 'cast': {
      const type = cx.tables.types.get(expr);
      if (!type || !(isInteger(type) || type.kind === 'pointer')) return undefined;
      const value = constantOf(cx, expr.operand);
      const from = cx.tables.types.get(expr.operand);
      return value === undefined || !from ? undefined : castConstant(value, from, type);
    }
    case 'sizeof':
      return foldSizeOf(cx, expr);
    case 'call': {
      const expansion = cx.tables.expansions.get(expr);
      return expansion ? constantOf(cx, expansion) : foldCall(cx, expr);
    }
    case 'stmtExpr':
      return expr.body.body.length === 0 && expr.result ? constantOf(cx, expr.result) : undefined;
    default:
      return undefined;
  }
}

function foldUnary(cx: CheckContext, expr: Expr & { kind: 'unary' }): bigint | undefined {
  if (expr.op === '&' || expr.op === '*' || expr.op === '++' || expr.op === '--') return undefined;
  const value = constantOf(cx, expr.operand);
  const type = cx.tables.types.get(expr);
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

function foldBinary(cx: CheckContext, expr: Expr & { kind: 'binary' }): bigint | undefined {
  const left = constantOf(cx, expr.left);
  if (left === undefined) return undefined;
  if (expr.op === '&&' && left === 0n) return 0n;
  if (expr.op === '||' && left !== 0n) return 1n;
  const right = constantOf(cx, expr.right);
  if (right === undefined) return undefined;
  const type = cx.tables.types.get(expr);
  const lt = cx.tables.types.get(expr.left);
  const rt = cx.tables.types.get(expr.right);
  if (!type || !lt || !rt || type.kind === 'pointer') return undefined;
  if (expr.op === '-' && lt.kind === 'pointer') return wrap(wrap(left - right, type) / BigInt(stride(lt.to)), type);
  const common = isInteger(lt) && isInteger(rt) ? usualArithmetic(lt, rt, cx.abi) : lt.kind === 'pointer' ? lt : rt;
  return foldOperator(expr.op, left, right, common, promote(lt, cx.abi));
}

function foldSizeOf(cx: CheckContext, expr: Expr & { kind: 'sizeof' }): bigint | undefined {
  const type = operandTypeOf(cx, expr.of);
  if (!type || type === ERROR_TYPE) return undefined;
  if (expr.alignof) return BigInt(alignOf(type));
  const size = type.kind === 'void' || type.kind === 'function' ? 1 : sizeOf(type);
  return size === undefined ? undefined : BigInt(size);
}

/** type of the operand of sizeof or __same_type, a type or an expression */
function operandTypeOf(cx: CheckContext, of: Expr | TypeSyntax): CType | undefined {
  if (isTypeSyntax(of)) return typeOfSyntax(cx, of);
  if (of.kind === 'typeArg') return typeOfSyntax(cx, of.type);
  return cx.tables.types.get(of);
}

/** offsetof, BITS_TO_LONGS and the like: special forms with a constant value */
function foldCall(cx: CheckContext, expr: Call): bigint | undefined {
  if (expr.callee.kind !== 'ident') return undefined;
  const name = expr.callee.name;
  if (name === 'offsetof' || name === '__builtin_offsetof') return foldOffsetof(cx, expr);
  const first = expr.args[0];
  if (first === undefined) return undefined;
  switch (name) {
    case 'BITS_TO_LONGS': {
      const bits = constantOf(cx, first);
      const word = BigInt(cx.abi.wordSize * 8);
      return bits === undefined ? undefined : (bits + word - 1n) / word;
    }
    case '__builtin_constant_p':
      return constantOf(cx, first) === undefined ? 0n : 1n;
    case '__same_type':
    case '__builtin_types_compatible_p': {
      const [a, b] = expr.args.map((arg) => operandTypeOf(cx, arg));
      return a && b && (sameType(unqualified(a), unqualified(b)) ? 1n : 0n);
    }
    case 'likely':
    case 'unlikely': {
      const value = constantOf(cx, first);
      return value === undefined ? undefined : value !== 0n ? 1n : 0n;
    }
    default:
      return undefined;
  }
}

function foldOffsetof(cx: CheckContext, expr: Call): bigint | undefined {
  const [what, path] = expr.args;
  if (!what || !path) return undefined;
  const type = what.kind === 'typeArg' ? typeOfSyntax(cx, what.type) : cx.tables.types.get(what);
  if (!type) return undefined;
  const found = memberPath(cx, type, path);
  return found === undefined ? undefined : BigInt(found.offset);
}

/** `member`, `a.b`, `a[2].b` as offsetof and container_of take it: offset in bytes and type; undefined where it does not fit */
export function memberPath(cx: CheckContext, type: CType, path: Expr): { offset: number; type: CType } | undefined {
  switch (path.kind) {
    case 'ident': {
      const found = isRecord(type) ? findField(type, path.name) : undefined;
      return found && isRecord(type) ? fieldNamed(cx, path, type, found, 0) : undefined;
    }
    case 'member': {
      const base = path.arrow ? undefined : memberPath(cx, type, path.base);
      const found = base && isRecord(base.type) ? findField(base.type, path.name.text) : undefined;
      return base && found && isRecord(base.type)
        ? fieldNamed(cx, path.name, base.type, found, base.offset)
        : undefined;
    }
    case 'index': {
      const base = memberPath(cx, type, path.base);
      const index = constantOf(cx, path.index);
      if (base?.type.kind !== 'array' || index === undefined) return undefined;
      return { offset: base.offset + Number(index) * (sizeOf(base.type.of) ?? 0), type: base.type.of };
    }
    default:
      return undefined;
  }
}

function fieldNamed(
  cx: CheckContext,
  name: Ident | Name,
  record: RecordType,
  found: { readonly field: Field; readonly offset: number },
  outer: number,
): { offset: number; type: CType } {
  cx.tables.fields.set(name, { record, ...found });
  return { offset: outer + found.offset, type: found.field.type };
}

// ---------------------------------------------------------------- null, address constants
/** Whether it is a null pointer constant: 0, (void *)0, NULL. */
export function isNull(cx: CheckContext, expr: Expr): boolean {
  if (expr.kind === 'cast') {
    const type = cx.tables.types.get(expr);
    if (type?.kind === 'pointer') return type.to.kind === 'void' && constantOf(cx, expr.operand) === 0n;
  }
  const type = cx.tables.types.get(expr);
  if (type?.kind === 'pointer') return expr.kind === 'ident' && constantOf(cx, expr) === 0n;
  return constantOf(cx, expr) === 0n;
}

/** Whether it may initialise a static object: an integer constant, or the address of a static object, plus a constant. */
export function isStaticConstant(cx: CheckContext, expr: Expr): boolean {
  if (constantOf(cx, expr) !== undefined) return true;
  switch (expr.kind) {
    case 'string':
      return true;
    case 'ident': {
      const sym = cx.tables.symbols.get(expr);
      if (!sym) return false;
      if (sym.kind === 'function' || sym.kind === 'api') return true;
      if (sym.kind === 'context') return sym.word === 'irq' || sym.word === 'nmi' || sym.word === 'softirq';
      return (
        (sym.kind === 'kernelVar' || (sym.kind === 'var' && sym.storage === 'global')) && sym.type.kind === 'array'
      );
    }
    case 'unary':
      return expr.op === '&' && isStaticLocation(cx, expr.operand);
    case 'cast':
      return isStaticConstant(cx, expr.operand);
    case 'binary':
      return (
        (expr.op === '+' || expr.op === '-') && isStaticConstant(cx, expr.left) && isStaticConstant(cx, expr.right)
      );
    case 'member':
    case 'index': {
      const type = cx.tables.types.get(expr);
      return type?.kind === 'array' && isStaticLocation(cx, expr);
    }
    case 'conditional': {
      const test = constantOf(cx, expr.test);
      return test !== undefined && expr.then !== undefined && isStaticConstant(cx, test !== 0n ? expr.then : expr.else);
    }
    case 'call': {
      const expansion = cx.tables.expansions.get(expr);
      return expansion !== undefined && isStaticConstant(cx, expansion);
    }
    case 'compound':
      return true;
    default:
      return false;
  }
}

function isStaticLocation(cx: CheckContext, expr: Expr): boolean {
  switch (expr.kind) {
    case 'ident': {
      const sym = cx.tables.symbols.get(expr);
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
      return expr.arrow ? isStaticConstant(cx, expr.base) : isStaticLocation(cx, expr.base);
    case 'index':
      return (
        (isStaticLocation(cx, expr.base) || isStaticConstant(cx, expr.base)) && constantOf(cx, expr.index) !== undefined
      );
    case 'unary':
      return expr.op === '*' && isStaticConstant(cx, expr.operand);
    case 'compound':
    case 'string':
      return true;
    case 'call': {
      const expansion = cx.tables.expansions.get(expr);
      return expansion !== undefined && isStaticLocation(cx, expansion);
    }
    default:
      return false;
  }
}

/** One operator on constants; `common`: the type both sides are converted to, `left`: the promoted type of a shift's left side. */
function foldOperator(op: string, a: bigint, b: bigint, common: CType, left: CType): bigint | undefined {
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

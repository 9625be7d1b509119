/**
 * Expressions to closures over emulated memory: values, and the lvalues they designate. One file, since each is made of the other. What an
 * expression cannot do by itself (calls of functions, statement expressions with loops) has been moved in front of it (lower.ts) and is
 * found in `done`, `ran` and `alias`.
 */

import { bitWidthOf } from '../../language/check/expressions/bitField';
import type { Assign, Binary, Call, Declarator, Expr, Ident, InitList } from '../../language/syntax/tree';
import { decay, isInteger, isRecord, promote, usualArithmetic } from '../../types/conversions';
import { type CType, findField, sizeOf, stride } from '../../types/ctype';
import { CompileError } from '../program/code';
import { bitsOf, type Eval, type Lvalue } from '../values/access';
import type { ArithmeticOp, ComparisonOp } from '../values/arith';
import { convert, converter, pointerConverter, type Shape, small } from '../values/value';
import {
  advance,
  after,
  binaryArithmetic,
  compareIntegers,
  comparePointers,
  copying,
  copyingScalar,
  difference,
  type Effect,
  inTurn,
  once,
  stepping,
  storing,
  thenZero,
  unaryArithmetic,
  writingString,
  zeroing,
} from './closures';
import { type ExprContext, pointerShape, shapeIn, typeOf, valueType } from './exprContext';
import { initParts } from './initParts';
import { literalMember } from './literalMember';

const FOLDED = new Set(['unary', 'binary', 'cast', 'sizeof', 'conditional', 'call', 'int', 'ident']);
const ZERO: Eval = () => 0;

// ---------------------------------------------------------------- values
/** The value of a scalar expression, in the shape of its (decayed) type. @throws CompileError */
export function value(cx: ExprContext, expr: Expr): Eval {
  if (cx.ran.has(expr)) return ZERO;
  const moved = cx.done.get(expr);
  if (moved) return loaded(cx, moved, typeOf(cx, expr));
  const alias = cx.alias.get(expr);
  if (alias) return value(cx, alias);
  const constant = folded(cx, expr);
  if (constant) return constant;
  switch (expr.kind) {
    case 'ident':
      return identifier(cx, expr);
    case 'member': {
      const literal = literalMember(cx, expr);
      return literal ? valueForType(cx, literal.init, literal.type) : loaded(cx, lvalue(cx, expr), typeOf(cx, expr));
    }
    case 'string':
    case 'compound':
    case 'index':
      return loaded(cx, lvalue(cx, expr), typeOf(cx, expr));
    case 'unary':
      return unary(cx, expr);
    case 'postfix':
      return step(cx, expr, true);
    case 'binary':
      return binary(cx, expr);
    case 'assign':
      return assign(cx, expr);
    case 'conditional':
      return conditional(cx, expr);
    case 'call': {
      const expansion = cx.tables.expansionOf(expr);
      return expansion ? value(cx, expansion) : inlineCall(cx, expr);
    }
    case 'cast': {
      const type = typeOf(cx, expr);
      return type.kind === 'void' ? thenZero(effect(cx, expr.operand)) : valueAs(cx, expr.operand, shapeIn(cx, type));
    }
    case 'comma': {
      const left = effect(cx, expr.left);
      const right = value(cx, expr.right);
      return () => {
        left();
        return right();
      };
    }
    case 'stmtExpr': {
      const effects = simpleBody(cx, expr);
      const { result } = expr;
      if (result && valueType(cx, expr).kind === 'void') effects.push(effect(cx, result));
      const last = result && valueType(cx, expr).kind !== 'void' ? value(cx, result) : ZERO;
      return () => {
        for (const e of effects) e();
        return last();
      };
    }
    default:
      throw new CompileError('not-executable', 'this cannot be run', expr.span);
  }
}
/** The value converted to a shape. */
export function valueAs(cx: ExprContext, expr: Expr, shape: Shape): Eval {
  const own = value(cx, expr);
  const type = valueType(cx, expr);
  if (type.kind === 'void') return own;
  const convert = (type.kind === 'pointer' ? pointerConverter : converter)(shapeIn(cx, type), shape);
  return convert ? () => convert(own()) : own;
}
/** The value as an argument of a function, or stored in a variable of a type. */
export const valueForType = (cx: ExprContext, expr: Expr, type: CType): Eval =>
  valueAs(cx, expr, shapeIn(cx, decay(type, cx.abi)));
/** The type after integer promotion; a bit-field's is by its width. */
function promotedType(cx: ExprContext, expr: Expr): CType {
  const width = bitWidthOf(expr, (e) => cx.tables.typeOf(e));
  return promote(valueType(cx, expr), cx.abi, width);
}
/** The value after integer promotion: what variadic functions get. */
export const promoted = (cx: ExprContext, expr: Expr): Eval => valueAs(cx, expr, shapeIn(cx, promotedType(cx, expr)));

/** A value as a condition. */
export function truth(cx: ExprContext, expr: Expr): () => boolean {
  if (!cx.done.has(expr) && !cx.alias.has(expr)) {
    if (expr.kind === 'unary' && expr.op === '!') {
      const operand = truth(cx, expr.operand);
      return () => !operand();
    }
    if (expr.kind === 'binary') {
      switch (expr.op) {
        case '&&': {
          const left = truth(cx, expr.left);
          const right = truth(cx, expr.right);
          return () => left() && right();
        }
        case '||': {
          const left = truth(cx, expr.left);
          const right = truth(cx, expr.right);
          return () => left() || right();
        }
        case '<':
        case '>':
        case '<=':
        case '>=':
        case '==':
        case '!=':
          return compare(cx, expr, expr.op);
        default:
          break;
      }
    }
  }
  const own = value(cx, expr);
  return () => own() !== 0;
}
/** The expression for its effect. */
export function effect(cx: ExprContext, expr: Expr): Effect {
  if (cx.done.has(expr) || cx.ran.has(expr)) return () => {};
  const alias = cx.alias.get(expr);
  if (alias) return effect(cx, alias);
  const type = cx.tables.typeOf(expr);
  if (type && isRecord(type)) return cx.access.address(lvalue(cx, expr));
  if (expr.kind === 'cast' && type?.kind === 'void') return effect(cx, expr.operand);
  if (expr.kind === 'postfix') return step(cx, expr, false);
  return value(cx, expr);
}
/** The value in an lvalue; arrays and structures give their address. */
export function loaded(cx: ExprContext, target: Lvalue, type: CType): Eval {
  if (type.kind === 'array' || type.kind === 'function' || isRecord(type)) return cx.access.address(target);
  if (type.kind === 'void') return ZERO;
  return cx.access.load(target, shapeIn(cx, type));
}
/** An integer constant expression; undefined for any other. */
function folded(cx: ExprContext, expr: Expr): Eval | undefined {
  const type = FOLDED.has(expr.kind) ? cx.tables.typeOf(expr) : undefined;
  if (type?.kind !== 'int' && type?.kind !== 'enum' && type?.kind !== 'pointer') return undefined;
  const constant = cx.tables.constantOf(expr);
  if (constant === undefined) return undefined;
  const held = convert(small(constant), shapeIn(cx, type));
  return () => held;
}

// ---------------------------------------------------------------- lvalues
/** Where an lvalue, or a value that is a structure, lies. @throws CompileError */
export function lvalue(cx: ExprContext, expr: Expr): Lvalue {
  const moved = cx.done.get(expr);
  if (moved) return moved;
  const alias = cx.alias.get(expr);
  if (alias) return lvalue(cx, alias);
  const { access } = cx;
  switch (expr.kind) {
    case 'ident':
      return named(cx, expr);
    case 'unary':
      if (expr.op === '*') return { kind: 'dynamic', base: value(cx, expr.operand), offset: 0 };
      break;
    case 'index':
      return element(cx, expr);
    case 'member':
      return member(cx, expr);
    case 'string':
      return { kind: 'fixed', address: cx.names.string(expr.value) };
    case 'compound': {
      const type = typeOf(cx, expr);
      const slot = cx.temporary(type);
      return after(access, initialise(cx, slot, type, expr.init), slot);
    }
    case 'call': {
      const expansion = cx.tables.expansionOf(expr);
      if (expansion) return lvalue(cx, expansion);
      break;
    }
    case 'stmtExpr':
      if (expr.result) return after(access, simpleBody(cx, expr), lvalue(cx, expr.result));
      break;
    case 'conditional':
      if (expr.then) {
        const test = truth(cx, expr.test);
        const yes = access.address(lvalue(cx, expr.then));
        const no = access.address(lvalue(cx, expr.else));
        return { kind: 'dynamic', base: () => (test() ? yes() : no()), offset: 0 };
      }
      break;
    case 'comma':
      return after(access, [effect(cx, expr.left)], lvalue(cx, expr.right));
    case 'assign': {
      refuseIfReadOnly(cx, expr);
      const target = lvalue(cx, expr.left);
      const bytes = sizeOf(typeOf(cx, expr.left)) ?? 0;
      return after(access, [copying(access, target, lvalue(cx, expr.right), bytes)], target);
    }
    case 'cast':
      return lvalue(cx, expr.operand);
    default:
      break;
  }
  throw new CompileError('not-executable', 'this is not stored in memory', expr.span);
}
function named(cx: ExprContext, expr: Ident): Lvalue {
  const { names } = cx;
  const sym = cx.tables.symbolOf(expr);
  switch (sym?.kind) {
    case 'var': {
      const found = sym.storage === 'global' ? names.global(sym) : names.local(sym);
      if (found.kind === 'cell') throw new CompileError('not-executable', `${sym.name} has no address`, expr.span);
      return found;
    }
    case 'kernelVar':
    case 'context': {
      const found = sym.kind === 'context' ? names.context(sym) : names.kernelVariable(sym);
      if (typeof found !== 'function') return found;
      break;
    }
    case 'function':
    case 'api':
      return { kind: 'dynamic', base: names.functionAddress(sym), offset: 0 };
    default:
      break;
  }
  throw new CompileError('not-executable', `'${expr.name}' is not stored in memory`, expr.span);
}
function identifier(cx: ExprContext, expr: Ident): Eval {
  const { names } = cx;
  const sym = cx.tables.symbolOf(expr);
  if (!sym) throw new CompileError('not-executable', `'${expr.name}' is not known here`, expr.span);
  switch (sym.kind) {
    case 'function':
    case 'api':
      return names.functionAddress(sym);
    case 'kernelVar':
    case 'context': {
      const found = sym.kind === 'context' ? names.context(sym) : names.kernelVariable(sym);
      return typeof found === 'function' ? found : loaded(cx, found, sym.type);
    }
    case 'const': {
      const held = convert(small(sym.value), shapeIn(cx, sym.type));
      return () => held;
    }
    case 'var': {
      const found = sym.storage === 'global' ? names.global(sym) : names.local(sym);
      return found.kind === 'cell' ? () => found.value : loaded(cx, found, typeOf(cx, expr));
    }
    default:
      return loaded(cx, named(cx, expr), typeOf(cx, expr));
  }
}
function element(cx: ExprContext, expr: Expr & { kind: 'index' }): Lvalue {
  let { base, index } = expr;
  if (valueType(cx, base).kind !== 'pointer') [base, index] = [index, base];
  const whole = typeOf(cx, base);
  const of = whole.kind === 'array' ? whole.of : whole.kind === 'pointer' ? whole.to : undefined;
  const size = (of && sizeOf(of)) ?? 1;
  const constant = cx.tables.constantOf(index);
  if (constant !== undefined && constant > -0x1000000n && constant < 0x1000000n) {
    const by = Number(constant) * size;
    if (whole.kind === 'array' && base.kind !== 'cast') return cx.access.element(lvalue(cx, base), whole, by);
    return { kind: 'dynamic', base: value(cx, base), offset: by };
  }
  return { kind: 'dynamic', base: advance(value(cx, base), value(cx, index), size, cx.abi.wordSize), offset: 0 };
}
/** p->a.b is one base and one offset. */
function member(cx: ExprContext, expr: Expr & { kind: 'member' }): Lvalue {
  const type = valueType(cx, expr.base);
  const record = type.kind === 'pointer' ? type.to : type;
  const found = isRecord(record) ? findField(record, expr.name.text) : undefined;
  if (!found) throw new CompileError('not-executable', `there is no member '${expr.name.text}'`, expr.span);
  const { field, offset } = found;
  const bits = bitsOf(field);
  if (type.kind === 'pointer') return { kind: 'dynamic', base: value(cx, expr.base), offset, bits };
  return cx.access.at(lvalue(cx, expr.base), offset, bits);
}

// ---------------------------------------------------------------- initialisation
/** Stores an expression's value in an lvalue of a type: an initialisation or an argument. */
export function storeIn(cx: ExprContext, target: Lvalue, type: CType, expr: Expr): Effect {
  if (isRecord(type)) return copying(cx.access, target, lvalue(cx, expr), sizeOf(type) ?? 0);
  const shape = shapeIn(cx, decay(type, cx.abi));
  const own = valueAs(cx, expr, shape);
  const store = cx.access.store(target, shape);
  return () => store(own());
}
/** The stores of `type name = init`. */
export function initialise(cx: ExprContext, target: Lvalue, type: CType, init: Expr | InitList): Effect[] {
  const { access } = cx;
  return initParts(cx.tables, type, init).flatMap((part): Effect[] => {
    const [first = target, ...others] = part.offsets.map((offset) => access.at(target, offset, part.bits));
    const bytes = sizeOf(part.type) ?? 0;
    if (part.kind === 'value') {
      const again = isRecord(part.type)
        ? others.map((at) => copying(access, at, first, bytes))
        : others.map((at) => copyingScalar(access, at, first, shapeIn(cx, part.type)));
      const store = storeIn(cx, first, part.type, part.expr);
      return again.length > 0 ? [store, inTurn(again)] : [store];
    }
    if (part.kind === 'string') return [first, ...others].map((at) => writingString(access, at, bytes, part.text));
    return [zeroing(access, first, bytes)];
  });
}
/** The statements of a `({ … })` that are only declarations and expressions. */
function simpleBody(cx: ExprContext, expr: Expr & { kind: 'stmtExpr' }): Effect[] {
  return expr.body.body.flatMap((stmt): Effect[] => {
    if (stmt.kind === 'expr') return [effect(cx, stmt.expr)];
    if (stmt.kind === 'decl') return stmt.decl.declarators.flatMap((d) => declared(cx, d));
    if (stmt.kind === 'empty') return [];
    throw new CompileError('not-executable', 'this runs statements, and a watch is read-only', stmt.span);
  });
}
function declared(cx: ExprContext, { name, init, span }: Declarator): Effect[] {
  const sym = cx.tables.symbolOf(name);
  if (sym?.kind !== 'var' || sym.storage === 'global') return [];
  if (!init && cx.readOnly === undefined) return [];
  const target = cx.names.local(sym);
  if (target.kind !== 'cell') return init ? initialise(cx, target, sym.type, init) : [];
  if (!init || init.kind === 'initList')
    throw new CompileError('not-executable', 'this stores a value in a variable, and a watch is read-only', span);
  const own = valueForType(cx, init, sym.type);
  return [() => void (target.value = own())];
}

// ---------------------------------------------------------------- operators
function unary(cx: ExprContext, expr: Expr & { kind: 'unary' }): Eval {
  const { operand } = expr;
  switch (expr.op) {
    case '&':
      if (typeOf(cx, operand).kind === 'function') return value(cx, operand);
      return cx.access.address(lvalue(cx, operand));
    case '*': {
      const type = typeOf(cx, expr);
      return type.kind === 'function' ? value(cx, operand) : loaded(cx, lvalue(cx, expr), type);
    }
    case '!': {
      const test = truth(cx, operand);
      return () => (test() ? 0 : 1);
    }
    case '++':
    case '--':
      return step(cx, { ...expr, op: expr.op }, false);
    default: {
      const shape = shapeIn(cx, promotedType(cx, operand));
      return unaryArithmetic(expr.op, valueAs(cx, operand, shape), shape);
    }
  }
}
function conditional(cx: ExprContext, expr: Expr & { kind: 'conditional' }): Eval {
  const type = valueType(cx, expr);
  if (type.kind === 'void') {
    const test = truth(cx, expr.test);
    const yes = expr.then ? effect(cx, expr.then) : () => {};
    const no = effect(cx, expr.else);
    return thenZero(() => (test() ? yes() : no()));
  }
  const shape = shapeIn(cx, type);
  const no = valueAs(cx, expr.else, shape);
  if (!expr.then) {
    const test = value(cx, expr.test);
    const convert = converter(shapeIn(cx, valueType(cx, expr.test)), shape);
    return () => {
      const v = test();
      return v !== 0 ? (convert ? convert(v) : v) : no();
    };
  }
  const test = truth(cx, expr.test);
  const yes = valueAs(cx, expr.then, shape);
  return () => (test() ? yes() : no());
}
function binary(cx: ExprContext, expr: Binary): Eval {
  const { op } = expr;
  switch (op) {
    case '&&':
    case '||':
    case '<':
    case '>':
    case '<=':
    case '>=':
    case '==':
    case '!=': {
      const test = truth(cx, expr);
      return () => (test() ? 1 : 0);
    }
    default:
      break;
  }
  const { wordSize } = cx.abi;
  const left = valueType(cx, expr.left);
  const right = valueType(cx, expr.right);
  if (left.kind === 'pointer') {
    const [a, b] = [value(cx, expr.left), value(cx, expr.right)];
    if (right.kind === 'pointer') return difference(a, b, stride(left.to), wordSize);
    return advance(a, b, op === '-' ? -stride(left.to) : stride(left.to), wordSize);
  }
  if (right.kind === 'pointer') return advance(value(cx, expr.right), value(cx, expr.left), stride(right.to), wordSize);
  const shift = op === '<<' || op === '>>';
  const own = promotedType(cx, expr.left);
  const shape = shapeIn(cx, shift ? own : usualArithmetic(own, promotedType(cx, expr.right), cx.abi));
  const a = valueAs(cx, expr.left, shape);
  const b = shift ? value(cx, expr.right) : valueAs(cx, expr.right, shape);
  return binaryArithmetic(op, a, b, shape);
}
function compare(cx: ExprContext, expr: Binary, op: ComparisonOp): () => boolean {
  const integers = isInteger(valueType(cx, expr.left)) && isInteger(valueType(cx, expr.right));
  const shape = integers
    ? shapeIn(cx, usualArithmetic(promotedType(cx, expr.left), promotedType(cx, expr.right), cx.abi))
    : pointerShape(cx);
  const a = valueAs(cx, expr.left, shape);
  const b = valueAs(cx, expr.right, shape);
  return integers ? compareIntegers(op, a, b) : comparePointers(op, a, b, cx.abi.wordSize);
}
function assign(cx: ExprContext, expr: Assign): Eval {
  refuseIfReadOnly(cx, expr);
  const { access, abi } = cx;
  const type = typeOf(cx, expr.left);
  if (isRecord(type)) return access.address(lvalue(cx, expr));
  const shape = shapeIn(cx, type);
  if (expr.op === '=') return storing(access, lvalue(cx, expr.left), shape, valueAs(cx, expr.right, shape));
  const op = expr.op.slice(0, -1) as ArithmeticOp;
  const { target, begin } = once(lvalue(cx, expr.left));
  const load = access.load(target, shape);
  if (type.kind === 'pointer') {
    const by = op === '-' ? -stride(type.to) : stride(type.to);
    return storing(access, target, shape, advance(load, value(cx, expr.right), by, abi.wordSize), begin);
  }
  const shift = op === '<<' || op === '>>';
  const own = promote(type, abi, target.bits?.width);
  const wide = shapeIn(cx, shift ? own : usualArithmetic(own, promotedType(cx, expr.right), abi));
  const b = shift ? value(cx, expr.right) : valueAs(cx, expr.right, wide);
  const widen = converter(shape, wide);
  const a: Eval = widen ? () => widen(load()) : load;
  return storing(access, target, shape, binaryArithmetic(op, a, b, wide), begin, wide);
}
/** ++ and −−; `old`: the result is the value from before. */
function step(cx: ExprContext, expr: Expr & { operand: Expr; op: '++' | '--' }, old: boolean): Eval {
  refuseIfReadOnly(cx, expr);
  const type = typeOf(cx, expr.operand);
  const by = type.kind === 'pointer' ? stride(type.to) : 1;
  return stepping(cx.access, lvalue(cx, expr.operand), shapeIn(cx, type), expr.op === '++' ? by : -by, old);
}
function refuseIfReadOnly(cx: ExprContext, expr: Expr): void {
  if (cx.readOnly !== undefined) throw new CompileError('not-executable', cx.readOnly, expr.span);
}

// ---------------------------------------------------------------- calls
/** A call that is part of an expression: a function that only reads memory. */
function inlineCall(cx: ExprContext, call: Call): Eval {
  const { machine } = cx;
  const builtin = cx.names.inlineBuiltin(call);
  const callee = call.callee.kind === 'ident' ? cx.tables.symbolOf(call.callee)?.type : undefined;
  const type = callee?.kind === 'function' ? callee : undefined;
  const args = call.args.map((arg, i) => {
    const param = type?.params[i]?.type;
    return param ? valueForType(cx, arg, param) : promoted(cx, arg);
  });
  const shape = type && type.returns.kind !== 'void' ? shapeIn(cx, type.returns) : undefined;
  return () => {
    const given = args.map((a) => a());
    const result = builtin.call(machine, given, 0);
    return typeof result === 'number' || typeof result === 'bigint' ? (shape ? convert(result, shape) : result) : 0;
  };
}

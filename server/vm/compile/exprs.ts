/** Expressions to closures over emulated memory. */

import { bitWidthOf } from '../../language/check/bitField';
import type { Assign, Binary, Call, Expr, SizeOf } from '../../language/syntax/tree';
import { decay, isInteger, promote, usualArithmetic } from '../../types/conversions';
import { type CType, sizeOf } from '../../types/ctype';
import { CompileError } from '../program/code';
import type { Eval, Place } from '../values/access';
import { type ArithmeticOp, arithmetic, type ComparisonOp, comparison } from '../values/arith';
import { add64, convert, converter, neg64, not64, type Shape, small, type Value } from '../values/value';
import { Places, stride } from './lvalues';

const CHECKED_OPS = new Set(['unary', 'binary', 'cast', 'sizeof', 'conditional', 'call', 'int', 'ident']);

export class ExprCompiler extends Places {
  // ---------------------------------------------------------------- values
  /** The value of a scalar expression, in the shape of its (decayed) type. */
  value(expr: Expr): Eval {
    const moved = this.done.get(expr);
    if (moved) return this.loadPlace(moved, this.type(expr));
    const alias = this.alias.get(expr);
    if (alias) return this.value(alias);
    if (CHECKED_OPS.has(expr.kind)) {
      const type = this.tables.typeOf(expr);
      if (type && (type.kind === 'int' || type.kind === 'enum' || type.kind === 'pointer')) {
        const constant = this.tables.constantOf(expr);
        if (constant !== undefined) {
          const value = convert(small(constant), this.shape(type));
          return () => value;
        }
      }
    }
    switch (expr.kind) {
      case 'ident':
        return this.identifier(expr);
      case 'string':
      case 'compound':
      case 'index':
      case 'member':
        return this.loadPlace(this.place(expr), this.type(expr));
      case 'unary':
        return this.unary(expr);
      case 'postfix':
        return this.step(expr.operand, expr.op, true);
      case 'binary':
        return this.binary(expr);
      case 'assign':
        return this.assign(expr);
      case 'conditional': {
        const type = this.valueType(expr);
        if (type.kind === 'void') return this.conditionalEffect(expr);
        const shape = this.shape(type);
        const no = this.as(expr.else, shape);
        if (!expr.then) {
          const test = this.value(expr.test);
          const convert = converter(this.shape(this.valueType(expr.test)), shape);
          return () => {
            const v = test();
            return v !== 0 ? (convert ? convert(v) : v) : no();
          };
        }
        const test = this.truth(expr.test);
        const yes = this.as(expr.then, shape);
        return () => (test() ? yes() : no());
      }
      case 'call':
        return this.call(expr);
      case 'cast': {
        const type = this.type(expr);
        if (type.kind === 'void') {
          const effect = this.effect(expr.operand);
          return () => {
            effect();
            return 0;
          };
        }
        return this.as(expr.operand, this.shape(type));
      }
      case 'sizeof':
        return this.size(expr);
      case 'comma': {
        const left = this.effect(expr.left);
        const right = this.value(expr.right);
        return () => {
          left();
          return right();
        };
      }
      case 'stmtExpr': {
        const effects = this.simpleBody(expr);
        if (!expr.result || this.valueType(expr).kind === 'void') {
          const last = expr.result ? this.effect(expr.result) : undefined;
          return () => {
            for (const e of effects) e();
            last?.();
            return 0;
          };
        }
        const result = this.value(expr.result);
        return () => {
          for (const e of effects) e();
          return result();
        };
      }
      default:
        throw new CompileError('not-executable', 'this can not be run', expr.span);
    }
  }
  private conditionalEffect(expr: Expr & { kind: 'conditional' }): Eval {
    const test = this.truth(expr.test);
    const yes = expr.then ? this.effect(expr.then) : () => {};
    const no = this.effect(expr.else);
    return () => {
      if (test()) yes();
      else no();
      return 0;
    };
  }
  /** The value converted to a shape. */
  as(expr: Expr, shape: Shape): Eval {
    const value = this.value(expr);
    const type = this.valueType(expr);
    if (type.kind === 'void') return value;
    const convert = converter(this.shape(type), shape);
    if (!convert) return value;
    return () => convert(value());
  }
  /** The value as an argument of a function, or stored in a variable of a type. */
  asType(expr: Expr, type: CType): Eval {
    return this.as(expr, this.shape(decay(type, this.abi)));
  }
  /** The type after integer promotion; a bit-field's is by its width. */
  private promotedType(expr: Expr): CType {
    return promote(
      this.valueType(expr),
      this.abi,
      bitWidthOf(expr, (e) => this.tables.typeOf(e)),
    );
  }
  /** The value after integer promotion: what variadic functions get. */
  promoted(expr: Expr): Eval {
    return this.as(expr, this.shape(this.promotedType(expr)));
  }
  /** A value as a condition. */
  truth(expr: Expr): () => boolean {
    if (!this.done.has(expr) && !this.alias.has(expr)) {
      if (expr.kind === 'unary' && expr.op === '!') {
        const operand = this.truth(expr.operand);
        return () => !operand();
      }
      if (expr.kind === 'binary') {
        switch (expr.op) {
          case '&&': {
            const left = this.truth(expr.left);
            const right = this.truth(expr.right);
            return () => left() && right();
          }
          case '||': {
            const left = this.truth(expr.left);
            const right = this.truth(expr.right);
            return () => left() || right();
          }
          case '<':
          case '>':
          case '<=':
          case '>=':
          case '==':
          case '!=':
            return this.compare(expr, expr.op);
          default:
            break;
        }
      }
    }
    const value = this.value(expr);
    return () => value() !== 0;
  }
  /** The expression for what it does. */
  effect(expr: Expr): () => void {
    if (this.done.has(expr)) return () => {};
    const alias = this.alias.get(expr);
    if (alias) return this.effect(alias);
    const type = this.tables.typeOf(expr);
    if (type && this.isRecord(type)) {
      const address = this.access.address(this.place(expr));
      return () => {
        address();
      };
    }
    if (expr.kind === 'cast' && type?.kind === 'void') return this.effect(expr.operand);
    if (expr.kind === 'postfix') return this.step(expr.operand, expr.op, false);
    return this.value(expr);
  }

  // ---------------------------------------------------------------- operators
  private unary(expr: Expr & { kind: 'unary' }): Eval {
    const { operand } = expr;
    switch (expr.op) {
      case '&': {
        const target = this.type(operand);
        if (target.kind === 'function') return this.value(operand);
        return this.access.address(this.place(operand));
      }
      case '*': {
        const type = this.type(expr);
        if (type.kind === 'function') return this.value(operand);
        return this.loadPlace(this.place(expr), type);
      }
      case '!': {
        const truth = this.truth(operand);
        return () => (truth() ? 0 : 1);
      }
      case '++':
      case '--':
        return this.step(operand, expr.op, false);
      default: {
        const shape = this.shape(this.promotedType(operand));
        const value = this.as(operand, shape);
        const { signed } = shape;
        if (expr.op === '+') return value;
        if (shape.size === 8) return expr.op === '-' ? () => neg64(value(), signed) : () => not64(value(), signed);
        if (expr.op === '-') return signed ? () => -(value() as number) | 0 : () => -(value() as number) >>> 0;
        return signed ? () => ~(value() as number) : () => ~(value() as number) >>> 0;
      }
    }
  }
  private binary(expr: Binary): Eval {
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
        const truth = this.truth(expr);
        return () => (truth() ? 1 : 0);
      }
      default:
        break;
    }
    const left = this.valueType(expr.left);
    const right = this.valueType(expr.right);
    if (left.kind === 'pointer' && right.kind === 'pointer') return this.difference(expr, left.to);
    if (left.kind === 'pointer')
      return this.advance(this.value(expr.left), expr.right, stride(left.to), op === '-' ? -1 : 1);
    if (right.kind === 'pointer') return this.advance(this.value(expr.right), expr.left, stride(right.to), 1);
    return this.arithmetic(op, expr.left, expr.right);
  }
  private arithmetic(op: ArithmeticOp, l: Expr, r: Expr): Eval {
    const shift = op === '<<' || op === '>>';
    const shape = this.shape(
      shift ? this.promotedType(l) : usualArithmetic(this.promotedType(l), this.promotedType(r), this.abi),
    );
    const a = this.as(l, shape);
    const b = shift ? this.value(r) : this.as(r, shape);
    if (shape.size === 4 && shape.signed && !shift) {
      if (op === '+') return () => ((a() as number) + (b() as number)) | 0;
      if (op === '-') return () => ((a() as number) - (b() as number)) | 0;
      if (op === '&') return () => (a() as number) & (b() as number);
    }
    const operator = arithmetic(op, shape);
    return () => operator(a(), b());
  }
  private difference(expr: Binary, to: CType): Eval {
    const a = this.value(expr.left);
    const b = this.value(expr.right);
    const size = stride(to);
    if (this.word === 4) return () => Math.trunc((((a() as number) - (b() as number)) | 0) / size) | 0;
    return () => {
      const distance = BigInt.asIntN(64, BigInt(a()) - BigInt(b()));
      return small(distance / BigInt(size));
    };
  }
  private compare(expr: Binary, op: ComparisonOp): () => boolean {
    const left = this.valueType(expr.left);
    const right = this.valueType(expr.right);
    if (isInteger(left) && isInteger(right)) {
      const shape = this.shape(usualArithmetic(this.promotedType(expr.left), this.promotedType(expr.right), this.abi));
      const a = this.as(expr.left, shape);
      const b = this.as(expr.right, shape);
      if (op === '==') return () => a() === b();
      if (op === '!=') return () => a() !== b();
      if (op === '<') return () => a() < b();
      const test = comparison(op, false);
      return () => test(a(), b());
    }
    const a = this.as(expr.left, this.pointerShape);
    const b = this.as(expr.right, this.pointerShape);
    const test = comparison(op, this.word === 8);
    return () => test(a(), b());
  }

  // ---------------------------------------------------------------- assignments
  private assign(expr: Assign): Eval {
    const type = this.type(expr.left);
    if (this.isRecord(type)) {
      const address = this.access.address(this.place(expr));
      return address;
    }
    const shape = this.shape(type);
    if (expr.op === '=') {
      const place = this.place(expr.left);
      const value = this.as(expr.right, shape);
      return this.storing(place, shape, () => value());
    }
    const op = expr.op.slice(0, -1) as ArithmeticOp;
    const { place, begin } = this.once(this.place(expr.left));
    const load = this.access.load(place, shape);
    if (type.kind === 'pointer') {
      const next = this.advance(load, expr.right, stride(type.to), op === '-' ? -1 : 1);
      return this.storing(place, shape, next, begin);
    }
    const right = this.promotedType(expr.right);
    const shift = op === '<<' || op === '>>';
    const bits = place.bits?.width;
    const wide = this.shape(
      shift ? promote(type, this.abi, bits) : usualArithmetic(promote(type, this.abi, bits), right, this.abi),
    );
    const b = shift ? this.value(expr.right) : this.as(expr.right, wide);
    const operator = arithmetic(op, wide);
    return this.storing(place, shape, () => operator(convert(load(), wide), b()), begin, wide);
  }
  /** Computes, converts, stores; the value is what the place holds afterwards. */
  private storing(place: Place, shape: Shape, value: Eval, begin?: () => void, from?: Shape): Eval {
    const store = this.access.store(place, shape);
    const convert = from ? converter(from, shape) : undefined;
    const reload = place.bits ? this.access.load(place, shape) : undefined;
    return () => {
      begin?.();
      let v = value();
      if (convert) v = convert(v);
      store(v);
      return reload ? reload() : v;
    };
  }
  /** A place whose address is computed once: `*p++ += 1`. */
  private once(place: Place): { place: Place; begin: (() => void) | undefined } {
    if (place.kind !== 'dynamic') return { place, begin: undefined };
    let address: Value = 0;
    const { base } = place;
    return {
      place: { kind: 'dynamic', base: () => address, offset: place.offset, bits: place.bits },
      begin: () => {
        address = base();
      },
    };
  }
  /** ++ and −−; `old`: the value is what was there before. */
  private step(operand: Expr, op: '++' | '--', old: boolean): Eval {
    const type = this.type(operand);
    const shape = this.shape(type);
    const { place, begin } = this.once(this.place(operand));
    const load = this.access.load(place, shape);
    const store = this.access.store(place, shape);
    const by = (op === '++' ? 1 : -1) * (type.kind === 'pointer' ? stride(type.to) : 1);
    const wide = shape.size === 8;
    return () => {
      begin?.();
      const before = load();
      const after = shape.bool
        ? op === '++'
          ? 1
          : before === 0
            ? 1
            : 0
        : wide
          ? add64(before, by, shape.signed)
          : convert((before as number) + by, shape);
      store(after);
      return old ? before : place.bits ? load() : after;
    };
  }
  // ---------------------------------------------------------------- calls, sizeof, statement expressions
  private call(expr: Call): Eval {
    const expansion = this.tables.expansionOf(expr);
    if (expansion) return this.value(expansion);
    const inline = this.names.inlineCall(expr, this);
    if (inline) return inline;
    throw new CompileError('not-executable', 'this call can not be made here', expr.span);
  }
  private size(expr: SizeOf): Eval {
    const of = expr.of;
    const syntax = 'kind' in of && of.kind === 'typeArg' ? of.type : of;
    const type = this.tables.typeOfSyntax(syntax) ?? this.tables.typeOf(of as Expr);
    const size = (type && sizeOf(type)) ?? 1;
    return () => size;
  }
}

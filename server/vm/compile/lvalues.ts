/**
 * Names and places: what an expression designates in memory. The values are exprs.ts's. What an expression can't do by itself (calls of
 * functions, statement expressions with loops) has been moved in front of it (hoist.ts) and is found in `done`: the place that holds the result.
 */

import type { Sym, VarSym } from '../../language/check/program';
import type { Call, Expr, Ident, Name } from '../../language/syntax/tree';
import { decay } from '../../types/conversions';
import { type Abi, type CType, findField, type RecordType, sizeOf } from '../../types/ctype';
import { CompileError } from '../program/code';
import type { Access, BitRange, Eval, Place } from '../values/access';
import { add64, convert, mul64, S64, type Shape, shapeOf, small, U32 } from '../values/value';
import type { ExprCompiler } from './exprs';
import { Initialiser } from './init';

/** Facts about the tree: the program's, or a watch's. */
export interface Tables {
  typeOf(expr: Expr): CType | undefined;
  symbolOf(node: Ident | Name): Sym | undefined;
  constantOf(expr: Expr): bigint | undefined;
  typeOfSyntax(node: object): CType | undefined;
  expansionOf(call: Call): Expr | undefined;
}
/** What a name means at load time. */
export interface Names {
  /** a variable with a fixed place: globals, static locals */
  global(sym: VarSym): Place;
  /** address of a function, scenario's or API's (text addresses are known when the code is complete) */
  functionAddress(sym: Sym): Eval;
  kernelVariable(name: string, type: CType): Place | Eval;
  context(sym: Sym & { kind: 'context' }): Place | number;
  string(text: string): number;
  /** a call that is compiled into the expression: functions of the API that neither wait nor run other code */
  inlineCall(call: Call, compiler: ExprCompiler): Eval | undefined;
}
export abstract class Places {
  readonly abi: Abi;
  protected readonly word: 4 | 8;
  protected readonly pointerShape: Shape;
  /** results of what has been moved in front of the expression */
  readonly done = new Map<Expr, Place>();
  /** `a, b` whose left side has been moved in front: b */
  readonly alias = new Map<Expr, Expr>();

  constructor(
    readonly access: Access,
    readonly tables: Tables,
    readonly names: Names,
    abi: Abi,
    /** the slot of a local variable */
    protected readonly local: (sym: VarSym) => Place,
    /** room in the frame for a value of a type */
    readonly temporary: (type: CType) => Place,
  ) {
    this.abi = abi;
    this.word = abi.wordSize;
    this.pointerShape = abi.wordSize === 8 ? S64 : U32;
  }

  abstract value(expr: Expr): Eval;
  abstract as(expr: Expr, shape: Shape): Eval;
  abstract effect(expr: Expr): () => void;
  abstract truth(expr: Expr): () => boolean;

  // ---------------------------------------------------------------- types
  /** The type of an expression, before decay. */
  type(expr: Expr): CType {
    const type = this.tables.typeOf(expr);
    if (!type) throw new CompileError('not-executable', 'this can not be run: its type is not known', expr.span);
    return type;
  }
  valueType(expr: Expr): CType {
    return decay(this.type(expr), this.abi);
  }
  shape(type: CType): Shape {
    return shapeOf(type, this.word);
  }
  isRecord(type: CType): type is RecordType {
    return type.kind === 'struct' || type.kind === 'union';
  }

  // ---------------------------------------------------------------- names and places
  protected identifier(expr: Ident): Eval {
    const sym = this.tables.symbolOf(expr);
    if (!sym) throw new CompileError('not-executable', `'${expr.name}' is not known here`, expr.span);
    switch (sym.kind) {
      case 'function':
      case 'api':
        return this.names.functionAddress(sym);
      case 'kernelVar': {
        const place = this.names.kernelVariable(sym.name, sym.type);
        return typeof place === 'function' ? place : this.loadPlace(place, sym.type);
      }
      case 'context': {
        const place = this.names.context(sym);
        if (typeof place === 'number') return () => place;
        return this.loadPlace(place, sym.type);
      }
      case 'const': {
        const value = convert(small(sym.value), this.shape(sym.type));
        return () => value;
      }
      default:
        return this.loadPlace(this.place(expr), this.type(expr));
    }
  }
  /** The value in a place; arrays and structures give their address. */
  loadPlace(place: Place, type: CType): Eval {
    if (type.kind === 'array' || type.kind === 'function' || this.isRecord(type)) return this.access.address(place);
    if (type.kind === 'void') return () => 0;
    return this.access.load(place, this.shape(type));
  }
  /** Where an lvalue, or a value that is a structure, lies. */
  place(expr: Expr): Place {
    const moved = this.done.get(expr);
    if (moved) return moved;
    const alias = this.alias.get(expr);
    if (alias) return this.place(alias);
    switch (expr.kind) {
      case 'ident': {
        const sym = this.tables.symbolOf(expr);
        if (sym?.kind === 'var') return sym.storage === 'global' ? this.names.global(sym) : this.local(sym);
        if (sym?.kind === 'kernelVar') {
          const place = this.names.kernelVariable(sym.name, sym.type);
          if (typeof place !== 'function') return place;
        }
        if (sym?.kind === 'context') {
          const place = this.names.context(sym);
          if (typeof place !== 'number') return place;
        }
        if (sym?.kind === 'function' || sym?.kind === 'api')
          return { kind: 'dynamic', base: this.names.functionAddress(sym), offset: 0 };
        throw new CompileError('not-executable', `'${expr.name}' has no place in memory`, expr.span);
      }
      case 'unary':
        if (expr.op === '*') return { kind: 'dynamic', base: this.value(expr.operand), offset: 0 };
        break;
      case 'index':
        return this.element(expr);
      case 'member':
        return this.member(expr);
      case 'string':
        return { kind: 'fixed', address: this.names.string(expr.value) };
      case 'compound': {
        const type = this.type(expr);
        const slot = this.temporary(type);
        const effects = new Initialiser(this).list(slot, type, expr.init);
        return this.after(effects, slot);
      }
      case 'call': {
        const expansion = this.tables.expansionOf(expr);
        if (expansion) return this.place(expansion);
        break;
      }
      case 'stmtExpr':
        if (expr.result) {
          const effects = this.simpleBody(expr);
          return this.after(effects, this.place(expr.result));
        }
        break;
      case 'conditional':
        if (expr.then) {
          const test = this.truth(expr.test);
          const yes = this.access.address(this.place(expr.then));
          const no = this.access.address(this.place(expr.else));
          return { kind: 'dynamic', base: () => (test() ? yes() : no()), offset: 0 };
        }
        break;
      case 'comma':
        return this.after([this.effect(expr.left)], this.place(expr.right));
      case 'assign':
        return this.after(
          [this.copyRecord(this.place(expr.left), expr.right, this.type(expr.left))],
          this.place(expr.left),
        );
      case 'cast':
        return this.place(expr.operand);
      default:
        break;
    }
    throw new CompileError('not-executable', 'this has no place in memory', expr.span);
  }
  /** A place that is valid once something has been done. */
  protected after(effects: readonly (() => void)[], place: Place): Place {
    const address = this.access.address(place);
    return {
      kind: 'dynamic',
      base: () => {
        for (const e of effects) e();
        return address();
      },
      offset: 0,
      bits: place.bits,
    };
  }
  protected element(expr: Expr & { kind: 'index' }): Place {
    let { base, index } = expr;
    if (this.valueType(base).kind !== 'pointer') [base, index] = [index, base];
    const whole = this.type(base);
    const element = whole.kind === 'array' ? whole.of : whole.kind === 'pointer' ? whole.to : undefined;
    const size = (element && sizeOf(element)) ?? 1;
    const constant = this.tables.constantOf(index);
    if (constant !== undefined && constant > -0x1000000n && constant < 0x1000000n) {
      const by = Number(constant) * size;
      if (whole.kind === 'array' && base.kind !== 'cast') return this.access.at(this.place(base), by);
      return { kind: 'dynamic', base: this.value(base), offset: by };
    }
    return { kind: 'dynamic', base: this.advance(this.value(base), index, size, 1), offset: 0 };
  }
  protected member(expr: Expr & { kind: 'member' }): Place {
    const type = this.valueType(expr.base);
    const record = type.kind === 'pointer' ? type.to : type;
    const found = this.isRecord(record) ? findField(record, expr.name.text) : undefined;
    if (!found) throw new CompileError('not-executable', `there is no member '${expr.name.text}'`, expr.span);
    const { field, offset } = found;
    const bits: BitRange | undefined =
      field.bitWidth === undefined ? undefined : { offset: field.bitOffset ?? 0, width: field.bitWidth };
    if (type.kind === 'pointer') {
      // p->a.b: one base, one offset
      return { kind: 'dynamic', base: this.value(expr.base), offset, bits };
    }
    return this.access.at(this.place(expr.base), offset, bits);
  }

  /** base + sign · index · size, as a pointer */
  protected advance(base: Eval, index: Expr, size: number, sign: 1 | -1): Eval {
    const by = this.value(index);
    const step = size * sign;
    if (this.word === 8) {
      return () => {
        const b = base();
        const i = by();
        if (typeof b === 'number' && typeof i === 'number') {
          const r = b + i * step;
          if (r <= Number.MAX_SAFE_INTEGER && r >= Number.MIN_SAFE_INTEGER) return r;
        }
        return add64(b, mul64(i, step, true), true);
      };
    }
    return () => ((base() as number) + Math.imul(Number(BigInt.asIntN(32, BigInt(by()))), step)) >>> 0;
  }
  /** Copies a structure into a place. */
  copyRecord(to: Place, from: Expr, type: CType): () => void {
    const size = sizeOf(type) ?? 0;
    const target = this.access.address(to);
    const source = this.access.address(this.place(from));
    const { access } = this;
    return () => {
      const bytes = access.space.readBytes(access.pointer(source()), size);
      access.space.writeBytes(access.pointer(target(), true), bytes);
    };
  }
  /** Stores an expression's value in a place of a type: an initialisation or an argument. */
  storeIn(place: Place, type: CType, expr: Expr): () => void {
    if (this.isRecord(type)) return this.copyRecord(place, expr, type);
    const shape = this.shape(decay(type, this.abi));
    const value = this.as(expr, shape);
    const store = this.access.store(place, shape);
    return () => store(value());
  }

  /** The statements of a `({ … })` that are only declarations and expressions. */
  protected simpleBody(expr: Expr & { kind: 'stmtExpr' }): (() => void)[] {
    const effects: (() => void)[] = [];
    for (const stmt of expr.body.body) {
      if (stmt.kind === 'expr') effects.push(this.effect(stmt.expr));
      else if (stmt.kind === 'decl') {
        for (const d of stmt.decl.declarators) {
          const sym = this.tables.symbolOf(d.name);
          if (sym?.kind === 'var' && sym.storage !== 'global' && d.init)
            effects.push(...new Initialiser(this).variable(this.local(sym), sym.type, d.init));
        }
      } else if (stmt.kind !== 'empty')
        throw new CompileError('not-executable', 'this can not be evaluated here', expr.span);
    }
    return effects;
  }
}

/** Bytes that a pointer moves by. */
export const stride = (to: CType): number => sizeOf(to) ?? 1;

/**
 * Evaluates a checked C expression on the machine's memory, without changing it: assignments, and calls that would write, are refused.
 * A tree walk; the rules of arithmetic are the checker's own (language/conversions.ts), so that a watch means what the same text means in the
 * scenario. Values are bit patterns extended as their type says.
 */

import type { CheckedExpression } from '../../language/check/checkExpression';
import type { ApiSym, ContextSym, FunctionSym, KernelVarSym, VarSym } from '../../language/check/program';
import type { Binary, BinaryOp, Call, Expr, InitList, StmtExprNode, Unary } from '../../language/syntax/tree';
import { toBits } from '../../types/address';
import { decay, promote, sizeType, usualArithmetic, wrap } from '../../types/conversions';
import type { CType, PointerType } from '../../types/ctype';
import { basicTypes, findField, pointerTo, sizeOf, typeName } from '../../types/ctype';
import { PAGE_SIZE } from '../../types/pageSize';
import type { View } from '../inspect/view';
import { type Evaluated, EvaluationError } from '../target';

/** Where names lie, and what the kernel's functions answer. */
export interface Environment {
  readonly view: View;
  /** address of a variable; undefined: not in this frame */
  variable(sym: VarSym): number | undefined;
  /** a variable of the kernel, or a value that only looks like one (`current`) */
  kernelVariable(sym: KernelVarSym): Evaluated | undefined;
  /** address of a function's text or of a block's object */
  object(sym: FunctionSym | ContextSym): Evaluated | undefined;
  /** Calls a function of the kernel that only looks. @throws EvaluationError */
  call(sym: ApiSym, args: readonly Evaluated[]): Evaluated;
}

export function evaluateChecked(checked: CheckedExpression, environment: Environment): Evaluated {
  const error = checked.problems.find((p) => p.severity === 'error');
  if (error) throw new EvaluationError(error.message);
  if (!checked.expr) throw new EvaluationError('this is no expression');
  return new Evaluator(checked, environment).lvalue(checked.expr);
}

class Evaluator {
  private readonly view: View;
  /** locals of macros: they live in no frame */
  private readonly temporaries = new Map<VarSym, Evaluated>();

  constructor(
    private readonly checked: CheckedExpression,
    private readonly env: Environment,
  ) {
    this.view = env.view;
  }
  private get abi() {
    return this.view.abi;
  }

  // ---------------------------------------------------------------- values
  /** The operand as a value: lvalues are read, arrays and functions decay to pointers. */
  private value(expr: Expr): Evaluated & { readonly value: bigint } {
    return this.rvalue(this.lvalue(expr), expr);
  }
  private rvalue(operand: Evaluated, expr: Expr): Evaluated & { readonly value: bigint } {
    const { type } = operand;
    if (type.kind === 'array' || type.kind === 'function') {
      if (operand.address === undefined) throw new EvaluationError(`${this.text(expr)} has no address`);
      return { type: decay(type, this.abi), value: toBits(this.abi, operand.address), address: undefined };
    }
    if (operand.value !== undefined) return { ...operand, value: operand.value };
    if (type.kind === 'struct' || type.kind === 'union') throw new EvaluationError(`a ${typeName(type)} is no number`);
    if (type.kind === 'void') throw new EvaluationError(`${this.text(expr)} has no value`);
    throw new EvaluationError(
      operand.address === undefined
        ? `${this.text(expr)} has no value`
        : `nothing is mapped at ${this.view.hexBits(toBits(this.abi, operand.address))}, where ${this.text(expr)} would be`,
    );
  }
  private at(type: CType, address: number, bits?: { bitOffset?: number; bitWidth?: number }): Evaluated {
    const place = {
      type,
      address,
      ...(bits?.bitWidth === undefined ? {} : { bitOffset: bits.bitOffset ?? 0, bitWidth: bits.bitWidth }),
    };
    return { ...place, value: this.view.read(place) };
  }
  private make(type: CType, value: bigint): Evaluated & { readonly value: bigint } {
    return { type, value: wrap(value, type), address: undefined };
  }
  private truth(expr: Expr): boolean {
    return this.value(expr).value !== 0n;
  }
  private address(pointer: Evaluated & { readonly value: bigint }, expr: Expr): number {
    const address = this.view.addressOf(pointer.value);
    if (address === undefined)
      throw new EvaluationError(
        `${this.text(expr)} is ${this.view.hexBits(pointer.value)}, which is no canonical address`,
      );
    return address;
  }
  private text(expr: Expr): string {
    return expr.kind === 'ident'
      ? expr.name
      : expr.kind === 'member'
        ? `${this.text(expr.base)}${expr.arrow ? '->' : '.'}${expr.name.text}`
        : 'this';
  }

  // ---------------------------------------------------------------- expressions
  lvalue(expr: Expr): Evaluated {
    switch (expr.kind) {
      case 'int':
        return this.make(this.checked.typeOf(expr) ?? basicTypes(this.abi).int, expr.value);
      case 'string':
        throw new EvaluationError('a string of a watch is nowhere in memory');
      case 'ident':
        return this.ident(expr);
      case 'unary':
        return this.unary(expr);
      case 'binary':
        return this.binary(expr);
      case 'conditional': {
        const type = this.checked.typeOf(expr);
        const test = this.value(expr.test);
        const chosen = test.value !== 0n ? (expr.then ? this.lvalue(expr.then) : test) : this.lvalue(expr.else);
        return type && chosen.value !== undefined && type.kind !== 'void'
          ? this.make(decay(type, this.abi), chosen.value)
          : chosen;
      }
      case 'comma':
        this.lvalue(expr.left);
        return this.lvalue(expr.right);
      case 'index': {
        const [base, index] = [this.value(expr.base), this.value(expr.index)];
        const [pointer, offset] = base.type.kind === 'pointer' ? [base, index] : [index, base];
        return this.deref(this.shift(pointer, offset.value), expr);
      }
      case 'member':
        return this.member(this.base(expr.base, expr.arrow), expr.name.text);
      case 'cast': {
        const type = this.checked.typeOfSyntax(expr.type) ?? this.checked.typeOf(expr);
        if (!type) throw new EvaluationError('the type of this cast is not known');
        if (type.kind === 'void') return { type, value: undefined, address: undefined };
        return this.make(type, this.value(expr.operand).value);
      }
      case 'sizeof': {
        const constant = this.checked.constantOf(expr);
        if (constant === undefined) throw new EvaluationError('this size is not known');
        return this.make(sizeType(this.abi), constant);
      }
      case 'call':
        return this.call(expr);
      case 'stmtExpr':
        return this.statements(expr);
      case 'assign':
      case 'postfix':
        throw new EvaluationError('this would change the machine, and a watch only looks: assign in the debug console');
      case 'compound':
        throw new EvaluationError('a compound literal of a watch is nowhere in memory');
      case 'typeArg':
      case 'errorExpr':
        throw new EvaluationError('this is no expression');
    }
  }
  private ident(expr: Extract<Expr, { kind: 'ident' }>): Evaluated {
    const sym = this.checked.symbolOf(expr);
    switch (sym?.kind) {
      case 'var': {
        const temporary = this.temporaries.get(sym);
        if (temporary) return temporary;
        const address = this.env.variable(sym);
        if (address === undefined) throw new EvaluationError(`${sym.name} is not in this frame`);
        return this.at(sym.type, address);
      }
      case 'const':
        return this.make(sym.type, sym.value);
      case 'kernelVar': {
        const found = this.env.kernelVariable(sym);
        if (!found)
          throw new EvaluationError(`${sym.name} is a variable of the kernel that this machine does not keep`);
        return found;
      }
      case 'function':
      case 'context': {
        const found = this.env.object(sym);
        if (!found) throw new EvaluationError(`${sym.name} has no place in memory`);
        return found;
      }
      case 'api':
        throw new EvaluationError(`${sym.name} is a function of the kernel: call it`);
      default:
        throw new EvaluationError(`${expr.name} is not declared`);
    }
  }
  private unary(expr: Unary): Evaluated {
    switch (expr.op) {
      case '&': {
        const operand = this.lvalue(expr.operand);
        if (operand.address === undefined) throw new EvaluationError(`${this.text(expr.operand)} has no address`);
        if (operand.bitWidth !== undefined) throw new EvaluationError('a bit-field has no address');
        return this.make(pointerTo(operand.type, this.abi), toBits(this.abi, operand.address));
      }
      case '*':
        return this.deref(this.value(expr.operand), expr.operand);
      case '!':
        return this.make(basicTypes(this.abi).int, this.truth(expr.operand) ? 0n : 1n);
      case '++':
      case '--':
        throw new EvaluationError('this would change the machine, and a watch only looks: assign in the debug console');
    }
    const { value, type, bitWidth } = this.value(expr.operand);
    const wide = promote(type, this.abi, bitWidth);
    const operand = wrap(value, wide);
    return this.make(wide, expr.op === '-' ? -operand : expr.op === '~' ? ~operand : operand);
  }
  private deref(pointer: Evaluated & { readonly value: bigint }, expr: Expr): Evaluated {
    const { type } = pointer;
    if (type.kind !== 'pointer') throw new EvaluationError(`${this.text(expr)} is no pointer`);
    if (type.to.kind === 'void') throw new EvaluationError('a void * points to nothing of a known type: cast it first');
    const address = this.address(pointer, expr);
    const found = this.at(type.to, address);
    if (
      !this.view.mapped(address, Math.max(1, Math.min(sizeOf(type.to) ?? 1, PAGE_SIZE))) &&
      type.to.kind !== 'function'
    ) {
      const what =
        pointer.value === 0n
          ? `${this.text(expr)} is NULL`
          : `nothing is mapped at ${this.view.hexBits(pointer.value)}`;
      throw new EvaluationError(what);
    }
    return found;
  }
  /** Pointer plus integer. */
  private shift(pointer: Evaluated & { readonly value: bigint }, by: bigint): Evaluated & { readonly value: bigint } {
    const { type } = pointer;
    if (type.kind !== 'pointer') throw new EvaluationError('this is no pointer');
    return this.make(type, pointer.value + by * BigInt(this.step(type)));
  }
  /** Bytes that a pointer moves by: GNU C counts void and functions as one. */
  private step(type: PointerType): number {
    return sizeOf(type.to) ?? 1;
  }
  private base(expr: Expr, arrow: boolean): { type: CType; address: number } {
    if (arrow) {
      const pointer = this.value(expr);
      if (pointer.type.kind !== 'pointer')
        throw new EvaluationError(`${this.text(expr)} is no pointer: use . instead of ->`);
      if (pointer.value === 0n) throw new EvaluationError(`${this.text(expr)} is NULL`);
      return { type: pointer.type.to, address: this.address(pointer, expr) };
    }
    const { type, address } = this.lvalue(expr);
    if (address === undefined) throw new EvaluationError(`${this.text(expr)} has no address`);
    return { type, address };
  }
  private member(base: { type: CType; address: number }, name: string): Evaluated {
    if (base.type.kind !== 'struct' && base.type.kind !== 'union')
      throw new EvaluationError(`a ${typeName(base.type)} has no members`);
    const found = findField(base.type, name);
    if (!found) throw new EvaluationError(`${typeName(base.type)} has no member ${name}`);
    const address = base.address + found.offset;
    const size = sizeOf(found.field.type) ?? 1;
    if (!this.view.mapped(address, Math.max(1, Math.min(size, PAGE_SIZE))))
      throw new EvaluationError(
        `nothing is mapped at ${this.view.hexBits(toBits(this.abi, address))}, where ${name} would be`,
      );
    return this.at(found.field.type, address, found.field);
  }

  // ---------------------------------------------------------------- operators
  private binary(expr: Binary): Evaluated {
    const { op } = expr;
    const { int } = basicTypes(this.abi);
    if (op === '&&') return this.make(int, this.truth(expr.left) && this.truth(expr.right) ? 1n : 0n);
    if (op === '||') return this.make(int, this.truth(expr.left) || this.truth(expr.right) ? 1n : 0n);
    const left = this.value(expr.left);
    const right = this.value(expr.right);
    const compare = COMPARE[op];
    if (left.type.kind === 'pointer' || right.type.kind === 'pointer') {
      if (compare) return this.make(int, compare(bitsOf(left), bitsOf(right)) ? 1n : 0n);
      if (op === '-' && left.type.kind === 'pointer' && right.type.kind === 'pointer') {
        const { long } = basicTypes(this.abi);
        const distance = wrap(left.value - right.value, long);
        return this.make(long, distance / BigInt(this.step(left.type)));
      }
      if (op === '+')
        return left.type.kind === 'pointer' ? this.shift(left, right.value) : this.shift(right, left.value);
      if (op === '-') return this.shift(left, -right.value);
      throw new EvaluationError(`${op} is not for pointers`);
    }
    if (op === '<<' || op === '>>') {
      const type = promote(left.type, this.abi, left.bitWidth);
      const value = wrap(left.value, type);
      if (right.value < 0n || right.value >= BigInt((sizeOf(type) ?? 4) * 8))
        throw new EvaluationError(`shifted by ${right.value} bits`);
      return this.make(type, op === '<<' ? value << right.value : value >> right.value);
    }
    const common = usualArithmetic(
      promote(left.type, this.abi, left.bitWidth),
      promote(right.type, this.abi, right.bitWidth),
      this.abi,
    );
    const [a, b] = [wrap(left.value, common), wrap(right.value, common)];
    if (compare) return this.make(int, compare(a, b) ? 1n : 0n);
    if ((op === '/' || op === '%') && b === 0n) throw new EvaluationError('division by zero');
    const compute = ARITHMETIC[op];
    if (!compute) throw new EvaluationError(`${op} is no operator`);
    return this.make(common, compute(a, b));
  }

  // ---------------------------------------------------------------- calls
  private call(expr: Call): Evaluated {
    // offsetof and its like: calls in form only
    const constant = this.checked.constantOf(expr);
    if (constant !== undefined) return this.make(this.checked.typeOf(expr) ?? sizeType(this.abi), constant);
    const expansion = this.checked.expansionOf(expr);
    if (expansion) return this.lvalue(expansion);
    const { callee } = expr;
    const sym = callee.kind === 'ident' ? this.checked.symbolOf(callee) : undefined;
    if (sym?.kind === 'api') {
      const { params } = sym.type.kind === 'function' ? sym.type : { params: [] };
      const args = expr.args.map((arg, i) => {
        const value = this.value(arg);
        const type = params[i]?.type;
        return type && type.kind !== 'struct' && type.kind !== 'union'
          ? this.make(decay(type, this.abi), value.value)
          : value;
      });
      return this.env.call(sym, args);
    }
    const name = callee.kind === 'ident' ? callee.name : 'this';
    throw new EvaluationError(
      `${name}() is code of the scenario: running it would change the machine, and a watch only looks`,
    );
  }
  /** `({ declarations; result; })` of an expanded macro: its locals are kept here. */
  private statements(expr: StmtExprNode): Evaluated {
    for (const statement of expr.body.body) {
      if (statement.kind === 'decl') {
        for (const declarator of statement.decl.declarators) {
          const sym = this.symbolOfDeclarator(declarator);
          const { init } = declarator;
          if (!sym || !init || isList(init))
            throw new EvaluationError('this macro keeps something in a variable: a watch can’t');
          const value = this.lvalue(init);
          this.temporaries.set(
            sym,
            value.value === undefined ? value : this.make(decay(sym.type, this.abi), value.value),
          );
        }
      } else if (statement.kind === 'expr') this.lvalue(statement.expr);
      else if (statement.kind !== 'empty') throw new EvaluationError('this macro runs statements: a watch only looks');
    }
    return expr.result ? this.lvalue(expr.result) : { type: { kind: 'void' }, value: undefined, address: undefined };
  }
  private symbolOfDeclarator(declarator: { readonly name: { readonly text: string } }): VarSym | undefined {
    const sym = this.checked.symbolOf((declarator as { name: Parameters<CheckedExpression['symbolOf']>[0] }).name);
    return sym?.kind === 'var' ? sym : this.checked.temporaries.find((t) => t.name === declarator.name.text);
  }
}

const isList = (init: Expr | InitList): init is InitList => init.kind === 'initList';
/** A pointer's or integer's bits for comparing addresses: unsigned at 64 bits. */
const bitsOf = (operand: { readonly type: CType; readonly value: bigint }): bigint =>
  operand.type.kind === 'pointer' ? operand.value : BigInt.asUintN(64, operand.value);
const COMPARE: Partial<Record<BinaryOp, (a: bigint, b: bigint) => boolean>> = {
  '<': (a, b) => a < b,
  '>': (a, b) => a > b,
  '<=': (a, b) => a <= b,
  '>=': (a, b) => a >= b,
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
};
const ARITHMETIC: Partial<Record<BinaryOp, (a: bigint, b: bigint) => bigint>> = {
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '&': (a, b) => a & b,
  '^': (a, b) => a ^ b,
  '|': (a, b) => a | b,
};

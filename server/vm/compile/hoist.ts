/**
 * What must come before an expression. Whatever can call a function, wait, or be interrupted in the middle becomes an instruction of its own in
 * front of the expression it stands in, with its result in a hidden slot of the frame: then every moment of the program has one number, the pc.
 */

import { SCRATCH } from '../../kernel/sched/block';
import type { ContextSym, FunctionSym, Sym, VarSym } from '../../language/check/program';
import type { Block, Call, Declaration, Expr, Span, Stmt } from '../../language/syntax/tree';
import { decay, promote } from '../../types/conversions';
import { alignOf, type CType, type FunctionType, sizeOf } from '../../types/ctype';
import type { Builtin } from '../machine/machine';
import {
  type Argument,
  CompileError,
  type FunctionCode,
  Instr,
  OP_API,
  OP_BRANCH,
  OP_CALL,
  OP_CALL_POINTER,
  OP_EVAL,
  OP_JUMP,
} from '../program/code';
import type { Place } from '../values/access';
import { convert } from '../values/value';
import type { CodeBuilder } from './compile';
import { ExprCompiler } from './exprs';
import { lowerSpecial } from './special';

const simpleStatement = (s: Stmt): boolean => s.kind === 'expr' || s.kind === 'decl' || s.kind === 'empty';

export abstract class Hoister {
  readonly exprs: ExprCompiler;
  private readonly hoists = new Map<Expr, boolean>();
  protected frameBytes = 0;
  /** inside a macro's expansion: its parts are no places to stop at */
  protected quiet = 0;

  constructor(
    readonly builder: CodeBuilder,
    readonly fn: FunctionCode,
    readonly owner: FunctionSym | ContextSym,
  ) {
    const { abi } = builder.program;
    this.exprs = new ExprCompiler(
      builder.machine.access,
      builder.program,
      builder,
      abi,
      (sym) => this.slotOf(sym),
      (type) => this.temporary(type),
    );
  }
  protected abstract stmt(stmt: Stmt): void;

  // ---------------------------------------------------------------- the frame
  protected reserve(size: number, align: number): number {
    const at = Math.ceil(this.frameBytes / Math.max(1, align)) * Math.max(1, align);
    this.frameBytes = at + size;
    return at;
  }
  protected slotOf(sym: VarSym): Place {
    let offset = this.fn.slots.get(sym);
    if (offset === undefined) {
      offset = this.reserve(sizeOf(sym.type) ?? 0, Math.max(4, alignOf(sym.type)));
      this.fn.slots.set(sym, offset);
    }
    return { kind: 'frame', offset };
  }
  /** A hidden slot. */
  temporary(type: CType): Place {
    const t = decay(type, this.exprs.abi);
    const kept = this.exprs.isRecord(type) || type.kind === 'array' ? type : t;
    return { kind: 'frame', offset: this.reserve(Math.max(4, sizeOf(kept) ?? 4), Math.max(4, alignOf(kept))) };
  }

  // ---------------------------------------------------------------- code
  emit(op: number, span: Span | undefined): Instr {
    return this.builder.emit(new Instr(op, span));
  }
  protected instr(at: number): Instr {
    return this.builder.code[at] as Instr;
  }
  get here(): number {
    return this.builder.here;
  }
  evaluate(effects: readonly (() => void)[], span: Span): void {
    for (const run of effects) this.emit(OP_EVAL, span).run = run;
  }
  /** Jumps somewhere if `expr` is false; the jump's target is set later. */
  protected branch(expr: Expr): Instr {
    this.hoist(expr);
    const i = this.emit(OP_BRANCH, expr.span);
    i.test = this.exprs.truth(expr);
    return i;
  }
  jump(span: Span): Instr {
    return this.emit(OP_JUMP, span);
  }

  /** The parts of a macro, which are one statement of the user's. */
  quietly(run: () => void): void {
    this.quiet++;
    run();
    this.quiet--;
  }
  protected block(block: Block): void {
    for (const stmt of block.body) this.stmt(stmt);
  }
  /** An expression for its effect. */
  expression(expr: Expr): void {
    const plain = stripVoid(expr);
    if (this.callStatement(plain)) return;
    this.hoist(plain);
    if (this.exprs.done.has(plain)) return;
    const i = this.emit(OP_EVAL, expr.span);
    i.run = this.exprs.effect(plain);
  }
  /** A call that stands alone: its result isn't kept. True if it was one. */
  protected callStatement(expr: Expr): boolean {
    if (expr.kind !== 'call' || !this.needsHoist(expr)) return false;
    const expansion = this.exprs.tables.expansionOf(expr);
    if (expansion) {
      this.expression(expansion);
      return true;
    }
    this.emitCall(expr, undefined);
    return true;
  }

  protected hoistInit(init: Declaration['declarators'][number]['init']): void {
    if (!init) return;
    if (init.kind !== 'initList') this.hoist(init);
    else for (const item of init.items) this.hoistInit(item.value);
  }
  // ---------------------------------------------------------------- hoisting
  /** Whether an expression holds something that must be an instruction of its own. */
  needsHoist(expr: Expr): boolean {
    let known = this.hoists.get(expr);
    if (known === undefined) {
      known = this.findHoist(expr);
      this.hoists.set(expr, known);
    }
    return known;
  }
  protected findHoist(expr: Expr): boolean {
    const any = (...list: (Expr | undefined)[]): boolean => list.some((e) => e !== undefined && this.needsHoist(e));
    switch (expr.kind) {
      case 'unary':
      case 'postfix':
      case 'cast':
        return any(expr.operand);
      case 'binary':
      case 'assign':
      case 'comma':
        return any(expr.left, expr.right);
      case 'conditional':
        return any(expr.test, expr.then, expr.else);
      case 'index':
        return any(expr.base, expr.index);
      case 'member':
        return any(expr.base);
      case 'compound':
        return this.initNeedsHoist(expr.init);
      case 'stmtExpr':
        return (
          !expr.body.body.every(simpleStatement) ||
          expr.body.body.some((s) => this.stmtNeedsHoist(s)) ||
          any(expr.result)
        );
      case 'call': {
        const expansion = this.exprs.tables.expansionOf(expr);
        if (expansion) return this.needsHoist(expansion);
        // offsetof and its like
        if (this.exprs.tables.constantOf(expr) !== undefined) return false;
        const builtin = this.builtinOf(expr);
        if (builtin?.form !== 'inline') return true;
        return any(...expr.args);
      }
      default:
        return false;
    }
  }
  protected initNeedsHoist(init: Expr | { kind: 'initList'; items: readonly { value: unknown }[] }): boolean {
    if (init.kind !== 'initList') return this.needsHoist(init as Expr);
    return init.items.some((i) => this.initNeedsHoist(i.value as Expr));
  }
  protected stmtNeedsHoist(stmt: Stmt): boolean {
    if (stmt.kind === 'expr') return this.needsHoist(stmt.expr);
    if (stmt.kind === 'decl')
      return stmt.decl.declarators.some((d) => d.init !== undefined && this.initNeedsHoist(d.init));
    return stmt.kind !== 'empty';
  }
  /** The function of the API that a call names; undefined for one of the scenario's own. */
  builtinOf(call: Call): Builtin | undefined {
    const sym = this.calleeOf(call);
    return sym?.kind === 'api' ? this.builder.builtin(sym.name) : undefined;
  }
  protected calleeOf(call: Call): Sym | undefined {
    return call.callee.kind === 'ident' ? this.exprs.tables.symbolOf(call.callee) : undefined;
  }

  /** Emits what must come before `expr`, so that what is left of it is a closure. */
  hoist(expr: Expr): void {
    if (!this.needsHoist(expr)) return;
    const { exprs } = this;
    switch (expr.kind) {
      case 'unary':
      case 'postfix':
      case 'cast':
        this.hoist(expr.operand);
        return;
      case 'binary':
        if (expr.op === '&&' || expr.op === '||') {
          if (this.needsHoist(expr.right)) this.logical(expr);
          else this.hoist(expr.left);
          return;
        }
        // C leaves open whether the left side is read before a call on the right: it is read after it
        this.hoist(expr.left);
        this.hoist(expr.right);
        return;
      case 'assign':
        this.hoist(expr.left);
        this.hoist(expr.right);
        return;
      case 'comma':
        this.expression(expr.left);
        this.hoist(expr.right);
        exprs.alias.set(expr, expr.right);
        return;
      case 'conditional':
        this.conditional(expr);
        return;
      case 'index':
        this.hoist(expr.base);
        this.hoist(expr.index);
        return;
      case 'member':
        this.hoist(expr.base);
        return;
      case 'compound':
        this.hoistInit(expr.init);
        return;
      case 'stmtExpr':
        this.stmtExpr(expr);
        return;
      case 'call': {
        const expansion = exprs.tables.expansionOf(expr);
        if (expansion) {
          this.hoist(expansion);
          return;
        }
        if (this.builtinOf(expr)?.form === 'inline') {
          for (const arg of expr.args) this.hoist(arg);
          return;
        }
        const type = exprs.tables.typeOf(expr);
        const place = type && type.kind !== 'void' ? this.temporary(type) : undefined;
        this.emitCall(expr, place);
        exprs.done.set(expr, place ?? { kind: 'cell', cell: { value: 0 } });
        return;
      }
      default:
        return;
    }
  }
  protected logical(expr: Expr & { kind: 'binary' }): void {
    const { exprs } = this;
    const place = this.temporary(exprs.type(expr));
    const store = exprs.access.store(place, exprs.shape(exprs.type(expr)));
    const and = expr.op === '&&';
    this.evaluate([() => store(and ? 0 : 1)], expr.span);
    this.hoist(expr.left);
    const left = exprs.truth(expr.left);
    const first = this.emit(OP_BRANCH, expr.span);
    first.test = and ? left : () => !left();
    this.hoist(expr.right);
    const right = exprs.truth(expr.right);
    this.evaluate([() => store(right() ? 1 : 0)], expr.span);
    first.target = this.here;
    exprs.done.set(expr, place);
  }
  protected conditional(expr: Expr & { kind: 'conditional' }): void {
    const { exprs } = this;
    const type = exprs.tables.typeOf(expr);
    const kept = type && type.kind !== 'void' ? decayed(type, exprs) : undefined;
    const place = kept ? this.temporary(kept) : undefined;
    const put = (e: Expr) => {
      if (place && kept) {
        this.hoist(e);
        this.evaluate([exprs.storeIn(place, kept, e)], e.span);
      } else this.expression(e);
    };
    if (!expr.then) {
      // a ?: b: a is evaluated once
      this.hoist(expr.test);
      if (place && kept) this.evaluate([exprs.storeIn(place, kept, expr.test)], expr.test.span);
      const no = this.emit(OP_BRANCH, expr.span);
      const value = place && kept ? exprs.loadPlace(place, kept) : exprs.value(expr.test);
      no.test = () => value() === 0;
      put(expr.else);
      no.target = this.here;
    } else {
      const otherwise = this.branch(expr.test);
      put(expr.then);
      const end = this.jump(expr.span);
      otherwise.target = this.here;
      put(expr.else);
      end.target = this.here;
    }
    exprs.done.set(expr, place ?? { kind: 'cell', cell: { value: 0 } });
  }
  protected stmtExpr(expr: Expr & { kind: 'stmtExpr' }): void {
    const { exprs } = this;
    this.quietly(() => this.block(expr.body));
    const type = exprs.tables.typeOf(expr);
    if (!expr.result || !type || type.kind === 'void') {
      if (expr.result) this.quietly(() => this.expression(expr.result as Expr));
      exprs.done.set(expr, { kind: 'cell', cell: { value: 0 } });
      return;
    }
    this.hoist(expr.result);
    const kept = decayed(type, exprs);
    const place = this.temporary(kept);
    this.evaluate([exprs.storeIn(place, kept, expr.result)], expr.span);
    exprs.done.set(expr, place);
  }

  // ---------------------------------------------------------------- calls
  /** Emits a call; its result goes to `place`. */
  emitCall(call: Call, place: Place | undefined): void {
    const { exprs, builder } = this;
    const sym = this.calleeOf(call);
    if (
      (sym?.kind ?? 'api') === 'api' &&
      call.callee.kind === 'ident' &&
      lowerSpecial(this, call, call.callee.name, place)
    )
      return;
    if (sym?.kind === 'api') {
      const builtin = builder.builtin(sym.name);
      if (!builtin) throw notExecutable(sym.name, call.span);
      this.emitApi(call, sym.name, builtin, sym.type.kind === 'function' ? sym.type : undefined, place);
      return;
    }
    for (const arg of call.args) this.hoist(arg);
    const calleeType = exprs.valueType(call.callee);
    const type = calleeType.kind === 'pointer' && calleeType.to.kind === 'function' ? calleeType.to : undefined;
    if (!type) throw new CompileError('not-a-function', 'this is not a function', call.span);
    const args = this.args(call, type);
    let i: Instr;
    if (sym?.kind === 'function') {
      i = this.emit(OP_CALL, call.span);
      i.callee = builder.functionCode(sym);
    } else {
      this.hoist(call.callee);
      const pointer = exprs.value(call.callee);
      i = this.emit(OP_CALL_POINTER, call.span);
      i.pointer = pointer;
      i.scratch = this.reserve(SCRATCH, 8);
    }
    i.args = args;
    this.setResult(i, type.returns, place);
  }
  protected setResult(i: Instr, type: CType, place: Place | undefined): void {
    if (!place || type.kind === 'void') return;
    const { exprs } = this;
    if (exprs.isRecord(type)) {
      i.resultAddress = exprs.access.address(place);
      i.resultSize = sizeOf(type) ?? 0;
      return;
    }
    const shape = exprs.shape(type);
    const store = exprs.access.store(place, shape);
    i.result = (v) => store(convert(v, shape));
  }
  protected args(call: Call, type: FunctionType | undefined): Argument[] {
    const { exprs } = this;
    return call.args.map((arg, n): Argument => {
      const param = type?.params[n]?.type;
      if (arg.kind === 'typeArg')
        return { value: () => 0, type: exprs.abi.wordSize === 8 ? { kind: 'void' } : { kind: 'void' } };
      const own = exprs.valueType(arg);
      if (exprs.isRecord(own)) return { value: exprs.access.address(exprs.place(arg)), type: own };
      if (param) return { value: exprs.asType(arg, param), type: param };
      return { value: exprs.promoted(arg), type: promote(own, exprs.abi) };
    });
  }
  /** A call of the kernel's API. Arguments of one that may wait are evaluated once, into slots. */
  emitApi(call: Call, name: string, builtin: Builtin, type: FunctionType | undefined, place: Place | undefined): void {
    const { exprs } = this;
    for (const arg of call.args) this.hoist(arg);
    let args = this.args(call, type);
    if (builtin.form === 'wait') {
      args = args.map((arg) => {
        if (arg.type.kind === 'void' || exprs.isRecord(arg.type)) return arg;
        const kept = decay(arg.type, exprs.abi);
        const slot = this.temporary(kept);
        const store = exprs.access.store(slot, exprs.shape(kept));
        const { value } = arg;
        this.evaluate([() => store(value())], call.span);
        return { value: exprs.access.load(slot, exprs.shape(kept)), type: kept };
      });
    }
    const i = this.emit(OP_API, call.span);
    i.api = builtin;
    i.apiName = name;
    i.args = args;
    if (builtin.form === 'wait') i.scratch = this.reserve(SCRATCH, 8);
    if (type) this.setResult(i, type.returns, place);
  }
}

export function notExecutable(name: string, span: Span): CompileError {
  return new CompileError(
    'not-executable',
    `'${name}' can not be run yet: kmem knows its rules and checks them, but does not emulate it; take the call out to run this scenario`,
    span,
  );
}
/** `(void)f()` */
function stripVoid(expr: Expr): Expr {
  let e = expr;
  while (e.kind === 'cast' && e.type.kind === 'basicType' && e.type.words.length === 1 && e.type.words[0] === 'void')
    e = e.operand;
  return e;
}
function decayed(type: CType, exprs: ExprCompiler): CType {
  return exprs.isRecord(type) ? type : decay(type, exprs.abi);
}

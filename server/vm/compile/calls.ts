/** Calls to instructions. What their arguments need has been moved in front by lower.ts (`operandsOfCall` lists them). */

import { SCRATCH } from '../../kernel/sched/block';
import { lookupApi } from '../../language/catalogue/catalogue';
import type { Sym } from '../../language/check/context/program';
import type { Call, Expr, Span } from '../../language/syntax/tree';
import { constantTable } from '../../profiles/constantTable';
import { decay, isRecord, promote } from '../../types/conversions';
import type { CType, FunctionType } from '../../types/ctype';
import { builtinNamed } from '../builtins/builtins';
import type { Builtin } from '../machine/machine';
import { type Argument, CompileError, OP_API, OP_CALL, OP_CALL_POINTER, type ResultSink } from '../program/code';
import type { Lvalue } from '../values/access';
import { shapeIn, valueType } from './exprContext';
import { lvalue, promoted, value, valueForType } from './exprs';
import { evaluate, type LowerContext, scalarStore } from './lowerContext';
import { emitSpecial, specialOperands } from './special';

const VOID: CType = { kind: 'void' };

function calleeOf(cx: LowerContext, call: Call): Sym | undefined {
  return call.callee.kind === 'ident' ? cx.exprs.tables.symbolOf(call.callee) : undefined;
}
/** The expressions of a call that must be moved in front of it where they need it; what gives the function comes first, as in gcc. */
export function operandsOfCall(cx: LowerContext, call: Call): readonly Expr[] {
  const kind = calleeOf(cx, call)?.kind;
  if (kind === 'function') return call.args;
  const special = kind === 'api' || kind === undefined ? specialOperands(call) : undefined;
  return special ?? [call.callee, ...call.args];
}
/** Emits a call whose operands have been hoisted; its result goes to `target`. */
export function emitCall(cx: LowerContext, call: Call, target: Lvalue | undefined): void {
  const sym = calleeOf(cx, call);
  if ((sym?.kind === 'api' || sym === undefined) && emitSpecial(cx, call)) return;
  if (sym?.kind === 'api') {
    const builtin = builtinNamed(sym.name);
    if (!builtin) throw notExecutable(sym.name, call.span);
    emitApi(cx, call, sym.name, builtin, sym.type.kind === 'function' ? sym.type : undefined, target);
    return;
  }
  const calleeType = valueType(cx.exprs, call.callee);
  const type = calleeType.kind === 'pointer' && calleeType.to.kind === 'function' ? calleeType.to : undefined;
  if (!type) throw new CompileError('not-a-function', 'this is not a function', call.span);
  const { emitter } = cx;
  const args = argumentsOf(cx, call, type);
  const result = resultSink(cx, type.returns, target);
  const { span } = call;
  if (sym?.kind === 'function') {
    emitter.emit({ op: OP_CALL, span, callee: cx.functionCode(sym), args, result });
    return;
  }
  const pointer = value(cx.exprs, call.callee);
  emitter.emit({ op: OP_CALL_POINTER, span, pointer, args, result });
}
function resultSink(cx: LowerContext, type: CType, target: Lvalue | undefined): ResultSink | undefined {
  if (!target || type.kind === 'void') return undefined;
  const { access } = cx.exprs;
  const store = scalarStore(cx, target, type);
  return store ? { kind: 'scalar', store } : { kind: 'record', address: access.address(target) };
}
function argumentsOf(cx: LowerContext, call: Call, type: FunctionType | undefined): Argument[] {
  const { exprs } = cx;
  return call.args.map((arg, n): Argument => {
    const param = type?.params[n]?.type;
    if (arg.kind === 'typeArg') return { value: () => 0, type: VOID };
    const own = valueType(exprs, arg);
    if (isRecord(own)) return { value: exprs.access.address(lvalue(exprs, arg)), type: own };
    if (param) return { value: valueForType(exprs, arg, param), type: param };
    return { value: promoted(exprs, arg), type: promote(own, exprs.abi) };
  });
}
/** A call of the kernel's API. Arguments of one that may wait are evaluated once, into slots. */
function emitApi(
  cx: LowerContext,
  call: Call,
  name: string,
  api: Builtin,
  type: FunctionType | undefined,
  target: Lvalue | undefined,
): void {
  let args = argumentsOf(cx, call, type);
  const waits = api.form === 'wait';
  if (waits) args = args.map((arg) => kept(cx, arg, call.span));
  const scratch = waits ? cx.frame.reserve(SCRATCH, 8) : -1;
  const result = type && resultSink(cx, type.returns, target);
  cx.emitter.emit({ op: OP_API, span: call.span, name, symbol: symbolOf(cx, call, name), api, args, result, scratch });
  if (waits) cx.emitter.callAgain(call.span);
}
/** The function that a call is compiled into, where that depends on its arguments. */
function symbolOf(cx: LowerContext, call: Call, name: string): string | undefined {
  const compiled = lookupApi(name)?.compiledAs;
  const size = compiled && call.args[compiled.arg];
  const bytes = size && cx.exprs.tables.constantOf(size);
  if (bytes === undefined) return undefined;
  const { profile, config } = cx.exprs.machine.kernel;
  return bytes <= (constantTable(profile, config).get('KMALLOC_MAX_CACHE_SIZE')?.value ?? 0n)
    ? compiled?.small
    : compiled?.large;
}
/** An argument evaluated into a hidden slot. */
function kept(cx: LowerContext, arg: Argument, span: Span): Argument {
  const { exprs } = cx;
  if (arg.type.kind === 'void' || isRecord(arg.type)) return arg;
  const type = decay(arg.type, exprs.abi);
  const shape = shapeIn(exprs, type);
  const slot = cx.frame.temporary(type);
  const store = exprs.access.store(slot, shape);
  evaluate(cx, [() => store(arg.value())], span);
  return { value: exprs.access.load(slot, shape), type };
}
function notExecutable(name: string, span: Span): CompileError {
  return new CompileError(
    'not-executable',
    `'${name}' cannot be run yet: kmem knows its rules and checks them, but does not emulate it; take the call out to run this scenario`,
    span,
  );
}

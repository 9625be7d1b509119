/**
 * Functions of the kernel's API whose address the scenario takes, as code of their own: a frame with the arguments, the call, the return.
 * So a callback may wait as any caller does, and a call trace names it.
 */
import { SCRATCH } from '../../kernel/sched/block';
import { decay, isRecord } from '../../types/conversions';
import { basicTypes, type CType, type FunctionType } from '../../types/ctype';
import type { Builtin, Machine } from '../machine/machine';
import { type Argument, FunctionCode, OP_API, OP_RETURN, type ParamSlot, type ResultSink } from '../program/code';
import type { Lvalue } from '../values/access';
import { convert, shapeOf } from '../values/value';
import type { Emitter } from './emitter';
import { FrameLayout } from './frameLayout';

/** A function of the API, as the scenario names it. */
export interface ApiFunction {
  readonly name: string;
  readonly type: FunctionType;
  readonly builtin: Builtin;
  /** virtual address */
  readonly text: number;
}
/** Arguments beyond the prototype's that a function with `...` takes when it is called through a pointer. */
const MORE_ARGUMENTS = 8;

export function apiCode(machine: Machine, emitter: Emitter, { name, type, builtin, text }: ApiFunction): FunctionCode {
  const { abi } = machine.core;
  const { returns, params, variadic } = type;
  const fn = new FunctionCode(name, undefined, 'api', returns);
  const frame = new FrameLayout(abi, fn.slots);
  const { llong } = basicTypes(abi);
  const slot = (type: CType) => place(machine, frame, type);
  const places = [...params.map((p) => p.type), ...Array.from({ length: variadic ? MORE_ARGUMENTS : 0 }, () => llong)];
  const slots = places.map(slot);
  const result = returns.kind === 'void' || isRecord(returns) ? undefined : slot(returns);
  fn.text = text;
  fn.params = slots.map(({ param }) => param);
  fn.entry = emitter.here;
  emitter.emit({
    op: OP_API,
    span: undefined,
    name,
    api: builtin,
    args: slots.map(({ argument }) => argument),
    result: result?.sink,
    scratch: builtin.form === 'wait' ? frame.reserve(SCRATCH, 8) : -1,
  });
  if (builtin.form === 'wait') emitter.callAgain(undefined);
  const returned = result && { kind: 'scalar' as const, value: result.argument.value };
  emitter.emit({ op: OP_RETURN, span: undefined, returned });
  fn.end = emitter.here;
  fn.frameSize = frame.frameSize;
  fn.frameAlign = frame.frameAlign;
  return fn;
}
/** A slot of the frame, as a parameter, as an argument, and for a result. */
function place(
  { access, core }: Machine,
  frame: FrameLayout,
  of: CType,
): { readonly param: ParamSlot; readonly argument: Argument; readonly sink: ResultSink } {
  const type = decay(of, core.abi);
  const shape = shapeOf(type, core.wordSize);
  const offset = frame.reserve(8, 8);
  const lvalue: Lvalue = { kind: 'frame', offset };
  const write = access.store(lvalue, shape);
  const store: ParamSlot['store'] = (value) => write(convert(value, shape));
  return {
    param: { offset, type, store, size: 8 },
    argument: { value: access.load(lvalue, shape), type },
    sink: { kind: 'scalar', store: write },
  };
}

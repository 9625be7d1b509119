/**
 * Expressions of the debugger (watches, hovers, conditions, the console) to closures, by the code that compiles the program, so that a text
 * means the same in both. They only read: writes, and calls of functions that are not known to be read-only, are refused, but in a
 * statement of the console. Locals lie in the
 * frame that is loaded in the machine's registers when the closure runs (run/lookAtFrame.ts), per-CPU variables on its CPU.
 */

import type { CheckedExpression, Sym, VarSym } from '../../language/check/context/program';
import type { Call, Expr } from '../../language/syntax/tree';
import { PageFaultError } from '../../memory/space';
import { toAddress } from '../../types/address';
import { isRecord, isScalar } from '../../types/conversions';
import { type CType, sizeOf } from '../../types/ctype';
import { PAGE_SIZE } from '../../types/pageSize';
import { builtinNamed } from '../builtins/builtins';
import type { Builtin, Machine } from '../machine/machine';
import { CompileError, type FunctionCode } from '../program/code';
import type { CompiledProgram } from '../program/compiledProgram';
import type { BitRange, Eval, Lvalue } from '../values/access';
import type { Value } from '../values/value';
import { once } from './closures';
import { type Cell, type ExprContext, exprContext, type Names, typeOf, valueType } from './exprContext';
import { effect, loaded, lvalue, value } from './exprs';
import { literalMember } from './literalMember';

const READ_ONLY = 'this would change the machine, and a watch is read-only: assign in the debug console';

/** The result of an evaluation. */
export interface Seen {
  /** in the form of vm/values; undefined for structures, arrays, functions, and without a value (void) */
  readonly value: Value | undefined;
  /** of the object the expression designates; undefined for a value that is not stored */
  readonly address: number | undefined;
}
export interface CompiledExpression {
  /** the result's type: not decayed if it has an address */
  readonly type: CType;
  readonly bits: BitRange | undefined;
  /** Evaluates in the frame in the machine's registers. @throws what a statement of the program would throw */
  look(): Seen;
}

/** What a statement of the console may do that a watch may not: assign, and call these functions. */
export interface Allowed {
  /** the function that a call runs. @throws CompileError */
  builtin(name: string, builtin: Builtin): Builtin;
}
/** The context for expressions inside `fn`, or at file scope if it is undefined. */
export function watchContext(
  machine: Machine,
  compiled: CompiledProgram,
  checked: CheckedExpression,
  fn: FunctionCode | undefined,
  allowed?: Allowed,
): ExprContext {
  const names = watchNames(machine, compiled, checked, fn, allowed);
  const temporary = (): Lvalue => refuse('a compound literal in a watch is not stored in memory');
  return exprContext(machine, checked, names, temporary, allowed ? undefined : READ_ONLY);
}
/** Compiles an expression, or a part of one. @throws CompileError for what a watch cannot do */
export function compileExpression(cx: ExprContext, expr: Expr): CompiledExpression {
  // macros that the emulator does not run have no type: report that rather than a missing type
  if (expr.kind === 'call' && !cx.tables.typeOf(expr)) cx.names.inlineBuiltin(expr);
  if (designates(cx, expr)) return designated(cx, typeOf(cx, expr), lvalue(cx, expr));
  const type = valueType(cx, expr);
  if (isRecord(type)) return designated(cx, type, lvalue(cx, expr));
  if (type.kind === 'void') {
    const run = effect(cx, expr);
    return {
      type,
      bits: undefined,
      look() {
        run();
        return NOTHING;
      },
    };
  }
  const own = value(cx, expr);
  return { type, bits: undefined, look: () => ({ value: own(), address: undefined }) };
}
const NOTHING: Seen = { value: undefined, address: undefined };

/** Whether an expression is an lvalue, an object in memory. */
function designates(cx: ExprContext, expr: Expr): boolean {
  switch (expr.kind) {
    case 'ident': {
      const sym = cx.tables.symbolOf(expr);
      if (sym?.kind === 'var') return sym.storage === 'global' || cx.names.local(sym).kind !== 'cell';
      if (sym?.kind === 'kernelVar') return typeof cx.names.kernelVariable(sym) !== 'function';
      if (sym?.kind === 'context') return typeof cx.names.context(sym) !== 'function';
      return sym?.kind === 'function';
    }
    case 'unary':
      return expr.op === '*';
    case 'index':
      return true;
    case 'member':
      return !literalMember(cx, expr);
    case 'call': {
      const expansion = cx.tables.expansionOf(expr);
      return expansion !== undefined && cx.tables.constantOf(expr) === undefined && designates(cx, expansion);
    }
    case 'stmtExpr':
      return expr.result !== undefined && designates(cx, expr.result);
    default:
      return false;
  }
}
/** Bytes from the beginning of an object that must be mapped to look at it: of a structure or array, those of its first page. */
export function mappedBytes(type: CType): number {
  if (type.kind === 'function') return 0;
  return isScalar(type) ? (sizeOf(type) ?? 0) : Math.max(1, Math.min(sizeOf(type) ?? 1, PAGE_SIZE));
}
function designated(cx: ExprContext, type: CType, lies: Lvalue): CompiledExpression {
  if (type.kind === 'void') refuse('a void * has no known target type: cast it first');
  const { access } = cx;
  const { target, begin } = once(lies);
  const addressOf = access.address(target);
  const load: Eval | undefined = isScalar(type) ? loaded(cx, target, type) : undefined;
  // a scalar's are read, which finds out
  const bytes = load ? 0 : mappedBytes(type);
  return {
    type,
    bits: lies.bits,
    look() {
      begin?.();
      const address = access.pointer(addressOf());
      const mapped = bytes > 0 ? access.space.mappedLength(address, bytes) : 0;
      if (mapped < bytes) throw new PageFaultError(address + mapped, false);
      return { value: load?.(), address };
    },
  };
}

function refuse(message: string): never {
  throw new CompileError('not-executable', message, undefined);
}
function watchNames(
  machine: Machine,
  compiled: CompiledProgram,
  checked: CheckedExpression,
  fn: FunctionCode | undefined,
  allowed: Allowed | undefined,
): Names {
  const { regs, core, kernel } = machine;
  const cells = new Map<VarSym, Cell>();
  /** A variable of which each CPU may have its own copy. */
  const perCpu = (addressOn: (cpu: number) => number): Lvalue => {
    const addresses = Array.from({ length: core.cpus }, (_, cpu) => addressOn(cpu));
    const [first = 0] = addresses;
    if (addresses.every((a) => a === first)) return { kind: 'fixed', address: first };
    return { kind: 'dynamic', base: () => addresses[regs.cpu] ?? first, offset: 0 };
  };
  return {
    global: (sym) => perCpu((cpu) => compiled.addressOfGlobal(sym, cpu) ?? refuse(`${sym.name} has no size`)),
    local(sym) {
      const offset = fn?.slots.get(sym);
      if (offset !== undefined) return { kind: 'frame', offset };
      if (!checked.temporaries.includes(sym)) return refuse(`${sym.name} is not in this frame`);
      const cell = cells.get(sym) ?? { kind: 'cell', value: 0 };
      cells.set(sym, cell);
      return cell;
    },
    functionAddress: (sym) => textOf(compiled, sym),
    kernelVariable({ name }) {
      if (name === 'current') return () => regs.task;
      if (!kernel.symbols.lookup(name)) refuse(`${name} is a variable of the kernel that this machine does not keep`);
      return perCpu((cpu) => kernel.symbols.address(name, cpu));
    },
    context: (sym) => compiled.contextValue(sym),
    string: () => refuse('a string literal in a watch is not stored in memory'),
    inlineBuiltin: (call) => builtinOf(checked, call, allowed),
  };
}
function textOf(compiled: CompiledProgram, sym: Sym): Eval {
  if (sym.kind === 'api') refuse(`${sym.name} is a function of the kernel: call it`);
  const fn = compiled.functions.find((f) => f.sym === sym);
  if (!fn) refuse(`${sym.name} is not stored in memory`);
  return () => fn.text;
}
/** The function a call runs, if it is read-only or allowed. */
function builtinOf(checked: CheckedExpression, { callee }: Call, allowed: Allowed | undefined): Builtin {
  const name = callee.kind === 'ident' ? callee.name : 'this';
  const sym = callee.kind === 'ident' ? checked.symbolOf(callee) : undefined;
  if (sym?.kind !== 'api')
    refuse(`${name}() is code of the scenario: it runs as part of the scenario only, where it can be stepped through`);
  // the debugger's question moves no task: it is answered without the check
  if (name === 'smp_processor_id') return { form: 'inline', call: (machine) => machine.regs.cpu };
  if (isPerCpuPointer(name)) return perCpuPointer(name);
  const builtin = builtinNamed(name);
  if (!builtin) refuse(`only the linter knows ${name}(): the emulator does not run it yet`);
  if (builtin.form !== 'inline')
    return allowed
      ? allowed.builtin(name, builtin)
      : refuse(`${name}() may change the machine, and a watch is read-only`);
  return builtin;
}
const PER_CPU_POINTERS = ['__kmem_this_cpu_ptr', '__kmem_checked_cpu_ptr', '__kmem_per_cpu_ptr'] as const;
type PerCpuPointer = (typeof PER_CPU_POINTERS)[number];
const isPerCpuPointer = (name: string): name is PerCpuPointer => (PER_CPU_POINTERS as readonly string[]).includes(name);
/**
 * The primitives of this_cpu_ptr() and per_cpu_ptr(). In a watch, the name of a per-CPU variable means a CPU's copy, so that `&counter` is
 * the address of that copy; the program's functions want the variable's own address. "This" CPU is the frame's.
 */
function perCpuPointer(name: PerCpuPointer): Builtin {
  const ofCpu = builtinNamed('__kmem_per_cpu_ptr');
  return {
    form: 'inline',
    call(machine, [pointer = 0, cpu = 0], site) {
      const copy = machine.kernel.percpu.find(toAddress(machine.kernel.abi, BigInt(pointer)));
      const own = copy ? copy.address : pointer;
      return ofCpu?.call(machine, [own, name === '__kmem_per_cpu_ptr' ? cpu : machine.regs.cpu], site);
    },
  };
}

/**
 * Static data: globals, per-CPU variables, strings, and the objects of blocks, in the emulated kernel's image; and their initial values.
 */

import { MAX_SOFTIRQS, NR_SOFTIRQS } from '../../kernel/irq/softirq';
import { globalRedzone, RED_ZONE } from '../../kernel/mm/kasan/stack_frames';
import { FIRST_IRQ, NR_IRQS } from '../../kernel/sched/core';
import type { ContextSym, Program, VarSym } from '../../language/check/context/program';
import { fitsBits } from '../../types/conversions';
import { alignOf, type CType, sizeOf, typeName } from '../../types/ctype';
import type { Machine } from '../machine/machine';
import { CompileError } from '../program/code';
import { convert, small } from '../values/value';
import { bytesOf } from './closures';
import { type ExprContext, exprContext, type Names, shapeIn } from './exprContext';
import { initialise } from './exprs';
import { alignOfVariable } from './frameLayout';

/** Bytes that one per-CPU variable may take. */
const PERCPU_LIMIT = 65536;

export interface StaticData {
  readonly program: Program;
  readonly machine: Machine;
  /** addresses; of a per-CPU variable, its link address, where nothing is mapped */
  readonly globals: Map<VarSym, number>;
  /** names of per-CPU variables among the kernel's symbols */
  readonly perCpu: Map<VarSym, string>;
  /** globals that `--set` may give a value, by name */
  readonly inputs: Map<string, VarSym>;
  readonly strings: Map<string, number>;
  /** addresses of the objects of timers, works, tasklets */
  readonly objects: Map<ContextSym, number>;
  readonly irqLines: Map<ContextSym, number>;
}
export const staticData = (program: Program, machine: Machine): StaticData => ({
  program,
  machine,
  globals: new Map(),
  perCpu: new Map(),
  inputs: new Map(),
  strings: new Map(),
  objects: new Map(),
  irqLines: new Map(),
});

/** Gives globals and static locals their addresses. @throws CompileError for one that does not fit into the image */
export function placeGlobals(data: StaticData): void {
  const { symbols } = data.machine.kernel;
  for (const sym of data.program.globals) {
    const size = sizeOf(sym.type);
    if (size === undefined) continue;
    const base = sym.owner ? `${sym.owner.name}.${sym.name}` : sym.name;
    let name = base;
    for (let n = 1; symbols.lookup(name); n++) name = `${base}.${n}`;
    const bytesLeft = symbols.bytesLeft(isReadOnly(sym.type) ? 'rodata' : 'data');
    if (size > (sym.percpu ? PERCPU_LIMIT : bytesLeft))
      throw new CompileError(
        'not-executable',
        `'${sym.name}' takes ${size} bytes; the kernel image has room for ${sym.percpu ? `${PERCPU_LIMIT} of a per-CPU variable` : `${bytesLeft} bytes more`}: allocate it`,
        sym.span,
      );
    if (sym.percpu) {
      symbols.definePerCpu(name, sym.type, alignOfVariable(sym));
      data.globals.set(sym, symbols.lookup(name)?.va ?? 0);
      data.perCpu.set(sym, name);
    } else data.globals.set(sym, defined(data.machine, name, sym.type, alignOfVariable(sym)));
    if (sym.input) data.inputs.set(sym.name, sym);
  }
}
/** Whether a static object of a type goes to the read-only data, as with gcc. */
const isReadOnly = (type: CType): boolean =>
  type.kind === 'array' ? isReadOnly(type.of) : type.const === true && type.volatile !== true;
function defined({ kernel, kasan }: Machine, name: string, type: CType, align = alignOf(type)): number {
  const { symbols } = kernel;
  const size = sizeOf(type) ?? 0;
  const redzone = kasan && size > 0 ? globalRedzone(size) : 0;
  const unit = redzone > 0 ? Math.max(align, RED_ZONE) : align;
  const va = isReadOnly(type)
    ? symbols.defineConst(name, type, unit, redzone)
    : symbols.define(name, type, unit, redzone);
  if (redzone > 0) kasan?.registerGlobal(va, size, redzone);
  return va;
}
/** Gives blocks their interrupt lines and objects. @throws CompileError for more than the machine has */
export function placeBlocks(data: StaticData): void {
  const { symbols } = data.machine.kernel;
  let line = FIRST_IRQ;
  for (const sym of data.program.contexts) {
    if (sym.word === 'irq' || sym.word === 'nmi') {
      if (line >= NR_IRQS)
        throw new CompileError('not-executable', `more than ${NR_IRQS - FIRST_IRQ} interrupt blocks`, sym.span);
      data.irqLines.set(sym, line++);
    }
    if (sym.word === 'softirq' && NR_SOFTIRQS + sym.index >= MAX_SOFTIRQS)
      throw new CompileError('not-executable', `more than ${MAX_SOFTIRQS - NR_SOFTIRQS} softirq blocks`, sym.span);
    if (sym.type.kind === 'struct') {
      const name = symbols.lookup(sym.name) ? `${sym.name}.object` : sym.name;
      data.objects.set(sym, symbols.define(name, sym.type));
    }
  }
}
/** Address of a string literal, one per text: written to the image at the first request. */
export function placeString(data: StaticData, text: string): number {
  const known = data.strings.get(text);
  if (known !== undefined) return known;
  const { kernel, core } = data.machine;
  const bytes = bytesOf(text);
  const address = kernel.symbols.rodata(bytes.length);
  core.space.writeBytes(address, bytes);
  data.strings.set(text, address);
  return address;
}
/** Virtual address of a global; of a per-CPU variable, CPU `cpu`'s copy. Undefined for one without a size. */
export function addressOfGlobal(data: StaticData, sym: VarSym, cpu: number): number | undefined {
  const name = data.perCpu.get(sym);
  return name === undefined ? data.globals.get(sym) : data.machine.kernel.symbols.address(name, cpu);
}

/** Runs the initialisers of globals, and stores the values of inputs. @throws CompileError */
export function initialiseGlobals(
  data: StaticData,
  names: Omit<Names, 'local'>,
  set: Readonly<Record<string, bigint>>,
): void {
  const { machine } = data;
  const cx = initialiserContext(data, names);
  for (const sym of data.program.globals) {
    if (!data.globals.has(sym) || !sym.init) continue;
    const cpus = data.perCpu.has(sym) ? machine.core.cpus : 1;
    for (let cpu = 0; cpu < cpus; cpu++) {
      const address = addressOfGlobal(data, sym, cpu) ?? 0;
      for (const effect of initialise(cx, { kind: 'fixed', address }, sym.type, sym.init)) effect();
    }
  }
  for (const [name, value] of Object.entries(set)) {
    const sym = data.inputs.get(name);
    if (!sym) throw unknownInput(name, [...data.inputs.keys()]);
    const address = data.globals.get(sym);
    const { type } = sym;
    if (address === undefined || (type.kind !== 'int' && type.kind !== 'enum' && type.kind !== 'pointer'))
      throw new CompileError('unknown-input', `the input '${name}' is not a number`, sym.span);
    if (!(type.kind === 'int' && type.bool) && !fitsBits(value, type.size * 8))
      throw new CompileError(
        'unknown-input',
        `${value} does not fit into the input '${name}', ${typeName(type)}`,
        sym.span,
      );
    const shape = shapeIn(cx, type);
    machine.access.store({ kind: 'fixed', address }, shape)(convert(small(value), shape));
  }
}
/** Compound literals of static initialisers are static objects; there are no locals. */
function initialiserContext({ program, machine }: StaticData, names: Omit<Names, 'local'>): ExprContext {
  const { symbols } = machine.kernel;
  const local: Names['local'] = (sym) => {
    throw new CompileError('not-constant', `'${sym.name}' is not a constant`, sym.span);
  };
  let n = 0;
  return exprContext(machine, program, { ...names, local }, (type) => {
    let name = `.compoundliteral.${n++}`;
    while (symbols.lookup(name)) name = `.compoundliteral.${n++}`;
    return { kind: 'fixed', address: defined(machine, name, type) };
  });
}
function unknownInput(name: string, known: readonly string[]): CompileError {
  const inputs = known.length
    ? `inputs are ${known.join(', ')}`
    : 'this scenario has none (an input is a global declared extern, or neither static nor assigned)';
  return new CompileError('unknown-input', `there is no input '${name}'; ${inputs}`, undefined);
}

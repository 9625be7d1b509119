/**
 * A checked program to code for one machine: static data placed and initialised, functions and blocks lowered, text addresses given out.
 * Runs once, before the journal starts; what it makes is a value (program/compiledProgram.ts).
 */

import { ENTRY_FRAME } from '../../kernel/irq/irq_entry';
import type { EntryName, KernelCodeName } from '../../kernel/sched/loop_names';
import type { ContextSym, Diagnostic, FunctionSym, Program } from '../../language/check/context/program';
import { basicTypes } from '../../types/ctype';
import type { Machine } from '../machine/machine';
import { CompileError, type FrameKind, FunctionCode, INSTR_BYTES, OP_KERNEL } from '../program/code';
import type { CompiledBlock, CompiledProgram } from '../program/compiledProgram';
import { type ApiFunction, apiCode } from './apiCode';
import { Emitter } from './emitter';
import { lowerFunction } from './lower';
import { lowerContext } from './lowerContext';
import { contextValue, programNames } from './programNames';
import { reachable } from './reachable';
import { addressOfGlobal, initialiseGlobals, placeBlocks, placeGlobals, staticData } from './staticData';

const WORDS_TO_KIND: Readonly<Record<ContextSym['word'], FrameKind>> = {
  task: 'task',
  process: 'task',
  irq: 'irq',
  nmi: 'nmi',
  softirq: 'softirq',
  tasklet: 'tasklet',
  timer: 'timer',
  work: 'work',
  delayed_work: 'work',
};

/** Compiles everything; `set` gives inputs their values. What cannot be run is returned as diagnostics. */
export function compileProgram(
  program: Program,
  machine: Machine,
  set: Readonly<Record<string, bigint>>,
): CompiledProgram | readonly Diagnostic[] {
  const problems: Diagnostic[] = [];
  const attempt = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      if (!(error instanceof CompileError)) throw error;
      problems.push(diagnosticOf(error));
    }
  };
  const emitter = new Emitter();
  const data = staticData(program, machine);
  const functions: FunctionCode[] = [];
  const kernelCode = compileKernelCode(program, emitter, functions);
  const bySym = functionsOf(program);
  const apiFunctions = new Map<string, ApiFunction>();
  const names = programNames(data, bySym, apiFunctions);
  const functionCode = (sym: FunctionSym): FunctionCode => {
    const fn = bySym.get(sym);
    if (!fn)
      throw new CompileError(
        'undefined-function',
        `'${sym.name}' has no body, and a call of it would run: write one in this scenario`,
        sym.span,
      );
    return fn;
  };

  attempt(() => placeGlobals(data));
  attempt(() => placeBlocks(data));
  if (problems.length > 0) return problems;
  const runs = reachable(program);
  for (const [sym, fn] of bySym) {
    const { body } = sym.def;
    if (!body || !runs.has(sym)) continue;
    const cx = lowerContext(program, machine, emitter, names, fn, sym, functionCode);
    attempt(() => lowerFunction(cx, sym.kind === 'function' ? sym.params : [], body));
    functions.push(fn);
  }
  if (problems.length > 0) return problems;
  giveText(machine, functions);
  attempt(() => initialiseGlobals(data, names, set));
  if (problems.length > 0) return problems;
  for (const api of apiFunctions.values()) functions.push(apiCode(machine, emitter, api));

  const blocks = new Map<ContextSym, CompiledBlock>();
  for (const sym of program.contexts) {
    const code = bySym.get(sym);
    if (code) blocks.set(sym, { code, object: data.objects.get(sym), line: data.irqLines.get(sym) });
  }
  return {
    program,
    code: emitter.code,
    statements: emitter.statements,
    functions: [...functions].sort((a, b) => a.entry - b.entry),
    kernelCode,
    blocks,
    addressOfGlobal: (sym, cpu) => addressOfGlobal(data, sym, cpu),
    contextValue: (sym) => contextValue(data, machine, sym),
  };
}
/** The kernel's own code, first in the program: one instruction each. */
function compileKernelCode(
  program: Program,
  emitter: Emitter,
  functions: FunctionCode[],
): CompiledProgram['kernelCode'] {
  const own = (name: KernelCodeName, kind: 'kernel' | 'entry' = 'kernel'): FunctionCode => {
    const fn = new FunctionCode(name, undefined, kind, basicTypes(program.abi).void);
    fn.entry = emitter.here;
    emitter.emit({ op: OP_KERNEL, span: undefined, name });
    fn.end = emitter.here;
    fn.frameSize = ENTRY_FRAME.size + 2 * program.abi.wordSize;
    functions.push(fn);
    return fn;
  };
  const entry = (name: EntryName) => own(name, 'entry');
  return {
    kthread: own('kthread'),
    entry_SYSCALL: own('entry_SYSCALL'),
    cpu_startup_entry: own('cpu_startup_entry'),
    run_ksoftirqd: own('run_ksoftirqd'),
    worker_thread: own('worker_thread'),
    kswapd: own('kswapd'),
    asm_common_interrupt: entry('asm_common_interrupt'),
    asm_sysvec_apic_timer_interrupt: entry('asm_sysvec_apic_timer_interrupt'),
    asm_sysvec_irq_work: entry('asm_sysvec_irq_work'),
    asm_exc_nmi: entry('asm_exc_nmi'),
    __do_softirq: entry('__do_softirq'),
  };
}
/** Functions with a body, and blocks; not lowered yet. */
function functionsOf(program: Program): Map<FunctionSym | ContextSym, FunctionCode> {
  const bySym = new Map<FunctionSym | ContextSym, FunctionCode>();
  for (const sym of program.functions)
    if (sym.def.body) bySym.set(sym, new FunctionCode(sym.name, sym, 'function', sym.type.returns));
  const ofVoid = basicTypes(program.abi).void;
  for (const sym of program.contexts) bySym.set(sym, new FunctionCode(sym.name, sym, WORDS_TO_KIND[sym.word], ofVoid));
  return bySym;
}
/** Gives functions their addresses in the text section. */
function giveText({ kernel }: Machine, functions: readonly FunctionCode[]): void {
  for (const fn of functions) {
    // a timer block is an object and a function: its name means the object
    const suffix = fn.sym?.kind === 'context' ? '_fn' : '.kmem';
    const name = kernel.symbols.lookup(fn.name) ? `${fn.name}${suffix}` : fn.name;
    fn.text = kernel.symbols.text(name, Math.max(16, (fn.end - fn.entry) * INSTR_BYTES));
  }
}
function diagnosticOf({ code, message, span }: CompileError): Diagnostic {
  return { code, severity: 'error', message, span: span ?? { start: 0, end: 0, file: 0 } };
}

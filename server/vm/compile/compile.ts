/**
 * A checked program to code for one machine: functions and blocks lowered, globals placed and initialised, text addresses given out.
 * Runs once, before the journal starts; afterwards nothing here changes.
 */

import { MAX_SOFTIRQS, NR_SOFTIRQS } from '../../kernel/irq/softirq';
import { FIRST_IRQ, NR_IRQS } from '../../kernel/sched/core';
import type { ContextSym, Diagnostic, FunctionSym, Program, Sym, VarSym } from '../../language/check/program';
import type { Call, Expr, Ident, Name, Span } from '../../language/syntax/tree';
import { forEachChild, type Node } from '../../language/syntax/visitor';
import { basicTypes, type CType, sizeOf } from '../../types/ctype';
import { BUILTINS } from '../builtins/builtins';
import type { Builtin, Machine } from '../machine/machine';
import {
  CompileError,
  type FrameKind,
  FunctionCode,
  INSTR_BYTES,
  Instr,
  OP_KERNEL,
  OP_STATEMENT,
  type StatementInfo,
} from '../program/code';
import type { ApiTarget, CompiledBlock, CompiledProgram } from '../program/compiledProgram';
import { KERNEL_CODE, type KernelCodeName, STUB_FRAME } from '../program/kernelCode';
import type { Eval, Place } from '../values/access';
import { convert, small, type Value } from '../values/value';
import { ExprCompiler } from './exprs';
import { Initialiser } from './init';
import { Lowerer } from './lower';
import type { Names, Tables } from './lvalues';
import { inlineSpecial } from './special';

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

export class CodeBuilder implements Names, Tables {
  readonly code: Instr[] = [];
  private readonly statements: StatementInfo[] = [];
  private readonly functions: FunctionCode[] = [];
  private readonly kernelCode = new Map<KernelCodeName, FunctionCode>();
  private readonly bySym = new Map<FunctionSym | ContextSym, FunctionCode>();
  private readonly strings = new Map<string, number>();
  private readonly globals = new Map<VarSym, Place>();
  private readonly inputs = new Map<string, VarSym>();
  /** addresses of API functions that are used as values */
  private readonly apiByText = new Map<number, ApiTarget>();
  /** objects of blocks: timers, works, tasklets */
  private readonly objects = new Map<ContextSym, number>();
  private readonly irqLines = new Map<ContextSym, number>();
  private readonly problems: Diagnostic[] = [];

  constructor(
    readonly program: Program,
    readonly machine: Machine,
  ) {}

  // ---------------------------------------------------------------- code
  get here(): number {
    return this.code.length;
  }
  emit(instr: Instr): Instr {
    this.code.push(instr);
    return instr;
  }
  statement(span: Span, owner: FunctionSym | ContextSym, fn: FunctionCode): void {
    const instr = this.emit(new Instr(OP_STATEMENT, span));
    instr.statement = this.statements.length;
    this.statements.push({ span, owner, entry: this.here - 1 === fn.entry, pc: this.here - 1 });
  }
  functionCode(sym: FunctionSym): FunctionCode {
    const fn = this.bySym.get(sym);
    if (!fn) throw new CompileError('undefined-function', `'${sym.name}' has no body`, sym.span);
    return fn;
  }
  builtin(name: string): Builtin | undefined {
    return (BUILTINS as Readonly<Record<string, Builtin>>)[name];
  }

  // ---------------------------------------------------------------- the whole program
  /** Compiles everything; what can't be run comes back as diagnostics. */
  build(set: Readonly<Record<string, bigint>>): CompiledProgram | readonly Diagnostic[] {
    this.compile(set);
    return this.problems.length > 0 ? this.problems : this.result();
  }
  private result(): CompiledProgram {
    const { program } = this;
    const blocks = new Map<ContextSym, CompiledBlock>();
    for (const sym of program.contexts) {
      const code = this.bySym.get(sym);
      if (code) blocks.set(sym, { code, object: this.objects.get(sym), line: this.irqLines.get(sym) });
    }
    return {
      program,
      code: this.code,
      statements: this.statements,
      functions: [...this.functions].sort((a, b) => a.entry - b.entry),
      kernelCode: this.kernelCode,
      blocks,
      apiByText: this.apiByText,
      addressOfGlobal: (sym, cpu) => this.addressOfGlobal(sym, cpu),
      addressOfContext: (sym) => this.context(sym),
    };
  }
  private compile(set: Readonly<Record<string, bigint>>): void {
    const { program, machine } = this;
    const { symbols } = machine.kernel;
    const ofVoid = basicTypes(program.abi).void;
    for (const [name, kind] of Object.entries(KERNEL_CODE)) {
      const fn = new FunctionCode(name, undefined, kind, ofVoid);
      fn.entry = this.here;
      this.emit(new Instr(OP_KERNEL, undefined));
      fn.end = this.here;
      fn.frameSize = STUB_FRAME.size + 2 * program.abi.wordSize;
      this.functions.push(fn);
      this.kernelCode.set(name as KernelCodeName, fn);
    }
    for (const sym of program.functions) {
      if (!sym.def.body) continue;
      this.bySym.set(sym, new FunctionCode(sym.name, sym, 'function', sym.type.returns));
    }
    for (const sym of program.contexts)
      this.bySym.set(sym, new FunctionCode(sym.name, sym, WORDS_TO_KIND[sym.word], ofVoid));
    this.attempt(() => this.placeGlobals());
    this.attempt(() => this.placeBlocks());
    if (this.problems.length > 0) return;
    const reachable = this.reachable();
    for (const [sym, fn] of this.bySym) {
      if (!reachable.has(sym)) {
        fn.entry = -1;
        continue;
      }
      this.attempt(() => {
        const body = sym.def.body;
        if (body) new Lowerer(this, fn, sym).lower(sym.kind === 'function' ? sym.params : [], body);
      });
      this.functions.push(fn);
    }
    if (this.problems.length > 0) return;
    for (const fn of this.functions) {
      // a timer's block is an object and a function: the object has the name
      const suffix = fn.sym?.kind === 'context' ? '_fn' : '.kmem';
      const name = symbols.lookup(fn.name) ? `${fn.name}${suffix}` : fn.name;
      fn.text = symbols.text(name, Math.max(16, (fn.end - fn.entry) * INSTR_BYTES));
    }
    this.attempt(() => this.initialiseGlobals(set));
  }
  private attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof CompileError)) throw error;
      this.problems.push({
        code: error.code,
        severity: 'error',
        message: error.message,
        span: error.span ?? { start: 0, end: 0, file: 0 },
      });
    }
  }

  /** Functions that can run: what tasks and blocks call, what their code names, what initialisers name. */
  private reachable(): ReadonlySet<FunctionSym | ContextSym> {
    const seen = new Set<FunctionSym | ContextSym>();
    const queue: Node[] = [];
    const add = (sym: Sym | undefined): void => {
      if (sym?.kind === 'function' && this.bySym.has(sym) && !seen.has(sym)) {
        seen.add(sym);
        if (sym.def.body) queue.push(sym.def.body);
      }
    };
    const visited = new Set<Node>();
    const visit = (node: Node): void => {
      if (visited.has(node)) return;
      visited.add(node);
      const meaning =
        node.kind === 'call'
          ? this.program.expansionOf(node)
          : node.kind === 'macroLoop'
            ? this.program.expansionOfLoop(node)
            : node.kind === 'macroDeclaration'
              ? this.program.expansionOfDeclaration(node)
              : undefined;
      if (node.kind === 'ident') add(this.program.symbolOf(node));
      if (meaning) visit(meaning);
      forEachChild(node, visit);
    };
    for (const sym of this.program.contexts) {
      seen.add(sym);
      queue.push(sym.def.body);
    }
    for (const v of this.program.globals) if (v.init) queue.push(v.init);
    for (let node = queue.pop(); node; node = queue.pop()) visit(node);
    return seen;
  }

  // ---------------------------------------------------------------- globals
  private placeGlobals(): void {
    const { symbols } = this.machine.kernel;
    for (const sym of this.program.globals) {
      if (sizeOf(sym.type) === undefined) continue;
      const owner = sym.owner ? `${sym.owner.name}.` : '';
      let name = `${owner}${sym.name}`;
      for (let n = 1; symbols.lookup(name); n++) name = `${owner}${sym.name}.${n}`;
      const room = symbols.room;
      if ((sizeOf(sym.type) ?? 0) > (sym.percpu ? 65536 : room))
        throw new CompileError(
          'not-executable',
          `'${sym.name}' takes ${sizeOf(sym.type)} bytes; the kernel image has room for ${sym.percpu ? '65536 of a per-CPU variable' : `${room} more`}: allocate it`,
          sym.span,
        );
      if (sym.percpu) {
        symbols.definePerCpu(name, sym.type);
        this.globals.set(sym, { kind: 'fixed', address: symbols.lookup(name)?.va ?? 0 });
        this.percpuNames.set(sym, name);
      } else this.globals.set(sym, { kind: 'fixed', address: symbols.define(name, sym.type) });
      if (sym.input) this.inputs.set(sym.name, sym);
    }
  }
  private readonly percpuNames = new Map<VarSym, string>();
  private addressOfGlobal(sym: VarSym, cpu: number): number | undefined {
    const percpu = this.percpuNames.get(sym);
    if (percpu !== undefined) return this.machine.kernel.symbols.address(percpu, cpu);
    const place = this.globals.get(sym);
    return place?.kind === 'fixed' ? place.address : undefined;
  }
  private initialiseGlobals(set: Readonly<Record<string, bigint>>): void {
    const { machine } = this;
    const compiler = this.staticCompiler();
    for (const sym of this.program.globals) {
      const place = this.globals.get(sym);
      if (!place || !sym.init) continue;
      const cpus = this.percpuNames.has(sym) ? machine.core.cpus : 1;
      for (let cpu = 0; cpu < cpus; cpu++) {
        const address = this.addressOfGlobal(sym, cpu) ?? 0;
        for (const effect of new Initialiser(compiler).variable({ kind: 'fixed', address }, sym.type, sym.init))
          effect();
      }
    }
    for (const [name, value] of Object.entries(set)) {
      const sym = this.inputs.get(name);
      if (!sym) {
        const known = [...this.inputs.keys()];
        throw new CompileError(
          'unknown-input',
          `there is no input '${name}'; ${known.length ? `inputs are ${known.join(', ')}` : 'this scenario has none (an input is a global declared extern, or neither static nor assigned)'}`,
          undefined,
        );
      }
      const place = this.globals.get(sym);
      const { type } = sym;
      if (!place || (type.kind !== 'int' && type.kind !== 'enum' && type.kind !== 'pointer'))
        throw new CompileError('unknown-input', `the input '${name}' is no number`, sym.span);
      const shape = compiler.shape(type);
      machine.access.store(place, shape)(convert(small(value), shape));
    }
  }
  /** Compiles initialisers of globals: compound literals are static objects. */
  private staticCompiler(): ExprCompiler {
    const { symbols } = this.machine.kernel;
    let n = 0;
    return new ExprCompiler(
      this.machine.access,
      this,
      this,
      this.program.abi,
      (sym) => {
        throw new CompileError('not-constant', `'${sym.name}' is no constant`, sym.span);
      },
      (type) => {
        let name = `.compoundliteral.${n++}`;
        while (symbols.lookup(name)) name = `.compoundliteral.${n++}`;
        return { kind: 'fixed', address: symbols.define(name, type) };
      },
    );
  }
  private placeBlocks(): void {
    const { machine } = this;
    const { symbols } = machine.kernel;
    let line = FIRST_IRQ;
    for (const sym of this.program.contexts) {
      if (sym.word === 'irq' || sym.word === 'nmi') {
        if (line >= NR_IRQS)
          throw new CompileError('not-executable', `more than ${NR_IRQS - FIRST_IRQ} interrupt blocks`, sym.span);
        this.irqLines.set(sym, line++);
      }
      if (sym.word === 'softirq' && NR_SOFTIRQS + sym.index >= MAX_SOFTIRQS)
        throw new CompileError('not-executable', `more than ${MAX_SOFTIRQS - NR_SOFTIRQS} softirq blocks`, sym.span);
      if (sym.type.kind === 'struct') {
        const name = symbols.lookup(sym.name) ? `${sym.name}.object` : sym.name;
        this.objects.set(sym, symbols.define(name, sym.type));
      }
    }
  }

  // ---------------------------------------------------------------- Names
  global(sym: VarSym): Place {
    const place = this.globals.get(sym);
    if (!place) throw new CompileError('not-executable', `'${sym.name}' has no size`, sym.span);
    return place;
  }
  functionAddress(sym: Sym): Eval {
    if (sym.kind === 'function') {
      const fn = this.bySym.get(sym);
      if (fn) return () => fn.text;
    }
    const { symbols } = this.machine.kernel;
    const builtin = this.builtin(sym.name);
    const text = symbols.text(sym.name);
    if (builtin && sym.type.kind === 'function')
      this.apiByText.set(text, { name: sym.name, builtin, returns: sym.type.returns });
    return () => text;
  }
  kernelVariable(name: string, type: CType): Place | Eval {
    const { core, kernel } = this.machine;
    if (name === 'current') return () => core.current;
    const symbol = kernel.symbols.lookup(name);
    if (symbol) return { kind: 'fixed', address: symbol.va };
    return { kind: 'fixed', address: kernel.symbols.define(name, type) };
  }
  context(sym: ContextSym): Place | number {
    const object = this.objects.get(sym);
    if (object !== undefined) return { kind: 'fixed', address: object };
    const line = this.irqLines.get(sym);
    if (line !== undefined) return line;
    if (sym.word === 'softirq') return NR_SOFTIRQS + sym.index;
    const { blockTasks } = this.machine;
    return {
      kind: 'cell',
      cell: {
        get value(): Value {
          return blockTasks.get(sym) ?? 0;
        },
        set value(_: Value) {},
      },
    };
  }
  string(text: string): number {
    let address = this.strings.get(text);
    if (address === undefined) {
      const { kernel, core } = this.machine;
      address = kernel.symbols.rodata(text.length + 1);
      const bytes = new Uint8Array(text.length + 1);
      for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
      core.space.writeBytes(address, bytes);
      this.strings.set(text, address);
    }
    return address;
  }
  inlineCall(call: Call, compiler: ExprCompiler): Eval | undefined {
    return inlineCall(this, call, compiler);
  }

  // ---------------------------------------------------------------- Tables
  typeOf(expr: Expr): CType | undefined {
    return this.program.typeOf(expr);
  }
  symbolOf(node: Ident | Name): Sym | undefined {
    return this.program.symbolOf(node);
  }
  constantOf(expr: Expr): bigint | undefined {
    return this.program.constantOf(expr);
  }
  typeOfSyntax(node: object): CType | undefined {
    return this.program.typeOfSyntax(node);
  }
  expansionOf(call: Call): Expr | undefined {
    return this.program.expansionOf(call);
  }
}

/** A call that is part of an expression: functions that only look at memory. */
export function inlineCall(
  names: { builtin(name: string): Builtin | undefined; readonly machine: Machine },
  call: Call,
  compiler: ExprCompiler,
): Eval | undefined {
  if (call.callee.kind !== 'ident') return undefined;
  const special = inlineSpecial(call, compiler);
  if (special) return special;
  const sym = compiler.tables.symbolOf(call.callee);
  if (sym?.kind !== 'api') return undefined;
  const builtin = names.builtin(sym.name);
  if (builtin?.form !== 'inline') return undefined;
  const type = sym.type.kind === 'function' ? sym.type : undefined;
  const args = call.args.map((arg, i) => {
    const param = type?.params[i]?.type;
    return param ? compiler.asType(arg, param) : compiler.promoted(arg);
  });
  const { machine } = names;
  const site = { scratch: 0, expr: call };
  const shape = type && type.returns.kind !== 'void' ? compiler.shape(type.returns) : undefined;
  return () => {
    const result = builtin.call(
      machine,
      args.map((a) => a()),
      site,
    );
    return typeof result === 'number' || typeof result === 'bigint' ? (shape ? convert(result, shape) : result) : 0;
  };
}

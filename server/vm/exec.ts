/**
 * The processor: runs instructions of the current task of one CPU until a place to stop at, keeps frames on the kernel stack, and lets
 * interrupts in between instructions. What it keeps in JS (`regs`) is a copy of what the task's thread area holds at every stop.
 *
 * A frame, from low to high addresses: parameters and locals, hidden slots, the caller's frame pointer, the return address. `fp` is its lowest byte.
 */
import { BLOCK, Spin, STUCK, type Wait } from '../kernel/block';
import { HARDIRQ_OFFSET, IN_INTERRUPT, NMI_MASK, NMI_OFFSET, SOFTIRQ_OFFSET } from '../kernel/core';
import { BadCallError, StackOverflowError } from '../kernel/faults';
import { WAIT_NONE, WAIT_TASK_EXIT } from '../kernel/sched';
import { HI_SOFTIRQ, RCU_SOFTIRQ, SOFTIRQ_NAMES, TASKLET_SOFTIRQ, TIMER_SOFTIRQ } from '../kernel/softirq';
import { KIND_IDLE, T, TASK_DEAD, TASK_INTERRUPTIBLE, TASK_RUNNING, type TaskPlace } from '../kernel/task';
import type { FunctionCode } from './code';
import {
  INSTR_BYTES,
  type Instr,
  OP_API,
  OP_BRANCH,
  OP_CALL,
  OP_CALL_POINTER,
  OP_EVAL,
  OP_JUMP,
  OP_KERNEL,
  OP_RETURN,
  OP_STATEMENT,
  OP_SWITCH,
} from './code';
import { type CodeBuilder, STUB_FRAME as F, type StubName } from './compile';
import type { Machine, Site } from './machine';
import { convert, type Value } from './value';

/** Why `run` came back. */
export type Stop = 'statement' | 'blocked' | 'spinning' | 'ended';
const MAX_RESTARTS = 10;
const EINTR = 4;

export class Processor {
  readonly code: readonly Instr[];
  private readonly functions: readonly FunctionCode[];
  private readonly bounds: Int32Array;
  private place: TaskPlace | undefined;
  private readonly word: 4 | 8;
  private readonly site: { scratch: number; expr: undefined };
  private readonly nmiWord: readonly number[];

  constructor(
    readonly machine: Machine,
    readonly builder: CodeBuilder,
  ) {
    this.code = builder.code;
    this.functions = [...builder.functions].sort((a, b) => a.entry - b.entry);
    this.bounds = Int32Array.from(this.functions, (f) => f.entry);
    this.word = builder.program.abi.wordSize;
    this.site = { scratch: 0, expr: undefined };
    this.nmiWord = machine.core.perCpu('kmem_nmi_pending');
  }

  // ---------------------------------------------------------------- addresses of code
  /** The function an instruction belongs to. */
  functionAt(pc: number): FunctionCode | undefined {
    let low = 0;
    let high = this.bounds.length;
    while (low < high) {
      const mid = (low + high) >>> 1;
      if ((this.bounds[mid] as number) <= pc) low = mid + 1;
      else high = mid;
    }
    const fn = this.functions[low - 1];
    return fn && pc < fn.end ? fn : undefined;
  }
  textOf(pc: number): number {
    const fn = this.functionAt(pc);
    return fn ? fn.text + (pc - fn.entry) * INSTR_BYTES : 0;
  }
  /** The instruction at a text address; −1 if there is none. */
  pcOf(text: number): number {
    const found = this.machine.kernel.symbols.at(text);
    if (!found) return -1;
    const fn = this.byText.get(text - found.offset);
    if (!fn || found.offset % INSTR_BYTES) return -1;
    const pc = fn.entry + found.offset / INSTR_BYTES;
    return pc < fn.end ? pc : -1;
  }
  private readonly byTextMap = new Map<number, FunctionCode>();
  private get byText(): Map<number, FunctionCode> {
    if (this.byTextMap.size === 0) for (const fn of this.functions) this.byTextMap.set(fn.text, fn);
    return this.byTextMap;
  }
  stub(name: StubName): FunctionCode {
    return this.builder.stubs.get(name) as FunctionCode;
  }

  // ---------------------------------------------------------------- registers
  /** Takes the registers of a CPU's current task from memory. */
  load(cpu: number): void {
    const { machine } = this;
    const { regs, core, tasks } = machine;
    const task = core.currentOf(cpu);
    const place = tasks.place(task);
    this.place = place;
    regs.cpu = cpu;
    regs.task = task;
    const { words } = core.mem;
    regs.pc = words[place.pcWord] as number;
    this.setFrame((words[place.fpHigh] as number) * 0x1_0000_0000 + ((words[place.fpWord] as number) >>> 0));
  }
  /** Writes the registers back: from here on memory alone says where the task stands. */
  save(): void {
    const { machine, place } = this;
    if (!place) return;
    const { regs, core } = machine;
    const { mem } = core;
    mem.set(place.pcWord, regs.pc);
    const low = regs.fp | 0;
    if (mem.words[place.fpWord] !== low) mem.set(place.fpWord, low);
    const high = Math.floor(regs.fp / 0x1_0000_0000) | 0;
    if (mem.words[place.fpHigh] !== high) mem.set(place.fpHigh, high);
  }
  private setFrame(fp: number): void {
    const { regs } = this.machine;
    regs.fp = fp;
    const place = this.place as TaskPlace;
    regs.fpWord = place.stackWord + ((fp - place.stack) >> 2);
  }
  /** Counts the scenario's frames on the task. */
  private deepen(by: 1 | -1): void {
    const { mem } = this.machine.core;
    const { depthWord } = this.place as TaskPlace;
    mem.set(depthWord, (mem.words[depthWord] as number) + by);
  }
  private get stage(): number {
    return this.machine.core.mem.words[(this.place as TaskPlace).stageWord] as number;
  }
  private set stage(stage: number) {
    const { stageWord } = this.place as TaskPlace;
    if (this.machine.core.mem.words[stageWord] !== stage) this.machine.core.mem.set(stageWord, stage);
  }

  // ---------------------------------------------------------------- frames
  /** Pushes a frame of `fn` that returns to `pc`. @throws StackOverflowError */
  private push(fn: FunctionCode, returnTo: number): void {
    const { regs, core } = this.machine;
    const place = this.place as TaskPlace;
    const base = regs.fp - fn.frameSize;
    if (base < place.floor) throw new StackOverflowError(base);
    const caller = regs.fp;
    const top = base + fn.frameSize - 2 * this.word;
    core.setLong(top, caller);
    core.setLong(top + this.word, this.textOf(returnTo));
    this.setFrame(base);
    regs.pc = fn.entry;
    if (fn.sym) this.deepen(1);
  }
  /** Pops the innermost frame, of `fn`; the pc becomes the return address. @throws BadCallError if that has been overwritten */
  private pop(fn: FunctionCode): void {
    const { regs, core } = this.machine;
    const top = regs.fp + fn.frameSize - 2 * this.word;
    const caller = core.getLong(top);
    const text = core.getLong(top + this.word);
    const pc = this.pcOf(text);
    if (pc < 0)
      throw new BadCallError(
        BigInt.asUintN(this.word * 8, core.long === 8 ? core.space.read64(top + this.word) : BigInt(text)),
      );
    if (fn.sym) this.deepen(-1);
    this.setFrame(caller);
    regs.pc = pc;
  }
  /** Calls a function with scalar arguments: callbacks from the kernel's own code. */
  private callFunction(fn: FunctionCode, args: readonly Value[], returnTo: number): void {
    this.push(fn, returnTo);
    fn.params.forEach((p, i) => {
      if (p.shape)
        this.machine.access.store({ kind: 'frame', offset: p.offset }, p.shape)(convert(args[i] ?? 0, p.shape));
    });
  }
  /** Calls what a function pointer names. Functions of the API run at once. */
  private callPointer(text: number, args: readonly Value[], returnTo: number): boolean {
    const pc = this.pcOf(text);
    const fn = pc < 0 ? undefined : this.functionAt(pc);
    if (fn && pc === fn.entry && fn.sym) {
      this.callFunction(fn, args, returnTo);
      return true;
    }
    const api = this.builder.apiByText.get(text);
    if (!api) throw new BadCallError(BigInt.asUintN(this.word * 8, BigInt(text)));
    api.builtin.call(this.machine, args, this.site as unknown as Site);
    return false;
  }

  // ---------------------------------------------------------------- running
  /**
   * Runs the current task of the CPU that is loaded until it stands before a statement. `first`: the instruction it stands at is run even
   * if it is the mark of a statement.
   */
  run(first: boolean): Stop {
    const { machine, code } = this;
    const { regs } = machine;
    let enter = first;
    for (;;) {
      const i = code[regs.pc] as Instr;
      switch (i.op) {
        case OP_STATEMENT:
          if (!enter) {
            this.save();
            return 'statement';
          }
          enter = false;
          regs.pc++;
          break;
        case OP_EVAL:
          (i.run as () => void)();
          regs.pc++;
          break;
        case OP_JUMP:
          regs.pc = i.target;
          break;
        case OP_BRANCH:
          regs.pc = (i.test as () => boolean)() ? regs.pc + 1 : i.target;
          break;
        case OP_SWITCH: {
          const value = (i.value as () => Value)();
          regs.pc = i.cases?.get(value) ?? i.target;
          break;
        }
        case OP_CALL:
          this.call(i, i.callee as FunctionCode);
          break;
        case OP_CALL_POINTER: {
          const stop = this.callThrough(i);
          if (stop) return stop;
          break;
        }
        case OP_API: {
          const stop = this.api(i, i.api?.call(machine, this.values(i), this.siteOf(i)));
          if (stop) return stop;
          break;
        }
        case OP_RETURN:
          this.returnFrom(i);
          break;
        case OP_KERNEL: {
          const stop = this.kernelCode();
          if (stop) return stop;
          break;
        }
      }
      enter = false;
    }
  }
  private values(i: Instr): Value[] {
    const { args } = i;
    const values: Value[] = [];
    for (let k = 0; k < args.length; k++) values.push((args[k] as { value: () => Value }).value());
    return values;
  }
  private siteOf(i: Instr): Site {
    this.site.scratch = i.scratch < 0 ? 0 : this.machine.regs.fp + i.scratch;
    return this.site;
  }
  private call(i: Instr, fn: FunctionCode): void {
    const { machine } = this;
    const values = this.values(i);
    const records = fn.params.map((p, k) =>
      p.shape ? undefined : machine.core.space.readBytes(machine.pointer(values[k]), p.size),
    );
    this.push(fn, machine.regs.pc + 1);
    fn.params.forEach((p, k) => {
      if (p.shape) machine.access.store({ kind: 'frame', offset: p.offset }, p.shape)(convert(values[k] ?? 0, p.shape));
      else machine.core.space.writeBytes(machine.regs.fp + p.offset, records[k] as Uint8Array);
    });
  }
  private callThrough(i: Instr): Stop | undefined {
    const { machine } = this;
    const value = i.pointer?.() ?? 0;
    const text = typeof value === 'number' ? value : Number.NaN;
    const pc = this.pcOf(text);
    const fn = pc < 0 ? undefined : this.functionAt(pc);
    if (fn && pc === fn.entry && fn.sym) {
      this.call(i, fn);
      return undefined;
    }
    const api = this.builder.apiByText.get(text);
    if (!api) throw new BadCallError(BigInt.asUintN(this.word * 8, BigInt(value)));
    return this.api(i, api.builtin.call(machine, this.values(i), this.siteOf(i)));
  }
  /** After a function of the API: its result, or the wait it asks for; then interrupts. */
  // biome-ignore lint/suspicious/noConfusingVoidType: functions without a result return nothing
  private api(i: Instr, outcome: Value | undefined | void | Wait): Stop | undefined {
    const { machine } = this;
    const { regs, core } = machine;
    if (outcome === BLOCK) {
      if (machine.tasks.kind(regs.task) !== KIND_IDLE) return this.block();
      this.idleSleeps();
    }
    if (outcome === STUCK || outcome instanceof Spin) return this.spin(outcome);
    if (this.stage !== 0) this.stage = 0;
    if (i.result) i.result(typeof outcome === 'number' || typeof outcome === 'bigint' ? outcome : 0);
    regs.pc++;
    if (this.ended) {
      this.ended = false;
      return this.taskEnds(this.exitCode);
    }
    const { words } = core.mem;
    const nmi = words[this.nmiWord[regs.cpu] as number] as number;
    if (nmi !== 0) this.takeNmi(nmi);
    else if (words[core.irqsOffWord[regs.cpu] as number] === 0) this.letInterruptsIn(machine.softirqsAllowed);
    machine.softirqsAllowed = false;
    return undefined;
  }
  private returnFrom(i: Instr): void {
    const { machine, code } = this;
    const { regs } = machine;
    const fn = this.functionAt(regs.pc) as FunctionCode;
    i.run?.();
    const value = i.value?.();
    const bytes = i.resultAddress
      ? machine.core.space.readBytes(machine.pointer(i.resultAddress()), i.resultSize)
      : undefined;
    this.pop(fn);
    const back = code[regs.pc - 1];
    const resume = code[regs.pc] as Instr;
    // the kernel's own code looks at memory itself; an exit code is the one thing it is given
    if (resume.op === OP_KERNEL) {
      const stub = this.functionAt(regs.pc);
      if (stub?.name === 'kthread') machine.tasks.setLong(regs.task, T.exitCode, Number(value ?? 0));
      if (stub?.name === 'asm_common_interrupt') machine.core.set32(regs.fp + F.pending, Number(value ?? 1) | 0);
      return;
    }
    if (!back) return;
    if (bytes && back.resultAddress) machine.core.space.writeBytes(machine.pointer(back.resultAddress()), bytes);
    else if (back.result && value !== undefined) back.result(value);
  }

  // ---------------------------------------------------------------- waiting
  /** The task can't go on: it leaves its CPU, or goes to the end of the queue if it is runnable. */
  private block(): Stop {
    const { machine } = this;
    const { core, context } = machine;
    if (core.preemptCount !== 0 && this.stage === 0 && context.firstHere(3)) context.scheduleBug();
    this.checkStackEnd();
    this.stage = 1;
    this.save();
    this.leaveCpu();
    return 'blocked';
  }
  /** A handler on top of the idle task waits: there is nothing else to switch to, so the wait is given up. */
  private idleSleeps(): void {
    const { core, regs, context, sched } = this.machine;
    if (context.firstHere(3)) {
      if (core.preemptCount !== 0) context.scheduleBug();
      else context.report('BUG', 'bad: scheduling from the idle thread!', []);
    }
    sched.clearTimeout(regs.task);
    sched.prepare(regs.task, TASK_RUNNING, WAIT_NONE, 0);
  }
  /** STACK_END_MAGIC, as schedule() looks at it. @throws PanicError through the vm */
  private checkStackEnd(): void {
    const { machine } = this;
    if (machine.tasks.stackIntact(machine.regs.task)) return;
    this.onCorruptStack();
  }
  onCorruptStack: () => void = () => {};
  /** Switches to the next task of the queue, or the idle task. */
  private leaveCpu(): void {
    const { core, tasks, regs, sched, works } = this.machine;
    const prev = regs.task;
    const idle = core.getLong(core.perCpuAddress('idle_task', regs.cpu));
    if (prev !== idle) {
      if (tasks.state(prev) === TASK_RUNNING) sched.enqueue(prev);
      else {
        core.setField32(prev, 'task_struct', 'on_rq', 0);
        if (tasks.getLong(prev, T.work) !== 0) works.workerSleeps(regs.cpu);
      }
    }
    this.switchTo(sched.dequeue(regs.cpu) || idle);
  }
  /** The context switch: preempt_count and interrupts are the task's. */
  switchTo(next: number): void {
    const { core, tasks, regs } = this.machine;
    const prev = regs.task;
    if (next === prev) return;
    tasks.set(prev, T.preempt, core.preemptCount);
    tasks.set(prev, T.irqsOff, core.irqsOff ? 1 : 0);
    core.setField32(prev, 'task_struct', 'on_cpu', 0);
    core.setField32(next, 'task_struct', 'on_cpu', 1);
    core.setCurrent(regs.cpu, next);
    core.preemptCount = tasks.get(next, T.preempt);
    core.irqsOff = tasks.get(next, T.irqsOff) !== 0;
    this.load(regs.cpu);
    if (tasks.get(next, T.begun) === 0) this.begin(next);
  }
  /** A task runs for the first time. kthread() looks whether the thread has been stopped already: then its function is not called. */
  private begin(task: number): void {
    const { tasks, regs } = this.machine;
    tasks.set(task, T.begun, 1);
    const fn = this.functionAt(regs.pc);
    if (tasks.get(task, T.shouldStop) === 0 || !fn?.sym) return;
    tasks.setLong(task, T.exitCode, -EINTR);
    this.pop(fn);
  }
  /** The CPU stays where it is until the word it looks at changes. */
  private spin(on: Spin | typeof STUCK): Stop {
    const { core, regs } = this.machine;
    const { cpu } = regs;
    if (this.stage === 0) {
      this.stage = 1;
      core.setPerCpu('kmem_spin_since', cpu, core.now);
    }
    this.save();
    if (on === STUCK) core.setPerCpu('kmem_spin_dead', cpu, 1);
    else {
      core.setLong(core.perCpuAddress('kmem_spin_lock', cpu), on.address);
      core.setPerCpu('kmem_spin_value', cpu, on.value);
    }
    return 'spinning';
  }
  /** Whether a CPU that spins would still find what it found. */
  stillSpinning(cpu: number): boolean {
    const { core } = this.machine;
    if (core.getPerCpu('kmem_spin_dead', cpu) !== 0) return true;
    const address = core.getLong(core.perCpuAddress('kmem_spin_lock', cpu));
    if (address === 0) return false;
    if (core.space.translate(address) >= 0 && core.get32(address) === (core.getPerCpu('kmem_spin_value', cpu) | 0))
      return true;
    core.setLong(core.perCpuAddress('kmem_spin_lock', cpu), 0);
    return false;
  }

  // ---------------------------------------------------------------- tasks end
  private ended = false;
  private exitCode = 0;
  /** A function of the API ends the task when it returns (do_exit). */
  endAfterCall(code: number): void {
    this.ended = true;
    this.exitCode = code;
  }
  /** do_exit */
  taskEnds(code: number): Stop {
    const { core, tasks, regs, context, sched } = this.machine;
    const task = regs.task;
    if (core.preemptCount !== 0) context.scheduleBug();
    if (context.held(task).length > 0)
      context.report('BUG', `WARNING: ${tasks.label(task)} still has locks held!`, context.heldLines(task));
    this.kill(code);
    sched.wakeWaiting(WAIT_TASK_EXIT, task);
    return 'blocked';
  }
  /** The task is gone: after its end, or after an oops. */
  kill(code: number): void {
    const { core, tasks, regs, sched } = this.machine;
    const task = regs.task;
    tasks.setLong(task, T.exitCode, code);
    tasks.setState(task, TASK_DEAD);
    tasks.set(task, T.timed, 0);
    core.preemptCount = 0;
    core.irqsOff = false;
    tasks.setRcuDepth(task, 0);
    this.stage = 0;
    this.save();
    sched.wakeWaiting(WAIT_TASK_EXIT, task);
    this.leaveCpu();
  }

  // ---------------------------------------------------------------- interrupts
  /** Lets pending interrupts in, and softirqs if the caller allows them. Called between instructions with interrupts on. */
  letInterruptsIn(softirqs: boolean): void {
    const { core, irqs, softirqs: soft, regs } = this.machine;
    if (!core.irqsOff) {
      const irq = irqs.firstPending(regs.cpu);
      if (irq >= 0) {
        this.interrupt(irq);
        return;
      }
    }
    if (softirqs && soft.pending() !== 0 && (core.preemptCount & IN_INTERRUPT) === 0 && !core.irqsOff)
      this.enterSoftirqs();
  }
  /** A hard interrupt on top of what runs. */
  private interrupt(irq: number): void {
    const { core, irqs, regs } = this.machine;
    irqs.take(regs.cpu, irq);
    const action = irqs.action(irq);
    if (action.handler === 0) {
      this.machine.context.log.print(`irq ${irq}: nobody cared (try booting with the "irqpoll" option)`);
      return;
    }
    this.enterStub('asm_common_interrupt');
    core.set32(regs.fp + F.irq, irq);
    core.irqsOff = true;
    core.preemptCount += HARDIRQ_OFFSET;
    core.setPerCpu('kmem_running_irq', regs.cpu, irq + 1);
    core.set32(regs.fp + F.before, core.preemptCount);
    this.callPointer(action.handler, [irq, action.dev], this.stub('asm_common_interrupt').entry);
  }
  /** Delivers a pending NMI: its line + 1. */
  takeNmi(pending: number): void {
    this.machine.core.setPerCpu('kmem_nmi_pending', this.machine.regs.cpu, 0);
    this.nmi(pending - 1);
  }
  /** A non-maskable interrupt. */
  private nmi(irq: number): void {
    const { core, irqs, regs } = this.machine;
    const { handler } = irqs.action(irq);
    if (handler === 0 || core.preemptCount & NMI_MASK) return;
    this.enterStub('asm_exc_nmi');
    core.irqsOff = true;
    core.preemptCount += NMI_OFFSET + HARDIRQ_OFFSET;
    core.set32(regs.fp + F.before, core.preemptCount);
    this.callPointer(handler, [irq, 0], this.stub('asm_exc_nmi').entry);
  }
  /** A frame of the kernel's own code on top of what runs, with what it interrupted. */
  private enterStub(name: StubName): void {
    const { core, regs } = this.machine;
    const { irqsOff, preemptCount } = core;
    const { stage } = this;
    // a CPU that spins does no longer while it handles an interrupt; afterwards it looks at the lock again
    if (stage !== 0) {
      core.setLong(core.perCpuAddress('kmem_spin_lock', regs.cpu), 0);
      core.setPerCpu('kmem_spin_dead', regs.cpu, 0);
    }
    this.push(this.stub(name), regs.pc);
    core.space.fill(regs.fp, F.size, 0);
    core.set32(regs.fp + F.irqsOff, irqsOff ? 1 : 0);
    core.set32(regs.fp + F.preempt, preemptCount);
    core.set32(regs.fp + F.stage, stage);
    this.stage = 0;
  }
  /** Back to what was interrupted. */
  private leaveStub(name: StubName): void {
    const { core, regs } = this.machine;
    const irqsOff = core.get32(regs.fp + F.irqsOff) !== 0;
    const preempt = core.get32(regs.fp + F.preempt);
    const stage = core.get32(regs.fp + F.stage);
    this.pop(this.stub(name));
    core.preemptCount = preempt;
    core.irqsOff = irqsOff;
    this.stage = stage;
  }
  private returnFromInterrupt(): void {
    const { core, context, softirqs, irqs, regs } = this.machine;
    const irq = core.get32(regs.fp + F.irq);
    const before = core.get32(regs.fp + F.before);
    const name = context.nameLock(irqs.action(irq).handler);
    if (!core.irqsOff) {
      context.warn('__handle_irq_event_percpu', `irq ${irq} handler ${name} enabled interrupts`);
      core.irqsOff = true;
    }
    this.checkLeak(before, `irq ${irq} handler ${name}`);
    core.preemptCount = before - HARDIRQ_OFFSET;
    core.setPerCpu('kmem_running_irq', regs.cpu, 0);
    const runs = softirqs.pending() !== 0 && (core.preemptCount & IN_INTERRUPT) === 0;
    this.leaveStub('asm_common_interrupt');
    this.letInterruptsIn(runs);
  }
  /** A handler that leaves preempt_count other than it found it. */
  private checkLeak(before: number, what: string): void {
    const { core, context } = this.machine;
    const now = core.preemptCount;
    if (now === before) return;
    const hex = (v: number) => (v >>> 0).toString(16).padStart(8, '0');
    context.report(
      'BUG',
      `BUG: ${what} left preempt_count at ${hex(now)}, it was ${hex(before)}`,
      context.heldLines(core.current),
    );
    core.preemptCount = before;
  }

  // ---------------------------------------------------------------- softirqs
  private enterSoftirqs(): void {
    const { core, regs } = this.machine;
    this.enterStub('__do_softirq');
    core.preemptCount += SOFTIRQ_OFFSET;
    core.set32(regs.fp + F.irq, -1);
    core.set32(regs.fp + F.before, core.preemptCount);
    core.set32(regs.fp + F.restarts, MAX_RESTARTS);
    regs.pc = this.stub('__do_softirq').entry;
  }
  /** One handler of __do_softirq after the other; called again when one has returned. */
  private softirqStep(): void {
    const { machine } = this;
    const { core, regs, softirqs, context, timers } = machine;
    const { fp } = regs;
    const entry = this.stub('__do_softirq').entry;
    const nr = core.get32(fp + F.irq);
    const running = core.getLong(fp + F.running);
    if (running !== 0) {
      const before = core.get32(fp + F.before);
      if (core.preemptCount !== before) {
        const hex = (v: number) => (v >>> 0).toString(16).padStart(8, '0');
        const name = context.nameLock(
          nr === TIMER_SOFTIRQ ? core.getLong(running + core.offset('timer_list', 'function')) : running,
        );
        context.report(
          'BUG',
          nr === TIMER_SOFTIRQ
            ? `timer: ${name} preempt leak: ${hex(before)} -> ${hex(core.preemptCount)}`
            : `huh, entered softirq ${nr} ${SOFTIRQ_NAMES[nr] ?? ''} ${name} with preempt_count ${hex(before)}, exited with ${hex(core.preemptCount)}?`,
          context.heldLines(core.current),
        );
        core.preemptCount = before;
      }
      if (nr === TASKLET_SOFTIRQ || nr === HI_SOFTIRQ) {
        softirqs.endTasklet(running);
        this.setRunning('kmem_running_tasklet', 0);
      } else if (nr === TIMER_SOFTIRQ) this.setRunning('kmem_running_timer', 0);
      core.setLong(fp + F.running, 0);
    }
    core.irqsOff = false;
    // more of the same kind: the rest of the tasklets, the next expired timer
    if (nr === TASKLET_SOFTIRQ || nr === HI_SOFTIRQ) {
      for (let tasklet = core.getLong(fp + F.next); tasklet !== 0; ) {
        const next = core.field(tasklet, 'tasklet_struct', 'next');
        core.setLong(fp + F.next, next);
        if (softirqs.beginTasklet(tasklet, nr === HI_SOFTIRQ)) {
          core.setLong(fp + F.running, tasklet);
          this.setRunning('kmem_running_tasklet', tasklet);
          const callback = core.space.read8(tasklet + core.offset('tasklet_struct', 'use_callback')) !== 0;
          const fn = core.field(tasklet, 'tasklet_struct', 'func');
          if (this.callPointer(fn, [callback ? tasklet : core.field(tasklet, 'tasklet_struct', 'data')], entry)) return;
          softirqs.endTasklet(tasklet);
          core.setLong(fp + F.running, 0);
        }
        tasklet = next;
      }
    } else if (nr === TIMER_SOFTIRQ) {
      for (let timer = timers.takeExpired(regs.cpu); timer !== 0; timer = timers.takeExpired(regs.cpu)) {
        const fn = core.field(timer, 'timer_list', 'function');
        if (fn === machine.delayedWorkTimerFn) {
          machine.works.timerExpired(timer);
          continue;
        }
        core.setLong(fp + F.running, timer);
        this.setRunning('kmem_running_timer', timer);
        if (this.callPointer(fn, [timer], entry)) return;
        core.setLong(fp + F.running, 0);
        this.setRunning('kmem_running_timer', 0);
      }
    } else if (nr === RCU_SOFTIRQ) {
      const head = core.getLong(fp + F.next);
      if (head !== 0) {
        core.setLong(fp + F.next, core.field(head, 'callback_head', 'next'));
        core.setLong(fp + F.running, core.field(head, 'callback_head', 'func'));
        if (this.callPointer(core.field(head, 'callback_head', 'func'), [head], entry)) return;
        core.setLong(fp + F.running, 0);
        return;
      }
    }
    // the next softirq of this round, then another round
    let pending = core.get32(fp + F.pending);
    if (pending === 0) {
      const restarts = core.get32(fp + F.restarts);
      pending = softirqs.pending();
      if (pending !== 0 && restarts === 0) {
        softirqs.wakeDaemon(regs.cpu);
        pending = 0;
      } else if (pending !== 0) {
        softirqs.setPending(0);
        core.set32(fp + F.restarts, restarts - 1);
      }
      if (pending === 0) {
        this.leaveStub('__do_softirq');
        this.letInterruptsIn(false);
        return;
      }
    }
    const next = 31 - Math.clz32(pending & -pending);
    core.set32(fp + F.pending, pending & ~(1 << next));
    core.set32(fp + F.irq, next);
    core.setLong(fp + F.next, 0);
    if (next === TASKLET_SOFTIRQ || next === HI_SOFTIRQ)
      core.setLong(fp + F.next, softirqs.takeTasklets(next === HI_SOFTIRQ));
    else if (next === RCU_SOFTIRQ) {
      const list = core.kernel.symbols.address('kmem_rcu_callbacks');
      core.setLong(fp + F.next, core.getLong(list));
      core.setLong(list, 0);
      core.setLong(list + core.long, 0);
    } else if (next !== TIMER_SOFTIRQ) {
      const action = softirqs.action(next);
      if (action !== 0) {
        core.setLong(fp + F.running, action);
        if (!this.callPointer(action, [0], entry)) core.setLong(fp + F.running, 0);
      }
    }
  }
  private setRunning(name: string, what: number): void {
    const { core, regs } = this.machine;
    core.setLong(core.perCpuAddress(name, regs.cpu), what);
  }

  // ---------------------------------------------------------------- the kernel's own tasks
  /** One step of the code that the current frame, one of the kernel's own, stands for. */
  private kernelCode(): Stop | undefined {
    const { machine } = this;
    const { core, regs, tasks, softirqs, works, irqs } = machine;
    const fn = this.functionAt(regs.pc) as FunctionCode;
    switch (fn.name as StubName) {
      case 'asm_common_interrupt':
        this.returnFromInterrupt();
        return undefined;
      case 'asm_exc_nmi':
        this.checkLeak(core.get32(regs.fp + F.before), 'nmi handler');
        this.leaveStub('asm_exc_nmi');
        return undefined;
      case '__do_softirq':
        this.softirqStep();
        return undefined;
      case 'kthread':
        return this.taskEnds(tasks.getLong(regs.task, T.exitCode));
      case 'run_ksoftirqd':
        if (softirqs.pending(regs.cpu) !== 0) {
          this.enterSoftirqs();
          return undefined;
        }
        return this.sleepHere();
      case 'worker_thread': {
        const done = tasks.getLong(regs.task, T.work);
        if (done !== 0) {
          tasks.setLong(regs.task, T.work, 0);
          if (core.preemptCount !== 0 || machine.context.held(regs.task).length > 0) {
            machine.context.report(
              'BUG',
              `BUG: workqueue leaked lock or atomic: ${tasks.comm(regs.task)}/0x${(core.preemptCount >>> 0).toString(16).padStart(8, '0')}/${tasks.pid(regs.task)}`,
              [
                `     last function: ${machine.context.nameLock(tasks.getLong(regs.task, T.fn))}`,
                ...machine.context.heldLines(regs.task),
              ],
            );
            core.preemptCount = 0;
          }
          works.finished();
        }
        const work = works.take(regs.cpu);
        if (work === 0) return this.sleepHere();
        tasks.setLong(regs.task, T.work, work);
        const func = core.field(work, 'work_struct', 'func');
        tasks.setLong(regs.task, T.fn, func);
        this.callPointer(func, [work], regs.pc);
        return undefined;
      }
      case 'irq_thread': {
        const irq = tasks.getLong(regs.task, T.data);
        if (!irqs.threadPending(irq)) return this.sleepHere();
        irqs.setThreadPending(irq, false);
        this.callPointer(irqs.action(irq).threadFn, [irq, irqs.action(irq).dev], regs.pc);
        return undefined;
      }
      case 'cpu_startup_entry': {
        const next = machine.sched.dequeue(regs.cpu);
        if (next === 0) {
          this.save();
          return 'blocked';
        }
        this.save();
        this.switchTo(next);
        return undefined;
      }
    }
  }
  /** A kernel thread with nothing to do. */
  private sleepHere(): Stop {
    const { tasks, regs } = this.machine;
    tasks.setState(regs.task, TASK_INTERRUPTIBLE);
    this.save();
    this.leaveCpu();
    return 'blocked';
  }
  /** Before the run: the first frames of a task that will run `stub`, and on top of it a call of `fn`. */
  prepareTask(task: number, stub: StubName, fn?: FunctionCode, args: readonly Value[] = []): void {
    const { regs, tasks } = this.machine;
    const place = tasks.place(task);
    const saved = { ...regs };
    const before = this.place;
    this.place = place;
    regs.task = task;
    this.setFrame(place.stack + place.threadSize);
    const code = this.stub(stub);
    this.push(code, code.entry);
    if (fn) this.callFunction(fn, args, code.entry);
    this.save();
    Object.assign(regs, saved);
    this.place = before;
  }
}

/**
 * Contexts: preempt_count, interrupts, bottom halves, RCU readers, and the check for sleeping where that is forbidden
 * (include/linux/preempt.h, kernel/softirq.c, kernel/sched/core.c: __might_resched, __schedule_bug, 6.1).
 * Locks that are held are kept as lockdep does, on the task that runs, interrupts' locks too.
 */
import { formatAddress } from '../../types/address';
import type { AllocContext } from '../mm/page_alloc/alloc_context';
import type { KernelLog, Place, ReportKind } from '../printk/printk';
import type { Core } from './core';
import { HARDIRQ_MASK, IN_INTERRUPT, NMI_MASK, SOFTIRQ_MASK, SOFTIRQ_OFFSET } from './core';
import { LOCK_ENTRY, MAX_LOCK_DEPTH, PF_IDLE, T, TASK_RUNNING, type Tasks } from './task';

/** What a lock is, for reports and for the debugger. */
export const LOCK_KINDS = [
  'spinlock',
  'raw spinlock',
  'rwlock (read)',
  'rwlock (write)',
  'mutex',
  'rwsem (read)',
  'rwsem (write)',
  'semaphore',
  'bit spinlock',
  'local lock',
] as const;
export type LockKind = (typeof LOCK_KINDS)[number];

export interface HeldLock {
  readonly address: number;
  readonly kind: LockKind;
  /** index of the instruction that took it */
  readonly pc: number;
}

const X86_IF = 0x200;
const FLAGS_BASE = 0x46;

export class Context implements AllocContext {
  /** set by the vm: index of the instruction that runs, and `name+0x1c/0x40 (file:line)` of one */
  pc: () => number = () => 0;
  symbolize: (pc: number) => string = () => '?';
  addressOfPc: (pc: number) => number = () => 0;
  /** `nic-rx.kmem:43` */
  where: () => string = () => 'kernel';
  /** true the first time it is asked at the place that runs: a report a place is enough */
  firstHere: (what: number) => boolean = () => true;
  /** how a lock at this address is called */
  nameLock: (address: number) => string = (address) => formatAddress(this.core.abi, address);

  constructor(
    private readonly core: Core,
    private readonly tasks: Tasks,
    readonly log: KernelLog,
  ) {}

  // ---------------------------------------------------------------- preempt_count
  /** preempt_count_add */
  add(value: number): void {
    const { core } = this;
    const count = core.preemptCount;
    core.preemptCount = count + value;
    if (count === 0) this.tasks.set(core.current, T.spare, this.pc());
  }
  /** preempt_count_sub; DEBUG_PREEMPT's check keeps it from going below zero */
  sub(value: number): void {
    const { core } = this;
    const count = core.preemptCount;
    if (value > count || (value < SOFTIRQ_OFFSET && (count & 0xff) < value)) {
      this.warn('preempt_count_sub', 'DEBUG_LOCKS_WARN_ON(val > preempt_count())', [
        `preempt_count is 0x${(count >>> 0).toString(16)}: nothing is left to enable`,
      ]);
      return;
    }
    core.preemptCount = count - value;
  }
  preemptDisable(): void {
    if (this.core.preemptCounting) this.add(1);
  }
  preemptEnable(): void {
    if (this.core.preemptCounting) this.sub(1);
  }

  // ---------------------------------------------------------------- interrupts
  /** local_irq_save: the flags register as it was */
  irqSave(): number {
    const flags = this.core.irqsOff ? FLAGS_BASE : FLAGS_BASE | X86_IF;
    this.core.irqsOff = true;
    return flags;
  }
  irqRestore(flags: number): void {
    this.core.irqsOff = (flags & X86_IF) === 0;
  }

  // ---------------------------------------------------------------- RCU
  rcuReadLock(): void {
    const { current } = this.core;
    this.tasks.setRcuDepth(current, this.tasks.rcuDepth(current) + 1);
  }
  rcuReadUnlock(): void {
    const { current } = this.core;
    const depth = this.tasks.rcuDepth(current);
    if (depth <= 0) {
      this.warn('rcu_read_unlock', 'bad unlock balance detected', ['rcu_read_unlock without rcu_read_lock']);
      return;
    }
    this.tasks.setRcuDepth(current, depth - 1);
  }

  // ---------------------------------------------------------------- held locks
  held(task: number): HeldLock[] {
    const depth = Math.min(this.tasks.get(task, T.lockDepth), MAX_LOCK_DEPTH);
    const locks: HeldLock[] = [];
    for (let i = 0; i < depth; i++) {
      const at = T.locks + i * LOCK_ENTRY;
      locks.push({
        address: this.tasks.getLong(task, at),
        kind: LOCK_KINDS[this.tasks.get(task, at + 8)] ?? 'spinlock',
        pc: this.tasks.get(task, at + 12),
      });
    }
    return locks;
  }
  acquired(address: number, kind: LockKind, task = this.core.current): void {
    const { tasks } = this;
    const depth = tasks.get(task, T.lockDepth);
    if (depth < MAX_LOCK_DEPTH) {
      const at = T.locks + depth * LOCK_ENTRY;
      tasks.setLong(task, at, address);
      tasks.set(task, at + 8, LOCK_KINDS.indexOf(kind));
      tasks.set(task, at + 12, this.pc());
    } else if (depth === MAX_LOCK_DEPTH) {
      this.warn('__lock_acquire', `BUG: MAX_LOCK_DEPTH too low!`, [`${tasks.label(task)} holds ${depth} locks`]);
    }
    tasks.set(task, T.lockDepth, depth + 1);
  }
  /** Takes a lock off the list; false, with lockdep's report, if the task doesn't hold it. */
  released(address: number, task = this.core.current): boolean {
    const { tasks } = this;
    const depth = tasks.get(task, T.lockDepth);
    for (let i = Math.min(depth, MAX_LOCK_DEPTH) - 1; i >= 0; i--) {
      if (tasks.getLong(task, T.locks + i * LOCK_ENTRY) !== address) continue;
      for (let j = i; j + 1 < Math.min(depth, MAX_LOCK_DEPTH); j++) {
        const to = T.locks + j * LOCK_ENTRY;
        for (let k = 0; k < LOCK_ENTRY; k += 4) tasks.set(task, to + k, tasks.get(task, to + LOCK_ENTRY + k));
      }
      tasks.set(task, T.lockDepth, depth - 1);
      return true;
    }
    this.badUnlock(address);
    return false;
  }
  /** Who holds a lock, by the tasks' lists; 0 if nobody does. */
  holder(address: number): number {
    for (const task of this.tasks.all) {
      if (this.tasks.get(task, T.lockDepth) > 0 && this.held(task).some((l) => l.address === address)) return task;
    }
    return 0;
  }
  private badUnlock(address: number): void {
    if (!this.firstHere(1)) return;
    const who = this.tasks.label(this.core.current);
    const held = this.held(this.core.current);
    this.report('BUG', 'WARNING: bad unlock balance detected!', [
      '-------------------------------------',
      `${who} is trying to release lock (${this.nameLock(address)}) at:`,
      `[<${this.bare(this.addressOfPc(this.pc()))}>] ${this.symbolize(this.pc())}`,
      held.length === 0 ? 'but there are no more locks to release!' : 'but it does not hold that lock.',
      ...this.heldLines(this.core.current),
    ]);
  }

  // ---------------------------------------------------------------- sleeping
  /** might_sleep: reports a call that may sleep where that is forbidden. */
  mightSleep(): void {
    const { core, tasks } = this;
    const task = core.current;
    if (core.kernel.config.config.DEBUG_ATOMIC_SLEEP === false) return;
    const state = tasks.state(task);
    if (state !== TASK_RUNNING && !core.inInterrupt && this.firstHere(2)) {
      this.warn(
        '__might_sleep',
        `do not call blocking ops when !TASK_RUNNING; state=${(state >>> 0).toString(16)} set at [<${this.bare(this.addressOfPc(this.pc()))}>] ${this.symbolize(this.pc())}`,
      );
    }
    const count = core.preemptCount;
    const rcu = tasks.rcuDepth(task);
    if (count === 0 && rcu === 0 && !core.irqsOff) return;
    if (tasks.flags(task) & PF_IDLE && (count & IN_INTERRUPT) === 0) return;
    if (core.getGlobal('oops_in_progress') || !this.firstHere(0)) return;
    this.report('BUG', `BUG: sleeping function called from invalid context at ${this.where()}`, [
      `in_atomic(): ${count !== 0 ? 1 : 0}, irqs_disabled(): ${core.irqsOff ? 1 : 0}, non_block: 0, pid: ${tasks.pid(task)}, name: ${tasks.comm(task)}`,
      `preempt_count: ${(count >>> 0).toString(16)}, expected: 0`,
      `RCU nest depth: ${rcu}, expected: 0`,
      ...this.atomicLines(task),
    ]);
  }
  /** schedule() with preempt_count above zero. */
  scheduleBug(): void {
    const { core, tasks } = this;
    const task = core.current;
    this.report(
      'BUG',
      `BUG: scheduling while atomic: ${tasks.label(task)}/0x${(core.preemptCount >>> 0).toString(16).padStart(8, '0')}`,
      this.atomicLines(task),
    );
  }
  private atomicLines(task: number): string[] {
    const lines = this.heldLines(task);
    if (!this.tasks.stackIntact(task)) lines.unshift('Thread overran stack, or stack corrupted');
    if (this.core.preemptCount & ~HARDIRQ_MASK) {
      const at = this.tasks.get(task, T.spare);
      if (at > 0) lines.push('Preemption disabled at:', `[<${this.bare(this.addressOfPc(at))}>] ${this.symbolize(at)}`);
    }
    return lines;
  }
  heldLines(task: number): string[] {
    const held = this.held(task);
    const who = this.tasks.label(task);
    if (held.length === 0) return [`no locks held by ${who}.`];
    return [
      `${held.length} lock${held.length === 1 ? '' : 's'} held by ${who}:`,
      ...held.map(
        (l, i) =>
          ` #${i}: ${this.bare(l.address)} (${this.nameLock(l.address)}) {${l.kind}}, at: ${this.symbolize(l.pc)}`,
      ),
    ];
  }
  private bare(address: number): string {
    return formatAddress(this.core.abi, address).slice(2);
  }

  // ---------------------------------------------------------------- reports
  /** A report with who runs and the call trace below it. */
  report(kind: ReportKind, title: string, lines: readonly string[], place?: Place): void {
    this.log.report({ kind, title, lines: [...lines, ...this.dumpStack()], place });
  }
  /** WARN(): in the kernel's frame. */
  warn(fn: string, text: string, lines: readonly string[] = []): void {
    const { core, tasks } = this;
    this.log.report({
      kind: 'WARN',
      title: `WARNING: CPU: ${core.cpu} PID: ${tasks.pid(core.current)} at ${this.where()} ${fn}`,
      lines: [text, ...lines, ...this.dumpStack()],
    });
  }
  cpuLine(): string {
    const { core, tasks } = this;
    const task = core.current;
    return `CPU: ${core.cpu} PID: ${tasks.pid(task)} Comm: ${tasks.comm(task)} Not tainted ${core.kernel.config.kernel}.0 #1`;
  }

  // ---------------------------------------------------------------- AllocContext
  cpu(): number {
    return this.core.cpu;
  }
  taskFlags(): number {
    return this.tasks.flags(this.core.current);
  }
  inInterrupt(): boolean {
    return this.core.inInterrupt;
  }
  inServingSoftirq(): boolean {
    return (this.core.preemptCount & SOFTIRQ_MASK & SOFTIRQ_OFFSET) !== 0;
  }
  rtTask(): boolean {
    return false;
  }
  comm(): string {
    return this.tasks.comm(this.core.current);
  }
  pid(): number {
    return this.tasks.pid(this.core.current);
  }
  jiffies(): number {
    return this.core.jiffies32;
  }
  dumpStack(): string[] {
    return [this.cpuLine(), ...this.core.backtrace()];
  }
  mightAlloc(gfp: number): void {
    if (gfp & this.core.kernel.gfp.directReclaim) this.mightSleep();
  }
  /** in_nmi() */
  get inNmi(): boolean {
    return (this.core.preemptCount & NMI_MASK) !== 0;
  }
}

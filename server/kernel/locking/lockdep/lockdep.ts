/**
 * What locks tell about themselves when they are taken and released (kernel/locking/lockdep.c: lock_acquire, lock_release,
 * debug_show_held_locks, debug_check_no_locks_freed, debug_check_no_locks_held, 6.1). The lists of held locks are kept on every machine,
 * for the debugger; the kernel's checks and lines are there with CONFIG_LOCKDEP only.
 */
import { DebugLocks } from '../../lib/debug_locks';
import { KernelText } from '../../lib/kernel_text';
import type { Reports } from '../../printk/reports';
import type { Core } from '../../sched/core';
import type { Tasks } from '../../sched/task';
import { type HeldLock, HeldLocks } from './held_locks';
import { IrqTrace } from './irq_trace';
import { type LockKind, lockFacts } from './lock_kind';
import { LockValidator } from './lock_validator';

/** How a lock is taken. */
interface Acquisition {
  /** of the kernel, between lock_acquire and the scenario, innermost first */
  readonly functions: readonly string[];
  readonly subclass?: number | undefined;
  readonly trylock?: boolean;
  /** the lock is free, and is taken */
  readonly free?: boolean;
  /** address of the code that takes it; unless given, the code that runs */
  readonly ip?: number;
  /** the lock or object that has the lockdep_map; unless given, what is taken itself */
  readonly map?: number;
}

/** rcu_scheduler_active once boot is over */
const RCU_SCHEDULER_RUNNING = 2;

export class Lockdep {
  readonly debugLocks: DebugLocks;
  readonly text: KernelText;
  readonly irqTrace: IrqTrace | undefined;
  private readonly list: HeldLocks;
  private readonly validator: LockValidator | undefined;

  constructor(
    private readonly core: Core,
    private readonly tasks: Tasks,
    private readonly reports: Reports,
  ) {
    this.debugLocks = new DebugLocks(core);
    this.text = new KernelText(core.kernel.symbols);
    this.list = new HeldLocks(core, tasks);
    if (core.kernel.config.config.LOCKDEP !== true) return;
    const { debugLocks, list, text } = this;
    const { symbols, layouts } = core.kernel;
    const maps = new Map(
      Object.entries(KERNEL_MAPS).map(([symbol, name]) => [
        symbols.define(symbol, layouts.parseType('unsigned long')),
        name,
      ]),
    );
    this.validator = new LockValidator(core, tasks, list, reports, debugLocks, text, maps, (task) =>
      this.irqLines(task),
    );
    if (core.kernel.config.config.PROVE_LOCKING === false) return;
    this.irqTrace = new IrqTrace(core, tasks, reports, debugLocks, this.validator.marks);
  }

  // ---------------------------------------------------------------- what kmem knows, whatever the configuration
  /** The locks that a task has, oldest first. */
  held(task: number): HeldLock[] {
    return this.list.of(task).filter((lock) => lock.acquired && !lockFacts(lock.kind).map);
  }
  /** Whether a task has a lock. */
  holds(task: number, address: number): boolean {
    return this.list.holds(task, address);
  }
  /** The task that has a lock; 0 if none does. */
  holder(address: number): number {
    return this.list.holder(address);
  }

  /** lockdep_depth: how many locks and regions of a task lockdep follows; 0 without it. */
  depth(task: number): number {
    return this.validator ? this.list.of(task).filter((lock) => lock.class !== 0).length : 0;
  }

  // ---------------------------------------------------------------- locks
  /** A lock is initialised by the statement that runs; what is still held in its `bytes` is reported. */
  initialised(lock: number, bytes: number): void {
    const { validator, reports } = this;
    if (!validator) return;
    this.checkFreed(lock, bytes);
    validator.initMap(lock, reports.names.addressOf(reports.names.pc()));
  }
  /** lock_acquire: the running task wants a lock. It has it at once if it is free, else once `acquired` is called. */
  acquire(address: number, kind: LockKind, how: Acquisition): void {
    const { reports, validator } = this;
    const trylock = how.trylock === true;
    const ip = how.ip ?? reports.names.addressOf(reports.names.pc());
    const lock = { address, kind, ip, trylock, acquired: trylock || how.free === true };
    const entry = validator
      ? validator.acquire(lock, how.map ?? address, how.subclass ?? 0, how.functions)
      : { ...lock, class: 0, irqContext: 0, irqsOff: false, check: false, read: 0 };
    if (!this.list.push(entry)) this.tooDeep();
  }
  /** The running task has the lock that it wanted. */
  acquired(address: number): void {
    this.list.acquired(address);
  }
  /** lock_release: takes a lock off the running task's list, with lockdep's report if it is not there. */
  released(address: number, kind: LockKind, functions: readonly string[]): void {
    const { list, core } = this;
    if (list.remove(core.current, address)) return;
    this.badUnlock(address, kind, functions);
    // whoever has it has it no longer
    const holder = list.holder(address);
    if (holder !== 0) list.remove(holder, address);
  }
  /** lockdep_init_map of what is not a lock: a timer, a work. */
  initialisedMap(object: number): void {
    this.validator?.initMap(object, this.reports.names.addressOf(this.reports.names.pc()));
  }
  /** lock_map_acquire: a region that waits for nobody begins. `instance` tells it from others. Without lockdep nothing happens. */
  enterRegion(instance: number, kind: LockKind, how: Acquisition): void {
    if (!this.validator || !this.debugLocks.on) return;
    this.acquire(instance, kind, { ...how, free: true });
  }
  leaveRegion(instance: number, kind: LockKind, functions: readonly string[]): void {
    if (!this.validator) return;
    if (!this.list.remove(this.core.current, instance) && this.debugLocks.on) this.badUnlock(instance, kind, functions);
  }
  /** A region is entered and left at once: only its order is checked. `ip`: as in Acquisition */
  passRegion(address: number, kind: LockKind, functions: readonly string[], ip?: number): void {
    const { validator, debugLocks, reports } = this;
    if (!validator || !debugLocks.on) return;
    const lock = {
      address,
      kind,
      ip: ip ?? reports.names.addressOf(reports.names.pc()),
      trylock: false,
      acquired: true,
    };
    validator.acquire(lock, address, 0, functions);
  }
  /** Before the run: boot has taken one of the kernel's own maps, with interrupts on. `functions`: innermost first. */
  usedAtBoot(symbol: keyof typeof KERNEL_MAPS, kind: LockKind, functions: readonly string[]): void {
    if (!this.validator) return;
    this.text.define(functions);
    this.validator.usedAtBoot(this.kernelMap(symbol), kind, functions);
  }
  /** The address of one of the kernel's own maps. */
  kernelMap(symbol: keyof typeof KERNEL_MAPS): number {
    return this.validator ? this.core.kernel.symbols.address(symbol) : 0;
  }

  // ---------------------------------------------------------------- reports
  /** debug_show_held_locks: nothing without lockdep. */
  heldLines(task: number): string[] {
    if (!this.validator) return [];
    return this.debugLocks.on ? this.validator.report.heldLines(task) : ['INFO: lockdep is turned off.'];
  }
  /** debug_show_all_locks: nothing without lockdep. */
  allHeldLines(): string[] {
    const { validator, debugLocks, list, tasks } = this;
    if (!validator) return [];
    if (!debugLocks.on) return ['INFO: lockdep is turned off.'];
    const holders = tasks.all.filter((task) => list.followed(task).length > 0);
    return [
      '',
      'Showing all locks held in the system:',
      ...holders.flatMap((task) => validator.report.heldLines(task)),
      '',
      '='.repeat(45),
      '',
    ];
  }
  /** print_irqtrace_events: nothing without CONFIG_TRACE_IRQFLAGS. */
  irqLines(task: number): string[] {
    return this.irqTrace?.lines(task) ?? [];
  }
  /** lockdep_assert_held and _not_held: whether it is as asserted. It is without lockdep, and once that is off. */
  asserted(address: number, held: boolean): boolean {
    return !this.validator || !this.debugLocks.on || this.holds(this.core.current, address) === held;
  }
  /** Whether the running task is in a region of one of the kernel's own maps; never once lockdep is off. */
  inRegion(map: keyof typeof KERNEL_MAPS): boolean {
    return this.validator !== undefined && this.debugLocks.on && this.holds(this.core.current, this.kernelMap(map));
  }
  /** lockdep_rcu_suspicious: lockdep goes on. `message`: where and what; `functions`: innermost first */
  rcuSuspicious(message: string, functions: readonly string[]): void {
    const { validator, core } = this;
    validator?.report.print(
      'WARNING: suspicious RCU usage',
      [
        message,
        '',
        'other info that might help us debug this:',
        '',
        '',
        `rcu_scheduler_active = ${RCU_SCHEDULER_RUNNING}, debug_locks = 1`,
        ...validator.report.heldLines(core.current),
        '',
        'stack backtrace:',
      ],
      ['lockdep_rcu_suspicious', ...functions],
    );
  }
  /** debug_check_no_locks_freed: memory is given back, or initialised again, with a lock of the running task in it. */
  private checkFreed(start: number, bytes: number): void {
    const { validator, core, reports, debugLocks } = this;
    if (!validator || !debugLocks.on || this.list.none(core.current)) return;
    const lock = this.list
      .of(core.current)
      .find((held) => held.class !== 0 && held.address >= start && held.address < start + bytes);
    if (!lock || !debugLocks.off()) return;
    const { report } = validator;
    report.print(
      'WARNING: held lock freed!',
      [
        `${report.who()} is freeing memory ${reports.bare(start)}-${reports.bare(start + bytes - 1)}, with a lock still held there!`,
        report.lock(lock),
        ...report.heldLines(core.current),
        '',
        'stack backtrace:',
      ],
      ['debug_check_no_locks_freed'],
    );
  }
  /** Whether lockdep follows locks: CONFIG_LOCKDEP. */
  get follows(): boolean {
    return this.validator !== undefined;
  }
  /** Memory is given back: no lock in it may be held, and it holds no locks any more. */
  memoryFreed(start: number, bytes: number): void {
    if (!this.validator) return;
    this.checkFreed(start, bytes);
    this.validator.forget(start, bytes);
  }
  /** debug_check_no_locks_held: the running task ends. */
  checkNoLocksHeld(functions: readonly string[]): void {
    const { validator, core, debugLocks } = this;
    if (!validator || !debugLocks.on || !this.list.of(core.current).some((lock) => lock.class !== 0)) return;
    if (!debugLocks.off()) return;
    const { report } = validator;
    report.print(
      `WARNING: ${report.who()} still has locks held!`,
      [...report.heldLines(core.current), '', 'stack backtrace:'],
      ['debug_check_no_locks_held', ...functions],
      36,
    );
  }
  /** print_unlock_imbalance_bug */
  private badUnlock(address: number, kind: LockKind, functions: readonly string[]): void {
    const { validator, core, reports, debugLocks } = this;
    if (!validator || !debugLocks.off()) return;
    const { report } = validator;
    report.print(
      'WARNING: bad unlock balance detected!',
      [
        `${report.who()} is trying to release lock (${validator.lockName(address, kind)}) at:`,
        reports.at(reports.names.pc()),
        'but there are no more locks to release!',
        '',
        'other info that might help us debug this:',
        ...report.heldLines(core.current),
        '',
        'stack backtrace:',
      ],
      ['print_unlock_imbalance_bug', 'lock_release', ...functions],
    );
  }
  private tooDeep(): void {
    const { core, reports, debugLocks } = this;
    if (!this.validator || !debugLocks.off()) return;
    reports.report('BUG', 'BUG: MAX_LOCK_DEPTH too low!', [
      'turning off the locking correctness validator.',
      ...this.validator.report.heldLines(core.current),
    ]);
  }
}

/** lockdep_maps of the kernel's own: symbol → name (kernel/rcu/update.c, kernel/workqueue.c, mm/page_alloc.c, 6.1). */
const KERNEL_MAPS = {
  rcu_lock_map: 'rcu_read_lock',
  system_wq_lockdep_map: '(wq_completion)events',
  rcu_bh_lock_map: 'rcu_read_lock_bh',
  rcu_sched_lock_map: 'rcu_read_lock_sched',
  __fs_reclaim_map: 'fs_reclaim',
} as const;

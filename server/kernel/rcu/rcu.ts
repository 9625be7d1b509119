/**
 * RCU: readers are counted on their task, callbacks are one list, and a grace period ends at the first tick without readers
 * (kernel/rcu/tree.c, tree_plugin.h, update.c, 6.1).
 */
import type { Lockdep } from '../locking/lockdep/lockdep';
import type { Reports } from '../printk/reports';
import { BLOCK, type Wait } from '../sched/block';
import { type Core, WarnOnce } from '../sched/core';
import type { SleepChecks } from '../sched/might_sleep';
import { PREEMPT_DISABLED } from '../sched/preempt_mask';
import { type Sched, WAIT_RCU } from '../sched/sched';
import { KIND_IDLE, T, TASK_UNINTERRUPTIBLE, type Tasks } from '../sched/task';

/** CONFIG_RCU_CPU_STALL_TIMEOUT */
export const STALL_TIMEOUT_SECONDS = 21;
/** RCU_GP_SEQ at boot: (0 - 300) << RCU_SEQ_CTR_SHIFT */
const FIRST_GP_SEQ = -1200;

/** Of gp_seq: the low bits are not 0 while a grace period is under way (kernel/rcu/rcu.h: RCU_SEQ_STATE_MASK). */
const SEQ_STATE_MASK = 3;
const READER = 'RCU read-side section';
type ReaderMap = 'rcu_lock_map' | 'rcu_bh_lock_map' | 'rcu_sched_lock_map';

/** The functions that call rcu_sched_clock_irq, in the timer interrupt (kernel/time/tick-sched.c, hrtimer.c; arch/x86/kernel/apic/apic.c). */
const TICK_FUNCTIONS = [
  'update_process_times',
  'tick_sched_handle',
  'tick_sched_timer',
  '__hrtimer_run_queues',
  'hrtimer_interrupt',
  '__sysvec_apic_timer_interrupt',
  'sysvec_apic_timer_interrupt',
];

export class Rcu {
  private readonly state: number;

  constructor(
    private readonly core: Core,
    private readonly tasks: Tasks,
    private readonly sched: Sched,
    private readonly reports: Reports,
    private readonly sleeping: SleepChecks,
    private readonly lockdep: Lockdep,
  ) {
    const { symbols, layouts } = core.kernel;
    this.state = symbols.define('rcu_state', layouts.parseType('struct rcu_state'));
    core.setField(this.state, 'rcu_state', 'gp_seq', FIRST_GP_SEQ);
  }

  // ---------------------------------------------------------------- grace periods
  /** rcu_state.gp_seq, signed */
  get gpSeq(): number {
    return this.core.field(this.state, 'rcu_state', 'gp_seq') | 0;
  }
  /** Whether a grace period is under way. */
  inProgress(): boolean {
    return (this.gpSeq & SEQ_STATE_MASK) !== 0;
  }
  /** A field of rcu_state that holds a time: jiffies since boot, as `Core.now`. */
  time(field: 'gp_start' | 'jiffies_stall'): number {
    return (this.core.field(this.state, 'rcu_state', field) - this.core.initialJiffies) | 0;
  }
  /** The next stall is told so many jiffies from now. */
  stallIn(jiffies: number): void {
    const { core } = this;
    core.setField(this.state, 'rcu_state', 'jiffies_stall', core.jiffiesIn(jiffies));
  }
  /** rcu_gp_init, if none is under way */
  private startGracePeriod(): void {
    const { core } = this;
    if (this.inProgress()) return;
    core.setField(this.state, 'rcu_state', 'gp_seq', this.gpSeq + 1);
    core.setField(this.state, 'rcu_state', 'gp_start', core.jiffies);
    this.stallIn(STALL_TIMEOUT_SECONDS * core.hz);
  }
  /** A tick: the grace period ends if there are no readers. Whether RCU_SOFTIRQ has callbacks to run. */
  tick(): boolean {
    if (this.hasReaders()) return false;
    if (this.inProgress()) this.core.setField(this.state, 'rcu_state', 'gp_seq', (this.gpSeq | SEQ_STATE_MASK) + 1);
    // those who wait look again
    this.sched.wakeWaiting(WAIT_RCU, 0);
    return this.pending();
  }
  /** Jiffies until a tick may end something that is waited for; undefined while readers prevent it, and when nothing is. */
  untilNext(): number | undefined {
    return (this.pending() || this.hasWaiters()) && !this.hasReaders() ? 1 : undefined;
  }

  // ---------------------------------------------------------------- readers
  readLock(): void {
    const { current } = this.core;
    this.tasks.setRcuDepth(current, this.tasks.rcuDepth(current) + 1);
    this.enterReader('rcu_lock_map');
  }
  /** rcu_lock_acquire, for one kind of readers: they are a region that lockdep follows. */
  enterReader(map: ReaderMap): void {
    this.lockdep.enterRegion(this.lockdep.kernelMap(map), READER, { functions: [] });
  }
  /** rcu_lock_release */
  leaveReader(map: ReaderMap): void {
    this.lockdep.leaveRegion(this.lockdep.kernelMap(map), READER, []);
  }
  readUnlock(): void {
    const { core, reports } = this;
    const { current } = core;
    const depth = this.tasks.rcuDepth(current) - 1;
    this.tasks.setRcuDepth(current, depth);
    // a check of CONFIG_PROVE_LOCKING only
    if (depth < 0 && core.kernel.config.config.LOCKDEP === true && core.warnsNow(WarnOnce.RcuUnlock))
      reports.warn({ at: 'kernel/rcu/tree_plugin.h:431', fn: '__rcu_read_unlock' });
    this.leaveReader('rcu_lock_map');
  }
  /** Tasks inside rcu_read_lock. */
  readers(): number[] {
    return this.tasks.all.filter((task) => this.tasks.rcuDepth(task) > 0);
  }
  /** Whether a CPU is a reader: it has preemption, bottom halves or interrupts off. */
  cpuReads(cpu: number): boolean {
    const { core, tasks } = this;
    const own = tasks.kind(core.currentOf(cpu)) === KIND_IDLE ? PREEMPT_DISABLED : 0;
    return core.getPerCpu('__preempt_count', cpu) !== own || core.getPerCpu('kmem_irqs_off', cpu) !== 0;
  }
  /** Whether some code is a reader: a task inside rcu_read_lock, or a CPU. */
  private hasReaders(): boolean {
    const { core, tasks } = this;
    if (tasks.all.some((task) => tasks.rcuDepth(task) > 0)) return true;
    for (let cpu = 0; cpu < core.cpus; cpu++) if (this.cpuReads(cpu)) return true;
    return false;
  }
  /** rcu_note_context_switch: a reader must not sleep. `preempt`: it does not ask to; `callers`: the kernel's functions, if not those of schedule(). */
  noteContextSwitch(preempt: boolean, callers?: readonly string[]): void {
    const { core, tasks, reports } = this;
    if (preempt || tasks.rcuDepth(core.current) <= 0 || !core.warnsNow(WarnOnce.VoluntarySwitchInReader)) return;
    reports.warn(
      {
        at: 'kernel/rcu/tree_plugin.h:320',
        fn: 'rcu_note_context_switch',
        functions: callers ?? this.sleeping.scheduleCallers(),
      },
      'Voluntary context switch within RCU read-side critical section!',
    );
  }
  /** rcu_flavor_sched_clock_irq: the tick finds a task that has left more readers than it has entered. */
  checkDepth(cpu: number): void {
    const { core, tasks, reports } = this;
    const task = core.currentOf(cpu);
    if (cpu !== core.cpu || tasks.rcuDepth(task) >= 0 || core.preemptCount !== 0) return;
    if (core.warnsNow(WarnOnce.RcuDepthAtTick))
      reports.warn({
        at: 'kernel/rcu/tree_plugin.h:755',
        fn: 'rcu_sched_clock_irq',
        functions: TICK_FUNCTIONS,
        inTick: true,
      });
  }

  // ---------------------------------------------------------------- callbacks: head and tail of a list of callback_heads
  private callbacks(): number {
    return this.core.kernel.symbols.address('kmem_rcu_callbacks');
  }
  private pending(): boolean {
    return this.core.getLong(this.callbacks()) !== 0;
  }
  /** Callbacks in the list, at most `limit`. */
  queued(limit = 100_000): number {
    const { core } = this;
    let n = 0;
    for (let head = core.getLong(this.callbacks()); head !== 0 && n < limit; n++)
      head = core.field(head, 'callback_head', 'next');
    return n;
  }
  /** call_rcu */
  call(head: number, func: number): void {
    const { core } = this;
    core.setField(head, 'callback_head', 'func', func);
    core.setField(head, 'callback_head', 'next', 0);
    const list = this.callbacks();
    const tail = core.getLong(list + core.wordSize);
    if (tail === 0) core.setLong(list, head);
    else core.setField(tail, 'callback_head', 'next', head);
    core.setLong(list + core.wordSize, head);
    this.startGracePeriod();
  }
  /** Takes the whole list of callbacks: its first, 0 if it is empty. */
  takeCallbacks(): number {
    const { core } = this;
    const list = this.callbacks();
    const first = core.getLong(list);
    core.setLong(list, 0);
    core.setLong(list + core.wordSize, 0);
    return first;
  }

  // ---------------------------------------------------------------- waiting
  /** synchronize_rcu: until there are no readers, and for at least one tick. */
  synchronize(): Wait | undefined {
    const { core, tasks } = this;
    const task = core.current;
    const stage = tasks.get(task, T.stage);
    if (stage === 0) this.sleeping.mightSleep('kernel/rcu/tree.c');
    if (stage !== 0 && !this.hasReaders()) return undefined;
    return this.sleep();
  }
  /** rcu_barrier: until the callbacks queued before it have run. */
  barrier(): Wait | undefined {
    const pending = this.pending();
    if (this.tasks.get(this.core.current, T.stage) !== 0 && !pending) return undefined;
    return this.synchronize() ?? (pending ? this.sleep() : undefined);
  }
  private hasWaiters(): boolean {
    return this.tasks.all.some((task) => this.tasks.get(task, T.waitKind) === WAIT_RCU);
  }
  private sleep(): Wait {
    this.startGracePeriod();
    this.sched.prepare(this.core.current, TASK_UNINTERRUPTIBLE, WAIT_RCU, 0);
    return BLOCK;
  }
}

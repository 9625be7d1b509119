/**
 * RCU: readers are counted on their task, callbacks are one list, and a grace period ends when there are no readers
 * (kernel/rcu/tree.c, tree_plugin.h, update.c, 6.1).
 */
import type { Reports } from '../printk/reports';
import { BLOCK, type Wait } from '../sched/block';
import { type Core, WarnOnce } from '../sched/core';
import type { SleepChecks } from '../sched/might_sleep';
import { PREEMPT_DISABLED } from '../sched/preempt_mask';
import { type Sched, WAIT_RCU } from '../sched/sched';
import { KIND_IDLE, T, TASK_UNINTERRUPTIBLE, type Tasks } from '../sched/task';

export class Rcu {
  constructor(
    private readonly core: Core,
    private readonly tasks: Tasks,
    private readonly sched: Sched,
    private readonly reports: Reports,
    private readonly sleeping: SleepChecks,
  ) {}

  // ---------------------------------------------------------------- readers
  readLock(): void {
    const { current } = this.core;
    this.tasks.setRcuDepth(current, this.tasks.rcuDepth(current) + 1);
  }
  readUnlock(): void {
    const { core, reports } = this;
    const { current } = core;
    const depth = this.tasks.rcuDepth(current) - 1;
    this.tasks.setRcuDepth(current, depth);
    // a check of CONFIG_PROVE_LOCKING only
    if (depth < 0 && core.kernel.config.config.LOCKDEP === true && core.warnsNow(WarnOnce.RcuUnlock))
      reports.warnAt({ file: 'kernel/rcu/tree_plugin.h', line: 431, fn: '__rcu_read_unlock' });
  }
  /** Whether some code is a reader: a task inside rcu_read_lock, or a CPU with preemption, bottom halves or interrupts off. */
  hasReaders(): boolean {
    const { core, tasks } = this;
    if (tasks.all.some((task) => tasks.rcuDepth(task) > 0)) return true;
    for (let cpu = 0; cpu < core.cpus; cpu++) {
      const own = tasks.kind(core.currentOf(cpu)) === KIND_IDLE ? PREEMPT_DISABLED : 0;
      if (core.getPerCpu('__preempt_count', cpu) !== own || core.getPerCpu('kmem_irqs_off', cpu) !== 0) return true;
    }
    return false;
  }
  /** rcu_note_context_switch: a reader must not sleep. `preempt`: it does not ask to. */
  noteContextSwitch(preempt: boolean): void {
    const { core, tasks, reports } = this;
    if (preempt || tasks.rcuDepth(core.current) <= 0 || !core.warnsNow(WarnOnce.VoluntarySwitchInReader)) return;
    reports.warnAt(
      { file: 'kernel/rcu/tree_plugin.h', line: 320, fn: 'rcu_note_context_switch' },
      'Voluntary context switch within RCU read-side critical section!',
    );
  }
  /** rcu_flavor_sched_clock_irq: the tick finds a task that has left more readers than it has entered. */
  checkDepth(cpu: number): void {
    const { core, tasks, reports } = this;
    const task = core.currentOf(cpu);
    if (cpu !== core.cpu || tasks.rcuDepth(task) >= 0 || core.preemptCount !== 0) return;
    if (core.warnsNow(WarnOnce.RcuDepthAtTick))
      reports.warnAt({ file: 'kernel/rcu/tree_plugin.h', line: 755, fn: 'rcu_sched_clock_irq' });
  }

  // ---------------------------------------------------------------- callbacks: head and tail of a list of callback_heads
  private callbacks(): number {
    return this.core.kernel.symbols.address('kmem_rcu_callbacks');
  }
  /** Whether callbacks wait for a grace period to end. */
  pending(): boolean {
    return this.core.getLong(this.callbacks()) !== 0;
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
    if (stage === 0) this.sleeping.mightSleep();
    if (stage !== 0 && !this.hasReaders()) return undefined;
    return this.sleep();
  }
  /** rcu_barrier: until the callbacks queued before it have run. */
  barrier(): Wait | undefined {
    const pending = this.pending();
    if (this.tasks.get(this.core.current, T.stage) !== 0 && !pending) return undefined;
    return this.synchronize() ?? (pending ? this.sleep() : undefined);
  }
  /** Whether a task waits for a grace period. */
  hasWaiters(): boolean {
    return this.tasks.all.some((task) => this.tasks.get(task, T.waitKind) === WAIT_RCU);
  }
  /** A tick has passed: those who wait look again. */
  wakeWaiters(): void {
    this.sched.wakeWaiting(WAIT_RCU, 0);
  }
  private sleep(): Wait {
    this.sched.prepare(this.core.current, TASK_UNINTERRUPTIBLE, WAIT_RCU, 0);
    return BLOCK;
  }
}

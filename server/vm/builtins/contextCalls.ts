/** Contexts, RCU, per-CPU addresses, and what only a simulator can do. */

import { simFillZone } from '../../kernel/mm/page_sim';
import { BLOCK, type Wait } from '../../kernel/sched/block';
import {
  HARDIRQ_MASK,
  IN_INTERRUPT,
  NMI_MASK,
  SOFTIRQ_DISABLE_OFFSET,
  SOFTIRQ_MASK,
  SOFTIRQ_OFFSET,
} from '../../kernel/sched/core';
import { WAIT_RCU } from '../../kernel/sched/sched';
import { T, TASK_UNINTERRUPTIBLE } from '../../kernel/sched/task';
import type { Machine } from '../machine/machine';
import { bool, type Implementations, inline, plain, wait } from './define';
import { zoneOf } from './pageCalls';

const enableBh = (m: Machine): void => {
  const { core, context } = m;
  if (core.preemptCount & HARDIRQ_MASK)
    context.warn('__local_bh_enable_ip', 'WARN_ON_ONCE(in_hardirq())', [
      'bottom halves are switched on in a hard interrupt',
    ]);
  else if (core.irqsOff)
    context.warn('__local_bh_enable_ip', 'WARN_ON_ONCE(irqs_disabled())', [
      'bottom halves are switched on while interrupts are off',
    ]);
  context.sub(SOFTIRQ_DISABLE_OFFSET);
  m.softirqsAllowed = true;
};
/** Whether some task is inside rcu_read_lock. */
const readers = (m: Machine): boolean => m.tasks.all.some((t) => m.tasks.rcuDepth(t) > 0);
/** A grace period: until nobody reads, and a tick at least. */
const gracePeriod = (m: Machine): Wait | undefined => {
  const { core, tasks, sched } = m;
  const task = core.current;
  const stage = tasks.get(task, T.stage);
  if (stage === 0) m.context.mightSleep();
  if (stage !== 0) {
    sched.clearTimeout(task);
    if (!readers(m)) return undefined;
  }
  sched.prepare(task, TASK_UNINTERRUPTIBLE, WAIT_RCU, 0);
  sched.setTimeout(task, 1);
  return BLOCK;
};

export const contextBuiltins = {
  preempt_disable: plain((m) => m.context.preemptDisable()),
  preempt_enable: plain((m) => m.context.preemptEnable()),
  preempt_enable_no_resched: plain((m) => m.context.preemptEnable()),
  preempt_count: inline((m) => m.core.preemptCount),
  preemptible: inline((m) => bool(m.core.preemptCount === 0 && !m.core.irqsOff)),
  in_atomic: inline((m) => bool(m.core.preemptCount !== 0)),
  in_interrupt: inline((m) => m.core.preemptCount & IN_INTERRUPT),
  in_hardirq: inline((m) => m.core.preemptCount & HARDIRQ_MASK),
  in_softirq: inline((m) => m.core.preemptCount & SOFTIRQ_MASK),
  in_serving_softirq: inline((m) => m.core.preemptCount & SOFTIRQ_OFFSET),
  in_nmi: inline((m) => m.core.preemptCount & NMI_MASK),
  in_task: inline((m) => bool((m.core.preemptCount & (NMI_MASK | HARDIRQ_MASK | SOFTIRQ_OFFSET)) === 0)),
  irqs_disabled: inline((m) => bool(m.core.irqsOff)),
  local_irq_disable: plain((m) => {
    m.core.irqsOff = true;
  }),
  local_irq_enable: plain((m) => {
    m.core.irqsOff = false;
  }),
  local_irq_restore: plain((m, flags) => m.context.irqRestore(Number(flags))),
  __kmem_local_irq_save: plain((m) => m.context.irqSave()),
  __kmem_local_save_flags: inline((m) => (m.core.irqsOff ? 0x46 : 0x246)),
  local_bh_disable: plain((m) => m.context.add(SOFTIRQ_DISABLE_OFFSET)),
  local_bh_enable: plain(enableBh),
  might_sleep: plain((m) => m.context.mightSleep()),
  might_alloc: plain((m, gfp_mask) => m.context.mightAlloc(gfp_mask)),
  cant_sleep: plain((m) => {
    if (m.core.preemptCount === 0 && !m.core.irqsOff)
      m.context.report('BUG', `BUG: assuming atomic context at ${m.context.where()}`, [
        `in_atomic(): 0, irqs_disabled(): 0, pid: ${m.context.pid()}, name: ${m.context.comm()}`,
      ]);
  }),
  cond_resched: wait((m) => {
    const { core, tasks } = m;
    if (tasks.get(core.current, T.stage) !== 0) return 1;
    m.context.mightSleep();
    if (core.preemptCount !== 0 || m.sched.first(core.cpu) === 0) return 0;
    return BLOCK;
  }),
  need_resched: inline((m) => bool(m.sched.first(m.core.cpu) !== 0)),
  pagefault_disable: plain((m) => {
    const task = m.core.current;
    m.tasks.set(task, T.pagefault, m.tasks.get(task, T.pagefault) + 1);
  }),
  pagefault_enable: plain((m) => {
    const task = m.core.current;
    m.tasks.set(task, T.pagefault, Math.max(0, m.tasks.get(task, T.pagefault) - 1));
  }),
  get_cpu: plain((m) => {
    m.context.preemptDisable();
    return m.core.cpu;
  }),
  put_cpu: plain((m) => m.context.preemptEnable()),
  smp_processor_id: inline((m) => m.core.cpu),
  raw_smp_processor_id: inline((m) => m.core.cpu),
  migrate_disable: plain(() => {}),
  migrate_enable: plain(() => {}),
  __kmem_this_cpu_ptr: inline((m, ptr) => m.kernel.percpu.va(m.core.cpu, Number(ptr))),
  __kmem_per_cpu_ptr: inline((m, ptr, cpu) => {
    // a CPU that isn't there has no area: the address is the bare one, and using it faults
    return cpu >= 0 && cpu < m.core.cpus ? m.kernel.percpu.va(cpu, Number(ptr)) : Number(ptr);
  }),
  cpu_to_node: inline((m, cpu) => m.kernel.nodeOfCpu(cpu)),

  rcu_read_lock: plain((m) => m.context.rcuReadLock()),
  rcu_read_unlock: plain((m) => m.context.rcuReadUnlock()),
  rcu_read_lock_bh: plain((m) => {
    m.context.add(SOFTIRQ_DISABLE_OFFSET);
    m.context.rcuReadLock();
  }),
  rcu_read_unlock_bh: plain((m) => {
    m.context.rcuReadUnlock();
    enableBh(m);
  }),
  rcu_read_lock_sched: plain((m) => m.context.preemptDisable()),
  rcu_read_unlock_sched: plain((m) => m.context.preemptEnable()),
  rcu_read_lock_held: inline((m) => bool(m.tasks.rcuDepth(m.core.current) > 0)),
  synchronize_rcu: wait(gracePeriod),
  rcu_barrier: wait((m) => {
    const pending = m.core.getLong(m.core.kernel.symbols.address('kmem_rcu_callbacks')) !== 0;
    if (m.tasks.get(m.core.current, T.stage) !== 0 && !pending) return undefined;
    return gracePeriod(m) ?? (pending ? rcuWait(m) : undefined);
  }),
  call_rcu: plain((m, head, func) => {
    const { core } = m;
    core.setField(head, 'callback_head', 'func', func);
    core.setField(head, 'callback_head', 'next', 0);
    const list = core.kernel.symbols.address('kmem_rcu_callbacks');
    const tail = core.getLong(list + core.long);
    if (tail === 0) core.setLong(list, head);
    else core.setField(tail, 'callback_head', 'next', head);
    core.setLong(list + core.long, head);
  }),

  sim_raise: plain((m, irq) => m.hooks?.raise(irq, m.core.cpu)),
  sim_raise_on: plain((m, cpu, irq) => m.hooks?.raise(irq, cpu)),
  sim_raise_irq: plain((m, line) => m.hooks?.raise(line, m.core.cpu)),
  sim_fill_zone: plain((m, zone, mark) => simFillZone(m.kernel.pageAlloc, zoneOf(m, zone), Number(mark))),
} satisfies Partial<Implementations>;
function rcuWait(m: Machine): Wait {
  m.sched.prepare(m.core.current, TASK_UNINTERRUPTIBLE, WAIT_RCU, 0);
  m.sched.setTimeout(m.core.current, 1);
  return BLOCK;
}

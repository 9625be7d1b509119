/** Contexts, RCU, per-CPU addresses, and the sim_ functions. */

import { cpuToNode } from '../../kernel/mm/node';
import { simFillZone } from '../../kernel/mm/page_alloc/page_sim';
import { BH_ENABLED, PREEMPT } from '../../kernel/sched/block';
import { WarnOnce } from '../../kernel/sched/core';
import {
  HARDIRQ_MASK,
  IN_INTERRUPT,
  NMI_MASK,
  SOFTIRQ_DISABLE_OFFSET,
  SOFTIRQ_MASK,
  SOFTIRQ_OFFSET,
} from '../../kernel/sched/preempt_mask';
import { T } from '../../kernel/sched/task';
import { PREEMPTION_CHECKS } from '../../language/catalogue/bodies/macros';
import type { Machine } from '../machine/machine';
import { bool, type Implementations, inline, plain, wait } from './define';
import { zoneOf } from './pageCalls';

const enableBh = (m: Machine): typeof BH_ENABLED => {
  const { core, reports, preempt } = m;
  const warn = () => reports.warn({ at: 'kernel/softirq.c', fn: '__local_bh_enable_ip' });
  if (core.preemptCount & HARDIRQ_MASK && core.warnsNow(WarnOnce.BhEnableInHardirq)) warn();
  // lockdep_assert_irqs_enabled
  if (core.irqsOff && m.kernel.config.config.LOCKDEP === true && core.warnsNow(WarnOnce.BhEnableIrqsOff)) warn();
  preempt.sub(SOFTIRQ_DISABLE_OFFSET);
  return BH_ENABLED;
};
export function disablePagefaults(m: Machine): void {
  const task = m.core.current;
  m.tasks.set(task, T.pagefault, m.tasks.get(task, T.pagefault) + 1);
}
export function enablePagefaults(m: Machine): void {
  const task = m.core.current;
  m.tasks.set(task, T.pagefault, Math.max(0, m.tasks.get(task, T.pagefault) - 1));
}
export const contextBuiltins = {
  preempt_disable: plain((m) => m.preempt.disable()),
  preempt_enable: plain((m) => m.preempt.enable()),
  preempt_enable_no_resched: plain((m) => m.preempt.enable()),
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
  local_irq_disable: plain((m) => m.preempt.irqDisable()),
  local_irq_enable: plain((m) => m.preempt.irqEnable()),
  local_irq_restore: plain((m, flags) => m.preempt.irqRestore(Number(flags))),
  __kmem_local_irq_save: plain((m) => m.preempt.irqSave()),
  __kmem_local_save_flags: inline((m) => (m.core.irqsOff ? 0x46 : 0x246)),
  local_bh_disable: plain((m) => m.preempt.add(SOFTIRQ_DISABLE_OFFSET)),
  local_bh_enable: plain(enableBh),
  might_sleep: plain((m) => m.sleeping.mightSleep()),
  might_alloc: plain((m, gfp_mask) => m.current.mightAlloc(gfp_mask, [])),
  cant_sleep: plain((m) => {
    if (m.core.preemptCount === 0 && !m.core.irqsOff)
      m.reports.report('BUG', `BUG: assuming atomic context at ${m.reports.names.where()}`, [
        `in_atomic(): 0, irqs_disabled(): 0, pid: ${m.current.pid()}, name: ${m.current.comm()}`,
      ]);
  }),
  cond_resched: wait((m) => {
    const { core, tasks } = m;
    if (tasks.get(core.current, T.stage) !== 0) return 1;
    m.sleeping.mightResched();
    if (core.preemptCount !== 0 || m.sched.first(core.cpu) === 0) return 0;
    return PREEMPT;
  }),
  need_resched: inline((m) => bool(m.sched.first(m.core.cpu) !== 0)),
  pagefault_disable: plain(disablePagefaults),
  pagefault_enable: plain(enablePagefaults),
  get_cpu: plain((m) => {
    m.preempt.disable();
    return m.core.cpu;
  }),
  put_cpu: plain((m) => m.preempt.enable()),
  smp_processor_id: plain((m) => {
    m.preemption.check('smp_processor_id()');
    return m.core.cpu;
  }),
  raw_smp_processor_id: inline((m) => m.core.cpu),
  migrate_disable: plain((m) => m.preemption.migrateDisable()),
  migrate_enable: plain((m) => m.preemption.migrateEnable()),
  __kmem_this_cpu_ptr: inline((m, ptr) => m.kernel.percpu.va(m.core.cpu, Number(ptr))),
  __kmem_checked_cpu_ptr: plain((m, ptr, op) => {
    m.preemption.check(PREEMPTION_CHECKS[op] ?? '');
    return m.kernel.percpu.va(m.core.cpu, Number(ptr));
  }),
  __kmem_per_cpu_ptr: inline((m, ptr, cpu) => {
    // a CPU that does not exist has no area: the result is the link address, and using it faults
    return cpu >= 0 && cpu < m.core.cpus ? m.kernel.percpu.va(cpu, Number(ptr)) : Number(ptr);
  }),
  cpu_to_node: inline((m, cpu) => cpuToNode(m.kernel.nodes, cpu)),

  rcu_read_lock: plain((m) => m.rcu.readLock()),
  rcu_read_unlock: plain((m) => m.rcu.readUnlock()),
  rcu_read_lock_bh: plain((m) => {
    m.preempt.add(SOFTIRQ_DISABLE_OFFSET);
    m.rcu.enterReader('rcu_bh_lock_map');
  }),
  rcu_read_unlock_bh: plain((m) => {
    m.rcu.leaveReader('rcu_bh_lock_map');
    enableBh(m);
  }),
  rcu_read_lock_sched: plain((m) => {
    m.preempt.disable();
    m.rcu.enterReader('rcu_sched_lock_map');
  }),
  rcu_read_unlock_sched: plain((m) => {
    m.rcu.leaveReader('rcu_sched_lock_map');
    m.preempt.enable();
  }),
  rcu_read_lock_held: inline((m) => bool(m.tasks.rcuDepth(m.core.current) > 0)),
  synchronize_rcu: wait((m) => m.rcu.synchronize()),
  rcu_barrier: wait((m) => m.rcu.barrier()),
  __kmem_kvfree_rcu: plain((m, head, offset) => m.rcu.call(head, Number(offset))),
  call_rcu: plain((m, head, func) => m.rcu.call(head, func)),

  kmemleak_ignore: plain((m, ptr) => m.kernel.allocators.kmemleak?.ignore(ptr)),
  sim_kmemleak_scan: plain((m) => m.kernel.allocators.kmemleak?.scan() ?? 0),
  sim_raise: plain((m, irq) => m.hooks.raise(irq, m.core.cpu)),
  sim_raise_on: plain((m, cpu, irq) => m.hooks.raise(irq, cpu)),
  sim_raise_irq: plain((m, line) => m.hooks.raise(line, m.core.cpu)),
  sim_fill_zone: plain((m, zone, mark) => simFillZone(m.kernel.pageAlloc, zoneOf(m, zone), Number(mark))),
} satisfies Partial<Implementations>;

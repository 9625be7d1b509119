/** Variables of the running kernel, besides those of boot: interrupts, softirqs, RCU, workqueues. Defined before the run. */
import { arrayOf, basicTypes } from '../types/ctype';
import { IRQ_DESC_BYTES } from './irq/irq';
import { MAX_SOFTIRQS } from './irq/softirq';
import type { Lists } from './lib/list';
import type { Core } from './sched/core';

const WORKQUEUES = ['system_wq', 'system_highpri_wq', 'system_unbound_wq', 'system_long_wq', 'system_freezable_wq'];

export function defineRunningVariables(core: Core, lists: Lists): void {
  const { symbols, layouts, abi } = core.kernel;
  const { uint } = basicTypes(abi);
  symbols.define('kmem_irq_desc', arrayOf(uint, IRQ_DESC_BYTES / 4), 8);
  symbols.define('softirq_vec', layouts.parseType(`void *[${MAX_SOFTIRQS}]`));
  symbols.define('kmem_rcu_callbacks', layouts.parseType('struct callback_head *[2]'));
  symbols.define('kmem_oopses', uint);
  symbols.define('kmem_refcount_warned', uint);
  symbols.definePerCpu('kmem_running_tasklet', layouts.parseType('void *'));
  for (const name of ['kmem_running_irq', 'kmem_spin_value']) symbols.definePerCpu(name, uint);
  for (const name of WORKQUEUES) {
    const queue = symbols.define(`${name}_object`, layouts.parseType('struct workqueue_struct'));
    core.setLong(symbols.define(name, layouts.parseType('struct workqueue_struct *')), queue);
  }
  for (let cpu = 0; cpu < core.cpus; cpu++) lists.init(core.perCpuAddress('cpu_worker_pool', cpu));
}

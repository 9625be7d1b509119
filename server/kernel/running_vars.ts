/** Variables of the running kernel, besides those of boot: interrupts, softirqs, RCU, workqueues. Defined before the run. */
import { arrayOf, basicTypes } from '../types/ctype';
import { IRQ_DESC_BYTES } from './irq/irq';
import { MAX_SOFTIRQS } from './irq/softirq';
import type { Lists } from './lib/list';
import { PAGE_WAIT_TABLE_SIZE } from './locking/page_lock';
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

/** folio_wait_table (mm/filemap.c): 6 KiB, placed behind the scenario's variables, so that those stay near the kernel's. */
export function definePageWaitTable(core: Core, lists: Lists): void {
  const { symbols, layouts } = core.kernel;
  const queue = layouts.parseType('struct wait_queue_head');
  const table = symbols.define('folio_wait_table', arrayOf(queue, PAGE_WAIT_TABLE_SIZE));
  for (let i = 0; i < PAGE_WAIT_TABLE_SIZE; i++) {
    lists.init(table + i * layouts.size('wait_queue_head') + layouts.offset('wait_queue_head', 'head'));
  }
}

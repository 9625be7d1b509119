/**
 * Whether code that asks for its CPU stays on it: CONFIG_DEBUG_PREEMPT (lib/smp_processor_id.c: check_preemption_disabled; kernel/sched/core.c:
 * migrate_disable, 6.1).
 */
import { PF_NO_SETAFFINITY } from '../../profiles/commonConstants';
import { ratelimit } from '../lib/ratelimit';
import type { Reports } from '../printk/reports';
import type { Core } from './core';
import { countText } from './preempt_mask';
import { T, type Tasks } from './task';

/** DEFAULT_RATELIMIT_INTERVAL in seconds, and DEFAULT_RATELIMIT_BURST */
const SECONDS = 5;
const BURST = 10;

export class PreemptionChecks {
  /** CONFIG_DEBUG_PREEMPT */
  private readonly debug: boolean;

  constructor(
    private readonly core: Core,
    private readonly tasks: Tasks,
    private readonly reports: Reports,
  ) {
    this.debug = core.kernel.config.config.DEBUG_PREEMPT === true;
  }

  migrateDisable(): void {
    this.countMigrate(1);
  }
  migrateEnable(): void {
    this.countMigrate(-1);
  }
  private countMigrate(by: number): void {
    const { current } = this.core;
    const disabled = this.tasks.get(current, T.migrationDisabled);
    if (disabled + by >= 0) this.tasks.set(current, T.migrationDisabled, disabled + by);
  }
  /** check_preemption_disabled: `what` asks for this CPU, and the task may be moved to another one at once. */
  check(what: string): void {
    const { core, tasks, reports } = this;
    if (!this.debug || core.preemptCount !== 0 || core.irqsOff) return;
    const task = core.current;
    // is_percpu_thread: it is bound to its CPU
    if (tasks.flags(task) & PF_NO_SETAFFINITY || tasks.get(task, T.migrationDisabled) !== 0) return;
    const title = `BUG: using ${what} in preemptible [${countText(core.preemptCount)}] code: ${tasks.label(task)}`;
    const limit = { interval: SECONDS * core.hz, burst: BURST, fn: 'check_preemption_disabled' };
    const print = (text: string) => reports.log.print(text);
    if (!ratelimit(core.mem, core.global('printk_ratelimit_state'), limit, core.jiffies | 0, print)) {
      reports.suppressed('BUG', title, `the kernel prints ${BURST} such messages in ${SECONDS} s`);
      return;
    }
    const { names, stacks } = reports;
    reports.report('BUG', title, [`caller is ${names.symbolize(names.pc())}`], {
      functions: ['check_preemption_disabled', ...stacks.functions()],
    });
  }
}

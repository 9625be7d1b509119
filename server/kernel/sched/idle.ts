/** The idle task's loop (kernel/sched/idle.c: cpu_startup_entry, do_idle, 6.1). */
import type { Stacks } from '../printk/ports';
import { BLOCK } from './block';
import type { RcuChecks } from './context_switch';
import type { Core } from './core';
import type { SleepChecks } from './might_sleep';
import { PREEMPT_DISABLED } from './preempt_mask';
import type { Sched } from './sched';
import { type Step, SwitchTo } from './step';

/** Switches to the first runnable task of the CPU, or stays. */
export function idleStep(core: Core, sched: Sched, sleeping: SleepChecks, rcu: RcuChecks, stacks: Stacks): Step {
  const next = sched.dequeue(core.cpu);
  stacks.save();
  if (next === 0) return BLOCK;
  // schedule_idle
  sleeping.scheduleDebug(PREEMPT_DISABLED);
  rcu.noteContextSwitch(false, ['__schedule', 'schedule_idle', 'do_idle', 'cpu_startup_entry']);
  return new SwitchTo(next);
}

/**
 * Members of the kernel's structures that the kernel calls through, and where it does: for code that sets them itself instead of passing
 * the function to a call such as timer_setup(). Members of operations tables that are called from tasks are not here.
 */
import type { Registers } from './entry';

const FIELDS: Readonly<Record<string, Registers['context']>> = {
  'timer_list.function': 'softirq', // kernel/time/timer.c: call_timer_fn
  'hrtimer.function': 'hardirq', // kernel/time/hrtimer.c: __run_hrtimer; softirq with HRTIMER_MODE_…_SOFT
  'tasklet_struct.func': 'softirq', // kernel/softirq.c: tasklet_action_common
  'tasklet_struct.callback': 'softirq',
  'work_struct.func': 'task', // kernel/workqueue.c: process_one_work
  'napi_struct.poll': 'softirq', // net/core/dev.c: __napi_poll
  'net_device_ops.ndo_start_xmit': 'softirq', // bottom halves are off, and the queue's lock is held
  'net_device_ops.ndo_tx_timeout': 'softirq', // net/sched/sch_generic.c: dev_watchdog, a timer
};

/** Where the function runs that a member of a structure leads to; undefined: nothing is known. */
export const contextOfField = (tag: string | undefined, field: string): Registers['context'] | undefined =>
  tag === undefined ? undefined : FIELDS[`${tag}.${field}`];

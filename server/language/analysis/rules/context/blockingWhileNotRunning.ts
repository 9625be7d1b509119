/**
 * `blocking-while-not-running`: a call that may sleep while the task's state says that it waits already: what kernel/sched/core.c, 6.1:
 * __might_sleep reports.
 */
import { callPathTo, sinceText, takenAt } from '../../engine/evidence';
import { has, isAtomic } from '../../engine/execContext';
import type { Rule } from '../../engine/rule';
import { waits } from '../../engine/waits';

const codes: Rule<'blocking-while-not-running'>['codes'] = {
  'blocking-while-not-running': {
    group: 'context',
    severity: 'warning',
    summary: 'a call that may sleep while the state of the task is not TASK_RUNNING',
    why: 'Between set_current_state() (or prepare_to_wait()) and schedule() the task is about to sleep. A call that sleeps there comes back with TASK_RUNNING: schedule() then returns at once, and the loop around it spins instead of waiting. A wake-up for the outer wait may also end the inner one. A kernel with CONFIG_DEBUG_ATOMIC_SLEEP prints `do not call blocking ops when !TASK_RUNNING; state=… set at …`.',
    bad: 'static DEFINE_MUTEX(rx_lock);\nstatic DECLARE_WAIT_QUEUE_HEAD(rx_wait);\nstatic int rx_ready;\n\nstatic bool rx_is_ready(void)\n{\n\tbool ready;\n\n\tmutex_lock(&rx_lock);\n\tready = rx_ready;\n\tmutex_unlock(&rx_lock);\n\treturn ready;\n}\n\nvoid rx_wait_for_packet(void)\n{\n\twait_event(rx_wait, rx_is_ready());\n}\n\nvoid rx_packet(void)\n{\n\tmutex_lock(&rx_lock);\n\trx_ready = 1;\n\tmutex_unlock(&rx_lock);\n\twake_up(&rx_wait);\n}\n',
    good: 'static DECLARE_WAIT_QUEUE_HEAD(rx_wait);\nstatic int rx_ready;\n\nvoid rx_wait_for_packet(void)\n{\n\twait_event(rx_wait, READ_ONCE(rx_ready));\n}\n\nvoid rx_packet(void)\n{\n\tWRITE_ONCE(rx_ready, 1);\n\twake_up(&rx_wait);\n}\n',
    instead:
      'Do what sleeps before the state is set, or set it back with `__set_current_state(TASK_RUNNING)`. A condition of wait_event() that needs a lock takes a spinlock, or is told by a flag.',
    limits:
      'A state that is set in a way that the analysis cannot follow counts as TASK_RUNNING. Calls that are reported as `sleep-in-atomic` are not reported here as well.',
    atRunTime: ['do not call blocking ops when !TASK_RUNNING'],
  },
};

export const blockingWhileNotRunning: Rule<keyof typeof codes> = {
  codes,
  start: (cx) => ({
    apiCall(site, api) {
      const { call, context, instance, name } = site;
      if (!has(context, 'state')) return;
      const held = context.holds.find((h) => h.kind === 'state');
      if (!held || api.entry.anyState || isAtomic(context) || !waits(cx.program, site, api) || site.loose) return;
      cx.report('blocking-while-not-running', call.span, () => {
        const set = takenAt(instance, held);
        const inside = set.span.start <= call.span.start && call.span.end <= set.span.end;
        const where = inside
          ? `in the condition of ${set.by}()`
          : `${sinceText(cx.program, set, call.span)} (${set.by}())`;
        return {
          message: `${name}() may sleep here, but the task's state is not TASK_RUNNING ${where}: it comes back with TASK_RUNNING, and the wait spins. ${inside ? 'Test a condition that does not sleep' : 'Call it before the state is set, or set TASK_RUNNING first'}`,
          related: [...callPathTo(instance, context, (h) => h.kind === 'state').related, ...site.decisions()],
        };
      });
    },
  }),
};

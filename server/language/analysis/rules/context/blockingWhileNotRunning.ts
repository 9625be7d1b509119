/**
 * `blocking-while-not-running`: a call that may sleep while the task's state says that it waits already: what kernel/sched/core.c, 6.1:
 * __might_sleep reports.
 */
import { callPathTo, sinceText, takenAt } from '../../engine/evidence';
import { isAtomic } from '../../engine/execContext';
import type { Rule } from '../../engine/rule';
import { waits } from '../../engine/waits';

const codes: Rule<'blocking-while-not-running'>['codes'] = {
  'blocking-while-not-running': {
    group: 'context',
    severity: 'warning',
    summary: 'a call that may sleep while the state of the task is not TASK_RUNNING',
    why: 'Between set_current_state() (or prepare_to_wait()) and schedule() the task is about to sleep. A call that sleeps by itself sets the state to TASK_RUNNING, so that the wake-up is lost or the loop never sleeps; if the call is preempted, the task may sleep for ever. The kernel prints `do not call blocking ops when !TASK_RUNNING`.',
    bad: 'static DEFINE_MUTEX(m);\nstatic DECLARE_WAIT_QUEUE_HEAD(queue);\nstatic int ready;\nstatic bool is_ready(void)\n{\n\tbool r;\n\tmutex_lock(&m);\n\tr = ready;\n\tmutex_unlock(&m);\n\treturn r;\n}\ntask t {\n\twait_event(queue, is_ready());\n}\ntask u {\n\tmutex_lock(&m);\n\tready = 1;\n\tmutex_unlock(&m);\n\twake_up(&queue);\n}\n',
    good: 'static DECLARE_WAIT_QUEUE_HEAD(queue);\nstatic int ready;\ntask t {\n\twait_event(queue, READ_ONCE(ready));\n}\ntask u {\n\tready = 1;\n\twake_up(&queue);\n}\n',
    instead:
      'Do what sleeps before the state is set, or set it back with __set_current_state(TASK_RUNNING). A condition of wait_event() that needs a lock takes a spinlock, or is told by a flag.',
    limits: 'A state that is set in a way that the analysis cannot follow counts as TASK_RUNNING.',
    atRunTime: ['do not call blocking ops when !TASK_RUNNING'],
  },
};

export const blockingWhileNotRunning: Rule<keyof typeof codes> = {
  codes,
  start: (cx) => ({
    apiCall(site, api) {
      const { call, context, instance, name } = site;
      const held = context.holds.find((h) => h.kind === 'state');
      if (!held || api.entry.anyState || isAtomic(context) || !waits(cx.program, site, api) || site.loose) return;
      cx.report('blocking-while-not-running', call.span, () => {
        const set = takenAt(instance, held);
        const inside = set.span.start <= call.span.start && call.span.end <= set.span.end;
        const where = inside
          ? `in the condition of ${set.by}()`
          : `${sinceText(cx.program, set, call.span)} (${set.by}())`;
        return {
          message: `${name}() may sleep here, but the task's state is not TASK_RUNNING ${where}: its wake-up would be lost. ${inside ? 'Test a condition that does not sleep' : 'Call it before the state is set, or set TASK_RUNNING first'}`,
          related: [...callPathTo(instance, context, (h) => h.kind === 'state').related, ...site.decisions()],
        };
      });
    },
  }),
};

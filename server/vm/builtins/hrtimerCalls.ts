/** High-resolution timers, the clock they follow, and irq_work. */
import { Spin } from '../../kernel/sched/block';
import { T } from '../../kernel/sched/task';
import { bool, type Implementations, inline, plain, wait } from './define';

export const hrtimerBuiltins = {
  ktime_get: inline((m) => m.core.nanoseconds()),
  hrtimer_init: plain((m, timer, clock_id, mode) => m.hrtimers.init(timer, clock_id, mode)),
  hrtimer_start: plain((m, timer, tim, mode) => m.hrtimers.start(timer, tim, 0, mode)),
  hrtimer_try_to_cancel: plain((m, timer) => m.hrtimers.tryToCancel(timer)),
  hrtimer_cancel: wait((m, _scratch, timer) => {
    const was = m.hrtimers.tryToCancel(timer);
    if (was >= 0) return was;
    const running = m.hrtimers.runningField(timer);
    return new Spin(running, m.core.get32(running));
  }),
  hrtimer_active: inline((m, timer) => bool(m.hrtimers.active(timer))),
  hrtimer_forward: plain((m, timer, now, interval) => m.hrtimers.forward(timer, now, interval)),

  init_irq_work: plain((m, work, func) => m.irqWorks.init(work, func)),
  irq_work_queue: plain((m, work) => bool(m.irqWorks.queue(work))),
  irq_work_sync: wait((m, _scratch, work) => {
    if (m.tasks.get(m.core.current, T.stage) === 0) m.sleeping.mightSleep('kernel/irq_work.c');
    if (!m.irqWorks.busy(work)) return undefined;
    const flags = m.irqWorks.flagsAt(work);
    return new Spin(flags, m.core.get32(flags));
  }),
} satisfies Partial<Implementations>;

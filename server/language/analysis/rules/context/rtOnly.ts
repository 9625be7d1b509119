/** `rt-only`: what only PREEMPT_RT forbids. There spinlocks sleep, but raw spinlocks, disabled preemption and disabled interrupts are as they are. */
import { callPathTo, lockText, takenAt } from '../../engine/evidence';
import { type ExecContext, type Hold, sleepsOnRt } from '../../engine/execContext';
import type { Rule, RuleContext, Site } from '../../engine/rule';
import { waits } from '../../engine/waits';

const codes: Rule<'rt-only'>['codes'] = {
  'rt-only': {
    group: 'context',
    severity: 'hint',
    summary: 'a spinlock, or memory, is asked for where a kernel with PREEMPT_RT cannot sleep',
    why: 'On PREEMPT_RT spinlock_t, rwlock_t and local_lock_t are locks that sleep, and the memory allocator uses them whatever the mask says. Under a raw_spinlock_t or a bit spinlock, with preemption off or with interrupts off by local_irq_disable() that is a sleep in atomic context: `BUG: sleeping function called from invalid context`, with CONFIG_PROVE_RAW_LOCK_NESTING `[ BUG: Invalid wait context ]` on every kernel.',
    bad: 'machine { preempt = rt; }\nstatic DEFINE_SPINLOCK(l);\nstatic int n;\ntask t {\n\tlocal_irq_disable();\n\tspin_lock(&l);\n\tn++;\n\tspin_unlock(&l);\n\tlocal_irq_enable();\n}\n',
    good: 'machine { preempt = rt; }\nstatic DEFINE_SPINLOCK(l);\nstatic int n;\ntask t {\n\tspin_lock_irq(&l);\n\tn++;\n\tspin_unlock_irq(&l);\n}\n',
    instead:
      'spin_lock_irq() instead of local_irq_disable() and spin_lock(); local_lock() or migrate_disable() instead of get_cpu(); memory allocated before a raw spinlock is taken; raw_spinlock_t for what is taken under another one.',
    limits:
      'A hint, unless the machine has `preempt = rt`: there a warning. Interrupt handlers are threads on PREEMPT_RT and are not looked at.',
    atRunTime: ['[ BUG: Invalid wait context ]'],
  },
};
type Context = RuleContext<keyof typeof codes>;

export const rtOnly: Rule<keyof typeof codes> = {
  codes,
  start: (cx) => ({
    apiCall(site, facts) {
      const { entry } = facts;
      const reason = atomicOnRt(site.context);
      // what sleeps on every kernel: sleep-in-atomic says so
      if (!reason || site.loose || waits(cx.program, site, facts)) return;
      const spins = entry.effects?.some((e) => e.on === 'lock' && e.op === 'acquire' && sleepsOnRt(e.lock)) === true;
      if (spins || entry.spinsInside) tell(cx, site, reason, spins);
    },
  }),
};

/** What keeps a task from sleeping on PREEMPT_RT. */
function atomicOnRt(c: ExecContext): Hold | undefined {
  if (c.entry === 'nmi') return undefined;
  return c.holds.find((h) => {
    if (h.notOnRt || h.given) return false;
    if (h.kind === 'irq' || h.kind === 'irqsave') return c.irqsOff;
    return h.kind === 'raw' || h.kind === 'bit' || h.kind === 'preempt';
  });
}
function tell(cx: Context, { call, context, instance, name }: Site, reason: Hold, spins: boolean): void {
  const isRt = cx.program.machine.preempt === 'rt';
  cx.report('rt-only', call.span, () => {
    const { kind, by } = reason;
    const first = takenAt(instance, reason);
    const where =
      kind === 'raw' || kind === 'bit'
        ? `holding ${lockText(first)}`
        : `with ${kind === 'preempt' ? 'preemption' : 'interrupts'} off (${by}())`;
    const what = spins
      ? 'takes a lock that sleeps on PREEMPT_RT'
      : 'takes locks inside that sleep on PREEMPT_RT, whatever its mask says';
    const advice = spins
      ? kind === 'irq' || kind === 'irqsave'
        ? 'Use the form with _irq or _irqsave instead'
        : kind === 'preempt'
          ? 'Use migrate_disable() or a local_lock_t instead'
          : 'Use a raw_spinlock_t here as well, or take it before'
      : 'Call it before that begins, or after it has ended';
    return {
      message: `on PREEMPT_RT ${name}() must not be called ${where}: it ${what}. ${advice}`,
      related: callPathTo(instance, context).related,
      ...(isRt ? { severity: 'warning' as const } : {}),
    };
  });
}

/** `rt-only`: what only PREEMPT_RT forbids. There spinlocks sleep, but raw spinlocks, disabled preemption and disabled interrupts are as they are. */
import { callPathTo, lockText, takenAt } from '../../engine/evidence';
import { type ExecContext, type Hold, holdsAtomic, sleepsOnRt } from '../../engine/execContext';
import type { Rule, RuleContext, Site } from '../../engine/rule';
import { waits } from '../../engine/waits';

const codes: Rule<'rt-only'>['codes'] = {
  'rt-only': {
    group: 'context',
    severity: 'hint',
    summary: 'a spinlock is taken, or memory allocated or freed, where a kernel with PREEMPT_RT cannot sleep',
    why: 'On PREEMPT_RT spinlock_t, rwlock_t and local_lock_t are locks that sleep, and the memory allocator takes them whatever the mask says, in frees too. Under a raw_spinlock_t or a bit spinlock, with preemption off or with interrupts off by local_irq_disable() that is a sleep in atomic context: `BUG: sleeping function called from invalid context`. With CONFIG_PROVE_RAW_LOCK_NESTING every kernel prints `[ BUG: Invalid wait context ]` for such a lock.',
    bad: 'machine {\n\tpreempt = rt;\n}\n\nstatic DEFINE_RAW_SPINLOCK(chip_lock);\nstatic void *chip_state;\n\nvoid chip_reset(void)\n{\n\traw_spin_lock(&chip_lock);\n\tkfree(chip_state);\n\tchip_state = NULL;\n\traw_spin_unlock(&chip_lock);\n}\n',
    good: 'machine {\n\tpreempt = rt;\n}\n\nstatic DEFINE_RAW_SPINLOCK(chip_lock);\nstatic void *chip_state;\n\nvoid chip_reset(void)\n{\n\tvoid *old;\n\n\traw_spin_lock(&chip_lock);\n\told = chip_state;\n\tchip_state = NULL;\n\traw_spin_unlock(&chip_lock);\n\tkfree(old);\n}\n',
    instead:
      '`spin_lock_irq()` instead of `local_irq_disable()` and `spin_lock()`; `local_lock()` or `migrate_disable()` instead of `get_cpu()`; memory allocated before a raw spinlock is taken and freed after it; raw_spinlock_t for what is taken under another one.',
    limits:
      'A hint, unless the machine has `preempt = rt`: there a warning. Interrupt handlers are taken to be threads, as PREEMPT_RT runs them; one with IRQF_NO_THREAD is not seen. kfree_rcu() is allowed under a raw spinlock.',
    atRunTime: ['[ BUG: Invalid wait context ]'],
    holdsOn: 'kernels with PREEMPT_RT; on the others it is a hint',
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
  if (c.entry === 'nmi' || !holdsAtomic(c)) return undefined;
  return c.holds.find((h) => {
    if (h.notOnRt || h.given) return false;
    if (h.kind === 'irq' || h.kind === 'irqsave') return c.irqsOff;
    return h.kind === 'raw' || h.kind === 'bit' || h.kind === 'preempt';
  });
}
function tell(cx: Context, site: Site, reason: Hold, spins: boolean): void {
  const { call, context, instance, name } = site;
  const isRt = cx.program.machine.preempt === 'rt';
  cx.report('rt-only', call.span, () => {
    const { kind, by } = reason;
    const first = takenAt(instance, reason);
    const where =
      kind === 'raw' || kind === 'bit'
        ? `holding ${lockText(first)}`
        : `with ${kind === 'preempt' ? 'preemption' : 'interrupts'} off (${by}())`;
    const what = spins
      ? 'takes a lock that sleeps there'
      : `takes locks inside that sleep there${site.api?.entry.gfp ? ', whatever its mask says' : ''}`;
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

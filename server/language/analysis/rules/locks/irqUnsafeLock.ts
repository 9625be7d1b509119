/**
 * `irq-unsafe-lock`: an interrupt handler or a softirq takes a lock that other code holds with interrupts, or bottom halves, on: what
 * kernel/locking/lockdep.c, 6.1: mark_lock_irq finds at run time, and the tables of Documentation/kernel-hacking/locking.rst forbid.
 */
import type { Related } from '../../../check/context/program';
import type { Span } from '../../../syntax/tree';
import { callPathTo, rootOf, takenAt } from '../../engine/evidence';
import {
  type ExecContext,
  type Hold,
  type HoldKind,
  has,
  isAtomicHold,
  isLock,
  sleepsOnRt,
} from '../../engine/execContext';
import type { Instance } from '../../engine/instance';
import { type LockRef, likeness } from '../../engine/locks/lockRef';
import type { EffectStep, Rule, RuleContext, Site } from '../../engine/rule';

const codes: Rule<'irq-unsafe-lock'>['codes'] = {
  'irq-unsafe-lock': {
    group: 'locks',
    severity: 'warning',
    summary: 'a lock that an interrupt or a softirq takes is held elsewhere with interrupts or bottom halves on',
    why: 'The interrupt comes while the code below it holds the lock, on the same CPU, and spins for ever for what it has interrupted. lockdep prints `WARNING: inconsistent lock state`. On PREEMPT_RT handlers are threads, which wait for the lock.',
    bad: 'static DEFINE_SPINLOCK(rx_lock);\nstatic int packets;\n\nstatic irqreturn_t nic_interrupt(int irq, void *data)\n{\n\tspin_lock(&rx_lock);\n\tpackets++;\n\tspin_unlock(&rx_lock);\n\treturn IRQ_HANDLED;\n}\n\nvoid nic_clear_stats(void)\n{\n\tspin_lock(&rx_lock);\n\tpackets = 0;\n\tspin_unlock(&rx_lock);\n}\n\nint nic_open(int irq)\n{\n\treturn request_irq(irq, nic_interrupt, 0, "nic", NULL);\n}\n',
    good: 'static DEFINE_SPINLOCK(rx_lock);\nstatic int packets;\n\nstatic irqreturn_t nic_interrupt(int irq, void *data)\n{\n\tspin_lock(&rx_lock);\n\tpackets++;\n\tspin_unlock(&rx_lock);\n\treturn IRQ_HANDLED;\n}\n\nvoid nic_clear_stats(void)\n{\n\tspin_lock_irq(&rx_lock);\n\tpackets = 0;\n\tspin_unlock_irq(&rx_lock);\n}\n\nint nic_open(int irq)\n{\n\treturn request_irq(irq, nic_interrupt, 0, "nic", NULL);\n}\n',
    instead:
      'Take it with `spin_lock_irqsave()` (or `_irq` where interrupts are certainly on) if a hard interrupt takes it as well, with `spin_lock_bh()` if only softirqs, tasklets or timers do.',
    limits:
      'Locks are compared by class, as lockdep does; two named locks of one class are told apart. A function of which no caller is known is taken to be called with interrupts on. Silent on machines with `preempt = rt`, for handlers with IRQF_NO_THREAD too.',
    atRunTime: ['WARNING: inconsistent lock state', 'WARNING: possible irq lock inversion dependency detected'],
    runTimeAt: 'origin',
    holdsOn: 'all kernels for raw_spinlock_t; for spinlock_t and rwlock_t on those without PREEMPT_RT',
  },
};
type Context = RuleContext<keyof typeof codes>;
type Where = 'hardirq' | 'softirq';
const NONE: readonly Where[] = [];
const ONLY_HARD: readonly Where[] = ['hardirq'];
const BOTH: readonly Where[] = ['hardirq', 'softirq'];

/** One place at which a lock is taken, or held while interrupts come on. */
interface Use {
  readonly lock: LockRef;
  readonly shared: boolean;
  readonly text: string;
  readonly span: Span;
  readonly instance: Instance;
  readonly context: ExecContext;
  /** the call that takes it, or the one that turns interrupts on */
  readonly by: string;
  readonly enables: boolean;
  readonly sleepsOnRt: boolean;
}
/** kinds that spin with interrupts as the caller has them */
const SPINNING: ReadonlySet<HoldKind> = new Set(['spin', 'raw', 'read', 'write', 'bit']);
const MOST = 6;

export const irqUnsafeLock: Rule<keyof typeof codes> = {
  codes,
  start(cx) {
    const inside: Readonly<Record<Where, Map<string, Use[]>>> = { hardirq: new Map(), softirq: new Map() };
    const outside: Readonly<Record<Where, Map<string, Use[]>>> = { hardirq: new Map(), softirq: new Map() };
    const add = (to: Map<string, Use[]>, use: Use | undefined): void => {
      const cls = use?.lock.cls;
      if (!use || cls === undefined) return;
      const uses = to.get(cls);
      if (!uses) to.set(cls, [use]);
      else if (uses.length < MOST && !uses.some((u) => u.span === use.span && u.lock === use.lock)) uses.push(use);
    };
    return {
      apiCall(site) {
        const steps = site.effects;
        const after = steps.at(-1)?.after;
        if (!after) return;
        for (const step of steps) {
          const use = taken(site, step);
          if (use) {
            const entry = site.context.entry;
            if (step.effect.op === 'acquire' && (entry === 'hardirq' || entry === 'softirq')) add(inside[entry], use);
            for (const where of open(after)) add(outside[where], use);
          } else if (enables(step)) {
            for (const where of open(step.after)) {
              if (open(step.before).includes(where)) continue;
              for (const h of step.after.holds)
                if (isLock(h) && SPINNING.has(h.kind)) add(outside[where], held(site, h));
            }
          }
        }
      },
      finish() {
        for (const where of ['hardirq', 'softirq'] as const) {
          for (const [cls, uses] of outside[where]) {
            for (const use of uses) {
              const other = inside[where].get(cls)?.find((u) => clash(u, use));
              if (other) tell(cx, where, use, other);
            }
          }
        }
      },
    };
  },
};

const clash = (a: Use, b: Use): boolean => likeness(a.lock, b.lock) !== 'distinct' && !(a.shared && b.shared);
const enables = ({ effect }: EffectStep): boolean =>
  (effect.on === 'irq' && (effect.op === 'enable' || effect.op === 'restore')) ||
  (effect.on === 'bh' && effect.op === 'enable');
/** The interrupts that may come in this context. */
function open(c: ExecContext): readonly Where[] {
  if (c.irqsOff || c.entry === 'hardirq' || c.entry === 'nmi') return NONE;
  return c.entry === 'softirq' || has(c, 'bh') ? ONLY_HARD : BOTH;
}
function taken(site: Site, { effect, cause }: EffectStep): Use | undefined {
  if (effect.on !== 'lock' || effect.op === 'release' || !SPINNING.has(effect.lock) || !cause.lock) return undefined;
  const { instance, context, call } = site;
  const { lock, text, by } = cause;
  const own = { shared: effect.lock === 'read', sleepsOnRt: sleepsOnRt(effect.lock) };
  return { lock, ...own, text, span: call.span, instance, context, by, enables: false };
}
function held({ instance, context, call, name }: Site, h: Hold): Use | undefined {
  const { lock, text } = takenAt(instance, h);
  const own = { shared: h.kind === 'read', sleepsOnRt: sleepsOnRt(h.kind) };
  return lock && { lock, ...own, text, span: call.span, instance, context, by: name, enables: true };
}

const FORMS: Readonly<Record<Where, { what: string; come: string }>> = {
  hardirq: { what: 'a hard interrupt handler', come: 'interrupts' },
  softirq: { what: 'a softirq', come: 'bottom halves' },
};
function tell(cx: Context, where: Where, use: Use, other: Use): void {
  const { what, come } = FORMS[where];
  cx.report('irq-unsafe-lock', use.span, () => {
    const by = rootOf(other.instance).sym.name;
    const advice = use.enables
      ? 'Release it before'
      : where === 'softirq'
        ? 'Use the form with _bh here'
        : 'Use the form with _irqsave here, or _irq where interrupts are certainly on';
    const related: Related[] = [
      ...callPathTo(use.instance, use.context, isAtomicHold).related,
      ...callPathTo(other.instance, other.context, () => false).related,
      { span: other.span, message: `${what}, ${by}, takes ${other.text} here` },
    ];
    // there handlers are threads, which such a lock lets wait
    const except = use.sleepsOnRt ? ' (not on PREEMPT_RT)' : '';
    const then = `it would wait for ever for what it interrupts${except}. ${advice}`;
    const message = use.enables
      ? `${use.by}() turns ${come} on while ${use.text} is held, which ${what} (${by}) takes as well: ${then}`
      : `${use.by}() leaves ${come} on, but ${what} (${by}) takes ${use.text} as well: ${then}`;
    return { message, related };
  });
}

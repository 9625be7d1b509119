/**
 * Rules about saved interrupt flags. `nested-irqsave`: one variable keeps two states. `irq-restore`: interrupts come on inside a region that
 * needs them off, or flags are restored that nothing has saved.
 */
import { callPathTo, rootOf, sinceText, takenAt } from '../../engine/evidence';
import { type ExecContext, type Hold, heldAt } from '../../engine/execContext';
import { likeness } from '../../engine/locks/lockRef';
import type { EffectStep, Rule, RuleContext, Site } from '../../engine/rule';

const codes: Rule<'nested-irqsave' | 'irq-restore'>['codes'] = {
  'nested-irqsave': {
    group: 'locks',
    severity: 'warning',
    summary: 'flags are saved in a variable that still keeps the flags of an outer region',
    why: 'The second save finds interrupts off and stores that over the first state: the outer restore leaves interrupts off. The next call that may sleep is reported (`BUG: sleeping function called from invalid context`, `irqs_disabled(): 1`); code that never sleeps ends in `NMI watchdog: Watchdog detected hard LOCKUP`.',
    bad: 'static DEFINE_SPINLOCK(rx_lock);\nstatic DEFINE_SPINLOCK(tx_lock);\n\nvoid nic_reset_rings(void)\n{\n\tunsigned long flags;\n\n\tspin_lock_irqsave(&rx_lock, flags);\n\tspin_lock_irqsave(&tx_lock, flags);\n\tspin_unlock_irqrestore(&tx_lock, flags);\n\tspin_unlock_irqrestore(&rx_lock, flags);\n}\n',
    good: 'static DEFINE_SPINLOCK(rx_lock);\nstatic DEFINE_SPINLOCK(tx_lock);\n\nvoid nic_reset_rings(void)\n{\n\tunsigned long flags;\n\n\tspin_lock_irqsave(&rx_lock, flags);\n\tspin_lock(&tx_lock);\n\tspin_unlock(&tx_lock);\n\tspin_unlock_irqrestore(&rx_lock, flags);\n}\n',
    instead:
      'Interrupts are off already: take the inner lock with `spin_lock()`. Otherwise give each region a variable of its own.',
    limits: 'Flags in an element of an array, or behind a pointer that may lead elsewhere, are not compared.',
  },
  'irq-restore': {
    group: 'locks',
    severity: 'warning',
    summary: 'interrupts are turned on inside a region that has them off, or flags are restored that nothing has saved',
    why: 'Code that counts on interrupts being off is interrupted: a handler that wants the lock held below it spins for ever, or sees half-written data. The kernel tells of a handler that returns with interrupts on (`irq … handler … enabled interrupts`), with CONFIG_DEBUG_IRQFLAGS of a restore with interrupts on (`raw_local_irq_restore() called with IRQs enabled`); lockdep prints `WARNING: inconsistent lock state` if a handler takes the lock meanwhile.',
    bad: 'static DEFINE_SPINLOCK(rx_lock);\nstatic int packets;\n\nstatic irqreturn_t nic_interrupt(int irq, void *data)\n{\n\tspin_lock_irq(&rx_lock);\n\tpackets++;\n\tspin_unlock_irq(&rx_lock);\n\treturn IRQ_HANDLED;\n}\n\nint nic_open(int irq)\n{\n\treturn request_irq(irq, nic_interrupt, 0, "nic", NULL);\n}\n',
    good: 'static DEFINE_SPINLOCK(rx_lock);\nstatic int packets;\n\nstatic irqreturn_t nic_interrupt(int irq, void *data)\n{\n\tspin_lock(&rx_lock);\n\tpackets++;\n\tspin_unlock(&rx_lock);\n\treturn IRQ_HANDLED;\n}\n\nint nic_open(int irq)\n{\n\treturn request_irq(irq, nic_interrupt, 0, "nic", NULL);\n}\n',
    instead:
      'Use the forms with `irqsave` and `irqrestore` where interrupts may be off already, and the plain ones where they certainly are. Restore in the opposite order of the saves, each from its own variable.',
    limits: 'Flags that come from a caller, a field or a return value are taken to be right.',
  },
};
type Context = RuleContext<keyof typeof codes>;

export const irqFlags: Rule<keyof typeof codes> = {
  codes,
  start: (cx) => ({
    apiCall(site) {
      for (const step of site.effects) {
        if (step.effect.on !== 'irq') continue;
        switch (step.effect.op) {
          case 'save':
            saved(cx, site, step);
            break;
          case 'enable':
            enabled(cx, site, step);
            break;
          case 'restore':
            restored(cx, site, step);
        }
      }
    },
  }),
};

function saved(cx: Context, site: Site, { before, cause }: EffectStep): void {
  const { lock, text } = cause;
  const outer = before.holds.find((h) => h.kind === 'irqsave' && h.lock && lock && likeness(h.lock, lock) === 'same');
  if (!outer || site.loose) return;
  const { call, context, instance } = site;
  cx.report('nested-irqsave', call.span, () => {
    const first = takenAt(instance, outer);
    return {
      message: `${text} keeps the interrupt state of an outer region here, ${sinceText(cx.program, first, call.span)}: saving over it loses that. Interrupts are off already, so use the form without irqsave, or a variable of its own`,
      related: [...callPathTo(instance, context, (h) => h.kind === 'irqsave').related, ...site.decisions()],
    };
  });
}
function enabled(cx: Context, site: Site, { before }: EffectStep): void {
  if (!before.irqsOff) return;
  const { call, context, instance, name } = site;
  const at = before.holds.findLastIndex((h) => h.kind === 'irq' || h.kind === 'irqsave');
  const begun = before.holds[at];
  // interrupts are off for another reason than what this call undoes
  if (begun && !begun.wasOff) return;
  if ((!begun && before.entry !== 'hardirq') || site.loose) return;
  cx.report('irq-restore', call.span, () => {
    const outer = outerOff(before, at);
    const where = outer
      ? `have been off ${sinceText(cx.program, takenAt(instance, outer), call.span)}`
      : `are off in a hard interrupt handler (${rootOf(instance).sym.name})`;
    return {
      message: `${name}() turns interrupts on, but they ${where} and have to stay off. Use the forms with irqsave and irqrestore, or the plain ones`,
      related: [...callPathTo(instance, context, isIrq).related, ...site.decisions()],
    };
  });
}
const isIrq = (h: Hold): boolean => h.kind === 'irq' || h.kind === 'irqsave';
/** What turned interrupts off first, before the hold at `at`. */
const outerOff = (c: ExecContext, at: number): Hold | undefined =>
  c.holds.slice(0, Math.max(at, 0)).find((h) => isIrq(h) && !h.wasOff);

function restored(cx: Context, site: Site, { before, cause }: EffectStep): void {
  const { lock, text } = cause;
  if (!lock) return;
  const { call, context, instance, name } = site;
  const at = heldAt(before, 'irqsave', lock);
  const mine = before.holds[at];
  if (!mine) {
    // a variable of this body that nothing has saved flags in
    if (!site.isUnset(lock) || lock.base?.owner !== instance.sym || site.loose) return;
    const disabled = before.holds.findLast((h) => h.kind === 'irq');
    cx.report('irq-restore', call.span, () => ({
      message: `${name}() restores ${text}, in which no flags are saved on this path: ${disabled ? `interrupts were turned off without saving, ${sinceText(cx.program, takenAt(instance, disabled), call.span)}` : 'its value is arbitrary'}. Take the lock with the form that has irqsave`,
      related: [...callPathTo(instance, context, isIrq).related, ...site.decisions()],
    }));
    return;
  }
  const inner = before.holds.slice(at + 1).find((h) => h.kind === 'irqsave' && h.wasOff);
  if (!inner || mine.wasOff || !mine.lock || likeness(mine.lock, lock) !== 'same' || site.loose) return;
  cx.report('irq-restore', call.span, () => {
    const there = takenAt(instance, inner);
    return {
      message: `${name}() restores ${text}, the state from before the outer region: interrupts come on although the inner region, which has saved its flags in ${there.text} ${sinceText(cx.program, there, call.span)}, ends first, and what that restores leaves them off. End the inner region first, and restore ${text} behind it`,
      related: [...callPathTo(instance, context, isIrq).related, ...site.decisions()],
    };
  });
}

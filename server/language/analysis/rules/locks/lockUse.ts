/**
 * Rules about one call on one lock. `double-lock`: it is held already on this path. `unlock-not-held`: it is not held. Only locks that are
 * certainly the same, or certainly others, count (engine/locks/lockRef.ts).
 */
import type { Effect } from '../../../catalogue/form/entry';
import { callPathTo, lockText, rootOf, sinceText, takenAt } from '../../engine/evidence';
import { answerOf, type ExecContext, type Hold, type HoldKind, has, hasReader, heldAt } from '../../engine/execContext';
import { likeness } from '../../engine/locks/lockRef';
import type { EffectStep, Rule, RuleContext, Site } from '../../engine/rule';
import { DoubtfulSites, type Tell } from './doubtfulSites';

const codes: Rule<'double-lock' | 'unlock-not-held'>['codes'] = {
  'double-lock': {
    group: 'locks',
    severity: 'warning',
    summary: 'a lock is taken again by the code that holds it',
    why: 'The lock is not recursive: its holder waits for itself. A spinlock spins with preemption off for ever (`watchdog: BUG: soft lockup`, with CONFIG_DEBUG_SPINLOCK `BUG: spinlock recursion`), a mutex sleeps for ever. lockdep prints `WARNING: possible recursive locking detected`.',
    bad: 'static DEFINE_SPINLOCK(stats_lock);\nstatic int packets;\n\nstatic void count_packet(void)\n{\n\tspin_lock(&stats_lock);\n\tpackets++;\n\tspin_unlock(&stats_lock);\n}\n\nvoid nic_poll(void)\n{\n\tspin_lock(&stats_lock);\n\tcount_packet();\n\tspin_unlock(&stats_lock);\n}\n',
    good: 'static DEFINE_SPINLOCK(stats_lock);\nstatic int packets;\n\nstatic void count_packet_locked(void) __must_hold(&stats_lock)\n{\n\tpackets++;\n}\n\nvoid nic_poll(void)\n{\n\tspin_lock(&stats_lock);\n\tcount_packet_locked();\n\tspin_unlock(&stats_lock);\n}\n',
    instead:
      'Split the function: one that takes the lock, and one for callers that hold it, which says so with `__must_hold(lock)`. Locks of two objects of one class need an order and `spin_lock_nested()`.',
    limits:
      'Silent where two names may be one lock or two. A task that reads an `rwlock_t` twice is reported, since a writer may come between; interrupts may, and so may code with bottom halves off and a function of which no caller is known.',
    atRunTime: ['WARNING: possible recursive locking detected'],
  },
  'unlock-not-held': {
    group: 'locks',
    severity: 'warning',
    summary: 'a lock is released that is not held, or something is turned on again that is not off',
    why: 'The lock becomes free while another CPU may hold it, and two CPUs are in the critical section; with preempt_enable() the count of another section ends too early. lockdep prints `WARNING: bad unlock balance detected!`, CONFIG_DEBUG_SPINLOCK `BUG: spinlock already unlocked`.',
    bad: 'static DEFINE_SPINLOCK(ring_lock);\nextern int ring_full;\nstatic int queued;\n\nvoid ring_add(void)\n{\n\tspin_lock(&ring_lock);\n\tif (ring_full)\n\t\tspin_unlock(&ring_lock);\n\telse\n\t\tqueued++;\n\tspin_unlock(&ring_lock);\n}\n',
    good: 'static DEFINE_SPINLOCK(ring_lock);\nextern int ring_full;\nstatic int queued;\n\nvoid ring_add(void)\n{\n\tspin_lock(&ring_lock);\n\tif (!ring_full)\n\t\tqueued++;\n\tspin_unlock(&ring_lock);\n}\n',
    instead:
      'Release each lock once on each path; a path that has released it already jumps to a label behind the unlock.',
    limits:
      'In a function of which no caller is known it is reported only for a lock that the same path has released before: its callers may hold it.',
    atRunTime: [
      'WARNING: bad unlock balance detected!',
      'DEBUG_LOCKS_WARN_ON(val > preempt_count())',
      'DEBUG_LOCKS_WARN_ON((val < PREEMPT_MASK) && !(preempt_count() & PREEMPT_MASK))',
      'WARNING: CPU: … __rcu_read_unlock',
      'timer: … preempt leak',
    ],
  },
};
type Context = RuleContext<keyof typeof codes>;

export const lockUse: Rule<keyof typeof codes> = {
  codes,
  start(cx) {
    const doubtful = new DoubtfulSites();
    return {
      apiCall(site) {
        if (site.effects.length === 0) return;
        let tell: Tell;
        for (const step of site.effects) tell ??= wrongIn(cx, site, step);
        doubtful.note(site, tell);
      },
      finish: (walked) => doubtful.finish(walked),
    };
  },
};
function wrongIn(cx: Context, site: Site, step: EffectStep): Tell {
  const { effect } = step;
  if (effect.on !== 'lock') return ends(effect) ? enabled(cx, site, step, effect.on as HoldKind) : undefined;
  if (effect.op === 'acquire') return taken(cx, site, step, effect.lock);
  return effect.op === 'release' ? released(cx, site, step, effect.lock) : undefined;
}
const ends = (e: Effect): boolean => (e.on === 'rcu' ? e.op === 'unlock' : e.on !== 'irq' && e.op === 'enable');

/** kinds of holds that keep a kind of lock from being taken */
const AGAINST: Readonly<Partial<Record<HoldKind, readonly HoldKind[]>>> = {
  spin: ['spin'],
  raw: ['raw'],
  bit: ['bit'],
  read: ['write'],
  write: ['read', 'write'],
  mutex: ['mutex'],
  rwsem_read: ['rwsem_read', 'rwsem_write'],
  rwsem_write: ['rwsem_read', 'rwsem_write'],
};
const EVERY_HOLDER: readonly HoldKind[] = ['read', 'write'];
function taken(cx: Context, site: Site, { before, cause }: EffectStep, kind: HoldKind): Tell {
  const { lock } = cause;
  if (!lock || before.holds.length === 0) return undefined;
  // a queued rwlock lets readers in interrupts, and with bottom halves off, pass writers that wait
  const reads =
    kind === 'read' &&
    rootOf(site.instance).closed === true &&
    !answerOf('in_interrupt', before, cx.program.machine.preempt === 'rt');
  const against = reads ? EVERY_HOLDER : AGAINST[kind];
  const held = before.holds.find((h) => against?.includes(h.kind) && h.lock && likeness(h.lock, lock) === 'same');
  if (!held) return undefined;
  const { call, context, instance, name } = site;
  return () =>
    cx.report('double-lock', call.span, () => {
      const first = takenAt(instance, held);
      return {
        message: `${name}() waits for ever${reads && held.kind === 'read' ? ' if a writer has come meanwhile' : ''}: ${lockText(first)} is held here already, ${sinceText(cx.program, first, call.span)}. Release it before, or call a function that expects it to be held`,
        related: [...callPathTo(instance, context, isHeld(first)).related, ...site.decisions()],
      };
    });
}
/** whether a hold is this one, for the call path: what else is held does not matter */
const isHeld =
  (one: Hold) =>
  (h: Hold): boolean =>
    h.span === one.span;

const OTHERS: Readonly<Partial<Record<HoldKind, HoldKind>>> = {
  read: 'write',
  write: 'read',
  rwsem_read: 'rwsem_write',
  rwsem_write: 'rwsem_read',
};
function released(cx: Context, site: Site, { before, cause }: EffectStep, kind: HoldKind): Tell {
  // anyone may raise a semaphore
  if (
    kind === 'semaphore' ||
    before.more ||
    cause.uncounted ||
    !cause.lock ||
    !cause.lock.isOne ||
    heldAt(before, kind, cause.lock) >= 0
  )
    return undefined;
  const { call, context, instance, name } = site;
  const wrong = OTHERS[kind];
  const other = wrong && before.holds[heldAt(before, wrong, cause.lock)];
  const earlier = earlierRelease(before, cause.lock);
  if (!other && !earlier && !rootOf(instance).closed) return undefined;
  return () =>
    cx.report('unlock-not-held', call.span, () => {
      const first = other && takenAt(instance, other);
      const why = first
        ? `${cause.text} is held ${/read/.test(first.kind) ? 'for reading' : 'for writing'} here, ${sinceText(cx.program, first, call.span)}`
        : earlier
          ? `${cause.text} has been released already on this path, ${sinceText(cx.program, earlier, call.span).replace('since', 'in')}`
          : `nothing on this path has taken ${cause.text}`;
      const path = callPathTo(instance, context, first ? isHeld(first) : () => false).related;
      const there = earlier ? [{ span: earlier.span, message: `${cause.text} is released here` }] : [];
      return {
        message: `${name}() releases a lock that is not held: ${why}. ${first ? 'Use the function that belongs to the one that took it' : 'Release it once on each path'}`,
        related: [...path, ...there, ...site.decisions()],
      };
    });
}
function earlierRelease(before: ExecContext, lock: NonNullable<EffectStep['cause']['lock']>): Hold | undefined {
  return before.holds.find((h) => h.kind === 'released' && h.lock && likeness(h.lock, lock) === 'same');
}
const WHAT: Readonly<Partial<Record<HoldKind, string>>> = {
  preempt: 'preemption',
  bh: 'bottom halves',
  pagefault: 'page faults',
  rcu: 'an RCU read-side critical section',
};
function enabled(cx: Context, site: Site, { before }: EffectStep, kind: HoldKind): Tell {
  const { call, context, instance, name } = site;
  const isOn = kind === 'rcu' ? hasReader(before, name) : heldAt(before, kind, undefined) >= 0;
  if (before.more || isOn || !rootOf(instance).closed) return undefined;
  const what = kind === 'rcu' && has(before, kind) ? 'a reader of this kind: another one is open here' : WHAT[kind];
  return () =>
    cx.report('unlock-not-held', call.span, () => ({
      message: `${name}() ends what has not begun: nothing on this path has ${kind === 'rcu' ? 'begun' : 'turned off'} ${what}. Call it once for each call that begins it`,
      related: [...callPathTo(instance, context, () => false).related, ...site.decisions()],
    }));
}

/**
 * The execution context as the linter follows it: the entry (task, softirq, hard interrupt, NMI), whether interrupts are off, and
 * everything held, each with where it was taken. It has what kernel/sched/core.c: __might_resched checks at run time (6.1), and the columns
 * of the catalogue's context table. ExecContexts are interned: equal ones are one object.
 */

import type { Allowed, ApiEntry, Effect, Question } from '../../catalogue/form/entry';
import type { Span } from '../../syntax/tree';
import { type Likeness, type LockRef, likeness } from './locks/lockRef';

export type Entry = 'task' | 'softirq' | 'hardirq' | 'nmi';
export type HoldKind =
  | 'spin'
  | 'raw'
  | 'read'
  | 'write'
  | 'bit'
  | 'local' // atomic until released
  | 'mutex'
  | 'rwsem_read'
  | 'rwsem_write'
  | 'semaphore' // the holder may sleep
  | 'preempt'
  | 'irq'
  | 'irqsave'
  | 'bh'
  | 'rcu'
  | 'pagefault'
  | 'state' // the task's state is not TASK_RUNNING
  | 'migrate' // stays on its CPU, may be preempted and may sleep
  | 'scope' // an SRCU reader, or masks that are narrowed: may sleep
  | 'released'; // not held: the lock that was released last

/** Something held or disabled, and the position where it was taken. */
export interface Hold {
  readonly kind: HoldKind;
  /** the lock, or the variable of the saved flags; undefined where there is none, or the callee that sees it has no use for it */
  readonly lock: LockRef | undefined;
  /** the lock or flags argument as written, without its `&` */
  readonly text: string;
  /** the function that was called */
  readonly by: string;
  readonly span: Span;
  /** index in the caller's holds; −1: taken in this function or what it called */
  readonly inherited: number;
  /** `irqsave`, `irq`: interrupts were off already */
  readonly wasOff: boolean;
  /** it leaves interrupts and preemption on where spinlocks sleep (PREEMPT_RT) */
  readonly notOnRt: boolean;
  /** a contract says that the caller has it */
  readonly given: boolean;
  /** the functions that undo it, where the kernel counts it without saying what it is of */
  readonly undoneBy: readonly string[] | undefined;
}
/** A call that takes or releases something. */
export interface Cause {
  /** of the argument that the effect names */
  readonly lock: LockRef | undefined;
  readonly text: string;
  readonly by: string;
  readonly span: Span;
  /** see `Hold` */
  readonly notOnRt?: boolean;
  readonly given?: boolean;
  readonly undoneBy?: readonly string[] | undefined;
  /** a release is kept in mind as the hold `released` */
  readonly noted?: boolean;
  /** it releases one of several locks, another one in each round of a loop: which are held is told behind the loop */
  readonly ofSeveral?: boolean;
  /** its body takes several locks of this class: how many are held is not known */
  readonly uncounted?: boolean;
}
export interface ExecContext {
  readonly id: number;
  readonly entry: Entry;
  readonly irqsOff: boolean;
  /** more have been held than are followed */
  readonly more: boolean;
  readonly holds: readonly Hold[];
  /** the kinds of its holds, as bits */
  readonly kinds: number;
}
/** As it is kept: with another one that has the same hash. */
interface Known extends ExecContext {
  readonly alike: Known | undefined;
}

/** holds that are followed */
const DEEPEST = 12;
/** holds that differ in nothing but how often they were taken: more are not told apart */
const ALIKE = 2;
/** releases that are kept in mind */
const RELEASES = 2;
const BIT: Readonly<Record<HoldKind, number>> = {
  spin: 1 << 0,
  raw: 1 << 1,
  read: 1 << 2,
  write: 1 << 3,
  bit: 1 << 4,
  local: 1 << 5,
  mutex: 1 << 6,
  rwsem_read: 1 << 7,
  rwsem_write: 1 << 8,
  semaphore: 1 << 9,
  preempt: 1 << 10,
  irq: 1 << 11,
  irqsave: 1 << 12,
  bh: 1 << 13,
  rcu: 1 << 14,
  pagefault: 1 << 15,
  state: 1 << 16,
  migrate: 1 << 17,
  scope: 1 << 18,
  released: 1 << 19,
};
/** spinning locks that sleep on PREEMPT_RT */
const SPINNING = BIT.spin | BIT.read | BIT.write | BIT.local;
const ATOMIC_LOCKS = SPINNING | BIT.raw | BIT.bit;
const SLEEPING_LOCKS = BIT.mutex | BIT.rwsem_read | BIT.rwsem_write | BIT.semaphore;
const INTERRUPTS_OFF = BIT.irq | BIT.irqsave;
/** the holder cannot sleep */
const ATOMIC = ATOMIC_LOCKS | BIT.preempt | INTERRUPTS_OFF | BIT.bh | BIT.rcu;
const PREEMPTION_OFF = ATOMIC_LOCKS | BIT.preempt;

/** What a hold is by that stands for a handler's thread, which PREEMPT_RT runs with bottom halves off (kernel/irq/manage.c: irq_forced_thread_fn). */
export const INTERRUPT_THREAD = 'PREEMPT_RT';
export const sleepsOnRt = (kind: HoldKind): boolean => (BIT[kind] & SPINNING) !== 0;
/** Whether the holder of this cannot sleep. */
export const isAtomicHold = (h: Hold): boolean => (BIT[h.kind] & ATOMIC) !== 0;
export const isLockKind = (kind: HoldKind): boolean => (BIT[kind] & (ATOMIC_LOCKS | SLEEPING_LOCKS)) !== 0;
export const isLock = (h: Hold): boolean => isLockKind(h.kind);
export const has = (c: ExecContext, kind: HoldKind): boolean => (c.kinds & BIT[kind]) !== 0;
/** Whether something is held that keeps its holder from sleeping. */
export const holdsAtomic = (c: ExecContext): boolean => (c.kinds & ATOMIC) !== 0;
const disablesPreemption = (h: Hold): boolean => (BIT[h.kind] & PREEMPTION_OFF) !== 0;
const preemptionOff = (c: ExecContext): boolean => (c.kinds & PREEMPTION_OFF) !== 0;

/** Whether two holds are one to the analysis: of the same thing, from the same place. */
function isSameHold(a: Hold, b: Hold): boolean {
  if (a === b) return true;
  if (a.kind !== b.kind || a.lock !== b.lock || a.wasOff !== b.wasOff || a.notOnRt !== b.notOnRt) return false;
  if (a.inherited !== b.inherited) return false;
  if (a.inherited >= 0) return a.undoneBy === b.undoneBy || isLockKind(a.kind);
  return a.span.start === b.span.start && a.span.file === b.span.file;
}
function areSameHolds(a: readonly Hold[], b: readonly Hold[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!isSameHold(a[i] as Hold, b[i] as Hold)) return false;
  return true;
}
function kindsOf(holds: readonly Hold[]): number {
  let kinds = 0;
  for (const { kind } of holds) kinds |= BIT[kind];
  return kinds;
}
/** `holds` without the one at `at`. */
function withoutOne(holds: readonly Hold[], at: number): readonly Hold[] {
  const rest = holds.slice();
  rest.splice(at, 1);
  return rest;
}
/** The same number for contexts that are equal. */
function hashOf(entry: Entry, irqsOff: boolean, holds: readonly Hold[]): number {
  let hash = entry.length * 2 + Number(irqsOff);
  for (const { lock, inherited, span } of holds) {
    hash = Math.imul(hash ^ (lock ? lock.id : -1), 0x01000193);
    hash = Math.imul(hash ^ (inherited >= 0 ? -inherited : span.start), 0x01000193);
  }
  return hash;
}

/** Makes contexts; one per analysis. `rt`: as on a kernel with PREEMPT_RT, where handlers are threads and spinlocks leave interrupts on. */
export class ExecContexts {
  /** by hash */
  private readonly known = new Map<number, Known>();
  private count = 0;

  constructor(readonly rt = false) {}

  private make(
    { entry, irqsOff, more }: Pick<ExecContext, 'entry' | 'irqsOff' | 'more'>,
    all: readonly Hold[],
  ): ExecContext {
    const counted = distinct(all);
    const holds = counted.length > DEEPEST ? counted.slice(0, DEEPEST) : counted;
    const tooMany = more || holds !== counted;
    const hash = hashOf(entry, irqsOff, holds);
    const alike = this.known.get(hash);
    for (let c = alike; c; c = c.alike) {
      if (c.entry !== entry || c.irqsOff !== irqsOff || c.more !== tooMany) continue;
      if (areSameHolds(holds, c.holds)) return c;
    }
    const context = { id: this.count++, entry, irqsOff, more: tooMany, holds, kinds: kindsOf(holds), alike };
    this.known.set(hash, context);
    return context;
  }
  /** `span`: what says that it is entered so */
  entry(entry: Entry, span: Span): ExecContext {
    if (!this.rt || entry === 'task' || entry === 'nmi')
      return this.make({ entry, irqsOff: entry === 'hardirq' || entry === 'nmi', more: false }, []);
    const cause = { lock: undefined, text: '', by: INTERRUPT_THREAD, span, given: true };
    return this.push(this.make({ entry: 'task', irqsOff: false, more: false }, []), 'bh', cause);
  }
  /** The context as a callee sees it: of its holds, those that `sight` tells, under the names that they have there. */
  inherited(c: ExecContext, sight: Sight): ExecContext {
    if (c.holds.length === 0) return c;
    return this.make(
      c,
      seenByCallee(c.holds, sight).map((i) => {
        const hold = c.holds[i] as Hold;
        return { ...hold, lock: sight.sees(hold) ? hold.lock && sight.inCallee(hold.lock) : undefined, inherited: i };
      }),
    );
  }
  /** A callee's context at its return in terms of its caller, which called it in `caller`. */
  returned(exit: ExecContext, caller: ExecContext, sight: Sight, call: Span): ExecContext {
    const own = exit.holds.filter((h) => h.inherited < 0 && h.kind !== 'released');
    const kept = keptHolds(exit.holds, caller.holds, sight);
    if (own.length === 0 && kept.length === caller.holds.length && exit.irqsOff === caller.irqsOff) return caller;
    const named = own.map((h) => (h.lock ? { ...h, lock: sight.inCaller(h.lock) } : h));
    const given = caller.holds.filter((h) => !kept.includes(h) && isLock(h) && h.lock?.isOne).at(-1);
    if (!given || own.some(isLock)) return this.make(exit, [...kept, ...named]);
    // the callee has released it
    const rest = kept.filter((h) => h.kind !== 'released');
    const note: Hold = { ...given, kind: 'released', span: call, inherited: -1, given: false };
    return this.make(exit, [...rest, ...named, note]);
  }
  /** Without what is known of locks that were released: the body is left. Callers need not know it. */
  left(c: ExecContext): ExecContext {
    const rest = has(c, 'released') ? withoutNotes(c.holds) : c.holds;
    return rest === c.holds ? c : this.make(c, rest);
  }
  /** Without the locks of a class of which a loop has released several; `all`: those too that have names of their own. */
  withoutClass(c: ExecContext, cls: string, all: boolean): ExecContext {
    const isGone = (h: Hold): boolean => isOneOfSeveral(h, cls) || (all && isLock(h) && h.lock?.cls === cls);
    if (!c.holds.some(isGone)) return c;
    return this.make(
      c,
      c.holds.filter((h) => !isGone(h)),
    );
  }
  /** The context behind a call that has released one of several locks, another one in each round of a loop. */
  withSeveral(c: ExecContext, before: ExecContext): ExecContext {
    const missing = before.holds.filter((h) => isLock(h) && h.lock && !h.lock.isOne && !c.holds.includes(h));
    return missing.length > 0 ? this.make(c, [...missing, ...c.holds]) : c;
  }
  /** The context with other references to the locks that are held: `change` answers what each of them has become. */
  renamed(c: ExecContext, change: (lock: LockRef) => LockRef): ExecContext {
    let holds: Hold[] | undefined;
    for (let i = 0; i < c.holds.length; i++) {
      const h = c.holds[i] as Hold;
      const lock = h.lock && change(h.lock);
      if (lock === h.lock) continue;
      holds ??= c.holds.slice();
      holds[i] = { ...h, lock };
    }
    return holds ? this.make(c, holds) : c;
  }
  /** With one more hold; `irqsOff`: as it leaves interrupts. `holds`: what is held besides. */
  push(
    c: ExecContext,
    kind: HoldKind,
    cause: Cause,
    wasOff = false,
    irqsOff = c.irqsOff,
    holds = c.holds,
  ): ExecContext {
    const { lock, text, by, span, notOnRt = false, given = false, undoneBy } = cause;
    const hold: Hold = {
      kind,
      lock,
      text,
      by,
      span,
      inherited: -1,
      wasOff,
      notOnRt: notOnRt || sleepsOnRt(kind),
      given,
      undoneBy,
    };
    return this.make({ entry: c.entry, irqsOff, more: c.more }, [...holds, hold]);
  }
  /** Without the hold that `heldAt` finds, or that `by` is meant to undo; `irqsOff`: as it leaves interrupts. */
  private drop(
    c: ExecContext,
    kind: HoldKind,
    lock: LockRef | undefined,
    by?: string,
    irqsOff: boolean = c.irqsOff,
  ): ExecContext {
    const latest = heldAt(c, kind, lock);
    const at = by === undefined ? latest : meantBy(c, latest, by);
    if (at < 0 && irqsOff === c.irqsOff) return c;
    return this.make({ entry: c.entry, irqsOff, more: c.more }, at < 0 ? c.holds : withoutOne(c.holds, at));
  }
  /** One effect of a call. */
  after(c: ExecContext, effect: Effect, cause: Cause): ExecContext {
    switch (effect.on) {
      case 'preempt':
      case 'bh':
      case 'pagefault':
      case 'migrate': {
        const kind = this.rt && effect.on === 'preempt' && effect.onRt === 'migrate' ? 'migrate' : effect.on;
        return effect.op === 'disable' ? this.push(c, kind, cause) : this.drop(c, kind, undefined, cause.by);
      }
      case 'scope':
        return effect.op === 'begin' ? this.push(c, 'scope', cause) : this.drop(c, 'scope', undefined, cause.by);
      case 'rcu':
        if (effect.op === 'lock') return this.push(c, 'rcu', cause);
        return hasReader(c, cause.by) ? this.drop(c, 'rcu', undefined, cause.by) : c;
      case 'state': {
        const running = this.drop(c, 'state', undefined);
        return effect.op === 'set' ? this.push(running, 'state', cause) : running;
      }
      case 'lock':
        if (effect.op !== 'release') {
          const holds = has(c, 'released') ? withoutNotes(without(c.holds, 'released', cause.lock)) : c.holds;
          return this.push(c, effect.lock, cause, false, c.irqsOff, holds);
        }
        if (cause.ofSeveral) return c;
        if (!cause.noted || !cause.lock?.base) return this.drop(c, effect.lock, cause.lock);
        return this.push(c, 'released', cause, false, c.irqsOff, roomFor(cause.lock, c, effect.lock));
      case 'irq': {
        // with a spinlock that sleeps on PREEMPT_RT they stay as they are there
        const stays = this.rt && cause.notOnRt === true;
        switch (effect.op) {
          case 'disable':
            return this.push(c, 'irq', cause, c.irqsOff, stays ? c.irqsOff : true);
          case 'enable':
            return this.drop(c, 'irq', undefined, undefined, stays && c.irqsOff);
          case 'save':
            return this.push(c, 'irqsave', cause, c.irqsOff, stays ? c.irqsOff : true);
          case 'restore': {
            const saved = c.holds[heldAt(c, 'irqsave', cause.lock)];
            const irqsOff = stays ? c.irqsOff : (saved?.wasOff ?? false);
            return this.drop(c, 'irqsave', cause.lock, undefined, irqsOff);
          }
        }
      }
    }
  }
}
const isNote = (h: Hold): boolean => h.kind === 'released' && h.inherited < 0;
/** Holds without what is known of locks that were released, except by callers. */
const withoutNotes = (holds: readonly Hold[]): readonly Hold[] =>
  holds.some(isNote) ? holds.filter((h) => !isNote(h)) : holds;
/** `holds` without the one that is `lock`, held as `kind`. */
function without(holds: readonly Hold[], kind: HoldKind, lock: LockRef | undefined): readonly Hold[] {
  const at = latestOf(holds, kind, lock);
  return at < 0 ? holds : withoutOne(holds, at);
}
/** What is held besides once `lock`, held as `kind`, is released: of releases of one lock the last one counts, and of all the last two. */
function roomFor(lock: LockRef, c: ExecContext, kind: HoldKind): readonly Hold[] {
  const holds = without(without(c.holds, kind, lock), 'released', lock);
  if (!has(c, 'released')) return holds;
  const noted = holds.filter((h) => h.kind === 'released');
  return noted.length < RELEASES ? holds : holds.filter((h) => h !== noted[0]);
}
/** What a callee sees of its caller's holds. */
export interface Sight {
  /** whether it may take or release what this hold is of */
  sees(hold: Hold): boolean;
  /** the name of a lock of the caller in the callee, and the reverse */
  inCallee(lock: LockRef): LockRef;
  inCaller(lock: LockRef): LockRef;
}
/** Without those beyond `ALIKE` that were taken by the same call. */
function distinct(holds: readonly Hold[]): readonly Hold[] {
  for (let i = 1; i < holds.length; i++) if (!isKept(holds, i)) return holds.filter((_, j) => isKept(holds, j));
  return holds;
}
function isKept(holds: readonly Hold[], at: number): boolean {
  const { inherited, kind, lock, span } = holds[at] as Hold;
  if (inherited >= 0) return true;
  let before = 0;
  for (let i = 0; i < at; i++) {
    const h = holds[i] as Hold;
    if (h.kind === kind && h.lock === lock && h.span.start === span.start && h.span.file === span.file) before++;
  }
  // taken in a loop from objects that have no names of their own: how many are held is not known
  return before === 0 || before < (lock && !lock.isOne ? 1 : ALIKE);
}
/**
 * The holds of a caller, by index, that its callee is analysed with: those that it may release, and of the others the latest two of each
 * kind, sorted by kind. Callers that differ in the rest share an analysis.
 */
function seenByCallee(holds: readonly Hold[], sight: Sight): readonly number[] {
  const seen: number[] = [];
  for (let i = 0; i < holds.length; i++) {
    const h = holds[i] as Hold;
    if ((h.lock && sight.sees(h)) || (h.kind !== 'released' && laterOfKind(holds, i) < ALIKE)) seen.push(i);
  }
  if (seen.length < 2) return seen;
  const kindOf = (i: number): string => (holds[i] as Hold).kind;
  return seen.sort((a, b) => (kindOf(a) < kindOf(b) ? -1 : kindOf(a) > kindOf(b) ? 1 : a - b));
}
function laterOfKind(holds: readonly Hold[], at: number): number {
  const { kind } = holds[at] as Hold;
  let later = 0;
  for (let i = at + 1; i < holds.length; i++) if ((holds[i] as Hold).kind === kind) later++;
  return later;
}
/** The caller's holds that are still there where the callee holds `inner`. */
export function keptHolds(inner: readonly Hold[], caller: readonly Hold[], sight: Sight): readonly Hold[] {
  const released = new Set(seenByCallee(caller, sight));
  for (const h of inner) released.delete(h.inherited);
  return released.size === 0 ? caller : caller.filter((_, i) => !released.has(i));
}
/** Whether a hold is of a lock of this class that has no name of its own: an element of an array, an object of a list. */
const isOneOfSeveral = (h: Hold, cls: string | undefined): boolean =>
  isLock(h) && h.lock !== undefined && h.lock.cls === cls && !h.lock.isOne;
/** How `lock` is held as `kind`: the index of the latest hold that is certainly it, else of the latest that may be it; −1: not held. */
export function heldAt(c: ExecContext, kind: HoldKind, lock: LockRef | undefined): number {
  return has(c, kind) ? latestOf(c.holds, kind, lock) : -1;
}
function latestOf(holds: readonly Hold[], kind: HoldKind, lock: LockRef | undefined): number {
  let may = -1;
  for (let i = holds.length - 1; i >= 0; i--) {
    const h = holds[i] as Hold;
    if (h.kind !== kind) continue;
    // a callee has no use for the names of locks that it does not touch
    const unnamed: Likeness = h.inherited < 0 ? 'maybe' : 'distinct';
    const like = !lock ? 'maybe' : h.lock ? likeness(h.lock, lock) : unnamed;
    if (like === 'same') return i;
    if (like === 'maybe' && may < 0) may = i;
  }
  return may;
}
/**
 * Of holds that are only counted, the one that `by` is meant to undo: rcu_read_unlock_sched() leaves a reader of rcu_read_lock() open. `latest`:
 * the one that goes otherwise; a caller's is not taken for one of this body's own.
 */
function meantBy({ holds }: ExecContext, latest: number, by: string): number {
  const last = holds[latest];
  if (!last) return latest;
  const meant = holds.findLastIndex(
    (h) => h.kind === last.kind && h.inherited < 0 === last.inherited < 0 && h.undoneBy?.includes(by) === true,
  );
  return meant < 0 ? latest : meant;
}

/** Whether a reader is open that `by` ends: those of rcu_read_lock(), of _bh and of _sched are counted apart. */
export const hasReader = ({ holds }: ExecContext, by: string): boolean =>
  holds.some((h) => h.kind === 'rcu' && h.undoneBy?.includes(by) !== false);
const WEIGHT: Readonly<Record<Allowed, number>> = { yes: 0, chance: 1, gfp: 2, no: 3, deferred: 4 };
const stricter = (a: Allowed, b: Allowed): Allowed => (WEIGHT[b] > WEIGHT[a] ? b : a);

/**
 * The catalogue's rule for a call in context `c`: the strictest of the columns of its context table that the context falls in. Interrupts
 * that defer the work decide alone (vfree).
 */
export function allowedIn({ contexts }: ApiEntry, c: ExecContext): Allowed {
  if (c.entry === 'nmi') return contexts.NMI;
  const bh = c.entry === 'softirq' || has(c, 'bh');
  const off = c.entry !== 'hardirq' && c.irqsOff;
  const rcu = has(c, 'rcu');
  if (c.entry === 'task' && !bh && !off && !rcu && !preemptionOff(c))
    return (c.kinds & SLEEPING_LOCKS) !== 0 ? contexts.M : contexts.T;
  let worst: Allowed = 'yes';
  if (c.entry === 'hardirq') worst = stricter(worst, contexts.HI);
  if (bh) worst = stricter(worst, contexts.BH);
  if (off) worst = stricter(worst, contexts.IO);
  if (preemptionOff(c)) worst = stricter(worst, contexts.SL);
  if (rcu) worst = stricter(worst, contexts.R);
  return worst;
}
/** Whether __might_resched would report a call here. */
export const isAtomic = (c: ExecContext): boolean =>
  c.entry !== 'task' || c.irqsOff || (c.kinds & ATOMIC & ~INTERRUPTS_OFF) !== 0;

/** The value of `in_interrupt()` and its family here; `rt`: on PREEMPT_RT, where locks that sleep do not count, nor bottom halves that are off. */
export function answerOf(
  question: Exclude<Question, 'gfpflags_allow_blocking' | 'preempt_count' | 'spin_is_locked'>,
  c: ExecContext,
  rt: boolean,
): boolean {
  const interrupt = c.entry !== 'task';
  const counted = rt ? c.holds.some((h) => disablesPreemption(h) && !h.notOnRt) : has(c, 'bh') || preemptionOff(c);
  switch (question) {
    case 'in_hardirq':
      // nmi_enter counts a hard interrupt as well
      return c.entry === 'hardirq' || c.entry === 'nmi';
    case 'in_nmi':
      return c.entry === 'nmi';
    case 'in_serving_softirq':
      return c.entry === 'softirq';
    case 'in_softirq':
      return c.entry === 'softirq' || has(c, 'bh');
    case 'in_interrupt':
      return interrupt || has(c, 'bh');
    case 'in_task':
      return !interrupt;
    case 'irqs_disabled':
      return c.irqsOff;
    case 'in_atomic':
      return interrupt || counted;
    case 'preemptible':
      return !(interrupt || counted || c.irqsOff);
  }
}

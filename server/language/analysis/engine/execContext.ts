/**
 * The execution context as the linter follows it: the entry (task, softirq, hard interrupt, NMI), whether interrupts are off, and
 * everything held, each with where it was taken. It has what kernel/sched/core.c: __might_resched checks at run time (6.1), and the columns
 * of the catalogue's context table. ExecContexts are interned: equal ones are one object.
 */

import { orMake } from '../../../types/orMake';
import type { Allowed, ApiEntry, ContextColumn, Effect, Question } from '../../catalogue/form/entry';
import type { Span } from '../../syntax/tree';
import { isOne, type Likeness, type LockRef, likeness } from './locks/lockRef';

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
}

/** holds that are followed */
const DEEPEST = 12;
/** holds that differ in nothing but how often they were taken: more are not told apart */
const ALIKE = 2;
/** releases that are kept in mind */
const RELEASES = 2;
const ATOMIC_LOCKS: ReadonlySet<HoldKind> = new Set(['spin', 'raw', 'read', 'write', 'bit', 'local']);
/** spinning locks that sleep on PREEMPT_RT */
const SPINNING: ReadonlySet<HoldKind> = new Set(['spin', 'read', 'write', 'local']);
const SLEEPING_LOCKS: ReadonlySet<HoldKind> = new Set(['mutex', 'rwsem_read', 'rwsem_write', 'semaphore']);

/** What a hold is by that stands for a handler's thread, which PREEMPT_RT runs with bottom halves off (kernel/irq/manage.c: irq_forced_thread_fn). */
export const INTERRUPT_THREAD = 'PREEMPT_RT';
export const sleepsOnRt = (kind: HoldKind): boolean => SPINNING.has(kind);
/** Whether the holder of this cannot sleep. */
export const isAtomicHold = (h: Hold): boolean =>
  !SLEEPING_LOCKS.has(h.kind) &&
  h.kind !== 'pagefault' &&
  h.kind !== 'migrate' &&
  h.kind !== 'scope' &&
  h.kind !== 'released' &&
  h.kind !== 'state';
export const isLockKind = (kind: HoldKind): boolean => ATOMIC_LOCKS.has(kind) || SLEEPING_LOCKS.has(kind);
export const isLock = (h: Hold): boolean => isLockKind(h.kind);
export const has = (c: ExecContext, kind: HoldKind): boolean => c.holds.some((h) => h.kind === kind);
const disablesPreemption = (h: Hold): boolean => ATOMIC_LOCKS.has(h.kind) || h.kind === 'preempt';
const preemptionOff = (c: ExecContext): boolean => c.holds.some(disablesPreemption);

/** Whether two holds are one to the analysis: of the same thing, from the same place. */
function isSameHold(a: Hold, b: Hold): boolean {
  if (a === b) return true;
  if (a.kind !== b.kind || a.lock !== b.lock || a.wasOff !== b.wasOff || a.notOnRt !== b.notOnRt) return false;
  if (a.inherited >= 0 || b.inherited >= 0) return a.inherited === b.inherited;
  return a.span.start === b.span.start && a.span.file === b.span.file;
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
  private readonly known = new Map<number, ExecContext[]>();
  private count = 0;

  constructor(readonly rt = false) {}

  make({ entry, irqsOff, more }: Omit<ExecContext, 'id' | 'holds'>, all: readonly Hold[]): ExecContext {
    const counted = distinct(all);
    const holds = counted.length > DEEPEST ? counted.slice(0, DEEPEST) : counted;
    const tooMany = more || holds !== counted;
    const alike = orMake(this.known, hashOf(entry, irqsOff, holds), () => []);
    for (const c of alike) {
      if (c.entry !== entry || c.irqsOff !== irqsOff || c.more !== tooMany || c.holds.length !== holds.length) continue;
      if (holds.every((h, i) => isSameHold(h, c.holds[i] as Hold))) return c;
    }
    const context = { id: this.count++, entry, irqsOff, more: tooMany, holds };
    alike.push(context);
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
    const given = caller.holds.filter((h) => !kept.includes(h) && isLock(h) && h.lock && isOne(h.lock)).at(-1);
    if (!given || own.some(isLock)) return this.make(exit, [...kept, ...named]);
    // the callee has released it
    const rest = kept.filter((h) => h.kind !== 'released');
    const note: Hold = { ...given, kind: 'released', span: call, inherited: -1, given: false };
    return this.make(exit, [...rest, ...named, note]);
  }
  /** Without what is known of locks that were released: something is taken, or the body is left. Callers need not know it. */
  left(c: ExecContext): ExecContext {
    const isNote = (h: Hold): boolean => h.kind === 'released' && h.inherited < 0;
    return c.holds.some(isNote)
      ? this.make(
          c,
          c.holds.filter((h) => !isNote(h)),
        )
      : c;
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
    const missing = before.holds.filter((h) => isLock(h) && h.lock && !isOne(h.lock) && !c.holds.includes(h));
    return missing.length > 0 ? this.make(c, [...missing, ...c.holds]) : c;
  }
  /** The context with other references to the locks that are held: `change` answers what each of them has become. */
  renamed(c: ExecContext, change: (lock: LockRef) => LockRef): ExecContext {
    let same = true;
    const holds = c.holds.map((h) => {
      const lock = h.lock && change(h.lock);
      if (lock === h.lock) return h;
      same = false;
      return { ...h, lock };
    });
    return same ? c : this.make(c, holds);
  }
  /** With one more hold; `irqsOff`: as it leaves interrupts. */
  push(c: ExecContext, kind: HoldKind, cause: Cause, wasOff = false, irqsOff = c.irqsOff): ExecContext {
    const { lock, text, by, span, notOnRt = false, given = false, undoneBy } = cause;
    return this.make({ entry: c.entry, irqsOff, more: c.more }, [
      ...c.holds,
      { kind, lock, text, by, span, inherited: -1, wasOff, notOnRt: notOnRt || SPINNING.has(kind), given, undoneBy },
    ]);
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
    return this.make(
      { entry: c.entry, irqsOff, more: c.more },
      at < 0 ? c.holds : [...c.holds.slice(0, at), ...c.holds.slice(at + 1)],
    );
  }
  /** Room for one more release: of one lock the last one counts, and of all the last two. */
  private forget(c: ExecContext, lock: LockRef): ExecContext {
    const before = this.drop(c, 'released', lock);
    const noted = before.holds.filter((h) => h.kind === 'released');
    const oldest = noted.length < RELEASES ? undefined : noted[0];
    return oldest
      ? this.make(
          c,
          before.holds.filter((h) => h !== oldest),
        )
      : before;
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
        return effect.op === 'lock' ? this.push(c, 'rcu', cause) : this.drop(c, 'rcu', undefined, cause.by);
      case 'state': {
        const running = this.drop(c, 'state', undefined);
        return effect.op === 'set' ? this.push(running, 'state', cause) : running;
      }
      case 'lock':
        if (effect.op !== 'release')
          return this.push(this.left(this.drop(c, 'released', cause.lock)), effect.lock, cause);
        if (cause.ofSeveral) return c;
        return cause.noted && cause.lock?.base
          ? this.push(this.forget(this.drop(c, effect.lock, cause.lock), cause.lock), 'released', cause)
          : this.drop(c, effect.lock, cause.lock);
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
  const alike = (a: Hold, b: Hold): boolean =>
    a.kind === b.kind && a.lock === b.lock && a.span.start === b.span.start && a.span.file === b.span.file;
  const isKept = (h: Hold, i: number): boolean => {
    if (h.inherited >= 0) return true;
    // taken in a loop from objects that have no names of their own: how many are held is not known
    const most = h.lock && !isOne(h.lock) ? 1 : ALIKE;
    let before = 0;
    for (let j = 0; j < i; j++) if (alike(holds[j] as Hold, h)) before++;
    return before < most;
  };
  return holds.length < 2 || holds.every(isKept) ? holds : holds.filter(isKept);
}
/**
 * The holds of a caller, by index, that its callee is analysed with: those that it may release, and of the others the latest two of each
 * kind, sorted by kind. Callers that differ in the rest share an analysis.
 */
function seenByCallee(holds: readonly Hold[], sight: Sight): readonly number[] {
  const seen = holds.flatMap((h, i) => {
    if (h.kind === 'released') return h.lock && sight.sees(h) ? [i] : [];
    if (h.lock && sight.sees(h)) return [i];
    const later = holds.slice(i + 1).filter((o) => o.kind === h.kind);
    return later.length < ALIKE ? [i] : [];
  });
  const kindOf = (i: number): string => (holds[i] as Hold).kind;
  return seen.sort((a, b) => (kindOf(a) < kindOf(b) ? -1 : kindOf(a) > kindOf(b) ? 1 : a - b));
}
/** The caller's holds that are still there where the callee holds `inner`. */
export function keptHolds(inner: readonly Hold[], caller: readonly Hold[], sight: Sight): readonly Hold[] {
  const released = new Set(seenByCallee(caller, sight));
  for (const h of inner) released.delete(h.inherited);
  return released.size === 0 ? caller : caller.filter((_, i) => !released.has(i));
}
/** Whether a hold is of a lock of this class that has no name of its own: an element of an array, an object of a list. */
const isOneOfSeveral = (h: Hold, cls: string | undefined): boolean =>
  isLock(h) && h.lock !== undefined && h.lock.cls === cls && !isOne(h.lock);
/** How `lock` is held as `kind`: the index of the latest hold that is certainly it, else of the latest that may be it; −1: not held. */
export function heldAt(c: ExecContext, kind: HoldKind, lock: LockRef | undefined): number {
  let may = -1;
  for (let i = c.holds.length - 1; i >= 0; i--) {
    const h = c.holds[i] as Hold;
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

/** The columns of the catalogue's context table that a context falls in. */
function columnsOf(c: ExecContext): readonly ContextColumn[] {
  if (c.entry === 'nmi') return ['NMI'];
  const columns: ContextColumn[] = [];
  if (c.entry === 'hardirq') columns.push('HI');
  if (c.entry === 'softirq' || has(c, 'bh')) columns.push('BH');
  if (c.entry === 'task' && c.irqsOff) columns.push('IO');
  if (c.entry === 'softirq' && c.irqsOff) columns.push('IO');
  if (preemptionOff(c)) columns.push('SL');
  if (has(c, 'rcu')) columns.push('R');
  if (columns.length === 0) columns.push(c.holds.some((h) => SLEEPING_LOCKS.has(h.kind)) ? 'M' : 'T');
  return columns;
}
const WEIGHT: Readonly<Record<Allowed, number>> = { yes: 0, deferred: 1, chance: 2, gfp: 3, no: 4 };

/** The catalogue's rule for a call in context `c`: the strictest of the columns. Interrupts that defer the work decide alone (vfree). */
export function allowedIn(entry: ApiEntry, c: ExecContext): Allowed {
  let worst: Allowed = 'yes';
  for (const column of columnsOf(c)) {
    const allowed = entry.contexts[column];
    if (allowed === 'deferred') return 'deferred';
    if (WEIGHT[allowed] > WEIGHT[worst]) worst = allowed;
  }
  return worst;
}
/** Whether __might_resched would report a call here. */
export const isAtomic = (c: ExecContext): boolean =>
  c.entry !== 'task' || c.irqsOff || c.holds.some((h) => isAtomicHold(h) && h.kind !== 'irq' && h.kind !== 'irqsave');

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

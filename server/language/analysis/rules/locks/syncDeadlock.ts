/**
 * `sync-deadlock`: a call waits until a callback has ended, while a lock is held that the callback takes. What bodies take and wait for is
 * kept by instance, in terms of each caller, and compared when the walk is complete: a callback may be registered anywhere. Locks that are
 * reached from an object are the same only where the callback reaches its own from the object that the call waits for.
 */
import type { ContextSym, FunctionSym, Related } from '../../../check/context/program';
import type { Span } from '../../../syntax/tree';
import { lockText, takenAt } from '../../engine/evidence';
import { type Hold, isLock, sleepsOnRt } from '../../engine/execContext';
import type { Instance } from '../../engine/instance';
import { type LockRef, likeness } from '../../engine/locks/lockRef';
import { mayBelong, type Owned, renamed, type Waited } from '../../engine/locks/waited';
import type { Rule, RuleContext, Walked } from '../../engine/rule';
import { inCaller, isShared, LookedAt, type Taken, takenIn, takenKey, unseen } from './takenLocks';

const HEAD =
  'struct nic {\n\tstruct mutex lock;\n\tstruct work_struct reset;\n\tint resets;\n};\n\nstatic void nic_reset(struct work_struct *work)\n{\n\tstruct nic *nic = container_of(work, struct nic, reset);\n\n\tmutex_lock(&nic->lock);\n\tnic->resets++;\n\tmutex_unlock(&nic->lock);\n}\n\nvoid nic_init(struct nic *nic)\n{\n\tmutex_init(&nic->lock);\n\tINIT_WORK(&nic->reset, nic_reset);\n}\n\n';
const codes: Rule<'sync-deadlock'>['codes'] = {
  'sync-deadlock': {
    group: 'locks',
    severity: 'warning',
    summary: 'a call waits for a work, a timer, a handler or a thread while a lock is held that it takes',
    why: 'The call waits until the function has ended, and the function waits for the lock: neither goes on. It happens only when the function begins at the wrong moment. For works and timers lockdep prints `WARNING: possible circular locking dependency detected` once it has seen both; it does not follow hrtimers, tasklets, handlers and threads, which hang without a word.',
    bad: `${HEAD}void nic_stop(struct nic *nic)\n{\n\tmutex_lock(&nic->lock);\n\tcancel_work_sync(&nic->reset);\n\tnic->resets = 0;\n\tmutex_unlock(&nic->lock);\n}\n`,
    good: `${HEAD}void nic_stop(struct nic *nic)\n{\n\tcancel_work_sync(&nic->reset);\n\tmutex_lock(&nic->lock);\n\tnic->resets = 0;\n\tmutex_unlock(&nic->lock);\n}\n`,
    instead:
      'Wait before the lock is taken, or after it is released; a flag under the lock tells the function not to start anything again. Where nothing has to be waited for, use `cancel_work()`, `del_timer()` or `disable_irq_nosync()`.',
    limits:
      'It does not see that the function cannot run at that time. Silent where it is not certain which function is waited for, or that both locks are the same: an object that was looked up in a list, a work that is known by its type only, a whole workqueue; and for a lock that the function only tries to take, or that both take for reading. Where a spinlock is held, a hint on machines with one CPU.',
    atRunTime: ['WARNING: possible circular locking dependency detected'],
  },
};
type Context = RuleContext<keyof typeof codes>;

/** A call that waits, made in a body or in what it calls. */
interface Wait {
  readonly for: Waited;
  readonly by: string;
  readonly span: Span;
  /** the calls that lead to it from the body, outermost first */
  readonly calls: readonly Related[];
}
/** A call waits while a lock is held; both in terms of one body. */
interface Held {
  readonly instance: Instance;
  readonly hold: Hold;
  readonly lock: LockRef;
  readonly wait: Wait;
}
/** Of a callback: where it takes the lock, and what has registered it. */
interface Found {
  readonly sym: FunctionSym | ContextSym;
  readonly taken: Taken;
  readonly registered: Owned | undefined;
}

export const syncDeadlock: Rule<keyof typeof codes> = {
  codes,
  start(cx) {
    const takenBy = new Map<Instance, Map<number, Taken>>();
    const waitsIn = new Map<Instance, Map<string, Wait>>();
    const found = new Map<string, Held>();
    const done = new LookedAt();
    const note = <K, T>(all: Map<Instance, Map<K, T>>, instance: Instance, key: K, one: T): void => {
      let own = all.get(instance);
      if (!own) all.set(instance, (own = new Map()));
      if (!own.has(key)) own.set(key, one);
    };
    const compare = (instance: Instance, holds: readonly Hold[], wait: Wait): void => {
      for (const hold of holds) {
        const { lock } = hold;
        // a local lock is another one on each CPU
        if (!lock || lock.cls === undefined || !isLock(hold) || hold.kind === 'local') continue;
        const key = `${instance.sym.name} ${keyOf(wait)} ${lock.id} ${isShared(hold.kind)}`;
        if (!found.has(key)) found.set(key, { instance, hold, lock, wait });
      }
    };
    return {
      apiCall(site) {
        for (const step of site.effects) {
          const taken = step.effect.op === 'acquire' ? takenIn(site, step) : undefined;
          if (taken) note(takenBy, site.instance, takenKey(taken.lock, taken.shared), taken);
        }
        const waited = site.waited();
        if (!waited) return;
        const wait = { for: waited, by: site.name, span: site.call.span, calls: [] };
        note(waitsIn, site.instance, keyOf(wait), wait);
        if (!site.loose) compare(site.instance, site.context.holds, wait);
      },
      called(call, callee) {
        const [taken, waits] = [takenBy.get(callee), waitsIn.get(callee)];
        if (!taken && !waits) return;
        if (!done.isNew(call, callee, (taken?.size ?? 0) + (waits?.size ?? 0))) return;
        for (const one of taken?.values() ?? []) {
          const lock = call.sight.inCaller(one.lock);
          const key = takenKey(lock, one.shared);
          if (takenBy.get(call.caller)?.has(key)) continue;
          note(takenBy, call.caller, key, inCaller(call, callee, one, lock));
        }
        for (const wait of waits?.values() ?? []) {
          const calls = [{ span: call.span, message: `${callee.sym.name}() is called here` }, ...wait.calls];
          const inCallers = renamed(wait.for, (ref) => call.sight.inCaller(ref));
          if (!inCallers) continue;
          const here = { ...wait, for: inCallers, calls };
          note(waitsIn, call.caller, keyOf(here), here);
          // what the callee sees by name has been compared there
          if (!call.loose) compare(call.caller, unseen(call), here);
        }
      },
      finish(walked) {
        if (found.size === 0) return;
        const takes = new Map<FunctionSym | ContextSym, Taken[]>();
        for (const [{ sym }, all] of takenBy) {
          const known = takes.get(sym);
          if (known) known.push(...all.values());
          else takes.set(sym, [...all.values()]);
        }
        const owned = walked.owned();
        for (const held of found.values()) {
          const other = callbackOf(held, owned, (sym, registered) =>
            (takes.get(sym) ?? []).find((taken) => isSame(walked, held, taken, sym, registered)),
          );
          if (other) tell(cx, held, other);
        }
      },
    };
  },
};
function keyOf({ for: waited, span }: Wait): string {
  const what = 'context' in waited ? waited.context.name : `${waited.owner.id} ${waited.passed?.id}`;
  return `${span.file} ${span.start} ${what}`;
}

type Takes = (sym: FunctionSym | ContextSym, registered: Owned | undefined) => Taken | undefined;
/** The callback that is waited for, if whichever it may be takes the lock. */
function callbackOf({ wait, instance }: Held, owned: readonly Owned[], takes: Takes): Found | undefined {
  const waited = wait.for;
  if ('context' in waited) {
    const taken = isInside(instance, waited.context) ? undefined : takes(waited.context, undefined);
    return taken && { sym: waited.context, taken, registered: undefined };
  }
  // both parts of request_threaded_irq() are waited for: one that takes the lock is enough
  const calls = new Map<string, Owned[]>();
  for (const one of owned) {
    if (!mayBelong(waited, one)) continue;
    const at = `${one.span.file} ${one.span.start}`;
    calls.set(at, [...(calls.get(at) ?? []), one]);
  }
  let first: Found | undefined;
  for (const parts of calls.values()) {
    const found = parts.flatMap((registered) => {
      const all = registered.functions.map((sym) => {
        const taken = isInside(instance, sym) ? undefined : takes(sym, registered);
        return taken && { sym, taken, registered };
      });
      return all[0] && all.every((f) => f !== undefined) ? [all[0]] : [];
    });
    if (!found[0]) return undefined;
    first ??= found[0];
  }
  return first;
}
/** Whether a body runs as a part of another: a callback that waits for itself needs no lock to do so for ever. */
function isInside(instance: Instance, sym: FunctionSym | ContextSym): boolean {
  for (let at = instance; ; at = at.via.caller) {
    if (at.sym === sym) return true;
    if (!('caller' in at.via)) return false;
  }
}

/** Whether the lock that a callback takes is certainly the one that is held. */
function isSame(
  walked: Walked,
  { lock: held, hold, wait }: Held,
  taken: Taken,
  sym: FunctionSym | ContextSym,
  registered: Owned | undefined,
): boolean {
  if (isShared(hold.kind) && taken.shared) return false;
  const like = likeness(held, taken.lock);
  if (like !== 'maybe') return like === 'same';
  const waited = wait.for;
  if ('context' in waited || !registered || sym.kind !== 'function' || !held.isOne) return false;
  const passed = walked.isPassed(taken.lock, sym);
  const { owner } = waited;
  if (passed && waited.passed && waited.passed.base === held.base && taken.lock.members.startsWith('*')) {
    if (held.members === waited.passed.members + taken.lock.members.slice(1)) return true;
  }
  if (owner.base !== held.base) return false;
  // structures that both the lock and what is waited for are in
  return parentsOf(owner.members).some((parent) => {
    if (!held.members.startsWith(parent)) return false;
    const toLock = held.members.slice(parent.length);
    const toOwner = owner.members.slice(parent.length);
    const { base, members } = registered.owner;
    if (passed && taken.lock.members === `*${toLock}`) {
      const { passed: given } = registered;
      const isParent = given?.base !== undefined && given.base === base && members === given.members + toOwner;
      return isParent || isOneStep(toLock) || isIn(taken.lock, owner, toOwner);
    }
    if (base === undefined || base !== taken.lock.base || !members.endsWith(toOwner)) return false;
    return taken.lock.members === members.slice(0, members.length - toOwner.length) + toLock;
  });
}
/** The ways to what a member is in: of `*.rx.work`, `*.rx` and `*`. */
function parentsOf(members: string): readonly string[] {
  return [...members.matchAll(/[.[*]/g)].map(({ index }) => members.slice(0, index)).reverse();
}
const isOneStep = (members: string): boolean => /^\.\w+$/.test(members);
/** Whether the lock is reached from a pointer to the structure that has the owner as a member. */
function isIn({ base }: LockRef, { cls }: LockRef, toOwner: string): boolean {
  const type = base?.type.kind === 'pointer' ? base.type.to : undefined;
  const tag = type && 'tag' in type ? type.tag : undefined;
  return tag !== undefined && isOneStep(toOwner) && cls === `${type?.kind} ${tag}${toOwner}`;
}

function tell(cx: Context, { instance, hold, wait }: Held, { sym, taken, registered }: Found): void {
  cx.report('sync-deadlock', wait.span, () => {
    const first = takenAt(instance, hold);
    const { preempt, cpus } = cx.program.machine;
    // a spinlock that is held keeps others off its CPU, except on PREEMPT_RT
    const single = cpus === 1 && (hold.kind === 'raw' || (preempt !== 'rt' && sleepsOnRt(hold.kind)));
    const who = sym.kind === 'function' ? `${sym.name}()` : `${sym.word} ${sym.name}`;
    const how = registered
      ? { span: registered.span, message: `${who} ${registered.how} here` }
      : { span: sym.def.name.span, message: `${who} is declared here` };
    const related: readonly Related[] = [
      { span: first.span, message: `${lockText(first)} is taken here` },
      ...wait.calls,
      { span: wait.span, message: `${wait.by}() waits here until ${who} has ended` },
      how,
      ...taken.calls,
      { span: taken.span, message: `${who} takes ${taken.text} here` },
    ];
    return {
      ...(single ? { severity: 'hint' as const } : {}),
      message: `${single ? 'on a machine with several CPUs: ' : ''}${wait.by}() waits until ${who} has ended, which takes ${taken.text}, but ${lockText(first)} is held here: each can wait for the other for ever. Release the lock first`,
      related,
    };
  });
}

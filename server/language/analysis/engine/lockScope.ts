/** Which locks a body may take or release, itself or in what it calls; and the names of locks on both sides of a call. */
import { orMake } from '../../../types/orMake';
import { added, EMPTY } from '../../../types/sharedSet';
import type { FunctionSym, Program } from '../../check/context/program';
import type { Call, Expr } from '../../syntax/tree';
import type { Body, CallGraph } from './callGraph';
import { type Hold, isLockKind, type Sight } from './execContext';
import type { Cfg } from './flow/cfg';
import { Definitions } from './locks/definitions';
import { type LockRef, LockRefs } from './locks/lockRef';
import { type CalleeLocks, type ReleasingLoops, releasingLoops } from './locks/releasingLoops';
import type { VarPaths } from './values/varPaths';

/** The classes of locks that a body touches. */
interface Touched {
  classes: ReadonlySet<string>;
  /** those of them of which it may be another lock each time: not one with a name of its own */
  unnamed: ReadonlySet<string>;
  /** it has a lock whose class is not known, or calls what is not known */
  any: boolean;
  /** it restores saved flags */
  flags: boolean;
  /** what it gives back */
  ends: ReadonlySet<string>;
}
interface Collected extends Touched {
  /** what it takes or turns off itself */
  begins: ReadonlySet<string>;
}

const BEGINS: ReadonlySet<string> = new Set(['acquire', 'try', 'disable', 'save', 'lock', 'begin']);
/** What there is only one of, by names that no class of locks has. */
const SUBJECTS: ReadonlyMap<string, string> = new Map(
  ['preempt', 'irq', 'bh', 'rcu', 'pagefault', 'migrate', 'scope'].map((on) => [on, `the ${on}`]),
);
const ANY_LOCK = 'any lock';

/** What a body begins or ends: a lock of a class, or what there is only one of. */
const subject = (on: string, lock: LockRef | undefined): string =>
  on === 'lock' ? ofLock(lock?.cls) : (SUBJECTS.get(on) ?? on);
const ofLock = (cls: string | undefined): string => cls ?? ANY_LOCK;
/** Both sets; the first itself, if it has everything. */
function union(a: ReadonlySet<string>, b: ReadonlySet<string>): ReadonlySet<string> {
  if (a === b) return a;
  for (const one of b) if (!a.has(one)) return new Set([...a, ...b]);
  return a;
}
/** One per analysis. */
export class LockScope {
  readonly refs: LockRefs;
  private readonly own = new Map<Body, Collected>();
  private readonly loops = new Map<Body, ReleasingLoops>();
  private readonly sights = new Map<Call, CallSight>();
  /** with what each calls; made at the first request */
  private all: ReadonlyMap<Body, Touched> | undefined;

  constructor(
    private readonly program: Program,
    private readonly graph: CallGraph,
  ) {
    this.refs = new LockRefs(program, new Definitions(program));
  }

  /** The names of locks on both sides of `call`, a call of `sym`. */
  sightOf(call: Call, sym: FunctionSym): Sight {
    const known = this.sights.get(call);
    // through a pointer one call may be of several functions
    for (let at = known; at; at = at.next) if (at.sym === sym) return at;
    const sight = new CallSight(this, call, sym, this.graph.bodies.get(sym), known);
    this.sights.set(call, sight);
    return sight;
  }
  /** Whether a body, or what it calls, may take or release what a hold is of. */
  mayTouch(body: Body, { kind, lock }: Hold): boolean {
    if (!lock) return false;
    if (kind === 'released') return this.onlyReleases(body, lock);
    const { flags, any, classes } = this.touched(body);
    if (kind === 'irqsave') return flags;
    return any || lock.cls === undefined || classes.has(lock.cls);
  }
  /** Whether a body takes things for its caller, or gives them back for it: it does not do both with anything. */
  isHelper(body: Body): boolean {
    const { begins, ends } = this.ownOf(body);
    for (const what of begins) if (ends.has(what)) return false;
    return true;
  }
  /** The loops of a body that release several locks. */
  loopsOf(body: Body, paths: VarPaths, cfg: Cfg): ReleasingLoops {
    const { refs } = this;
    const found = orMake(this.loops, body, () =>
      releasingLoops({ refs, paths, calleeLocks: (sym) => this.calleeLocks(sym) }, cfg),
    );
    return found;
  }
  private calleeLocks(sym: FunctionSym): CalleeLocks {
    const body = this.graph.bodies.get(sym);
    if (!body) return { takes: EMPTY, ends: EMPTY, unnamed: EMPTY };
    const { begins } = this.ownOf(body);
    const { classes, ends, unnamed } = this.touched(body);
    const released = [...classes].filter((cls) => ends.has(ofLock(cls)) && !begins.has(ofLock(cls)));
    return { takes: new Set([...classes].filter((cls) => !released.includes(cls))), ends: new Set(released), unnamed };
  }
  /** Whether a body itself releases a lock like this one, and takes none. */
  private onlyReleases(body: Body, { cls }: LockRef): boolean {
    const { begins, ends } = this.ownOf(body);
    const what = ofLock(cls);
    return ends.has(what) && !begins.has(what);
  }
  /** Whether a body, or what it calls, may undo a hold. */
  mayEnd(body: Body, { kind, lock }: Hold): boolean {
    const on = kind === 'irqsave' ? 'irq' : isLockKind(kind) ? 'lock' : kind;
    const { any, ends } = this.touched(body);
    if (any || (on === 'lock' && ends.has(ofLock(undefined)))) return true;
    return ends.has(subject(on, lock));
  }
  /** What a body and everything that it calls touches. */
  private touched(body: Body): Touched {
    this.all ??= this.closure();
    return this.all.get(body) ?? this.ownOf(body);
  }
  /** Hands what each body touches to its callers, until none learns more. */
  private closure(): Map<Body, Touched> {
    const all = new Map<Body, Touched>();
    const callers = new Map<Body, Body[]>();
    for (const body of this.graph.bodies.values()) {
      const { classes, unnamed, ends, any, flags } = this.ownOf(body);
      all.set(body, { classes, unnamed, ends, any, flags });
      for (const callee of body.callees) {
        const to = this.graph.bodies.get(callee);
        if (to?.matters) orMake(callers, to, () => []).push(body);
      }
    }
    const work = [...all.keys()];
    for (let body = work.pop(); body; body = work.pop()) {
      const from = all.get(body);
      for (const caller of callers.get(body) ?? []) {
        const into = all.get(caller);
        if (!from || !into) continue;
        const { classes, unnamed, ends, any, flags } = into;
        into.classes = union(classes, from.classes);
        into.unnamed = union(unnamed, from.unnamed);
        into.ends = union(ends, from.ends);
        into.any ||= from.any;
        into.flags ||= from.flags;
        const same = into.any === any && into.flags === flags && into.unnamed === unnamed;
        if (!same || into.classes !== classes || into.ends !== ends) work.push(caller);
      }
    }
    return all;
  }
  private ownOf(body: Body): Collected {
    let found = this.own.get(body);
    if (!found) this.own.set(body, (found = this.read(body)));
    return found;
  }
  private read(body: Body): Collected {
    const found: Collected = {
      classes: EMPTY,
      unnamed: EMPTY,
      any: body.callsPointers,
      flags: body.callsPointers,
      begins: EMPTY,
      ends: EMPTY,
    };
    if (body.sym.kind === 'function') {
      for (const { name, args } of body.sym.def.modifiers.contracts) {
        if (args[0] && name.text !== '__context') noteClass(found, this.refs.ofLock(args[0]));
      }
    }
    for (const e of body.written) {
      const sym = e.callee.kind === 'ident' ? this.program.symbolOf(e.callee) : undefined;
      if (sym?.kind === 'function') {
        for (const contract of sym.def.modifiers.contracts) {
          // contracts name the parameters of that function
          if (contract.args.length > 0) found.any = true;
        }
        continue;
      }
      if (sym?.kind !== 'api') continue;
      if (sym.entry.asks === 'spin_is_locked' && e.args[0]) noteClass(found, this.refs.ofLock(e.args[0]));
      for (const effect of sym.entry.effects ?? []) {
        if (effect.on === 'irq' && effect.op === 'restore') found.flags = true;
        const arg = effect.on === 'lock' ? e.args[effect.arg] : undefined;
        const ref = arg && this.refs.ofLock(arg);
        if (ref) noteClass(found, ref);
        if (effect.on === 'state') continue;
        const what = subject(effect.on, ref);
        if (BEGINS.has(effect.op)) found.begins = added(found.begins, what);
        else found.ends = added(found.ends, what);
      }
    }
    return found;
  }
}
function noteClass(found: Collected, { cls, isOne, base, members }: LockRef): void {
  if (cls === undefined) {
    found.any = true;
    return;
  }
  found.classes = added(found.classes, cls);
  if (!isOne || base?.storage !== 'global' || members.includes('*')) found.unnamed = added(found.unnamed, cls);
}
/** The names of locks on both sides of one call. */
class CallSight implements Sight {
  constructor(
    private readonly scope: LockScope,
    private readonly call: Call,
    readonly sym: FunctionSym,
    private readonly body: Body | undefined,
    readonly next: CallSight | undefined,
  ) {}

  sees(hold: Hold): boolean {
    return this.body !== undefined && this.scope.mayTouch(this.body, hold);
  }
  inCallee(lock: LockRef): LockRef {
    const { args } = this.call;
    const { refs } = this.scope;
    for (let i = 0; i < args.length; i++) {
      const param = this.sym.params[i];
      const there = param && refs.asParameter(lock, param, args[i] as Expr);
      if (there) return there;
    }
    return lock.base?.storage === 'global' ? lock : refs.unknown(lock.cls);
  }
  inCaller(lock: LockRef): LockRef {
    const { args } = this.call;
    const { refs } = this.scope;
    for (let i = 0; i < args.length; i++) {
      const param = this.sym.params[i];
      const there = param && refs.throughParameter(lock, param, args[i] as Expr);
      if (there) return there;
    }
    return lock.base?.storage === 'global' ? lock : refs.unknown(lock.cls);
  }
}

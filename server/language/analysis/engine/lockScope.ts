/** Which locks a body may take or release, itself or in what it calls; and the names of locks on both sides of a call. */
import { orMake } from '../../../types/orMake';
import type { FunctionSym, Program } from '../../check/context/program';
import type { Call } from '../../syntax/tree';
import type { Body, CallGraph } from './callGraph';
import { type Hold, isLockKind, type Sight } from './execContext';
import type { Cfg } from './flow/cfg';
import { Definitions } from './locks/definitions';
import { type LockRef, LockRefs } from './locks/lockRef';
import { type CalleeLocks, type ReleasingLoops, releasingLoops } from './locks/releasingLoops';
import type { VarPaths } from './values/varPaths';

/** The classes of locks that a body touches. */
interface Touched {
  readonly classes: ReadonlySet<string>;
  /** it has a lock whose class is not known, or calls what is not known */
  readonly any: boolean;
  /** it restores saved flags */
  readonly flags: boolean;
  /** what it gives back */
  readonly ends: ReadonlySet<string>;
}
interface Collected {
  readonly classes: Set<string>;
  any: boolean;
  flags: boolean;
  /** what it takes or turns off, and what it gives back, itself */
  readonly begins: Set<string>;
  readonly ends: Set<string>;
}

const BEGINS: ReadonlySet<string> = new Set(['acquire', 'try', 'disable', 'save', 'lock', 'begin']);

/** What a body begins or ends: a lock of a class, or what there is only one of. */
const subject = (on: string, lock: LockRef | undefined): string => (on === 'lock' ? ofLock(lock?.cls) : on);
const ofLock = (cls: string | undefined): string => (cls === undefined ? 'lock' : `lock ${cls}`);
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
    const body = this.graph.bodies.get(sym);
    const touched = body && this.touched(body);
    const { refs } = this;
    return {
      sees: ({ kind, lock }) => {
        if (!touched || !lock) return false;
        if (kind === 'released') return this.onlyReleases(body, lock);
        if (kind === 'irqsave') return touched.flags;
        return touched.any || lock.cls === undefined || touched.classes.has(lock.cls);
      },
      inCallee(lock) {
        for (let i = 0; i < call.args.length; i++) {
          const param = sym.params[i];
          const arg = call.args[i];
          const there = param && arg && refs.asParameter(lock, param, arg);
          if (there) return there;
        }
        return lock.base?.storage === 'global' ? lock : refs.unknown(lock.cls);
      },
      inCaller(lock) {
        for (let i = 0; i < call.args.length; i++) {
          const param = sym.params[i];
          const arg = call.args[i];
          const there = param && arg && refs.throughParameter(lock, param, arg);
          if (there) return there;
        }
        return lock.base?.storage === 'global' ? lock : refs.unknown(lock.cls);
      },
    };
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
    if (!body) return { takes: new Set(), ends: new Set() };
    const { begins } = this.ownOf(body);
    const { classes, ends } = this.touched(body);
    const released = [...classes].filter((cls) => ends.has(ofLock(cls)) && !begins.has(ofLock(cls)));
    return { takes: new Set([...classes].filter((cls) => !released.includes(cls))), ends: new Set(released) };
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
    const all = new Map<
      Body,
      { classes: ReadonlySet<string>; ends: ReadonlySet<string>; any: boolean; flags: boolean }
    >();
    const callers = new Map<Body, Body[]>();
    for (const body of this.graph.bodies.values()) {
      const { classes, ends, any, flags } = this.ownOf(body);
      all.set(body, { classes, ends, any, flags });
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
        const { classes, ends, any, flags } = into;
        into.classes = union(classes, from.classes);
        into.ends = union(ends, from.ends);
        into.any ||= from.any;
        into.flags ||= from.flags;
        const same = into.classes === classes && into.ends === ends && into.any === any && into.flags === flags;
        if (!same) work.push(caller);
      }
    }
    return all;
  }
  private ownOf(body: Body): Collected {
    const found = orMake(this.own, body, () => this.read(body));
    return found;
  }
  private read(body: Body): Collected {
    const found: Collected = {
      classes: new Set(),
      any: body.callsPointers,
      flags: body.callsPointers,
      begins: new Set(),
      ends: new Set(),
    };
    const note = (ref: LockRef): void => {
      if (ref.cls === undefined) found.any = true;
      else found.classes.add(ref.cls);
    };
    if (body.sym.kind === 'function') {
      for (const { name, args } of body.sym.def.modifiers.contracts) {
        if (args[0] && name.text !== '__context') note(this.refs.ofLock(args[0]));
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
      if (sym.entry.asks === 'spin_is_locked' && e.args[0]) note(this.refs.ofLock(e.args[0]));
      for (const effect of sym.entry.effects ?? []) {
        if (effect.on === 'irq' && effect.op === 'restore') found.flags = true;
        const arg = effect.on === 'lock' ? e.args[effect.arg] : undefined;
        const ref = arg && this.refs.ofLock(arg);
        if (ref) note(ref);
        if (effect.on !== 'state') (BEGINS.has(effect.op) ? found.begins : found.ends).add(subject(effect.on, ref));
      }
    }
    return found;
  }
}

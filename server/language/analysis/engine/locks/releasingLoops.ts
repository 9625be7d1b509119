/**
 * Loops that release several locks, one in each round: the elements of an array, or the objects of a list. How many rounds it takes follows
 * from how many were taken, which the analysis does not count: behind such a loop none of them is held.
 */
import { orMake } from '../../../../types/orMake';
import type { FunctionSym, VarSym } from '../../../check/context/program';
import type { Call } from '../../../syntax/tree';
import { type Block, blockAt, type Cfg, headsOf, type Step, successors } from '../flow/cfg';
import type { VarPaths } from '../values/varPaths';
import type { LockRef, LockRefs } from './lockRef';

/** The classes of locks that a function takes, or may take, and those that it only releases. */
export interface CalleeLocks {
  readonly takes: ReadonlySet<string>;
  readonly ends: ReadonlySet<string>;
  /** those of which it may be another lock each time */
  readonly unnamed: ReadonlySet<string>;
}
interface Lookup {
  readonly refs: LockRefs;
  readonly paths: VarPaths;
  calleeLocks(sym: FunctionSym): CalleeLocks;
}
interface Loop {
  readonly blocks: ReadonlySet<number>;
  /** classes of the locks that each of its rounds releases another one of */
  readonly releases: ReadonlySet<string>;
}
export interface ReleasingLoops {
  /** classes of locks of which none is held any more on this edge: a loop that has released them does not go on */
  leaves(from: number, to: number): readonly string[];
  /** whether a call takes another lock in each round and the loop releases none of them, or the reverse */
  isOfSeveral(call: Call): boolean;
  /** whether the body takes several locks of a class, so that one that has a name of its own is not among those which its loops release */
  takesSeveral(cls: string | undefined): boolean;
}
const NONE: readonly string[] = [];

const NO_LOOPS: ReleasingLoops = { leaves: () => NONE, isOfSeveral: () => false, takesSeveral: () => false };

export function releasingLoops(lookup: Lookup, cfg: Cfg): ReleasingLoops {
  if (cfg.backEdges.length === 0) return NO_LOOPS;
  const calls = new Set<Call>();
  const several = new Set<string>();
  const loops = naturalLoops(cfg).flatMap((blocks): Loop[] => {
    const releases = releasesOf(lookup, cfg, blocks, calls, several);
    return releases.size > 0 ? [{ blocks, releases }] : [];
  });
  const heads = loops.length > 0 ? headsOf(cfg) : undefined;
  return {
    leaves(from, to) {
      if (!heads?.has(from)) return NONE;
      return loops.flatMap(({ blocks, releases }) => (blocks.has(from) && !blocks.has(to) ? [...releases] : NONE));
    },
    isOfSeveral: (call) => calls.has(call),
    takesSeveral: (cls) => cls !== undefined && several.has(cls),
  };
}
/** The blocks of each loop; loops with one head are one. */
function naturalLoops(cfg: Cfg): ReadonlySet<number>[] {
  const tails = new Map<number, number[]>();
  for (const { from, to } of cfg.backEdges) orMake(tails, to, () => []).push(from);
  const before = new Map<number, number[]>();
  for (const id of cfg.order) for (const to of successors(blockAt(cfg, id).end)) orMake(before, to, () => []).push(id);
  return [...tails].map(([head, from]) => {
    const blocks = new Set([head]);
    const work = [...from];
    for (let id = work.pop(); id !== undefined; id = work.pop()) {
      if (blocks.has(id)) continue;
      blocks.add(id);
      work.push(...(before.get(id) ?? []));
    }
    return blocks;
  });
}
/** The classes that a loop releases and does not take; notes the calls of several locks, and the classes of which it takes several. */
function releasesOf(
  { refs, paths, calleeLocks }: Lookup,
  cfg: Cfg,
  loop: ReadonlySet<number>,
  calls: Set<Call>,
  several: Set<string>,
): ReadonlySet<string> {
  const blocks = [...loop].map((id) => blockAt(cfg, id));
  const stored = storedIn(paths, blocks);
  const varies = (ref: LockRef): boolean =>
    !ref.isOne || (ref.base !== undefined && ref.members.startsWith('*') && stored.has(ref.base));
  const taken = { classes: new Set<string>(), several: new Map<string, Call[]>() };
  const released = { classes: new Set<string>(), several: new Map<string, Call[]>() };
  const note = (to: typeof taken, cls: string, call: Call, isAnother: boolean): void => {
    to.classes.add(cls);
    if (isAnother) to.several.set(cls, [...(to.several.get(cls) ?? []), call]);
  };
  for (const { steps } of blocks)
    for (const step of steps) {
      if (step.op !== 'call') continue;
      const { target, call } = step;
      if (target.kind === 'function') {
        const { takes, ends, unnamed } = calleeLocks(target.sym);
        for (const cls of takes) note(taken, cls, call, unnamed.has(cls));
        for (const cls of ends) note(released, cls, call, unnamed.has(cls));
      } else if (target.kind === 'api')
        for (const effect of target.sym.entry.effects ?? []) {
          const arg = effect.on === 'lock' ? call.args[effect.arg] : undefined;
          const ref = arg && refs.ofLock(arg);
          if (effect.on !== 'lock' || ref?.cls === undefined) continue;
          note(effect.op === 'release' ? released : taken, ref.cls, call, varies(ref));
        }
    }
  const only = (one: typeof taken, other: typeof taken): string[] => {
    const classes = [...one.several.keys()].filter((cls) => !other.classes.has(cls));
    for (const cls of classes) for (const call of one.several.get(cls) ?? []) calls.add(call);
    return classes;
  };
  for (const cls of only(taken, released)) several.add(cls);
  return new Set(only(released, taken));
}
function storedIn(paths: VarPaths, blocks: readonly Block[]): ReadonlySet<VarSym> {
  const stored = new Set<VarSym>();
  for (const { steps } of blocks)
    for (const step of steps)
      for (const id of storedBy(step)) {
        const { variable, members } = paths.get(id);
        if (variable && members === '') stored.add(variable);
      }
  return stored;
}
const storedBy = (step: Step): readonly number[] =>
  step.op === 'assign' ? [step.path] : step.op === 'forget' ? step.stored : [];

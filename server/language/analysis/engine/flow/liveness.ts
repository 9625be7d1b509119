/**
 * Which paths may still be asked for at the start of each block. Facts about others are dropped, so that states which differ in
 * nothing that matters become one.
 */

import type { Program } from '../../../check/program';
import type { Expr } from '../../../syntax/tree';
import { withoutCasts } from '../../../syntax/withoutCasts';
import type { PathId, VarPaths } from '../values/varPaths';
import type { Block, CallEffects } from './cfg';
import type { Predicate } from './predicates';

export interface LivenessInput {
  readonly program: Program;
  readonly paths: VarPaths;
  readonly blocks: readonly Block[];
  readonly outs: readonly (readonly number[])[];
  readonly order: readonly number[];
  readonly temps: ReadonlyMap<Expr, PathId>;
  readonly meaning: ReadonlyMap<Expr, Expr>;
  readonly predicates: ReadonlyMap<Expr, Predicate>;
  readonly effects: CallEffects;
  readonly shared: readonly PathId[];
}
export interface Liveness {
  readonly paths: readonly PathId[];
  readonly bitOf: ReadonlyMap<PathId, number>;
  readonly liveIn: Int32Array;
  readonly words: number;
  readonly tested: ReadonlySet<PathId>;
}

const NONE: readonly number[] = [];

/** Calls `use` for every path whose value an expression asks for, and that evaluate() (exprValue.ts) would look at. */
export function pathsAsked(
  e: Expr | undefined,
  paths: VarPaths,
  temps: ReadonlyMap<Expr, PathId>,
  meaning: ReadonlyMap<Expr, Expr>,
  use: (path: PathId) => void,
): void {
  for (let at = e; at; ) {
    const temp = temps.get(at);
    if (temp !== undefined) {
      use(temp);
      return;
    }
    const means = meaning.get(at);
    if (means) {
      at = means;
      continue;
    }
    switch (at.kind) {
      case 'ident':
      case 'member': {
        const path = paths.ofExpr(at);
        if (path !== undefined) use(path);
        return;
      }
      case 'unary':
      case 'postfix':
      case 'cast':
        at = at.operand;
        continue;
      case 'assign':
        at = at.left;
        continue;
      case 'binary':
        pathsAsked(at.left, paths, temps, meaning, use);
        at = at.right;
        continue;
      default:
        return;
    }
  }
}

/** The paths a callee can reach through an argument: the members of `s` behind `&s`, of what `p` points to behind `p`. */
export function pathsBehind(given: Expr, paths: VarPaths): readonly PathId[] {
  const arg = withoutCasts(given);
  const named = arg.kind === 'unary' && arg.op === '&' ? arg.operand : arg;
  if (named.kind !== 'ident' && named.kind !== 'member') return [];
  const id = paths.ofExpr(named);
  if (id === undefined) return [];
  const { variable, members } = paths.get(id);
  return variable ? paths.below(variable, members) : [];
}

/** Backward may-liveness over the reachable blocks. */
export function liveness(input: LivenessInput): Liveness {
  const { paths, blocks, outs, order, temps, meaning, predicates, effects, shared } = input;
  const bitOf = new Map<PathId, number>();
  const list: PathId[] = [];
  const bit = (path: PathId): number => {
    let at = bitOf.get(path);
    if (at === undefined) {
      at = list.length;
      bitOf.set(path, at);
      list.push(path);
    }
    return at;
  };
  // each block backwards: what it asks for before it sets it (gen), what it sets (kill); as lists of bits, latest word last
  const tested = new Set<PathId>();
  const passed = new Set<PathId>();
  const gen: number[][] = [];
  const kill: number[][] = [];
  let asked: number[] = [];
  let set: number[] = [];
  const use = (path: PathId): void => {
    const at = bit(path);
    if (!asked.includes(at)) asked.push(at);
  };
  const define = (path: PathId): void => {
    if (path < 0) return;
    const at = bit(path);
    set.push(at);
    const there = asked.indexOf(at);
    if (there >= 0) asked.splice(there, 1);
  };
  for (const id of order) {
    const block = blocks[id] as Block;
    if (asked.length > 0) asked = [];
    if (set.length > 0) set = [];
    const end = block.end;
    if (end.op === 'branch') {
      pathsAsked(end.test, paths, temps, meaning, (path) => {
        tested.add(path);
        use(path);
      });
      const predicate = predicates.get(end.test);
      if (predicate) use(predicate.path);
    } else if (end.op === 'switch' || end.op === 'return') {
      pathsAsked(end.value, paths, temps, meaning, use);
    }
    if (end.op === 'return') for (const path of shared) use(path);
    for (let i = block.steps.length - 1; i >= 0; i--) {
      const step = block.steps[i];
      if (!step || step.op === 'forget') continue;
      if (step.op === 'assign') {
        if (step.assign === '=') define(step.path);
        else use(step.path);
        pathsAsked(step.value, paths, temps, meaning, use);
        continue;
      }
      define(step.result);
      const { target } = step;
      if (target.kind === 'pointer') pathsAsked(target.expr, paths, temps, meaning, use);
      if (target.kind === 'api') {
        for (const arg of target.facts.asked) pathsAsked(step.call.args[arg], paths, temps, meaning, use);
      } else {
        for (const arg of step.call.args) {
          pathsAsked(arg, paths, temps, meaning, use);
          for (const path of pathsBehind(arg, paths)) use(path);
          // given to two calls: both may test it, and must see the same
          const given = arg.kind === 'ident' ? paths.ofExpr(arg) : undefined;
          if (given === undefined) continue;
          if (passed.has(given)) tested.add(given);
          else passed.add(given);
        }
        for (const path of effects.asked(target)) use(path);
      }
    }
    if (asked.length > 0) gen[id] = asked;
    if (set.length > 0) kill[id] = set;
  }
  const words = Math.max(1, (list.length + 31) >> 5);
  const liveIn = new Int32Array(blocks.length * words);
  const now = new Int32Array(words);
  for (let changed = true; changed; ) {
    changed = false;
    for (let r = order.length - 1; r >= 0; r--) {
      const id = order[r] as number;
      now.fill(0);
      for (const next of outs[id] as readonly number[]) {
        for (let w = 0; w < words; w++) now[w] = (now[w] as number) | (liveIn[next * words + w] as number);
      }
      for (const b of kill[id] ?? NONE) now[b >> 5] = (now[b >> 5] as number) & ~(1 << (b & 31));
      for (const b of gen[id] ?? NONE) now[b >> 5] = (now[b >> 5] as number) | (1 << (b & 31));
      for (let w = 0; w < words; w++) {
        if (liveIn[id * words + w] !== now[w]) {
          liveIn[id * words + w] = now[w] as number;
          changed = true;
        }
      }
    }
  }
  return { paths: list, bitOf, liveIn, words, tested };
}

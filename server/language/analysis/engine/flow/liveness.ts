/**
 * Which paths are live at the start of each block. Facts about others are dropped, so that states which differ in
 * nothing that matters become one.
 */

import type { Program } from '../../../check/context/program';
import type { Expr } from '../../../syntax/tree';
import { withoutCasts } from '../../../syntax/withoutCasts';
import type { PathId, VarPaths } from '../values/varPaths';
import { sourceOf } from './aliases';
import { type Block, type CallEffects, type CallTarget, isComputed, type Step } from './cfg';
import type { Stands } from './lowering';

interface LivenessInput {
  readonly program: Program;
  readonly paths: VarPaths;
  readonly blocks: readonly Block[];
  readonly outs: readonly (readonly number[])[];
  readonly order: readonly number[];
  readonly temps: Stands['temps'];
  readonly meaning: Stands['meaning'];
  readonly predicates: Stands['predicates'];
  readonly effects: CallEffects;
  readonly shared: readonly PathId[];
}
interface Liveness {
  readonly paths: readonly PathId[];
  readonly bitOf: ReadonlyMap<PathId, number>;
  readonly liveIn: Int32Array;
  readonly words: number;
  readonly tested: ReadonlySet<PathId>;
}

const NONE: readonly number[] = [];

/** Calls `use` for every path whose value an expression needs, and that evaluate() (exprValue.ts) reads. */
function pathsAsked(
  e: Expr | undefined,
  paths: VarPaths,
  temps: Stands['temps'],
  meaning: Stands['meaning'],
  use: (path: PathId) => void,
): void {
  for (let at = e; at; ) {
    if (isComputed(at)) {
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
    }
    switch (at.kind) {
      case 'ident': {
        const path = paths.ofExpr(at);
        if (path !== undefined) use(path);
        return;
      }
      case 'member':
      case 'index': {
        const path = paths.ofExpr(at);
        if (path !== undefined) use(path);
        if (at.kind === 'index') {
          pathsAsked(at.index, paths, temps, meaning, use);
          const array = path === undefined ? paths.ofExpr(at.base) : undefined;
          if (array !== undefined) for (const element of partsOf(paths, array)) use(element);
        }
        // it may be a part of another variable: what a pointer in it leads to
        at = at.base;
        continue;
      }
      case 'unary': {
        const path = at.op === '*' ? paths.ofExpr(at) : undefined;
        if (path !== undefined) use(path);
        at = at.operand;
        continue;
      }
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

function partsOf(paths: VarPaths, id: PathId): readonly PathId[] {
  const { variable, members } = paths.get(id);
  return variable ? paths.below(variable, members) : [];
}
/** Notes a pointer that is assigned an address, and what it is made to point to: that may be read through it as long as the body runs. */
function pin(paths: VarPaths, step: Step & { op: 'assign' }, leading: Set<PathId>, pinned: PathId[]): void {
  const e = withoutCasts(step.value);
  if (e.kind !== 'unary' || e.op !== '&') return;
  leading.add(step.path);
  const id = paths.ofExpr(e.operand);
  if (id !== undefined) pinned.push(...partsOf(paths, id));
}
/** The paths a callee can reach through an argument: the members of `s` behind `&s`, of `*p` behind `p`. */
function pathsBehind(given: Expr, paths: VarPaths): readonly PathId[] {
  const arg = withoutCasts(given);
  const named = arg.kind === 'unary' && arg.op === '&' ? arg.operand : arg;
  const id = paths.ofExpr(named);
  if (id === undefined) return [];
  return partsOf(paths, id);
}

/** What each block reads before it sets it (`gen`), and what it sets (`kill`), as bits of the paths in `list`, by block. */
interface BlockUses {
  readonly list: readonly PathId[];
  readonly bitOf: ReadonlyMap<PathId, number>;
  readonly gen: readonly (readonly number[] | undefined)[];
  readonly kill: readonly (readonly number[] | undefined)[];
  readonly tested: ReadonlySet<PathId>;
}

/** Walks each reachable block backwards. */
function usesOf({ paths, blocks, order, temps, meaning, predicates, effects, shared }: LivenessInput): BlockUses {
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
  const tested = new Set<PathId>();
  const leading = new Set<PathId>();
  const pinned: PathId[] = [];
  for (const { steps } of blocks) for (const step of steps) if (step.op === 'assign') pin(paths, step, leading, pinned);
  const passed = new Set<PathId>();
  const gen: (number[] | undefined)[] = new Array(blocks.length).fill(undefined);
  const kill: (number[] | undefined)[] = new Array(blocks.length).fill(undefined);
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
  const askedBy = (e: Expr | undefined): void => pathsAsked(e, paths, temps, meaning, use);
  /** a value that is needed as far as it is the result of a call, or the address of a variable: that is kept nowhere else */
  const kept = (e: Expr | undefined): void => {
    pathsAsked(e, paths, temps, meaning, (path) => {
      if (!paths.get(path).variable || leading.has(path)) use(path);
    });
  };
  const test = (e: Expr): void => {
    pathsAsked(e, paths, temps, meaning, (path) => {
      tested.add(path);
      use(path);
    });
    const predicate = predicates.get(e);
    if (predicate) use(predicate.path);
  };
  // what two calls are passed, or read as a global: both may test it, and must see the same value
  const seenByCall = (path: PathId): void => {
    if (passed.has(path)) tested.add(path);
    else passed.add(path);
  };
  const given = (target: CallTarget, args: readonly Expr[]): void => {
    for (const arg of args) {
      askedBy(arg);
      for (const path of pathsBehind(arg, paths)) use(path);
      const path = arg.kind === 'ident' ? paths.ofExpr(arg) : undefined;
      if (path !== undefined) seenByCall(path);
    }
    for (const path of effects.asked(target)) {
      use(path);
      seenByCall(path);
    }
  };
  for (const id of order) {
    const block = blocks[id];
    if (!block) continue;
    asked = [];
    set = [];
    const { end, steps } = block;
    if (end.op === 'branch') test(end.test);
    else if (end.op === 'switch' || end.op === 'return') askedBy(end.value);
    if (end.op === 'return') {
      for (const path of shared) use(path);
      for (const path of pinned) use(path);
    }
    for (let i = steps.length - 1; i >= 0; i--) {
      const step = steps[i];
      if (!step || step.op === 'forget' || step.op === 'state') continue;
      if (step.op === 'deref') {
        kept(step.pointer);
        continue;
      }
      if (step.op === 'store') {
        kept(step.value);
        continue;
      }
      if (step.op === 'assign') {
        if (step.assign === '=') define(step.path);
        else use(step.path);
        askedBy(step.value);
        continue;
      }
      if (step.op === 'copy') {
        for (const to of paths.startingWith(step.to.variable, step.to.prefix)) {
          define(to);
          const from = sourceOf(paths, to, step.to, step.from);
          if (from >= 0) use(from);
        }
        continue;
      }
      define(step.result);
      const { target } = step;
      if (target.kind === 'pointer') askedBy(target.expr);
      if (target.kind === 'api') {
        for (const arg of target.facts.asked) askedBy(step.call.args[arg]);
        if (target.facts.onMemory) for (const arg of step.call.args) kept(arg);
      } else given(target, step.call.args);
    }
    if (asked.length > 0) gen[id] = asked;
    if (set.length > 0) kill[id] = set;
  }
  return { list, bitOf, gen, kill, tested };
}

/** Backward may-liveness over the reachable blocks. */
export function liveness(input: LivenessInput): Liveness {
  const { blocks, outs, order } = input;
  const { list, bitOf, gen, kill, tested } = usesOf(input);
  const words = Math.max(1, (list.length + 31) >> 5);
  const liveIn = new Int32Array(blocks.length * words);
  const now = new Int32Array(words);
  const word = (w: number): number => now[w] ?? 0;
  const backwards = [...order].reverse();
  for (let changed = true; changed; ) {
    changed = false;
    for (const id of backwards) {
      now.fill(0);
      for (const next of outs[id] ?? NONE) {
        for (let w = 0; w < words; w++) now[w] = word(w) | (liveIn[next * words + w] ?? 0);
      }
      for (const b of kill[id] ?? NONE) now[b >> 5] = word(b >> 5) & ~(1 << (b & 31));
      for (const b of gen[id] ?? NONE) now[b >> 5] = word(b >> 5) | (1 << (b & 31));
      for (let w = 0; w < words; w++) {
        if (liveIn[id * words + w] === word(w)) continue;
        liveIn[id * words + w] = word(w);
        changed = true;
      }
    }
  }
  return { paths: list, bitOf, liveIn, words, tested };
}

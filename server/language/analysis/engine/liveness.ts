/**
 * Which places may still be asked for at the start of each block. Facts about others are dropped, so that states which differ in
 * nothing that matters become one.
 */

import type { Program } from '../../check/program';
import type { Expr } from '../../syntax/tree';
import type { Block, PlaceId } from './cfg';
import type { CallEffects } from './lowerToCfg';
import type { Predicate } from './predicates';
import type { Places } from './trackedPlaces';

export interface LivenessInput {
  readonly program: Program;
  readonly places: Places;
  readonly blocks: readonly Block[];
  readonly outs: readonly (readonly number[])[];
  readonly order: readonly number[];
  readonly temps: ReadonlyMap<Expr, PlaceId>;
  readonly meaning: ReadonlyMap<Expr, Expr>;
  readonly predicates: ReadonlyMap<Expr, Predicate>;
  readonly effects: CallEffects;
  readonly shared: readonly PlaceId[];
}
export interface Liveness {
  readonly places: readonly PlaceId[];
  readonly bitOf: ReadonlyMap<PlaceId, number>;
  readonly liveIn: Int32Array;
  readonly words: number;
  readonly tested: ReadonlySet<PlaceId>;
}

const NONE: readonly number[] = [];

/** Calls `use` for every place whose value an expression asks for, and that evaluate() (facts.ts) would look at. */
export function placesAsked(
  e: Expr | undefined,
  places: Places,
  temps: ReadonlyMap<Expr, PlaceId>,
  meaning: ReadonlyMap<Expr, Expr>,
  use: (place: PlaceId) => void,
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
        const place = places.ofExpr(at);
        if (place !== undefined) use(place);
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
        placesAsked(at.left, places, temps, meaning, use);
        at = at.right;
        continue;
      default:
        return;
    }
  }
}

/** The places a callee can reach through an argument: the members of `s` behind `&s`, of what `p` points to behind `p`. */
export function placesBehind(arg: Expr, places: Places): readonly PlaceId[] {
  while (arg.kind === 'cast') arg = arg.operand;
  const named = arg.kind === 'unary' && arg.op === '&' ? arg.operand : arg;
  if (named.kind !== 'ident' && named.kind !== 'member') return [];
  const id = places.ofExpr(named);
  if (id === undefined) return [];
  const { variable, path } = places.get(id);
  return variable ? places.below(variable, path) : [];
}

/** Backward may-liveness over the reachable blocks. */
export function liveness(input: LivenessInput): Liveness {
  const { places, blocks, outs, order, temps, meaning, predicates, effects, shared } = input;
  const bitOf = new Map<PlaceId, number>();
  const list: PlaceId[] = [];
  const bit = (place: PlaceId): number => {
    let at = bitOf.get(place);
    if (at === undefined) {
      at = list.length;
      bitOf.set(place, at);
      list.push(place);
    }
    return at;
  };
  // each block backwards: what it asks for before it sets it (gen), what it sets (kill); as lists of bits, latest word last
  const tested = new Set<PlaceId>();
  const passed = new Set<PlaceId>();
  const gen: number[][] = [];
  const kill: number[][] = [];
  let asked: number[] = [];
  let set: number[] = [];
  const use = (place: PlaceId): void => {
    const at = bit(place);
    if (!asked.includes(at)) asked.push(at);
  };
  const define = (place: PlaceId): void => {
    if (place < 0) return;
    const at = bit(place);
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
      placesAsked(end.test, places, temps, meaning, (place) => {
        tested.add(place);
        use(place);
      });
      const predicate = predicates.get(end.test);
      if (predicate) use(predicate.place);
    } else if (end.op === 'switch' || end.op === 'return') {
      placesAsked(end.value, places, temps, meaning, use);
    }
    if (end.op === 'return') for (const place of shared) use(place);
    for (let i = block.steps.length - 1; i >= 0; i--) {
      const step = block.steps[i];
      if (!step || step.op === 'forget') continue;
      if (step.op === 'assign') {
        if (step.assign === '=') define(step.place);
        else use(step.place);
        placesAsked(step.value, places, temps, meaning, use);
        continue;
      }
      define(step.result);
      const { target } = step;
      if (target.kind === 'pointer') placesAsked(target.expr, places, temps, meaning, use);
      if (target.kind === 'api') {
        for (const arg of target.facts.asked) placesAsked(step.call.args[arg], places, temps, meaning, use);
      } else {
        for (const arg of step.call.args) {
          placesAsked(arg, places, temps, meaning, use);
          for (const place of placesBehind(arg, places)) use(place);
          // given to two calls: both may test it, and must see the same
          const given = arg.kind === 'ident' ? places.ofExpr(arg) : undefined;
          if (given === undefined) continue;
          if (passed.has(given)) tested.add(given);
          else passed.add(given);
        }
        for (const place of effects.asked(target)) use(place);
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
  return { places: list, bitOf, liveIn, words, tested };
}

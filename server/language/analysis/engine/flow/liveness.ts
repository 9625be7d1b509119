/**
 * Which paths are live at the start of each block. Facts about others are dropped, so that states which differ in
 * nothing that matters become one.
 */

import { added, EMPTY } from '../../../../types/sharedSet';
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
  /** some edge goes back */
  readonly loops: boolean;
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

const NONE: readonly PathId[] = [];
/** of a block that has none: nothing is added to it */
const NO_BITS: number[] = [];

const NO_PATHS: ReadonlySet<PathId> = EMPTY;

/** How a value is needed. */
const USED = 0;
/** by a branch */
const TESTED = 1;
/** as far as it is the result of a call, or the address of a variable: that is kept nowhere else */
const KEPT = 2;
type Need = typeof USED | typeof TESTED | typeof KEPT;

function partsOf(paths: VarPaths, id: PathId): readonly PathId[] {
  const { variable, members } = paths.get(id);
  return variable ? paths.below(variable, members) : NONE;
}
/** The paths a callee can reach through an argument: the members of `s` behind `&s`, of `*p` behind `p`. */
function pathsBehind(given: Expr, paths: VarPaths): readonly PathId[] {
  const arg = withoutCasts(given);
  const named = arg.kind === 'unary' && arg.op === '&' ? arg.operand : arg;
  const id = paths.ofExpr(named);
  return id === undefined ? NONE : partsOf(paths, id);
}

/** Which paths the blocks of a body read and set. */
class Uses {
  readonly bitOf = new Map<PathId, number>();
  /** by bit */
  readonly list: PathId[] = [];
  /** what each block reads before it sets it, and what it sets, as bits, by block */
  readonly gen: number[][] = [];
  readonly kill: number[][] = [];
  tested = NO_PATHS;
  /** pointers that are assigned an address, and what they are made to point to: that may be read through them as long as the body runs */
  private leading = NO_PATHS;
  private readonly pinned: PathId[] = [];
  private passed = NO_PATHS;
  /** of the block at hand */
  private asked: number[] = [];
  private set: number[] = [];

  constructor(private readonly input: LivenessInput) {
    const { blocks, order } = input;
    for (const { steps } of blocks) for (const step of steps) if (step.op === 'assign') this.pin(step);
    for (const id of order) {
      this.asked = NO_BITS;
      this.set = NO_BITS;
      this.block(blocks[id] as Block);
      this.gen[id] = this.asked;
      this.kill[id] = this.set;
    }
  }

  private pin(step: Step & { op: 'assign' }): void {
    const e = withoutCasts(step.value);
    if (e.kind !== 'unary' || e.op !== '&') return;
    this.leading = added(this.leading, step.path);
    const id = this.input.paths.ofExpr(e.operand);
    if (id !== undefined) this.pinned.push(...partsOf(this.input.paths, id));
  }
  private bit(path: PathId): number {
    let at = this.bitOf.get(path);
    if (at === undefined) {
      at = this.list.length;
      this.bitOf.set(path, at);
      this.list.push(path);
    }
    return at;
  }
  private use(path: PathId, need: Need = USED): void {
    if (need === KEPT && this.input.paths.get(path).variable && !this.leading.has(path)) return;
    if (need === TESTED) this.tested = added(this.tested, path);
    const at = this.bit(path);
    if (this.asked === NO_BITS) this.asked = [at];
    else if (!this.asked.includes(at)) this.asked.push(at);
  }
  private define(path: PathId): void {
    if (path < 0) return;
    const at = this.bit(path);
    if (this.set === NO_BITS) this.set = [at];
    else this.set.push(at);
    const there = this.asked.indexOf(at);
    if (there >= 0) this.asked.splice(there, 1);
  }
  /** Uses every path whose value an expression needs, and that evaluate() (exprValue.ts) reads. */
  private ask(e: Expr | undefined, need: Need = USED): void {
    const { paths, temps, meaning } = this.input;
    for (let at = e; at; ) {
      if (isComputed(at)) {
        const temp = temps.get(at);
        if (temp !== undefined) {
          this.use(temp, need);
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
          if (path !== undefined) this.use(path, need);
          return;
        }
        case 'member':
        case 'index': {
          const path = paths.ofExpr(at);
          if (path !== undefined) this.use(path, need);
          if (at.kind === 'index') {
            this.ask(at.index, need);
            const array = path === undefined ? paths.ofExpr(at.base) : undefined;
            if (array !== undefined) for (const element of partsOf(paths, array)) this.use(element, need);
          }
          // it may be a part of another variable: what a pointer in it leads to
          at = at.base;
          continue;
        }
        case 'unary': {
          const path = at.op === '*' ? paths.ofExpr(at) : undefined;
          if (path !== undefined) this.use(path, need);
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
          this.ask(at.left, need);
          at = at.right;
          continue;
        default:
          return;
      }
    }
  }
  /** What two calls are passed, or read as a global: both may test it, and must see the same value. */
  private seenByCall(path: PathId): void {
    if (this.passed.has(path)) this.tested = added(this.tested, path);
    else this.passed = added(this.passed, path);
  }
  private given(target: CallTarget, args: readonly Expr[]): void {
    const { paths, effects } = this.input;
    for (const arg of args) {
      this.ask(arg);
      for (const path of pathsBehind(arg, paths)) this.use(path);
      const path = arg.kind === 'ident' ? paths.ofExpr(arg) : undefined;
      if (path !== undefined) this.seenByCall(path);
    }
    for (const path of effects.asked(target)) {
      this.use(path);
      this.seenByCall(path);
    }
  }
  /** Walks a block backwards. */
  private block({ end, steps }: Block): void {
    if (end.op === 'branch') {
      this.ask(end.test, TESTED);
      const predicate = this.input.predicates.get(end.test);
      if (predicate) this.use(predicate.path);
    } else if (end.op === 'switch' || end.op === 'return') this.ask(end.value);
    if (end.op === 'return') {
      for (const path of this.input.shared) this.use(path);
      for (const path of this.pinned) this.use(path);
    }
    for (let i = steps.length - 1; i >= 0; i--) this.step(steps[i] as Step);
  }
  private step(step: Step): void {
    switch (step.op) {
      case 'forget':
      case 'state':
        return;
      case 'deref':
        this.ask(step.pointer, KEPT);
        return;
      case 'store':
        this.ask(step.value, KEPT);
        return;
      case 'assign':
        if (step.assign === '=') this.define(step.path);
        else this.use(step.path);
        this.ask(step.value);
        return;
      case 'copy': {
        const { paths } = this.input;
        for (const to of paths.startingWith(step.to.variable, step.to.prefix)) {
          this.define(to);
          const from = sourceOf(paths, to, step.to, step.from);
          if (from >= 0) this.use(from);
        }
        return;
      }
      case 'call': {
        this.define(step.result);
        const { target, call } = step;
        if (target.kind === 'pointer') this.ask(target.expr);
        if (target.kind === 'api') {
          const { asked, entry, onMemory } = target.facts;
          for (const arg of asked) this.ask(call.args[arg], arg === entry.sleepsIf?.arg ? TESTED : USED);
          if (onMemory) for (const arg of call.args) this.ask(arg, KEPT);
        } else this.given(target, call.args);
      }
    }
  }
}

/** Backward may-liveness over the reachable blocks. */
export function liveness(input: LivenessInput): Liveness {
  const { blocks, outs, order, loops } = input;
  const { list, bitOf, gen, kill, tested } = new Uses(input);
  const words = Math.max(1, (list.length + 31) >> 5);
  const liveIn = new Int32Array(blocks.length * words);
  const now = new Int32Array(words);
  for (let changed = true; changed; ) {
    changed = false;
    for (let i = order.length - 1; i >= 0; i--) {
      const id = order[i] as number;
      now.fill(0);
      for (const next of outs[id] as readonly number[]) {
        for (let w = 0; w < words; w++) now[w] = (now[w] as number) | (liveIn[next * words + w] as number);
      }
      for (const b of kill[id] as readonly number[]) now[b >> 5] = (now[b >> 5] as number) & ~(1 << (b & 31));
      for (const b of gen[id] as readonly number[]) now[b >> 5] = (now[b >> 5] as number) | (1 << (b & 31));
      for (let w = 0; w < words; w++) {
        if (liveIn[id * words + w] === now[w]) continue;
        liveIn[id * words + w] = now[w] as number;
        // without loops all that follows a block has been seen before it
        changed = loops;
      }
    }
  }
  return { paths: list, bitOf, liveIn, words, tested };
}

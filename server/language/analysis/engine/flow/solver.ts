/**
 * The worklist solver. A rule gives a `Domain`: its states (lattice elements), how a step changes one, and what a branch taken adds. States
 * are kept apart by the path they came on as long as there are few, so that two conditions on the same variable agree; when a block has
 * more than `APART` states of one partition they are joined. Past `MOST` partitions, or past its budget, the walk of a body is not
 * exact: it can lose findings, but never adds a false one.
 */
import { type Block, blockAt, type Cfg, type Step } from './cfg';

export interface Domain<State> {
  /** States of different partitions are never joined: the rule's subject (a context, for example). Small integers or interned objects. */
  partition(state: State): unknown;
  /** `a` is `b` or above it in the lattice: whatever follows from `b` has followed from `a` */
  covers(a: State, b: State): boolean;
  /** least upper bound of two states of one partition */
  join(a: State, b: State): State;
  /** the state at the start of a block: drops facts about paths that are not live */
  enter(state: State, block: Block): State;
  /** the states after a step; more than one if a call has several outcomes, none if it does not return */
  step(state: State, step: Step): State | readonly State[];
  /** the state on the edge where the block's branch is taken or not; undefined: not feasible */
  edge(state: State, block: Block, taken: boolean): State | undefined;
  /** the state after an unconditional jump from `block` to block `to` */
  jump(state: State, block: Block, to: number): State;
  /** the state on the edge to a case (undefined: no case matches); undefined: not feasible */
  switchEdge(state: State, block: Block, index: number | undefined): State | undefined;
  leave(state: State, block: Block): void;
}

const APART = 8;
const MOST = 64;
/** average arrivals per block after which the rest of a body is skipped */
const IN_A_BODY = 200;

/** States that may still arrive at blocks, over all the bodies of a program. */
export interface Budget {
  left: number;
  used: number;
}

/** The states that have arrived at a block, of all partitions: there are seldom more than one or two. */
interface Arrived<State> {
  seen: State[];
  waiting: State[];
}
const many = <State>(s: State | readonly State[]): s is readonly State[] => Array.isArray(s);

/** Runs `domain` over the body from `entry` until no new state arrives. False: states were left out. */
export function solve<State extends object>(cfg: Cfg, domain: Domain<State>, entry: State, budget: Budget): boolean {
  const at: (Arrived<State> | undefined)[] = new Array(cfg.order.length);
  let first = 0;
  let exact = true;
  let own = IN_A_BODY * (cfg.order.length + 8);

  const arrive = (to: number, raw: State): void => {
    const rank = cfg.rank[to] ?? -1;
    const state = domain.enter(raw, blockAt(cfg, to));
    const here = at[rank];
    if (!here) at[rank] = { seen: [state], waiting: [state] };
    else if (!joins(here, state)) return;
    if (rank < first) first = rank;
    own--;
    budget.left--;
    budget.used++;
  };
  /** Adds a state to those that have arrived; false: what follows from it is known, or it is left out. */
  const joins = (here: Arrived<State>, state: State): boolean => {
    const partition = domain.partition(state);
    let alike = 0;
    for (const old of here.seen) {
      if (domain.partition(old) !== partition) continue;
      if (domain.covers(old, state)) return false;
      alike++;
    }
    if (
      alike === 0 &&
      here.seen.length >= MOST &&
      new Set(here.seen.map((old) => domain.partition(old))).size >= MOST
    ) {
      exact = false;
      return false;
    }
    let next = state;
    if (alike >= APART) {
      const others = here.seen.filter((old) => domain.partition(old) === partition);
      next = others.reduce((all, old) => domain.join(all, old), state);
      if (others.some((old) => domain.covers(old, next))) return false;
      here.seen = here.seen.filter((old) => domain.partition(old) !== partition);
      here.waiting = here.waiting.filter((old) => domain.partition(old) !== partition);
    }
    here.seen.push(next);
    here.waiting.push(next);
    return true;
  };

  const end = (state: State, block: Block): void => {
    const { end } = block;
    switch (end.op) {
      case 'jump':
        arrive(end.to, domain.jump(state, block, end.to));
        return;
      case 'branch': {
        const yes = domain.edge(state, block, true);
        if (yes) arrive(end.yes, yes);
        const no = domain.edge(state, block, false);
        if (no) arrive(end.no, no);
        return;
      }
      case 'switch': {
        end.cases.forEach((c, i) => {
          const on = domain.switchEdge(state, block, i);
          if (on) arrive(c.block, on);
        });
        const rest = domain.switchEdge(state, block, undefined);
        if (rest) arrive(end.otherwise, rest);
        return;
      }
      case 'return':
        domain.leave(state, block);
        return;
      case 'stop':
        return;
    }
  };
  const flow = (state: State, block: Block, from: number): void => {
    for (let i = from; i < block.steps.length; i++) {
      const after = domain.step(state, block.steps[i] as Step);
      if (many(after)) {
        for (const one of after) flow(one, block, i + 1);
        return;
      }
      state = after;
    }
    end(state, block);
  };

  arrive(0, entry);
  while (first < at.length) {
    const state = at[first]?.waiting.pop();
    if (!state) {
      first++;
      continue;
    }
    if (own <= 0 || budget.left <= 0) return false;
    flow(state, blockAt(cfg, cfg.order[first] ?? -1), 0);
  }
  return exact;
}

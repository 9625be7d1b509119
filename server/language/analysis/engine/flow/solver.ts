/**
 * The worklist solver. A rule gives a `Domain`: its states (lattice elements), how a step changes one, and what a branch taken adds. States
 * are kept apart by the path they came on as long as there are few, so that two conditions on the same variable agree; when a block has
 * more than `APART` states of one partition they are joined, and past `MOST` partitions new ones are dropped, which can lose findings but
 * never adds a false one.
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
const MOST = 48;
/** average arrivals per block after which the rest of a body is skipped */
const BUDGET = 400;

interface Arrived<State> {
  readonly seen: State[];
  readonly waiting: State[];
}
const many = <State>(s: State | readonly State[]): s is readonly State[] => Array.isArray(s);

/** Runs `domain` over the body from `entry` until no new state arrives. */
export function solve<State extends object>(cfg: Cfg, domain: Domain<State>, entry: State): void {
  const at: (Arrived<State> | undefined)[] = new Array(cfg.order.length);
  let first = 0;
  let budget = BUDGET * (cfg.order.length + 8);

  const arrive = (to: number, raw: State): void => {
    const rank = cfg.rank[to] ?? -1;
    const state = domain.enter(raw, blockAt(cfg, to));
    let here = at[rank];
    if (!here) at[rank] = here = { seen: [], waiting: [] };
    const partition = domain.partition(state);
    let alike = 0;
    for (const old of here.seen) {
      if (domain.partition(old) !== partition) continue;
      if (domain.covers(old, state)) return;
      alike++;
    }
    if (alike === 0 && here.seen.length >= MOST * APART) return;
    let next = state;
    if (alike >= APART) {
      for (const old of here.seen) if (domain.partition(old) === partition) next = domain.join(next, old);
      if (here.seen.some((old) => domain.partition(old) === partition && domain.covers(old, next))) return;
      for (const list of [here.seen, here.waiting]) {
        const others = list.filter((old) => domain.partition(old) !== partition);
        list.length = 0;
        list.push(...others);
      }
    }
    here.seen.push(next);
    here.waiting.push(next);
    if (rank < first) first = rank;
    budget--;
  };

  const flow = (state: State, block: Block, from: number): void => {
    for (let i = from; i < block.steps.length; i++) {
      const step = block.steps[i];
      if (!step) break;
      const after = domain.step(state, step);
      if (many(after)) {
        for (const one of after) flow(one, block, i + 1);
        return;
      }
      state = after;
    }
    const end = block.end;
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

  arrive(0, entry);
  while (first < at.length && budget > 0) {
    const state = at[first]?.waiting.pop();
    if (!state) {
      first++;
      continue;
    }
    flow(state, blockAt(cfg, cfg.order[first] ?? -1), 0);
  }
}

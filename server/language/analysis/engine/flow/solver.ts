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

const APART = 12;
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
  /** what follows from these is not known yet: the one that arrived last, and those before it */
  next: State | undefined;
  waiting: State[] | undefined;
}
const many = <State>(s: State | readonly State[]): s is readonly State[] => Array.isArray(s);

/** Runs `domain` over the body from `entry` until no new state arrives. False: states were left out. */
export function solve<State extends object>(cfg: Cfg, domain: Domain<State>, entry: State, budget: Budget): boolean {
  return new Solver(cfg, domain, budget).run(entry);
}

class Solver<State extends object> {
  /** by the rank of their block */
  private readonly at: (Arrived<State> | undefined)[];
  /** no state waits at a block of a lower rank */
  private first = 0;
  private exact = true;
  private own: number;

  constructor(
    private readonly cfg: Cfg,
    private readonly domain: Domain<State>,
    private readonly budget: Budget,
  ) {
    this.at = new Array(cfg.order.length);
    this.own = IN_A_BODY * (cfg.order.length + 8);
  }

  run(entry: State): boolean {
    const { cfg, at, budget } = this;
    this.arrive(0, entry);
    while (this.first < at.length) {
      const here = at[this.first];
      const state = here?.next;
      if (!here || !state) {
        this.first++;
        continue;
      }
      here.next = here.waiting?.pop();
      if (this.own <= 0 || budget.left <= 0) return false;
      this.flow(state, blockAt(cfg, cfg.order[this.first] ?? -1), 0);
    }
    return this.exact;
  }
  private arrive(to: number, raw: State): void {
    const { cfg, domain, at, budget } = this;
    const rank = cfg.rank[to] ?? -1;
    const state = domain.enter(raw, blockAt(cfg, to));
    const here = at[rank];
    if (!here) at[rank] = { seen: [state], next: state, waiting: undefined };
    else if (!this.joins(here, state)) return;
    if (rank < this.first) this.first = rank;
    this.own--;
    budget.left--;
    budget.used++;
  }
  /** Adds a state to those that have arrived; false: what follows from it is known, or it is left out. */
  private joins(here: Arrived<State>, state: State): boolean {
    const { domain } = this;
    const { seen } = here;
    const partition = domain.partition(state);
    let alike = 0;
    for (const old of seen) {
      if (domain.partition(old) !== partition) continue;
      if (domain.covers(old, state)) return false;
      alike++;
    }
    if (alike === 0 && seen.length >= MOST && new Set(seen.map((old) => domain.partition(old))).size >= MOST) {
      this.exact = false;
      return false;
    }
    if (alike < APART) {
      seen.push(state);
      wait(here, state);
      return true;
    }
    const others = seen.filter((old) => domain.partition(old) === partition);
    const all = others.reduce((joined, old) => domain.join(joined, old), state);
    if (others.some((old) => domain.covers(old, all))) return false;
    const isLeft = (old: State): boolean => domain.partition(old) !== partition;
    here.seen = seen.filter(isLeft);
    here.seen.push(all);
    if (here.next) {
      const left = [...(here.waiting ?? []), here.next].filter(isLeft);
      here.next = left.pop();
      here.waiting = left;
    }
    wait(here, all);
    return true;
  }
  /** The states at the end of a block. */
  private end(state: State, block: Block): void {
    const { domain } = this;
    const { end } = block;
    switch (end.op) {
      case 'jump':
        this.arrive(end.to, domain.jump(state, block, end.to));
        return;
      case 'branch': {
        const yes = domain.edge(state, block, true);
        if (yes) this.arrive(end.yes, yes);
        const no = domain.edge(state, block, false);
        if (no) this.arrive(end.no, no);
        return;
      }
      case 'switch': {
        end.cases.forEach((c, i) => {
          const on = domain.switchEdge(state, block, i);
          if (on) this.arrive(c.block, on);
        });
        const rest = domain.switchEdge(state, block, undefined);
        if (rest) this.arrive(end.otherwise, rest);
        return;
      }
      case 'return':
        domain.leave(state, block);
        return;
      case 'stop':
        return;
    }
  }
  private flow(before: State, block: Block, from: number): void {
    const { domain } = this;
    const { steps } = block;
    let state = before;
    for (let i = from; i < steps.length; i++) {
      const after = domain.step(state, steps[i] as Step);
      if (many(after)) {
        for (const one of after) this.flow(one, block, i + 1);
        return;
      }
      state = after;
    }
    this.end(state, block);
  }
}
function wait<State>(here: Arrived<State>, state: State): void {
  if (here.next) {
    if (here.waiting) here.waiting.push(here.next);
    else here.waiting = [here.next];
  }
  here.next = state;
}

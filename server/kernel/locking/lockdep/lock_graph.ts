/**
 * The dependency graph: class A → class B once B has been taken while A was held (kernel/locking/lockdep.c: add_lock_to_list, __bfs, 6.1).
 * A path counts only if every lock on it really waits for the next: a recursive reader waits for writers only.
 */
import type { Core } from '../../sched/core';
import type { LockClasses } from './lock_class';
import { IRQ_WRITES } from './lock_usage';
import { RecordTable } from './record_table';

/** MAX_LOCKDEP_ENTRIES is 32768 */
const MAX_LINKS = { wide: 4096, narrow: 1024 };
const FIELDS = ['class', 'trace', 'distance', 'dep', 'next'] as const;
type Direction = 'locks_after' | 'locks_before';

/** lock_list.dep: a bit per way in which the two locks were taken. Shared or exclusive, then recursive reader or not. */
const DEP_SR = 1;
const DEP_SN = 4;
const DEP_EN = 8;

/** What a search starts from, or a dependency that it followed. */
export interface Visit {
  readonly class: number;
  readonly parent: Visit | undefined;
  /** only recursive readers of it are on the path */
  readonly onlyXr: boolean;
  /** where the dependency was added; 0 for the start */
  readonly trace: number;
}
/** How a lock of a dependency is taken: held_lock.read. */
interface Taken {
  readonly class: number;
  readonly read: number;
}

export class LockGraph {
  private readonly links: RecordTable<(typeof FIELDS)[number]>;

  /** Before the run. */
  constructor(
    core: Core,
    private readonly classes: LockClasses,
  ) {
    this.links = new RecordTable(
      core,
      'list_entries',
      'lock_list',
      FIELDS,
      core.wordSize === 8 ? MAX_LINKS.wide : MAX_LINKS.narrow,
    );
  }

  // ---------------------------------------------------------------- dependencies
  private find(from: number, list: Direction, to: number): number {
    let at = this.classes.firstLink(from, list);
    while (at !== 0 && this.links.get(at, 'class') !== to) at = this.links.get(at, 'next');
    return at;
  }
  /** Whether `prev` → `next` is known; then it is known in this form, too. */
  known(prev: Taken, next: Taken, distance: number): boolean {
    const after = this.find(prev.class, 'locks_after', next.class);
    const before = this.find(next.class, 'locks_before', prev.class);
    if (after === 0 || before === 0) return false;
    this.widen(after, distance, depForward(prev, next));
    this.widen(before, distance, depBackward(prev, next));
    return true;
  }
  private widen(link: number, distance: number, dep: number): void {
    const { links } = this;
    if (distance === 1) links.set(link, 'distance', 1);
    links.set(link, 'dep', links.get(link, 'dep') | dep);
  }
  /** Adds `prev` → `next`. False if there is no room left. */
  add(prev: Taken, next: Taken, distance: number, trace: number): boolean {
    return (
      this.append(prev.class, 'locks_after', next.class, distance, depForward(prev, next), trace) &&
      this.append(next.class, 'locks_before', prev.class, distance, depBackward(prev, next), trace)
    );
  }
  private append(from: number, list: Direction, to: number, distance: number, dep: number, trace: number): boolean {
    const { links, classes } = this;
    const link = links.take();
    if (link === 0) return false;
    links.set(link, 'class', to);
    links.set(link, 'distance', distance);
    links.set(link, 'dep', dep);
    links.set(link, 'trace', trace);
    let last = classes.firstLink(from, list);
    if (last === 0) classes.setFirstLink(from, list, link);
    else {
      for (let next = links.get(last, 'next'); next !== 0; next = links.get(last, 'next')) last = next;
      links.set(last, 'next', link);
    }
    return true;
  }

  // ---------------------------------------------------------------- searches
  /** Breadth first, so that the path found is a shortest one. The visit that matches; its parents are the path back to the start. */
  search(start: Visit, list: Direction, match: (visit: Visit) => boolean): Visit | undefined {
    const { links, classes } = this;
    // a class that is reached by more than recursive readers need not be looked at again
    const seen = new Map<number, boolean>();
    const queue = [start];
    for (let visit = queue.shift(); visit; visit = queue.shift()) {
      const before = seen.get(visit.class);
      if (before === false || (before === true && visit.onlyXr)) continue;
      seen.set(visit.class, visit.onlyXr);
      if (match(visit)) return visit;
      for (let link = classes.firstLink(visit.class, list); link !== 0; link = links.get(link, 'next')) {
        const dep = links.get(link, 'dep') & (visit.onlyXr ? ~(DEP_SR | DEP_SN) : ~0);
        if (dep === 0) continue;
        queue.push({
          class: links.get(link, 'class'),
          parent: visit,
          onlyXr: (dep & (DEP_SN | DEP_EN)) === 0,
          trace: links.get(link, 'trace'),
        });
      }
    }
    return undefined;
  }
  /** The first class on the paths with a usage of `mask`. */
  searchUsage(start: Visit, list: Direction, mask: number): Visit | undefined {
    return this.search(start, list, (visit) => (this.usageOn(visit) & mask) !== 0);
  }
  /** All usages of the classes on the paths. */
  gatherUsage(start: Visit, list: Direction): number {
    let mask = 0;
    this.search(start, list, (visit) => {
      mask |= this.usageOn(visit);
      return false;
    });
    return mask;
  }
  /** Readers do not wait for recursive readers: behind those only usages for writing count. */
  private usageOn(visit: Visit): number {
    const usage = this.classes.usage(visit.class);
    return visit.onlyXr ? usage & IRQ_WRITES : usage;
  }
}

/** Where a search forwards starts. */
export const startForward = (lock: Taken): Visit => ({
  class: lock.class,
  parent: undefined,
  onlyXr: lock.read === 2,
  trace: 0,
});
export const startBackward = (lock: Taken): Visit => ({
  class: lock.class,
  parent: undefined,
  onlyXr: lock.read !== 0,
  trace: 0,
});
const depForward = (prev: Taken, next: Taken): number => 1 << ((prev.read === 0 ? 1 : 0) + (next.read === 2 ? 0 : 2));
const depBackward = (prev: Taken, next: Taken): number => 1 << ((next.read === 2 ? 0 : 1) + (prev.read === 0 ? 2 : 0));
/** Dependencies from the start of the search to a visit. */
export function depthOf(visit: Visit): number {
  let depth = 0;
  for (let at = visit.parent; at; at = at.parent) depth++;
  return depth;
}

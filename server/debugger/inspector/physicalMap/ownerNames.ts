/** Whose a block of frames is, in words. */
import type { Session } from '../../session';
import { slabName } from '../frameNames';
import { OWNER_KINDS } from '../shapes/common';
import { runAt } from './bootFrames';
import { ALLOCATED, FREE, HOLE, PCP, SLAB, STACK } from './kinds';
import type { MapState } from './mapState';

export class OwnerNames {
  private readonly tasks: ReadonlyMap<number, string>;

  constructor(
    private readonly session: Session,
    private readonly state: MapState,
  ) {
    this.tasks = new Map(session.target.tasks().map(({ task, comm, pid }) => [task, `${comm} (${pid})`]));
  }

  /** Of a block of a kind that begins at a frame: its cache, its task, what early boot took it for, or the code that allocated it. */
  of(kind: number, head: number, managed: boolean): string {
    const { frames, allocations, sites } = this.state;
    const name = OWNER_KINDS[kind] ?? '';
    if (kind === FREE || kind === PCP || kind === HOLE) return name;
    if (!managed) return `${name}: ${frames.runs[runAt(frames.runs, head)]?.name ?? 'kept since boot'}`;
    if (kind === SLAB) return `slab of ${slabName(this.session.view, head)}`;
    if (kind === STACK) return `kernel stack of ${this.stackOwner(head)}`;
    const by = `allocated by ${sites.nameOf(allocations.of(head))}`;
    return kind === ALLOCATED ? by : `${name}, ${by}`;
  }
  private stackOwner(pfn: number): string {
    const task = this.state.frames.stacks.get(pfn);
    return task ? (this.tasks.get(task) ?? 'a task that is not running') : 'a CPU, for interrupts';
  }
}

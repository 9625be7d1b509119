/**
 * Which allocations were live at two moments, from the tracer's records: an allocation is known by its record, so that a block which was
 * freed and allocated again between the two has gone and come. The records are read once, as they come.
 */

import type { TraceRecord } from '../../../kernel/printk/trace';
import { ZERO_SIZE_PTR } from '../../../profiles/commonConstants';
import { orMake } from '../../../types/orMake';
import type { Session } from '../../session';
import {
  type Allocator,
  allocationOf,
  type BlockAllocation,
  freeOf,
  objectBlock,
  takesForItself,
} from '../allocationRecords';
import type { Asking } from '../asking';

/** The code that allocates, and what it takes. */
export interface BlockSite {
  readonly span: { readonly file: number; readonly start: number; readonly end: number } | undefined;
  readonly api: string | undefined;
  readonly allocator: Allocator;
  readonly kind: string;
  /** an allocator takes it for itself */
  readonly backing: boolean;
}
/** One allocation of the run. */
export interface LiveBlock {
  readonly position: number;
  /** the block's name (allocationRecords.ts) */
  readonly block: string;
  readonly bytes: number;
  readonly site: BlockSite;
}
/** Blocks of a site that came and went again. */
export interface Passed {
  readonly first: LiveBlock;
  count: number;
  bytes: number;
}
/** What two moments have, the earlier first. */
export interface LiveDifference {
  readonly earlierOnly: readonly LiveBlock[];
  readonly laterOnly: readonly LiveBlock[];
  readonly both: readonly LiveBlock[];
  /** allocated and freed between the two */
  readonly passed: ReadonlyMap<BlockSite, Passed>;
  /** blocks that were freed between the two and allocated before what is recorded */
  readonly unknown: number;
}
/** Records that are read in one go. */
const RECORDS_AT_ONCE = 50_000;
const NOTHING = new Set([objectBlock(0), objectBlock(ZERO_SIZE_PTR)]);
/** What a record that is neither an allocation nor a free stands for. */
const NEITHER = 0;
/** What a block has that is not allocated. */
const NO_RECORD = -1;

/** How far the records have been followed for a comparison. While its earlier moment stays, the later one goes on from here. */
interface Walk {
  readonly first: number;
  /** the next record; what has been summed up is from those before it */
  next: number;
  /** by block: the record that allocated it, and what that was at `first` */
  live: Int32Array;
  before: Int32Array | undefined;
  readonly passed: Map<BlockSite, Passed>;
  unknown: number;
}

/** The records of a run as numbers: which block each of them allocates or frees. */
class BlockRecords {
  /** by record, from `base` on: the number of the block that it allocates, its complement for a free */
  private blocks: number[] = [];
  private made: (LiveBlock | undefined)[] = [];
  private base = 0;
  private last: TraceRecord | undefined;
  private walk: Walk | undefined;
  /** from 1 */
  private readonly numbers = new Map<string, number>();
  private readonly sites = new Map<string, BlockSite>();

  constructor(private readonly session: Session) {}

  private get output() {
    return this.session.target.kernel.trace.output;
  }
  /** Reads what has been recorded since. */
  async follow(breathe: () => Promise<void>): Promise<void> {
    const { output } = this;
    if (this.blocks.length > 0 && output.at(this.base + this.blocks.length - 1) !== this.last) this.forget();
    if (output.start - this.base > this.blocks.length / 2) this.dropUpTo(output.start);
    for (let i = this.base + this.blocks.length; i < output.end; i++) {
      if (i % RECORDS_AT_ONCE === 0) await breathe();
      this.last = output.at(i);
      this.read(this.last);
    }
  }
  /** The future that was read has been dropped. */
  private forget(): void {
    this.blocks = [];
    this.made = [];
    this.walk = undefined;
    this.base = this.output.start;
  }
  private dropUpTo(start: number): void {
    const known = Math.min(start - this.base, this.blocks.length);
    this.blocks.splice(0, known);
    this.made.splice(0, known);
    this.walk = undefined;
    this.base = start;
  }
  private read(record: TraceRecord | undefined): void {
    const freed = record && freeOf(record);
    if (freed !== undefined) {
      this.blocks.push(NOTHING.has(freed) ? NEITHER : ~this.number(freed));
      this.made.push(undefined);
      return;
    }
    const allocation = record && allocationOf(record);
    const isMade = allocation !== undefined && !allocation.failed;
    this.blocks.push(isMade ? this.number(allocation.block) : NEITHER);
    this.made.push(isMade ? this.blockOf(record as TraceRecord, allocation) : undefined);
  }
  private number(block: string): number {
    return orMake(this.numbers, block, () => this.numbers.size + 1);
  }
  private blockOf({ position, site }: TraceRecord, allocation: BlockAllocation): LiveBlock {
    const { allocator, kind, block, allocated } = allocation;
    const key = `${site?.span.file} ${site?.span.start} ${site?.api} ${allocator} ${kind}`;
    const made = (): BlockSite => ({
      span: site?.span,
      api: site?.api,
      allocator,
      kind,
      backing: takesForItself(site?.api, allocator),
    });
    return { position, block, bytes: allocated, site: orMake(this.sites, key, made) };
  }

  /** What the records before two indexes leave, `border` the earlier of them. */
  between(border: number, end: number): LiveDifference {
    const { made, base } = this;
    const [first, stop] = [Math.max(0, border - base), Math.max(0, end - base)];
    const walk = this.walkTo(first, stop);
    const { live, before = live, passed, unknown } = walk;
    const only = (here: Int32Array, other: Int32Array, alike: boolean): LiveBlock[] => {
      const found: number[] = [];
      here.forEach((i, block) => {
        // a block that is new since the earlier moment has no place there
        if (i >= 0 && ((other[block] ?? NO_RECORD) === i) === alike) found.push(i);
      });
      return found.sort((a, b) => a - b).map((i) => made[i] as LiveBlock);
    };
    return {
      earlierOnly: only(before, live, false),
      laterOnly: only(live, before, false),
      both: only(before, live, true),
      passed,
      unknown,
    };
  }
  private walkTo(first: number, stop: number): Walk {
    const { blocks, made, base, walk: known } = this;
    const walk =
      known && known.first === first && known.next <= stop
        ? known
        : { first, next: 0, live: new Int32Array(0), before: undefined, passed: new Map(), unknown: 0 };
    this.walk = walk;
    if (walk.live.length <= this.numbers.size) {
      const live = new Int32Array(2 * (this.numbers.size + 1)).fill(NO_RECORD);
      live.set(walk.live);
      walk.live = live;
    }
    const { live, passed } = walk;
    for (; walk.next < stop; walk.next++) {
      const i = walk.next;
      if (i === first) walk.before = live.slice();
      const block = blocks[i] as number;
      if (block > 0) live[block] = i;
      if (block >= 0) continue;
      const was = live[~block] as number;
      live[~block] = NO_RECORD;
      if (was >= first) pass(passed, made[was] as LiveBlock);
      // the pages of boot's slabs have no record either
      else if (was < 0 && i >= first && this.output.at(base + i)?.name !== 'mm_page_free') walk.unknown++;
    }
    return walk;
  }
}
function pass(passed: Map<BlockSite, Passed>, block: LiveBlock): void {
  const known = passed.get(block.site);
  if (known) {
    known.count++;
    known.bytes += block.bytes;
  } else passed.set(block.site, { first: block, count: 1, bytes: block.bytes });
}
const records = new WeakMap<Session, BlockRecords>();

export async function liveDifference(
  { session, breathe }: Pick<Asking, 'session' | 'breathe'>,
  earlier: number,
  later: number,
): Promise<LiveDifference> {
  const { output } = session.target.kernel.trace;
  const known = orMake(records, session, () => new BlockRecords(session));
  await known.follow(breathe);
  return known.between(output.endAt(earlier), output.endAt(later));
}

/** Whether what is allocated and freed has been recorded in this run. */
export const recordsAllocations = ({ target }: Session): boolean => target.kernel.trace.on;

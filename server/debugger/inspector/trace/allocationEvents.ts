/**
 * Allocations and frees as instants of a trace. The pages that an allocator, or one call for many pages, takes at once are one instant with
 * their number: a viewer would put thousands of a moment on top of each other, and drop those that come too deep.
 */
import type { TraceRecord } from '../../../kernel/printk/trace';
import { toBits } from '../../../types/address';
import type { Session } from '../../session';
import { allocationOf, freeOf, isBacking } from '../allocationRecords';
import type { TraceEvent } from './traceEvents';

type Args = NonNullable<TraceEvent['args']>;
interface Instant {
  /** the first, where it stands for several */
  readonly record: TraceRecord;
  readonly name: string;
  readonly cat: string;
  readonly args: Args;
}
/** Pages of one call, as they come. */
interface Pages extends Instant {
  readonly statement: number;
  count: number;
  requested: number;
  allocated: number;
}

export class AllocationEvents {
  private pages: Pages | undefined;

  /**
   * @param emit takes the instants, in the order of their moments
   * @param statementAt where the statement of a position begins
   */
  constructor(
    private readonly session: Session,
    private readonly emit: (instant: Instant) => void,
    private readonly statementAt: (position: number) => number,
  ) {}

  add(record: TraceRecord): void {
    const allocation = allocationOf(record);
    const freed = freeOf(record);
    if (!allocation && freed === undefined) return;
    const api = record.site?.api ?? record.name;
    const isOfMany = isBacking(record) || record.name === 'alloc_pages_bulk';
    const cat = isBacking(record) ? 'memory of an allocator' : allocation ? 'allocation' : 'free';
    if (!allocation) {
      const args = { block: this.blockText(freed ?? '') };
      if (isOfMany) this.join({ record, name: api, cat, args }, 0, 0);
      else this.put({ record, name: api, cat, args });
      return;
    }
    const { kind, block, requested, allocated, failed } = allocation;
    if (failed) {
      this.put({ record, name: `${api} failed`, cat, args: { kind, requested, allocated } });
      return;
    }
    const args = { kind, requested, allocated, block: this.blockText(block) };
    if (isOfMany) this.join({ record, name: api, cat, args }, requested, allocated);
    else this.put({ record, name: api, cat, args });
  }
  /** Tells of what waits for more of its call. */
  flush(): void {
    const { pages } = this;
    this.pages = undefined;
    if (!pages) return;
    const { record, name, cat, args, count, requested, allocated } = pages;
    const sums = requested > 0 ? { requested, allocated } : {};
    this.emit({ record, name, cat, args: count > 1 ? { ...args, ...sums, blocks: count } : args });
  }
  private put(instant: Instant): void {
    this.flush();
    this.emit(instant);
  }
  private join(instant: Instant, requested: number, allocated: number): void {
    const statement = this.statementAt(instant.record.position);
    const { pages } = this;
    if (pages?.statement === statement && isSame(pages, instant)) {
      pages.count++;
      pages.requested += requested;
      pages.allocated += allocated;
      return;
    }
    this.flush();
    this.pages = { ...instant, statement, count: 1, requested, allocated };
  }
  /** `object 0xffff…`: addresses of blocks as they are read. */
  private blockText(block: string): string {
    const { view } = this.session;
    const [, what, number] = /^(object|percpu) (-?\d+)$/.exec(block) ?? [];
    return what === undefined ? block : `${what} ${view.hexBits(toBits(view.abi, Number(number)))}`;
  }
}
const isSame = (a: Instant, b: Instant): boolean =>
  a.name === b.name &&
  a.cat === b.cat &&
  a.args.kind === b.args.kind &&
  a.record.cpu === b.record.cpu &&
  a.record.site?.span.file === b.record.site?.span.file &&
  a.record.site?.span.start === b.record.site?.span.start;

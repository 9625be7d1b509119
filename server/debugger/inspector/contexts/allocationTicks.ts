/** The allocations of a CPU in a window: those within one cell are counted together. */
import type { CallSite } from '../../../kernel/printk/ports';
import type { TraceRecord } from '../../../kernel/printk/trace';
import { allocationOf, freeOf, isBacking } from '../allocationRecords';

/** The first of them, with its place in the scenario, and how many there were. */
interface Tick {
  readonly position: number;
  readonly site: CallSite | undefined;
  allocated: number;
  bytes: number;
  failed: number;
  freed: number;
}

export class AllocationTicks {
  private readonly cells: (Tick | undefined)[];
  private readonly width: number;

  constructor(
    private readonly from: number,
    to: number,
    most: number,
  ) {
    this.cells = new Array<Tick | undefined>(most).fill(undefined);
    this.width = (to - from + 1) / most;
  }
  add(record: TraceRecord): void {
    const allocation = allocationOf(record);
    if (isBacking(record) || (!allocation && freeOf(record) === undefined)) return;
    const cell = Math.floor((record.position - this.from) / this.width);
    const { position, site } = record;
    const tick = this.cells[cell] ?? { position, site, allocated: 0, bytes: 0, failed: 0, freed: 0 };
    this.cells[cell] = tick;
    if (!allocation) tick.freed++;
    else if (allocation.failed) tick.failed++;
    else {
      tick.allocated++;
      tick.bytes += allocation.allocated;
    }
  }
  get all(): Tick[] {
    return this.cells.filter((tick) => tick !== undefined);
  }
}

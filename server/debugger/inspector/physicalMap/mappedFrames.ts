/**
 * Frames that are page tables, and frames that vmalloc areas map, at the journal's cursor. The tables are read once; after that, only those
 * that the journal's entries have written are read again.
 */
import { frameOf } from '../../../kernel/arch/page_tables';
import type { Kernel } from '../../../kernel/kernel';
import { isException } from '../../../kernel/oops/exceptions';
import { _PAGE_PRESENT, _PAGE_PSE } from '../../../profiles/commonConstants';
import { PAGE_SIZE } from '../../../types/pageSize';
import { PAGE_TABLE, PERCPU, STACK, VMALLOC } from './kinds';

type MappedKernel = Pick<Kernel, 'mem' | 'pageTables' | 'addresses' | 'allocators' | 'symbols' | 'profile'>;

/** A table of init_mm, as it was read last. */
interface Table {
  readonly level: number;
  /** address that its first entry is for */
  readonly va: number;
  readonly below: readonly number[];
  readonly mapped: readonly number[];
}
interface Area {
  readonly start: number;
  readonly end: number;
  /** what its pages are used for; undefined where they belong to somebody else */
  readonly kind: number | undefined;
}
/** Code that makes areas for something other than vmalloc, by the name of the area's caller. */
const CALLERS: Readonly<Record<string, number>> = {
  kernel_clone: STACK,
  irq_init_percpu_irqstack: STACK,
  pcpu_get_vm_areas: PERCPU,
};

export class MappedFrames {
  /** by frame: kind of what the tables say of it */
  readonly kinds = new Map<number, number>();
  private readonly tables = new Map<number, Table>();
  private readonly written = new Set<number>();

  /** @param changed told of frames that may be something else now */
  constructor(
    private readonly k: MappedKernel,
    private readonly changed: (pfn: number) => void,
  ) {
    const top = Math.floor(k.pageTables.pgd / PAGE_SIZE);
    this.read(top, 0, 0, this.areas());
  }
  /** Whether a frame is a table that has been read. */
  isTable(pfn: number): boolean {
    return this.tables.has(pfn);
  }
  /** A table has been written. */
  note(pfn: number): void {
    this.written.add(pfn);
  }
  /** Reads what has been written again. */
  update(): void {
    if (this.written.size === 0) return;
    const areas = this.areas();
    for (const pfn of this.written) {
      const table = this.tables.get(pfn);
      // one that is gone was forgotten with the table above it
      if (table) this.read(pfn, table.level, table.va, areas);
    }
    this.written.clear();
  }

  private read(pfn: number, level: number, va: number, areas: readonly Area[]): void {
    const before = this.tables.get(pfn);
    for (const frame of before?.mapped ?? []) this.forget(frame);
    const below: number[] = [];
    const mapped: number[] = [];
    const found: { pfn: number; va: number }[] = [];
    const [first, end] = [areas[0]?.start ?? 0, areas.at(-1)?.end ?? 0];
    const { mem, pageTables } = this.k;
    const { levels, entryBytes, bits } = pageTables.geometry;
    const { entries = 0, shift = 0, large = false } = levels[level] ?? {};
    const words = entryBytes >> 2;
    const size = 2 ** shift;
    // a table that has not been written is empty; the top level's may begin within a frame
    const start = mem.touchedFrameWord(pfn) + (level === 0 ? (pageTables.pgd % PAGE_SIZE) >> 2 : 0);
    for (let i = 0; i < entries && start > 0; i++) {
      const low = mem.words[start + i * words] as number;
      if (!(low & _PAGE_PRESENT)) continue;
      const above = level === 0 && bits === 48 && i >= entries / 2 ? -(2 ** bits) : 0;
      const at = va + i * size + above;
      const isLeaf = level === pageTables.lastLevel || (large && (low & _PAGE_PSE) !== 0);
      // most of a large machine's entries are the direct map's
      if (isLeaf && (at < first || at >= end)) continue;
      const high = words === 2 ? (mem.words[start + i * words + 1] as number) : 0;
      const frame = frameOf({ level, entry: 0, low, high });
      if (isLeaf) this.map(frame, level, at, areas, mapped);
      else {
        below.push(frame);
        found.push({ pfn: frame, va: at });
      }
    }
    this.tables.set(pfn, { level, va, below, mapped });
    for (const old of before?.below ?? []) if (!below.includes(old)) this.drop(old);
    for (const child of found) {
      // a table that a damaged entry names twice is read once
      if (this.tables.has(child.pfn) && !before?.below.includes(child.pfn)) continue;
      this.claim(child.pfn, PAGE_TABLE);
      if (!before?.below.includes(child.pfn)) this.read(child.pfn, level + 1, child.va, areas);
    }
  }
  /** Frames that an entry of a vmalloc area maps. */
  private map(frame: number, level: number, va: number, areas: readonly Area[], mapped: number[]): void {
    const kind = areaAt(areas, va)?.kind;
    if (kind === undefined) return;
    const frames = this.k.pageTables.sizeOf(level) / PAGE_SIZE;
    for (let pfn = frame; pfn < frame + frames; pfn++) {
      mapped.push(pfn);
      this.claim(pfn, kind);
    }
  }
  private claim(pfn: number, kind: number): void {
    this.kinds.set(pfn, kind);
    this.changed(pfn);
  }
  private forget(pfn: number): void {
    this.kinds.delete(pfn);
    this.changed(pfn);
  }
  private drop(pfn: number): void {
    const table = this.tables.get(pfn);
    this.forget(pfn);
    if (!table) return;
    this.tables.delete(pfn);
    for (const frame of table.mapped) this.forget(frame);
    for (const child of table.below) this.drop(child);
  }

  /** The areas that are in use, by address; none if their list has been damaged. */
  private areas(): Area[] {
    const { allocators } = this.k;
    const { areas, busy } = allocators.vmalloc.allocator;
    try {
      return areas.all(busy).map((area) => ({
        start: areas.start(area),
        end: areas.end(area),
        kind: this.kindOf(areas.vm(area)),
      }));
    } catch (error) {
      if (!isException(error)) throw error;
      return [];
    }
  }
  private kindOf(vm: number): number | undefined {
    const { allocators, symbols } = this.k;
    const { vms, allocator } = allocators.vmalloc;
    if (vm === 0 || !vms.flagNames(vm).includes('vmalloc')) return undefined;
    const caller = symbols.at(allocator.areas.memory.field(vm, 'vm_struct', 'caller'));
    return CALLERS[caller?.name ?? ''] ?? VMALLOC;
  }
}

function areaAt(areas: readonly Area[], va: number): Area | undefined {
  let low = 0;
  let high = areas.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((areas[middle] as Area).end <= va) low = middle + 1;
    else high = middle;
  }
  const area = areas[low];
  return area && va >= area.start ? area : undefined;
}

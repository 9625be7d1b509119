/**
 * struct zone: a frozen view of where one zone lies in emulated memory, with the distances of its fields.
 * Follows include/linux/mmzone.h, 6.1. All state is in memory; what is kept here (addresses, word indexes) is fixed at boot.
 */

import type { Memory } from '../../memory/memory';
import { MAX_ORDER } from '../../profiles/commonConstants';
import type { Layouts } from '../../types/layout';
import type { ListHead } from './list_head';
import { highWord } from './list_head';
import { MIGRATE_TYPES } from './migratetype';
import type { ZonePerCpuOptions } from './zone_percpu';
import { ZonePerCpu } from './zone_percpu';

export {
  MAX_ORDER,
  NR_FREE_PAGES,
  PAGE_ALLOC_COSTLY_ORDER,
  WMARK_HIGH,
  WMARK_LOW,
  WMARK_MIN,
  WMARK_PROMO,
} from '../../profiles/commonConstants';

/** enum zone_flags: bit numbers */
export const ZONE_BOOSTED_WATERMARK = 0;
export const ZONE_RECLAIM_ACTIVE = 1;
interface ZoneOptions {
  /** virtual address of the struct zone, and its physical one; the words up to its end must be adjacent (Memory.contiguous) */
  readonly addr: number;
  readonly phys: number;
  readonly nid: number;
  /** index in node_zones */
  readonly idx: number;
  /** `Normal` */
  readonly name: string;
  readonly populated: boolean;
  readonly cpus: number;
  /** where a CPU's per_cpu_pages and per_cpu_zonestat of this zone lie */
  readonly perCpu: (cpu: number) => ZonePerCpuOptions;
}

function noCpu(cpu: number): never {
  throw new RangeError(`there is no CPU ${cpu}`);
}

/** One zone of one node. */
export class Zone {
  readonly addr: number;
  readonly phys: number;
  readonly node: number;
  readonly idx: number;
  readonly name: string;
  /** whether it had memory when it was set up */
  readonly populated: boolean;
  /** index in mem.words of the struct's first word */
  readonly word: number;
  /** 32-bit words of an unsigned long or a pointer: 1 or 2 */
  readonly longWords: number;
  /** words of fields: `watermark` + longWords · WMARK_…, `reserve` + longWords · zone index, `vmStat` + longWords · item */
  readonly watermark: number;
  readonly boost: number;
  readonly highatomic: number;
  readonly reserve: number;
  readonly managed: number;
  readonly flags: number;
  private readonly driftMark: number;
  private readonly start: number;
  private readonly spanned: number;
  readonly vmStat: number;
  /** free_list heads at [order · MIGRATE_TYPES + migratetype]: word, low and high word of the address */
  readonly listWord: Int32Array;
  readonly listLo: Int32Array;
  readonly listHi: Int32Array;
  /** word of free_area[order].nr_free */
  readonly nrFree: Int32Array;
  /** number of CPUs with page lists and counters of this zone */
  readonly cpus: number;
  private readonly perCpu: readonly ZonePerCpu[];
  /** zone→zoneKey of its pages (page.ts) */
  readonly key: number;

  constructor(
    private readonly mem: Memory,
    layouts: Layouts,
    options: ZoneOptions,
  ) {
    this.addr = options.addr;
    this.phys = options.phys;
    this.node = options.nid;
    this.idx = options.idx;
    this.name = options.name;
    this.populated = options.populated;
    this.longWords = layouts.abi.wordSize >> 2;
    this.key = this.longWords === 2 ? options.nid * 8 + options.idx : options.idx;
    this.word = mem.word(options.phys);
    const at = (field: string) => this.word + (layouts.offset('zone', field) >> 2);
    this.watermark = at('_watermark');
    this.boost = at('watermark_boost');
    this.highatomic = at('nr_reserved_highatomic');
    this.reserve = at('lowmem_reserve');
    this.managed = at('managed_pages');
    this.flags = at('flags');
    this.driftMark = at('percpu_drift_mark');
    this.start = at('zone_start_pfn');
    this.spanned = at('spanned_pages');
    this.vmStat = at('vm_stat');
    const lists = MAX_ORDER * MIGRATE_TYPES;
    this.listWord = new Int32Array(lists);
    this.listLo = new Int32Array(lists);
    this.listHi = new Int32Array(lists);
    this.nrFree = new Int32Array(MAX_ORDER);
    const area = layouts.size('free_area');
    const listHead = layouts.size('list_head');
    const areas = layouts.offset('zone', 'free_area');
    for (let order = 0; order < MAX_ORDER; order++) {
      this.nrFree[order] = this.word + ((areas + order * area + layouts.offset('free_area', 'nr_free')) >> 2);
      for (let mt = 0; mt < MIGRATE_TYPES; mt++) {
        const offset = areas + order * area + mt * listHead;
        const i = order * MIGRATE_TYPES + mt;
        this.listWord[i] = this.word + (offset >> 2);
        this.listLo[i] = (options.addr + offset) | 0;
        this.listHi[i] = this.longWords === 2 ? highWord(options.addr + offset) : 0;
      }
    }
    this.cpus = options.cpus;
    this.perCpu = Array.from({ length: options.cpus }, (_, cpu) => new ZonePerCpu(mem, layouts, options.perCpu(cpu)));
  }

  /** this_cpu_ptr(zone->per_cpu_pageset) and zone->per_cpu_zonestats. @throws RangeError for a CPU that the machine does not have */
  onCpu(cpu: number): ZonePerCpu {
    return this.perCpu[cpu] ?? noCpu(cpu);
  }
  /** zone_start_pfn; like all pfns below 2^31, so that the lower word says it */
  get startPfn(): number {
    return this.mem.words[this.start] as number;
  }
  /** zone_end_pfn: one past the last pfn that the zone spans */
  get endPfn(): number {
    return (this.startPfn + (this.mem.words[this.spanned] as number)) | 0;
  }
  /** zone_spans_pfn */
  spans(pfn: number): boolean {
    return pfn >= this.startPfn && pfn < this.endPfn;
  }
  /** A long field by its word: exact below 2^53. */
  getLong(word: number): number {
    const low = this.mem.words[word] as number;
    return this.longWords === 1 ? low : (this.mem.words[word + 1] as number) * 0x1_0000_0000 + (low >>> 0);
  }
  /** Stores a long field, journaled; the upper word only where it changes. */
  setLong(word: number, value: number): void {
    this.mem.set(word, value | 0);
    if (this.longWords === 2) {
      const high = Math.floor(value / 0x1_0000_0000) | 0;
      if (this.mem.words[word + 1] !== high) this.mem.set(word + 1, high);
    }
  }

  // ---- fields, in pages
  /** _watermark[mark] without the boost */
  wmark(mark: number): number {
    return this.getLong(this.watermark + mark * this.longWords);
  }
  setWmark(mark: number, pages: number): void {
    this.setLong(this.watermark + mark * this.longWords, pages);
  }
  /** wmark_pages: with the boost */
  wmarkPages(mark: number): number {
    return this.wmark(mark) + this.getLong(this.boost);
  }
  get watermarkBoost(): number {
    return this.getLong(this.boost);
  }
  set watermarkBoost(pages: number) {
    this.setLong(this.boost, pages);
  }
  get nrReservedHighatomic(): number {
    return this.getLong(this.highatomic);
  }
  set nrReservedHighatomic(pages: number) {
    this.setLong(this.highatomic, pages);
  }
  lowmemReserve(zoneIdx: number): number {
    return this.getLong(this.reserve + zoneIdx * this.longWords);
  }
  setLowmemReserve(zoneIdx: number, pages: number): void {
    this.setLong(this.reserve + zoneIdx * this.longWords, pages);
  }
  get managedPages(): number {
    return this.getLong(this.managed);
  }
  set managedPages(pages: number) {
    this.setLong(this.managed, pages);
  }
  /** percpu_drift_mark: below it the lagging count of free pages may be wrong by more than the watermarks allow; 0 for none */
  get percpuDriftMark(): number {
    return this.getLong(this.driftMark);
  }
  /** vm_stat[item]: without what the CPUs still hold in their vm_stat_diff; may lag by the threshold of each. */
  vmStatOf(item: number): number {
    return this.getLong(this.vmStat + item * this.longWords);
  }
  setVmStat(item: number, value: number): void {
    this.setLong(this.vmStat + item * this.longWords, value);
  }
  /** zone_page_state_snapshot: vm_stat plus the CPUs' differences */
  vmStatSnapshot(item: number): number {
    let value = this.vmStatOf(item);
    for (let cpu = 0; cpu < this.cpus; cpu++) value += this.onCpu(cpu).statDiff(item);
    return value;
  }
  /** free_area[order].nr_free, in blocks */
  nrFreeBlocks(order: number): number {
    return this.getLong(this.nrFree[order] as number);
  }
  flag(bit: number): boolean {
    return ((this.mem.words[this.flags] as number) & (1 << bit)) !== 0;
  }
  setFlag(bit: number, on: boolean): void {
    const old = this.mem.words[this.flags] as number;
    const value = on ? old | (1 << bit) : old & ~(1 << bit);
    if (value !== old) this.mem.set(this.flags, value);
  }

  freeList(order: number, migratetype: number): ListHead {
    const i = order * MIGRATE_TYPES + migratetype;
    return { word: this.listWord[i] as number, lo: this.listLo[i] as number, hi: this.listHi[i] as number };
  }
}

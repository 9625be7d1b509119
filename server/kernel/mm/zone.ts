/**
 * struct zone: a frozen view of one zone's place in emulated memory, with the distances of its fields.
 * Follows include/linux/mmzone.h, 6.1. All state is in memory; what is kept here (addresses, word indexes, the span) is fixed at boot.
 */

import type { Memory } from '../../memory/memory';
import { MAX_ORDER } from '../../profiles/commonConstants';
import type { Layouts } from '../../types/layout';
import { MIGRATE_TYPES } from './migratetype';

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
/** enum numa_stat_item (x86_64) */
export const NUMA_HIT = 0;
export const NUMA_MISS = 1;
export const NUMA_FOREIGN = 2;
export const NUMA_LOCAL = 4;
export const NUMA_OTHER = 5;

export interface ZoneOptions {
  /** virtual address of the struct zone, and its physical one; the words up to its end must be neighbours (Memory.contiguous) */
  readonly addr: number;
  readonly phys: number;
  readonly nid: number;
  /** index in node_zones */
  readonly idx: number;
  /** `Normal` */
  readonly name: string;
  /** first pfn, and one past the last (spanned) */
  readonly startPfn: number;
  readonly endPfn: number;
  readonly cpus: number;
  /** physical address of a CPU's per_cpu_pages and per_cpu_zonestat of this zone */
  readonly pcpPhys: (cpu: number) => number;
  readonly zonestatPhys: (cpu: number) => number;
  /** virtual address of a CPU's per_cpu_pages */
  readonly pcpAddr: (cpu: number) => number;
}

/** A list_head that heads a list: its word, and its address as the two words that pointers to it hold. */
export interface ListHead {
  readonly word: number;
  readonly lo: number;
  readonly hi: number;
}

const highWord = (address: number): number => Math.floor(address / 0x1_0000_0000) | 0;

export class Zone {
  readonly addr: number;
  readonly phys: number;
  readonly node: number;
  readonly idx: number;
  readonly name: string;
  readonly startPfn: number;
  readonly endPfn: number;
  readonly populated: boolean;
  /** index in mem.words of the struct's first word */
  readonly word: number;
  /** words of a long */
  readonly long: number;
  /** words of fields: `watermark` + long · WMARK_…, `reserve` + long · zone index, `vmStat` + long · item */
  readonly watermark: number;
  readonly boost: number;
  readonly highatomic: number;
  readonly reserve: number;
  readonly managed: number;
  readonly flags: number;
  readonly vmStat: number;
  /** free_list heads at [order · MIGRATE_TYPES + migratetype]: word, low and high word of the address */
  readonly listWord: Int32Array;
  readonly listLo: Int32Array;
  readonly listHi: Int32Array;
  /** word of free_area[order].nr_free */
  readonly nrFree: Int32Array;
  // per CPU
  readonly cpus: number;
  readonly pcpWord: Int32Array;
  readonly statWord: Int32Array;
  /** distances in words inside per_cpu_pages */
  readonly pcpCount: number;
  readonly pcpHigh: number;
  readonly pcpBatch: number;
  /** free_factor is the lower half of this word */
  readonly pcpFactor: number;
  readonly pcpLists: number;
  /** number of lists: 12 for orders 0 to 3, and 2 of huge pages */
  readonly pcpNrLists: number;
  /** low and high word of the address of a CPU's lists[0] */
  readonly pcpListLo: Int32Array;
  readonly pcpListHi: Int32Array;
  /** vm_numa_event in per_cpu_zonestat, in words; −1 where the kernel has none */
  readonly numaEvent: number;
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
    this.startPfn = options.startPfn;
    this.endPfn = options.endPfn;
    this.populated = options.endPfn > options.startPfn;
    this.long = layouts.abi.wordSize >> 2;
    this.key = this.long === 2 ? options.nid * 8 + options.idx : options.idx;
    this.word = mem.word(options.phys);
    const at = (field: string) => this.word + (layouts.offset('zone', field) >> 2);
    this.watermark = at('_watermark');
    this.boost = at('watermark_boost');
    this.highatomic = at('nr_reserved_highatomic');
    this.reserve = at('lowmem_reserve');
    this.managed = at('managed_pages');
    this.flags = at('flags');
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
        this.listHi[i] = this.long === 2 ? highWord(options.addr + offset) : 0;
      }
    }
    this.cpus = options.cpus;
    this.pcpWord = new Int32Array(options.cpus);
    this.statWord = new Int32Array(options.cpus);
    this.pcpListLo = new Int32Array(options.cpus);
    this.pcpListHi = new Int32Array(options.cpus);
    const inPcp = (field: string) => layouts.offset('per_cpu_pages', field) >> 2;
    this.pcpCount = inPcp('count');
    this.pcpHigh = inPcp('high');
    this.pcpBatch = inPcp('batch');
    this.pcpFactor = inPcp('free_factor');
    this.pcpLists = inPcp('lists');
    this.pcpNrLists = Math.floor((layouts.size('per_cpu_pages') - layouts.offset('per_cpu_pages', 'lists')) / listHead);
    if (this.pcpNrLists > 14) this.pcpNrLists = 14;
    this.numaEvent = layouts.has('per_cpu_zonestat', 'vm_numa_event')
      ? layouts.offset('per_cpu_zonestat', 'vm_numa_event') >> 2
      : -1;
    for (let cpu = 0; cpu < options.cpus; cpu++) {
      this.pcpWord[cpu] = mem.word(options.pcpPhys(cpu));
      this.statWord[cpu] = mem.word(options.zonestatPhys(cpu));
      const first = options.pcpAddr(cpu) + layouts.offset('per_cpu_pages', 'lists');
      this.pcpListLo[cpu] = first | 0;
      this.pcpListHi[cpu] = this.long === 2 ? highWord(first) : 0;
    }
  }

  /** zone_spans_pfn */
  spans(pfn: number): boolean {
    return pfn >= this.startPfn && pfn < this.endPfn;
  }
  /** A long field by its word: exact below 2^53. */
  getLong(word: number): number {
    const low = this.mem.words[word] as number;
    return this.long === 1 ? low : (this.mem.words[word + 1] as number) * 0x1_0000_0000 + (low >>> 0);
  }
  /** Stores a long field, journaled; the upper word only where it changes. */
  setLong(word: number, value: number): void {
    this.mem.set(word, value | 0);
    if (this.long === 2) {
      const high = Math.floor(value / 0x1_0000_0000) | 0;
      if (this.mem.words[word + 1] !== high) this.mem.set(word + 1, high);
    }
  }

  // ---- fields, in pages
  /** _watermark[mark] without the boost */
  wmark(mark: number): number {
    return this.getLong(this.watermark + mark * this.long);
  }
  setWmark(mark: number, pages: number): void {
    this.setLong(this.watermark + mark * this.long, pages);
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
    return this.getLong(this.reserve + zoneIdx * this.long);
  }
  setLowmemReserve(zoneIdx: number, pages: number): void {
    this.setLong(this.reserve + zoneIdx * this.long, pages);
  }
  get managedPages(): number {
    return this.getLong(this.managed);
  }
  set managedPages(pages: number) {
    this.setLong(this.managed, pages);
  }
  /** vm_stat[item]: without what the CPUs still hold in their vm_stat_diff; may lag by the threshold of each. */
  vmStatOf(item: number): number {
    return this.getLong(this.vmStat + item * this.long);
  }
  setVmStat(item: number, value: number): void {
    this.setLong(this.vmStat + item * this.long, value);
  }
  /** zone_page_state_snapshot: vm_stat plus the CPUs' differences */
  vmStatSnapshot(item: number): number {
    let value = this.vmStatOf(item);
    for (let cpu = 0; cpu < this.cpus; cpu++) value += this.statDiff(cpu, item);
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

  // ---- per CPU
  /** vm_stat_diff[item] of a CPU */
  statDiff(cpu: number, item: number): number {
    const word = this.mem.words[(this.statWord[cpu] as number) + (item >> 2)] as number;
    return (word << (24 - ((item & 3) << 3))) >> 24;
  }
  setStatDiff(cpu: number, item: number, value: number): void {
    const shift = (item & 3) << 3;
    this.mem.setBytes((this.statWord[cpu] as number) + (item >> 2), value << shift, 1 << (item & 3), 0xff << shift);
  }
  /** stat_threshold of a CPU: byte 11 of per_cpu_zonestat */
  statThreshold(cpu: number): number {
    return (this.mem.words[(this.statWord[cpu] as number) + 2] as number) >> 24;
  }
  setStatThreshold(cpu: number, value: number): void {
    this.mem.setBytes((this.statWord[cpu] as number) + 2, value << 24, 8, 0xff000000);
  }
  pcp(cpu: number, field: number): number {
    return this.mem.words[(this.pcpWord[cpu] as number) + field] as number;
  }
  setPcp(cpu: number, field: number, value: number): void {
    this.mem.set((this.pcpWord[cpu] as number) + field, value);
  }
  /** free_factor of a CPU's per_cpu_pages (short) */
  freeFactor(cpu: number): number {
    return ((this.mem.words[(this.pcpWord[cpu] as number) + this.pcpFactor] as number) << 16) >> 16;
  }
  setFreeFactor(cpu: number, value: number): void {
    this.mem.setBytes((this.pcpWord[cpu] as number) + this.pcpFactor, value, 3, 0xffff);
  }
  /** A CPU's list: lists[pindex] */
  pcpList(cpu: number, pindex: number): ListHead {
    const bytes = pindex * this.long * 8;
    return {
      word: (this.pcpWord[cpu] as number) + this.pcpLists + (bytes >> 2),
      lo: ((this.pcpListLo[cpu] as number) + bytes) | 0,
      hi: this.pcpListHi[cpu] as number,
    };
  }
  freeList(order: number, migratetype: number): ListHead {
    const i = order * MIGRATE_TYPES + migratetype;
    return { word: this.listWord[i] as number, lo: this.listLo[i] as number, hi: this.listHi[i] as number };
  }
}

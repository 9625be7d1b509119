/**
 * What a zone keeps for each CPU: struct per_cpu_pages (its page lists) and struct per_cpu_zonestat (its counters).
 * Follows include/linux/mmzone.h, 6.1. All state is in memory; this object holds word indexes that are fixed at boot.
 */
import type { Memory } from '../../memory/memory';
import type { Layouts } from '../../types/layout';
import type { ListHead } from './list_head';
import { highWord } from './list_head';

/** enum numa_stat_item (x86_64) */
export const NUMA_HIT = 0;
export const NUMA_MISS = 1;
export const NUMA_FOREIGN = 2;
export const NUMA_LOCAL = 4;
export const NUMA_OTHER = 5;
/** lists of a per_cpu_pages (NR_PCP_LISTS): three migratetypes of the orders 0 to 3, and two of huge pages */
export const NR_PCP_LISTS = 14;

export interface ZonePerCpuOptions {
  /** virtual address of the per_cpu_pages */
  readonly pagesAddr: number;
  /** physical addresses of the per_cpu_pages and the per_cpu_zonestat */
  readonly pagesPhys: number;
  readonly zonestatPhys: number;
}

/** A zone's page lists and counters on one CPU. */
export class ZonePerCpu {
  /** virtual address of the per_cpu_pages */
  readonly addr: number;
  // per_cpu_pages: words of its fields
  readonly countWord: number;
  readonly highWord: number;
  readonly batchWord: number;
  /** free_factor is the lower half of this word; expire the upper one, where the kernel has it (CONFIG_NUMA) */
  readonly factorWord: number;
  private readonly expires: boolean;
  /** word of lists[0], and its address as the two words that pointers to it hold */
  readonly listsWord: number;
  readonly listsLo: number;
  readonly listsHi: number;
  /** words of a list_head: 2 or 4 */
  readonly listWords: number;
  // per_cpu_zonestat
  /** word of vm_stat_diff[0], which is its lowest byte */
  readonly diffWord: number;
  readonly thresholdWord: number;
  /** bits by which stat_threshold is shifted to the top of its word */
  readonly thresholdShift: number;
  /** word of vm_numa_event[0]; −1 where the kernel has none */
  readonly numaWord: number;

  constructor(
    private readonly mem: Memory,
    layouts: Layouts,
    options: ZonePerCpuOptions,
  ) {
    this.addr = options.pagesAddr;
    const pages = mem.word(options.pagesPhys);
    const inPages = (field: string) => pages + (layouts.offset('per_cpu_pages', field) >> 2);
    this.countWord = inPages('count');
    this.highWord = inPages('high');
    this.batchWord = inPages('batch');
    this.factorWord = inPages('free_factor');
    this.expires = layouts.has('per_cpu_pages', 'expire');
    this.listsWord = inPages('lists');
    const lists = options.pagesAddr + layouts.offset('per_cpu_pages', 'lists');
    this.listsLo = lists | 0;
    this.listsHi = layouts.abi.wordSize === 8 ? highWord(lists) : 0;
    this.listWords = layouts.size('list_head') >> 2;
    const stat = mem.word(options.zonestatPhys);
    const threshold = layouts.offset('per_cpu_zonestat', 'stat_threshold');
    this.diffWord = stat + (layouts.offset('per_cpu_zonestat', 'vm_stat_diff') >> 2);
    this.thresholdWord = stat + (threshold >> 2);
    this.thresholdShift = 24 - ((threshold & 3) << 3);
    this.numaWord = layouts.has('per_cpu_zonestat', 'vm_numa_event')
      ? stat + (layouts.offset('per_cpu_zonestat', 'vm_numa_event') >> 2)
      : -1;
  }

  /** pages on the lists */
  get count(): number {
    return this.mem.words[this.countWord] as number;
  }
  set count(pages: number) {
    this.mem.set(this.countWord, pages);
  }
  get high(): number {
    return this.mem.words[this.highWord] as number;
  }
  set high(pages: number) {
    this.mem.set(this.highWord, pages);
  }
  get batch(): number {
    return this.mem.words[this.batchWord] as number;
  }
  set batch(pages: number) {
    this.mem.set(this.batchWord, pages);
  }
  /** free_factor (short) */
  get freeFactor(): number {
    return ((this.mem.words[this.factorWord] as number) << 16) >> 16;
  }
  set freeFactor(value: number) {
    this.mem.setBytes(this.factorWord, value, 3, 0xffff);
  }
  /** expire (short): seconds until a remote list that is not used is given back; always 0 where there are no remote ones */
  get expire(): number {
    return this.expires ? (this.mem.words[this.factorWord] as number) >> 16 : 0;
  }
  set expire(value: number) {
    if (this.expires && value !== this.expire) this.mem.setBytes(this.factorWord, value << 16, 12, 0xffff0000);
  }
  /** lists[pindex] */
  list(pindex: number): ListHead {
    const words = pindex * this.listWords;
    return { word: this.listsWord + words, lo: (this.listsLo + (words << 2)) | 0, hi: this.listsHi };
  }
  /** vm_stat_diff[item] */
  statDiff(item: number): number {
    const word = this.mem.words[this.diffWord + (item >> 2)] as number;
    return (word << (24 - ((item & 3) << 3))) >> 24;
  }
  setStatDiff(item: number, value: number): void {
    const shift = (item & 3) << 3;
    this.mem.setBytes(this.diffWord + (item >> 2), value << shift, 1 << (item & 3), 0xff << shift);
  }
  get statThreshold(): number {
    return ((this.mem.words[this.thresholdWord] as number) << this.thresholdShift) >> 24;
  }
  set statThreshold(value: number) {
    const shift = 24 - this.thresholdShift;
    this.mem.setBytes(this.thresholdWord, value << shift, 1 << (shift >> 3), 0xff << shift);
  }
}

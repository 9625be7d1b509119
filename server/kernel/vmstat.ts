/**
 * Zone counters: per-CPU differences that are folded into zone->vm_stat when they pass a threshold, so that the watermark check reads a
 * number that lags. Follows mm/vmstat.c, 6.1. Counts in pages.
 */
import type { Memory } from '../memory/memory';
import type { Zone } from './zone';
import { NR_FREE_PAGES, NUMA_FOREIGN, NUMA_HIT, NUMA_LOCAL, NUMA_MISS, NUMA_OTHER } from './zone';

/** __mod_zone_page_state(zone, NR_FREE_PAGES, delta) on `cpu`. `global` is the word of vm_zone_stat[NR_FREE_PAGES], −1 for none. */
export function modZoneFreePages(mem: Memory, zone: Zone, cpu: number, delta: number, global: number): void {
  const word = zone.statWord[cpu] as number;
  const words = mem.words;
  const old = words[word] as number;
  let x = ((old << 24) >> 24) + delta;
  const threshold = (words[word + 2] as number) >> 24;
  if (x > threshold || -x > threshold) {
    const at = zone.vmStat + NR_FREE_PAGES;
    zone.setLong(at, zone.getLong(at) + x);
    if (global >= 0) zone.setLong(global, zone.getLong(global) + x);
    x = 0;
  }
  if ((x & 0xff) !== (old & 0xff)) mem.setBytes(word, x & 0xff, 1, 0xff);
}

/** zone_page_state(zone, NR_FREE_PAGES): lagging, never below 0 */
export function zoneFreePages(zone: Zone): number {
  const free = zone.getLong(zone.vmStat + NR_FREE_PAGES);
  return free < 0 ? 0 : free;
}

/** zone_statistics(): numa_hit and its family, where the kernel counts them. `localNode` is the CPU's node. */
export function zoneStatistics(
  mem: Memory,
  preferred: Zone,
  zone: Zone,
  cpu: number,
  localNode: number,
  count: number,
): void {
  if (zone.numaEvent < 0) return;
  const local = zone.node === localNode ? NUMA_LOCAL : NUMA_OTHER;
  if (zone.node === preferred.node) {
    countNumaEvent(mem, zone, cpu, NUMA_HIT, count);
  } else {
    countNumaEvent(mem, zone, cpu, NUMA_MISS, count);
    countNumaEvent(mem, preferred, cpu, NUMA_FOREIGN, count);
  }
  countNumaEvent(mem, zone, cpu, local, count);
}

function countNumaEvent(mem: Memory, zone: Zone, cpu: number, item: number, count: number): void {
  const word = (zone.statWord[cpu] as number) + zone.numaEvent + (item << 1);
  const low = (mem.words[word] as number) + count;
  mem.set(word, low);
  // a carry out of the lower half
  if (low >>> 0 < count) mem.set(word + 1, (mem.words[word + 1] as number) + 1);
}

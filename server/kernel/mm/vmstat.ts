/**
 * Zone counters: per-CPU differences that are folded into zone->vm_stat when they pass a threshold, so that the watermark check reads a
 * number that lags. Follows mm/vmstat.c, 6.1. Counts in pages.
 */
import type { Memory } from '../../memory/memory';
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
    const at = zone.vmStat;
    zone.setLong(at, zone.getLong(at) + x);
    if (global >= 0) zone.setLong(global, zone.getLong(global) + x);
    x = 0;
  }
  if ((x & 0xff) !== (old & 0xff)) mem.setBytes(word, x & 0xff, 1, 0xff);
}

/** zone_page_state(zone, NR_FREE_PAGES): lagging, never below 0. A zone has fewer than 2^31 pages: the lower word says it. */
export function zoneFreePages(mem: Memory, zone: Zone): number {
  const free = mem.words[zone.vmStat + NR_FREE_PAGES] as number;
  return free < 0 ? 0 : free;
}

/** zone_statistics(): numa_hit and its family, where the kernel counts them. `localNode` is the CPU's node. */
export function zoneStatistics(mem: Memory, preferred: Zone, zone: Zone, cpu: number, localNode: number): void {
  const events = zone.numaEvent;
  if (events < 0) return;
  const first = (zone.statWord[cpu] as number) + events;
  const place = zone.node === localNode ? NUMA_LOCAL : NUMA_OTHER;
  let item = NUMA_HIT;
  if (zone.node !== preferred.node) {
    item = NUMA_MISS;
    const foreign = (preferred.statWord[cpu] as number) + events + (NUMA_FOREIGN << 1);
    countUp(mem, foreign);
  }
  const words = mem.words;
  const one = first + (item << 1);
  const two = first + (place << 1);
  const a = words[one] as number;
  const b = words[two] as number;
  if (a === -1 || b === -1) {
    countUp(mem, one);
    countUp(mem, two);
    return;
  }
  mem.setTwo(one, (a + 1) | 0, two, (b + 1) | 0);
}
/** An unsigned long, plus one. */
function countUp(mem: Memory, word: number): void {
  const low = ((mem.words[word] as number) + 1) | 0;
  mem.set(word, low);
  if (low === 0) mem.set(word + 1, ((mem.words[word + 1] as number) + 1) | 0);
}

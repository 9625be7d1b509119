/**
 * Zone counters: per-CPU differences that are folded into zone->vm_stat when they pass a threshold, so that the watermark check reads a
 * number that lags. Follows mm/vmstat.c, 6.1. Counts in pages.
 */
import type { Memory } from '../../memory/memory';
import type { Zone } from './zone';
import { NR_FREE_PAGES } from './zone';
import type { ZonePerCpu } from './zone_percpu';
import { NUMA_FOREIGN, NUMA_HIT, NUMA_LOCAL, NUMA_MISS, NUMA_OTHER } from './zone_percpu';

/**
 * __mod_zone_page_state(zone, NR_FREE_PAGES, delta) on the CPU that `pcp` belongs to. `global` is the word of
 * vm_zone_stat[NR_FREE_PAGES], −1 for none.
 */
export function modZoneFreePages(mem: Memory, zone: Zone, pcp: ZonePerCpu, delta: number, global: number): void {
  const word = pcp.diffWord;
  const old = mem.words[word] as number;
  let x = ((old << 24) >> 24) + delta;
  const threshold = pcp.statThreshold;
  if (x > threshold || -x > threshold) {
    const at = zone.vmStat;
    zone.setLong(at, zone.getLong(at) + x);
    if (global >= 0) zone.setLong(global, zone.getLong(global) + x);
    x = 0;
  }
  if ((x & 0xff) !== (old & 0xff)) mem.setBytes(word, x & 0xff, 1, 0xff);
}

/** NR_VM_ZONE_STAT_ITEMS */
const ITEMS = 11;

/** Whether a CPU holds differences of a zone's counters: vm_stat_diff is not all zeros. */
export function zoneHasDiffs(pcp: ZonePerCpu): boolean {
  for (let item = 0; item < ITEMS; item++) if (pcp.statDiff(item) !== 0) return true;
  return false;
}
/**
 * Folds a CPU's differences into a zone's counters, and those of all zones (`global`: word of vm_zone_stat, −1 for none). Whether there were
 * any.
 */
export function foldZoneDiffs(zone: Zone, pcp: ZonePerCpu, global: number): boolean {
  let folded = false;
  for (let item = 0; item < ITEMS; item++) {
    const diff = pcp.statDiff(item);
    if (diff === 0) continue;
    pcp.setStatDiff(item, 0);
    zone.setVmStat(item, zone.vmStatOf(item) + diff);
    const total = global + item * zone.longWords;
    if (global >= 0) zone.setLong(total, zone.getLong(total) + diff);
    folded = true;
  }
  return folded;
}

/** zone_page_state(zone, NR_FREE_PAGES): lagging, never below 0. A zone has fewer than 2^31 pages: the lower word is enough. */
export function zoneFreePages(mem: Memory, zone: Zone): number {
  const free = mem.words[zone.vmStat + NR_FREE_PAGES] as number;
  return free < 0 ? 0 : free;
}

/** zone_statistics(): numa_hit and its family on one CPU, where the kernel counts them. `localNode` is the CPU's node. */
export function zoneStatistics(mem: Memory, preferred: Zone, zone: Zone, cpu: number, localNode: number): void {
  const first = zone.onCpu(cpu).numaWord;
  if (first < 0) return;
  if (zone.node !== preferred.node) countUp(mem, preferred.onCpu(cpu).numaWord + (NUMA_FOREIGN << 1));
  countUp(mem, first + ((zone.node === preferred.node ? NUMA_HIT : NUMA_MISS) << 1));
  countUp(mem, first + ((zone.node === localNode ? NUMA_LOCAL : NUMA_OTHER) << 1));
}
/** An unsigned long of two words, plus one. */
function countUp(mem: Memory, word: number): void {
  const low = ((mem.words[word] as number) + 1) | 0;
  mem.set(word, low);
  if (low === 0) carry(mem, word + 1);
}
function carry(mem: Memory, word: number): void {
  mem.set(word, ((mem.words[word] as number) + 1) | 0);
}

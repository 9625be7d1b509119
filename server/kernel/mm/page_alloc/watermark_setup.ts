/**
 * Watermarks, protection and the sizes of the per-CPU page lists: computed at boot and again when a sysctl is written
 * (mm/page_alloc.c: __setup_per_zone_wmarks, setup_per_zone_lowmem_reserve, zone_set_pageset_high_and_batch, calculate_min_free_kbytes;
 * mm/khugepaged.c: set_recommended_min_free_kbytes; mm/vmstat.c: refresh_zone_stat_thresholds, 6.1). Pages unless a name says kbytes.
 */
import type { MmKernel } from '../mm_kernel';
import type { Zone } from '../zone';
import { WMARK_HIGH, WMARK_LOW, WMARK_MIN, WMARK_PROMO } from '../zone';

/** is_highmem: ZONE_HIGHMEM, and ZONE_MOVABLE where the memory that can become movable is highmem. */
const isHighmem = (k: MmKernel, z: Zone): boolean =>
  z.name === 'HighMem' || (z.name === 'Movable' && k.zones.some((h) => h.name === 'HighMem' && h.populated));
/** zones up to ZONE_NORMAL */
const isLow = (z: Zone): boolean => z.name === 'DMA' || z.name === 'DMA32' || z.name === 'Normal';
const clamp = (n: number, low: number, high: number): number => Math.min(Math.max(n, low), high);
const fls = (n: number): number => 32 - Math.clz32(n);
const populated = (k: MmKernel): readonly Zone[] => k.zones.filter((z) => z.managedPages > 0);

/** nr_free_buffer_pages: what zones up to Normal hold above their high watermark */
function freeBufferPages(k: MmKernel): number {
  return k.zones.filter(isLow).reduce((sum, z) => sum + Math.max(0, z.managedPages - z.wmark(WMARK_HIGH)), 0);
}

/** calculate_min_free_kbytes: √(16 · lowmem in kbytes), unless sysctl asked for more. */
export function calculateMinFreeKbytes(k: MmKernel): void {
  const wanted = Math.floor(Math.sqrt(freeBufferPages(k) * 4 * 16));
  if (wanted > k.vars.read('user_min_free_kbytes')) k.vars.write('min_free_kbytes', clamp(wanted, 128, 262144));
}

/** set_recommended_min_free_kbytes: with transparent huge pages, room for two pageblocks per migratetype pair in each zone. */
export function recommendMinFreeKbytes(k: MmKernel): void {
  if (!hugepagesEnabled(k)) {
    calculateMinFreeKbytes(k);
    setupPerZoneWmarks(k);
    return;
  }
  const zones = populated(k).filter(isLow).length;
  const blocks = k.pageblocks.pages * zones * (2 + 3 * 3);
  const pages = Math.min(blocks, Math.floor(freeBufferPages(k) / 20));
  const kbytes = pages * 4;
  if (kbytes > k.vars.read('min_free_kbytes')) k.vars.write('min_free_kbytes', kbytes);
  setupPerZoneWmarks(k);
}
const hugepagesEnabled = (k: MmKernel): boolean => (k.vars.read('transparent_hugepage_flags') & 3) !== 0;

/** setup_per_zone_wmarks, with the pcp sizes and the statistics' thresholds that follow from the marks. */
export function setupPerZoneWmarks(k: MmKernel): void {
  const pagesMin = k.vars.read('min_free_kbytes') >> 2;
  const scale = k.vars.read('watermark_scale_factor');
  const lowmem = k.zones.filter((z) => !isHighmem(k, z)).reduce((sum, z) => sum + z.managedPages, 0);
  for (const z of k.zones) {
    const managed = z.managedPages;
    const share = lowmem === 0 ? 0 : Math.floor((pagesMin * managed) / lowmem);
    const min = isHighmem(k, z) ? clamp(Math.floor(managed / 1024), 32, 128) : share;
    const gap = Math.max(share >> 2, Math.floor((managed * scale) / 10000));
    z.watermarkBoost = 0;
    z.setWmark(WMARK_MIN, min);
    z.setWmark(WMARK_LOW, min + gap);
    z.setWmark(WMARK_HIGH, min + 2 * gap);
    z.setWmark(WMARK_PROMO, min + 3 * gap);
  }
  for (const z of k.zones) zonePcpUpdate(k, z);
  refreshStatThresholds(k);
  calculateTotalreserve(k);
}

/** setup_per_zone_lowmem_reserve: pages of a zone that requests which could have used a higher zone leave alone. */
export function setupPerZoneLowmemReserve(k: MmKernel): void {
  for (const node of k.nodes) {
    const zones = k.zones.filter((z) => z.node === node.id);
    zones.forEach((z, i) => {
      if (i === zones.length - 1) return;
      const ratio = k.vars.read('sysctl_lowmem_reserve_ratio', i);
      let above = 0;
      for (let j = i + 1; j < zones.length; j++) {
        above += (zones[j] as Zone).managedPages;
        z.setLowmemReserve(j, ratio === 0 || z.managedPages === 0 ? 0 : Math.floor(above / ratio));
      }
    });
  }
  calculateTotalreserve(k);
}

/** calculate_totalreserve_pages: pages that no zone hands to ordinary requests. */
function calculateTotalreserve(k: MmKernel): void {
  let total = 0;
  for (const node of k.nodes) {
    let mine = 0;
    for (const z of k.zones) {
      if (z.node !== node.id) continue;
      let most = 0;
      for (let j = z.idx; j < k.arch.zones.length; j++) most = Math.max(most, z.lowmemReserve(j));
      mine += Math.min(most + z.wmark(WMARK_HIGH), z.managedPages);
    }
    k.vars.writeField(node.addr, 'pglist_data', 'totalreserve_pages', mine);
    total += mine;
  }
  k.vars.write('totalreserve_pages', total);
}

/** zone_batchsize: about a thousandth of the zone, at most 1 MiB, one less than a power of two. */
function zoneBatch(managed: number): number {
  const quarter = Math.max(1, Math.floor(Math.min(managed >>> 10, 256) / 4));
  return Math.max(1, (1 << (fls(quarter + Math.floor(quarter / 2)) - 1)) - 1);
}
/** zone_highsize: the low watermark (or the fraction sysctl asks for) shared by the node's CPUs, at least four batches. */
function zoneHigh(k: MmKernel, z: Zone, batch: number): number {
  const fraction = k.vars.read('percpu_pagelist_high_fraction');
  const total = fraction ? Math.floor(z.managedPages / fraction) : z.wmark(WMARK_LOW);
  const cpus = k.nodes.find((n) => n.id === z.node)?.cpus.length || k.percpu.cpus;
  return Math.max(Math.floor(total / cpus), batch << 2);
}
/** zone_set_pageset_high_and_batch */
export function zonePcpUpdate(k: MmKernel, z: Zone): void {
  if (z.managedPages === 0) return;
  const batch = zoneBatch(z.managedPages);
  const high = zoneHigh(k, z, batch);
  k.vars.writeField(z.addr, 'zone', 'pageset_high', high);
  k.vars.writeField(z.addr, 'zone', 'pageset_batch', batch);
  for (let cpu = 0; cpu < z.cpus; cpu++) {
    z.onCpu(cpu).high = high;
    z.onCpu(cpu).batch = batch;
  }
}

/** refresh_zone_stat_thresholds: how far a CPU's counters may run ahead of the zone's. */
function refreshStatThresholds(k: MmKernel): void {
  const cpus = k.percpu.cpus;
  for (const z of populated(k)) {
    // in units of 128 MiB
    const threshold = Math.min(125, 2 * fls(cpus) * (1 + fls(z.managedPages >>> 15)));
    for (let cpu = 0; cpu < z.cpus; cpu++) z.onCpu(cpu).statThreshold = threshold;
    const drift = cpus * threshold;
    const mark = drift > z.wmark(WMARK_LOW) - z.wmark(WMARK_MIN) ? z.wmark(WMARK_HIGH) + drift : 0;
    k.vars.writeField(z.addr, 'zone', 'percpu_drift_mark', mark);
  }
}

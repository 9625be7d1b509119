/**
 * The end of boot, from free lists to a running system. Follows mm/page_alloc.c: init_per_zone_wmark_min; mm/khugepaged.c:
 * start_stop_khugepaged; init/main.c: free_initmem, 6.1.
 */
import { PAGE_SIZE } from '../../types/pageSize';
import type { MmKernel } from '../mm/mm_kernel';
import {
  calculateMinFreeKbytes,
  recommendMinFreeKbytes,
  setupPerZoneLowmemReserve,
  setupPerZoneWmarks,
} from '../mm/page_alloc/watermark_setup';
import type { Booted } from './boot_memory';
import { applySysctls } from './sysctl';

/** From free lists to a running system: counters, watermarks, huge pages, the init sections given back, the machine's sysctls. */
export function finishBoot(k: MmKernel, booted: Pick<Booted, 'managed' | 'freedLate'>): void {
  k.zones.forEach((z, i) => {
    z.managedPages = booted.managed[i] as number;
    z.managedPages -= booted.freedLate[i] as number;
  });
  initPerZoneWmarkMin(k);
  k.zones.forEach((z, i) => {
    z.managedPages += booted.freedLate[i] as number;
  });
  countPages(k);
  applySysctls(k, k.config.sysctl);
}

/** init_per_zone_wmark_min, and khugepaged's start where huge pages are on (512 MiB of memory and more). */
export function initPerZoneWmarkMin(k: MmKernel, hugepages?: boolean): void {
  const managed = k.zones.reduce((sum, z) => sum + z.managedPages, 0);
  k.vars.write('transparent_hugepage_flags', (hugepages ?? managed >= (512 << 20) / PAGE_SIZE) ? 1 : 0);
  calculateMinFreeKbytes(k);
  setupPerZoneWmarks(k);
  setupPerZoneLowmemReserve(k);
  if (k.vars.read('transparent_hugepage_flags')) recommendMinFreeKbytes(k);
}
/** totalram_pages and the global counters, from the zones. */
export function countPages(k: MmKernel): void {
  const total = k.zones.reduce((sum, z) => sum + z.managedPages, 0);
  const free = k.zones.reduce((sum, z) => sum + z.vmStatOf(0), 0);
  k.vars.write('_totalram_pages', total);
  k.vars.write('vm_zone_stat', free, 0);
}

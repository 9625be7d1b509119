/** The kernel's own variables that this model keeps, with the values they have after boot. Typed as in 6.1; per-CPU ones apart. */
import type { ArchInfo } from '../../profiles/archInfo';
import { keptVariables } from './sysctl';

/** name → C type; zero at first. */
export function kernelVariables(arch: ArchInfo, nodes: number): Readonly<Record<string, string>> {
  return {
    jiffies: 'unsigned long volatile',
    system_state: 'int',
    nr_cpu_ids: 'unsigned int',
    nr_node_ids: 'unsigned int',
    max_pfn: 'unsigned long',
    max_low_pfn: 'unsigned long',
    _totalram_pages: 'atomic_long_t',
    totalreserve_pages: 'unsigned long',
    vm_zone_stat: 'atomic_long_t[11]',
    __per_cpu_offset: `unsigned long[${arch.maxCpus}]`,
    min_free_kbytes: 'int',
    user_min_free_kbytes: 'int',
    watermark_boost_factor: 'int',
    watermark_scale_factor: 'int',
    sysctl_lowmem_reserve_ratio: `int[${arch.zones.length}]`,
    percpu_pagelist_high_fraction: 'int',
    /** bits 0 (always) and 1 (madvise) as enum transparent_hugepage_flag has them */
    transparent_hugepage_flags: 'unsigned long',
    ...Object.fromEntries(keptVariables().map((name) => [name, 'int'])),
    page_group_by_mobility_disabled: 'int',
    init_task: 'struct task_struct',
    high_memory: 'void *',
    ...(arch.sparse ? { vmemmap_base: 'unsigned long', page_offset_base: 'unsigned long' } : {}),
    ...(arch.sparse ? { node_data: `struct pglist_data *[${nodes}]` } : { mem_map: 'struct page *' }),
  };
}

/** Per-CPU variables, by name. */
export const percpuVariables: Readonly<Record<string, string>> = {
  this_cpu_off: 'unsigned long',
  cpu_number: 'int',
  current_task: 'struct task_struct *',
  numa_node: 'int',
  boot_pageset: 'struct per_cpu_pages',
  boot_zonestats: 'struct per_cpu_zonestat',
};

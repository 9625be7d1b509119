/** The kernel's own variables that this model keeps, with the values they have after boot. Typed as in 6.1; per-CPU ones apart. */

import type { AddressSpace } from '../../memory/space';
import type { ArchInfo } from '../../profiles/archInfo';
import type { Profile } from '../../profiles/profile';
import type { Layouts } from '../../types/layout';
import { PAGE_SIZE } from '../../types/pageSize';
import type { DirectMap } from '../arch/direct_map';
import type { MemoryMap } from '../arch/memory_map';
import type { KernelVariables } from '../lib/kernel_variables';
import type { NodeInfo } from '../mm/node';
import { cpuToNode } from '../mm/node';
import type { MemMap } from './mem_map';
import type { PerCpuFirstChunk } from './percpu_first';
import type { SymbolTable } from './symbols';
import { keptVariables, sysctlDefaults } from './sysctl';

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
    /** where each node's kswapd hangs on its kswapd_wait */
    kswapd_wait_entry: `struct wait_queue_entry[${nodes}]`,
    /** jiffies at which the works that fold counters are due, 0 while they are not pending */
    kmem_vmstat_shepherd: 'unsigned int',
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
  kmem_vmstat_due: 'unsigned int',
  boot_pageset: 'struct per_cpu_pages',
  boot_zonestats: 'struct per_cpu_zonestat',
};

/** The facts from which the variables' values at boot follow. */
interface BootedVariables {
  readonly profile: Profile;
  readonly arch: ArchInfo;
  readonly layouts: Layouts;
  readonly space: AddressSpace;
  readonly symbols: SymbolTable;
  readonly percpu: PerCpuFirstChunk;
  readonly memory: MemoryMap;
  readonly memMap: MemMap;
  readonly nodes: readonly NodeInfo[];
  readonly direct: DirectMap;
  readonly vars: KernelVariables;
}

/** Places the kernel's variables and gives them the values that they have once memory is set up. */
export function defineKernelVariables(k: BootedVariables): void {
  const { symbols, layouts } = k;
  const nodes = Math.max(...k.nodes.map((n) => n.id)) + 1;
  for (const [name, text] of Object.entries(kernelVariables(k.arch, nodes))) {
    symbols.define(name, layouts.parseType(text));
  }
  for (const [name, text] of Object.entries(percpuVariables)) symbols.definePerCpu(name, layouts.parseType(text));
  const ratios = k.arch.lowmemReserveRatio;
  ratios.forEach((ratio, i) => {
    k.vars.write('sysctl_lowmem_reserve_ratio', ratio, i);
  });
  const values: Readonly<Record<string, number>> = {
    jiffies: k.profile.initialJiffies,
    nr_cpu_ids: k.percpu.cpus,
    nr_node_ids: nodes,
    max_pfn: k.memory.endPfn,
    max_low_pfn: Math.min(k.memory.endPfn, k.arch.maxLowPfn),
    min_free_kbytes: 1024,
    user_min_free_kbytes: -1,
    ...Object.fromEntries(sysctlDefaults(k.profile)),
  };
  for (const [name, value] of Object.entries(values)) k.vars.write(name, value);
  for (const node of k.nodes) {
    if (!k.arch.sparse) continue;
    k.vars.write('node_data', node.addr, node.id);
    symbols.name(`NODE_DATA(${node.id})`, node.addr, layouts.parseType('struct pglist_data'));
  }
  k.vars.write('high_memory', k.direct.va(k.vars.read('max_low_pfn') * PAGE_SIZE));
  if (k.arch.sparse) {
    k.vars.write('vmemmap_base', k.memMap.base);
    k.vars.write('page_offset_base', k.arch.pageOffset);
  } else k.vars.write('mem_map', k.memMap.base);
  const init = symbols.address('init_task');
  k.space.writeBytes(
    init + layouts.offset('task_struct', 'comm'),
    Uint8Array.from([...'swapper/0'].map((c) => c.charCodeAt(0))),
  );
  for (let cpu = 0; cpu < k.percpu.cpus; cpu++) {
    k.vars.write('__per_cpu_offset', k.percpu.offset(cpu), cpu);
    k.vars.write('this_cpu_off', k.percpu.offset(cpu), 0, cpu);
    k.vars.write('cpu_number', cpu, 0, cpu);
    k.vars.write('numa_node', cpuToNode(k.nodes, cpu), 0, cpu);
    k.vars.write('current_task', init, 0, cpu);
  }
}

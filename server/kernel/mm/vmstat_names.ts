/**
 * Names of the counters of zones and nodes, in the order of enum zone_stat_item and node_stat_item (include/linux/mmzone.h, mm/vmstat.c,
 * 6.1).
 */

import type { MmKernel } from './mm_kernel';
import type { NodeInfo } from './node';

export const ZONE_STAT_NAMES = [
  'nr_free_pages',
  'nr_zone_inactive_anon',
  'nr_zone_active_anon',
  'nr_zone_inactive_file',
  'nr_zone_active_file',
  'nr_zone_unevictable',
  'nr_zone_write_pending',
  'nr_mlock',
  'nr_bounce',
  'nr_zspages',
  'nr_free_cma',
] as const;

/** vm_numa_event, where the kernel counts them (x86_64). */
export const NUMA_EVENT_NAMES = [
  'numa_hit',
  'numa_miss',
  'numa_foreign',
  'numa_interleave',
  'numa_local',
  'numa_other',
] as const;

const NODE_STAT_NAMES_COMMON = [
  'nr_inactive_anon',
  'nr_active_anon',
  'nr_inactive_file',
  'nr_active_file',
  'nr_unevictable',
  'nr_slab_reclaimable',
  'nr_slab_unreclaimable',
  'nr_isolated_anon',
  'nr_isolated_file',
  'workingset_nodes',
  'workingset_refault_anon',
  'workingset_refault_file',
  'workingset_activate_anon',
  'workingset_activate_file',
  'workingset_restore_anon',
  'workingset_restore_file',
  'workingset_nodereclaim',
  'nr_anon_pages',
  'nr_mapped',
  'nr_file_pages',
  'nr_dirty',
  'nr_writeback',
  'nr_writeback_temp',
  'nr_shmem',
  'nr_shmem_hugepages',
  'nr_shmem_pmdmapped',
  'nr_file_hugepages',
  'nr_file_pmdmapped',
  'nr_anon_transparent_hugepages',
  'nr_vmscan_write',
  'nr_vmscan_immediate_reclaim',
  'nr_dirtied',
  'nr_written',
  'nr_throttled_written',
  'nr_kernel_misc_reclaimable',
  'nr_foll_pin_acquired',
  'nr_foll_pin_released',
  'nr_kernel_stack',
  'nr_page_table_pages',
  'nr_sec_page_table_pages',
  'nr_swapcached',
] as const;

/** Names of a node's counters on this machine. */
export const nodeStatNames = (k: MmKernel): readonly string[] =>
  k.arch.sparse ? [...NODE_STAT_NAMES_COMMON, 'pgpromote_success', 'pgpromote_candidate'] : NODE_STAT_NAMES_COMMON;

/** A node's counter by name: pages, or what the counter counts. */
export function vmStatNode(k: MmKernel, node: NodeInfo, name: string): number {
  const index = nodeStatNames(k).indexOf(name);
  return index < 0 ? 0 : k.vars.readField(node.addr, 'pglist_data', `vm_stat[${index}]`);
}

/** A zone's NUMA event by index: the zone's own count and what its CPUs still hold. */
export function zoneNumaEvent(k: MmKernel, zoneAddr: number, event: number, cpus: number): number {
  let value = k.vars.readField(zoneAddr, 'zone', `vm_numa_event[${event}]`);
  const stats = k.vars.readField(zoneAddr, 'zone', 'per_cpu_zonestats');
  for (let cpu = 0; cpu < cpus; cpu++) {
    value += k.vars.readField(k.percpu.va(cpu, stats), 'per_cpu_zonestat', `vm_numa_event[${event}]`);
  }
  return value;
}

/**
 * The Mem-Info block of reports (mm/page_alloc.c: show_free_areas; lib/show_mem.c: show_mem, 6.1). Counters that this model does not keep
 * are 0, as on a kernel that does nothing but allocate pages.
 */

import { MAX_RECLAIM_RETRIES } from '../../profiles/commonConstants';
import { MAX_ORDER } from '../arch/arch';
import { MIGRATE_TYPES } from './migratetype';
import type { MmKernel } from './mm_kernel';
import type { NodeInfo } from './node';
import { vmStatNode } from './vmstat_names';
import type { Zone } from './zone';
import { NR_FREE_PAGES, WMARK_HIGH, WMARK_LOW, WMARK_MIN } from './zone';

const kB = (pages: number): number => pages * 4;
/** One letter per migratetype, in their order. */
const TYPE_LETTERS = 'UMEHI';

/** Pages on a zone's per-CPU lists, of all CPUs. */
function pcpPages(zone: Zone): number {
  let pages = 0;
  for (let cpu = 0; cpu < zone.cpus; cpu++) pages += zone.onCpu(cpu).count;
  return pages;
}
const populated = (k: MmKernel): Zone[] => k.zones.filter((z) => z.populated);
/** show_node: before a zone's name, on a kernel with CONFIG_NUMA */
const showNode = (k: MmKernel, zone: Zone): string => (k.arch.sparse ? `Node ${zone.node} ` : '');

/** Which migratetypes have a free block of an order, as letters. */
function typeLetters(zone: Zone, k: MmKernel, order: number): string {
  let letters = '';
  for (let mt = 0; mt < MIGRATE_TYPES; mt++) {
    const list = zone.freeList(order, mt);
    // an empty list's head points to itself
    if (k.mem.words[list.word] !== list.lo) letters += TYPE_LETTERS[mt];
  }
  return letters === '' ? '' : ` (${letters})`;
}

/**
 * The lines from `Mem-Info:` to the page totals. `cpu` is the CPU whose list "local_pcp" counts; of zones, and nodes that have them, only
 * those up to the index `highest` are shown (the totals count all).
 */
export function showMem(k: MmKernel, cpu: number, highest: number): string[] {
  const zones = populated(k);
  const shown = zones.filter((z) => z.idx <= highest);
  const total = (name: string) => k.nodes.reduce((sum, n) => sum + vmStatNode(k, n, name), 0);
  const sum = (of: (z: Zone) => number) => zones.reduce((s, z) => s + of(z), 0);
  const free = sum((z) => Math.max(0, z.vmStatOf(NR_FREE_PAGES)));
  const lines = [
    'Mem-Info:',
    `active_anon:${total('nr_active_anon')} inactive_anon:${total('nr_inactive_anon')} isolated_anon:${total('nr_isolated_anon')}`,
    ` active_file:${total('nr_active_file')} inactive_file:${total('nr_inactive_file')} isolated_file:${total('nr_isolated_file')}`,
    ` unevictable:${total('nr_unevictable')} dirty:${total('nr_dirty')} writeback:${total('nr_writeback')}`,
    ` slab_reclaimable:${total('nr_slab_reclaimable')} slab_unreclaimable:${total('nr_slab_unreclaimable')}`,
    ` mapped:${total('nr_mapped')} shmem:${total('nr_shmem')} pagetables:${total('nr_page_table_pages')}`,
    ` sec_pagetables:${total('nr_sec_page_table_pages')} bounce:0`,
    ` kernel_misc_reclaimable:${total('nr_kernel_misc_reclaimable')}`,
    ` free:${free} free_pcp:${sum(pcpPages)} free_cma:0`,
  ];
  for (const node of k.nodes) {
    if (!shown.some((z) => z.node === node.id && z.managedPages > 0)) continue;
    const of = (name: string) => kB(vmStatNode(k, node, name));
    lines.push(
      `Node ${node.id} active_anon:${of('nr_active_anon')}kB inactive_anon:${of('nr_inactive_anon')}kB` +
        ` active_file:${of('nr_active_file')}kB inactive_file:${of('nr_inactive_file')}kB unevictable:${of('nr_unevictable')}kB` +
        ` isolated(anon):${of('nr_isolated_anon')}kB isolated(file):${of('nr_isolated_file')}kB mapped:${of('nr_mapped')}kB` +
        ` dirty:${of('nr_dirty')}kB writeback:${of('nr_writeback')}kB shmem:${of('nr_shmem')}kB shmem_thp: 0kB` +
        ` shmem_pmdmapped: 0kB anon_thp: 0kB writeback_tmp:0kB kernel_stack:${vmStatNode(k, node, 'nr_kernel_stack')}kB` +
        ` pagetables:${of('nr_page_table_pages')}kB sec_pagetables:${of('nr_sec_page_table_pages')}kB all_unreclaimable? ${hopeless(k, node) ? 'yes' : 'no'}`,
    );
  }
  for (const z of shown) lines.push(...zoneLines(k, z, cpu));
  for (const z of shown) lines.push(blockLine(k, z));
  const huge = 4 << (k.arch.arch === 'i386' ? 10 : 9);
  for (const node of k.nodes) {
    lines.push(`Node ${node.id} hugepages_total=0 hugepages_free=0 hugepages_surp=0 hugepages_size=${huge}kB`);
  }
  return [...lines, ...totals(k, zones, total('nr_file_pages'))];
}

/** kswapd has tried so often in vain that it has given up (MAX_RECLAIM_RETRIES) */
const hopeless = (k: MmKernel, node: NodeInfo): boolean =>
  k.vars.readField(node.addr, 'pglist_data', 'kswapd_failures') >= MAX_RECLAIM_RETRIES;

function zoneLines(k: MmKernel, z: Zone, cpu: number): string[] {
  const stat = (item: number) => kB(Math.max(0, z.vmStatOf(item)));
  const reserve = k.arch.zones.map((_, i) => z.lowmemReserve(i)).join(' ');
  return [
    `${showNode(k, z)}${z.name} free:${stat(NR_FREE_PAGES)}kB boost:${kB(z.watermarkBoost)}kB min:${kB(z.wmarkPages(WMARK_MIN))}kB` +
      ` low:${kB(z.wmarkPages(WMARK_LOW))}kB high:${kB(z.wmarkPages(WMARK_HIGH))}kB` +
      ` reserved_highatomic:${kB(z.nrReservedHighatomic)}KB active_anon:${stat(2)}kB inactive_anon:${stat(1)}kB` +
      ` active_file:${stat(4)}kB inactive_file:${stat(3)}kB unevictable:${stat(5)}kB writepending:${stat(6)}kB` +
      ` present:${kB(k.vars.readField(z.addr, 'zone', 'present_pages'))}kB managed:${kB(z.managedPages)}kB mlocked:${stat(7)}kB` +
      ` bounce:${stat(8)}kB free_pcp:${kB(pcpPages(z))}kB local_pcp:${kB(z.onCpu(cpu).count)}kB free_cma:0kB`,
    `lowmem_reserve[]: ${reserve}`,
  ];
}

function blockLine(k: MmKernel, z: Zone): string {
  let line = `${showNode(k, z)}${z.name}: `;
  let pages = 0;
  for (let order = 0; order < MAX_ORDER; order++) {
    const blocks = z.nrFreeBlocks(order);
    pages += blocks << order;
    line += `${blocks}*${kB(1 << order)}kB${blocks ? typeLetters(z, k, order) : ''} `;
  }
  return `${line}= ${kB(pages)}kB`;
}

function totals(k: MmKernel, zones: readonly Zone[], cache: number): string[] {
  let ram = 0;
  let high = 0;
  let reserved = 0;
  for (const z of zones) {
    const present = k.vars.readField(z.addr, 'zone', 'present_pages');
    ram += present;
    reserved += present - z.managedPages;
    if (z.name === 'HighMem' || z.name === 'Movable') high += present;
  }
  const swap = k.config.swap / 1024;
  return [
    `${cache} total pagecache pages`,
    '0 pages in swap cache',
    `Free swap  = ${swap}kB`,
    `Total swap = ${swap}kB`,
    `${ram} pages RAM`,
    `${high} pages HighMem/MovableOnly`,
    `${reserved} pages reserved`,
    '0 pages hwpoisoned',
  ];
}

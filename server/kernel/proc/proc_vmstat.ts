/**
 * /proc/zoneinfo, /proc/vmstat, /proc/buddyinfo and /proc/pagetypeinfo of a live kernel (mm/vmstat.c, 6.1): as text, and as data for callers that
 * show it differently. In pages and blocks; reading changes nothing.
 */

import { MAX_ORDER } from '../arch/arch';
import { MIGRATE_NAMES, MIGRATE_TYPES } from '../mm/migratetype';
import { NUMA_EVENT_NAMES, nodeStatNames, vmStatNode, ZONE_STAT_NAMES, zoneNumaEvent } from '../mm/vmstat_names';
import type { Zone } from '../mm/zone';
import { WMARK_HIGH, WMARK_LOW, WMARK_MIN } from '../mm/zone';
import type { ProcKernel } from './proc_kernel';

interface ZoneInfo {
  readonly node: number;
  readonly name: string;
  readonly free: number;
  readonly boost: number;
  readonly min: number;
  readonly low: number;
  readonly high: number;
  readonly spanned: number;
  readonly present: number;
  readonly managed: number;
  readonly start_pfn: number;
  readonly protection: readonly number[];
  /** of each CPU's list; `pcp` of the first */
  readonly pcp: { readonly high: number; readonly batch: number };
  readonly pagesets: readonly {
    readonly cpu: number;
    readonly count: number;
    readonly high: number;
    readonly batch: number;
  }[];
}

/** What /proc/zoneinfo shows of one zone. */
export function zoneInfo(k: ProcKernel, z: Zone): ZoneInfo {
  const field = (name: string) => k.vars.readField(z.addr, 'zone', name);
  const pagesets = Array.from({ length: z.managedPages > 0 ? z.cpus : 0 }, (_, cpu) => ({
    cpu,
    count: z.onCpu(cpu).count,
    high: z.onCpu(cpu).high,
    batch: z.onCpu(cpu).batch,
  }));
  return {
    node: z.node,
    name: z.name,
    free: Math.max(0, z.vmStatOf(0)),
    boost: z.watermarkBoost,
    min: z.wmarkPages(WMARK_MIN),
    low: z.wmarkPages(WMARK_LOW),
    high: z.wmarkPages(WMARK_HIGH),
    spanned: field('spanned_pages'),
    present: field('present_pages'),
    managed: z.managedPages,
    start_pfn: field('zone_start_pfn'),
    protection: k.arch.zones.map((_, i) => z.lowmemReserve(i)),
    pcp: { high: pagesets[0]?.high ?? 0, batch: pagesets[0]?.batch ?? 0 },
    pagesets,
  };
}

/** /proc/zoneinfo */
export function zoneinfo(k: ProcKernel): string {
  const lines: string[] = [];
  for (const node of k.nodes) {
    let first = true;
    for (const z of k.zones.filter((zone) => zone.node === node.id)) {
      lines.push(`Node ${node.id}, zone ${z.name.padStart(8)}`);
      if (first && z.populated) {
        first = false;
        lines.push('  per-node stats');
        for (const name of nodeStatNames(k)) lines.push(`      ${name.padEnd(12)} ${vmStatNode(k, node, name)}`);
      }
      lines.push(...zoneText(k, z));
    }
  }
  return `${lines.join('\n')}\n`;
}

function zoneText(k: ProcKernel, z: Zone): string[] {
  const info = zoneInfo(k, z);
  const lines = [
    `  pages free     ${info.free}`,
    `        boost    ${info.boost}`,
    `        min      ${info.min}`,
    `        low      ${info.low}`,
    `        high     ${info.high}`,
    `        spanned  ${info.spanned}`,
    `        present  ${info.present}`,
    `        managed  ${info.managed}`,
    '        cma      0',
    `        protection: (${info.protection.join(', ')})`,
  ];
  // the kernel prints no more of a zone without memory
  if (!z.populated) return lines;
  ZONE_STAT_NAMES.forEach((name, i) => {
    lines.push(`      ${name.padEnd(12)} ${Math.max(0, z.vmStatOf(i))}`);
  });
  if (k.arch.sparse) {
    NUMA_EVENT_NAMES.forEach((name, i) => {
      lines.push(`      ${name.padEnd(12)} ${zoneNumaEvent(k, z.addr, i, z.cpus)}`);
    });
  }
  lines.push('  pagesets');
  for (const p of info.pagesets) {
    lines.push(
      `    cpu: ${p.cpu}`,
      `              count: ${p.count}`,
      `              high:  ${p.high}`,
      `              batch: ${p.batch}`,
      `  vm stats threshold: ${z.onCpu(p.cpu).statThreshold}`,
    );
  }
  lines.push('  node_unreclaimable:  0', `  start_pfn:           ${info.start_pfn}`);
  return lines;
}

/**
 * The counters of /proc/vmstat, of all zones and nodes together, in its order. The thresholds of dirty pages and the events (pgalloc_normal,
 * pgfault …), which come after them, are not counted here.
 */
export function vmstatFields(k: ProcKernel): Record<string, number> {
  const zones = k.zones.filter((z) => z.populated);
  const of = (value: (z: Zone) => number) => zones.reduce((sum, z) => sum + value(z), 0);
  const numa = k.arch.sparse ? NUMA_EVENT_NAMES : [];
  return Object.fromEntries([
    ...ZONE_STAT_NAMES.map((name, i) => [
      name,
      Math.max(
        0,
        of((z) => z.vmStatOf(i)),
      ),
    ]),
    ...numa.map((name, i) => [name, of((z) => zoneNumaEvent(k, z.addr, i, z.cpus))]),
    ...nodeStatNames(k).map((name) => [name, k.nodes.reduce((sum, n) => sum + vmStatNode(k, n, name), 0)]),
  ]);
}
/** /proc/vmstat */
export const vmstat = (k: ProcKernel): string =>
  Object.entries(vmstatFields(k))
    .map(([name, value]) => `${name} ${value}\n`)
    .join('');

/** Free blocks of each order of every zone with memory. */
export function freeBlocks(k: ProcKernel): { node: number; zone: string; nr_free: number[] }[] {
  return k.zones
    .filter((z) => z.populated)
    .map((z) => ({ node: z.node, zone: z.name, nr_free: orders((order) => z.nrFreeBlocks(order)) }));
}
/** /proc/buddyinfo */
export function buddyinfo(k: ProcKernel): string {
  return freeBlocks(k)
    .map(
      (r) =>
        `Node ${r.node}, zone ${r.zone.padStart(8)} ${r.nr_free.map((n) => `${String(n).padStart(6)} `).join('')}\n`,
    )
    .join('');
}
const orders = (of: (order: number) => number): number[] => Array.from({ length: MAX_ORDER }, (_, order) => of(order));

interface PageTypes {
  readonly node: number;
  readonly zone: string;
  /** by migratetype, then order: blocks on the list */
  readonly free: readonly (readonly number[])[];
  /** by migratetype: pageblocks */
  readonly blocks: readonly number[];
}

/** Free blocks and pageblocks of a zone by migratetype. */
export function pageTypes(k: ProcKernel, z: Zone): PageTypes {
  // the movable lists are long: their length follows from the others'
  const free = Array.from({ length: MIGRATE_TYPES }, (_, mt) =>
    orders((o) => (mt === 1 ? 0 : listLength(k, z, o, mt))),
  );
  const movable = free[1] as number[];
  for (let order = 0; order < MAX_ORDER; order++) {
    const others = free.reduce((sum, list, mt) => (mt === 1 ? sum : sum + (list[order] as number)), 0);
    movable[order] = z.nrFreeBlocks(order) - others;
  }
  const blocks = Array.from({ length: MIGRATE_TYPES }, () => 0);
  for (const pfn of zonePageblocks(k, z)) {
    const type = k.pageblocks.migratetype(pfn);
    if (type < MIGRATE_TYPES) blocks[type] = (blocks[type] as number) + 1;
  }
  return { node: z.node, zone: z.name, free, blocks };
}
/** The pageblocks that count as a zone's: a pfn in each, counted from the zone's first, ascending. */
export function* zonePageblocks(k: Pick<ProcKernel, 'pageblocks' | 'memMap' | 'zones'>, z: Zone): Generator<number> {
  for (let pfn = z.startPfn; pfn < z.endPfn; pfn += k.pageblocks.pages) {
    if (k.memMap.has(pfn) && k.zones.find((o) => o.populated && o.spans(pfn)) === z) yield pfn;
  }
}
function listLength(k: ProcKernel, z: Zone, order: number, migratetype: number): number {
  const head = z.addr + k.layouts.offset('zone', `free_area[${order}].free_list[${migratetype}]`);
  let length = 0;
  for (
    let at = k.vars.readField(head, 'list_head', 'next');
    at !== head;
    at = k.vars.readField(at, 'list_head', 'next')
  )
    length++;
  return length;
}

/**
 * /proc/pagetypeinfo: once for each node with memory, with all its headers. The kernel stops counting a list at 100000 blocks, and says so
 * with `>`.
 */
export function pagetypeinfo(k: ProcKernel): string {
  return k.nodes
    .map((node) => k.zones.filter((z) => z.node === node.id && z.populated))
    .filter((zones) => zones.length > 0)
    .map((zones) =>
      nodePageTypes(
        k,
        zones.map((z) => pageTypes(k, z)),
      ),
    )
    .join('');
}
function nodePageTypes(k: ProcKernel, zones: readonly PageTypes[]): string {
  const count = (n: number): string => (n >= 100000 ? '>100000 ' : `${String(n).padStart(6)} `);
  let text = `Page block order: ${k.arch.pageblockOrder}\nPages per block:  ${k.pageblocks.pages}\n\n`;
  text += `${'Free pages count per migrate type at order'.padEnd(43)} `;
  text += `${orders((o) => o)
    .map((o) => `${String(o).padStart(6)} `)
    .join('')}\n`;
  for (const z of zones) {
    z.free.forEach((list, mt) => {
      const type = (MIGRATE_NAMES[mt] as string).padStart(12);
      text += `Node ${String(z.node).padStart(4)}, zone ${z.zone.padStart(8)}, type ${type} ${list.map(count).join('')}\n`;
    });
  }
  text += `\n${'Number of blocks type'.padEnd(23)}${MIGRATE_NAMES.map((n) => `${n.padStart(12)} `).join('')}\n`;
  for (const z of zones) {
    const blocks = z.blocks.map((n) => `${String(n).padStart(12)} `).join('');
    text += `Node ${z.node}, zone ${z.zone.padStart(8)} ${blocks}\n`;
  }
  return text;
}

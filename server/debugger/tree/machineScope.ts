/** Scope "Machine": nodes, their zones with watermarks, counters and free areas down to the pages on each list; tasks. */

import { MAX_ORDER, NR_FREE_PAGES, WMARK_PROMO, type Zone } from '../../kernel/mm/zone';
import { formatBytes, formatPages } from '../inspect/values';
import type { View } from '../inspect/view';
import type { Target } from '../target/target';
import { pcpNode, zonePath } from './cpuScope';
import { expressionRow } from './expressionNode';
import type { Node, Scope, TreeContext } from './treeNode';
import { group, textNode } from './treeNode';
import { kernelField, kernelObject, WATERMARKS } from './typedNode';

const pages = (name: string, count: number | undefined, more: Partial<Node> = {}): Node =>
  textNode(name, count === undefined ? 'not mapped' : formatPages(count), more);

/** Free pages of a zone, as zone_page_state(NR_FREE_PAGES) has it: without the CPUs' differences that are not folded in yet. */
function freePages(view: View, zone: Zone): number | undefined {
  return view.number(zone.addr, 'zone', `vm_stat[${NR_FREE_PAGES}]`);
}
/** The member as a value that can be set. */
const field = (context: TreeContext, zone: Zone, path: string, name = path): Node =>
  kernelField(context, 'zone', zone.addr, zonePath(zone), path, name);

function zoneNode(context: TreeContext, zone: Zone): Node {
  const { view } = context;
  const free = freePages(view, zone);
  const boost = view.number(zone.addr, 'zone', 'watermark_boost') ?? 0;
  const mark = (i: number) => (view.number(zone.addr, 'zone', `_watermark[${i}]`) ?? 0) + boost;
  const level = free === undefined ? '' : standing(free, mark);
  return group(
    `zone ${zone.name}`,
    free === undefined ? 'not mapped' : `${formatPages(free)} free, ${level}`,
    () => [
      pages('free (NR_FREE_PAGES)', free),
      group(
        'watermarks',
        WATERMARKS.slice(0, WMARK_PROMO)
          .map((name, i) => `${name} ${mark(i)}`)
          .join(', '),
        () => [
          ...WATERMARKS.map((name, i) => field(context, zone, `_watermark[${i}]`, name)),
          field(context, zone, 'watermark_boost', 'boost'),
        ],
      ),
      group('lowmem_reserve', reserveText(view, zone), () =>
        view.kernel.zones
          .filter((z) => z.node === zone.node)
          .map((z) => field(context, zone, `lowmem_reserve[${z.idx}]`, `against requests for ${z.name}`)),
      ),
      field(context, zone, 'managed_pages', 'managed'),
      field(context, zone, 'present_pages', 'present'),
      field(context, zone, 'spanned_pages', 'spanned'),
      field(context, zone, 'zone_start_pfn', 'first pfn'),
      field(context, zone, 'nr_reserved_highatomic'),
      group('free_area', freeAreaText(view, zone), () =>
        Array.from({ length: MAX_ORDER }, (_, order) => field(context, zone, `free_area[${order}]`, `order ${order}`)),
      ),
      group('per-CPU page lists', '', () =>
        Array.from({ length: zone.cpus }, (_, cpu) => pcpNode(context, zone, cpu, `CPU ${cpu}`)),
      ),
      kernelObject(context, 'struct zone', 'zone', zone.addr, zonePath(zone)),
    ],
    { memory: zone.addr },
  );
}
/** The free pages compared with the watermarks. */
function standing(free: number, mark: (i: number) => number): string {
  if (free <= mark(0)) return `at or below min (${mark(0)})`;
  if (free <= mark(1)) return `below low (${mark(1)})`;
  if (free <= mark(2)) return `below high (${mark(2)})`;
  return `above high (${mark(2)})`;
}
function reserveText(view: View, zone: Zone): string {
  const count = view.kernel.zones.filter((z) => z.node === zone.node).length;
  return Array.from({ length: count }, (_, i) => view.number(zone.addr, 'zone', `lowmem_reserve[${i}]`) ?? 0).join(' ');
}
/** Free blocks by order, as /proc/buddyinfo has them. */
function freeAreaText(view: View, zone: Zone): string {
  return Array.from(
    { length: MAX_ORDER },
    (_, o) => view.number(zone.addr, 'zone', `free_area[${o}].nr_free`) ?? 0,
  ).join(' ');
}
export function machineScope(context: TreeContext, target: Target): Scope {
  const { view } = context;
  const { config } = view.kernel;
  const nodes = (): Node[] => {
    const ids = [...new Set(view.kernel.zones.map((zone) => zone.node))];
    const out = ids.map((id) => {
      const zones = view.kernel.zones.filter((zone) => zone.node === id && zone.populated);
      return group(`node ${id}`, `${zones.length} zones`, () => [
        ...zones.map((zone) => zoneNode(context, zone)),
        expressionRow(context, target, `*NODE_DATA(${id})`, undefined, 'pglist_data'),
      ]);
    });
    out.push(
      group('tasks', String(target.tasks().length), () =>
        target.tasks().map((task) => kernelObject(context, `${task.comm} (${task.pid})`, 'task_struct', task.task)),
      ),
    );
    out.push(
      textNode(
        'machine',
        `${config.arch}, kernel ${config.kernel}, ${formatBytes(config.memory)}, ${config.cpus} CPUs, preempt = ${config.preempt}`,
      ),
    );
    return out;
  };
  return { name: 'Machine', value: '', expensive: true, children: nodes };
}

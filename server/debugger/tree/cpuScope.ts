/** Scope "This CPU": the task that runs on it, and its page lists (per_cpu_pages) zone by zone with their pages. */
import { MIGRATE_NAMES, MIGRATE_PCPTYPES } from '../../kernel/mm/migratetype';
import type { Zone } from '../../kernel/mm/zone';
import { NR_PCP_LISTS } from '../../kernel/mm/zone_percpu';
import { countOf, formatPages, listLength } from '../inspect/values';
import type { Target } from '../target/target';
import type { Node, Scope, TreeContext } from './treeNode';
import { group, slice, textNode } from './treeNode';
import { kernelField, kernelObject, pageListNodes } from './typedNode';

export function pcpNode(context: TreeContext, zone: Zone, cpu: number, name: string): Node {
  const { view } = context;
  const address = zone.onCpu(cpu).addr;
  const count = view.number(address, 'per_cpu_pages', 'count') ?? 0;
  const high = view.number(address, 'per_cpu_pages', 'high') ?? 0;
  const batch = view.number(address, 'per_cpu_pages', 'batch') ?? 0;
  return group(
    name,
    `${formatPages(count)} of ${high}, batch ${batch}`,
    () => {
      const nodes: Node[] = ['count', 'high', 'batch', 'free_factor'].map((f) =>
        kernelField(context, 'per_cpu_pages', address, f),
      );
      const head = view.layouts.offset('per_cpu_pages', 'lists');
      const size = view.layouts.size('list_head');
      for (let i = 0; i < NR_PCP_LISTS; i++) {
        const at = address + head + i * size;
        const length = listLength(view, at) ?? 0;
        if (length === 0) continue;
        const order = Math.floor(i / MIGRATE_PCPTYPES);
        const what = order > 3 ? 'huge pages' : `order ${order} ${MIGRATE_NAMES[i % MIGRATE_PCPTYPES]}`;
        nodes.push({
          ...textNode(`lists[${i}] ${what}`, countOf(length, 'block'), { address: at }),
          indexed: length,
          children: (start, count) => pageListNodes(context, at, start, count),
        });
      }
      return nodes;
    },
    { address },
  );
}

export function cpuScope(context: TreeContext, target: Target, cpu: number): Scope {
  const { view } = context;
  const nodes = (): Node[] => {
    const out: Node[] = [kernelObject(context, 'current', 'task_struct', target.currentOf(cpu), '(*current)')];
    for (const zone of view.kernel.zones) {
      if (!zone.populated) continue;
      out.push(pcpNode(context, zone, cpu, `page lists: node ${zone.node}, ${zone.name}`));
    }
    return out;
  };
  return { name: `This CPU (${cpu})`, value: '', children: (start, count) => slice(nodes(), start, count) };
}

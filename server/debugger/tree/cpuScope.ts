/** Scope "This CPU": the task that runs on it, and its page lists (per_cpu_pages) zone by zone with their pages. */
import type { Zone } from '../../kernel/mm/zone';
import type { Target } from '../target/target';
import { memberPath, targetPath } from './paths';
import type { Node, Scope, TreeContext } from './treeNode';
import { kernelObject } from './typedNode';

/** An expression of a zone. */
export const zonePath = (zone: Zone): string => `NODE_DATA(${zone.node})->node_zones[${zone.idx}]`;

/** A zone's struct per_cpu_pages of a CPU. */
export function pcpNode(context: TreeContext, zone: Zone, cpu: number, name: string): Node {
  const path = targetPath(`per_cpu_ptr(${memberPath(zonePath(zone), 'per_cpu_pageset')}, ${cpu})`);
  return kernelObject(context, name, 'per_cpu_pages', zone.onCpu(cpu).addr, path);
}

/** @param task whose frame is looked at: `current` in an expression */
export function cpuScope(context: TreeContext, target: Target, cpu: number, task: number): Scope {
  const nodes = (): Node[] => {
    const running = target.currentOf(cpu);
    const path = running === task ? targetPath('current') : undefined;
    const out: Node[] = [kernelObject(context, 'current', 'task_struct', running, path)];
    for (const zone of context.view.kernel.zones)
      if (zone.populated) out.push(pcpNode(context, zone, cpu, `page lists: node ${zone.node}, ${zone.name}`));
    return out;
  };
  return { name: `This CPU (${cpu})`, value: '', children: nodes };
}

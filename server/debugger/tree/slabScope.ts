/**
 * Scope "Slab caches": each cache by its name. Of SLUB's, the slabs on the CPUs and the nodes, and the objects of each slab in the order in
 * which they will be handed out; of the others, their structures.
 */
import { Slub } from '../../kernel/mm/slub/slub';
import type { CacheView, CpuView, SlabView } from '../../kernel/mm/slub/slub_view';
import { isException } from '../../kernel/oops/exceptions';
import { listEntries } from '../inspect/values';
import type { Target } from '../target/target';
import { expressionRow } from './expressionNode';
import { group, type Node, type Scope, type TreeContext, textNode } from './treeNode';
import { kernelObject } from './typedNode';

export function slabScope(context: TreeContext, target: Target): Scope {
  const { view } = context;
  const nodes = (): Node[] => {
    const list = expressionRow(context, target, 'slab_caches', undefined);
    const head = list.location?.address;
    if (head === undefined) return [list];
    const link = view.layouts.offset('kmem_cache', 'list');
    return [...listEntries(view, head)].map((entry) => cacheNode(context, entry - link));
  };
  return { name: 'Slab caches', value: '', expensive: true, children: nodes };
}

function cacheNode(context: TreeContext, cache: number): Node {
  const { view } = context;
  const name = view.pointer(cache, 'kmem_cache', 'name');
  const whole = kernelObject(context, (name && view.cString(name)) || 'a cache without a name', 'kmem_cache', cache);
  const { backend } = view.kernel.allocators.slab;
  if (!(backend instanceof Slub)) return whole;
  const struct = { ...whole, name: 'struct kmem_cache' };
  return group(whole.name, whole.value, () => [...slubRows(context, backend, cache), struct], { memory: cache });
}
function slubRows(context: TreeContext, backend: Slub, cache: number): Node[] {
  const read = (): CacheView | undefined => {
    try {
      return backend.views.cache(cache);
    } catch (error) {
      if (isException(error)) return undefined;
      throw error;
    }
  };
  const found = read();
  if (!found) return [textNode('slabs', 'cannot be followed: a pointer has been overwritten')];
  return [
    ...found.cpus.map((cpu, i) =>
      group(`CPU ${i}`, cpuText(cpu), () => [
        ...(cpu.slab ? [slabRow(context, 'slab', cpu.slab, cpu.free)] : []),
        ...cpu.partial.map((slab, n) => slabRow(context, `partial ${n}`, slab)),
      ]),
    ),
    ...found.nodes.map((node) =>
      group(
        `node ${node.nid}`,
        `${slabs(node.nrSlabs)} with ${node.totalObjects} objects, ${node.nrPartial} on the partial list`,
        () => node.partial.map((slab, n) => slabRow(context, `partial ${n}`, slab)),
      ),
    ),
  ];
}
const slabs = (count: number): string => `${count} slab${count === 1 ? '' : 's'}`;
function cpuText({ slab, free, partial }: CpuView): string {
  if (!slab) return partial.length === 0 ? 'no slab' : `no slab, ${partial.length} partial`;
  const next = free[0];
  const first = next === undefined ? 'its freelist is empty' : `object ${next} is next`;
  return `slab at pfn 0x${slab.slab.toString(16)}, ${first}${partial.length === 0 ? '' : `, ${partial.length} partial`}`;
}
/** `cpuFree`: objects on the CPU's freelist, which comes before the slab's own. */
function slabRow(context: TreeContext, name: string, slab: SlabView, cpuFree: readonly number[] = []): Node {
  const whole = kernelObject(context, name, 'slab', context.view.kernel.pages.pageAddr(slab.slab));
  const struct = { ...whole, name: 'struct slab' };
  const objects = group(
    `objects`,
    `${slab.objects - cpuFree.length - slab.free.length} of ${slab.objects} in use`,
    () => Array.from({ length: slab.objects }, (_, i) => textNode(`[${i}]`, standing(i, cpuFree, slab.free))),
  );
  return group(name, whole.value, () => [objects, struct]);
}
/** Whether an object is in use, or where on which freelist it is. */
function standing(index: number, cpuFree: readonly number[], free: readonly number[]): string {
  const onCpu = cpuFree.indexOf(index);
  if (onCpu >= 0) return `free, number ${onCpu + 1} on the CPU's freelist`;
  const onSlab = free.indexOf(index);
  return onSlab >= 0 ? `free, number ${onSlab + 1} on the slab's freelist` : 'in use';
}

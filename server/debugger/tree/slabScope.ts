/** Scope "Slab caches": each struct kmem_cache by its name, with what it holds on the CPUs and the nodes. */

import { listEntries } from '../inspect/values';
import type { Target } from '../target/target';
import { expressionRow } from './expressionNode';
import type { Node, Scope, TreeContext } from './treeNode';
import { kernelObject } from './typedNode';

export function slabScope(context: TreeContext, target: Target): Scope {
  const { view } = context;
  const nodes = (): Node[] => {
    const list = expressionRow(context, target, 'slab_caches', undefined, 'slab_caches');
    const head = list.location?.address;
    if (head === undefined) return [list];
    const link = view.layouts.offset('kmem_cache', 'list');
    const caches = [...listEntries(view, head)].map((entry) => entry - link);
    return caches.map((cache) => {
      const name = view.pointer(cache, 'kmem_cache', 'name');
      return kernelObject(context, (name && view.cString(name)) || 'cache without a name', 'kmem_cache', cache);
    });
  };
  return { name: 'Slab caches', value: '', expensive: true, children: nodes };
}

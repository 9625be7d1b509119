/** Scope "vmalloc": the areas of the vmalloc space, busy, free and lazily freed, as lists and as the kernel's trees. */
import type { Target } from '../target/target';
import { expressionRow } from './expressionNode';
import { group, type Node, type Scope, type TreeContext, textNode } from './treeNode';

export function vmallocScope(context: TreeContext, target: Target): Scope {
  const { view } = context;
  const { vmallocStart, vmallocEnd } = view.kernel.addresses;
  const row = (expression: string, name: string): Node => expressionRow(context, target, expression, undefined, name);
  const hex = (address: number): string => view.hexBits(BigInt.asUintN(view.abi.wordSize * 8, BigInt(address)));
  const nodes = (): Node[] => [
    textNode('VMALLOC_START–VMALLOC_END', `${hex(vmallocStart)}–${hex(vmallocEnd - 1)}`),
    row('vmap_area_list', 'areas'),
    row('vmap_area_root', 'areas, as a tree'),
    row('free_vmap_area_list', 'free areas'),
    row('free_vmap_area_root', 'free areas, as a tree'),
    group('freed lazily', '', () => [
      row('purge_vmap_area_list', 'areas'),
      row('purge_vmap_area_root', 'areas, as a tree'),
      row('vmap_lazy_nr', 'pages'),
    ]),
    row('nr_vmalloc_pages', 'pages in use'),
  ];
  return { name: 'vmalloc', value: '', expensive: true, children: nodes };
}

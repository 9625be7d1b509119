/** Scope "mem_map": every struct page of the machine, fetched in pages that the editor chooses. Only entries that are shown cost time. */
import type { Node, Scope, TreeContext } from './treeNode';
import { textNode } from './treeNode';
import { kernelObject, pagePath } from './typedNode';

/** entries returned at once if a client asks for no range */
const UNASKED = 256;

export function memMapScope(context: TreeContext): Scope {
  const { pages } = context.view.kernel;
  const size = context.view.layouts.size('page');
  const end = pages.endPfn;
  const children = (start = 0, count = 0): Node[] => {
    const out: Node[] = [];
    const stop = Math.min(end, start + (count > 0 ? count : UNASKED));
    for (let pfn = Math.max(0, start); pfn < stop; pfn++) {
      const name = `[0x${pfn.toString(16)}]`;
      const address = pages.pageAddr(pfn);
      // no memory at the pfn, and none for its struct page
      if (!context.view.mapped(address, size)) out.push(textNode(name, 'no memory (a hole)'));
      else out.push(kernelObject(context, name, 'page', address, pagePath(pfn)));
    }
    return out;
  };
  return { name: 'mem_map', value: '', expensive: true, indexed: end, children };
}

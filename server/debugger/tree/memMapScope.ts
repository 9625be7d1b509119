/** Scope "mem_map": every struct page of the machine, fetched in pages that the editor chooses. Only entries that are shown cost time. */
import { decodeFlagFields } from '../../kernel/mm/page_flags';
import type { View } from '../inspect/view';
import type { Node, Scope, TreeContext } from './treeNode';
import { kernelObject } from './typedNode';

/** entries returned at once if a client asks for no range */
const UNASKED = 256;

/** One struct page in short: `free, order 3` · `_refcount 1, head` · `reserved` */
function pageText(view: View, pfn: number): string {
  const { pages, zones } = view.kernel;
  const low = pages.flagsLow(pfn);
  const fields = decodeFlagFields(view.abi, low, pages.flagsHigh(pfn));
  const zone = zones.find((z) => z.node === fields.node && z.idx === fields.zone)?.name ?? `zone ${fields.zone}`;
  const parts: string[] = [];
  if (pages.isBuddy(pfn)) parts.push(`free, order ${pages.getPrivate(pfn)}`);
  const count = pages.getRefcount(pfn);
  if (count !== 0) parts.push(`_refcount ${count}`);
  const flags = pages.pageFlags.names(low);
  if (flags) parts.push(flags);
  if (parts.length === 0) parts.push('_refcount 0');
  return `${parts.join(', ')} · ${zone}`;
}

export function memMapScope(context: TreeContext): Scope {
  const { view } = context;
  const end = view.kernel.pages.endPfn;
  const children = (start = 0, count = 0): Node[] => {
    const out: Node[] = [];
    const stop = Math.min(end, start + (count > 0 ? count : UNASKED));
    for (let pfn = Math.max(0, start); pfn < stop; pfn++) {
      const hex = `0x${pfn.toString(16)}`;
      const node = kernelObject(
        context,
        `[${pfn}] pfn ${hex}`,
        'page',
        view.kernel.pages.pageAddr(pfn),
        `(*pfn_to_page(${hex}))`,
      );
      out.push({ ...node, value: node.value === 'not mapped' ? 'no memory (a hole)' : pageText(view, pfn) });
    }
    return out;
  };
  return { name: 'mem_map', value: '', expensive: true, indexed: end, children };
}

/**
 * Scope "mem_map": every struct page of the machine, in groups that are named as the kernel writes pfns, in hexadecimal (an editor's own
 * groups count in decimal). Only what is opened costs time.
 */
import { group, type Node, type Scope, type TreeContext, textNode } from './treeNode';
import { kernelObject, pagePath } from './typedNode';

/** pages of the smallest group */
const PAGES = 0x100;
/** groups in a group */
const GROUPS = 0x10;
/** groups of the scope: what fits on a screen or two */
const MOST = 0x40;

export function memMapScope(context: TreeContext): Scope {
  const { pages } = context.view.kernel;
  const end = pages.endPfn;
  let size = PAGES;
  while (Math.ceil(end / size) > MOST) size *= GROUPS;
  return { name: 'mem_map', value: '', expensive: true, children: () => groups(context, 0, end, size) };
}
/** Groups of `size` pages. */
function groups(context: TreeContext, from: number, end: number, size: number): Node[] {
  const out: Node[] = [];
  for (let first = from; first < end; first += size) {
    const next = Math.min(first + size, end);
    const inside = () => (size === PAGES ? pagesOf(context, first, next) : groups(context, first, next, size / GROUPS));
    out.push(group(`pfn ${hex(first)}–${hex(next - 1)}`, '', inside));
  }
  return out;
}
function pagesOf(context: TreeContext, from: number, end: number): Node[] {
  const { pages } = context.view.kernel;
  const size = context.view.layouts.size('page');
  return Array.from({ length: end - from }, (_, i) => {
    const pfn = from + i;
    const address = pages.pageAddr(pfn);
    // no memory at the pfn, and none for its struct page
    return context.view.mapped(address, size)
      ? kernelObject(context, `[${hex(pfn)}]`, 'page', address, pagePath(pfn))
      : textNode(`[${hex(pfn)}]`, 'no memory (a hole)');
  });
}
const hex = (pfn: number): string => `0x${pfn.toString(16)}`;

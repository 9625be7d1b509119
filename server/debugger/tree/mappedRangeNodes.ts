/** What page tables map, as rows. */
import { mappedRanges } from '../../kernel/arch/ptdump';
import { flagNames } from '../../kernel/proc/proc_layout';
import { PAGE_SIZE } from '../../types/pageSize';
import { formatBytes } from '../inspect/values';
import { type Node, type TreeContext, textNode } from './treeNode';

/** ranges that are shown, at most */
const MAX_RANGES = 200;

/** What is mapped between two addresses, by flags and size of the pages. `isNow`: it can be looked at as memory. */
export function rangeNodes({ view }: TreeContext, start: number, end: number, isNow: boolean): Node[] {
  const { pageTables } = view.kernel;
  const hex = (address: number): string => view.hexBits(BigInt.asUintN(view.abi.wordSize * 8, BigInt(address)));
  const found: Node[] = [];
  for (const r of mappedRanges(pageTables, { start, end })) {
    if (r.flags === 0n) continue;
    if (found.length === MAX_RANGES) return [...found, textNode('…', 'more: kmem boot --show page_tables')];
    const pages = (r.end - r.start) / pageTables.sizeOf(r.level);
    const frames = r.contiguous ? ` · pfn 0x${(r.phys / PAGE_SIZE).toString(16)}` : '';
    const size = `${pages} × ${formatBytes(pageTables.sizeOf(r.level))}`;
    found.push(
      textNode(
        `${hex(r.start)}–${hex(r.end - 1)}`,
        `${size} · ${flagNames(r.flags).join(' ')}${frames}`,
        isNow ? { memory: r.start } : {},
      ),
    );
  }
  return found;
}

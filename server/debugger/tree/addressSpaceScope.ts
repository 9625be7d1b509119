/** Scope "Address space": the regions of the kernel's half, what the page tables map in them, and walks down to single addresses. */

import { flagsOf, frameOf, type WalkStep } from '../../kernel/arch/page_tables';
import { mappedRanges } from '../../kernel/arch/ptdump';
import { flagNames, layoutRegions, type Region, sizeText } from '../../kernel/proc/proc_layout';
import { _PAGE_PRESENT } from '../../profiles/commonConstants';
import type { Frame, Target } from '../target/target';
import { expressionRow } from './expressionNode';
import { group, type Node, type Scope, type TreeContext, textNode } from './treeNode';

/** ranges of a region that are shown, at most */
const MAX_RANGES = 200;

export function addressSpaceScope(context: TreeContext, target: Target, frame: Frame): Scope {
  const { kernel } = context.view;
  const children = (): Node[] => [
    ...layoutRegions(kernel).map((region) => regionNode(context, target, region)),
    group('walk of the stack pointer', '', () => walkNodes(context, target, frame.fp)),
    expressionRow(context, target, 'init_mm.pgd', undefined),
  ];
  return { name: 'Address space', value: '', expensive: true, children };
}

function regionNode(context: TreeContext, target: Target, { name, start, end }: Region): Node {
  const { view } = context;
  const hex = (address: number): string => view.hexBits(BigInt.asUintN(view.abi.wordSize * 8, BigInt(address)));
  return group(name, `${hex(start)}–${hex(end - 1)} · ${sizeText(end - start)}`, () => [
    ...rangeNodes(context, start, end),
    group('walk of its first address', hex(start), () => walkNodes(context, target, start)),
  ]);
}

/** What is mapped between two addresses, by flags and size of the pages. */
function rangeNodes({ view }: TreeContext, start: number, end: number): Node[] {
  const { pageTables } = view.kernel;
  const hex = (address: number): string => view.hexBits(BigInt.asUintN(view.abi.wordSize * 8, BigInt(address)));
  const found: Node[] = [];
  for (const r of mappedRanges(pageTables, { start, end })) {
    if (r.flags === 0n) continue;
    if (found.length === MAX_RANGES) return [...found, textNode('…', 'more: kmem boot --show page_tables')];
    const pages = (r.end - r.start) / pageTables.sizeOf(r.level);
    const frames = r.contiguous ? ` · pfn 0x${(r.phys / 4096).toString(16)}` : '';
    const size = `${pages} × ${sizeText(pageTables.sizeOf(r.level))}`;
    found.push(
      textNode(`${hex(r.start)}–${hex(r.end - 1)}`, `${size} · ${flagNames(r.flags).join(' ')}${frames}`, {
        memory: r.start,
      }),
    );
  }
  return found;
}

/** The entries that the processor reads for an address, from the top. */
function walkNodes(context: TreeContext, target: Target, address: number): Node[] {
  const { view } = context;
  const { pageTables, direct } = view.kernel;
  const { levels, entryBytes } = pageTables.geometry;
  return pageTables.walk(address).map((step) => {
    const { name, entries } = levels[step.level] as (typeof levels)[number];
    const at = direct.va(step.entry);
    const text = `*(${name}_t *)${view.hexBits(BigInt.asUintN(view.abi.wordSize * 8, BigInt(at)))}`;
    const index = (step.entry / entryBytes) % entries;
    return group(
      `${name}[${index}]`,
      entryText(context, step),
      () => [expressionRow(context, target, text, undefined)],
      {
        memory: at,
      },
    );
  });
}
function entryText({ view }: TreeContext, step: WalkStep): string {
  const { pageTables } = view.kernel;
  if (!(step.low & _PAGE_PRESENT)) return step.low === 0 && step.high === 0 ? 'empty' : 'not present';
  const what = pageTables.isLeaf(step) ? `page of ${sizeText(pageTables.sizeOf(step.level))}` : 'table';
  return `${what}, pfn 0x${frameOf(step).toString(16)} · ${flagNames(flagsOf(step)).join(' ')}`;
}

/**
 * Scope "Address space": the regions of the kernel's half, what the page tables map in them, walks down to single addresses, the tables
 * that the frame's task uses, and those before the start.
 */

import { flagsOf, frameOf, type WalkStep } from '../../kernel/arch/page_tables';
import { flagNames, layoutRegions, type Region } from '../../kernel/proc/proc_layout';
import { _PAGE_PRESENT } from '../../profiles/commonConstants';
import { type UsedMm, usedMm } from '../inspect/usedMm';
import { formatBytes } from '../inspect/values';
import type { Frame, Target } from '../target/target';
import { earlyTables } from './earlyTables';
import { expressionRow } from './expressionNode';
import { rangeNodes } from './mappedRangeNodes';
import { targetPath } from './paths';
import { entryName, tableNodes, typedEntry } from './tableNodes';
import { group, type Node, type Scope, type TreeContext } from './treeNode';

export function addressSpaceScope(context: TreeContext, target: Target, frame: Frame): Scope {
  const { pageTables } = context.view.kernel;
  const mm = usedMm(context.view, frame.task);
  const pgd = mm?.pgd ?? pageTables.pgd;
  const children = (): Node[] => [
    ...layoutRegions(context.view.kernel).map((region) => regionNode(context, region, pgd)),
    group('walk of the stack pointer', '', () => walkNodes(context, frame.fp, pgd)),
    ...(mm ? processNodes(context, target, mm) : []),
    expressionRow(context, target, 'init_mm.pgd', undefined),
    group('tables of init_mm', '', () => tableNodes(context, pageTables.pgd, 0, true)),
    earlyTables(context),
  ];
  return { name: 'Address space', value: '', expensive: true, children };
}

function processNodes(context: TreeContext, target: Target, { path, pgd, borrowed }: UsedMm): Node[] {
  const name = borrowed ? 'active_mm (borrowed)' : 'mm';
  return [
    expressionRow(context, target, targetPath(path), undefined, name),
    expressionRow(context, target, `${path}->pgd`, undefined, `${borrowed ? 'active_mm' : 'mm'}->pgd`),
    group(`tables of ${borrowed ? 'active_mm' : 'mm'}`, '', () => tableNodes(context, pgd, 0, true)),
  ];
}
const hex = (view: TreeContext['view'], address: number): string =>
  view.hexBits(BigInt.asUintN(view.abi.wordSize * 8, BigInt(address)));

function regionNode(context: TreeContext, { name, start, end }: Region, pgd: number): Node {
  const { view } = context;
  return group(name, `${hex(view, start)}–${hex(view, end - 1)} · ${formatBytes(end - start)}`, () => [
    ...rangeNodes(context, start, end, true),
    group('walk of its first address', hex(view, start), () => walkNodes(context, start, pgd)),
  ]);
}

/** The entries that the processor reads for an address, from the top level at a physical address. */
function walkNodes(context: TreeContext, address: number, pgd: number): Node[] {
  const { pageTables, direct } = context.view.kernel;
  return pageTables.walk(address, pgd).map((step) =>
    group(entryName(context, step), entryText(context, step), () => [typedEntry(context, step, 'entry')], {
      memory: direct.va(step.entry),
    }),
  );
}
function entryText({ view }: TreeContext, step: WalkStep): string {
  const { pageTables } = view.kernel;
  if (!(step.low & _PAGE_PRESENT)) return step.low === 0 && step.high === 0 ? 'empty' : 'not present';
  const what = pageTables.isLeaf(step) ? `page of ${formatBytes(pageTables.sizeOf(step.level))}` : 'table';
  return `${what}, pfn 0x${frameOf(step).toString(16)} · ${flagNames(flagsOf(step)).join(' ')}`;
}

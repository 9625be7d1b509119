/** Page tables as rows: each entry that is not empty, and below it the entries of the table that it points to. */
import { frameOf, type WalkStep } from '../../kernel/arch/page_tables';
import { _PAGE_PRESENT } from '../../profiles/commonConstants';
import { PAGE_SIZE } from '../../types/pageSize';
import { targetPath } from './paths';
import { group, type Node, type TreeContext, textNode } from './treeNode';
import { typedNode } from './typedNode';

/** Which entry of its table it is: `pgd[511]`. */
export function entryName({ view }: TreeContext, { level, entry }: WalkStep): string {
  const { levels, entryBytes } = view.kernel.pageTables.geometry;
  const { name, entries } = levels[level] as (typeof levels)[number];
  return `${name}[${(entry / entryBytes) % entries}]`;
}
/** An entry as a typed variable. */
export function typedEntry(context: TreeContext, step: WalkStep, label: string): Node {
  const { view } = context;
  const { pageTables, direct } = view.kernel;
  const type = `${pageTables.geometry.levels[step.level]?.name}_t`;
  const address = direct.va(step.entry);
  const path = targetPath(`(${type} *)${view.hexBits(BigInt.asUintN(view.abi.wordSize * 8, BigInt(address)))}`);
  return typedNode(context, label, { type: view.layouts.parseType(type), address }, path);
}
/** An entry, and below it those of the table that it points to. `isNow`: it is memory of the machine, and not of a moment before its start. */
function entryNode(context: TreeContext, step: WalkStep, isNow: boolean): Node {
  const { pageTables, direct } = context.view.kernel;
  const label = entryName(context, step);
  const typed = typedEntry(context, step, label);
  const below =
    (step.low & _PAGE_PRESENT) !== 0 && !pageTables.isLeaf(step)
      ? () => tableNodes(context, frameOf(step) * PAGE_SIZE, step.level + 1, isNow)
      : undefined;
  if (isNow && !below) return typed;
  // what does not exist any more can be neither assigned nor evaluated
  if (!isNow) return textNode(label, typed.value, { type: typed.type ?? '', ...(below ? { children: below } : {}) });
  const children = () => [typedEntry(context, step, 'entry'), ...(below?.() ?? [])];
  return group(label, typed.value, children, { memory: direct.va(step.entry) });
}
/** The entries of a table of a level, at a physical address, that are not empty. */
export function tableNodes(context: TreeContext, table: number, level: number, isNow: boolean): Node[] {
  const { pageTables } = context.view.kernel;
  const { levels, entryBytes } = pageTables.geometry;
  const { entries } = levels[level] as (typeof levels)[number];
  return Array.from({ length: entries }, (_, i) => pageTables.read(level, table + i * entryBytes))
    .filter((step) => step.low !== 0 || step.high !== 0)
    .map((step) => entryNode(context, step, isNow));
}

/** What is at a position of a file: the chain of nodes around an offset, outermost first. */

import type { ExpressionScope, Program } from '../check/context/program';
import type { Item } from '../syntax/tree';
import { forEachChild, type Node } from '../syntax/visitor';

/**
 * Nodes that hold `offset`, from the item of the file down to the smallest. An end counts as inside, so that a cursor behind a name finds
 * it.
 */
export function nodesAt(items: readonly Item[], offset: number): Node[] {
  const path: Node[] = [];
  let level: readonly Node[] = items;
  for (;;) {
    const holding = level.filter((n) => n.span.start <= offset && offset <= n.span.end);
    // of two that meet at the offset, the one that begins there
    const next = holding.find((n) => offset < n.span.end) ?? holding[0];
    if (!next) return path;
    path.push(next);
    const below: Node[] = [];
    forEachChild(next, (child) => below.push(child));
    level = below;
  }
}

/**
 * The names that can be seen at an offset of a file, as an expression there sees them. A body whose `}` is not written yet goes on up to the
 * next item.
 */
export function scopeAt(program: Program, file: number, offset: number): ExpressionScope {
  const source = program.files[file];
  const item = source && itemBefore(source.tree.items, offset);
  if (!item || (item.kind !== 'function' && item.kind !== 'context')) return {};
  const sym = program.symbolOf(item);
  const { end } = item.span;
  const closed = !item.body || source.text[end - 1] === '}';
  if ((sym?.kind !== 'function' && sym?.kind !== 'context') || (closed && offset >= end)) return {};
  return { function: sym, offset: closed ? offset : Math.min(offset, end - 1), file };
}
/** The last item that begins at or before an offset. */
export function itemBefore(items: readonly Item[], offset: number): Item | undefined {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((items[middle]?.span.start ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  return items[low - 1];
}

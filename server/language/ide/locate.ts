/** What is at a position of a file: the chain of nodes around an offset, outermost first. */

import type { ContextSym, FunctionSym, Program } from '../check/context/program';
import type { Item, Span } from '../syntax/tree';
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

/** The function or context body that an offset of a file lies in. */
export function ownerAt(program: Program, file: number, offset: number): FunctionSym | ContextSym | undefined {
  const inside = (span: Span) => span.file === file && span.start <= offset && offset <= span.end;
  return program.functions.find((f) => inside(f.def.span)) ?? program.contexts.find((c) => inside(c.def.span));
}

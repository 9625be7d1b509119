/** What stands at a place of a file: the chain of nodes around an offset, outermost first. */

import type { ContextSym, FunctionSym, Program } from '../check/program';
import type { Item, Span } from '../syntax/tree';

/** Any node of the tree, as the generic walk sees it. */
export interface AnyNode {
  readonly kind: string;
  readonly span: Span;
}
const isNode = (value: unknown): value is AnyNode =>
  typeof value === 'object' && value !== null && 'kind' in value && 'span' in value;

/** The nodes directly below `node`, in no particular order. */
export function childrenOf(node: object): AnyNode[] {
  const out: AnyNode[] = [];
  const add = (value: unknown): void => {
    if (Array.isArray(value)) for (const one of value) add(one);
    else if (isNode(value)) out.push(value);
    // lists of plain objects with nodes in them: marks, designators
    else if (typeof value === 'object' && value !== null && !('start' in value))
      for (const one of Object.values(value)) add(one);
  };
  for (const [key, value] of Object.entries(node)) if (key !== 'span' && key !== 'opSpan') add(value);
  return out;
}

/** Nodes that hold `offset`, from the item of the file down to the smallest. An end counts as inside, so that a cursor behind a name finds it. */
export function nodesAt(items: readonly Item[], offset: number): AnyNode[] {
  const path: AnyNode[] = [];
  let level: readonly AnyNode[] = items;
  for (;;) {
    const holding = level.filter((n) => n.span.start <= offset && offset <= n.span.end);
    // of two that meet at the offset, the one that begins there
    const next = holding.find((n) => offset < n.span.end) ?? holding[0];
    if (!next) return path;
    path.push(next);
    level = childrenOf(next);
  }
}

/** The function or context body that an offset of a file lies in. */
export function ownerAt(program: Program, file: number, offset: number): FunctionSym | ContextSym | undefined {
  const inside = (span: Span) => span.file === file && span.start <= offset && offset <= span.end;
  return program.functions.find((f) => inside(f.def.span)) ?? program.contexts.find((c) => inside(c.def.span));
}

/** Calls `each` for every node below (and with) the items. */
export function walk(nodes: readonly AnyNode[], each: (node: AnyNode) => void): void {
  const stack = [...nodes];
  for (let node = stack.pop(); node; node = stack.pop()) {
    each(node);
    stack.push(...childrenOf(node));
  }
}

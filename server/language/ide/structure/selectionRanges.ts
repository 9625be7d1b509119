/** What a selection grows to, step by step: word, expression, statement, the inside of the block, block, item, file. */
import type { SourceFile } from '../../check/context/program';
import type { Span } from '../../syntax/tree';
import type { Node } from '../../syntax/visitor';
import { nodesAt } from '../locate';

/** From the smallest range around an offset to the whole file, each inside the next. */
export function selectionRanges(source: SourceFile, file: number, offset: number): Span[] {
  const whole: Span = { file, start: 0, end: source.text.length };
  const found: Span[] = [whole];
  const push = (span: Span): void => {
    const around = found[found.length - 1] as Span;
    const inside =
      span.end > span.start &&
      span.start >= around.start &&
      span.end <= around.end &&
      span.start <= offset &&
      offset <= span.end;
    if (inside && span.end - span.start < around.end - around.start)
      found.push({ file, start: span.start, end: span.end });
  };
  const comment = source.tree.comments.find(({ span }) => span.start < offset && offset < span.end);
  for (const node of nodesAt(source.tree.items, offset)) {
    push(node.span);
    const inner = insideOf(source.text, node);
    if (inner) push({ file, ...inner });
  }
  if (comment) push(comment.span);
  push({ file, ...wordAt(source.text, offset) });
  return found.reverse();
}
/** The statements of a block without its braces, the arguments of a call without its parentheses, a string without its quotes. */
function insideOf(text: string, node: Node): { start: number; end: number } | undefined {
  switch (node.kind) {
    case 'block':
    case 'initList':
      return trimmed(text, node.span.start + 1, node.span.end - 1);
    case 'call':
      return trimmed(text, text.indexOf('(', node.callee.span.end) + 1, node.span.end - 1);
    case 'string':
      return { start: node.span.start + 1, end: node.span.end - 1 };
    default:
      return undefined;
  }
}
function trimmed(text: string, start: number, end: number): { start: number; end: number } | undefined {
  while (start < end && /\s/.test(text.charAt(start))) start++;
  while (end > start && /\s/.test(text.charAt(end - 1))) end--;
  return start < end ? { start, end } : undefined;
}
function wordAt(text: string, offset: number): { start: number; end: number } {
  let start = offset;
  let end = offset;
  while (start > 0 && /\w/.test(text.charAt(start - 1))) start--;
  while (/\w/.test(text.charAt(end))) end++;
  return { start, end };
}

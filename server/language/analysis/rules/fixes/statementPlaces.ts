/** Where a place of the source is among the statements of its body, for fixes that add or move one. */
import type { Program } from '../../../check/context/program';
import type { Block, Span, Stmt } from '../../../syntax/tree';
import { forEachChild, type Node } from '../../../syntax/visitor';

/** A statement, and what it stands in: a block, or an `if`, a loop or a `switch` whose whole body it is. */
export interface Standing {
  readonly stmt: Stmt;
  readonly parent: Node;
}
const STATEMENTS: ReadonlySet<Node['kind']> = new Set([
  ...(['block', 'expr', 'if', 'while', 'do', 'for', 'macroLoop', 'switch', 'case', 'label'] as const),
  ...(['goto', 'break', 'continue', 'return', 'decl', 'empty'] as const),
]);

/** The nodes that hold a place, outermost first. */
function pathTo(program: Program, { file, start, end }: Span): Node[] {
  const path: Node[] = [];
  let within: readonly Node[] = program.files[file]?.tree.items ?? [];
  for (;;) {
    const next = within.find((n) => n.span.file === file && n.span.start <= start && end <= n.span.end);
    if (!next) return path;
    path.push(next);
    const children: Node[] = [];
    forEachChild(next, (child) => children.push(child));
    within = children;
  }
}
/** The innermost statement that holds a place. */
export function statementAt(program: Program, span: Span): Standing | undefined {
  const path = pathTo(program, span);
  const i = path.findLastIndex((n) => STATEMENTS.has(n.kind));
  const [stmt, parent] = [path[i], path[i - 1]];
  return stmt && parent ? { stmt: stmt as Stmt, parent } : undefined;
}
/** The innermost block that holds two places, and its statements that hold them. */
export function siblings(
  program: Program,
  a: Span,
  b: Span,
): { readonly block: Block; readonly first: number; readonly second: number } | undefined {
  const other = pathTo(program, b);
  const block = pathTo(program, a).findLast((n): n is Block => n.kind === 'block' && other.includes(n));
  if (!block) return undefined;
  const holding = (span: Span): number =>
    block.body.findIndex((s) => s.span.start <= span.start && span.end <= s.span.end);
  const [first, second] = [holding(a), holding(b)];
  return first < 0 || second < 0 ? undefined : { block, first, second };
}
/** The `goto` with which the branches of an `if` end whose condition holds a place. */
export function gotosOf(program: Program, condition: Span): Stmt[] {
  const found = statementAt(program, condition)?.stmt;
  if (found?.kind !== 'if' || condition.start > found.test.span.end) return [];
  return [found.then, found.else].flatMap((branch) => {
    const last = branch?.kind === 'block' ? branch.body.at(-1) : branch;
    return last?.kind === 'goto' ? [last] : [];
  });
}
/** The lines of a statement, if it has them for itself. */
export function linesOf(
  text: string,
  { start, end }: Span,
): { readonly start: number; readonly end: number } | undefined {
  const first = text.lastIndexOf('\n', start - 1) + 1;
  const last = text.indexOf('\n', end);
  const rest = text.slice(end, last);
  if (last < 0 || text.slice(first, start).trim() !== '' || !/^[ \t]*(\/\/.*|\/\*.*\*\/[ \t]*)?$/.test(rest))
    return undefined;
  return { start: first, end: last + 1 };
}

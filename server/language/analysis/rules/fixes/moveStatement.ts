/** Fixes that move the statement of a call out of a critical section. Unsafe: what happens between the two places may matter. */
import type { Fix, Program } from '../../../check/context/program';
import type { Call, Span, Stmt } from '../../../syntax/tree';
import { contains, type Node, walkTree } from '../../../syntax/visitor';
import { withoutCasts } from '../../../syntax/withoutCasts';
import { linesOf, siblings } from './statementPlaces';

/** The statement of `call` moved in front of the one at `taken`, which begins what the call must not be in. */
export function moveBefore(program: Program, call: Call, taken: Span): Fix[] {
  const place = siblings(program, taken, call.span);
  if (!place || place.first >= place.second) return [];
  const { block, first, second } = place;
  const [target, moved] = [block.body[first], block.body[second]];
  if (!target || !moved || target.kind !== 'expr' || !canMove(program, moved, call)) return [];
  const between = block.body.slice(first, second);
  // who jumps behind it would go without it
  if (between.some((s) => contains(s, (n) => n.kind === 'label' || n.kind === 'case'))) return [];
  if (depends(moved, between)) return [];
  return move(program, moved, target, 'before');
}
/** The statement of `call`, whose result nobody uses, moved behind the one that undoes what was done at `taken` with one of `by`. */
export function moveAfter(program: Program, call: Call, taken: Span, by: readonly string[]): Fix[] {
  const place = siblings(program, taken, call.span);
  if (!place || place.first >= place.second) return [];
  const { block, second } = place;
  const moved = block.body[second];
  const end = block.body.findIndex((s, i) => i > second && by.includes(calledIn(s) ?? ''));
  const target = block.body[end];
  if (!target || moved?.kind !== 'expr' || moved.expr !== call) return [];
  // a way out in between would lose it
  const between = block.body.slice(second + 1, end);
  if (between.some((s) => contains(s, (n) => n.kind === 'return' || n.kind === 'goto' || n.kind === 'label')))
    return [];
  if (depends(moved, between)) return [];
  return move(program, moved, target, 'after');
}
const calledIn = (s: Stmt): string | undefined =>
  s.kind === 'expr' && s.expr.kind === 'call' && s.expr.callee.kind === 'ident' ? s.expr.callee.name : undefined;

/** A call as a statement, or whose result a local variable takes: others could see anything else too early. */
function canMove(program: Program, s: Stmt, call: Call): boolean {
  if (s.kind !== 'expr') return false;
  if (s.expr === call) return true;
  if (s.expr.kind !== 'assign' || s.expr.op !== '=' || withoutCasts(s.expr.right) !== call) return false;
  const sym = s.expr.left.kind === 'ident' ? program.symbolOf(s.expr.left) : undefined;
  return sym?.kind === 'var' && sym.storage !== 'global';
}
/** Whether one of `others` sets what the statement reads, or names what it sets. */
function depends(moved: Stmt, others: readonly Stmt[]): boolean {
  const sets = moved.kind === 'expr' && moved.expr.kind === 'assign' ? namesIn(moved.expr.left) : new Set<string>();
  const reads = namesIn(moved);
  return others.some((s) => {
    if ([...namesIn(s)].some((name) => sets.has(name))) return true;
    return contains(s, (n) => [...namesSet(n)].some((name) => reads.has(name)));
  });
}
function namesIn(node: Node): ReadonlySet<string> {
  const names = new Set<string>();
  walkTree(node, (n) => {
    if (n.kind === 'ident') names.add(n.name);
    else if (n.kind === 'member') names.add(n.name.text);
    else if (n.kind === 'declarator') names.add(n.name.text);
  });
  return names;
}
/** What a node stores to, by the last name of it. */
function namesSet(n: Node): ReadonlySet<string> {
  const target = n.kind === 'assign' ? n.left : n.kind === 'postfix' ? n.operand : undefined;
  const changed = target ?? (n.kind === 'unary' && ['++', '--', '&'].includes(n.op) ? n.operand : undefined);
  if (n.kind === 'declarator') return new Set([n.name.text]);
  if (changed?.kind === 'member') return new Set([changed.name.text]);
  return changed ? namesIn(changed) : new Set();
}
function move(program: Program, moved: Stmt, target: Stmt, where: 'before' | 'after'): Fix[] {
  const text = program.files[moved.span.file]?.text ?? '';
  const [from, to] = [linesOf(text, moved.span), linesOf(text, target.span)];
  if (!from || !to || moved.span.file !== target.span.file) return [];
  const at = where === 'before' ? to.start : to.end;
  const { file } = moved.span;
  return [
    {
      title: `move this ${where} ${text.slice(target.span.start, target.span.end).replace(/;$/, '')}`,
      unsafe: true,
      edits: [
        { span: { file, start: at, end: at }, text: text.slice(from.start, from.end) },
        { span: { file, start: from.start, end: from.end }, text: '' },
      ],
    },
  ];
}

/** Marks of a whole file: its items, down to the last expression. Where the parser reported an error, the statement stays as it is. */
import { lex } from '../../syntax/lexer';
import type { SourceTree } from '../../syntax/sourceTree';
import * as t from '../../syntax/tokens';
import type { Item, MachineItem, Span } from '../../syntax/tree';
import { forEachChild, type Node } from '../../syntax/visitor';
import { StatementMarks } from './markStatements';
import * as m from './tokenMarks';

export function marksOf(text: string, tree: SourceTree): m.TokenMarks {
  const marks = new m.TokenMarks(lex(text));
  const walk = new StatementMarks(marks);
  for (const item of tree.items) markItem(marks, walk, item);
  for (const { span, code } of tree.errors) {
    const begins = code !== 'missing-brace' && marks.units[marks.at(span.start)] !== m.NO_UNIT;
    const around = (begins ? undefined : smallestUnit(tree.items, span.start)) ?? span;
    marks.setWild(around.start, Math.max(around.end, span.end));
    // and what the parser skipped, up to where it went on
    for (let i = marks.at(span.end); marks.units[i] === m.NO_UNIT && marks.kind(i) !== t.T_RBRACE; i++)
      marks.wild[i] = 1;
  }
  return marks;
}

function markItem(marks: m.TokenMarks, walk: StatementMarks, item: Item): void {
  const { expressions } = walk;
  const first = marks.unit(item.span.start, 0);
  switch (item.kind) {
    case 'function': {
      expressions.annotations(item.modifiers.names);
      expressions.type(item.type);
      for (const { args } of item.modifiers.contracts) for (const arg of args) expressions.expr(arg);
      const name = marks.at(item.name.span.start);
      if (marks.isFirst(name)) marks.units[name] = 0; // the type on a line of its own
      if (item.body) {
        const brace = marks.at(item.body.span.start);
        const empty = marks.kind(brace + 1) === t.T_RBRACE && !marks.isFirst(brace) && !marks.isFirst(brace + 1);
        if (brace > first) marks.unit(item.body.span.start, 0, empty ? m.JOIN : m.BREAK);
        marks.braces(item.body.span.start, item.body.span.end, true);
        walk.body(item.body.body, 0);
      }
      return;
    }
    case 'context':
      if (item.cpu) expressions.expr(item.cpu);
      if (marks.kind(marks.at(item.body.span.start)) === t.T_LBRACE) marks.unit(item.body.span.start, 0, m.JOIN);
      marks.braces(item.body.span.start, item.body.span.end, true);
      walk.body(item.body.body, 0);
      return;
    case 'machine':
      machineItems(marks, item.items, first, item.span.end);
      return;
    case 'declaration':
      walk.declaration(item);
      return;
    case 'macroDeclaration':
      walk.macroDeclaration(item);
      return;
    case 'define': {
      if (!item.value) return;
      marks.role(marks.at(item.name.span.end), m.ALIGNED);
      expressions.expr(item.value);
      return;
    }
    case 'header':
    case 'errorItem':
      marks.setWild(item.span.start, item.span.end);
      return;
    case 'include':
      return;
  }
}
/** The braces of `machine` and `node`, on one line or on several as they are, and their settings. */
function machineItems(marks: m.TokenMarks, items: readonly MachineItem[], from: number, end: number): void {
  let brace = from;
  while (marks.kind(brace) !== t.T_LBRACE && (marks.tokens.start[brace] ?? end) < end) brace++;
  if (marks.kind(brace) === t.T_LBRACE && brace > from) marks.breaks[brace] = m.JOIN;
  const open = marks.braces(marks.tokens.start[brace] ?? 0, end, false);
  for (const item of items) {
    const first = marks.unit(item.span.start, 0, open ? m.BREAK : m.FREE);
    if (item.sub) raw(marks, item.sub.span.start, item.sub.span.end);
    if (item.value) {
      marks.role(marks.find(t.T_ASSIGN, (item.sub ?? item.key).span.end), m.ALIGNED);
      raw(marks, item.value.span.start, item.value.span.end);
      const value = marks.at(item.value.span.start);
      if (marks.kind(value - 1) !== t.T_ASSIGN) marks.role(value, m.RAW);
    }
    if (item.items) machineItems(marks, item.items, first, item.span.end);
  }
}
/** The text between these offsets is a value: nothing in it changes. */
function raw(marks: m.TokenMarks, start: number, end: number): void {
  for (let i = marks.at(start) + 1; (marks.tokens.start[i] ?? end) < end; i++) marks.role(i, m.RAW);
}

const UNITS: ReadonlySet<Node['kind']> = new Set([
  'declaration',
  'macroDeclaration',
  'expr',
  'return',
  'goto',
  'decl',
  'macroDecl',
  'errorStmt',
  'field',
  'enumConstant',
  'machineItem',
  'case',
]);
/** The innermost statement, declaration or member that an offset is in or behind; else the innermost node. */
function smallestUnit(items: readonly Item[], offset: number): Span | undefined {
  let level: readonly Node[] = items;
  let unit: Span | undefined;
  let innermost: Span | undefined;
  for (;;) {
    const next = level.filter((n) => n.span.start <= offset).at(-1);
    if (!next) return unit ?? innermost;
    innermost = next.span;
    if (UNITS.has(next.kind)) unit = next.span;
    const below: Node[] = [];
    forEachChild(next, (child) => below.push(child));
    level = below;
  }
}

/** The parser: text to trees. It never fails and never loops: any text gives a tree with exact ranges and a list of errors. */

import type { MacroNames } from '../macroNames';
import { NodeIds } from '../nodeIds';
import { onItsOwn } from '../placed';
import type { Comment, SourceTree, SyntaxProblem } from '../sourceTree';
import * as t from '../tokens';
import type { Block, ContextDef, Expr, FunctionDef, Modifiers, Name, Span, Stmt, TypeSyntax } from '../tree';
import { Cursor, type Grammar, type Outside } from './cursor';
import { declareParams } from './declarations';
import { declarator, typeName } from './declarators';
import { argumentList, assignmentExpr, expression } from './expressions';
import { initList } from './initialisers';
import { items } from './items';
import { elements } from './recovery';
import { modifiersOf, specifiers } from './specifiers';
import { block, statement } from './statements';
import { typeSpecifier } from './typeSpecifiers';

const GRAMMAR: Grammar = { assignmentExpr, argumentList, initList, typeSpecifier, typeName, block };
/** For texts without statements. */
const NO_MACROS: MacroNames = {
  declares: () => false,
  loops: () => false,
  isObject: () => false,
  endsWithComma: () => false,
};

/**
 * Parses a file. `macros` lists the names that declare or loop; `file` is the file's number in the program (0: the main file). `outside`:
 * what the program says before it, and the files that it includes.
 */
export function parse(text: string, macros: MacroNames, file = 0, outside?: Outside): SourceTree {
  const p = new Cursor(text, file, GRAMMAR, macros, outside?.ids);
  p.outside = outside;
  for (const [name, value] of outside?.strings ?? []) p.roles.define(name, value);
  const read = items(p);
  p.errors.sort((a, b) => a.span.start - b.span.start);
  return {
    items: read,
    comments: p.tokens.comments,
    errors: p.errors.map(onItsOwn),
    strings: p.roles.strings,
    parts: p.parts,
    types: p.types,
  };
}
/** A body that has been parsed again. */
interface ParsedBody {
  readonly body: Block;
  /** the offset behind it; undefined: what follows it has to be parsed again too */
  readonly end: number | undefined;
  readonly comments: readonly Comment[];
  readonly errors: readonly SyntaxProblem[];
  readonly spans: readonly Span[];
}
/** Parses the body of an item in a text that is the same up to it. `tree` is of the text before, `at` the index of the item in it. */
export function parseBody(
  text: string,
  tree: SourceTree,
  at: number,
  { body: before, ...item }: FunctionDef | ContextDef,
  macros: MacroNames,
  ids: NodeIds,
): ParsedBody {
  const p = new Cursor(text, item.span.file, GRAMMAR, macros, ids, before?.span.start);
  p.types = tree.types.copyAt(tree.parts[at]?.types ?? 0);
  for (const [name, value] of tree.strings) p.roles.define(name, value);
  if (item.kind === 'function') {
    p.types.declare(item.name.text, false);
    if (item.type.kind === 'functionType') declareParams(p, item.type);
  }
  const body = block(p, '');
  const isInside = ({ span }: { readonly span: Span }): boolean => span.start < body.span.end;
  p.errors.sort((a, b) => a.span.start - b.span.start);
  return {
    body,
    end: p.panic ? undefined : body.span.end,
    comments: p.tokens.comments.filter(isInside),
    errors: p.errors.filter(isInside).map(onItsOwn),
    spans: p.spansSoFar(),
  };
}

/**
 * Parses one expression: a watch, a condition. A suffix such as `,x` must have been taken off. `typeNames`: types in scope, besides the
 * kernel's.
 */
export function parseExpression(
  text: string,
  typeNames: Iterable<string> = [],
  ids = new NodeIds(),
): { expr: Expr; errors: readonly SyntaxProblem[] } {
  const p = new Cursor(text, 0, GRAMMAR, NO_MACROS, ids);
  p.whole = 'expression';
  for (const name of typeNames) p.types.declare(name, true);
  const expr = expression(p);
  if (p.kind !== t.T_EOF) p.fail('unexpected-token', `${p.found()} after the expression`);
  return { expr, errors: p.errors };
}

/** Parses the body of a macro: statements. */
export function parseMacroBody(text: string, macros: MacroNames): { body: Stmt[]; errors: readonly SyntaxProblem[] } {
  const p = new Cursor(text, 0, GRAMMAR, macros);
  return { body: elements(p, (q) => q.kind === t.T_EOF, statement), errors: p.errors };
}

/** Parses a prototype of the catalogue: `struct page *alloc_pages(gfp_t gfp, unsigned int order)`, without a semicolon. */
export function parsePrototype(text: string): {
  name: Name | undefined;
  type: TypeSyntax;
  modifiers: Modifiers;
  errors: readonly SyntaxProblem[];
} {
  const p = new Cursor(text, 0, GRAMMAR, NO_MACROS);
  const spec = specifiers(p);
  if (!spec.base) p.fail('expected-type', `expected a type, found ${p.found()}`);
  const base = spec.base ?? { kind: 'basicType' as const, words: ['void'], span: p.span(0, 0) };
  const { name, type } = declarator(p, base);
  return { name, type, modifiers: modifiersOf(spec), errors: p.errors };
}

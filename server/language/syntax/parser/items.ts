/** File-level items: functions, declarations, directives and the scenario layer. */

import * as t from '../tokens';
import type { Item, Name } from '../tree';
import { contextBlock } from './contextBlocks';
import type { Cursor } from './cursor';
import { declaration, failWithoutType, macroDeclaration } from './declarations';
import { directive } from './directives';
import { argumentList } from './expressions';
import { beginsContext, functionFollows } from './lookahead';
import { machine } from './machineSyntax';
import { DECLARES } from './nameRoles';
import { elements, synchroniseItems } from './recovery';
import { noSpecifiers, type Specifiers, specifiers } from './specifiers';
import { block } from './statements';

/** All items of a file. */
export const items = (p: Cursor): Item[] => elements(p, (q) => q.kind === t.T_EOF, itemPart, synchroniseItems);

function itemPart(p: Cursor): Item | undefined {
  const types = p.types.depth();
  const read = item(p);
  if (read) p.endItem(types);
  return read;
}

/** One item; undefined for a lone `;`. */
function item(p: Cursor): Item | undefined {
  const { start } = p;
  switch (p.kind) {
    case t.T_SEMI:
      p.next();
      return undefined;
    case t.T_HASH:
      return directive(p);
    case t.T_RBRACE:
      p.reject('unexpected-token', "this '}' closes nothing: remove it, or write the '{' that is missing before it");
      p.next();
      return { kind: 'errorItem', span: p.span(start) };
    case t.K_STATIC_ASSERT:
      return staticAssert(p);
    case t.T_IDENT:
      return itemAtName(p) ?? declarationItem(p);
    default:
      if (p.kind < t.K_IF || p.kind > t.K_RETURN) return declarationItem(p);
      p.fail(
        'unexpected-token',
        `the statement '${p.word()}' is outside a function; put it into a function or a block like 'task main { … }'`,
      );
      return { kind: 'errorItem', span: p.span(start) };
  }
}
/** At an identifier: the scenario layer, a macro, or a function without a type; undefined for a declaration. */
function itemAtName(p: Cursor): Item | undefined {
  const after = p.peek();
  const word = p.word();
  if (word === 'machine' && (after === t.T_LBRACE || (after === t.T_IDENT && p.peek(2) === t.T_LBRACE)))
    return machine(p);
  if (t.isContextWord(word) && beginsContext(p)) return contextBlock(p, word);
  if (after === t.T_IDENT && p.peek(2) === t.T_LBRACE && !p.types.isType(word)) {
    const near = t.nearContextWord(word);
    if (near) {
      const span = p.span(p.start, p.end);
      const fix = { title: `change to '${near}'`, edits: [{ span, text: near }] };
      p.complain('unexpected-token', `'${word}' is not a kind of block; did you mean '${near}'?`, span, fix);
      return contextBlock(p, near);
    }
  }
  if (isStatement(p)) return misplacedStatement(p);
  if (after !== t.T_LPAREN || p.types.isType(word)) return undefined;
  // DEFINE_SPINLOCK(x); module_init(f); or a function whose type is missing
  const spec = noSpecifiers(p.start);
  return functionFollows(p, 1) ? untypedFunction(p, spec) : macroDeclaration(p, spec);
}
/** `a = 3;`, `p->n++;` at the level of the file */
function isStatement(p: Cursor): boolean {
  const k = p.peek();
  return k === t.T_ARROW || k === t.T_DOT || k === t.T_INC || k === t.T_DEC || (k >= t.T_ASSIGN && k <= t.T_OR_ASSIGN);
}
function misplacedStatement(p: Cursor): Item {
  const start = p.start;
  const typed = p.peek() === t.T_ASSIGN ? `; a declaration begins with its type: int ${p.word()} = …` : '';
  p.fail(
    'unexpected-token',
    `this statement is outside a function; put it into a function or a block like 'task main { … }'${typed}`,
  );
  return { kind: 'errorItem', span: p.span(start, p.end) };
}
function declarationItem(p: Cursor): Item {
  const start = p.start;
  const spec = specifiers(p);
  if (spec.base) return declaration(p, spec, 'file');
  if (p.kind === t.T_IDENT && p.peek() === t.T_LPAREN) {
    const isMacro = p.hasRole(DECLARES) || !functionFollows(p, 1);
    return isMacro ? macroDeclaration(p, spec) : untypedFunction(p, spec);
  }
  if (p.kind === t.T_LBRACE && spec.names.length === 0) {
    p.fail('expected-declaration', "a block without a name: write 'task main { … }', or a function");
    block(p, '');
    p.panic = false;
    return { kind: 'errorItem', span: p.span(start) };
  }
  failWithoutType(p, spec);
  if (p.start === start) p.next();
  return { kind: 'errorItem', span: p.span(start) };
}
/** `f(void) { … }`: reported, and read as if it returned an int. */
function untypedFunction(p: Cursor, spec: Specifiers): Item {
  p.complain(
    'expected-type',
    `the return type of '${p.word()}' is missing; write 'void' or 'int' before it`,
    p.spanOfToken(),
  );
  spec.base = { kind: 'basicType', words: ['int'], span: p.span(p.start, p.start) };
  return declaration(p, spec, 'file');
}
function staticAssert(p: Cursor): Item {
  const start = p.start;
  p.next();
  if (p.kind !== t.T_LPAREN) {
    p.expect(t.T_LPAREN, '(', 'after static_assert');
    return { kind: 'errorItem', span: p.span(start) };
  }
  const macro: Name = { kind: 'name', text: 'static_assert', span: p.span(start) };
  const args = argumentList(p);
  p.expect(t.T_SEMI, ';', 'after static_assert(…)');
  return { kind: 'macroDeclaration', modifiers: { names: [], contracts: [] }, macro, args, span: p.span(start) };
}

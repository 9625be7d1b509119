/** Declarations of variables, types and functions, and macros that declare one. */

import * as t from '../tokens';
import type {
  Block,
  Declaration,
  Declarator,
  Expr,
  FunctionDef,
  FunctionTypeSyntax,
  InitList,
  MacroDeclaration,
  Name,
  Span,
  TypeSyntax,
} from '../tree';
import { asksLayout } from './annotations';
import type { Cursor } from './cursor';
import { declarator } from './declarators';
import { argumentList } from './expressions';
import { initialiser } from './initialisers';
import { beginsAfterType } from './lookahead';
import { skipBalanced } from './recovery';
import { extended } from './shortLists';
import { definesType, lateModifiers, modifiersOf, type Specifiers } from './specifiers';

/** The context of a declaration: a function has a body at file level; in a block that is a mistake, and the body is skipped. */
type Level = 'file' | 'block';

/** What follows the specifiers: declarators up to `;`, or a function with its body. */
export function declaration(p: Cursor, spec: Specifiers, level: Level): Declaration | FunctionDef {
  const base = spec.base ?? { kind: 'basicType' as const, words: ['int'], span: p.span(spec.start, spec.start) };
  if (definesType(base) && beginsAfterType(p)) {
    const word =
      base.kind === 'enumType' ? 'enumeration' : base.kind === 'recordType' && base.union ? 'union' : 'struct';
    p.missing(';', `after the ${word}`);
    return { kind: 'declaration', modifiers: modifiersOf(spec), base, declarators: [], span: p.span(spec.start) };
  }
  const list = p.beginList();
  if (p.kind !== t.T_SEMI) {
    let isFirst = true;
    do {
      const start = p.start;
      const { name, type, annotations: inside } = declarator(p, base);
      spec.names = extended(spec.names, inside);
      if (!name) {
        const before = p.text.slice(base.span.start, base.span.end).slice(0, 40);
        p.fail('expected-name', `expected a name after '${before}', found ${p.found()}`);
        break;
      }
      const annotations = layoutOf(extended(inside, lateModifiers(p, spec)));
      p.types.declare(name.text, spec.typedef);
      if (type.kind === 'functionType' && isFirst && !spec.typedef) {
        if (p.kind === t.T_LBRACE) return functionDef(p, spec, name, type, level);
        if (level === 'file' && p.accept(t.T_SEMI)) {
          p.panic = false; // the parser has recovered
          return { kind: 'function', modifiers: modifiersOf(spec), name, type, span: p.span(spec.start) };
        }
      }
      const init = p.accept(t.T_ASSIGN) ? initialiser(p) : undefined;
      if (p.kind === t.T_COLON && !p.panic)
        p.fail('unexpected-token', 'a bit-field is allowed only in a struct or union');
      p.add(declaratorNode(name, type, init, annotations, p.span(start)));
      isFirst = false;
    } while (!p.panic && p.accept(t.T_COMMA));
  }
  const declarators = p.endList<Declarator>(list);
  if (!p.panic || p.kind === t.T_SEMI)
    p.expect(t.T_SEMI, ';', declarators.length === 0 ? 'after the type' : 'after the declaration');
  return { kind: 'declaration', modifiers: modifiersOf(spec), base, declarators, span: p.span(spec.start) };
}
const layoutOf = (words: Name[]): readonly Name[] => (words.length === 0 ? words : words.filter(asksLayout));
function declaratorNode(
  name: Name,
  type: TypeSyntax,
  init: Expr | InitList | undefined,
  annotations: readonly Name[],
  span: Span,
): Declarator {
  if (annotations.length === 0)
    return init ? { kind: 'declarator', name, type, init, span } : { kind: 'declarator', name, type, span };
  return { kind: 'declarator', name, type, ...(init ? { init } : undefined), annotations, span };
}
function functionDef(p: Cursor, spec: Specifiers, name: Name, type: FunctionTypeSyntax, level: Level): FunctionDef {
  const body = level === 'file' ? functionBody(p, name, type) : skippedBody(p);
  return { kind: 'function', modifiers: modifiersOf(spec), name, type, body, span: p.span(spec.start) };
}
function functionBody(p: Cursor, name: Name, type: FunctionTypeSyntax): Block {
  const depth = p.types.depth();
  declareParams(p, type);
  const body = p.grammar.block(p, `to begin the body of ${name.text}`);
  p.types.leave(depth);
  return body;
}
/** Parameters may have the names of types. */
export function declareParams(p: Cursor, type: FunctionTypeSyntax): void {
  for (const param of type.params) if (param.name) p.types.declare(param.name.text, false);
}
function skippedBody(p: Cursor): Block {
  const start = p.start;
  skipBalanced(p);
  return { kind: 'block', body: [], span: p.span(start) };
}

/** `DEFINE_SPINLOCK(x);`, `DEFINE_PER_CPU(int, x) = 5;`, at the macro's name */
export function macroDeclaration(p: Cursor, spec: Specifiers): MacroDeclaration {
  const macro = p.nameHere();
  const args = argumentList(p);
  const init = p.accept(t.T_ASSIGN) ? initialiser(p) : undefined;
  p.expect(t.T_SEMI, ';', `after ${macro.text}(…)`);
  return {
    kind: 'macroDeclaration',
    modifiers: modifiersOf(spec),
    macro,
    args,
    ...(init ? { init } : undefined),
    span: p.span(spec.start),
  };
}
/** Reports specifiers without a type. */
export function failWithoutType(p: Cursor, spec: Specifiers): void {
  const last = spec.names.at(-1);
  if (last && p.kind === t.T_IDENT)
    p.fail('expected-type', `the type is missing between '${last.text}' and '${p.word()}'`);
  else p.fail('expected-declaration', `expected a declaration, found ${p.found()}`);
}

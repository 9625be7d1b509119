/** Declarators: the tokens around a declared name, `*p`, `a[4]`, `(*f)(int)`; and types without a name. */

import * as t from '../tokens';
import type { Expr, Name, Param, TypeSyntax } from '../tree';
import { annotations } from './annotations';
import type { Cursor } from './cursor';
import { isNestedDeclarator } from './lookahead';
import { specifiers } from './specifiers';

interface ParsedDeclarator {
  readonly name: Name | undefined;
  readonly type: TypeSyntax;
  /** in front of the name: `int *__aligned(16) p` */
  readonly annotations: readonly Name[];
}
/** One step from a declared name outwards: pointer, array or function. */
type DeclaratorOp =
  | { readonly op: 'pointer'; readonly quals: readonly string[] }
  | { readonly op: 'array'; readonly length: Expr | undefined; readonly end: number }
  | { readonly op: 'function'; readonly params: readonly Param[]; readonly variadic: boolean; readonly end: number };
/** levels of a type that has been reported as too deep, and of what is made of it */
const GIVEN_UP = 1_000_000;
const NO_QUALS: readonly string[] = [];

/** A declarator with or without a name (an abstract one: `int (*)(void)`). */
export function declarator(p: Cursor, base: TypeSyntax): ParsedDeclarator {
  if (p.kind === t.T_IDENT) {
    // the usual case: a plain name
    const after = p.peek();
    if (after !== t.T_LBRACKET && after !== t.T_LPAREN) return { name: p.nameHere(), type: base, annotations: [] };
  }
  const ops: DeclaratorOp[] = [];
  const words: Name[] = [];
  const { result: name, levels: inside } = p.measured((inner) => declaratorOps(inner, ops, words));
  const levels = Math.max(p.levels(base), inside) + ops.length;
  // brackets in brackets, and types in types, have as many each
  if (levels >= GIVEN_UP || p.tooDeep(levels)) {
    p.noteLevels(base, GIVEN_UP);
    return { name, type: base, annotations: words };
  }
  const type = ops.reduceRight((of, op) => applied(p, op, of, base.span.start), base);
  p.noteLevels(type, levels);
  return { name, type, annotations: words };
}
function applied(p: Cursor, op: DeclaratorOp, type: TypeSyntax, start: number): TypeSyntax {
  switch (op.op) {
    case 'pointer':
      return { kind: 'pointerType', to: type, quals: op.quals, span: p.span(start) };
    case 'array': {
      const span = p.span(start, op.end);
      return { kind: 'arrayType', of: type, ...(op.length ? { length: op.length } : undefined), span };
    }
    case 'function': {
      const { params, variadic } = op;
      return { kind: 'functionType', returns: type, params, variadic, span: p.span(start, op.end) };
    }
  }
}
/** Reads a declarator; its steps are added to `ops`, those nearest to the name first, and its annotations to `words`. */
function declaratorOps(p: Cursor, ops: DeclaratorOp[], words: Name[]): Name | undefined {
  const pointers: DeclaratorOp[] = [];
  while (p.kind === t.T_STAR || p.kind === t.K_ANNOTATION || p.kind === t.K_ANNOTATION_CALL) {
    if (p.kind !== t.T_STAR) words.push(...annotations(p));
    else if (p.tooDeep(pointers.length)) break;
    else pointers.push(pointer(p));
  }
  let name: Name | undefined;
  if (p.kind === t.T_IDENT) name = p.nameHere();
  else if (p.kind === t.T_LPAREN && isNestedDeclarator(p)) {
    p.next();
    name = p.nest((inner) => declaratorOps(inner, ops, words));
    p.expect(t.T_RPAREN, ')', 'after the declarator');
  }
  for (;;) {
    if (p.kind === t.T_LBRACKET) {
      p.next();
      while (p.kind === t.K_QUAL || p.kind === t.K_STORAGE) p.next();
      const length = p.kind === t.T_RBRACKET ? undefined : p.grammar.assignmentExpr(p);
      p.expect(t.T_RBRACKET, ']', "after the array's length");
      ops.push({ op: 'array', length, end: p.prevEnd });
    } else if (p.kind === t.T_LPAREN) ops.push(parameters(p));
    else break;
    if (p.panic || p.tooDeep(ops.length)) break;
  }
  ops.push(...pointers.reverse());
  return name;
}
function pointer(p: Cursor): DeclaratorOp {
  p.next();
  if (p.kind !== t.K_QUAL) return { op: 'pointer', quals: NO_QUALS };
  const quals: string[] = [];
  while (p.kind === t.K_QUAL) quals.push(p.nameHere().text);
  return { op: 'pointer', quals };
}

function parameters(p: Cursor): DeclaratorOp {
  p.next(); // (
  const depth = p.types.depth();
  const { params, variadic } = p.nest(parameterList) ?? { params: [], variadic: false };
  p.types.leave(depth);
  p.expect(t.T_RPAREN, ')', 'after the parameters');
  return { op: 'function', params, variadic, end: p.prevEnd };
}
function parameterList(p: Cursor): { params: Param[]; variadic: boolean } {
  const params: Param[] = [];
  if (p.kind === t.K_TYPEWORD && p.word() === 'void' && p.peek() === t.T_RPAREN) p.next();
  else if (p.kind !== t.T_RPAREN) {
    do {
      if (p.accept(t.T_ELLIPSIS)) return { params, variadic: true };
      const start = p.start;
      const spec = specifiers(p);
      if (!spec.base) {
        p.fail('expected-declaration', `expected a parameter's type, found ${p.found()}`);
        break;
      }
      const d = declarator(p, spec.base);
      annotations(p);
      params.push({ kind: 'param', type: d.type, ...(d.name ? { name: d.name } : undefined), span: p.span(start) });
    } while (!p.panic && p.accept(t.T_COMMA));
  }
  return { params, variadic: false };
}

/** A type in a cast, sizeof or macro argument: `struct page *`. */
export function typeName(p: Cursor): TypeSyntax {
  const spec = specifiers(p);
  if (!spec.base) {
    p.fail('expected-type', `expected a type, found ${p.found()}`);
    return { kind: 'basicType', words: ['int'], span: p.span(spec.start, spec.start) };
  }
  const { name, type } = declarator(p, spec.base);
  if (name)
    p.complain(
      'unexpected-token',
      `a type without a name is expected here; the name '${name.text}' does not belong in it`,
      name.span,
    );
  return type;
}

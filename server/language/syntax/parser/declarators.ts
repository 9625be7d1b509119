/** Declarators: the tokens around a declared name, `*p`, `a[4]`, `(*f)(int)`; and types without a name. */

import * as t from '../tokens';
import type { Expr, Name, Param, TypeSyntax } from '../tree';
import { annotations } from './annotations';
import type { Cursor } from './cursor';
import { isNestedDeclarator } from './lookahead';
import { appended, extended } from './shortLists';
import { NO_NAMES, specifiers } from './specifiers';

interface ParsedDeclarator {
  readonly name: Name | undefined;
  readonly type: TypeSyntax;
  /** in front of the name: `int *__aligned(16) p` */
  readonly annotations: Name[];
}
/** One step from a declared name outwards: pointer, array or function. */
type DeclaratorOp =
  | { readonly op: 'pointer'; readonly quals: readonly string[] }
  | { readonly op: 'array'; readonly length: Expr | undefined; readonly end: number }
  | { readonly op: 'function'; readonly params: readonly Param[]; readonly variadic: boolean; readonly end: number };
/** levels of a type that has been reported as too deep, and of what is made of it */
const GIVEN_UP = 1_000_000;
const NO_QUALS: readonly string[] = [];
const NO_OPS: DeclaratorOp[] = [];

/** What has been read of a declarator. */
interface Parts {
  /** the steps, those nearest to the name first */
  ops: DeclaratorOp[];
  annotations: Name[];
}

/** A declarator with or without a name (an abstract one: `int (*)(void)`). */
export function declarator(p: Cursor, base: TypeSyntax): ParsedDeclarator {
  if (p.kind === t.T_IDENT) {
    // the usual case: a plain name
    const after = p.peek();
    if (after !== t.T_LBRACKET && after !== t.T_LPAREN)
      return { name: p.nameHere(), type: base, annotations: NO_NAMES };
  }
  const parts: Parts = { ops: NO_OPS, annotations: NO_NAMES };
  const outer = p.beginLevels();
  const name = declaratorOps(p, parts);
  const { ops, annotations } = parts;
  const levels = Math.max(p.levels(base), p.endLevels(outer)) + ops.length;
  // brackets in brackets, and types in types, have as many each
  if (levels >= GIVEN_UP || p.tooDeep(levels)) {
    p.noteLevels(base, GIVEN_UP);
    return { name, type: base, annotations };
  }
  let type = base;
  for (let i = ops.length - 1; i >= 0; i--) type = applied(p, ops[i] as DeclaratorOp, type, base.span.start);
  p.noteLevels(type, levels);
  return { name, type, annotations };
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
/** Reads a declarator; its steps and annotations are added to `parts`. */
function declaratorOps(p: Cursor, parts: Parts): Name | undefined {
  let pointers = NO_OPS;
  while (p.kind === t.T_STAR || p.kind === t.K_ANNOTATION || p.kind === t.K_ANNOTATION_CALL) {
    if (p.kind !== t.T_STAR) parts.annotations = extended(parts.annotations, annotations(p));
    else if (p.tooDeep(pointers.length)) break;
    else pointers = [pointer(p), ...pointers];
  }
  let name: Name | undefined;
  if (p.kind === t.T_IDENT) name = p.nameHere();
  else if (p.kind === t.T_LPAREN && isNestedDeclarator(p)) {
    p.next();
    name = p.nest((inner) => declaratorOps(inner, parts));
    p.expect(t.T_RPAREN, ')', 'after the declarator');
  }
  for (;;) {
    if (p.kind === t.T_LBRACKET) {
      p.next();
      while (p.kind === t.K_QUAL || p.kind === t.K_STORAGE) p.next();
      const length = p.kind === t.T_RBRACKET ? undefined : p.grammar.assignmentExpr(p);
      p.expect(t.T_RBRACKET, ']', "after the array's length");
      parts.ops = appended<DeclaratorOp>(parts.ops, { op: 'array', length, end: p.prevEnd });
    } else if (p.kind === t.T_LPAREN) parts.ops = appended(parts.ops, parameters(p));
    else break;
    if (p.panic || p.tooDeep(parts.ops.length)) break;
  }
  parts.ops = parts.ops.length === 0 ? pointers : extended(parts.ops, pointers);
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
function parameterList(p: Cursor): { params: readonly Param[]; variadic: boolean } {
  const params = p.beginList();
  const variadic = parametersUpTo(p);
  return { params: p.endList(params), variadic };
}
/** Adds the parameters to the list; whether `...` ends them. */
function parametersUpTo(p: Cursor): boolean {
  if (p.kind === t.K_TYPEWORD && p.word() === 'void' && p.peek() === t.T_RPAREN) p.next();
  else if (p.kind !== t.T_RPAREN) {
    do {
      if (p.accept(t.T_ELLIPSIS)) return true;
      const start = p.start;
      const spec = specifiers(p);
      if (!spec.base) {
        p.fail('expected-declaration', `expected a parameter's type, found ${p.found()}`);
        break;
      }
      const d = declarator(p, spec.base);
      annotations(p);
      const span = p.span(start);
      p.add(d.name ? { kind: 'param', type: d.type, name: d.name, span } : { kind: 'param', type: d.type, span });
    } while (!p.panic && p.accept(t.T_COMMA));
  }
  return false;
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

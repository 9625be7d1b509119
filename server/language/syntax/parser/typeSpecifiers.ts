/** Types with a syntax of their own: struct, union, enum, typeof. */

import * as t from '../tokens';
import type { EnumConstant, FieldDecl, Name, TypeSyntax } from '../tree';
import { annotations, asksLayout } from './annotations';
import type { Cursor } from './cursor';
import { declarator, typeName } from './declarators';
import { beginsItem, beginsType } from './lookahead';
import { DECLARES } from './nameRoles';
import { elements, skipBalanced, synchroniseToEnumEnd } from './recovery';
import { extended } from './shortLists';
import { specifiers } from './specifiers';

/** At `struct`, `union`, `enum` or `typeof`. */
export function typeSpecifier(p: Cursor): TypeSyntax {
  if (p.kind === t.K_ENUM) return enumType(p);
  if (p.kind === t.K_TYPEOF) return typeofType(p);
  return recordType(p);
}
function typeofType(p: Cursor): TypeSyntax {
  const start = p.start;
  p.next();
  p.expect(t.T_LPAREN, '(', 'after typeof');
  const of = beginsType(p) ? typeName(p) : p.grammar.assignmentExpr(p);
  p.expect(t.T_RPAREN, ')', 'after the operand of typeof');
  return { kind: 'typeofType', of, span: p.span(start) };
}

// ---------------------------------------------------------------- struct and union
function recordType(p: Cursor): TypeSyntax {
  const start = p.start;
  const union = p.kind === t.K_UNION;
  const word = union ? 'union' : 'struct';
  p.next();
  let words = annotations(p);
  const tag = p.kind === t.T_IDENT ? p.nameHere() : undefined;
  let fields: FieldDecl[] | undefined;
  if (p.kind === t.T_LBRACE) {
    const read = p.nest(fieldList);
    if (read) p.expect(t.T_RBRACE, '}', `at the end of ${word} ${tag?.text ?? ''}`.trimEnd());
    else skipBalanced(p);
    fields = read ?? [];
    words = extended(words, annotations(p));
  } else if (!tag) p.fail('expected-name', `expected the tag or the fields of the ${word}, found ${p.found()}`);
  // `struct page`, as it is written nearly everywhere
  if (tag && !fields && words.length === 0) return { kind: 'recordType', union, tag, span: p.span(start) };
  return {
    kind: 'recordType',
    union,
    ...(tag ? { tag } : undefined),
    ...(fields ? { fields } : undefined),
    ...(words.length > 0 ? { annotations: words } : undefined),
    span: p.span(start),
  };
}
/** The fields, from the `{` up to the `}`. */
function fieldList(p: Cursor): FieldDecl[] {
  p.next();
  return elements(p, fieldsEnd, fieldDeclaration).flat();
}
const fieldsEnd = (p: Cursor): boolean => p.kind === t.T_RBRACE || p.kind === t.T_EOF || beginsItem(p);

/** `unsigned int a, b : 3;` */
function fieldDeclaration(p: Cursor): FieldDecl[] {
  const fields: FieldDecl[] = [];
  if (p.accept(t.T_SEMI)) return fields;
  const { start } = p;
  if (p.kind === t.T_IDENT && p.peek() === t.T_LPAREN && p.hasRole(DECLARES)) return [macroField(p)];
  const spec = specifiers(p);
  if (!spec.base) {
    p.fail('expected-declaration', `expected a field's type, found ${p.found()}`);
    return fields;
  }
  for (const word of spec.names) {
    if (word.text === 'static' || word.text === 'extern' || word.text === 'typedef' || word.text === 'inline')
      p.complain('unexpected-token', `'${word.text}' has no meaning on a field`, word.span);
  }
  if (p.accept(t.T_SEMI)) return [{ kind: 'field', type: spec.base, span: p.span(start) }];
  do {
    if (p.accept(t.T_COLON)) {
      fields.push({ kind: 'field', type: spec.base, bits: p.grammar.assignmentExpr(p), span: p.span(start) });
      continue;
    }
    const { name, type, annotations: inside } = declarator(p, spec.base);
    const bits = p.accept(t.T_COLON) ? p.grammar.assignmentExpr(p) : undefined;
    const words = [...spec.names, ...inside, ...annotations(p)].filter(asksLayout);
    if (!name) {
      p.fail('expected-name', `expected the field's name, found ${p.found()}`);
      return fields;
    }
    fields.push({
      kind: 'field',
      type,
      name,
      ...(bits ? { bits } : undefined),
      ...(words.length > 0 ? { annotations: words } : undefined),
      span: p.span(start),
    });
  } while (p.accept(t.T_COMMA));
  p.expect(t.T_SEMI, ';', 'after the field');
  return fields;
}
/** `DECLARE_BITMAP(map, 64);` as a field */
function macroField(p: Cursor): FieldDecl {
  const start = p.start;
  const macro = p.nameHere();
  const args = p.grammar.argumentList(p);
  const span = p.span(start);
  p.expect(t.T_SEMI, ';', 'after the field');
  const first = args[0];
  const name: Name | undefined =
    first?.kind === 'ident' ? { kind: 'name', text: first.name, span: first.span } : undefined;
  return {
    kind: 'field',
    type: { kind: 'basicType', words: ['int'], span },
    ...(name ? { name } : undefined),
    macro: { kind: 'macroDeclaration', modifiers: { names: [], contracts: [] }, macro, args, span },
    span,
  };
}

// ---------------------------------------------------------------- enum
function enumType(p: Cursor): TypeSyntax {
  const start = p.start;
  p.next();
  let words = annotations(p);
  const tag = p.kind === t.T_IDENT ? p.nameHere() : undefined;
  let constants: EnumConstant[] | undefined;
  if (p.accept(t.T_LBRACE)) {
    constants = enumConstants(p);
    p.expect(t.T_RBRACE, '}', `at the end of enum ${tag?.text ?? ''}`.trimEnd());
    words = extended(words, annotations(p));
  } else if (!tag) p.fail('expected-name', `expected the tag or the constants of the enum, found ${p.found()}`);
  return {
    kind: 'enumType',
    ...(tag ? { tag } : undefined),
    ...(constants ? { constants } : undefined),
    ...(words.length > 0 ? { annotations: words } : undefined),
    span: p.span(start),
  };
}
function enumConstants(p: Cursor): EnumConstant[] {
  const constants: EnumConstant[] = [];
  while (p.kind !== t.T_RBRACE && p.kind !== t.T_EOF) {
    if (p.kind !== t.T_IDENT) {
      p.fail('expected-name', `expected an enumeration constant, found ${p.found()}`);
      break;
    }
    const name = p.nameHere();
    const value = p.accept(t.T_ASSIGN) ? p.grammar.assignmentExpr(p) : undefined;
    constants.push({
      kind: 'enumConstant',
      name,
      ...(value ? { value } : undefined),
      span: p.span(name.span.start),
    });
    p.types.declare(name.text, false);
    if (p.accept(t.T_COMMA)) continue;
    if (p.kind !== t.T_IDENT || p.panic) break;
    p.missing(',', 'between the constants');
  }
  if (p.panic) synchroniseToEnumEnd(p);
  return constants;
}

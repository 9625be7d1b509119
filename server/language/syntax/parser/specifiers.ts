/** The parts before and after declarators: storage classes, qualifiers, annotations, contracts, and one type. */

import * as t from '../tokens';
import type { Contract, Expr, Modifiers, Name, TypeSyntax } from '../tree';
import { annotationCall } from './annotations';
import type { Cursor } from './cursor';
import { beginsAfterType, isOnlyName } from './lookahead';
import { appended } from './shortLists';

/** The parts before the declarators: `static const unsigned long`. */
export interface Specifiers {
  readonly start: number;
  names: Name[];
  contracts: Contract[];
  base: TypeSyntax | undefined;
  typedef: boolean;
}
/** No names: most declarations have neither modifiers nor annotations. */
export const NO_NAMES: Name[] = [];
const NO_CONTRACTS: Contract[] = [];
/** Without modifiers and contracts, as before `LIST_HEAD(q);`. */
export const noSpecifiers = (start: number): Specifiers => ({
  start,
  names: NO_NAMES,
  contracts: NO_CONTRACTS,
  base: undefined,
  typedef: false,
});
export const modifiersOf = (spec: Specifiers): Modifiers => ({ names: spec.names, contracts: spec.contracts });
function addName(spec: Specifiers, name: Name): void {
  spec.names = appended(spec.names, name);
}
function addContract(spec: Specifiers, added: Contract): void {
  spec.contracts = appended(spec.contracts, added);
}

/**
 * `static const struct page`: storage, qualifiers, annotations, contracts and one type. An unknown identifier is taken for the
 * type's name when no type has been seen; the checker reports that it is unknown.
 */
export function specifiers(p: Cursor): Specifiers {
  const outer = p.beginLevels();
  const spec = readSpecifiers(p);
  const levels = p.endLevels(outer);
  if (spec.base) p.noteLevels(spec.base, levels);
  return spec;
}
function readSpecifiers(p: Cursor): Specifiers {
  const spec = noSpecifiers(p.start);
  let words: string[] | undefined;
  let typeStart = -1;
  let typeEnd = 0;
  let quals: string[] | undefined;
  let qualStart = -1;
  for (;;) {
    const k = p.kind;
    if (spec.base && definesType(spec.base) && beginsAfterType(p)) break;
    if (k === t.K_TYPEWORD) {
      if (spec.base) {
        const type = p.text.slice(spec.base.span.start, spec.base.span.end);
        p.fail('unexpected-token', `'${p.word()}' after the type '${type}': a declaration has one type`);
        break;
      }
      if (typeStart < 0) typeStart = p.start;
      if (words) words.push(p.word());
      else words = [p.word()];
      p.next();
      typeEnd = p.prevEnd;
    } else if (k === t.K_STORAGE || k === t.K_TYPEDEF || k === t.K_ANNOTATION) {
      if (k === t.K_TYPEDEF) spec.typedef = true;
      addName(spec, p.nameHere());
    } else if (k === t.K_QUAL) {
      if (qualStart < 0) qualStart = p.start;
      const name = p.nameHere();
      addName(spec, name);
      if (quals) quals.push(name.text);
      else quals = [name.text];
    } else if (k === t.K_ANNOTATION_CALL) {
      addName(spec, annotationCall(p));
    } else if (k === t.K_CONTRACT) {
      addContract(spec, contract(p));
    } else if (k === t.K_UNSUPPORTED) {
      unsupported(p);
    } else if (words || spec.base) {
      break;
    } else if (k === t.K_STRUCT || k === t.K_UNION || k === t.K_ENUM || k === t.K_TYPEOF) {
      spec.base = p.grammar.typeSpecifier(p);
    } else if (k === t.K_FLOAT) {
      spec.base = floatingPoint(p);
    } else if (k === t.T_IDENT && !(spec.names.length > 0 && isOnlyName(p))) {
      const start = p.start;
      const word = p.word();
      p.next();
      spec.base = { kind: 'basicType', words: [word], span: p.span(start) };
    } else break;
  }
  if (words) spec.base = { kind: 'basicType', words, span: p.span(typeStart, typeEnd) };
  if (quals && spec.base) {
    const { start, end } = spec.base.span;
    const span = p.span(Math.min(qualStart, start), Math.max(p.prevEnd, end));
    spec.base = { kind: 'qualifiedType', of: spec.base, quals, span };
  }
  return spec;
}
/** `struct s { … }`, `enum { … }` */
export const definesType = (type: TypeSyntax): boolean =>
  (type.kind === 'recordType' && type.fields !== undefined) ||
  (type.kind === 'enumType' && type.constants !== undefined);
/** At `_Atomic` or `_Thread_local`: reported, and left out. */
function unsupported(p: Cursor): void {
  const instead =
    p.word() === '_Atomic'
      ? 'atomic_t and its functions are'
      : 'DEFINE_PER_CPU, which makes a variable for each CPU, is';
  p.complain(
    'unsupported-keyword',
    `neither the kernel nor this language has '${p.word()}'; ${instead} there instead`,
    p.spanOfToken(),
  );
  p.next();
}
/** At `float` or `double`: reported, and read as an int. */
function floatingPoint(p: Cursor): TypeSyntax {
  const start = p.start;
  p.complain(
    'floating-point',
    `'${p.word()}': neither the kernel nor this language has floating point; use integers, scaled where needed`,
    p.spanOfToken(),
  );
  p.next();
  if (p.kind === t.K_TYPEWORD && p.word() === 'long') p.next();
  return { kind: 'basicType', words: ['int'], span: p.span(start) };
}

/** Annotations, qualifiers and contracts after a declarator: `int f(struct ring *r) __must_hold(r->lock)`. Returns the annotations. */
export function lateModifiers(p: Cursor, spec: Specifiers): readonly Name[] {
  const from = spec.names.length;
  for (;;) {
    if (p.kind === t.K_CONTRACT) addContract(spec, contract(p));
    else if (p.kind === t.K_ANNOTATION || p.kind === t.K_QUAL) addName(spec, p.nameHere());
    else if (p.kind === t.K_ANNOTATION_CALL) addName(spec, annotationCall(p));
    else return spec.names.length === from ? NO_NAMES : spec.names.slice(from);
  }
}
/** `__must_hold(lock)`, `__may_sleep` … */
function contract(p: Cursor): Contract {
  const start = p.start;
  const name = p.nameHere();
  const args: Expr[] = [];
  if (p.kind === t.T_LPAREN) {
    p.next();
    if (p.kind !== t.T_RPAREN) {
      do args.push(p.grammar.assignmentExpr(p));
      while (p.accept(t.T_COMMA));
    }
    p.expect(t.T_RPAREN, ')', `after the argument of ${name.text}`);
  } else if (name.text !== '__may_sleep' && name.text !== '__atomic') {
    const example = `${name.text}(${name.text === '__context' ? 'task' : 'lock'})`;
    p.complain('expected-token', `${name.text} needs an argument: ${example}`, name.span);
  }
  return { kind: 'contract', name, args, span: p.span(start) };
}

/** Statements and blocks. */

import * as t from '../tokens';
import type { Block, Call, CaseLabel, DeclStmt, ErrorStmt, Expr, ForStmt, IfStmt, Stmt } from '../tree';
import type { Cursor } from './cursor';
import { declaration, failWithoutType, macroDeclaration } from './declarations';
import { misplacedDirective } from './directives';
import { argumentList, conditional, expression, expressionOfFor } from './expressions';
import { beginsItem, beginsType, isDeclaration } from './lookahead';
import { DECLARES, LOOPS } from './nameRoles';
import { elements, skipBalanced, skipLine, synchronise, synchroniseToBody } from './recovery';
import { noSpecifiers, type Specifiers, specifiers } from './specifiers';

// ---------------------------------------------------------------- blocks
/** `{ … }`; a missing `}` is noticed where a new file-level item begins. */
export function block(p: Cursor, what: string): Block {
  const start = p.start;
  const body = p.nest((inner) => blockBody(inner, what));
  if (!body) {
    skipBalanced(p);
    p.panic = false;
    return { kind: 'block', body: [], span: p.span(start) };
  }
  return body;
}
function blockBody(p: Cursor, what: string): Block {
  const start = p.start;
  const first = p.at + 1;
  if (!p.expect(t.T_LBRACE, '{', what)) return { kind: 'block', body: [], span: p.span(p.prevEnd, p.prevEnd) };
  const depth = p.types.depth();
  const body = elements(p, (q) => endsBlock(q) || (q.at > first && beginsItem(q)), statement);
  p.types.leave(depth);
  if (p.kind === t.T_RBRACE) p.closing(start);
  if (p.accept(t.T_RBRACE)) return { kind: 'block', body, span: p.span(start) };
  p.unclosed(
    start,
    p.kind === t.T_EOF
      ? "this '{' is never closed: '}' is missing"
      : `this '{' is not closed before '${p.raw()}' begins a new item: '}' is missing`,
  );
  return { kind: 'block', body, unclosed: true, span: p.span(start) };
}
const endsBlock = (p: Cursor): boolean => p.kind === t.T_RBRACE || p.kind === t.T_EOF;

// ---------------------------------------------------------------- statements
export function statement(p: Cursor): Stmt {
  const { start } = p;
  switch (p.kind) {
    case t.T_LBRACE:
      return block(p, '');
    case t.T_SEMI:
      p.next();
      return { kind: 'empty', span: p.span(start) };
    case t.K_IF:
      return ifStatement(p);
    case t.K_WHILE: {
      p.next();
      const test = condition(p, 'while');
      return { kind: 'while', test, body: governed(p), span: p.span(start) };
    }
    case t.K_DO: {
      p.next();
      const body = governed(p);
      if (p.panic) synchronise(p);
      p.expect(t.K_WHILE, 'while', "after the body of 'do'");
      const test = condition(p, 'while');
      p.expect(t.T_SEMI, ';', "after 'do … while (…)'");
      return { kind: 'do', body, test, span: p.span(start) };
    }
    case t.K_FOR:
      return forStatement(p);
    case t.K_SWITCH: {
      p.next();
      const value = condition(p, 'switch');
      return { kind: 'switch', value, body: governed(p), span: p.span(start) };
    }
    case t.K_CASE:
      return caseLabel(p);
    case t.K_DEFAULT:
      p.next();
      p.expect(t.T_COLON, ':', "after 'default'");
      return { kind: 'case', span: p.span(start) };
    case t.K_GOTO:
      return gotoStatement(p);
    case t.K_BREAK:
      p.next();
      p.expect(t.T_SEMI, ';', "after 'break'");
      return { kind: 'break', span: p.span(start) };
    case t.K_CONTINUE:
      p.next();
      p.expect(t.T_SEMI, ';', "after 'continue'");
      return { kind: 'continue', span: p.span(start) };
    case t.K_RETURN: {
      p.next();
      const bare = p.kind === t.T_SEMI || p.kind === t.T_RBRACE;
      const value = bare ? undefined : expression(p);
      p.expect(t.T_SEMI, ';', "after 'return'");
      if (!value) return { kind: 'return', span: p.span(start) };
      return { kind: 'return', value, span: p.span(start) };
    }
    case t.K_ELSE:
      p.reject('unexpected-token', "'else' without an 'if' before it");
      p.next();
      return nested(p);
    case t.T_HASH:
      p.reject('unsupported-directive', misplacedDirective(p));
      p.next();
      skipLine(p);
      return errorStmt(p, start);
    case t.K_ASM:
      p.fail('inline-assembly', 'inline assembly is not in this language');
      synchronise(p);
      return errorStmt(p, start);
    case t.K_STATIC_ASSERT:
      return staticAssert(p);
    case t.K_ANNOTATION:
      if (p.word() !== 'fallthrough' && p.word() !== '__fallthrough') return declarationStatement(p);
      p.next();
      p.expect(t.T_SEMI, ';', "after 'fallthrough'");
      return { kind: 'empty', span: p.span(start) };
    case t.T_IDENT:
      return statementAtName(p);
    default:
      return beginsType(p) ? declarationStatement(p) : expressionStatement(p);
  }
}
const errorStmt = (p: Cursor, start: number): ErrorStmt => ({ kind: 'errorStmt', span: p.span(start) });

/** At an identifier: a label, a macro that declares, a declaration, or an expression. */
function statementAtName(p: Cursor): Stmt {
  const after = p.peek();
  if (after === t.T_COLON) {
    const name = p.nameHere();
    p.next();
    while (p.kind === t.K_ANNOTATION && p.word().includes('unused')) p.next();
    return { kind: 'label', name, span: p.span(name.span.start) };
  }
  if (after === t.T_LPAREN && p.hasRole(LOOPS)) return macroLoop(p);
  if (after === t.T_LPAREN)
    return p.hasRole(DECLARES) ? macroDeclarationStatement(p, noSpecifiers(p.start)) : expressionStatement(p);
  if ((after === t.T_IDENT || after === t.T_STAR || after === t.K_QUAL) && isDeclaration(p))
    return declarationStatement(p);
  return expressionStatement(p);
}
function ifStatement(p: Cursor): IfStmt {
  const start = p.start;
  p.next();
  const test = condition(p, 'if');
  const then = governed(p);
  if (p.panic) synchronise(p);
  if (!p.accept(t.K_ELSE)) return { kind: 'if', test, then, span: p.span(start) };
  const otherwise = nested(p);
  return { kind: 'if', test, then, else: otherwise, span: p.span(start) };
}
function forStatement(p: Cursor): ForStmt {
  const start = p.start;
  p.next();
  const depth = p.types.depth();
  const parts = p.kind === t.T_LPAREN ? (wrongParts(p) ?? forParts(p)) : forParts(p);
  const body = governed(p);
  p.types.leave(depth);
  return { kind: 'for', ...parts, body, span: p.span(start) };
}
type ForParts = Pick<ForStmt, 'init' | 'test' | 'update'>;
function forParts(p: Cursor): ForParts {
  p.expect(t.T_LPAREN, '(', "after 'for'");
  const init = p.accept(t.T_SEMI) ? undefined : forInit(p);
  const test = p.kind === t.T_SEMI || p.panic ? undefined : expressionOfFor(p);
  if (!p.panic) p.expect(t.T_SEMI, ';', "after the condition of 'for'");
  const update = p.kind === t.T_RPAREN || p.panic ? undefined : expressionOfFor(p);
  if (!p.panic) p.expect(t.T_RPAREN, ')', "after the parts of 'for'");
  return { ...(init ? { init } : undefined), ...(test ? { test } : undefined), ...(update ? { update } : undefined) };
}
/** At the `(` of a `for` that has not two `;`: reported once, and of its parts only a first declaration is read. */
function wrongParts(p: Cursor): ForParts | undefined {
  const { commas, semicolons, end } = headOf(p);
  if (semicolons.length === 2 || end === undefined) return undefined;
  const [comma] = commas;
  const missing = 2 - semicolons.length;
  const span = p.span(p.start, p.tokens.end[end]);
  const message = "'for' has three parts, separated by ';': for (int i = 0; i < n; i++)";
  if (missing === commas.length && comma !== undefined) {
    const edits = commas.map((at) => ({ span: p.span(p.tokens.start[at] ?? 0, p.tokens.end[at]), text: ';' }));
    p.complain('expected-token', message, span, { title: "change ',' to ';'", edits });
  } else p.complain('expected-token', message, span);
  const known = p.errors.length;
  p.next();
  const declares = beginsType(p) || (p.kind === t.T_IDENT && p.peek() === t.T_IDENT);
  const init = declares ? declarationStatement(p) : undefined;
  p.errors.length = known;
  p.panic = false;
  p.skipTo(end + 1);
  if (init?.kind !== 'decl') return {};
  return { init: { ...init, decl: { ...init.decl, declarators: init.decl.declarators.slice(0, 1) } } };
}
/** From a `(` to its `)`: the tokens that separate its parts; no end where that is not clear. */
function headOf(p: Cursor): { commas: number[]; semicolons: number[]; end: number | undefined } {
  const found = { commas: [] as number[], semicolons: [] as number[], end: undefined as number | undefined };
  let level = 0;
  for (let n = 0; ; n++) {
    const k = p.peek(n);
    if (k === t.T_LPAREN || k === t.T_LBRACKET) level++;
    else if (k === t.T_RPAREN || k === t.T_RBRACKET) {
      if (--level > 0) continue;
      found.end = p.at + n;
      return found;
    } else if (k === t.T_EOF || k === t.T_LBRACE || k === t.T_RBRACE) return found;
    else if (level === 1 && k === t.T_SEMI) found.semicolons.push(p.at + n);
    else if (level === 1 && k === t.T_COMMA) found.commas.push(p.at + n);
  }
}
/** The first part of `for`, with its `;`; undefined where it could not be read. */
function forInit(p: Cursor): Expr | DeclStmt | undefined {
  const after = p.peek();
  const declares =
    beginsType(p) || (p.kind === t.T_IDENT && (after === t.T_IDENT || after === t.T_STAR) && isDeclaration(p));
  if (declares) {
    const stmt = declarationStatement(p);
    return stmt.kind === 'decl' ? stmt : undefined;
  }
  const init = expressionOfFor(p);
  p.expect(t.T_SEMI, ';', "after the first part of 'for'");
  return init;
}
/** `case v:`, `case v ... last:` */
function caseLabel(p: Cursor): CaseLabel {
  const start = p.start;
  p.next();
  const value = conditional(p);
  const last = p.accept(t.T_ELLIPSIS) ? conditional(p) : undefined;
  p.expect(t.T_COLON, ':', "after the value of 'case'");
  return { kind: 'case', value, ...(last ? { last } : undefined), span: p.span(start) };
}
function gotoStatement(p: Cursor): Stmt {
  const start = p.start;
  p.next();
  if (p.kind !== t.T_IDENT) {
    p.fail(
      'expected-name',
      p.kind === t.T_STAR
        ? "computed 'goto' is not in this language"
        : `expected a label after 'goto', found ${p.found()}`,
    );
    return { kind: 'goto', name: p.missingName(), span: p.span(start) };
  }
  const name = p.nameHere();
  p.expect(t.T_SEMI, ';', "after 'goto'");
  return { kind: 'goto', name, span: p.span(start) };
}
function condition(p: Cursor, word: string): Expr {
  p.expect(t.T_LPAREN, '(', `after '${word}'`);
  const test = expression(p);
  p.expect(t.T_RPAREN, ')', `after the condition of '${word}'`);
  return test;
}
/** The statement that a condition governs. */
function governed(p: Cursor): Stmt {
  if (p.panic) synchroniseToBody(p);
  return nested(p);
}
/** A statement in a statement: nests without brackets. */
function nested(p: Cursor): Stmt {
  const start = p.start;
  const stmt = p.nest(innerStatement);
  if (stmt) return stmt;
  if (p.kind === t.T_LBRACE) {
    skipBalanced(p);
    p.panic = false;
  }
  return errorStmt(p, start);
}
/** One statement with the labels in front of it, which make a block with it: `if (x) out: return;` */
function innerStatement(p: Cursor): Stmt {
  const start = p.start;
  const first = statementHere(p);
  if (!isLabel(first)) return first;
  const body: Stmt[] = [first];
  for (let last = first; isLabel(last); body.push(last)) {
    if (p.panic) synchronise(p);
    last = statementHere(p);
  }
  return { kind: 'block', body, span: p.span(start) };
}
const isLabel = (stmt: Stmt): boolean => stmt.kind === 'label' || stmt.kind === 'case';
function statementHere(p: Cursor): Stmt {
  if (!endsBlock(p)) return statement(p);
  p.reject('expected-statement', `expected a statement, found ${p.found()}`);
  return errorStmt(p, p.prevEnd);
}

// ---------------------------------------------------------------- expressions and declarations as statements
/** `list_for_each(pos, head) statement`: what follows the `)` is the statement, also where it begins with an operator. */
function macroLoop(p: Cursor): Stmt {
  const start = p.start;
  const id = p.ids.next();
  const { text: name, span } = p.nameHere();
  const callee: Expr = { kind: 'ident', id, name, span };
  const call: Call = { kind: 'call', id: p.ids.next(), callee, args: argumentList(p), span: p.span(start) };
  if (p.panic && p.kind !== t.T_SEMI) {
    synchronise(p);
    return errorStmt(p, start);
  }
  return { kind: 'macroLoop', call, body: nested(p), span: p.span(start) };
}
function expressionStatement(p: Cursor): Stmt {
  const start = p.start;
  const expr = expression(p);
  if (expr.kind === 'call' && expr.callee.kind === 'ident') {
    if (p.kind === t.T_LBRACE && !p.panic)
      return { kind: 'macroLoop', call: expr, body: nested(p), span: p.span(start) };
  }
  if (expr.kind === 'errorExpr' && p.panic) {
    synchronise(p);
    return errorStmt(p, start);
  }
  p.expect(t.T_SEMI, ';', afterWhat(expr));
  return { kind: 'expr', expr, span: p.span(start) };
}
function afterWhat(expr: Expr): string {
  switch (expr.kind) {
    case 'call':
      return 'after the call';
    case 'assign':
      return 'after the assignment';
    default:
      return 'after the expression';
  }
}
function staticAssert(p: Cursor): Stmt {
  const start = p.start;
  const name = p.word();
  p.next();
  const callee: Expr = { kind: 'ident', name, span: p.span(start) };
  if (p.kind !== t.T_LPAREN) {
    p.expect(t.T_LPAREN, '(', `after ${name}`);
    return errorStmt(p, start);
  }
  const expr: Expr = { kind: 'call', callee, args: argumentList(p), span: p.span(start) };
  p.expect(t.T_SEMI, ';', afterWhat(expr));
  return { kind: 'expr', expr, span: p.span(start) };
}
function declarationStatement(p: Cursor): Stmt {
  const start = p.start;
  const spec = specifiers(p);
  if (!spec.base) {
    if (p.kind === t.T_IDENT && p.peek() === t.T_LPAREN) return macroDeclarationStatement(p, spec);
    failWithoutType(p, spec);
    synchronise(p);
    return errorStmt(p, start);
  }
  const decl = declaration(p, spec, 'block');
  if (decl.kind === 'declaration') return { kind: 'decl', decl, span: p.span(start) };
  // a nested function: a closing brace is missing before it, or it does not belong here
  p.panic = false;
  p.complain(
    'nested-function',
    `'${decl.name.text}' is defined inside another function; '}' may be missing before it`,
    decl.name.span,
  );
  return errorStmt(p, start);
}
function macroDeclarationStatement(p: Cursor, spec: Specifiers): Stmt {
  const decl = macroDeclaration(p, spec);
  return { kind: 'macroDecl', decl, span: decl.span };
}

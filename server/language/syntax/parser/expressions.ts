/** Expressions: precedence climbing over binary operators, C's prefix and postfix forms. */

import { ASSIGN, BINARY, PRECEDENCE } from '../operators';
import * as t from '../tokens';
import {
  type Association,
  type Expr,
  isTypeSyntax,
  type Name,
  type StmtExprNode,
  type TypeSyntax,
  type Unary,
} from '../tree';
import type { Cursor } from './cursor';
import { typeName } from './declarators';
import { charLiteral, isString, levelledString, numberLiteral, stringLiteral } from './literalExprs';
import { beginsType, isCast, isTypeArgument, isTypeInParens } from './lookahead';
import { LEVEL, OBJECT_MACRO, STRING, WIDE } from './nameRoles';

/** Operators in one expression. */
const MAX_OPERATORS = 1000;

/** A whole expression, without the comma operator. */
export const expression = (p: Cursor): Expr => commaExpr(p, false);
/** A whole expression of `for`, which may have the comma operator. */
export const expressionOfFor = (p: Cursor): Expr => commaExpr(p, true);

function commaExpr(p: Cursor, allowed: boolean): Expr {
  const { operators, start } = p;
  p.operators = 0;
  let expr = assignmentExpr(p);
  while (p.kind === t.T_COMMA && !p.panic) {
    if (!allowed) {
      p.complain(
        'comma-operator',
        "the comma operator is in this language only in 'for (…; …; …)'; write two statements",
        p.spanOfToken(),
      );
    }
    if (tooLong(p)) break;
    p.next();
    const right = assignmentExpr(p);
    expr = { kind: 'comma', id: p.ids.next(), left: expr, right, span: p.span(start) };
  }
  p.operators = operators;
  return expr;
}
/** An argument or initialiser: an expression that counts its own operators and ends at a comma. */
export function argumentExpr(p: Cursor): Expr {
  const { operators } = p;
  p.operators = 0;
  const expr = assignmentExpr(p);
  p.operators = operators;
  return expr;
}
/** Counts an operator; true, with a problem reported, where the expression has too many to follow. */
function tooLong(p: Cursor): boolean {
  if (++p.operators <= MAX_OPERATORS) return false;
  p.fail('nested-too-deeply', `more than ${MAX_OPERATORS} operators in one expression; split it`);
  return true;
}
const errorExpr = (p: Cursor, start = p.start): Expr => ({ kind: 'errorExpr', span: p.span(start) });

// ---------------------------------------------------------------- binary operators
/** An expression without the comma operator. */
export const assignmentExpr = (p: Cursor): Expr => p.nest(assignment) ?? errorExpr(p);

function assignment(p: Cursor): Expr {
  const start = p.start;
  const left = conditional(p);
  const op = ASSIGN[p.kind];
  if (op === undefined || p.panic) return left;
  p.next();
  const right = assignmentExpr(p);
  return { kind: 'assign', id: p.ids.next(), op, left, right, span: p.span(start) };
}
/** A conditional expression: what constant expressions are made of. */
export function conditional(p: Cursor): Expr {
  const start = p.start;
  const test = binary(p, 1);
  if (p.kind !== t.T_QUESTION || p.panic) return test;
  p.next();
  if (p.accept(t.T_COLON)) {
    const otherwise = p.nest(conditional) ?? errorExpr(p);
    return { kind: 'conditional', id: p.ids.next(), test, else: otherwise, span: p.span(start) };
  }
  const then = assignmentExpr(p);
  p.expect(t.T_COLON, ':', "of the '?:' expression");
  const otherwise = p.nest(conditional) ?? errorExpr(p);
  return { kind: 'conditional', id: p.ids.next(), test, then, else: otherwise, span: p.span(start) };
}
/** Operators of precedence `min` (at least 1) and above. */
function binary(p: Cursor, min: number): Expr {
  const start = p.start;
  let left = unary(p);
  for (;;) {
    const precedence = PRECEDENCE[p.kind] ?? 0;
    if (precedence < min || p.panic) return left;
    const op = BINARY[p.kind];
    if (op === undefined || tooLong(p)) return left;
    const opSpan = p.spanOfToken();
    p.next();
    const right = binary(p, precedence + 1);
    left = { kind: 'binary', id: p.ids.next(), op, left, right, opSpan, span: p.span(start) };
  }
}

// ---------------------------------------------------------------- prefix operators and casts
function unary(p: Cursor): Expr {
  const { start } = p;
  switch (p.kind) {
    case t.T_IDENT:
    case t.T_NUMBER:
      return postfix(p, primary(p), start);
    case t.T_AMP:
      return prefix(p, '&');
    case t.T_STAR:
      return prefix(p, '*');
    case t.T_PLUS:
      return prefix(p, '+');
    case t.T_MINUS:
      return prefix(p, '-');
    case t.T_TILDE:
      return prefix(p, '~');
    case t.T_NOT:
      return prefix(p, '!');
    case t.T_INC:
      return prefix(p, '++');
    case t.T_DEC:
      return prefix(p, '--');
    case t.K_SIZEOF:
    case t.K_ALIGNOF:
      return sizeOf(p);
    case t.T_LPAREN:
      return isCast(p) ? cast(p) : postfix(p, primary(p), start);
    case t.T_ANDAND:
      p.fail('expected-expression', "addresses of labels ('&&label') are not in this language");
      return errorExpr(p);
    default:
      return postfix(p, primary(p), start);
  }
}
/** The operand of a prefix operator or cast. */
const operandOf = (p: Cursor): Expr => p.nest(unary) ?? errorExpr(p);

function prefix(p: Cursor, op: Unary['op']): Expr {
  const start = p.start;
  p.next();
  const operand = operandOf(p);
  return { kind: 'unary', id: p.ids.next(), op, operand, span: p.span(start) };
}
function sizeOf(p: Cursor): Expr {
  const start = p.start;
  const alignof = p.kind === t.K_ALIGNOF;
  p.next();
  const ofType = p.kind === t.T_LPAREN && isTypeInParens(p);
  const operand = p.start;
  let of: Expr | TypeSyntax = ofType ? typeInParens(p, 'after the type') : operandOf(p);
  if (isTypeSyntax(of) && p.kind === t.T_LBRACE) of = postfix(p, compound(p, of, operand), operand);
  return { kind: 'sizeof', id: p.ids.next(), of, alignof, span: p.span(start) };
}
function cast(p: Cursor): Expr {
  const start = p.start;
  const type = typeInParens(p, 'after the type of the cast');
  if (p.kind === t.T_LBRACE) return postfix(p, compound(p, type, start), start);
  const operand = operandOf(p);
  return { kind: 'cast', id: p.ids.next(), type, operand, span: p.span(start) };
}
/** `(type) { … }`, at its `{` */
function compound(p: Cursor, type: TypeSyntax, start: number): Expr {
  const init = p.grammar.initList(p);
  return { kind: 'compound', id: p.ids.next(), type, init, span: p.span(start) };
}
function typeInParens(p: Cursor, after: string) {
  p.next(); // (
  const type = typeName(p);
  p.expect(t.T_RPAREN, ')', after);
  return type;
}

// ---------------------------------------------------------------- postfix operators
function postfix(p: Cursor, operand: Expr, start: number): Expr {
  let expr = operand;
  while (!p.panic) {
    switch (p.kind) {
      case t.T_ARROW:
      case t.T_DOT: {
        if (isDesignator(p, expr)) return expr;
        const arrow = p.kind === t.T_ARROW;
        const name = memberName(p);
        expr = { kind: 'member', id: p.ids.next(), base: expr, arrow, name, span: p.span(start) };
        break;
      }
      case t.T_LPAREN: {
        const args = argumentList(p);
        expr = { kind: 'call', id: p.ids.next(), callee: expr, args, span: p.span(start) };
        break;
      }
      case t.T_LBRACKET: {
        p.next();
        const index = expression(p);
        p.expect(t.T_RBRACKET, ']', 'after the index');
        expr = { kind: 'index', id: p.ids.next(), base: expr, index, span: p.span(start) };
        break;
      }
      case t.T_INC:
      case t.T_DEC: {
        const op = p.kind === t.T_INC ? '++' : '--';
        p.next();
        expr = { kind: 'postfix', id: p.ids.next(), op, operand: expr, span: p.span(start) };
        break;
      }
      default:
        return expr;
    }
    if (tooLong(p)) return expr;
  }
  return expr;
}
/** At `.`: does it begin the next value of an initialiser, so that a comma is missing? */
const isDesignator = (p: Cursor, before: Expr): boolean =>
  p.inList &&
  p.kind === t.T_DOT &&
  (before.kind === 'int' || before.kind === 'string' || (p.peek() === t.T_IDENT && p.peek(2) === t.T_ASSIGN));
/** At `.` or `->`. */
function memberName(p: Cursor): Name {
  const operator = p.raw();
  p.next();
  if (p.kind === t.T_IDENT) return p.nameHere();
  p.fail('expected-name', `expected a member's name after '${operator}', found ${p.found()}`);
  return p.missingName();
}
/** `(a, b)` of a call or macro, types allowed: macros accept them. */
export function argumentList(p: Cursor): Expr[] {
  p.next(); // (
  const args = p.beginList();
  if (p.kind !== t.T_RPAREN) {
    do {
      p.add(argument(p));
      if (p.panic) break;
    } while (p.accept(t.T_COMMA));
  }
  // an argument with a syntax error counts too, so that the checker does not count the arguments
  if (!p.expect(t.T_RPAREN, ')', 'after the arguments')) p.add(errorExpr(p));
  return p.endList(args);
}
function argument(p: Cursor): Expr {
  if (!isTypeArgument(p)) return argumentExpr(p);
  const start = p.start;
  const type = typeName(p);
  return { kind: 'typeArg', type, span: p.span(start) };
}

// ---------------------------------------------------------------- operands
function primary(p: Cursor): Expr {
  const { start } = p;
  switch (p.kind) {
    case t.T_IDENT: {
      const name = p.word();
      const isSpecial = p.hasRole(LEVEL | STRING | WIDE | OBJECT_MACRO);
      if (isSpecial && p.hasRole(LEVEL) && (p.peek() === t.T_STRING || p.hasRole(STRING, 1))) return levelledString(p);
      if (isSpecial && isString(p)) return stringLiteral(p);
      const isWide = isSpecial && p.hasRole(WIDE);
      const isMacro = isSpecial && p.hasRole(OBJECT_MACRO);
      p.next();
      if (isWide && isQuoted(p) && p.start === p.prevEnd) {
        p.complain(
          'wide-character',
          `${name}${p.raw()}: the kernel has no wide characters; write it without '${name}'`,
          p.span(start, p.end),
        );
        return primary(p);
      }
      const ident: Expr = { kind: 'ident', id: p.ids.next(), name, span: p.span(start) };
      if (isMacro && p.kind !== t.T_LPAREN)
        return { kind: 'call', id: p.ids.next(), callee: ident, args: [], span: ident.span };
      return ident;
    }
    case t.T_NUMBER:
      return numberLiteral(p);
    case t.T_CHAR:
      return charLiteral(p);
    case t.T_STRING:
      return stringLiteral(p);
    case t.T_LPAREN:
      return p.peek() === t.T_LBRACE ? statementExpr(p) : parenthesised(p);
    case t.K_GENERIC:
      return genericSelection(p);
    default:
      p.fail(p.kind === t.K_ASM ? 'inline-assembly' : 'expected-expression', noOperand(p));
      return errorExpr(p, start);
  }
}
const isQuoted = (p: Cursor): boolean => p.kind === t.T_STRING || p.kind === t.T_CHAR;
function noOperand(p: Cursor): string {
  if (p.kind === t.K_ASM) return 'inline assembly is not in this language';
  if (p.kind >= t.K_IF && p.kind <= t.K_RETURN) return `expected an expression, found the keyword ${p.found()}`;
  if (beginsType(p)) return `expected an expression, found the type ${p.found()}`;
  return `expected an expression, found ${p.found()}`;
}
function parenthesised(p: Cursor): Expr {
  const { start, operators } = p;
  p.next(); // (
  const inner = p.nest(expression);
  if (!inner) return errorExpr(p, start);
  p.operators = operators + 1;
  p.expect(t.T_RPAREN, ')', 'after the expression');
  // it has just been made
  (inner as { parenthesised?: true }).parenthesised = true;
  return inner;
}
/** `_Generic(value, type: value, …, default: value)` */
function genericSelection(p: Cursor): Expr {
  const { start } = p;
  const callee: Expr = { kind: 'ident', name: p.word(), span: p.spanOfToken() };
  p.next();
  if (!p.expect(t.T_LPAREN, '(', 'after _Generic')) return errorExpr(p, start);
  const args = [argumentExpr(p)];
  while (!p.panic && p.accept(t.T_COMMA)) args.push(association(p));
  p.expect(t.T_RPAREN, ')', 'after the values of _Generic');
  return { kind: 'call', id: p.ids.next(), callee, args, span: p.span(start) };
}
function association(p: Cursor): Association {
  const { start } = p;
  const type = p.accept(t.K_DEFAULT) ? undefined : typeName(p);
  p.expect(t.T_COLON, ':', type ? 'after the type' : "after 'default'");
  return { kind: 'association', ...(type ? { type } : undefined), value: argumentExpr(p), span: p.span(start) };
}
/** `({ … result; })`, at its `(` */
function statementExpr(p: Cursor): StmtExprNode {
  const start = p.start;
  const id = p.ids.next();
  p.next();
  const body = p.grammar.block(p, "after '('");
  p.expect(t.T_RPAREN, ')', "after '({ … }'");
  const span = p.span(start);
  const last = body.body.at(-1);
  if (last?.kind !== 'expr') return { kind: 'stmtExpr', id, written: true, body, span };
  const before = { kind: 'block' as const, body: body.body.slice(0, -1), span: body.span };
  return { kind: 'stmtExpr', id, written: true, body: before, result: last.expr, span };
}

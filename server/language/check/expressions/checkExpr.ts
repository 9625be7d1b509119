/** Types of expressions: operators, lvalues, members, casts. Calls are in checkCall.ts. */

import {
  isInteger,
  isRecord,
  isScalar,
  sameRecord,
  sizeType,
  typeInside,
  unqualified,
} from '../../../types/conversions';
import type { CType, IntType, RecordType } from '../../../types/ctype';
import { arrayOf, quotedType, sizeOf } from '../../../types/ctype';
import { readEscapes } from '../../syntax/literals';
import { suggest } from '../../syntax/suggest';
import { type Expr, type Ident, type IntLit, isTypeSyntax, type Member, type Span } from '../../syntax/tree';
import type { CheckContext } from '../context/checkContext';
import { didYouMean, type Mutable } from '../context/nameScopes';
import type { Sym, VarSym } from '../context/program';
import { ERROR_TYPE } from '../context/tables';
import { checkValue, decayed, pointerOf, typeNamed, typeOfSyntax } from '../types/checkTypes';
import { memberNamed } from '../types/namedMembers';
import { constantOf } from './checkConst';
import {
  assignType,
  binaryType,
  checkStride,
  conditionalType,
  isLvalue,
  mayBeConstant,
  noteAssigned,
  promoted,
  stepType,
} from './checkOperators';
import { functionName, isFunctionName } from './functionName';
import { checkAssignmentAsCondition } from './suspicious';

/** Types `expr` and all in it; undefined after a message. Arrays and functions are not decayed. */
export function checkExpr(cx: CheckContext, expr: Expr): CType | undefined {
  const known = cx.tables.types.get(expr);
  if (known && expr.kind !== 'ident') return known;
  if (expr.kind === 'call' && cx.expansion.untyped.has(expr)) return undefined;
  const type = typeExpr(cx, expr);
  if (type === ERROR_TYPE || type === undefined) {
    if (expr.kind === 'call') cx.expansion.untyped.add(expr);
    return undefined;
  }
  cx.tables.types.set(expr, type);
  return type;
}

function typeExpr(cx: CheckContext, expr: Expr): CType | undefined {
  switch (expr.kind) {
    case 'int':
      return literalType(cx, expr);
    case 'string':
      return arrayOf(cx.basic.char, expr.value.length + 1);
    case 'ident':
      return identType(cx, expr);
    case 'unary':
      return unaryType(cx, expr);
    case 'postfix': {
      const type = checkValue(cx, expr.operand);
      if (!type) return undefined;
      return stepType(cx, expr.operand, type, expr.op, expr.span);
    }
    case 'binary':
      return binaryType(cx, expr);
    case 'assign':
      return assignType(cx, expr);
    case 'conditional':
      return conditionalType(cx, expr);
    case 'call':
      return cx.rules.checkCall(cx, expr);
    case 'index':
      return indexType(cx, expr);
    case 'member':
      return memberType(cx, expr);
    case 'cast':
      return castType(cx, expr);
    case 'sizeof':
      return sizeofType(cx, expr);
    case 'compound': {
      const type = typeOfSyntax(cx, expr.type);
      if (type === ERROR_TYPE) return undefined;
      return cx.rules.checkInitialiser(cx, expr.init, type, cx.scopes.owner === undefined);
    }
    case 'typeArg':
      typeOfSyntax(cx, expr.type);
      return cx.problems.error('unexpected-type', 'a value is expected here, not a type', expr.span);
    case 'association': // read by genericSelection.ts
      return undefined;
    case 'comma':
      checkExpr(cx, expr.left);
      return checkValue(cx, expr.right);
    case 'stmtExpr':
      return stmtExprType(cx, expr);
    case 'errorExpr':
      return undefined;
  }
}

function stmtExprType(cx: CheckContext, expr: Expr & { kind: 'stmtExpr' }): CType | undefined {
  // at file level one of a macro is the macro's fault, and told as an initialiser that is not constant
  if (expr.written && !cx.scopes.owner)
    return cx.problems.error('statement-expression', "a '({ … })' can only be in a function or block", expr.span);
  const { inside } = cx.body;
  cx.body.inside = [...inside, expr];
  const outer = cx.scopes.enterBlock();
  const before = cx.body.cleanups.length;
  for (const stmt of expr.body.body) cx.rules.checkStmt(cx, stmt);
  const type = expr.result ? checkValue(cx, expr.result) : cx.basic.void;
  cx.rules.leaveScope(cx, expr.body, before);
  cx.scopes.leaveBlock(outer, expr.span.end);
  cx.body.inside = inside;
  return type;
}

function literalType(cx: CheckContext, expr: IntLit): IntType {
  const b = cx.basic;
  if (expr.char) {
    const { text, value, span } = expr;
    // the shortest of two characters is 'ab'
    const count = text.length > 3 ? readEscapes(text.slice(1, -1)).value.length : 1;
    if (count > 1) {
      const lost = count > 4 ? ', and an int holds the last four' : '';
      cx.problems.warn('multichar', `${text} has ${count} characters${lost}: its value is ${value}`, span);
    }
    return b.int;
  }
  const value = expr.value;
  if (expr.suffix === '' && value <= 0x7fff_ffffn) return b.int;
  const decimal = expr.text.charCodeAt(0) !== 48;
  const unsigned = expr.suffix.includes('u');
  const longs = expr.suffix.split('l').length - 1;
  if (longs === 0) {
    if (!unsigned && value <= 0x7fff_ffffn) return b.int;
    if ((unsigned || !decimal) && value <= 0xffff_ffffn) return b.uint;
  }
  if (longs <= 1 && cx.abi.wordSize === 8) {
    if (!unsigned && value <= 0x7fff_ffff_ffff_ffffn) return b.long;
    return b.ulong;
  }
  if (longs <= 1) {
    if (!unsigned && value <= 0x7fff_ffffn) return b.long;
    if ((unsigned || !decimal) && value <= 0xffff_ffffn) return b.ulong;
  }
  if (!unsigned && value <= 0x7fff_ffff_ffff_ffffn) return b.llong;
  return b.ullong;
}

// ---------------------------------------------------------------- names
function identType(cx: CheckContext, expr: Ident): CType | undefined {
  const sym = resolveName(cx, expr);
  if (!sym) return undefined;
  return typeOfSymbol(cx, sym, expr);
}

function resolveName(cx: CheckContext, expr: Ident): Sym | undefined {
  const done = cx.tables.symbols.get(expr);
  if (done) return done;
  const sym =
    cx.scopes.lookup(expr.name) ?? (isFunctionName(expr.name) ? functionName(cx, expr) : undeclared(cx, expr));
  if (!sym) return undefined;
  cx.part.used.add(sym);
  cx.tables.symbols.set(expr, sym);
  return sym;
}
/** Words that may stand alone in front of a `;` */
const STATEMENTS = ['return', 'break', 'continue'];
function undeclared(cx: CheckContext, { name, span }: Ident): undefined {
  if (cx.body.undeclared.has(name)) return undefined; // one message per body
  cx.body.undeclared.add(name);
  if (cx.items.withoutValue.has(name))
    return cx.problems.error('undeclared', `'${name}' has no value: '#define ${name} 1' gives it one`, span);
  const { text, more } = didYouMean(cx.scopes.nearestName(name) ?? suggest(name, STATEMENTS), span);
  return cx.problems.error('undeclared', `'${name}' is not declared${text}`, span, more);
}

function typeOfSymbol(cx: CheckContext, sym: Sym, expr: Ident): CType | undefined {
  switch (sym.kind) {
    case 'typedef':
      return cx.problems.error('unexpected-type', `'${sym.name}' is a type; a value is expected here`, expr.span);
    case 'api':
      if (sym.entry.kind === 'macro') {
        return cx.problems.error(
          'macro-without-call',
          `'${sym.name}' is a macro; it is called, '${sym.entry.proto.includes('(') ? `${sym.name}(…)` : sym.name}'`,
          expr.span,
        );
      }
      return sym.type;
    case 'const':
      return sym.type;
    default:
      return sym.type === ERROR_TYPE ? undefined : sym.type;
  }
}

// ---------------------------------------------------------------- unary
function unaryType(cx: CheckContext, expr: Expr & { kind: 'unary' }): CType | undefined {
  const operand = expr.operand;
  if (expr.op === '&') return addressType(cx, operand, expr.span);
  const type = checkValue(cx, operand);
  if (!type) return undefined;
  switch (expr.op) {
    case '*':
      if (type.kind !== 'pointer')
        return cx.problems.error('not-a-pointer', `'*' needs a pointer; this is ${quotedType(type)}`, operand.span);
      return type.to;
    case '!':
      if (!isScalar(type))
        return cx.problems.error(
          'bad-operand',
          `'!' needs a number or pointer; this is ${quotedType(type)}`,
          operand.span,
        );
      return cx.basic.int;
    case '++':
    case '--':
      return stepType(cx, operand, type, expr.op, expr.span);
    default:
      if (!isInteger(type))
        return cx.problems.error(
          'bad-operand',
          `'${expr.op}' needs a number; this is ${quotedType(type)}`,
          operand.span,
        );
      return promoted(cx, operand, type);
  }
}

function addressType(cx: CheckContext, operand: Expr, span: Span): CType | undefined {
  if (operand.kind === 'index') cx.addressed.add(operand);
  const type = checkExpr(cx, operand);
  if (!type) return undefined;
  if (type.kind === 'function') return pointerOf(cx, type);
  if (!isLvalue(cx, operand)) {
    return cx.problems.error(
      'not-an-lvalue',
      "'&' needs something that is stored in memory: a variable, a member, an element",
      span,
    );
  }
  const bits = bitFieldOf(cx, operand);
  if (bits !== undefined) return cx.problems.error('bad-operand', `a bit-field has no address: '${bits}'`, span);
  noteAssigned(cx, operand);
  if (type.kind === 'array' && type.length === null && operand.kind !== 'member') return pointerOf(cx, type);
  return pointerOf(cx, type);
}

/** name of the bit-field that `expr` accesses */
function bitFieldOf(cx: CheckContext, expr: Expr): string | undefined {
  if (expr.kind !== 'member') return undefined;
  return cx.tables.fields.get(expr.name)?.field.bitWidth !== undefined ? expr.name.text : undefined;
}

// ---------------------------------------------------------------- ?:, [], ., casts
function indexType(cx: CheckContext, expr: Expr & { kind: 'index' }): CType | undefined {
  const whole = checkExpr(cx, expr.base);
  const index = checkValue(cx, expr.index);
  if (!whole || !index) return undefined;
  let base = decayed(cx, whole);
  let number = index;
  if (base.kind !== 'pointer' && index.kind === 'pointer') [base, number] = [index, base];
  if (base.kind !== 'pointer')
    return cx.problems.error(
      'not-a-pointer',
      `only an array or a pointer can be indexed; this is ${quotedType(base)}`,
      expr.base.span,
    );
  if (!isInteger(number))
    return cx.problems.error(
      'bad-operand',
      `an index must be a number; this is ${quotedType(number)}`,
      expr.index.span,
    );
  if (!checkStride(cx, base.to, expr.base.span)) return undefined;
  const isRead = cx.body.unread === 0;
  if (isRead && whole.kind === 'array' && whole.length !== null && whole.length > 1 && mayBeConstant(expr.index)) {
    const at = constantOf(cx, expr.index);
    if (
      at !== undefined &&
      (at < 0n || at > BigInt(whole.length) || (at === BigInt(whole.length) && !cx.addressed.has(expr)))
    ) {
      cx.problems.warn(
        'array-bounds',
        `index ${at} is outside of the array, which has ${whole.length} elements: the last is ${whole.length - 1}`,
        expr.index.span,
      );
    }
  }
  if (base.to.kind === 'void')
    return cx.problems.error('void-value', "a 'void *' has no elements; cast it to a type first", expr.base.span);
  return base.to;
}

function memberType(cx: CheckContext, expr: Member): CType | undefined {
  const whole = checkExpr(cx, expr.base);
  if (!whole || expr.name.text === '') return undefined;
  const base = decayed(cx, whole);
  let record: CType = base;
  if (base.kind === 'pointer') {
    record = base.to;
    if (!expr.arrow && isRecord(record)) {
      const operator = { start: expr.base.span.end, end: expr.name.span.start, file: expr.span.file };
      cx.problems.error(
        'member-of-pointer',
        `${describe(expr.base)} is a pointer, ${quotedType(base)}; its members are reached with '->'`,
        expr.name.span,
        {
          fixes:
            cx.expansion.depth > 0
              ? []
              : [{ title: "change '.' to '->'", edits: [{ span: dotSpan(expr, operator), text: '->' }] }],
        },
      );
    }
  } else if (expr.arrow && isRecord(base)) {
    const operator = { start: expr.base.span.end, end: expr.name.span.start, file: expr.span.file };
    cx.problems.error(
      'member-of-pointer',
      `${describe(expr.base)} is ${quotedType(base)}, not a pointer; its members are reached with '.'`,
      expr.name.span,
      {
        fixes:
          cx.expansion.depth > 0
            ? []
            : [{ title: "change '->' to '.'", edits: [{ span: dotSpan(expr, operator), text: '.' }] }],
      },
    );
  }
  if (!isRecord(record)) {
    return cx.problems.error(
      'not-a-struct',
      `${describe(expr.base)} is ${quotedType(base)}: it has no member '${expr.name.text}'`,
      expr.name.span,
    );
  }
  if (!record.fields)
    return cx.problems.error(
      'incomplete-type',
      `${quotedType(record)} is not defined in this scenario, so its members are not known`,
      expr.name.span,
    );
  const found = memberNamed(cx, record, expr.name.text);
  if (!found) return noMember(cx, record, expr.name.text, expr.name.span);
  cx.tables.fields.set(expr.name, found);
  const type = found.field.type;
  if (type === ERROR_TYPE) return undefined;
  return typeInside(record, type);
}

/** the `.` or `->` between a base and a member's name: only blanks are around it (or a closing parenthesis) */
function dotSpan(expr: Member, between: Span): Span {
  return {
    start: Math.max(between.start, expr.name.span.start - (expr.arrow ? 2 : 1)),
    end: between.end,
    file: between.file,
  };
}

export function noMember(cx: CheckContext, record: RecordType, name: string, span: Span): undefined {
  const near = suggest(name, memberNames(record));
  const { text, more } = didYouMean(near, span);
  return cx.problems.error('no-member', `${quotedType(record)} has no member named '${name}'${text}`, span, more);
}

function castType(cx: CheckContext, expr: Expr & { kind: 'cast' }): CType | undefined {
  const type = typeOfSyntax(cx, expr.type);
  const from = checkValue(cx, expr.operand);
  if (type === ERROR_TYPE) return undefined;
  if (!from || type.kind === 'void') return unqualified(type);
  if (!isScalar(type)) {
    if (isRecord(type) && isRecord(from) && sameRecord(type, from)) return type;
    return cx.problems.error(
      'bad-cast',
      `a cast to ${quotedType(type)}: only numbers and pointers can be cast`,
      expr.span,
    );
  }
  if (!isScalar(from))
    return cx.problems.error('bad-cast', `${quotedType(from)} cannot be cast to ${quotedType(type)}`, expr.span);
  if (cx.expansion.depth === 0) {
    if (
      type.kind === 'pointer' &&
      isInteger(from) &&
      from.size !== type.size &&
      constantOf(cx, expr.operand) === undefined
    ) {
      cx.problems.warn(
        'cast-size',
        `a cast to a pointer (${type.size} bytes) from ${quotedType(from)} (${from.size} bytes); cast to 'unsigned long' first`,
        expr.span,
      );
    }
    if (isInteger(type) && !(type.kind === 'int' && type.bool) && from.kind === 'pointer' && type.size !== from.size) {
      cx.problems.warn(
        'cast-size',
        `a cast from a pointer (${from.size} bytes) to ${quotedType(type)} (${type.size} bytes); 'unsigned long' holds a pointer`,
        expr.span,
      );
    }
  }
  return unqualified(type);
}

function sizeofType(cx: CheckContext, expr: Expr & { kind: 'sizeof' }): CType | undefined {
  const word = expr.alignof ? '_Alignof' : 'sizeof';
  let type: CType | undefined;
  if (isTypeSyntax(expr.of)) type = typeOfSyntax(cx, expr.of);
  else if (expr.of.kind === 'typeArg') type = typeOfSyntax(cx, expr.of.type);
  else {
    const named = expr.of.kind === 'ident' ? cx.scopes.lookup(expr.of.name) : undefined;
    if (expr.of.kind === 'ident' && named?.kind === 'typedef') {
      type = typeNamed(cx, expr.of, named);
      cx.tables.types.set(expr.of, type);
    } else type = unread(cx, expr.of);
  }
  if (!type || type === ERROR_TYPE) return undefined;
  if (type.kind !== 'void' && type.kind !== 'function' && sizeOf(type) === undefined) {
    return cx.problems.error('incomplete-type', `${word} of the incomplete type ${quotedType(type)}`, expr.span);
  }
  if (!isTypeSyntax(expr.of) && bitFieldOf(cx, expr.of) !== undefined)
    return cx.problems.error('bad-operand', `${word} of a bit-field`, expr.span);
  return sizeType(cx.abi);
}

/** The type of an operand that is not evaluated. */
function unread(cx: CheckContext, expr: Expr): CType | undefined {
  cx.body.unread++;
  const type = checkExpr(cx, expr);
  cx.body.unread--;
  return type;
}
/** Checks the condition of if, while, for, do, expect. */
export function checkCondition(cx: CheckContext, expr: Expr): void {
  const type = checkValue(cx, expr);
  checkAssignmentAsCondition(cx, expr);
  if (type && !isScalar(type)) {
    cx.problems.error(
      'bad-operand',
      type.kind === 'void'
        ? 'a condition needs a value; this has none (void)'
        : `a condition must be a number or pointer; this is ${quotedType(type)}`,
      expr.span,
    );
  }
}

export function setInput(sym: VarSym, input: boolean): void {
  (sym as Mutable<VarSym>).input = input;
}

function* memberNames(record: RecordType): Iterable<string> {
  for (const f of record.fields ?? []) {
    if (f.name !== undefined) yield f.name;
    else if (f.type.kind === 'struct' || f.type.kind === 'union') yield* memberNames(f.type);
  }
}
const describe = (expr: Expr): string =>
  expr.kind === 'ident' ? `'${expr.name}'` : expr.kind === 'member' ? `'${expr.name.text}'` : 'this';

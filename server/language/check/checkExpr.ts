/** Types of expressions: operators, lvalues, members, casts. Calls are in checkCall.ts. */

import { isInteger, isRecord, isScalar, sameRecord, sizeType, unqualified } from '../../types/conversions';
import type { CType, IntType, RecordType } from '../../types/ctype';
import { arrayOf, findField, sizeOf, typeName } from '../../types/ctype';
import { suggest } from '../syntax/suggest';
import {
  type Call,
  type Expr,
  type Ident,
  type InitList,
  type IntLit,
  isTypeSyntax,
  type Member,
  type Span,
  type Stmt,
} from '../syntax/tree';
import { ERROR_TYPE, type Mutable } from './checkBase';
import { mayBeConstant, OperatorChecker } from './checkOperators';
import type { Sym, VarSym } from './program';

const show = (type: CType): string => `'${typeName(type).trim()}'`;

export abstract class ExprChecker extends OperatorChecker {
  protected abstract checkCall(expr: Call): CType | undefined;
  protected abstract checkInitialiser(init: Expr | InitList, type: CType, isStatic: boolean, span: Span): CType;
  protected abstract checkStmt(stmt: Stmt): void;

  /** calls that have no type: a macro's argument is checked wherever the body has it, but expanded once */
  private readonly untyped = new Set<Call>();

  /** Types `expr` and all in it; undefined after a message. Arrays and functions are not decayed. */
  protected checkExpr(expr: Expr): CType | undefined {
    const known = this.tables.types.get(expr);
    if (known && expr.kind !== 'ident') return known;
    if (expr.kind === 'call' && this.untyped.has(expr)) return undefined;
    const type = this.typeExpr(expr);
    if (type === ERROR_TYPE || type === undefined) {
      if (expr.kind === 'call') this.untyped.add(expr);
      return undefined;
    }
    this.tables.types.set(expr, type);
    return type;
  }
  /** The type of the value: decayed. */
  protected checkValue(expr: Expr): CType | undefined {
    const type = this.checkExpr(expr);
    return type && this.decayed(type);
  }
  private typeExpr(expr: Expr): CType | undefined {
    switch (expr.kind) {
      case 'int':
        return this.literalType(expr);
      case 'string':
        return arrayOf(this.basic.char, expr.value.length + 1);
      case 'ident':
        return this.identType(expr);
      case 'unary':
        return this.unaryType(expr);
      case 'postfix': {
        const type = this.checkValue(expr.operand);
        if (!type) return undefined;
        return this.stepType(expr.operand, type, expr.op, expr.span);
      }
      case 'binary':
        return this.binaryType(expr);
      case 'assign':
        return this.assignType(expr);
      case 'conditional':
        return this.conditionalType(expr);
      case 'call':
        return this.checkCall(expr);
      case 'index':
        return this.indexType(expr);
      case 'member':
        return this.memberType(expr);
      case 'cast':
        return this.castType(expr);
      case 'sizeof':
        return this.sizeofType(expr);
      case 'compound': {
        const type = this.typeOfSyntax(expr.type);
        if (type === ERROR_TYPE) return undefined;
        return this.checkInitialiser(expr.init, type, this.owner === undefined, expr.span);
      }
      case 'typeArg':
        this.typeOfSyntax(expr.type);
        return this.error('unexpected-type', 'a type stands where a value is expected', expr.span);
      case 'comma':
        this.checkExpr(expr.left);
        return this.checkValue(expr.right);
      case 'stmtExpr':
        return this.stmtExprType(expr);
      case 'errorExpr':
        return undefined;
    }
  }
  private stmtExprType(expr: Expr & { kind: 'stmtExpr' }): CType | undefined {
    const mark = this.scopeMark();
    const tags = this.tagMark();
    for (const stmt of expr.body.body) this.checkStmt(stmt);
    const type = expr.result ? this.checkValue(expr.result) : this.basic.void;
    this.leaveScope(mark, tags, expr.span.end);
    return type;
  }

  private literalType(expr: IntLit): IntType {
    const b = this.basic;
    if (expr.char) return b.int;
    const value = expr.value;
    if (expr.suffix === '' && value <= 0x7fff_ffffn) return b.int;
    const decimal = expr.text.charCodeAt(0) !== 48;
    const unsigned = expr.suffix.includes('u');
    const longs = expr.suffix.split('l').length - 1;
    if (longs === 0) {
      if (!unsigned && value <= 0x7fff_ffffn) return b.int;
      if ((unsigned || !decimal) && value <= 0xffff_ffffn) return b.uint;
    }
    if (longs <= 1 && this.abi.wordSize === 8) {
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
  private identType(expr: Ident): CType | undefined {
    const sym = this.resolve(expr);
    if (!sym) return undefined;
    return this.typeOfSymbol(sym, expr);
  }
  /** names reported as undeclared in this body */
  protected readonly undeclared = new Set<string>();
  protected resolve(expr: Ident): Sym | undefined {
    const done = this.tables.symbols.get(expr);
    if (done) return done;
    const sym = this.lookup(expr.name);
    if (!sym) {
      if (this.undeclared.has(expr.name)) return undefined; // one message a body
      this.undeclared.add(expr.name);
      const near = this.nearestName(expr.name);
      const { text, more } = this.didYouMean(near, expr.span);
      return this.error('undeclared', `'${expr.name}' is not declared${text}`, expr.span, more);
    }
    this.used.add(sym);
    this.tables.symbols.set(expr, sym);
    return sym;
  }
  private typeOfSymbol(sym: Sym, expr: Ident): CType | undefined {
    switch (sym.kind) {
      case 'typedef':
        return this.error('unexpected-type', `'${sym.name}' is a type; a value is expected here`, expr.span);
      case 'api':
        if (sym.entry.kind === 'macro') {
          return this.error(
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
  private unaryType(expr: Expr & { kind: 'unary' }): CType | undefined {
    const operand = expr.operand;
    if (expr.op === '&') return this.addressType(operand, expr.span);
    const type = this.checkValue(operand);
    if (!type) return undefined;
    switch (expr.op) {
      case '*':
        if (type.kind !== 'pointer')
          return this.error('not-a-pointer', `'*' needs a pointer, this is ${show(type)}`, operand.span);
        return type.to;
      case '!':
        if (!isScalar(type))
          return this.error('bad-operand', `'!' needs a number or pointer, this is ${show(type)}`, operand.span);
        return this.basic.int;
      case '++':
      case '--':
        return this.stepType(operand, type, expr.op, expr.span);
      default:
        if (!isInteger(type))
          return this.error('bad-operand', `'${expr.op}' needs a number, this is ${show(type)}`, operand.span);
        return this.promoted(operand, type);
    }
  }
  private addressType(operand: Expr, span: Span): CType | undefined {
    const type = this.checkExpr(operand);
    if (!type) return undefined;
    if (type.kind === 'function') return this.pointer(type);
    if (!this.isLvalue(operand)) {
      return this.error(
        'not-an-lvalue',
        "'&' needs something that has a place in memory: a variable, a member, an element",
        span,
      );
    }
    const bits = this.bitFieldOf(operand);
    if (bits !== undefined) return this.error('bad-operand', `a bit-field has no address: '${bits}'`, span);
    this.noteAssigned(operand);
    if (type.kind === 'array' && type.length === null && operand.kind !== 'member') return this.pointer(type);
    return this.pointer(type);
  }
  /** name of the bit-field that `expr` accesses */
  protected bitFieldOf(expr: Expr): string | undefined {
    if (expr.kind !== 'member') return undefined;
    const base = this.tables.types.get(expr.base);
    const record = base?.kind === 'pointer' ? base.to : base?.kind === 'array' ? base.of : base;
    if (!record || !isRecord(record)) return undefined;
    return findField(record, expr.name.text)?.field.bitWidth !== undefined ? expr.name.text : undefined;
  }
  // ---------------------------------------------------------------- ?:, [], ., casts
  private indexType(expr: Expr & { kind: 'index' }): CType | undefined {
    const whole = this.checkExpr(expr.base);
    const index = this.checkValue(expr.index);
    if (!whole || !index) return undefined;
    let base = this.decayed(whole);
    let number = index;
    if (base.kind !== 'pointer' && index.kind === 'pointer') [base, number] = [index, base];
    if (base.kind !== 'pointer')
      return this.error(
        'not-a-pointer',
        `only an array or a pointer can be indexed, this is ${show(base)}`,
        expr.base.span,
      );
    if (!isInteger(number))
      return this.error('bad-operand', `an index is a number, this is ${show(number)}`, expr.index.span);
    if (!this.checkStride(base.to, expr.base.span)) return undefined;
    if (whole.kind === 'array' && whole.length !== null && whole.length > 1 && mayBeConstant(expr.index)) {
      const at = this.constantOf(expr.index);
      if (at !== undefined && (at < 0n || at > BigInt(whole.length))) {
        this.warn(
          'array-bounds',
          `index ${at} is outside of the array, which has ${whole.length} elements`,
          expr.index.span,
        );
      }
    }
    if (base.to.kind === 'void')
      return this.error('void-value', "a 'void *' has no elements; cast it to a type first", expr.base.span);
    return base.to;
  }
  private memberType(expr: Member): CType | undefined {
    const whole = this.checkExpr(expr.base);
    if (!whole || expr.name.text === '') return undefined;
    const base = this.decayed(whole);
    let record: CType = base;
    if (base.kind === 'pointer') {
      record = base.to;
      if (!expr.arrow && isRecord(record)) {
        const operator = { start: expr.base.span.end, end: expr.name.span.start, file: expr.span.file };
        this.error(
          'member-of-pointer',
          `${describe(expr.base)} is a pointer, ${show(base)}; its members are reached with '->'`,
          expr.name.span,
          {
            fix: { title: "change '.' to '->'", edits: [{ span: this.dotSpan(expr, operator), text: '->' }] },
          },
        );
      }
    } else if (expr.arrow && isRecord(base)) {
      const operator = { start: expr.base.span.end, end: expr.name.span.start, file: expr.span.file };
      this.error(
        'member-of-pointer',
        `${describe(expr.base)} is ${show(base)}, not a pointer; its members are reached with '.'`,
        expr.name.span,
        {
          fix: { title: "change '->' to '.'", edits: [{ span: this.dotSpan(expr, operator), text: '.' }] },
        },
      );
    }
    if (!isRecord(record)) {
      return this.error(
        'not-a-struct',
        `${describe(expr.base)} is ${show(base)}: it has no member '${expr.name.text}'`,
        expr.name.span,
      );
    }
    if (!record.fields)
      return this.error(
        'incomplete-type',
        `${show(record)} is not defined in this scenario, so its members are not known`,
        expr.name.span,
      );
    const found = findField(record, expr.name.text);
    if (!found) return this.noMember(record, expr.name.text, expr.name.span);
    const type = found.field.type;
    if (type === ERROR_TYPE) return undefined;
    if (record.const && !type.const) return this.constCopy(type);
    return type;
  }
  private readonly constCopies = new Map<CType, CType>();
  private constCopy(type: CType): CType {
    let copy = this.constCopies.get(type);
    if (!copy)
      this.constCopies.set(
        type,
        (copy = type.kind === 'array' ? { ...type, of: this.constCopy(type.of) } : ({ ...type, const: true } as CType)),
      );
    return isRecord(type) ? type : copy;
  }
  /** the `.` or `->` between a base and a member's name: only blanks stand around it (or a closing parenthesis) */
  private dotSpan(expr: Member, between: Span): Span {
    return {
      start: Math.max(between.start, expr.name.span.start - (expr.arrow ? 2 : 1)),
      end: between.end,
      file: between.file,
    };
  }
  protected noMember(record: RecordType, name: string, span: Span): undefined {
    const near = suggest(name, memberNames(record));
    const { text, more } = this.didYouMean(near, span);
    return this.error('no-member', `${show(record)} has no member named '${name}'${text}`, span, more);
  }
  private castType(expr: Expr & { kind: 'cast' }): CType | undefined {
    const type = this.typeOfSyntax(expr.type);
    const from = this.checkValue(expr.operand);
    if (type === ERROR_TYPE) return undefined;
    if (!from || type.kind === 'void') return unqualified(type);
    if (!isScalar(type)) {
      if (isRecord(type) && isRecord(from) && sameRecord(type, from)) return type;
      return this.error('bad-cast', `a cast to ${show(type)}: only numbers and pointers can be cast`, expr.span);
    }
    if (!isScalar(from)) return this.error('bad-cast', `${show(from)} cannot be cast to ${show(type)}`, expr.span);
    if (this.expansionDepth === 0) {
      if (
        type.kind === 'pointer' &&
        isInteger(from) &&
        from.size !== type.size &&
        this.constantOf(expr.operand) === undefined
      ) {
        this.warn(
          'cast-size',
          `a cast to a pointer (${type.size} bytes) from ${show(from)} (${from.size} bytes); cast to 'unsigned long' first`,
          expr.span,
        );
      }
      if (
        isInteger(type) &&
        !(type.kind === 'int' && type.bool) &&
        from.kind === 'pointer' &&
        type.size !== from.size
      ) {
        this.warn(
          'cast-size',
          `a cast from a pointer (${from.size} bytes) to ${show(type)} (${type.size} bytes); 'unsigned long' holds a pointer`,
          expr.span,
        );
      }
    }
    return unqualified(type);
  }
  private sizeofType(expr: Expr & { kind: 'sizeof' }): CType | undefined {
    const word = expr.alignof ? '_Alignof' : 'sizeof';
    let type: CType | undefined;
    if (isTypeSyntax(expr.of)) type = this.typeOfSyntax(expr.of);
    else if (expr.of.kind === 'typeArg') type = this.typeOfSyntax(expr.of.type);
    else if (expr.of.kind === 'ident' && this.lookup(expr.of.name)?.kind === 'typedef') {
      type = this.lookup(expr.of.name)?.type;
      if (type) this.tables.types.set(expr.of, type);
    } else type = this.checkExpr(expr.of);
    if (!type || type === ERROR_TYPE) return undefined;
    if (type.kind !== 'void' && type.kind !== 'function' && sizeOf(type) === undefined) {
      return this.error('incomplete-type', `${word} of the incomplete type ${show(type)}`, expr.span);
    }
    if (!isTypeSyntax(expr.of) && this.bitFieldOf(expr.of) !== undefined)
      return this.error('bad-operand', `${word} of a bit-field`, expr.span);
    return sizeType(this.abi);
  }
  /** Checks what controls if, while, for, do, expect. */
  protected checkCondition(expr: Expr): void {
    const type = this.checkValue(expr);
    if (type && !isScalar(type)) {
      this.error(
        'bad-operand',
        type.kind === 'void'
          ? 'a condition needs a value; this has none (void)'
          : `a condition is a number or pointer, this is ${show(type)}`,
        expr.span,
      );
    }
  }
  protected setInput(sym: VarSym, input: boolean): void {
    (sym as Mutable<VarSym>).input = input;
  }
}

function* memberNames(record: RecordType): Iterable<string> {
  for (const f of record.fields ?? []) {
    if (f.name !== undefined) yield f.name;
    else if (f.type.kind === 'struct' || f.type.kind === 'union') yield* memberNames(f.type);
  }
}
const describe = (expr: Expr): string =>
  expr.kind === 'ident' ? `'${expr.name}'` : expr.kind === 'member' ? `'${expr.name.text}'` : 'this';

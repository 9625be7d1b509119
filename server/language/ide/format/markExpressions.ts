/** Marks of the tokens in expressions and types: which operator is which, and the braces of initialisers and structures. */
import * as t from '../../syntax/tokens';
import type { Expr, InitList, Name, Stmt, TypeSyntax } from '../../syntax/tree';
import { isTypeSyntax } from '../../syntax/tree';
import * as m from './tokenMarks';

/** Marks statements; passed down, since expressions may hold statements: `({ … })`. */
export type MarkStatements = (marks: m.TokenMarks, body: readonly Stmt[], open: boolean) => void;

export class ExpressionMarks {
  constructor(
    private readonly marks: m.TokenMarks,
    private readonly statements: MarkStatements,
  ) {}

  expr(e: Expr): void {
    const { marks } = this;
    switch (e.kind) {
      case 'binary':
        marks.role(marks.at(e.opSpan.start), m.BINARY);
        this.expr(e.left);
        this.expr(e.right);
        return;
      case 'assign':
      case 'comma':
        this.expr(e.left);
        this.expr(e.right);
        return;
      case 'unary':
        marks.role(marks.at(e.span.start), m.PREFIX);
        this.expr(e.operand);
        return;
      case 'postfix':
        marks.role(marks.at(e.span.end - 2), m.POSTFIX);
        this.expr(e.operand);
        return;
      case 'conditional':
        marks.role(marks.find(t.T_QUESTION, e.test.span.end), m.TERNARY);
        marks.role(marks.find(t.T_COLON, (e.then ?? e.test).span.end + (e.then ? 0 : 1)), m.TERNARY);
        this.expr(e.test);
        if (e.then) this.expr(e.then);
        this.expr(e.else);
        return;
      case 'call':
        marks.role(marks.find(t.T_LPAREN, e.callee.span.end), m.CALL);
        this.expr(e.callee);
        for (const arg of e.args) this.expr(arg);
        return;
      case 'index':
        this.expr(e.base);
        this.expr(e.index);
        return;
      case 'member':
        this.expr(e.base);
        return;
      case 'cast':
        marks.role(marks.find(t.T_RPAREN, e.type.span.end), m.CAST);
        this.type(e.type);
        this.expr(e.operand);
        return;
      case 'compound':
        marks.role(marks.find(t.T_RPAREN, e.type.span.end), m.CAST);
        this.type(e.type);
        this.list(e.init);
        return;
      case 'sizeof':
        if (isTypeSyntax(e.of)) this.type(e.of);
        else this.expr(e.of);
        return;
      case 'typeArg':
        this.type(e.type);
        return;
      case 'association':
        if (e.type) this.type(e.type);
        this.expr(e.value);
        return;
      case 'stmtExpr': {
        const open = marks.braces(e.body.span.start, e.body.span.end, false);
        this.statements(marks, e.body.body, open);
        if (!e.result) return;
        marks.unit(e.result.span.start, 0, open ? m.BREAK : m.FREE);
        this.expr(e.result);
        return;
      }
      case 'errorExpr':
        marks.setWild(e.span.start, e.span.end);
        return;
      default:
        return;
    }
  }
  initialiser(init: Expr | InitList): void {
    if (init.kind === 'initList') this.list(init);
    else this.expr(init);
  }
  private list(list: InitList): void {
    const { marks } = this;
    const open = marks.braces(list.span.start, list.span.end, false);
    const brace = marks.at(list.span.start);
    if (marks.kind(brace - 1) === t.T_ASSIGN && marks.units[brace] === m.NO_UNIT) marks.breaks[brace] = m.JOIN;
    for (const [n, item] of list.items.entries()) {
      const first = marks.unit(item.span.start, 0, open && n === 0 ? m.BREAK : m.FREE);
      for (const d of item.designators) {
        if (d.kind === 'fieldDesignator') continue;
        this.expr(d.index);
        if (d.last) this.expr(d.last);
      }
      if (item.designators.length > 0) {
        marks.role(first, m.DESIGNATOR);
        // `.open   = f` in a column with others
        let assign = first;
        while (marks.kind(assign) !== t.T_ASSIGN && (marks.tokens.start[assign] ?? 0) < item.value.span.start) assign++;
        if (marks.kind(assign) === t.T_ASSIGN) marks.role(assign, m.ALIGNED);
      }
      this.initialiser(item.value);
    }
  }

  type(type: TypeSyntax): void {
    const { marks } = this;
    switch (type.kind) {
      case 'recordType': {
        this.annotations(type.annotations);
        if (!type.fields) return;
        const brace = this.braceOf(type.span.start, type.tag);
        const end = this.closing(brace);
        if (brace >= 0) {
          marks.breaks[brace] = m.JOIN;
          marks.braces(marks.tokens.start[brace] ?? 0, end, true);
        }
        for (const field of type.fields) {
          const first = marks.at(field.span.start);
          const before = marks.kind(first - 1);
          if (before === t.T_LBRACE || before === t.T_SEMI) marks.unit(field.span.start, 0);
          this.type(field.type);
          if (field.name && field.name.span.start > field.span.start)
            marks.role(this.declaratorOf(field.name), m.ALIGNED);
          if (field.bits) {
            marks.role(marks.at(field.bits.span.start) - 1, m.BIT_COLON);
            this.expr(field.bits);
          }
          this.annotations(field.annotations);
        }
        return;
      }
      case 'enumType': {
        this.annotations(type.annotations);
        if (!type.constants) return;
        const brace = this.braceOf(type.span.start, type.tag);
        const open = brace >= 0 && marks.braces(marks.tokens.start[brace] ?? 0, this.closing(brace), false);
        if (brace >= 0) marks.breaks[brace] = m.JOIN;
        for (const [n, { name, value }] of type.constants.entries()) {
          marks.unit(name.span.start, 0, open && n === 0 ? m.BREAK : m.FREE);
          if (!value) continue;
          marks.role(marks.find(t.T_ASSIGN, name.span.end), m.ALIGNED);
          this.expr(value);
        }
        return;
      }
      case 'pointerType':
        this.type(type.to);
        return;
      case 'qualifiedType':
        this.type(type.of);
        return;
      case 'typeofType':
        if (isTypeSyntax(type.of)) this.type(type.of);
        else this.expr(type.of);
        return;
      case 'arrayType':
        this.type(type.of);
        if (type.length) this.expr(type.length);
        return;
      case 'functionType':
        this.type(type.returns);
        for (const param of type.params) this.type(param.type);
        return;
      default:
        return;
    }
  }
  annotations(names: readonly Name[] | undefined): void {
    for (const { alignment } of names ?? []) if (alignment) this.expr(alignment);
  }
  /** The stars in front of a member's name belong to it: their first token; −1 in parentheses, and behind a comma. */
  private declaratorOf(name: Name): number {
    const { marks } = this;
    let i = marks.at(name.span.start);
    while (marks.kind(i - 1) === t.T_STAR) i--;
    return marks.kind(i - 1) === t.T_LPAREN || marks.kind(i - 1) === t.T_COMMA ? -1 : i;
  }
  private braceOf(start: number, tag: Name | undefined): number {
    const { marks } = this;
    let i = marks.at(tag?.span.start ?? start) + 1;
    for (let n = 0; n < 20 && marks.kind(i) !== t.T_LBRACE; n++) i++;
    return marks.kind(i) === t.T_LBRACE ? i : -1;
  }
  /** The offset behind the `}` of a `{`. */
  private closing(brace: number): number {
    const { marks } = this;
    let level = 0;
    for (let i = brace; i >= 0 && i < marks.tokens.count; i++) {
      if (marks.kind(i) === t.T_LBRACE) level++;
      else if (marks.kind(i) === t.T_RBRACE && --level === 0) return marks.tokens.end[i] ?? 0;
    }
    return 0;
  }
}

/**
 * Copies of trees with parts replaced. `mapExpr`, `mapType` and `mapStmt` make a copy of one node whose children went through a TreeMap;
 * the map decides what to replace and calls them for the rest. A copy has the map's span, and a
 * number of its own: it is another node.
 */

import type { NodeIds } from './nodeIds';
import {
  type Block,
  type Contract,
  type Declaration,
  type EnumConstant,
  type Expr,
  type FieldDecl,
  type InitItem,
  type InitList,
  isTypeSyntax,
  type MacroDeclaration,
  type Modifiers,
  type Name,
  type Param,
  type Span,
  type Stmt,
  type TypeSyntax,
} from './tree';

/** How each child is mapped. */
export interface TreeMap {
  readonly span: Span;
  readonly ids: NodeIds;
  expr(e: Expr): Expr;
  /** arguments of a call or macro, or a value in braces: one may become several */
  args(list: readonly Expr[]): readonly Expr[];
  type(t: TypeSyntax): TypeSyntax;
  stmt(s: Stmt): Stmt;
  /** the name of a variable, label, tag or parameter */
  name(n: Name): Name;
  /** the name of a member, after `.` or `->` or in a designator */
  memberName(n: Name): Name;
}

/** A copy of `e` with mapped children. */
export function mapExpr(e: Expr, m: TreeMap): Expr {
  const { span, ids } = m;
  switch (e.kind) {
    case 'int':
      return { kind: 'int', id: ids.next(), value: e.value, suffix: e.suffix, char: e.char, text: e.text, span };
    case 'string':
      return { kind: 'string', id: ids.next(), value: e.value, span };
    case 'ident':
      return { kind: 'ident', id: ids.next(), name: e.name, span };
    case 'errorExpr':
      return { kind: 'errorExpr', span };
    case 'unary':
      return { kind: 'unary', id: ids.next(), op: e.op, operand: m.expr(e.operand), span };
    case 'postfix':
      return { kind: 'postfix', id: ids.next(), op: e.op, operand: m.expr(e.operand), span };
    case 'binary':
      return {
        kind: 'binary',
        id: ids.next(),
        op: e.op,
        left: m.expr(e.left),
        right: m.expr(e.right),
        opSpan: span,
        span,
      };
    case 'assign':
      return { kind: 'assign', id: ids.next(), op: e.op, left: m.expr(e.left), right: m.expr(e.right), span };
    case 'comma':
      return { kind: 'comma', id: ids.next(), left: m.expr(e.left), right: m.expr(e.right), span };
    case 'conditional': {
      const test = m.expr(e.test);
      const then = e.then && m.expr(e.then);
      const otherwise = m.expr(e.else);
      if (!then) return { kind: 'conditional', id: ids.next(), test, else: otherwise, span };
      return { kind: 'conditional', id: ids.next(), test, then, else: otherwise, span };
    }
    case 'call':
      return { kind: 'call', id: ids.next(), callee: m.expr(e.callee), args: m.args(e.args), span };
    case 'index':
      return { kind: 'index', id: ids.next(), base: m.expr(e.base), index: m.expr(e.index), span };
    case 'member':
      return { kind: 'member', id: ids.next(), base: m.expr(e.base), arrow: e.arrow, name: m.memberName(e.name), span };
    case 'cast':
      return { kind: 'cast', id: ids.next(), type: m.type(e.type), operand: m.expr(e.operand), span };
    case 'sizeof':
      return { kind: 'sizeof', id: ids.next(), of: mapExprOrType(e.of, m), alignof: e.alignof, span };
    case 'compound':
      return { kind: 'compound', id: ids.next(), type: m.type(e.type), init: mapInitList(e.init, m), span };
    case 'typeArg':
      return { kind: 'typeArg', type: m.type(e.type), span };
    case 'association':
      return { kind: 'association', ...(e.type ? { type: m.type(e.type) } : undefined), value: m.expr(e.value), span };
    case 'stmtExpr': {
      const body = mapBlock(e.body, m);
      return {
        kind: 'stmtExpr',
        id: ids.next(),
        written: false,
        body,
        ...(e.result ? { result: m.expr(e.result) } : undefined),
        span,
      };
    }
  }
}

/** A copy of `t` with mapped children. */
export function mapType(t: TypeSyntax, m: TreeMap): TypeSyntax {
  const { span } = m;
  switch (t.kind) {
    case 'basicType':
      return { kind: 'basicType', words: t.words, span };
    case 'recordType':
      return {
        kind: 'recordType',
        union: t.union,
        ...(t.tag ? { tag: m.name(t.tag) } : undefined),
        ...(t.fields ? { fields: t.fields.map((f) => mapField(f, m)) } : undefined),
        ...mapAnnotations(t, m),
        span,
      };
    case 'enumType':
      return {
        kind: 'enumType',
        ...(t.tag ? { tag: m.name(t.tag) } : undefined),
        ...(t.constants ? { constants: t.constants.map((c) => mapConstant(c, m)) } : undefined),
        ...mapAnnotations(t, m),
        span,
      };
    case 'pointerType':
      return { kind: 'pointerType', to: m.type(t.to), quals: t.quals, span };
    case 'arrayType':
      return { kind: 'arrayType', of: m.type(t.of), ...(t.length ? { length: m.expr(t.length) } : undefined), span };
    case 'functionType': {
      const params = t.params.map((p) => mapParam(p, m));
      return { kind: 'functionType', returns: m.type(t.returns), params, variadic: t.variadic, span };
    }
    case 'typeofType':
      return { kind: 'typeofType', of: mapExprOrType(t.of, m), span };
    case 'qualifiedType':
      return { kind: 'qualifiedType', of: m.type(t.of), quals: t.quals, span };
  }
}

/** A copy of `s` with mapped children. */
export function mapStmt(s: Stmt, m: TreeMap): Stmt {
  const { span } = m;
  switch (s.kind) {
    case 'empty':
    case 'break':
    case 'continue':
    case 'errorStmt':
      return { kind: s.kind, span };
    case 'block':
      return mapBlock(s, m);
    case 'expr':
      return { kind: 'expr', expr: m.expr(s.expr), span };
    case 'if': {
      const test = m.expr(s.test);
      const then = m.stmt(s.then);
      return { kind: 'if', test, then, ...(s.else ? { else: m.stmt(s.else) } : undefined), span };
    }
    case 'while':
      return { kind: 'while', test: m.expr(s.test), body: m.stmt(s.body), span };
    case 'do':
      return { kind: 'do', body: m.stmt(s.body), test: m.expr(s.test), span };
    case 'for':
      return {
        kind: 'for',
        ...(s.init ? { init: mapForInit(s.init, m) } : undefined),
        ...(s.test ? { test: m.expr(s.test) } : undefined),
        ...(s.update ? { update: m.expr(s.update) } : undefined),
        body: m.stmt(s.body),
        span,
      };
    case 'macroLoop': {
      const call = {
        kind: 'call' as const,
        id: m.ids.next(),
        callee: m.expr(s.call.callee),
        args: m.args(s.call.args),
        span,
      };
      return { kind: 'macroLoop', call, body: m.stmt(s.body), span };
    }
    case 'switch':
      return { kind: 'switch', value: m.expr(s.value), body: m.stmt(s.body), span };
    case 'case':
      return {
        kind: 'case',
        ...(s.value ? { value: m.expr(s.value) } : undefined),
        ...(s.last ? { last: m.expr(s.last) } : undefined),
        span,
      };
    case 'label':
      return { kind: 'label', name: m.name(s.name), span };
    case 'goto':
      return { kind: 'goto', name: m.name(s.name), span };
    case 'return':
      return { kind: 'return', ...(s.value ? { value: m.expr(s.value) } : undefined), span };
    case 'decl':
      return { kind: 'decl', decl: mapDeclaration(s.decl, m), span };
    case 'macroDecl':
      return { kind: 'macroDecl', decl: mapMacroDeclaration(s.decl, m), span };
  }
}

function mapBlock(b: Block, m: TreeMap): Block {
  return { ...b, body: b.body.map((s) => m.stmt(s)), span: m.span };
}
function mapForInit(init: Expr | (Stmt & { kind: 'decl' }), m: TreeMap): Expr | (Stmt & { kind: 'decl' }) {
  return init.kind === 'decl' ? { kind: 'decl', decl: mapDeclaration(init.decl, m), span: m.span } : m.expr(init);
}
function mapDeclaration(d: Declaration, m: TreeMap): Declaration {
  const declarators = d.declarators.map((one) => ({
    kind: 'declarator' as const,
    name: m.name(one.name),
    type: m.type(one.type),
    ...(one.init ? { init: mapInitialiser(one.init, m) } : undefined),
    ...mapAnnotations(one, m),
    span: m.span,
  }));
  return {
    kind: 'declaration',
    modifiers: mapModifiers(d.modifiers, m),
    base: m.type(d.base),
    declarators,
    span: m.span,
  };
}
function mapMacroDeclaration(d: MacroDeclaration, m: TreeMap): MacroDeclaration {
  return {
    kind: 'macroDeclaration',
    modifiers: mapModifiers(d.modifiers, m),
    macro: m.name(d.macro),
    args: m.args(d.args),
    ...(d.init ? { init: mapInitialiser(d.init, m) } : undefined),
    span: m.span,
  };
}
function mapModifiers(modifiers: Modifiers, m: TreeMap): Modifiers {
  const contract = (c: Contract): Contract => ({
    kind: 'contract',
    name: m.name(c.name),
    args: m.args(c.args),
    span: m.span,
  });
  return { names: modifiers.names.map((w) => mapAnnotation(w, m)), contracts: modifiers.contracts.map(contract) };
}
function mapAnnotation(n: Name, m: TreeMap): Name {
  return { ...m.name(n), ...(n.alignment ? { alignment: m.expr(n.alignment) } : undefined) };
}
const mapAnnotations = ({ annotations }: { readonly annotations?: readonly Name[] }, m: TreeMap) =>
  annotations ? { annotations: annotations.map((n) => mapAnnotation(n, m)) } : undefined;
function mapInitialiser(init: Expr | InitList, m: TreeMap): Expr | InitList {
  return init.kind === 'initList' ? mapInitList(init, m) : m.expr(init);
}
function mapInitList(list: InitList, m: TreeMap): InitList {
  const designator = (d: InitItem['designators'][number]): InitItem['designators'][number] =>
    d.kind === 'fieldDesignator'
      ? { kind: 'fieldDesignator', name: m.memberName(d.name) }
      : { kind: 'indexDesignator', index: m.expr(d.index), ...(d.last ? { last: m.expr(d.last) } : undefined) };
  const items = list.items.flatMap(({ designators, value }) => {
    const values = value.kind !== 'initList' && designators.length === 0 ? m.args([value]) : [mapInitialiser(value, m)];
    return values.map((of) => ({
      kind: 'initItem' as const,
      designators: designators.map(designator),
      value: of,
      span: m.span,
    }));
  });
  return { kind: 'initList', items, span: m.span };
}
function mapField(f: FieldDecl, m: TreeMap): FieldDecl {
  return {
    kind: 'field',
    type: m.type(f.type),
    ...(f.name ? { name: m.name(f.name) } : undefined),
    ...(f.bits ? { bits: m.expr(f.bits) } : undefined),
    ...(f.macro ? { macro: mapMacroDeclaration(f.macro, m) } : undefined),
    ...mapAnnotations(f, m),
    span: m.span,
  };
}
function mapConstant(c: EnumConstant, m: TreeMap): EnumConstant {
  const value = c.value ? { value: m.expr(c.value) } : undefined;
  return { kind: 'enumConstant', name: m.name(c.name), ...value, span: m.span };
}
function mapParam(p: Param, m: TreeMap): Param {
  return { kind: 'param', type: m.type(p.type), ...(p.name ? { name: m.name(p.name) } : undefined), span: m.span };
}

const mapExprOrType = (of: Expr | TypeSyntax, m: TreeMap): Expr | TypeSyntax =>
  isTypeSyntax(of) ? m.type(of) : m.expr(of);

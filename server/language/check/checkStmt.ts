/** Statements and local declarations of functions and scenario blocks. */

import { isInteger, promote, unqualified, withQualifiers, wrap } from '../../types/conversions';
import type { CType } from '../../types/ctype';
import { quotedType } from '../../types/ctype';
import type { AskedLayout } from '../../types/recordLayout';
import type {
  Block,
  Declaration,
  Declarator,
  Expr,
  MacroDeclaration,
  Modifiers,
  Span,
  Stmt,
  TypeSyntax,
} from '../syntax/tree';
import type { CheckContext } from './context/checkContext';
import { BodyState, type SwitchScope } from './context/checkContext';
import type { Mutable, Owner } from './context/nameScopes';
import { didYouMean } from './context/nameScopes';
import type { TypedefSym, VarSym } from './context/program';
import { ERROR_TYPE } from './context/tables';
import {
  checkVariableType,
  declareFromBlock,
  declarePerCpu,
  namedType,
  unknownMacroDeclaration,
} from './declareVariables';
import { checkCondition, checkExpr } from './expressions/checkExpr';
import { checkGuard, commonCleanups, guardOf, leave, leaveScope, noteFree, undo } from './expressions/checkGuards';
import { checkInitialiser } from './expressions/checkInit';
import { checkLoopBody, checkMacroLoop, expandDeclaration, macroOf } from './expressions/checkMacros';
import { checkConversion } from './expressions/checkOperators';
import { completes } from './flow';
import { askedFor } from './types/askedLayout';
import { checkValue, declareTag, typeOfSyntax } from './types/checkTypes';
import { constantExpr } from './types/constantExpr';

// ---------------------------------------------------------------- bodies
/** Checks the body of a function (`returns`: its result) or of a scenario block (returns void). */
export function checkBody(
  cx: CheckContext,
  owner: Mutable<Owner>,
  body: Block,
  returns: CType,
  params: readonly VarSym[],
  what: string,
): VarSym[] {
  cx.scopes.owner = owner;
  cx.body = new BodyState(returns);
  const outer = cx.scopes.enterBlock();
  for (const p of params) if (p.span) cx.scopes.declareLocal(p, p.span);
  checkScope(cx, body);
  cx.scopes.leaveBlock(outer, body.span.end);
  checkJumps(cx, what);
  if (returns.kind !== 'void' && returns !== ERROR_TYPE && !body.unclosed && completes(body)) {
    const at = { start: Math.max(body.span.start, body.span.end - 1), end: body.span.end, file: body.span.file };
    cx.problems.warn(
      'missing-return',
      `${what} returns ${quotedType(returns)}, but its end can be reached without a 'return': the caller gets an arbitrary value. Return one there`,
      at,
    );
  }
  for (const v of cx.body.locals) {
    if (v.storage === 'local' && v.span && v.type !== ERROR_TYPE && !cx.part.used.has(v) && !v.name.includes('$')) {
      cx.problems.hint(
        'unused-variable',
        cx.part.assigned.has(v) ? `'${v.name}' is set but never used` : `'${v.name}' is never used`,
        v.span,
      );
    }
  }
  cx.scopes.owner = undefined;
  return cx.body.locals;
}

function checkJumps(cx: CheckContext, what: string): void {
  const { gotos, labels } = cx.body;
  if (gotos.length === 0 && labels.size === 0) return;
  for (const { stmt, name, inside, cleanups, undone } of gotos) {
    const label = labels.get(name.text);
    const common = label ? commonCleanups(cleanups, label.cleanups) : cleanups.length;
    if (common < undone.length) cx.tables.leaving.set(stmt, undone.slice(common).reverse());
    if (!label) {
      const near = [...labels.keys()];
      const { text, more } = didYouMean(near.length === 1 ? near[0] : undefined, name.span);
      cx.problems.error('unknown-label', `there is no label '${name.text}' in ${what}${text}`, name.span, more);
    } else if (label.inside.some((expr, i) => inside[i] !== expr)) {
      cx.problems.error(
        'jump-into-expression',
        `'${name.text}' is inside of a '({ … })', which has not begun`,
        name.span,
        {
          related: [{ span: label.span, message: 'the label' }],
        },
      );
    } else if (common < label.cleanups.length) {
      cx.problems.error(
        'jump-past-guard',
        `'${name.text}' is in the scope of a guard, or of a variable with __free(), that has not begun: what has not been taken would be released at its end`,
        name.span,
        { related: [{ span: label.cleanups[common]?.span ?? label.span, message: 'it begins here' }] },
      );
    }
  }
  const wanted = new Set(gotos.map((g) => g.name.text));
  for (const [label, { span }] of labels)
    if (!wanted.has(label)) cx.problems.hint('unused-label', `nothing jumps to '${label}': remove the label`, span);
}

/** The statements of a block, and what is undone at its end. */
function checkScope(cx: CheckContext, block: Block): void {
  const before = cx.body.cleanups.length;
  for (const stmt of block.body) checkStmt(cx, stmt);
  leaveScope(cx, block, before);
}

// ---------------------------------------------------------------- statements
export function checkStmt(cx: CheckContext, stmt: Stmt): void {
  switch (stmt.kind) {
    case 'block': {
      const outer = cx.scopes.enterBlock();
      checkScope(cx, stmt);
      cx.scopes.leaveBlock(outer, stmt.span.end);
      return;
    }
    case 'expr':
      checkExpressionStatement(cx, stmt);
      return;
    case 'if':
      checkCondition(cx, stmt.test);
      if (stmt.then.kind === 'empty' && !stmt.else && cx.expansion.depth === 0)
        cx.problems.warn(
          'no-effect',
          "this ';' is all that the 'if' governs, and what follows runs in any case: remove it",
          stmt.then.span,
        );
      checkStmt(cx, stmt.then);
      if (stmt.else) checkStmt(cx, stmt.else);
      return;
    case 'while':
      checkCondition(cx, stmt.test);
      checkLoopBody(cx, stmt.body);
      return;
    case 'do':
      checkLoopBody(cx, stmt.body);
      checkCondition(cx, stmt.test);
      return;
    case 'for': {
      const outer = cx.scopes.enterBlock();
      if (stmt.init?.kind === 'decl') checkStmt(cx, stmt.init);
      else if (stmt.init) checkExpr(cx, stmt.init);
      if (stmt.test) checkCondition(cx, stmt.test);
      if (stmt.update) checkExpr(cx, stmt.update);
      checkLoopBody(cx, stmt.body);
      cx.scopes.leaveBlock(outer, stmt.span.end);
      return;
    }
    case 'macroLoop':
      checkMacroLoop(cx, stmt);
      return;
    case 'switch':
      checkSwitch(cx, stmt);
      return;
    case 'case':
      checkCase(cx, stmt);
      return;
    case 'label': {
      const first = cx.body.labels.get(stmt.name.text);
      if (first) {
        cx.problems.error(
          'redefinition',
          `the label '${stmt.name.text}' appears twice in this function`,
          stmt.name.span,
          {
            related: [{ span: first.span, message: 'first here' }],
          },
        );
      } else {
        const { inside, cleanups } = cx.body;
        cx.body.labels.set(stmt.name.text, { span: stmt.name.span, inside, cleanups: cleanups.slice() });
      }
      return;
    }
    case 'goto':
      if (stmt.name.text !== '') {
        const { inside } = cx.body;
        const cleanups = cx.body.cleanups.slice();
        cx.body.gotos.push({ stmt, name: stmt.name, inside, cleanups, undone: undo(cx, cleanups) });
      }
      return;
    case 'break':
      if (cx.body.breakable === 0)
        cx.problems.error('break-outside-loop', "'break' is allowed only in a loop or a 'switch'", stmt.span);
      leave(cx, stmt, cx.body.outside.breaks.at(-1) ?? 0);
      return;
    case 'continue':
      if (cx.body.loopDepth === 0)
        cx.problems.error('break-outside-loop', "'continue' is allowed only in a loop", stmt.span);
      leave(cx, stmt, cx.body.outside.continues.at(-1) ?? 0);
      return;
    case 'return':
      checkReturn(cx, stmt);
      leave(cx, stmt, 0);
      return;
    case 'decl':
      localDeclaration(cx, stmt.decl);
      return;
    case 'macroDecl':
      localMacroDeclaration(cx, stmt.decl);
      return;
    case 'empty':
    case 'errorStmt':
      return;
  }
}

function checkExpressionStatement(cx: CheckContext, stmt: Stmt & { kind: 'expr' }): void {
  const expr = stmt.expr;
  const guard = guardOf(stmt);
  if (guard) {
    checkGuard(cx, stmt, guard);
    return;
  }
  const known = cx.problems.diagnostics.length;
  const type = checkExpr(cx, expr);
  // what is wrong in it is the mistake
  if (cx.problems.diagnostics.length > known) return;
  if (!type || cx.expansion.depth > 0 || type.kind === 'void') return;
  if (
    expr.kind === 'ident' ||
    expr.kind === 'int' ||
    expr.kind === 'string' ||
    expr.kind === 'binary' ||
    expr.kind === 'member' ||
    expr.kind === 'index'
  ) {
    cx.problems.warn(
      'no-effect',
      expr.kind === 'ident' && cx.tables.symbols.get(expr)?.kind === 'function'
        ? `this does not call '${expr.name}': '${expr.name}()' does`
        : 'this statement has no effect: its value is not used. Assign it, or remove the statement',
      stmt.span,
    );
  } else if (expr.kind === 'unary' && expr.op !== '++' && expr.op !== '--') {
    cx.problems.warn(
      'no-effect',
      'this statement has no effect: its value is not used. Assign it, or remove the statement',
      stmt.span,
    );
  }
}

function checkSwitch(cx: CheckContext, stmt: Stmt & { kind: 'switch' }): void {
  let type = checkValue(cx, stmt.value);
  if (type && !isInteger(type)) {
    cx.problems.error('bad-operand', `'switch' needs an integer; this is ${quotedType(type)}`, stmt.value.span);
    type = undefined;
  }
  cx.body.switches.push({ cases: new Map(), inside: cx.body.inside, ranges: [], hasDefault: undefined, type });
  cx.body.breakable++;
  cx.body.outside.breaks.push(cx.body.cleanups.length);
  checkStmt(cx, stmt.body);
  cx.body.outside.breaks.pop();
  cx.body.breakable--;
  cx.body.switches.pop();
}

function checkCase(cx: CheckContext, stmt: Stmt & { kind: 'case' }): void {
  const scope = cx.body.switches.at(-1);
  if (!scope) {
    cx.problems.error(
      'case-outside-switch',
      stmt.value ? "'case' is allowed only in a 'switch'" : "'default' is allowed only in a 'switch'",
      stmt.span,
    );
    if (stmt.value) checkExpr(cx, stmt.value);
    return;
  }
  if (scope.inside !== cx.body.inside)
    cx.problems.error(
      'jump-into-expression',
      `this ${stmt.value ? "'case'" : "'default'"} is inside of a '({ … })', which has not begun`,
      stmt.span,
    );
  if (!stmt.value) {
    if (scope.hasDefault)
      cx.problems.error('duplicate-case', "this 'switch' already has a 'default'", stmt.span, {
        related: [{ span: scope.hasDefault, message: 'first here' }],
      });
    scope.hasDefault = stmt.span;
    return;
  }
  const bound = (e: Expr): bigint | undefined => {
    const value = constantExpr(cx, e, "the value of 'case'");
    return value === undefined || !scope.type ? value : wrap(value, promote(scope.type, cx.abi));
  };
  const from = bound(stmt.value);
  const to = stmt.last ? bound(stmt.last) : from;
  if (from === undefined || to === undefined) return;
  if (to < from) {
    cx.problems.warn('no-effect', `the range ${from} ... ${to} is empty: the smaller value comes first`, stmt.span);
    return;
  }
  const { span } = stmt.value;
  const first = from === to ? (scope.cases.get(from) ?? rangeWith(scope, from, to)) : caseWithin(scope, from, to);
  if (first) {
    const what = from === to ? `'case ${from}' appears twice` : `a value of 'case ${from} ... ${to}' appears twice`;
    cx.problems.error('duplicate-case', `${what} in this 'switch'`, span, {
      related: [{ span: first, message: 'first here' }],
    });
  } else if (from === to) scope.cases.set(from, span);
  else scope.ranges.push({ from, to, span });
}
/** The range, of those before it, with which a range has a value in common. */
const rangeWith = (scope: SwitchScope, from: bigint, to: bigint): Span | undefined =>
  scope.ranges.find((r) => r.from <= to && from <= r.to)?.span;
function caseWithin(scope: SwitchScope, from: bigint, to: bigint): Span | undefined {
  for (const [value, span] of scope.cases) if (value >= from && value <= to) return span;
  return rangeWith(scope, from, to);
}

function checkReturn(cx: CheckContext, stmt: Stmt & { kind: 'return' }): void {
  const returns = cx.body.returns;
  if (!returns) return;
  const isBlock = cx.scopes.owner?.kind === 'context';
  if (!stmt.value) {
    if (returns.kind !== 'void')
      cx.problems.error(
        'missing-return',
        `this 'return' needs a value: '${cx.scopes.owner?.name}' returns ${quotedType(returns)}`,
        stmt.span,
      );
    return;
  }
  const type = checkValue(cx, stmt.value);
  if (!type || returns === ERROR_TYPE) return;
  if (returns.kind === 'void') {
    if (type.kind === 'void') return;
    cx.problems.error(
      'return-value',
      isBlock
        ? `the block '${cx.scopes.owner?.name}' returns nothing: 'return;'`
        : `'${cx.scopes.owner?.name}' returns nothing (void): 'return;'`,
      stmt.value.span,
    );
    return;
  }
  checkConversion(cx, stmt.value, type, returns, 'the value returned by', cx.scopes.owner?.name);
}

// ---------------------------------------------------------------- declarations in blocks
function localDeclaration(cx: CheckContext, decl: Declaration): void {
  if (decl.declarators.length === 0) {
    declareTag(cx, decl.base);
    if (decl.base.kind !== 'recordType' && decl.base.kind !== 'enumType')
      cx.problems.warn('no-effect', 'this declares nothing: a name is missing', decl.span);
    return;
  }
  for (const d of decl.declarators) localDeclarator(cx, d, decl.modifiers, askedFor(cx, decl, d));
}

const isMarked = ({ names }: Modifiers, word: string): boolean => {
  for (const name of names) if (name.text === word) return true;
  return false;
};
function localDeclarator(cx: CheckContext, d: Declarator, modifiers: Modifiers, asked: AskedLayout): void {
  if (isProduct(cx, d, modifiers)) return;
  let type = autoType(cx, d) ?? typeOfSyntax(cx, d.type);
  const { name } = d;
  if (isMarked(modifiers, 'typedef')) {
    const sym: TypedefSym = {
      kind: 'typedef',
      name: name.text,
      type: namedType(type, name.text, asked),
      span: name.span,
    };
    cx.scopes.declareLocal(sym, name.span);
    cx.tables.symbols.set(d, sym);
    cx.tables.symbols.set(name, sym);
    return;
  }
  const isExtern = isMarked(modifiers, 'extern');
  if (type.kind === 'function' || isExtern) {
    if (isExtern && d.init)
      cx.problems.error('bad-initialiser', "'extern' inside a function declares only; it has no initialiser", d.span);
    declareFromBlock(cx, d, type, modifiers);
    return;
  }
  const isStatic = isMarked(modifiers, 'static');
  type = checkVariableType(cx, type, d);
  const sym: Mutable<VarSym> = {
    kind: 'var',
    name: name.text,
    type,
    span: name.span,
    storage: isStatic ? 'global' : 'local',
    id: cx.nextId++,
    align: asked.align,
    init: d.init,
    owner: cx.scopes.owner,
  };
  // a name is in scope in its own initialiser: `struct list_head q = LIST_HEAD_INIT(q);`
  cx.scopes.declareLocal(sym, name.span);
  cx.tables.symbols.set(d, sym);
  cx.tables.symbols.set(name, sym);
  if (isStatic) cx.found.globals.push(sym);
  else cx.body.locals.push(sym);
  for (const w of modifiers.names) if (/unused/.test(w.text)) cx.part.used.add(sym);
  if (d.init) {
    sym.type = checkInitialiser(cx, d.init, type, isStatic);
    cx.part.assigned.add(sym);
  }
  noteFree(cx, modifiers.names, sym, d.span);
  if (sym.type.kind === 'array' && sym.type.length === null) {
    cx.problems.error('incomplete-type', `'${name.text}' has no length; give it one or an initialiser`, d.span);
    sym.type = ERROR_TYPE;
  }
}

/** `a * *b;` of a variable a: it looks like a declaration and is an expression, whose value is not used. */
function isProduct(cx: CheckContext, { type, init, name }: Declarator, modifiers: Modifiers): boolean {
  if (type.kind !== 'pointerType' || init || modifiers.names.length > 0) return false;
  let base: TypeSyntax = type;
  while (base.kind === 'pointerType') base = base.to;
  const word = base.kind === 'basicType' && base.words.length === 1 ? base.words[0] : undefined;
  const left = word === undefined ? undefined : cx.scopes.own(word);
  const right = cx.scopes.own(name.text);
  if (left?.kind !== 'var' || right?.kind !== 'var') return false;
  cx.part.used.add(left);
  cx.part.used.add(right);
  const span = { ...name.span, start: type.span.start };
  cx.problems.warn('no-effect', 'this statement has no effect: it multiplies, and the product is not used', span);
  return true;
}
/** The type of `__auto_type name = value`; undefined where the type is written. */
function autoType(cx: CheckContext, { type, init }: Declarator): CType | undefined {
  const [plain, quals] = type.kind === 'qualifiedType' ? [type.of, type.quals] : [type, []];
  if (plain.kind !== 'basicType' || plain.words[0] !== '__auto_type' || !init || init.kind === 'initList')
    return undefined;
  const value = checkValue(cx, init);
  if (!value) return ERROR_TYPE;
  return withQualifiers(unqualified(value), { const: quals.includes('const'), volatile: quals.includes('volatile') });
}

function localMacroDeclaration(cx: CheckContext, decl: MacroDeclaration): void {
  if (/^(DEFINE|DECLARE)_PER_CPU/.test(decl.macro.text)) {
    declarePerCpu(cx, decl);
    return;
  }
  const declarations = expandDeclaration(cx, decl);
  if (declarations.length === 0) {
    if (macroOf(cx, decl.macro.text) === undefined) unknownMacroDeclaration(cx, decl);
    return;
  }
  cx.expansion.depth++;
  for (const d of declarations) localDeclaration(cx, d);
  cx.expansion.depth--;
}

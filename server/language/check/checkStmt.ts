/** Statements and local declarations of functions and scenario blocks. */

import { isInteger } from '../../types/conversions';
import type { CType } from '../../types/ctype';
import { sizeOf, typeName } from '../../types/ctype';
import type { Block, Declaration, Declarator, MacroDeclaration, Marks, Name, Span, Stmt } from '../syntax/tree';
import { ERROR_TYPE, type Mutable, type Owner } from './checkBase';
import { InitChecker } from './checkInit';
import { completes } from './flow';
import type { ConstSym, FunctionSym, TypedefSym, VarSym } from './program';

const show = (type: CType): string => `'${typeName(type).trim()}'`;
interface SwitchScope {
  readonly cases: Map<bigint, Span>;
  hasDefault: Span | undefined;
  readonly type: CType | undefined;
}

export abstract class StmtChecker extends InitChecker {
  private loopDepth = 0;
  private readonly switches: SwitchScope[] = [];
  private breakable = 0;
  private labels = new Map<string, Span>();
  private gotos: Name[] = [];
  private returns: CType | undefined;
  private scope = 0;

  // ---------------------------------------------------------------- bodies
  /** Checks the body of a function (`returns`: its result) or of a scenario block (returns void). */
  protected checkBody(
    owner: Mutable<Owner>,
    body: Block,
    returns: CType,
    params: readonly VarSym[],
    what: string,
  ): VarSym[] {
    this.owner = owner;
    this.ownerLocals = [];
    this.labels = new Map();
    this.gotos = [];
    this.returns = returns;
    this.undeclared.clear();
    this.loopDepth = 0;
    this.breakable = 0;
    this.switches.length = 0;
    const mark = this.scopeMark();
    const tags = this.tagMark();
    this.scope = mark;
    for (const p of params) if (p.span) this.declareLocal(p, p.span, mark);
    this.checkBlockBody(body);
    this.leaveScope(mark, tags, body.span.end);
    for (const name of this.gotos) {
      if (!this.labels.has(name.text)) {
        const near = [...this.labels.keys()];
        const { text, more } = this.didYouMean(near.length === 1 ? near[0] : undefined, name.span);
        this.error('unknown-label', `there is no label '${name.text}' in ${what}${text}`, name.span, more);
      }
    }
    const wanted = new Set(this.gotos.map((g) => g.text));
    for (const [label, span] of this.labels)
      if (!wanted.has(label)) this.hint('unused-label', `nothing jumps to '${label}'`, span);
    if (returns.kind !== 'void' && returns !== ERROR_TYPE && completes(body)) {
      const at = { start: Math.max(body.span.start, body.span.end - 1), end: body.span.end, file: body.span.file };
      this.warn(
        'missing-return',
        `${what} returns ${show(returns)}, but its end can be reached without a 'return'`,
        at,
      );
    }
    for (const v of this.ownerLocals) {
      if (v.storage === 'local' && v.span && v.type !== ERROR_TYPE && !this.used.has(v) && !v.name.includes('$')) {
        this.hint(
          'unused-variable',
          this.assigned.has(v) ? `'${v.name}' is set but never used` : `'${v.name}' is never used`,
          v.span,
        );
      }
    }
    this.owner = undefined;
    return this.ownerLocals;
  }
  private checkBlockBody(block: Block): void {
    for (const stmt of block.body) this.checkStmt(stmt);
  }
  private block(block: Block): void {
    const mark = this.scopeMark();
    const tags = this.tagMark();
    const outer = this.scope;
    this.scope = mark;
    this.checkBlockBody(block);
    this.leaveScope(mark, tags, block.span.end);
    this.scope = outer;
  }

  // ---------------------------------------------------------------- statements
  protected checkStmt(stmt: Stmt): void {
    switch (stmt.kind) {
      case 'block':
        this.block(stmt);
        return;
      case 'expr':
        this.checkExpressionStatement(stmt);
        return;
      case 'if':
        this.checkCondition(stmt.test);
        this.checkStmt(stmt.then);
        if (stmt.else) this.checkStmt(stmt.else);
        return;
      case 'while':
        this.checkCondition(stmt.test);
        this.checkLoopBody(stmt.body);
        return;
      case 'do':
        this.checkLoopBody(stmt.body);
        this.checkCondition(stmt.test);
        return;
      case 'for': {
        const mark = this.scopeMark();
        const tags = this.tagMark();
        const outer = this.scope;
        this.scope = mark;
        if (stmt.init) {
          if (stmt.init.kind === 'decl') this.checkStmt(stmt.init);
          else this.checkExpr(stmt.init);
        }
        if (stmt.test) this.checkCondition(stmt.test);
        if (stmt.update) this.checkExpr(stmt.update);
        this.checkLoopBody(stmt.body);
        this.leaveScope(mark, tags, stmt.span.end);
        this.scope = outer;
        return;
      }
      case 'macroLoop':
        this.checkMacroLoop(stmt);
        return;
      case 'switch':
        this.checkSwitch(stmt);
        return;
      case 'case':
        this.checkCase(stmt);
        return;
      case 'label': {
        const first = this.labels.get(stmt.name.text);
        if (first) {
          this.error('redefinition', `the label '${stmt.name.text}' appears twice in this function`, stmt.name.span, {
            related: [{ span: first, message: 'first here' }],
          });
        } else this.labels.set(stmt.name.text, stmt.name.span);
        return;
      }
      case 'goto':
        if (stmt.name.text !== '') this.gotos.push(stmt.name);
        return;
      case 'break':
        if (this.breakable === 0)
          this.error('break-outside-loop', "'break' stands in a loop or a 'switch' only", stmt.span);
        return;
      case 'continue':
        if (this.loopDepth === 0) this.error('break-outside-loop', "'continue' stands in a loop only", stmt.span);
        return;
      case 'return':
        this.checkReturn(stmt);
        return;
      case 'decl':
        this.localDeclaration(stmt.decl);
        return;
      case 'macroDecl':
        this.localMacroDeclaration(stmt.decl);
        return;
      case 'empty':
      case 'errorStmt':
        return;
    }
  }
  private checkExpressionStatement(stmt: Stmt & { kind: 'expr' }): void {
    const expr = stmt.expr;
    const type = this.checkExpr(expr);
    if (!type || this.expansionDepth > 0 || type.kind === 'void') return;
    if (
      expr.kind === 'ident' ||
      expr.kind === 'int' ||
      expr.kind === 'string' ||
      expr.kind === 'binary' ||
      expr.kind === 'member' ||
      expr.kind === 'index'
    ) {
      this.warn(
        'no-effect',
        expr.kind === 'ident' && this.tables.symbols.get(expr)?.kind === 'function'
          ? `this does not call '${expr.name}': '${expr.name}()' does`
          : 'this statement has no effect',
        stmt.span,
      );
    } else if (expr.kind === 'unary' && expr.op !== '++' && expr.op !== '--') {
      this.warn('no-effect', 'this statement has no effect', stmt.span);
    }
  }
  protected checkLoopBody(body: Stmt): void {
    this.loopDepth++;
    this.breakable++;
    this.checkStmt(body);
    this.loopDepth--;
    this.breakable--;
  }
  private checkSwitch(stmt: Stmt & { kind: 'switch' }): void {
    let type = this.checkValue(stmt.value);
    if (type && !isInteger(type)) {
      this.error('bad-operand', `'switch' needs an integer, this is ${show(type)}`, stmt.value.span);
      type = undefined;
    }
    this.switches.push({ cases: new Map(), hasDefault: undefined, type });
    this.breakable++;
    this.checkStmt(stmt.body);
    this.breakable--;
    this.switches.pop();
  }
  private checkCase(stmt: Stmt & { kind: 'case' }): void {
    const scope = this.switches.at(-1);
    if (!scope) {
      this.error(
        'case-outside-switch',
        stmt.value ? "'case' stands in a 'switch' only" : "'default' stands in a 'switch' only",
        stmt.span,
      );
      if (stmt.value) this.checkExpr(stmt.value);
      return;
    }
    if (!stmt.value) {
      if (scope.hasDefault)
        this.error('duplicate-case', "this 'switch' already has a 'default'", stmt.span, {
          related: [{ span: scope.hasDefault, message: 'first here' }],
        });
      scope.hasDefault = stmt.span;
      return;
    }
    const value = this.constantExpr(stmt.value, "the value of 'case'");
    const last = stmt.last ? this.constantExpr(stmt.last, "the value of 'case'") : value;
    if (value === undefined || last === undefined) return;
    if (last < value) this.warn('no-effect', `the range ${value} ... ${last} is empty`, stmt.span);
    const first = scope.cases.get(value);
    if (first)
      this.error('duplicate-case', `'case ${value}' appears twice in this 'switch'`, stmt.value.span, {
        related: [{ span: first, message: 'first here' }],
      });
    else scope.cases.set(value, stmt.value.span);
  }
  private checkReturn(stmt: Stmt & { kind: 'return' }): void {
    const returns = this.returns;
    if (!returns) return;
    const isBlock = this.owner?.kind === 'context';
    if (!stmt.value) {
      if (returns.kind !== 'void')
        this.error(
          'missing-return',
          `this 'return' needs a value: '${this.owner?.name}' returns ${show(returns)}`,
          stmt.span,
        );
      return;
    }
    const type = this.checkValue(stmt.value);
    if (!type || returns === ERROR_TYPE) return;
    if (returns.kind === 'void') {
      if (type.kind === 'void') return;
      this.error(
        'return-value',
        isBlock
          ? `the block '${this.owner?.name}' returns nothing: 'return;'`
          : `'${this.owner?.name}' returns nothing (void): 'return;'`,
        stmt.value.span,
      );
      return;
    }
    this.checkConversion(stmt.value, type, returns, `the value returned by '${this.owner?.name}'`);
  }

  // ---------------------------------------------------------------- declarations in blocks
  protected localDeclaration(decl: Declaration): void {
    const words = new Set(decl.marks.words.map((w) => w.text));
    if (decl.declarators.length === 0) {
      this.typeOfSyntax(decl.base);
      if (decl.base.kind !== 'recordType' && decl.base.kind !== 'enumType')
        this.warn('no-effect', 'this declares nothing', decl.span);
      return;
    }
    for (const d of decl.declarators) this.localDeclarator(d, decl.marks, words);
  }
  private localDeclarator(d: Declarator, marks: Marks, words: ReadonlySet<string>): void {
    let type = this.typeOfSyntax(d.type);
    const { name } = d;
    if (words.has('typedef')) {
      const sym: TypedefSym = { kind: 'typedef', name: name.text, type: namedType(type, name.text), span: name.span };
      this.declareLocal(sym, name.span, this.scope);
      this.tables.symbols.set(d, sym);
      this.tables.symbols.set(name, sym);
      return;
    }
    if (type.kind === 'function' || words.has('extern')) {
      if (words.has('extern') && d.init)
        this.error('bad-initialiser', "'extern' inside a function declares only; it has no initialiser", d.span);
      this.declareFromBlock(d, type, marks);
      return;
    }
    const isStatic = words.has('static');
    type = this.checkVariableType(type, d, isStatic);
    const sym: Mutable<VarSym> = {
      kind: 'var',
      name: name.text,
      type,
      span: name.span,
      storage: isStatic ? 'global' : 'local',
      id: this.nextId++,
      ...(d.init ? { init: d.init } : undefined),
      ...(this.owner ? { owner: this.owner as Owner } : undefined),
    };
    // a name is in scope in its own initialiser: `struct list_head q = LIST_HEAD_INIT(q);`
    this.declareLocal(sym, name.span, this.scope);
    this.tables.symbols.set(d, sym);
    this.tables.symbols.set(name, sym);
    if (isStatic) this.globalVars.push(sym);
    else this.ownerLocals.push(sym);
    for (const w of marks.words) if (/unused/.test(w.text)) this.used.add(sym);
    if (d.init) {
      sym.type = this.checkInitialiser(d.init, type, isStatic, d.span);
      this.assigned.add(sym);
    }
    if (sym.type.kind === 'array' && sym.type.length === null) {
      this.error('incomplete-type', `'${name.text}' has no length; give it one or an initialiser`, d.span);
      sym.type = ERROR_TYPE;
    }
  }
  /** Reports types no variable can have. */
  protected checkVariableType(
    type: CType,
    d: { readonly name: Name; readonly init?: unknown; readonly span: Span },
    allowIncompleteArray: boolean,
  ): CType {
    if (type === ERROR_TYPE) return type;
    if (type.kind === 'void') {
      this.error('bad-type', `'${d.name.text}' cannot be of type void; a pointer, 'void *', is meant`, d.name.span);
      return ERROR_TYPE;
    }
    if (type.kind === 'array' && type.length === null && (d.init !== undefined || allowIncompleteArray)) return type;
    if (type.kind === 'array' && type.length === null) return type;
    if (sizeOf(type) === undefined) {
      this.error(
        'incomplete-type',
        `'${d.name.text}' has the type ${show(type)}, which is not defined in this scenario`,
        d.name.span,
      );
      return ERROR_TYPE;
    }
    return type;
  }
  /** `extern int x;` or a prototype inside a function */
  protected abstract declareFromBlock(d: Declarator, type: CType, marks: Marks): void;
  protected abstract declarePerCpu(decl: MacroDeclaration): VarSym | undefined;

  private localMacroDeclaration(decl: MacroDeclaration): void {
    if (/^(DEFINE|DECLARE)_PER_CPU/.test(decl.macro.text)) {
      this.declarePerCpu(decl);
      return;
    }
    const declarations = this.expandDeclaration(decl);
    if (declarations.length === 0) {
      if (this.macroOf(decl.macro.text) === undefined) this.unknownMacroDeclaration(decl);
      return;
    }
    this.expansionDepth++;
    for (const d of declarations) this.localDeclaration(d);
    this.expansionDepth--;
  }
  protected unknownMacroDeclaration(decl: MacroDeclaration): void {
    const sym = this.lookup(decl.macro.text);
    if (sym) {
      if (sym.kind === 'api' && sym.entry.kind === 'macro') return; // known to the linter only
      this.error(
        'unexpected-token',
        `'${decl.macro.text}(…)' is a call; calls stand inside functions and blocks`,
        decl.span,
      );
      return;
    }
    const near = this.nearestName(decl.macro.text, (s) => s.kind === 'api' && s.entry.kind === 'macro');
    const { text, more } = this.didYouMean(near, decl.macro.span);
    this.error('unknown-macro', `'${decl.macro.text}' is not a macro that kmem knows${text}`, decl.macro.span, more);
  }
  protected declareConstant(sym: ConstSym, name: Name): void {
    this.tables.symbols.set(name, sym);
    if (this.owner) this.declareLocal(sym, name.span, this.scope);
    else this.declareGlobal(sym, name);
  }
  protected abstract declareGlobal(sym: ConstSym | TypedefSym | VarSym | FunctionSym, name: Name): boolean;
}

/** The type a typedef names, showing that name. A tagged record stays the record it is. */
export function namedType(type: CType, name: string): CType {
  if (type === ERROR_TYPE) return type;
  if (type.kind === 'struct' || type.kind === 'union') {
    // an anonymous struct is known by this name from now on
    if (type.tag === undefined) (type as { typedef?: string }).typedef ??= name;
    return type;
  }
  if (type.kind === 'enum' && type.tag !== undefined) return type;
  return { ...type, typedef: name };
}

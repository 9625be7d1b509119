/** Statements to instructions; what stands in their expressions is hoist.ts's. */

import type { VarSym } from '../../language/check/program';
import type { Block, Declaration, Expr, Span, Stmt, SwitchStmt } from '../../language/syntax/tree';
import { decay, promote } from '../../types/conversions';
import { type CType, sizeOf } from '../../types/ctype';
import { CompileError, OP_RETURN, OP_SWITCH, type ParamSlot } from '../program/code';
import { convert, small, type Value } from '../values/value';
import { Hoister } from './hoist';
import { Initialiser } from './init';

/** Lowers the body of one function or scenario block. */
export class Lowerer extends Hoister {
  private readonly breaks: number[][] = [];
  private readonly continues: number[][] = [];
  private readonly labels = new Map<string, number>();
  private readonly gotos: { at: number; label: string; span: Span }[] = [];
  private cases: { map: Map<Value, number>; type: CType; fallback: number }[] = [];

  /** The whole function. */
  lower(params: readonly VarSym[], body: Block): void {
    const { fn, builder } = this;
    fn.entry = builder.here;
    fn.params = params.map((p): ParamSlot => {
      const slot = this.slotOf(p);
      const record = this.exprs.isRecord(p.type);
      return {
        offset: slot.kind === 'frame' ? slot.offset : 0,
        type: p.type,
        shape: record ? undefined : this.exprs.shape(decay(p.type, this.exprs.abi)),
        size: sizeOf(p.type) ?? 0,
      };
    });
    this.block(body);
    this.emit(OP_RETURN, undefined);
    for (const { at, label, span } of this.gotos) {
      const target = this.labels.get(label);
      if (target === undefined) throw new CompileError('unknown-label', `there is no label '${label}'`, span);
      this.instr(at).target = target;
    }
    fn.end = builder.here;
    const word = this.exprs.abi.wordSize;
    fn.frameSize = Math.ceil((this.frameBytes + 2 * word) / 8) * 8;
  }

  /** A place to stop at. */
  private statement(span: Span): void {
    if (this.quiet > 0) return;
    this.builder.statement(span, this.owner, this.fn);
  }
  // ---------------------------------------------------------------- statements
  stmt(stmt: Stmt): void {
    switch (stmt.kind) {
      case 'block':
        this.block(stmt);
        return;
      case 'expr':
        this.statement(stmt.span);
        this.expression(stmt.expr);
        return;
      case 'decl':
        this.declaration(stmt.decl);
        return;
      case 'macroDecl': {
        const decl = this.builder.program.expansionOfDeclaration(stmt.decl);
        if (decl) this.declaration(decl);
        return;
      }
      case 'if': {
        this.statement(stmt.test.span);
        const otherwise = this.branch(stmt.test);
        this.stmt(stmt.then);
        if (!stmt.else) {
          otherwise.target = this.here;
          return;
        }
        const end = this.jump(stmt.span);
        otherwise.target = this.here;
        this.stmt(stmt.else);
        end.target = this.here;
        return;
      }
      case 'while': {
        const top = this.here;
        this.loopHead(stmt.test.span);
        const out = this.branch(stmt.test);
        const { breaks, continues } = this.loop(stmt.body);
        for (const c of continues) this.instr(c).target = top;
        this.jump(stmt.test.span).target = top;
        out.target = this.here;
        for (const b of breaks) this.instr(b).target = this.here;
        return;
      }
      case 'do': {
        const top = this.here;
        const { breaks, continues } = this.loop(stmt.body);
        for (const c of continues) this.instr(c).target = this.here;
        this.loopHead(stmt.test.span);
        const out = this.branch(stmt.test);
        this.jump(stmt.test.span).target = top;
        out.target = this.here;
        for (const b of breaks) this.instr(b).target = this.here;
        return;
      }
      case 'for':
        this.forLoop(stmt);
        return;
      case 'macroLoop': {
        const expansion = this.builder.program.expansionOfLoop(stmt);
        if (!expansion) throw new CompileError('not-executable', 'this loop can not be run', stmt.span);
        this.stmt(expansion);
        return;
      }
      case 'switch':
        this.switch(stmt);
        return;
      case 'case':
        this.caseLabel(stmt);
        return;
      case 'label':
        this.labels.set(stmt.name.text, this.here);
        return;
      case 'goto':
        this.statement(stmt.span);
        this.gotos.push({ at: this.here, label: stmt.name.text, span: stmt.span });
        this.jump(stmt.span);
        return;
      case 'break':
        this.statement(stmt.span);
        this.breaks.at(-1)?.push(this.here);
        this.jump(stmt.span);
        return;
      case 'continue':
        this.statement(stmt.span);
        this.continues.at(-1)?.push(this.here);
        this.jump(stmt.span);
        return;
      case 'return':
        this.statement(stmt.span);
        this.returns(stmt.value, stmt.span);
        return;
      case 'empty':
        return;
      case 'errorStmt':
        throw new CompileError('syntax', 'this can not be run', stmt.span);
    }
  }
  /** The head of a loop is a place to stop at, even in a macro: a loop must not run for ever inside one step. */
  private loopHead(span: Span): void {
    this.builder.statement(span, this.owner, this.fn);
  }
  private loop(body: Stmt): { breaks: number[]; continues: number[] } {
    const breaks: number[] = [];
    const continues: number[] = [];
    this.breaks.push(breaks);
    this.continues.push(continues);
    this.stmt(body);
    this.breaks.pop();
    this.continues.pop();
    return { breaks, continues };
  }
  private forLoop(stmt: Stmt & { kind: 'for' }): void {
    const head = { ...stmt.span, end: Math.max(stmt.span.start + 3, Math.min(stmt.body.span.start, stmt.span.end)) };
    const { init, test, update } = stmt;
    if (init?.kind === 'decl') {
      this.statement(init.span);
      this.quietly(() => this.declaration(init.decl));
    } else if (init) {
      this.statement(init.span);
      this.expression(init);
    } else this.statement(test?.span ?? head);
    const out = test ? this.branch(test) : undefined;
    const top = this.here;
    const { breaks, continues } = this.loop(stmt.body);
    for (const c of continues) this.instr(c).target = this.here;
    this.loopHead(update?.span ?? test?.span ?? head);
    if (update) this.expression(update);
    const again = test ? this.branch(test) : undefined;
    this.jump(stmt.span).target = top;
    if (out) out.target = this.here;
    if (again) again.target = this.here;
    for (const b of breaks) this.instr(b).target = this.here;
  }
  private switch(stmt: SwitchStmt): void {
    this.statement(stmt.value.span);
    this.hoist(stmt.value);
    const type = promote(this.exprs.valueType(stmt.value), this.exprs.abi);
    const i = this.emit(OP_SWITCH, stmt.value.span);
    i.value = this.exprs.as(stmt.value, this.exprs.shape(type));
    const scope = { map: new Map<Value, number>(), type, fallback: -1 };
    i.cases = scope.map;
    this.cases.push(scope);
    const breaks: number[] = [];
    this.breaks.push(breaks);
    this.stmt(stmt.body);
    this.breaks.pop();
    this.cases.pop();
    i.target = scope.fallback >= 0 ? scope.fallback : this.here;
    for (const b of breaks) this.instr(b).target = this.here;
  }
  private caseLabel(stmt: Stmt & { kind: 'case' }): void {
    const scope = this.cases.at(-1);
    if (!scope) return;
    if (!stmt.value) {
      scope.fallback = this.here;
      return;
    }
    const { tables } = this.exprs;
    const first = tables.constantOf(stmt.value) ?? 0n;
    const last = stmt.last ? (tables.constantOf(stmt.last) ?? first) : first;
    if (last - first > 0x10000n)
      throw new CompileError('not-executable', `a range of ${last - first + 1n} cases is too long`, stmt.span);
    const shape = this.exprs.shape(scope.type);
    for (let v = first; v <= last; v++) scope.map.set(convert(small(v), shape), this.here);
  }
  private returns(value: Expr | undefined, span: Span): void {
    if (value) this.hoist(value);
    const i = this.emit(OP_RETURN, span);
    const type = this.fn.returns;
    if (!value) return;
    if (type.kind === 'void') this.instr(this.here - 1).run = this.exprs.effect(value);
    else if (this.exprs.isRecord(type)) {
      i.resultAddress = this.exprs.access.address(this.exprs.place(value));
      i.resultSize = sizeOf(type) ?? 0;
    } else i.value = this.exprs.asType(value, type);
  }
  private declaration(decl: Declaration): void {
    for (const d of decl.declarators) {
      const sym = this.exprs.tables.symbolOf(d.name) ?? this.builder.program.symbolOf(d);
      if (sym?.kind !== 'var' || sym.storage === 'global') continue;
      const place = this.slotOf(sym);
      if (!d.init) continue;
      this.statement(d.span);
      this.hoistInit(d.init);
      this.evaluate(new Initialiser(this.exprs).variable(place, sym.type, d.init), d.span);
    }
  }
}

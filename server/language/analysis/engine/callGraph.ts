/**
 * One pass over the whole program before any rule: which body calls which, what each may change, which functions are passed to the kernel
 * as callbacks and where they run, and which globals never change. Bodies without anything relevant to a rule are skipped from then on.
 */

import type { Registers } from '../../catalogue/entry';
import type { ContextSym, FunctionSym, Program, VarSym } from '../../check/context/program';
import type { Block, Expr, InitList, Span } from '../../syntax/tree';
import type { Constants } from './exprValue';
import { apiFacts } from './flow/apiFacts';
import type { CallEffects, CallTarget } from './flow/cfg';
import { type VisitExpr, walkBlock, walkExpr } from './flow/evaluationOrder';
import type { Value } from './values/knownBits';
import { exactly, ofConstant, pointsTo } from './values/knownBits';
import type { PathId, VarPaths } from './values/varPaths';

/** A body with what it does directly and, after `close()`, through its calls. */
export interface Body {
  readonly sym: FunctionSym | ContextSym;
  readonly block: Block;
  readonly callees: Set<FunctionSym>;
  /** globals it may assign, and the names of fields it may assign through any path */
  readonly assigns: Set<VarSym>;
  readonly assignsFields: Set<string>;
  /** paths of globals that decide branches in it or are returned */
  readonly asks: Set<PathId>;
  /** calls something that is relevant to a rule */
  matters: boolean;
  /** calls through a pointer */
  callsPointers: boolean;
}
/** A function passed to the kernel: it runs in `context`, because of the call at `span`. */
interface Callback {
  readonly sym: FunctionSym;
  readonly context: Registers['context'];
  readonly span: Span;
  readonly by: string;
}

const strip = (e: Expr): Expr => {
  while (e.kind === 'cast' || (e.kind === 'unary' && e.op === '&')) e = e.operand;
  return e;
};

export class CallGraph implements Constants, CallEffects {
  readonly bodies = new Map<FunctionSym | ContextSym, Body>();
  readonly callbacks: Callback[] = [];
  readonly called = new Set<FunctionSym>();
  readonly hasNmi: boolean;
  private readonly assigned = new Set<VarSym>();
  private readonly assignedFields = new Set<string>();
  private readonly handedOut = new Set<VarSym>();

  constructor(
    private readonly program: Program,
    private readonly paths: VarPaths,
  ) {
    this.hasNmi = program.contexts.some((c) => c.word === 'nmi');
    for (const context of program.contexts) this.collect(context, this.hasNmi);
    for (const fn of program.functions) this.collect(fn, this.hasNmi);
    this.declarations();
    this.close();
  }

  private collect(sym: FunctionSym | ContextSym, everything: boolean): void {
    const block = sym.def.body;
    if (!block) return;
    const body: Body = {
      sym,
      block,
      callees: new Set(),
      assigns: new Set(),
      assignsFields: new Set(),
      asks: new Set(),
      matters: everything,
      callsPointers: false,
    };
    this.bodies.set(sym, body);
    walkBlock(this.program, block, (e, asked) => this.record(body, e, asked));
  }
  private record(body: Body, e: Expr, asked: boolean): void {
    switch (e.kind) {
      case 'call':
        this.call(body, e.callee, e.args, e.span);
        return;
      case 'assign':
        this.assignment(body, e.left);
        return;
      case 'postfix':
        this.assignment(body, e.operand);
        return;
      case 'unary':
        if (e.op === '++' || e.op === '--') this.assignment(body, e.operand);
        if (e.op === '&') {
          const variable = this.rootOf(e.operand);
          if (variable) this.handedOut.add(variable);
        }
        return;
      case 'ident':
      case 'member':
        if (asked) {
          const path = this.paths.ofExpr(e);
          if (path !== undefined && this.paths.get(path).variable?.storage === 'global') body.asks.add(path);
        }
        return;
      default:
        return;
    }
  }
  private rootOf(e: Expr): VarSym | undefined {
    for (;;) {
      if (e.kind === 'member' && !e.arrow) e = e.base;
      else if (e.kind === 'index') e = e.base;
      else if (e.kind === 'cast') e = e.operand;
      else break;
    }
    const sym = e.kind === 'ident' ? this.program.symbolOf(e) : undefined;
    return sym?.kind === 'var' ? sym : undefined;
  }
  private assignment(body: Body, left: Expr): void {
    if (left.kind === 'member') {
      body.assignsFields.add(left.name.text);
      this.assignedFields.add(left.name.text);
    }
    const variable = this.rootOf(left);
    if (variable?.storage === 'global') {
      body.assigns.add(variable);
      if (left.kind === 'ident') this.assigned.add(variable);
    }
  }
  private call(body: Body, callee: Expr, args: readonly Expr[], span: Span): void {
    const sym = callee.kind === 'ident' ? this.program.symbolOf(callee) : undefined;
    if (sym?.kind === 'function') {
      body.callees.add(sym);
      this.called.add(sym);
      return;
    }
    if (sym?.kind === 'api') {
      const facts = apiFacts(sym.entry);
      if (facts.matters) body.matters = true;
      this.registers(sym.name, sym.entry.registers, args, span);
      return;
    }
    if (sym?.kind !== 'context') body.callsPointers = body.matters = true;
  }
  private registers(by: string, list: readonly Registers[] | undefined, args: readonly Expr[], span: Span): void {
    for (const { arg, context } of list ?? []) {
      const given = args[arg];
      const named = given && strip(given);
      const sym = named?.kind === 'ident' ? this.program.symbolOf(named) : undefined;
      if (sym?.kind === 'function' && !this.callbacks.some((c) => c.sym === sym && c.context === context)) {
        this.callbacks.push({ sym, context, span, by });
      }
    }
  }
  /** `static DECLARE_WORK(w, fn);`, and addresses in initialisers of globals. */
  private declarations(): void {
    for (const { tree } of this.program.files) {
      for (const item of tree.items) {
        if (item.kind !== 'macroDeclaration') continue;
        const sym = this.program.lookup(item.macro.text);
        if (sym?.kind === 'api') this.registers(sym.name, sym.entry.registers, item.args, item.span);
      }
    }
    const visit: VisitExpr = (e) => {
      if (e.kind !== 'unary' || e.op !== '&') return;
      const variable = this.rootOf(e.operand);
      if (variable) this.handedOut.add(variable);
    };
    const list = (init: InitList): void => {
      for (const item of init.items) {
        if (item.value.kind === 'initList') list(item.value);
        else walkExpr(this.program, item.value, visit, false);
      }
    };
    for (const { init } of this.program.globals) {
      if (init?.kind === 'initList') list(init);
      else if (init) walkExpr(this.program, init, visit, false);
    }
  }
  /** Propagates the effects of bodies to their callers. */
  private close(): void {
    const callers = new Map<Body, Body[]>();
    for (const body of this.bodies.values()) {
      for (const callee of body.callees) {
        const to = this.bodies.get(callee);
        if (!to) {
          if (callee.def.modifiers.contracts.length > 0) body.matters = true;
          continue;
        }
        if (callee.def.modifiers.contracts.length > 0) body.matters = true;
        const list = callers.get(to);
        if (list) list.push(body);
        else callers.set(to, [body]);
      }
    }
    const work = [...this.bodies.values()];
    for (let body = work.pop(); body; body = work.pop()) {
      for (const caller of callers.get(body) ?? []) {
        const before = sizeOf(caller);
        for (const v of body.assigns) caller.assigns.add(v);
        for (const f of body.assignsFields) caller.assignsFields.add(f);
        for (const p of body.asks) caller.asks.add(p);
        if (body.matters) caller.matters = true;
        if (body.callsPointers) caller.callsPointers = true;
        if (sizeOf(caller) !== before) work.push(caller);
      }
    }
  }

  asked(target: CallTarget): readonly PathId[] {
    const body = target.kind === 'function' ? this.bodies.get(target.sym) : undefined;
    return body?.matters ? [...body.asks] : [];
  }
  matters(sym: FunctionSym): boolean {
    return this.bodies.get(sym)?.matters ?? true;
  }
  /** Initial value of a global that nothing changes; undefined: an input, or assigned somewhere. */
  valueOf(variable: VarSym, members: string): Value | undefined {
    if (variable.input || this.assigned.has(variable)) return undefined;
    if (members === '') {
      if (this.handedOut.has(variable)) return undefined;
      const init = variable.init;
      if (!init) return isScalar(variable) ? exactly(0) : undefined;
      return init.kind === 'initList' ? undefined : this.constant(init);
    }
    if (!members.startsWith('.') || members.includes('>') || variable.init?.kind !== 'initList') return undefined;
    let list: InitList = variable.init;
    const names = members.slice(1).split('.');
    for (let i = 0; i < names.length; i++) {
      const name = names[i] as string;
      if (this.assignedFields.has(name)) return undefined;
      const item = list.items.find(({ designators: [d] }) => d?.kind === 'fieldDesignator' && d.name.text === name);
      if (item?.designators.length !== 1) return undefined;
      if (i === names.length - 1) return item.value.kind === 'initList' ? undefined : this.constant(item.value);
      if (item.value.kind !== 'initList') return undefined;
      list = item.value;
    }
    return undefined;
  }
  /** Whether another context may change this path while the one that reads it sleeps or loops. */
  isUnstable(id: PathId): boolean {
    const { variable, members, field, of } = this.paths.get(id);
    if (!variable) return of.some((p) => this.isUnstable(p));
    if (members !== '') {
      const reachable = variable.storage === 'global' || members.includes('>') || this.handedOut.has(variable);
      return reachable && this.assignedFields.has(field);
    }
    return this.handedOut.has(variable) || (variable.storage === 'global' && this.assigned.has(variable));
  }
  private constant(e: Expr): Value | undefined {
    const named = strip(e);
    const sym = named.kind === 'ident' ? this.program.symbolOf(named) : undefined;
    if (sym?.kind === 'function') return pointsTo(sym);
    const value = this.program.constantOf(e);
    return value === undefined ? undefined : ofConstant(value, e.span);
  }
}
const sizeOf = (b: Body): number =>
  b.assigns.size + b.assignsFields.size + b.asks.size + (b.matters ? 1 : 0) + (b.callsPointers ? 1 : 0);
const isScalar = (v: VarSym): boolean => v.type.kind === 'int' || v.type.kind === 'pointer' || v.type.kind === 'enum';

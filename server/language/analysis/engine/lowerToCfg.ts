/**
 * Builds the control-flow graph of a body from the tree: statements to blocks, short-circuit operators and `?:` to branches, macro calls
 * through what they stand for. One exception: a macro whose catalogue entry says how it behaves (`spin_lock_irqsave`, `wait_event`) is one call
 * with that behaviour, so that a rule speaks of what is written and not of what is inside.
 */

import type { ApiSym, Program, VarSym } from '../../check/program';
import type {
  Block as BlockNode,
  Call,
  CaseLabel,
  Declarator,
  Expr,
  InitList,
  Stmt,
  SwitchStmt,
} from '../../syntax/tree';
import { apiFacts } from './apiFacts';
import type { Block, CallEffects, Step, SwitchCase, Terminator } from './cfg';
import { Predicates } from './predicates';
import type { PathId, VarPaths } from './varPaths';

type OpenSwitch = { cases: SwitchCase[]; otherwise: number | undefined };

/** One body on its way to a graph; buildCfg.ts makes the graph of it. */
export class Lowering {
  readonly blocks: Block[] = [];
  readonly temps = new Map<Expr, PathId>();
  readonly meaning = new Map<Expr, Expr>();
  readonly predicates: Predicates;
  private at: Block;
  private readonly labels = new Map<string, number>();
  private readonly breaks: number[] = [];
  private readonly continues: number[] = [];
  private readonly switches: OpenSwitch[] = [];
  private depth = 0;

  constructor(
    private readonly program: Program,
    private readonly paths: VarPaths,
    private readonly outside: CallEffects,
  ) {
    this.predicates = new Predicates(program, paths);
    this.at = this.block();
  }

  // ---------------------------------------------------------------- blocks
  private block(): Block {
    const block: Block = { id: this.blocks.length, steps: [], end: { op: 'stop' } };
    this.blocks.push(block);
    return block;
  }
  /** Ends the current block and goes on in `next`. */
  private finish(end: Terminator, next: Block): void {
    this.at.end = end;
    this.at = next;
  }
  private jumpTo(next: Block): void {
    this.finish({ op: 'jump', to: next.id }, next);
  }
  private step(step: Step): void {
    this.at.steps.push(step);
  }

  // ---------------------------------------------------------------- statements
  body(block: BlockNode): void {
    this.statements(block.body);
    this.at.end = { op: 'return', value: undefined };
  }
  private statements(list: readonly Stmt[]): void {
    for (const stmt of list) this.statement(stmt);
  }
  private labelBlock(name: string): number {
    let id = this.labels.get(name);
    if (id === undefined) this.labels.set(name, (id = this.block().id));
    return id;
  }
  private statement(stmt: Stmt): void {
    switch (stmt.kind) {
      case 'block':
        this.statements(stmt.body);
        return;
      case 'expr':
        this.effects(stmt.expr);
        return;
      case 'decl':
        for (const d of stmt.decl.declarators) this.declarator(d);
        return;
      case 'if': {
        const then = this.block();
        const after = this.block();
        const otherwise = stmt.else ? this.block() : after;
        this.branch(stmt.test, then.id, otherwise.id);
        this.at = then;
        this.statement(stmt.then);
        this.jumpTo(after);
        if (stmt.else) {
          this.at = otherwise;
          this.statement(stmt.else);
          this.jumpTo(after);
        }
        return;
      }
      case 'while':
        this.loop(stmt.test, undefined, stmt.body);
        return;
      case 'for':
        if (stmt.init) {
          if (stmt.init.kind === 'decl') this.statement(stmt.init);
          else this.effects(stmt.init);
        }
        this.loop(stmt.test, stmt.update, stmt.body);
        return;
      case 'do': {
        const body = this.block();
        const test = this.block();
        const after = this.block();
        this.jumpTo(body);
        this.inside(after.id, test.id, stmt.body);
        this.jumpTo(test);
        this.branch(stmt.test, body.id, after.id);
        this.at = after;
        return;
      }
      case 'macroLoop': {
        const meaning = this.program.expansionOfLoop(stmt);
        if (meaning) {
          this.statement(meaning);
          return;
        }
        for (const arg of stmt.call.args) this.effects(arg);
        this.loop(stmt.call, undefined, stmt.body);
        return;
      }
      case 'switch':
        this.switchStatement(stmt);
        return;
      case 'case':
        this.caseLabel(stmt);
        return;
      case 'label': {
        const next = this.blocks[this.labelBlock(stmt.name.text)] as Block;
        this.jumpTo(next);
        return;
      }
      case 'goto':
        this.finish({ op: 'jump', to: this.labelBlock(stmt.name.text) }, this.block());
        return;
      case 'break':
        this.leaveTo(this.breaks[this.breaks.length - 1]);
        return;
      case 'continue':
        this.leaveTo(this.continues[this.continues.length - 1]);
        return;
      case 'return':
        if (stmt.value) this.effects(stmt.value);
        this.finish({ op: 'return', value: stmt.value }, this.block());
        return;
      case 'macroDecl':
      case 'empty':
      case 'errorStmt':
        return;
    }
  }
  private leaveTo(target: number | undefined): void {
    if (target !== undefined) this.finish({ op: 'jump', to: target }, this.block());
  }
  private inside(breakTo: number, continueTo: number | undefined, body: Stmt): void {
    this.breaks.push(breakTo);
    if (continueTo !== undefined) this.continues.push(continueTo);
    this.statement(body);
    this.breaks.pop();
    if (continueTo !== undefined) this.continues.pop();
  }
  private loop(test: Expr | undefined, update: Expr | undefined, stmt: Stmt): void {
    const head = this.block();
    const body = this.block();
    const after = this.block();
    const next = update ? this.block() : head;
    this.jumpTo(head);
    if (test) this.branch(test, body.id, after.id);
    else this.at.end = { op: 'jump', to: body.id };
    this.at = body;
    this.inside(after.id, next.id, stmt);
    this.jumpTo(next);
    if (update) {
      this.effects(update);
      this.at.end = { op: 'jump', to: head.id };
    }
    this.at = after;
  }
  private switchStatement(stmt: SwitchStmt): void {
    this.effects(stmt.value);
    const head = this.at;
    const after = this.block();
    const open: OpenSwitch = { cases: [], otherwise: undefined };
    this.switches.push(open);
    this.at = this.block();
    this.inside(after.id, undefined, stmt.body);
    this.jumpTo(after);
    this.switches.pop();
    head.end = { op: 'switch', value: stmt.value, cases: open.cases, otherwise: open.otherwise ?? after.id };
  }
  private caseLabel(label: CaseLabel): void {
    const open = this.switches[this.switches.length - 1];
    if (!open) return;
    const block = this.block();
    this.jumpTo(block);
    if (!label.value) {
      open.otherwise = block.id;
      return;
    }
    const from = this.program.constantOf(label.value);
    const to = label.last ? this.program.constantOf(label.last) : from;
    // a label whose value is not known may be any: an empty range is kept as one that every value reaches
    open.cases.push({ from: from ?? 1n, to: to ?? 0n, block: block.id });
  }
  private declarator(d: Declarator): void {
    const sym = this.program.symbolOf(d);
    const variable = sym?.kind === 'var' && sym.storage !== 'global' ? sym : undefined;
    if (!d.init) {
      if (variable) this.forget([this.paths.of(variable)]);
      return;
    }
    if (sym?.kind === 'var' && sym.storage === 'global') return; // a static local: initialised once, before the run
    if (d.init.kind === 'initList') {
      this.initList(d.init);
      if (variable) this.fields(variable, d.init);
      return;
    }
    this.effects(d.init);
    if (variable) this.assign(this.paths.of(variable), '=', d.init);
  }
  private initList(list: InitList): void {
    for (const item of list.items) {
      const value = item.value;
      if (value.kind === 'initList') this.initList(value);
      else this.effects(value);
    }
  }
  private fields(variable: VarSym, list: InitList): void {
    this.forget([this.paths.of(variable)]);
    for (const item of list.items) {
      const d = item.designators;
      if (item.value.kind === 'initList' || d.length !== 1 || d[0]?.kind !== 'fieldDesignator') continue;
      const name = d[0].name.text;
      this.assign(this.paths.of(variable, `.${name}`, name), '=', item.value);
    }
  }

  // ---------------------------------------------------------------- expressions
  private forget(stored: readonly PathId[], only = false): void {
    if (stored.length > 0) this.step({ op: 'forget', stored, only, field: '', paths: NONE });
  }
  private forgetField(field: string): void {
    this.step({ op: 'forget', stored: NONE, only: false, field, paths: NONE });
  }
  private assign(path: PathId, op: '=' | '|=' | '&=' | '+=', value: Expr): void {
    this.step({ op: 'assign', path, assign: op, value, touches: NONE });
  }
  private store(target: Expr): PathId | undefined {
    const path = this.paths.ofExpr(target);
    if (path !== undefined) return path;
    this.effects(target);
    if (target.kind === 'member') this.forgetField(target.name.text);
    return undefined;
  }

  /** Steps for everything `e` does, in the order of evaluation. */
  effects(e: Expr): void {
    if (this.depth > 400) return;
    this.depth++;
    this.effectsOf(e);
    this.depth--;
  }
  private effectsOf(e: Expr): void {
    switch (e.kind) {
      case 'unary':
        this.effects(e.operand);
        if (e.op === '++' || e.op === '--') this.changed(e.operand);
        return;
      case 'postfix':
        this.effects(e.operand);
        this.changed(e.operand);
        return;
      case 'binary':
        if (e.op === '&&' || e.op === '||') {
          this.truthOf(e);
          return;
        }
        this.effects(e.left);
        this.effects(e.right);
        return;
      case 'assign': {
        this.effects(e.right);
        const path = this.store(e.left);
        if (path === undefined) return;
        if (e.op === '=' || e.op === '|=' || e.op === '&=') {
          this.assign(path, e.op, e.right);
          return;
        }
        this.forget([path]);
        return;
      }
      case 'conditional':
        this.conditional(e);
        return;
      case 'call':
        this.call(e);
        return;
      case 'index':
        this.effects(e.base);
        this.effects(e.index);
        return;
      case 'member':
        this.effects(e.base);
        return;
      case 'cast':
        this.effects(e.operand);
        return;
      case 'compound':
        this.initList(e.init);
        return;
      case 'comma':
        this.effects(e.left);
        this.effects(e.right);
        this.meaning.set(e, e.right);
        return;
      case 'stmtExpr':
        this.statements(e.body.body);
        if (e.result) {
          this.effects(e.result);
          this.meaning.set(e, e.result);
        }
        return;
      case 'int':
      case 'string':
      case 'ident':
      case 'sizeof':
      case 'typeArg':
      case 'errorExpr':
        return;
    }
  }
  private changed(target: Expr): void {
    const path = this.paths.ofExpr(target);
    if (path !== undefined) this.forget([path]);
    else if (target.kind === 'member') this.forgetField(target.name.text);
  }
  private temp(e: Expr): PathId {
    let path = this.temps.get(e);
    if (path === undefined) this.temps.set(e, (path = this.paths.temporary()));
    return path;
  }
  /** `a && b` as a value: 1 or 0 in a temporary, by way of its branches. */
  private truthOf(e: Expr): void {
    const path = this.temp(e);
    const [yes, no, after] = [this.block(), this.block(), this.block()];
    this.branch(e, yes.id, no.id);
    yes.steps.push({ op: 'assign', path, assign: '=', value: TRUE, touches: NONE });
    no.steps.push({ op: 'assign', path, assign: '=', value: FALSE, touches: NONE });
    yes.end = no.end = { op: 'jump', to: after.id };
    this.at = after;
  }
  private conditional(e: Expr & { kind: 'conditional' }): void {
    const path = this.temp(e);
    const [yes, no, after] = [this.block(), this.block(), this.block()];
    this.branch(e.test, yes.id, no.id);
    this.at = yes;
    if (e.then) this.effects(e.then);
    this.assign(path, '=', e.then ?? e.test);
    this.jumpTo(after);
    this.at = no;
    this.effects(e.else);
    this.assign(path, '=', e.else);
    this.jumpTo(after);
  }

  private call(e: Call): void {
    const callee = e.callee.kind === 'ident' ? this.program.symbolOf(e.callee) : undefined;
    if (callee?.kind === 'api') {
      this.apiCall(e, callee);
      return;
    }
    if (callee?.kind === 'function') {
      this.arguments(e.args);
      this.step({
        op: 'call',
        call: e,
        target: { kind: 'function', sym: callee },
        result: this.outside.matters(callee) ? this.temp(e) : -1,
      });
      this.forget(this.handedOut(e.args), true);
      return;
    }
    this.effects(e.callee);
    this.arguments(e.args);
    if (callee?.kind !== 'context') {
      this.step({ op: 'call', call: e, target: { kind: 'pointer', expr: e.callee }, result: this.temp(e) });
    }
    this.forget(this.handedOut(e.args));
  }
  private apiCall(e: Call, sym: ApiSym): void {
    const facts = apiFacts(sym.entry);
    if (!facts.matters) {
      const meaning = this.program.expansionOf(e);
      if (meaning) {
        this.meaning.set(e, meaning);
        this.effects(meaning);
        return;
      }
    }
    this.arguments(e.args);
    const { entry } = sym;
    if (entry.returns === 'never') {
      this.finish({ op: 'stop' }, this.block());
      return;
    }
    if (facts.matters || (this.outside.hasNmi && entry.contexts.NMI === 'no')) {
      this.step({
        op: 'call',
        call: e,
        target: { kind: 'api', sym, facts },
        result: entry.asks || entry.takes ? this.temp(e) : -1,
      });
    }
    if (!entry.effects) this.forget(this.handedOut(e.args));
    for (const index of entry.writes ?? NO_ARGUMENTS) {
      const arg = e.args[index];
      const path = arg && this.paths.ofExpr(arg);
      if (path !== undefined) this.forget([path]);
    }
  }
  private arguments(args: readonly Expr[]): void {
    for (const arg of args) this.effects(arg);
  }
  /** VarPaths whose address is among the arguments: the callee may write them. (Which `fields` a scenario's function writes is known: calls.ts.) */
  private handedOut(args: readonly Expr[]): PathId[] {
    const out: PathId[] = [];
    for (let arg of args) {
      while (arg.kind === 'cast') arg = arg.operand;
      if (arg.kind !== 'unary' || arg.op !== '&') continue;
      const path = this.paths.ofExpr(arg.operand);
      if (path !== undefined) out.push(path);
    }
    return out;
  }

  /** Ends the current block with the branches of a condition. Leaves `at` undefined in effect: the caller sets it. */
  private branch(e: Expr, yes: number, no: number): void {
    const known = e.kind === 'call' ? undefined : this.program.constantOf(e);
    if (known !== undefined) {
      this.at.end = { op: 'jump', to: known === 0n ? no : yes };
      return;
    }
    if (this.depth > 400) {
      this.at.end = { op: 'branch', test: e, yes, no };
      return;
    }
    this.depth++;
    this.branchOn(e, yes, no);
    this.depth--;
  }
  private branchOn(e: Expr, yes: number, no: number): void {
    if (e.kind === 'unary' && e.op === '!') {
      this.branch(e.operand, no, yes);
      return;
    }
    if (e.kind === 'binary' && (e.op === '&&' || e.op === '||')) {
      const right = this.block();
      if (e.op === '&&') this.branch(e.left, right.id, no);
      else this.branch(e.left, yes, right.id);
      this.at = right;
      this.branch(e.right, yes, no);
      return;
    }
    if (e.kind === 'cast') {
      this.branch(e.operand, yes, no);
      return;
    }
    this.effects(e);
    this.predicates.note(e);
    this.at.end = { op: 'branch', test: e, yes, no };
  }
}
const NO_ARGUMENTS: readonly number[] = [];
const NONE: readonly PathId[] = [];
const NOWHERE = { start: 0, end: 0, file: -1 };
const TRUE: Expr = { kind: 'int', value: 1n, suffix: '', char: false, text: '1', span: NOWHERE };
const FALSE: Expr = { kind: 'int', value: 0n, suffix: '', char: false, text: '0', span: NOWHERE };

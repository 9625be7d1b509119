/**
 * Which locals have certainly not been stored to at a point of a body: a forward analysis over its tree. At labels and heads of loops the
 * states of all ways there meet, so the body is walked again until none of them changes.
 */

import { neverReturns } from '../../../catalogue/catalogue';
import type { Program, VarSym } from '../../../check/context/program';
import type { Block, Call, Expr, InitList, Span, Stmt } from '../../../syntax/tree';

/** locals without a value, a bit for each of those that one walk looks at */
type State = number;
/** no path comes here */
const NOWHERE = -1;
/** locals that one walk looks at */
const BITS = 30;
export interface EmptyRead {
  readonly variable: VarSym;
  readonly span: Span;
}
/** walks of one body: states only shrink, so that it ends by itself long before */
const MOST_WALKS = 50;

const meet = (a: State, b: State): State => (a === NOWHERE ? b : b === NOWHERE ? a : a & b);

/** Reads of locals that no path has stored to. */
export function readsOfNothing(program: Program, block: Block): readonly EmptyRead[] {
  const locals = new Map<VarSym, number>();
  const reads: EmptyRead[] = [];
  for (let from = 0; from === 0 || from < locals.size; from += BITS) {
    const walk = new Walk(program, locals, from);
    for (let i = 0; i < MOST_WALKS; i++) {
      walk.begin();
      walk.block(block);
      if (walk.changed) continue;
      reads.push(...walk.reads);
      break;
    }
  }
  return reads;
}

class Walk {
  changed = false;
  reads: EmptyRead[] = [];
  private now: State = 0;
  /** at labels and heads of loops, by their node or name: what has come there by jumps, in this walk and those before */
  private readonly met = new Map<unknown, State>();
  /** and the state with which this walk went on there */
  private readonly joined = new Map<unknown, State>();
  private readonly breaks: { state: State }[] = [];
  private readonly continues: { state: State }[] = [];
  private readonly switches: { readonly head: State; hasDefault: boolean }[] = [];
  /** locals that have been read */
  private told: State = 0;

  /**
   * @param locals those that are declared without a value, numbered as walks come to them
   * @param from the number of the first that this walk looks at
   */
  constructor(
    private readonly program: Program,
    private readonly locals: Map<VarSym, number>,
    private readonly from: number,
  ) {}

  begin(): void {
    this.changed = false;
    this.reads = [];
    this.told = 0;
    this.joined.clear();
    this.now = 0;
  }
  block({ body }: Block): void {
    for (const stmt of body) this.stmt(stmt);
  }

  /** A state comes to `place` by a jump. If the walk has been there, it was too sure of what it saw from there on. */
  private arrive(place: unknown, state: State): void {
    const after = meet(this.met.get(place) ?? NOWHERE, state);
    this.met.set(place, after);
    const then = this.joined.get(place);
    if (then !== undefined && then !== meet(then, after)) this.changed = true;
  }
  /** The walk is at `place`, where jumps come as well. */
  private join(place: unknown): void {
    this.now = meet(this.now, this.met.get(place) ?? NOWHERE);
    this.joined.set(place, this.now);
  }

  private stmt(s: Stmt): void {
    switch (s.kind) {
      case 'block':
        this.block(s);
        return;
      case 'expr':
        this.expr(s.expr);
        return;
      case 'decl':
        for (const d of s.decl.declarators) {
          if (d.init?.kind === 'initList') this.list(d.init);
          else if (d.init && !(d.init.kind === 'ident' && d.init.name === d.name.text)) this.expr(d.init);
          const sym = this.program.symbolOf(d);
          if (sym?.kind !== 'var' || sym.storage !== 'local' || this.now === NOWHERE) continue;
          if (d.init) this.has(sym);
          else this.now |= this.declared(sym);
        }
        return;
      case 'if': {
        this.expr(s.test);
        const known = this.program.constantOf(s.test);
        const before = this.now;
        if (known === 0n) this.now = NOWHERE;
        this.stmt(s.then);
        const then = this.now;
        this.now = known !== undefined && known !== 0n ? NOWHERE : before;
        if (s.else) this.stmt(s.else);
        this.now = meet(then, this.now);
        return;
      }
      case 'while':
      case 'for':
        if (s.kind === 'for' && s.init) {
          if (s.init.kind === 'decl') this.stmt(s.init);
          else this.expr(s.init);
        }
        this.loop(s, s.test, s.body, s.kind === 'for' ? s.update : undefined);
        return;
      case 'do': {
        this.join(s);
        const [breaks, continues] = this.inside(s.body);
        this.now = meet(this.now, continues);
        this.expr(s.test);
        if (this.program.constantOf(s.test) !== 0n) this.arrive(s, this.now);
        if (this.forever(s.test)) this.now = NOWHERE;
        this.now = meet(this.now, breaks);
        return;
      }
      case 'macroLoop': {
        const meaning = this.program.expansionOfLoop(s);
        if (meaning) {
          this.stmt(meaning);
          return;
        }
        for (const arg of s.call.args) this.given(arg);
        this.loop(s, undefined, s.body, undefined, true);
        return;
      }
      case 'switch': {
        this.expr(s.value);
        const head = this.now;
        this.now = NOWHERE;
        const open = { head, hasDefault: false };
        this.switches.push(open);
        const [breaks] = this.inside(s.body, false);
        this.switches.pop();
        this.now = meet(meet(this.now, breaks), open.hasDefault ? NOWHERE : head);
        return;
      }
      case 'case': {
        const open = this.switches.at(-1);
        if (!open) return;
        if (!s.value) open.hasDefault = true;
        this.now = meet(this.now, open.head);
        return;
      }
      case 'label':
        this.join(s.name.text);
        return;
      case 'goto':
        this.arrive(s.name.text, this.now);
        this.now = NOWHERE;
        return;
      case 'break':
        this.leave(this.breaks);
        return;
      case 'continue':
        this.leave(this.continues);
        return;
      case 'return':
        if (s.value) this.expr(s.value);
        this.now = NOWHERE;
        return;
      case 'errorStmt':
        // it may have stored to anything
        if (this.now !== NOWHERE) this.now = 0;
        return;
      case 'empty':
      case 'macroDecl':
        return;
    }
  }
  private leave(to: { state: State }[]): void {
    const target = to.at(-1);
    if (target) target.state = meet(target.state, this.now);
    this.now = NOWHERE;
  }
  /** Walks the body of a loop or switch; the states in which it is left by `break` and by `continue`. */
  private inside(body: Stmt, continues = true): [State, State] {
    const left: { state: State } = { state: NOWHERE };
    const again: { state: State } = { state: NOWHERE };
    this.breaks.push(left);
    if (continues) this.continues.push(again);
    this.stmt(body);
    this.breaks.pop();
    if (continues) this.continues.pop();
    return [left.state, again.state];
  }
  private forever(test: Expr | undefined): boolean {
    if (!test) return true;
    const known = this.program.constantOf(test);
    return known !== undefined && known !== 0n;
  }
  private loop(place: Stmt, test: Expr | undefined, body: Stmt, update: Expr | undefined, ends = false): void {
    this.join(place);
    if (test) this.expr(test);
    const over = !ends && this.forever(test) ? NOWHERE : this.now;
    const [breaks, continues] = this.inside(body);
    this.now = meet(this.now, continues);
    if (update) this.expr(update);
    this.arrive(place, this.now);
    this.now = meet(over, breaks);
  }

  private list(init: InitList): void {
    for (const { value } of init.items) {
      if (value.kind === 'initList') this.list(value);
      else this.expr(value);
    }
  }
  private variable(e: Expr): VarSym | undefined {
    const sym = e.kind === 'ident' ? this.program.symbolOf(e) : undefined;
    return sym?.kind === 'var' ? sym : undefined;
  }
  /** The local that a store to `e`, or taking its address, is in. */
  private rootOf(e: Expr): VarSym | undefined {
    if (e.kind === 'member') return e.arrow ? undefined : this.rootOf(e.base);
    if (e.kind === 'index') return this.program.typeOf(e.base)?.kind === 'array' ? this.rootOf(e.base) : undefined;
    if (e.kind === 'cast') return this.rootOf(e.operand);
    return this.variable(e);
  }
  private bit(variable: VarSym): State {
    if (variable.storage !== 'local' || variable.init) return 0;
    const at = (this.locals.get(variable) ?? -1) - this.from;
    return at >= 0 && at < BITS ? 1 << at : 0;
  }
  /** The bit of a local that is declared without a value. */
  private declared(variable: VarSym): State {
    if (!this.locals.has(variable)) this.locals.set(variable, this.locals.size);
    return this.bit(variable);
  }
  /** A variable has a value from here on. */
  private has(variable: VarSym | undefined): void {
    if (variable && this.now > 0) this.now &= ~this.bit(variable);
  }
  /** Stores to `target`, whose address is computed first. */
  private store(target: Expr): void {
    const root = this.rootOf(target);
    if (root) {
      if (target.kind === 'index') this.expr(target.index);
      this.has(root);
    } else this.expr(target);
  }
  /** An argument of a macro that may store to it. */
  private given(arg: Expr): void {
    if (this.variable(arg)) this.has(this.variable(arg));
    else this.expr(arg);
  }

  private expr(e: Expr): void {
    switch (e.kind) {
      case 'ident': {
        const sym = this.now > 0 ? this.variable(e) : undefined;
        const bit = sym ? this.now & this.bit(sym) : 0;
        if (!sym || bit === 0) return;
        // an array's name is its address
        if (sym.type.kind === 'array') this.has(sym);
        else if (e.span.file >= 0 && (this.told & bit) === 0) {
          this.told |= bit; // once; what `n++` stores is not better than what it read
          this.reads.push({ variable: sym, span: e.span });
        }
        return;
      }
      case 'unary':
        if (e.op === '&') this.store(e.operand);
        else this.expr(e.operand);
        return;
      case 'postfix':
      case 'cast':
        this.expr(e.operand);
        return;
      case 'binary': {
        this.expr(e.left);
        if (e.op !== '&&' && e.op !== '||') {
          this.expr(e.right);
          return;
        }
        const before = this.now;
        this.expr(e.right);
        this.now = meet(before, this.now);
        return;
      }
      case 'assign':
        this.expr(e.right);
        if (e.op === '=') this.store(e.left);
        else this.expr(e.left);
        return;
      case 'conditional': {
        this.expr(e.test);
        const before = this.now;
        if (e.then) this.expr(e.then);
        const then = this.now;
        this.now = before;
        this.expr(e.else);
        this.now = meet(then, this.now);
        return;
      }
      case 'call':
        this.call(e);
        return;
      case 'index':
        this.expr(e.base);
        this.expr(e.index);
        return;
      case 'member':
        this.expr(e.base);
        return;
      case 'compound':
        this.list(e.init);
        return;
      case 'comma':
        this.expr(e.left);
        this.expr(e.right);
        return;
      case 'stmtExpr':
        this.block(e.body);
        if (e.result) this.expr(e.result);
        return;
      case 'int':
      case 'string':
      case 'sizeof':
      case 'typeArg':
      case 'association':
      case 'errorExpr':
        return;
    }
  }
  private call(e: Call): void {
    const meaning = this.program.expansionOf(e);
    if (meaning) {
      this.expr(meaning);
      return;
    }
    const sym = e.callee.kind === 'ident' ? this.program.symbolOf(e.callee) : undefined;
    if (sym?.kind !== 'api' && sym?.kind !== 'function') this.expr(e.callee);
    const macro = sym?.kind === 'api' && sym.entry.kind === 'macro';
    for (const arg of e.args) {
      if (macro) this.given(arg);
      else this.expr(arg);
    }
    const ends =
      sym?.kind === 'api' ? sym.entry.returns === 'never' : e.callee.kind === 'ident' && neverReturns(e.callee.name);
    if (ends) this.now = NOWHERE;
  }
}

/**
 * One pass over the whole program before any rule: which body calls which, what each may change, which functions are passed to the kernel
 * as callbacks and where they run, and which globals never change. Bodies without anything relevant to a rule are skipped from then on.
 */

import type { CType } from '../../../types/ctype';
import { NumberTable } from '../../../types/numberTable';
import { orMake } from '../../../types/orMake';
import { added } from '../../../types/sharedSet';
import type { Registers } from '../../catalogue/form/entry';
import { contextOfField } from '../../catalogue/tasks';
import type { ContextSym, FunctionSym, Program, Sym, VarSym } from '../../check/context/program';
import type { Assign, Call, Expr, Ident, InitList, Name, Span, Unary } from '../../syntax/tree';
import { withoutCasts } from '../../syntax/withoutCasts';
import type { Constants } from './exprValue';
import { apiFacts } from './flow/apiFacts';
import type { CallEffects, CallTarget } from './flow/cfg';
import { type VisitExpr, walkBlock, walkExpr } from './flow/evaluationOrder';
import { type Body, MOST_BEHIND, MOST_SET, newBody } from './global/body';
import { FunctionPointers } from './global/functionPointers';
import { PointedVariables } from './global/pointedVariables';
import { propagate, reachObjects } from './global/propagate';
import { type Stored, Stores, typeKey } from './global/stores';
import type { Registration } from './locks/waited';
import { SingleTasks } from './singleTasks';
import type { Value } from './values/knownBits';
import { isPointed, type PathId, type VarPaths } from './values/varPaths';

export type { Body } from './global/body';

/** A function passed to the kernel: it runs in `context`, because of the call, or what is stored, at `span`. */
interface Callback {
  readonly sym: FunctionSym;
  readonly context: Registers['context'];
  readonly span: Span;
  /** "is given to INIT_WORK()" */
  readonly how: string;
}
/** What else looks at a program while its call graph is made. */
interface Visits {
  definition(sym: FunctionSym | ContextSym): void;
  /** what is in no definition */
  others(): void;
}
/** Which bodies a walk goes through. */
export interface Extent {
  /** those too that call nothing that is relevant to a rule */
  readonly everything?: boolean;
  /** those too whose `}` is missing: what follows them seems to be theirs, so that no rule can tell of them */
  readonly unclosed?: boolean;
}

const NOBODY = 'nobody';
/** none of the program's */
const OTHER_CODE = 'other code';
const SEVERAL = 'several';
/** What may change a path while others sleep: the one task that stores to it, or which code besides. */
type Changer = ContextSym | typeof NOBODY | typeof OTHER_CODE | typeof SEVERAL;

export class CallGraph implements Constants, CallEffects {
  readonly bodies = new Map<FunctionSym | ContextSym, Body>();
  readonly callbacks: Callback[] = [];
  readonly called = new Set<FunctionSym>();
  readonly hasNmi: boolean;
  /** whether some body does what keeps a task from sleeping on PREEMPT_RT */
  atomicOnRt = false;
  /** bodies that call what spins inside */
  private readonly spinning = new Set<Body>();
  private readonly stores: Stores;
  private readonly tasks: SingleTasks;
  /** the tasks that run one of these bodies; undefined among them: other code */
  private readonly tasksOf = new Map<readonly Stored[], ReadonlySet<ContextSym | undefined>>();
  /** by path, as far as that has been asked */
  private readonly changedBy = new NumberTable<Changer>();
  private readonly pointers: FunctionPointers;
  private readonly pointed: PointedVariables;
  private readonly throughPointers: { readonly body: Body; readonly callee: Expr; readonly args: readonly Expr[] }[] =
    [];
  /** variables that the body at hand has followed so far */
  private readonly followed = new Set<VarSym>();
  readonly registrations: Registration[] = [];
  /** what the result of a call that registers a callback is assigned to */
  private readonly resultIn = new Map<Expr, Expr | VarSym>();

  constructor(
    private readonly program: Program,
    private readonly paths: VarPaths,
    { everything = false, unclosed = false }: Extent = {},
    besides?: Visits,
  ) {
    this.pointed = new PointedVariables(program);
    this.stores = new Stores(program, paths, this.pointed);
    this.pointers = new FunctionPointers(program);
    this.hasNmi = program.contexts.some((c) => c.word === 'nmi');
    for (const sym of [...program.contexts, ...program.functions]) {
      // one after the other: the nodes of a definition stay in the processor's caches, those of a program do not
      besides?.definition(sym);
      if (unclosed || !sym.def.body?.unclosed) this.collect(sym, everything || this.hasNmi);
    }
    besides?.others();
    this.declarations();
    this.pointers.close();
    this.resolvePointers();
    this.pointed.close(this.openFunctions());
    this.stores.close();
    if (this.atomicOnRt) for (const body of this.spinning) body.matters = true;
    propagate(program, paths, this.bodies);
    reachObjects(this.bodies);
    this.tasks = new SingleTasks(this.bodies, this.callbacks);
  }

  private collect(sym: FunctionSym | ContextSym, everything: boolean): void {
    const block = sym.def.body;
    if (!block) return;
    const body = newBody(sym, block, everything);
    this.bodies.set(sym, body);
    for (const local of sym.locals)
      if (local.init && local.init.kind !== 'initList') this.keepsResult(local.init, local);
    this.followed.clear();
    walkBlock(this.program, block, (e, asked) => this.record(body, e, asked));
    for (const local of sym.locals) this.initialiser(local.init, local);
  }
  private initialiser(init: InitList | Expr | undefined, variable: VarSym): void {
    this.stores.initialiser(init);
    this.pointers.initialiser(init, variable);
    this.pointed.initialiser(init, variable);
    if (init?.kind === 'initList') this.initialisesCallbacks(init);
  }
  private initialisesCallbacks(list: InitList): void {
    for (const { designators, value } of list.items) {
      const last = designators.at(-1);
      if (value.kind === 'initList') this.initialisesCallbacks(value);
      else if (last?.kind === 'fieldDesignator') this.setsCallback(last.name, value, undefined);
    }
  }
  /** `t.function = fn`: the kernel will call it. */
  private setsCallback(name: Name, given: Expr, owner: Expr | undefined): void {
    const member = this.program.fieldOf(name);
    const context = member && contextOfField(member.record.tag, name.text, this.program.files);
    if (!context || given.span.file < 0) return;
    const how = `becomes '${name.text}' of a struct ${member.record.tag}`;
    const of = owner && { expr: owner, by: 'address' as const, passed: undefined };
    this.registrations.push({ given, context, span: given.span, how, of, functions: [] });
  }
  private record(body: Body, e: Expr, asked: boolean): void {
    switch (e.kind) {
      case 'call': {
        body.written.push(e);
        const to = e.callee.kind === 'ident' ? this.program.symbolOf(e.callee) : undefined;
        this.pointers.calls(e, to);
        this.call(body, e, to);
        return;
      }
      case 'assign':
        this.assigns(body, e);
        return;
      case 'ident':
        this.names(body, e, asked);
        this.mentions(body, e, asked);
        return;
      case 'member':
        if (e.arrow) this.follows(e.base);
        this.mentions(body, e, asked);
        return;
      case 'index':
        this.mentions(body, e, asked);
        return;
      case 'unary':
        this.unary(body, e);
        this.mentions(body, e, asked);
        return;
      case 'postfix':
        this.stores.steps(body, e.operand);
        return;
      case 'compound':
        this.stores.initialiser(e.init);
        this.pointers.initialiser(e.init, undefined);
        return;
      default:
        return;
    }
  }
  private assigns(body: Body, e: Assign): void {
    this.stores.assigns(body, e);
    this.pointers.assigns(e);
    this.pointed.assigns(e);
    this.overwrites(body, withoutCasts(e.left));
    if (e.op === '=') {
      if (e.left.kind === 'member' && mayBeCalled(this.program.typeOf(e.left)))
        this.setsCallback(e.left.name, e.right, e.left.base);
      this.keepsResult(e.right, e.left);
    }
    this.sets(body, e.left);
  }
  private names(body: Body, e: Ident, asked: boolean): void {
    const sym = this.program.symbolOf(e);
    if (sym?.kind === 'function') this.pointed.names(sym);
    else if (asked && sym?.kind === 'var' && sym.storage === 'param') body.tests = added(body.tests, sym);
  }
  private unary(body: Body, e: Unary): void {
    switch (e.op) {
      case '&':
        this.stores.takes(e);
        this.pointed.handsOut(e.operand);
        return;
      case '*':
        this.stores.follows(e.operand);
        return;
      case '!':
        if (this.hasFollowed(e.operand)) body.asksLate = true;
        return;
      case '++':
      case '--':
        this.stores.steps(body, e.operand);
        return;
      default:
        return;
    }
  }
  private keepsResult(value: Expr, place: Expr | VarSym): void {
    const call = withoutCasts(value);
    if (call.kind !== 'call' || call.callee.kind !== 'ident') return;
    const sym = this.program.symbolOf(call.callee);
    if (sym?.kind === 'api' && sym.entry.registers) this.resultIn.set(call, place);
  }
  /** Whether a local or a parameter has been followed before, as the body is written. */
  private hasFollowed(e: Expr): boolean {
    const sym = e.kind === 'ident' ? this.program.symbolOf(e) : undefined;
    return sym?.kind === 'var' && this.followed.has(sym);
  }
  private follows(pointer: Expr): void {
    this.stores.follows(pointer);
    const sym = pointer.kind === 'ident' ? this.program.symbolOf(pointer) : undefined;
    if (sym?.kind === 'var' && sym.storage !== 'global') this.followed.add(sym);
  }
  private mentions(body: Body, e: Expr, asked: boolean): void {
    const id = this.paths.ofExpr(e);
    if (id === undefined) return;
    const { variable, members, type, depth } = this.paths.get(id);
    if (variable?.storage === 'global') {
      if (asked) body.asks = added(body.asks, id);
    } else if (variable?.storage === 'param' && depth > 0 && body.behind.size < MOST_BEHIND) {
      if (isPointed(members) && typeKey(type)) body.behind = added(body.behind, id);
    }
  }
  private sets(body: Body, left: Expr): void {
    const id = this.paths.ofExpr(left);
    if (id === undefined || body.sets.size >= MOST_SET) return;
    const { variable, members, type } = this.paths.get(id);
    if (variable?.storage === 'global' && !isPointed(members) && type?.kind === 'int') body.sets = added(body.sets, id);
  }
  /** The globals in an argument on which a call depends. */
  private asksFor(body: Body, arg: Expr): void {
    walkExpr(this.program, arg, (e) => this.mentions(body, e, true), true);
  }
  /** `*p = structure`: all its members. */
  private overwrites(body: Body, left: Expr): void {
    const type = this.program.typeOf(left);
    const id = left.kind === 'unary' && left.op === '*' ? this.paths.ofExpr(left.operand) : undefined;
    if (id === undefined || type?.kind !== 'struct') return;
    const { variable, members } = this.paths.get(id);
    if (variable?.storage !== 'param') return;
    for (const { name, type: of } of type.fields ?? []) {
      if (name === undefined || !typeKey(of) || body.behind.size >= MOST_BEHIND) continue;
      for (const path of this.paths.named(variable, `${members}->${name}`, name, of))
        body.behind = added(body.behind, path);
    }
  }
  private call(body: Body, call: Call, sym: Sym | undefined): void {
    const { callee, args, span } = call;
    if (sym?.kind === 'function') {
      this.pointed.calls(sym, args);
      body.callees = added(body.callees, sym);
      body.calls.push({ to: sym, args });
      this.called.add(sym);
      for (const arg of args) this.asksFor(body, arg);
      return;
    }
    if (sym?.kind === 'api') {
      this.stores.calls(body, sym.entry, args);
      const facts = apiFacts(sym.entry);
      for (const index of facts.asked) if (args[index]) this.asksFor(body, args[index]);
      if (facts.matters) body.matters = true;
      if (facts.atomicOnRt) this.atomicOnRt = true;
      if (facts.spins) this.spinning.add(body);
      if (sym.entry.allocates || sym.entry.frees) body.onMemory = true;
      if (sym.entry.relinks) body.relinks = true;
      if (sym.entry.registers) this.registers(sym.name, sym.entry.registers, args, span, this.resultIn.get(call));
      return;
    }
    if (sym?.kind !== 'context') this.throughPointers.push({ body, callee, args });
  }
  private registers(
    by: string,
    list: readonly Registers[] | undefined,
    args: readonly Expr[],
    span: Span,
    result?: Expr | VarSym,
  ): void {
    for (const { arg, context, of: owner } of list ?? []) {
      const given = args[arg];
      const expr = owner?.arg === 'result' ? result : owner && this.declaredBy(by, args[owner.arg]);
      const passed = owner?.passed === undefined ? undefined : args[owner.passed];
      const of = owner && expr && { expr, by: owner.by, passed };
      if (given) this.registrations.push({ given, context, span, how: `is given to ${by}()`, of, functions: [] });
    }
  }
  /** The variable that a macro declares by this argument; otherwise the argument. */
  private declaredBy(macro: string, arg: Expr | undefined): Expr | VarSym | undefined {
    const api = this.program.lookup(macro);
    if (arg?.kind !== 'ident' || api?.kind !== 'api' || !api.entry.declares) return arg;
    const sym = this.program.lookup(arg.name);
    return sym?.kind === 'var' ? sym : undefined;
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
      if (e.kind === 'ident') {
        const sym = this.program.symbolOf(e);
        if (sym?.kind === 'function') this.pointed.names(sym);
      } else if (e.kind === 'assign') this.pointed.assigns(e);
      else if (e.kind === 'call') {
        const to = e.callee.kind === 'ident' ? this.program.symbolOf(e.callee) : undefined;
        if (to?.kind === 'function') this.pointed.calls(to, e.args);
      } else if (e.kind === 'unary' && e.op === '&') {
        this.pointed.handsOut(e.operand);
        this.stores.handOut(e.operand);
      }
    };
    const list = (init: InitList): void => {
      for (const item of init.items) {
        if (item.value.kind === 'initList') list(item.value);
        else walkExpr(this.program, item.value, visit, false);
      }
    };
    for (const variable of this.program.globals) {
      const { init } = variable;
      this.initialiser(init, variable);
      if (init?.kind === 'initList') list(init);
      else if (init) walkExpr(this.program, init, visit, false);
    }
  }
  /** Calls through pointers and callbacks, once it is known where pointers may lead. */
  private resolvePointers(): void {
    for (const { body, callee, args } of this.throughPointers) {
      const targets = this.pointers.targetsOf(callee);
      body.matters = true;
      if (targets.length === 0) body.callsPointers = true;
      for (const to of targets) {
        body.callees = added(body.callees, to);
        body.calls.push({ to, args });
        this.called.add(to);
      }
    }
    for (const registration of this.registrations) {
      const { given, context, span, how } = registration;
      registration.functions = this.pointers.targetsOf(given);
      for (const sym of registration.functions) {
        if (this.callbacks.some((c) => c.sym === sym && c.context === context)) continue;
        this.callbacks.push({ sym, context, span, how });
      }
    }
  }
  /** Functions that other code may call too, with arguments of its own. */
  private *openFunctions(): Iterable<FunctionSym> {
    for (const { sym } of this.callbacks) yield sym;
    for (const sym of this.program.functions)
      if (!this.called.has(sym) || sym.def.modifiers.contracts.length > 0) yield sym;
  }
  followsObjects(sym: FunctionSym | ContextSym): boolean {
    return this.bodies.get(sym)?.followsObjects === true;
  }
  asked(target: CallTarget): readonly PathId[] {
    if (target.kind === 'api') return [];
    const found: PathId[] = [];
    for (const sym of target.kind === 'function' ? [target.sym] : this.pointers.targetsOf(target.expr)) {
      found.push(...(this.bodies.get(sym)?.asks ?? []));
    }
    return found;
  }
  matters(sym: FunctionSym): boolean {
    return this.bodies.get(sym)?.matters ?? true;
  }
  isFollowed(sym: FunctionSym): boolean {
    return this.bodies.has(sym);
  }
  /** The functions that a call through a pointer may lead to, where nothing more is known of the pointer. */
  targetsOf(pointer: Expr): readonly FunctionSym[] {
    return this.pointers.targetsOf(pointer);
  }
  /** What a path holds at any time; undefined: not known. */
  valueOf(path: PathId): Value | undefined {
    return this.stores.valueOf(path);
  }
  /** Whether a path may change that no step of the walk changes. */
  isUnstable(path: PathId): boolean {
    return this.stores.isUnstable(path);
  }
  /** Whether another context may change this path while the one that runs `body` sleeps or loops. */
  isChangedMeanwhile(path: PathId, body: Body): boolean {
    let by = this.changedBy.get(path);
    if (by === undefined) this.changedBy.set(path, (by = this.changerOf(path)));
    if (by === NOBODY) return false;
    const task = this.tasks.only(body);
    return !task || (by !== task && by !== OTHER_CODE);
  }
  /** What code of the program changes a path without a step of the walk that reads it. */
  private changerOf(path: PathId): Changer {
    if (!this.isUnstable(path)) return NOBODY;
    const { of } = this.paths.get(path);
    let by: Changer = OTHER_CODE;
    for (const one of of.length > 0 ? of : [path]) {
      for (const writers of this.stores.writersOf(one)) {
        for (const task of this.tasksRunning(writers)) {
          if (!task || (by !== OTHER_CODE && by !== task)) return SEVERAL;
          by = task;
        }
      }
    }
    return by;
  }
  private tasksRunning(bodies: readonly Stored[]): ReadonlySet<ContextSym | undefined> {
    return orMake(this.tasksOf, bodies, () => {
      const tasks = new Set<ContextSym | undefined>();
      for (const body of bodies) tasks.add(this.tasks.only(body as Body));
      return tasks;
    });
  }
  /** Whether a call of a body may change a path. */
  mayChange(body: Body, path: PathId): boolean {
    const { variable, field, type, of } = this.paths.get(path);
    if (of.length > 0) return of.some((p) => this.mayChange(body, p));
    if (!variable) return false;
    if (body.callsPointers && this.isUnstable(path)) return true;
    if (body.assigns.has(variable) || (field !== '' && body.assignsFields.has(field))) return true;
    const key = body.assignsThrough.size > 0 ? typeKey(type) : undefined;
    return key !== undefined && body.assignsThrough.has(key) && this.stores.mayBePointee(path);
  }
  /** Whether callers are told what a path holds at the end of a body: a global that they ask for, or what a parameter leads to. */
  isTold(body: Body, path: PathId): boolean {
    return body.asks.has(path) || body.sets.has(path) || this.isOutput(body, path);
  }
  /** What a body assigns, and what its parameters lead to, as far as it may have changed that. */
  outputs(body: Body): readonly PathId[] {
    return [...body.sets, ...[...body.behind].filter((path) => this.isOutput(body, path))];
  }
  private isOutput(body: Body, path: PathId): boolean {
    if (!body.behind.has(path)) return false;
    const { variable, type } = this.paths.get(path);
    if (!variable || body.reassigns.has(variable)) return false;
    return !(type?.kind === 'pointer' && type.to.kind !== 'function') && this.mayChange(body, path);
  }
  /** Whether a pointer to an integer or a pointer may lead to a path. */
  mayBePointee(path: PathId): boolean {
    return this.stores.mayBePointee(path);
  }
  /** Whether some expression takes the address of a variable, or of a part of it. */
  isHandedOut(variable: VarSym): boolean {
    return this.stores.isHandedOut(variable);
  }
  /** Whether any pointer may lead to a path, or to a structure that it is in. */
  isReachable(path: PathId): boolean {
    return this.stores.isReachable(path);
  }
}
/** Whether a member of a type may hold the address of a function. */
function mayBeCalled(type: CType | undefined): boolean {
  return type?.kind !== 'pointer' || type.to.kind === 'function' || type.to.kind === 'void';
}

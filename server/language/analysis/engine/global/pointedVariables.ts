/**
 * Which globals a local pointer or a parameter may lead to, whatever the order: those whose address is stored in it, directly or by way of
 * others. It tells `d->ready = 1` for one device from what is stored for another.
 */
import { orMake } from '../../../../types/orMake';
import type { FunctionSym, Program, VarSym } from '../../../check/context/program';
import type { Assign, Expr, InitList } from '../../../syntax/tree';
import { withoutCasts } from '../../../syntax/withoutCasts';

type Variables = ReadonlySet<VarSym>;
const ANYWHERE = 'anywhere';

export class PointedVariables {
  private readonly held = new Map<VarSym, Set<VarSym> | typeof ANYWHERE>();
  private readonly copiedTo = new Map<VarSym, VarSym[]>();
  /** functions that are not only called by their names */
  private readonly passedOn = new Set<FunctionSym>();

  constructor(private readonly program: Program) {}

  assigns(e: Assign): void {
    const to = e.op === '=' ? this.pointerOf(e.left) : undefined;
    if (to) this.copy(to, e.right);
  }
  /** `&operand` */
  handsOut(operand: Expr): void {
    const pointer = this.pointerOf(operand);
    if (pointer) this.held.set(pointer, ANYWHERE);
  }
  /** A function is named, and not called. */
  names(sym: FunctionSym): void {
    this.passedOn.add(sym);
  }
  calls(to: FunctionSym, args: readonly Expr[]): void {
    const { params } = to;
    for (let i = 0; i < params.length; i++) {
      const param = params[i] as VarSym;
      if (!isPointer(param)) continue;
      const arg = args[i];
      if (arg) this.copy(param, arg);
      else this.held.set(param, ANYWHERE);
    }
  }
  initialiser(init: InitList | Expr | undefined, variable: VarSym): void {
    if (!init || !isPointer(variable)) return;
    if (init.kind === 'initList') this.held.set(variable, ANYWHERE);
    else this.copy(variable, init);
  }
  /** A local pointer or a parameter. */
  private pointerOf(expr: Expr): VarSym | undefined {
    const e = withoutCasts(expr);
    const sym = e.kind === 'ident' ? this.program.symbolOf(e) : undefined;
    return sym?.kind === 'var' && isPointer(sym) ? sym : undefined;
  }
  private copy(to: VarSym, from: Expr): void {
    const e = withoutCasts(from);
    if (e.kind === 'conditional') {
      this.copy(to, e.then ?? e.test);
      this.copy(to, e.else);
      return;
    }
    if (this.program.constantOf(e) === 0n) return;
    const source = this.source(e);
    if (source === undefined) this.held.set(to, ANYWHERE);
    else if (isPointer(source)) orMake(this.copiedTo, source, () => []).push(to);
    else {
      const known = orMake(this.held, to, () => new Set());
      if (known !== ANYWHERE) known.add(source);
    }
  }
  /** The global that an address lies in, or the pointer that it comes from. */
  private source(expr: Expr): VarSym | undefined {
    const e = withoutCasts(expr);
    const type = this.program.typeOf(e);
    if (e.kind === 'unary' && e.op === '&') return this.holderOf(e.operand);
    if (type?.kind === 'array') return this.holderOf(e);
    if (e.kind === 'binary' && type?.kind === 'pointer')
      return this.source(this.program.typeOf(withoutCasts(e.left))?.kind === 'int' ? e.right : e.left);
    if (e.kind === 'call') {
      const meaning = this.program.expansionOf(e);
      return meaning && this.source(meaning);
    }
    return this.pointerOf(e);
  }
  /** The same for what lies there. */
  private holderOf(expr: Expr): VarSym | undefined {
    const e = withoutCasts(expr);
    switch (e.kind) {
      case 'ident': {
        const sym = this.program.symbolOf(e);
        return sym?.kind === 'var' && sym.storage === 'global' && !sym.percpu ? sym : undefined;
      }
      case 'member':
        return e.arrow ? this.source(e.base) : this.holderOf(e.base);
      case 'index':
        return this.program.typeOf(e.base)?.kind === 'array' ? this.holderOf(e.base) : this.source(e.base);
      case 'unary':
        return e.op === '*' ? this.source(e.operand) : undefined;
      default:
        return undefined;
    }
  }
  /** To be called when all has been noted. `open`: functions that other code may call, with any arguments. */
  close(open: Iterable<FunctionSym>): void {
    for (const { params } of [...open, ...this.passedOn])
      for (const param of params) if (isPointer(param)) this.held.set(param, ANYWHERE);
    const work = [...this.held.keys()];
    for (let pointer = work.pop(); pointer; pointer = work.pop()) {
      const from = this.held.get(pointer);
      if (from === undefined) continue;
      for (const to of this.copiedTo.get(pointer) ?? []) {
        const known = orMake(this.held, to, () => new Set());
        if (known === ANYWHERE) continue;
        const before = known.size;
        if (from === ANYWHERE) this.held.set(to, ANYWHERE);
        else for (const variable of from) known.add(variable);
        if (from === ANYWHERE || known.size !== before) work.push(to);
      }
    }
  }
  /** All variables that a pointer may lead to; undefined: it may lead to other memory too. */
  behind(pointer: VarSym): Variables | undefined {
    const known = this.held.get(pointer);
    return known === undefined || known === ANYWHERE || known.size === 0 ? undefined : known;
  }
  /** The same for the object that an expression names a part of, through a pointer. */
  holding(e: Expr): Variables | undefined {
    const pointer = this.holderOf(e);
    return pointer && isPointer(pointer) ? this.behind(pointer) : undefined;
  }
}
const isPointer = ({ type, storage }: VarSym): boolean => type.kind === 'pointer' && storage !== 'global';

/**
 * Which functions a pointer may lead to, whatever the order: those whose address is stored in a variable, an array, a parameter or a field of
 * that name, directly or by way of others.
 */
import { decay } from '../../../../types/conversions';
import type { CType, FunctionType } from '../../../../types/ctype';
import { orMake } from '../../../../types/orMake';
import type { FunctionSym, Program, Sym, VarSym } from '../../../check/context/program';
import type { Assign, Call, Expr, InitList } from '../../../syntax/tree';
import { withoutCasts } from '../../../syntax/withoutCasts';
import { eachLeaf } from './initialValues';

/** A place that pointers are kept in: a variable (an array with its elements), or every field of one name. */
type Place = VarSym | string;
const NONE: readonly FunctionSym[] = [];

export class FunctionPointers {
  private readonly held = new Map<Place, Set<FunctionSym>>();
  private readonly copiedTo = new Map<Place, Set<Place>>();
  /** calls through pointers, whose arguments go to the parameters of all that the pointer may lead to */
  private readonly throughPointers: Call[] = [];

  constructor(private readonly program: Program) {}

  assigns(e: Assign): void {
    if (this.brings(e.right)) this.copy(this.placeOf(e.left), e.right);
  }
  /** A call; `to`: what it names. */
  calls(e: Call, to: Sym | undefined): void {
    if (to?.kind === 'function') this.pass(to, e.args);
    else if (to?.kind !== 'api') this.throughPointers.push(e);
  }
  initialiser(init: InitList | Expr | undefined, variable: VarSym | undefined): void {
    if (!init) return;
    if (init.kind !== 'initList') {
      if (variable) this.copy(variable, init);
      return;
    }
    eachLeaf(this.program.initialiserOf(init), '', (field, expr) => this.copy(field === '' ? variable : field, expr));
  }
  private pass(to: FunctionSym, args: readonly Expr[]): void {
    for (let i = 0; i < args.length; i++) this.copy(to.params[i], args[i] as Expr);
  }
  private placeOf(expr: Expr): Place | undefined {
    const e = withoutCasts(expr);
    if (e.kind === 'member') return e.name.text;
    if (e.kind === 'index' || (e.kind === 'unary' && (e.op === '*' || e.op === '&'))) {
      return this.placeOf(e.kind === 'index' ? e.base : e.operand);
    }
    const sym = e.kind === 'ident' ? this.program.symbolOf(e) : undefined;
    return sym?.kind === 'var' ? sym : undefined;
  }
  private copy(to: Place | undefined, from: Expr): void {
    if (to === undefined) return;
    const source = withoutCasts(from);
    if (source.kind === 'conditional') {
      this.copy(to, source.then ?? source.test);
      this.copy(to, source.else);
      return;
    }
    const sym = this.functionOf(source);
    if (sym) {
      orMake(this.held, to, () => new Set()).add(sym);
      return;
    }
    if (!this.mayHold(source)) return;
    const place = this.placeOf(source);
    if (place !== undefined && place !== to) orMake(this.copiedTo, place, () => new Set()).add(to);
  }
  /** Whether a value may be a function's address: most are not, and then it does not matter where they go. */
  private brings(value: Expr): boolean {
    const e = withoutCasts(value);
    return e.kind === 'conditional' || this.functionOf(e) !== undefined || this.mayHold(e);
  }
  private mayHold(e: Expr): boolean {
    const type = this.program.typeOf(e);
    return type !== undefined && mayHoldFunctions(type);
  }
  private functionOf(e: Expr): FunctionSym | undefined {
    const named = e.kind === 'unary' && (e.op === '&' || e.op === '*') ? withoutCasts(e.operand) : e;
    const sym = named.kind === 'ident' ? this.program.symbolOf(named) : undefined;
    return sym?.kind === 'function' ? sym : undefined;
  }
  /** To be called when all has been noted. */
  close(): void {
    for (let before = -1, now = this.spread(); now !== before; before = now, now = this.spread()) {
      for (const { callee, args } of this.throughPointers) for (const to of this.targetsOf(callee)) this.pass(to, args);
    }
  }
  private spread(): number {
    const work = [...this.held.keys()];
    for (let place = work.pop(); place !== undefined; place = work.pop()) {
      const from = this.held.get(place) ?? NONE;
      for (const next of this.copiedTo.get(place) ?? NONE) {
        const to = orMake(this.held, next as Place, () => new Set<FunctionSym>());
        const before = to.size;
        for (const sym of from) to.add(sym);
        if (to.size !== before) work.push(next as Place);
      }
    }
    let size = 0;
    for (const all of this.held.values()) size += all.size;
    return size;
  }
  /** The functions that a pointer may lead to, of the type that it is called with. */
  targetsOf(pointer: Expr): readonly FunctionSym[] {
    const e = withoutCasts(pointer);
    if (e.kind === 'conditional') return [...this.targetsOf(e.then ?? e.test), ...this.targetsOf(e.else)];
    const sym = this.functionOf(e);
    if (sym) return [sym];
    const place = this.placeOf(e);
    const all = place === undefined ? undefined : this.held.get(place);
    if (!all) return NONE;
    const wanted = calledType(decay(this.program.typeOf(e) ?? VOID, this.program.abi));
    return [...all].filter((f) => !wanted || wanted.params.length === f.params.length);
  }
}
const VOID: CType = { kind: 'void' };
function calledType(type: CType): FunctionType | undefined {
  if (type.kind === 'function') return type;
  return type.kind === 'pointer' && type.to.kind === 'function' ? type.to : undefined;
}
function mayHoldFunctions(type: CType): boolean {
  if (type.kind === 'array') return mayHoldFunctions(type.of);
  return (
    type.kind === 'function' || (type.kind === 'pointer' && (type.to.kind === 'function' || type.to.kind === 'void'))
  );
}

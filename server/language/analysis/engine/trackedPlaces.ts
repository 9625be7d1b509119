/**
 * Places: the variables and member paths that facts are kept about, numbered for a whole program. `r->gfp` and `cfg.mask` are places of
 * their variable; an element of an array or what a pointer to an integer points to is none.
 */

import type { Program, VarSym } from '../../check/program';
import type { Expr } from '../../syntax/tree';
import type { PlaceId } from './cfg';

export interface Place {
  readonly id: PlaceId;
  /** undefined: a temporary */
  readonly variable: VarSym | undefined;
  /** '' for the variable itself, else '.mask', '->gfp', '->ops.fill' … */
  readonly path: string;
  /** last field of the path; a store to a field of this name through another pointer may be a store to it */
  readonly field: string;
  /** a predicate: the places it compares */
  readonly of: readonly PlaceId[];
}
const DEEPEST = 3;

export class Places {
  private readonly list: Place[] = [];
  private readonly whole = new Map<VarSym, PlaceId>();
  private readonly members = new Map<VarSym, Map<string, PlaceId>>();
  private readonly none: readonly PlaceId[] = [];

  constructor(private readonly program: Program) {}

  get(id: PlaceId): Place {
    return this.list[id] as Place;
  }
  /** A new place for the value of a call or a conditional. */
  temporary(): PlaceId {
    this.list.push({ id: this.list.length, variable: undefined, path: '', field: '', of: this.none });
    return this.list.length - 1;
  }
  /** A new place for whether a comparison of `of` holds (predicates.ts). */
  predicate(of: readonly PlaceId[]): PlaceId {
    this.list.push({ id: this.list.length, variable: undefined, path: '', field: '', of });
    return this.list.length - 1;
  }
  of(variable: VarSym, path = '', field = ''): PlaceId {
    if (path === '') {
      let id = this.whole.get(variable);
      if (id === undefined) this.whole.set(variable, (id = this.add(variable, '', '')));
      return id;
    }
    let paths = this.members.get(variable);
    if (!paths) this.members.set(variable, (paths = new Map()));
    let id = paths.get(path);
    if (id === undefined) paths.set(path, (id = this.add(variable, path, field)));
    return id;
  }
  private add(variable: VarSym, path: string, field: string): PlaceId {
    const id = this.list.length;
    this.list.push({ id, variable, path, field, of: this.none });
    return id;
  }
  /** The place an expression names; undefined when it names none. */
  ofExpr(expr: Expr): PlaceId | undefined {
    if (expr.kind === 'ident') {
      const sym = this.program.symbolOf(expr);
      return sym?.kind === 'var' && !sym.percpu ? this.of(sym) : undefined;
    }
    if (expr.kind !== 'member') return undefined;
    let path = '';
    let at: Expr = expr;
    for (let depth = 0; at.kind === 'member'; depth++) {
      if (depth === DEEPEST) return undefined;
      path = (at.arrow ? '->' : '.') + at.name.text + path;
      at = at.base;
    }
    if (at.kind !== 'ident') return undefined;
    const sym = this.program.symbolOf(at);
    return sym?.kind === 'var' && !sym.percpu ? this.of(sym, path, expr.name.text) : undefined;
  }
  /** Every known place of `variable` at or under `path`. */
  below(variable: VarSym, path = ''): readonly PlaceId[] {
    const found: PlaceId[] = [];
    const whole = path === '' ? this.whole.get(variable) : undefined;
    if (whole !== undefined) found.push(whole);
    for (const [text, id] of this.members.get(variable) ?? []) if (text.startsWith(path)) found.push(id);
    return found;
  }
}

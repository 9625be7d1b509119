/**
 * Variable paths: the variables, and members of them, about which facts are kept, numbered for a whole program. `r->gfp` and `cfg.mask` are
 * paths of their variable. An array element, or the target of a pointer to an integer, is not one. Temporaries (the value of a call or of
 * `?:`) and predicates (whether a comparison holds) are numbered among them.
 */

import { orMake } from '../../../../types/orMake';
import type { Program, VarSym } from '../../../check/context/program';
import type { Expr } from '../../../syntax/tree';

/** Index into `VarPaths`. */
export type PathId = number;

interface VarPath {
  readonly id: PathId;
  /** undefined: a temporary or a predicate */
  readonly variable: VarSym | undefined;
  /** '' for the variable itself, else '.mask', '->gfp', '->ops.fill' … */
  readonly members: string;
  /** last field of the path; a store to a field of this name through another pointer may be a store to it */
  readonly field: string;
  /** a predicate: the paths it compares */
  readonly of: readonly PathId[];
}
const DEEPEST = 3;
const NONE: readonly PathId[] = [];

export class VarPaths {
  private readonly list: VarPath[] = [];
  private readonly whole = new Map<VarSym, PathId>();
  private readonly byMembers = new Map<VarSym, Map<string, PathId>>();

  constructor(private readonly program: Program) {}

  get(id: PathId): VarPath {
    const path = this.list[id];
    if (!path) throw new RangeError(`no path ${id}`);
    return path;
  }
  /** A new path for the value of a call or a conditional. */
  temporary(): PathId {
    return this.add(undefined, '', '', NONE);
  }
  /** A new path for whether a comparison of `of` holds (predicates.ts). */
  predicate(of: readonly PathId[]): PathId {
    return this.add(undefined, '', '', of);
  }
  of(variable: VarSym, members = '', field = ''): PathId {
    if (members === '') {
      const id = orMake(this.whole, variable, () => this.add(variable, '', '', NONE));
      return id;
    }
    const known = orMake(this.byMembers, variable, () => new Map());
    const id = orMake(known, members, () => this.add(variable, members, field, NONE));
    return id;
  }
  private add(variable: VarSym | undefined, members: string, field: string, of: readonly PathId[]): PathId {
    const id = this.list.length;
    this.list.push({ id, variable, members, field, of });
    return id;
  }
  /** The path that an expression names, if it names one. */
  ofExpr(expr: Expr): PathId | undefined {
    if (expr.kind === 'ident') {
      const sym = this.program.symbolOf(expr);
      return sym?.kind === 'var' && !sym.percpu ? this.of(sym) : undefined;
    }
    if (expr.kind !== 'member') return undefined;
    let members = '';
    let at: Expr = expr;
    for (let depth = 0; at.kind === 'member'; depth++) {
      if (depth === DEEPEST) return undefined;
      members = (at.arrow ? '->' : '.') + at.name.text + members;
      at = at.base;
    }
    if (at.kind !== 'ident') return undefined;
    const sym = this.program.symbolOf(at);
    return sym?.kind === 'var' && !sym.percpu ? this.of(sym, members, expr.name.text) : undefined;
  }
  /** Every known path of `variable` at or under `members`. */
  below(variable: VarSym, members = ''): readonly PathId[] {
    const found: PathId[] = [];
    const whole = members === '' ? this.whole.get(variable) : undefined;
    if (whole !== undefined) found.push(whole);
    for (const [text, id] of this.byMembers.get(variable) ?? []) if (text.startsWith(members)) found.push(id);
    return found;
  }
}

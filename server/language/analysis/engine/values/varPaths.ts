/**
 * Variable paths: the variables, and parts of them, about which facts are kept, numbered for a whole program. `r->gfp`, `cfg.mask`, `*p` and
 * `masks[1]` are paths of their variable. Temporaries (the value of a call or of `?:`) and predicates (whether a comparison holds) are
 * numbered among them.
 */

import type { CType } from '../../../../types/ctype';
import { NumberTable } from '../../../../types/numberTable';
import { NodeTable } from '../../../check/context/nodeTable';
import type { Program, VarSym } from '../../../check/context/program';
import type { Expr } from '../../../syntax/tree';
import { withoutCasts } from '../../../syntax/withoutCasts';

/** Index into `VarPaths`. */
export type PathId = number;

export interface VarPath {
  readonly id: PathId;
  /** undefined: a temporary or a predicate */
  readonly variable: VarSym | undefined;
  /** '' for the variable itself, else '.mask', '->gfp', '->ops.fill', '[1].gfp', '*' … */
  readonly members: string;
  /** last field of the path; a store to a field of this name through another pointer may be a store to it */
  readonly field: string;
  /** of what it names, where that is known */
  readonly type: CType | undefined;
  /** members, elements and dereferences */
  readonly depth: number;
  /** a predicate: the paths it compares */
  readonly of: readonly PathId[];
  /** a temporary: the call or conditional whose value it is */
  readonly value: Expr | undefined;
}
const DEEPEST = 4;
const NONE: readonly PathId[] = [];
/** in the table of expressions: it names none */
const NO_PATH = -1;
const STEPS = /->|\.|\[|\*/g;
const ELEMENT = /^(.*)\[(\d+)\]$/;

export class VarPaths {
  private readonly list: VarPath[] = [];
  /** the paths of each variable, and of its parts by their members, by its number */
  private readonly whole = new NumberTable<PathId>();
  private readonly byMembers = new NumberTable<Map<string, PathId>>();

  /** what each expression names */
  private readonly ofExprs: NodeTable<PathId>;

  constructor(private readonly program: Program) {
    this.ofExprs = new NodeTable(program.nodes);
  }

  get(id: PathId): VarPath {
    const path = this.list[id];
    if (!path) throw new RangeError(`no path ${id}`);
    return path;
  }
  /** A new path: for the value of a call or a conditional, or for what a walk keeps in mind. */
  temporary(value?: Expr): PathId {
    return this.add(undefined, '', '', undefined, 0, NONE, value);
  }
  /** A new path for whether a comparison of `of` holds (predicates.ts). */
  predicate(of: readonly PathId[]): PathId {
    return this.add(undefined, '', '', undefined, 0, of);
  }
  of(variable: VarSym): PathId {
    let id = this.whole.get(variable.id);
    if (id === undefined) this.whole.set(variable.id, (id = this.add(variable, '', '', variable.type, 0)));
    return id;
  }
  /** The path `base.name`; none for what has no place, or lies too deep. */
  member(base: PathId, name: string, type: CType | undefined): readonly PathId[] {
    const id = this.below1(base, `.${name}`, name, type);
    return id === undefined ? NONE : [id];
  }
  /** The element of an array. */
  element(array: PathId, index: number, type: CType | undefined): PathId {
    const { variable, members, field, depth } = this.get(array);
    return variable ? this.part(variable, `${members}[${index}]`, field, type, depth + 1) : array;
  }
  /** The element `by` places from one, or the object itself. */
  offset(at: PathId, by: number): readonly PathId[] {
    if (by === 0) return [at];
    const { variable, members, field, type, depth } = this.get(at);
    const [, array = '', index = ''] = ELEMENT.exec(members) ?? [];
    if (!variable || index === '' || Number(index) + by < 0) return NONE;
    return [this.part(variable, `${array}[${Number(index) + by}]`, field, type, depth)];
  }
  /** The part of a variable that is `base` and then `rest`, as `like` has it in another object; none if it lies too deep. */
  moved(base: PathId, rest: string, like: VarPath): readonly PathId[] {
    const { variable, members } = this.get(base);
    return variable ? this.named(variable, members + rest, like.field, like.type) : NONE;
  }
  /** The part of a variable with these members. */
  named(variable: VarSym, members: string, field: string, type: CType | undefined): readonly PathId[] {
    const known = this.known(variable, members);
    if (known !== undefined) return [known];
    if (members === '') return [this.of(variable)];
    const depth = members.match(STEPS)?.length ?? 0;
    return depth > DEEPEST ? NONE : [this.part(variable, members, field, type, depth)];
  }
  /** The same, if some expression names it. */
  known(variable: VarSym, members: string): PathId | undefined {
    return members === '' ? this.whole.get(variable.id) : this.byMembers.get(variable.id)?.get(members);
  }
  private below1(base: PathId, step: string, field: string, type: CType | undefined): PathId | undefined {
    const { variable, members, depth } = this.get(base);
    return variable && depth < DEEPEST ? this.part(variable, members + step, field, type, depth + 1) : undefined;
  }
  private part(v: VarSym, members: string, field: string, type: CType | undefined, depth: number): PathId {
    let known = this.byMembers.get(v.id);
    if (!known) this.byMembers.set(v.id, (known = new Map()));
    let id = known.get(members);
    if (id === undefined) known.set(members, (id = this.add(v, members, field, type, depth)));
    return id;
  }
  private add(
    variable: VarSym | undefined,
    members: string,
    field: string,
    type: CType | undefined,
    depth: number,
    of: readonly PathId[] = NONE,
    value?: Expr,
  ): PathId {
    const id = this.list.length;
    this.list.push({ id, variable, members, field, type, depth, of, value });
    return id;
  }
  /** The path that an expression names, if it names one. */
  ofExpr(expr: Expr): PathId | undefined {
    let path = this.ofExprs.get(expr);
    if (path === undefined) {
      path = this.pathOf(expr) ?? NO_PATH;
      this.ofExprs.set(expr, path);
    }
    return path === NO_PATH ? undefined : path;
  }
  private pathOf(expr: Expr): PathId | undefined {
    switch (expr.kind) {
      case 'ident': {
        const sym = this.program.symbolOf(expr);
        return sym?.kind === 'var' && !sym.percpu ? this.of(sym) : undefined;
      }
      case 'member':
        return this.behind(expr.base, expr.arrow ? '->' : '.', expr.name.text, expr);
      case 'index': {
        const index = this.program.constantOf(expr.index);
        const base = this.program.typeOf(expr.base);
        if (index === undefined || index < 0n) return undefined;
        if (base?.kind === 'array') return this.behind(expr.base, `[${index}]`, '', expr);
        return index === 0n ? this.behind(expr.base, '*', '', expr) : undefined;
      }
      case 'unary': {
        if (expr.op !== '*') return undefined;
        const operand = withoutCasts(expr.operand);
        if (operand.kind === 'unary' && operand.op === '&') return this.ofExpr(operand.operand);
        return this.behind(expr.operand, '*', '', expr);
      }
      default:
        return undefined;
    }
  }
  /** `base` and one step more. */
  private behind(base: Expr, step: string, name: string, whole: Expr): PathId | undefined {
    let from = base;
    let by = step;
    // (*p).f is p->f, and (&s)->f is s.f
    if (by === '.' && from.kind === 'unary' && from.op === '*') {
      from = from.operand;
      by = '->';
    }
    if (by === '->' && from.kind === 'unary' && from.op === '&') {
      from = from.operand;
      by = '.';
    }
    const id = this.ofExpr(from);
    if (id === undefined) return undefined;
    const field = name || this.get(id).field;
    return this.below1(id, by + name, by === '*' ? '' : field, this.program.typeOf(whole));
  }
  /** Whether a part of `variable` is known. */
  hasParts(variable: VarSym): boolean {
    return this.byMembers.get(variable.id) !== undefined;
  }
  /** Every known path of `variable` at or under `members`. */
  below(variable: VarSym, members = ''): readonly PathId[] {
    const found: PathId[] = [];
    const whole = members === '' ? this.whole.get(variable.id) : undefined;
    if (whole !== undefined) found.push(whole);
    for (const [text, id] of this.byMembers.get(variable.id) ?? []) if (isBelow(text, members)) found.push(id);
    return found;
  }
  /** Every known part of `variable` that begins with `prefix`: `.in.`, `->`. */
  startingWith(variable: VarSym, prefix: string): readonly PathId[] {
    const found: PathId[] = [];
    for (const [text, id] of this.byMembers.get(variable.id) ?? []) if (text.startsWith(prefix)) found.push(id);
    return found;
  }
}
/** Whether a path is the other or a part of it or of what it points to. */
export const isBelow = (members: string, top: string): boolean =>
  members.startsWith(top) && (members.length === top.length || !/\w/.test(members[top.length] ?? ''));
/** Whether a path leads through a pointer. */
export const isPointed = (members: string): boolean => members.includes('>') || members.includes('*');

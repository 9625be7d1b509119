/** Locals that have one value in their whole life: `l = &dev->lock`. Found once per body, at the first question. */
import type { Program, VarSym } from '../../../check/context/program';
import type { Expr } from '../../../syntax/tree';
import { withoutCasts } from '../../../syntax/withoutCasts';
import { walkBlock } from '../flow/evaluationOrder';

interface Found {
  value: Expr | undefined;
  times: number;
}

export class Definitions {
  private readonly bodies = new Map<object, ReadonlyMap<VarSym, Found>>();
  /** being looked up: `p = p->next` has no end */
  private readonly open = new Set<VarSym>();

  constructor(private readonly program: Program) {}

  /** The value that `variable` has from its definition on, if it is a local that is assigned once; undefined: there is none. */
  onlyValue(variable: VarSym): Expr | undefined {
    const { owner } = variable;
    if (variable.storage !== 'local' || !owner?.def.body || this.open.has(variable)) return undefined;
    const assigned = this.assigned(owner, variable);
    const init = variable.init?.kind === 'initList' ? undefined : variable.init;
    const value = assigned.times > 0 ? (init || assigned.times > 1 ? undefined : assigned.value) : init;
    if (!value) return undefined;
    this.open.add(variable);
    const fixed = this.isFixed(value);
    this.open.delete(variable);
    return fixed ? value : undefined;
  }
  /** Whether a local gets a value that is not a constant, or others may store to it. */
  isFilled(variable: VarSym): boolean {
    const { owner, init } = variable;
    if (!owner?.def.body || init?.kind === 'initList') return true;
    const { value, times } = this.assigned(owner, variable);
    return [init, value].some((e) => e && this.program.constantOf(e) === undefined) || times > 1;
  }
  /** Whether a body assigns its parameter, or others may. */
  isReassigned(param: VarSym): boolean {
    return param.owner !== undefined && this.assigned(param.owner, param).times > 0;
  }
  private assigned(owner: NonNullable<VarSym['owner']>, variable: VarSym): Found {
    let found = this.bodies.get(owner);
    if (!found) this.bodies.set(owner, (found = owner.def.body ? this.read(owner.def.body) : new Map()));
    return found.get(variable) ?? { value: undefined, times: 0 };
  }
  /** Whether the variables of a value keep theirs. */
  private isFixed(expr: Expr): boolean {
    let e = withoutCasts(expr);
    for (;;) {
      if (e.kind === 'member' || e.kind === 'index') e = withoutCasts(e.base);
      else if (e.kind === 'unary' && (e.op === '&' || e.op === '*')) e = withoutCasts(e.operand);
      else break;
    }
    if (e.kind !== 'ident') return true;
    const sym = this.program.symbolOf(e);
    if (sym?.kind !== 'var' || sym.storage === 'global') return true;
    const { owner } = sym;
    return owner !== undefined && (this.onlyValue(sym) !== undefined || !this.isAssigned(sym));
  }
  private isAssigned(variable: VarSym): boolean {
    const { owner } = variable;
    return !owner || (this.bodies.get(owner)?.has(variable) ?? false) || variable.init !== undefined;
  }
  private read(block: Parameters<typeof walkBlock>[1]): ReadonlyMap<VarSym, Found> {
    const found = new Map<VarSym, Found>();
    const note = (left: Expr, value: Expr | undefined): void => {
      const target = withoutCasts(left);
      const sym = target.kind === 'ident' ? this.program.symbolOf(target) : undefined;
      if (sym?.kind !== 'var') return;
      const known = found.get(sym);
      if (known) known.times++;
      else found.set(sym, { value, times: value ? 1 : 2 });
    };
    walkBlock(this.program, block, (e) => {
      if (e.kind === 'assign') note(e.left, e.op === '=' ? e.right : undefined);
      else if (e.kind === 'postfix' || (e.kind === 'unary' && ['++', '--', '&'].includes(e.op)))
        note(e.operand, undefined);
    });
    return found;
  }
}

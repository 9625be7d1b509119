/**
 * All values that a variable or a field ever gets in the whole program, without an order. It answers whether memory is certainly kmalloc's:
 * then kvfree() does not sleep. Fields are told apart by their names only.
 */
import type { ApiEntry } from '../../catalogue/form/entry';
import type { FunctionSym, Program, VarSym } from '../../check/context/program';
import type { Call, Expr, InitList } from '../../syntax/tree';
import { type Node, walkTree } from '../../syntax/visitor';
import { withoutCasts } from '../../syntax/withoutCasts';
import { sleepBits } from './flow/apiFacts';
import { walkBlock } from './flow/evaluationOrder';

/** undefined: it may get others, through a pointer */
type Values = Expr[] | undefined;
const DEEPEST = 6;

class StoredValues {
  private readonly variables = new Map<VarSym, Values>();
  private readonly fields = new Map<string, Values>();
  /** functions whose name is more than called: other code gives their parameters other values */
  private readonly passedOn = new Set<FunctionSym>();
  /** an initialiser gives values to fields that it does not name */
  private unnamed = false;

  constructor(private readonly program: Program) {
    for (const { init } of program.globals) if (init?.kind === 'initList') this.list(init);
    for (const { tree } of program.files) {
      for (const item of tree.items) if (!('body' in item)) walkTree(item, (node) => this.mention(node));
    }
    for (const { def } of [...program.functions, ...program.contexts]) {
      if (!def.body) continue;
      walkBlock(program, def.body, (e) => {
        if (e.kind === 'assign') this.store(e.left, e.op === '=' ? e.right : undefined);
        else if (e.kind === 'unary' && e.op === '&') this.store(e.operand, undefined);
        else if (e.kind === 'compound') this.list(e.init);
        else if (e.kind === 'call') this.pass(e);
        else this.mention(e);
      });
    }
  }
  private mention(node: Node): void {
    const sym = node.kind === 'ident' ? this.program.symbolOf(node) : undefined;
    if (sym?.kind === 'function') this.passedOn.add(sym);
  }
  private functionOf({ callee }: Call): FunctionSym | undefined {
    const sym = callee.kind === 'ident' ? this.program.symbolOf(callee) : undefined;
    return sym?.kind === 'function' ? sym : undefined;
  }
  private pass(call: Call): void {
    for (const [i, param] of (this.functionOf(call)?.params ?? []).entries())
      this.add(this.variables, param, call.args[i]);
  }
  /** What a function that is called returns; undefined: that is not known. */
  private returnedBy(call: Call): Expr[] | undefined {
    const found: Expr[] = [];
    const body = this.functionOf(call)?.def.body;
    if (body)
      walkTree(body, (node) => {
        if (node.kind === 'return' && node.value) found.push(node.value);
      });
    return found.length > 0 ? found : undefined;
  }
  private list({ items }: InitList): void {
    for (const { designators, value } of items) {
      const [d] = designators;
      if (d?.kind === 'fieldDesignator' && designators.length === 1 && value.kind !== 'initList')
        this.add(this.fields, d.name.text, value);
      else if (value.kind === 'initList') this.list(value);
      else if (this.program.constantOf(value) !== 0n) this.unnamed = true;
    }
  }
  private store(target: Expr, value: Expr | undefined): void {
    const e = withoutCasts(target);
    if (e.kind === 'member') this.add(this.fields, e.name.text, value);
    const sym = e.kind === 'ident' ? this.program.symbolOf(e) : undefined;
    if (sym?.kind === 'var') this.add(this.variables, sym, value);
  }
  private add<K>(to: Map<K, Values>, key: K, value: Expr | undefined): void {
    const before = to.has(key) ? to.get(key) : [];
    to.set(key, value && before ? [...before, value] : undefined);
  }

  /** Whether `e` is certainly NULL or memory of kmalloc(). */
  isKmalloc(e: Expr, depth = 0): boolean {
    return this.isAlways(
      e,
      (value, at) => this.program.constantOf(value) === 0n || (value.kind === 'call' && this.isKmallocCall(value, at)),
      depth,
    );
  }
  /** Whether `is` holds for all values that `expr` ever has. */
  private isAlways(expr: Expr, is: (value: Expr, depth: number) => boolean, depth: number): boolean {
    const e = withoutCasts(expr);
    if (depth > DEEPEST) return false;
    if (is(e, depth)) return true;
    const all = (values: Values): boolean => values?.every((v) => this.isAlways(v, is, depth + 1)) === true;
    switch (e.kind) {
      case 'ident': {
        const sym = this.program.symbolOf(e);
        if (sym?.kind !== 'var' || sym.input || sym.init?.kind === 'initList') return false;
        if (sym.storage === 'param' && !this.isGiven(sym)) return false;
        return all(this.variables.has(sym) ? this.variables.get(sym) : []) && (!sym.init || all([sym.init]));
      }
      case 'member':
        return !this.unnamed && all(this.fields.get(e.name.text));
      case 'conditional':
        return all([e.then ?? e.test, e.else]);
      case 'assign':
        return all([e.right]);
      case 'call':
        return all(this.returnedBy(e));
      default:
        return false;
    }
  }
  /** Whether all values of a parameter are known. */
  private isGiven(param: VarSym): boolean {
    const { owner } = param;
    const called =
      owner?.kind === 'function' && !this.passedOn.has(owner) && owner.def.modifiers.contracts.length === 0;
    return called && this.variables.has(param);
  }
  private isKmallocCall(call: Call, depth: number): boolean {
    const sym = call.callee.kind === 'ident' ? this.program.symbolOf(call.callee) : undefined;
    if (sym?.kind !== 'api') return false;
    const { allocates: made, gfp } = sym.entry;
    if (made?.kind === 'kmalloc') return true;
    if (made?.kind !== 'kvmalloc' || made.size === undefined) return false;
    // kvmalloc() does not fall back to vmalloc() with a mask that does not let it wait, nor up to a page
    const bits = BigInt(sleepBits(this.program.profile, sym.entry));
    const mask = gfp && call.args[gfp.arg];
    const isAtomic = (value: Expr): boolean => ((this.program.constantOf(value) ?? bits) & bits) !== bits;
    if (mask && this.isAlways(mask, isAtomic, depth + 1)) return true;
    const bytes = [made.size, ...(made.count === undefined ? [] : [made.count])].map((i) => {
      const arg = call.args[i];
      return arg && this.program.constantOf(arg);
    });
    const page = this.program.lookup('PAGE_SIZE');
    if (page?.kind !== 'const' || bytes.some((n) => n === undefined)) return false;
    return bytes.reduce<bigint>((all, n) => all * (n ?? 0n), 1n) <= page.value;
  }
}

const known = new WeakMap<Program, StoredValues>();
/** Whether a call frees memory that may be vmalloc's, which sleeps, but certainly is not. */
export function freesKmalloc(program: Program, { frees }: ApiEntry, call: Call): boolean {
  if (!frees?.kinds.includes('kmalloc') || !frees.kinds.includes('vmalloc')) return false;
  const arg = call.args[frees.arg];
  if (!arg) return false;
  let values = known.get(program);
  if (!values) known.set(program, (values = new StoredValues(program)));
  return values.isKmalloc(arg);
}

/** Branches around nothing but code that frees, `if (c) kfree(p);`, and the branches that inputs decide. */
import { orMake } from '../../../types/orMake';
import type { Program, VarSym } from '../../check/context/program';
import type { Expr } from '../../syntax/tree';
import { walkTree } from '../../syntax/visitor';
import type { CallGraph } from '../engine/callGraph';
import { type Block, blockAt, type Cfg } from '../engine/flow/cfg';

/** blocks that are followed behind a branch */
const FURTHEST = 4;
const NOTHING: readonly Expr[] = [];

type Sides = readonly [no: readonly Expr[], yes: readonly Expr[]];

/** The branches of a body whose one side frees what a variable points to; each is looked at when it is first asked about. */
export class Guards {
  private found: Map<Block, Sides> | undefined;

  constructor(
    private readonly graph: CallGraph,
    private readonly cfg: Cfg,
  ) {}

  /** The pointers that are freed on one side of a block's branch. */
  freedOn(block: Block, taken: boolean): readonly Expr[] {
    const { end } = block;
    if (end.op !== 'branch') return NOTHING;
    this.found ??= new Map();
    const sides = orMake(
      this.found,
      block,
      (): Sides => [this.freedBy(end.no, end.yes), this.freedBy(end.yes, end.no)],
    );
    return sides[taken ? 1 : 0];
  }
  isGuard(block: Block): boolean {
    return this.freedOn(block, true).length > 0 || this.freedOn(block, false).length > 0;
  }
  private freedBy(from: number, other: number): readonly Expr[] {
    const { cfg, graph } = this;
    const freed: Expr[] = [];
    let block = blockAt(cfg, from);
    for (let i = 0; i < FURTHEST; i++) {
      for (const step of block.steps) {
        if (step.op !== 'call' || step.target.kind === 'pointer') continue;
        const { target, call } = step;
        if (target.kind === 'function') {
          if (graph.bodies.get(target.sym)?.onMemory) freed.push(...call.args);
          continue;
        }
        const { frees } = target.sym.entry;
        const given = frees && call.args[frees.arg];
        if (given) freed.push(given);
      }
      const { end } = block;
      if (end.op !== 'jump') return NOTHING;
      if (end.to === other || this.comesTo(end.to, other)) return freed;
      block = blockAt(cfg, end.to);
    }
    return NOTHING;
  }
  /** Whether the other side goes on at the same block. */
  private comesTo(to: number, other: number): boolean {
    let block = blockAt(this.cfg, other);
    for (let i = 0; i < FURTHEST && block.end.op === 'jump'; i++) {
      if (block.end.to === to) return true;
      block = blockAt(this.cfg, block.end.to);
    }
    return false;
  }
}

export interface ByInputs {
  /** branches that inputs decide, and nothing else; tests of loops that count are among them */
  readonly byInputs: ReadonlySet<Block>;
  /** the guards among them; true: no other condition asks of the same inputs */
  readonly open: ReadonlyMap<Block, boolean>;
}
const NO_GUARDS: ByInputs['open'] = new Map();
/** What is decided in a program without inputs. */
export const withoutInputs = (counting: ReadonlySet<Block>): ByInputs => ({ open: NO_GUARDS, byInputs: counting });
/** What inputs decide in a body. `counting`: tests of loops that count */
export function decidedByInputs(program: Program, cfg: Cfg, guards: Guards, counting: ReadonlySet<Block>): ByInputs {
  const open = new Map<Block, boolean>();
  const byInputs = new Set(counting);
  const asks = new Map<VarSym, number>();
  const asked = cfg.blocks.map((block) => ({ block, ...variablesAsked(program, block) }));
  for (const { inputs } of asked) for (const sym of inputs) asks.set(sym, (asks.get(sym) ?? 0) + 1);
  for (const { block, inputs, alone } of asked) {
    if (!alone) continue;
    byInputs.add(block);
    if (guards.isGuard(block))
      open.set(
        block,
        [...inputs].every((sym) => asks.get(sym) === 1),
      );
  }
  return { open, byInputs };
}
/** The inputs that a block's condition asks of; alone: it asks of nothing else. */
function variablesAsked(program: Program, { end }: Block): { inputs: ReadonlySet<VarSym>; alone: boolean } {
  const inputs = new Set<VarSym>();
  const test = end.op === 'branch' ? end.test : end.op === 'switch' ? end.value : undefined;
  let alone = true;
  if (test) {
    walkTree(test, (node) => {
      const sym = node.kind === 'ident' ? program.symbolOf(node) : undefined;
      if (sym?.kind === 'var' && sym.input) inputs.add(sym);
      else if (sym?.kind === 'var' || node.kind === 'call') alone = false;
    });
  }
  return { inputs, alone: alone && inputs.size > 0 };
}

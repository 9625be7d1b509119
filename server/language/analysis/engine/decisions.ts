/** The branches on the way to a finding that decided about it: related information, after the call path. */
import { orMake } from '../../../types/orMake';
import type { Program, Related } from '../../check/context/program';
import type { Call, Expr } from '../../syntax/tree';
import { sourceText } from './evidence';
import { type Block, blockAt, type Cfg, type Step, successors } from './flow/cfg';
import type { Trail } from './instance';

const MOST = 8;

/** The branches of `trail` whose other side does not lead to `at`, or not in the same context; at most eight, in order. */
export function decisions(program: Program, cfg: Cfg, trail: Trail | undefined, at: Call | Block): readonly Related[] {
  const end = 'steps' in at ? at : blockOf(cfg, at);
  const found: Related[] = [];
  const seen = new Set<Block>();
  for (let t = trail; t && found.length < MOST; t = t.before) {
    if (seen.has(t.block) || t.block.end.op === 'jump') continue;
    seen.add(t.block);
    const said = end && decided(cfg, t, end.id) ? textOf(program, t) : undefined;
    if (said) found.unshift(said);
  }
  return found;
}
function blockOf(cfg: Cfg, call: Call): Block | undefined {
  return cfg.blocks.find(({ steps }) => steps.some((s) => s.op === 'call' && s.call === call));
}
function decided(cfg: Cfg, { block, to }: Trail, end: number): boolean {
  const taken = reach(cfg, to, block.id);
  return successors(block.end).some((other) => {
    if (other === to) return false;
    const rest = reach(cfg, other, block.id);
    if (!rest.has(end)) return true;
    const differs = (id: number): boolean => taken.has(id) !== rest.has(id) && blockAt(cfg, id).steps.some(matters);
    return [...taken, ...rest].some(differs);
  });
}
const matters = (step: Step): boolean =>
  step.op === 'call' && (step.target.kind !== 'api' || step.target.facts.entry.effects !== undefined);

const reached = new WeakMap<Cfg, Map<string, ReadonlySet<number>>>();
/** The blocks that can follow `from`, without those behind `without`. */
function reach(cfg: Cfg, from: number, without: number): ReadonlySet<number> {
  const known = orMake(reached, cfg, () => new Map());
  const blocks = orMake(known, `${from} ${without}`, () => {
    const found = new Set<number>(from === without ? [] : [from]);
    for (const id of found) for (const next of successors(blockAt(cfg, id).end)) if (next !== without) found.add(next);
    return found;
  });
  return blocks;
}
function textOf(program: Program, { block, to }: Trail): Related | undefined {
  const { end } = block;
  if (end.op === 'branch') {
    const message = `${quoted(program, end.test)} is ${to === end.yes ? 'true' : 'false'} here`;
    return end.test.span.file < 0 ? undefined : { span: end.test.span, message };
  }
  if (end.op !== 'switch' || end.value.span.file < 0) return undefined;
  const at = end.cases.find((c) => c.block === to);
  const which = at ? (at.from === at.to ? `${at.from}` : `${at.from} to ${at.to}`) : 'none of the other cases';
  return { span: end.value.span, message: `${quoted(program, end.value)} is ${which} here` };
}
const quoted = (program: Program, e: Expr): string => `'${sourceText(program, e.span)}'`;

/**
 * The conditions that decide whether a run gets to a place, where these are about more than inputs and pointers. One behind which every
 * way leads to the place, with the pointer that is asked about unchanged, does not decide.
 */
import type { VarSym } from '../../check/context/program';
import type { Span } from '../../syntax/tree';
import { type Block, blockAt, type Cfg, type Step, successors } from '../engine/flow/cfg';
import type { Deciding, ObjectState, ObjectWalk } from './objectContext';
import { NO_THING } from './things';

/** Whether runs follow the NULL pointer that is written as `text` at `span`, however the conditions on the way turn out. */
export function isNullAnyhow(walk: ObjectWalk, state: ObjectState, text: string, span: Span): boolean {
  if (state.loose || !state.deciding) return !state.loose;
  const variable = localNamed(walk, state, text);
  const at = variable && blockAround(walk.cfg, span);
  if (!at || walk.constants.isReachable(walk.paths.of(variable))) return false;
  for (let one: Deciding | undefined = state.deciding; one; one = one.before)
    if (!one.block || !leadsTo(walk, state, one.block, at, variable)) return false;
  return true;
}
function localNamed({ things }: ObjectWalk, { objects }: ObjectState, text: string): VarSym | undefined {
  for (const { place, to } of objects.cells) {
    const { variable, members } = things.place(place);
    if (to === NO_THING && members === '' && variable?.name === text && variable.storage !== 'global') return variable;
  }
  return undefined;
}
/** The block in which a pointer is followed at `span`. */
function blockAround(cfg: Cfg, { start, end, file }: Span): Block | undefined {
  const isAround = (step: Step): boolean => {
    const e = step.op === 'call' ? step.call : step.op === 'deref' ? step.at : undefined;
    return e !== undefined && e.span.file === file && e.span.start <= start && end <= e.span.end;
  };
  const found = cfg.order.map((id) => blockAt(cfg, id)).filter(({ steps }) => steps.some(isAround));
  return found.length === 1 ? found[0] : undefined;
}
/** Whether every way from the end of one block leads to another with these inputs, and stores nothing but NULL in the variable. */
function leadsTo(walk: ObjectWalk, state: ObjectState, from: Block, at: Block, variable: VarSym): boolean {
  const seen = new Set<number>([at.id]);
  const work = [...successors(from.end)];
  for (let id = work.pop(); id !== undefined; id = work.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    const { steps, end } = blockAt(walk.cfg, id);
    if (end.op === 'return' || end.op === 'stop' || steps.some((step) => isStore(walk, step, variable))) return false;
    work.push(...sidesOf(walk, state, id));
  }
  return true;
}
/** Where a block leads to: a branch that inputs decide, to the side that was taken on the way here. */
function sidesOf({ cfg, byInputs }: ObjectWalk, { trail }: ObjectState, id: number): readonly number[] {
  const block = blockAt(cfg, id);
  const { end } = block;
  if (end.op !== 'branch' || !byInputs.has(block)) return successors(end);
  for (let at = trail; at; at = at.before) if (at.span === end.test.span) return [at.taken ? end.yes : end.no];
  return successors(end);
}
/** Whether a step stores anything but NULL in a variable. */
function isStore({ paths, program }: ObjectWalk, step: Step, variable: VarSym): boolean {
  if (step.op !== 'store' || (step.value && program.constantOf(step.value) === 0n)) return false;
  if (typeof step.to === 'number') return paths.get(step.to).variable === variable;
  return step.to.kind === 'ident' && program.symbolOf(step.to) === variable;
}

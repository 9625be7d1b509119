/** The control-flow graph of a body with what the solver asks of it: order, live places, what stores touch. */

import type { Program, VarSym } from '../../check/program';
import type { Block as BlockNode } from '../../syntax/tree';
import { resolveAliases } from './aliases';
import type { Cfg, PlaceId } from './cfg';
import { orderOf, successors } from './cfg';
import { liveness } from './liveness';
import type { CallEffects } from './lowerToCfg';
import { Lowering } from './lowerToCfg';
import type { Places } from './trackedPlaces';

/** The graph of a body. `shared`: places of globals that must keep their facts to the end, since a caller may ask for them. */
export function buildCfg(
  program: Program,
  places: Places,
  body: BlockNode,
  params: readonly VarSym[],
  effects: CallEffects,
  shared: readonly PlaceId[],
): Cfg {
  const lowering = new Lowering(program, places, effects);
  lowering.body(body);
  const { blocks, temps, meaning } = lowering;
  const predicates = lowering.predicates.byTest;
  const outs = blocks.map((b) => successors(b.end));
  const { order, rank } = orderOf(outs);
  const live = liveness({ program, places, blocks, outs, order, temps, meaning, predicates, effects, shared });
  resolveAliases(places, live.places, blocks);
  return { blocks, order, rank, temps, meaning, predicates, params, ...live };
}

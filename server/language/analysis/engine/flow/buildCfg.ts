/** The control-flow graph of a body with what the solver needs: order, live paths, and the paths that stores affect. */

import type { Program, VarSym } from '../../../check/context/program';
import type { Block as BlockNode } from '../../../syntax/tree';
import type { PathId, VarPaths } from '../values/varPaths';
import { copyPaths, resolveAliases } from './aliases';
import type { CallEffects, Cfg } from './cfg';
import { isLive, orderOf, successors } from './cfg';
import { liveness } from './liveness';
import type { Stands } from './lowering';
import { lowerBody } from './lowerStatement';
import { outcomesOf } from './outcomes';

/**
 * The graph of a body. `shared`: paths of globals that must keep their facts to the end, since a caller may read them. `objects`: with the
 * steps that tell what happens to pointers.
 */
export function buildCfg(
  program: Program,
  paths: VarPaths,
  body: BlockNode,
  params: readonly VarSym[],
  effects: CallEffects,
  shared: readonly PathId[],
  objects: boolean,
  stands: Stands,
): Cfg {
  const { temps, meaning, predicates } = stands;
  const { blocks } = lowerBody(program, paths, effects, body, objects, stands);
  const outs = blocks.map((b) => successors(b.end));
  const { order, rank, backEdges } = orderOf(outs);
  copyPaths(paths, blocks);
  const live = liveness({
    program,
    paths,
    blocks,
    outs,
    order,
    loops: backEdges.length > 0,
    temps,
    meaning,
    predicates,
    effects,
    shared,
  });
  for (const { steps, end } of blocks) {
    const last = steps.at(-1);
    if (last?.op !== 'call' || last.target.kind === 'api' || end.op !== 'jump') continue;
    last.wanted = last.result >= 0 && isLive(live, end.to, last.result);
  }
  resolveAliases(paths, live, blocks, effects);
  const isGiven = (id: PathId): boolean => {
    const { variable } = paths.get(id);
    return variable !== undefined && (variable.storage === 'global' || params.includes(variable));
  };
  return {
    blocks,
    order,
    rank,
    backEdges,
    temps,
    meaning,
    predicates,
    entry: live.paths.filter((id) => isLive(live, 0, id) && isGiven(id)),
    params,
    outcomes: outcomesOf(program, blocks),
    paths: live.paths,
    bitOf: live.bitOf,
    liveIn: live.liveIn,
    words: live.words,
    tested: live.tested,
  };
}

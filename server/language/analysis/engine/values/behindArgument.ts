/** What a callee's parameter points to, as a path of its caller. */
import type { Program } from '../../../check/context/program';
import type { Expr } from '../../../syntax/tree';
import { withoutCasts } from '../../../syntax/withoutCasts';
import type { PathId, VarPath, VarPaths } from './varPaths';

/** The path of `members` (`->gfp`, `*`) behind a parameter for which `given` is passed. `like`: the callee's path. */
export function behindArgument(
  program: Program,
  paths: VarPaths,
  given: Expr,
  members: string,
  like: VarPath,
): PathId | undefined {
  const arg = withoutCasts(given);
  if (arg.kind === 'unary' && arg.op === '&') {
    const object = paths.ofExpr(arg.operand);
    return object === undefined ? undefined : behindObject(paths, object, members, like);
  }
  const id = paths.ofExpr(arg);
  if (id === undefined) return undefined;
  const type = program.typeOf(arg);
  if (type?.kind === 'array') return behindObject(paths, paths.element(id, 0, type.of), members, like);
  return paths.moved(id, members, like)[0];
}
/** The path of `members` behind a pointer to an object. */
export function behindObject(paths: VarPaths, object: PathId, members: string, like: VarPath): PathId | undefined {
  const rest = members.startsWith('*') ? members.slice(1) : members.replace('->', '.');
  return paths.moved(object, rest, like)[0];
}

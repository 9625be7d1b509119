/** Scope "Locals": parameters and variables of the frame's function. */
import type { Frame, Target } from '../target/target';
import { localNode } from './localNode';
import type { Node, Scope, TreeContext } from './treeNode';

export function localsScope(context: TreeContext, target: Target, frame: Frame): Scope {
  const nodes = (): readonly Node[] => {
    const seen = new Set<string>();
    return target.locals(frame).map((local) => {
      const shadowed = seen.has(local.name);
      seen.add(local.name);
      return localNode(context, target, frame, local, shadowed);
    });
  };
  return { name: 'Locals', value: '', hint: 'locals', children: nodes };
}

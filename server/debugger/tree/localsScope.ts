/** Scope "Locals": parameters and variables of the frame's function. */
import type { Frame, Target } from '../target/target';
import { localNode } from './localNode';
import type { Node, Scope, TreeContext } from './treeNode';

export function localsScope(context: TreeContext, target: Target, frame: Frame): Scope {
  const nodes = (): readonly Node[] => target.locals(frame).map((local) => localNode(context, target, frame, local));
  return { name: 'Locals', value: '', hint: 'locals', children: nodes };
}

/** Scope "Locals": parameters and variables of the frame's function, those that shadow others last in the source first. */
import type { Frame, Target } from '../target';
import type { Node, Scope, TreeContext } from './node';
import { slice } from './node';
import { typedNode } from './typed';

export function localsScope(context: TreeContext, target: Target, frame: Frame): Scope {
  const nodes = (): readonly Node[] => {
    const seen = new Set<string>();
    return target.locals(frame).map((local) => {
      const shadowed = seen.has(local.name);
      seen.add(local.name);
      const place = { type: local.type, address: local.address };
      return typedNode(context, local.name, place, shadowed ? undefined : local.name);
    });
  };
  return { name: 'Locals', value: '', hint: 'locals', children: (start, count) => slice(nodes(), start, count) };
}

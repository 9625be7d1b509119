/** Scope "Globals": the scenario's variables, static locals under their function, inputs marked; of a per-CPU variable the CPU's copy. */
import type { Scope, TreeContext } from './treeNode';
import { textNode } from './treeNode';
import { objectPath, typedNode } from './typedNode';

export function globalsScope(context: TreeContext, cpu: number): Scope | undefined {
  const { view } = context;
  const { globals } = view.program;
  const { symbols } = view.kernel;
  if (globals.length === 0) return undefined;
  const nodes = () =>
    globals.map((variable) => {
      const owner = variable.owner?.name;
      const name = owner === undefined ? variable.name : `${owner}.${variable.name}`;
      const symbol = symbols.lookup(name) ?? symbols.lookup(variable.name);
      if (!symbol) return textNode(name, 'not placed');
      const location = { type: variable.type, address: symbols.address(symbol.name, cpu) };
      const path = owner === undefined ? variable.name : objectPath(view, location);
      const node = typedNode(context, name, location, path, { field: variable.name });
      return variable.input ? { ...node, name: `${name} (input)` } : node;
    });
  return { name: 'Globals', value: '', children: nodes };
}

/** Scope "Globals": the scenario's variables, static locals under their function, inputs marked. */
import type { Scope, TreeContext } from './treeNode';
import { slice, textNode } from './treeNode';
import { typedNode } from './typedNode';

export function globalsScope(context: TreeContext): Scope | undefined {
  const { view } = context;
  const { globals } = view.program;
  if (globals.length === 0) return undefined;
  const nodes = () =>
    globals.map((variable) => {
      const owner = variable.owner?.name;
      const name = owner === undefined ? variable.name : `${owner}.${variable.name}`;
      const symbol = view.kernel.symbols.lookup(name) ?? view.kernel.symbols.lookup(variable.name);
      if (!symbol) return textNode(name, 'not placed');
      const node = typedNode(
        context,
        name,
        { type: variable.type, address: symbol.va },
        owner === undefined ? variable.name : undefined,
        { field: variable.name },
      );
      return variable.input ? { ...node, name: `${name} (input)` } : node;
    });
  return { name: 'Globals', value: '', children: (start, count) => slice(nodes(), start, count) };
}

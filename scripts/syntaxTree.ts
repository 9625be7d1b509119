/** Syntax trees of the project's own source, for the checks and tools that read it. */
import { parse } from '@babel/parser';
import type { Node } from '@babel/types';

export const treeOf = (source: string): Node => parse(source, { sourceType: 'module', plugins: ['typescript'] });

/** The nodes directly below a node, in the order of the text. */
export function childrenOf(node: Node): Node[] {
  const found: Node[] = [];
  for (const [key, value] of Object.entries(node)) {
    if (key === 'loc' || key.endsWith('omments')) continue;
    for (const child of Array.isArray(value) ? value : [value])
      if (child && typeof child === 'object' && typeof (child as Node).type === 'string') found.push(child as Node);
  }
  return found;
}

/** Every node of a tree, parents first. */
export function* nodes(node: Node): Iterable<Node> {
  yield node;
  for (const child of childrenOf(node)) yield* nodes(child);
}

/** What a module imports, exports again, or asks for with import() or require(). */
export function importsOf(tree: Node): string[] {
  const found: string[] = [];
  for (const node of nodes(tree)) {
    if (
      node.type === 'ImportDeclaration' ||
      node.type === 'ExportAllDeclaration' ||
      node.type === 'ExportNamedDeclaration'
    ) {
      if (node.source) found.push(node.source.value);
    } else if (node.type === 'ImportExpression' && node.source.type === 'StringLiteral') found.push(node.source.value);
    else if (node.type === 'TSImportType') found.push(node.argument.value);
    else if (node.type === 'CallExpression') {
      const [argument] = node.arguments;
      const { callee } = node;
      const loads = callee.type === 'Import' || (callee.type === 'Identifier' && callee.name === 'require');
      if (loads && argument?.type === 'StringLiteral') found.push(argument.value);
    }
  }
  return found;
}

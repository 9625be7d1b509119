/** Which functions of a program can run. */

import type { ContextSym, FunctionSym, Program, Sym } from '../../language/check/context/program';
import { forEachChild, type Node } from '../../language/syntax/visitor';

/** The blocks and functions with a body that tasks and blocks call, or that their code or initialisers name. */
export function reachable(program: Program): ReadonlySet<FunctionSym | ContextSym> {
  const seen = new Set<FunctionSym | ContextSym>(program.contexts);
  const queue: Node[] = program.contexts.map((sym) => sym.def.body);
  for (const { init } of program.globals) if (init) queue.push(init);
  const name = (sym: Sym | undefined): void => {
    if (sym?.kind !== 'function' || !sym.def.body || seen.has(sym)) return;
    seen.add(sym);
    queue.push(sym.def.body);
  };
  const visited = new Set<Node>();
  const visit = (node: Node): void => {
    if (visited.has(node)) return;
    visited.add(node);
    if (node.kind === 'ident') name(program.symbolOf(node));
    const meaning = expansionOf(program, node);
    if (meaning) visit(meaning);
    forEachChild(node, visit);
  };
  for (let node = queue.pop(); node; node = queue.pop()) visit(node);
  return seen;
}
/** What a macro expands to. */
export function expansionOf(program: Program, node: Node): Node | undefined {
  switch (node.kind) {
    case 'call':
      return program.expansionOf(node);
    case 'macroLoop':
      return program.expansionOfLoop(node);
    case 'macroDeclaration':
      return program.expansionOfDeclaration(node);
    default:
      return undefined;
  }
}

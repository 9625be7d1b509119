/** One pass over the syntax trees of a program, for all the rules that look at nodes or bodies. */
import { orMake } from '../../../types/orMake';
import type { Program, Sym } from '../../check/context/program';
import { forEachChild, type Node } from '../../syntax/visitor';
import type { RuleHooks } from './rule';

type Handler = (node: Node, sym: Sym | undefined) => void;

/** Calls the rules' handlers for every node of every file, parents first, and for every body. */
export function visitTrees(program: Program, hooks: readonly RuleHooks[]): void {
  const handlers = new Map<Node['kind'], Handler[]>();
  for (const { visit } of hooks) {
    for (const [kind, handler] of Object.entries(visit ?? {})) {
      orMake(handlers, kind as Node['kind'], () => []).push(handler as Handler);
    }
  }
  const ofNames = handlers.get('ident') ?? [];
  const enter = (node: Node): void => {
    // most nodes are names, which are leaves
    if (node.kind === 'ident') {
      const sym = program.symbolOf(node);
      for (const handler of ofNames) handler(node, sym);
      return;
    }
    const list = handlers.get(node.kind);
    if (list) {
      const callee = node.kind === 'call' && node.callee.kind === 'ident' ? program.symbolOf(node.callee) : undefined;
      for (const handler of list) handler(node, callee);
    }
    forEachChild(node, enter);
  };
  for (const { tree } of program.files) for (const item of tree.items) enter(item);
  const bodies = hooks.filter((hook) => hook.body);
  for (const sym of [...program.contexts, ...program.functions]) {
    const block = sym.def.body;
    if (block && !block.unclosed) for (const hook of bodies) hook.body?.(sym, block);
  }
}

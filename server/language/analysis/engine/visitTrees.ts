/** One pass over the syntax trees of a program, for all the rules that look at nodes or bodies. */
import { orMake } from '../../../types/orMake';
import type { ApiSym, FunctionSym, Program, Sym } from '../../check/context/program';
import type { Call, Ident } from '../../syntax/tree';
import { forEachChild, type Node } from '../../syntax/visitor';
import type { Interest, RuleHooks } from './rule';

type Handler<Of> = (of: Of) => void;

/** Calls the rules' handlers for every node of every file, parents first, and for every body. */
export function visitTrees(program: Program, hooks: readonly RuleHooks[]): void {
  const handlers = new Map<Node['kind'], Handler<Node>[]>();
  for (const { visit } of hooks) {
    for (const [kind, handler] of Object.entries(visit ?? {})) {
      orMake(handlers, kind as Node['kind'], () => []).push(handler as Handler<Node>);
    }
  }
  const named = new Interested<Ident>((sym) => hooks.map((hook) => hook.names?.(sym)));
  const called = new Interested<Call>((sym) => hooks.map((hook) => hook.calls?.(sym)));
  const enter = (node: Node): void => {
    const { kind } = node;
    // most nodes are names, which are leaves
    if (kind === 'ident') {
      named.tell(program.symbolOf(node), node as Ident);
      return;
    }
    const list = handlers.get(kind);
    if (list) for (const handler of list) handler(node);
    if (kind === 'call') {
      const { callee } = node as Call;
      if (callee.kind === 'ident') called.tell(program.symbolOf(callee), node as Call);
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
/** What rules do where functions are named or called, by function. */
class Interested<Where> {
  private readonly handlers = new Map<Sym, readonly Handler<Where>[]>();

  constructor(private readonly ask: (sym: FunctionSym | ApiSym) => readonly Interest<Where>[]) {}

  tell(sym: Sym | undefined, where: Where): void {
    if (sym?.kind !== 'function' && sym?.kind !== 'api') return;
    const handlers = this.handlers.get(sym) ?? this.handlersOf(sym);
    for (const handler of handlers) handler(where);
  }
  private handlersOf(sym: FunctionSym | ApiSym): readonly Handler<Where>[] {
    const handlers = this.ask(sym).filter((handler) => handler !== undefined);
    this.handlers.set(sym, handlers);
    return handlers;
  }
}

/** One pass over the syntax trees of a program, for all the rules that look at nodes or bodies. */
import { orMake } from '../../../types/orMake';
import type { ApiSym, ContextSym, FunctionSym, Program, Sym } from '../../check/context/program';
import type { Call, Ident } from '../../syntax/tree';
import { forEachChild, type Node } from '../../syntax/visitor';
import type { Interest, RuleHooks } from './rule';

type Handler<Of> = (of: Of) => void;

/** Calls the rules' handlers for the nodes of a program, parents first, and for its bodies. */
export class TreeVisits {
  private readonly handlers = new Map<Node['kind'], Handler<Node>[]>();
  private readonly named: Interested<Ident>;
  private readonly called: Interested<Call>;
  private readonly ofBodies: readonly RuleHooks[];
  private readonly visited = new Set<Node>();
  private readonly enter: Handler<Node>;

  constructor(
    private readonly program: Program,
    hooks: readonly RuleHooks[],
  ) {
    for (const { visit } of hooks) {
      for (const [kind, handler] of Object.entries(visit ?? {})) {
        orMake(this.handlers, kind as Node['kind'], () => []).push(handler as Handler<Node>);
      }
    }
    const naming = hooks.filter((hook) => hook.names);
    const calling = hooks.filter((hook) => hook.calls);
    this.named = new Interested((sym) => naming.map((hook) => hook.names?.(sym)));
    this.called = new Interested((sym) => calling.map((hook) => hook.calls?.(sym)));
    this.ofBodies = hooks.filter((hook) => hook.body);
    this.enter = this.visitor();
  }
  /** A function or a context, with its body. */
  definition(sym: FunctionSym | ContextSym): void {
    this.visited.add(sym.def);
    this.enter(sym.def);
    const { body } = sym.def;
    if (body && !body.unclosed) for (const hook of this.ofBodies) hook.body?.(sym, body);
  }
  /** What the files hold besides. */
  others(): void {
    for (const { tree } of this.program.files)
      for (const item of tree.items) if (!this.visited.has(item)) this.enter(item);
  }
  /**
   * The visitor of a node and all below it. It is made in a variable: V8 allocates a function that is assigned to a property where it is
   * written among the old objects, and a collection of the young ones keeps all that it leads to, though it is dead.
   */
  private visitor(): Handler<Node> {
    const { program, handlers, named, called } = this;
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
    return enter;
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

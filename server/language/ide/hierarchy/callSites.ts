/** Which body calls which, as written: calls by name, and functions that are handed to others as callbacks. */
import type { ContextSym, FunctionSym, Program, Sym } from '../../check/context/program';
import type { Span } from '../../syntax/tree';
import { forEachChild, type Node } from '../../syntax/visitor';

export type Body = FunctionSym | ContextSym;
export interface CallSite {
  readonly caller: Body;
  readonly callee: Sym;
  /** of the name */
  readonly span: Span;
  /** of the whole call; absent: the function is handed on, or an interrupt is raised */
  readonly call?: Span;
}

const known = new WeakMap<Program, readonly CallSite[]>();
/** All of a program, in order of position within each body. */
export function callSites(program: Program): readonly CallSite[] {
  const cached = known.get(program);
  if (cached) return cached;
  const sites: CallSite[] = [];
  for (const caller of [...program.functions, ...program.contexts]) {
    const visit = (node: Node): void => {
      if (node.kind === 'call' && node.callee.kind === 'ident') {
        const callee = program.symbolOf(node.callee);
        if (callee && callee.kind !== 'var') sites.push({ caller, callee, span: node.callee.span, call: node.span });
        for (const arg of node.args) visit(arg);
        return;
      }
      if (node.kind === 'ident') {
        const callee = program.symbolOf(node);
        if (callee?.kind === 'function' || callee?.kind === 'context') sites.push({ caller, callee, span: node.span });
      }
      forEachChild(node, visit);
    };
    if (caller.def.body) visit(caller.def.body);
  }
  known.set(program, sites);
  return sites;
}

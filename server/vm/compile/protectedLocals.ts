/**
 * Which locals lie between redzones on a machine with KASAN: those that code can reach by an address, as gcc keeps them in memory (asan.c:
 * asan_protect_stack_decl). Arrays, structures, and scalars whose address is taken; parameters stay in registers.
 */
import type { Program, VarSym } from '../../language/check/context/program';
import type { Block, Expr } from '../../language/syntax/tree';
import { forEachChild, type Node } from '../../language/syntax/visitor';
import { isRecord } from '../../types/conversions';
import { sizeOf } from '../../types/ctype';
import { expansionOf } from './reachable';

/** In the order in which they are declared. */
export function protectedLocals(program: Program, body: Block): VarSym[] {
  const declared = new Set<VarSym>();
  const addressed = new Set<VarSym>();
  const visited = new Set<Node>();
  const visit = (node: Node): void => {
    if (visited.has(node)) return;
    visited.add(node);
    if (node.kind === 'declarator') {
      const sym = program.symbolOf(node.name);
      if (sym?.kind === 'var' && sym.storage !== 'global') declared.add(sym);
    }
    if (node.kind === 'unary' && node.op === '&') {
      const sym = variableIn(program, node.operand);
      if (sym) addressed.add(sym);
    }
    const meaning = expansionOf(program, node);
    if (meaning) visit(meaning);
    forEachChild(node, visit);
  };
  visit(body);
  return [...declared].filter((sym) => {
    // hidden variables of macros have no name of the scenario's
    if (sym.name === '' || sym.name.includes('$') || !sizeOf(sym.type)) return false;
    return sym.type.kind === 'array' || isRecord(sym.type) || addressed.has(sym);
  });
}
/** The variable that `&expr` takes the address of, or of a part of it; undefined for what a pointer designates. */
function variableIn(program: Program, expr: Expr): VarSym | undefined {
  switch (expr.kind) {
    case 'ident': {
      const sym = program.symbolOf(expr);
      return sym?.kind === 'var' ? sym : undefined;
    }
    case 'member':
      return variableIn(program, expr.base);
    default:
      return undefined;
  }
}

/** What each name of a file is, beyond what a grammar can tell: kernel function or the scenario's own, macro, constant, parameter, scenario block. */

import type { Program, Sym } from '../check/program';
import type { Span } from '../syntax/tree';
import { type AnyNode, childrenOf } from './locate';

export const TOKEN_TYPES = [
  'function',
  'macro',
  'enumMember',
  'variable',
  'parameter',
  'property',
  'type',
  'event',
  'label',
] as const;
export const TOKEN_MODIFIERS = ['defaultLibrary', 'readonly', 'declaration', 'static'] as const;
export type TokenType = (typeof TOKEN_TYPES)[number];
export type TokenModifier = (typeof TOKEN_MODIFIERS)[number];
export interface SemanticToken {
  readonly span: Span;
  readonly type: TokenType;
  readonly modifiers: readonly TokenModifier[];
}
type Naming = Parameters<Program['symbolOf']>[0];

/** What a symbol is, and what more is true of it. */
function kindOf(sym: Sym): readonly [TokenType, ...TokenModifier[]] {
  switch (sym.kind) {
    case 'api':
      return [sym.entry.kind === 'macro' ? 'macro' : 'function', 'defaultLibrary'];
    case 'const':
      return sym.span ? ['enumMember', 'readonly'] : ['enumMember', 'readonly', 'defaultLibrary'];
    case 'kernelVar':
      return ['variable', 'defaultLibrary'];
    case 'function':
      return ['function'];
    case 'context':
      return ['event'];
    case 'typedef':
      return ['type'];
    case 'var':
      if (sym.storage === 'param') return ['parameter'];
      return sym.storage === 'global' ? ['variable', 'static'] : ['variable'];
  }
}

/** The names of one file, in order of place. */
export function semanticTokens(program: Program, file: number): SemanticToken[] {
  const out: SemanticToken[] = [];
  const push = (span: Span, type: TokenType, modifiers: readonly TokenModifier[] = []): void => {
    if (span.file === file && span.end > span.start) out.push({ span, type, modifiers });
  };
  const ofSymbol = (sym: Sym, span: Span, declares: boolean): void => {
    const [type, ...modifiers] = kindOf(sym);
    push(span, type, declares ? [...modifiers, 'declaration'] : modifiers);
  };
  const visit = (node: AnyNode): void => {
    const named = node as unknown as { readonly name?: AnyNode };
    if (node.kind === 'ident') {
      const sym = program.symbolOf(node as unknown as Naming);
      if (sym) ofSymbol(sym, node.span, false);
    } else if (['declarator', 'function', 'context', 'param', 'define'].includes(node.kind) && named.name) {
      const sym = program.symbolOf(node as unknown as Naming) ?? program.symbolOf(named.name as unknown as Naming);
      if (sym) ofSymbol(sym, named.name.span, true);
    } else if (node.kind === 'member' && named.name) push(named.name.span, 'property');
    else if (node.kind === 'field' && named.name) push(named.name.span, 'property', ['declaration']);
    else if ((node.kind === 'label' || node.kind === 'goto') && named.name) push(named.name.span, 'label');
    else if (node.kind === 'macroDeclaration') {
      const { macro } = node as unknown as { readonly macro: AnyNode };
      push(macro.span, 'macro', ['defaultLibrary']);
    }
    for (const child of childrenOf(node)) visit(child);
  };
  for (const item of program.files[file]?.tree.items ?? []) visit(item);
  out.sort((a, b) => a.span.start - b.span.start);
  // one token a place: a declaring name is met as itself and through what declares it
  return out.filter((token, i) => i === 0 || token.span.start >= (out[i - 1] as SemanticToken).span.end);
}

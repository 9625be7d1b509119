/**
 * The kind of each name in a file, beyond what a grammar can tell: kernel function or the scenario's own, macro, constant, parameter,
 * scenario block.
 */

import type { Program, Sym } from '../check/context/program';
import type { Span } from '../syntax/tree';
import { type Node, walkTree } from '../syntax/visitor';

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
type TokenType = (typeof TOKEN_TYPES)[number];
type TokenModifier = (typeof TOKEN_MODIFIERS)[number];
interface SemanticToken {
  readonly span: Span;
  readonly type: TokenType;
  readonly modifiers: readonly TokenModifier[];
}

/** The token type and modifiers of a symbol. */
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

/** The names of one file, in order of position. */
export function semanticTokens(program: Program, file: number): SemanticToken[] {
  const out: SemanticToken[] = [];
  const push = (span: Span, type: TokenType, modifiers: readonly TokenModifier[] = []): void => {
    if (span.file === file && span.end > span.start) out.push({ span, type, modifiers });
  };
  const ofSymbol = (sym: Sym, span: Span, declares: boolean): void => {
    const [type, ...modifiers] = kindOf(sym);
    push(span, type, declares ? [...modifiers, 'declaration'] : modifiers);
  };
  const visit = (node: Node): void => {
    switch (node.kind) {
      case 'ident': {
        const sym = program.symbolOf(node);
        if (sym) ofSymbol(sym, node.span, false);
        return;
      }
      case 'declarator':
      case 'function':
      case 'context':
      case 'param':
      case 'define': {
        const sym = node.name && program.symbolOf(node.name);
        if (node.name && sym) ofSymbol(sym, node.name.span, true);
        return;
      }
      case 'member':
        push(node.name.span, 'property');
        return;
      case 'field':
        if (node.name) push(node.name.span, 'property', ['declaration']);
        return;
      case 'label':
      case 'goto':
        push(node.name.span, 'label');
        return;
      case 'macroDeclaration':
        push(node.macro.span, 'macro', ['defaultLibrary']);
        return;
      default:
        return;
    }
  };
  for (const item of program.files[file]?.tree.items ?? []) walkTree(item, visit);
  out.sort((a, b) => a.span.start - b.span.start);
  // one token per position: a declaring name is visited as itself and through its declaration
  return out.filter((token, i) => token.span.start >= (out[i - 1]?.span.end ?? 0));
}

/**
 * The kind of each name in a file, beyond what a grammar can tell: kernel function or the scenario's own, macro, constant, parameter,
 * scenario block.
 */

import type { Program, Sym } from '../check/context/program';
import type { Span } from '../syntax/tree';
import type { Named } from './names/entities';
import { nameIndex } from './names/nameIndex';

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
  'struct',
  'enum',
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
function tokenOf(named: Named): readonly [TokenType, ...TokenModifier[]] {
  switch (named.kind) {
    case 'symbol':
      return kindOf(named.sym);
    case 'field':
      return ['property'];
    case 'label':
      return ['label'];
    case 'tag':
      if (named.type.kind === 'enum') return ['enum'];
      return named.type.builtin ? ['struct', 'defaultLibrary'] : ['struct'];
  }
}

/** The names of one file, in order of position. */
export function semanticTokens(program: Program, file: number): SemanticToken[] {
  return nameIndex(program)
    .inFile(file)
    .map(({ entity, occurrence: { span, declares } }) => {
      const [type, ...modifiers] = tokenOf(entity.named);
      const isDeclaration = declares && entity.named.kind !== 'label';
      return { span, type, modifiers: isDeclaration ? [...modifiers, 'declaration'] : modifiers };
    });
}

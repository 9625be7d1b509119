/** The structure of a file: its outline and semantic tokens. */
import { type DocumentSymbol, SemanticTokensBuilder, SymbolKind } from 'vscode-languageserver/node';
import { type Outline, outline } from '../language/ide/references';
import { semanticTokens, TOKEN_MODIFIERS, TOKEN_TYPES } from '../language/ide/semanticTokens';
import type { LspSession } from './lspSession';

const SYMBOL: Readonly<Record<Outline['kind'], SymbolKind>> = {
  function: SymbolKind.Function,
  context: SymbolKind.Event,
  struct: SymbolKind.Struct,
  variable: SymbolKind.Variable,
  constant: SymbolKind.Constant,
  machine: SymbolKind.Module,
  field: SymbolKind.Field,
  enum: SymbolKind.Enum,
  type: SymbolKind.Class,
};

export function registerStructure(session: LspSession): void {
  const { connection } = session;

  connection.onDocumentSymbol((params) => {
    const program = session.checked.of(params.textDocument.uri);
    if (!program) return [];
    const positions = session.positions(program);
    const translate = (o: Outline): DocumentSymbol => ({
      name: o.name,
      detail: o.detail,
      kind: SYMBOL[o.kind],
      range: positions.range(o.span),
      selectionRange: positions.range(o.nameSpan),
      children: o.children.map(translate),
    });
    return outline(program, 0).map(translate);
  });
  connection.languages.semanticTokens.on((params) => {
    const builder = new SemanticTokensBuilder();
    const program = session.checked.of(params.textDocument.uri);
    if (!program) return builder.build();
    const positions = session.positions(program);
    for (const { span, type, modifiers } of semanticTokens(program, 0)) {
      const { start, end } = positions.range(span);
      const bits = modifiers.reduce((sum, m) => sum | (1 << TOKEN_MODIFIERS.indexOf(m)), 0);
      if (start.line === end.line)
        builder.push(start.line, start.character, end.character - start.character, TOKEN_TYPES.indexOf(type), bits);
    }
    return builder.build();
  });
}

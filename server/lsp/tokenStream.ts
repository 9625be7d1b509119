/** Semantic tokens: of a document, of a range of it, and what has changed since the last answer. */
import { type Range, type SemanticTokens, SemanticTokensBuilder } from 'vscode-languageserver/node';
import { semanticTokens, TOKEN_MODIFIERS, TOKEN_TYPES } from '../language/ide/semanticTokens';
import type { LspSession } from './lspSession';

export function registerTokens(session: LspSession): void {
  const { connection, documents } = session;
  const provider = connection.languages.semanticTokens;
  /** by document: what the client had last */
  const builders = new Map<string, SemanticTokensBuilder>();

  const fill = (builder: SemanticTokensBuilder, uri: string, within?: Range): void => {
    const program = session.checked.of(uri);
    if (!program) return;
    const positions = session.positions(program);
    for (const { span, type, modifiers } of semanticTokens(program, 0)) {
      const { start, end } = positions.range(span);
      if (within && (end.line < within.start.line || start.line > within.end.line)) continue;
      const bits = modifiers.reduce((sum, m) => sum | (1 << TOKEN_MODIFIERS.indexOf(m)), 0);
      if (start.line === end.line)
        builder.push(start.line, start.character, end.character - start.character, TOKEN_TYPES.indexOf(type), bits);
    }
  };
  const builderOf = (uri: string): SemanticTokensBuilder => {
    const builder = builders.get(uri) ?? new SemanticTokensBuilder();
    builders.set(uri, builder);
    return builder;
  };
  provider.on(({ textDocument: { uri } }): SemanticTokens => {
    builders.delete(uri);
    if (!documents.get(uri)) return { data: [] };
    const builder = builderOf(uri);
    fill(builder, uri);
    return builder.build();
  });
  provider.onDelta(({ textDocument: { uri }, previousResultId }) => {
    if (!documents.get(uri)) return { data: [] };
    const builder = builderOf(uri);
    builder.previousResult(previousResultId);
    fill(builder, uri);
    return builder.buildEdits();
  });
  provider.onRange(({ textDocument: { uri }, range }) => {
    const builder = new SemanticTokensBuilder();
    fill(builder, uri, range);
    return { data: builder.build().data };
  });
  documents.onDidClose(({ document }) => void builders.delete(document.uri));
}

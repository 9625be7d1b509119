/** The structure of a file: its outline, what folds, what a selection grows to; and the symbols of the workspace. */
import { type DocumentSymbol, FoldingRangeKind, type SelectionRange, SymbolKind } from 'vscode-languageserver/node';
import { type Outline, outline } from '../language/ide/outline';
import { folds } from '../language/ide/structure/folding';
import { linkedLabels } from '../language/ide/structure/linkedLabels';
import { selectionRanges } from '../language/ide/structure/selectionRanges';
import { symbolsLike } from '../language/ide/structure/symbolSearch';
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

const FOLD = { comment: FoldingRangeKind.Comment, imports: FoldingRangeKind.Imports } as const;
/** symbols that one search answers with */
const MOST_SYMBOLS = 500;

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
  connection.onFoldingRanges(({ textDocument }) => {
    const source = session.checked.of(textDocument.uri)?.files[0];
    if (!source) return [];
    return folds(source).map(({ startLine, endLine, kind }) => ({
      startLine,
      endLine,
      ...(kind ? { kind: FOLD[kind] } : {}),
    }));
  });
  connection.onSelectionRanges(({ textDocument, positions }) => {
    const program = session.checked.of(textDocument.uri);
    const source = program?.files[0];
    const document = session.documents.get(textDocument.uri);
    if (!program || !source || !document) return null;
    const translate = session.positions(program);
    return positions.map(
      (position) =>
        selectionRanges(source, 0, document.offsetAt(position)).reduceRight<SelectionRange | undefined>(
          (parent, span) => ({ range: translate.range(span), ...(parent ? { parent } : {}) }),
          undefined,
        ) ?? { range: { start: position, end: position } },
    );
  });
  connection.onWorkspaceSymbol(({ query }) => {
    const found = session.workspace.programs().flatMap((program) => {
      const positions = session.positions(program);
      return symbolsLike(program, 0, query).map(({ symbol, container, distance }) => ({
        distance,
        name: symbol.name,
        kind: SYMBOL[symbol.kind],
        location: positions.location(symbol.nameSpan),
        ...(container ? { containerName: container } : {}),
      }));
    });
    found.sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1));
    return found.slice(0, MOST_SYMBOLS).map(({ distance: _, ...symbol }) => symbol);
  });
  connection.languages.onLinkedEditingRange((params) => {
    const here = session.at(params);
    const spans = here ? linkedLabels(here.program, 0, here.offset) : [];
    if (!here || spans.length < 2) return null;
    return { ranges: spans.map((span) => here.positions.range(span)), wordPattern: '[A-Za-z_][A-Za-z0-9_]*' };
  });
}

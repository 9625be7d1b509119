/** The Language Server Protocol over language/: translation only. */
import {
  CodeActionKind,
  CompletionItemKind,
  CompletionItemTag,
  type Connection,
  createConnection,
  DiagnosticSeverity,
  DiagnosticTag,
  type DocumentSymbol,
  InsertTextFormat,
  type Location,
  MarkupKind,
  type Range,
  ResponseError,
  SemanticTokensBuilder,
  SymbolKind,
  TextDocumentSyncKind,
  TextDocuments,
  type Diagnostic as WireDiagnostic,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { Diagnostic, Program, Severity } from '../language/check/context/program';
import { completions, signature } from '../language/ide/complete';
import type { Completion } from '../language/ide/completion';
import { hover } from '../language/ide/hover';
import { definition, type Outline, outline, references, symbolAt } from '../language/ide/references';
import { semanticTokens, TOKEN_MODIFIERS, TOKEN_TYPES } from '../language/ide/semanticTokens';
import { Lines } from '../language/syntax/lines';
import type { Span } from '../language/syntax/tree';
import { Checked, uriOf } from './documents';

const SEVERITY: Readonly<Record<Severity, DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  info: DiagnosticSeverity.Information,
  hint: DiagnosticSeverity.Hint,
};
const COMPLETION: Readonly<Record<Completion['kind'], CompletionItemKind>> = {
  field: CompletionItemKind.Field,
  variable: CompletionItemKind.Variable,
  function: CompletionItemKind.Function,
  constant: CompletionItemKind.Constant,
  keyword: CompletionItemKind.Keyword,
  type: CompletionItemKind.Struct,
};
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
/** Milliseconds without typing before a document is checked again. */
const PAUSE = 150;

/** Serves one client on two streams until it says `exit` or closes its end. */
export function startLanguageServer(input: NodeJS.ReadableStream, output: NodeJS.WritableStream): Connection {
  const connection = createConnection(input, output);
  const documents = new TextDocuments(TextDocument);
  const checked = new Checked(documents);
  const pending = new Map<string, NodeJS.Timeout>();

  connection.onInitialize(() => ({
    capabilities: {
      textDocumentSync: TextDocumentSyncKind.Incremental,
      hoverProvider: true,
      completionProvider: { triggerCharacters: ['.', '>'] },
      signatureHelpProvider: { triggerCharacters: ['(', ','] },
      definitionProvider: true,
      referencesProvider: true,
      documentHighlightProvider: true,
      renameProvider: { prepareProvider: true },
      documentSymbolProvider: true,
      semanticTokensProvider: {
        legend: { tokenTypes: [...TOKEN_TYPES], tokenModifiers: [...TOKEN_MODIFIERS] },
        full: true,
      },
      codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix] },
    },
    serverInfo: { name: 'kmem' },
  }));

  const publish = (uri: string): void => {
    const result = checked.of(uri);
    if (!result) return;
    const places = new Places(result.program);
    const own = result.diagnostics.filter((d) => d.span.file === 0);
    void connection.sendDiagnostics({ uri, diagnostics: own.map((d) => places.diagnostic(d)) });
  };
  const later = (uri: string): void => {
    clearTimeout(pending.get(uri));
    pending.set(
      uri,
      setTimeout(() => {
        pending.delete(uri);
        guarded(connection, () => publish(uri));
      }, PAUSE),
    );
  };
  documents.onDidChangeContent(({ document }) => {
    checked.changed(document.uri);
    for (const one of documents.all()) later(one.uri);
  });
  documents.onDidClose(({ document }) => {
    clearTimeout(pending.get(document.uri));
    pending.delete(document.uri);
    checked.closed(document.uri);
    void connection.sendDiagnostics({ uri: document.uri, diagnostics: [] });
  });
  connection.onDidChangeWatchedFiles(({ changes }) => {
    for (const change of changes) checked.changed(change.uri);
    for (const one of documents.all()) later(one.uri);
  });

  /** The program and offset a request speaks of; undefined if the document isn't open. */
  const at = (params: { textDocument: { uri: string }; position: { line: number; character: number } }) => {
    const result = checked.of(params.textDocument.uri);
    const document = documents.get(params.textDocument.uri);
    return result && document
      ? { program: result.program, offset: document.offsetAt(params.position), places: new Places(result.program) }
      : undefined;
  };

  connection.onHover((params) => {
    const here = at(params);
    const found = here && hover(here.program, 0, here.offset);
    return found
      ? { contents: { kind: MarkupKind.Markdown, value: found.markdown }, range: here.places.range(found.span) }
      : null;
  });
  connection.onCompletion((params) => {
    const here = at(params);
    return (here ? completions(here.program, 0, here.offset) : []).map((c) => ({
      label: c.label,
      kind: COMPLETION[c.kind],
      detail: c.detail,
      ...(c.first ? { sortText: `!${c.label}` } : {}),
      ...(c.deprecated ? { tags: [CompletionItemTag.Deprecated] } : {}),
      ...(c.snippet === undefined ? {} : { insertText: c.snippet, insertTextFormat: InsertTextFormat.Snippet }),
    }));
  });
  connection.onSignatureHelp((params) => {
    const here = at(params);
    const found = here && signature(here.program, 0, here.offset);
    if (!found) return null;
    const documentation = { kind: MarkupKind.Markdown, value: found.markdown };
    return {
      signatures: [{ label: found.label, documentation, parameters: found.parameters.map((label) => ({ label })) }],
      activeSignature: 0,
      activeParameter: found.active,
    };
  });
  connection.onDefinition((params) => {
    const here = at(params);
    const span = here && definition(here.program, 0, here.offset);
    return span ? here.places.location(span) : null;
  });
  connection.onReferences((params) => {
    const here = at(params);
    return here ? references(here.program, 0, here.offset).map((span) => here.places.location(span)) : [];
  });
  connection.onDocumentHighlight((params) => {
    const here = at(params);
    const own = here ? references(here.program, 0, here.offset).filter((span) => span.file === 0) : [];
    return own.map((span) => ({ range: (here as NonNullable<typeof here>).places.range(span) }));
  });
  connection.onPrepareRename((params) => {
    const here = at(params);
    const found = here && symbolAt(here.program, 0, here.offset);
    if (!found || !definition(here.program, 0, here.offset)) return null; // the kernel's names stay as they are
    return here.places.range(found.span);
  });
  connection.onRenameRequest((params) => {
    const here = at(params);
    if (!here) return null;
    if (!/^[A-Za-z_]\w*$/.test(params.newName))
      return new ResponseError(
        -32602,
        `'${params.newName}' is no name in C: letters, digits and _ only, no digit first`,
      );
    const changes: Record<string, { range: Range; newText: string }[]> = {};
    for (const span of references(here.program, 0, here.offset)) {
      const { uri, range } = here.places.location(span);
      (changes[uri] ??= []).push({ range, newText: params.newName });
    }
    return { changes };
  });
  connection.onDocumentSymbol((params) => {
    const result = checked.of(params.textDocument.uri);
    if (!result) return [];
    const places = new Places(result.program);
    const translate = (o: Outline): DocumentSymbol => ({
      name: o.name,
      detail: o.detail,
      kind: SYMBOL[o.kind],
      range: places.range(o.span),
      selectionRange: places.range(o.nameSpan),
      children: o.children.map(translate),
    });
    return outline(result.program, 0).map(translate);
  });
  connection.languages.semanticTokens.on((params) => {
    const builder = new SemanticTokensBuilder();
    const result = checked.of(params.textDocument.uri);
    if (!result) return builder.build();
    const places = new Places(result.program);
    for (const { span, type, modifiers } of semanticTokens(result.program, 0)) {
      const { start, end } = places.range(span);
      const bits = modifiers.reduce((sum, m) => sum | (1 << TOKEN_MODIFIERS.indexOf(m)), 0);
      if (start.line === end.line)
        builder.push(start.line, start.character, end.character - start.character, TOKEN_TYPES.indexOf(type), bits);
    }
    return builder.build();
  });
  connection.onCodeAction((params) => {
    const result = checked.of(params.textDocument.uri);
    if (!result) return [];
    const places = new Places(result.program);
    return result.diagnostics.flatMap((d) => {
      if (!d.fix || d.span.file !== 0 || !overlap(places.range(d.span), params.range)) return [];
      const changes: Record<string, { range: Range; newText: string }[]> = {};
      for (const edit of d.fix.edits) {
        const { uri, range } = places.location(edit.span);
        (changes[uri] ??= []).push({ range, newText: edit.text });
      }
      return [
        { title: d.fix.title, kind: CodeActionKind.QuickFix, diagnostics: [places.diagnostic(d)], edit: { changes } },
      ];
    });
  });

  documents.listen(connection);
  connection.listen();
  return connection;
}

/** Offsets of a program's files as the protocol's places. */
class Places {
  private readonly lines: Lines[] = [];

  constructor(private readonly program: Program) {}

  range(span: Span): Range {
    const lines = (this.lines[span.file] ??= new Lines(this.program.files[span.file]?.text ?? ''));
    return { start: lines.at(span.start), end: lines.at(span.end) };
  }
  location(span: Span): Location {
    return { uri: uriOf(this.program.files[span.file]?.path ?? ''), range: this.range(span) };
  }
  diagnostic(d: Diagnostic): WireDiagnostic {
    return {
      range: this.range(d.span),
      severity: SEVERITY[d.severity],
      code: d.code,
      source: 'kmem',
      message: d.message,
      ...(d.code.startsWith('unused-') ? { tags: [DiagnosticTag.Unnecessary] } : {}),
      relatedInformation: (d.related ?? []).map((r) => ({ location: this.location(r.span), message: r.message })),
    };
  }
}

const before = (a: { line: number; character: number }, b: { line: number; character: number }): boolean =>
  a.line < b.line || (a.line === b.line && a.character < b.character);
const overlap = (a: Range, b: Range): boolean => !before(a.end, b.start) && !before(b.end, a.start);

/** What goes wrong outside a request has nobody to answer to: it is logged, and the session goes on. */
function guarded(connection: Connection, work: () => void): void {
  try {
    work();
  } catch (error) {
    connection.console.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
}

/** The Language Server Protocol over language/: translation only. One file per group of features registers its requests. */
import { basename } from 'node:path';
import {
  CodeActionKind,
  type Connection,
  createConnection,
  type InitializeResult,
  StreamMessageWriter,
  TextDocumentSyncKind,
  TextDocuments,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { TYPED } from '../language/ide/format/formatPart';
import { TOKEN_MODIFIERS, TOKEN_TYPES } from '../language/ide/semanticTokens';
import { Analyst } from './analyst';
import { followFolders } from './clientFacts';
import { ClientSettings } from './clientSettings';
import { registerPublishing } from './diagnostics/publishing';
import { registerFormatting } from './formatting';
import { type Framing, HardenedReader } from './hardenedReader';
import { registerHierarchy } from './hierarchy';
import { registerHints } from './hints';
import { LspSession } from './lspSession';
import { registerNavigation } from './navigation';
import { FIX_ALL, registerQuickFixes } from './quickFixes';
import { registerStructure } from './structure';
import { registerTokens } from './tokenStream';
import { registerWriting } from './writing';

const ABOUT: InitializeResult = {
  capabilities: {
    textDocumentSync: TextDocumentSyncKind.Incremental,
    hoverProvider: true,
    completionProvider: { triggerCharacters: ['.', '>'], resolveProvider: true },
    signatureHelpProvider: { triggerCharacters: ['(', ','] },
    definitionProvider: true,
    declarationProvider: true,
    typeDefinitionProvider: true,
    documentLinkProvider: {},
    referencesProvider: true,
    documentHighlightProvider: true,
    renameProvider: { prepareProvider: true },
    documentSymbolProvider: true,
    semanticTokensProvider: {
      legend: { tokenTypes: [...TOKEN_TYPES], tokenModifiers: [...TOKEN_MODIFIERS] },
      full: { delta: true },
      range: true,
    },
    documentFormattingProvider: true,
    documentRangeFormattingProvider: true,
    documentOnTypeFormattingProvider: { firstTriggerCharacter: TYPED[0], moreTriggerCharacter: TYPED.slice(1) },
    foldingRangeProvider: true,
    inlayHintProvider: { resolveProvider: true },
    codeLensProvider: { resolveProvider: true },
    inlineValueProvider: true,
    linkedEditingRangeProvider: true,
    callHierarchyProvider: true,
    implementationProvider: true,
    selectionRangeProvider: true,
    workspaceSymbolProvider: true,
    workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
    codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix, FIX_ALL] },
  },
  serverInfo: { name: 'kmem' },
};

/** for a client that asks for diagnostics */
const PULLED = { interFileDependencies: true, workspaceDiagnostics: true } as const;

/**
 * Serves one client on two streams until it says `exit` or closes its end.
 * @param worker path of the bundled lintWorker.ts, in which the analyses run
 */
export function startLanguageServer(
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
  worker: string,
  framing: Framing,
): Connection {
  const writer = new StreamMessageWriter(output);
  const reader = new HardenedReader(input, framing, {
    refuse: (id, code, message) => void writer.write({ jsonrpc: '2.0', id, error: { code, message } } as never),
    skipped: (why) => connection.console.warn(`skipped ${why}`),
  });
  const connection = createConnection(reader, writer);
  const analyst = new Analyst(
    worker,
    (error) => connection.console.error(`the analyses failed: ${error.stack ?? error.message}`),
    (path, answered, cancel) => void session.guarded(() => showProgress(connection, path, answered, cancel)),
  );
  const session = new LspSession(connection, new TextDocuments(TextDocument), analyst, new ClientSettings(connection));
  connection.onInitialize((params) => {
    const follow = followFolders(session, params);
    session.client.started(params);
    session.settings.started(params);
    connection.onInitialized(() => {
      follow();
      void session.guarded(() => session.settings.ready());
    });
    if (!session.client.pullsDiagnostics) return ABOUT;
    return { ...ABOUT, capabilities: { ...ABOUT.capabilities, diagnosticProvider: PULLED } };
  });
  connection.onShutdown(() => analyst.dispose());
  registerPublishing(session);
  registerWriting(session);
  registerNavigation(session);
  registerStructure(session);
  registerTokens(session);
  registerFormatting(session);
  registerHints(session);
  registerHierarchy(session);
  registerQuickFixes(session);
  session.documents.listen(connection);
  connection.listen();
  return connection;
}

/** Tells the user that an analysis is running, where the client can show it. */
async function showProgress(
  connection: Connection,
  path: string,
  answered: Promise<unknown>,
  cancel: () => void,
): Promise<void> {
  const progress = await connection.window.createWorkDoneProgress();
  progress.begin('kmem', undefined, `analysing ${basename(path)}`, true);
  progress.token.onCancellationRequested(cancel);
  await answered;
  progress.done();
}

/** The Language Server Protocol over language/: translation only. One file per group of features registers its requests. */
import {
  CodeActionKind,
  type Connection,
  createConnection,
  type InitializeResult,
  TextDocumentSyncKind,
  TextDocuments,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { TOKEN_MODIFIERS, TOKEN_TYPES } from '../language/ide/semanticTokens';
import { LspSession } from './lspSession';
import { registerNavigation } from './navigation';
import { registerPublishing } from './publishing';
import { registerQuickFixes } from './quickFixes';
import { registerStructure } from './structure';
import { registerWriting } from './writing';

const ABOUT: InitializeResult = {
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
};

/** Serves one client on two streams until it says `exit` or closes its end. */
export function startLanguageServer(input: NodeJS.ReadableStream, output: NodeJS.WritableStream): Connection {
  const connection = createConnection(input, output);
  const session = new LspSession(connection, new TextDocuments(TextDocument));
  connection.onInitialize(() => ABOUT);
  registerPublishing(session);
  registerWriting(session);
  registerNavigation(session);
  registerStructure(session);
  registerQuickFixes(session);
  session.documents.listen(connection);
  connection.listen();
  return connection;
}

/** What the client says of itself when it begins: what it can do, and its folders. */
import type { ClientCapabilities, Connection, InitializeParams } from 'vscode-languageserver/node';
import type { Workspace } from './workspace';

export class ClientFacts {
  private capabilities: ClientCapabilities = {};

  started({ capabilities }: InitializeParams): void {
    this.capabilities = capabilities;
  }
  /** It asks for diagnostics; another has them sent. */
  get pullsDiagnostics(): boolean {
    return this.capabilities.textDocument?.diagnostic !== undefined;
  }
  /** It can be told to ask for diagnostics again. */
  get refreshesDiagnostics(): boolean {
    return this.capabilities.workspace?.diagnostics?.refreshSupport === true;
  }
}

/** Keeps the workspace's folders as the client has them. Returns what to do when the client takes requests. */
export function followFolders(
  { connection, workspace }: { readonly connection: Connection; readonly workspace: Workspace },
  { capabilities, workspaceFolders, rootUri }: InitializeParams,
): () => void {
  workspace.open(workspaceFolders?.map(({ uri }) => uri) ?? (rootUri ? [rootUri] : []));
  return () => {
    if (!capabilities.workspace?.workspaceFolders) return;
    connection.workspace.onDidChangeWorkspaceFolders(({ added, removed }) =>
      workspace.change(
        added.map(({ uri }) => uri),
        removed.map(({ uri }) => uri),
      ),
    );
  };
}

/** What the client says of itself when it begins: its folders. */
import type { InitializeParams } from 'vscode-languageserver/node';
import type { LspSession } from './lspSession';

/** Keeps the workspace's folders as the client has them. Returns what to do when the client takes requests. */
export function followFolders(
  session: LspSession,
  { capabilities, workspaceFolders, rootUri }: InitializeParams,
): () => void {
  const { connection, workspace } = session;
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

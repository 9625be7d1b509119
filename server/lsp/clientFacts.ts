/** What the client says of itself when it begins: what it can do, and its folders. */
import type { ClientCapabilities, Connection, InitializeParams } from 'vscode-languageserver/node';
import type { Workspace } from './workspace';

export class ClientFacts {
  private capabilities: ClientCapabilities = {};

  private commands: ReadonlySet<unknown> = new Set();

  started({ capabilities, initializationOptions }: InitializeParams): void {
    this.capabilities = capabilities;
    const commands: unknown = initializationOptions?.commands;
    if (Array.isArray(commands)) this.commands = new Set(commands);
  }
  /** It has a command of this name. */
  hasCommand(name: string): boolean {
    return this.commands.has(name);
  }
  /** It asks for diagnostics; another has them sent. */
  get pullsDiagnostics(): boolean {
    return this.capabilities.textDocument?.diagnostic !== undefined;
  }
  /** It can be told to ask for diagnostics again. */
  get refreshesDiagnostics(): boolean {
    return this.capabilities.workspace?.diagnostics?.refreshSupport === true;
  }
  get showsLenses(): boolean {
    return this.capabilities.textDocument?.codeLens !== undefined;
  }
  get refreshesHints(): boolean {
    return this.capabilities.workspace?.inlayHint?.refreshSupport === true;
  }
  get refreshesLenses(): boolean {
    return this.capabilities.workspace?.codeLens?.refreshSupport === true;
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

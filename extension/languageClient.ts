// The language client: starts `kmem lsp` and lets vscode-languageclient translate between it and the editor.
import * as vscode from 'vscode';
import { LanguageClient } from 'vscode-languageclient/node';
import { COMMANDS, LANGUAGE_ID, SHOW_PLACES } from './contributions';
import { kmemProcess } from './kmemProcess';
import { handleDiagnostics } from './settingsFileProblems';

/**
 * Starts the language server for scenarios. Disposing of the result stops the server.
 * The client's id is what makes `kmem.trace.server` its setting.
 */
export async function startLanguageClient(extensionPath: string): Promise<LanguageClient> {
  const { command, args, env } = kmemProcess(extensionPath, ['lsp']);
  const client = new LanguageClient(
    LANGUAGE_ID,
    'kmem language server',
    { command, args, options: { env: { ...process.env, ...env } } },
    {
      documentSelector: [{ language: LANGUAGE_ID }],
      // the commands that lenses may carry out
      initializationOptions: { commands: [COMMANDS.run, COMMANDS.debug, COMMANDS.openInspector, SHOW_PLACES] },
      middleware: { handleDiagnostics },
      diagnosticPullOptions: { onChange: true, onFocus: true },
      // A scenario may include another one, which can change outside the editor; so can the settings of the linter.
      synchronize: { fileEvents: vscode.workspace.createFileSystemWatcher('**/{*.kmem,kmem.json}') },
    },
  );
  await client.start();
  return client;
}

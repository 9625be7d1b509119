// Entry point of the VS Code extension. Activated by a scenario or by a debug session of type kmem, by nothing else (package.json).
import * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import { registerCommands } from './commands';
import { registerDebugging } from './debugging';
import { registerInspector } from './inspector';
import { startLanguageClient } from './languageClient';
import { registerSettingsFileProblems } from './settingsFileProblems';

let client: LanguageClient | undefined;

/** Starts the language server; if it cannot start, debugging and highlighting still work. */
async function start(extensionPath: string): Promise<void> {
  try {
    client = await startLanguageClient(extensionPath);
  } catch (error) {
    void vscode.window.showErrorMessage(
      `kmem: the language server did not start (${error instanceof Error ? error.message : String(error)}). ` +
        'Diagnostics and hovers are missing; see the output channel "kmem language server".',
    );
  }
}

export function activate(context: vscode.ExtensionContext): void {
  const { extensionPath } = context;
  context.subscriptions.push(
    registerDebugging(extensionPath),
    registerInspector(extensionPath),
    registerSettingsFileProblems(),
    registerCommands(extensionPath, async () => {
      if (client) await client.restart();
      else await start(extensionPath);
    }),
  );
  void start(extensionPath); // not awaited: a debug session need not wait for the language server
}

export async function deactivate(): Promise<void> {
  await client?.stop();
}

// What the language server finds wrong with a kmem.json. While the file is open the editor's own JSON validation says the same, by the
// schema that the extension contributes and at the place of the mistake; so it is told of files that are not open only.
import * as vscode from 'vscode';
import type { HandleDiagnosticsSignature } from 'vscode-languageclient/node';

const isSettingsFile = (uri: vscode.Uri): boolean => uri.path.endsWith('/kmem.json');
const isOpen = (uri: vscode.Uri): boolean =>
  vscode.workspace.textDocuments.some((document) => document.uri.toString() === uri.toString());

/** By file, what tells the editor of it, or takes that back. */
const tellers = new Map<string, () => void>();

/** Passes on what the server sends. */
export function handleDiagnostics(uri: vscode.Uri, found: vscode.Diagnostic[], next: HandleDiagnosticsSignature): void {
  const tell = () => next(uri, isSettingsFile(uri) && isOpen(uri) ? [] : found);
  if (isSettingsFile(uri)) tellers.set(uri.toString(), tell);
  tell();
}

/** Follows which files are open. */
export function registerSettingsFileProblems(): vscode.Disposable {
  const changed = ({ uri }: vscode.TextDocument) => tellers.get(uri.toString())?.();
  return vscode.Disposable.from(
    vscode.workspace.onDidOpenTextDocument(changed),
    vscode.workspace.onDidCloseTextDocument(changed),
  );
}

// What the adapter says that the editor would not show, or not where it helps: a scenario that can't be run, and a file that has changed.
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import * as vscode from 'vscode';

/** A mistake in a scenario, as the adapter reports it. */
interface Problem {
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  readonly text: string;
}

/** The fields of the adapter's messages that are read here. */
interface AdapterMessage {
  readonly type?: string;
  readonly command?: string;
  readonly event?: string;
  readonly body?: {
    readonly problems?: readonly Problem[];
    readonly reason?: string;
    readonly source?: { readonly path?: string };
  };
}

const RESTART = 'Restart';

/** Opens the first mistake in the editor, and the list of all. */
async function showProblems(problems: readonly Problem[]): Promise<void> {
  const [first] = problems;
  if (!first) return;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  void vscode.window.showErrorMessage(`kmem: ${first.text.replace(first.path, basename(first.path))}${more}`);
  await vscode.commands.executeCommand('workbench.panel.markers.view.focus');
  const at = new vscode.Position(first.line - 1, first.column - 1);
  const document = await vscode.workspace.openTextDocument(vscode.Uri.file(first.path));
  await vscode.window.showTextDocument(document, { selection: new vscode.Range(at, at), preview: false });
}

/** Says that the session runs an older text than the file has. One that was renamed or deleted could not be started again. */
async function offerRestart(path: string): Promise<void> {
  if (!existsSync(path)) {
    void vscode.window.showWarningMessage(
      `kmem: ${basename(path)} was renamed or deleted. The session goes on with the text that was started; to start it again, open the scenario where it is now.`,
    );
    return;
  }
  const text = `kmem: ${basename(path)} has changed since it was started. The session goes on with the text that was started.`;
  if ((await vscode.window.showWarningMessage(text, RESTART)) === RESTART)
    await vscode.commands.executeCommand('workbench.action.debug.restart');
}

/** Reads along what the adapters of kmem send to the editor. */
export const adapterTrackers: vscode.DebugAdapterTrackerFactory = {
  createDebugAdapterTracker: () => ({
    onDidSendMessage(message: AdapterMessage) {
      const { type, event, body } = message;
      if (type === 'response' && body?.problems) void showProblems(body.problems);
      if (type === 'event' && event === 'loadedSource' && body?.reason === 'changed' && body.source?.path)
        void offerRestart(body.source.path);
    },
  }),
};

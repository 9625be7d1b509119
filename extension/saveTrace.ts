// Saves the run of a session as a trace for Perfetto: asks where, and shows how far it is.
import { basename } from 'node:path';
import * as vscode from 'vscode';
import { commandOf } from '../server/dap/inspectorProtocol';
import { askWhere } from './inspectorActions';
import { writeTrace } from './traceFile';

/** sessions whose run is being saved: the adapter makes one trace at a time */
const saving = new Set<string>();

export async function saveTrace(session: vscode.DebugSession): Promise<void> {
  if (saving.has(session.id)) throw new Error('this run is being saved; wait until that is done, or cancel it');
  saving.add(session.id);
  try {
    await save(session);
  } finally {
    saving.delete(session.id);
  }
}
async function save(session: vscode.DebugSession): Promise<void> {
  const uri = await askWhere('run-trace.json', 'Save the run as a trace');
  if (!uri) return;
  if (uri.scheme !== 'file')
    throw new Error(
      `a trace is written to a disk, and ${uri.scheme}: is not one; choose a folder of the computer that runs kmem`,
    );
  const title = `Saving ${basename(uri.fsPath)}`;
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  const isSaved = await vscode.window.withProgress(options, (progress, cancelled) => {
    let shown = 0;
    return writeTrace(
      uri.fsPath,
      (part) => session.customRequest(commandOf('trace'), { part }),
      (done) => {
        progress.report({ increment: (done - shown) * 100 });
        shown = done;
        return !cancelled.isCancellationRequested;
      },
    );
  });
  if (isSaved)
    void vscode.window.showInformationMessage(
      `kmem: ${uri.fsPath} has the run as a trace. "Open trace file" of ui.perfetto.dev shows it.`,
    );
}

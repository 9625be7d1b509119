// The commands of the editor's title bar, the explorer and the palette: debug a scenario, run it in a terminal, get the examples, show a page.
import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { COMMANDS } from './contributions';
import { scenarioPath } from './debugging';
import { copyExamples } from './examples';
import { goToPage } from './goToPage';
import { kmemProcess } from './kmemProcess';
import { launchOf } from './launch';

/** Name of the folder that the examples are copied to. */
const EXAMPLES_FOLDER = 'kmem-examples';

/**
 * The scenario a command means: the resource it was called on, or the active editor's; saved, so that the file on disk is what the editor
 * shows.
 */
async function scenario(resource: vscode.Uri | undefined): Promise<{ uri: vscode.Uri; path: string } | undefined> {
  const uri = resource ?? vscode.window.activeTextEditor?.document.uri;
  const path = uri && scenarioPath(uri);
  if (uri === undefined || path === undefined) {
    void vscode.window.showErrorMessage('kmem: no saved scenario is open. Open a .kmem file, or save this one.');
    return undefined;
  }
  const document = vscode.workspace.textDocuments.find((open) => open.uri.toString() === uri.toString());
  if (document?.isDirty && !(await document.save())) return undefined;
  return { uri, path };
}

/** Starts a debug session that stops before the first statement. */
async function debugScenario(resource?: vscode.Uri): Promise<void> {
  const target = await scenario(resource);
  if (target)
    await vscode.debug.startDebugging(vscode.workspace.getWorkspaceFolder(target.uri), { ...launchOf(target.path) });
}

/** Runs `kmem run FILE` as a task: the kernel log in a terminal that stays open, with the exit code. */
async function runScenario(extensionPath: string, resource?: vscode.Uri): Promise<void> {
  const target = await scenario(resource);
  if (!target) return;
  const { command, args, env } = kmemProcess(extensionPath, ['run', target.path]);
  const task = new vscode.Task(
    { type: 'process' },
    vscode.workspace.getWorkspaceFolder(target.uri) ?? vscode.TaskScope.Global,
    `run ${vscode.workspace.asRelativePath(target.uri)}`,
    'kmem',
    new vscode.ProcessExecution(command, args, { cwd: dirname(target.path), env }),
  );
  task.presentationOptions = { clear: true, echo: false };
  await vscode.tasks.executeTask(task);
}

/** Copies the examples into a folder that the user chooses, and opens it. */
async function openExamples(extensionPath: string): Promise<void> {
  const [chosen] =
    (await vscode.window.showOpenDialog({
      canSelectFiles: false,
      canSelectFolders: true,
      openLabel: 'Copy Examples Here',
      title: `The examples are copied into a new folder "${EXAMPLES_FOLDER}" in it`,
    })) ?? [];
  if (!chosen) return;
  const folder = vscode.Uri.joinPath(chosen, EXAMPLES_FOLDER);
  try {
    const { kept } = copyExamples(join(extensionPath, 'examples'), folder.fsPath);
    if (kept.length > 0)
      void vscode.window.showInformationMessage(
        `kmem: ${folder.fsPath} already has files with these names, which were left unchanged: ${kept.join(', ')}.`,
      );
  } catch (error) {
    void vscode.window.showErrorMessage(
      `kmem: the examples could not be copied to ${folder.fsPath}: ${error instanceof Error ? error.message : String(error)}`,
    );
    return;
  }
  const forceNewWindow = vscode.workspace.workspaceFolders !== undefined;
  await vscode.commands.executeCommand('vscode.openFolder', folder, { forceNewWindow });
}

/** Registers the commands. `restartServer` is what "Restart Language Server" does. */
export function registerCommands(extensionPath: string, restartServer: () => Promise<void>): vscode.Disposable {
  return vscode.Disposable.from(
    vscode.commands.registerCommand(COMMANDS.debug, debugScenario),
    vscode.commands.registerCommand(COMMANDS.run, (resource?: vscode.Uri) => runScenario(extensionPath, resource)),
    vscode.commands.registerCommand(COMMANDS.openExamples, () => openExamples(extensionPath)),
    vscode.commands.registerCommand(COMMANDS.goToPage, goToPage),
    vscode.commands.registerCommand(COMMANDS.restartServer, restartServer),
  );
}

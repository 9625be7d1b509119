// The commands of the editor's title bar, the explorer and the palette: debug a scenario, run it in a terminal, get the examples, show a page.
import { basename, dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { COMMANDS, LANGUAGE_ID, SHOW_PLACES } from './contributions';
import { scenarioPath } from './debugging';
import { copyExamples } from './examples';
import { goToPage } from './goToPage';
import { kmemProcess } from './kmemProcess';
import { launchOf } from './launch';

/** Name of the folder that the examples are copied to. */
const EXAMPLES_FOLDER = 'kmem-examples';

/** The snippet that a new scenario begins with (syntaxes/snippets.json). */
const SCENARIO_SNIPPET = 'Scenario';

/** What a command is called on: by a menu, by a lens of the language server, or by nothing. */
type Resource = vscode.Uri | string | undefined;

/**
 * The scenario a command means: the resource it was called on, or the active editor's; saved, so that the file on disk is what the editor
 * shows.
 */
async function scenario(resource: Resource): Promise<{ uri: vscode.Uri; path: string } | undefined> {
  const named = typeof resource === 'string' ? vscode.Uri.parse(resource) : resource;
  const uri = named ?? vscode.window.activeTextEditor?.document.uri;
  const document = vscode.workspace.textDocuments.find((open) => open.uri.toString() === uri?.toString());
  // a new one gets its name here; undefined: the user does not want to save it
  const saved = document?.isUntitled || document?.isDirty ? await vscode.workspace.save(document.uri) : uri;
  if (document && !saved) return undefined;
  const path = saved && scenarioPath(saved);
  if (saved === undefined || path === undefined) {
    void vscode.window.showErrorMessage('kmem: no scenario is open that is in a file. Open a .kmem file first.');
    return undefined;
  }
  return { uri: saved, path };
}

/**
 * Where a new scenario will be saved: in the workspace's first folder, under a name that no file and no editor has; undefined without a
 * folder: the user is asked.
 */
async function newPlace(): Promise<vscode.Uri | undefined> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  if (!folder) return undefined;
  const files = (await vscode.workspace.fs.readDirectory(folder)).map(([name]) => name);
  const open = new Set(vscode.workspace.textDocuments.map(({ uri }) => uri.path));
  for (let n = 1; ; n++) {
    const uri = vscode.Uri.joinPath(folder, n === 1 ? 'scenario.kmem' : `scenario-${n}.kmem`);
    if (!files.includes(basename(uri.path)) && !open.has(uri.path)) return uri.with({ scheme: 'untitled' });
  }
}
/** Opens a new scenario: the snippet of a whole one, ready to be filled in. */
async function newScenario(): Promise<void> {
  const place = await newPlace();
  const document = await (place
    ? vscode.workspace.openTextDocument(place)
    : vscode.workspace.openTextDocument({ language: LANGUAGE_ID }));
  await vscode.window.showTextDocument(document);
  await vscode.commands.executeCommand('editor.action.insertSnippet', { langId: LANGUAGE_ID, name: SCENARIO_SNIPPET });
}

/** Starts a debug session that stops before the first statement. */
async function debugScenario(resource?: Resource): Promise<void> {
  const target = await scenario(resource);
  if (target)
    await vscode.debug.startDebugging(vscode.workspace.getWorkspaceFolder(target.uri), { ...launchOf(target.path) });
}

/** Runs `kmem run FILE` as a task: the kernel log in a terminal that stays open, with the exit code. */
async function runScenario(extensionPath: string, resource?: Resource): Promise<void> {
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

/** A position and places as the language server names them. */
interface Position {
  readonly line: number;
  readonly character: number;
}
interface Place {
  readonly uri: string;
  readonly range: { readonly start: Position; readonly end: Position };
}
/** Shows places below a position, as "Go to References" does. */
async function showPlaces(uri: string, at: Position, places: readonly Place[]): Promise<void> {
  const position = ({ line, character }: Position) => new vscode.Position(line, character);
  const locations = places.map(
    (place) =>
      new vscode.Location(
        vscode.Uri.parse(place.uri),
        new vscode.Range(position(place.range.start), position(place.range.end)),
      ),
  );
  await vscode.commands.executeCommand('editor.action.showReferences', vscode.Uri.parse(uri), position(at), locations);
}

/** Registers the commands. `restartServer` is what "Restart Language Server" does. */
export function registerCommands(extensionPath: string, restartServer: () => Promise<void>): vscode.Disposable {
  return vscode.Disposable.from(
    vscode.commands.registerCommand(COMMANDS.debug, debugScenario),
    // with the configuration that is selected, as F5 does
    vscode.commands.registerCommand(COMMANDS.startEarly, () =>
      vscode.commands.executeCommand('workbench.action.debug.start'),
    ),
    vscode.commands.registerCommand(COMMANDS.run, (resource?: Resource) => runScenario(extensionPath, resource)),
    vscode.commands.registerCommand(COMMANDS.openExamples, () => openExamples(extensionPath)),
    vscode.commands.registerCommand(COMMANDS.newScenario, newScenario),
    vscode.commands.registerCommand(COMMANDS.goToPage, goToPage),
    vscode.commands.registerCommand(SHOW_PLACES, showPlaces),
    vscode.commands.registerCommand(COMMANDS.restartServer, restartServer),
  );
}

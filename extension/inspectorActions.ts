// What the memory inspector leads to in the editor: lines, watches, memory, files.
import * as vscode from 'vscode';
import { commandOf, type FromWebview, GO_TO, SELECT } from '../server/dap/inspectorProtocol';

type Message<K extends FromWebview['kind']> = Extract<FromWebview, { kind: K }>;

/** A source as the editor hands on what the adapter says: it may make a URI of the path. */
interface LoadedSource {
  readonly path?: string | vscode.Uri;
}
function pathOf({ path }: LoadedSource): string | undefined {
  if (typeof path === 'object') return vscode.Uri.from(path).path;
  return path !== undefined && /^[\w+.-]{2,}:/.test(path) ? vscode.Uri.parse(path).path : path;
}

/** Moves the debugger; the adapter's `stopped` event does the rest. */
export async function goTo(session: vscode.DebugSession, { position }: Message<'goTo'>): Promise<void> {
  await session.customRequest(commandOf(GO_TO), { position });
}
/** Shows a line, if it is of one of the session's own files: the page may ask for no others. */
export async function reveal(session: vscode.DebugSession, { path, line }: Message<'reveal'>): Promise<void> {
  const uri = vscode.Uri.file(path);
  const { sources } = (await session.customRequest('loadedSources')) as { sources: readonly LoadedSource[] };
  if (!sources.some((source) => [path, uri.path].includes(pathOf(source) ?? '')))
    throw new Error(`${path} is not a file of this session`);
  const document = await vscode.workspace.openTextDocument(uri);
  const at = new vscode.Position(Math.max(0, Math.min(line, document.lineCount) - 1), 0);
  const shown = vscode.window.visibleTextEditors.find((editor) => editor.document === document);
  await vscode.window.showTextDocument(document, {
    viewColumn: shown?.viewColumn ?? vscode.ViewColumn.One,
    selection: new vscode.Range(at, at),
  });
}
/** Shows what is selected as the first row of the frame's locals. VS Code lets nobody select a row of Variables: the adapter makes one. */
export async function select(session: vscode.DebugSession, { selection }: Message<'selected'>): Promise<void> {
  await session.customRequest(commandOf(SELECT), { selection });
}
/** Goes to Variables. */
export async function showVariables(): Promise<void> {
  await vscode.commands.executeCommand('workbench.debug.action.focusVariablesView');
}
/** The extension that VS Code shows memory with, and what its resources are. */
const HEX_EDITOR = 'ms-vscode.hexeditor';
const MEMORY_SCHEME = 'vscode-debug-memory';
const FIND = 'Show Extension';
/** Milliseconds within which the editor tells of a tab that it has opened. */
const TAB_MS = 1000;

/** The editor's own view of memory. Without its extension VS Code offers to install that, or does nothing at all where it finds none. */
export async function openMemory(session: vscode.DebugSession, { address }: Message<'memory'>): Promise<void> {
  await vscode.commands.executeCommand('workbench.debug.viewlet.action.viewMemory', {
    sessionId: session.id,
    container: { expensive: false, name: address, variablesReference: 0 },
    variable: { name: address, value: address, variablesReference: 0, memoryReference: address },
  });
  if (await showsMemory()) return;
  const text = `kmem: VS Code shows memory with the extension Hex Editor (${HEX_EDITOR}), which is not there. Install it, then open the memory view again.`;
  if ((await vscode.window.showWarningMessage(text, FIND)) === FIND)
    await vscode.commands.executeCommand('workbench.extensions.search', `@id:${HEX_EDITOR}`);
}
/** Whether the editor in front shows memory, by now or in a moment. */
async function showsMemory(): Promise<boolean> {
  const isShown = () =>
    vscode.window.tabGroups.all.some(({ activeTab }) => {
      const { uri } = (activeTab?.input ?? {}) as { uri?: vscode.Uri };
      return uri?.scheme === MEMORY_SCHEME;
    });
  if (isShown()) return true;
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      changes.dispose();
      resolve(isShown());
    };
    const timer = setTimeout(done, TAB_MS);
    const changes = vscode.window.tabGroups.onDidChangeTabs(() => {
      if (isShown()) done();
    });
  });
}
/** Asks where a file is to be saved. */
export async function askWhere(name: string, title: string): Promise<vscode.Uri | undefined> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const defaultUri = folder ? vscode.Uri.joinPath(folder, name) : vscode.Uri.file(name);
  return vscode.window.showSaveDialog({ defaultUri, title });
}
/** Asks where, and saves. */
export async function save({ name, encoding, data }: Message<'save'>): Promise<void> {
  const uri = await askWhere(name, 'Save what the inspector shows');
  if (uri) await vscode.workspace.fs.writeFile(uri, Buffer.from(data, encoding));
}
/** kmem's page about the kernel, at a heading. */
export async function openDocs(extensionPath: string, { anchor }: Message<'docs'>): Promise<void> {
  const page = vscode.Uri.joinPath(vscode.Uri.file(extensionPath), 'docs', 'kernel.md');
  await vscode.commands.executeCommand('markdown.showPreview', page.with({ fragment: anchor }));
}
/** Starts the scenario of a session that has ended once more. */
export async function startAgain(session: vscode.DebugSession): Promise<void> {
  const { __sessionId: _, ...configuration } = session.configuration;
  await vscode.debug.startDebugging(session.workspaceFolder, configuration as vscode.DebugConfiguration);
}

// The memory inspector's panel: opens it, passes messages on between its page and the debug adapter, and restores it after a reload. What
// arrives from the page is checked; what does not fit the protocol is dropped.
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { checked, commandOf, FROM_WEBVIEW, type FromWebview, type ToWebview } from '../server/dap/inspectorProtocol';
import type { ViewName } from '../server/dap/inspectorViewNames';
import type { Selection } from '../server/debugger/inspector/shapes/common';
import { COMMANDS, DEBUG_TYPE, INSPECTOR_PANEL } from './contributions';
import { InspectedSessions } from './inspectedSessions';
import { goTo, openDocs, openMemory, reveal, save, select, showVariables, startAgain } from './inspectorActions';
import { inspectorPage, pageParts } from './inspectorPage';
import { PageOpening } from './pageOpening';
import { saveTrace } from './saveTrace';

/** What the adapter answers to a question that a newer one has replaced. */
const CANCELLED = 'cancelled';

/** What VS Code passes to a command in the menu of a variable. */
interface VariableContext {
  readonly variable?: { readonly evaluateName?: string; readonly memoryReference?: string };
}
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

class Inspector implements vscode.Disposable {
  private panel: vscode.WebviewPanel | undefined;
  /** the page listens */
  private isReady = false;
  /** what it is told once it does */
  private selection: Selection | undefined;
  private readonly sessions: InspectedSessions;
  private readonly opening: PageOpening;

  constructor(private readonly extensionPath: string) {
    const sessions = new InspectedSessions(
      () => this.tell({ kind: 'session', session: sessions.described }),
      () => this.tell({ kind: 'changed' }),
    );
    this.sessions = sessions;
    this.opening = new PageOpening({
      get session() {
        return sessions.described;
      },
      ask: ({ view, question }) => this.answer(view, question),
    });
  }

  dispose(): void {
    this.sessions.dispose();
    this.panel?.dispose();
  }
  /** Shows the panel beside the editor. */
  open(selection: Selection | undefined): void {
    this.selection = selection;
    if (this.panel) {
      this.panel.reveal(undefined, false);
      this.tellSelection();
      return;
    }
    this.enter(
      vscode.window.createWebviewPanel(INSPECTOR_PANEL, 'Memory Inspector', vscode.ViewColumn.Beside, {
        retainContextWhenHidden: true,
      }),
    );
  }
  /** Fills a panel, a new one or one that the editor has kept over a reload. */
  enter(panel: vscode.WebviewPanel): void {
    this.panel?.dispose();
    this.panel = panel;
    this.isReady = false;
    const extension = vscode.Uri.file(this.extensionPath);
    const icon = (theme: string) => vscode.Uri.joinPath(extension, 'extension', 'media', `inspector-${theme}.svg`);
    panel.iconPath = { light: icon('light'), dark: icon('dark') };
    const dist = vscode.Uri.joinPath(extension, 'dist');
    const { webview } = panel;
    webview.options = { enableScripts: true, localResourceRoots: [dist] };
    panel.onDidDispose(() => {
      if (this.panel === panel) this.panel = undefined;
    });
    webview.onDidReceiveMessage((message: unknown) => {
      const found = checked(FROM_WEBVIEW, message);
      if ('value' in found) void this.received(found.value);
      else console.warn(`kmem: the inspector's page sent what is not in the protocol: ${found.problem}`);
    });
    const parts = {
      ...pageParts(dist.fsPath, (path) => webview.asWebviewUri(vscode.Uri.joinPath(dist, path)).toString()),
      source: webview.cspSource,
      nonce: randomBytes(24).toString('base64url'),
    };
    void this.opening.messages().then((messages) => {
      if (this.panel === panel) webview.html = inspectorPage(parts, messages);
    });
  }

  // ---------------------------------------------------------------- to the page
  private send(message: ToWebview): void {
    if (this.isReady) void this.panel?.webview.postMessage(message);
  }
  /** Tells what has become of the session. A page that does not listen yet is told when it does. */
  private tell(message: ToWebview): void {
    this.opening.moved();
    this.send(message);
  }
  private tellSelection(): void {
    const { selection } = this;
    if (!selection || !this.isReady) return;
    this.selection = undefined;
    this.send({ kind: 'select', selection });
  }

  // ---------------------------------------------------------------- from the page
  private async received(message: FromWebview): Promise<void> {
    try {
      await this.act(message);
    } catch (error) {
      void vscode.window.showErrorMessage(`kmem: ${messageOf(error)}`);
    }
  }
  private async act(message: FromWebview): Promise<void> {
    const { session } = this.sessions;
    switch (message.kind) {
      case 'ready':
        this.isReady = true;
        for (const missed of this.opening.missed) this.send(missed);
        this.tellSelection();
        return;
      case 'ask':
        return this.ask(message);
      case 'goTo':
        return session && goTo(session, message);
      case 'reveal':
        return session && reveal(session, message);
      case 'selected':
        return session && select(session, message);
      case 'variables':
        return showVariables();
      case 'memory':
        return session && openMemory(session, message);
      case 'copy':
        return vscode.env.clipboard.writeText(message.text);
      case 'save':
        return save(message);
      case 'saveTrace':
        return session && saveTrace(session);
      case 'docs':
        return openDocs(this.extensionPath, message);
      case 'startAgain':
        return session && startAgain(session);
    }
  }
  /** Passes a question on to the adapter, and its answer back. */
  private async ask({ id, view, question }: Extract<FromWebview, { kind: 'ask' }>): Promise<void> {
    try {
      this.send({ kind: 'answer', id, view, answer: await this.answer(view, question) });
    } catch (error) {
      const why = messageOf(error);
      this.send({ kind: 'refusal', id, view, why, cancelled: why === CANCELLED });
    }
  }
  private async answer(view: ViewName, question: object): Promise<unknown> {
    const { session } = this.sessions;
    if (!session) throw new Error('no scenario is being debugged');
    return session.customRequest(commandOf(view), question);
  }
}

/** What a command was called on: a variable says what is to be selected. */
function selectionOf({ variable }: VariableContext): Selection | undefined {
  const { memoryReference, evaluateName } = variable ?? {};
  if (memoryReference !== undefined && /^0x[0-9a-f]{1,16}$/.test(memoryReference))
    return { by: 'address', address: memoryReference };
  if (evaluateName === undefined) return undefined;
  const item = vscode.debug.activeStackItem;
  const frame = item instanceof vscode.DebugStackFrame ? { frameId: item.frameId } : {};
  return { by: 'expression', text: evaluateName, ...frame };
}

/** Registers the panel and its commands. A lens opens it with the scenario's URI: without a session it starts one. */
export function registerInspector(extensionPath: string): vscode.Disposable {
  const inspector = new Inspector(extensionPath);
  return vscode.Disposable.from(
    inspector,
    vscode.window.registerWebviewPanelSerializer(INSPECTOR_PANEL, {
      async deserializeWebviewPanel(panel) {
        inspector.enter(panel);
      },
    }),
    vscode.commands.registerCommand(COMMANDS.openInspector, async (scenario?: unknown) => {
      inspector.open(undefined);
      if (typeof scenario === 'string' && vscode.debug.activeDebugSession?.type !== DEBUG_TYPE)
        await vscode.commands.executeCommand(COMMANDS.debug, scenario);
    }),
    vscode.commands.registerCommand(COMMANDS.showInInspector, (on: VariableContext) => inspector.open(selectionOf(on))),
  );
}

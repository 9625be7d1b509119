// The extension through VS Code's API: activation, diagnostics, hover, and a debug session with its requests.
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { COMMANDS } from '../../../extension/contributions';
import { until } from '../workbench';

const SCENARIO = 'nic-rx.kmem';
/** Where the session is to stop: after the page has been allocated. */
const STOP = 'if (!page)';

function scenarioUri(): vscode.Uri {
  const folder = vscode.workspace.workspaceFolders?.[0];
  assert.ok(folder, 'a folder is open');
  return vscode.Uri.joinPath(folder.uri, SCENARIO);
}

function extension(): vscode.Extension<unknown> {
  const found = vscode.extensions.getExtension('kmem.kmem');
  assert.ok(found, 'the extension is installed');
  return found;
}

/** A position in the document: just after the first letter of the text. */
function within(document: vscode.TextDocument, text: string): vscode.Position {
  const offset = document.getText().indexOf(text);
  assert.ok(offset >= 0, text);
  return document.positionAt(offset + 1);
}

describe('in the extension host', () => {
  let document: vscode.TextDocument;

  it('is not active before there is a scenario', () => assert.equal(extension().isActive, false));

  it('is activated by opening one', async () => {
    document = await vscode.workspace.openTextDocument(scenarioUri());
    assert.equal(document.languageId, 'kmem');
    await vscode.window.showTextDocument(document);
    await until('activation', async () => extension().isActive);
  });

  it('has its commands', async () => {
    const all = await vscode.commands.getCommands(true);
    for (const command of Object.values(COMMANDS)) assert.ok(all.includes(command), command);
  });

  it('gives diagnostics with code, source and related information', async () => {
    await until('diagnostics', async () => vscode.languages.getDiagnostics(document.uri).length > 0);
    const [first] = vscode.languages.getDiagnostics(document.uri);
    assert.equal(first?.source, 'kmem');
    assert.match(JSON.stringify(first.code), /sleep-in-atomic/);
    assert.ok((first.relatedInformation ?? []).length >= 2);
  });

  it('takes diagnostics away when the fault is', async () => {
    const edit = new vscode.WorkspaceEdit();
    const from = document.getText().indexOf('GFP_KERNEL', document.getText().indexOf('irq nic_rx'));
    edit.replace(
      document.uri,
      new vscode.Range(document.positionAt(from), document.positionAt(from + 'GFP_KERNEL'.length)),
      'GFP_ATOMIC',
    );
    await vscode.workspace.applyEdit(edit);
    const sleeps = () =>
      vscode.languages.getDiagnostics(document.uri).filter((d) => /sleep/.test(JSON.stringify(d.code)));
    await until('no diagnostics', async () => sleeps().length === 0);
    await vscode.commands.executeCommand('workbench.action.files.revert');
    await until('diagnostics again', async () => sleeps().length > 0);
  });

  it('hovers over kernel functions', async () => {
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
      'vscode.executeHoverProvider',
      document.uri,
      within(document, 'alloc_pages(gfp'),
    );
    const text = hovers
      .flatMap(({ contents }) => contents.map((c) => (typeof c === 'string' ? c : c.value)))
      .join('\n');
    assert.match(text, /alloc_pages/);
  });

  it('debugs through the API, with the adapter of the bundle', async () => {
    vscode.debug.addBreakpoints([
      new vscode.SourceBreakpoint(new vscode.Location(document.uri, within(document, STOP))),
    ]);
    const folder = vscode.workspace.getWorkspaceFolder(document.uri);
    const started = await vscode.debug.startDebugging(folder, {
      type: 'kmem',
      request: 'launch',
      name: 'suite',
      program: document.uri.fsPath,
    });
    assert.ok(started);
    const session = vscode.debug.activeDebugSession;
    assert.ok(session);
    const line = within(document, STOP).line + 1;
    const top = async () => {
      const { stackFrames } = await session.customRequest('stackTrace', { threadId: await threadId() });
      return stackFrames[0];
    };
    const threadId = async () => {
      const item = vscode.debug.activeStackItem;
      return item ? item.threadId : (await session.customRequest('threads')).threads[0].id;
    };
    // The sleeping allocation is a kernel report, on which the session may stop first.
    await until('the breakpoint', async () => {
      if (!vscode.debug.activeStackItem) return false;
      if ((await top())?.line === line) return true;
      await session.customRequest('continue', { threadId: await threadId() });
      return false;
    });
    const frame = await top();
    const { result } = await session.customRequest('evaluate', {
      expression: 'page->_refcount',
      frameId: frame.id,
      context: 'watch',
    });
    assert.match(result, /\b1\b/);
    const ended = new Promise<void>((resolve) => vscode.debug.onDidTerminateDebugSession(() => resolve()));
    await vscode.debug.stopDebugging(session);
    await ended;
  });

  it('runs a scenario in a terminal', async () => {
    const ended = new Promise<number | undefined>((resolve) =>
      vscode.tasks.onDidEndTaskProcess(({ exitCode }) => resolve(exitCode)),
    );
    await vscode.commands.executeCommand(COMMANDS.run, document.uri);
    assert.equal(typeof (await ended), 'number', 'kmem run has ended with an exit code');
  });
});

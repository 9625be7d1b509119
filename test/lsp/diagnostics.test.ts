import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { LSPErrorCodes } from 'vscode-languageserver/node';
import { SHAPES } from '../../bench/growing';
import { LspClient } from './client';

const PULLS = { textDocument: { diagnostic: {} }, workspace: { diagnostics: { refreshSupport: true } } };
const URI = 'file:///work/pulled.kmem';
interface Report {
  readonly kind: 'full' | 'unchanged';
  readonly resultId: string;
  readonly items: readonly { readonly code: string }[];
  readonly uri?: string;
}

describe('language server: diagnostics that the client asks for', () => {
  let client: LspClient;
  let folder: string;
  beforeEach(() => {
    client = new LspClient();
    folder = mkdtempSync(join(tmpdir(), 'kmem-pull-'));
  });
  afterEach(() => {
    client.dispose();
    rmSync(folder, { recursive: true });
  });
  const open = (uri: string, text: string): void =>
    client.notify('textDocument/didOpen', { textDocument: { uri, languageId: 'kmem', version: 1, text } });
  const edit = (uri: string, version: number, text: string): void =>
    client.notify('textDocument/didChange', { textDocument: { uri, version }, contentChanges: [{ text }] });
  async function pull(uri: string, previousResultId?: string): Promise<Report> {
    const { result, error } = await client.request('textDocument/diagnostic', {
      textDocument: { uri },
      ...(previousResultId ? { previousResultId } : {}),
    });
    assert.equal(error, undefined);
    return result as Report;
  }
  const codes = (report: Report): string[] => report.items.map((d) => d.code);

  it('are offered to a client that asks, and to no other', async () => {
    const provider = async (capabilities: object) => {
      const one = new LspClient();
      const { capabilities: about } = (await one.start({ capabilities })) as { capabilities: Record<string, unknown> };
      one.dispose();
      return about.diagnosticProvider;
    };
    assert.deepEqual(await provider(PULLS), { interFileDependencies: true, workspaceDiagnostics: true });
    assert.equal(await provider({}), undefined);
  });
  it('of a document: in full, then only when they change, and none are sent', async () => {
    await client.start({ capabilities: PULLS });
    open(URI, 'task main { nosuch(); }\n');
    const first = await pull(URI);
    assert.deepEqual(codes(first), ['undeclared-function']);
    assert.deepEqual(await pull(URI, first.resultId), { kind: 'unchanged', resultId: first.resultId });
    edit(URI, 2, 'task main { }\n');
    const second = await pull(URI, first.resultId);
    assert.deepEqual([second.kind, codes(second)], ['full', []]);
    assert.deepEqual(client.takePublished(), []);
  });
  it('of a large document: at once after an edit, and the client is told to ask again if the analyses find something else', async () => {
    await client.start({ capabilities: PULLS });
    const text = (taken: string): string =>
      `/*${'-'.repeat(64 * 1024)}*/\nstatic DEFINE_SPINLOCK(lock);\ntask main {\n\t${taken}(&lock);\n\tmight_sleep();\n\tspin_unlock(&lock);\n}\n`;
    open(URI, text('spin_lock'));
    assert.deepEqual(codes(await pull(URI)), ['sleep-in-atomic']);
    const asked = client.asked('workspace/diagnostic/refresh');
    edit(URI, 2, text('nosuch'));
    assert.deepEqual(codes(await pull(URI)), ['undeclared-function', 'sleep-in-atomic']);
    await asked;
    assert.deepEqual(codes(await pull(URI)), ['undeclared-function', 'unlock-not-held']);
  });
  it('of a file that a document includes: sent while it is not open', async () => {
    writeFileSync(join(folder, 'inner.kmem'), 'static int a = nosuch;\n');
    const [inner, outer] = ['inner', 'outer'].map((n) => pathToFileURL(join(folder, `${n}.kmem`)).href);
    assert.ok(inner && outer);
    await client.start({ capabilities: PULLS });
    open(outer, '#include "inner.kmem"\ntask main { a = 1; }\n');
    assert.deepEqual(codes(await pull(outer)), ['error-in-include']);
    const sent = await client.diagnostics();
    assert.deepEqual([sent.uri, sent.diagnostics.map((d) => d.code)], [inner, ['undeclared']]);
    // the unsaved text counts, and the client is told to ask again
    open(inner, 'static int a;\n');
    assert.deepEqual(codes(await pull(outer)), []);
    const asked = client.asked('workspace/diagnostic/refresh');
    edit(inner, 2, 'static int b;\n');
    await asked;
    assert.deepEqual(codes(await pull(outer)), ['undeclared']);
  });
  it('of all scenarios in the folders', async () => {
    writeFileSync(join(folder, 'one.kmem'), 'task main { nosuch(); }\n');
    writeFileSync(join(folder, 'two.kmem'), 'task main { }\n');
    await client.start({ capabilities: PULLS, workspaceFolders: [{ uri: pathToFileURL(folder).href, name: 'x' }] });
    const ask = async (previous: readonly Report[]): Promise<Report[]> => {
      const previousResultIds = previous.map(({ uri, resultId }) => ({ uri, value: resultId }));
      const { result } = await client.request('workspace/diagnostic', { previousResultIds });
      return (result as { items: Report[] }).items;
    };
    const first = await ask([]);
    assert.deepEqual(first.map(codes), [['undeclared-function'], []]);
    const second = await ask(first);
    assert.deepEqual(
      second.map((r) => r.kind),
      ['unchanged', 'unchanged'],
    );
    const [, two] = first;
    open(two?.uri ?? '', 'task main { nosuch(); nosuch(); }\n');
    const third = await ask(first);
    assert.deepEqual(
      third.map((r) => r.kind),
      ['unchanged', 'full'],
    );
  });
  it('of a request that the client cancels: not refused for good, since the client asks again', async () => {
    await client.start({ capabilities: PULLS });
    open(URI, SHAPES['trylocks in a straight line']?.(50) ?? '');
    const asked = client.cancellable('textDocument/diagnostic', { textDocument: { uri: URI } });
    await client.request('textDocument/hover', { textDocument: { uri: URI }, position: { line: 0, character: 0 } });
    asked.cancel();
    const { error } = await asked.answer;
    // vscode-languageclient forgets what it has planned if the answer is `ServerCancelled` with `retriggerRequest: false`
    assert.deepEqual([error?.code, error?.data], [LSPErrorCodes.RequestCancelled, undefined]);
    assert.equal((await pull(URI)).kind, 'full');
  });
  it('shows that an analysis takes long, and ends one that an edit has made pointless', async () => {
    await client.start({ capabilities: { ...PULLS, window: { workDoneProgress: true } } });
    const text = SHAPES['trylocks in a straight line']?.(400) ?? '';
    const asked = client.asked('window/workDoneProgress/create');
    open(URI, text);
    const long = pull(URI).catch((error: Error) => error);
    await asked;
    const before = performance.now();
    edit(URI, 2, 'task main { }\n');
    assert.deepEqual(codes(await pull(URI)), []);
    assert.ok(performance.now() - before < 5000);
    assert.ok((await long) instanceof Error, 'the first request is cancelled by the server');
  });
});

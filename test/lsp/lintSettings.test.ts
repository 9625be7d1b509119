/** How findings count in the editor: kmem.json, the client's settings, and the fixes that are offered. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { LspClient } from './client';

const FAULTY = `static void *p;
irq rx {
	p = kmalloc(8, GFP_KERNEL);
}
`;
interface Action {
  readonly title: string;
  readonly kind: string;
  readonly edit: { readonly changes: Readonly<Record<string, readonly { readonly newText: string }[]>> };
}

describe('settings of the linter in the editor', () => {
  let folder = '';
  let client: LspClient;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kmem-settings-'));
    client = new LspClient();
    await client.start();
  });
  afterEach(() => {
    client.dispose();
    rmSync(folder, { recursive: true });
  });
  const uriOf = (name: string): string => pathToFileURL(join(folder, name)).href;
  const codes = (found: { diagnostics: readonly { code: string; severity: number }[] }): string[] =>
    found.diagnostics.map((d) => `${d.severity} ${d.code}`);

  it('kmem.json, when it is written, and when it is wrong', async () => {
    const uri = uriOf('rx.kmem');
    assert.deepEqual(codes(await client.open(uri, FAULTY)), ['2 sleep-in-atomic']);
    const write = async (text: string): Promise<void> => {
      writeFileSync(join(folder, 'kmem.json'), text);
      client.notify('workspace/didChangeWatchedFiles', { changes: [{ uri: uriOf('kmem.json'), type: 2 }] });
    };
    await write('{ "rules": { "sleep-in-atomic": "error" } }');
    assert.deepEqual(codes(await client.diagnostics()), ['1 sleep-in-atomic']);
    await write('{ "rules": { "sleep-in-atomc": "off" } }');
    const [wrong, found] = [await client.diagnostics(), await client.diagnostics()];
    assert.equal(wrong.uri, uriOf('kmem.json'));
    assert.match(wrong.diagnostics[0]?.message ?? '', /did you mean 'sleep-in-atomic'/);
    assert.deepEqual(codes(found), ['2 sleep-in-atomic']);
    await write('{}');
    assert.deepEqual(codes(await client.diagnostics()), []);
  });
  it("the client's settings come after kmem.json", async () => {
    writeFileSync(join(folder, 'kmem.json'), '{ "rules": { "sleep-in-atomic": "error" } }');
    assert.deepEqual(codes(await client.open(uriOf('rx.kmem'), FAULTY)), ['1 sleep-in-atomic']);
    const set = (rules: object): void =>
      client.notify('workspace/didChangeConfiguration', { settings: { kmem: { lint: { rules } } } });
    set({ 'sleep-in-atomic': 'hint' });
    assert.deepEqual(codes(await client.diagnostics()), ['4 sleep-in-atomic']);
    set({ 'sleep-in-atomic': 'off' });
    assert.deepEqual(codes(await client.diagnostics()), []);
    set({});
    assert.deepEqual(codes(await client.diagnostics()), ['1 sleep-in-atomic']);
  });
  it('the machine of a scenario without a block: kmem.json, and over it the setting', async () => {
    const RT =
      'static DEFINE_RAW_SPINLOCK(r);\ntask t {\n\traw_spin_lock(&r);\n\tkfree(NULL);\n\traw_spin_unlock(&r);\n}\n';
    writeFileSync(join(folder, 'kmem.json'), '{ "machine": { "preempt": "rt" } }');
    assert.deepEqual(codes(await client.open(uriOf('rt.kmem'), RT)), ['2 rt-only']);
    const set = (machine: object): void =>
      client.notify('workspace/didChangeConfiguration', { settings: { kmem: { machine } } });
    set({ preempt: 'full' });
    assert.deepEqual(codes(await client.diagnostics()), ['4 rt-only']);
    set({});
    assert.deepEqual(codes(await client.diagnostics()), ['2 rt-only']);
    assert.deepEqual(codes(await client.open(uriOf('block.kmem'), `machine { cpus = 1; }\n${RT}`)), ['4 rt-only']);
  });
  it('a finding links to the page of its rule', async () => {
    const { diagnostics } = await client.open(uriOf('rx.kmem'), FAULTY);
    assert.match(
      JSON.stringify(diagnostics[0]),
      /"codeDescription":\{"href":"https:[^"]*\/docs\/rules\/sleep-in-atomic\.md"/,
    );
  });
  it('quick fixes by kind; source.fixAll where it is asked for', async () => {
    const text = 'struct s { int n; };\nextern struct s *p;\ntask t {\n\tp.n = 1;\n\tp.n = 2;\n}\n';
    const uri = uriOf('fix.kmem');
    await client.open(uri, text);
    const ask = async (only?: string[]): Promise<Action[]> => {
      const range = { start: { line: 3, character: 0 }, end: { line: 3, character: 9 } };
      const context = { diagnostics: [], ...(only ? { only } : {}) };
      const { result } = await client.request('textDocument/codeAction', { textDocument: { uri }, range, context });
      return result as Action[];
    };
    assert.deepEqual(
      (await ask()).map((a) => a.title),
      ["change '.' to '->'"],
    );
    assert.deepEqual(await ask(['refactor']), []);
    const [all] = await ask(['source.fixAll']);
    assert.equal(all?.kind, 'source.fixAll.kmem');
    assert.equal(all.edit.changes[uri]?.[0]?.newText, '->n = 1;\n\tp->');
    assert.deepEqual(
      (await ask(['source'])).map((a) => a.kind),
      ['source.fixAll.kmem'],
    );
  });
});

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { LspClient } from './client';

const URI = 'file:///work/shape.kmem';
const textDocument = { uri: URI };

describe('language server: structure', () => {
  let client: LspClient;
  let folder: string;
  beforeEach(() => {
    client = new LspClient();
    folder = mkdtempSync(join(tmpdir(), 'kmem-folders-'));
  });
  afterEach(() => {
    client.dispose();
    rmSync(folder, { recursive: true });
  });
  async function ask(method: string, text: string, params: object = {}): Promise<unknown> {
    client.notify('textDocument/didOpen', { textDocument: { uri: URI, languageId: 'kmem', version: 1, text } });
    const { result, error } = await client.request(method, { textDocument, ...params });
    assert.equal(error, undefined);
    return result;
  }

  it('folds', async () => {
    await client.start();
    assert.deepEqual(await ask('textDocument/foldingRange', '// a\n// b\ntask main {\n\tint i;\n}\n'), [
      { startLine: 0, endLine: 1, kind: 'comment' },
      { startLine: 2, endLine: 3 },
    ]);
  });
  it('grows selections', async () => {
    await client.start();
    const result = await ask('textDocument/selectionRange', 'int a;\n', {
      positions: [
        { line: 0, character: 4 },
        { line: 1, character: 0 },
      ],
    });
    const range = (from: number, line: number, to: number) => ({
      start: { line: 0, character: from },
      end: { line, character: to },
    });
    assert.deepEqual(result, [
      { range: range(4, 0, 5), parent: { range: range(0, 0, 6), parent: { range: range(0, 1, 0) } } },
      { range: range(0, 1, 0) },
    ]);
  });
  it('gives tokens of a range, and what has changed since the last answer', async () => {
    await client.start();
    const text = 'static int n;\ntask main { n = 1; }\n';
    const full = (await ask('textDocument/semanticTokens/full', text)) as { resultId: string; data: number[] };
    const within = { start: { line: 1, character: 0 }, end: { line: 1, character: 1 } };
    const { result } = await client.request('textDocument/semanticTokens/range', { textDocument, range: within });
    assert.deepEqual((result as { data: number[] }).data, [1, ...full.data.slice(6)]);
    const contentChanges = [{ text: text.replace('n = 1', 'n = n') }];
    client.notify('textDocument/didChange', { textDocument: { ...textDocument, version: 2 }, contentChanges });
    const delta = await client.request('textDocument/semanticTokens/full/delta', {
      textDocument,
      previousResultId: full.resultId,
    });
    const { edits } = delta.result as { edits: { start: number; deleteCount: number; data: number[] }[] };
    const patched = [...full.data];
    for (const e of [...edits].reverse()) patched.splice(e.start, e.deleteCount, ...(e.data ?? []));
    const again = await client.request('textDocument/semanticTokens/full', { textDocument });
    assert.deepEqual(patched, (again.result as { data: number[] }).data);
    assert.equal(patched.length, full.data.length + 5);
  });
  it('finds symbols in all folders, open or not, with unsaved text', async () => {
    const [one, two] = ['one', 'two'].map((name) => {
      const path = join(folder, name);
      mkdirSync(join(path, 'deep'), { recursive: true });
      writeFileSync(join(path, 'deep', `${name}.kmem`), `static int fill_${name};\n`);
      return { uri: pathToFileURL(path).href, name };
    });
    assert.ok(one && two);
    await client.start({ workspaceFolders: [one], capabilities: { workspace: { workspaceFolders: true } } });
    const check = async (query: string, ...expected: string[]) => {
      const { result } = await client.request('workspace/symbol', { query });
      assert.deepEqual(
        (result as { name: string; location: { uri: string } }[]).map((s) => s.name),
        expected,
      );
    };
    await check('fill', 'fill_one');
    client.notify('workspace/didChangeWorkspaceFolders', { event: { added: [two], removed: [] } });
    await check('fill', 'fill_one', 'fill_two');
    await client.open(`${one.uri}/deep/one.kmem`, 'static int fill_unsaved, other;\n');
    await check('fill', 'fill_two', 'fill_unsaved');
    client.notify('workspace/didChangeWorkspaceFolders', { event: { added: [], removed: [two] } });
    await check('fill', 'fill_unsaved');
  });
  it('formats a document, a range, and what is typed', async () => {
    await client.start();
    const text = 'int  a;\nint  b;\n';
    const options = { tabSize: 8, insertSpaces: false };
    const edit = (line: number) => ({
      range: { start: { line, character: 3 }, end: { line, character: 5 } },
      newText: ' ',
    });
    assert.deepEqual(await ask('textDocument/formatting', text, { options }), [edit(0), edit(1)]);
    const range = { start: { line: 1, character: 0 }, end: { line: 1, character: 2 } };
    assert.deepEqual(await ask('textDocument/rangeFormatting', text, { options, range }), [edit(1)]);
    const position = { line: 0, character: 7 };
    assert.deepEqual(await ask('textDocument/onTypeFormatting', text, { options, position, ch: ';' }), [edit(0)]);
    const block = 'task main {\n\tint i;\n}\n';
    const spaces = await ask('textDocument/formatting', block, { options: { tabSize: 2, insertSpaces: true } });
    assert.deepEqual(spaces, [
      { range: { start: { line: 0, character: 11 }, end: { line: 1, character: 1 } }, newText: '\n  ' },
    ]);
  });
});

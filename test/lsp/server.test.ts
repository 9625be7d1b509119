import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { SHAPES } from '../../bench/growing';
import { LspClient, type Published } from './client';

const URI = 'file:///work/ring.kmem';
/** `|` marks the cursor. */
function cursor(marked: string): { text: string; position: { line: number; character: number } } {
  const at = marked.indexOf('|');
  const lines = marked.slice(0, at).split('\n');
  return {
    text: marked.slice(0, at) + marked.slice(at + 1),
    position: { line: lines.length - 1, character: (lines[lines.length - 1] as string).length },
  };
}
const faulty = `static DEFINE_SPINLOCK(lock);
static struct page *page;
irq rx {
    spin_lock(&lock);
    page = alloc_pages(GFP_KERNEL, 0);
    spin_unlock(&lock);
}
task main { sim_raise(rx); }
`;

describe('language server', () => {
  let client: LspClient;
  beforeEach(async () => {
    client = new LspClient();
    await client.start();
  });
  afterEach(() => client.dispose());

  /** Opens the text, asks at the cursor, and gives the JSON of the answer. */
  async function ask(method: string, marked: string, more: object = {}): Promise<string> {
    const { text, position } = cursor(marked);
    await client.open(URI, text);
    const { result, error } = await client.request(method, { textDocument: { uri: URI }, position, ...more });
    assert.equal(error, undefined);
    return JSON.stringify(result);
  }
  /** The same, until the answer has the context: a busy machine leaves it out, for some seconds. */
  async function askInContext(method: string, marked: string, context: RegExp): Promise<void> {
    const end = performance.now() + 15_000;
    let answer = await ask(method, marked);
    for (; !context.test(answer) && performance.now() < end; answer = await ask(method, marked))
      await new Promise((resolve) => setTimeout(resolve, 500));
    assert.match(answer, context);
  }

  it('publishes diagnostics with the path as related information, and takes them back', async () => {
    const { diagnostics } = await client.open(URI, faulty);
    const found = diagnostics.find((d) => d.code === 'sleep-in-atomic');
    assert.ok(found, JSON.stringify(diagnostics));
    assert.equal(found.range.start.line, 4);
    assert.ok(found.relatedInformation.length >= 2);
    assert.ok(found.relatedInformation.every((r) => r.location.uri === URI));
    client.notify('textDocument/didChange', {
      textDocument: { uri: URI, version: 2 },
      contentChanges: [
        { range: { start: { line: 4, character: 23 }, end: { line: 4, character: 33 } }, text: 'GFP_ATOMIC' },
      ],
    });
    assert.deepEqual((await client.diagnostics()).diagnostics, []);
  });

  it('answers requests while a large program is analysed, whose findings come later', async () => {
    const text = SHAPES['trylocks in a straight line']?.(150) ?? '';
    let analysed = false;
    const published = client.open(URI, text).finally(() => {
      analysed = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    const line = text.split('\n').findIndex((l) => l.startsWith('task main'));
    const { result } = await client.request('textDocument/hover', {
      textDocument: { uri: URI },
      position: { line: line + 1, character: 12 },
    });
    assert.match(JSON.stringify(result), /spin_trylock/);
    assert.equal(analysed, false);
    assert.deepEqual(
      (await published).diagnostics.map((d) => d.code),
      ['analysis-incomplete'],
    );
  });
  it('tells of an edit in a large program at once: what the checker finds, and what was found before at its new place', async () => {
    const padding = `/*${'-'.repeat(64 * 1024)}*/\n`;
    const at = (line: number, from: number, to: number) => ({
      start: { line, character: from },
      end: { line, character: to },
    });
    const found = ({ diagnostics }: Published): string[] =>
      diagnostics.map(({ code, range }) => `${range.start.line} ${code}`);
    const program = faulty.replace('irq rx', 'static void rx(void)').replace('sim_raise(rx)', 'rx()');
    assert.deepEqual(found(await client.open(URI, padding + program)), ['5 sleep-in-atomic']);
    let version = 1;
    const edit = async (range: object, text: string): Promise<string[]> => {
      client.notify('textDocument/didChange', {
        textDocument: { uri: URI, version: ++version },
        contentChanges: [{ range, text }],
      });
      return found(await client.diagnostics());
    };
    assert.deepEqual(await edit(at(5, 0, 0), '\tnosuch();\n'), ['5 undeclared-function', '6 sleep-in-atomic']);
    assert.deepEqual(await edit({ start: { line: 5, character: 0 }, end: { line: 6, character: 0 } }, ''), [
      '5 sleep-in-atomic',
    ]);
    // the analyses have not told yet that no lock is held any more
    const lock = program.split('\n').findIndex((line) => line.includes('spin_lock(')) + 1;
    assert.deepEqual(await edit(at(lock, 0, 1000), ''), ['5 sleep-in-atomic']);
    assert.ok(!found(await client.diagnostics()).includes('5 sleep-in-atomic'));
  });
  it('does not say of a comment in a large program that it silences nothing before the analyses have ended', async () => {
    const comment = ' // kmem-ignore sleep-in-atomic: tried';
    const lines = `/*${'-'.repeat(64 * 1024)}*/\n${faulty}`
      .split('\n')
      .map((line, i) => (i === 5 ? line + comment : line));
    assert.deepEqual((await client.open(URI, lines.join('\n'))).diagnostics, []);
    let version = 1;
    const edit = (line: number, from: number, to: number, text: string): void =>
      client.notify('textDocument/didChange', {
        textDocument: { uri: URI, version: ++version },
        contentChanges: [{ range: { start: { line, character: from }, end: { line, character: to } }, text }],
      });
    const at = lines[5]?.indexOf('GFP_KERNEL') ?? 0;
    edit(5, at, at + 'GFP_KERNEL'.length, 'GFP_NOIO');
    await new Promise((resolve) => setTimeout(resolve, 300));
    edit(0, 0, 0, 'static int n = nosuch;\n');
    assert.deepEqual(
      (await client.diagnostics()).diagnostics.map(({ code }) => code),
      ['undeclared'],
    );
  });
  it('publishes only what an edit changes: the document, and the open ones that include it', async () => {
    const [shared, user, other] = ['shared', 'user', 'other'].map((name) => `file:///work/${name}.kmem`);
    await client.open(shared ?? '', 'static int shared;\n');
    await client.open(user ?? '', '#include "shared.kmem"\ntask main { shared = 1; }\n');
    await client.open(other ?? '', 'task main { }\n');
    const edited = async (uri = '', text = ''): Promise<(string | undefined)[]> => {
      client.notify('textDocument/didChange', { textDocument: { uri, version: 2 }, contentChanges: [{ text }] });
      const published: (string | undefined)[] = [];
      await new Promise((resolve) => setTimeout(resolve, 300));
      for (const { uri } of client.takePublished()) published.push(uri);
      return published.sort();
    };
    assert.deepEqual(await edited(other, 'task main { int unused; }\n'), [other]);
    assert.deepEqual(await edited(other, 'task main { int unused; /* the same */ }\n'), []);
    assert.deepEqual(await edited(shared, 'static long shared;\n'), []);
    assert.deepEqual(await edited(shared, 'static int shared = nosuch;\n'), [shared, user]);
  });

  describe('#include', () => {
    const [inner, outer] = ['file:///work/inner.kmem', 'file:///work/outer.kmem'];
    const faultyInner = 'static int a = nosuch;\nstatic int b = other;\n';
    /** Waits until the last diagnostics of each file are these. */
    const expectPublished = async (expected: Record<string, string[]>) => {
      const seen: Record<string, string[]> = {};
      for (let i = 0; i < 100; i++) {
        for (const { uri, diagnostics } of client.takePublished())
          seen[uri.replace(/.*\//, '')] = diagnostics
            .filter((d) => d.severity === 1)
            .map((d) => `${d.range.start.line}: ${d.code}`);
        if (isDeepStrictEqual(seen, expected)) return;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      assert.deepEqual(seen, expected);
    };
    const open = (uri: string, text: string) =>
      client.notify('textDocument/didOpen', { textDocument: { uri, languageId: 'kmem', version: 1, text } });
    it('errors in the file are published there, once, and marked here', async () => {
      open(inner, faultyInner);
      open(outer, '#include "inner.kmem"\ntask main { a = b; }\n');
      const errors = ['0: undeclared', '1: undeclared'];
      await expectPublished({ 'inner.kmem': errors, 'outer.kmem': ['0: error-in-include'] });
      client.notify('textDocument/didChange', {
        textDocument: { uri: inner, version: 2 },
        contentChanges: [{ text: 'static int a;\nstatic int b;\n' }],
      });
      await expectPublished({ 'inner.kmem': [], 'outer.kmem': [] });
    });
    it('are gone where the file is closed with a text that is not on the disk', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'kmem-include-'));
      const [inside, around] = ['inner+1.kmem', 'outer.kmem'].map((name) => pathToFileURL(join(folder, name)).href);
      writeFileSync(join(folder, 'inner+1.kmem'), 'static int a;\n');
      // the client spells the same file in another way
      const spelled = (inside ?? '').replace('+', '%2B');
      open(spelled, 'static int a = nosuch;\n');
      open(around ?? '', '#include "inner+1.kmem"\ntask main { a = 1; }\n');
      await expectPublished({ 'inner%2B1.kmem': ['0: undeclared'], 'outer.kmem': ['0: error-in-include'] });
      client.notify('textDocument/didClose', { textDocument: { uri: spelled } });
      const last: Record<string, number> = {};
      for (let i = 0; i < 60 && last['outer.kmem'] !== 0; i++) {
        for (const { uri, diagnostics } of client.takePublished())
          last[uri.replace(/.*\//, '')] = diagnostics.filter((d) => d.severity === 1).length;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      assert.equal(last['outer.kmem'], 0);
      rmSync(folder, { recursive: true });
    });
    it('of a file that is not open, until nothing that is open includes it', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'kmem-include-'));
      writeFileSync(join(folder, 'inner.kmem'), faultyInner);
      writeFileSync(join(folder, 'middle.kmem'), '#include "inner.kmem"\n');
      const uri = pathToFileURL(join(folder, 'outer.kmem')).href;
      open(uri, '#include "middle.kmem"\ntask main { a = b; }\n');
      await expectPublished({
        'inner.kmem': ['0: undeclared', '1: undeclared'],
        'outer.kmem': ['0: error-in-include'],
      });
      client.notify('textDocument/didClose', { textDocument: { uri } });
      await expectPublished({ 'inner.kmem': [], 'outer.kmem': [] });
      rmSync(folder, { recursive: true });
    });
    it('leads to the file', async () => {
      open(inner, '');
      open(outer, '#include "inner.kmem"\ntask main { }\n');
      const textDocument = { uri: outer };
      const links = await client.request('textDocument/documentLink', { textDocument });
      const range = { start: { line: 0, character: 9 }, end: { line: 0, character: 21 } };
      assert.deepEqual(links.result, [{ range, target: inner }]);
      const { result } = await client.request('textDocument/definition', {
        textDocument,
        position: { line: 0, character: 12 },
      });
      assert.equal((result as { uri: string }).uri, inner);
    });
  });

  it('offers the fix', async () => {
    await client.open(URI, faulty);
    const range = { start: { line: 4, character: 12 }, end: { line: 4, character: 12 } };
    const { result } = await client.request('textDocument/codeAction', {
      textDocument: { uri: URI },
      range,
      context: { diagnostics: [] },
    });
    assert.match(JSON.stringify(result), /GFP_(ATOMIC|NOWAIT)/);
    // last, behind what cures
    assert.equal((result as { title: string }[]).at(-1)?.title, 'ignore sleep-in-atomic in this line');
  });

  it('hovers', async () => {
    assert.match(
      await ask('textDocument/hover', 'task main { struct page *p = alloc_|pages(GFP_KERNEL, 0); }'),
      /struct page \*alloc_pages.*may it sleep.*__free_pages/,
    );
  });

  it('completes fields', async () => {
    const answer = await ask('textDocument/completion', 'task main { struct page *p = alloc_page(GFP_KERNEL); p->|; }');
    assert.match(answer, /"_refcount"/);
    assert.doesNotMatch(answer, /"alloc_pages"/);
  });

  it('completes what is allowed here first, with documentation on demand', async () => {
    const text = 'static DEFINE_SPINLOCK(l);\ntask main { spin_lock(&l); |\nspin_unlock(&l); }';
    const items = JSON.parse(await ask('textDocument/completion', text)) as { label: string; sortText: string }[];
    const [sleeps, not] = ['msleep', 'udelay'].map((name) => items.find(({ label }) => label === name));
    assert.ok(sleeps && not && sleeps.sortText > not.sortText, JSON.stringify([sleeps, not]));
    const { result } = await client.request('completionItem/resolve', sleeps ?? {});
    assert.match(JSON.stringify(result), /"documentation".*may it sleep.*always/);
  });

  it('shows the context of calls in hovers', async () => {
    const text = 'static DEFINE_SPINLOCK(l);\ntask main { spin_lock(&l); kfr|ee(0); spin_unlock(&l); }';
    await askInContext('textDocument/hover', text, /here\*\*: holding spinlock l: code here must not sleep/);
  });

  it('gives semantic tokens', async () => {
    await client.open(URI, 'static int n;\ntask main { n = 1; }\n');
    const { result } = await client.request('textDocument/semanticTokens/full', { textDocument: { uri: URI } });
    assert.deepEqual((result as { data: number[] }).data.slice(0, 4), [0, 11, 1, 3]);
  });

  it('helps with signatures', async () => {
    const answer = await ask('textDocument/signatureHelp', 'task main { alloc_pages(GFP_KERNEL, |); }');
    assert.match(answer, /"activeParameter":1/);
    const inIrq = 'irq rx { alloc_pages(|); }';
    await askInContext(
      'textDocument/signatureHelp',
      inIrq,
      /in hard interrupt context \(irq rx\): code here must not sleep/,
    );
  });

  it('goes to definitions and finds references', async () => {
    const text = 'static int n;\ntask main { n| = 1; n++; }\n';
    assert.match(await ask('textDocument/definition', text), /"line":0,"character":11/);
    const { position } = cursor(text);
    const { result } = await client.request('textDocument/references', {
      textDocument: { uri: URI },
      position,
      context: { includeDeclaration: true },
    });
    assert.equal((result as unknown[]).length, 3);
    const uses = await client.request('textDocument/references', {
      textDocument: { uri: URI },
      position,
      context: { includeDeclaration: false },
    });
    assert.equal((uses.result as unknown[]).length, 2);
  });

  it('finds and renames in the open files that include this one', async () => {
    const [inner, outer] = ['file:///work/inner.kmem', 'file:///work/outer%2B1.kmem'];
    await client.open(inner, 'struct s { int n; };\nstatic struct s v;\n');
    await client.open(outer, '#include "inner.kmem"\ntask main { v.n = 1; }\n');
    const here = { textDocument: { uri: inner }, position: { line: 0, character: 15 } };
    const found = await client.request('textDocument/references', { ...here, context: { includeDeclaration: true } });
    assert.deepEqual(
      (found.result as { uri: string }[]).map(({ uri }) => uri),
      [inner, outer],
    );
    const { result } = await client.request('textDocument/rename', { ...here, newName: 'count' });
    assert.deepEqual(Object.keys((result as { changes: object }).changes), [inner, outer]);
  });

  it('goes to the definitions of types, and tells writes among highlights', async () => {
    const text = 'struct s { int n; };\nstatic struct s *p;\ntask main { p| = 0; }\n';
    assert.match(await ask('textDocument/typeDefinition', text), /"line":0,"character":7/);
    const { position } = cursor(text);
    const { result } = await client.request('textDocument/documentHighlight', { textDocument: { uri: URI }, position });
    assert.deepEqual(
      (result as { kind: number }[]).map(({ kind }) => kind),
      [1, 3],
    );
  });

  it('renames the scenario’s names, not the kernel’s, and says what is not a name', async () => {
    const text = 'static int n;\ntask main { |n = 1; alloc_page(GFP_KERNEL); }\n';
    assert.match(await ask('textDocument/rename', text, { newName: 'count' }), /"newText":"count".*"newText":"count"/);
    const { position } = cursor(text);
    const refused = async (newName: string, why: RegExp) => {
      const params = { textDocument: { uri: URI }, position, newName };
      assert.match((await client.request('textDocument/rename', params)).error?.message ?? '', why);
    };
    await refused('1x', /not a name in C/);
    await refused('while', /is a keyword/);
    await refused('kfree', /function of the kernel/);
    const { error } = await client.request('textDocument/prepareRename', {
      textDocument: { uri: URI },
      position: { line: 1, character: 22 },
    });
    assert.match(error?.message ?? '', /'alloc_page' is the kernel's/);
  });

  it('outlines a file with errors', async () => {
    await client.open(URI, 'struct ring { int head; };\nstatic int f(void) { return (; }\nirq rx { }\ntask main { }\n');
    const { result } = await client.request('textDocument/documentSymbol', { textDocument: { uri: URI } });
    assert.deepEqual(
      (result as { name: string }[]).map((s) => s.name),
      ['ring', 'f', 'rx', 'main'],
    );
  });

  it('says which parameter is missing or wrong', async () => {
    const check = async (method: string, params: unknown, expected: string) => {
      const { error } = await client.request(method, params as object);
      assert.deepEqual(error, { code: -32602, message: `${method}: ${expected}` });
    };
    const textDocument = { uri: URI };
    await check('textDocument/hover', {}, 'the parameter "textDocument" is missing: it is an object');
    await check(
      'textDocument/hover',
      { textDocument: {} },
      'the parameter "textDocument.uri" is missing: it is a string',
    );
    await check('textDocument/hover', { textDocument }, 'the parameter "position" is missing: it is an object');
    await check(
      'textDocument/hover',
      { textDocument, position: { line: -1, character: 0 } },
      'the parameter "position.line" is not a whole number from 0 on',
    );
    await check(
      'textDocument/rename',
      { textDocument, position: { line: 0, character: 0 } },
      'the parameter "newName" is missing: it is a string',
    );
    await check('textDocument/documentSymbol', [1], 'the parameter "params" is not an object');
  });

  it('reads on after broken bytes, and skips notifications that make no sense', async () => {
    for (const bytes of [
      'Content-Length: abc\r\n\r\n',
      'Content-Length: -5\r\n\r\n',
      '\r\n\r\n',
      'GET / HTTP/1.1\r\n\r\n',
      '{}',
    ])
      client.input.write(bytes);
    client.notify('textDocument/didOpen', { textDocument: { uri: 5 } });
    client.notify('textDocument/didChange', { textDocument: { uri: URI } });
    client.notify('$/cancelRequest', {});
    assert.match(await ask('textDocument/hover', 'task main { alloc_|page(GFP_KERNEL); }'), /alloc_page/);
  });

  it('answers a request that is nested too deeply', async () => {
    let params: unknown = [];
    for (let i = 0; i < 1000; i++) params = [params];
    const { error } = await client.request('textDocument/hover', params as object);
    assert.deepEqual(error, { code: -32600, message: 'a message nested more than 200 levels deep' });
  });

  it('answers what it does not know, and lives on', async () => {
    assert.ok((await client.request('textDocument/nonsense', {})).error);
    const unopened = await client.request('textDocument/hover', {
      textDocument: { uri: 'file:///nowhere.kmem' },
      position: { line: 0, character: 0 },
    });
    assert.equal(unopened.result, null);
    assert.match(await ask('textDocument/hover', 'task main { struct |page *p; }'), /struct page|null/);
  });
});

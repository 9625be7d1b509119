/** The memory inspector's requests, as any client of the adapter sends them. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { inspectorPage } from '../../scripts/docs-inspector';
import { FROM_WEBVIEW, TO_WEBVIEW } from '../../server/dap/inspectorProtocol';
import { INSPECTOR_VIEWS } from '../../server/dap/inspectorViews';
import { loadScenario } from '../../server/debugger/load';
import { Client } from './client';

const SOURCE = `machine { memory = 128M; }
static int count;
task main {
	struct page *page = alloc_page(GFP_KERNEL);
	count = 1;
	count = 2;
	__free_page(page);
}
`;
const lineOf = (text: string) => SOURCE.slice(0, SOURCE.indexOf(text)).split('\n').length;

async function stopped(text = 'count = 2;'): Promise<Client> {
  const client = new Client(() => {
    const loaded = loadScenario('/v.kmem', SOURCE, { trace: 'allocations' });
    if ('problems' in loaded) throw new assert.AssertionError({ message: loaded.problems.join('\n') });
    return loaded;
  });
  await client.ask('initialize', { adapterID: 'kmem', supportsInvalidatedEvent: true });
  await client.ask('launch', { program: '/v.kmem', stopOnEntry: false });
  await client.ask('setBreakpoints', { source: { path: '/v.kmem' }, breakpoints: [{ line: lineOf(text) }] });
  await client.ask('configurationDone');
  await client.event('stopped');
  return client;
}
const CARD = { selection: { by: 'expression', text: 'page' } };

describe('inspector requests', () => {
  it('a view answers as its schema says', async () => {
    const client = await stopped();
    const body = await client.ask('kmem/inspect/objectCard', CARD);
    const answer = v.parse(INSPECTOR_VIEWS.objectCard.answer, body);
    assert.equal(answer.allocated?.place?.line, lineOf('alloc_page'));
  });
  it('initialize says that they are there', async () => {
    const client = new Client(() => assert.fail());
    assert.equal((await client.ask('initialize', { adapterID: 'kmem' })).supportsKmemInspector, true);
  });

  const refuses = (what: string, question: unknown, says: RegExp) =>
    it(`refuses ${what}`, async () => {
      const client = await stopped();
      const answer = await client.request('kmem/inspect/objectCard', question);
      assert.equal(answer.success, false);
      assert.match(answer.message ?? '', says);
      await client.ask('kmem/inspect/objectCard', CARD);
    });
  refuses('a question without its fields', {}, /the field "selection": .*missing|the field "selection"/);
  refuses('a field of another type', { selection: { by: 'pfn', pfn: 'x' } }, /the field "selection.pfn": .*number/);
  refuses('a number that is not a pfn', { selection: { by: 'pfn', pfn: -1 } }, /the field "selection.pfn"/);
  refuses('a field that does not exist', { ...CARD, wrtes: 3 }, /the field "wrtes"/);
  refuses('a form that does not exist', { selection: { by: 'luck' } }, /the field "selection.by"/);
  refuses('more than it gives', { ...CARD, writes: 1e9 }, /the field "writes"/);
  refuses('what is not an address', { selection: { by: 'address', address: '<img>' } }, /an address is written 0x/);
  refuses(
    'an expression with an undeclared name',
    { selection: { by: 'expression', text: 'nothing' } },
    /not declared/,
  );
  it('refuses while the scenario runs, and before it does', async () => {
    const client = new Client(() => assert.fail());
    await client.ask('initialize', { adapterID: 'kmem' });
    assert.match((await client.request('kmem/inspect/objectCard', CARD)).message ?? '', /no scenario is loaded/);
  });

  it('only the newest question of a view counts', async () => {
    const client = await stopped();
    const answers = await client.requests([
      ['kmem/inspect/objectCard', CARD],
      ['kmem/inspect/objectCard', CARD],
      ['kmem/inspect/objectCard', { ...CARD, writes: 1 }],
    ]);
    assert.deepEqual(
      answers.map((a) => (a.success ? 'answer' : a.message)),
      ['cancelled', 'cancelled', 'answer'],
    );
  });
  it('a question can be cancelled', async () => {
    const client = await stopped();
    const from = client.messages.length;
    const seq = client.post('kmem/inspect/objectCard', CARD);
    client.post('cancel', { requestId: seq });
    const answer = await client.until((m) => m.type === 'response' && m.request_seq === seq, from);
    assert.equal(answer.message, 'cancelled');
  });

  it('goTo moves the debugger back and forth, and says that it has stopped', async () => {
    const client = await stopped();
    const line = async () => {
      const { threads } = await client.ask<{ threads: { id: number }[] }>('threads');
      const threadId = threads[0]?.id;
      const { stackFrames } = await client.ask<{ stackFrames: { line: number }[] }>('stackTrace', { threadId });
      return stackFrames[0]?.line;
    };
    const moment = async () =>
      v.parse(INSPECTOR_VIEWS.objectCard.answer, await client.ask('kmem/inspect/objectCard', CARD));
    const here = (await moment()).moment.position;
    const { allocated } = await moment();
    assert.ok(allocated);
    const go = async (position: number) => {
      const from = client.messages.length;
      await client.ask('kmem/inspect/goTo', { position });
      return client.event('stopped', from);
    };
    assert.equal((await go(allocated.position)).reason, 'goto');
    assert.equal(await line(), lineOf('alloc_page'));
    await go(here);
    assert.equal(await line(), lineOf('count = 2;'));
    const answer = await client.request('kmem/inspect/goTo', { position: 1e9 });
    assert.match(answer.message ?? '', /position 1000000000 is not recorded/);
    assert.match((await client.request('kmem/inspect/goTo', { position: 1.5 })).message ?? '', /the field "position"/);
  });

  it('what is selected is the first row of the locals, and comes along', async () => {
    const client = await stopped();
    const locals = async (line?: number) => {
      const { threads } = await client.ask<{ threads: { id: number }[] }>('threads');
      const { stackFrames } = await client.ask<{ stackFrames: { id: number; line: number }[] }>('stackTrace', {
        threadId: threads[0]?.id,
      });
      if (line !== undefined) assert.equal(stackFrames[0]?.line, line);
      const { scopes } = await client.ask<{ scopes: { name: string; variablesReference: number }[] }>('scopes', {
        frameId: stackFrames[0]?.id,
      });
      assert.equal(scopes[0]?.name, 'Locals');
      const { variables } = await client.ask<{ variables: Record<string, unknown>[] }>('variables', {
        variablesReference: scopes[0]?.variablesReference,
      });
      return variables;
    };
    const select = async (selection: unknown) => {
      const from = client.messages.length;
      await client.ask('kmem/inspect/select', { selection });
      return (await client.event('invalidated', from)) as Record<string, unknown>;
    };
    assert.deepEqual(
      (await locals()).map(({ name }) => name),
      ['page'],
    );
    assert.deepEqual(await select({ by: 'expression', text: 'page' }), { areas: ['variables'], kmemSelection: true });
    const [selected, page] = await locals();
    assert.equal(selected?.name, '(selected)');
    assert.equal(selected?.type, 'struct page');
    assert.match(String(selected?.evaluateName), /^\*pfn_to_page\(0x[0-9a-f]+\)$/);
    assert.equal(page?.name, 'page');
    // at the next stop it is still there, and where it means nothing it says why
    const { threads } = await client.ask<{ threads: { id: number }[] }>('threads');
    await client.move('next', { threadId: threads[0]?.id });
    assert.equal((await locals(lineOf('__free_page')))[0]?.name, '(selected)');
    await select({ by: 'expression', text: 'nothing' });
    assert.match(String((await locals())[0]?.value), /'nothing' is not declared/);
    await select({ by: 'pfn', pfn: 2 ** 30 });
    assert.match(String((await locals())[0]?.value), /is past the end/);
    await select({ by: 'expression', text: 'count' });
    assert.deepEqual((await locals()).map(({ name, value }) => `${name} ${value}`)[0], '(selected) 2');
    await select(null);
    assert.equal((await locals()).length, 1);
    const answer = await client.request('kmem/inspect/select', { selection: { by: 'luck' } });
    assert.match(answer.message ?? '', /the arguments of kmem\/inspect\/select: the field "selection/);
  });
  it('what is selected in a frame stays so when the frame is gone', async () => {
    const client = await stopped();
    const answer = await client.ask('kmem/inspect/objectCard', {
      selection: { by: 'expression', text: 'page', frameId: 999_999 },
    });
    assert.match(String(answer.title), /^page pfn/);
  });
  it("a card's address is a reference that readMemory takes: the object's bytes", async () => {
    const client = await stopped();
    const card = v.parse(
      INSPECTOR_VIEWS.objectCard.answer,
      await client.ask('kmem/inspect/objectCard', { selection: { by: 'expression', text: 'count' } }),
    );
    const read = await client.ask<{ data: string; address: string }>('readMemory', {
      memoryReference: card.address,
      count: card.bytes,
    });
    assert.equal(read.address, card.address);
    assert.deepEqual([...Buffer.from(read.data, 'base64')], [1, 0, 0, 0]);
  });
  it('docs/inspector-protocol.md is fresh', () => {
    const page = readFileSync(join(__dirname, '../../docs/inspector-protocol.md'), 'utf8');
    assert.ok(page === inspectorPage(), 'run: npm run docs');
  });
});

describe('messages between extension and webview', () => {
  const check = (schema: v.GenericSchema, message: unknown, isValid: boolean) =>
    it(`${isValid ? 'takes' : 'refuses'} ${JSON.stringify(message)?.slice(0, 80)}`, () =>
      assert.equal(v.safeParse(schema, message).success, isValid));
  check(FROM_WEBVIEW, { kind: 'ready' }, true);
  check(FROM_WEBVIEW, { kind: 'ask', id: 1, view: 'objectCard', question: {} }, true);
  check(FROM_WEBVIEW, { kind: 'ask', id: 1, view: '__proto__', question: {} }, false);
  check(FROM_WEBVIEW, { kind: 'ask', id: 0, view: 'objectCard', question: {} }, false);
  check(FROM_WEBVIEW, { kind: 'ask', id: 1, view: 'objectCard', question: 'x' }, false);
  check(FROM_WEBVIEW, { kind: 'run', command: 'rm' }, false);
  check(FROM_WEBVIEW, { kind: 'goTo', position: Number.NaN }, false);
  check(FROM_WEBVIEW, { kind: 'goTo', position: -1 }, false);
  check(FROM_WEBVIEW, { kind: 'save', name: '../x.png', encoding: 'utf8', data: '' }, false);
  check(FROM_WEBVIEW, { kind: 'save', name: 'map.exe', encoding: 'utf8', data: '' }, false);
  check(FROM_WEBVIEW, { kind: 'save', name: 'map.svg', encoding: 'utf8', data: '<svg/>' }, true);
  check(FROM_WEBVIEW, { kind: 'docs', anchor: 'x](http://y)' }, false);
  check(FROM_WEBVIEW, { kind: 'memory', address: 'javascript:alert(1)' }, false);
  check(FROM_WEBVIEW, { kind: 'ready', more: 1 }, false);
  check(FROM_WEBVIEW, { kind: 'selected', selection: null }, true);
  check(FROM_WEBVIEW, { kind: 'selected', selection: { by: 'expression', text: 'x'.repeat(1001) } }, false);
  check(FROM_WEBVIEW, { kind: 'saveTrace', path: '/etc/passwd' }, false);
  check(FROM_WEBVIEW, null, false);
  check(FROM_WEBVIEW, [], false);
  check(TO_WEBVIEW, { kind: 'session', session: null }, true);
  check(TO_WEBVIEW, { kind: 'session', session: { id: '1', name: '<b>', state: 'stopped' } }, true);
  check(TO_WEBVIEW, { kind: 'session', session: { id: '1', name: 'n', state: 'flying' } }, false);
  check(TO_WEBVIEW, { kind: 'select', selection: { by: 'pfn', pfn: 3 } }, true);
  check(TO_WEBVIEW, { kind: 'select', selection: { by: 'pfn' } }, false);
  check(TO_WEBVIEW, 'session', false);
});

/** Requests that look at values and change them, as a client sends them. */
import assert from 'node:assert/strict';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { loadScenario } from '../../server/debugger/load';
import { Client } from './client';

type Variable = DebugProtocol.Variable;

/** At the statement that holds `text`. */
async function at(source: string, text: string, facts: object = {}, attributes: object = {}): Promise<Talk> {
  const client = new Client(() => {
    const loaded = loadScenario('/v.kmem', source);
    if ('problems' in loaded) throw new assert.AssertionError({ message: loaded.problems.join('\n') });
    return loaded;
  });
  await client.ask('initialize', { adapterID: 'kmem', supportsVariablePaging: true, ...facts });
  await client.ask('launch', { program: '/v.kmem', stopOnEntry: false, ...attributes });
  const line = source.slice(0, source.indexOf(text)).split('\n').length;
  await client.ask('setBreakpoints', { source: { path: '/v.kmem' }, breakpoints: [{ line }] });
  await client.ask('configurationDone');
  await client.event('stopped');
  return new Talk(client);
}
class Talk {
  constructor(readonly client: Client) {}
  async frames(): Promise<DebugProtocol.StackFrame[]> {
    const { threads } = await this.client.ask<{ threads: DebugProtocol.Thread[] }>('threads');
    return (
      await this.client.ask<{ stackFrames: DebugProtocol.StackFrame[] }>('stackTrace', { threadId: threads[0]?.id })
    ).stackFrames;
  }
  /** Reference of a scope of the frame of a function, or of the top one. */
  async scope(name: string, of?: string): Promise<number> {
    const frame = (await this.frames()).find((f) => of === undefined || f.name.startsWith(of));
    const { scopes } = await this.client.ask<{ scopes: DebugProtocol.Scope[] }>('scopes', { frameId: frame?.id });
    return scopes.find((s) => s.name === name)?.variablesReference ?? -1;
  }
  async rows(reference: number, range: object = {}): Promise<Variable[]> {
    const args = { variablesReference: reference, ...range };
    return (await this.client.ask<{ variables: Variable[] }>('variables', args)).variables;
  }
  async row(scope: string, name: string, of?: string): Promise<Variable & { in: number }> {
    const reference = await this.scope(scope, of);
    const rows = await this.rows(reference);
    const found = rows.find((v) => v.name === name);
    assert.ok(found, `${name} among ${rows.map((v) => v.name).join(', ')}`);
    return { ...found, in: reference };
  }
  async evaluate(expression: string, context = 'watch'): Promise<string> {
    const frameId = (await this.frames())[0]?.id;
    const answer = await this.client.request('evaluate', { expression, frameId, context });
    return answer.success ? String(answer.body.result) : `! ${answer.message}`;
  }
  async set(scope: string, name: string, value: string, of?: string): Promise<string> {
    const { in: variablesReference } = await this.row(scope, name, of);
    const answer = await this.client.request('setVariable', { variablesReference, name, value });
    return answer.success ? String(answer.body.value) : `! ${answer.message}`;
  }
}

const FRAMES = `
static int inner(int n) { printk("inner"); return n; }
static int outer(int big) { gfp_t mask = GFP_KERNEL; return inner(1) + big + (int)mask; }
task main { outer(7); }
`;

describe('values over the protocol', () => {
  it('setVariable evaluates in the frame of its variable (A13)', async () => {
    const talk = await at(FRAMES, 'printk("inner")');
    assert.equal(await talk.set('Locals', 'mask', 'big', 'outer'), '0x7 GFP_DMA|__GFP_HIGHMEM|GFP_DMA32');
    assert.match(await talk.set('Locals', 'n', 'big'), /^! .*'big' is not declared/);
    assert.equal(await talk.set('Locals', 'n', 'n + 4'), '5');
    talk.client.close();
  });
  it('a handle is never given twice: an old one is an error (A18)', async () => {
    const talk = await at(FRAMES, 'printk("inner")');
    const old = await talk.scope('Locals');
    const [frame] = await talk.frames();
    await talk.client.move('next', {
      threadId: (await talk.client.ask<{ threads: { id: number }[] }>('threads')).threads[0]?.id,
    });
    const fresh = await talk.scope('Locals');
    assert.ok(fresh > old);
    for (const [request, args] of [
      ['variables', { variablesReference: old }],
      ['scopes', { frameId: frame?.id }],
      ['setVariable', { variablesReference: old, name: 'n', value: '1' }],
      ['evaluate', { expression: '1', frameId: frame?.id }],
    ] as const)
      assert.match(
        String((await talk.client.request(request, args)).message),
        /the scenario has moved on since/,
        request,
      );
    talk.client.close();
  });
  it('a request that is under way can be cancelled, and the next one is answered', async () => {
    const talk = await at('static int many[10000];\ntask main {\nmany[7] = 7;\nmany[0] = 1;\n}', 'many[0]');
    const { client } = talk;
    const { variablesReference } = await talk.row('Globals', 'many');
    const seq = client.post('variables', { variablesReference });
    client.post('cancel', { requestId: seq });
    const answer = await client.until((m) => m.type === 'response' && m.request_seq === seq);
    assert.deepEqual([answer.success, answer.message, answer.body], [false, 'cancelled', {}]);
    const rows = await talk.rows(variablesReference);
    assert.deepEqual([rows[7]?.name, rows[7]?.value], ['[7]', '7']);
    client.close();
  });
  it('start and count hold for members; a client without paging is told what is left out (A20)', async () => {
    const talk = await at(
      'struct s { int a, b, c, d; };\nstatic struct s x;\nstatic int many[25000];\ntask main { x.a = many[0]; }',
      'x.a',
    );
    const x = await talk.row('Globals', 'x');
    const names = async (range: object) => (await talk.rows(x.variablesReference, range)).map((v) => v.name).join('');
    assert.deepEqual(
      [
        await names({}),
        await names({ start: 1, count: 2 }),
        await names({ start: 3 }),
        await names({ filter: 'indexed' }),
      ],
      ['abcd', 'bc', 'd', ''],
    );
    const { variablesReference: many } = await talk.row('Globals', 'many');
    const given = await talk.rows(many);
    assert.equal(given.length, 10_001);
    assert.match(given.at(-1)?.value ?? '', /^\d+ more: at most 10000 are given at once/);
    assert.equal((await talk.rows(many, { start: 20_000, count: 3 })).at(-1)?.name, '[20002]');
    talk.client.close();
  });
  it('the clipboard gets the full value (A19)', async () => {
    const talk = await at(
      'struct p { int x, y; };\nstruct s { int a, b, c, d; struct p at[3]; char name[8]; atomic_t n; unsigned int low : 3; };\nstatic struct s x = { .d = 4, .name = "abc" };\ntask main { x.a = 1; }',
      'x.a',
    );
    assert.equal(await talk.evaluate('x'), '{a = 0, b = 0, c = 0, …}');
    assert.equal(
      await talk.evaluate('x', 'clipboard'),
      '{a = 0, b = 0, c = 0, d = 4, at = {{x = 0, y = 0}, {x = 0, y = 0}, {x = 0, y = 0}}, name = "abc", n = 0, low = 0}',
    );
    assert.equal(await talk.evaluate('x.at[0].x + 1', 'clipboard'), '1');
    const flags = await talk.evaluate('pfn_to_page(0x1000)->flags');
    assert.match(flags, /zone=/);
    assert.equal(await talk.evaluate('pfn_to_page(0x1000)->flags', 'clipboard'), flags, 'reads as it is shown');
    assert.ok((await talk.evaluate('*pfn_to_page(0x1000)', 'clipboard')).startsWith(`{flags = ${flags}, `));
    talk.client.close();
  });
  it('the console calls functions that change the machine only where the launch allows it (A16)', async () => {
    const source = 'static struct page *p;\ntask main { p = NULL; printk("x"); }';
    const refused = await at(source, 'printk');
    assert.match(await refused.evaluate('p = alloc_page(GFP_KERNEL)', 'repl'), /allowCalls/);
    refused.client.close();
    const allowed = await at(source, 'printk', {}, { allowConsoleCalls: true });
    assert.match(await allowed.evaluate('p = alloc_page(GFP_KERNEL)', 'repl'), /page pfn 0x/);
    assert.match(await allowed.evaluate('p = alloc_page(GFP_KERNEL)', 'watch'), /a watch is read-only/);
    assert.match(await allowed.evaluate('*p'), /_refcount 1/);
    allowed.client.close();
  });
  it('Set Value takes its own text, edited, in the tree and for an expression (A15)', async () => {
    const talk = await at(
      'static gfp_t mask = GFP_KERNEL;\ntask main { mask = mask | __GFP_ZERO; printk("x"); }',
      'mask = mask',
    );
    assert.equal(await talk.set('Globals', 'mask', '0xcc0 GFP_ATOMIC'), '0xa20 GFP_ATOMIC');
    const answer = await talk.client.ask('setExpression', { expression: 'mask', value: '0xa20 GFP_NOWAIT' });
    assert.match(String(answer.value), /^0x[0-9a-f]+ GFP_NOWAIT$/);
    talk.client.close();
  });
  it('kmem/page: the struct page that a number or a variable of the frame means, as an expression to watch', async () => {
    const talk = await at(
      'task main {\n\tstruct page *page = alloc_page(GFP_KERNEL);\n\t__free_page(page);\n}\n',
      '__free',
    );
    const pfn = Number(await talk.evaluate('page_to_pfn(page),d'));
    const frameId = (await talk.frames())[0]?.id;
    for (const expression of [String(pfn), 'page', await talk.evaluate('page,x')]) {
      const found = await talk.client.ask('kmem/page', { expression, frameId });
      assert.equal(found.pfn, pfn);
      assert.equal(await talk.evaluate(String(found.expression)), found.value);
      assert.match(String(found.value), /_refcount 1/);
    }
    const { success, message } = await talk.client.request('kmem/page', { expression: 'nosuch', frameId });
    assert.deepEqual([success, message], [false, "'nosuch' is not declared"]);
    talk.client.close();
  });
});

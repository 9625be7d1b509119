import assert from 'node:assert/strict';
import { LspClient } from './client';

const URI = 'file:///work/hints.kmem';
const textDocument = { uri: URI };
const TEXT = `static DEFINE_SPINLOCK(l);
static void low(void)
{
	spin_lock(&l);
	spin_unlock(&l);
}
irq i {
	low();
}
task main {
	msleep(10);
	low();
	sim_raise(i);
}
`;
const WHOLE = { start: { line: 0, character: 0 }, end: { line: 20, character: 0 } };

describe('language server: hints, lenses, hierarchy', () => {
  let client: LspClient;
  beforeEach(() => {
    client = new LspClient();
  });
  afterEach(() => client.dispose());
  const open = async (params: object = {}, text = TEXT): Promise<void> => {
    await client.start(params);
    client.notify('textDocument/didOpen', { textDocument: { uri: URI, languageId: 'kmem', version: 1, text } });
  };
  async function ask<T>(method: string, params: object = {}): Promise<T> {
    const { result, error } = await client.request(method, { textDocument, ...params });
    assert.equal(error, undefined);
    return result as T;
  }
  type Hint = { label: string; position: { line: number }; tooltip?: { value: string } };
  const hints = async (): Promise<string[]> =>
    (await ask<Hint[]>('textDocument/inlayHint', { range: WHOLE })).map((h) => `${h.position.line} ${h.label}`);

  it('inlay hints, with their tooltips on request', async () => {
    await open();
    assert.deepEqual(await hints(), [
      '2 hard interrupt (irq i); task',
      '3 hard interrupt, holds l or holds l',
      '4 hard interrupt or nothing held',
      '10 msecs:',
      '10 may sleep',
    ]);
    const [first] = await ask<Hint[]>('textDocument/inlayHint', { range: WHOLE });
    const { tooltip } = await ask<Hint>('inlayHint/resolve', first);
    assert.match(
      tooltip?.value ?? '',
      /`low` runs\n- in hard interrupt context \(irq i\): must not sleep\n- in task context/,
    );
  });
  it('leave to the lenses of a client what they show', async () => {
    await open({ capabilities: { textDocument: { codeLens: {} } } });
    assert.ok(!(await hints()).some((hint) => hint.startsWith('2 ')));
  });
  it('each kind can be switched off', async () => {
    await open({ initializationOptions: { kmem: { inlayHints: { contexts: false, parameterNames: 'none' } } } });
    assert.deepEqual(await hints(), ['10 may sleep']);
    client.notify('workspace/didChangeConfiguration', { settings: { kmem: { 'inlayHints.maySleep': false } } });
    assert.ok(!(await hints()).includes('10 may sleep'));
  });
  type Lens = { range: { start: { line: number } }; command: { title: string; command: string; arguments: unknown[] } };
  const lenses = async (): Promise<Lens[]> => {
    const all = await ask<Lens[]>('textDocument/codeLens');
    return Promise.all(all.map((lens) => ask<Lens>('codeLens/resolve', lens)));
  };
  it('lenses, with the commands that the client has', async () => {
    await open({ initializationOptions: { commands: ['kmem.runScenario', 'kmem.showPlaces'] } });
    const found = (await lenses()).map(({ range, command: c }) => `${range.start.line} ${c.title} ${c.command}`.trim());
    assert.deepEqual(found, [
      '1 2 callers kmem.showPlaces',
      '1 hard interrupt (irq i); task',
      '9 Run kmem.runScenario',
      '9 Debug',
      '9 Inspect Memory',
    ]);
    const [callers, , run] = await lenses();
    assert.deepEqual(run?.command.arguments, [URI]);
    const [uri, position, places] = callers?.command.arguments ?? [];
    assert.deepEqual([uri, position], [URI, { line: 1, character: 12 }]);
    assert.deepEqual(
      (places as { range: { start: { line: number } } }[]).map((p) => p.range.start.line),
      [7, 11],
    );
  });
  it('calls, both ways', async () => {
    await open();
    type Item = { name: string; detail: string };
    const [item] = await ask<Item[]>('textDocument/prepareCallHierarchy', { position: { line: 1, character: 13 } });
    assert.deepEqual([item?.name, item?.detail], ['low', 'hard interrupt (irq i); task']);
    const incoming = await ask<{ from: Item; fromRanges: unknown[] }[]>('callHierarchy/incomingCalls', { item });
    assert.deepEqual(
      incoming.map(({ from, fromRanges }) => `${from.name} ×${fromRanges.length}: ${from.detail}`),
      ['i ×1: hard interrupt (irq i)', 'main ×1: task'],
    );
    const main = incoming[1]?.from;
    const outgoing = await ask<{ to: Item }[]>('callHierarchy/outgoingCalls', { item: main });
    assert.deepEqual(
      outgoing.map(({ to }) => to.name),
      ['msleep', 'low', 'sim_raise', 'i'],
    );
  });
  it('implementations', async () => {
    const text =
      'struct o { int (*go)(void); };\nint f(void) { return 1; }\nstruct o a = { .go = f };\ntask t { a.go(); }\n';
    await open({}, text);
    const found = await ask<{ range: { start: object } }[]>('textDocument/implementation', {
      position: { line: 3, character: 12 },
    });
    assert.deepEqual(
      found.map((l) => l.range.start),
      [{ line: 1, character: 4 }],
    );
  });
  it('values for the debugger, linked labels', async () => {
    await open({}, 'static int n;\ntask t {\n\tn = 1;\n\tgoto out;\nout:\n\tn = 2;\n}\n');
    const stoppedLocation = { start: { line: 2, character: 1 }, end: { line: 2, character: 7 } };
    const range = (line: number, start: number, end: number) => ({
      start: { line, character: start },
      end: { line, character: end },
    });
    assert.deepEqual(
      await ask('textDocument/inlineValue', { range: WHOLE, context: { frameId: 1, stoppedLocation } }),
      [{ range: range(2, 1, 2), expression: 'n' }],
    );
    const linked = await ask<{ ranges: object[] }>('textDocument/linkedEditingRange', {
      position: { line: 3, character: 8 },
    });
    assert.deepEqual(linked.ranges, [range(3, 6, 9), range(4, 0, 3)]);
  });
});

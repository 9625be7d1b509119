// What the inspector's page is made with: the session and the answer to its first question, if that still holds.
import assert from 'node:assert/strict';
import { contentPolicy, inspectorPage } from '../../extension/inspectorPage';
import { PageOpening } from '../../extension/pageOpening';
import { FIRST_QUESTION, type InspectedSession, OPENING, type ToWebview } from '../../server/dap/inspectorProtocol';

const STOPPED: InspectedSession = { id: '1', name: 'ring.kmem', state: 'stopped' };
const told = (session: InspectedSession | null): ToWebview => ({ kind: 'session', session });
const prepared = (answer: unknown): ToWebview => ({ kind: 'prepared', ...FIRST_QUESTION, answer });

describe('extension: what the page of the inspector is made with', () => {
  it('has the session, and the answer to the first question', async () => {
    const opening = new PageOpening({ session: STOPPED, ask: async (question) => ({ of: question }) });
    assert.deepEqual(await opening.messages(), [told(STOPPED), prepared({ of: FIRST_QUESTION })]);
    assert.deepEqual(opening.missed, []);
  });
  for (const session of [null, ...(['starting', 'running', 'ended'] as const).map((state) => ({ ...STOPPED, state }))])
    it(`asks nothing where the session is ${session?.state ?? 'missing'}`, async () => {
      const opening = new PageOpening({ session, ask: () => assert.fail() });
      assert.deepEqual(await opening.messages(), [told(session)]);
    });
  it('a refusal leaves the question to the page', async () => {
    const opening = new PageOpening({ session: STOPPED, ask: () => Promise.reject(new Error('no')) });
    assert.deepEqual(await opening.messages(), [told(STOPPED)]);
  });
  it('does not wait long for an answer', async () => {
    const opening = new PageOpening({ session: STOPPED, ask: () => new Promise(() => {}) });
    const start = performance.now();
    assert.deepEqual(await opening.messages(), [told(STOPPED)]);
    assert.ok(performance.now() - start < 5000);
  });
  it('drops the answer when the debugger has moved on meanwhile, and tells the session as it is then', async () => {
    let session = STOPPED;
    let give: (answer: unknown) => void = () => {};
    const opening = new PageOpening({
      get session() {
        return session;
      },
      ask: () =>
        new Promise((resolve) => {
          give = resolve;
        }),
    });
    const messages = opening.messages();
    session = { ...STOPPED, state: 'running' };
    opening.moved();
    give({ old: true });
    assert.deepEqual(await messages, [told(session)]);
  });
  it('a page that listens later, or again, is told what it has missed', async () => {
    const opening = new PageOpening({ session: STOPPED, ask: async () => ({}) });
    await opening.messages();
    opening.moved();
    for (const _ of ['first', 'loaded again']) assert.deepEqual(opening.missed, [told(STOPPED), { kind: 'changed' }]);
    await opening.messages();
    assert.deepEqual(opening.missed, []);
  });
});

describe('extension: the text of the page', () => {
  const parts = {
    script: 'start()',
    style: 'body { margin: 0 }',
    folder: 'vscode://p/inspector/',
    source: 'vscode:',
    nonce: 'abc',
  };
  const dataOf = (page: string): string =>
    new RegExp(`<script type="application/json" id="${OPENING}">(.*?)</script>`, 's').exec(page)?.[1] ??
    assert.fail(page);
  it('allows nothing but its own script and styles', () => {
    assert.equal(
      contentPolicy(parts),
      "default-src 'none'; script-src vscode: 'nonce-abc'; style-src 'nonce-abc'; img-src data:; base-uri 'none'; form-action 'none'",
    );
    const scripts = [...inspectorPage(parts, []).matchAll(/<script(.*?)>(.*?)<\/script>/g)].map((m) => [m[1], m[2]]);
    assert.deepEqual(scripts, [
      [' type="importmap" nonce="abc"', '{"imports":{"kmem/":"vscode://p/inspector/"}}'],
      [` type="application/json" id="${OPENING}"`, '[]'],
      [' nonce="abc"', 'start()'],
    ]);
  });
  for (const name of [
    '</script><script>alert(1)</script>',
    '<!--<script>',
    ']]>',
    'a\u2028b\u2029c',
    '\ud800',
    '"\\\n\u0000',
    '&lt;',
  ])
    it(`holds a name with ${JSON.stringify(name)} as data`, () => {
      const messages = [told({ ...STOPPED, name })];
      const data = dataOf(inspectorPage(parts, messages));
      assert.doesNotMatch(data, /[<>&\u2028\u2029\n]/);
      assert.deepEqual(JSON.parse(data), messages);
    });
});

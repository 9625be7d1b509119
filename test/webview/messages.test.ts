/** What the page does with messages that are not in the protocol, and with answers that come late. */
import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../e2e/host';
import { InspectorPage } from './inspectorPage';
import { answersOf } from './recordings';

describe('the page of the inspector', () => {
  let browser: Browser;
  before(async () => {
    browser = await launchBrowser();
  });
  after(() => browser?.close());
  const kept = { view: 'objectCard', selection: { by: 'expression', text: 'a' } } as const;

  it('drops what is not in the protocol', async () => {
    const page = await InspectorPage.open(browser, answersOf('objectCard'), { kept });
    await page.panel.getByText(/^page pfn 0x/).waitFor();
    const before = await page.page.locator('body').innerText();
    for (const hostile of [
      null,
      'session',
      { kind: 'session', session: { id: 1, name: '<b>', state: 'stopped' } },
      { kind: 'select', selection: { by: 'pfn', pfn: '<img>' } },
      { kind: 'answer', id: 1, view: 'objectCard', answer: {}, more: 1 },
      { kind: 'answer', id: 99, view: 'objectCard', answer: { title: 'forged' } },
      { kind: 'eval', code: 'alert(1)' },
    ])
      await page.send({ hostile });
    await page.settled();
    assert.equal(await page.page.locator('body').innerText(), before);
    assert.deepEqual(page.complaints, []);
  });
  it('tells of an answer that is not as the protocol says, and shows none of it', async () => {
    const answers = structuredClone(answersOf('objectCard')) as unknown as { answer: Record<string, unknown> }[][];
    const first = answers[0]?.[0];
    if (first) first.answer = { ...first.answer, title: ['<img src=x>'] };
    const page = await InspectorPage.open(browser, answers as never, { kept });
    await page.panel.getByText(/not as the protocol says: the field "title"/).waitFor();
    assert.equal(await page.page.locator('img').count(), 0);
  });
  it('shows nothing of an answer that it cannot check, and why', async () => {
    const page = await InspectorPage.open(browser, answersOf('objectCard'), { kept, refused: /inspectorViews/ });
    await page.panel.getByText(/Failed to fetch dynamically imported module/).waitFor();
    assert.equal(await page.panel.getByText(/^page pfn 0x/).count(), 0);
  });
  it('drops an answer that comes when another session is shown', async () => {
    const page = await InspectorPage.open(browser, [], { kept, silent: true });
    await page.settled();
    const asked = page.sentOf('ask').find(({ view }) => view === 'objectCard');
    const recorded = answersOf('objectCard')[0]?.find(({ view }) => view === 'objectCard');
    assert.ok(asked && recorded);
    const other = { id: '2', name: 'other.kmem', state: 'starting' } as const;
    await page.send({ kind: 'session', session: other });
    await page.send({ kind: 'answer', id: asked.id, view: 'objectCard', answer: recorded.answer });
    await page.settled();
    assert.equal(await page.panel.getByText(/^page pfn/).count(), 0);
    // once that is stopped it is asked itself
    const before = page.sentOf('ask').length;
    await page.send({ kind: 'session', session: { ...other, state: 'stopped' } });
    await page.settled();
    const again = page.sentOf('ask').slice(before);
    assert.equal(again.length, 1);
    await page.send({ kind: 'answer', id: again[0]?.id ?? 0, view: 'objectCard', answer: recorded.answer });
    await page.panel
      .getByText(/^page pfn/)
      .first()
      .waitFor();
  });
  it('shows why there is no answer', async () => {
    const page = await InspectorPage.open(browser, [], { kept });
    await page.panel.getByText('no answer of objectCard is recorded').waitFor();
    assert.deepEqual(await page.violations(), []);
  });
  it('keeps view and selection over a reload', async () => {
    const page = await InspectorPage.open(browser, answersOf('objectCard'));
    await page.send({ kind: 'select', selection: { by: 'expression', text: 'a' } });
    await page.settled();
    const state = (await page.page.evaluate('globalThis.kept')) as { selection?: unknown };
    assert.deepEqual(state.selection, { by: 'expression', text: 'a' });
  });
});

/** The messages that come with the page's text: an answer that is there already is shown without a question, if it is one to the question. */
import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { FIRST_QUESTION, type ToWebview } from '../../server/dap/inspectorProtocol';
import { launchBrowser } from '../e2e/host';
import { InspectorPage } from './inspectorPage';
import { answersOf } from './recordings';

const SESSION = { id: '1', name: 'ring.kmem', state: 'stopped' } as const;
const session: ToWebview = { kind: 'session', session: SESSION };
const answers = answersOf('physicalMap');
const map = answers[0]?.find(({ view }) => view === 'physicalMap')?.answer;
const prepared: ToWebview = { kind: 'prepared', ...FIRST_QUESTION, answer: map };

describe('what comes with the page of the inspector', () => {
  let browser: Browser;
  before(async () => {
    browser = await launchBrowser();
  });
  after(() => browser?.close());

  type Options = Parameters<typeof InspectorPage.open>[2];
  /** Opens the page with messages, and says how often it asked for the map when that is on the screen. */
  async function asked(opening: readonly ToWebview[], options: Options = {}): Promise<number> {
    const page = await InspectorPage.open(browser, answers, { opening, ...options });
    try {
      await page.panel
        .getByText(/frames? per cell/)
        .first()
        .waitFor();
      await page.panel.getByRole('grid', { name: 'Unusable free index' }).waitFor();
      assert.deepEqual(page.complaints, []);
      return page.sentOf('ask').filter(({ view }) => view === 'physicalMap').length;
    } finally {
      await page.page.close();
    }
  }
  it('is asked for where there is no answer', async () => assert.equal(await asked([session]), 1));
  it('is shown without a question', async () => assert.equal(await asked([session, prepared]), 0));
  it('needs nobody who answers', async () => assert.equal(await asked([session, prepared], { silent: true }), 0));
  it('is not taken once the machine has moved', async () =>
    assert.equal(await asked([session, prepared, { kind: 'changed' }]), 1));
  it('is not taken for another session, or another state of it', async () =>
    assert.equal(await asked([{ kind: 'session', session: null }, prepared, session]), 1));
  it('is not taken for another question', async () => {
    const windows = { physicalMap: { colour: 'zone' } };
    assert.equal(await asked([session, prepared], { kept: { windows } }), 1);
  });
  it('is asked for at the next stop, whatever came first', async () => {
    const page = await InspectorPage.open(browser, answers, { opening: [session, prepared] });
    await page.panel
      .getByText(/frames? per cell/)
      .first()
      .waitFor();
    await page.step();
    await page.settled();
    assert.equal(page.sentOf('ask').filter(({ view }) => view === 'physicalMap').length, 1);
    await page.page.close();
  });
  for (const width of [1100, 700, 420])
    it(`nothing moves when buttons and what stands below come, ${width} pixels wide`, async () => {
      const script = `
globalThis.shifts = [];
globalThis.noted = (list) => shifts.push(...list.flatMap(({ sources }) => sources.map(({ node, previousRect: from, currentRect: to }) =>
  ({ node: node?.nodeName, from: Math.round(from.y), to: Math.round(to.y) }))));
globalThis.observer = new PerformanceObserver((list) => noted(list.getEntries()));
observer.observe({ type: 'layout-shift', buffered: true });`;
      const page = await InspectorPage.open(browser, answers, { opening: [session, prepared], width, script });
      await page.page.waitForFunction(`customElements.get('vscode-button')`);
      await page.panel.getByRole('grid', { name: 'Unusable free index' }).waitFor();
      await page.settled();
      const shifts = (await page.page.evaluate('noted(observer.takeRecords()), shifts')) as {
        from: number;
        to: number;
      }[];
      // a letter of a button is a shade wider in the toolkit
      assert.deepEqual(
        shifts.filter(({ from, to }) => from !== to),
        [],
      );
      await page.page.close();
    });
  it('stays where the tables below it cannot be loaded, and says so', async () => {
    const page = await InspectorPage.open(browser, answers, { opening: [session, prepared], refused: /moreOfMap/ });
    await page.panel.getByText(/^not all of this view could be loaded: /).waitFor();
    await page.panel.locator('canvas').waitFor();
    assert.equal(await page.panel.getByRole('grid', { name: 'Unusable free index' }).count(), 0);
    await page.page.close();
  });
  it('is dropped at the next stop where another view was shown first', async () => {
    const page = await InspectorPage.open(browser, answersOf('zones'), {
      opening: [session, prepared],
      kept: { view: 'zones' },
    });
    await page.send({ kind: 'changed' });
    await page.settled();
    await page.page.getByRole('tab', { name: 'Physical map' }).click();
    await page.settled();
    assert.equal(page.sentOf('ask').filter(({ view }) => view === 'physicalMap').length, 1);
    await page.page.close();
  });
  it('shows none of an answer that is not as the protocol says', async () => {
    const wrong = { ...(map as object), legend: '<img src=x>' };
    const page = await InspectorPage.open(browser, answers, {
      opening: [session, { kind: 'prepared', ...FIRST_QUESTION, answer: wrong }],
    });
    await page.panel.getByText(/not as the protocol says: the field "legend"/).waitFor();
    assert.equal(await page.page.locator('img').count(), 0);
    await page.page.close();
  });
  it('drops what is not in the protocol, and takes the rest', async () => {
    const hostile = [{ kind: 'eval', code: 'alert(1)' }, null, 7, { ...prepared, view: '__proto__' }];
    assert.equal(await asked([...(hostile as never[]), session]), 1);
  });
  it('markup in a name is text', async () => {
    const name = '</script><img src=x onerror=alert(1)><!--<script>\u2028';
    const page = await InspectorPage.open(browser, answers, {
      opening: [{ kind: 'session', session: { ...SESSION, name } }, prepared],
    });
    await page.page.getByRole('heading', { name: '</script><img' }).waitFor();
    assert.equal(await page.page.locator('img').count(), 0);
    assert.deepEqual(page.complaints, []);
    await page.page.close();
  });
});

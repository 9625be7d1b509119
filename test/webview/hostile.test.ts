/**
 * Every view with hostile answers: with markup in each text, which is shown as text; and with answers that are wrong somewhere, of which
 * nothing is shown. KMEM_SEED=n repeats a series.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Browser } from 'playwright-core';
import * as v from 'valibot';
import type { ViewName } from '../../server/dap/inspectorViewNames';
import { INSPECTOR_VIEWS } from '../../server/dap/inspectorViews';
import type { Selection } from '../../server/debugger/inspector/shapes/common';
import { damaged } from '../debugger/inspector/schemaValues';
import { launchBrowser } from '../e2e/host';
import { InspectorPage } from './inspectorPage';
import { type Answers, answersOf } from './recordings';

const SEED = Number(process.env.KMEM_SEED ?? Date.now() % 1e9);
/** Wrong answers for each view. */
const WRONG = 12;
const MARKUP = '<img src=x onerror=alert(1)><kmem-evil>';
const selection: Selection = { by: 'pfn', pfn: 0x4480 };
/** The views, each with its recording and what it needs to ask. */
const VIEWS: Readonly<Record<string, { recording: string; window?: unknown }>> = {
  physicalMap: { recording: 'physicalMap' },
  zones: { recording: 'zones', window: 3220 },
  freeLists: { recording: 'freeLists' },
  slabs: { recording: 'slabs' },
  addressSpace: { recording: 'addressSpace' },
  pageWalk: { recording: 'pageWalk', window: { address: 'area' } },
  contexts: { recording: 'contexts' },
  objectCard: { recording: 'objectCard' },
  compare: { recording: 'compare' },
};

/** The same answer with markup in front of each text in which the schema allows it. */
function withMarkup(view: ViewName, answer: unknown): { answer: unknown; texts: number } {
  const copy = structuredClone(answer);
  let texts = 0;
  const schema: v.GenericSchema = INSPECTOR_VIEWS[view].answer;
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const fields = value as Record<string, unknown>;
    for (const [key, inner] of Object.entries(fields)) {
      if (typeof inner !== 'string') {
        visit(inner);
        continue;
      }
      fields[key] = `${MARKUP}${inner}`;
      if (v.is(schema, copy)) texts++;
      else fields[key] = inner;
    }
  };
  visit(copy);
  return { answer: copy, texts };
}

describe(`hostile answers (KMEM_SEED=${SEED})`, () => {
  let browser: Browser;
  before(async () => {
    browser = await launchBrowser();
  });
  after(() => browser?.close());

  for (const [view, { recording, window }] of Object.entries(VIEWS)) {
    const kept = { view, selection, windows: window === undefined ? {} : { [view]: window } };

    it(`${view}: markup in every text is text`, async () => {
      let texts = 0;
      const answers = answersOf(recording).map((stop) =>
        stop.map((recorded) => {
          const marked = withMarkup(recorded.view, recorded.answer);
          texts += marked.texts;
          return { ...recorded, answer: marked.answer };
        }),
      );
      assert.ok(texts > 0);
      const page = await InspectorPage.open(browser, answers, { kept });
      try {
        await page.panel.locator('.exports').first().waitFor();
        await page.settled();
        assert.ok((await page.panel.getByText(MARKUP).count()) > 0, 'it is to be read');
        assert.equal(await page.page.locator('img, kmem-evil, [onerror]').count(), 0);
        await page.panel.getByRole('button', { name: 'Save as SVG' }).first().click();
        await page.settled();
        const svg = page.sentOf('save')[0]?.data ?? '';
        assert.match(svg, /^<svg /);
        assert.ok(!/<(img|kmem-evil)\b/.test(svg));
        assert.deepEqual(page.complaints, []);
      } finally {
        await page.page.close();
      }
    });

    it(`${view}: of an answer that is wrong somewhere nothing is shown`, async () => {
      const answers: Answers = answersOf(recording);
      const page = await InspectorPage.open(browser, answers, { kept, silent: true });
      try {
        const right = answers[0]?.find((recorded) => recorded.view === view);
        assert.ok(right);
        const ask = async (): Promise<number> => {
          const before = page.sentOf('ask').filter((asked) => asked.view === view).length;
          await page.send({ kind: 'changed' });
          for (let n = 0; n < 100; n++) {
            const asked = page.sentOf('ask').filter((one) => one.view === view);
            if (asked.length > before) return asked.at(-1)?.id ?? 0;
            await page.settled();
          }
          return assert.fail(`${view} was not asked again`);
        };
        await page.settled();
        const schema: v.GenericSchema = INSPECTOR_VIEWS[view as ViewName].answer;
        const wrong = fc
          .sample(damaged(right.answer), { numRuns: WRONG * 4, seed: SEED })
          .filter((answer) => !v.is(schema, answer))
          .slice(0, WRONG);
        assert.ok(wrong.length > WRONG / 3, `${wrong.length} are wrong`);
        for (const answer of wrong) {
          await page.send({ hostile: { kind: 'answer', id: await ask(), view, answer } });
          await page.panel
            .getByText(/is not as the protocol says/)
            .first()
            .waitFor();
          assert.equal(await page.page.locator('img').count(), 0);
          assert.equal(await page.panel.locator('.exports').count(), 0, 'there is nothing to be saved');
        }
        await page.send({ kind: 'answer', id: await ask(), view: view as ViewName, answer: right.answer });
        await page.panel.locator('.exports').first().waitFor();
        assert.deepEqual(page.complaints, []);
      } finally {
        await page.page.close();
      }
    });
  }
});

/** The free lists with recorded answers: a block that is split, and merged again. */
import assert from 'node:assert/strict';
import { checkView, type InspectorPage } from './inspectorPage';

const lists = (page: InspectorPage) => page.panel.getByRole('grid', { name: /^Free lists of zone/ });
/** The view's own tree, for what no locator can ask. */
const LISTS = "document.querySelector('kmem-inspector').shadowRoot.querySelector('kmem-free-lists').shadowRoot";

checkView(
  { view: 'freeLists', recording: 'freeLists', shows: /^Free lists of zone DMA32/ },
  {
    'a split: the parts are marked, and drawn': async (page) => {
      await lists(page).waitFor();
      await page.step();
      await page.panel.getByRole('img', { name: /^Split: 0x[0-9a-f]+ \(order 6, Unmovable\)\. Still free/ }).waitFor();
      assert.equal(await lists(page).locator('.changed').count(), 1);
      assert.match(await lists(page).locator('.changed').innerText(), /new here since the last step/);
    },
    'a merge: what came together': async (page) => {
      await lists(page).waitFor();
      await page.step();
      await page.panel.getByRole('img', { name: /^Split/ }).waitFor();
      await page.step();
      await page.panel.getByRole('img', { name: /^Merged to 0x[0-9a-f]+ \(order 6, Unmovable\): 0x/ }).waitFor();
    },
    'parts move out of the block, unless the user wants stillness': async (page) => {
      const check = async (reducedMotion: 'reduce' | 'no-preference', expected: boolean) => {
        await page.page.emulateMedia({ reducedMotion });
        await page.step();
        const picture = page.panel.locator('kmem-block-change').first();
        await picture.getByRole('img', { name: expected ? /^Split/ : /^Merged/ }).waitFor();
        const moving = await page.page.evaluate(
          `${LISTS}.querySelector('kmem-block-change').shadowRoot.getAnimations().length > 0`,
        );
        assert.equal(moving, expected, reducedMotion);
      };
      await lists(page).waitFor();
      await check('no-preference', true);
      await check('reduce', false);
    },
    'asks for what changed since the stop before': async (page) => {
      await lists(page).waitFor();
      const first = page.sentOf('ask').at(-1)?.question;
      assert.equal(first?.since, undefined);
      await page.step();
      await page.panel.getByRole('img', { name: /^Split/ }).waitFor();
      assert.equal(typeof page.sentOf('ask').at(-1)?.question.since, 'number');
    },
    'blocks are walked through with the arrow keys, and one is selected': async (page) => {
      const cells = lists(page).getByRole('gridcell');
      await cells.first().focus();
      await page.page.keyboard.press('ArrowDown');
      await page.page.keyboard.press('ArrowUp');
      await page.page.keyboard.press('End');
      const pfn = Number.parseInt(await page.panel.locator('.block:focus').innerText(), 16);
      await page.page.keyboard.press('Enter');
      await page.settled();
      assert.deepEqual(page.sentOf('ask').at(-1)?.question.selection, { by: 'pfn', pfn });
    },
    'another zone': async (page) => {
      await page.panel.getByRole('gridcell', { name: 'DMA', exact: true }).click();
      await page.settled();
      assert.deepEqual(page.sentOf('ask').at(-1)?.question.zone, { node: 0, zone: 'DMA' });
    },
    'what alloc_pages would take, step by step': async (page) => {
      await page.panel.getByLabel('Order', { exact: true }).selectOption('5');
      await page.panel.getByLabel('CPU', { exact: true }).selectOption('1');
      await page.panel.getByRole('button', { name: 'Ask' }).click();
      await page.panel.getByText(/^alloc_pages\(GFP_KERNEL, 5\) of main \(\d+\) on CPU 0 takes 32 pages/).waitFor();
      assert.deepEqual(page.sentOf('ask').at(-1)?.question, { order: 5, gfp: 'GFP_KERNEL', cpu: 1 });
      const way = page.panel.getByRole('list', { name: 'The way there' });
      await way.getByText(/the low watermark is \d+: it may give/).waitFor();
      await way.getByRole('img', { name: /^Split/ }).waitFor();
      assert.deepEqual(await page.violations(), []);
      await page.page.evaluate(`${LISTS}.querySelector('kmem-take-form').scrollIntoView()`);
      await page.picture('would-take');
    },
  },
);

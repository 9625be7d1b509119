/** The free lists with recorded answers: a block that is split, and merged again. */
import assert from 'node:assert/strict';
import { checkView, type InspectorPage } from './inspectorPage';

const lists = (page: InspectorPage) => page.panel.getByRole('grid', { name: /^Free lists of zone/ });

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
      // what a picture has set in motion, however late somebody looks: an animation is over by itself
      await page.page.evaluate(`(() => {
        globalThis.moved = 0;
        const { animate } = SVGElement.prototype;
        SVGElement.prototype.animate = function (...how) {
          globalThis.moved++;
          return animate.apply(this, how);
        };
      })()`);
      const moved = async (reducedMotion: 'reduce' | 'no-preference', shows: RegExp): Promise<number> => {
        await page.page.emulateMedia({ reducedMotion });
        await page.page.evaluate('globalThis.moved = 0');
        await page.step();
        await page.panel.locator('kmem-block-change').first().getByRole('img', { name: shows }).waitFor();
        await page.settled();
        return page.page.evaluate('globalThis.moved');
      };
      await lists(page).waitFor();
      assert.ok((await moved('no-preference', /^Split/)) > 0);
      assert.equal(await moved('reduce', /^Merged/), 0);
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
      await page.panel
        .locator('kmem-take-form')
        .evaluate((form) => (form as unknown as { scrollIntoView(): void }).scrollIntoView());
      await page.picture('would-take');
    },
  },
);

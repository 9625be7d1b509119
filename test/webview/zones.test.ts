/** The zones with recorded answers: bars, protection, the chart that moves the debugger. */
import assert from 'node:assert/strict';
import { checkView, type InspectorPage } from './inspectorPage';

const asked = (page: InspectorPage) =>
  page
    .sentOf('ask')
    .filter(({ view }) => view === 'zones/series')
    .map(({ question }) => question);
const chart = (page: InspectorPage) => page.panel.locator('kmem-zone-chart');

checkView(
  { view: 'zones', recording: 'zones', window: { from: 3220 }, shows: 'DMA32, node 0' },
  {
    'each zone against its watermarks': async (page) => {
      const bars = page.panel.getByRole('img', { name: /^DMA32 of node 0: [\d,]+ pages, [\d,]+ free; min/ });
      await bars.waitFor();
      assert.ok((await bars.locator('rect.freeLists').count()) >= 1);
      assert.equal(await bars.locator('rect.min').count(), 1);
      await page.panel
        .getByText(/At low or below: kswapd is wanted\. kswapd is awake\./)
        .first()
        .waitFor();
    },
    'protection by the highest zone of a request': async (page) => {
      const row = page.panel
        .getByRole('grid', { name: /Protection/ })
        .getByRole('row')
        .nth(2);
      assert.match(await row.innerText(), /^DMA32, node 0\s+–\s+0/);
    },
    'pressing on the chart moves the debugger to that moment': async (page) => {
      const over = chart(page).locator('.u-over');
      await over.waitFor();
      const box = await over.boundingBox();
      assert.ok(box);
      await page.page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
      await page.settled();
      const [{ to } = { to: 0 }] = page.sentOf('goTo').map(({ position }) => ({ to: position }));
      const slider = chart(page).getByRole('slider');
      const first = Number(await slider.getAttribute('min'));
      const last = Number(await slider.getAttribute('max'));
      assert.ok(Math.abs(to - (first + last) / 2) < (last - first) / 20, `${to} of ${first} to ${last}`);
      // dragging goes on from there, when the debugger has arrived
      await page.page.mouse.move(box.x + box.width / 2, box.y + 10);
      await page.page.mouse.down();
      await page.page.mouse.move(box.x + box.width / 4, box.y + 10, { steps: 4 });
      await page.step();
      await page.settled();
      await page.page.mouse.up();
      await page.settled();
      const positions = page.sentOf('goTo').map(({ position }) => position);
      assert.ok(positions.length >= 2 && (positions.at(-1) ?? last) < to, positions.join());
    },
    'and so does the slider, by keyboard': async (page) => {
      const slider = chart(page).getByRole('slider', { name: 'Moment' });
      await slider.focus();
      await page.page.keyboard.press('Home');
      await page.settled();
      assert.equal(page.sentOf('goTo')[0]?.position, 3220);
    },
    'what happened leads to the statement that did it': async (page) => {
      const grid = page.panel.getByRole('grid', { name: 'What happened' });
      const row = grid.getByRole('row').nth(1);
      assert.match(await row.innerText(), /kswapd0 was woken/);
      await row.click();
      await page.settled();
      assert.equal(page.sentOf('goTo').length, 1);
    },
    'another zone, other lines, another stretch of time': async (page) => {
      await chart(page).locator('.u-over').waitFor();
      await page.panel.getByRole('combobox', { name: 'Zone' }).selectOption('DMA, node 0');
      await page.settled();
      assert.equal(asked(page).at(-1)?.zone, 0);
      await page.panel.getByRole('checkbox', { name: "on the CPUs' lists" }).check();
      await page.settled();
      assert.deepEqual(asked(page).at(-1)?.counters, ['free', 'min', 'low', 'high', 'pcp']);
      await page.panel.getByRole('button', { name: 'Zoom in' }).click();
      await page.settled();
      const { from, to } = asked(page).at(-1) as { from: number; to: number };
      assert.ok(from >= 0 && to > from);
      await page.panel.getByRole('button', { name: 'Whole run' }).click();
      await page.settled();
      assert.equal(asked(page).at(-1)?.from, undefined);
      assert.deepEqual(await page.violations(), []);
    },
    'follows a step': async (page) => {
      const rows = page.panel.getByRole('grid', { name: 'What happened' }).getByRole('row');
      await chart(page).locator('.u-over').waitFor();
      const before = await rows.count();
      await page.step();
      await rows.nth(before).waitFor();
      assert.equal(asked(page).length, 2);
    },
  },
);

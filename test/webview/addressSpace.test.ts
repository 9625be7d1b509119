/** The address space with recorded answers: the picture by keyboard and pointer, the zoom, and what a step has changed. */
import assert from 'node:assert/strict';
import { checkView, type InspectorPage } from './inspectorPage';

const WINDOW = { cells: 1000, first: '0xffffc90000000000', last: '0xffffc900000fffff' };
/** CSS pixels of a lane */
const LANE = 34;
const asked = (page: InspectorPage) =>
  page
    .sentOf('ask')
    .filter(({ view }) => view === 'addressSpace')
    .map(({ question }) => question);
const cell = (page: InspectorPage) => page.panel.locator('kmem-cell-grid').getByRole('gridcell');

checkView(
  { view: 'addressSpace', recording: 'addressSpace', shows: 'vmalloc space' },
  {
    'the arrow keys go through the lanes, and Enter zooms': async (page) => {
      await cell(page).focus();
      assert.match((await cell(page).textContent()) ?? '', /Regions, direct map: .*0xffff888000000000/);
      await page.page.keyboard.press('ArrowRight');
      await page.settled();
      assert.match((await cell(page).textContent()) ?? '', /Regions, vmalloc: /);
      await page.page.keyboard.press('ArrowDown');
      await page.settled();
      assert.match((await cell(page).textContent()) ?? '', /Parts, /);
      await page.page.keyboard.press('ArrowUp');
      await page.page.keyboard.press('Enter');
      await page.settled();
      const last = asked(page).at(-1);
      assert.ok(BigInt(String(last?.first)) < 0xffffc90000000000n && BigInt(String(last?.last)) >= 0xffffe8ffffffffffn);
    },
    'the buttons zoom, move, and show the whole': async (page) => {
      const press = async (name: string) => {
        await page.panel.getByRole('button', { name, exact: true }).click();
        await page.settled();
        return asked(page).at(-1);
      };
      const size = (question: ReturnType<typeof asked>[number] | undefined) =>
        Number(BigInt(String(question?.last)) - BigInt(String(question?.first)));
      const near = await press('Zoom in');
      assert.ok(Math.abs(size(near) - 2 ** 45) < 2 ** 20);
      const moved = await press('Higher');
      assert.equal(size(moved), size(near));
      assert.ok(BigInt(String(moved?.first)) > BigInt(String(near?.first)));
      assert.deepEqual(await press('Whole'), { cells: 1000 });
    },
    'a region of the table is zoomed to': async (page) => {
      await page.panel.getByRole('gridcell', { name: 'vmemmap', exact: true }).click();
      await page.settled();
      const last = asked(page).at(-1);
      assert.ok(BigInt(String(last?.first)) < 0xffffea0000000000n);
    },
  },
);
checkView(
  { view: 'addressSpace', recording: 'addressSpace', window: WINDOW, shows: 'Areas in the window' },
  {
    'a click selects an area, everywhere': async (page) => {
      const table = page.panel.getByRole('grid', { name: 'Areas in the window' });
      const row = table.getByRole('row').filter({ hasText: 'ioremap' });
      const first = (await row.getByRole('gridcell').first().innerText()).trim();
      await row.click();
      await page.settled();
      assert.deepEqual(page.sentOf('ask').at(-1)?.question.selection, { by: 'address', address: first });
    },
    'a click on the picture selects what is there': async (page) => {
      const canvas = page.panel.locator('canvas');
      // the first area begins at the window's first address, in the lane of areas
      await canvas.click({ position: { x: 112, y: 2 * LANE + 12 } });
      await page.settled();
      assert.deepEqual(page.sentOf('ask').at(-1)?.question.selection, { by: 'address', address: WINDOW.first });
    },
    'the wheel zooms where the pointer is': async (page) => {
      await page.panel.locator('canvas').hover({ position: { x: 600, y: 20 } });
      await page.page.mouse.wheel(0, -100);
      await page.settled();
      await page.page.waitForTimeout(100);
      const last = asked(page).at(-1);
      const bytes = Number(BigInt(String(last?.last)) - BigInt(String(last?.first))) + 1;
      assert.equal(bytes, 2 ** 19);
    },
    'marks the area that a step has changed': async (page) => {
      const changed = page.panel.getByRole('grid', { name: 'Areas in the window' }).locator('tr.changed');
      assert.equal(await changed.count(), 0);
      await page.step();
      await changed.first().waitFor();
      assert.equal(await changed.count(), 1);
      assert.match(await changed.innerText(), /lazily freed/);
    },
  },
);

/** The comparison with recorded answers: what came by line, the ways from there, other moments. */
import assert from 'node:assert/strict';
import { checkView, type InspectorPage } from './inspectorPage';

const asked = (page: InspectorPage) =>
  page
    .sentOf('ask')
    .filter(({ view }) => view === 'compare')
    .map(({ question }) => question);
/** Of the page's window, which these files have no types of. */
interface Window {
  getComputedStyle(element: unknown): { readonly textAlign: string };
}
const sites = (page: InspectorPage) => page.panel.getByRole('grid', { name: /What came and went/ });

checkView(
  { view: 'compare', recording: 'compare', shows: 'What came and went' },
  {
    'the leak is the first line': async (page) => {
      const row = await sites(page).getByRole('row').nth(1).innerText();
      assert.match(row, /leak\.kmem:47.*kmem_cache_alloc\(packets, GFP_KERNEL\).*receive/s);
      assert.match(row, /100 with 6\.3 KiB/);
    },
    'numbers are below one another': async (page) => {
      const head = (name: string) => page.panel.getByRole('columnheader', { name, exact: true });
      const side = (name: string) =>
        head(name).evaluate((cell) => (globalThis as unknown as Window).getComputedStyle(cell).textAlign);
      assert.equal(await side('pages at A'), 'end');
      assert.equal(await side('use of frames'), 'start');
      assert.equal(await side('statement'), 'start');
    },
    'a line leads to its statement, its blocks and their moments': async (page) => {
      await sites(page).getByRole('gridcell').first().focus();
      await page.page.keyboard.press('Enter');
      await page.panel.getByRole('button', { name: 'Show the line' }).click();
      await page.panel.getByRole('button', { name: 'go to that moment' }).first().click();
      await page.panel
        .getByRole('button', { name: /^0xffff8880/ })
        .first()
        .click();
      await page.settled();
      assert.equal(page.sentOf('reveal')[0]?.line, 47);
      assert.ok((page.sentOf('goTo')[0]?.position ?? 0) > 0);
      assert.equal(
        page.sentOf('ask').some(({ view }) => view === 'objectCard'),
        true,
      );
      assert.deepEqual(await page.violations(), []);
    },
    'swaps, and says what to do where both are the same': async (page) => {
      await page.panel.getByRole('button', { name: 'Swap' }).click();
      await page.settled();
      assert.deepEqual(asked(page).at(-1), { a: { at: 'now' }, b: { at: 'start' }, cells: 1024 });
      await page.panel.getByRole('combobox', { name: 'B', exact: true }).selectOption('now');
      await page.panel.getByText('A and B are the same moment').waitFor();
      assert.deepEqual(await page.violations(), []);
    },
    'compares with where the debugger is, and with a named moment': async (page) => {
      await page.panel.getByRole('button', { name: 'A is here' }).click();
      await page.settled();
      assert.equal((asked(page).at(-1)?.a as { at?: string } | undefined)?.at, 'position');
      await page.panel.getByRole('combobox', { name: 'B', exact: true }).selectOption('endOf main');
      await page.settled();
      assert.deepEqual(asked(page).at(-1)?.b, { at: 'endOf', task: 'main' });
    },
    'the cells of the map are read by keyboard, and lead to their frames': async (page) => {
      const cell = page.panel.locator('kmem-cell-grid').getByRole('gridcell');
      await cell.focus();
      await page.page.keyboard.press('ArrowRight');
      await page.settled();
      assert.match((await cell.textContent()) ?? '', /^\s*pfn 0x40–0x7f: as before/);
      await page.page.keyboard.press('Enter');
      await page.settled();
      assert.deepEqual(page.sentOf('ask').at(-1)?.question.selection, { by: 'pfn', pfn: 64 });
    },
  },
);

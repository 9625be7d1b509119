/** The contexts with recorded answers: lanes that can be walked through, and that lead to their moments. */
import assert from 'node:assert/strict';
import { checkView, type InspectorPage } from './inspectorPage';

const asked = (page: InspectorPage) =>
  page
    .sentOf('ask')
    .filter(({ view }) => view === 'contexts')
    .map(({ question }) => question);
const cell = (page: InspectorPage) => page.panel.locator('kmem-cell-grid').getByRole('gridcell');
const press = async (page: InspectorPage, ...keys: readonly string[]) => {
  for (const key of keys) {
    await page.page.keyboard.press(key);
    await page.settled();
  }
};
const focused = async (page: InspectorPage) => ((await cell(page).textContent()) ?? '').trim();

checkView(
  { view: 'contexts', recording: 'contexts', shows: 'CPU 0' },
  {
    'rows are walked through by keyboard, and lead to their moments': async (page) => {
      await cell(page).focus();
      assert.match(await focused(page), /^task main on CPU 0, line \d+, from position \d+ to \d+$/);
      await press(page, 'ArrowRight');
      assert.match(await focused(page), /^hard interrupt card on CPU 0, line 11, from position/);
      await press(page, 'Enter');
      assert.equal(page.sentOf('goTo').length, 1);
      await press(page, 'Home', 'ArrowDown');
      assert.match(await focused(page), /^(preemption|bottom halves|interrupts) off on CPU 0/);
      await press(page, 'ArrowDown');
      assert.match(await focused(page), /^mutex gate, held by main on CPU 0, line 19/);
      await press(page, 'ArrowDown');
      assert.match(await focused(page), /^__get_free_pages, line 20 on CPU 0, position \d+: 1 allocated, 4,096 bytes$/);
    },
    'a click goes to that moment': async (page) => {
      await page.panel.locator('rect.item[data-colour="symbolIcon-classForeground"]').first().click();
      await page.settled();
      assert.equal(page.sentOf('goTo').length, 1);
      await page.panel
        .getByText(/^hard interrupt card on CPU 0/)
        .first()
        .waitFor();
    },
    'zooms to where the debugger is, moves, and shows the whole run again': async (page) => {
      const press = async (name: string) => {
        await page.panel.getByRole('button', { name }).click();
        await page.settled();
        return asked(page).at(-1) ?? {};
      };
      const near = (await press('Zoom in')) as { from: number; to: number };
      assert.ok(near.to > near.from);
      assert.equal((await press('Whole run')).from, undefined);
      assert.deepEqual(await page.violations(), []);
    },
    'asks to have the whole run saved as a trace': async (page) => {
      await page.panel.getByRole('button', { name: 'Save the run as a trace' }).click();
      await page.settled();
      assert.equal(page.sentOf('saveTrace').length, 1);
    },
    'shows what has come with a step': async (page) => {
      const failed = page.panel.locator('rect.item[data-colour="charts-red"]');
      assert.equal(await failed.count(), 0);
      await page.step();
      await failed.first().waitFor();
    },
  },
);

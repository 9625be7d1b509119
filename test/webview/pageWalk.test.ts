/** The page walk with recorded answers: the chain of entries, where it ends, and other tables. */
import assert from 'node:assert/strict';
import { checkView, type InspectorPage } from './inspectorPage';

const asked = (page: InspectorPage) =>
  page
    .sentOf('ask')
    .filter(({ view }) => view === 'pageWalk')
    .map(({ question }) => question);

checkView(
  { view: 'pageWalk', recording: 'pageWalk', window: { address: 'area' }, shows: /→ physical/ },
  {
    'shows each level, with its flags in words': async (page) => {
      const chain = page.panel.getByRole('list', { name: /entries that the processor reads/ });
      assert.equal(await chain.locator('li.level').count(), 2);
      const flags = chain.locator('li.level').last().getByRole('list', { name: 'Flags' });
      assert.match((await flags.textContent()) ?? '', /RW is 1: may be written/);
    },
    'an entry leads to its frame': async (page) => {
      const table = page.panel.getByRole('grid', { name: /Entries of the walk/ });
      await table.getByRole('gridcell').first().focus();
      await page.page.keyboard.press('ArrowDown');
      await page.page.keyboard.press('Enter');
      await page.settled();
      const selection = page.sentOf('ask').findLast(({ view }) => view === 'objectCard')?.question.selection;
      assert.equal((selection as { by?: string } | undefined)?.by, 'pfn');
    },
    'walks what is typed, and by the tables that are chosen': async (page) => {
      const field = page.panel.locator('vscode-text-field input');
      await field.fill('p');
      await field.press('Enter');
      await page.settled();
      assert.deepEqual(asked(page).at(-1), { address: 'p', table: 'current' });
      await page.panel.getByText(/^Not mapped: pgd\[\d+\] is empty/).waitFor();
      assert.match((await page.panel.locator('.result').textContent()) ?? '', /init_mm maps the address/);
      assert.deepEqual(await page.violations(), []);
      await page.panel.getByRole('combobox', { name: /by the tables of/ }).selectOption('init_mm');
      await page.settled();
      assert.deepEqual(asked(page).at(-1), { address: 'p', table: 'init_mm' });
      await page.panel.getByText(/→ physical/).waitFor();
    },
    'follows the selection where nothing was typed': async (page) => {
      const field = page.panel.locator('vscode-text-field input');
      await field.fill('');
      await field.press('Enter');
      await page.send({ kind: 'select', selection: { by: 'pfn', pfn: 77 } });
      await page.settled();
      assert.equal(asked(page).at(-1)?.address, 'page_address(pfn_to_page(77))');
    },
  },
);

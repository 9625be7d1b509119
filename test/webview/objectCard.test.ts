/** The object card with recorded answers. */
import assert from 'node:assert/strict';
import { checkView } from './inspectorPage';

const selection = { by: 'expression', text: 'a' } as const;

checkView(
  { view: 'objectCard', recording: 'objectCard', selection, shows: /^page pfn 0x/ },
  {
    'leads to the line of the allocation, and to its moment': async (page) => {
      await page.panel.getByRole('button', { name: 'Go to allocation' }).click();
      await page.panel.getByRole('button', { name: 'go to that moment' }).first().click();
      await page.settled();
      const [shown] = page.sentOf('reveal');
      assert.match(shown?.path ?? '', /buddy\.kmem$/);
      assert.ok((page.sentOf('goTo')[0]?.position ?? 0) > 0);
    },
    'leads to Variables, which is told what is selected; and to the memory view': async (page) => {
      await page.panel.getByRole('button', { name: 'Show in variables' }).click();
      await page.panel.getByRole('button', { name: 'Open in memory view' }).click();
      await page.settled();
      assert.equal(page.sentOf('variables').length, 1);
      assert.match(page.sentOf('memory')[0]?.address ?? '', /^0x[0-9a-f]+$/);
      // what the page had kept over a reload is told once the session is stopped, and not again with each step
      assert.deepEqual(page.sentOf('selected'), [{ kind: 'selected', selection }]);
      await page.step();
      await page.settled();
      assert.equal(page.sentOf('selected').length, 1);
      await page.page.getByRole('button', { name: 'Clear' }).click();
      await page.settled();
      assert.deepEqual(page.sentOf('selected').at(-1), { kind: 'selected', selection: null });
    },
    'shows the state after a step': async (page) => {
      await page.panel.getByText('In use: allocated by main').waitFor();
      await page.step();
      await page.panel.getByText(/^Free: the first page of a block/).waitFor();
      await page.panel.getByRole('heading', { name: 'Freed' }).waitFor();
    },
    'marks the writes that are new since the step': async (page) => {
      assert.equal(await page.panel.locator('tr.changed').count(), 0);
      await page.step();
      await page.panel.locator('tr.changed').first().waitFor();
      assert.equal(await page.panel.locator('tr.changed').count(), 1);
    },
    'the table of writes is walked through with the arrow keys, and a row leads to its moment': async (page) => {
      const grid = page.panel.getByRole('grid', { name: /Last writes/ });
      await grid.getByRole('gridcell').first().focus();
      await page.page.keyboard.press('ArrowDown');
      await page.page.keyboard.press('ArrowRight');
      const focused = grid.locator('td:focus');
      assert.equal(
        await focused.innerText(),
        await grid.getByRole('row').nth(2).getByRole('gridcell').nth(1).innerText(),
      );
      await page.page.keyboard.press('Enter');
      await page.settled();
      assert.equal(page.sentOf('goTo').length, 1);
    },
    'asks for what is typed, by what it is': async (page) => {
      const check = async (text: string, expected: unknown) => {
        const field = page.page.locator('form vscode-text-field input');
        await field.fill(text);
        await field.press('Enter');
        await page.settled();
        assert.deepEqual(page.sentOf('ask').at(-1)?.question.selection, expected);
      };
      await check('0x1234', { by: 'pfn', pfn: 0x1234 });
      await check('1234', { by: 'pfn', pfn: 1234 });
      await check('0xFFFF888004480000', { by: 'address', address: '0xffff888004480000' });
      await check('0xc1000000', { by: 'address', address: '0xc1000000' });
      await check('ring.slot[1]', { by: 'expression', text: 'ring.slot[1]' });
    },
  },
);
checkView(
  {
    view: 'objectCard',
    recording: 'objectCardMarkup',
    selection: { by: 'expression', text: 'list' },
    shows: /^object of/,
  },
  {
    'shows markup in the scenario as text': async (page) => {
      await page.panel.getByText('object of <img src=x onerror=alert(1)>').first().waitFor();
      assert.equal(await page.page.locator('img').count(), 0);
      assert.equal(await page.panel.locator('b').count(), 0);
    },
  },
);

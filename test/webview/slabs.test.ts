/** The slabs with recorded answers: a cache with red zones, one of which was overwritten; its name has markup in it. */
import assert from 'node:assert/strict';
import { checkView, type InspectorPage } from './inspectorPage';

/** From the caches to the slab's objects. */
async function openSlab(page: InspectorPage): Promise<void> {
  await page.panel.getByRole('gridcell', { name: '<b>items</b>', exact: true }).click();
  await page.panel.getByRole('heading', { name: 'Slabs of <b>items</b>' }).waitFor();
  await page.panel
    .getByRole('grid', { name: /partial slabs: choose one/ })
    .getByRole('gridcell')
    .first()
    .click();
  await page.panel.getByRole('grid', { name: /^Objects of the slab/ }).waitFor();
}

checkView(
  { view: 'slabs', recording: 'slabs', shows: /caches, .* in slabs \(SLUB\)/ },
  {
    'from a cache to its slabs, and to the objects of one': async (page) => {
      await openSlab(page);
      const asked = page.sentOf('ask');
      assert.match(String(asked.find((a) => a.view === 'slabs/cache')?.question.cache), /^0x[0-9a-f]+$/);
      assert.match(JSON.stringify(asked.find((a) => a.view === 'slabs/page')?.question.selection), /"by":"pfn"/);
      assert.deepEqual(await page.violations(), []);
      await page.page.evaluate(
        "document.querySelector('kmem-inspector').shadowRoot.querySelector('kmem-slabs').shadowRoot.querySelector('kmem-slab-cache').scrollIntoView()",
      );
      await page.picture('slab-objects');
    },
    'shows markup in the scenario as text': async (page) => {
      await openSlab(page);
      assert.equal(await page.panel.locator('b').count(), 0);
    },
    'an object: who has it since when, and its red zone': async (page) => {
      await openSlab(page);
      await page.panel.locator('g.object.used').first().click();
      await page.panel.getByText(/Right Redzone overwritten: 1 bytes/).waitFor();
      await page.panel.getByRole('button', { name: /^line scenario\.kmem:6/ }).click();
      await page.panel.getByRole('button', { name: 'go to that moment' }).first().click();
      await page.settled();
      assert.equal(page.sentOf('reveal')[0]?.line, 6);
      assert.equal(page.sentOf('goTo').length, 1);
      assert.match(JSON.stringify(page.sentOf('ask').at(-1)?.question.selection), /"by":"address"/);
    },
    'objects are walked through with the arrow keys': async (page) => {
      await openSlab(page);
      const cell = page.panel.getByRole('grid', { name: /^Objects of the slab/ }).getByRole('gridcell');
      await cell.focus();
      const first = await cell.innerText();
      await page.page.keyboard.press('ArrowRight');
      await page.page.waitForTimeout(50);
      const second = await cell.innerText();
      assert.match(first, /^object 0 at 0x/);
      assert.match(second, /^object 1 at 0x/);
      await page.page.keyboard.press('Enter');
      await page.panel.getByRole('heading', { name: /^Object 1 at 0x/ }).waitFor();
    },
    'the slab of what is selected elsewhere': async (page) => {
      const field = page.page.locator('form vscode-text-field input');
      await field.fill('item');
      await field.press('Enter');
      await page.panel.getByRole('button', { name: 'Show the slab of what is selected' }).click();
      await page.panel.getByRole('grid', { name: /^Objects of the slab/ }).waitFor();
      const asked = page.sentOf('ask').filter((a) => a.view === 'slabs/page');
      assert.deepEqual(asked.at(-1)?.question.selection, { by: 'expression', text: 'item' });
    },
    'sorts by what holds nothing': async (page) => {
      const names = () =>
        page.panel
          .getByRole('grid', { name: /^Slab caches/ })
          .locator('tbody td:first-child')
          .allInnerTexts();
      const before = await names();
      await page.panel.getByRole('button', { name: 'what holds nothing' }).click();
      await page.settled();
      const after = await names();
      assert.notDeepEqual(after, before);
      assert.deepEqual(after.toSorted(), before.toSorted());
    },
    'caches without a slab come on demand': async (page) => {
      const rows = page.panel.getByRole('grid', { name: /^Slab caches/ }).locator('tbody tr');
      const before = await rows.count();
      await page.panel.getByRole('button', { name: /caches without a slab, too$/ }).click();
      await page.settled();
      assert.ok((await rows.count()) > before);
    },
    'says what to do before a cache is chosen': async (page) => {
      await page.panel.getByText('Choose a cache above to see its slabs.').waitFor();
      await page.panel.getByText('Choose a slab above to see its objects in memory order.').waitFor();
    },
  },
);

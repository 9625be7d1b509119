/** The physical map with recorded answers: what is drawn, how one gets about, what is selected and what a step has marked. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkView, type InspectorPage } from './inspectorPage';

/** The first frame of the block that buddy.kmem allocates. */
const BLOCK = 0x4480;
const NEAR = { first: 0x4000, pages: 4096 };
/** Where it does so. */
const ALLOCATION = `main, buddy.kmem:${
  readFileSync(join(__dirname, '..', '..', 'examples', 'buddy.kmem'), 'utf8')
    .split('\n')
    .findIndex((line) => line.startsWith('        a = alloc_pages(')) + 1
}`;

const grid = (page: InspectorPage) => page.panel.locator('kmem-cell-grid');
const columnsOf = async (page: InspectorPage): Promise<number> =>
  Number(await grid(page).getByRole('grid').getAttribute('aria-colcount'));
/** The middle of a frame's cell, in pixels of the page. */
async function middleOf(page: InspectorPage, pfn: number): Promise<{ x: number; y: number }> {
  const box = await grid(page).locator('canvas').boundingBox();
  const columns = await columnsOf(page);
  const side = (box?.width ?? 0) / columns;
  const index = pfn - NEAR.first;
  return {
    x: (box?.x ?? 0) + ((index % columns) + 0.5) * side,
    y: (box?.y ?? 0) + (Math.floor(index / columns) + 0.5) * side,
  };
}
/** The colour in the middle of a frame's cell. */
async function colourOf(page: InspectorPage, pfn: number): Promise<string> {
  const { x, y } = await middleOf(page, pfn);
  return page.page.evaluate(`(() => {
    const find = (root) => root.querySelector('canvas') ?? [...root.querySelectorAll('*')].map((e) => e.shadowRoot && find(e.shadowRoot)).find(Boolean);
    const canvas = find(document);
    const box = canvas.getBoundingClientRect();
    const at = (v, from, length, pixels) => Math.floor(((v - from) * pixels) / length);
    return canvas.getContext('2d').getImageData(at(${x}, box.x, box.width, canvas.width), at(${y}, box.y, box.height, canvas.height), 1, 1).data.join();
  })()`);
}
/** What the last question about the map asked for. */
function asked(page: InspectorPage): Record<string, unknown> | undefined {
  return page.sentOf('ask').findLast((message) => message.view === 'physicalMap')?.question;
}

checkView(
  { view: 'physicalMap', recording: 'physicalMap', shows: /frames per cell/ },
  {
    'shows all of memory at first': async (page) => {
      assert.deepEqual(asked(page), { colour: 'owner', cells: 4096 });
      for (const name of [/^free \(\d+\)$/, /^kernel image \(\d+\)$/, /^mem_map \(2048\)$/])
        await page.panel.getByText(name).waitFor();
    },
    'has the indexes by order, and the zones': async (page) => {
      const index = page.panel.getByRole('grid', { name: 'Unusable free index' });
      assert.deepEqual(await index.getByRole('columnheader').allInnerTexts(), [
        'order',
        'node 0, DMA',
        'node 0, DMA32',
      ]);
      assert.equal(await index.getByRole('row').count(), 12);
      await page.panel.getByRole('grid', { name: 'Zones' }).getByText('node 0, DMA32').click();
      await page.settled();
      assert.deepEqual(asked(page), { colour: 'owner', cells: 4096, first: 0x1000, pages: 0x1efe0 });
    },
    'the wheel zooms at the pointer, and the keys do': async (page) => {
      const box = await grid(page).locator('canvas').boundingBox();
      await page.page.mouse.move((box?.x ?? 0) + 5, (box?.y ?? 0) + 5);
      await page.page.mouse.wheel(0, -100);
      await page.settled();
      assert.deepEqual([asked(page)?.first, asked(page)?.pages], [0, 0x1ffe0 / 2]);
      await grid(page).getByRole('gridcell').focus();
      await page.page.keyboard.press('+');
      await page.settled();
      assert.equal(asked(page)?.pages, 0x1ffe0 / 4);
      await page.page.keyboard.press('Shift+PageDown');
      await page.settled();
      assert.ok((asked(page)?.first as number) > 0);
      await page.page.keyboard.press('-');
      await page.page.keyboard.press('0');
      await page.settled();
      assert.deepEqual(asked(page), { colour: 'owner', cells: 4096 });
    },
    'the buttons do the same': async (page) => {
      const press = async (name: string) => {
        await page.panel.getByRole('button', { name, exact: true }).click();
        await page.settled();
      };
      await press('Zoom in');
      assert.equal(asked(page)?.pages, 0x1ffe0 / 2);
      await press('Back');
      await press('Zoom out');
      assert.deepEqual(asked(page), { colour: 'owner', cells: 4096 });
    },
    'what is searched for is shown, and selected': async (page) => {
      const field = page.panel.getByRole('search', { name: 'Find frames' }).locator('input');
      await field.fill('a');
      await field.press('Enter');
      await page.panel.getByRole('button', { name: 'pfn 0x4480' }).click();
      await page.settled();
      assert.deepEqual(asked(page), { colour: 'owner', cells: 4096, ...NEAR });
      assert.deepEqual(page.sentOf('ask').findLast((m) => m.view === 'objectCard')?.question, {
        selection: { by: 'pfn', pfn: BLOCK },
      });
    },
  },
);
checkView(
  {
    view: 'physicalMap',
    recording: 'physicalMap',
    window: { colour: 'owner', visible: NEAR },
    shows: /one frame per cell/,
  },
  {
    'cells have the colours of their kinds': async (page) => {
      const [block, last, free] = [
        await colourOf(page, BLOCK),
        await colourOf(page, BLOCK + 15),
        await colourOf(page, BLOCK + 0x400),
      ];
      assert.equal(block, last);
      assert.notEqual(block, free);
    },
    'a cell is told of when it is pointed to, and selected by a click': async (page) => {
      const { x, y } = await middleOf(page, BLOCK);
      await page.page.mouse.move(x, y);
      await page.panel
        .getByText(/^pfn 0x4480: allocated/)
        .last()
        .waitFor();
      await page.panel.getByText(`Allocated by ${ALLOCATION}`, { exact: true }).waitFor();
      await page.panel.getByText(/^Allocated \d+ statements? ago by main/).waitFor();
      await page.page.mouse.down();
      await page.page.mouse.up();
      await page.settled();
      assert.deepEqual(page.sentOf('ask').findLast((m) => m.view === 'objectCard')?.question, {
        selection: { by: 'pfn', pfn: BLOCK },
      });
    },
    'the arrow keys go from cell to cell, and Enter selects': async (page) => {
      await grid(page).getByRole('gridcell').focus();
      const columns = await columnsOf(page);
      await page.page.keyboard.press('ArrowDown');
      await page.page.keyboard.press('ArrowRight');
      const text = `pfn 0x${(NEAR.first + columns + 1).toString(16)}: `;
      assert.ok((await grid(page).getByRole('gridcell').innerText()).startsWith(text), text);
      await page.page.keyboard.press('Enter');
      await page.settled();
      assert.deepEqual(page.sentOf('ask').findLast((m) => m.view === 'objectCard')?.question, {
        selection: { by: 'pfn', pfn: NEAR.first + columns + 1 },
      });
    },
    'a step marks what it has changed, and nothing else': async (page) => {
      const describe = async (pfn: number) => {
        const { x, y } = await middleOf(page, pfn);
        await page.page.mouse.move(x, y);
        await page.settled();
        return page.panel.locator('.what').innerText();
      };
      await page.step();
      await page.settled();
      assert.equal(await describe(BLOCK), 'pfn 0x4480: free, struct page changed');
      assert.equal(await describe(BLOCK + 15), 'pfn 0x448f: free');
      assert.equal(await describe(BLOCK + 0x400), 'pfn 0x4880: free');
    },
    'another colour': async (page) => {
      await page.panel.getByRole('combobox').selectOption('site');
      await page.panel.getByText(new RegExp(`^${ALLOCATION} \\(\\d+\\)$`)).waitFor();
      assert.deepEqual(asked(page), { colour: 'site', cells: 4096, ...NEAR });
    },
    'dragging moves along memory': async (page) => {
      const { x, y } = await middleOf(page, BLOCK);
      await page.page.mouse.move(x, y);
      await page.page.mouse.down();
      await page.page.mouse.move(x, y - 60, { steps: 4 });
      await page.page.mouse.up();
      await page.settled();
      assert.ok((asked(page)?.first as number) > NEAR.first);
      assert.equal(page.sentOf('ask').filter((m) => m.view === 'objectCard').length, 0);
    },
  },
);
checkView(
  { view: 'physicalMap', recording: 'physicalMapMarkup', shows: /frames per cell/ },
  {
    'shows markup in the scenario as text': async (page) => {
      const field = page.panel.getByRole('search', { name: 'Find frames' }).locator('input');
      await field.fill('<img');
      await field.press('Enter');
      await page.panel.getByText('slab of cache <img src=x onerror=alert(1)>').first().waitFor();
      assert.equal(await page.page.locator('img').count(), 0);
    },
  },
);

// The memory inspector in the real workbench, from a session that is stopped. With KMEM_RECORD_THEMES, writes the colours that VS Code
// gives to a page in its four kinds of theme (test/webview/themes): the component tests use them. With KMEM_INSPECTOR_SCREENSHOTS=<folder>,
// the picture of the README.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { THEMES } from '../webview/themes';
import { root } from './host';
import { InspectorPanel, lineOf } from './inspectorPanel';
import { inWorkbench } from './inWorkbench';
import { until, type Workbench } from './workbench';

describe('the memory inspector in the workbench', function () {
  let workbench: Workbench;
  let panel: InspectorPanel;
  const split = lineOf('buddy.kmem', 'b = alloc_pages(GFP_KERNEL, 4);');
  const allocation = lineOf('buddy.kmem', '        a = alloc_pages(GFP_KERNEL, 4);');

  inWorkbench(this, { width: 1600, height: 1300 }, (at) => {
    workbench = at.workbench;
    panel = new InspectorPanel(workbench);
  });

  /** Ends the session that runs, and starts a scenario that stops at the line with a text. */
  async function debug(file: string, text: string): Promise<void> {
    await workbench.toolbar('Stop');
    await workbench.page.locator('.debug-toolbar').waitFor({ state: 'hidden' });
    // the file opens in the group of editors that has the focus
    await workbench.page.locator('.part.editor .tab').first().click();
    await workbench.page
      .locator('.activitybar')
      .getByRole('tab', { name: /^Explorer/ })
      .click();
    await workbench.openFile(file);
    const line = lineOf(file, text);
    await workbench.setBreakpoint(line);
    await workbench.startDebugging();
    await workbench.runTo(line);
  }
  const shows = (what: RegExp) => panel.shows(what);
  let block = 0;

  it('opens beside the editor from a stopped session, and names it', async () => {
    await workbench.openFile('buddy.kmem');
    await workbench.setBreakpoint(split);
    await workbench.startDebugging();
    await workbench.runTo(split);
    await panel.open();
    await panel.frame.getByRole('heading', { name: 'buddy.kmem' }).waitFor();
    await shows(new RegExp(`before buddy.kmem:${split}$`));
    const icon = workbench.page.locator('.tab[aria-label^="Memory Inspector"] .monaco-icon-label-iconpath');
    assert.match((await icon.getAttribute('style')) ?? '', /inspector-dark\.svg/);
  });
  it('the map shows the block that was just allocated; a click on it shows its card, with the line', async () => {
    await panel.show('Physical map');
    await panel.field('Find frames').fill('a');
    await panel.field('Find frames').press('Enter');
    await panel.frame
      .getByRole('button', { name: /^pfn 0x/ })
      .first()
      .click();
    const { card } = panel;
    await card.getByText(/^page pfn 0x/).waitFor();
    block = Number((await card.getByText(/^page pfn 0x/).innerText()).replace('page pfn ', ''));
    await panel.frame
      .getByText(/one frame per cell/)
      .first()
      .waitFor();
    const shown = await panel.frame
      .getByText(/^pfn 0x[0-9a-f]+–0x[0-9a-f]+.*one frame per cell/)
      .first()
      .innerText();
    const third = await panel.cellOf(block + 2, Number.parseInt(shown.slice(6), 16));
    await workbench.page.mouse.click(third.x, third.y);
    await card.getByText(`page pfn 0x${(block + 2).toString(16)}`, { exact: true }).waitFor();
    await card
      .getByRole('button', { name: `line buddy.kmem:${allocation}` })
      .first()
      .waitFor();
  });
  it('the card leads to the line, and to the moment', async () => {
    await panel.card.getByRole('button', { name: 'Go to allocation' }).click();
    await workbench.page.locator('.statusbar-item', { hasText: `Ln ${allocation}, Col 1` }).waitFor();
    await panel.card.getByRole('button', { name: 'go to that moment' }).first().click();
    await workbench.waitUntilStoppedAt(allocation);
    await shows(new RegExp(`before buddy.kmem:${allocation}$`));
  });
  it('the free lists before and after a split', async () => {
    const lists = await panel.show('Free lists');
    await lists
      .getByText(/^Free lists of zone DMA32/)
      .first()
      .waitFor();
    assert.equal(await lists.getByRole('img', { name: /^Split/ }).count(), 0);
    await workbench.toolbar('Step Over');
    await lists.getByRole('img', { name: /^Split: 0x[0-9a-f]+ \(order/ }).waitFor();
    assert.ok((await lists.locator('.changed').count()) > 0);
  });
  it('a step marks what it has changed in the map, and nothing else', async () => {
    await workbench.toolbar('Step Back');
    await workbench.waitUntilStoppedAt(allocation);
    const map = await panel.show('Physical map');
    await shows(new RegExp(`buddy.kmem:${allocation}$`));
    await workbench.toolbar('Step Over');
    await shows(new RegExp(`buddy.kmem:${allocation + 1}$`));
    const shown = await map
      .getByText(/^pfn 0x[0-9a-f]+–0x[0-9a-f]+.*one frame per cell/)
      .first()
      .innerText();
    const first = Number.parseInt(shown.slice(6), 16);
    const describes = async (pfn: number, what: RegExp) =>
      until(`pfn ${pfn}: ${what}`, async () => {
        const { x, y } = await panel.cellOf(pfn, first);
        await workbench.page.mouse.move(x + 1, y);
        await workbench.page.mouse.move(x, y);
        return what.test(await map.locator('.what').innerText());
      }).catch(async (error) => {
        throw new Error(`${error.message}; it says ${await map.locator('.what').innerText()}`);
      });
    await describes(block, /struct page changed/);
    await describes(block + 0x400, /^pfn 0x[0-9a-f]+: [^,]*$/);
  });
  if (process.env.KMEM_INSPECTOR_SCREENSHOTS)
    it('poses for the picture in the README', async () => {
      await workbench.page.setViewportSize({ width: 1440, height: 900 });
      await workbench.page.mouse.move(700, 850);
      const folder = join(root, process.env.KMEM_INSPECTOR_SCREENSHOTS ?? '');
      await workbench.page.screenshot({ path: join(folder, 'inspector.png') });
      await workbench.page.setViewportSize({ width: 1600, height: 1300 });
    });
  it('the chart of the zones is scrubbed, and the line in the editor follows', async () => {
    const zones = await panel.show('Zones');
    const over = zones.locator('kmem-zone-chart .u-over');
    await over.waitFor();
    const before = await workbench.stoppedLine();
    const box = await over.boundingBox();
    assert.ok(box);
    await workbench.page.mouse.click(box.x + box.width * 0.1, box.y + box.height / 2);
    await until('another line', async () => ![undefined, before].includes(await workbench.stoppedLine()));
    const line = await workbench.stoppedLine();
    await shows(new RegExp(`buddy.kmem:${line}$`));
  });
  it('a variable is shown from its menu', async () => {
    await workbench.runTo(split);
    const entry = workbench.page.getByRole('menuitem', { name: /Show in Memory Inspector/ });
    const shown = panel.card.getByText(`page pfn 0x${block.toString(16)}`, { exact: true });
    // a menu ignores a click that comes too soon after the one that has opened it, and closes when its row is drawn anew
    await until('the variable in the card', async () => {
      if (!(await entry.isVisible())) {
        const row = await workbench.row(workbench.variables, /^a, value/);
        await row.click({ button: 'right' });
      }
      await entry.click({ delay: 100, timeout: 2000 }).catch(() => {});
      return shown.isVisible();
    });
  });
  it('the page walk of a vmalloc address', async () => {
    await debug('vmalloc.kmem', 'p[PAGE_SIZE - 1] = 1;');
    const walk = await panel.show('Page walk');
    await panel.frame.getByRole('heading', { name: 'vmalloc.kmem' }).waitFor();
    await walk.locator('vscode-text-field input').fill('p');
    await walk.locator('vscode-text-field input').press('Enter');
    await walk
      .getByText(/→ physical/)
      .first()
      .waitFor();
    await walk.getByRole('list', { name: /entries that the processor reads/ }).waitFor();
  });
  it('a comparison finds the leak', async () => {
    await debug('leak.kmem', 'expect(delivered + dropped == PACKETS);');
    const compare = await panel.show('Compare');
    const sites = compare.getByRole('grid', { name: /What came and went/ });
    const line = lineOf('leak.kmem', 'kmem_cache_alloc(packets, GFP_KERNEL)');
    await sites.getByRole('row').nth(1).getByText(`leak.kmem:${line}`).waitFor();
    assert.match(await sites.getByRole('row').nth(1).innerText(), /100 with/);
  });
  it('the last state stays when the session has ended, and can be started again', async () => {
    await workbench.toolbar('Stop');
    const again = panel.frame.getByRole('button', { name: 'Start again' });
    await again.waitFor();
    await panel.frame.locator('.stale').first().waitFor();
    await again.click();
    await workbench.page.locator('.debug-toolbar').waitFor();
    await shows(/before leak.kmem:/);
    await again.waitFor({ state: 'hidden' });
  });
  it('comes back after the window was reloaded', async () => {
    await workbench.page.reload();
    await workbench.page.locator('.monaco-workbench').waitFor({ timeout: 60_000 });
    await panel.frame.locator('kmem-inspector').waitFor({ timeout: 60_000 });
    // VS Code saves what the page keeps now and then, so that it may come back with the view before: one that was opened, not the first
    const open = panel.frame.getByRole('tab', { selected: true });
    await open.waitFor();
    assert.notEqual(await open.innerText(), 'Physical map');
  });
  it('a lens above the task opens it, and starts the scenario', async () => {
    await workbench.page.locator('.part.editor .tab').first().click();
    await workbench.goTo(lineOf('buddy.kmem', 'task main'));
    await workbench.page.locator('.codelens-decoration a', { hasText: 'Inspect Memory' }).first().click();
    await workbench.page.locator('.debug-toolbar').waitFor({ timeout: 60_000 });
    await panel.frame.getByRole('heading', { name: 'buddy.kmem' }).waitFor();
  });

  if (process.env.KMEM_RECORD_THEMES)
    it('records the colours of the themes', async () => {
      for (const [name, label] of Object.entries(THEMES)) {
        await workbench.command('Preferences: Color Theme');
        await workbench.page.keyboard.type(label);
        await workbench.page.locator('.quick-input-list .monaco-list-row.focused').filter({ hasText: label }).waitFor();
        await workbench.page.keyboard.press('Enter');
        const body = panel.frame.locator('body');
        await until(label, async () => (await body.getAttribute('data-vscode-theme-name')) === label);
        const colours = await panel.frame
          .locator('html')
          .evaluate((element) => (element as unknown as { style: { cssText: string } }).style.cssText);
        const kind = await body.getAttribute('class');
        const rows = colours
          .split(/;\s*/)
          .filter((row) => row.startsWith('--vscode-'))
          .sort();
        assert.ok(rows.length > 300);
        writeFileSync(
          join(root, 'test/webview/themes', `${name}.json`),
          `${JSON.stringify({ class: kind, style: rows.map((row) => row.replace(/[\n\r]/g, ' ')) }, null, 1)}\n`,
        );
      }
    });
});

// The memory inspector in the real workbench, from a session that is stopped. With KMEM_RECORD_THEMES, writes the colours that VS Code
// gives to a page in its four kinds of theme (test/webview/themes): the component tests use them.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { THEMES } from '../webview/themes';
import { type Rig, root, startRig } from './host';
import { InspectorPanel } from './inspectorPanel';
import { until, Workbench } from './workbench';

const lineOf = (file: string, text: string): number =>
  readFileSync(join(root, 'examples', file), 'utf8')
    .split('\n')
    .findIndex((line) => line.includes(text)) + 1;

describe('the memory inspector in the workbench', function () {
  this.bail(true);
  let rig: Rig;
  let workbench: Workbench;
  let panel: InspectorPanel;
  const split = lineOf('buddy.kmem', 'b = alloc_pages(GFP_KERNEL, 4);');
  const allocation = lineOf('buddy.kmem', '        a = alloc_pages(GFP_KERNEL, 4);');

  before(async () => {
    rig = await startRig({ install: true });
    const page = await rig.browser.newPage({ viewport: { width: 1600, height: 950 } });
    workbench = await Workbench.open(page, rig.authority, join(root, 'examples'));
    panel = new InspectorPanel(workbench);
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await workbench?.pictureOfFailure();
  });
  after(async () => {
    await rig?.close();
  });

  it('opens beside the editor from a stopped session, and names it', async () => {
    await workbench.openFile('buddy.kmem');
    await workbench.setBreakpoint(split);
    await workbench.startDebugging();
    await workbench.runTo(split);
    await panel.open();
    await panel.frame.getByRole('heading', { name: 'buddy.kmem' }).waitFor();
  });
  it('shows what is selected, with the line that allocated it', async () => {
    await panel.select('a');
    const { card } = panel;
    await card.getByText(/^page pfn 0x/).waitFor();
    await card
      .getByRole('button', { name: `line buddy.kmem:${allocation}` })
      .first()
      .waitFor();
    await until('the moment', async () => (await panel.moment.innerText()).includes(`buddy.kmem:${split}`));
  });
  it('leads to the line, and to the moment', async () => {
    await panel.card.getByRole('button', { name: 'Go to allocation' }).click();
    await workbench.page.locator('.statusbar-item', { hasText: `Ln ${allocation}, Col 1` }).waitFor();
    await panel.card.getByRole('button', { name: 'go to that moment' }).first().click();
    await workbench.waitUntilStoppedAt(allocation);
    await until('the inspector follows', async () =>
      (await panel.moment.innerText()).includes(`buddy.kmem:${allocation}`),
    );
  });
  it('follows a step of the debugger', async () => {
    await workbench.toolbar('Step Over');
    await until('the next line', async () => !(await panel.moment.innerText()).includes(`buddy.kmem:${allocation}`));
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

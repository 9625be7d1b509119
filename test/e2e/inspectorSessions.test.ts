// The memory inspector with two debug sessions: it follows the active one and names it. And what its card leads to in the workbench: the row
// in Variables, the view of memory, the file of a trace.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { installExtension, prepareHost } from '../../scripts/vscodeHost';
import { imported } from '../debugger/inspector/traceImport';
import type { Rig } from './host';
import { InspectorPanel, lineOf } from './inspectorPanel';
import { inWorkbench } from './inWorkbench';
import { standInHexEditor } from './standInHexEditor';
import { until, type Workbench } from './workbench';

describe('the memory inspector and the workbench around it', function () {
  let rig: Rig;
  let workbench: Workbench;
  let panel: InspectorPanel;
  const split = lineOf('buddy.kmem', 'b = alloc_pages(GFP_KERNEL, 4);');

  inWorkbench(this, { width: 1600, height: 1300 }, (at) => {
    rig = at.rig;
    workbench = at.workbench;
    panel = new InspectorPanel(workbench);
  });

  const shows = (what: RegExp) => panel.shows(what);
  const names = (session: string) => panel.frame.getByRole('heading', { name: session, exact: true }).waitFor();
  /** The row of a session in the Call Stack view. */
  const sessionRow = (name: string) =>
    workbench.page.locator('.debug-call-stack .monaco-list-row').filter({ hasText: name }).first();
  /** Makes a session the active one. The buttons that run it appear in the middle of its row. */
  const activate = (name: string) => sessionRow(name).click({ position: { x: 45, y: 10 } });
  /** Opens a file beside the ones that are open, in the first group of editors. */
  async function openFile(file: string): Promise<void> {
    await workbench.page.locator('.part.editor .tab').first().click();
    await workbench.page
      .locator('.activitybar')
      .getByRole('tab', { name: /^Explorer/ })
      .click();
    await workbench.openFile(file);
  }
  /** Every view shows something of the session, and none complains. */
  async function everyViewAnswers(): Promise<void> {
    for (const tab of await panel.frame.getByRole('tab').all()) {
      const title = await tab.innerText();
      const view = await panel.show(title);
      await view.locator('.exports, .empty').first().waitFor();
      assert.deepEqual(await view.getByRole('alert').allInnerTexts(), [], title);
    }
  }

  it('opens on the session that runs', async () => {
    await workbench.openFile('buddy.kmem');
    await workbench.setBreakpoint(split);
    await workbench.startDebugging();
    await workbench.runTo(split);
    await panel.open();
    await names('buddy.kmem');
    await shows(new RegExp(`before buddy.kmem:${split}$`));
  });
  it('opens from the command palette, too, once it was closed', async () => {
    await workbench.page
      .locator('.tab', { hasText: 'Memory Inspector' })
      .getByRole('button', { name: /^Close/ })
      .click();
    await panel.frame.locator('kmem-inspector').waitFor({ state: 'detached' });
    await workbench.command('kmem: Open Memory Inspector');
    await names('buddy.kmem');
    await shows(new RegExp(`before buddy.kmem:${split}$`));
  });
  it('what is selected is the first row of Variables, wherever it is selected; the card leads there', async () => {
    await panel.select('a');
    await panel.card.getByText(/^page pfn 0x/).waitFor();
    const pfn = (await panel.card.getByText(/^page pfn 0x/).innerText()).replace('page pfn ', '');
    await workbench.row(workbench.variables, /^\(selected\), value/);
    await panel.card.getByRole('button', { name: 'Show in variables' }).click();
    await until('the keyboard in Variables', () =>
      workbench.variables.evaluate((tree) => {
        // the tests are compiled without the names of a browser
        const { document } = globalThis as unknown as { document: { activeElement: unknown } };
        return (tree as unknown as { contains(node: unknown): boolean }).contains(document.activeElement);
      }),
    );
    // the block's second page
    await panel.select(`0x${(Number(pfn) + 1).toString(16)}`);
    await panel.card.getByText(`page pfn 0x${(Number(pfn) + 1).toString(16)}`, { exact: true }).waitFor();
    // and it stays with a step, which is what the views mark, not the selection
    await workbench.toolbar('Step Over');
    await shows(new RegExp(`buddy.kmem:${split + 1}$`));
    await workbench.row(workbench.variables, /^\(selected\), value/);
    await panel.frame.getByRole('button', { name: 'Clear' }).click();
    await until(
      'no row for it',
      async () => (await workbench.variables.getByRole('treeitem', { name: /^\(selected\)/ }).count()) === 0,
    );
  });
  it('memory without the Hex Editor: says what is missing', async () => {
    await panel.select('a');
    await panel.card.getByRole('button', { name: 'Open in memory view' }).click();
    await workbench.page
      .locator('.notification-list-item')
      .filter({ hasText: 'VS Code shows memory with the extension Hex Editor' })
      .first()
      .waitFor();
  });

  it('a second session: the inspector shows and names that one once it is active, which in VS Code is for its user to say', async () => {
    await openFile('leak.kmem');
    await workbench.goTo(lineOf('leak.kmem', 'task main'));
    const lens = workbench.page
      .locator('.codelens-decoration a')
      .getByText(/^Debug$/)
      .first();
    // a click on a lens that is just being laid out is lost
    await until('a second session', async () => {
      if (!(await sessionRow('leak.kmem').isVisible())) await lens.click({ timeout: 2000 }).catch(() => {});
      return sessionRow('leak.kmem')
        .waitFor({ timeout: 5000 })
        .then(
          () => true,
          () => false,
        );
    });
    await names('buddy.kmem');
    await shows(new RegExp(`buddy.kmem:${split + 1}$`));
    // what is selected is a name of the other scenario's
    await panel.frame.getByRole('button', { name: 'Clear' }).click();
    await activate('leak.kmem');
    await names('leak.kmem');
    await shows(/before leak.kmem:/);
    await everyViewAnswers();
  });
  it('the first one is active again: the inspector goes back to it', async () => {
    await activate('buddy.kmem');
    await names('buddy.kmem');
    await shows(new RegExp(`buddy.kmem:${split + 1}$`));
    await everyViewAnswers();
    // what it leads to is this session: its lines, its moments
    await panel.select('a');
    await panel.card.getByRole('button', { name: 'go to that moment' }).first().click();
    await shows(/before buddy.kmem:\d+$/);
    await names('buddy.kmem');
  });
  it('the other one steps: its own moment is shown', async () => {
    await activate('leak.kmem');
    await names('leak.kmem');
    const before = await panel.moment.innerText();
    await workbench.toolbar('Step Over');
    await until('another moment', async () => (await panel.moment.innerText()) !== before);
    await shows(/leak.kmem:/);
  });
  it('one ends: the inspector shows the other, which is not grey', async () => {
    await workbench.toolbar('Stop');
    await names('buddy.kmem');
    await shows(/before buddy.kmem:\d+$/);
    assert.equal(await panel.frame.getByRole('button', { name: 'Start again' }).count(), 0);
    await everyViewAnswers();
  });
  it('the run is saved as a trace, to the file that is chosen', async () => {
    const view = await panel.show('Contexts');
    await view.getByRole('button', { name: 'Save the run as a trace' }).click();
    const input = workbench.page.locator('.quick-input-widget input[type="text"]').first();
    await input.waitFor();
    const path = join(rig.base, 'run.json');
    // the dialog puts its proposal there once it has looked at the folder
    await until('the proposal', async () => /run-trace\.json$/.test(await input.inputValue()));
    await input.fill(path);
    // it has taken what is typed when it lists that folder
    const rows = workbench.page.locator('.quick-input-list .monaco-list-row');
    await until('the folder', async () => !(await rows.allInnerTexts()).some((row) => row.includes('buddy.kmem')));
    await until('the path', async () => (await input.inputValue()) === path);
    await input.press('Enter');
    await until('the file', async () => existsSync(path));
    const trace = imported(readFileSync(path, 'utf8'));
    assert.deepEqual(trace.problems, []);
    assert.equal(trace.threads.get(1)?.name, 'CPU 0');
    await workbench.page
      .locator('.notification-list-item')
      .filter({ hasText: /has the run as a trace/ })
      .waitFor();
  });
  it('memory with a hex editor: the bytes of what is selected', async () => {
    const vsix = await standInHexEditor(join(rig.base, 'hexeditor'));
    await installExtension(await prepareHost(() => {}), rig.base, vsix);
    await workbench.page.reload();
    await workbench.page.locator('.monaco-workbench').waitFor({ timeout: 60_000 });
    await panel.frame.locator('kmem-inspector').waitFor({ timeout: 60_000 });
    await openFile('buddy.kmem');
    await workbench.startDebugging();
    await workbench.runTo(split);
    await names('buddy.kmem');
    await panel.select('jiffies');
    await panel.card
      .getByText(/^jiffies$/)
      .first()
      .waitFor();
    await panel.card.getByRole('button', { name: 'Open in memory view' }).click();
    const bytes = () =>
      Promise.all(
        workbench.page.frames().map((frame) =>
          frame
            .locator('#bytes')
            .innerText({ timeout: 1000 })
            .catch(() => ''),
        ),
      ).then((texts) => texts.find((text) => text !== '') ?? '');
    await until('bytes', async () => /^([0-9a-f]{2} ?){16}$/.test(await bytes()));
    // jiffies begins five minutes before its lower half wraps: -300 * HZ as an unsigned int
    const value = (await bytes()).split(' ').slice(0, 8).reverse().join('');
    assert.equal(value, '00000000fffedb08');
  });
});

// Where the keyboard goes in a debug session: nothing that the user types may land in the source, whatever he does with values, and
// nothing that goes wrong is silent.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './host';
import { inWorkbench } from './inWorkbench';
import { until, type Workbench } from './workbench';

const FILE = 'nic-rx.kmem';
const EXAMPLE = readFileSync(join(root, 'examples', FILE), 'utf8');
const lineOf = (text: string): number => EXAMPLE.split('\n').findIndex((line) => line.includes(text)) + 1;
/** The line of the first statement; the one that the kernel reports, and the call that led there. */
const ENTRY = lineOf('spin_lock_init(&rx.lock)');
const REPORTED = lineOf('alloc_pages(gfp, RX_ORDER)');
const CALLER = lineOf('rx_fill_slot(&ring->slot');
const BROKEN = 'task main {\n\tint n = 1;\n\tn = nosuch;\n\tn = other;\n}\n';

describe('the keyboard in a debug session', function () {
  let workbench: Workbench;
  let folder: string;

  inWorkbench(this, { width: 1440, height: 900, files: { [FILE]: EXAMPLE, 'broken.kmem': BROKEN } }, (at) => {
    workbench = at.workbench;
    folder = at.folder;
  });

  /** What the editor shows of a line, without blanks and the editor's own marks. */
  const shown = async (text: string): Promise<string> =>
    ((await workbench.lines(text).first().textContent()) ?? '').replace(/[^!-~]/g, '');
  const dirty = () => workbench.page.locator('.tab.dirty').count();
  const onDisk = () => readFileSync(join(folder, FILE), 'utf8');
  const notification = (text: RegExp) =>
    workbench.page.locator('.notification-toast').filter({ hasText: text }).first();

  it('an assignment in the debug console leaves the keyboard there', async () => {
    await workbench.openFile(FILE);
    await workbench.goTo(45); // lenses take the room of lines
    await workbench.page.locator('.squiggly-error, .squiggly-warning').first().waitFor({ state: 'attached' });
    await workbench.startDebugging();
    await until('a stop', async () => (await workbench.stoppedLine()) !== undefined);
    const { page } = workbench;
    await page.keyboard.press('Control+Shift+y');
    const input = page.locator('.repl-input-wrapper .view-lines');
    await input.waitFor();
    await input.click();
    await page.keyboard.type('rx.starved = 3');
    await page.keyboard.press('Enter');
    await page.locator('.repl .expression .value').filter({ hasText: /^3/ }).first().waitFor();
    // what an editor would do on a change of the threads comes within this time
    await page.waitForTimeout(1000);
    await page.keyboard.type('typed on');
    await until('the text in the console', async () => /typed.on/.test((await input.textContent()) ?? ''));
    assert.equal(await dirty(), 0);
    assert.equal(onDisk(), readFileSync(join(root, 'examples', FILE), 'utf8'));
  });

  it('a stop does not select the statement: a key inserts', async () => {
    const { page } = workbench;
    await page.keyboard.press('Control+1');
    await page.keyboard.type('x');
    await until('the key', async () => (await dirty()) === 1);
    const line = await workbench.stoppedLine();
    const statement = (onDisk().split('\n')[(line ?? 0) - 1] ?? '').trim();
    assert.equal(await shown(`x${statement}`), `x${statement.replace(/\s/g, '')}`);
    await page.keyboard.press('Control+z');
    await until('undone', async () => (await dirty()) === 0);
  });
  it('a stop has a short reason; frames of the kernel have a source, and all frames are there', async () => {
    await workbench.toolbar('Continue');
    const { page } = workbench;
    const header = page.locator('.pane-header').filter({ hasText: 'Call Stack' });
    const badge = header.getByText('Kernel BUG', { exact: true }).first();
    await badge.waitFor();
    const [own, all] = [await badge.boundingBox(), await header.boundingBox()];
    assert.ok((own?.width ?? 999) < (all?.width ?? 0) / 2, 'there is room for the name');
    const text = (await page.locator('.debug-call-stack .monaco-list-row').allTextContents()).join('\n');
    assert.match(text, /asm_common_interrupt.*Linux 6\.1/);
    assert.doesNotMatch(text, /Unknown Source|Load More/);
  });

  it('the places of a report in the debug console are links, each of exactly its path and line', async () => {
    const { page } = workbench;
    // a workbench in a browser has no paths of the file system to open: there the place on the right leads to the source
    await page
      .locator('.repl a')
      .getByText(`${join(folder, FILE)}:${CALLER}`, { exact: true })
      .first()
      .waitFor();
    await page.locator('.repl .source').last().click();
    await page
      .locator('.statusbar-item')
      .filter({ hasText: new RegExp(`^Ln ${REPORTED}, Col `) })
      .waitFor();
  });

  it('Ctrl+F10 steps back, Ctrl+F9 runs back', async () => {
    const { page } = workbench;
    await page.keyboard.press('Control+1');
    await page.keyboard.press('Control+F10');
    // from the middle of the statement to its beginning
    await page.locator('.pane-header').getByText('Paused on step').first().waitFor();
    // keys go nowhere before the frames of the stop are there
    await workbench.waitUntilStoppedAt(REPORTED);
    await page.keyboard.press('Control+F9');
    await workbench.waitUntilStoppedAt(ENTRY);
  });

  it('an edited file is announced, and one key restarts', async () => {
    writeFileSync(join(folder, FILE), onDisk().replace('task main', '// more\n\ntask main'));
    const told = notification(/nic-rx\.kmem has changed since it was started/);
    await told.waitFor();
    await told.getByRole('button', { name: 'Restart' }).click();
    await until('the stop of the new text', async () => (await workbench.stoppedLine()) === ENTRY + 2);
  });

  it('a restart with a mistake in the file says which, and the session goes on', async () => {
    const { page } = workbench;
    const good = onDisk();
    writeFileSync(join(folder, FILE), good.replace('task main', 'int n = nosuch;\n\ntask main'));
    await workbench.toolbar('Restart');
    await page.locator('.markers-panel .monaco-list-row').filter({ hasText: 'nosuch' }).first().waitFor();
    await workbench.toolbar('Step Over');
    await until('the next stop', async () => ((await workbench.stoppedLine()) ?? 0) > ENTRY + 2);
    writeFileSync(join(folder, FILE), good);
    await workbench.toolbar('Restart');
    await until('the stop at the entry', async () => (await workbench.stoppedLine()) === ENTRY + 2);
    await workbench.toolbar('Stop');
    await page.locator('.debug-toolbar').waitFor({ state: 'hidden' });
  });

  it('F5 on a file with mistakes leads to the first one', async () => {
    const { page } = workbench;
    await page.keyboard.press('Control+Shift+e');
    await workbench.openFile('broken.kmem');
    await page.keyboard.press('Control+1');
    await page.keyboard.press('F5');
    await notification(/broken\.kmem:3:6: error.*nosuch.*1 more/).waitFor();
    await page.locator('.markers-panel .monaco-list-row').filter({ hasText: 'nosuch' }).first().waitFor();
    await page
      .locator('.statusbar-item')
      .filter({ hasText: /^Ln 3, Col / })
      .waitFor();
    assert.equal(await page.locator('.monaco-dialog-box').count(), 0);
  });

  it('F5 with a wrong attribute says which', async () => {
    const { page } = workbench;
    mkdirSync(join(folder, '.vscode'));
    const launch = { type: 'kmem', request: 'launch', name: 'wrong', program: join(folder, FILE), stopOnEntry: 'yes' };
    writeFileSync(
      join(folder, '.vscode', 'launch.json'),
      JSON.stringify({ version: '0.2.0', configurations: [launch] }),
    );
    await until('the configuration', async () => {
      await page.keyboard.press('F5');
      return page
        .locator('.monaco-dialog-box')
        .filter({ hasText: '"stopOnEntry" is not true or false' })
        .waitFor({ timeout: 3000 })
        .then(
          () => true,
          () => false,
        );
    });
  });
});

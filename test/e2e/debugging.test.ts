// A user's first session, in the real workbench with the packaged extension: open the scenario, read the lint, set breakpoints, F5, look
// at a page and a zone, hover, watch, and go forwards and backwards in time. With KMEM_SCREENSHOT=<file>, also the README's picture.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './host';
import { inWorkbench } from './inWorkbench';
import { until, type Workbench } from './workbench';

// Lines of the example, checked first, in case the example changes.
const FILE = 'nic-rx.kmem';
/** The call that sleeps in atomic context. */
const FAULTY_CALL = 'alloc_pages(gfp';
const DIAGNOSTIC = /sleep/i;
/** What the related information leads through: entry, lock, calls. */
const EVIDENCE = [/nic_rx/, /rx\.lock|spin_lock/, /rx_refill/, /rx_fill_slot/];
/** First breakpoint: in the interrupt, before the lock. Second: after the page was allocated, where the pointer is good. */
const FIRST_STOP = 'spin_lock(&rx.lock)';
const SECOND_STOP = 'if (!page)';
const POINTER = 'page';
/** A line with the pointer in it, text without blanks (the editor writes them as no-break spaces). */
const HOVERED = 'page_address(page)';
const WATCHES = [
  { expression: 'page->_refcount', value: /\b1\b/ },
  { expression: 'rx.head - rx.tail', value: /\b3\b/ },
];
const PAGE_FIELD = /^_refcount\b/;
/** From the scope "Machine" down to a field of a zone. */
const ZONE_PATH = [/^node 0/i, /DMA32/];
const ZONE_FIELD = /managed/;

const scenario = readFileSync(join(root, 'examples', FILE), 'utf8').split('\n');

/** The number (from 1) of the first line that holds the text. */
function lineOf(text: string): number {
  const index = scenario.findIndex((line) => line.includes(text) && !/^\s*(\/\/|\*|\/\*)/.test(line));
  assert.ok(index >= 0, `examples/${FILE} has no line with ${text}: adapt the constants of this test`);
  return index + 1;
}

describe('debugging in the workbench', function () {
  let workbench: Workbench;

  inWorkbench(this, { width: 1440, height: 900 }, (at) => {
    workbench = at.workbench;
  });

  it('underlines the call that sleeps in atomic context', async () => {
    await workbench.openFile(FILE);
    await workbench.goTo(lineOf(FAULTY_CALL));
    await workbench.lines(FAULTY_CALL).first().waitFor();
    await workbench.page.locator('.monaco-editor .squiggly-error, .monaco-editor .squiggly-warning').first().waitFor();
  });

  it('explains the finding in the Problems panel, with the path as related information', async () => {
    const rows = await workbench.problems('sleep');
    const problem = rows.filter({ hasText: DIAGNOSTIC }).first();
    await problem.waitFor();
    await workbench.expand(problem);
    for (const evidence of EVIDENCE) await rows.filter({ hasText: evidence }).nth(0).waitFor();
    const texts = await rows.allTextContents();
    assert.ok(texts.length >= 1 + 1 + EVIDENCE.length, `file, problem and evidence: ${JSON.stringify(texts)}`);
    await workbench.problems('');
    await workbench.page.keyboard.press('Control+j');
  });

  it('explains a kernel function on hover', async () => {
    const name = workbench.token(FAULTY_CALL, 'alloc_pages');
    await workbench.hover(name, '.monaco-hover', /struct page \*\s*alloc_pages[\s\S]*__free_pages/);
  });

  it('F5 without launch.json stops on entry', async () => {
    await workbench.startDebugging();
    await until('a stop', async () => (await workbench.stoppedLine()) !== undefined);
  });

  it('stops on breakpoints: in the interrupt, and in what it calls', async () => {
    for (const text of [FIRST_STOP, SECOND_STOP]) {
      await workbench.setBreakpoint(lineOf(text));
      await workbench.runTo(lineOf(text));
    }
  });

  it('shows the fields of a page in Variables', async () => {
    const { variables } = workbench;
    await workbench.expand(await workbench.row(variables, /Locals/));
    await workbench.expand(await workbench.row(variables, new RegExp(`^${POINTER}\\b`)));
    await workbench.row(variables, PAGE_FIELD);
  });

  it('keeps watches on C expressions', async () => {
    for (const { expression, value } of WATCHES) {
      const row = await workbench.addWatch(expression);
      await until(`${expression}: ${value}`, async () =>
        value.test(((await row.textContent()) ?? '').replace(expression, '')),
      );
    }
  });

  it('evaluates the expression under the mouse', async () => {
    await workbench.hover(workbench.token(HOVERED, POINTER), '.debug-hover-widget', /0x[0-9a-f]+|pfn/);
  });

  if (process.env.KMEM_SCREENSHOT)
    it('poses for the picture in the README', async () => {
      const path = join(root, process.env.KMEM_SCREENSHOT ?? '');
      mkdirSync(dirname(path), { recursive: true });
      await workbench.widenSideBar(470);
      await workbench.foldView('Breakpoints');
      await workbench.moveToolbarTo(900);
      await workbench.expand(await workbench.row(workbench.variables, /Context/));
      await workbench.row(workbench.variables, /^may sleep/);
      await workbench.page.mouse.move(1000, 700);
      await workbench.page.locator('.debug-hover-widget').waitFor({ state: 'hidden' });
      await workbench.page.screenshot({ path });
    });

  it('goes to a page by its pfn, and says why there is none', async () => {
    await workbench.command('kmem: Go to Page');
    const input = workbench.page.locator('.quick-input-widget input[type="text"]').first();
    const message = workbench.page.locator('.quick-input-widget .quick-input-message');
    await input.waitFor();
    await input.fill('pfn 0xfffffff');
    await message.filter({ hasText: /pfn 0xfffffff is past the end: the last pfn of this machine is 0x/ }).waitFor();
    await input.fill('0x4321');
    await message.filter({ hasText: /pfn 0x4321: / }).waitFor();
    await workbench.page.keyboard.press('Enter');
    const row = workbench.watches.getByRole('treeitem').filter({ hasText: '*pfn_to_page(0x4321)' }).first();
    await until('the page as a watch', async () => /_refcount/.test((await row.textContent()) ?? ''));
  });

  it('goes to the page that a variable leads to', async () => {
    const { page, variables, watches } = workbench;
    await (await workbench.row(variables, new RegExp(`^${POINTER}\\b`))).click({ button: 'right' });
    const item = page.getByRole('menuitem', { name: 'Go to Page…' });
    await item.waitFor();
    // a menu takes no click in the first moment, in case that it is still the one that has opened it
    await until('the choice', async () => {
      await item.click({ timeout: 1000 }).catch(() => {});
      return !(await item.isVisible());
    });
    await until('the page as a watch', async () => (await watches.getByText(/^\*pfn_to_page\(/).count()) === 2);
  });

  it('shows the fields of a zone in Variables', async () => {
    const { variables } = workbench;
    await workbench.expand(await workbench.row(variables, /Machine/));
    for (const label of ZONE_PATH) await workbench.expand(await workbench.row(variables, label));
    await workbench.row(variables, ZONE_FIELD);
  });

  it('steps over', async () => {
    await workbench.toolbar('Step Over');
    await until('another line', async () => ![undefined, lineOf(SECOND_STOP)].includes(await workbench.stoppedLine()));
  });

  it('steps back', async () => {
    await workbench.toolbar('Step Back');
    await workbench.waitUntilStoppedAt(lineOf(SECOND_STOP));
  });

  it('continues in reverse to the breakpoint before', async () => {
    await workbench.runTo(lineOf(FIRST_STOP), 'Reverse');
  });

  it('stops the session', async () => {
    await workbench.toolbar('Stop');
    await workbench.page.locator('.debug-toolbar').waitFor({ state: 'hidden' });
  });
});

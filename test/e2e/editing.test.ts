// The main features of the language server in the real workbench: lenses and hints, a quick fix, definition, rename, format.
// With KMEM_EDITOR_SCREENSHOT=<file>, also a picture.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './host';
import { inWorkbench } from './inWorkbench';
import { until, type Workbench } from './workbench';

const FILE = 'ring.kmem';
const TEXT = `static DEFINE_SPINLOCK(lock);
static void *buffer;

static void refill(void)
{
	spin_lock(&lock);
	buffer = kmalloc(64, GFP_KERNEL);
	spin_unlock(&lock);
}

irq rx {
	refill( );
}

task main {
	refill();
	sim_raise(rx);
	kfree(buffer);
}
`;
const lineOf = (text: string): number => TEXT.split('\n').findIndex((line) => line.includes(text)) + 1;

describe('editing in the workbench', function () {
  let workbench: Workbench;

  inWorkbench(this, { width: 1100, height: 620, files: { [FILE]: TEXT } }, async (at) => {
    workbench = at.workbench;
    await workbench.openFile(FILE);
  });

  /** Waits for a line with a text. */
  const shows = (text: string) => workbench.lines(text).first().waitFor();

  it('shows lenses above tasks and functions, and what is held behind a call', async () => {
    const lenses = workbench.page.locator('.codelens-decoration');
    for (const text of [/Run.*Debug/, /2 callers.*hard interrupt \(irq rx\); task/])
      await lenses.filter({ hasText: text }).first().waitFor();
    await workbench.lines('spin_lock(&lock);').filter({ hasText: 'holds lock' }).first().waitFor();
    await workbench.page.locator('.squiggly-error, .squiggly-warning').first().waitFor({ state: 'attached' });
  });
  if (process.env.KMEM_EDITOR_SCREENSHOT)
    it('poses for a picture', async () => {
      const path = join(root, process.env.KMEM_EDITOR_SCREENSHOT ?? '');
      mkdirSync(dirname(path), { recursive: true });
      await workbench.page.keyboard.press('Control+b');
      await workbench.page.waitForTimeout(500);
      await workbench.page.screenshot({ path });
      await workbench.page.keyboard.press('Control+b');
    });
  it('applies a quick fix', async () => {
    const { page } = workbench;
    await page.keyboard.press('Control+1');
    await workbench.goTo(lineOf('kmalloc'));
    for (let i = 0; i < 10; i++) await page.keyboard.press('ArrowRight');
    await (await workbench.quickFix('GFP_ATOMIC')).click();
    await shows('GFP_ATOMIC');
  });
  it('goes to a definition, and renames', async () => {
    const { page } = workbench;
    await workbench.goTo(lineOf('refill();'));
    await page.keyboard.press('Home');
    await page.keyboard.press('F12');
    const here = page.locator('.statusbar-item').filter({ hasText: new RegExp(`^Ln ${lineOf('void refill')}, Col `) });
    await here.waitFor();
    await page.keyboard.press('F2');
    const input = page.locator('.rename-box input');
    await input.waitFor();
    await input.fill('fill_ring');
    await page.keyboard.press('Enter');
    await shows('static void fill_ring(void)');
    await until('all places', async () => (await workbench.lines('fill_ring').count()) === 3);
    assert.equal(await workbench.lines('refill').count(), 0);
  });
  it('formats the document', async () => {
    await workbench.command('Format Document');
    await until('the call without a blank', async () => (await workbench.lines('fill_ring( )').count()) === 0);
    await shows('fill_ring();');
  });
});

// The linter and the language server in the real workbench: a finding with its link and the way to it, several quick fixes, call
// hierarchy, and names of an included file. With KMEM_LINTER_SCREENSHOT=<file>, also the picture of the README.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './host';
import { inWorkbench } from './inWorkbench';
import { until, type Workbench } from './workbench';

const RING = `struct ring {
	spinlock_t lock;
	struct page *page;
	unsigned int filled;
};
`;
const DRIVER = `#include "ring.kmem"

static struct ring rx;

static int ring_fill(struct ring *ring)
{
	struct page *page;

	spin_lock(&ring->lock);
	page = alloc_pages(GFP_KERNEL, 1);
	if (!page) {
		spin_unlock(&ring->lock);
		return -ENOMEM;
	}
	ring->page = page;
	ring->filled++;
	spin_unlock(&ring->lock);
	return 0;
}

task main on cpu 0 {
	spin_lock_init(&rx.lock);
	expect(ring_fill(&rx) == 0);
}
`;
const FIX = 'move this before spin_lock(&ring->lock)';

describe('the linter in the workbench', function () {
  let workbench: Workbench;
  let folder: string;

  inWorkbench(this, { width: 1100, height: 740, files: { 'ring.kmem': RING, 'driver.kmem': DRIVER } }, (at) => {
    workbench = at.workbench;
    folder = at.folder;
  });

  const onDisk = (name: string): string => readFileSync(join(folder, name), 'utf8');
  /** Saves everything, until a file has the text. */
  async function saved(name: string, text: string): Promise<void> {
    await until(`${text} in ${name}`, async () => {
      await workbench.command('File: Save All');
      return onDisk(name).includes(text);
    });
  }
  /** Puts the cursor into a word of a line. */
  const goToWord = (line: string, word: string) => workbench.token(line, word).click();
  const tab = (name: string) => workbench.page.locator(`.tab.active[aria-label*="${name}"]`).first();

  it('lists a finding with a link to its page and the way to it', async () => {
    await workbench.openFile('driver.kmem');
    await workbench.page.locator('.squiggly-warning').first().waitFor({ state: 'attached' });
    const rows = await workbench.problems();
    const link = rows.locator('a').filter({ hasText: 'sleep-in-atomic' }).first();
    await link.waitFor();
    assert.match((await link.getAttribute('href')) ?? '', /docs\/rules\/sleep-in-atomic\.md$/);
    await rows.filter({ hasText: 'sleep-in-atomic' }).first().click();
    await workbench.page.keyboard.press('ArrowRight');
    await rows.filter({ hasText: 'spinlock ring->lock is taken here' }).first().waitFor();
  });

  it('shows hints in the text', async () => {
    await workbench.page.keyboard.press('Control+b'); // room for them
    await workbench.page.keyboard.press('Control+1');
    await workbench.goTo(10);
    await goToWord('alloc_pages', 'alloc_pages');
    await workbench.lines('may sleep').first().waitFor();
    await workbench.lines('holds ring->lock').first().waitFor();
    await workbench.page.locator('.codelens-decoration').filter({ hasText: '1 caller' }).first().waitFor();
  });

  it('offers quick fixes, and applies one', async () => {
    const { page } = workbench;
    const fix = await workbench.quickFix(FIX);
    const entries = page.locator('.action-widget .monaco-list-row');
    assert.equal(await entries.filter({ hasText: 'use GFP_ATOMIC instead of GFP_KERNEL' }).count(), 1);
    if (process.env.KMEM_LINTER_SCREENSHOT) {
      const path = join(root, process.env.KMEM_LINTER_SCREENSHOT);
      mkdirSync(dirname(path), { recursive: true });
      await page.screenshot({ path });
    }
    await fix.click();
    await saved('driver.kmem', 'page = alloc_pages(GFP_KERNEL, 1);\n\tspin_lock(&ring->lock);');
    await page.locator('.squiggly-warning').first().waitFor({ state: 'detached' });
  });

  it('shows who calls a function', async () => {
    const { page } = workbench;
    await page.keyboard.press('Control+1');
    await goToWord('static int ring_fill', 'ring_fill');
    await workbench.command('Peek Call Hierarchy');
    await page.locator('.call-hierarchy .monaco-list-row').filter({ hasText: 'main' }).first().waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.call-hierarchy').first().waitFor({ state: 'detached' });
  });

  it('goes to a definition in an included file', async () => {
    await workbench.page.keyboard.press('Control+1');
    await goToWord('ring->filled', 'filled');
    await workbench.page.keyboard.press('F12');
    await tab('ring.kmem').waitFor();
  });

  it('renames across the include', async () => {
    const { page } = workbench;
    await page.locator('.tab[aria-label*="driver.kmem"]').first().click();
    await tab('driver.kmem').waitFor();
    await goToWord('ring->filled', 'filled');
    await page.keyboard.press('F2');
    const box = page.locator('.rename-box input');
    await box.waitFor();
    await box.fill('used');
    await page.keyboard.press('Enter');
    await saved('driver.kmem', 'ring->used++;');
    await saved('ring.kmem', 'unsigned int used;');
  });
});

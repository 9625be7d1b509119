// What somebody does first: the walkthrough of the Welcome page, and a new scenario, from its template to a stopped session. With
// KMEM_WALKTHROUGH_SCREENSHOT=<file>, also a picture of the walkthrough.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { contributes } from '../../extension/contributions';
import { inWorkbench } from './inWorkbench';
import { until, type Workbench } from './workbench';

const PICTURE = '.getting-started-media img';
/** In the page: whether the picture has been read and is seen. */
const SHOWN = `(({ complete, naturalWidth, clientWidth }) => complete && naturalWidth > 0 && clientWidth > 100)(document.querySelector('${PICTURE}') ?? {})`;
const MINE = 'task main {\n\tmight_sleep();\n}\n';

describe('first steps in the workbench', function () {
  let workbench: Workbench;
  let folder: string;

  inWorkbench(this, { width: 1600, height: 900, files: { 'scenario.kmem': MINE } }, (at) => {
    workbench = at.workbench;
    folder = at.folder;
  });

  it('has a walkthrough, each of whose steps has a picture', async () => {
    const { page } = workbench;
    const [{ title = '', steps = [] } = {}] = contributes.walkthroughs;
    await workbench.command('Welcome: Open Walkthrough...');
    await page.locator('.quick-input-list .monaco-list-row').filter({ hasText: title }).first().click();
    const shown = page.locator('.getting-started-step');
    for (const step of steps) {
      const row = shown.filter({ hasText: step.title });
      await row.locator('h3').first().click();
      await until(`the picture of '${step.title}'`, async () => (await page.evaluate(SHOWN)) === true);
      assert.equal(await page.locator(PICTURE).getAttribute('alt'), step.media.altText);
    }
    assert.equal(await shown.count(), steps.length);
    const path = process.env.KMEM_WALKTHROUGH_SCREENSHOT;
    if (path) await page.screenshot({ path });
  });

  it('a new scenario is the template, under a name that is free, and F5 saves and debugs it', async () => {
    const { page } = workbench;
    await workbench.command('kmem: New Scenario');
    await workbench.lines('machine {').first().waitFor();
    await workbench.lines('task main on cpu 0 {').first().waitFor();
    // out of the snippet
    for (let i = 0; i < 2; i++) await page.keyboard.press('Escape');
    await page.keyboard.press('F5');
    const path = join(folder, 'scenario-2.kmem');
    const lineOf = (text: string): number =>
      existsSync(path)
        ? readFileSync(path, 'utf8')
            .split('\n')
            .findIndex((line) => line.includes(text)) + 1
        : 0;
    await until('the file', () => Promise.resolve(lineOf('sim_raise') > 0));
    await workbench.waitUntilStoppedAt(lineOf('sim_raise'));
    assert.equal(readFileSync(join(folder, 'scenario.kmem'), 'utf8'), MINE);
  });
});

// Scenarios and their settings as users have them: F5 as soon as the file is there, a kmem.json with mistakes.
import assert from 'node:assert/strict';
import { inWorkbench } from './inWorkbench';
import { until, type Workbench } from './workbench';

const TEXT = `task main {
	int n = 1;

	n = 2;
	n = 3;
}
`;

describe('scenarios in the workbench', function () {
  let workbench: Workbench;

  inWorkbench(
    this,
    {
      width: 1280,
      height: 800,
      files: { 'a/one.kmem': TEXT, 'a/kmem.json': '{ "rules": { "leek": "off" }, "machine": { "kernel": "9.9" } }\n' },
    },
    (at) => {
      workbench = at.workbench;
    },
  );

  it('F5 starts a session, also while the extension host is still coming up', async () => {
    const { page } = workbench;
    await page.getByRole('treeitem', { name: 'a', exact: true }).click({ timeout: 60_000 });
    await workbench.openFile('one.kmem');
    await page.locator('.statusbar-item').filter({ hasText: 'kmem scenario' }).waitFor();
    await workbench.startDebugging();
    await until('a stop', async () => (await workbench.stoppedLine()) !== undefined);
    await workbench.toolbar('Stop');
    await page.locator('.debug-toolbar').waitFor({ state: 'hidden' });
  });

  it('a mistake in kmem.json is told once: by the server, or at its place while the file is open', async () => {
    const { page } = workbench;
    const found = async () => (await (await workbench.problems('kmem.json')).allInnerTexts()).join('\n');
    const shows = (...patterns: RegExp[]) =>
      until(`${patterns}`, async () => {
        const text = await found();
        return patterns.every((pattern) => text.match(new RegExp(pattern, 'g'))?.length === 1);
      }).catch(async (error) => {
        throw new Error(`${error.message}; it says\n${await found()}`);
      });
    await shows(/'leek' is not a code of kmem/, /'kernel' is a version from/);
    await page
      .locator('.activitybar')
      .getByRole('tab', { name: /^Explorer/ })
      .click();
    await page.getByRole('treeitem', { name: 'kmem.json', exact: true }).dblclick();
    await shows(/Property leek is not allowed/, /Value is not accepted|String does not match/);
    assert.doesNotMatch(await found(), /is not a code of kmem/);
  });
});

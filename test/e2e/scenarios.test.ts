// Scenarios as users have them: F5 as soon as the file is there.
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

  inWorkbench(this, { width: 1280, height: 800, files: { 'a/one.kmem': TEXT } }, (at) => {
    workbench = at.workbench;
  });

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
});

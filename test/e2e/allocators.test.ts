// The slab allocator in the real workbench: a student steps through examples/slab.kmem and opens a cache down to its objects. With
// KMEM_SLAB_SCREENSHOT=<file>, also the picture of docs/debugging.md.
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './host';
import { inWorkbench } from './inWorkbench';
import type { Workbench } from './workbench';

const FILE = 'slab.kmem';
/** Two objects have been freed: the last one is next. */
const STOP = 'b was freed last';
/** From the scope down to the objects of the CPU's slab. */
const CACHE_PATH = [/^thing/, /^CPU 0/, /^slab\b/, /^objects/];
const NEXT = /free, number 1 on the CPU/;

describe('the slab allocator in the workbench', function () {
  let workbench: Workbench;

  inWorkbench(this, { width: 1440, height: 900 }, (at) => {
    workbench = at.workbench;
  });

  it('opens a cache down to the objects of a slab', async () => {
    const lines = readFileSync(join(root, 'examples', FILE), 'utf8').split('\n');
    const line = lines.findIndex((text) => text.includes(STOP)) + 1;
    await workbench.openFile(FILE);
    await workbench.setBreakpoint(line);
    await workbench.startDebugging();
    await workbench.runTo(line);
    await workbench.foldView('Watch');
    await workbench.foldView('Call Stack');
    await workbench.foldView('Breakpoints');
    const { variables } = workbench;
    await workbench.expand(await workbench.row(variables, /Slab caches/));
    for (const name of CACHE_PATH) await workbench.expand(await workbench.row(variables, name));
    await workbench.row(variables, NEXT);
  });

  if (process.env.KMEM_SLAB_SCREENSHOT)
    it('poses for the picture in the documentation', async () => {
      const path = join(root, process.env.KMEM_SLAB_SCREENSHOT ?? '');
      mkdirSync(dirname(path), { recursive: true });
      await workbench.widenSideBar(560);
      await workbench.page.mouse.move(1000, 700);
      await workbench.page.screenshot({ path });
    });
});

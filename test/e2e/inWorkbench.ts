// What the suites in the real workbench have in common: one workbench for all tests of a suite, each of which builds on the one before.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Rig, root, startRig } from './host';
import { Workbench } from './workbench';

interface Options {
  /** of the page, in CSS pixels */
  readonly width: number;
  readonly height: number;
  /** texts by path, in a new folder that the workbench opens; absent: it opens examples/ */
  readonly files?: Readonly<Record<string, string>>;
}
export interface Opened {
  readonly rig: Rig;
  readonly workbench: Workbench;
  /** that the workbench has open */
  readonly folder: string;
}

/** Opens a workbench with kmem installed before a suite's tests; a test that fails leaves a picture, and ends the suite. */
export function inWorkbench(suite: Mocha.Suite, options: Options, opened: (at: Opened) => void | Promise<void>): void {
  suite.bail(true);
  const { files, ...viewport } = options;
  let rig: Rig | undefined;
  let workbench: Workbench | undefined;
  let made: string | undefined;

  before(async () => {
    if (files) made = mkdtempSync(join(tmpdir(), 'kmem-e2e-'));
    const folder = made ?? join(root, 'examples');
    for (const [path, text] of Object.entries(files ?? {})) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    rig = await startRig({ install: true });
    const page = await rig.browser.newPage({ viewport });
    workbench = await Workbench.open(page, rig.authority, folder);
    await opened({ rig, workbench, folder });
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await workbench?.pictureOfFailure();
  });
  after(async () => {
    await rig?.close();
    if (made) rmSync(made, { recursive: true, force: true });
  });
}

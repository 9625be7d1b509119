/** Questions to the thread that analyses: which are given up for which. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Analyst } from '../../server/lsp/analyst';

const WORKER = join(__dirname, '../../dist/lintWorker.js');
const FILE = { path: '/work/rx.kmem', text: 'irq rx {\n\tmsleep(1);\n}\n' };

describe('the analysing thread', () => {
  let analyst: Analyst;
  beforeEach(() => {
    analyst = new Analyst(
      WORKER,
      (error) => assert.fail(error),
      () => {},
    );
  });
  afterEach(() => analyst.dispose());
  const codes = (found: readonly { code: string }[] | undefined): string[] | undefined => found?.map((d) => d.code);

  it('answers an open document though the workspace asks about the same file meanwhile', async () => {
    const [document, workspace] = await Promise.all([
      analyst.analyse([FILE], undefined, 'document'),
      analyst.analyse([FILE], undefined, 'workspace'),
    ]);
    assert.deepEqual([codes(document), codes(workspace)], [['sleep-in-atomic'], ['sleep-in-atomic']]);
  });
  it('gives up what a document asked before, and says so', async () => {
    const [before, now] = await Promise.all([
      analyst.analyse([FILE], undefined, 'document'),
      analyst.analyse([{ ...FILE, text: 'task t {\n\tmsleep(1);\n}\n' }], undefined, 'document'),
    ]);
    assert.deepEqual([codes(before), codes(now)], [undefined, []]);
  });
});

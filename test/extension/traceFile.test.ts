/** "Save the run as a trace": the file, without an editor. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeTrace } from '../../extension/traceFile';

const moment = { position: 7, label: 'here' };
const part = (text: string, more: boolean, at = 0) => ({ moment, absent: [], text, more, at, end: 100 });

describe('extension: the trace of a run as a file', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kmem-trace-'));
    path = join(folder, 'run-trace.json');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is its parts put together, and tells how far it is', async () => {
    const parts = [part('a\u00e9', true, 20), part('b', true, 60), part('c', false, 100)];
    const told: number[] = [];
    const asked: number[] = [];
    const ask = async (n: number) => {
      asked.push(n);
      return parts[n];
    };
    assert.equal(await writeTrace(path, ask, (done) => told.push(done) > 0), true);
    assert.equal(readFileSync(path, 'utf8'), 'a\u00e9bc');
    assert.deepEqual(asked, [0, 1, 2]);
    assert.deepEqual(told, [0, 0.5, 1]);
    assert.deepEqual(readdirSync(folder), ['run-trace.json']);
  });
  it('may be longer than a text can be', async () => {
    // 600 MB: a string of Node has 512 M characters at most
    const text = 'x'.repeat(60_000_000);
    assert.equal(
      await writeTrace(
        path,
        async (n) => part(text, n < 9),
        () => true,
      ),
      true,
    );
    assert.equal(statSync(path).size, 600_000_000);
  }).timeout(60_000);
  const leaves = (what: string, act: () => Promise<unknown>, says?: RegExp) =>
    it(`${what}: what was there before stays, and nothing else`, async () => {
      writeFileSync(path, 'old');
      if (says) await assert.rejects(act, says);
      else assert.equal(await act(), false);
      assert.equal(readFileSync(path, 'utf8'), 'old');
      assert.deepEqual(readdirSync(folder), ['run-trace.json']);
    });
  leaves('ended', () =>
    writeTrace(
      path,
      async () => part('x', true),
      () => false,
    ),
  );
  leaves(
    'refused',
    () =>
      writeTrace(
        path,
        async () => assert.fail('the run has gone on'),
        () => true,
      ),
    /gone on/,
  );
  leaves(
    'not in the protocol',
    () =>
      writeTrace(
        path,
        async () => ({ text: 3 }),
        () => true,
      ),
    /as the protocol says/,
  );
  it('a folder that is not there', async () => {
    const nowhere = join(folder, 'nowhere', 'x.json');
    await assert.rejects(
      writeTrace(
        nowhere,
        async () => part('', false),
        () => true,
      ),
      /ENOENT/,
    );
    assert.ok(!existsSync(nowhere));
  });
});

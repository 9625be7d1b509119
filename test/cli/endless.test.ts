/** `kmem run` ends whatever the scenario does. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../../server/cli/command';
import { run as runFile } from '../../server/cli/runCommand';
import { Timeouts } from '../../server/kernel/time/timeout';
import { ENDLESS, STUCK } from '../endless';

describe('kmem run of what never ends', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kmem-endless-'));
  after(() => rmSync(folder, { recursive: true }));
  async function run(text: string, maxSteps: number) {
    const path = join(folder, 'scenario.kmem');
    writeFileSync(path, text);
    let [out, err] = ['', ''];
    const entries = [{ name: 'run', summary: '', load: async () => runFile }];
    const io = { out: (t: string) => void (out += t), err: (t: string) => void (err += t) };
    const status = await runCommand(entries, ['run', path, '--max-steps', String(maxSteps)], io);
    return { status, out, err };
  }
  for (const [what, text] of Object.entries(ENDLESS))
    it(`${what}: --max-steps ends it`, async () => {
      const { status, err } = await run(text, 20_000);
      assert.match(err, /gave up after 20\d{3} statements/);
      assert.equal(status, 1);
    });
  for (const [what, text] of Object.entries(STUCK))
    it(`${what}: a deadlock`, async () => {
      const { status, out, err } = await run(text, 20_000);
      assert.match(out, /\[ {3}21\.\d+\] rcu: INFO: rcu_preempt detected stalls on CPUs\/tasks:\n/);
      assert.match(out, /INFO: task main:12 blocked for more than 120 seconds\./);
      assert.match(err, /deadlock: nothing is left that could end the wait/);
      assert.equal(status, 1);
    });
  it('a mistake in kmem: exit status 70, told apart from the kernel’s log', async () => {
    const { expired } = Timeouts.prototype;
    Timeouts.prototype.expired = () => {
      throw new TypeError('ours');
    };
    try {
      const { status, out, err } = await run(
        'task main { printk("before\\n"); msleep(10); printk("after\\n"); }',
        1000,
      );
      assert.match(out, /^\[ {4}\d\.\d+\] before\n$/);
      assert.match(err, /^kmem has made a mistake: TypeError: ours\n/);
      assert.equal(status, 70);
    } finally {
      Timeouts.prototype.expired = expired;
    }
  });
});

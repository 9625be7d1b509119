/** `kmem run --perfetto OUT`: the trace of a run, and what is said where it cannot be written. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Io, runCommand } from '../../server/cli/command';
import { run as command } from '../../server/cli/runCommand';

const folder = mkdtempSync(join(tmpdir(), 'kmem-perfetto-'));
const file = (name: string): string => join(folder, name);
async function run(
  text: string,
  out: string,
  ...more: (string | Partial<Io>)[]
): Promise<{ status: number; out: string; err: string }> {
  writeFileSync(file('s.kmem'), text);
  const said = { out: '', err: '' };
  const entry = { name: 'run', summary: '', load: async () => command };
  const argv = more.filter((item) => typeof item === 'string');
  const [own] = more.filter((item) => typeof item !== 'string');
  const io = { out: (t: string) => void (said.out += t), err: (t: string) => void (said.err += t), ...own };
  const status = await runCommand([entry], ['run', file('s.kmem'), '--perfetto', out, ...argv], io);
  return { status, ...said };
}
after(() => rmSync(folder, { recursive: true }));

describe('kmem run --perfetto', () => {
  it('a run that is longer than what is kept of its past: all of it is there', async () => {
    const text =
      'machine { memory = 64M; cpus = 1; config KASAN = n; } task main { int i; for (i = 0; i < 30000; i++) kfree(kmalloc(64, GFP_KERNEL)); printk("done"); }';
    const { status, out } = await run(text, file('a.json'));
    assert.equal(status, 0);
    // what the run prints stays the same
    assert.match(out, /^\[ +\d+\.\d+\] done\n$/);
    const trace = JSON.parse(readFileSync(file('a.json'), 'utf8'));
    const named = (name: string) => trace.traceEvents.filter((e: { name: string }) => e.name === name).length;
    assert.deepEqual([named('kmalloc'), named('kfree'), trace.otherData.dropped], [30000, 30000, 0]);
    await run(text, file('b.json'), '--json');
    assert.ok(readFileSync(file('a.json')).equals(readFileSync(file('b.json'))), 'the same, byte for byte');
  });
  it('interrupted (Ctrl-C): the trace has the run so far, and its end', async () => {
    let asked = 0;
    const { status, err } = await run('task main { for (;;) kfree(kmalloc(8, GFP_KERNEL)); }', file('c.json'), {
      interrupted: async () => ++asked > 3,
    });
    assert.equal(status, 130);
    assert.match(err, /^kmem run: interrupted after \d+ statements; the trace has the run so far$/m);
    const trace = JSON.parse(readFileSync(file('c.json'), 'utf8'));
    assert.equal(trace.otherData.ended, 'not ended');
    assert.ok(trace.traceEvents.length > 1000);
  });
  it('a file that cannot be written', async () => {
    const wrong = async (out: string, message: RegExp) => {
      const { status, err } = await run('task main { printk("x"); }', out);
      assert.equal(status, 2, err);
      assert.match(err, message);
    };
    await wrong(file('nowhere/a.json'), /nowhere\/a\.json: there is no such folder; name a file in a folder that/);
    await wrong(folder, /--perfetto .*: it is a folder; name a file in it/);
    await wrong('/dev/full', /--perfetto \/dev\/full: the disk is full, and the file is not complete/);
    await wrong('-', /--perfetto names a file: standard output has what the kernel prints/);
    await wrong(file('s.kmem'), /that is a file of the scenario, which would be lost; name another file/);
    assert.equal(readFileSync(file('s.kmem'), 'utf8'), 'task main { printk("x"); }');
  });
  it('a scenario with mistakes leaves no file', async () => {
    assert.equal((await run('task main { ; ', file('none.json'))).status, 2);
    assert.throws(() => readFileSync(file('none.json')), /ENOENT/);
  });
});

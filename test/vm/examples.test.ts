/**
 * The examples and the sleep-in-atomic cases through `kmem run`: exit status, and for a faulty case the very line that `kmem check` underlines.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { check } from '../../server/cli/checkCommand';
import { runCommand } from '../../server/cli/command';
import { run } from '../../server/cli/runCommand';

const ROOT = resolve(__dirname, '../..');
interface Result {
  status: number;
  out: string;
  err: string;
}
async function kmem(...argv: string[]): Promise<Result> {
  const result: Result = { status: -1, out: '', err: '' };
  const commands = [
    { name: 'run', summary: '', load: async () => run },
    { name: 'check', summary: '', load: async () => check },
  ];
  result.status = await runCommand(commands, argv, {
    out: (text) => void (result.out += text),
    err: (text) => void (result.err += text),
  });
  return result;
}
interface Json {
  log: string[];
  reports: { kind: string; title: string; line: number; file: string; lines: string[] }[];
  expects: { passed: number; failed: number };
  ended: string;
  statements: number;
}
const SLEEPS = 'BUG: sleeping function called from invalid context';
/** examples of mistakes, and what the kernel says of each */
const FAULTY: Readonly<Record<string, string>> = {
  'nic-rx.kmem': SLEEPS,
  'stack-overflow.kmem': 'BUG: TASK stack guard page was hit',
  'use-after-free.kmem': 'BUG: KASAN: use-after-free in late_request+',
};

describe('examples through kmem run', () => {
  for (const name of readdirSync(join(ROOT, 'examples')).filter((n) => n.endsWith('.kmem'))) {
    it(name, async () => {
      const { status, out, err } = await kmem('run', join(ROOT, 'examples', name), '--json');
      assert.notEqual(status, 2, err);
      const result = JSON.parse(out) as Json;
      assert.equal(result.ended, 'ended', JSON.stringify(result.reports));
      assert.equal(result.expects.failed, 0, JSON.stringify(result.reports));
      assert.ok(result.expects.passed > 0, 'an example checks something');
      const fault = FAULTY[name];
      assert.equal(status, fault === undefined ? 0 : 1, JSON.stringify(result.reports.map((r) => r.title)));
      if (fault !== undefined) assert.ok(result.reports.some((r) => r.title.startsWith(fault)));
    });
  }
});

describe('sleep-in-atomic cases through kmem run', () => {
  const folder = (kind: string) => join(ROOT, 'test/fixtures/sleep-in-atomic', kind);
  for (const name of readdirSync(folder('faulty'))) {
    it(`faulty/${name}: the kernel reports the line that the linter underlines`, async () => {
      const path = join(folder('faulty'), name);
      const marked = readFileSync(path, 'utf8')
        .split('\n')
        .flatMap((line, i) => (line.includes('!sleep-in-atomic') ? [i + 1] : []));
      const { status, out, err } = await kmem('run', path, '--json');
      assert.equal(status, 1, err || out.slice(0, 2000));
      const lines = (JSON.parse(out) as Json).reports.filter((r) => r.title.startsWith('BUG: s')).map((r) => r.line);
      assert.deepEqual([...new Set(lines)], marked);
    });
  }
  for (const name of readdirSync(folder('correct'))) {
    it(`correct/${name}: runs to its end in silence`, async () => {
      const { status, out, err } = await kmem('run', join(folder('correct'), name));
      assert.equal(status, 0, `${err}${out}`);
    });
  }
});

describe('kmem run', () => {
  it('the kernel log on standard output', async () => {
    const { status, out } = await kmem('run', join(ROOT, 'examples/nic-rx-fixed.kmem'));
    assert.equal(status, 0);
    assert.match(out, /^\[ +\d+\.\d{6}\] /m);
  });
  it('wrong usage and unreadable files: 2, and one line', async () => {
    const wrong = async (argv: string[], expected: RegExp) => {
      const { status, err } = await kmem('run', ...argv);
      assert.equal(status, 2);
      assert.match(err, expected);
      assert.equal(err.trim().split('\n').length, 1);
    };
    const file = join(ROOT, 'examples/buddy.kmem');
    await wrong([], /FILE is missing/);
    await wrong(['/no/such.kmem'], /there is no such file/);
    await wrong([file, '--seed', 'x'], /--seed takes a whole number/);
    await wrong([file, '--set', 'a'], /--set takes NAME=VALUE/);
    await wrong([file, '--set', 'nothing=1'], /nothing/);
    await wrong([file, '--max-steps=-1'], /--max-steps/);
  });
  it('gives up on a run without end', async () => {
    const { status, err } = await kmem('run', join(ROOT, 'examples/buddy.kmem'), '--max-steps', '3');
    assert.equal(status, 1);
    assert.match(err, /gave up after 3 statements/);
  });
});

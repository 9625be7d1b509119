/** `kmem check`: its two forms of output and its exit status. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check } from '../../server/cli/checkCommand';
import { runCommand } from '../../server/cli/command';

const FAULTY = `static struct page *page;
irq rx {
    page = alloc_page(GFP_KERNEL);
}
`;
const CLEAN = `task t {
    msleep(1);
}
`;

describe('kmem check', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'kmem-check-'));
    writeFileSync(join(folder, 'faulty.kmem'), FAULTY);
    writeFileSync(join(folder, 'clean.kmem'), CLEAN);
    writeFileSync(join(folder, 'outer.kmem'), '#include "faulty.kmem"\n');
  });
  after(() => rmSync(folder, { recursive: true }));

  async function run(...argv: string[]): Promise<{ status: number; out: string; err: string }> {
    let out = '';
    let err = '';
    const io = { out: (t: string) => void (out += t), err: (t: string) => void (err += t) };
    const entry = { name: 'check', summary: '', load: async () => check };
    const status = await runCommand(
      [entry],
      ['check', ...argv.map((a) => (/kmem$/.test(a) ? join(folder, a) : a))],
      io,
    );
    return { status, out, err };
  }

  it('a finding, with its path below it', async () => {
    const { status, out } = await run('faulty.kmem');
    const [first, second] = out.replaceAll(`${folder}/`, '').split('\n');
    assert.match(first ?? '', /^faulty\.kmem:3:12: warning\[sleep-in-atomic\]: alloc_page\(\) may sleep here/);
    assert.equal(second, '    faulty.kmem:2:1: irq rx runs in hard interrupt context');
    assert.equal(status, 1);
  });
  it('nothing wrong: nothing printed', async () => {
    assert.deepEqual(await run('clean.kmem'), { status: 0, out: '', err: '' });
  });
  it('JSON: diagnostics of the Language Server Protocol', async () => {
    const { status, out } = await run('clean.kmem', 'faulty.kmem', '--json');
    const files = JSON.parse(out);
    assert.equal(status, 1);
    assert.deepEqual(files[0], { file: join(folder, 'clean.kmem'), diagnostics: [] });
    const [d] = files[1].diagnostics;
    assert.deepEqual(d.range, { start: { line: 2, character: 11 }, end: { line: 2, character: 33 } });
    assert.deepEqual([d.severity, d.code, d.source], [2, 'sleep-in-atomic', 'kmem']);
    const [entry] = d.relatedInformation;
    assert.match(entry.location.uri, /^file:.*faulty\.kmem$/);
    assert.deepEqual(entry.location.range.start, { line: 1, character: 0 });
  });
  it('a finding in an included file is placed there', async () => {
    const { status, out } = await run('outer.kmem', '--json');
    const files: { file: string; diagnostics: object[] }[] = JSON.parse(out);
    assert.equal(status, 1);
    assert.deepEqual(
      files.map((f) => [f.file.split('/').pop(), f.diagnostics.length]),
      [
        ['outer.kmem', 0],
        ['faulty.kmem', 1],
      ],
    );
  });
  it('a missing file: one line, exit status 2', async () => {
    const { status, out, err } = await run('absent.kmem');
    assert.equal(status, 2);
    assert.equal(out, '');
    assert.match(err, /^kmem check: .*absent\.kmem: there is no such file; give the path of a \.kmem file\n$/);
  });
  it('a missing file among others: the others are checked', async () => {
    const { status, out, err } = await run('absent.kmem', 'faulty.kmem');
    assert.equal(status, 2);
    assert.match(out, /faulty\.kmem:\d+:\d+: /);
    assert.match(err, /absent\.kmem: there is no such file/);
  });
});

/** `kmem check`: its two forms of output and its exit status. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
  it('--explain prints the page of a rule; a code that does not exist gets the nearest one', async () => {
    assert.match((await run('--explain', 'sleep-in-atomic')).out, /^# sleep-in-atomic\n[\s\S]*## Use instead/);
    assert.match((await run('--explain', 'undeclared')).out, /^undeclared: an undeclared name/);
    const { status, err } = await run('--explain', 'sleep-in-atomc');
    assert.equal(status, 2);
    assert.match(err, /did you mean 'sleep-in-atomic'\?/);
    assert.match((await run()).err, /FILE is missing/);
  });
  it('--fix applies what is safe and proven, and says what is left', async () => {
    const file = join(folder, 'fixable.kmem');
    writeFileSync(file, 'struct s { int n; };\nextern struct s *p;\ntask t {\n\tp.n = 1;\n\tundeclred();\n}\n');
    const { status, out } = await run('fixable.kmem', '--fix');
    assert.equal(status, 1);
    assert.match(readFileSync(file, 'utf8'), /p->n = 1;/);
    assert.doesNotMatch(out, /member-of-pointer/);
    assert.match(out, /undeclared-function/);
  });
  it('SARIF and annotations of GitHub', async () => {
    const log = JSON.parse((await run('faulty.kmem', '--format', 'sarif')).out);
    const [{ results, tool }] = log.runs;
    assert.equal(log.version, '2.1.0');
    assert.equal(results[0].ruleId, 'sleep-in-atomic');
    assert.equal(results[0].locations[0].physicalLocation.region.startColumn, 12);
    assert.equal(results[0].codeFlows[0].threadFlows[0].locations.length, 2);
    assert.deepEqual(
      tool.driver.rules.map((r: { id: string }) => r.id),
      ['sleep-in-atomic'],
    );
    const { out } = await run('faulty.kmem', '--format', 'github');
    assert.match(
      out,
      /^::warning file=.*faulty\.kmem,line=3,endLine=3,col=12,title=sleep-in-atomic::alloc_page\(\) may/,
    );
  });
  it('kmem.json turns rules off and changes how they count; what is wrong in it is said', async () => {
    const settings = join(folder, 'kmem.json');
    const withRules = async (text: string): Promise<{ status: number; out: string; err: string }> => {
      writeFileSync(settings, text);
      const result = await run('faulty.kmem');
      rmSync(settings);
      return result;
    };
    assert.deepEqual(await withRules('{ "rules": { "sleep-in-atomic": "off" } }'), { status: 0, out: '', err: '' });
    assert.match((await withRules('{ "rules": { "sleep-in-atomic": "error" } }')).out, / error\[sleep-in-atomic\]/);
    assert.equal((await withRules('{ "rules": { "sleep-in-atomic": "hint" } }')).status, 0);
    assert.match(
      (await withRules('{ "rules": { "sleepinatomic": "off" } }')).err,
      /is not a code of kmem; did you mean/,
    );
    assert.match((await withRules('{ "rules": { "sleep-in-atomic": "no" } }')).err, /is one of off, hint, info/);
    assert.match((await withRules('{ "rule": {} }')).err, /there is no setting 'rule'/);
    assert.match(
      (await withRules('{ "machine": { "preempt": "RT" } }')).err,
      /'preempt' is one of none, voluntary, full, rt/,
    );
    assert.match(
      (await withRules('{ "machine": { "kernel": "2.4" } }')).err,
      /a version from "2\.6\.32" to "6\.\d+" or later, not "2\.4"/,
    );
    assert.match(
      (await withRules('{ "machine": { "arch": "i386", "cpus": 64 } }')).err,
      /a number from 1 to 32, not 64/,
    );
    assert.match((await withRules('{ "machine": { "memory": "1G" } }')).err, /'machine' has no setting 'memory'/);
    assert.match((await withRules('{')).err, /kmem\.json: not JSON/);
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
  it('what is not text', async () => {
    writeFileSync(join(folder, 'utf16.kmem'), Buffer.from('\ufefftask main { }\n', 'utf16le'));
    const { status, err } = await run('utf16.kmem');
    assert.equal(status, 2);
    assert.match(err, /utf16\.kmem: it is not text in UTF-8; give the path of a \.kmem file/);
  });
});

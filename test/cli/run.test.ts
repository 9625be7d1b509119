/** `kmem run`: the log as it is printed, whole and in bounded memory. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../../server/cli/command';
import { run as command } from '../../server/cli/runCommand';

const folder = mkdtempSync(join(tmpdir(), 'kmem-run-'));
const path = join(folder, 's.kmem');

/** Runs a task's body; `slow` is the reader of standard output, which has to be waited for. */
async function run(body: string, argv: string[] = [], slow?: () => Promise<void>, cpus = 1) {
  writeFileSync(path, `machine { memory = 64M; cpus = ${cpus}; }\ntask main {\n${body}\n}\n`);
  let [out, err, chunks] = ['', '', 0];
  const entry = { name: 'run', summary: '', load: async () => command };
  const status = await runCommand([entry], ['run', path, ...argv], {
    out: (t) => {
      out += t;
      chunks++;
    },
    err: (t) => (err += t),
    ...(slow ? { taken: slow } : {}),
  });
  return { status, out, err, chunks };
}
/** Lines without their time stamps. */
const texts = (lines: readonly string[]) => lines.map((line) => line.replace(/^\[ *[\d.]+\] /, ''));
const printed = (out: string) => texts(out.split('\n').slice(0, -1));
async function json(body: string, ...argv: string[]) {
  const { out, status } = await run(body, ['--json', ...argv]);
  return {
    status,
    ...(JSON.parse(out) as { log: string[]; reports: { title: string }[]; dropped: number; trace?: string[] }),
  };
}

describe('kmem run', function () {
  this.timeout(20_000);
  after(() => rmSync(folder, { recursive: true }));

  const pieces =
    'int i; for (i = 0; i < 1000; i++) { printk("line %d:", i); i += 0; printk(KERN_CONT " ok\\n"); } printk("no end");';
  const expected = [...Array.from({ length: 1000 }, (_, i) => `line ${i}: ok`), 'no end'];
  it('lines in pieces are whole, wherever the output is flushed', async () => {
    const { out, chunks } = await run(pieces);
    assert.deepEqual(printed(out), expected);
    assert.ok(chunks > 4, 'flushed on the way');
  });
  it('lines in pieces are whole in --json', async () => {
    const { log, dropped } = await json(pieces);
    assert.deepEqual([texts(log), dropped], [expected, 0]);
  });
  it('kmem.json chooses the machine of a scenario without a block', async () => {
    const settings = join(folder, 'kmem.json');
    const body = '\tpr_info("%d", num_online_cpus());';
    const entry = { name: 'run', summary: '', load: async () => command };
    const cpus = async (machine: string): Promise<string[]> => {
      let out = '';
      writeFileSync(path, `${machine}task main {\n${body}\n}\n`);
      await runCommand([entry], ['run', path], { out: (t) => (out += t), err: (t) => (out += t) });
      return printed(out);
    };
    writeFileSync(settings, '{ "machine": { "cpus": 3 } }');
    assert.deepEqual(await cpus(''), ['3']);
    assert.deepEqual(await cpus('machine { memory = 64M; }\n'), ['2']);
    rmSync(settings);
    assert.deepEqual(await cpus(''), ['2']);
  });
  it('what kmem does not emulate yet ends the run, in words that are not the kernel’s', async () => {
    const zones = 'for (int i = 0; i < 2; i++) sim_fill_zone(&NODE_DATA(0)->node_zones[i], 4);';
    const { status, out, err } = await run(`${zones} alloc_page(GFP_KERNEL | __GFP_NOFAIL); printk("never");`);
    assert.deepEqual([status, out], [1, '']);
    assert.match(
      err,
      /^kmem: a request of order 0 with __GFP_NOFAIL .* the run ends here\nkmem: in main at .*s\.kmem:3\n$/,
    );
  });
  it('log and trace stand in order of time', async () => {
    const { out } = await run(
      'int i; struct page *p; for (i = 0; i < 900; i++) { p = alloc_page(GFP_KERNEL); printk("%d\\n", i); __free_page(p); }',
      ['--trace'],
    );
    const kinds = out
      .split('\n')
      .flatMap((line) => /mm_page_alloc:|mm_page_free:|\] \d+$/.exec(line)?.[0].replace(/\d/g, '') ?? []);
    assert.equal(kinds.length, 2700);
    assert.deepEqual(
      [...new Set(Array.from({ length: 900 }, (_, i) => kinds.slice(3 * i, 3 * i + 3).join()))],
      ['mm_page_alloc:,] ,mm_page_free:'],
    );
  });

  const many = 'int i; for (i = 0; i < 60000; i++) printk("line %d\\n", i);';
  it('prints everything, and waits for its reader', async () => {
    let waits = 0;
    const { out } = await run(many, [], async () => {
      waits++;
    });
    const lines = printed(out);
    assert.deepEqual([lines.length, lines[0], lines.at(-1)], [60_000, 'line 0', 'line 59999']);
    assert.ok(waits >= 60_000 / 512, `waited ${waits} times`);
  });
  it('--json keeps the newest of the log, within --memory-mb, and says what is gone', async () => {
    const { log, dropped, status } = await json(many, '--memory-mb', '8');
    assert.deepEqual([status, texts(log).at(-1), texts(log)[0]], [0, 'line 59999', `line ${dropped}`]);
    assert.equal(log.length + dropped, 60_000);
    assert.ok(log.length > 10_000 && log.length < 40_000, `${log.length} lines`);
    assert.deepEqual((await json(many)).dropped, 0, '256 MB have room for all');
    assert.deepEqual((await json(many, '--memory-mb', '4096')).dropped, 0, 'more than 32 bits of bytes');
  });
  it('a failure that has been dropped from the log still counts', async () => {
    const { reports, status, dropped } = await json(`expect(jiffies == 1); ${many}`, '--memory-mb', '4');
    assert.ok(dropped > 0);
    assert.deepEqual([status, reports], [1, []]);
  });

  const proc = (machine: string) => join(__dirname, '../fixtures/proc', machine);
  it('--recorded: the scenario runs on a real machine with what was free there', async () => {
    const body = `
      struct zone *z = &NODE_DATA(0)->node_zones[ZONE_DMA32];
      expect(zone_managed_pages(z) == 48851);
      expect(min_wmark_pages(z) == 414);
      pr_info("%lu %lu", z->free_area[10].nr_free, z->free_area[9].nr_free);
      struct page *p = alloc_pages(GFP_KERNEL, 4);
      expect(p);
      __free_pages(p, 4);`;
    const { status, out, err } = await run(body, ['--recorded', proc('amd64-256-cpus1-nodes1')]);
    assert.deepEqual([status, err, printed(out)], [0, '', ['37 2']]);
  });
  it('--recorded: what does not fit is said', async () => {
    const other = await run('expect(1);', ['--recorded', proc('i386-1024-cpus1-nodes1')]);
    assert.equal(other.status, 2);
    assert.match(
      other.err,
      /the recorded machine is i386, and the scenario is for x86_64: write machine \{ arch = i386; \}/,
    );
    const none = await run('expect(1);', ['--recorded', join(folder, 'none')]);
    assert.deepEqual([none.status, none.out], [2, '']);
    assert.match(none.err, /none: there is no such file/);
    const cpu = await run('} task other on cpu 1 {', ['--recorded', proc('amd64-256-cpus1-nodes1')], undefined, 2);
    assert.equal(cpu.status, 2);
    assert.match(cpu.err, /error\[not-executable\]: there is no CPU 1: the machine has 1/);
  });
  it('locals that no stack can hold are refused where they are declared', async () => {
    const { status, err } = await run('int one = 1;\n int a[10000000] = { [0 ... 9999999] = one };');
    assert.equal(status, 2);
    assert.match(
      err,
      /:4:6: error\[not-executable\]: with 'a' the locals take 40000\d{3} bytes, and no kernel stack has/,
    );
  });
});

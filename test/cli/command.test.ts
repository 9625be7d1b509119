import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { boot } from '../../server/cli/bootCommand';
import type { Command, CommandEntry } from '../../server/cli/command';
import { runCommand } from '../../server/cli/command';
import { dap } from '../../server/cli/dapCommand';
import { layout } from '../../server/cli/layoutCommand';

const echo: Command = {
  usage: 'WORD… [--loud]',
  options: {
    loud: { type: 'boolean', help: 'in capitals', short: 'l' },
    tag: { type: 'string', value: 'T', help: 'a tag', multiple: true },
    seed: { type: 'string', value: 'N', help: 'a number' },
  },
  positionals: { min: 1, max: 2, names: 'WORD' },
  run: (values, words, io) => {
    io.out(JSON.stringify({ ...values, words }));
    return 0;
  },
};
const entries: readonly CommandEntry[] = Object.entries({ boot, layout, echo, dap }).map(([name, command]) => ({
  name,
  summary: `what ${name} does`,
  load: async () => command,
}));

async function run(...argv: string[]): Promise<{ status: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const status = await runCommand(entries, argv, { out: (t) => (out += t), err: (t) => (err += t) });
  return { status, out, err };
}
/** Wrong usage: status 2, nothing on stdout, one line that matches. */
const wrong = (argv: string, line: RegExp) =>
  it(`kmem ${argv}`, async () => {
    const result = await run(...argv.split(' ').filter(Boolean));
    assert.match(result.err, line);
    assert.equal(result.err.split('\n').length, 2, 'one line');
    assert.deepEqual([result.status, result.out], [2, '']);
  });

describe('command line: wrong usage gives one line with the correction', () => {
  wrong('bot', /^kmem: unknown command bot; did you mean boot\?/);
  wrong('xyzzy', /^kmem: unknown command xyzzy; kmem --help lists the commands/);
  wrong('help bot', /^kmem: unknown command bot; did you mean boot\?/);
  wrong('--json boot', /unknown option --json before a command/);
  wrong('boot --shwo zoneinfo', /^kmem boot: unknown option --shwo; did you mean --show\?/);
  wrong('boot --shw=zoneinfo', /unknown option --shw; did you mean --show\?/);
  wrong('boot --show', /--show needs a value: --show WHAT/);
  wrong('boot --show --json', /--show needs a value/);
  wrong('boot --show zoneinf', /--show doesn't take zoneinf; did you mean zoneinfo\?/);
  wrong('boot --show everything', /--show doesn't take everything; it takes zoneinfo, buddyinfo/);
  wrong('boot --json=yes', /--json takes no value/);
  wrong('boot zoneinfo', /"zoneinfo" is too much; usage: kmem boot \[--machine/);
  wrong('boot --machine a --recorded b', /exclude each other/);
  wrong('boot --machine /nowhere/x.kmem', /^kmem boot: \/nowhere\/x\.kmem: there is no such file/);
  wrong('boot --recorded /nowhere', /^kmem boot: \/nowhere: there is no such file or folder$/m);
  wrong('boot --recorded /', /^kmem boot: \/: the file zoneinfo is missing/);
  wrong('dap --port x', /^kmem dap: --port takes a whole number from 0 to 65535, not x/);
  wrong('dap --port 65536', /not 65536/);
  wrong('dap now', /"now" is too much; usage: kmem dap \[--port N\]/);
  wrong('layout', /STRUCT is missing; usage: kmem layout STRUCT/);
  wrong('layout pgae', /no such struct pgae on x86_64 with slub; did you mean page\?/);
  wrong('layout kmem_cache_cpu --allocator slab', /no such struct kmem_cache_cpu on x86_64 with slab/);
  wrong('layout page --allocator buddy', /--allocator doesn't take buddy; it takes slub, slab, slob/);
  wrong('layout struct', /STRUCT is missing/);
  wrong('layout page zone', /one structure at a time/);
  wrong('layout page --arch arm', /--arch doesn't take arm; it takes x86_64, i386, i386_pae/);
  wrong('echo', /WORD is missing/);
  wrong('echo a b c', /"c" is too much \(WORD\)/);
  wrong('echo a --seed 1 --seed 2', /--seed is given twice/);
});

describe('command line', () => {
  it('kmem --version', async () => assert.match((await run('--version')).out, /^kmem \d+\.\d+\.\d+\n$/));
  it('options, lists, short names, --', async () => {
    const said = async (...argv: string[]) => JSON.parse((await run('echo', ...argv)).out) as object;
    assert.deepEqual(await said('a', '--loud'), { loud: true, words: ['a'] });
    assert.deepEqual(await said('-l', 'a'), { loud: true, words: ['a'] });
    assert.deepEqual(await said('--tag', 'x', 'a', '--tag=y'), { tag: ['x', 'y'], words: ['a'] });
    assert.deepEqual(await said('--seed', '-1', '--', '--loud'), { seed: '-1', words: ['--loud'] });
  });
  it('--help of all and of each', async () => {
    for (const argv of [['--help'], ['-h'], ['help']]) {
      const { status, out } = await run(...argv);
      assert.equal(status, 0);
      assert.match(out, /^usage: kmem COMMAND/);
      for (const e of entries) assert.match(out, new RegExp(`\n {2}${e.name} +${e.summary.slice(0, 10)}`));
    }
    for (const argv of [
      ['boot', '--help'],
      ['boot', '-h', '--nonsense'],
      ['help', 'boot'],
    ]) {
      const { status, out } = await run(...argv);
      assert.deepEqual([status, out.split('\n')[0]?.slice(0, 16)], [0, 'usage: kmem boot']);
      assert.match(out, /\n {2}--show WHAT {6}zoneinfo unless given: zoneinfo, buddyinfo/);
    }
    assert.equal((await run()).status, 2, 'no command is wrong usage');
    assert.match((await run('dap', '--help')).out, /--port N/);
  });
  it('layout: JSON and text', async () => {
    const json = JSON.parse((await run('layout', 'page', '--arch', 'i386', '--json')).out);
    assert.equal(json.size, 40);
    assert.deepEqual(json.fields._refcount, { offset: 28, size: 4, type: 'atomic_t' });
    const slab = JSON.parse((await run('layout', 'struct', 'slab', '--json')).out);
    assert.deepEqual(slab.fields.objects, { offset: 40, size: 4, type: 'unsigned int', bit: 16, bits: 15 });
    const { out, status } = await run('layout', 'mutex');
    assert.equal(status, 0);
    assert.match(out, /^struct mutex \{\n\tatomic_long_t owner; +\/\* +0 +8 \*\/\n/);
    assert.match(out, /\t\/\* size: 32, members: 4, alignment: 8 \*\/\n\};\n$/);
    assert.match((await run('layout', 'pglist_data')).out, /\/\* XXX 4 bytes hole, at \d+ \*\//);
    assert.match((await run('layout', 'atomic_t')).out, /^struct atomic_t \{\n\tint counter; /);
  });
  it('boot: every view, as text and JSON', async () => {
    for (const show of [
      'zoneinfo',
      'buddyinfo',
      'pagetypeinfo',
      'vmstat',
      'meminfo',
      'slabinfo',
      'vmallocinfo',
      'iomem',
      'layout',
      'page_tables',
    ]) {
      const plain = await run('boot', '--show', show);
      assert.deepEqual([plain.status, plain.err], [0, ''], show);
      const json = await run('boot', '--show', show, '--json');
      assert.equal(typeof JSON.parse(json.out), 'object', show);
    }
    const { zones, min_free_kbytes } = JSON.parse((await run('boot', '--json')).out);
    assert.equal(min_free_kbytes, 45056);
    const { free: _free, boost: _boost, pagesets: _sets, ...dma } = zones[0];
    assert.deepEqual(dma, {
      node: 0,
      name: 'DMA',
      spanned: 4095,
      present: 3998,
      managed: 3840,
      start_pfn: 1,
      min: 177,
      low: 221,
      high: 265,
      protection: [0, 937, 937, 937, 937],
      pcp: { high: 110, batch: 1 },
    });
  });

  const folder = mkdtempSync(join(tmpdir(), 'kmem-cli-'));
  after(() => rmSync(folder, { recursive: true }));
  const machine = async (text: string) => {
    const path = join(folder, 'machine.kmem');
    writeFileSync(path, text);
    return { path, ...(await run('boot', '--machine', path, '--json')) };
  };
  it('boot --machine takes the machine of a scenario, whatever else is in it', async () => {
    const { out } = await machine('machine { arch = i386; memory = 64M; cpus = 1; }\ntask main { nonsense(); }\n');
    const { zones } = JSON.parse(out) as { zones: { name: string; present: number }[] };
    assert.deepEqual(
      zones.map((z) => [z.name, z.present]),
      [
        ['DMA', 3998],
        ['Normal', 12256],
        ['HighMem', 0],
        ['Movable', 0],
      ],
    );
  });
  it('boot --machine: mistakes in it have their position', async () => {
    const wrong = await machine('machine {\n\tmemory = 64Q;\n}\ntask main {}\n');
    assert.equal(wrong.status, 2);
    assert.match(wrong.err, /machine\.kmem:2:\d+: error\[[a-z-]+\]: .*memory/);
    const small = await machine('machine { memory = 16M; }\ntask main {}\n');
    assert.equal(small.status, 2);
    assert.match(small.err, /machine\.kmem: memory = 16M is too small/);
  });
  it('boot --recorded', async () => {
    const file = join(__dirname, '../fixtures/machines/i386-1024-cpus1-nodes1.json');
    const { zones, min_free_kbytes } = JSON.parse((await run('boot', '--recorded', file, '--json')).out);
    assert.equal(min_free_kbytes, 43144);
    assert.deepEqual(zones[1].pcp, { high: 13243, batch: 63 });
    const bad = join(folder, 'bad.json');
    writeFileSync(bad, '{"zones": 3');
    assert.match((await run('boot', '--recorded', bad)).err, /bad\.json: not JSON: /);
    writeFileSync(bad, '{}');
    assert.match((await run('boot', '--recorded', bad)).err, /bad\.json: "run" is missing/);
  });
  it('boot --recorded with a folder of /proc files', async () => {
    const proc = join(__dirname, '../fixtures/proc/i386-pae-2048-cpus4-nodes1');
    const { out } = await run('boot', '--recorded', proc, '--show', 'pagetypeinfo');
    assert.equal(out, readFileSync(join(proc, 'pagetypeinfo'), 'utf8'));
    const none = await run('boot', '--recorded', folder);
    assert.deepEqual([none.status, none.out], [2, '']);
    assert.match(none.err, /^kmem boot: .*: the file zoneinfo is missing: it says where the zones lie\n$/);
  });
});

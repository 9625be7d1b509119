/** `kmem map`: the physical map in a terminal and as a picture. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { runCommand } from '../../server/cli/command';
import { map as command } from '../../server/cli/map/mapCommand';
import { PHYSICAL_MAP_ANSWER } from '../../server/debugger/inspector/shapes/physicalMap';

const folder = mkdtempSync(join(tmpdir(), 'kmem-map-'));
const file = join(folder, '<s>&.kmem');
after(() => rmSync(folder, { recursive: true }));

const SCENARIO = `machine { memory = 64M; cpus = 1; config KASAN = n; }
static struct page *p;
task main {
	int i;

	for (i = 0; i < 3; i++)
		p = alloc_pages(GFP_KERNEL, 9);
	free_pages((unsigned long)page_address(p), 9);
}
`;
interface Result {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}
async function run(argv: readonly string[], { colours = false, text = SCENARIO } = {}): Promise<Result> {
  writeFileSync(file, text);
  let [out, err] = ['', ''];
  const entry = { name: 'map', summary: '', load: async () => command };
  const io = { out: (t: string) => void (out += t), err: (t: string) => void (err += t), colours };
  const status = await runCommand([entry], ['map', file, ...argv], io);
  return { status, out, err };
}
/** Pages in the legend's line for a name. */
const pagesOf = (out: string, name: string): number =>
  Number(new RegExp(`^.?\\s+(\\d+) pages?\\s+${name}$`, 'm').exec(out)?.[1] ?? 0);
/** What a moment shows for a name. */
async function check(at: string | undefined, expected: number): Promise<void> {
  const { out, status } = await run(at === undefined ? [] : ['--at', at]);
  assert.equal(status, 0);
  const before = (await run(['--at', 'start'])).out;
  assert.equal(pagesOf(out, 'allocated') - pagesOf(before, 'allocated'), expected, `${at}`);
}
async function wrong(argv: readonly string[], message: RegExp): Promise<void> {
  const { status, out, err } = await run(argv);
  assert.deepEqual([status, out], [2, '']);
  assert.match(err, message);
}

describe('kmem map', () => {
  it('shows the machine at a moment of the run', async () => {
    await check('start', 0);
    await check(':7', 0);
    await check(':7:2', 512);
    await check(':8', 1536);
    await check('end', 1024);
    await check(undefined, 1024);
    await check('4', 512);
  });
  it('a sign for each cell, the zones, the indexes', async () => {
    const { out } = await run([]);
    const lines = out.split('\n');
    assert.match(lines[0] ?? '', /s>&\.kmem at .*: 63\.9 MiB of addresses, a cell is 32 KiB/);
    assert.ok(
      lines.some((line) => /^0x[0-9a-f]{4} .*a{64}/.test(line)),
      out,
    );
    assert.match(out, /^node 0, zone {6}DMA {2}pfn 0x1–0xfff, managed 3840, free 3840$/m);
    assert.match(out, /^ +0 +1 +2 +3 +4 +5 +6 +7 +8 +9 +10$/m);
    assert.match(out, /^node 0, zone {6}DMA( +-1\.000){11}$/m);
  });
  it('by another colour', async () => {
    assert.equal(pagesOf((await run(['--by', 'site'])).out, 'main, <s>&\\.kmem:7'), 1024);
    assert.equal(pagesOf((await run(['--by', 'zone'])).out, 'DMA32'), 65536 / 4 - 4096 - 32);
    await wrong(['--by', 'zones'], /--by doesn't take zones; did you mean zone\?/);
  });
  it('colours only where the reader shows them', async () => {
    assert.ok(!(await run([])).out.includes('\x1b'));
    const { out } = await run([], { colours: true });
    assert.ok(out.includes('\x1b[48;2;'));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is asked for
    assert.equal(out.replace(/\x1b\[[\d;]*m/g, '').replace(/ +$/gm, ''), (await run([])).out.replace(/ +$/gm, ''));
  });
  it('a picture of the same cells, in which names are text', async () => {
    const path = join(folder, 'map.svg');
    const { status, out } = await run(['--svg', path, '--by', 'site']);
    assert.deepEqual([status, out], [0, '']);
    const svg = readFileSync(path, 'utf8');
    assert.match(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 \d+ \d+"/);
    assert.ok(svg.includes('main, &#60;s&#62;&#38;.kmem:7: 1024 pages, 4 MiB'), svg.slice(-2000));
    assert.ok(!svg.includes('<s>'));
    const widths = [...svg.matchAll(/<rect x="\d+" y="\d+" width="(\d+)" height="10"/g)].map((m) => Number(m[1]));
    assert.equal(
      widths.reduce((sum, width) => sum + width, 0),
      (10 * (65536 / 4 - 32)) / 4,
    );
  });
  it('as JSON: the answer of the request', async () => {
    const answer = v.parse(PHYSICAL_MAP_ANSWER, JSON.parse((await run(['--json'])).out));
    assert.equal(answer.window.pagesPerCell, 4);
    assert.equal((await run(['--json'])).out, (await run(['--json'])).out);
  });
  it('does not write over the scenario, nor over what it includes', async () => {
    const text = `#include "part.kmem"\n${SCENARIO}`;
    writeFileSync(join(folder, 'part.kmem'), 'static int n;\n');
    for (const path of [file, join(folder, '.', 'part.kmem')]) {
      const { status, err } = await run(['--svg', path], { text });
      assert.equal(status, 2);
      assert.match(err, /that is a file of the scenario, which would be lost; name another file/);
      assert.ok(!readFileSync(path, 'utf8').includes('<svg'));
    }
  });
  it('a picture on standard output', async () => {
    assert.match((await run(['--svg', '-'])).out, /^<svg xmlns/);
  });
  it("the machine of the scenario's kmem.json, and a recorded one, as for run", async () => {
    const text = 'task main { }';
    const before = (await run([], { text })).out;
    writeFileSync(join(folder, 'kmem.json'), '{ "machine": { "arch": "i386" } }');
    const after = (await run([], { text })).out;
    rmSync(join(folder, 'kmem.json'));
    assert.doesNotMatch(before, /zone +Normal.*\n.*zone +HighMem/);
    assert.match(after, /zone +Normal.*\n.*zone +HighMem/);
    const recorded = await run(['--recorded', 'test/fixtures/machines/amd64-256-cpus1-nodes1.json'], { text });
    assert.match(recorded.out, /: 255\.9 MiB of addresses/);
  });
  it('says what is wrong', async () => {
    await wrong(['--at', 'noon'], /^kmem map: --at takes start, end, .*; not noon$/m);
    await wrong(['--at', ':7:0'], /--at takes start/);
    await wrong(['--at', '999'], /^kmem map: --at 999: the run ends after \d+ statements$/m);
    await wrong(['--at', ':1'], /:1: no statement begins on that line/);
    await wrong(['--at', ':7:4'], /:7:4: the line runs 3 times/);
    await wrong(['--svg', join(folder, 'nowhere/x.svg')], /x\.svg: there is no such folder; name a file in a folder/);
    await wrong(['--svg', folder], /it is a folder; name a file in it/);
    await wrong(['--svg', '/dev/full'], /--svg \/dev\/full: the disk is full/);
    await wrong(['--recorded', join(folder, 'none')], /none: there is no such file or folder/);
    await wrong(['--svg', 'x', '--json'], /exclude each other/);
    const { status, err } = await run([], { text: 'task main { int x = ; }' });
    assert.equal(status, 2);
    assert.match(err, /:1:21: error/);
  });
});

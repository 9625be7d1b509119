/** `kmem run --stats`: what allocations cost, and the events that it is counted from. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../../server/cli/command';
import { run as command } from '../../server/cli/runCommand';

const folder = mkdtempSync(join(tmpdir(), 'kmem-stats-'));
const path = join(folder, 's.kmem');
async function run(text: string, ...argv: string[]): Promise<string> {
  writeFileSync(path, `machine { memory = 64M; cpus = 2; config KASAN = n; }\n${text}\n`);
  let out = '';
  const entry = { name: 'run', summary: '', load: async () => command };
  const io = { out: (t: string) => void (out += t), err: (t: string) => assert.fail(t) };
  assert.equal(await runCommand([entry], ['run', path, ...argv], io), 0);
  return out;
}
interface Counts {
  calls: number;
  failed: number;
  requested: number;
  allocated: number;
  held: number;
  peak: number;
  lost: number;
}
interface Stats {
  sites: (Counts & { file: string | null; line: number | null; function: string; allocator: string; kind: string })[];
  allocators: Record<string, Counts>;
  pagesBelow: Counts;
  zones: { node: number; zone: string; unusable: number[]; fragmentation: number[] }[];
  costs: { size: number; kmalloc: number | null; pages: number | null; vmalloc: number; vmallocAddresses: number }[];
}
const stats = async (text: string): Promise<Stats> => JSON.parse(await run(text, '--stats', '--json')).stats;
/** LINE FUNCTION ALLOCATOR KIND: calls/failed requested/allocated held/peak */
const rows = ({ sites }: Stats): string[] =>
  sites.map(
    (s) =>
      `${s.line} ${s.function} ${s.allocator} ${s.kind}: ${s.calls}/${s.failed} ${s.requested}/${s.allocated} ${s.held}/${s.peak}`,
  );
const body = (text: string): string => `task main { ${text} }`;

after(() => rmSync(folder, { recursive: true }));

describe('kmem run --stats', () => {
  it('an area is one allocation: what describes it is not, and its pages are below', async () => {
    const found = await stats(body('static void *p; p = vmalloc(3 * PAGE_SIZE);'));
    assert.deepEqual(rows(found), ['2 vmalloc vmalloc 3 pages: 1/0 12288/12288 12288/12288']);
    assert.deepEqual(Object.keys(found.allocators), ['vmalloc']);
    // three of its own, and tables or slabs, all of them whole pages
    assert.ok(found.pagesBelow.calls >= 3 && found.pagesBelow.held % 4096 === 0);
  });
  it('allocations by site, allocator and kind', async () => {
    assert.deepEqual(
      rows(
        await stats(
          body(`int i; void *p[4];
for (i = 0; i < 4; i++) p[i] = kmalloc(100, GFP_KERNEL);
kfree(p[0]); kfree(p[1]); p[0] = kzalloc(3000, GFP_KERNEL);
struct page *a = alloc_pages(GFP_KERNEL, 2), *b = alloc_page(GFP_KERNEL); __free_page(b);
kfree(kmalloc(10000, GFP_KERNEL));`),
        ),
      ),
      [
        '5 alloc_pages pages order 2: 1/0 16384/16384 16384/16384',
        '6 kmalloc kmalloc 16384 bytes: 1/0 10000/16384 0/16384',
        '4 kzalloc kmalloc 4096 bytes: 1/0 3000/4096 4096/4096',
        '5 alloc_pages pages order 0: 1/0 4096/4096 0/4096',
        '3 kmalloc kmalloc 128 bytes: 4/0 400/512 256/512',
      ],
    );
  });
  it('objects of caches, per-CPU memory, failures', async () => {
    const { sites, allocators } = await stats(
      `struct thing { char c[100]; };
task main { struct kmem_cache *c = kmem_cache_create("thing", 100, 0, 0, NULL);
void *o = kmem_cache_alloc(c, GFP_KERNEL);
sim_fail_next(kmem_cache_alloc, 1); void *q = kmem_cache_alloc(c, GFP_KERNEL | __GFP_NOWARN);
int __percpu *x = alloc_percpu(int); free_percpu(x);
kmem_cache_free(c, o); }`,
    );
    const shown = rows({ sites } as Stats).filter((row) => !row.startsWith('3 '));
    assert.deepEqual(shown, [
      '4 kmem_cache_alloc cache thing: 1/0 100/104 0/104',
      '6 __alloc_percpu percpu 4 bytes: 1/0 8/8 0/8',
      '5 kmem_cache_alloc cache thing: 1/1 0/0 0/0',
    ]);
    assert.equal(allocators.cache?.failed, 1);
  });
  it('vmalloc memory, and the pages below it', async () => {
    const got = await stats(body('void *v = vmalloc(5000);\nvoid *w = vzalloc(100000);\nvfree(v);'));
    const areas = rows(got).filter((row) => row.includes(' pages: '));
    assert.deepEqual(areas, [
      '3 vzalloc vmalloc 25 pages: 1/0 100000/102400 102400/102400',
      '2 vmalloc vmalloc 2 pages: 1/0 5000/8192 0/8192',
    ]);
    assert.ok(got.pagesBelow.calls >= 27 && got.pagesBelow.held >= 102400);
  });
  it('pages in bulk', async () => {
    const got = await stats(body('struct page *p[5] = {};\nalloc_pages_bulk_array(GFP_KERNEL, 5, p);'));
    assert.deepEqual(rows(got), ['3 alloc_pages_bulk_array pages order 0: 5/0 20480/20480 20480/20480']);
  });
  it('an element of a pool counts where the pool is asked', async () => {
    const { sites } = await stats(
      `task main { mempool_t *p = mempool_create_kmalloc_pool(2, 50);
void *e = mempool_alloc(p, GFP_KERNEL);
mempool_free(e, p); }`,
    );
    assert.ok(rows({ sites } as Stats).includes('3 mempool_kmalloc kmalloc 64 bytes: 1/0 50/64 0/64'));
  });
  it('what is lost inside blocks, and what the allocators take below', async () => {
    const { allocators, pagesBelow } = await stats(body('int i; for (i = 0; i < 50; i++) kmalloc(3000, GFP_KERNEL);'));
    const { kmalloc } = allocators;
    assert.deepEqual([kmalloc?.requested, kmalloc?.allocated, kmalloc?.lost], [150_000, 204_800, 26.8]);
    assert.ok(pagesBelow.allocated >= 204_800 - 8 * 4096 && pagesBelow.held === pagesBelow.allocated);
  });
  it('free memory by order: nothing is unusable for single pages, more the larger the order', async () => {
    const { zones } = await stats(body('alloc_page(GFP_KERNEL);'));
    assert.deepEqual(
      zones.map((z) => z.zone),
      ['DMA', 'DMA32'],
    );
    for (const { unusable, fragmentation } of zones) {
      assert.equal(unusable[0], 0);
      assert.deepEqual(
        unusable,
        unusable.toSorted((a, b) => a - b),
      );
      assert.equal(fragmentation[0], -1000);
    }
  });
  it('kmalloc, pages and vmalloc for the sizes that were asked for', async () => {
    const { costs } = await stats(
      body('kmalloc(20, GFP_KERNEL); kmalloc(9000, GFP_KERNEL); kmalloc(9000, GFP_KERNEL);'),
    );
    assert.deepEqual(costs, [
      { size: 20, kmalloc: 32, pages: 4096, vmalloc: 4096, vmallocAddresses: 8192 },
      { size: 9000, kmalloc: 16384, pages: 16384, vmalloc: 12288, vmallocAddresses: 16384 },
    ]);
  });
  it('tables behind the log', async () => {
    const out = await run(body('printk("first"); kmalloc(100, GFP_KERNEL);'), '--stats');
    assert.match(out, /^\[ +[\d.]+\] first\nAllocations by site/);
    assert.match(out, /\n {2}SITE +FUNCTION +ALLOCATOR +KIND +CALLS +FAILED +REQUESTED +ALLOCATED +LOST +HELD +PEAK\n/);
    assert.match(out, /\n {2}s\.kmem:2 +kmalloc +kmalloc +128 bytes +1 +0 +100 +128 +21\.9% +128 +128\n/);
    assert.match(out, /\n {2}0 +DMA32 +0\.000 /);
    assert.match(out, /\n {3}100 +128 +4096 +4096 +8192\n/);
    assert.match(await run(body('printk("first");'), '--stats'), /^\[.*\nAllocations .*\n {2}none\n/);
  });
});

describe('kmem run --trace', () => {
  const events = async (text: string): Promise<string[]> =>
    (await run(body(text), '--trace'))
      .split('\n')
      .filter((line) => /: (?:kmalloc|kmem_cache_\w+|kfree|percpu_\w+): /.test(line))
      .map((line) =>
        line
          .replace(/^.*\d: /, '')
          .replace(/main\+\S+/g, 'main')
          .replace(/0x[0-9a-f]{5,}/g, '0x#'),
      );

  it('the events of kmalloc, caches and per-CPU memory', async () => {
    assert.deepEqual(await events('kfree(kmalloc(100, GFP_ATOMIC)); kfree(NULL); kfree(kmalloc(9000, GFP_KERNEL));'), [
      'kmalloc: call_site=main [s] ptr=0x# bytes_req=100 bytes_alloc=128 gfp_flags=0xa20 node=-1',
      'kfree: call_site=main [s] ptr=0x#',
      'kfree: call_site=main [s] ptr=0x0',
      'kmalloc: call_site=main [s] ptr=0x# bytes_req=9000 bytes_alloc=16384 gfp_flags=0xcc0 node=-1',
      'kfree: call_site=main [s] ptr=0x#',
    ]);
    const cache = await events(
      'struct kmem_cache *c = kmem_cache_create("thing", 100, 0, 0, NULL); kmem_cache_free(c, kmem_cache_alloc(c, GFP_KERNEL)); free_percpu(alloc_percpu(long));',
    );
    assert.deepEqual(cache.slice(-4), [
      'kmem_cache_alloc: call_site=main [s] ptr=0x# name=thing bytes_req=100 bytes_alloc=104 gfp_flags=0xcc0 node=-1',
      'kmem_cache_free: call_site=main [s] ptr=0x# name=thing',
      'percpu_alloc_percpu: call_site=main [s] size=8 align=8 ptr=0x# bytes_alloc=16 gfp_flags=0xcc0',
      'percpu_free_percpu: ptr=0x#',
    ]);
  });
});

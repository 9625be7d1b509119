/** The inspector's physical map: what frames are used for at any resolution, what a step changed, search; and sums that equal the kernel's. */
import assert from 'node:assert/strict';
import { Allocations } from '../../../server/debugger/inspector/physicalMap/allocations';
import { Frames } from '../../../server/debugger/inspector/physicalMap/frameIndex';
import { physicalMap } from '../../../server/debugger/inspector/physicalMap/mapAnswer';
import { mapCell } from '../../../server/debugger/inspector/physicalMap/mapCell';
import { mapSearch } from '../../../server/debugger/inspector/physicalMap/mapSearch';
import { mapState } from '../../../server/debugger/inspector/physicalMap/mapState';
import { OWNER_KINDS } from '../../../server/debugger/inspector/shapes/common';
import {
  type MapColour,
  type PhysicalMapAnswer,
  type PhysicalMapQuestion,
  type Series,
  valuesOf,
} from '../../../server/debugger/inspector/shapes/physicalMap';
import type { Session } from '../../../server/debugger/session';
import { MAX_ORDER } from '../../../server/kernel/mm/zone';
import { PAGE_SIZE } from '../../../server/types/pageSize';
import { Dice } from '../../generate';
import { ask, go, inspected } from './inspected';
import { atRandomMoments } from './randomMoments';

const MACHINE = 'machine { memory = 256M; cpus = 2; allocator = slub; config KASAN = n; }';
const ARCHES = ['x86_64', 'i386', 'i386_pae'] as const;

/** Stopped at `// stop`, behind the body. */
function stopped(body: string, machine = MACHINE, before = ''): Session {
  return go(inspected(`${machine}\n${before}\ntask main {\n${body}\n\tjiffies; // stop\n}\n`));
}
/** What an expression, a number, is at the session's moment. */
const number = (s: Session, text: string): number => Number(s.target.evaluate(text, s.topFrame()).value);
const pfnOf = (s: Session, page: string): number => number(s, `page_to_pfn(${page})`);
/** The names of what is shown, frame by frame. */
async function namesAt(s: Session, first: number, pages: number, colour: MapColour = 'owner'): Promise<string[]> {
  const map = await ask(s, 'physicalMap', { colour, first, pages });
  assert.equal(map.window.pagesPerCell, 1);
  assert.equal(map.window.first, first);
  const names = new Map(map.legend.map(({ value, name }) => [value, name]));
  return valuesOf(map.values).map((value) => names.get(value) ?? `?${value}`);
}
/** What the frames of the page that an expression names are, after the body. */
async function check(
  body: string,
  page: string,
  expected: readonly string[],
  colour: MapColour = 'owner',
): Promise<void> {
  for (const arch of ARCHES) {
    const s = stopped(body, MACHINE.replace('{', `{ arch = ${arch};`));
    assert.deepEqual(await namesAt(s, pfnOf(s, page), expected.length, colour), expected, arch);
  }
}
const times = (n: number, name: string): string[] => new Array<string>(n).fill(name);

describe('inspector: what frames of the map are', () => {
  it('allocated pages, also the tails of a block that is not compound', async () => {
    await check('struct page *p = alloc_pages(GFP_KERNEL, 3);', 'p', times(8, 'allocated'));
    await check('struct page *p = alloc_pages(GFP_KERNEL | __GFP_COMP, 2);', 'p', times(4, 'allocated'));
  });
  it('freed ones: on a CPU’s list, or free', async () => {
    await check('struct page *p = alloc_page(GFP_KERNEL); __free_page(p);', 'p', ['pcp']);
    await check('struct page *p = alloc_pages(GFP_KERNEL, 5); __free_pages(p, 5);', 'p', times(32, 'free'));
    await check('struct page *p = alloc_pages(GFP_KERNEL, 2); __free_pages(p, 2);', 'p', times(4, 'pcp'));
  });
  it('slabs', async () => {
    await check('char *o = kmalloc(2000, GFP_KERNEL);', 'virt_to_page(o)', ['slab']);
    await check('char *o = kmalloc(4096, GFP_KERNEL);', 'virt_to_head_page(o)', times(8, 'slab'));
  });
  it('vmalloc, and who maps pages of somebody else’s', async () => {
    await check('char *v = vmalloc(3 * PAGE_SIZE);', 'vmalloc_to_page(v)', ['vmalloc']);
    await check(
      'struct page *p = alloc_page(GFP_KERNEL); struct page *all[1]; void *v; all[0] = p; v = vmap(all, 1, VM_MAP, PAGE_KERNEL);',
      'p',
      ['allocated'],
    );
    await check('char *v = vmalloc(PAGE_SIZE); struct page *p = vmalloc_to_page(v); vfree(v);', 'p', ['pcp']);
  });
  it('per-CPU memory', async () => {
    const s = stopped('int i; for (i = 0; i < 40; i++) __alloc_percpu(8192, 8);');
    const { zones } = await ask(s, 'physicalMap', {});
    const backed = zones.flatMap((z) => z.frames).filter((f) => f.kind === 'per-CPU');
    assert.ok((backed[0]?.pages ?? 0) > 2 * 40 * 2, JSON.stringify(backed));
  });
  it('kernel stacks', async () => {
    for (const arch of ARCHES) {
      const s = stopped('', MACHINE.replace('{', `{ arch = ${arch};`));
      const stack = s.view.space.translate(
        number(s, '(unsigned long)current->stack') - (arch === 'x86_64' ? 2 ** 64 : 0),
      );
      assert.deepEqual(await namesAt(s, Math.floor(stack / 4096), 2), times(2, 'kernel stack'), arch);
    }
  });
  it('what early boot has kept, and holes', async () => {
    const s = stopped('');
    assert.deepEqual(await namesAt(s, 0, 1), ['hole']);
    assert.deepEqual(await namesAt(s, 0x1000, 1), ['kernel image']);
    assert.deepEqual(await namesAt(s, 1, 1), ['reserved']);
    const map = await ask(s, 'physicalMap', {});
    const pages = (name: string) => map.legend.find((l) => l.name === name)?.pages;
    // 64 bytes for each frame of two sections of 128 MiB
    assert.equal(pages('mem_map'), 1024);
    assert.equal(
      map.legend.reduce((sum, l) => sum + l.pages, 0),
      map.window.end,
    );
  });
  it('a page that its struct page says is anonymous', async () => {
    await check('struct page *p = alloc_page(GFP_KERNEL); p->mapping = (void *)1;', 'p', ['anonymous']);
  });
});

describe('inspector: colours of the map', () => {
  const body = 'struct page *p;\n\tp = alloc_pages(GFP_KERNEL, 4);';
  it('the order of free blocks', async () => {
    const s = stopped('struct page *p = alloc_pages(GFP_KERNEL, 5); __free_pages(p, 5);');
    assert.match((await namesAt(s, pfnOf(s, 'p'), 1, 'order'))[0] ?? '', /^order ([5-9]|10)$/);
    await check(body, 'p', ['not free'], 'order');
  });
  it('zones and migratetypes', async () => {
    const s = stopped(body);
    assert.deepEqual(await namesAt(s, 4095, 2, 'zone'), ['DMA', 'DMA32']);
    assert.deepEqual(await namesAt(s, pfnOf(s, 'p'), 1, 'migratetype'), ['Unmovable']);
    assert.deepEqual(await namesAt(s, 0x8000, 1, 'migratetype'), ['Movable']);
  });
  it('who allocated, and when', async () => {
    await check(body, 'p', times(16, 'main, s.kmem:5'), 'site');
    await check(body, 'p', times(16, '1 to 3 statements'), 'age');
    await check(`${body} __free_pages(p, 4);`, 'p', ['free'], 'site');
  });
  it('the kernel’s own pages are from before the run', async () => {
    const s = stopped('');
    const [map] = (await ask(s, 'physicalMap', { colour: 'site' })).legend.filter((l) => l.name.startsWith('before'));
    assert.ok(map && map.pages > 0);
  });
});

describe('inspector: the map’s window', () => {
  const window = async (s: Session, question: PhysicalMapQuestion) => (await ask(s, 'physicalMap', question)).window;
  it('cells are the smallest power of two that is enough', async () => {
    const s = stopped('');
    const end = 65504;
    assert.deepEqual(await window(s, {}), { first: 0, pagesPerCell: 16, cells: 4094, end, pageblockPages: 512 });
    assert.deepEqual(await window(s, { cells: 100 }), {
      first: 0,
      pagesPerCell: 1024,
      cells: 64,
      end,
      pageblockPages: 512,
    });
    assert.equal((await window(s, { first: 1000, pages: 100, cells: 50 })).first, 1000);
    assert.deepEqual(await window(s, { first: 1001, pages: 100, cells: 50 }), {
      first: 1000,
      pagesPerCell: 4,
      cells: 26,
      end,
      pageblockPages: 512,
    });
    assert.deepEqual(await window(s, { first: 2 ** 40, pages: 1, cells: 1 }), {
      first: end - 1,
      pagesPerCell: 1,
      cells: 1,
      end,
      pageblockPages: 512,
    });
  });
  it('a cell of several frames: what most are, and how many are free', async () => {
    const s = stopped('struct page *p = alloc_pages(GFP_KERNEL, 3); struct page *q = alloc_page(GFP_KERNEL);');
    const first = pfnOf(s, 'p');
    const map = await ask(s, 'physicalMap', { first: first - (first % 16), pages: 16, cells: 1 });
    assert.deepEqual(map.window.cells, 1);
    const share = valuesOf(map.free as Series)[0] as number;
    assert.ok(share >= 0 && share <= 50, String(share));
    const whole = await ask(s, 'physicalMap', { cells: 1 });
    assert.deepEqual(valuesOf(whole.values), [OWNER_KINDS.indexOf('free')]);
    assert.ok((valuesOf(whole.free as Series)[0] as number) > 70);
  });
  it('answers at a terabyte, in every colour, and stays below 100 kB', async () => {
    const s = stopped(
      'int i; for (i = 0; i < 2000; i++) alloc_page(GFP_KERNEL);',
      'machine { memory = 1T; cpus = 2; config KASAN = n; }',
    );
    for (const colour of ['owner', 'zone', 'migratetype', 'order', 'site', 'age'] as const) {
      const map = await ask(s, 'physicalMap', { colour, cells: 8192 });
      assert.equal(
        map.legend.reduce((sum, l) => sum + l.pages, 0),
        map.window.end,
        colour,
      );
      assert.equal(valuesOf(map.values).length, map.window.cells);
    }
  });
  it('user memory is said to be absent', async () => {
    const { absent } = await ask(stopped(''), 'physicalMap', {});
    assert.deepEqual(absent.map((a) => a.what).sort(), ['anonymous memory', 'page cache']);
  });
});

describe('inspector: what a step changed on the map', () => {
  const text = `${MACHINE}\nstatic struct page *p;\ntask main {\n\tp = alloc_page(GFP_KERNEL); // stop\n\t*(char *)page_address(p) = 1;\n\tjiffies; // stop\n}\n`;
  const changedAt = async (s: Session, pfn: number): Promise<number> =>
    valuesOf((await ask(s, 'physicalMap', { first: pfn, pages: 1 })).changed)[0] as number;
  const step = (s: Session, kind: 'over' | 'back') => {
    s.beginStep(kind, s.task, 'statement');
    s.run();
  };
  it('struct pages, then contents; and backwards', async () => {
    const s = inspected(text);
    step(s, 'over');
    const pfn = pfnOf(s, 'p');
    assert.equal(await changedAt(s, pfn), 2);
    step(s, 'over');
    assert.equal(await changedAt(s, pfn), 1);
    step(s, 'back');
    assert.equal(await changedAt(s, pfn), 1);
    step(s, 'back');
    assert.equal(await changedAt(s, pfn), 2);
    assert.notDeepEqual(await namesAt(s, pfn, 1), ['allocated']);
  });
  it('nothing before the first motion', async () => {
    const map = await ask(inspected(text), 'physicalMap', {});
    assert.deepEqual(new Set(valuesOf(map.changed)), new Set([0]));
  });
});

describe('inspector: a cell in words', () => {
  it('a frame: whose, its zone, who allocated it, its struct page', async () => {
    const s = stopped('struct page *p;\n\tp = alloc_pages(GFP_KERNEL, 1);');
    const pfn = pfnOf(s, 'p');
    const cell = await ask(s, 'physicalMap/cell', { first: pfn + 1, pages: 1 });
    assert.equal(cell.title, `pfn 0x${(pfn + 1).toString(16)}`);
    assert.deepEqual(cell.frames, [{ kind: 'allocated', pages: 1 }]);
    const all = cell.lines.join('\n');
    for (const part of [
      'Allocated by main, s.kmem:5',
      `Part of a block that begins at pfn 0x${pfn.toString(16)}`,
      'Zone DMA32, node 0',
      'Migratetype of its pageblocks: Unmovable',
      'Allocated 1 statement ago by main (',
      'struct page at 0xffffea',
    ])
      assert.ok(all.includes(part), `${part} is not in\n${all}`);
  });
  it('a slab, a stack, a hole, boot memory, many frames', async () => {
    const s = stopped('char *o = kmalloc(64, GFP_KERNEL);');
    const first = async (pfn: number, pages = 1) =>
      (await ask(s, 'physicalMap/cell', { first: pfn, pages })).lines[0] ?? '';
    assert.equal(await first(pfnOf(s, 'virt_to_page(o)')), 'Slab of cache kmalloc-64');
    assert.match(
      await first(Math.floor(s.view.space.translate(number(s, '(unsigned long)current->stack') - 2 ** 64) / 4096)),
      /^Kernel stack of main \(\d+\)$/,
    );
    assert.equal(await first(0), '1 page, 4 KiB');
    assert.equal(await first(0x1000), 'Kernel image: kernel image');
    assert.equal(await first(0x2000, 0x400), '1024 pages, 4 MiB');
  });
});

describe('inspector: search on the map', () => {
  const body =
    'struct page *p = alloc_pages(GFP_KERNEL, 2);\n\tchar *o = kmalloc(64, GFP_KERNEL);\n\tchar *v = vmalloc(2 * PAGE_SIZE);';
  const found = async (s: Session, text: string) => (await ask(s, 'physicalMap/search', { text })).found;
  it('by pfn, address, symbol and expression', async () => {
    const s = stopped(body, MACHINE, 'static int counter = 1;');
    const pfn = pfnOf(s, 'p');
    for (const text of [
      'p',
      `0x${pfn.toString(16)}`,
      String(pfn),
      `phys 0x${(pfn * 4096).toString(16)}`,
      'page_address(p)',
    ])
      assert.deepEqual((await found(s, text))[0]?.first, pfn, text);
    const mapped = pfnOf(s, 'vmalloc_to_page(v)');
    for (const text of ['v', s.view.hexBits(BigInt.asUintN(64, s.target.evaluate('v', s.topFrame()).value ?? 0n))])
      assert.deepEqual((await found(s, text))[0]?.first, mapped, text);
    assert.equal((await found(s, 'counter'))[1]?.first, pfnOf(s, 'virt_to_page(&counter)'));
    assert.equal((await found(s, 'swapper_pg_dir')).length, 1);
  });
  it('by owner', async () => {
    const s = stopped(body);
    assert.equal((await found(s, 'kmalloc-64'))[0]?.what, 'slab of cache kmalloc-64');
    assert.ok((await found(s, 'kernel stack of main')).length > 0);
    assert.deepEqual((await found(s, 's.kmem:4')).map((f) => f.pages).sort(), [4]);
    assert.ok((await found(s, 'vmalloc')).some((f) => f.what.startsWith('vmalloc, allocated by main')));
    assert.ok((await found(s, 'mem_map')).some((f) => f.pages === 1024));
  });
  it('what nobody has is said', async () => {
    await assert.rejects(found(stopped(body), 'nothing_like_it'), /nothing_like_it.*nobody of that name has a frame/);
    await assert.rejects(found(stopped(body), '0x7fffffffffff'), /past the end/);
  });
});

describe('inspector: the map and the kernel’s own accounting', () => {
  /** Compares a map with the zones' counters. */
  function sums(s: Session, map: PhysicalMapAnswer): void {
    for (const shown of map.zones) {
      const zone = s.target.kernel.zones.find((z) => z.node === shown.node && z.name === shown.zone);
      assert.ok(zone);
      const of = (kind: string) => shown.frames.find((f) => f.kind === kind)?.pages ?? 0;
      let pcp = 0;
      for (let cpu = 0; cpu < zone.cpus; cpu++) pcp += zone.onCpu(cpu).count;
      assert.deepEqual(
        { zone: zone.name, free: of('free'), pcp: of('pcp'), managed: shown.managed },
        { zone: zone.name, free: zone.vmStatSnapshot(0), pcp, managed: zone.managedPages },
      );
    }
    const byOrder = physicalMap({ session: s }, { colour: 'order' }).legend;
    for (let order = 0; order < MAX_ORDER; order++) {
      const blocks = s.target.kernel.zones.reduce((sum, z) => sum + (z.populated ? z.nrFreeBlocks(order) : 0), 0);
      assert.equal(byOrder.find((l) => l.value === order)?.pages ?? 0, blocks << order, `order ${order}`);
    }
  }
  it('sums equal the zones’ counters at random moments, and what was followed from the journal equals what is read anew', function () {
    this.timeout(0);
    return atRandomMoments(25, 4, (s) => {
      const { mem } = s.target.kernel;
      const before = `${mem.hash()} ${mem.journal.position} ${mem.journal.end}`;
      sums(s, physicalMap({ session: s }, {}));
      const state = mapState(s);
      const anew = new Frames(s.target.kernel);
      anew.update();
      const allocations = new Allocations(
        s.target.kernel,
        anew.slots,
        (mark) => s.timeline.momentAt(s.timeline.lastMoment(mark)).statement,
      );
      allocations.update();
      for (const number of anew.written)
        for (let pfn = number * 1024; pfn < Math.min(anew.end, (number + 1) * 1024); pfn++) {
          assert.deepEqual(state.frames.at(pfn), anew.at(pfn), `pfn ${pfn}`);
          assert.deepEqual(state.allocations.of(pfn), allocations.of(pfn), `pfn ${pfn}`);
        }
      assert.equal(`${mem.hash()} ${mem.journal.position} ${mem.journal.end}`, before);
    });
  });
  it('also with several nodes, highmem, and the examples', () => {
    for (const machine of [
      'node 0 { memory = 256M; } node 1 { memory = 128M; }',
      'arch = i386; memory = 1G;',
      'arch = i386_pae; memory = 5G;',
      'memory = 64M; allocator = slob;',
      'memory = 64M; allocator = slab;',
    ]) {
      const s = stopped(
        'struct page *p = alloc_pages(GFP_HIGHUSER, 3); void *o = kmalloc(300, GFP_KERNEL);',
        `machine { ${machine} config KASAN = n; }`,
      );
      sums(s, physicalMap({ session: s }, {}));
    }
  });
  it('after a change of the past', () => {
    const s = go(
      inspected(
        `${MACHINE}\nstatic int n;\ntask main {\n\tint i;\n\tfor (i = 0; i < 5; i++)\n\t\talloc_pages(GFP_KERNEL, n); // stop\n}\n`,
      ),
    );
    for (let i = 0; i < 3; i++) sums(go(s), physicalMap({ session: s }, { colour: 'site' }));
    for (let i = 0; i < 6; i++) {
      s.beginStep('back', s.task, 'statement');
      s.run();
    }
    const { vm } = s.target as unknown as {
      vm: { kernel: { vars: { space: { write32(a: number, v: number): void } } } };
    };
    const { address } = s.target.evaluate('n', s.topFrame());
    s.timeline.edit(() => vm.kernel.vars.space.write32(address as number, 3));
    for (let i = 0; i < 2; i++) sums(go(s), physicalMap({ session: s }, { colour: 'site' }));
  });
  it('whatever has been overwritten', () => {
    const body =
      'int i; void *v = vmalloc(20000); for (i = 0; i < 9; i++) { p = alloc_pages(GFP_KERNEL, i % 3); if (i % 2) __free_pages(p, i % 3); }';
    for (const arch of ARCHES) {
      const s = stopped(body, MACHINE.replace('{', `{ arch = ${arch};`), 'static struct page *p;');
      const { pages, zones, mem } = s.target.kernel;
      const dice = new Dice(arch.length);
      physicalMap({ session: s }, {});
      for (let n = 0; n < 60; n++) {
        const zone = dice.pick(zones);
        const word = dice.pick([
          pages.word(0x1000 + dice.below(0x6000)) + dice.below(pages.words),
          zone.word + dice.below(400),
          zone.onCpu(0).listsWord + dice.below(40),
          (1 + dice.below(mem.materialised)) * 1024 + dice.below(1024),
        ]);
        const link = mem.words[pages.word(0x1000 + dice.below(0x6000)) + pages.lru] as number;
        s.timeline.edit(() => mem.write32(mem.physOf(word), dice.pick([0, -1, link, dice.below(2 ** 32)])));
        for (const colour of ['owner', 'migratetype', 'order', 'site'] as const)
          physicalMap({ session: s }, { colour });
        mapCell({ session: s }, { first: 0x1000 + dice.below(0x6000), pages: 1 });
        mapCell({ session: s }, { first: Math.floor(mem.physOf(word) / PAGE_SIZE), pages: 1 });
        mapSearch({ session: s, frame: () => undefined }, { text: 'slab' });
      }
    }
  });
});

/** The inspector's address space: regions, areas, holes, slots and chunks, at the resolution of a window. */
import assert from 'node:assert/strict';
import * as v from 'valibot';
import { addressSpace } from '../../../server/debugger/inspector/addressSpace/addressSpaceAnswer';
import { InspectorError } from '../../../server/debugger/inspector/asking';
import {
  ADDRESS_SPACE_ANSWER,
  type AddressSpaceAnswer,
  type AddressSpaceQuestion,
  type SpaceArea,
} from '../../../server/debugger/inspector/shapes/addressSpace';
import type { Session } from '../../../server/debugger/session';
import { vmallocInfo } from '../../../server/kernel/proc/proc_vmallocinfo';
import { PAGE_SIZE } from '../../../server/types/pageSize';
import { askingOf, atLine, atRandomMoments, stoppedAfter } from './randomMoments';

function look(s: Session, question: Partial<AddressSpaceQuestion> = {}): AddressSpaceAnswer {
  const answer = addressSpace(askingOf(s), { cells: 1000, ...question });
  v.parse(ADDRESS_SPACE_ANSWER, answer);
  assert.ok(JSON.stringify(answer).length <= 100_000, `${JSON.stringify(answer).length} bytes`);
  return answer;
}
const isArea = (area: AddressSpaceAnswer['areas'][number]): area is SpaceArea => 'state' in area;
const single = (answer: AddressSpaceAnswer): SpaceArea[] => answer.areas.filter(isArea);
/** All areas, by zooming in wherever several are shown as one. */
function allAreas(s: Session, question: Partial<AddressSpaceQuestion> = {}): SpaceArea[] {
  return look(s, { cells: 4000, ...question }).areas.flatMap((a) =>
    isArea(a) ? [a] : allAreas(s, { first: a.first, last: a.last }),
  );
}
/** The areas that the body makes, as texts. */
function check(body: string, expected: readonly (string | RegExp)[], machine = ''): Session {
  const s = stoppedAfter(body, machine);
  const mine = allAreas(s).filter((a) => a.caller?.startsWith('main at') || a.state === 'lazily freed');
  const texts = mine.map((a) => {
    const pages = a.pages === undefined ? '' : `, ${a.pages} pages`;
    const physical = a.physical ? `, ${a.physical}` : '';
    return `${a.state}: ${a.bytes} bytes, guard ${a.guardBytes}${pages}${physical}, ${a.flags.join(' ')}`;
  });
  assert.equal(texts.length, expected.length, texts.join('\n'));
  expected.forEach((text, i) => {
    if (typeof text === 'string') assert.equal(texts[i], text);
    else assert.match(texts[i] ?? '', text);
  });
  return s;
}

describe('inspector: address space', () => {
  it('x86_64: the layout in order, with parts', () => {
    const { regions, window } = look(stoppedAfter(''));
    assert.deepEqual(
      regions.map((r) => `${r.name} ${r.first}`),
      [
        'direct map 0xffff888000000000',
        'vmalloc 0xffffc90000000000',
        'vmemmap 0xffffea0000000000',
        'cpu_entry_area 0xfffffe0000000000',
        'kernel image 0xffffffff81000000',
        'modules 0xffffffffc0000000',
        'fixmap 0xffffffffff579000',
      ],
    );
    assert.deepEqual([window.first, window.last, window.bytes], ['0xffff800000000000', '0xffffffffffffffff', 2 ** 47]);
    assert.ok(regions.every((r) => r.what !== ''));
    assert.match(regions[0]?.parts[0]?.name ?? '', /^first per-CPU chunk, CPU 0$/);
    assert.deepEqual(
      regions[4]?.parts.map((p) => p.name),
      ['Kernel code', 'Kernel rodata', 'Kernel data', 'Kernel bss'],
    );
  });
  it('a machine with KASAN has its shadow, i386 has pkmap and lowmem', () => {
    const names = (machine: string) => look(stoppedAfter('', machine)).regions.map((r) => r.name);
    assert.ok(names('config KASAN = y;').includes('KASAN shadow'));
    assert.ok(!names('').includes('KASAN shadow'));
    const i386 = ['lowmem', 'kernel image', 'vmalloc', 'pkmap', 'cpu_entry_area', 'fixmap'];
    assert.deepEqual(names('arch = i386; memory = 2G;'), i386);
    assert.deepEqual(names('arch = i386_pae; memory = 2G;'), i386);
  });
  it('areas with what they are for', () => {
    check('vmalloc(10000);', ['in use: 16384 bytes, guard 4096, 3 pages, vmalloc']);
    check('char *p = vmalloc(10000); vfree(p);', ['lazily freed: 16384 bytes, guard 0, unpurged vm_area']);
    check('ioremap(0xfe000000, 4096);', ['in use: 8192 bytes, guard 4096, 0xfe000000, ioremap']);
    check('vmalloc_user(4096);', ['in use: 8192 bytes, guard 4096, 1 pages, vmalloc user']);
    for (const arch of ['i386', 'i386_pae'])
      check('vmalloc(10000);', ['in use: 16384 bytes, guard 4096, 3 pages, vmalloc'], `arch = ${arch}; memory = 2G;`);
  });
  it('an area without a vm_struct', () => {
    const s = stoppedAfter(
      'struct page *pages[2] = { alloc_page(GFP_KERNEL), alloc_page(GFP_KERNEL) }; vm_map_ram(pages, 2, -1);',
    );
    assert.equal(allAreas(s).filter((a) => a.state === 'vm_map_ram').length, 1);
  });
  it('counts, and the holes between areas', () => {
    const s = stoppedAfter('char *p = vmalloc(4096), *q = vmalloc(4096), *r = vmalloc(4096); vfree(q);');
    const answer = look(s);
    assert.equal(answer.vmalloc.lazyAreas, 1);
    assert.equal(answer.vmalloc.lazyPages, 2);
    assert.ok(answer.vmalloc.pages >= 2);
    const { vmallocStart, vmallocEnd } = s.view.kernel.addresses;
    const used = allAreas(s).reduce((sum, a) => sum + a.bytes, 0);
    assert.equal(answer.vmalloc.freeBytes + used, vmallocEnd - vmallocStart);
    assert.equal(
      answer.vmalloc.largestFreeBytes,
      answer.vmalloc.freeBytes - answer.holes.slice(1).reduce((sum, h) => sum + h.bytes, 0),
    );
  });
  it('what is too small to be told apart is put together; a zoom tells it apart', () => {
    const s = stoppedAfter('int i; for (i = 0; i < 300; i++) vmalloc(4096);');
    const far = look(s, { cells: 10 });
    assert.ok(far.areas.length < 20);
    const count = far.areas.reduce((sum, a) => sum + (isArea(a) ? 1 : a.areas), 0);
    assert.equal(count, far.vmalloc.areas);
    const cluster = far.areas.find((a) => !isArea(a));
    assert.ok(cluster);
    const mine = single(
      look(s, { first: cluster.first, last: `0x${(BigInt(cluster.first) + 0x3ffffn).toString(16)}`, cells: 1000 }),
    );
    assert.ok(mine.length > 5 && mine.length <= 64, String(mine.length));
  });
  it('what the page tables map, at the resolution of the window', () => {
    const s = stoppedAfter('char *p = vmalloc(3 * 4096);');
    const far = look(s);
    assert.ok(far.mapped.some((m) => m.partly));
    const { address } = s.target.evaluate('p', s.topFrame());
    assert.ok(address);
    const p = s.evaluate('p', s.topFrame()).value.split(' ')[0] ?? '';
    const near = look(s, { first: p, last: `0x${(BigInt(p) + 0x3fffn).toString(16)}` });
    assert.equal(
      near.mapped.reduce((sum, m) => sum + m.bytes, 0),
      3 * PAGE_SIZE,
    );
    assert.deepEqual(near.mapped[0]?.flags, ['RW', 'GLB', 'NX']);
    assert.equal(near.mapped[0]?.pageBytes, PAGE_SIZE);
  });
  it('slots of kmap and of local mappings, with who has them', () => {
    const body =
      'struct page *a = alloc_page(GFP_HIGHUSER), *b = alloc_page(GFP_HIGHUSER);\n\tvoid *p = kmap(a);\n\tvoid *q = kmap(a);\n\tkunmap(a);\n\tvoid *r = kmap(b);\n\tkunmap(b);\n\tkmap_local_page(b);';
    for (const arch of ['i386', 'i386_pae']) {
      const { slots } = look(stoppedAfter(body, `arch = ${arch}; memory = 2G;`));
      const [fixmap, pkmap] = slots;
      assert.equal(pkmap?.slots, arch === 'i386' ? 1024 : 512);
      assert.deepEqual(
        pkmap?.list.map((l) => `${l.by?.replace(/\d+/, 'N')}: ${l.place?.text}`),
        ['main (N) on CPU 0: void *q = kmap(a);', 'main (N) on CPU 0: void *r = kmap(b);'],
      );
      assert.deepEqual(
        pkmap?.list.map((l) => `${l.name}: ${l.users}`),
        ['kmap slot 1: 1', 'kmap slot 2: 0'],
      );
      assert.deepEqual(
        fixmap?.list.filter((l) => l.by).map((l) => `${l.name} by ${l.by}`),
        ['local slot 0 of CPU 0 by main'],
      );
    }
    const { slots } = look(stoppedAfter(''));
    assert.deepEqual(
      slots.map((x) => x.name),
      ['fixmap'],
    );
    assert.ok(slots[0]?.list.some((l) => l.name === 'local APIC'));
  });
  it('chunks of per-CPU memory', () => {
    const s = stoppedAfter('int i; for (i = 0; i < 40; i++) __alloc_percpu(8192, 8);', 'cpus = 2;');
    const { chunks, regions } = look(s);
    assert.ok(chunks.length > 1);
    assert.equal(chunks[0]?.name, 'first chunk');
    for (const chunk of chunks) {
      assert.equal(chunk.units.length, 2);
      assert.equal(chunk.cut, false);
      const free = chunk.runs.filter((r) => r.state !== 'in use').reduce((sum, r) => sum + r.bytes, 0);
      assert.equal(free, chunk.freeBytes, chunk.name);
      assert.equal(
        chunk.runs.reduce((sum, r) => sum + r.bytes, 0),
        chunk.pages * PAGE_SIZE,
      );
    }
    assert.ok(regions.length > 0);
  });
  it('a window outside is refused, and a list that leads nowhere is said to', () => {
    const s = stoppedAfter('char *p = vmalloc(4096); vmap_area_list.next = (void *)0x1234;');
    assert.match(look(s).problem ?? '', /^the vmalloc space's lists of areas cannot be followed/);
    assert.throws(() => look(s, { first: '0x1000' }), InspectorError);
    assert.throws(() => look(s, { first: '0xffffc90000001000', last: '0xffffc90000000000' }), InspectorError);
  });
  it('a terabyte costs no more', () => {
    const s = stoppedAfter('', 'memory = 1T;');
    look(s);
    const before = process.hrtime.bigint();
    look(s);
    const ms = Number(process.hrtime.bigint() - before) / 1e6;
    assert.ok(ms < 100, `${ms} ms`);
  });
  it('the example of kmap', () => {
    const { slots } = look(atLine('examples/kmap-exhausted.kmem', 'expect('));
    assert.ok(slots.some((x) => x.name === 'pkmap'));
  });
});

describe('inspector: areas at random moments', () => {
  it("are those of the kernel's own /proc/vmallocinfo, and looking changes nothing", async function () {
    this.timeout(0);
    let seen = 0;
    await atRandomMoments(25, 4, (s) => {
      const { mem } = s.view.kernel;
      const before = `${mem.hash()} ${mem.journal.position} ${mem.journal.end}`;
      const shown = allAreas(s).map((a) => `${BigInt(a.first)} ${a.bytes} ${a.pages ?? 0} ${a.flags.join(' ')}`);
      const kernels = vmallocInfo(s.view.kernel).map(
        (row) => `${BigInt(row.start)} ${row.size} ${row.nr_pages ?? 0} ${row.flags.join(' ')}`,
      );
      assert.deepEqual(
        shown,
        kernels.sort((a, b) => (BigInt(a.split(' ')[0] ?? 0) < BigInt(b.split(' ')[0] ?? 0) ? -1 : 1)),
      );
      assert.equal(`${mem.hash()} ${mem.journal.position} ${mem.journal.end}`, before);
      seen += shown.length;
    });
    assert.ok(seen > 300, `only ${seen} areas`);
  });
});

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { defaultConfig, MachineError } from '../../../server/kernel/arch/machine_config';
import { sysctlNames, writeSysctl } from '../../../server/kernel/init/sysctl';
import type { Kernel } from '../../../server/kernel/kernel';
import { bootKernel, startJournal } from '../../../server/kernel/kernel';
import { cpuToNode, nodeData } from '../../../server/kernel/mm/node';
import { showMem } from '../../../server/kernel/mm/show_mem';
import type { Zone } from '../../../server/kernel/mm/zone';
import { meminfo, meminfoFields } from '../../../server/kernel/proc/proc_meminfo';
import { buddyinfo, pagetypeinfo, zoneinfo } from '../../../server/kernel/proc/proc_vmstat';
import { PageFaultError } from '../../../server/memory/space';
import type { MachineConfig } from '../../../server/profiles/machineConfig';
import type { Arch } from '../../../server/types/ctype';

const PG_RESERVED = 1 << 12;

const MB = 2 ** 20;
const GB = 2 ** 30;
/** As far as the free lists: the allocators take their pages later. */
const boot = (changes: Partial<MachineConfig> = {}) => bootKernel(defaultConfig(changes), { allocators: false });
const zoneNamed = (k: Kernel, name: string, node = 0): Zone => {
  const zone = k.zones.find((z) => z.name === name && z.node === node);
  assert.ok(zone, `node ${node} has a zone ${name}`);
  return zone;
};
const pointer = (k: Kernel, va: number) => (k.abi.wordSize === 8 ? k.space.readS64Number(va) : k.space.read32(va));

/** Pfns on a free list, head to tail, read from emulated memory; links must agree both ways. */
function walk(k: Kernel, z: Zone, order: number, migratetype: number): number[] {
  const head = z.addr + k.layouts.offset('zone', `free_area[${order}].free_list[${migratetype}]`);
  const lru = k.layouts.offset('page', 'lru');
  const pfns: number[] = [];
  let previous = head;
  for (let at = pointer(k, head); at !== head; at = pointer(k, at)) {
    assert.equal(pointer(k, at + k.abi.wordSize), previous, 'prev points back');
    pfns.push(k.pages.pfnOf(at - lru));
    previous = at;
  }
  assert.equal(pointer(k, head + k.abi.wordSize), previous, "the head's prev is the tail");
  return pfns;
}

/** Everything that must hold of the free lists of a freshly booted machine. */
function checkFreeLists(k: Kernel): void {
  const taken = new Set<number>();
  for (const z of k.zones) {
    let free = 0;
    for (let order = 0; order <= 10; order++) {
      let blocks = 0;
      for (let mt = 0; mt < 5; mt++) {
        for (const pfn of walk(k, z, order, mt)) {
          blocks++;
          assert.equal(pfn % (1 << order), 0, `pfn ${pfn} is aligned to order ${order}`);
          assert.ok(z.spans(pfn) && z.spans(pfn + (1 << order) - 1), `block ${pfn} lies in its zone`);
          assert.ok(k.pages.isBuddy(pfn), `pfn ${pfn} is PageBuddy`);
          assert.equal(k.pages.getPrivate(pfn), order);
          assert.equal(k.pages.getRefcount(pfn), 0);
          assert.equal(k.pageblocks.migratetype(pfn), mt, `pageblock of ${pfn}`);
          for (let i = 0; i < 1 << order; i += 1 << Math.min(order, 8)) taken.add(pfn + i);
          const last = pfn + (1 << order) - 1;
          assert.equal(k.pages.flagsLow(last) & PG_RESERVED, 0, `pfn ${last} is not reserved`);
          assert.equal(k.pages.zoneKey(last), z.key, `pfn ${last} names its zone`);
          const buddy = pfn ^ (1 << order);
          if (order < 10 && k.memMap.has(buddy) && z.spans(buddy)) {
            const merged = k.pages.isBuddy(buddy) && k.pages.getPrivate(buddy) === order;
            assert.ok(!merged, `${pfn} and ${buddy} of order ${order} should have been merged`);
          }
        }
      }
      assert.equal(z.nrFreeBlocks(order), blocks, `${z.name} nr_free of order ${order}`);
      free += blocks << order;
    }
    assert.equal(z.vmStatOf(0), free, `${z.name} NR_FREE_PAGES`);
    assert.equal(z.managedPages, free, `${z.name}: all managed pages are free after boot`);
  }
  for (const r of k.reserved) {
    for (const pfn of [r.start, r.end - 1]) assert.ok(!taken.has(pfn), `${r.name}: pfn ${pfn} is on no list`);
  }
  for (const r of k.reserved) {
    if (!k.memMap.has(r.start)) continue;
    assert.equal(k.pages.flagsLow(r.start) & PG_RESERVED, PG_RESERVED, `${r.name} is reserved`);
    assert.equal(k.pages.getRefcount(r.start), 1, r.name);
  }
}
const node = (id: number, memory: number, ...cpus: number[]) => ({ id, memory, cpus });

describe('boot: free lists', () => {
  const check = (name: string, changes: Partial<MachineConfig>) => it(name, () => checkFreeLists(boot(changes)));
  check('the default machine', {});
  check('x86_64 128M', { memory: 128 * MB });
  check('x86_64 32M: a small kernel', { memory: 32 * MB });
  check('x86_64 64M', { memory: 64 * MB });
  check('i386 32M', { arch: 'i386', memory: 32 * MB });
  check('x86_64 4G: RAM above 4 GiB', { memory: 4 * GB });
  check('x86_64 two nodes', { cpus: 4, nodes: [node(0, 512 * MB, 0, 1), node(1, 512 * MB, 2, 3)] });
  check('x86_64 three nodes of odd sizes', {
    cpus: 3,
    nodes: [node(0, 100 * MB + 4096, 0), node(1, 77 * MB, 1), node(2, 300 * MB, 2)],
  });
  check('x86_64 nodes 1 and 5', { cpus: 2, nodes: [node(1, 512 * MB, 0), node(5, 256 * MB, 1)] });
  check('i386 64M', { arch: 'i386', memory: 64 * MB });
  check('i386 1G', { arch: 'i386' });
  check('i386_pae 4G', { arch: 'i386_pae', memory: 4 * GB });
  check('regions cut out of RAM from 0', {
    memory: 256 * MB,
    regions: [
      { type: 'reserved', start: 0x9fc00, end: 0xfffff },
      { type: 'reserved', start: 0x5000000, end: 0x5012fff },
      { type: 'reserved', start: 0x7000fff, end: 0x7001000 },
    ],
  });
  check('regions that say where RAM is', {
    regions: [
      { type: 'usable', start: 0, end: 0x5ffffff },
      { type: 'usable', start: 0x20000000, end: 0x27ffffff },
      { type: 'usable', start: 0x140000000, end: 0x14fffffff },
    ],
  });
  it('any size boots or is refused with a message', () => {
    const sizes = fc.integer({ min: 1, max: 1024 * 256 }).map((pages) => pages * 4096);
    const archs = fc.constantFrom<Arch>('x86_64', 'i386', 'i386_pae');
    fc.assert(
      fc.property(archs, sizes, fc.integer({ min: 1, max: 16 }), (arch, memory, cpus) => {
        let k: Kernel;
        try {
          k = boot({ arch, memory, cpus });
        } catch (error) {
          assert.ok(error instanceof MachineError, String(error));
          return;
        }
        checkFreeLists(k);
      }),
      { numRuns: 12, seed: 20260 },
    );
  });
});

describe('boot: what lies where', () => {
  it('descriptors read as on a real kernel', () => {
    const k = boot({ memory: 512 * MB, cpus: 1 });
    const flags = (pfn: number) => [k.pages.flagsHigh(pfn) >>> 0, k.pages.flagsLow(pfn) >>> 0];
    // recorded: 0xfffffc0001000 (kernel text), 0x7ffffc0001000 (pfn 0, pfn 0xa0)
    assert.deepEqual(flags(4096), [0xfffff, 0xc0001000]);
    for (const pfn of [0, 1, 0xa0]) assert.deepEqual(flags(pfn), [0x7ffff, 0xc0001000]);
    assert.equal(k.pages.pageAddr(4096), -0x160000000000 + 0x40000);
    assert.equal(k.pages.getLong(4096, k.pages.lru), k.pages.pageAddr(4096) + 8, 'lru of a reserved page is empty');
    assert.equal(k.pages.getMapcount(4096), -1);
    assert.equal(k.space.readS64Number(k.pages.pageAddr(4096) + 8), k.pages.pageAddr(4096) + 8, 'through the vmemmap');

    const i = boot({ arch: 'i386', cpus: 1 });
    assert.equal(i.pages.flagsLow(4096) >>> 0, 0x40001000);
    assert.equal(i.pages.flagsLow(0xa0) >>> 0, 0x1000);
    assert.equal(i.pages.flagsLow(0x3ff00) >>> 30, 2, 'highmem');
    assert.equal(i.vars.read('mem_map'), i.pages.base);
  });
  it('list order: lowmem ascends, highmem descends', () => {
    const k = boot({ arch: 'i386', cpus: 1 });
    const normal = walk(k, zoneNamed(k, 'Normal'), 10, 1);
    assert.deepEqual(
      normal,
      [...normal].sort((a, b) => a - b),
    );
    const high = walk(k, zoneNamed(k, 'HighMem'), 10, 1);
    // recorded: 256000, 254976, … down to 224256 (what lay above had been used by then)
    assert.deepEqual(high.slice(-3), [226304, 225280, 224256]);
    assert.deepEqual(walk(k, zoneNamed(k, 'DMA'), 10, 1), [1024, 2048, 3072]);
  });
  it('zonelists: own node first, highest zone first; THISNODE stays local', () => {
    const k = boot({ cpus: 4, nodes: [node(0, GB, 0, 1), node(1, GB, 2, 3)] });
    const list = (nid: number, which: number) => {
      const at = (nodeData(k.nodes, nid)?.addr ?? 0) + k.layouts.offset('pglist_data', `node_zonelists[${which}]`);
      const out: string[] = [];
      for (let ref = at; ; ref += 16) {
        const zone = k.zones.find((z) => z.addr === k.space.readS64Number(ref));
        if (!zone) return out.join(' ');
        assert.equal(k.space.read32(ref + 8), zone.idx);
        out.push(`${zone.node}/${zone.name}`);
      }
    };
    assert.equal(list(0, 0), '0/DMA32 0/DMA 1/DMA32');
    assert.equal(list(1, 0), '1/DMA32 0/DMA32 0/DMA');
    assert.equal(list(0, 1), '0/DMA32 0/DMA');
    assert.equal(list(1, 1), '1/DMA32');
    assert.equal(k.vars.read('node_data', 1), nodeData(k.nodes, 1)?.addr);
    assert.equal(cpuToNode(k.nodes, 3), 1);
  });
  it('the per-CPU first chunk has units of the recorded sizes', () => {
    const unit = (cpus: number, changes: Partial<MachineConfig> = {}) => boot({ cpus, ...changes }).percpu.layout.unit;
    assert.equal(unit(1), 2 * MB);
    assert.equal(unit(2), MB);
    assert.equal(unit(4), MB / 2);
    assert.equal(unit(4, { nodes: [node(0, GB, 0, 1), node(1, GB, 2, 3)] }), MB);
    assert.equal(unit(4, { arch: 'i386' }), 33 * 4096);
  });
  it('each CPU has its own copy of per-CPU variables', () => {
    for (const arch of ['x86_64', 'i386'] as const) {
      const k = boot({ arch, cpus: 3 });
      for (const cpu of [0, 1, 2]) {
        assert.equal(k.vars.read('cpu_number', 0, cpu), cpu);
        const at = k.symbols.at(k.symbols.address('cpu_number', cpu) + 2);
        assert.deepEqual([at?.name, at?.offset, at?.cpu], ['cpu_number', 2, cpu]);
      }
      const offset = k.vars.read('__per_cpu_offset', 1);
      const va = offset + (k.symbols.lookup('cpu_number')?.va ?? 0);
      assert.equal(arch === 'i386' ? va >>> 0 : va, k.symbols.address('cpu_number', 1));
    }
  });
  it('the struct zone in memory agrees with the view', () => {
    const k = boot();
    const z = zoneNamed(k, 'DMA32');
    const field = (name: string) => k.vars.readField(z.addr, 'zone', name);
    assert.equal(field('zone_pgdat'), nodeData(k.nodes, 0)?.addr);
    assert.equal(field('zone_start_pfn'), 4096);
    assert.equal(field('spanned_pages'), z.endPfn - 4096);
    assert.deepEqual([...k.space.readBytes(field('name'), 6)], [...Buffer.from('DMA32\0')]);
    assert.equal(k.percpu.va(1, field('per_cpu_pageset')), k.direct.va(k.percpu.phys(1, field('per_cpu_pageset'))));
    assert.equal(k.space.readS32(k.percpu.va(1, field('per_cpu_pageset')) + 8), z.onCpu(1).high);
    assert.equal(k.vars.readField(nodeData(k.nodes, 0)?.addr ?? 0, 'pglist_data', 'node_present_pages'), 262014);
  });
  it('holes are not memory', () => {
    const k = boot();
    assert.equal(k.space.translate(k.direct.va(0xa0000)), -1);
    assert.equal(k.space.translate(k.direct.va(GB)), -1);
    assert.equal(k.space.translate(k.direct.va(GB - 1)), -1, 'ACPI tables lie in RAM that is not mapped');
    assert.equal(k.mem.isRam(GB - 1), true);
    assert.equal(k.space.translate(k.pages.pageAddr(262144)), -1, 'no descriptor beyond the last section');
    assert.equal(k.direct.pa(-0x80000000 + 0x1000000), 0x1000000);
    const gap = boot({ memory: 4 * GB });
    assert.throws(() => gap.pages.flagsLow(0xd0000), PageFaultError, 'no section between 3 and 4 GiB');
    const i = boot({ arch: 'i386' });
    assert.equal(i.direct.has(0x36bfd), true);
    assert.equal(i.direct.has(0x36bfe), false);
  });
});

describe('boot: cost and determinism', () => {
  it('costs what the free lists need, not what the machine has', () => {
    for (const size of [GB, 64 * GB, 340 * GB, 1024 * GB]) {
      const k = boot({ memory: size });
      assert.ok(k.mem.materialised < 120, `${size / GB} GB: ${k.mem.materialised} frames`);
      const top = k.memory.endPfn - 1024;
      const pfn = k.pageAlloc.allocPages(0xcc0, 10);
      assert.ok(pfn > 0 && pfn < top);
    }
  });
  it('lists of a terabyte are complete wherever they are read', () => {
    const k = boot({ memory: 1024 * GB });
    const z = zoneNamed(k, 'Normal');
    const head = z.freeList(10, 1);
    const [lo, hi] = [k.mem.words[head.word + 2] as number, k.mem.words[head.word + 3] as number];
    let pfn = k.pages.pfnOfLru(lo, hi);
    for (let i = 0; i < 2000; i++) {
      assert.ok(k.pages.isBuddy(pfn) && k.pages.getPrivate(pfn) === 10, `pfn ${pfn}`);
      const before = k.pages.pfnOf(k.pages.getLong(pfn, k.pages.lruPrev) - 8);
      assert.equal(k.pages.pfnOf(k.pages.getLong(before, k.pages.lru) - 8), pfn);
      assert.ok(before < pfn);
      pfn = before;
    }
  });
  it('the same machine gives the same memory; looking changes nothing', () => {
    const a = boot({ arch: 'i386_pae' });
    const b = boot({ arch: 'i386_pae' });
    const hash = a.mem.hash();
    assert.equal(b.mem.hash(), hash);
    checkFreeLists(a);
    zoneinfo(a);
    pagetypeinfo(a);
    assert.equal(a.mem.hash(), hash);
    assert.equal(a.journal.position, 0);
    assert.equal(a.journal.end, 0);
  });
});

describe('boot: symbols', () => {
  it('names and addresses, both ways', () => {
    const k = bootKernel(defaultConfig(), { journal: false });
    const va = k.symbols.define('rx', k.layouts.parseType('struct page *[4]'));
    assert.equal(k.symbols.define('rx', k.layouts.parseType('struct page *[4]')), va, 'once');
    assert.ok(va > -0x80000000 && va % 8 === 0);
    const fn = k.symbols.text('alloc_pages');
    assert.equal(k.symbols.text('alloc_pages'), fn);
    assert.notEqual(k.symbols.text('free_pages'), fn);
    assert.deepEqual([k.symbols.at(va + 9)?.name, k.symbols.at(va + 9)?.offset], ['rx', 9]);
    assert.equal(k.symbols.at(va + 32)?.name === 'rx', false);
    assert.equal(k.symbols.at(fn)?.name, 'alloc_pages');
    assert.equal(k.symbols.at(0), undefined);
    assert.throws(() => k.symbols.address('nobody'), /no symbol nobody/);
    k.space.write64Number(va, 42);
    assert.equal(k.space.readS64Number(va), 42, 'a global is memory');
    startJournal(k);
    assert.throws(() => k.symbols.define('late', k.layouts.parseType('int')), /before the run only/);
    assert.equal(k.symbols.define('rx', k.layouts.parseType('int')), va);
  });
});

describe('boot: sysctls, and machines that cannot boot', () => {
  it('sysctls of the machine are written after boot', () => {
    const k = boot({ sysctl: { 'vm.min_free_kbytes': [4096], 'vm.lowmem_reserve_ratio': [100, 50, 20] } });
    const z = zoneNamed(k, 'DMA32');
    assert.equal(k.vars.read('min_free_kbytes'), 4096);
    assert.equal(z.wmark(0), Math.floor((1024 * z.managedPages) / k.vars.read('_totalram_pages')));
    assert.equal(zoneNamed(k, 'DMA').lowmemReserve(1), Math.floor(z.managedPages / 100));
    for (const name of sysctlNames())
      assert.equal(writeSysctl(k, name, [name.includes('fraction') ? 8 : 1]), undefined);
  });
  const refuse = (name: string, values: number[], message: RegExp) =>
    assert.throws(
      () => boot({ sysctl: { [name]: values } }),
      (e) => e instanceof MachineError && message.test(e.message),
    );
  it('wrong sysctls are refused', () => {
    refuse('vm.min_free_kbyte', [1], /no sysctl vm\.min_free_kbyte here; there are vm\.min_free_kbytes/);
    refuse('vm.min_free_kbytes', [1, 2], /takes one number, not 2/);
    refuse('vm.watermark_scale_factor', [0], /= 0: must be a whole number from 1 to 3000/);
    refuse('vm.percpu_pagelist_high_fraction', [3], /must be 0 or at least 8/);
    refuse('vm.lowmem_reserve_ratio', [1, 2, 3, 4, 5, 6], /up to 5 numbers, not 6/);
  });
  it('machines that no kernel boots on are refused', () => {
    const no = (changes: Partial<MachineConfig>, message: RegExp) =>
      assert.throws(
        () => boot(changes),
        (e) => e instanceof MachineError && message.test(e.message),
      );
    no({ memory: 16 * MB }, /memory = 16M is too small: the kernel lies from 16 MiB on and fills 8; give at least 32M/);
    no({ memory: 20 * MB, arch: 'i386' }, /give at least 32M/);
    no({ cpus: 0 }, /cpus = 0: x86_64 takes 1 to 64/);
    no({ cpus: 33, arch: 'i386' }, /cpus = 33: i386 takes 1 to 32/);
    no({ arch: 'i386', nodes: [node(0, GB, 0), node(1, GB, 1)] }, /i386 has one node: .* without NUMA/);
    no({ nodes: [node(0, GB, 0), node(0, GB, 1)] }, /node 0 is described twice/);
    no({ nodes: [node(5000, GB, 0)] }, /nodes are numbered from 0 to 1023/);
    no({ memory: 1000 }, /not a whole number of pages/);
    no({ regions: [{ type: 'reserved', start: 0x2000000, end: 0x2000fff }] }, /no usable RAM for the kernel image/);
    no({ regions: [{ type: 'usable', start: 0x1000, end: 0 }] }, /ends before it starts/);
    no({ memory: 32 * MB, cpus: 64 }, /too little memory to boot: .* per-CPU first chunk/);
  });
});

describe('boot: /proc', () => {
  it('buddyinfo and pagetypeinfo have the form of /proc', () => {
    const k = boot({ cpus: 1 });
    const lines = buddyinfo(k).split('\n');
    assert.equal(
      lines[0],
      'Node 0, zone      DMA      0      0      0      0      0      0      0      0      1      1      3 ',
    );
    assert.match(lines[1] ?? '', /^Node 0, zone {4}DMA32 ( +\d+ ){11}$/);
    const types = pagetypeinfo(k).split('\n');
    assert.equal(types[0], 'Page block order: 9');
    assert.equal(types[1], 'Pages per block:  512');
    assert.equal(
      types[3],
      'Free pages count per migrate type at order       0      1      2      3      4      5      6      7      8      9     10 ',
    );
    assert.equal(
      types[4],
      'Node    0, zone      DMA, type    Unmovable      0      0      0      0      0      0      0      0      1      0      0 ',
    );
    assert.equal(
      types.at(-4),
      'Number of blocks type     Unmovable      Movable  Reclaimable   HighAtomic      Isolate ',
    );
    assert.equal(
      types.at(-3),
      'Node 0, zone      DMA            1            7            0            0            0 ',
    );
    assert.equal(
      types.at(-2),
      'Node 0, zone    DMA32            0          504            0            0            0 ',
    );
  });
  it('zoneinfo has the form of /proc', () => {
    const text = zoneinfo(boot({ cpus: 1 }));
    assert.match(text, /^Node 0, zone {6}DMA\n {2}per-node stats\n {6}nr_inactive_anon 0\n/);
    assert.match(
      text,
      /\n {2}pages free {5}3840\n {8}boost {4}0\n {8}min {6}177\n {8}low {6}221\n {8}high {5}265\n {8}spanned {2}4095\n/,
    );
    assert.match(text, /\n {8}protection: \(0, 937, 937, 937, 937\)\n {6}nr_free_pages 3840\n/);
    assert.match(
      text,
      /\n {2}pagesets\n {4}cpu: 0\n {14}count: 0\n {14}high: {2}221\n {14}batch: 1\n {2}vm stats threshold: 2\n/,
    );
    assert.match(text, /\n {2}node_unreclaimable: {2}0\n {2}start_pfn: {11}1\nNode 0, zone {4}DMA32\n {2}pages free/);
    assert.match(text, /Node 0, zone {3}Device\n(.*\n){9} {8}protection: \(0, 0, 0, 0, 0\)\n$/);
  });
  it('meminfo agrees with the zones', () => {
    const k = boot({ arch: 'i386', cpus: 1 });
    const info = meminfoFields(k);
    const managed = k.zones.reduce((sum, z) => sum + z.managedPages, 0);
    assert.equal(info.MemTotal, managed * 4);
    assert.equal(info.MemFree, managed * 4);
    // recorded on this machine: MemTotal 1021900, HighTotal 151432, VmallocTotal 122880, Percpu 132
    assert.deepEqual([info.HighTotal, info.VmallocTotal, info.Percpu, info.Hugepagesize], [151432, 122880, 132, 4096]);
    assert.match(meminfo(k), /^MemTotal: {8}1021900 kB\nMemFree: {9}1021900 kB\n/);
    assert.match(meminfo(k), /\nHugePages_Total: {7}0\n/);
  });
  it('the Mem-Info block follows the lists', () => {
    const k = boot({ cpus: 1 });
    const before = showMem(k, 0, Number.POSITIVE_INFINITY).join('\n');
    assert.match(before, /^Mem-Info:\nactive_anon:0 inactive_anon:0 isolated_anon:0\n active_file:0/);
    assert.match(before, /\nNode 0 DMA: (0\*\d+kB ){8}1\*1024kB \(U\) 1\*2048kB \(M\) 3\*4096kB \(M\) = 15360kB\n/);
    assert.match(before, /\nlowmem_reserve\[\]: 0 937 937 937 937\n/);
    assert.match(
      before,
      /\n0 total pagecache pages\n0 pages in swap cache\nFree swap {2}= 0kB\nTotal swap = 0kB\n262014 pages RAM\n/,
    );
    k.pageAlloc.allocPages(0xcc0, 0);
    const after = showMem(k, 0, Number.POSITIVE_INFINITY).join('\n');
    assert.match(after, /\bfree_pcp:62\b/, 'a refill of 63, one handed out');
    assert.match(after, / local_pcp:248kB /);
  });
});

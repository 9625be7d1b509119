/** The page allocator on booted machines: properties of random programs, and the effects of single calls on memory. */

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { defaultConfig } from '../../../server/kernel/arch/machine_config';
import type { Kernel } from '../../../server/kernel/kernel';
import { bootKernel } from '../../../server/kernel/kernel';
import type { Caller } from '../../../server/kernel/mm/page_alloc/caller';
import { BOOT_CALLER, PF_MEMALLOC } from '../../../server/kernel/mm/page_alloc/caller';
import { unreserveHighatomicPageblock } from '../../../server/kernel/mm/page_alloc/highatomic';
import type { PageAllocator } from '../../../server/kernel/mm/page_alloc/page_alloc';
import { getOrder, PageApi } from '../../../server/kernel/mm/page_alloc/page_api';
import { simDrain, simFailNextPages, simFillZone } from '../../../server/kernel/mm/page_alloc/page_sim';
import type { Zone } from '../../../server/kernel/mm/zone';
import { NR_FREE_PAGES, WMARK_LOW, WMARK_MIN } from '../../../server/kernel/mm/zone';
import type { Tracing } from '../../../server/kernel/printk/tracing';
import { DEFAULT_PROFILE } from '../../../server/profiles/profiles';
import type { Arch } from '../../../server/types/ctype';
import { checkInvariants } from './invariants';

const { GFP_ATOMIC, GFP_HIGHUSER, GFP_HIGHUSER_MOVABLE, GFP_KERNEL, GFP_NOWAIT } = DEFAULT_PROFILE.gfp.masks;
const { __GFP_COMP, __GFP_DMA, __GFP_HIGH, __GFP_MEMALLOC, __GFP_MOVABLE, __GFP_NOMEMALLOC } = DEFAULT_PROFILE.gfp.bits;
const { __GFP_NOWARN, __GFP_RECLAIMABLE, __GFP_THISNODE, __GFP_ZERO } = DEFAULT_PROFILE.gfp.bits;
const MiB = 2 ** 20;
interface Report {
  kind: string;
  title: string;
  lines: readonly string[];
}
interface Machine {
  kernel: Kernel;
  alloc: PageAllocator;
  api: PageApi;
  reports: Report[];
  printed: string[];
  /** the caller, whose context the tests change */
  caller: { -readonly [K in keyof Caller]: Caller[K] };
}
function machine(
  arch: Arch = 'x86_64',
  megabytes = 128,
  nodes = 1,
  cpus = 1,
  tracing?: Tracing,
  config: Readonly<Record<string, boolean>> = {},
): Machine {
  const reports: Report[] = [];
  const printed: string[] = [];
  const caller: Caller = {
    ...BOOT_CALLER,
    warn: ({ at }, message, lines) => reports.push({ kind: 'WARN', title: `${at} ${message}`, lines }),
  };
  const kernel = bootKernel(
    defaultConfig({
      arch,
      memory: megabytes * MiB,
      cpus,
      config: { ...defaultConfig().config, ...config },
      nodes:
        nodes === 1
          ? []
          : Array.from({ length: nodes }, (_, id) => ({ id, memory: (megabytes * MiB) / nodes, cpus: [id] })),
    }),
    {
      caller,
      reports: { print: (text) => printed.push(text), report: (r) => void (r.suppressed || reports.push(r)) },
      ...(tracing && { tracing }),
    },
  );
  const alloc = kernel.pageAlloc;
  return { kernel, alloc, api: new PageApi(alloc, kernel.direct, kernel.highmem), reports, printed, caller };
}
const zoneNamed = (m: Machine, name: string, node = 0): Zone =>
  m.alloc.zones.find((z) => z.name === name && z.node === node && z.populated) as Zone;

/** Takes single pages with a mask until the allocator refuses; gives them back; returns what the zone had left. */
function whereItStops(m: Machine, zone: Zone, gfp: number): number {
  const taken: number[] = [];
  for (;;) {
    const pfn = m.alloc.allocPages(gfp | __GFP_NOWARN, 0, 0);
    if (pfn < 0) break;
    taken.push(pfn);
  }
  const left = zone.vmStatSnapshot(NR_FREE_PAGES);
  for (const pfn of taken) m.alloc.freePages(pfn, 0);
  simDrain(m.alloc);
  return left;
}

const GFPS = [
  GFP_KERNEL,
  GFP_NOWAIT | __GFP_MOVABLE,
  GFP_NOWAIT | __GFP_RECLAIMABLE,
  GFP_ATOMIC,
  GFP_NOWAIT | __GFP_DMA,
  GFP_HIGHUSER_MOVABLE,
  GFP_HIGHUSER,
  GFP_KERNEL | __GFP_COMP,
  GFP_KERNEL | __GFP_ZERO,
  GFP_NOWAIT | __GFP_MEMALLOC,
].map((gfp) => gfp | __GFP_NOWARN);

/** One step of a random program: allocate, free one of what is held, or drain. */
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ gfp: fc.nat(GFPS.length - 1), order: fc.nat(10) }) },
  { weight: 6, arbitrary: fc.record({ gfp: fc.nat(GFPS.length - 1), order: fc.nat(3) }) },
  { weight: 8, arbitrary: fc.record({ free: fc.nat(1000) }) },
  { weight: 1, arbitrary: fc.constant({ drain: true }) },
);
type Step = { gfp: number; order: number } | { free: number } | { drain: boolean };
/** Runs a program; returns the pfns it got and what it still holds. `held`: what it holds at its start. */
function run(
  m: Machine,
  program: readonly Step[],
  held = new Map<number, number>(),
): { got: number[]; held: Map<number, number> } {
  const got: number[] = [];
  for (const s of program) {
    if ('drain' in s) m.alloc.drainAllPages();
    else if ('free' in s) {
      const [pfn, order] = [...held][s.free % Math.max(1, held.size)] ?? [-1, 0];
      if (pfn < 0) continue;
      held.delete(pfn);
      m.alloc.freePages(pfn, order);
    } else {
      const pfn = m.alloc.allocPages(GFPS[s.gfp] as number, s.order, 0);
      got.push(pfn);
      if (pfn >= 0) held.set(pfn, s.order);
    }
  }
  return { got, held };
}
const SEED = 20_261_121;
const property = (name: string, runs: number, check: (program: Step[]) => void) =>
  it(`${name} (seed ${SEED})`, () => {
    fc.assert(fc.property(fc.array(step, { minLength: 20, maxLength: 200 }), check), { seed: SEED, numRuns: runs });
  });

describe('page allocator: random programs', () => {
  for (const arch of ['x86_64', 'i386_pae', 'i386'] as const) {
    property(`${arch}: every page on one list, buddies merged, counters right`, 6, (program) => {
      const m = machine(arch, 128);
      const { held } = run(m, program);
      checkInvariants(m.alloc, held);
      for (const [pfn, order] of held) m.alloc.freePages(pfn, order);
      m.alloc.drainAllPages();
      checkInvariants(m.alloc);
      assert.deepEqual(m.reports, []);
    });
  }
  property('a tracer changes nothing, and hears every allocation', 4, (program) => {
    const quiet = machine('x86_64', 128);
    const heard: string[] = [];
    const depth: string[] = [];
    const traced = machine('x86_64', 128, 1, 1, {
      on: true,
      calls: true,
      enter: (fn) => void depth.push(fn),
      leave: (fn) => assert.equal(depth.pop(), fn),
      decision: () => {},
      event: (name) => void heard.push(name),
    });
    // boot has taken pages, too
    heard.length = 0;
    const { got } = run(traced, program);
    assert.deepEqual(got, run(quiet, program).got);
    assert.equal(traced.kernel.mem.hash(), quiet.kernel.mem.hash());
    assert.equal(heard.filter((name) => name === 'mm_page_alloc').length, got.length);
    assert.deepEqual(depth, []);
  });
  property('the journal brings back every moment', 6, (program) => {
    const m = machine('x86_64', 128);
    const { journal } = m.kernel.mem;
    const moments = [{ position: journal.position, hash: m.kernel.mem.hash() }];
    for (let i = 0; i < program.length; i += 40) {
      run(m, program.slice(i, i + 40));
      moments.push({ position: journal.position, hash: m.kernel.mem.hash() });
    }
    for (const at of [...moments].reverse().concat(moments)) {
      journal.moveTo(at.position);
      assert.equal(m.kernel.mem.hash(), at.hash);
    }
  });
});

/** The journal's entries from a position on: which physical word, and what it holds at the end of the run. */
function written(m: Machine, from: number): [phys: number, value: number][] {
  const { mem } = m.kernel;
  const everything = [{ firstWord: 0, lastWord: mem.words.length, firstMask: 15, lastMask: 15 }];
  return [...mem.journal.touchingAfter(everything, from)].map((t) => [mem.physOf(t.word), mem.words[t.word] ?? 0]);
}

describe('page allocator: the journal depends on memory alone', () => {
  for (const arch of ['x86_64', 'i386', 'i386_pae'] as const) {
    property(`${arch}: looking at pages and pageblocks before changes no write`, 4, (program) => {
      const looked = machine(arch, 1024);
      const { pages, blocks, zones } = looked.alloc;
      for (const zone of zones) {
        for (let pfn = zone.startPfn; pfn < zone.endPfn; pfn += 61) {
          blocks.migratetype(pfn);
          pages.flagsLow(pfn);
        }
      }
      const blind = machine(arch, 1024);
      assert.deepEqual(run(looked, program).got, run(blind, program).got);
      assert.deepEqual(written(looked, 0), written(blind, 0));
      assert.equal(looked.kernel.mem.hash(), blind.kernel.mem.hash());
    });
    property(`${arch}: going back, cutting and running on writes the same again`, 4, (program) => {
      const m = machine(arch, 128);
      const { journal } = m.kernel.mem;
      const half = program.length >> 1;
      const { held } = run(m, program.slice(0, half));
      const position = journal.position;
      const first = run(m, program.slice(half), new Map(held)).got;
      const hashes = [journal.hash(), m.kernel.mem.hash()];
      journal.moveTo(position);
      journal.cut();
      assert.deepEqual(run(m, program.slice(half), new Map(held)).got, first);
      assert.deepEqual([journal.hash(), m.kernel.mem.hash()], hashes);
    });
  }
});

describe('page allocator: what a call leaves in struct page', () => {
  const words = (m: Machine, pfn: number): string[] => {
    const { pages, mem } = m.alloc;
    const first = pages.word(pfn);
    const hex = (i: number) => ((mem.words[first + i] as number) >>> 0).toString(16);
    const out: string[] = [];
    for (let i = 0; i < pages.words; i += pages.longWords) {
      const high = pages.longWords === 2 ? hex(i + 1) : '0';
      out.push(high === '0' ? hex(i) : high + hex(i).padStart(8, '0'));
    }
    return out;
  };
  it('a fresh page, as recorded (x86_64)', () => {
    const m = machine();
    const pfn = m.alloc.allocPages(GFP_KERNEL, 0);
    assert.equal(words(m, pfn).join(), 'fffffc0000000,0,dead000000000122,0,0,0,1ffffffff,0');
  });
  it('a fresh page, as recorded (i386)', () => {
    const m = machine('i386_pae');
    const pfn = m.alloc.allocPages(GFP_KERNEL, 0);
    assert.equal(words(m, pfn).join(), '40000000,0,122,0,0,0,ffffffff,1,0,0');
  });
  it('order 3 without __GFP_COMP: the tails have no reference', () => {
    const m = machine();
    const pfn = m.alloc.allocPages(GFP_KERNEL, 3);
    assert.equal(m.alloc.pages.getRefcount(pfn), 1);
    for (let i = 1; i < 8; i++) assert.equal(m.alloc.pages.getRefcount(pfn + i), 0);
  });
  it('order 3 with __GFP_COMP, as recorded, and after its free', () => {
    const m = machine();
    const pfn = m.alloc.allocPages(GFP_KERNEL | __GFP_COMP, 3);
    const head = (0xffffea0000000000n + BigInt(pfn) * 64n + 1n).toString(16);
    assert.equal(words(m, pfn).join(), 'fffffc0010000,0,dead000000000122,0,0,0,1ffffffff,0');
    const first = words(m, pfn + 1);
    assert.deepEqual([first[1], first[3], first[6]], [head, '800000000', 'ffffffff']);
    assert.match(first[2] as string, /^ffffffff....0301$/);
    assert.deepEqual([words(m, pfn + 2)[1], words(m, pfn + 2)[3]], [head, 'dead000000000400']);
    assert.deepEqual(
      [m.alloc.compound.isHead(pfn), m.alloc.compound.isTail(pfn + 5), m.api.compoundOrder(pfn)],
      [true, true, 3],
    );
    m.api.getPage(pfn + 5);
    assert.equal(m.api.pageCount(pfn), 2);
    m.api.putPage(pfn + 2);
    m.api.putPage(pfn + 7);
    assert.deepEqual([words(m, pfn + 2)[1], words(m, pfn + 2)[3]], ['0', '0']);
    assert.equal(words(m, pfn)[0], 'fffffc0000000');
    simDrain(m.alloc);
    checkInvariants(m.alloc);
    assert.deepEqual(m.reports, []);
  });
  it('a page on its way through pcp and buddy', () => {
    const m = machine();
    const pfn = m.alloc.allocPages(GFP_KERNEL, 0);
    m.alloc.freePages(pfn, 0);
    assert.deepEqual([m.alloc.pages.isBuddy(pfn), m.alloc.pages.getRefcount(pfn)], [false, 0]);
    const block = m.alloc.allocPages(GFP_KERNEL, 5);
    m.alloc.freePages(block, 5);
    const head = [...Array(6).keys()].map((k) => block & ~((32 << k) - 1)).find((p) => m.alloc.pages.isBuddy(p));
    assert.notEqual(head, undefined);
  });
  it('CONFIG_INIT_ON_ALLOC_DEFAULT_ON zeroes every page; without it old bytes stay but for __GFP_ZERO', () => {
    const check = (config: Record<string, boolean>, gfp: number, left: number) => {
      const m = machine('x86_64', 128, 1, 1, undefined, config);
      const pfn = m.alloc.allocPages(GFP_KERNEL, 0);
      m.kernel.mem.write32(pfn * 4096 + 8, 0x1234);
      m.alloc.freePages(pfn, 0);
      assert.equal(m.alloc.allocPages(gfp, 0), pfn);
      assert.equal(m.kernel.mem.read32(pfn * 4096 + 8), left);
    };
    check({}, GFP_KERNEL, 0);
    check({ INIT_ON_ALLOC_DEFAULT_ON: false }, GFP_KERNEL, 0x1234);
    check({ INIT_ON_ALLOC_DEFAULT_ON: false }, GFP_KERNEL | __GFP_ZERO, 0);
  });
});

describe('page allocator: reserves', () => {
  it('each mask stops where the recording does (256 MiB)', () => {
    const m = machine('x86_64', 256);
    const zone = zoneNamed(m, 'DMA32');
    const min = zone.wmark(WMARK_MIN);
    simFillZone(m.alloc, zoneNamed(m, 'DMA'), WMARK_MIN);
    simFillZone(m.alloc, zone, WMARK_LOW);
    assert.equal(zone.vmStatSnapshot(NR_FREE_PAGES), zone.wmark(WMARK_LOW));
    const batch = zone.onCpu(0).batch;
    const near = (gfp: number, mark: number) => {
      const left = whereItStops(m, zone, gfp);
      assert.ok(left <= mark && left > mark - batch - 4, `${left} left, expected ${mark} and up to a batch less`);
    };
    const half = min - Math.floor(min / 2);
    near(GFP_NOWAIT, min);
    near(GFP_KERNEL, min);
    near(GFP_ATOMIC | __GFP_NOMEMALLOC, half);
    near(__GFP_HIGH, half - Math.floor(half / 4));
    near(GFP_ATOMIC, half - Math.floor(half / 4));
    assert.equal(whereItStops(m, zone, GFP_NOWAIT | __GFP_MEMALLOC), 0);
    m.caller.taskFlags = () => PF_MEMALLOC;
    assert.equal(whereItStops(m, zone, GFP_NOWAIT), 0);
    m.caller.inInterrupt = () => true;
    near(GFP_NOWAIT, min);
    checkInvariants(m.alloc);
  });
  it('highatomic: an urgent high order keeps a pageblock, and gives it back', () => {
    const m = machine('x86_64', 256);
    const zone = zoneNamed(m, 'DMA32');
    simFillZone(m.alloc, zoneNamed(m, 'DMA'), 0);
    simFillZone(m.alloc, zone, zone.wmark(WMARK_MIN) + 8);
    const pfn = m.alloc.allocPages(GFP_ATOMIC | __GFP_NOWARN, 4);
    assert.ok(pfn >= 0);
    assert.equal(zone.nrReservedHighatomic, 512);
    assert.equal(m.alloc.blocks.migratetype(pfn), 3);
    assert.ok(unreserveHighatomicPageblock(m.alloc.buddy, m.alloc.fallback, [zone], 0, true));
    assert.equal(zone.nrReservedHighatomic, 0);
    checkInvariants(m.alloc);
  });
  it('stealing a small block raises the watermarks by a pageblock', () => {
    const m = machine('x86_64', 256);
    const zone = zoneNamed(m, 'DMA32');
    // all large movable blocks taken: an unmovable request must break into what is left
    for (let order = 10; order >= 9; order--) {
      for (;;) {
        if (m.alloc.buddy.rmqueueSmallest(zone, order, 1) < 0) break;
      }
    }
    const boosts: number[] = [];
    for (;;) {
      const pfn = m.alloc.allocPages(GFP_NOWAIT | __GFP_MEMALLOC | __GFP_NOWARN, 4);
      if (pfn < 0) break;
      boosts.push(zone.watermarkBoost);
    }
    assert.equal(
      boosts.find((b) => b > 0),
      512,
    );
  });
  it('THISNODE stays on its node; without it the other node helps', () => {
    const m = machine('x86_64', 256, 2, 2);
    const local = m.alloc.zones.filter((z) => z.populated && z.node === 0);
    for (const zone of local) simFillZone(m.alloc, zone, WMARK_MIN);
    assert.equal(m.alloc.allocPages(GFP_KERNEL | __GFP_THISNODE | __GFP_NOWARN, 0, 0), -1);
    const pfn = m.alloc.allocPages(GFP_KERNEL, 0, 0);
    assert.equal(m.alloc.zoneOf(pfn).node, 1);
    assert.equal(m.alloc.zoneOf(m.api.allocPagesNode(1, GFP_KERNEL, 0)).node, 1);
  });
  it('highmem is only for masks that allow it; __get_free_pages never returns it', () => {
    const m = machine('i386_pae', 1024);
    const pfn = m.alloc.allocPages(GFP_HIGHUSER, 0);
    assert.equal(m.alloc.zoneOf(pfn).name, 'HighMem');
    assert.equal(m.api.pageAddress(pfn), 0);
    const va = m.api.getFreePages(GFP_HIGHUSER, 0);
    assert.notEqual(va, 0);
    assert.equal(m.alloc.zoneOf(m.api.virtToPfn(va)).name, 'Normal');
  });
});

describe('page allocator: reports', () => {
  it('an order above the maximum warns once, and never with __GFP_NOWARN', () => {
    const m = machine();
    assert.equal(m.alloc.allocPages(GFP_KERNEL | __GFP_NOWARN, 11), -1);
    assert.equal(m.reports.length, 0);
    assert.equal(m.alloc.allocPages(GFP_KERNEL, 11), -1);
    assert.equal(m.alloc.allocPages(GFP_KERNEL, 12), -1);
    assert.equal(m.reports.length, 1);
    assert.match((m.reports[0] as Report).title, /^mm\/page_alloc\.c:5634 /);
  });
  it('a failure, in the kernel’s words', () => {
    const m = machine();
    for (const zone of m.alloc.zones) simFillZone(m.alloc, zone, WMARK_MIN);
    assert.equal(m.alloc.allocPages(GFP_NOWAIT, 0), -1);
    assert.equal(m.alloc.allocPages(GFP_NOWAIT, 0), -1);
    assert.deepEqual(
      m.reports.map((r) => [r.kind, r.title]),
      [
        [
          'fail',
          'swapper/0: page allocation failure: order:0, mode:0x800(GFP_NOWAIT), nodemask=(null),cpuset=/,mems_allowed=0',
        ],
      ],
    );
  });
  it('free with a wrong order: a tail that is a free block is named, as recorded', () => {
    const m = machine();
    const pfn = m.alloc.allocPages(GFP_KERNEL, 4);
    const other = m.alloc.allocPages(GFP_KERNEL, 4);
    m.alloc.freePages(other, 4);
    assert.equal(other, pfn + 16);
    m.alloc.freePages(pfn, 5);
    assert.match((m.reports[0] as Report).title, /^BUG: Bad page state in process swapper\/0 {2}pfn:[0-9a-f]{5}$/);
    assert.match(
      (m.reports[0] as Report).lines.join('\n'),
      /mapcount:-128[\s\S]*page dumped because: nonzero mapcount/,
    );
  });
  it('a page freed while mapped: found when pcp drains', () => {
    const m = machine();
    const pfn = m.alloc.allocPages(GFP_KERNEL, 0);
    m.alloc.pages.setMapcount(pfn, 0);
    m.alloc.freePages(pfn, 0);
    assert.equal(m.reports.length, 0);
    m.alloc.drainAllPages();
    assert.match(
      (m.reports[0] as Report).lines.join('\n'),
      /refcount:0 mapcount:1 [\s\S]*page dumped because: nonzero mapcount/,
    );
  });
  it('a double free is silent on pcp; in the buddy it is found at the next allocation', () => {
    const m = machine();
    const pfn = m.alloc.allocPages(GFP_KERNEL, 0);
    m.alloc.freePages(pfn, 0);
    m.alloc.freePages(pfn, 0);
    assert.equal(m.alloc.pages.getRefcount(pfn), -1);
    assert.deepEqual(m.reports, []);
    const other = machine();
    const single = other.alloc.allocPages(GFP_KERNEL, 0);
    other.alloc.freePages(single, 0);
    other.alloc.drainAllPages();
    other.alloc.freePages(single, 0);
    assert.equal(other.reports.length, 0);
    const got: number[] = [];
    const count = () => other.reports.length;
    for (let i = 0; i < 400 && count() === 0; i++) got.push(other.alloc.allocPages(GFP_KERNEL, 0));
    assert.match(other.reports[0]?.title ?? '', new RegExp(`pfn:${single.toString(16).padStart(5, '0')}$`));
    assert.match(other.reports[0]?.lines.join('\n') ?? '', /refcount:-1[\s\S]*nonzero _refcount/);
    assert.ok(!got.includes(single), 'the bad page is lost');
  });
});

describe('page API', () => {
  it('alloc_pages_exact gives back what the block has more', () => {
    const m = machine();
    const before = freePages(m);
    const va = m.api.allocPagesExact(5 * 4096 + 1, GFP_KERNEL);
    simDrain(m.alloc);
    assert.equal(freePages(m), before - 6);
    m.api.freePagesExact(va, 5 * 4096 + 1);
    simDrain(m.alloc);
    assert.equal(freePages(m), before);
    checkInvariants(m.alloc);
  });
  it('get_order', () => {
    assert.deepEqual([1, 4096, 4097, 8192, 8193, 4 * MiB].map(getOrder), [0, 0, 1, 1, 2, 10]);
  });
  it('addresses and pages', () => {
    const m = machine();
    const va = m.api.getZeroedPage(GFP_KERNEL);
    const pfn = m.api.virtToPfn(va);
    assert.equal(m.api.pageAddress(pfn), va);
    assert.equal(m.api.pageArg(m.alloc.pages.pageAddr(pfn)), pfn);
    assert.throws(() => m.api.pageArg(0), /page fault/);
    assert.throws(() => m.api.virtToPfn(0x1000), /page fault/);
    m.api.freePages(va, 0);
    m.api.freePages(0, 0);
    assert.deepEqual(m.reports, []);
  });
  it('a reference keeps the first page of a block; its tails are freed (__free_pages)', () => {
    const m = machine();
    const before = freePages(m);
    const pfn = m.alloc.allocPages(GFP_KERNEL, 2);
    m.api.getPage(pfn);
    m.alloc.freePages(pfn, 2);
    simDrain(m.alloc);
    assert.equal(freePages(m), before - 1);
    m.api.putPage(pfn);
    simDrain(m.alloc);
    assert.equal(freePages(m), before);
    checkInvariants(m.alloc);
  });
  it('sim_fill_zone stops exactly at the mark; sim_fail_next fails so often', () => {
    const m = machine('x86_64', 128);
    const zone = zoneNamed(m, 'DMA32');
    simFillZone(m.alloc, zone, 1234);
    assert.equal(zone.vmStatOf(NR_FREE_PAGES), 1234);
    checkInvariants(m.alloc);
    simFailNextPages(m.alloc, 2);
    assert.deepEqual(
      [0, 0, 0].map((o) => m.alloc.allocPages(GFP_KERNEL, o) >= 0),
      [false, false, true],
    );
    assert.match(m.printed[0] as string, /FAULT_INJECTION/);
    assert.deepEqual(m.reports, []);
  });
});

const freePages = (m: Machine): number =>
  m.alloc.zones.reduce((sum, z) => sum + (z.populated ? z.vmStatSnapshot(NR_FREE_PAGES) : 0), 0);

/** Requests that the fast path cannot serve: warnings, reports, kswapd, and those that must not fail. */
import assert from 'node:assert/strict';
import { check, load, run } from './scenario';

/** No page of the zones DMA and DMA32 is left to a request without rights. */
const FULL =
  'sim_fill_zone(&NODE_DATA(0)->node_zones[ZONE_DMA], WMARK_MIN); sim_fill_zone(&NODE_DATA(0)->node_zones[ZONE_DMA32], WMARK_MIN);';
/** Nor to one with rights. */
const EMPTY =
  'sim_fill_zone(&NODE_DATA(0)->node_zones[ZONE_DMA], 4); sim_fill_zone(&NODE_DATA(0)->node_zones[ZONE_DMA32], 4);';
const WARNING = /^WARNING: CPU: 0 PID: \d+ at mm\/page_alloc\.c/;
const FAILURE = 'main: page allocation failure: order:';

describe('slow path: masks that contradict themselves', () => {
  it('__GFP_ATOMIC with __GFP_DIRECT_RECLAIM: silent where the fast path serves it (amd64-gfp_atomic_reclaim)', () => {
    check('expect(alloc_page(GFP_ATOMIC | __GFP_DIRECT_RECLAIM) != NULL);');
  });
  it('else a warning, once, and the request goes on without __GFP_ATOMIC', () => {
    check(
      `${EMPTY} for (int i = 0; i < 2; i++) expect(!alloc_page(GFP_ATOMIC | __GFP_DIRECT_RECLAIM));`,
      { reports: [WARNING, `${FAILURE}0, mode:0xc20(GFP_NOIO|__GFP_HIGH)`] },
      { maxSteps: 100 },
    );
  });
  it('zones that exclude each other: the lowest one (amd64-gfp_conflict, i386-pae-gfp_conflict)', () => {
    for (const arch of ['x86_64', 'i386_pae', 'i386'] as const) {
      check('expect(page_zonenum(alloc_page(GFP_KERNEL | __GFP_DMA | __GFP_HIGHMEM)) == ZONE_DMA);', {}, { arch });
      check('expect(gfp_zone(__GFP_DMA | __GFP_HIGHMEM) == ZONE_DMA);', {}, { arch });
    }
  });
  it('an order above the maximum: a warning, once, not with __GFP_NOWARN (amd64-alloc_order_max)', () => {
    check('expect(!alloc_pages(GFP_KERNEL | __GFP_NOWARN, 11));');
    check('expect(!alloc_pages(GFP_KERNEL, 11)); expect(!alloc_pages(GFP_KERNEL, 12));', { reports: [WARNING] });
  });
});

describe('slow path: __GFP_NOFAIL', () => {
  const NOFAIL = 'GFP_KERNEL | __GFP_NOFAIL';
  it('order 2 and above: a warning, once, and the pages (amd64-nofail_highorder)', () => {
    check(`expect(alloc_pages(${NOFAIL}, 1) != NULL);`);
    check(`expect(alloc_pages(${NOFAIL}, 3) != NULL); expect(alloc_pages(${NOFAIL}, 2) != NULL);`, {
      reports: [WARNING],
    });
  });
  it('takes half of min, where others fail', () => {
    check(`${FULL} expect(!alloc_page(GFP_KERNEL | __GFP_NOWARN)); expect(alloc_page(${NOFAIL}) != NULL);`);
  });
  it('never gives NULL: without memory the run ends, in kmem’s own words', () => {
    const { log } = check(`${EMPTY} alloc_page(${NOFAIL}); printk("never");`, {
      status: 'limit',
      reports: [/^kmem: a request of order 0 with __GFP_NOFAIL \(GFP_KERNEL\|__GFP_NOFAIL\) finds no memory/],
    });
    assert.equal(log.length, 1);
  });
  it('but for a caller that cannot reclaim: a warning, a failure report, and NULL', () => {
    check(`${EMPTY} expect(!alloc_page(GFP_NOWAIT | __GFP_NOFAIL));`, {
      reports: [WARNING, `${FAILURE}0, mode:0x8800(GFP_NOWAIT|__GFP_NOFAIL)`],
    });
    check(`${EMPTY} expect(!alloc_page(GFP_NOWAIT | __GFP_NOFAIL | __GFP_NOWARN));`);
  });
  it('under PF_MEMALLOC, and for large blocks: a warning each before it tries on', () => {
    const ends = { status: 'limit' as const };
    check(`${EMPTY} current->flags |= PF_MEMALLOC; for (int i = 0; i < 100; i++) alloc_page(${NOFAIL});`, {
      ...ends,
      reports: [WARNING, /^kmem: /],
    });
    check(`${EMPTY} alloc_pages(${NOFAIL}, 4);`, { ...ends, reports: [WARNING, /^kmem: a request of order 4/] });
  });
});

describe('slow path: the reserve of urgent requests', () => {
  // an urgent request of order 4 has a pageblock set apart
  const RESERVED = `struct zone *z = &NODE_DATA(0)->node_zones[ZONE_DMA32];
    sim_fill_zone(&NODE_DATA(0)->node_zones[ZONE_DMA], 4); sim_fill_zone(z, z->_watermark[WMARK_MIN] + 8);
    expect(alloc_pages(GFP_ATOMIC | __GFP_NOWARN, 4) != NULL); expect(z->nr_reserved_highatomic == 512);`;
  it('stays where the request cannot reclaim, or does not want to try again', () => {
    for (const mask of ['GFP_NOWAIT', 'GFP_KERNEL | __GFP_NORETRY'])
      check(`${RESERVED} while (alloc_page(${mask} | __GFP_NOWARN)) ; expect(z->nr_reserved_highatomic == 512);`);
  });
  it('is given up before others fail', () => {
    check(`${RESERVED} while (alloc_page(GFP_KERNEL | __GFP_NOWARN)) ; expect(z->nr_reserved_highatomic == 0);`);
  });
});

describe('slow path: the report of a failure', () => {
  it('one in ten seconds; then how many there were', () => {
    check(
      `${EMPTY} for (int i = 0; i < 3; i++) alloc_page(GFP_NOWAIT);
       msleep(9000); alloc_page(GFP_NOWAIT);
       msleep(2000); alloc_page(GFP_NOWAIT);`,
      { reports: [FAILURE, FAILURE], lines: ['warn_alloc: 3 callbacks suppressed'] },
      { maxSteps: 100 },
    );
  });
  it('Mem-Info shows the zones that the mask may use; the totals count all (amd64-fail_dma, amd64-fail_order10)', () => {
    const memInfo = (text: string, arch: 'x86_64' | 'i386_pae' = 'x86_64') => {
      const { log } = run(text, { arch });
      const lines = log.find((e) => e.kind === 'fail')?.lines ?? [];
      return lines.slice(lines.indexOf('Mem-Info:'));
    };
    const zones = (lines: readonly string[]) =>
      lines.flatMap(
        (line) => /^((?:Node 0 )?\w+) free:/.exec(line)?.[1] ?? /^((?:Node 0 )?\w+): /.exec(line)?.[1] ?? [],
      );
    const dma = memInfo('sim_fill_zone(&NODE_DATA(0)->node_zones[ZONE_DMA], 4); alloc_page(GFP_NOWAIT | __GFP_DMA);');
    assert.deepEqual(zones(dma), ['Node 0 DMA', 'Node 0 DMA']);
    const free = Number(/^ free:(\d+) /m.exec(dma.join('\n'))?.[1]);
    assert.ok(free > 4000, `free:${free} counts DMA32 as well`);
    assert.deepEqual(zones(memInfo(`${EMPTY} alloc_page(GFP_NOWAIT);`)), [
      'Node 0 DMA',
      'Node 0 DMA32',
      'Node 0 DMA',
      'Node 0 DMA32',
    ]);
    // without CONFIG_NUMA no node is named
    const short =
      'sim_fill_zone(&NODE_DATA(0)->node_zones[ZONE_DMA], 4); sim_fill_zone(&NODE_DATA(0)->node_zones[ZONE_NORMAL], 4); alloc_page(GFP_NOWAIT);';
    assert.deepEqual(zones(memInfo(short, 'i386_pae')), ['DMA', 'Normal', 'DMA', 'Normal']);
  });
});

describe('slow path: kswapd', () => {
  /** mm_vmscan_wakeup_kswapd events of a run. */
  function wakeUps(text: string): (readonly (string | number)[])[] {
    const vm = load(text);
    vm.kernel.trace.on = true;
    while (!vm.done) vm.step();
    return vm.kernel.trace.records.filter((r) => r.name === 'mm_vmscan_wakeup_kswapd').map((r) => r.values);
  }
  const NOWAIT = 0x2800;
  it('is woken once, though the request may use two zones of the node and asks twice', () => {
    assert.deepEqual(wakeUps(`${EMPTY} for (int i = 0; i < 3; i++) alloc_page(GFP_NOWAIT | __GFP_NOWARN);`), [
      [0, 0, NOWAIT],
    ]);
  });
  it('is not woken by masks without __GFP_KSWAPD_RECLAIM', () => {
    assert.deepEqual(wakeUps(`${EMPTY} alloc_page(__GFP_HIGH | __GFP_NOWARN);`), []);
  });
  it('is not woken where a zone of the node is above its high watermark: memory is free, but not in such large blocks', () => {
    const fragmented =
      'sim_fill_zone(&NODE_DATA(0)->node_zones[ZONE_DMA], 4); alloc_page(GFP_NOWAIT | __GFP_DMA | __GFP_NOWARN);';
    assert.deepEqual(wakeUps(fragmented), [[0, 0, NOWAIT | 1]], 'DMA alone is allowed, and low');
    assert.deepEqual(wakeUps('alloc_pages(GFP_NOWAIT | __GFP_NOWARN, 10); expect(1);'), []);
  });
  it('what is asked of it stands in pglist_data', () => {
    check(
      `struct pglist_data *node = NODE_DATA(0);
       expect(node->kswapd_highest_zoneidx == MAX_NR_ZONES); expect(node->kswapd_wait.head.next != &node->kswapd_wait.head);
       ${EMPTY} alloc_pages(GFP_NOWAIT | __GFP_NOWARN, 2);
       expect(node->kswapd_highest_zoneidx == ZONE_NORMAL); expect(node->kswapd_order == 2);
       expect(node->kswapd_wait.head.next == &node->kswapd_wait.head);`,
    );
  });
  it('is a task that runs when it is woken, finds nothing to reclaim, gives its node up and sleeps again', () => {
    check(
      `struct pglist_data *node = NODE_DATA(0); struct task_struct *kswapd = node->kswapd;
       expect(!strcmp(kswapd->comm, "kswapd0")); expect(kswapd->__state == TASK_INTERRUPTIBLE); expect(kswapd->flags == 0x220800);
       ${EMPTY} alloc_pages(GFP_NOWAIT | __GFP_NOWARN, 2);
       expect(kswapd->__state == TASK_RUNNING); expect(node->kswapd_failures == 0);
       msleep(10);
       expect(kswapd->__state == TASK_INTERRUPTIBLE); expect(node->kswapd_failures == 16);
       expect(node->kswapd_order == 0); expect(node->kswapd_highest_zoneidx == MAX_NR_ZONES);
       expect(node->kswapd_wait.head.next != &node->kswapd_wait.head);
       alloc_pages(GFP_NOWAIT | __GFP_NOWARN, 0); expect(kswapd->__state == TASK_INTERRUPTIBLE);`,
    );
  });
});

/** The counters of zones: what CPUs hold back, and when it is folded into them. */
import { check } from './scenario';

const ZONE = 'struct zone *z = &NODE_DATA(0)->node_zones[ZONE_DMA32]; long before = zone_page_state(z, NR_FREE_PAGES);';
/** What CPU 0 has not told the zone yet. */
const DIFF = 'per_cpu_ptr(z->per_cpu_zonestats, 0)->vm_stat_diff[NR_FREE_PAGES]';
const LAGS = `expect(zone_page_state(z, NR_FREE_PAGES) == before); expect(${DIFF} == -1);`;
const FOLDED = `expect(zone_page_state(z, NR_FREE_PAGES) == before - 1); expect(${DIFF} == 0);`;
/** On a machine this small, a page list takes one page at a time. */
const TAKE = 'alloc_page(GFP_KERNEL);';

describe('vmstat: a CPU’s differences', () => {
  it('stay with the CPU while they are small', () => {
    check(`${ZONE} ${TAKE} ${LAGS}`);
  });
  it('are folded by the worker within a second, also into the sum over zones', () => {
    check(
      `${ZONE} long sum = global_zone_page_state(NR_FREE_PAGES);
       ${TAKE} msleep(2100); ${FOLDED} expect(global_zone_page_state(NR_FREE_PAGES) == sum - 1);`,
    );
  });
  it('of a CPU that stays busy, at the whole second', () => {
    check(
      `${ZONE} msleep(2100); ${TAKE} ${LAGS}
       unsigned long end = jiffies + 2 * HZ; while (time_before(jiffies, end)) ; ${FOLDED}`,
      {},
      { maxSteps: 1_200_000 },
    );
  });
  it('of a CPU that goes idle, at once where its worker waits for its turn', () => {
    // the first change sets the worker going: it is due in a second
    check(`${ZONE} ${TAKE} msleep(2100); ${FOLDED} before--; ${TAKE} ${LAGS} msleep(1); ${FOLDED}`);
    // no change for seconds: the worker is off, and idle leaves the counters alone
    check(`${ZONE} msleep(3000); ${TAKE} msleep(1); ${LAGS}`);
  });
});

describe('vmstat: page lists of another node', () => {
  it('are given back when they have not been used for three seconds', () => {
    const nodes = 'node 0 { memory = 64M; cpus = 0; } node 1 { memory = 64M; cpus = 1; }';
    check(
      `machine { arch = x86_64; cpus = 2; ${nodes} }
       task main on cpu 0 {
         struct zone *z = page_zone(alloc_pages_node(1, GFP_KERNEL, 0));
         struct per_cpu_pages *pcp = per_cpu_ptr(z->per_cpu_pageset, 0);
         __free_page(alloc_pages_node(1, GFP_KERNEL, 0));
         int count = pcp->count;
         expect(page_to_nid(pfn_to_page(z->zone_start_pfn)) == 1); expect(count > 0);
         msleep(3000); expect(pcp->count == count); expect(pcp->expire > 0);
         for (int i = 0; i < 8; i++) msleep(1000);
         expect(pcp->count < count);
       }`,
      {},
      { maxSteps: 100 },
    );
  });
});

describe('vmstat: how much a page list keeps', () => {
  const most = (flags: string, expected: string) =>
    check(
      `machine { memory = 512M; } static struct page *p[500];
       task main {
         struct zone *z = &NODE_DATA(0)->node_zones[ZONE_DMA32];
         struct per_cpu_pages *pcp = per_cpu_ptr(z->per_cpu_pageset, 0);
         int i, most = 0;
         for (i = 0; i < 500; i++) p[i] = alloc_page(GFP_KERNEL);
         drain_all_pages(NULL);
         ${flags}
         for (i = 0; i < 500; i++) { __free_page(p[i]); if (pcp->count > most) most = pcp->count; }
         expect(4 * pcp->batch < pcp->high); expect(most == ${expected});
       }`,
      {},
      { maxSteps: 20_000 },
    );
  it('as much as high says', () => void most('', 'pcp->high - 1'));
  it('four batches, while reclaim is at work in the zone', () =>
    void most('z->flags |= 1UL << 1; /* ZONE_RECLAIM_ACTIVE */', '4 * pcp->batch - 1'));
});

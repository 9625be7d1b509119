/** What must hold of the page allocator's memory at any moment between two calls. */
import assert from 'node:assert/strict';
import { MIGRATE_TYPES } from '../../../server/kernel/mm/migratetype';
import type { PageAllocator } from '../../../server/kernel/mm/page_alloc/page_alloc';
import { MAX_ORDER, NR_FREE_PAGES } from '../../../server/kernel/mm/zone';
import { NR_PCP_LISTS } from '../../../server/kernel/mm/zone_percpu';
import { listPfns } from '../../../server/recordings/replay';

/** Every free page on exactly one list, buddies merged, counters and struct pages in step. `taken` are the blocks in use: pfn → order. */
export function checkInvariants(alloc: PageAllocator, taken: ReadonlyMap<number, number> = new Map()): void {
  const owner = new Map<number, string>();
  const own = (pfn: number, order: number, who: string) => {
    for (let i = 0; i < 1 << order; i++) {
      assert.equal(owner.get(pfn + i), undefined, `pfn ${pfn + i} belongs to ${owner.get(pfn + i)} and to ${who}`);
      owner.set(pfn + i, who);
    }
  };
  const { pages, buddy, blocks } = alloc;
  for (const zone of alloc.zones) {
    if (!zone.populated) continue;
    let free = 0;
    for (let order = 0; order < MAX_ORDER; order++) {
      let count = 0;
      for (let mt = 0; mt < MIGRATE_TYPES; mt++) {
        const head = zone.freeList(order, mt);
        const list = listPfns(alloc, head);
        checkLinks(alloc, head, list);
        for (const pfn of list) {
          own(pfn, order, `free list ${zone.name}/${order}/${mt}`);
          assert.ok(zone.spans(pfn) && zone.spans(pfn + (1 << order) - 1), `free block ${pfn} inside its zone`);
          assert.equal(pfn % (1 << order), 0, `free block ${pfn} aligned`);
          assert.ok(pages.isBuddy(pfn), `free block ${pfn} is a buddy`);
          assert.equal(pages.getPrivate(pfn), order);
          assert.equal(alloc.zoneOf(pfn), zone);
          for (let i = 0; i < 1 << order; i++) {
            assert.equal(pages.getRefcount(pfn + i), 0, `free page ${pfn + i} has no reference`);
            if (i > 0) assert.ok(!pages.isBuddy(pfn + i), `page ${pfn + i} inside a free block is not a buddy`);
          }
          const other = pfn ^ (1 << order);
          const mergeable =
            order < blocks.order ||
            blocks.migratetype(pfn) === blocks.migratetype(other) ||
            (mt < 3 && blocks.migratetype(other) < 3);
          if (order < MAX_ORDER - 1 && mergeable) {
            assert.ok(
              !buddy.isFreeBuddy(zone, other, order),
              `blocks ${pfn} and ${other} of order ${order} should be one`,
            );
          }
        }
        count += list.length;
        free += list.length << order;
      }
      assert.equal(zone.nrFreeBlocks(order), count, `${zone.name} free_area[${order}].nr_free`);
    }
    assert.equal(zone.vmStatSnapshot(NR_FREE_PAGES), free, `${zone.name} NR_FREE_PAGES`);
    for (let cpu = 0; cpu < zone.cpus; cpu++) {
      let count = 0;
      for (let i = 0; i < NR_PCP_LISTS; i++) {
        const head = zone.onCpu(cpu).list(i);
        const order = alloc.pcp.pindexToOrder(i);
        const list = listPfns(alloc, head);
        checkLinks(alloc, head, list);
        for (const pfn of list) {
          own(pfn, order, `pcp list ${zone.name}/cpu${cpu}/${i}`);
          assert.ok(!pages.isBuddy(pfn), `pcp page ${pfn} is not a buddy`);
          assert.equal(pages.getRefcount(pfn), 0);
          assert.equal(alloc.zoneOf(pfn), zone);
        }
        count += list.length << order;
      }
      assert.equal(zone.onCpu(cpu).count, count, `${zone.name} cpu${cpu} pcp count`);
      assert.ok(Math.abs(zone.onCpu(cpu).statDiff(NR_FREE_PAGES)) <= zone.onCpu(cpu).statThreshold);
    }
  }
  for (const [pfn, order] of taken) {
    own(pfn, order, 'the program');
    assert.equal(pages.getRefcount(pfn), 1, `page ${pfn} in use has one reference`);
    assert.ok(!pages.isBuddy(pfn));
    assert.equal(pages.getPrivate(pfn), 0);
  }
}

/** prev of each is the one before. */
function checkLinks(
  alloc: PageAllocator,
  head: { word: number; lo: number; hi: number },
  list: readonly number[],
): void {
  const back: number[] = [];
  let pfn = alloc.buddy.lists.last(head.word, head.lo, head.hi);
  while (pfn >= 0 && back.length <= list.length) {
    back.push(pfn);
    pfn = alloc.buddy.lists.last(alloc.pages.word(pfn) + alloc.pages.lru, head.lo, head.hi);
  }
  assert.deepEqual(back.reverse(), list);
}

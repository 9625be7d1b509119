/** What the allocator reads of struct zone it reads in memory: a damaged span changes what the kernel asks it for, and nothing else. */
import assert from 'node:assert/strict';
import { defaultConfig } from '../../../server/kernel/arch/machine_config';
import type { Kernel } from '../../../server/kernel/kernel';
import { bootKernel } from '../../../server/kernel/kernel';
import { moveFreepagesBlock } from '../../../server/kernel/mm/page_alloc/fallback';
import type { Zone } from '../../../server/kernel/mm/zone';
import { zoneInfo } from '../../../server/kernel/proc/proc_vmstat';
import { DEFAULT_PROFILE } from '../../../server/profiles/profiles';

const { GFP_KERNEL, GFP_HIGHUSER_MOVABLE } = DEFAULT_PROFILE.gfp.masks;
const ARCHES = ['x86_64', 'i386', 'i386_pae'] as const;

interface Damaged {
  readonly k: Kernel;
  readonly zone: Zone;
  /** first pfn of a pageblock of which the upper half is free */
  readonly block: number;
}
/** A machine with a half-used pageblock, whose zone has fields set as given. */
function machine(arch: (typeof ARCHES)[number], fields: Readonly<Record<string, number>>): Damaged {
  const k = bootKernel(defaultConfig({ arch, memory: 64 * 2 ** 20, cpus: 1 }));
  const order = k.arch.pageblockOrder;
  const pfn = k.pageAlloc.allocPages(GFP_HIGHUSER_MOVABLE, order);
  assert.ok(pfn > 0);
  k.pageApi.splitPage(pfn, order);
  for (let i = 1 << (order - 1); i < 1 << order; i++) k.pageAlloc.freePages(pfn + i, 0);
  k.pageAlloc.drainAllPages();
  const zone = k.pageAlloc.zoneOf(pfn);
  for (const [field, value] of Object.entries(fields)) k.vars.writeField(zone.addr, 'zone', field, value);
  return { k, zone, block: pfn };
}

describe('the span of a zone', () => {
  for (const arch of ARCHES) {
    const moved = ({ k, zone, block }: Damaged, pfn = block): number =>
      moveFreepagesBlock(k.pageAlloc.buddy, zone, pfn, 0);
    it(`${arch}: move_freepages_block moves a pageblock that the zone spans, and none behind its end`, () => {
      const whole = machine(arch, {});
      const half = whole.k.pageblocks.pages / 2;
      assert.equal(moved(whole), half);
      assert.equal(moved(machine(arch, { zone_start_pfn: 0xffffff })), 0);
      assert.equal(moved(machine(arch, { spanned_pages: 0 })), 0);
      const { k, zone, block } = machine(arch, {});
      const upTo = (end: number): void => k.vars.writeField(zone.addr, 'zone', 'spanned_pages', end - zone.startPfn);
      upTo(block + k.pageblocks.pages - 1);
      assert.equal(moved({ k, zone, block }), 0);
      upTo(block + k.pageblocks.pages);
      assert.equal(moved({ k, zone, block }), half);
    });
    it(`${arch}: of a pageblock that begins before the zone it takes what follows the page`, () => {
      const { k, zone, block } = machine(arch, {});
      const quarter = k.pageblocks.pages / 4;
      k.vars.writeField(zone.addr, 'zone', 'zone_start_pfn', block + 1);
      assert.equal(moved({ k, zone, block }, block + 3 * quarter), 0);
      // the free block of half a pageblock begins before that page
      assert.equal(moved({ k, zone, block }, block + 2 * quarter), 2 * quarter);
    });
    it(`${arch}: buddies are found by their descriptors, allocations go on`, () => {
      const { k, zone, block } = machine(arch, { zone_start_pfn: 0xffffff, spanned_pages: 0 });
      const order = k.arch.pageblockOrder;
      for (let i = 0; i < 1 << (order - 1); i++) k.pageAlloc.freePages(block + i, 0);
      k.pageAlloc.drainAllPages();
      const head = block & ~(1 << order);
      assert.ok(k.pages.isBuddy(block) || k.pages.isBuddy(head), 'all of the pageblock is one block again');
      assert.ok(k.pageAlloc.allocPages(GFP_KERNEL, 0) > 0);
      assert.deepEqual([zoneInfo(k, zone).start_pfn, zoneInfo(k, zone).spanned], [0xffffff, 0]);
    });
  }
});

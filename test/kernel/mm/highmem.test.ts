/** Permanent mappings of highmem under random operations: no slot of two pages, no page with two slots, counters equal to a recount. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { defaultConfig } from '../../../server/kernel/arch/machine_config';
import { bootKernel } from '../../../server/kernel/kernel';
import { PAGE_SIZE } from '../../../server/types/pageSize';

const MiB = 2 ** 20;
/** Weighted: mostly kmap and kunmap of many pages, so that the window wraps and fills. */
const op = fc.record({
  what: fc.constantFrom('kmap', 'kmap', 'kmap', 'kunmap', 'kunmap', 'flush'),
  page: fc.nat(1299),
  times: fc.integer({ min: 1, max: 400 }),
});

describe('highmem', () => {
  for (const arch of ['i386', 'i386_pae'] as const)
    it(`${arch}: random kmap, kunmap and flushes`, () => {
      const k = bootKernel(defaultConfig({ arch, memory: 1024 * MiB, cpus: 1 }), { journal: false });
      const { highmem, pageApi, pageTables, addresses, space, symbols } = k;
      assert.ok(highmem);
      const pages = Array.from({ length: 1300 }, () => k.pageAlloc.allocPages(k.gfp.kernel | k.gfp.highmem, 0));
      const counts = symbols.address('pkmap_count');
      const { pkmapBase, pkmapEntries } = addresses;
      /** users of each page */
      const users = new Map<number, number>();

      const check = (): void => {
        const slots = new Map<number, number>();
        for (const pfn of pages) {
          const va = pageApi.pageAddress(pfn);
          if (va === 0) {
            assert.equal(users.get(pfn) ?? 0, 0, 'a page in use has an address');
            continue;
          }
          assert.ok(!slots.has(va), 'a slot is one page’s');
          slots.set(va, pfn);
          assert.equal(pageTables.pfnAt(va), pfn);
          const count = space.readS32(counts + ((va - pkmapBase) / PAGE_SIZE) * 4);
          assert.equal(count, (users.get(pfn) ?? 0) + 1);
        }
        for (let nr = 0; nr < pkmapEntries; nr++) {
          const va = pkmapBase + nr * PAGE_SIZE;
          if (slots.has(va)) continue;
          assert.equal(space.readS32(counts + nr * 4), 0);
          assert.equal(pageTables.pfnAt(va), -1);
        }
      };
      const kmap = (pfn: number): void => {
        const before = pageApi.pageAddress(pfn);
        const va = highmem.kmapHigh(pfn);
        if (va === 0) {
          assert.equal([...users.values()].filter((n) => n > 0).length, pkmapEntries, 'it waits if all are in use');
          return;
        }
        if (before !== 0) assert.equal(va, before);
        users.set(pfn, (users.get(pfn) ?? 0) + 1);
      };
      const kunmap = (pfn: number): void => {
        const n = users.get(pfn) ?? 0;
        if (n === 0) return;
        assert.equal(highmem.kunmapHigh(pfn), n === 1);
        users.set(pfn, n - 1);
      };
      fc.assert(
        fc.property(fc.array(op, { maxLength: 12 }), (ops) => {
          for (const { what, page, times } of ops)
            for (let i = 0; i < times; i++) {
              const pfn = pages[(page + i) % pages.length] as number;
              if (what === 'kmap') kmap(pfn);
              else if (what === 'kunmap') kunmap(pfn);
              else if (i === 0) highmem.flushUnused();
            }
          check();
        }),
        { numRuns: 8 },
      );
      for (const pfn of pages) while ((users.get(pfn) ?? 0) > 0) kunmap(pfn);
      highmem.flushUnused();
      check();
      assert.ok(pages.every((pfn) => pageApi.pageAddress(pfn) === 0));
    });
});

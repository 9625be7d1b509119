/** vmalloc: addresses, trees and lists, pages, lazy freeing. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { PAGE_SIZE } from '../../../../server/types/pageSize';
import { ARRAY_PAGES, checkVm, rangesOf, type Vm, vmOf } from './vmallocKit';

const ARCHES = ['x86_64', 'i386', 'i386_pae'] as const;
/** more random operations: KMEM_SCENARIOS=1000000 */
const STEPS = Number(process.env.KMEM_SCENARIOS ?? 0);

describe('vmalloc', () => {
  for (const arch of ARCHES) {
    it(`${arch}: lowest addresses first, a guard page behind each, freed addresses come back after a purge`, () => {
      const vm = vmOf(arch);
      const { api, k } = vm;
      const start = k.addresses.vmallocStart;
      const a = api.vmalloc(1);
      const b = api.vmalloc(PAGE_SIZE + 1);
      assert.deepEqual([a, b], [start, start + 2 * PAGE_SIZE]);
      assert.ok(api.pfnOf(a) > 0 && api.pfnOf(b + PAGE_SIZE) > 0);
      assert.deepEqual([api.pfnOf(a + PAGE_SIZE), api.pfnOf(b + 2 * PAGE_SIZE)], [-1, -1], 'guard pages');
      assert.equal(api.pages, 3);
      api.freeing.vfree(a);
      assert.equal(api.vmalloc(1), start + 5 * PAGE_SIZE, 'lazily freed addresses are not used');
      api.blocks.unmapAliases();
      assert.equal(api.vmalloc(1), start);
      checkVm(vm);
    });
    it(`${arch}: beyond the limit of lazy freeing a worker purges`, () => {
      const vm = vmOf(arch);
      const { api, works } = vm;
      const limit = 8192;
      assert.equal(api.allocator.lazyMaxPages, limit);
      for (let freed = 0; freed <= limit; freed += 256 + 1) {
        assert.equal(works.runPending(api.allocator.drainWork), false);
        api.freeing.vfree(api.vmalloc(256 * PAGE_SIZE));
      }
      assert.ok(api.allocator.lazyPages > limit);
      assert.equal(works.runPending(api.allocator.drainWork), true);
      assert.equal(api.allocator.lazyPages, 0);
      checkVm(vm);
    });
    it(`${arch}: an array of pages above a page is vmalloc memory itself`, () => {
      const vm = vmOf(arch);
      const { api, k } = vm;
      const pages = PAGE_SIZE / k.abi.wordSize + 1;
      const address = api.vmalloc(pages * PAGE_SIZE);
      const pfns = Array.from({ length: pages }, (_, i) => api.pfnOf(address + i * PAGE_SIZE));
      assert.ok(pfns.every((pfn) => k.pages.getRefcount(pfn) === 1));
      assert.equal(rangesOf(vm, api.allocator.busy).length, 2);
      assert.equal(api.pages, pages + 2);
      api.freeing.vfree(address);
      assert.equal(rangesOf(vm, api.allocator.busy).length, 0);
      assert.equal(api.pages, 0);
      assert.ok(pfns.every((pfn) => k.pages.getRefcount(pfn) === 0));
    });
    it(`${arch}: any sequence of operations keeps trees and lists right`, () =>
      fc.assert(
        fc.property(fc.array(fc.nat(), { maxLength: 60 }), (numbers) => {
          const vm = vmOf(arch);
          play(vm, numbers);
          checkVm(vm);
        }),
        { numRuns: 12 },
      )).timeout(60_000);
    if (STEPS > 0)
      it(`${arch}: ${STEPS} operations`, () => {
        const vm = vmOf(arch, 2, 256 << 20);
        const live: Live[] = [];
        let seed = STEPS;
        const random = (): number => (seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff) >>> 3;
        for (let i = 0; i < STEPS; i += 500) {
          play(vm, Array.from({ length: 500 }, random), live);
          checkVm(vm);
        }
      }).timeout(0);
  }
});

interface Live {
  readonly kind: 'vmalloc' | 'vmap' | 'ram' | 'device' | 'percpu';
  readonly at: number;
  readonly pages: number;
}
/** Carries out operations that numbers choose; everything is freed at the end unless `live` is given, which keeps what there is. */
function play(vm: Vm, numbers: readonly number[], live?: Live[]): void {
  const { api, works, k } = vm;
  const held = live ?? [];
  const used = vm.used();
  const taken: number[] = [];
  for (let i = 0; i < ARRAY_PAGES; i++) {
    const pfn = k.pageAlloc.allocPages(k.gfp.kernel, 0);
    taken.push(pfn);
    api.allocator.areas.memory.setLong(vm.array + i * k.abi.wordSize, k.pages.pageAddr(pfn));
  }
  const free = (index: number): void => {
    const [one] = held.splice(index, 1) as [Live];
    if (one.kind === 'vmalloc') api.freeing.vfree(one.at);
    else if (one.kind === 'vmap') api.freeing.vunmap(one.at);
    else if (one.kind === 'ram') api.blocks.unmapRam(one.at, one.pages);
    else if (one.kind === 'device') api.device.iounmap(one.at);
    else api.percpu.release(one.at, 1);
  };
  const add = (kind: Live['kind'], at: number, pages: number): void => {
    if (at !== 0) held.push({ kind, at, pages });
  };
  for (const n of numbers) {
    const what = n % 11;
    const pages = 1 + (Math.floor(n / 11) % (what === 4 ? ARRAY_PAGES : 40));
    if (what >= 6 || held.length > 120) {
      if (held.length > 0) free(Math.floor(n / 11) % held.length);
    } else if (what < 2) add('vmalloc', api.vmalloc(pages * PAGE_SIZE), pages);
    else if (what === 2) add('vmap', api.mapping.vmap(vm.array, pages, 4, 0x163n), pages);
    else if (what < 5) add('ram', api.blocks.mapRam(vm.array, pages, -1), pages);
    else if (n % 2) add('device', api.device.ioremap(0xfd000000, pages * PAGE_SIZE, 'UC-'), pages);
    else add('percpu', api.percpu.get([{ offset: 0, size: pages * PAGE_SIZE }], PAGE_SIZE), pages);
    works.runPending(api.allocator.drainWork);
  }
  if (!live) {
    while (held.length > 0) free(held.length - 1);
    api.blocks.unmapAliases();
    assert.deepEqual(rangesOf(vm, api.allocator.busy), [], 'all areas are gone');
    // the object that waits for the next split, and the one area that is left
    assert.ok(vm.used() - used <= 1, 'no object is left over');
  }
  for (const pfn of taken) k.pageAlloc.freePages(pfn, 0);
}

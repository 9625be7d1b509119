/**
 * Invariant 6 for SLAB and SLOB: whatever is written over their structures and objects, what follows is the kernel's. Random writes at random
 * moments of a scenario that allocates and frees; fast-check prints the seed of one that fails.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SlabAllocator } from '../../server/kernel/mm/slab/slab/slab_allocator';
import { Slob } from '../../server/kernel/mm/slab/slob/slob';
import type { Vm } from '../../server/vm/run/vm';
import { ARCHES, load, STOCK } from './scenario';

const BUSY = `
static struct kmem_cache *c, *d; static void *p[40], *q[40], *r[40];
static void construct(void *object) { *(int *)object = 1; }
task main {
  int i, n;
  c = kmem_cache_create("things", 200, 0, 0, NULL); d = kmem_cache_create("built", 700, 0, 0, construct);
  for (n = 0; n < 4; n++) {
    for (i = 0; i < 40; i++) { p[i] = kmem_cache_alloc(c, GFP_KERNEL); q[i] = kmem_cache_alloc(d, GFP_KERNEL); r[i] = kmalloc(8 + i * 40, GFP_KERNEL); }
    for (i = 0; i < 40; i++) { kmem_cache_free(c, p[i]); kmem_cache_free(d, q[i]); kfree(r[i]); }
    kmem_cache_shrink(c); msleep(2100);
  }
}`;

/** Addresses of fields and objects that a wild write may hit: as they are when it comes. */
function targets(vm: Vm): number[] {
  const { kernel } = vm;
  const { slab } = kernel.allocators;
  const { backend } = slab;
  const caches = [...slab.allCaches()].filter((cache) => /things|built|kmalloc-512/.test(slab.fields.name(cache)));
  const struct = (address: number, bytes: number) =>
    Array.from({ length: Math.ceil(bytes / 4) }, (_, i) => address + i * 4);
  if (backend instanceof Slob) {
    const { heads, pages } = backend.p;
    return [
      ...caches.flatMap((cache) => struct(cache, kernel.layouts.size('kmem_cache'))),
      ...heads.flatMap((head) => struct(head, 16)),
      ...heads.flatMap((head) =>
        pages
          .slabs(head)
          .flatMap((page) => [
            ...struct(page, kernel.layouts.size('slab')),
            ...struct(pages.read(page).freelist, 16),
            ...struct(pages.read(page).address, 64),
          ]),
      ),
    ];
  }
  assert.ok(backend instanceof SlabAllocator);
  const { structs, arrays, folios } = backend.p;
  return caches.flatMap((cache) => {
    const node = backend.views.node(cache, 0);
    const slabs = node ? [...node.partial, ...node.full, ...node.free] : [];
    return [
      ...struct(cache, structs.cache.node + structs.wordSize),
      ...struct(arrays.ofCpu(cache, 0), 96),
      ...struct(structs.nodeOf(cache, 0), structs.nodeSize),
      ...slabs.flatMap(({ slab }) => [
        ...struct(slab, kernel.layouts.size('slab')),
        ...struct(folios.address(slab), 64),
        ...struct(folios.address(slab) + 4032, 64),
      ]),
    ];
  });
}
const poke = fc.record({
  step: fc.nat(700),
  where: fc.nat(1_000_000),
  value: fc.oneof(fc.constantFrom(0, 1, -1, 0x41414141, 0x7fffffff, 16, 255), fc.nat(0xffffffff)),
  /** the value is the address of another of the places */
  pointer: fc.nat(3),
});

type Poke = { step: number; where: number; value: number; pointer: number };
const poked = (step: number, where: number, value: number, pointer: number): Poke => ({ step, where, value, pointer });
/** What long runs have found: a partial slab without a free object, a list of caches without its head, an order beyond all memory. */
const FOUND: [(typeof ARCHES)[number], Poke[]][] = [
  ['i386', [poked(16, 423653, 1094795585, 0), poked(90, 307310, 740837516, 1), poked(313, 743497, 1, 0)]],
  ['i386_pae', [poked(528, 8, 0, 1), poked(25, 894150, 16, 0), poked(288, 96854, 881306607, 2)]],
  ['i386', [poked(140, 32232, 1548026880, 1), poked(0, 0, 0, 0)]],
];

describe('random writes over the structures of SLAB and SLOB', function () {
  this.timeout(300_000);
  for (const allocator of ['slab', 'slob'])
    it(allocator, () => {
      const property = fc.property(
        fc.constantFrom(...ARCHES),
        fc.array(poke, { minLength: 1, maxLength: 3 }),
        (arch, pokes) => {
          const vm = load(BUSY, { arch, machine: `allocator = ${allocator}; slab_nomerge; ${STOCK}` });
          const { core } = vm.machine;
          for (let n = 0; n < 2500 && !vm.done; n++) {
            for (const p of pokes.filter(({ step }) => step === n)) {
              let all: number[] = [];
              try {
                all = targets(vm);
              } catch {
                // earlier writes have left nothing that can be walked
              }
              const at = all[p.where % all.length];
              if (at === undefined || core.space.translate(at) < 0) continue;
              if (p.pointer === 0) core.setLong(at, all[p.value % all.length] as number);
              else core.space.write32(at, p.value);
              vm.sync();
            }
            vm.step();
          }
          const mistake = vm.kernel.log.entries.find((entry) => entry.kind === 'mistake');
          assert.equal(mistake && [mistake.text, ...mistake.lines].join('\n'), undefined);
        },
      );
      const more = process.env.KMEM_SCENARIOS;
      fc.assert(property, more === undefined ? { numRuns: 25, seed: 1, examples: FOUND } : { numRuns: Number(more) });
    });
});

/**
 * SLUB whose structures have been written over at random: whatever it meets, it ends with an exception that the kernel would raise, which
 * becomes a report, and not with one of ours.
 */
import assert from 'node:assert/strict';
import { defaultConfig } from '../../../../server/kernel/arch/machine_config';
import { bootKernel, startJournal } from '../../../../server/kernel/kernel';
import { Slub } from '../../../../server/kernel/mm/slub/slub';
import { isException } from '../../../../server/kernel/oops/exceptions';
import type { Arch } from '../../../../server/types/ctype';

const ROUNDS = Math.max(150, Number(process.env.KMEM_SCENARIOS ?? 0));

describe('SLUB with damaged structures', () => {
  for (const arch of ['x86_64', 'i386'] satisfies Arch[]) {
    it(`${arch}: only the kernel's own exceptions`, function () {
      this.timeout(0);
      const { config } = defaultConfig();
      const kernel = bootKernel(
        defaultConfig({ arch, memory: 64 << 20, cpus: 2, config: { ...config, KASAN: false } }),
        { journal: false },
      );
      const { slab } = kernel.allocators;
      const { backend: slub } = slab;
      assert.ok(slub instanceof Slub);
      const cache = slab.createCache('things', 200, 0, 0);
      startJournal(kernel);
      const { gfp, space, journal } = kernel;
      const owned: number[] = [];
      for (let i = 0; i < 300; i++) owned.push(slub.alloc(cache, gfp.kernel, -1, 0));
      for (let i = 0; i < 300; i += 3) slub.free(cache, owned[i] as number);
      const start = journal.position;
      const { caches, slabs, at } = slub.parts;
      const cpu = caches.cpu(cache, 0);
      const node = caches.node(cache, 0);
      // the rest of struct page is the page allocator's
      const slabFields = [at.slab.next, at.slab.slabs, at.slab.slabCache, at.slab.freelist, at.slab.counters];
      let seed = 1;
      const below = (n: number) => {
        seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
        return (seed >>> 8) % n;
      };
      const seen = new Map<string, number>();
      for (let round = 0; round < ROUNDS; round++) {
        const slabOf = () => slabs.pointer(slub.slabOf(owned[below(300)] as number));
        const places: (() => number)[] = [
          () => cache + 4 * below(at.cache.node / 4 + 2),
          () => cpu + 4 * below(at.cpu.bytes / 4),
          () => node + 4 * below(at.node.bytes / 4),
          () => slabOf() + 4 * (slabFields[below(slabFields.length)] as number),
          () => (owned[3 * below(100)] as number) + 4 * below(50),
        ];
        const values = [
          0,
          1,
          -1,
          0x41414141,
          slabOf() | 0,
          owned[below(300)] as number,
          0xdead0000 | 0,
          below(2 ** 24),
        ];
        for (let n = 1 + below(3); n > 0; n--)
          space.write32((places[below(places.length)] as () => number)(), (values[below(values.length)] as number) | 0);
        const live = owned.filter((_, i) => i % 3 !== 0);
        try {
          for (let i = 0; i < 60; i++) {
            const what = below(20);
            if (what === 0) slub.shrink(cache);
            else if (what === 1) slub.info(cache);
            else if (what === 2) live.push(...slub.allocBulk(cache, gfp.kernel, 5));
            else if (what < 11 || live.length === 0) live.push(slub.alloc(cache, gfp.kernel, what === 3 ? 0 : -1, 0));
            else {
              const [object] = live.splice(below(live.length), 1);
              if (object) slub.free(cache, object);
            }
          }
        } catch (error) {
          if (!isException(error)) throw error;
          const { name } = (error as object).constructor;
          seen.set(name, (seen.get(name) ?? 0) + 1);
        }
        journal.moveTo(start);
        journal.cut();
      }
      assert.ok(seen.size >= 2, `it should hurt: ${[...seen].join(' ')}`);
    });
  }
});

/**
 * Random operations on kmalloc and caches, over each allocator: no byte belongs to two objects, memory keeps its contents, and all of it is
 * back in the end. KMEM_SCENARIOS=n: n thousand operations on each machine.
 */
import assert from 'node:assert/strict';
import { defaultConfig } from '../../../../server/kernel/arch/machine_config';
import { bootKernel, type Kernel, startJournal } from '../../../../server/kernel/kernel';
import { freeBlocks } from '../../../../server/kernel/proc/proc_vmstat';
import { ALLOCATORS } from '../../../../server/profiles/machineConfig';
import { Dice } from '../../../generate';
import { ARCHES } from '../../../vm/scenario';

const OPERATIONS = 1000 * Number(process.env.KMEM_SCENARIOS ?? 3);
/** objects that are in use at the most */
const LIVE = 400;

interface Live {
  readonly cache: number;
  address: number;
  /** bytes that are its own, all of which hold `byte` */
  bytes: number;
  readonly byte: number;
}

class Machine {
  readonly live: Live[] = [];
  private readonly caches: readonly number[];

  constructor(
    private readonly k: Kernel,
    private readonly dice: Dice,
  ) {
    const { slab } = k.allocators;
    this.caches = [8, 40, 200, 700, 3000].map((size, i) => {
      const cache = slab.createCache(`random-${size}`, size, i === 2 ? 64 : 0, 0);
      assert.notEqual(cache, 0);
      return cache;
    });
  }
  private get slab() {
    return this.k.allocators.slab;
  }
  private fill(object: Live): void {
    this.k.space.fill(object.address, object.bytes, object.byte);
  }
  private verify({ address, bytes, byte }: Live, upTo = bytes): void {
    const found = this.k.space.readBytes(address, Math.min(bytes, upTo)).findIndex((b) => b !== byte);
    assert.equal(
      found,
      -1,
      `byte ${found} of the ${bytes} at 0x${address.toString(16)} is not the one that was written`,
    );
  }
  private size(): number {
    const { dice } = this;
    return 1 + dice.below(dice.pick([16, 100, 100, 1000, 5000, 40_000]));
  }
  private put(cache: number, address: number, bytes: number): void {
    if (address === 0) return;
    const object = { cache, address, bytes, byte: 1 + this.dice.below(255) };
    this.live.push(object);
    this.fill(object);
  }
  /** One operation. */
  step(): void {
    const { dice, slab, live } = this;
    const { gfp } = this.k;
    const kind = dice.below(10);
    if (kind < 3 && live.length < LIVE) {
      const mask = gfp.kernel | dice.pick([0, 0, 0, gfp.dma, gfp.reclaimable, gfp.account]);
      const address = slab.kmalloc(this.size(), mask);
      this.put(0, address, address === 0 ? 0 : slab.kmallocs.ksize(address));
    } else if (kind < 5 && live.length < LIVE) {
      const cache = dice.pick(this.caches);
      this.put(cache, slab.cacheAlloc(cache, gfp.kernel), slab.fields.objectSize(cache));
    } else if (kind < 6 && live.length < LIVE) {
      const cache = dice.pick(this.caches);
      for (const object of slab.cacheAllocBulk(cache, gfp.kernel, 1 + dice.below(20)))
        this.put(cache, object, slab.fields.objectSize(cache));
    } else if (kind < 7) this.resize();
    else if (live.length > 0) this.free(dice.below(live.length));
    if (dice.below(200) === 0) slab.backend.shrink(dice.pick(this.caches));
  }
  private resize(): void {
    const object = this.live.find((o) => o.cache === 0);
    if (!object) return;
    const size = this.size();
    const moved = this.slab.kmallocs.krealloc(object.address, size, this.k.gfp.kernel);
    assert.notEqual(moved, 0);
    object.address = moved;
    const before = object.bytes;
    object.bytes = this.slab.kmallocs.ksize(moved);
    this.verify(object, Math.min(before, size));
    this.fill(object);
  }
  private free(index: number): void {
    const object = this.live[index] as Live;
    this.live[index] = this.live.at(-1) as Live;
    this.live.pop();
    this.verify(object);
    if (object.cache === 0) this.slab.kfree(object.address);
    else this.slab.cacheFree(object.cache, object.address);
  }
  freeAll(): void {
    while (this.live.length > 0) this.free(this.live.length - 1);
  }
  shrinkAll(): void {
    for (const cache of this.slab.all()) this.slab.backend.shrink(cache);
    this.k.pageAlloc.drainAllPages();
  }
  /** Objects in use by cache; free pages. */
  usage(): { objects: Record<string, number>; free: number } {
    const objects = Object.fromEntries(
      this.slab.all().map((cache) => [this.slab.fields.name(cache), this.slab.backend.info(cache).activeObjs]),
    );
    const lists = freeBlocks(this.k).flatMap(({ nr_free }) => nr_free.map((blocks, order) => blocks << order));
    return { objects, free: lists.reduce((sum, pages) => sum + pages, 0) };
  }
  destroy(): void {
    for (const cache of this.caches) this.slab.caches.destroy(cache);
  }
}

describe('random operations on kmalloc and caches', () => {
  for (const allocator of ALLOCATORS)
    for (const arch of ARCHES)
      it(`${allocator} on ${arch}`, () => {
        const { config } = defaultConfig();
        const kernel = bootKernel(
          defaultConfig({
            arch,
            allocator,
            memory: 256 << 20,
            cpus: 1,
            parameters: { slab_nomerge: '' },
            config: { ...config, KASAN: false },
          }),
          { journal: false },
        );
        const m = new Machine(kernel, new Dice(arch.length * 7 + allocator.length));
        // from here on slabs come from the page allocator
        startJournal(kernel);
        m.shrinkAll();
        const before = m.usage();
        for (let i = 0; i < OPERATIONS; i++) m.step();
        m.freeAll();
        m.shrinkAll();
        const after = m.usage();
        assert.deepEqual(after.objects, before.objects);
        // pages that boot took for slabs may have come to the page allocator
        assert.ok(after.free >= before.free, `${after.free} pages are free, ${before.free} were before`);
        const caches = Object.keys(before.objects).length;
        m.destroy();
        assert.equal(Object.keys(m.usage().objects).length, caches - 5);
      });
});

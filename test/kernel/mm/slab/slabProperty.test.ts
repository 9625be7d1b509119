/**
 * Random operations on SLAB's caches from several CPUs and nodes, and on SLOB's blocks; all lists are recounted on the way.
 * KMEM_SCENARIOS=1000000: so many operations instead of ten thousand, from a random seed that it prints.
 */
import assert from 'node:assert/strict';
import { defaultConfig } from '../../../../server/kernel/arch/machine_config';
import { bootKernel, type Kernel } from '../../../../server/kernel/kernel';
import { BOOT_CALLER } from '../../../../server/kernel/mm/page_alloc/caller';
import { SlabAllocator } from '../../../../server/kernel/mm/slab/slab/slab_allocator';
import { CFLGS_OFF_SLAB } from '../../../../server/kernel/mm/slab/slab/slab_geometry';
import type { ArrayView, SlabView } from '../../../../server/kernel/mm/slab/slab/slab_view';
import { Slob } from '../../../../server/kernel/mm/slab/slob/slob';
import { PAGE_UNITS, UNIT, unitsOf } from '../../../../server/kernel/mm/slab/slob/slob_page';
import type { Allocator } from '../../../../server/profiles/machineConfig';
import { SLAB_HWCACHE_ALIGN, SLAB_RECLAIM_ACCOUNT } from '../../../../server/profiles/slabFlags';
import type { Arch } from '../../../../server/types/ctype';
import { PAGE_SIZE } from '../../../../server/types/pageSize';
import { Numbers } from '../numbers';

const more = Number(process.env.KMEM_SCENARIOS ?? 0);
const OPERATIONS = Math.max(10_000, more);
const SEED = more > 0 ? Math.floor(Math.random() * 2 ** 31) : 1;
if (more > 0) console.log(`SLAB and SLOB: ${OPERATIONS} operations, seed ${SEED}`);

interface TestCache {
  readonly address: number;
  readonly owned: number[];
}
const CACHES: readonly [name: string, size: number, flags: number, ctor: boolean][] = [
  ['tiny', 8, 0, false],
  ['lines', 64, SLAB_HWCACHE_ALIGN, false],
  ['odd', 200, SLAB_RECLAIM_ACCOUNT, false],
  ['constructed', 120, 0, true],
  ['coloured', 700, 0, true],
  // its list of free objects comes from kmalloc
  ['off', 512, 0, true],
  ['large', 2048, 0, false],
  ['single', 20000, 0, false],
];

abstract class Run {
  readonly kernel: Kernel;
  readonly caches: TestCache[];
  protected readonly numbers = new Numbers(SEED);
  protected cpu = 0;

  constructor(
    allocator: Allocator,
    arch: Arch,
    protected readonly cpus: number,
    nodes: number,
  ) {
    const { config } = defaultConfig();
    const memory = 256 << 20;
    const each = Array.from({ length: nodes }, (_, id) => ({
      id,
      memory: memory / nodes,
      cpus: Array.from({ length: cpus / nodes }, (_, i) => (id * cpus) / nodes + i),
    }));
    this.kernel = bootKernel(
      defaultConfig({
        arch,
        memory,
        cpus,
        allocator,
        nodes: nodes === 1 ? [] : each,
        config: { ...config, KASAN: false, INIT_ON_ALLOC_DEFAULT_ON: false },
        parameters: { slab_nomerge: '' },
      }),
      { journal: false, caller: { ...BOOT_CALLER, cpu: () => this.cpu } },
    );
    const { slab } = this.kernel.allocators;
    const ctor = this.kernel.symbols.text('constructor');
    this.caches = CACHES.map(([name, size, flags, constructed]) => {
      const request = { name: slab.caches.constName(name), size, align: 0, flags, useroffset: 0, usersize: 0 };
      return { address: slab.caches.create({ ...request, ctor: constructed ? ctor : 0 }, true), owned: [] };
    });
    // the run takes its pages from the page allocator
    this.kernel.bootPages.close();
    this.kernel.journal.enabled = true;
  }
  abstract step(): void;
  abstract recount(): void;

  protected take(owned: number[]): number {
    const i = this.numbers.below(owned.length);
    const object = owned[i] as number;
    owned[i] = owned.at(-1) as number;
    owned.pop();
    return object;
  }
  go(): void {
    for (let i = 0; i < OPERATIONS; i++) {
      this.step();
      if (i % 500 === 0) this.recount();
    }
    this.recount();
  }
}

class SlabRun extends Run {
  private readonly slab: SlabAllocator;

  constructor(arch: Arch, cpus: number, nodes: number) {
    super('slab', arch, cpus, nodes);
    const { backend } = this.kernel.allocators.slab;
    assert.ok(backend instanceof SlabAllocator);
    this.slab = backend;
  }
  step(): void {
    const { numbers, slab, kernel } = this;
    this.cpu = numbers.below(this.cpus);
    const { address, owned } = this.caches[numbers.below(this.caches.length)] as TestCache;
    const most = address === this.caches.at(-1)?.address ? 20 : 400;
    const what = numbers.below(200);
    if (what === 0) slab.shrink(address);
    else if (what < 3) slab.reaper.reap(this.cpu);
    else if (what < 5 && owned.length + 40 < most)
      owned.push(...slab.allocBulk(address, kernel.gfp.kernel, 1 + numbers.below(40)));
    else if (what < 7)
      slab.freeBulk(
        address,
        Array.from({ length: Math.min(owned.length, numbers.below(40)) }, () => this.take(owned)),
      );
    else if (numbers.below(most) >= owned.length) {
      const node = numbers.below(10) === 0 ? numbers.below(kernel.nodes.length) : -1;
      const object = slab.alloc(address, kernel.gfp.kernel, node, 0);
      assert.notEqual(object, 0);
      if (node >= 0) assert.equal(slab.p.folios.nodeOf(slab.p.folios.slabOf(object)), node);
      owned.push(object);
    } else slab.free(address, this.take(owned));
  }
  recount(): void {
    for (const cache of this.caches) this.recountCache(cache);
  }
  private recountCache({ address, owned }: TestCache): void {
    const { slab, kernel } = this;
    const { objects, folios, structs, arrays } = slab.p;
    const num = objects.num(address);
    const size = structs.get(address + structs.cache.size);
    /** object → who has it */
    const owner = new Map<number, string>();
    const own = (object: number, who: string) => {
      assert.equal(owner.get(object), undefined, `object ${object} belongs to ${owner.get(object)} and to ${who}`);
      owner.set(object, who);
    };
    let all = 0;
    for (const { id } of kernel.nodes) {
      const view = slab.views.node(address, id);
      assert.ok(view);
      const lists = { full: view.full, partial: view.partial, free: view.free };
      let free = 0;
      for (const [name, slabs] of Object.entries(lists) as [keyof typeof lists, readonly SlabView[]][])
        for (const s of slabs) {
          const pfn = folios.pfn(s.slab);
          assert.ok(kernel.pages.isSlab(pfn));
          assert.equal(structs.getLong(s.slab + structs.slab.slab_cache), address);
          assert.equal(folios.nodeOf(s.slab), id);
          const fits = { full: s.active === num, partial: s.active > 0 && s.active < num, free: s.active === 0 };
          assert.ok(fits[name], `a slab with ${s.active} of ${num} objects in use is on the list ${name}`);
          const bytes = folios.bytes(structs.get(address + structs.cache.gfporder));
          const start = folios.address(s.slab);
          assert.ok(s.firstObject >= start && s.firstObject + num * size <= start + bytes);
          for (const index of s.free) own(s.firstObject + index * size, 'its slab');
          free += num - s.active;
          all += num;
        }
      assert.equal(view.freeObjects, free);
      assert.equal(view.freeSlabs, view.free.length);
      assert.equal(view.totalSlabs, view.full.length + view.partial.length + view.free.length);
      const held = (array: ArrayView, who: string, node: number) => {
        assert.ok(array.avail <= array.limit, `${who} holds ${array.avail} of ${array.limit}`);
        for (const object of array.objects) {
          own(object, who);
          assert.equal(folios.nodeOf(folios.slabOf(object)), node);
        }
      };
      if (view.shared) held(view.shared, `the shared array of node ${id}`, id);
      const n = structs.nodeOf(address, id);
      for (const other of kernel.nodes) {
        const alien = arrays.alien(n, other.id);
        if (alien !== 0) held(slab.views.array(alien), `node ${id}, for ${other.id}`, other.id);
      }
      for (let cpu = 0; cpu < this.cpus; cpu++)
        if (slab.p.nodeOfCpu(cpu) === id) held(slab.views.ofCpu(address, cpu), `CPU ${cpu}`, id);
    }
    for (const object of owned) own(object, 'its user');
    assert.equal(owner.size, all, 'every object belongs to somebody');
  }
  freeAll(): void {
    for (const { address, owned } of this.caches) {
      this.slab.freeBulk(address, owned.splice(0));
      assert.equal(this.slab.shrink(address), 0);
      assert.equal(this.slab.info(address).numSlabs, 0);
    }
  }
  get offSlab(): boolean {
    const { structs } = this.slab.p;
    return this.caches.some(({ address }) => structs.get(address + structs.cache.flags) & CFLGS_OFF_SLAB);
  }
}

class SlobRun extends Run {
  private readonly slob: Slob;
  /** block → bytes, as kmalloc was asked */
  private readonly blocks = new Map<number, number>();

  constructor(arch: Arch) {
    super('slob', arch, 1, 1);
    const { backend } = this.kernel.allocators.slab;
    assert.ok(backend instanceof Slob);
    this.slob = backend;
    // boot's own blocks are left alone: the pages that follow hold those of this run only
    const { lists, heads } = backend.p;
    for (const head of heads) lists.init(head);
  }
  step(): void {
    const { numbers, kernel } = this;
    const { slab } = kernel.allocators;
    const cache = this.caches[numbers.below(this.caches.length)] as TestCache;
    const what = numbers.below(4);
    if (what === 0) {
      const size = 1 + numbers.below(numbers.below(10) === 0 ? 9000 : 1500);
      const block = slab.kmalloc(size, kernel.gfp.kernel);
      const align = (size & (size - 1)) === 0 ? Math.min(size, PAGE_SIZE) : 8;
      assert.ok(block % align === 0, `${size} bytes are aligned`);
      this.blocks.set(block, size);
    } else if (what === 1 && this.blocks.size > 200) {
      const block = [...this.blocks.keys()][numbers.below(this.blocks.size)] as number;
      assert.ok(slab.kmallocs.ksize(block) >= (this.blocks.get(block) as number));
      slab.kfree(block);
      this.blocks.delete(block);
    } else if (what === 2) cache.owned.push(slab.cacheAlloc(cache.address, kernel.gfp.kernel));
    else if (cache.owned.length > 60) slab.cacheFree(cache.address, this.take(cache.owned));
  }
  recount(): void {
    const { pages, blocks, heads, fields } = this.slob.p;
    /** page → units that somebody has: 1 in use, 2 free */
    const units = new Map<number, Uint8Array>();
    const own = (address: number, count: number, who: 1 | 2) => {
      const slab = pages.slabOf(address);
      const start = (address - pages.read(slab).address) / UNIT;
      const of = units.get(slab) ?? new Uint8Array(PAGE_UNITS);
      units.set(slab, of);
      for (let i = start; i < start + count; i++) {
        assert.equal(of[i], 0, `unit ${i} belongs to two`);
        of[i] = who;
      }
    };
    for (const [block, size] of this.blocks)
      if (pages.isSlab(pages.slabOf(block))) own(block - 8, unitsOf(size + 8), 1);
    for (const { address, owned } of this.caches)
      for (const object of owned) if (fields.size(address) < PAGE_SIZE) own(object, unitsOf(fields.size(address)), 1);
    for (const head of heads)
      for (const slab of pages.slabs(head)) {
        const page = pages.read(slab);
        assert.ok(pages.isListed(slab) && pages.isSlab(slab));
        const runs = blocks.runs(page);
        assert.equal(
          runs.reduce((sum, run) => sum + run.units, 0),
          page.units,
        );
        assert.ok(page.units < PAGE_UNITS, 'a page that is wholly free is given back');
        runs.forEach((run, i) => {
          own(page.address + run.start * UNIT, run.units, 2);
          const next = runs[i + 1];
          assert.ok(!next || next.start > run.start + run.units, 'free blocks that touch are one');
        });
      }
    for (const of of units.values())
      assert.ok(
        of.every((who) => who !== 0),
        'every unit belongs to somebody',
      );
  }
  freeAll(): void {
    const { slab } = this.kernel.allocators;
    for (const { address, owned } of this.caches) for (const object of owned.splice(0)) slab.cacheFree(address, object);
    for (const block of this.blocks.keys()) slab.kfree(block);
    this.blocks.clear();
    for (const head of this.slob.p.heads) assert.deepEqual(this.slob.p.pages.slabs(head), []);
  }
}

describe('random operations on SLAB', function () {
  this.timeout(60_000 + more);
  for (const [arch, cpus, nodes] of [
    ['x86_64', 1, 1],
    ['x86_64', 4, 1],
    ['x86_64', 4, 2],
    ['i386', 2, 1],
  ] as const)
    it(`${arch}, ${cpus} CPUs, ${nodes} nodes`, () => {
      const run = new SlabRun(arch, cpus, nodes);
      run.go();
      assert.ok(run.offSlab, 'a cache keeps its lists outside its slabs');
      run.freeAll();
      run.recount();
    });
});
describe('random operations on SLOB', function () {
  this.timeout(60_000 + more);
  for (const arch of ['x86_64', 'i386'] as const)
    it(arch, () => {
      const run = new SlobRun(arch);
      run.go();
      run.freeAll();
    });
});

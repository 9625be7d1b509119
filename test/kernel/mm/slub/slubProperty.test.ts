/**
 * Random operations on SLUB's caches from several CPUs and nodes; all lists are recounted on the way. KMEM_SCENARIOS=1000000: so many
 * operations instead of ten thousand, from a random seed that it prints.
 */
import assert from 'node:assert/strict';
import { defaultConfig } from '../../../../server/kernel/arch/machine_config';
import { bootKernel, type Kernel, startJournal } from '../../../../server/kernel/kernel';
import { BOOT_CALLER } from '../../../../server/kernel/mm/page_alloc/caller';
import { Slub } from '../../../../server/kernel/mm/slub/slub';
import type { SlabView } from '../../../../server/kernel/mm/slub/slub_view';
import {
  SLAB_HWCACHE_ALIGN,
  SLAB_POISON,
  SLAB_RECLAIM_ACCOUNT,
  SLAB_RED_ZONE,
  SLAB_STORE_USER,
  SLAB_TYPESAFE_BY_RCU,
} from '../../../../server/profiles/slabFlags';
import type { Arch } from '../../../../server/types/ctype';
import { Numbers } from '../numbers';

const more = Number(process.env.KMEM_SCENARIOS ?? 0);
const OPERATIONS = Math.max(10_000, more);
const SEED = more > 0 ? Math.floor(Math.random() * 2 ** 31) : 1;
if (more > 0) console.log(`SLUB: ${OPERATIONS} operations, seed ${SEED}`);

interface TestCache {
  readonly name: string;
  readonly address: number;
  /** objects in use */
  readonly owned: number[];
}
const CACHES: readonly [name: string, size: number, flags: number, ctor: boolean][] = [
  ['tiny', 8, 0, false],
  ['lines', 64, SLAB_HWCACHE_ALIGN, false],
  ['odd', 200, SLAB_RECLAIM_ACCOUNT, false],
  ['constructed', 120, 0, true],
  ['rcu', 96, SLAB_TYPESAFE_BY_RCU, false],
  ['large', 2048, 0, false],
  ['checked', 64, SLAB_RED_ZONE | SLAB_POISON, false],
  ['tracked', 72, SLAB_STORE_USER, false],
  ['single', 20000, 0, false],
];

class Run {
  readonly kernel: Kernel;
  readonly caches: TestCache[];
  private readonly slub: Slub;
  private readonly numbers = new Numbers(SEED);
  private cpu = 0;

  constructor(
    arch: Arch,
    private readonly cpus: number,
    nodes: number,
    preempt: 'voluntary' | 'rt',
  ) {
    const { config } = defaultConfig();
    const memory = 256 << 20;
    this.kernel = bootKernel(
      defaultConfig({
        arch,
        memory,
        cpus,
        preempt,
        nodes:
          nodes === 1
            ? []
            : Array.from({ length: nodes }, (_, id) => ({
                id,
                memory: memory / nodes,
                cpus: Array.from({ length: cpus / nodes }, (_, i) => (id * cpus) / nodes + i),
              })),
        config: { ...config, KASAN: false, INIT_ON_ALLOC_DEFAULT_ON: false },
        parameters: { slab_nomerge: '' },
      }),
      { journal: false, caller: { ...BOOT_CALLER, cpu: () => this.cpu } },
    );
    const { slab } = this.kernel.allocators;
    assert.ok(slab.backend instanceof Slub);
    this.slub = slab.backend;
    const ctor = this.kernel.symbols.text('constructor');
    this.caches = CACHES.map(([name, size, flags, constructed]) => ({
      name,
      address: slab.caches.create(
        {
          name: slab.caches.constName(name),
          size,
          align: 0,
          flags,
          useroffset: 0,
          usersize: 0,
          ctor: constructed ? ctor : 0,
        },
        true,
      ),
      owned: [],
    }));
    // the run takes its pages from the page allocator
    startJournal(this.kernel);
  }
  step(): void {
    const { numbers, slub, kernel } = this;
    this.cpu = numbers.below(this.cpus);
    const cache = this.caches[numbers.below(this.caches.length)] as TestCache;
    const { address, owned } = cache;
    const most = cache.name === 'single' ? 20 : 400;
    const what = numbers.below(100);
    if (what === 0) slub.shrink(address);
    else if (what < 3 && owned.length + 40 < most && cache.name !== 'constructed')
      owned.push(...slub.allocBulk(address, kernel.gfp.kernel, 1 + numbers.below(40)));
    else if (what < 5) {
      const count = Math.min(owned.length, numbers.below(40));
      // in any order, as far as they lie apart
      const some = Array.from({ length: count }, () => this.take(owned));
      if (count > 0) slub.freeBulk(address, some);
    } else if (numbers.below(most) >= owned.length) owned.push(this.allocate(cache));
    else slub.free(address, this.take(owned));
  }
  private allocate({ address, owned }: TestCache): number {
    const { numbers, slub, kernel } = this;
    const node = numbers.below(10) === 0 ? numbers.below(kernel.nodes.length) : -1;
    const object = slub.alloc(address, kernel.gfp.kernel, node, 0);
    assert.notEqual(object, 0);
    assert.ok(!owned.includes(object), 'an object is handed out twice');
    if (node >= 0) assert.equal(slub.parts.slabs.nid(slub.slabOf(object)), node);
    return object;
  }
  private take(owned: number[]): number {
    const i = this.numbers.below(owned.length);
    const object = owned[i] as number;
    owned[i] = owned.at(-1) as number;
    owned.pop();
    return object;
  }
  freeAll(): void {
    for (const { address, owned } of this.caches) {
      for (const object of owned.splice(0)) {
        this.cpu = this.numbers.below(this.cpus);
        this.slub.free(address, object);
      }
      assert.equal(this.slub.shrink(address), 0);
    }
  }
  slabPages(): number {
    const { vars, nodes } = this.kernel;
    const of = (item: number) =>
      nodes.reduce((n, { addr }) => n + vars.readField(addr, 'pglist_data', `vm_stat[${item}]`), 0);
    return of(5) + of(6);
  }

  /** Recounts a cache: its pages. */
  check(cache: TestCache): number {
    const { slub, kernel } = this;
    const { address, owned, name } = cache;
    const view = slub.views.cache(address);
    const inUse = new Map<number, Set<number>>();
    for (const object of owned) {
      const slab = slub.slabOf(object);
      const index = slub.views.index(address, slab, object);
      const { slabs, caches } = slub.parts;
      assert.equal(object, slabs.address(slab) + caches.redLeftPad(address) + index * caches.size(address), name);
      const set = inUse.get(slab) ?? new Set();
      assert.ok(!set.has(index), `${name}: an object has two owners`);
      inUse.set(slab, set.add(index));
    }
    const seen = new Set<number>();
    const visit = (slab: SlabView, onCpu: readonly number[], frozen: boolean) => {
      assert.ok(!seen.has(slab.slab), `${name}: a slab is on two lists`);
      seen.add(slab.slab);
      const used = inUse.get(slab.slab) ?? new Set();
      const free = [...slab.free, ...onCpu];
      assert.equal(new Set(free).size, free.length, `${name}: a free object is on two lists`);
      assert.ok(!free.some((index) => used.has(index)), `${name}: a free object is in use`);
      assert.equal(used.size + free.length, slab.objects, `${name}: objects are lost`);
      assert.equal(slab.inuse, slab.objects - slab.free.length, `${name}: inuse`);
      assert.equal(slab.frozen, frozen, `${name}: frozen`);
    };
    for (const cpu of view.cpus) {
      if (cpu.slab) visit(cpu.slab, cpu.free, true);
      cpu.partial.forEach((slab, i) => {
        visit(slab, [], true);
        if (i === 0) assert.equal(slab.slabs, cpu.partial.length, `${name}: the length of a chain`);
      });
    }
    for (const node of view.nodes) {
      assert.equal(node.nrPartial, node.partial.length, `${name}: nr_partial`);
      for (const slab of node.partial) {
        visit(slab, [], false);
        assert.ok(slab.free.length > 0, `${name}: a full slab is on the partial list`);
        assert.equal(slub.parts.slabs.nid(slab.slab), node.nid, `${name}: a slab is on another node's list`);
      }
    }
    for (const { full } of view.nodes) for (const slab of full) visit(slab, [], false);
    if (name === 'tracked')
      for (const slab of inUse.keys()) assert.ok(seen.has(slab), `${name}: a full slab is on no list`);
    if (name === 'checked' || name === 'tracked')
      assert.ok(
        view.cpus.every(({ slab, partial }) => !slab && partial.length === 0),
        `${name}: a CPU has a slab`,
      );
    // other slabs on no list are full
    for (const [slab, used] of inUse) {
      if (seen.has(slab)) continue;
      seen.add(slab);
      assert.equal(used.size, slub.views.slab(address, slab).objects, `${name}: a slab that is not full is on no list`);
    }
    let pages = 0;
    const counted = new Map<number, [slabs: number, objects: number]>();
    for (const slab of seen) {
      const nid = slub.parts.slabs.nid(slab);
      const [slabs, objects] = counted.get(nid) ?? [0, 0];
      counted.set(nid, [slabs + 1, objects + slub.views.slab(address, slab).objects]);
      assert.ok(kernel.pages.isSlab(slab) && slub.parts.slabs.cache(slab) === address, `${name}: PG_slab, slab_cache`);
      pages += 2 ** slub.parts.ports.pages.order(slab);
    }
    for (const node of view.nodes)
      assert.deepEqual([node.nrSlabs, node.totalObjects], counted.get(node.nid) ?? [0, 0], `${name}: nr_slabs`);
    const info = slub.info(address);
    assert.equal(info.numSlabs, seen.size, name);
    return pages;
  }
}

describe('SLUB under random operations', () => {
  const MACHINES: [arch: Arch, cpus: number, nodes: number, preempt: 'voluntary' | 'rt'][] = [
    ['x86_64', 1, 1, 'voluntary'],
    ['x86_64', 4, 2, 'voluntary'],
    ['x86_64', 4, 2, 'rt'],
    ['i386', 2, 1, 'voluntary'],
    ['i386_pae', 3, 1, 'voluntary'],
  ];
  for (const [arch, cpus, nodes, preempt] of MACHINES) {
    it(`${arch}, ${cpus} CPUs, ${nodes} nodes, ${preempt}: every list agrees, no object has two owners, all comes back`, function () {
      this.timeout(0);
      const run = new Run(arch, cpus, nodes, preempt);
      const before = run.slabPages();
      const every = Math.max(200, OPERATIONS / 100);
      for (let i = 1; i <= OPERATIONS / MACHINES.length; i++) {
        run.step();
        if (i % every !== 0) continue;
        const pages = run.caches.reduce((sum, cache) => sum + run.check(cache), 0);
        assert.equal(run.slabPages() - before, pages, 'nr_slab_reclaimable and nr_slab_unreclaimable');
      }
      run.freeAll();
      for (const cache of run.caches) assert.equal(run.check(cache), 0);
      assert.equal(run.slabPages(), before);
    });
  }
});

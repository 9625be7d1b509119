/**
 * Random allocations and frees over all allocators of a machine at once. Every allocation is filled with a byte of its own, which must still be
 * there when it is freed: nobody else owned the memory in between. Lists and counters are recounted on the way, and when all is freed the
 * machine has as many free pages, and pages of slabs, as after such a round before: nothing is lost.
 * KMEM_SCENARIOS=1000000: so many operations on each machine, from a random seed that it prints.
 */
import assert from 'node:assert/strict';
import { defaultConfig } from '../../../server/kernel/arch/machine_config';
import { bootKernel, type Kernel } from '../../../server/kernel/kernel';
import { BOOT_CALLER } from '../../../server/kernel/mm/page_alloc/caller';
import { NR_FREE_PAGES } from '../../../server/kernel/mm/zone';
import type { MachineConfig } from '../../../server/profiles/machineConfig';
import type { Arch } from '../../../server/types/ctype';
import { PAGE_SIZE } from '../../../server/types/pageSize';
import { checkInvariants } from './invariants';
import { Numbers } from './numbers';

const more = Number(process.env.KMEM_SCENARIOS ?? 0);
const OPERATIONS = Math.max(3000, more);
const SEED = more > 0 ? Math.floor(Math.random() * 2 ** 31) : 7;
if (more > 0) console.log(`every allocator: ${OPERATIONS} operations, seed ${SEED}`);
/** most allocations at a time */
const SLOTS = 600;
const GFP_NOWAIT = 0x800;
const VM_ALLOC = 2;

/** Bytes that somebody owns: virtual addresses. */
interface Owned {
  readonly what: string;
  readonly ranges: readonly { readonly address: number; readonly length: number }[];
  readonly byte: number;
  free(): void;
}

class Machine {
  readonly kernel: Kernel;
  private readonly caches: readonly number[];
  private readonly held: (Owned | undefined)[] = Array.from({ length: SLOTS });
  private numbers = new Numbers(SEED);
  private cpu = 0;

  constructor(
    arch: Arch,
    allocator: MachineConfig['allocator'],
    private readonly cpus: number,
  ) {
    const config = { ...defaultConfig().config, KASAN: false, INIT_ON_ALLOC_DEFAULT_ON: false };
    const caller = { ...BOOT_CALLER, cpu: () => this.cpu };
    const options = { arch, allocator, cpus, memory: 256 << 20, config };
    this.kernel = bootKernel(defaultConfig(options), { journal: false, caller });
    const { slab } = this.kernel.allocators;
    this.caches = [24, 200, 1500].map((size) => slab.createCache(`cache-${size}`, size, 0, 0));
    this.kernel.bootPages.close();
  }
  private below(n: number): number {
    return this.numbers.below(n);
  }

  // ---------------------------------------------------------------- what can be allocated
  private pages(byte: number): Owned | undefined {
    const { pageAlloc, pageApi } = this.kernel;
    const order = this.below(5);
    const pfn = pageAlloc.allocPages(GFP_NOWAIT, order);
    if (pfn < 0) return undefined;
    const ranges = [{ address: pageApi.pageAddress(pfn), length: PAGE_SIZE << order }];
    return { what: `order ${order}`, ranges, byte, free: () => pageAlloc.freePages(pfn, order) };
  }
  private kmalloc(byte: number): Owned | undefined {
    const { slab } = this.kernel.allocators;
    const length = 1 + this.below(this.below(8) === 0 ? 30_000 : 700);
    const address = slab.kmalloc(length, GFP_NOWAIT);
    if (address === 0) return undefined;
    return { what: `kmalloc(${length})`, ranges: [{ address, length }], byte, free: () => slab.kfree(address) };
  }
  private object(byte: number): Owned | undefined {
    const { slab } = this.kernel.allocators;
    const cache = this.caches[this.below(this.caches.length)] as number;
    const address = slab.cacheAlloc(cache, GFP_NOWAIT);
    if (address === 0) return undefined;
    const ranges = [{ address, length: slab.cacheSize(cache) }];
    return { what: 'object', ranges, byte, free: () => slab.cacheFree(cache, address) };
  }
  private vmalloc(byte: number): Owned | undefined {
    const { vmalloc } = this.kernel.allocators;
    const length = 1 + this.below(12 * PAGE_SIZE);
    const address = vmalloc.vmalloc(length);
    if (address === 0) return undefined;
    const ranges = [{ address, length }];
    return { what: `vmalloc(${length})`, ranges, byte, free: () => vmalloc.freeing.vfree(address) };
  }
  private percpu(byte: number): Owned | undefined {
    const { percpu } = this.kernel.allocators;
    const length = 4 * (1 + this.below(this.below(10) === 0 ? 2000 : 60));
    const pointer = percpu.allocPercpu(length, 8);
    if (pointer === 0) return undefined;
    const ranges = Array.from({ length: this.cpus }, (_, cpu) => ({
      address: pointer + this.kernel.percpu.offset(cpu),
      length,
    }));
    return { what: `alloc_percpu(${length})`, ranges, byte, free: () => percpu.freePercpu(pointer) };
  }
  private allocate(byte: number): Owned | undefined {
    const kind = this.below(20);
    if (kind < 4) return this.pages(byte);
    if (kind < 11) return this.kmalloc(byte);
    if (kind < 16) return this.object(byte);
    return kind < 18 ? this.vmalloc(byte) : this.percpu(byte);
  }

  // ---------------------------------------------------------------- a round
  private release(owned: Owned): void {
    for (const { address, length } of owned.ranges) {
      const bytes = this.kernel.space.readBytes(address, length);
      const at = bytes.findIndex((b) => b !== owned.byte);
      assert.equal(at, -1, `${owned.what}: byte ${at} of ${length} was written by another owner`);
    }
    owned.free();
  }
  private step(n: number): void {
    this.cpu = this.below(this.cpus);
    const slot = this.below(SLOTS);
    const owned = this.held[slot];
    if (owned) {
      this.held[slot] = undefined;
      this.release(owned);
      return;
    }
    const made = this.allocate((n % 255) + 1);
    for (const { address, length } of made?.ranges ?? []) this.kernel.space.fill(address, length, made?.byte ?? 0);
    this.held[slot] = made;
  }
  /** The pages of all vmalloc() areas: those of vmap(), ioremap() and per-CPU chunks do not count. */
  private vmallocPages(): number {
    const { vars, allocators } = this.kernel;
    const { areas, busy } = allocators.vmalloc.allocator;
    return areas
      .all(busy)
      .map((area) => areas.vm(area))
      .filter((vm) => vm !== 0 && vars.readField(vm, 'vm_struct', 'flags') & VM_ALLOC)
      .reduce((sum, vm) => sum + vars.readField(vm, 'vm_struct', 'nr_pages'), 0);
  }
  /** Counters against recounts. */
  private check(): void {
    const { pageAlloc, allocators } = this.kernel;
    checkInvariants(pageAlloc);
    assert.equal(this.kernel.vars.read('nr_vmalloc_pages'), this.vmallocPages(), 'nr_vmalloc_pages');
    for (const cache of allocators.slab.all()) {
      const { activeObjs, numObjs, activeSlabs, numSlabs } = allocators.slab.backend.info(cache);
      assert.ok(activeObjs <= numObjs && activeSlabs <= numSlabs && activeObjs >= 0, 'slabinfo');
    }
  }
  private freePages(): number {
    const { zones } = this.kernel;
    return zones.reduce((sum, zone) => sum + (zone.populated ? zone.vmStatSnapshot(NR_FREE_PAGES) : 0), 0);
  }
  /** Pages of the slabs that hold the allocators' own structures: how many slabs these are spread over varies. */
  private slabPages(): number {
    const { slab } = this.kernel.allocators;
    const infos = slab.all().map((cache) => slab.backend.info(cache));
    return infos.reduce((sum, { numSlabs, cacheOrder }) => sum + (numSlabs << cacheOrder), 0);
  }
  /** Random operations; then all is freed. Returns the pages that are free, or of slabs. */
  round(operations: number): number {
    this.numbers = new Numbers(SEED);
    for (let n = 0; n < operations; n++) {
      this.step(n);
      if (n % Math.ceil(operations / 6) === 0) this.check();
    }
    this.held.forEach((owned, slot) => {
      this.held[slot] = undefined;
      if (owned) this.release(owned);
    });
    this.giveBack();
    this.check();
    return this.freePages() + this.slabPages();
  }
  /** What the allocators keep goes back to the page allocator. */
  private giveBack(): void {
    const { allocators, pageAlloc } = this.kernel;
    allocators.vmalloc.allocator.drain();
    allocators.percpu.balanceWork();
    allocators.vmalloc.allocator.drain();
    for (const cache of allocators.slab.all()) allocators.slab.shrink(cache);
    pageAlloc.drainAllPages();
  }
}

describe('all allocators at once', () => {
  const MACHINES: readonly [Arch, MachineConfig['allocator'], number][] = [
    ['x86_64', 'slub', 2],
    ['x86_64', 'slab', 2],
    ['x86_64', 'slob', 1],
    ['i386_pae', 'slub', 1],
  ];
  for (const [arch, allocator, cpus] of MACHINES) {
    it(`${arch}, ${allocator}, ${cpus} CPUs: no byte has two owners, and all comes back`, function () {
      this.timeout(more > 0 ? 3_600_000 : 60_000);
      const machine = new Machine(arch, allocator, cpus);
      // the first round leaves page tables, and the per-CPU chunks that the allocators keep
      machine.round(OPERATIONS);
      const second = machine.round(OPERATIONS);
      assert.equal(machine.round(OPERATIONS), second, 'free pages after a third round');
    });
  }
});

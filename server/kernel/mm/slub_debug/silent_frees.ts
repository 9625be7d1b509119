/**
 * Frees that SLUB without checks accepts and that are wrong: kmem's own notes. An address inside an object; an object that is free already
 * and is not the first of its list (that one is a BUG of set_freepointer).
 */
import { formatBits, toBits } from '../../../types/address';
import type { Reports } from '../../printk/reports';
import type { ObjectParts } from '../slub/slub_make';
import { objectsOf } from '../slub/slub_slab';
import type { SlubLayout } from './slub_layout';

interface FreePorts {
  reports(): Reports;
  cacheName(cache: number): string;
  /** smp_processor_id */
  cpu(): number;
}

export class SilentFrees {
  constructor(
    private readonly p: ObjectParts,
    private readonly layout: SlubLayout,
    private readonly cpuCount: number,
    private readonly ports: FreePorts,
  ) {}

  /** An object is about to be freed to a cache whose objects are not checked. */
  look(cache: number, slab: number, object: number): void {
    const { caches, slabs } = this.p;
    if (caches.isDebug(cache)) return;
    if (!this.layout.isObject(cache, slab, object)) {
      const inside = (object - slabs.address(slab)) % caches.size(cache);
      const next = `the next allocation from ${this.ports.cacheName(cache)} returns this address, and ends ${inside} bytes inside the object behind it`;
      this.tell(cache, object, `is ${inside} bytes inside an object`, next);
      return;
    }
    // the pointer of an object in use is what its user has written there: rarely an object of the slab
    const next = this.layout.nextOf(cache, object);
    if (next === undefined || (next !== 0 && !this.layout.isObject(cache, slab, next))) return;
    const lists = this.lists(cache, slab);
    if (lists[0]?.[0] === object || !lists.some((list) => list.includes(object))) return;
    const twice = `it is on the list of free objects twice now: two later allocations return the same address`;
    this.tell(cache, object, 'is free already', twice);
  }
  private tell(cache: number, object: number, what: string, then: string): void {
    const { abi } = this.ports.reports();
    const title = `${formatBits(abi, toBits(abi, object))} is freed to ${this.ports.cacheName(cache)}, but ${what}`;
    this.ports.reports().suppressed('BUG', title, `the kernel sees that with KASAN or slub_debug only; ${then}`);
  }
  /** The objects of the lists of free ones that a slab has, of this CPU's first. */
  private lists(cache: number, slab: number): number[][] {
    const { m, at, caches, slabs } = this.p;
    const own = this.ports.cpu();
    const order = [own, ...Array.from({ length: this.cpuCount }, (_, cpu) => cpu).filter((cpu) => cpu !== own)];
    const pointer = slabs.pointer(slab);
    const heads = order
      .map((cpu) => caches.cpu(cache, cpu))
      .filter((c) => this.pointer(c + at.cpu.slab) === pointer)
      .map((c) => this.pointer(c + at.cpu.freelist));
    // distances in struct slab are in words
    const all = [...heads, this.pointer(pointer + at.slab.freelist * 4)];
    const most = objectsOf(m.intAt(pointer + at.slab.counters * 4));
    return all.map((head) => {
      const list: number[] = [];
      let object: number | undefined = head;
      while (object && list.length <= most && this.layout.isObject(cache, slab, object)) {
        list.push(object);
        object = this.layout.nextOf(cache, object);
      }
      return list;
    });
  }
  /** A pointer in memory, whatever it has been overwritten with. */
  private pointer(address: number): number {
    const { m } = this.p;
    return m.readAnywhere(address, (low, high) => (m.wide ? high * 2 ** 32 + (low >>> 0) : low >>> 0));
  }
}

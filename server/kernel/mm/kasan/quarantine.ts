/**
 * Freed objects wait in a quarantine before they can be handed out again, so that a use after the free is seen (mm/kasan/quarantine.c,
 * 6.1): first on a list of the CPU, up to 1 MiB; then in batches, of which the oldest is freed when all are more than 1/32 of memory. The
 * lists run through the objects.
 */
import type { StructMemory } from '../../lib/struct_memory';

const QUARANTINE_BATCHES = 1024;
const QUARANTINE_PERCPU_SIZE = 1 << 20;
/** 1/32 of memory */
const QUARANTINE_FRACTION = 32;
/** struct qlist_head: head, tail, bytes, and whether the CPU is offline */
const QLIST = { head: 0, tail: 8, bytes: 16, size: 32 } as const;

export interface QuarantineSymbols {
  define(name: string, type: string): number;
  definePerCpu(name: string, type: string): void;
  address(name: string, cpu: number): number;
}
/** a list that a use after free has made a ring of ends here */
const MOST_OBJECTS = 1 << 18;

interface QuarantinePorts {
  readonly cpus: number;
  cpu(): number;
  /** totalram_pages in bytes */
  totalRam(): number;
  /** the object whose link is at an address, and its cache */
  objectOf(link: number): { readonly cache: number; readonly object: number };
  /** ___cache_free: out of the quarantine */
  release(cache: number, object: number): void;
}

export class Quarantine {
  private readonly batches: number;
  private readonly size: number;
  private readonly maxSize: number;
  private readonly batchSize: number;
  private readonly headIndex: number;
  private readonly tailIndex: number;

  /** Before the run: places the variables. */
  constructor(
    private readonly m: StructMemory,
    private readonly symbols: QuarantineSymbols,
    private readonly ports: QuarantinePorts,
  ) {
    const long = 'unsigned long';
    symbols.definePerCpu('cpu_quarantine', `${long}[${QLIST.size / 8}]`);
    this.batches = symbols.define('global_quarantine', `${long}[${(QUARANTINE_BATCHES * QLIST.size) / 8}]`);
    this.size = symbols.define('quarantine_size', long);
    this.maxSize = symbols.define('quarantine_max_size', long);
    this.batchSize = symbols.define('quarantine_batch_size', long);
    this.headIndex = symbols.define('quarantine_head', 'int');
    this.tailIndex = symbols.define('quarantine_tail', 'int');
  }
  /** kasan_quarantine_put: `link`: address of the object's link, `bytes`: of its place in the slab */
  put(link: number, bytes: number): void {
    const { m } = this;
    const q = this.ofCpu(this.ports.cpu());
    this.append(q, link, link, bytes);
    const total = m.getLong(q + QLIST.bytes);
    if (total <= QUARANTINE_PERCPU_SIZE) return;
    m.setLong(this.size, m.getLong(this.size) + total);
    const tail = m.get32(this.tailIndex);
    const batch = this.batch(tail);
    this.moveAll(q, batch);
    if (m.getLong(batch + QLIST.bytes) < m.getLong(this.batchSize)) return;
    const next = (tail + 1) % QUARANTINE_BATCHES;
    if (next !== m.get32(this.headIndex)) m.set32(this.tailIndex, next);
  }
  /** kasan_quarantine_reduce: the oldest batch is freed if there is too much. Called where the allocator may wait. */
  reduce(): void {
    const { m, ports } = this;
    if (m.getLong(this.size) <= m.getLong(this.maxSize)) return;
    const total = Math.floor(ports.totalRam() / QUARANTINE_FRACTION);
    m.setLong(this.maxSize, Math.max(0, total - QUARANTINE_PERCPU_SIZE * ports.cpus));
    m.setLong(this.batchSize, Math.max(QUARANTINE_PERCPU_SIZE, Math.floor((2 * total) / QUARANTINE_BATCHES)));
    if (m.getLong(this.size) <= m.getLong(this.maxSize)) return;
    const head = m.get32(this.headIndex);
    const batch = this.batch(head);
    const first = m.getLong(batch + QLIST.head);
    m.setLong(this.size, m.getLong(this.size) - m.getLong(batch + QLIST.bytes));
    this.clear(batch);
    if (head !== m.get32(this.tailIndex)) m.set32(this.headIndex, (head + 1) % QUARANTINE_BATCHES);
    this.freeAll(first);
  }
  /** kasan_quarantine_remove_cache: what waits of a cache that is shrunk or destroyed is freed. */
  removeCache(cache: number): void {
    for (let cpu = 0; cpu < this.ports.cpus; cpu++) this.freeAll(this.take(this.ofCpu(cpu), cache));
    for (let i = 0; i < QUARANTINE_BATCHES; i++) {
      const batch = this.batch(i);
      if (this.m.getLong(batch + QLIST.head) === 0) continue;
      const before = this.m.getLong(batch + QLIST.bytes);
      const first = this.take(batch, cache);
      const { m } = this;
      m.setLong(this.size, m.getLong(this.size) - (before - m.getLong(batch + QLIST.bytes)));
      this.freeAll(first);
    }
  }

  private ofCpu(cpu: number): number {
    return this.symbols.address('cpu_quarantine', cpu);
  }
  private batch(index: number): number {
    return this.batches + index * QLIST.size;
  }
  private clear(q: number): void {
    for (const at of [QLIST.head, QLIST.tail, QLIST.bytes]) this.m.setLong(q + at, 0);
  }
  /** Puts a chain of links at the end of a list. */
  private append(q: number, first: number, last: number, bytes: number): void {
    const { m } = this;
    const tail = m.getLong(q + QLIST.tail);
    if (tail === 0) m.setLong(q + QLIST.head, first);
    else m.setLong(tail, first);
    m.setLong(q + QLIST.tail, last);
    m.setLong(last, 0);
    m.setLong(q + QLIST.bytes, m.getLong(q + QLIST.bytes) + bytes);
  }
  private moveAll(from: number, to: number): void {
    const { m } = this;
    const first = m.getLong(from + QLIST.head);
    if (first !== 0) this.append(to, first, m.getLong(from + QLIST.tail), m.getLong(from + QLIST.bytes));
    this.clear(from);
  }
  /** qlist_move_cache: takes the objects of a cache out of a list; the first of their chain. The others keep their order. */
  private take(q: number, cache: number): number {
    const { m, ports } = this;
    let link = m.getLong(q + QLIST.head);
    let first = 0;
    let last = 0;
    this.clear(q);
    let left = MOST_OBJECTS;
    while (link !== 0 && --left > 0) {
      const next = m.getLong(link);
      const { cache: own } = ports.objectOf(link);
      if (own !== cache) this.append(q, link, link, m.field32(own, 'kmem_cache', 'size'));
      else {
        if (last === 0) first = link;
        else m.setLong(last, link);
        m.setLong(link, 0);
        last = link;
      }
      link = next;
    }
    return first;
  }
  /** qlist_free_all */
  private freeAll(first: number): void {
    let left = MOST_OBJECTS;
    for (let link = first; link !== 0 && --left > 0; ) {
      const next = this.m.getLong(link);
      const { cache, object } = this.ports.objectOf(link);
      this.ports.release(cache, object);
      link = next;
    }
  }
}

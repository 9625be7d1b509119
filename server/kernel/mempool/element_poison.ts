/**
 * Elements in the reserve of a pool are poisoned where CONFIG_SLUB_DEBUG_ON is set, and whoever takes one out checks that nobody has written
 * to it (mm/mempool.c: poison_element, check_element, poison_error, 6.1).
 */
import type { PoisonValues } from '../../profiles/profile';
import { PAGE_SIZE } from '../../types/pageSize';
import type { StructMemory } from '../lib/struct_memory';
import type { ElementChecks } from './mempool';

interface PoisonPorts {
  /** ksize */
  objectSize(object: number): number;
  /** kmap_atomic and kunmap_atomic of the page at the address of a struct page: what is done between them gets the page's address */
  withPage(page: number, work: (address: number) => void): void;
  /** a pointer as %p prints it */
  pointer(address: number): string;
  /** what the kernel prints, with a call trace behind it */
  report(title: string, lines: readonly string[]): void;
  /** address of a function */
  text(name: string): number;
}

export class ElementPoison implements ElementChecks {
  private readonly objectAllocs: readonly number[];
  private readonly objectFrees: readonly number[];
  private readonly pageAlloc: number;
  private readonly pageFree: number;

  constructor(
    private readonly memory: StructMemory,
    private readonly poison: PoisonValues,
    private readonly ports: PoisonPorts,
  ) {
    this.objectAllocs = [ports.text('mempool_alloc_slab'), ports.text('mempool_kmalloc')];
    this.objectFrees = [ports.text('mempool_free_slab'), ports.text('mempool_kfree')];
    this.pageAlloc = ports.text('mempool_alloc_pages');
    this.pageFree = ports.text('mempool_free_pages');
  }

  added(pool: number, element: number): void {
    const alloc = this.memory.field(pool, 'mempool_s', 'alloc');
    const fill = (address: number, size: number): void => {
      this.memory.space.fill(address, size - 1, this.poison.free);
      this.memory.space.write8(address + size - 1, this.poison.end);
    };
    if (this.objectAllocs.includes(alloc)) fill(element, this.ports.objectSize(element));
    else if (alloc === this.pageAlloc) this.ports.withPage(element, (address) => fill(address, this.pageBytes(pool)));
  }
  removed(pool: number, element: number): void {
    const free = this.memory.field(pool, 'mempool_s', 'free');
    if (this.objectFrees.includes(free)) this.check(pool, element, this.ports.objectSize(element));
    else if (free === this.pageFree)
      this.ports.withPage(element, (address) => this.check(pool, address, this.pageBytes(pool)));
  }
  private pageBytes(pool: number): number {
    return PAGE_SIZE << this.memory.field(pool, 'mempool_s', 'pool_data');
  }
  /** __check_element */
  private check(pool: number, address: number, size: number): void {
    const { space } = this.memory;
    const bytes = space.readBytes(address, size);
    const bad = bytes.findIndex((byte, i) => byte !== (i < size - 1 ? this.poison.free : this.poison.end));
    if (bad >= 0) this.error(pool, address, bytes, bad);
    else space.fill(address, size, this.poison.inuse);
  }
  /** poison_error */
  private error(pool: number, address: number, bytes: Uint8Array, bad: number): void {
    const { memory, ports } = this;
    const start = Math.max(bad - memory.wordSize, 0);
    const end = Math.min(bad + memory.wordSize, bytes.length);
    const around = [...bytes.subarray(start, end)].map((byte) => `${byte.toString(16)} `).join('');
    const nr = memory.field32(pool, 'mempool_s', 'curr_nr');
    ports.report('BUG: mempool element poison mismatch', [
      `Mempool ${ports.pointer(pool)} size ${bytes.length}`,
      ` nr=${nr} @ ${ports.pointer(address)}: ${start > 0 ? '... ' : ''}0x${around}${end < bytes.length ? '...' : ''}`,
    ]);
  }
}

/**
 * Elements in the reserve of a pool, as KASAN sees them: freed (mm/mempool.c: kasan_poison_element, kasan_unpoison_element, 6.1). Which kind
 * an element is follows from the pool's function: pages here; what the slab allocator gives is its own matter.
 */
import type { StructMemory } from '../lib/struct_memory';
import type { ElementChecks } from './mempool';

/** The shadow of pages: mm/kasan/shadow.ts. */
interface PageShadow {
  poisonPages(pfn: number, order: number): void;
  unpoisonPages(pfn: number, order: number): void;
}

export class ElementSanitizer implements ElementChecks {
  constructor(
    private readonly memory: StructMemory,
    private readonly shadow: PageShadow | undefined,
    /** the pfn of the `struct page` at an address */
    private readonly pfnOf: (page: number) => number,
    /** address of mempool_alloc_pages */
    private readonly allocPages: number,
  ) {}

  added(pool: number, element: number): void {
    if (this.holdsPages(pool)) this.shadow?.poisonPages(this.pfnOf(element), this.orderOf(pool));
  }
  removed(pool: number, element: number): void {
    if (this.holdsPages(pool)) this.shadow?.unpoisonPages(this.pfnOf(element), this.orderOf(pool));
  }
  private holdsPages(pool: number): boolean {
    return this.shadow !== undefined && this.memory.field(pool, 'mempool_s', 'alloc') === this.allocPages;
  }
  private orderOf(pool: number): number {
    return this.memory.field(pool, 'mempool_s', 'pool_data');
  }
}

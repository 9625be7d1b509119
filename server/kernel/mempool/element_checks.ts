/**
 * Elements in the reserve of a pool, as KASAN sees them: freed (mm/mempool.c: kasan_poison_element, kasan_unpoison_element, 6.1). What an
 * element is follows from the pool's function; elements of the scenario's own functions are left alone.
 */
import type { StructMemory } from '../lib/struct_memory';
import type { ElementChecks } from './mempool';

/** Objects and other kmalloc memory: mm/slab/slab_api.ts. */
interface PooledObjects {
  toPool(address: number): void;
  fromPool(address: number): void;
}
/** The shadow of pages: mm/kasan/shadow.ts. */
interface PageShadow {
  poisonPages(pfn: number, order: number): void;
  unpoisonPages(pfn: number, order: number): void;
}

export class ElementSanitizer implements ElementChecks {
  /** addresses of functions */
  private readonly objectFunctions: readonly number[];
  private readonly pageFunction: number;

  /** @param shadow undefined on a machine without KASAN */
  constructor(
    private readonly memory: StructMemory,
    private readonly objects: PooledObjects,
    private readonly shadow: PageShadow | undefined,
    /** the pfn of the `struct page` at an address */
    private readonly pfnOf: (page: number) => number,
    text: (name: string) => number,
  ) {
    this.objectFunctions = [text('mempool_alloc_slab'), text('mempool_kmalloc')];
    this.pageFunction = text('mempool_alloc_pages');
  }

  added(pool: number, element: number): void {
    if (!this.shadow) return;
    const alloc = this.allocOf(pool);
    if (this.objectFunctions.includes(alloc)) this.objects.toPool(element);
    else if (alloc === this.pageFunction) this.shadow.poisonPages(this.pfnOf(element), this.orderOf(pool));
  }
  removed(pool: number, element: number): void {
    if (!this.shadow) return;
    const alloc = this.allocOf(pool);
    if (this.objectFunctions.includes(alloc)) this.objects.fromPool(element);
    else if (alloc === this.pageFunction) this.shadow.unpoisonPages(this.pfnOf(element), this.orderOf(pool));
  }
  private allocOf(pool: number): number {
    return this.memory.field(pool, 'mempool_s', 'alloc');
  }
  private orderOf(pool: number): number {
    return this.memory.field(pool, 'mempool_s', 'pool_data');
  }
}

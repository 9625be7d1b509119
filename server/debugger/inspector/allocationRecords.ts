/** What the tracer's records say of allocations: which block was allocated or freed, by which allocator. */
import type { TraceRecord } from '../../kernel/printk/trace';
import { PAGE_SIZE } from '../../types/pageSize';

export type Allocator = 'pages' | 'kmalloc' | 'cache' | 'vmalloc' | 'percpu';

/** An allocation, or an attempt. */
export interface BlockAllocation {
  readonly allocator: Allocator;
  /** the cache, kmalloc's class, the order of the pages */
  readonly kind: string;
  /** of the block: what its free names */
  readonly block: string;
  /** bytes */
  readonly requested: number;
  readonly allocated: number;
  readonly failed: boolean;
  /** the mask; undefined where the record has none */
  readonly gfp?: number | undefined;
}

/** Names of blocks. */
export const pageBlock = (pfn: number): string => `page ${pfn}`;
export const objectBlock = (address: number): string => `object ${address}`;
export const percpuBlock = (pointer: number): string => `percpu ${pointer}`;
/** @param address as the kernel prints it */
export const areaBlock = (address: string): string => `area ${address}`;

/** The allocation that a record tells of. */
export function allocationOf({ name, kind, values }: TraceRecord): BlockAllocation | undefined {
  if (kind === 'enter' || kind === 'leave') return undefined;
  const number = (i: number): number => Number(values[i]);
  switch (name) {
    case 'mm_page_alloc': {
      const [pfn, order] = [number(0), number(1)];
      const bytes = PAGE_SIZE * 2 ** order;
      return block('pages', `order ${order}`, pageBlock(pfn), bytes, bytes, pfn < 0, number(2));
    }
    case 'alloc_pages_bulk':
      return block('pages', 'order 0', pageBlock(number(0)), PAGE_SIZE, PAGE_SIZE, false);
    case 'kmalloc': {
      const bytes = number(3);
      return block('kmalloc', `${bytes} bytes`, objectBlock(number(1)), number(2), bytes, number(1) === 0, number(4));
    }
    case 'kmem_cache_alloc':
      return block(
        'cache',
        String(values[2]),
        objectBlock(number(1)),
        number(3),
        number(4),
        number(1) === 0,
        number(5),
      );
    case 'percpu_alloc_percpu': {
      const bytes = number(4);
      const copies = bytes / Math.max(1, Math.ceil(number(1) / 4) * 4);
      return block('percpu', `${number(1)} bytes`, percpuBlock(number(3)), number(1) * copies, bytes, false, number(5));
    }
    case 'vmalloc':
      return block(
        'vmalloc',
        `${number(2) / PAGE_SIZE} pages`,
        areaBlock(String(values[0])),
        number(1),
        number(2),
        false,
      );
    default:
      return undefined;
  }
}
function block(
  allocator: Allocator,
  kind: string,
  name: string,
  requested: number,
  allocated: number,
  failed: boolean,
  gfp?: number,
): BlockAllocation {
  return { allocator, kind, block: name, requested, allocated, failed, gfp };
}
/** The block that a record says is freed. */
export function freeOf({ name, values }: TraceRecord): string | undefined {
  switch (name) {
    case 'mm_page_free':
      return pageBlock(Number(values[0]));
    case 'kfree':
    case 'kmem_cache_free':
      return objectBlock(Number(values[1]));
    case 'percpu_free_percpu':
      return percpuBlock(Number(values[0]));
    case 'vfree':
      return areaBlock(String(values[0]));
    default:
      return undefined;
  }
}

/** Functions of the API that hand out and take back pages. */
const PAGE_FUNCTIONS = /page|folio/;
/** Whether a record is of pages that an allocator takes or gives back for itself: slabs, areas, tables. They are not the scenario's. */
export const isBacking = ({ name, site }: TraceRecord): boolean =>
  (name === 'mm_page_alloc' || name === 'alloc_pages_bulk' || name === 'mm_page_free') &&
  !PAGE_FUNCTIONS.test(site?.api ?? '');

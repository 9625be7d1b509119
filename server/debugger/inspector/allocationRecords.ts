/** What the tracer's records say of allocations: which block was allocated or freed, by which allocator. */
import type { TraceRecord } from '../../kernel/printk/trace';
import { lookupApi } from '../../language/catalogue/catalogue';
import type { MemoryKind } from '../../language/catalogue/form/entry';
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
/** What could not be allocated, in words; undefined for a record that does not tell of that. Quick for those that succeeded. */
export function failureOf(record: TraceRecord): string | undefined {
  const { name, values } = record;
  const mayFail =
    name === 'mm_page_alloc' ? Number(values[0]) < 0 : isObjectAllocation(name) && Number(values[1]) === 0;
  if (!mayFail || isBacking(record)) return undefined;
  const allocation = allocationOf(record);
  if (!allocation?.failed) return undefined;
  const { allocator, kind } = allocation;
  return `an allocation failed: ${allocator === 'pages' ? '' : `${allocator}, `}${kind}`;
}
const isObjectAllocation = (name: string): boolean => name === 'kmalloc' || name === 'kmem_cache_alloc';
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

/** Memory that is addresses: functions that give it allocate objects to describe it. */
const DESCRIBED: ReadonlySet<MemoryKind> = new Set([
  'vmalloc',
  'vmap',
  'ioremap',
  'address range',
  'ram map',
  'percpu',
]);
const PAGES: ReadonlySet<MemoryKind> = new Set(['pages', 'page address', 'exact pages']);

/** Whether a function of the API takes from an allocator what it does not hand out: pages under slabs, areas and chunks, and what describes these. */
export function takesForItself(api: string | undefined, allocator: Allocator): boolean {
  const entry = lookupApi(api ?? '');
  if (allocator === 'pages') return entry?.family !== 'page allocation';
  if (allocator !== 'kmalloc' && allocator !== 'cache') return false;
  return entry?.allocates !== undefined && DESCRIBED.has(entry.allocates.kind);
}
/** Whether a record is of memory that an allocator takes or gives back for itself. It is not the scenario's. */
export function isBacking({ name, site }: TraceRecord): boolean {
  switch (name) {
    case 'mm_page_alloc':
    case 'alloc_pages_bulk':
      return takesForItself(site?.api, 'pages');
    case 'kmalloc':
    case 'kmem_cache_alloc':
      return takesForItself(site?.api, 'kmalloc');
  }
  const entry = lookupApi(site?.api ?? '');
  const kinds = entry?.frees?.kinds ?? [];
  if (name === 'mm_page_free') return entry?.counts === undefined && !kinds.some((kind) => PAGES.has(kind));
  return (
    (name === 'kfree' || name === 'kmem_cache_free') && kinds.length > 0 && kinds.every((kind) => DESCRIBED.has(kind))
  );
}

/** What the vmalloc files use of the machine, and of the parts of the kernel beside them. */
import type { CType } from '../../../types/ctype';
import type { Layouts } from '../../../types/layout';
import type { PageTables } from '../../arch/page_tables';
import type { KernelWorks } from '../../lib/kernel_works';
import type { Lists } from '../../lib/list';
import type { StructMemory } from '../../lib/struct_memory';
import type { LeakTracker } from '../checks/kmemleak';
import type { GfpMasks } from '../gfp';
import type { Heap } from '../heap';
import type { PageAllocator } from '../page_alloc/page_alloc';
import type { AddressRange } from './free_space';

/** What a checker of accesses is told of addresses (mm/kasan/shadow.c: kasan_populate_vmalloc and its like, 6.1). */
export interface VmallocSanitizer {
  /** an area has been made: nothing of it may be accessed */
  populate(start: number, size: number): void;
  /** its user may access `size` bytes from now on, and no longer */
  unpoison(start: number, size: number): void;
  poison(start: number, size: number): void;
  /** the addresses start … end − 1 are free, in a free range freeStart … freeEnd − 1 */
  release(start: number, end: number, freeStart: number, freeEnd: number): void;
}

interface SymbolTable {
  define(name: string, type: CType): number;
  definePerCpu(name: string, type: CType): number;
  address(name: string, cpu?: number): number;
  text(name: string): number;
}

export interface VmallocKernel {
  readonly memory: StructMemory;
  readonly layouts: Layouts;
  readonly symbols: SymbolTable;
  readonly cpus: number;
  /** num_online_nodes() */
  readonly nodes: number;
  readonly gfp: GfpMasks;
  readonly lists: Lists;
  readonly heap: Heap;
  readonly works: KernelWorks;
  /** undefined on a machine without one */
  readonly sanitizer: VmallocSanitizer | undefined;
  /** kmemleak_vmalloc and kmemleak_free; undefined on a machine without it */
  readonly leaks: LeakTracker | undefined;
  readonly pageAlloc: PageAllocator;
  readonly pageTables: PageTables;
  readonly log: { print(text: string): void };
  /** the value of a constant of the profile (`VM_IOREMAP`), 0 for one that the machine does not have */
  readonly constant: (name: string) => bigint;
  /** VMALLOC_START, VMALLOC_END */
  readonly range: AddressRange;
  /** log2 of the size of a large page (PMD_SHIFT), and of the largest alignment of an ioremap (IOREMAP_MAX_ORDER) */
  readonly pmdShift: number;
  readonly ioremapMaxOrder: number;
  /** CONFIG_HAVE_ARCH_HUGE_VMAP, CONFIG_HAVE_ARCH_HUGE_VMALLOC: large pages for ioremap, for vmalloc */
  readonly hugeVmap: boolean;
  readonly hugeVmalloc: boolean;
  /** totalram_pages() */
  readonly totalRamPages: () => number;
}

/**
 * The allocators that stand on the page allocator, as one machine has them, and how boot makes them usable (init/main.c: mm_init, 6.1).
 * Their state is in emulated memory; these objects hold where it lies.
 */
import type { AddressMap } from './arch/address_map';
import type { PageTables } from './arch/page_tables';
import type { BootPages } from './mm/boot_pages';
import type { HighMem } from './mm/highmem';
import type { NodeInfo } from './mm/node';
import type { PageAllocator } from './mm/page_alloc/page_alloc';
import type { KernelLog } from './printk/printk';
import type { Running } from './running';
import type { BootedKernel } from './sched/booted_kernel';

/** The booted kernel, as far as the allocators need it: kernel.ts has it all. */
export interface AllocatorParts extends BootedKernel {
  readonly nodes: readonly NodeInfo[];
  /** undefined on a machine that runs no tasks */
  readonly running: Running | undefined;
  readonly log: KernelLog;
  readonly pageAlloc: PageAllocator;
  readonly bootPages: BootPages;
  readonly pageTables: PageTables;
  readonly addresses: AddressMap;
  readonly highmem: HighMem | undefined;
}

export interface Allocators {
  /**
   * mm_init: the allocators' own structures, from pages of `bootPages`. Once, when free memory is as the machine has it, before the journal
   * starts.
   */
  init(): void;
}

/** Places the allocators' static variables. Each allocator's step of boot is in `init`, in the kernel's order. */
export function makeAllocators(k: AllocatorParts): Allocators {
  const listHead = k.layouts.parseType('struct list_head');
  const slabCaches = k.symbols.define('slab_caches', listHead);
  return {
    init() {
      k.highmem?.init();
      const { space, abi } = k;
      for (const at of [slabCaches, slabCaches + abi.wordSize]) {
        if (abi.wordSize === 8) space.write64Number(at, slabCaches);
        else space.write32(at, slabCaches);
      }
    },
  };
}

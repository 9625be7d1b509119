/** What the allocator of per-CPU memory uses of the rest of the kernel. Addresses are virtual; 0 is NULL. */
import type { Tracing } from '../../printk/tracing';
import type { Heap } from '../heap';
import type { Caller } from '../page_alloc/caller';
import type { ReportLog } from '../page_report';

/** Areas of virtual addresses: mm/vmalloc.c. */
export interface PcpuVmAreas {
  /** __vmalloc */
  vmalloc(size: number, gfp: number): number;
  vfree(address: number): void;
  isVmallocAddr(address: number): boolean;
  /**
   * pcpu_get_vm_areas: areas at these distances from a common base, as high in the vmalloc area as they fit; the address of an array of
   * pointers to their vm_structs
   */
  getVmAreas(wanted: readonly { readonly offset: number; readonly size: number }[], align: number): number;
  /** pcpu_free_vm_areas */
  freeVmAreas(vms: number, count: number): void;
}
export interface PcpuPorts {
  readonly heap: Pick<Heap, 'kzalloc' | 'kfree'>;
  readonly vm: PcpuVmAreas;
  readonly pages: {
    /** alloc_pages_node of a page: −1 if there is none */
    alloc(node: number, gfp: number): number;
    free(pfn: number): void;
    /** address of a struct page */
    address(pfn: number): number;
    /** pfn of a struct page */
    pfn(page: number): number;
  };
  readonly tables: {
    /** a page of the kernel's, with the flags of PAGE_KERNEL: false if there is no memory for a table */
    map(va: number, pfn: number): boolean;
    unmap(va: number): void;
    /** −1 where nothing is mapped */
    pfnAt(va: number): number;
  };
  readonly nodeOfCpu: (cpu: number) => number;
  readonly caller: Caller;
  /** the functions from might_sleep() in the lock of the allocator's mutex on */
  readonly lockFunctions: readonly string[];
  readonly tracing: Tracing;
  readonly log: ReportLog;
  /** schedule_work(&pcpu_balance_work) */
  scheduleBalance(): void;
}

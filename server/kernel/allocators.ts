/**
 * The allocators that stand on the page allocator, as one machine has them, and how boot makes them usable (init/main.c: mm_init, 6.1).
 * Their state is in emulated memory; these objects hold where it lies.
 */
import type { ArchInfo } from '../profiles/archInfo';
import type { AddressMap } from './arch/address_map';
import type { PageTables } from './arch/page_tables';
import type { BootPages } from './mm/boot_pages';
import type { HighMem } from './mm/highmem';
import { cpuToNode, type NodeInfo } from './mm/node';
import { BOOT_CALLER } from './mm/page_alloc/caller';
import type { PageAllocator } from './mm/page_alloc/page_alloc';
import type { PageApi } from './mm/page_alloc/page_api';
import type { PcpuPool } from './mm/percpu/pcpu_pool';
import { PerCpu } from './mm/percpu/percpu';
import { Slab } from './mm/slab/slab_api';
import type { SlabBackend, SlabHost } from './mm/slab/slab_backend';
import { makeSlub, type SlubSurroundings } from './mm/slub/slub_make';
import type { KernelLog } from './printk/printk';
import type { Running } from './running';
import type { BootedKernel } from './sched/booted_kernel';

/** The booted kernel, as far as the allocators need it: kernel.ts has it all. */
export interface AllocatorParts extends BootedKernel {
  readonly arch: ArchInfo;
  readonly nodes: readonly NodeInfo[];
  /** undefined on a machine that runs no tasks */
  readonly running: Running | undefined;
  readonly log: KernelLog;
  readonly pageAlloc: PageAllocator;
  readonly pageApi: PageApi;
  readonly pcpu: PcpuPool;
  readonly bootPages: BootPages;
  readonly pageTables: PageTables;
  readonly addresses: AddressMap;
  readonly highmem: HighMem | undefined;
}

/** How a machine on which recordings are repeated differs: what its allocators take from the recording. */
export interface AllocatorOptions {
  readonly slub?: (pageAlloc: PageAllocator) => Pick<SlubSurroundings, 'options' | 'pages' | 'random'>;
}

export interface Allocators {
  readonly slab: Slab;
  readonly percpu: PerCpu;
  /**
   * mm_init: the allocators' own structures, from pages of `bootPages`. Once, when free memory is as the machine has it, before the journal
   * starts.
   */
  init(): void;
}

/** Places the allocators' static variables. Each allocator's step of boot is in `init`, in the kernel's order. */
export function makeAllocators(k: AllocatorParts, options: AllocatorOptions = {}): Allocators {
  const percpu = makePerCpu(k, () => slab);
  const slab = new Slab(k, (host) => makeBackend(k, host, percpu, options));
  return {
    slab,
    percpu,
    init() {
      k.highmem?.init();
      slab.init();
    },
  };
}

/** The slab allocator that the machine is configured with. */
function makeBackend(k: AllocatorParts, host: SlabHost, percpu: PerCpu, options: AllocatorOptions): SlabBackend {
  const { cpus } = k.percpu;
  const perCpuMemory = {
    alloc: (size: number, align: number) => percpu.allocPercpu(size, align),
    free: (address: number) => percpu.freePercpu(address),
    offset: (cpu: number) => k.percpu.offset(cpu),
  };
  return makeSlub(k, host, { percpu: perCpuMemory, cpus, callRcu: () => {}, ...options.slub?.(k.pageAlloc) });
}

function makePerCpu(k: AllocatorParts, slab: () => Slab): PerCpu {
  const { pageAlloc, pageTables, pages, running, nodes, log } = k;
  const kernelPage = k.pageTables.pageKernel;
  return new PerCpu(
    k.pcpu,
    {
      heap: { kzalloc: (size, gfp) => slab().kzalloc(size, gfp), kfree: (address) => slab().kfree(address) },
      // the first chunk alone, until this is there
      vm: { vmalloc: () => 0, vfree: () => {}, isVmallocAddr: () => false, getVmAreas: () => 0, freeVmAreas: () => {} },
      pages: {
        alloc: (node, gfp) => pageAlloc.allocPages(gfp, 0, node),
        free: (pfn) => pageAlloc.freePages(pfn, 0),
        address: (pfn) => pages.pageAddr(pfn),
        pfn: (page) => k.pageApi.pageArg(page),
      },
      tables: {
        map: (va, pfn) => pageTables.map(va, pfn, kernelPage),
        unmap: (va) => pageTables.unmap(va),
        pfnAt: (va) => pageTables.pfnAt(va),
      },
      nodeOfCpu: (cpu) => cpuToNode(nodes, cpu),
      caller: running?.current ?? BOOT_CALLER,
      lockFunctions: [k.config.config.LOCKDEP === true ? '__mutex_lock' : 'mutex_lock_killable', 'pcpu_alloc'],
      log,
      scheduleBalance: () => {},
    },
    k.gfp,
    k.layouts,
  );
}

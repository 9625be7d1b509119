/**
 * The allocators that stand on the page allocator, as one machine has them, and how boot makes them usable (init/main.c: mm_init, 6.1).
 * Their state is in emulated memory; these objects hold where it lies.
 */
import type { ArchInfo } from '../profiles/archInfo';
import type { AddressMap } from './arch/address_map';
import type { MemoryMap } from './arch/memory_map';
import type { PageTables } from './arch/page_tables';
import { threadSize } from './arch/thread_size';
import { IrqStacks } from './irq/irq_stacks';
import type { CpuWork } from './irq/tick';
import { KernelRcu } from './lib/kernel_rcu';
import { KernelText } from './lib/kernel_text';
import { KernelWorks } from './lib/kernel_works';
import { StructMemory } from './lib/struct_memory';
import { makeMemoryChecks, nameVmallocAreas } from './memory_checks';
import type { BootPages } from './mm/boot_pages';
import type { KmemleakReports } from './mm/checks/kmemleak_report';
import type { HighMem } from './mm/highmem';
import { cpuToNode, type NodeInfo } from './mm/node';
import { BOOT_CALLER } from './mm/page_alloc/caller';
import type { PageAllocator } from './mm/page_alloc/page_alloc';
import type { PageApi } from './mm/page_alloc/page_api';
import type { PcpuPool } from './mm/percpu/pcpu_pool';
import { PerCpu } from './mm/percpu/percpu';
import { PgdCache } from './mm/process/pgd_cache';
import type { Slab } from './mm/slab/slab_api';
import { defineVmallocConstants, makeVmalloc } from './mm/vmalloc/make_vmalloc';
import type { VmallocApi } from './mm/vmalloc/vmalloc_api';
import type { KernelLog } from './printk/printk';
import type { Running } from './running';
import type { BootedKernel } from './sched/booted_kernel';
import { makeSlab, type SlabOptions } from './slab_backends';

/** The booted kernel, as far as the allocators need it: kernel.ts has it all. */
export interface AllocatorParts extends BootedKernel {
  readonly memory: MemoryMap;
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

export interface Allocators {
  readonly slab: Slab;
  /** works of each CPU that run in its tick */
  readonly cpuWorks: readonly CpuWork[];
  /** RCU callbacks of the kernel's own */
  readonly rcu: KernelRcu;
  readonly percpu: PerCpu;
  readonly vmalloc: VmallocApi;
  /** with PAE */
  readonly pgdCache: PgdCache | undefined;
  /** undefined on a machine without CONFIG_DEBUG_KMEMLEAK */
  readonly kmemleak: KmemleakReports | undefined;
  /** works of the kernel's own */
  readonly works: KernelWorks;
  /** the stacks of interrupts */
  readonly irqStacks: IrqStacks;
  /**
   * mm_init: the allocators' own structures, from pages of `bootPages`. Once, when free memory is as the machine has it, before the journal
   * starts.
   */
  init(): void;
}

/** Places the allocators' static variables. Each allocator's step of boot is in `init`, in the kernel's order. */
export function makeAllocators(k: AllocatorParts, options: SlabOptions = {}): Allocators {
  const percpu = makePerCpu(k, () => ({ slab, vmalloc, works }));
  const rcu = new KernelRcu(
    (name) => k.symbols.text(name),
    // kvfree, in a softirq
    (address) => (vmalloc.isVmallocAddr(address) ? vmalloc.freeing.vfree(address) : slab.kfree(address)),
  );
  const checks = makeMemoryChecks(k, (cache, object) => slab.backend.freeKept(cache, object));
  const slab: Slab = makeSlab({ ...k, ...checks }, percpu, rcu, options);
  const works = new KernelWorks(new StructMemory(k.space, k.abi, k.layouts), (name) => k.symbols.text(name));
  const vmalloc = makeVmalloc(k, slab, works, checks.leaks, (start, bytes) =>
    k.running?.lockdep.memoryFreed(start, bytes),
  );
  defineVmallocConstants(k);
  nameVmallocAreas(k, vmalloc);
  const { reapWork } = slab.backend;
  const irqStacks = makeIrqStacks(k, vmalloc);
  const pgdCache = makePgdCache(k, slab);
  return {
    slab,
    cpuWorks: reapWork ? [reapWork] : [],
    rcu,
    percpu,
    works,
    irqStacks,
    vmalloc,
    pgdCache,
    kmemleak: checks.kmemleak,
    init() {
      k.highmem?.init();
      slab.init();
      pgdCache?.init();
      vmalloc.init();
      slab.initLate();
      works.init(k.pcpu.variable('pcpu_balance_work'), 'pcpu_balance_workfn', () => percpu.balanceWork());
      percpu.enableAsync();
      irqStacks.init();
    },
  };
}

function makePgdCache({ config, space, abi, layouts, symbols }: AllocatorParts, slab: Slab): PgdCache | undefined {
  if (config.arch !== 'i386_pae') return undefined;
  const variable = symbols.define('pgd_cache', layouts.parseType('struct kmem_cache *'));
  return new PgdCache(new StructMemory(space, abi, layouts), slab, variable);
}
function makeIrqStacks(k: AllocatorParts, vmalloc: VmallocApi): IrqStacks {
  return new IrqStacks(
    {
      ...k,
      cpus: k.percpu.cpus,
      size: threadSize(k),
      frames: k.bootPages,
      mapArea: (pfn, pages, caller) => vmalloc.mapArea(pfn, pages, caller),
    },
    new KernelText(k.symbols),
  );
}

function makePerCpu(k: AllocatorParts, others: () => Pick<Allocators, 'slab' | 'vmalloc' | 'works'>): PerCpu {
  const { pageAlloc, pageTables, pages, running, nodes, log } = k;
  const kernelPage = k.pageTables.pageKernel;
  return new PerCpu(
    k.pcpu,
    {
      heap: {
        kzalloc: (size, gfp) => others().slab.kzalloc(size, gfp),
        kfree: (address) => others().slab.kfree(address),
      },
      vm: {
        vmalloc: (size, gfp) => others().vmalloc.vmallocGfp(size, gfp),
        vfree: (address) => others().vmalloc.freeing.vfree(address),
        isVmallocAddr: (address) => others().vmalloc.isVmallocAddr(address),
        getVmAreas: (wanted, align) => others().vmalloc.percpu.get(wanted, align),
        freeVmAreas: (vms, count) => others().vmalloc.percpu.release(vms, count),
      },
      pages: {
        alloc: (node, gfp) => pageAlloc.allocPages(gfp, 0, node),
        free: (pfn) => pageAlloc.freePages(pfn, 0),
        address: (pfn) => pages.pageAddr(pfn),
        pfn: (page) => k.pageApi.pageArg(page),
      },
      tables: {
        map: (va, pfn) => pageTables.map(va, pfn, kernelPage),
        unmap: (va) => {
          pageTables.unmap(va);
          pageTables.tlbs.flushRange(va, va + 1);
        },
        pfnAt: (va) => pageTables.pfnAt(va),
      },
      nodeOfCpu: (cpu) => cpuToNode(nodes, cpu),
      caller: running?.current ?? BOOT_CALLER,
      tracing: pageAlloc.tracing,
      lockFunctions: [k.config.config.LOCKDEP === true ? '__mutex_lock' : 'mutex_lock_killable'],
      log,
      scheduleBalance: () => others().works.schedule(k.pcpu.variable('pcpu_balance_work')),
    },
    k.gfp,
    k.layouts,
  );
}

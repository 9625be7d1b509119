/**
 * Areas are unmapped and what they hold is freed: at once in a task, later by a kworker where that may not sleep (mm/vmalloc.c: __vunmap,
 * vfree, vfree_atomic, __vfree_deferred, free_work, vunmap, 6.1).
 */
import { formatBits, toBits } from '../../../types/address';
import { PAGE_SIZE } from '../../../types/pageSize';
import { KernelBug } from '../../lib/bug';
import { pointerId } from '../../lib/pointer_id';
import type { VmStructs } from './vm_struct';
import type { VmallocKernel } from './vmalloc_kernel';

/** The areas whose pages have been freed, the last one's array of pages not yet: outermost first. */
export interface UnmapProgress {
  readonly count: number;
  at(index: number): number;
  push(vm: number): void;
}
/** The same on the caller's stack, for a caller that does not let others run in between. */
class Progress implements UnmapProgress {
  private readonly vms: number[] = [];
  get count(): number {
    return this.vms.length;
  }
  at(index: number): number {
    return this.vms[index] as number;
  }
  push(vm: number): void {
    this.vms.push(vm);
  }
}

interface VfreeParts {
  /** is_vmalloc_addr */
  isVmalloc(address: number): boolean;
  /** pages have left areas */
  countPages(count: number): void;
  /** debug_check_no_locks_freed, and other checks of what is freed */
  freed(start: number, bytes: number): void;
}

export class Vfree {
  /** of each CPU: the list of addresses to be freed, and the work that frees them (struct vfree_deferred) */
  private readonly deferred: readonly number[];
  private readonly workAt: number;

  constructor(
    private readonly k: VmallocKernel,
    private readonly vms: VmStructs,
    private readonly parts: VfreeParts,
  ) {
    const { symbols, layouts, cpus } = k;
    symbols.definePerCpu('vfree_deferred', layouts.parseType('struct vfree_deferred'));
    this.deferred = Array.from({ length: cpus }, (_, cpu) => symbols.address('vfree_deferred', cpu));
    this.workAt = layouts.offset('vfree_deferred', 'wq');
  }
  init(): void {
    for (const at of this.deferred) {
      this.k.memory.setLong(at, 0);
      this.k.works.init(at + this.workAt, 'free_work', (work) => this.freeWork(work - this.workAt));
    }
  }

  // ---------------------------------------------------------------- __vunmap
  /**
   * The first part of __vunmap: the area of an address is unmapped, and its pages are freed if `pages` says so. Its vm_struct; 0, after a
   * warning, if there is none.
   */
  private begin(address: number, pages: boolean): number {
    const { k, vms } = this;
    const { memory, pageAlloc } = k;
    if (address % PAGE_SIZE !== 0) {
      this.warn('mm/vmalloc.c:2695', `Trying to vfree() bad address (${this.pointer(address)})`);
      return 0;
    }
    const vm = vms.find(address);
    if (vm === 0) {
      this.warn('mm/vmalloc.c:2701', `Trying to vfree() nonexistent vm area (${this.pointer(address)})`);
      return 0;
    }
    this.parts.freed(vms.addr(vm), vms.areaSize(vm));
    k.sanitizer?.poison(vms.addr(vm), vms.areaSize(vm));
    k.leaks?.freed(vms.addr(vm));
    vms.remove(vms.addr(vm));
    if (!pages) return vm;
    if (pageAlloc.tracing.on) pageAlloc.tracing.decision('vfree', formatBits(memory.abi, toBits(memory.abi, address)));
    const count = memory.field32(vm, 'vm_struct', 'nr_pages');
    const array = memory.field(vm, 'vm_struct', 'pages');
    for (let i = 0; i < count; i++) {
      const page = memory.getLong(array + i * memory.wordSize);
      const pfn = page === 0 ? -1 : pageAlloc.pages.pfnOf(page);
      if (pfn < 0) throw new KernelBug({ at: 'mm/vmalloc.c', fn: '__vunmap' });
      pageAlloc.freePages(pfn, 0);
    }
    this.parts.countPages(-count);
    return vm;
  }
  /** %p */
  private pointer(address: number): string {
    const { abi } = this.k.memory;
    return pointerId(abi, toBits(abi, address), address === 0);
  }
  private warn(at: string, message: string): void {
    // vfree ends with a jump to it: call traces do not name vfree
    this.k.pageAlloc.caller.warn({ at, fn: '__vunmap', functions: [] }, message, []);
  }
  /**
   * The next step of a vfree that has begun: true if an array of pages that is vmalloc memory itself has been unmapped, and others may run
   * before it goes on; false when all is freed.
   */
  next(progress: UnmapProgress): boolean {
    const { k, parts } = this;
    const top = progress.at(progress.count - 1);
    const array = k.memory.field(top, 'vm_struct', 'pages');
    if (array !== 0 && parts.isVmalloc(array)) {
      const vm = this.begin(array, true);
      if (vm !== 0) {
        progress.push(vm);
        return true;
      }
    } else if (array !== 0) k.heap.kfree(array);
    for (let i = progress.count - 1; i >= 0; i--) k.heap.kfree(progress.at(i));
    return false;
  }
  /** The rest of a vfree that has begun. `letOthersRun`: cond_resched() after each area */
  private finish(vm: number, letOthersRun?: () => void): void {
    if (vm === 0) return;
    const progress = new Progress();
    progress.push(vm);
    do letOthersRun?.();
    while (this.next(progress));
  }

  // ---------------------------------------------------------------- vfree
  /**
   * The first step of vfree: the vm_struct whose pages have been freed, for `next`; 0 if there is nothing more to do. In an interrupt the
   * work is left to a kworker. @throws KernelBug in an NMI
   */
  start(address: number): number {
    const { caller } = this.k.pageAlloc;
    if (caller.inNmi()) throw new KernelBug({ at: 'mm/vmalloc.c', fn: 'vfree' });
    const interrupt = caller.inInterrupt();
    if (!interrupt) caller.mightSleep('mm/vmalloc.c', []);
    if (address === 0) return 0;
    if (!interrupt) return this.begin(address, true);
    this.defer(address);
    return 0;
  }
  /** vfree without others in between: of boot, of kernel code that holds nothing, and of tools. */
  vfree(address: number, letOthersRun?: () => void): void {
    this.finish(this.start(address), letOthersRun);
  }
  /** vfree_atomic. @throws KernelBug in an NMI */
  vfreeAtomic(address: number): void {
    if (this.k.pageAlloc.caller.inNmi()) throw new KernelBug({ at: 'mm/vmalloc.c', fn: 'vfree_atomic' });
    if (address !== 0) this.defer(address);
  }
  /** __vfree_deferred: the first word of the memory links it into this CPU's list. */
  private defer(address: number): void {
    const { memory, pageAlloc, works } = this.k;
    const at = this.deferred[pageAlloc.caller.cpu()] as number;
    const first = memory.getLong(at);
    memory.setLong(address, first);
    memory.setLong(at, address);
    if (first === 0) works.schedule(at + this.workAt);
  }
  /** free_work: all that this list has, the last one first */
  private freeWork(deferred: number): void {
    const { memory } = this.k;
    let address = memory.getLong(deferred);
    memory.setLong(deferred, 0);
    while (address !== 0) {
      const next = memory.getLong(address);
      this.finish(this.begin(address, true));
      address = next;
    }
  }
  /** vunmap: the pages stay. @throws KernelBug in an interrupt */
  vunmap(address: number): void {
    const { pageAlloc, heap } = this.k;
    if (pageAlloc.caller.inInterrupt()) throw new KernelBug({ at: 'mm/vmalloc.c', fn: 'vunmap' });
    pageAlloc.caller.mightSleep('mm/vmalloc.c', []);
    if (address === 0) return;
    const vm = this.begin(address, false);
    if (vm !== 0) heap.kfree(vm);
  }
}

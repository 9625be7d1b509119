/**
 * The caller of the page allocator: what the allocator needs to know about the running task and CPU. The vm's contexts implement it by
 * reading emulated memory.
 */
import type { KernelPlace } from '../../printk/reports';

export { PF_MEMALLOC, PF_MEMALLOC_NOFS, PF_MEMALLOC_NOIO } from '../../../profiles/commonConstants';
export const PF_MEMALLOC_PIN = 0x10000000;

export interface Caller {
  /** smp_processor_id() */
  cpu(): number;
  /** current->flags (PF_…) */
  taskFlags(): number;
  /** in_interrupt(): hard interrupt, softirq or bottom halves off */
  inInterrupt(): boolean;
  /** in_nmi() */
  inNmi(): boolean;
  /** in_serving_softirq() */
  inServingSoftirq(): boolean;
  /** rt_task(current), and in_task() */
  rtTask(): boolean;
  comm(): string;
  pid(): number;
  /** jiffies: for ratelimits */
  jiffies(): number;
  /**
   * might_alloc(gfp): reports a mask that may sleep where sleeping is not allowed. `functions`: the kernel's between it and the function of
   * the API, innermost first (mm/allocation_frames.ts).
   */
  mightAlloc(gfp: number, functions: readonly string[]): void;
  /** Runs `body` as part of kernel functions that reports name between the page allocator and the function of the API, innermost first. */
  within<T>(functions: readonly string[], body: () => T): T;
  /** the kernel's functions that run on top of the scenario's, innermost first */
  functions(): readonly string[];
  /** the code that called the function of the API, as %pS prints it, and its address */
  symbol(): string;
  ip(): number;
  /** might_sleep(), at a place in the kernel's source. `functions`: the kernel's between there and the function of the API, innermost first */
  mightSleep(at: string, functions: readonly string[]): void;
  /** wake_up_process, of a task that sleeps interruptibly */
  wakeUp(task: number): void;
  /** debug_check_no_locks_freed: 2^order pages are given back, with what locks lie in them */
  pagesFreed(pfn: number, order: number): void;
  /** dump_stack(): the running task and the call trace, as lines of a report. `functions`: see printk/reports.ts */
  dumpStack(functions?: readonly string[]): readonly string[];
  /** add_taint(TAINT_BAD_PAGE, LOCKDEP_NOW_UNRELIABLE) */
  taintBadPage(): void;
  /** print_modules() */
  modulesLine(): string;
  /** WARN() at a place of the kernel's. `notes`: what kmem adds */
  warn(place: KernelPlace, message: string, notes: readonly string[]): void;
}

/** Boot, and tools that drive the allocator without tasks: CPU 0, no task. */
export const BOOT_CALLER: Caller = {
  cpu: () => 0,
  taskFlags: () => 0,
  inInterrupt: () => false,
  inNmi: () => false,
  inServingSoftirq: () => false,
  rtTask: () => false,
  comm: () => 'swapper/0',
  pid: () => 0,
  jiffies: () => 0,
  mightAlloc: () => {},
  within: (_, body) => body(),
  functions: () => [],
  symbol: () => '?',
  ip: () => 0,
  mightSleep: () => {},
  wakeUp: () => {},
  pagesFreed: () => {},
  dumpStack: () => [],
  taintBadPage: () => {},
  modulesLine: () => 'Modules linked in:',
  warn: () => {},
};

/**
 * Tasks are made: task_structs and kernel stacks, before the run begins (kernel/fork.c, 6.1). Each task has
 * its task_struct in pages of its own and a stack of THREAD_SIZE: on x86_64 mapped in the vmalloc area with a hole below it
 * (VMAP_STACK), on the 32-bit machines in lowmem, where an overflow runs into what lies below.
 */
import { PF_KSWAPD, PF_MEMALLOC, PF_NO_SETAFFINITY } from '../../profiles/commonConstants';
import { PAGE_SIZE } from '../../types/pageSize';
import { MachineError } from '../arch/machine_config';
import type { Core } from './core';
import { PREEMPT_DISABLED } from './preempt_mask';
import {
  KIND_FREE,
  KIND_IDLE,
  KIND_KSOFTIRQD,
  KIND_KSWAPD,
  KIND_KWORKER,
  KIND_PROCESS,
  PF_IDLE,
  PF_KTHREAD,
  PF_WQ_WORKER,
  STACK_END_MAGIC,
  T,
  TASK_DEAD,
  TASK_RUNNING,
  type Tasks,
  THREAD_AREA,
} from './task';

/** flags of kernel threads, by KIND_… */
const FLAGS: Readonly<Record<number, number>> = {
  [KIND_IDLE]: PF_IDLE | PF_NO_SETAFFINITY,
  [KIND_KSOFTIRQD]: PF_NO_SETAFFINITY,
  [KIND_KWORKER]: PF_WQ_WORKER | PF_NO_SETAFFINITY,
  [KIND_KSWAPD]: PF_MEMALLOC | PF_KSWAPD,
};
export const TOO_LITTLE =
  'the machine has too little memory for the tasks of this scenario: give it more with memory = …';
/** prio of a task of nice 0 */
const DEFAULT_PRIO = 120;

/** Where frames come from: mm/boot_pages.ts. */
interface FrameSource {
  /** pfn of the first of `count` frames; −1 if there are none */
  take(count: number): number;
}

/** Addresses for stacks (VMAP_STACK): mm/vmalloc. */
interface StackAreas {
  /** the address at which adjacent frames are mapped, with a page behind them that is not; 0 if there is no memory */
  stackArea(pfn: number, pages: number, caller: number): number;
}
/** Where a task has switched interrupts: locking/lockdep/irq_trace.ts. */
interface IrqFlagTrace {
  forked(task: number, ip: number): void;
}
interface TextAddresses {
  define(names: readonly string[]): void;
  inside(name: string): number;
}

export class Fork {
  /** addresses of the code that makes tasks, and of its caller, whose stacks are said to be */
  private readonly copyProcess: number;
  private readonly kernelClone: number;

  constructor(
    private readonly core: Core,
    private readonly tasks: Tasks,
    private readonly frames: FrameSource,
    private readonly areas: StackAreas,
    private readonly irqTrace: IrqFlagTrace | undefined,
    text: TextAddresses,
  ) {
    text.define(['copy_process', 'kernel_clone']);
    this.copyProcess = text.inside('copy_process');
    this.kernelClone = text.inside('kernel_clone');
  }

  /** Makes a task before the run begins. `at`: where its task_struct is already (init_task). */
  create(name: string, pid: number, cpu: number, kind: number, at?: number): number {
    const { core, tasks } = this;
    const { kernel, mem } = core;
    const task = at ?? kernel.direct.va(this.pages(tasks.taskSize) * PAGE_SIZE);
    const phys = kernel.direct.pa(task);
    // in lowmem the frames below the stack are its own allocation's, so that an overflow writes into it
    const below = core.wordSize === 8 ? 0 : tasks.threadSize;
    const stackPhys = this.pages(tasks.threadSize + below) * PAGE_SIZE + below;
    let stack: number;
    if (core.wordSize === 8) {
      stack = this.areas.stackArea(stackPhys / PAGE_SIZE, tasks.threadSize / PAGE_SIZE, this.kernelClone);
      if (stack === 0) throw new MachineError(TOO_LITTLE);
      // the fast path to what the page tables map there
      core.space.addLinear('kernel stack', stack, tasks.threadSize, stackPhys, false);
    } else stack = kernel.direct.va(stackPhys);
    const word = (offset: number) => mem.word(kernel.direct.pa(tasks.address(task, offset)));
    tasks.enter({
      task,
      phys,
      name: 'TASK',
      stack,
      floor: stack - below,
      stackWord: mem.word(stackPhys),
      threadSize: tasks.threadSize,
      pcWord: word(T.pc),
      fpWord: word(T.fp),
      fpHigh: word(T.fp + 4),
      stageWord: word(T.stage),
      depthWord: word(T.depth),
    });
    core.setField(task, 'task_struct', 'stack', stack);
    core.set32(stack, STACK_END_MAGIC | 0);
    this.initialise(task, name, pid, cpu, kind);
    return task;
  }
  /** The fields of a new task; also for a slot of the pool that is used again. */
  initialise(task: number, name: string, pid: number, cpu: number, kind: number): void {
    const { core, tasks } = this;
    const set = (field: string, value: number) => core.setField32(task, 'task_struct', field, value);
    core.space.fill(tasks.address(task, 0), THREAD_AREA, 0);
    this.setComm(task, name);
    set('pid', pid);
    set('tgid', pid);
    set('__state', kind === KIND_FREE ? TASK_DEAD : TASK_RUNNING);
    set('usage', 1);
    set('flags', (kind === KIND_PROCESS ? 0 : PF_KTHREAD) | (FLAGS[kind] ?? 0));
    for (const prio of ['prio', 'static_prio', 'normal_prio']) set(prio, DEFAULT_PRIO);
    set('on_rq', 0);
    set('on_cpu', 0);
    set('wake_cpu', cpu);
    set('rcu_read_lock_nesting', 0);
    this.irqTrace?.forked(task, this.copyProcess);
    tasks.set(task, T.kind, kind);
    tasks.set(task, T.cpu, cpu);
    // init_idle_preempt_count: the idle task is never preempted
    if (kind === KIND_IDLE) tasks.set(task, T.preempt, PREEMPT_DISABLED);
  }
  /** kthread_bind: it stays on its CPU. */
  bind(task: number): void {
    this.core.setField32(task, 'task_struct', 'flags', this.tasks.flags(task) | PF_NO_SETAFFINITY);
  }
  private setComm(task: number, name: string): void {
    const bytes = new Uint8Array(16);
    for (let i = 0; i < 15 && i < name.length; i++) bytes[i] = name.charCodeAt(i);
    this.core.space.writeBytes(task + this.core.offset('task_struct', 'comm'), bytes);
  }
  /** Contiguous frames for `bytes`, with neighbouring words. */
  private pages(bytes: number): number {
    const count = Math.ceil(bytes / PAGE_SIZE);
    const pfn = this.frames.take(count);
    if (pfn < 0) throw new MachineError(TOO_LITTLE);
    this.core.kernel.mem.contiguous(pfn, pfn + count);
    return pfn;
  }
}

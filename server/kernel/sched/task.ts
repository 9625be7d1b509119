/**
 * Tasks: task_structs and kernel stacks, made before the run begins (kernel/fork.c, 6.1, as far as kernel threads go). Each task has
 * its task_struct in pages of its own and a stack of THREAD_SIZE: on x86_64 mapped in the vmalloc area with a hole below it
 * (VMAP_STACK), on the 32-bit machines in lowmem, where an overflow runs into what lies below.
 *
 * The last 512 bytes of task_struct are the task's `thread` area, laid out here (the kernel keeps registers there, and lockdep its
 * held_locks elsewhere): see `T`. Everything that lets a task go on is in it or on its stack.
 */
import { PAGE_SIZE } from '../../types/pageSize';
import { MachineError } from '../init/machine_config';
import type { Core } from './core';

export const THREAD_AREA = 512;
/** Byte offsets in the thread area. Addresses take 8 bytes on all machines. */
export const T = {
  /** index of the next instruction */
  pc: 0,
  /** a blocking call is under way: what stage it has reached; 0 when it is entered */
  stage: 4,
  /** lowest byte of the innermost frame */
  fp: 8,
  /** jiffies (since boot) at which a sleep ends, and whether there is such a time */
  deadline: 16,
  timed: 20,
  /** frames on the stack that belong to the scenario */
  depth: 24,
  /** CPU it runs on */
  cpu: 28,
  /** registers of a task that doesn't run */
  preempt: 32,
  irqsOff: 36,
  /** next task in its run queue */
  next: 40,
  /** what it waits for: an address, and a WAIT_… */
  waitFor: 48,
  waitKind: 56,
  /** locks held: number of entries in `locks` */
  lockDepth: 60,
  /** kworker: the work it runs */
  work: 64,
  /** KIND_… */
  kind: 72,
  shouldStop: 76,
  exitCode: 80,
  fn: 88,
  data: 96,
  /** pagefault_disable() nesting */
  pagefault: 104,
  /** memalloc flags saved, 0 */
  spare: 108,
  /** it has run */
  begun: 112,
  /** kworker: works it has finished */
  runs: 116,
  /** address (8), kind (4), pc where it was taken (4); newest last */
  locks: 128,
} as const;
export const LOCK_ENTRY = 16;
export const MAX_LOCK_DEPTH = 24;

export const KIND_TASK = 0;
export const KIND_KTHREAD = 1;
export const KIND_KSOFTIRQD = 2;
export const KIND_KWORKER = 3;
export const KIND_IDLE = 4;
export const KIND_IRQ_THREAD = 5;
export const KIND_FREE = 6;

export const TASK_RUNNING = 0;
export const TASK_INTERRUPTIBLE = 1;
export const TASK_UNINTERRUPTIBLE = 2;
export const TASK_PARKED = 0x40;
export const TASK_DEAD = 0x80;
export const TASK_KILLABLE = 0x102;
export const TASK_IDLE = 0x402;

export const PF_IDLE = 2;
export const PF_EXITING = 4;
export const PF_WQ_WORKER = 0x20;
export const PF_KTHREAD = 0x200000;

export const STACK_END_MAGIC = 0x57ac6e9d;
/** tasks are placed in blocks of 2^6 pages */
const CHUNK_ORDER = 6;
/** lowest address of stacks on x86_64, and the distance from one to the next */
const VMALLOC_START = -0x370000000000;

/** What is fixed about a task: where its parts are. Word indexes into mem.words of the fields that every step touches. */
export interface TaskPlace {
  readonly task: number;
  readonly phys: number;
  readonly stack: number;
  /** lowest address that a frame may have: the stack's own on x86_64, where a hole is below; some way below it on the 32-bit machines */
  readonly floor: number;
  readonly stackWord: number;
  readonly threadSize: number;
  readonly pcWord: number;
  readonly fpWord: number;
  readonly fpHigh: number;
  readonly stageWord: number;
  readonly depthWord: number;
}

export class Tasks {
  readonly threadSize: number;
  private readonly taskSize: number;
  private readonly area: number;
  private readonly places = new Map<number, TaskPlace>();
  private readonly order: number[] = [];
  /** next free frame of the block that tasks are placed in, and how many are left; used before the run only */
  private chunk = -1;
  private chunkLeft = 0;

  constructor(private readonly core: Core) {
    this.threadSize = core.long === 8 ? 16384 : 8192;
    this.taskSize = core.kernel.layouts.size('task_struct');
    this.area = Math.floor((this.taskSize - THREAD_AREA) / 8) * 8;
  }

  /** All tasks in order of creation, idle tasks first; free slots of the pool too. */
  get all(): readonly number[] {
    return this.order;
  }
  place(task: number): TaskPlace {
    const place = this.places.get(task);
    if (!place) throw new RangeError(`no task_struct at ${task.toString(16)}`);
    return place;
  }
  has(task: number): boolean {
    return this.places.has(task);
  }

  /** Makes a task before the run begins. `at`: where its task_struct is already (init_task). */
  create(name: string, pid: number, cpu: number, kind: number, at?: number): number {
    const { core } = this;
    const { kernel, mem } = core;
    const task = at ?? kernel.va(this.pages(this.taskSize) * PAGE_SIZE);
    const phys = kernel.pa(task);
    // in lowmem the frames below the stack are its own allocation's, so that an overflow has something to run into
    const below = core.long === 8 ? 0 : this.threadSize;
    const stackPhys = this.pages(this.threadSize + below) * PAGE_SIZE + below;
    let stack: number;
    if (core.long === 8) {
      stack = VMALLOC_START + this.order.length * (this.threadSize * 2) + this.threadSize;
      core.space.addLinear('kernel stack', stack, this.threadSize, stackPhys);
    } else stack = kernel.va(stackPhys);
    const word = (offset: number) => mem.word(phys + this.area + offset);
    this.places.set(task, {
      task,
      phys,
      stack,
      floor: stack - below,
      stackWord: mem.word(stackPhys),
      threadSize: this.threadSize,
      pcWord: word(T.pc),
      fpWord: word(T.fp),
      fpHigh: word(T.fp + 4),
      stageWord: word(T.stage),
      depthWord: word(T.depth),
    });
    this.order.push(task);
    core.setField(task, 'task_struct', 'stack', stack);
    core.set32(stack, STACK_END_MAGIC | 0);
    this.initialise(task, name, pid, cpu, kind);
    return task;
  }
  /** The fields of a new task; also for a slot of the pool that is used again. */
  initialise(task: number, name: string, pid: number, cpu: number, kind: number): void {
    const { core } = this;
    const set = (field: string, value: number) => core.setField32(task, 'task_struct', field, value);
    core.space.fill(task + this.area, THREAD_AREA, 0);
    this.setComm(task, name);
    set('pid', pid);
    set('tgid', pid);
    set('__state', kind === KIND_FREE ? TASK_DEAD : TASK_RUNNING);
    set('usage', 1);
    set('flags', PF_KTHREAD | (kind === KIND_IDLE ? PF_IDLE : 0) | (kind === KIND_KWORKER ? PF_WQ_WORKER : 0));
    for (const prio of ['prio', 'static_prio', 'normal_prio']) set(prio, kind === KIND_IDLE ? 120 : 120);
    set('on_rq', 0);
    set('on_cpu', 0);
    set('wake_cpu', cpu);
    set('rcu_read_lock_nesting', 0);
    this.set(task, T.kind, kind);
    this.set(task, T.cpu, cpu);
  }
  setComm(task: number, name: string): void {
    const bytes = new Uint8Array(16);
    for (let i = 0; i < 15 && i < name.length; i++) bytes[i] = name.charCodeAt(i);
    this.core.space.writeBytes(task + this.core.offset('task_struct', 'comm'), bytes);
  }
  /** Contiguous frames for `bytes`, with neighbouring words. They come from larger blocks, so that the free lists stay as boot left them. */
  private pages(bytes: number): number {
    const { kernel } = this.core;
    const count = Math.ceil(bytes / PAGE_SIZE);
    if (this.chunkLeft < count) {
      this.chunk = kernel.pageAlloc.allocPages(kernel.gfp.kernel, CHUNK_ORDER, 0);
      if (this.chunk < 0)
        throw new MachineError(
          'the machine has too little memory for the tasks of this scenario: give it more with memory = …',
        );
      this.chunkLeft = 1 << CHUNK_ORDER;
    }
    const pfn = this.chunk;
    this.chunk += count;
    this.chunkLeft -= count;
    kernel.mem.contiguous(pfn, pfn + count);
    return pfn;
  }

  // ---------------------------------------------------------------- the thread area
  /** A word of the thread area. */
  get(task: number, offset: number): number {
    return this.core.space.readS32(task + this.area + offset);
  }
  set(task: number, offset: number, value: number): void {
    this.core.space.write32(task + this.area + offset, value);
  }
  /** An address or 64-bit number in the thread area, exact below 2^53. */
  getLong(task: number, offset: number): number {
    return this.core.space.readS64Number(task + this.area + offset);
  }
  setLong(task: number, offset: number, value: number): void {
    this.core.space.write64Number(task + this.area + offset, value);
  }
  /** Virtual address of a field of the thread area. */
  address(task: number, offset: number): number {
    return task + this.area + offset;
  }

  // ---------------------------------------------------------------- fields of task_struct
  comm(task: number): string {
    return this.core.string(task + this.core.offset('task_struct', 'comm'), 16);
  }
  pid(task: number): number {
    return this.core.field32(task, 'task_struct', 'pid');
  }
  state(task: number): number {
    return this.core.field32(task, 'task_struct', '__state');
  }
  setState(task: number, state: number): void {
    this.core.setField32(task, 'task_struct', '__state', state);
  }
  flags(task: number): number {
    return this.core.field32(task, 'task_struct', 'flags');
  }
  kind(task: number): number {
    return this.get(task, T.kind);
  }
  cpuOf(task: number): number {
    return this.get(task, T.cpu);
  }
  rcuDepth(task: number): number {
    return this.core.field32(task, 'task_struct', 'rcu_read_lock_nesting');
  }
  setRcuDepth(task: number, depth: number): void {
    this.core.setField32(task, 'task_struct', 'rcu_read_lock_nesting', depth);
  }
  /** `main/12` */
  label(task: number): string {
    return `${this.comm(task)}/${this.pid(task)}`;
  }
  /** Whether the lowest word of the stack still holds its mark. */
  stackIntact(task: number): boolean {
    const place = this.place(task);
    return (this.core.mem.words[place.stackWord] as number) >>> 0 === STACK_END_MAGIC;
  }
}

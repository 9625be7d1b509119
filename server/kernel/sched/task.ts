/**
 * Tasks: their task_structs and where their parts lie (include/linux/sched.h, 6.1). fork.ts makes them.
 *
 * The last bytes of task_struct are the task's `thread` area, laid out here (the kernel keeps registers there, and lockdep its
 * held_locks elsewhere): see `T`. Everything that a task needs to continue is in it or on its stack.
 */
import { PageFaultError } from '../../memory/space';
import type { StackArea } from '../arch/stack_area';
import { threadSize } from '../arch/thread_size';
import type { Core } from './core';

export {
  PF_EXITING,
  PF_KTHREAD,
  PF_WQ_WORKER,
  TASK_DEAD,
  TASK_IDLE,
  TASK_INTERRUPTIBLE,
  TASK_KILLABLE,
  TASK_RUNNING,
  TASK_UNINTERRUPTIBLE,
} from '../../profiles/commonConstants';

export const THREAD_AREA = 1352;
/** Byte offsets in the thread area. Addresses take 8 bytes on all machines. */
export const T = {
  /** index of the next instruction */
  pc: 0,
  /** a blocking call is under way: what stage it has reached; 0 when it is entered */
  stage: 4,
  /** lowest byte of the innermost frame */
  fp: 8,
  /** the timer in its own frame that ends its sleep; 0 if it does not sleep, or without a time */
  timer: 16,
  /** frames on the stack that belong to the scenario */
  depth: 24,
  /** CPU it runs on */
  cpu: 28,
  /** registers of a task that does not run */
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
  /** kworker: the function of its last work; another thread: the function that kthread() has still to call, 0 for none */
  fn: 88,
  data: 96,
  /** pagefault_disable() nesting */
  pagefault: 104,
  /** where preempt_count left zero: index of the instruction (preempt_disable_ip) */
  preemptDisabledAt: 108,
  /** it has run */
  begun: 112,
  /** kworker: works it has finished */
  runs: 116,
  /** where it set its state itself: index of the instruction (task_state_change) */
  stateChangedAt: 120,
  /** when it last left a CPU (last_switch_time): jiffies since boot */
  switched: 124,
  /** LOCK_ENTRY bytes each, newest last: locking/held_locks.ts */
  locks: 128,
  /** where interrupts were switched on and off: locking/lockdep/irq_trace.ts */
  irqtrace: 1280,
  /** migrate_disable() nesting (migration_disabled) */
  migrationDisabled: 1344,
} as const;
export const LOCK_ENTRY = 24;
export const MAX_LOCK_DEPTH = 48;

export const KIND_TASK = 0;
export const KIND_KTHREAD = 1;
export const KIND_KSOFTIRQD = 2;
export const KIND_KWORKER = 3;
export const KIND_IDLE = 4;
export const KIND_KSWAPD = 5;
export const KIND_FREE = 6;
export const KIND_PROCESS = 7;

export const PF_IDLE = 2;

export const STACK_END_MAGIC = 0x57ac6e9d;
/** The fixed layout of a task: where its parts are. Word indexes into mem.words of the fields that every step touches. */
export interface TaskLayout extends StackArea {
  readonly task: number;
  readonly phys: number;
  readonly pcWord: number;
  readonly fpWord: number;
  readonly fpHigh: number;
  readonly stageWord: number;
  readonly depthWord: number;
}

export class Tasks {
  readonly threadSize: number;
  readonly taskSize: number;
  private readonly area: number;
  private readonly layouts = new Map<number, TaskLayout>();
  private readonly order: number[] = [];

  constructor(private readonly core: Core) {
    this.threadSize = threadSize(core.kernel);
    this.taskSize = core.kernel.layouts.size('task_struct');
    this.area = Math.floor((this.taskSize - THREAD_AREA) / 8) * 8;
  }

  /** All tasks in order of creation, idle tasks first; free slots of the pool too. */
  get all(): readonly number[] {
    return this.order;
  }
  /** @throws PageFaultError if there is no task_struct at the address */
  layout(task: number): TaskLayout {
    return this.layouts.get(task) ?? this.notATask(task);
  }
  /** What lies there is taken for a task_struct, and then for its stack. */
  private notATask(task: number): never {
    throw new PageFaultError(this.core.field(task, 'task_struct', 'stack'), true);
  }
  has(task: number): boolean {
    return this.layouts.has(task);
  }

  /** Adds a task that has been placed, before the run begins. */
  enter(layout: TaskLayout): void {
    this.layouts.set(layout.task, layout);
    this.order.push(layout.task);
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
  /** Whether the lowest word of the stack still holds STACK_END_MAGIC. */
  stackIntact(task: number): boolean {
    const layout = this.layout(task);
    return (this.core.mem.words[layout.stackWord] as number) >>> 0 === STACK_END_MAGIC;
  }
}

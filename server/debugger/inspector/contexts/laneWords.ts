/**
 * The words of memory that say what a CPU does: current_task, preempt_count and the interrupt flag of each, and of each task its name and the
 * locks that it holds. Decoded from a copy of them, for any moment.
 */
import type { Kernel } from '../../../kernel/kernel';
import { ENTRY } from '../../../kernel/locking/lockdep/held_locks';
import { LOCK_ENTRY, MAX_LOCK_DEPTH, T } from '../../../kernel/sched/task';
import { bytesAsText } from '../../inspect/view';
import type { Target } from '../../target/target';

/** Words of a CPU: preempt_count, interrupts off, current_task in one word or two. */
export const PREEMPT_COUNT = 0;
export const IRQS_OFF = 1;
const CURRENT = 2;
/** Words of a task: pid, four of comm, the number of locks, and then each lock's. */
const COMM = 1;
const COMM_WORDS = 4;
export const LOCK_DEPTH = COMM + COMM_WORDS;
const LOCKS = LOCK_DEPTH + 1;
/** Words of a lock: two of its address, two of the address of the code that took it, its bits. */
const LOCK_WORDS = 5;
export const LOCK_BITS = 4;
export const TASK_WORDS = LOCKS + MAX_LOCK_DEPTH * LOCK_WORDS;

export class LaneWords {
  /** indexes in the arena */
  readonly words: readonly number[];
  readonly cpus: number;
  /** index of a task by the address of its task_struct */
  private readonly byAddress: ReadonlyMap<number, number>;
  /** words of a CPU */
  readonly perCpu: number;
  private readonly idle: ReadonlySet<number>;

  constructor(
    kernel: Kernel,
    private readonly tasks: Target['taskStructs'],
  ) {
    this.cpus = kernel.percpu.cpus;
    const longWords = kernel.abi.wordSize >> 2;
    this.perCpu = CURRENT + longWords;
    this.byAddress = new Map(tasks.map(({ task }, index) => [task, index]));
    const at = (address: number) => kernel.mem.word(kernel.direct.pa(address));
    const words: number[] = [];
    for (let cpu = 0; cpu < this.cpus; cpu++) {
      words.push(at(kernel.symbols.address('__preempt_count', cpu)), at(kernel.symbols.address('kmem_irqs_off', cpu)));
      for (let i = 0; i < longWords; i++) words.push(at(kernel.symbols.address('current_task', cpu) + 4 * i));
    }
    this.idle = new Set(Array.from({ length: this.cpus }, (_, cpu) => kernel.vars.read('idle_task', 0, cpu)));
    const pid = kernel.layouts.offset('task_struct', 'pid');
    const comm = kernel.layouts.offset('task_struct', 'comm');
    for (const { task, area } of tasks) {
      words.push(at(task + pid));
      for (let i = 0; i < COMM_WORDS; i++) words.push(at(task + comm + 4 * i));
      words.push(at(area + T.lockDepth));
      for (let i = 0; i < MAX_LOCK_DEPTH; i++) {
        const entry = area + T.locks + i * LOCK_ENTRY;
        for (const offset of [ENTRY.address, ENTRY.address + 4, ENTRY.ip, ENTRY.ip + 4, ENTRY.bits])
          words.push(at(entry + offset));
      }
    }
    this.words = words;
  }

  /** Index of the first word of a task. */
  taskBase(task: number): number {
    return this.cpus * this.perCpu + task * TASK_WORDS;
  }
  /** Index of the task that runs on a CPU; −1 while the pointer is being written. */
  current(held: Int32Array, cpu: number): number {
    const at = cpu * this.perCpu + CURRENT;
    const low = (held[at] as number) >>> 0;
    const two = this.perCpu > CURRENT + 1;
    return this.byAddress.get(two ? (held[at + 1] as number) * 0x1_0000_0000 + low : low) ?? -1;
  }
  isIdle(task: number): boolean {
    return this.idle.has(this.address(task));
  }
  /** Address of a task's task_struct. */
  address(task: number): number {
    return this.tasks[task]?.task ?? 0;
  }
  pid(held: Int32Array, task: number): number {
    return held[this.taskBase(task)] as number;
  }
  comm(held: Int32Array, task: number): string {
    const base = this.taskBase(task) + COMM;
    const words = held.slice(base, base + COMM_WORDS);
    return bytesAsText(new Uint8Array(words.buffer)).text;
  }
  lockDepth(held: Int32Array, task: number): number {
    return Math.min(Math.max(0, held[this.taskBase(task) + LOCK_DEPTH] as number), MAX_LOCK_DEPTH);
  }
  /** The words of a task's lock: address, the code that took it, bits. */
  lock(held: Int32Array, task: number, index: number): { address: number; ip: number; bits: number } {
    const at = this.taskBase(task) + LOCKS + index * LOCK_WORDS;
    const long = (i: number) => (held[i + 1] as number) * 0x1_0000_0000 + ((held[i] as number) >>> 0);
    return { address: long(at), ip: long(at + 2), bits: held[at + LOCK_BITS] as number };
  }
  /** Which lock's bits a task's word are; −1 for any other word. */
  lockOfBits(word: number): number {
    const i = word - LOCKS;
    return i >= 0 && i % LOCK_WORDS === LOCK_BITS ? Math.floor(i / LOCK_WORDS) : -1;
  }
}

/**
 * Work items whose functions are the kernel's own code (DECLARE_WORK in mm/vmalloc.c and others, 6.1). The allocators, which stand below the
 * workqueues, queue them here; a kworker calls the function.
 */
import type { StructMemory } from './struct_memory';

/** WORK_STRUCT_NO_POOL as INIT_WORK leaves data, and the bit that it is queued */
const DATA_INIT = 0xfffffffe0 | 0;
const PENDING = 1;

export class KernelWorks {
  /** by the address of the function; filled before the run */
  private readonly functions = new Map<number, (work: number) => void>();
  /** schedule_work, once there are workqueues; set before the run */
  private queue: ((work: number) => void) | undefined;

  constructor(
    private readonly memory: StructMemory,
    private readonly text: (name: string) => number,
  ) {}

  /** INIT_WORK, before the run. `run`: what the kernel's function of that name does */
  init(work: number, fn: string, run: (work: number) => void): void {
    const { memory } = this;
    const address = this.text(fn);
    this.functions.set(address, run);
    memory.setLong(work, DATA_INIT);
    const entry = work + memory.offset('work_struct', 'entry');
    memory.setLong(entry, entry);
    memory.setLong(entry + memory.wordSize, entry);
    memory.setField(work, 'work_struct', 'func', address);
  }
  /** The workqueues exist. */
  attach(queue: (work: number) => void): void {
    this.queue = queue;
  }
  /** schedule_work. On a machine without tasks the work stays pending: runPending. */
  schedule(work: number): void {
    if (this.queue) this.queue(work);
    else this.memory.setLong(work, this.memory.getLong(work) | PENDING);
  }
  /** What a kworker calls for a work; undefined for a function of the scenario. */
  functionAt(address: number): ((work: number) => void) | undefined {
    return this.functions.get(address);
  }
  /** Calls a work that is pending on a machine without tasks. Whether it was. */
  runPending(work: number): boolean {
    const { memory } = this;
    if ((memory.get32(work) & PENDING) === 0) return false;
    memory.setLong(work, DATA_INIT);
    this.functions.get(memory.field(work, 'work_struct', 'func'))?.(work);
    return true;
  }
}

/**
 * Pools of elements (mm/mempool.c, 6.1): each keeps min_nr elements in reserve, and hands one out when its allocator fails. The allocator is
 * two functions that a pool calls, the kernel's or the scenario's, so a call of the API goes in steps: it answers with the call that is
 * to be made, and is made again with the result. What it has done so far is in the pool and in its scratch.
 *
 * Between the calls nothing intervenes, so pool->lock is never found taken.
 */
import { TASK_NORMAL, TASK_UNINTERRUPTIBLE } from '../../profiles/commonConstants';
import { KernelBug } from '../lib/bug';
import type { StructMemory } from '../lib/struct_memory';
import type { GfpMasks } from '../mm/gfp';
import type { Heap } from '../mm/heap';
import { BLOCK, SCRATCH_OWN, SCRATCH_RESULT, type Wait } from '../sched/block';
import { WAIT_QUEUE } from '../sched/sched';
import { CallRequest } from '../sched/step';

/** where in a waiting task's scratch its timer is: behind the struct wait_queue_entry */
const TIMER = 40;
/** a task that waits for an element looks again after so many seconds */
const WAIT_SECONDS = 5;

/** What a call waits for: a word of its scratch. */
const ALLOCATED = 1;
const FREED = 2;
const WOKEN = 3;
/** resize: an element more than there is room for is freed */
const SPARE_FREED = 4;

/** How tasks wait: sched/wait.ts, sched/sched.ts, time/timeout.ts. Undefined on a machine without tasks. */
interface PoolWaits {
  readonly waitQueues: {
    initHead(head: number): void;
    initEntry(entry: number): void;
    prepare(head: number, entry: number, exclusive: boolean): void;
    finish(entry: number): void;
    wakeUp(head: number, mask: number, exclusive: number): number;
  };
  readonly sched: { prepare(task: number, state: number, kind: number, address: number): void };
  readonly timeouts: { start(timer: number, jiffies: number): void; end(): number };
}
/** Checks of the caller's context: sched/might_sleep.ts, sched/current.ts. */
interface PoolChecks {
  mightSleep(at: string): void;
  mightAlloc(gfp: number): void;
  /** VM_WARN_ON_ONCE(gfp_mask & __GFP_ZERO) */
  zeroNotSupported(): void;
}
/** What becomes of an element in the reserve: poison, and what a sanitizer is told. */
export interface ElementChecks {
  added(pool: number, element: number): void;
  removed(pool: number, element: number): void;
}
export interface MempoolParts {
  /** the pools, as the kernel's own code sees them */
  readonly memory: StructMemory;
  readonly poolSize: number;
  readonly gfp: GfpMasks;
  readonly enomem: number;
  readonly hz: number;
  readonly heap: Pick<Heap, 'kmalloc' | 'kzalloc' | 'kfree'>;
  readonly waits: PoolWaits;
  readonly checks: PoolChecks;
  readonly elements: ElementChecks;
  /** the running task */
  current(): number;
}
/** What mempool_create_node and mempool_init_node are told. */
export interface PoolRequest {
  readonly min: number;
  readonly alloc: number;
  readonly free: number;
  readonly data: number;
  readonly gfp: number;
  readonly node: number;
}
/** The step of a call: another call, or a wait, or its result. */
export type PoolStep = CallRequest | Wait | number;

export class Mempools {
  private readonly at: Readonly<
    Record<'lock' | 'min_nr' | 'curr_nr' | 'elements' | 'pool_data' | 'alloc' | 'free' | 'wait', number>
  >;

  constructor(private readonly k: MempoolParts) {
    const at = (field: string) => k.memory.offset('mempool_s', field);
    this.at = {
      lock: at('lock'),
      min_nr: at('min_nr'),
      curr_nr: at('curr_nr'),
      elements: at('elements'),
      pool_data: at('pool_data'),
      alloc: at('alloc'),
      free: at('free'),
      wait: at('wait'),
    };
  }

  // ---------------------------------------------------------------- the API
  // `first`: the call begins; otherwise it is made again, after what it has asked for
  /** mempool_create_node: the pool, 0 if there is no memory. */
  create(request: PoolRequest, scratch: number, first: boolean): PoolStep {
    const { heap, memory, poolSize } = this.k;
    const pool = first ? heap.kzalloc(poolSize, request.gfp, request.node) : memory.getLong(scratch);
    if (pool === 0) return 0;
    if (first) memory.setLong(scratch, pool);
    const step = this.init(pool, request, scratch, first);
    if (typeof step !== 'number') return step;
    if (step === 0) return pool;
    heap.kfree(pool);
    return 0;
  }
  /** mempool_init_node: 0, or a negative error. */
  init(pool: number, request: PoolRequest, scratch: number, first: boolean): PoolStep {
    if (first && !this.setUp(pool, request)) return -this.k.enomem;
    const waited = first ? 0 : this.waitedFor(scratch);
    if (waited === FREED) return this.exit(pool, scratch) ?? -this.k.enomem;
    if (waited === ALLOCATED) {
      const element = this.result(scratch);
      if (element === 0) return this.exit(pool, scratch) ?? -this.k.enomem;
      this.addElement(pool, element);
    }
    return this.currNr(pool) < this.minNr(pool) ? this.callAlloc(pool, request.gfp, scratch) : 0;
  }
  private setUp(pool: number, { min, alloc, free, data, gfp, node }: PoolRequest): boolean {
    const { memory, waits } = this.k;
    const { at } = this;
    memory.set32(pool + at.lock, 0);
    memory.set32(pool + at.min_nr, min);
    memory.setLong(pool + at.pool_data, data);
    memory.setLong(pool + at.alloc, alloc);
    memory.setLong(pool + at.free, free);
    waits.waitQueues.initHead(pool + at.wait);
    const elements = this.newArray(min, gfp, node);
    memory.setLong(pool + at.elements, elements);
    return elements !== 0;
  }
  /** mempool_exit: a call for each element of the reserve; undefined when it is done. */
  exit(pool: number, scratch: number): CallRequest | undefined {
    if (this.currNr(pool) !== 0) return this.callFree(pool, this.removeElement(pool), scratch, FREED);
    const { heap, memory } = this.k;
    heap.kfree(memory.getLong(pool + this.at.elements));
    memory.setLong(pool + this.at.elements, 0);
    return undefined;
  }
  /** mempool_destroy */
  destroy(pool: number, scratch: number): CallRequest | undefined {
    if (pool === 0) return undefined;
    const call = this.exit(pool, scratch);
    if (!call) this.k.heap.kfree(pool);
    return call;
  }
  /** mempool_resize: 0, or a negative error. A reserve that cannot be filled stays short. @throws KernelBug */
  resize(pool: number, min: number, scratch: number, first: boolean): PoolStep {
    if (first) {
      if (min <= 0) throw new KernelBug({ at: 'mm/mempool.c:304', fn: 'mempool_resize' });
      this.k.checks.mightSleep('mm/mempool.c:305');
      if (min > this.minNr(pool)) return this.grow(pool, min) ? this.fill(pool, scratch) : -this.k.enomem;
    }
    const waited = first ? FREED : this.waitedFor(scratch);
    if (waited === FREED) {
      if (min < this.currNr(pool)) return this.callFree(pool, this.removeElement(pool), scratch, FREED);
      this.k.memory.set32(pool + this.at.min_nr, min);
      return 0;
    }
    if (waited === SPARE_FREED) return 0;
    const element = this.result(scratch);
    if (element === 0) return 0;
    if (this.currNr(pool) >= this.minNr(pool)) return this.callFree(pool, element, scratch, SPARE_FREED);
    this.addElement(pool, element);
    return this.fill(pool, scratch);
  }
  private grow(pool: number, min: number): boolean {
    const { heap, memory, gfp } = this.k;
    const array = this.newArray(min, gfp.kernel, -1);
    if (array === 0) return false;
    const old = memory.getLong(pool + this.at.elements);
    for (let i = 0; i < this.currNr(pool); i++)
      memory.setLong(array + i * memory.wordSize, memory.getLong(old + i * memory.wordSize));
    heap.kfree(old);
    memory.setLong(pool + this.at.elements, array);
    memory.set32(pool + this.at.min_nr, min);
    return true;
  }
  private fill(pool: number, scratch: number): PoolStep {
    return this.currNr(pool) < this.minNr(pool) ? this.callAlloc(pool, this.k.gfp.kernel, scratch) : 0;
  }
  /** mempool_alloc: the allocator is asked first, even if the reserve is full. 0 only for a mask that must not wait. */
  alloc(pool: number, mask: number, scratch: number, first: boolean): PoolStep {
    const { gfp, checks } = this.k;
    const full = mask | gfp.nomemalloc | gfp.noretry | gfp.nowarn;
    if (first) {
      if (mask & gfp.zero) checks.zeroNotSupported();
      checks.mightAlloc(mask);
      return this.callAlloc(pool, full & ~(gfp.directReclaim | gfp.io), scratch);
    }
    if (this.waitedFor(scratch) === WOKEN) {
      this.k.waits.timeouts.end();
      this.k.waits.waitQueues.finish(scratch);
      return this.callAlloc(pool, full, scratch);
    }
    const element = this.result(scratch);
    if (element !== 0) return element;
    if (this.currNr(pool) !== 0) return this.removeElement(pool);
    if (this.askedWith(scratch) !== full) return this.callAlloc(pool, full, scratch);
    return full & gfp.directReclaim ? this.wait(pool, scratch) : 0;
  }
  /** Waits for an element that comes back, or for a while: who frees memory need not know of the pool. */
  private wait(pool: number, scratch: number): Wait {
    const { waits, hz } = this.k;
    const head = pool + this.at.wait;
    this.setWaitedFor(scratch, WOKEN);
    waits.waitQueues.initEntry(scratch);
    waits.waitQueues.prepare(head, scratch, false);
    waits.timeouts.start(scratch + TIMER, WAIT_SECONDS * hz);
    waits.sched.prepare(this.k.current(), TASK_UNINTERRUPTIBLE, WAIT_QUEUE, head);
    return BLOCK;
  }
  /** mempool_free: to the reserve if it is short, and whoever waits is woken; else to the allocator. */
  free(pool: number, element: number, scratch: number, first: boolean): CallRequest | undefined {
    if (element === 0 || !first) return undefined;
    if (this.currNr(pool) >= this.minNr(pool)) return this.callFree(pool, element, scratch, FREED);
    this.addElement(pool, element);
    this.k.waits.waitQueues.wakeUp(pool + this.at.wait, TASK_NORMAL, 1);
    return undefined;
  }

  // ---------------------------------------------------------------- the reserve: elements[0 … curr_nr − 1], a stack
  private minNr(pool: number): number {
    return this.k.memory.get32(pool + this.at.min_nr);
  }
  private currNr(pool: number): number {
    return this.k.memory.get32(pool + this.at.curr_nr);
  }
  private slot(pool: number, index: number): number {
    const { memory } = this.k;
    return memory.getLong(pool + this.at.elements) + index * memory.wordSize;
  }
  private addElement(pool: number, element: number): void {
    const { memory, elements } = this.k;
    const count = this.currNr(pool);
    if (count >= this.minNr(pool)) throw new KernelBug({ at: 'mm/mempool.c:123', fn: 'add_element' });
    elements.added(pool, element);
    memory.setLong(this.slot(pool, count), element);
    memory.set32(pool + this.at.curr_nr, count + 1);
  }
  private removeElement(pool: number): number {
    const { memory, elements } = this.k;
    const count = this.currNr(pool) - 1;
    memory.set32(pool + this.at.curr_nr, count);
    const element = memory.getLong(this.slot(pool, count));
    if (count < 0) throw new KernelBug({ at: 'mm/mempool.c:133', fn: 'remove_element' });
    elements.removed(pool, element);
    return element;
  }
  /** kmalloc_array_node of pointers; 0 if the size overflows, or there is no memory. */
  private newArray(count: number, gfp: number, node: number): number {
    const { heap, memory } = this.k;
    const bytes = count * memory.wordSize;
    return count < 0 || bytes >= 2 ** (memory.wordSize * 8) ? 0 : heap.kmalloc(bytes, gfp, node);
  }

  // ---------------------------------------------------------------- calls of the pool's functions
  private callAlloc(pool: number, gfp: number, scratch: number): CallRequest {
    const { memory } = this.k;
    this.setWaitedFor(scratch, ALLOCATED);
    memory.set32(scratch + SCRATCH_OWN + 4, gfp);
    return new CallRequest(memory.getLong(pool + this.at.alloc), [gfp, memory.getLong(pool + this.at.pool_data)]);
  }
  private callFree(pool: number, element: number, scratch: number, waited: number): CallRequest {
    const { memory } = this.k;
    this.setWaitedFor(scratch, waited);
    return new CallRequest(memory.getLong(pool + this.at.free), [element, memory.getLong(pool + this.at.pool_data)]);
  }
  private setWaitedFor(scratch: number, what: number): void {
    this.k.memory.set32(scratch + SCRATCH_OWN, what);
  }
  private waitedFor(scratch: number): number {
    return this.k.memory.get32(scratch + SCRATCH_OWN);
  }
  /** the mask of the last call */
  private askedWith(scratch: number): number {
    return this.k.memory.get32(scratch + SCRATCH_OWN + 4);
  }
  /** what the last call returned */
  private result(scratch: number): number {
    return this.k.memory.getLong(scratch + SCRATCH_RESULT);
  }
}

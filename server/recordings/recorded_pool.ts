/**
 * A memory pool on a machine without tasks, for recordings: its two functions are the recorder's, which number the elements and can be told
 * to fail; what would wait answers, and the recording says what happens meanwhile.
 */
import { defaultConfig } from '../kernel/arch/machine_config';
import { bootKernel, type Kernel } from '../kernel/kernel';
import { StructMemory } from '../kernel/lib/struct_memory';
import { Mempools, type PoolStep } from '../kernel/mempool/mempool';
import { BLOCK, SCRATCH, SCRATCH_RESULT } from '../kernel/sched/block';
import { CallRequest } from '../kernel/sched/step';
import type { Arch } from '../types/ctype';
import { arrayOf, basicTypes } from '../types/ctype';

/** the recorder's functions, as addresses */
const ALLOC = 0x1000;
const FREE = 0x2000;
/** of an element, by its number */
const ELEMENT_BYTES = 16;
const elementOf = (id: number): number => (id + 1) * ELEMENT_BYTES;
export const idOf = (element: number): number => element / ELEMENT_BYTES - 1;

export class RecordedPool {
  readonly k: Kernel;
  /** what the recorder counts: masks of the calls of its alloc function, elements that came to its free function */
  masks: number[] = [];
  freed: number[] = [];
  /** the recorder's alloc function refuses */
  failing = false;
  /** elements below that have come back: the last is the next that is given, as by the slab and page allocators of the recording */
  private spare: number[] = [];
  private count = 0;
  /** what tasks are told: how long a waiting one sleeps at most, and whether it has been woken */
  sleepsFor = 0;
  woken = false;
  private readonly memory: StructMemory;
  private readonly pools: Mempools;
  private readonly scratch: number;
  private pool = 0;

  constructor(arch: Arch) {
    const { config } = defaultConfig();
    const k = bootKernel(defaultConfig({ arch, memory: 64 * 2 ** 20, cpus: 1, config: { ...config, KASAN: false } }), {
      journal: false,
    });
    this.k = k;
    this.memory = new StructMemory(k.space, k.abi, k.layouts);
    this.scratch = k.symbols.define('kmem_scratch', arrayOf(basicTypes(k.abi).uint, SCRATCH));
    this.pools = new Mempools({
      memory: this.memory,
      poolSize: k.layouts.size('mempool_s'),
      gfp: k.gfp,
      enomem: k.profile.errno.ENOMEM,
      hz: k.profile.hz,
      // a page each: where pool and array lie is not recorded
      heap: {
        kmalloc: (_size, gfp) => k.pageApi.getFreePages(gfp, 0),
        kzalloc: (_size, gfp) => k.pageApi.getZeroedPage(gfp),
        kfree: (address) => k.pageApi.freePages(address, 0),
      },
      waits: {
        waitQueues: {
          initHead: () => {},
          initEntry: () => {},
          prepare: () => {},
          finish: () => {},
          wakeUp: () => {
            this.woken = true;
            return 1;
          },
        },
        sched: { prepare: () => {} },
        timeouts: {
          start: (_timer, jiffies) => {
            this.sleepsFor = jiffies;
          },
          end: () => 0,
        },
      },
      checks: { mightSleep: () => {}, mightAlloc: () => {}, zeroNotSupported: () => {} },
      elements: { added: () => {}, removed: () => {} },
      current: () => 0,
    });
  }

  /** Makes a call of the API up to its end. `meanwhile`: what happens while it waits. */
  private run(
    step: (scratch: number, first: boolean) => PoolStep | undefined,
    meanwhile: () => void = () => {},
  ): number {
    const { scratch } = this;
    for (let first = true; ; first = false) {
      const answer = step(scratch, first);
      if (answer === BLOCK) meanwhile();
      else if (answer instanceof CallRequest) this.memory.setLong(scratch + SCRATCH_RESULT, this.call(answer));
      else return Number(answer ?? 0);
    }
  }
  /** The recorder's functions. */
  private call({ fn, args }: CallRequest): number {
    const [first] = args as [number, number];
    if (fn === FREE) {
      this.giveBack(idOf(first));
      return 0;
    }
    this.masks.push(first);
    return this.failing ? 0 : elementOf(this.spare.pop() ?? this.count++);
  }

  /** In the seconds that a task waits, others take the pages that were free. */
  othersTook(): void {
    this.spare = [];
  }
  private giveBack(id: number): void {
    this.freed.push(id);
    this.spare.push(id);
  }

  /** mempool_create; false if it fails. */
  create(min: number): boolean {
    const request = { min, alloc: ALLOC, free: FREE, data: 0, gfp: this.k.gfp.kernel, node: -1 };
    this.pool = this.run((scratch, first) => this.pools.create(request, scratch, first));
    return this.pool !== 0;
  }
  /** mempool_alloc: an element's number, −1 for NULL. */
  alloc(mask: number, meanwhile?: () => void): number {
    return idOf(this.run((scratch, first) => this.pools.alloc(this.pool, mask, scratch, first), meanwhile));
  }
  free(id: number): void {
    // another task's, while one waits: it has a scratch of its own
    if (this.pools.free(this.pool, elementOf(id), this.scratch + SCRATCH, true)) this.giveBack(id);
  }
  resize(min: number): number {
    return this.run((scratch, first) => this.pools.resize(this.pool, min, scratch, first));
  }
  destroy(): void {
    this.run((scratch) => this.pools.destroy(this.pool, scratch));
  }
  private field(name: string): number {
    return this.memory.field32(this.pool, 'mempool_s', name);
  }
  get curr(): number {
    return this.field('curr_nr');
  }
  get min(): number {
    return this.field('min_nr');
  }
  /** The reserve, the bottom first. */
  reserve(): number[] {
    const elements = this.memory.field(this.pool, 'mempool_s', 'elements');
    const { wordSize } = this.memory;
    return Array.from({ length: this.curr }, (_, i) => idOf(this.memory.getLong(elements + i * wordSize)));
  }
}

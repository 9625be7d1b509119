/**
 * Address spaces of processes (kernel/fork.c: proc_caches_init, mm_alloc, mm_init, __mmput, __mmdrop; kernel/exit.c: exit_mm, 6.1). They have
 * no user memory: kmem emulates none. An mm is the address of its struct mm_struct.
 */
import { SLAB_ACCOUNT, SLAB_HWCACHE_ALIGN, SLAB_PANIC } from '../../../profiles/slabFlags';
import type { FaultHandler } from '../../arch/tlb';
import { KernelBug } from '../../lib/bug';
import { type ProcessKernel, ProcessTables } from './process_tables';

const MM = 'mm_struct';
/** default_dump_filter: anonymous memory, ELF headers, private huge pages */
const DUMP_FILTER = 0xcc;
/** bytes of the mask of CPUs behind each mm_struct: with CONFIG_CPUMASK_OFFSTACK as many as the machine can have */
const CPUMASK_BYTES = { x86_64: 8, i386: 4, i386_pae: 4 } as const;

interface MmKernelParts extends ProcessKernel {
  readonly cpus: number;
  /** address of init_mm */
  readonly initMm: number;
  /** the processors, whose page faults may be mended */
  readonly tlbs: { faults: FaultHandler };
}

export class MmStructs {
  /** these two are set before the run only: with the first process */
  private tables: ProcessTables | undefined;
  private cachep = 0;

  constructor(private readonly k: MmKernelParts) {
    // its own reference, and one of each CPU, which has borrowed it
    this.set(k.initMm, 'mm_users', 2);
    this.set(k.initMm, 'mm_count', 1 + k.cpus);
  }
  get initMm(): number {
    return this.k.initMm;
  }
  private get(mm: number, field: string): number {
    return this.k.memory.field32(mm, MM, field);
  }
  private set(mm: number, field: string, value: number): void {
    this.k.memory.setField32(mm, MM, field, value);
  }
  /** proc_caches_init */
  private makeCaches(): ProcessTables {
    const { k } = this;
    this.cachep = k.symbols.define('mm_cachep', k.layouts.parseType('struct kmem_cache *'));
    const size = k.layouts.size(MM) + CPUMASK_BYTES[k.arch];
    const flags = SLAB_HWCACHE_ALIGN | SLAB_PANIC | SLAB_ACCOUNT;
    k.memory.setLong(this.cachep, k.heap.createCache(MM, size, 0, flags));
    const tables = new ProcessTables(k);
    k.pageTables.processes = tables;
    k.tlbs.faults = tables;
    return tables;
  }
  /**
   * mm_alloc, before the run: the address of a new mm, whose only user is the task `owner`; 0 without memory. Its semaphore is
   * still to be initialised.
   */
  alloc(owner: number): number {
    const { memory, heap, gfp, lists } = this.k;
    this.tables ??= this.makeCaches();
    const mm = heap.cacheAlloc(memory.getLong(this.cachep), gfp.kernel | gfp.zero);
    if (mm === 0) return 0;
    this.set(mm, 'mm_users', 1);
    this.set(mm, 'mm_count', 1);
    lists.init(mm + memory.offset(MM, 'mmlist'));
    memory.setField(mm, MM, 'owner', owner);
    memory.setField(mm, MM, 'flags', DUMP_FILTER);
    const pgd = this.tables.alloc(mm);
    memory.setField(mm, MM, 'pgd', pgd);
    if (pgd !== 0) return mm;
    heap.cacheFree(memory.getLong(this.cachep), mm);
    return 0;
  }
  /** Physical address of an mm's top level. */
  pgd(mm: number): number {
    return this.k.direct.pa(this.k.memory.field(mm, MM, 'pgd'));
  }
  /** mmgrab */
  grab(mm: number): void {
    this.set(mm, 'mm_count', this.get(mm, 'mm_count') + 1);
  }
  /** mmput: a user is gone; the last one's tables stay while a CPU borrows them. */
  put(mm: number): void {
    const users = this.get(mm, 'mm_users') - 1;
    this.set(mm, 'mm_users', users);
    if (users === 0) this.drop(mm);
  }
  /** mmdrop. @throws KernelBug when init_mm would be freed */
  drop(mm: number): void {
    const count = this.get(mm, 'mm_count') - 1;
    this.set(mm, 'mm_count', count);
    if (count !== 0) return;
    const { memory, heap, initMm } = this.k;
    if (mm === initMm) throw new KernelBug({ at: 'kernel/fork.c', fn: '__mmdrop' });
    this.tables?.free(mm, memory.field(mm, MM, 'pgd'));
    heap.cacheFree(memory.getLong(this.cachep), mm);
  }
}

/**
 * A machine for recorded runs of SLUB: its slabs come in the order in which the recording has them, and its frames are named as there. (Where
 * the page allocator of the recorded kernel took them from is not SLUB's matter.)
 */
import { defaultConfig } from '../../kernel/arch/machine_config';
import { bootKernel, type Kernel } from '../../kernel/kernel';
import { BOOT_CALLER } from '../../kernel/mm/page_alloc/caller';
import type { Slab } from '../../kernel/mm/slab/slab_api';
import { Slub } from '../../kernel/mm/slub/slub';
import type { SlubOptions } from '../../kernel/mm/slub/slub_ports';
import type { MachineConfig } from '../../profiles/machineConfig';
import type { Arch } from '../../types/ctype';
import { TraceError } from '../trace_json';

export interface SlubMachineOptions {
  readonly arch: Arch;
  /** bytes */
  readonly memory: number;
  readonly cpus: number;
  readonly options: SlubOptions;
  readonly preempt: MachineConfig['preempt'];
  /** of the command line */
  readonly parameters: Readonly<Record<string, string>>;
}
export interface CacheToMake {
  readonly name: string;
  readonly size: number;
  readonly align: number;
  readonly flags: number;
  readonly ctor: boolean;
}
/** The next slab of the recording: what it is called there, and where in the cache's random sequence its freelist starts. */
export interface RecordedSlab {
  readonly id: number;
  readonly start: number;
}
/** An object as a recording names it: its slab, and its place there. */
export interface RecordedObject {
  readonly slab: number;
  readonly index: number;
}

/** As the recorded kernels are built. */
export const PREEMPT: MachineConfig['preempt'] = 'voluntary';
/** What a slab is called that the recording does not have. */
export const UNKNOWN_SLAB = -1;

export class RecordedSlub {
  readonly kernel: Kernel;
  readonly slab: Slab;
  readonly slub: Slub;
  /** smp_processor_id() of what follows */
  cpu = 0;
  /** slabs that the next operations are to get */
  coming: RecordedSlab[] = [];
  /** slabs that have been given back, as the recording calls them */
  gone: number[] = [];
  /** false while caches are made: their own slabs are not in the recording */
  private recording = false;
  private start = 0;
  /** own pfn → name in the recording */
  private names = new Map<number, number>();
  private seed = 1;

  constructor(is: SlubMachineOptions) {
    const { config } = defaultConfig();
    const cpu = () => this.cpu;
    this.kernel = bootKernel(
      defaultConfig({
        arch: is.arch,
        memory: is.memory,
        cpus: is.cpus,
        preempt: is.preempt,
        parameters: is.parameters,
        config: { ...config, KASAN: false, INIT_ON_ALLOC_DEFAULT_ON: false },
      }),
      {
        journal: false,
        caller: { ...BOOT_CALLER, cpu },
        slub: (pageAlloc) => ({
          options: is.options,
          pages: {
            alloc: (gfp, order) => this.nextSlab(pageAlloc.allocPages(gfp, order)),
            free: (pfn, order) => {
              if (this.recording) this.slabGone(pfn);
              pageAlloc.freePages(pfn, order);
            },
            order: (pfn) => pageAlloc.compound.orderOf(pfn),
          },
          random: { u32: () => (this.recording ? this.start : this.anyNumber()) },
        }),
      },
    );
    this.slab = this.kernel.allocators.slab;
    const { backend } = this.slab;
    if (!(backend instanceof Slub)) throw new TraceError('the machine has another slab allocator');
    this.slub = backend;
  }
  private nextSlab(pfn: number): number {
    if (!this.recording) return pfn;
    const next = this.coming.shift();
    this.call(pfn, next?.id ?? UNKNOWN_SLAB);
    this.start = next?.start ?? 0;
    return pfn;
  }
  private slabGone(pfn: number): void {
    this.gone.push(this.nameOf(pfn));
    this.names.delete(pfn);
  }
  /** A frame of this machine is the one that the recording calls so. */
  call(pfn: number, id: number): void {
    this.names.set(pfn, id);
  }
  /** A block that is not a slab's has been given back. */
  forget(pfn: number): void {
    this.names.delete(pfn);
  }
  /** Whether a frame, by its number in the recording, is in a slab or another block. */
  hasFrame(id: number): boolean {
    const { compound } = this.kernel.pageAlloc;
    for (const [pfn, first] of this.names) if (id >= first && id < first + 2 ** compound.orderOf(pfn)) return true;
    return false;
  }
  /** The cache with a name; 0 if there is none. */
  cacheNamed(name: string): number {
    const { caches, fields } = this.slab;
    for (const cache of caches.newestFirst()) if (fields.name(cache) === name) return cache;
    return 0;
  }
  private anyNumber(): number {
    this.seed = Math.imul(this.seed, 1103515245) + 12345;
    return this.seed >>> 1;
  }

  /** A cache that is an alias of no other. */
  create(cache: CacheToMake): number {
    const { kernel, slab } = this;
    const { size, align, flags } = cache;
    return slab.caches.create(
      {
        name: slab.caches.constName(cache.name),
        size,
        align,
        flags,
        useroffset: 0,
        usersize: 0,
        ctor: cache.ctor ? kernel.symbols.text('recorded_ctor') : 0,
      },
      true,
    );
  }
  /** The recorded sequence of a cache's random freelists, by objects. */
  setSequence(cache: number, sequence: readonly number[]): void {
    const { space, layouts, abi } = this.kernel;
    const field = cache + layouts.offset('kmem_cache', 'random_seq');
    const at = abi.wordSize === 8 ? space.readS64Number(field) : space.read32(field);
    const size = this.slab.fields.size(cache);
    sequence.forEach((index, i) => {
      space.write32(at + i * 4, index * size);
    });
  }
  /** All caches are made: the recorded operations begin. */
  begin(): void {
    this.recording = true;
    this.kernel.journal.enabled = true;
  }
  nameOf(pfn: number): number {
    return this.names.get(pfn) ?? UNKNOWN_SLAB;
  }
  /** An object as the recording names it. */
  objectOf(cache: number, object: number): RecordedObject {
    const pfn = this.slub.slabOf(object);
    return { slab: this.nameOf(pfn), index: this.slub.views.index(cache, pfn, object) };
  }
  /** Runs `body`; what it has done is undone unless it answers true. */
  attempt(body: () => boolean): boolean {
    const { journal } = this.kernel;
    const { coming, gone, names } = this;
    this.coming = [...coming];
    this.gone = [...gone];
    this.names = new Map(names);
    const position = journal.end;
    const good = body();
    if (!good) {
      journal.moveTo(position);
      journal.cut();
      this.coming = coming;
      this.gone = gone;
      this.names = names;
    }
    return good;
  }
}

/**
 * A machine on which a recording of SLAB or SLOB is repeated: like those of the recordings (tiny kernels without NUMA, freelist
 * randomisation and cgroups), with whose struct kmem_cache and nodes those here differ in size alone.
 */
import { defaultConfig } from '../../kernel/arch/machine_config';
import { bootKernel, type Kernel } from '../../kernel/kernel';
import { BOOT_CALLER } from '../../kernel/mm/page_alloc/caller';
import { SlabAllocator } from '../../kernel/mm/slab/slab/slab_allocator';
import type { Slab } from '../../kernel/mm/slab/slab_api';
import { Slob } from '../../kernel/mm/slab/slob/slob';
import type { Allocator } from '../../profiles/machineConfig';
import type { Arch } from '../../types/ctype';
import { PAGE_SIZE } from '../../types/pageSize';
import { field, isObject, type Json, type JsonObject, num, TraceError } from '../trace_json';

/** What `run` says of the machine. */
export interface RecordedRun {
  readonly arch: Arch;
  readonly cpus: number;
  readonly memory: number;
  readonly parameters: Readonly<Record<string, string>>;
}
export function recordedRun(json: JsonObject): RecordedRun {
  const run = field(json, 'run', 'the file');
  if (!isObject(run)) throw new TraceError('"run" must be an object');
  const words = String(field(run, 'cmdline', 'run')).split(' ');
  const known = ['slab_max_order', 'slab_merge', 'slab_nomerge'];
  return {
    arch: num(run, 'ptr', 'run') === 8 ? 'x86_64' : 'i386',
    cpus: num(run, 'cpus', 'run'),
    // of the machine's RAM, totalram counts what boot has not taken
    memory: 2 ** Math.ceil(Math.log2(num(run, 'totalram', 'run') * PAGE_SIZE)),
    parameters: Object.fromEntries(
      words
        .map((word) => word.split('='))
        .flatMap(([name = '', value = '']) => (known.includes(name) ? [[name, value]] : [])),
    ),
  };
}

/** A cache as a recording describes it: name, size, align, flags, constructor; what follows is the geometry. */
export function makeRecordedCache(slab: Slab, row: readonly Json[]): number {
  const [name, size, align, flags, ctor] = row;
  const text = slab.caches.constName(String(name));
  return slab.create({
    name: text,
    size: Number(size),
    align: Number(align),
    flags: Number(flags),
    // nothing calls it here: that there is one decides where the list of free objects lies
    ctor: Number(ctor) === 1 ? text : 0,
    useroffset: 0,
    usersize: 0,
  });
}

/** A booted machine that runs no tasks; which CPU runs is told from outside. */
export class TestMachine {
  readonly kernel: Kernel;
  readonly slab: Slab;
  private cpu = 0;

  constructor({ arch, cpus, memory, parameters }: RecordedRun, allocator: Allocator) {
    const { config } = defaultConfig();
    const machine = defaultConfig({
      arch,
      cpus,
      memory,
      allocator,
      // merging is off in the kernels of the recordings unless they ask for it
      parameters: { ...(parameters.slab_merge === undefined ? { slab_nomerge: '' } : {}), ...parameters },
      config: { ...config, KASAN: false },
    });
    this.kernel = bootKernel(machine, {
      journal: false,
      caller: { ...BOOT_CALLER, cpu: () => this.cpu },
      slab: { freelistRandom: false, freelistHardened: false },
    });
    this.slab = this.kernel.allocators.slab;
  }
  /** Whose turn it is. */
  runOn(cpu: number): void {
    this.cpu = cpu;
  }
}
export class SlabTestMachine extends TestMachine {
  readonly slabAllocator: SlabAllocator;

  constructor(run: RecordedRun) {
    super(run, 'slab');
    const { backend } = this.slab;
    if (!(backend instanceof SlabAllocator)) throw new TraceError('the machine has another slab allocator');
    this.slabAllocator = backend;
  }
}
export class SlobTestMachine extends TestMachine {
  readonly slob: Slob;

  constructor(run: RecordedRun) {
    super(run, 'slob');
    const { backend } = this.slab;
    if (!(backend instanceof Slob)) throw new TraceError('the machine has another slab allocator');
    this.slob = backend;
  }
}

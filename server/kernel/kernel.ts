/**
 * The emulated kernel of one machine: its memory, where its parts lie, and its allocators. All state is in emulated memory; this object
 * holds what is fixed once the machine has booted (architecture, invariant 1).
 */

import type { Journal } from '../memory/journal';
import { Memory } from '../memory/memory';
import { AddressSpace } from '../memory/space';
import type { ArchInfo } from '../profiles/archInfo';
import { layoutsFor } from '../profiles/layoutsFor';
import type { MachineConfig } from '../profiles/machineConfig';
import type { Profile } from '../profiles/profile';
import { profileFor } from '../profiles/profiles';
import type { Abi, CType } from '../types/ctype';
import { ABIS, arrayOf, basicTypes, sizeOf } from '../types/ctype';
import type { Layouts } from '../types/layout';
import { PAGE_SIZE } from '../types/pageSize';
import type { MemoryMap } from './arch/memory_map';
import { archOf } from './arch/memory_map';
import type { Booted, BootOptions } from './init/boot_memory';
import { bootMemory } from './init/boot_memory';
import { kernelVariables, percpuVariables } from './init/kernel_vars';
import type { MemMap } from './init/mem_map';
import type { Reservation } from './init/memblock';
import type { PerCpuFirstChunk } from './init/percpu_first';
import { ZoneSetup } from './init/setup_zones';
import type { SymbolTable } from './init/symbols';
import { applySysctls, sysctlDefaults } from './init/sysctl';
import { errnoNames } from './lib/errno';
import { type PoisonPointers, poisonPointers } from './lib/poison';
import { GfpMasks } from './mm/gfp';
import { checkEnums } from './mm/migratetype';
import type { NodePlace } from './mm/node';
import type { PageTable } from './mm/page';
import { STATIC_NAMES } from './mm/page_alloc/alloc_report';
import type { Caller } from './mm/page_alloc/caller';
import { BOOT_CALLER } from './mm/page_alloc/caller';
import { PageAllocator } from './mm/page_alloc/page_alloc';
import { PageApi } from './mm/page_alloc/page_api';
import {
  calculateMinFreeKbytes,
  recommendMinFreeKbytes,
  setupPerZoneLowmemReserve,
  setupPerZoneWmarks,
} from './mm/page_alloc/watermark_setup';
import { PageFlags } from './mm/page_flags';
import type { ReportLog } from './mm/page_report';
import type { Pageblocks } from './mm/pageblock';
import { showMem } from './mm/show_mem';
import type { Zone } from './mm/zone';
import { nodeOrder } from './mm/zonelist';
import type { ReportPorts } from './printk/ports';
import { KernelLog } from './printk/printk';
import { Tracer } from './printk/trace';
import type { Tracing } from './printk/tracing';
import { makeRunning, type Running } from './running';

export interface KernelOptions extends BootOptions {
  /** budget of the journal in bytes */
  readonly journalBytes?: number | undefined;
  /** false: the caller switches the journal on itself, after it has placed more (globals, tasks) */
  readonly journal?: boolean;
  /** the kernel version to emulate; unless given, the one nearest to the machine's */
  readonly profile?: Profile;
  /** what reports want to know of the code that will run; without it the machine runs no tasks, and only tools drive it */
  readonly ports?: ReportPorts;
  /** who asks for pages on a machine without tasks; unless given, boot on CPU 0 */
  readonly caller?: Caller;
  /** where the page allocator's reports go; unless given, to the kernel's log */
  readonly reports?: ReportLog;
  /** who listens to the page allocator; unless given, the kernel's tracer */
  readonly tracing?: Tracing;
}

export class Kernel {
  readonly profile: Profile;
  readonly abi: Abi;
  readonly layouts: Layouts;
  readonly arch: ArchInfo;
  readonly mem: Memory;
  readonly space: AddressSpace;
  readonly memory: MemoryMap;
  readonly symbols: SymbolTable;
  readonly percpu: PerCpuFirstChunk;
  readonly memMap: MemMap;
  readonly pages: PageTable;
  readonly pageblocks: Pageblocks;
  readonly nodes: readonly NodePlace[];
  /** by node and zone index, zones without memory too */
  readonly zones: readonly Zone[];
  /** the parts that are there once tasks run; undefined on a machine that runs none */
  readonly running: Running | undefined;
  readonly log: KernelLog;
  readonly trace: Tracer;
  readonly pageAlloc: PageAllocator;
  readonly pageApi: PageApi;
  readonly poison: PoisonPointers;
  readonly gfp: GfpMasks;
  readonly pageFlags: PageFlags;
  /** names of error numbers */
  readonly errnos: ReadonlyMap<number, string>;
  /** what early boot took and for what */
  readonly reserved: readonly Reservation[];

  private constructor(
    readonly config: MachineConfig,
    options: KernelOptions,
  ) {
    this.abi = ABIS[config.arch];
    this.profile = options.profile ?? profileFor(config.kernel);
    this.arch = archOf(this.profile, config);
    this.layouts = layoutsFor(this.profile, config.arch);
    this.poison = poisonPointers(this.profile, config.arch);
    this.errnos = errnoNames(this.profile);
    this.gfp = new GfpMasks(this.profile, config.arch);
    this.pageFlags = new PageFlags(this.profile);
    checkEnums(this.profile, config.arch, this.arch.zones);
    this.mem = new Memory(options.journalBytes);
    this.space = new AddressSpace(this.mem);
    const booted = bootMemory(config, this.arch, this, this.mem, this.space, options);
    this.memory = booted.memory;
    this.symbols = booted.symbols;
    this.percpu = booted.percpu;
    this.memMap = booted.memMap;
    this.pages = booted.pages;
    this.pageblocks = booted.pageblocks;
    this.nodes = booted.nodes;
    this.reserved = booted.reserved;
    this.defineVariables();
    const setup = new ZoneSetup(this, booted);
    setup.initBootPagesets();
    this.zones = setup.run();
    setup.fillFreeLists(this.zones);
    this.finishBoot(booted);
    this.placeAllocatorStatics();
    this.running = options.ports && makeRunning(this, options.ports);
    this.log = this.running?.log ?? new KernelLog(this.mem.journal);
    this.trace = new Tracer(this.mem.journal, this.log.origin);
    this.pageAlloc = this.makePageAllocator(options);
    this.pageApi = new PageApi(this.pageAlloc, this);
  }

  /**
   * Boots a machine. The journal starts (position 0) when boot is over.
   * @throws MachineError for a machine no kernel boots on
   */
  static boot(config: MachineConfig, options: KernelOptions = {}): Kernel {
    const kernel = new Kernel(config, options);
    if (options.journal !== false) kernel.startJournal();
    return kernel;
  }

  /** The run begins: symbols are frozen, writes are logged from here on. */
  startJournal(): void {
    this.symbols.freeze();
    this.mem.journal.enabled = true;
  }
  get journal(): Journal {
    return this.mem.journal;
  }

  // ---------------------------------------------------------------- addresses
  /** __va: virtual address of a physical one in the direct map. Highmem has none: see `hasDirectAddress`. */
  va(phys: number): number {
    return this.arch.pageOffset + phys;
  }
  /** Whether a frame is in the direct map (lowmem). */
  hasDirectAddress(pfn: number): boolean {
    return pfn < this.arch.maxLowPfn && pfn * PAGE_SIZE < (this.space.ranges[0]?.size ?? 0);
  }
  /** __pa: physical address behind a direct-map or kernel-image address; −1 for another. */
  pa(va: number): number {
    const range = this.space.rangeOf(va);
    return range && range.name !== 'vmemmap' ? va - range.start + range.phys : -1;
  }
  /** NODE_DATA(nid): the node; undefined for one the machine doesn't have. */
  node(nid: number): NodePlace | undefined {
    return this.nodes.find((n) => n.id === nid);
  }
  /** The node a CPU belongs to. */
  nodeOfCpu(cpu: number): number {
    return this.nodes.find((n) => n.cpus.includes(cpu))?.id ?? 0;
  }
  /** The zone of a node with this index (enum zone_type); undefined if there is no such node. */
  zone(nid: number, idx: number): Zone | undefined {
    return this.zones.find((z) => z.node === nid && z.idx === idx);
  }
  /** page_zone: the zone a frame lies in. */
  zoneOfPfn(pfn: number): Zone | undefined {
    return this.zones.find((z) => z.populated && z.spans(pfn));
  }

  // ---------------------------------------------------------------- the kernel's own variables
  /** Reads an integer variable of the kernel (or element `index` of an array), signed as its type says; exact below 2^53. */
  readVar(name: string, index = 0, cpu = 0): number {
    const { va, type } = this.scalar(name, index, cpu);
    return this.readInt(va, type);
  }
  /** Writes an integer variable of the kernel. */
  writeVar(name: string, value: number, index = 0, cpu = 0): void {
    const { va, type } = this.scalar(name, index, cpu);
    this.writeInt(va, type, value);
  }
  /** Reads an integer or pointer field of a structure at `addr`. */
  readField(addr: number, tag: string, path: string): number {
    return this.readInt(addr + this.layouts.offset(tag, path), this.fieldType(tag, path));
  }
  /** Writes an integer or pointer field of a structure at `addr`. */
  writeField(addr: number, tag: string, path: string, value: number): void {
    this.writeInt(addr + this.layouts.offset(tag, path), this.fieldType(tag, path), value);
  }

  private fieldType(tag: string, path: string): CType {
    let type: CType | undefined = this.layouts.record(tag);
    for (const part of path.match(/\w+|\[\d+\]/g) ?? []) {
      if (part.startsWith('[')) type = type?.kind === 'array' ? type.of : undefined;
      else if (type?.kind === 'struct' || type?.kind === 'union')
        type = type.fields?.find((f) => f.name === part)?.type;
      else type = undefined;
    }
    return unwrap(type, `${tag}.${path}`);
  }
  private scalar(name: string, index: number, cpu: number): { va: number; type: CType } {
    const symbol = this.symbols.lookup(name);
    if (!symbol?.type) throw new Error(`no kernel variable ${name}`);
    const element = symbol.type.kind === 'array' ? symbol.type.of : symbol.type;
    const va = this.symbols.address(name, cpu) + index * (sizeOf(element) ?? 0);
    return { va, type: unwrap(element, name) };
  }
  private readInt(va: number, type: CType): number {
    const signed = type.kind === 'int' && type.signed;
    switch (sizeOf(type)) {
      case 1:
        return signed ? (this.space.read8(va) << 24) >> 24 : this.space.read8(va);
      case 2:
        return signed ? (this.space.read16(va) << 16) >> 16 : this.space.read16(va);
      case 4:
        return signed ? this.space.readS32(va) : this.space.read32(va);
      default:
        return this.space.readS64Number(va);
    }
  }
  private writeInt(va: number, type: CType, value: number): void {
    const size = sizeOf(type);
    if (size === 1) this.space.write8(va, value);
    else if (size === 2) this.space.write16(va, value);
    else if (size === 4) this.space.write32(va, value);
    else this.space.write64Number(va, value);
  }

  // ---------------------------------------------------------------- boot
  private defineVariables(): void {
    const { symbols, layouts } = this;
    for (const [name, text] of Object.entries(
      kernelVariables(this.arch, Math.max(...this.nodes.map((n) => n.id)) + 1),
    )) {
      symbols.define(name, layouts.parseType(text));
    }
    for (const [name, text] of Object.entries(percpuVariables)) symbols.definePerCpu(name, layouts.parseType(text));
    const ratios = this.arch.lowmemReserveRatio;
    ratios.forEach((ratio, i) => {
      this.writeVar('sysctl_lowmem_reserve_ratio', ratio, i);
    });
    const values: Readonly<Record<string, number>> = {
      jiffies: this.profile.initialJiffies,
      nr_cpu_ids: this.percpu.cpus,
      nr_node_ids: Math.max(...this.nodes.map((n) => n.id)) + 1,
      max_pfn: this.memory.endPfn,
      max_low_pfn: Math.min(this.memory.endPfn, this.arch.maxLowPfn),
      min_free_kbytes: 1024,
      user_min_free_kbytes: -1,
      ...Object.fromEntries(sysctlDefaults(this.profile)),
    };
    for (const [name, value] of Object.entries(values)) this.writeVar(name, value);
    for (const node of this.nodes) {
      if (!this.arch.sparse) continue;
      this.writeVar('node_data', node.addr, node.id);
      symbols.name(`NODE_DATA(${node.id})`, node.addr, layouts.parseType('struct pglist_data'));
    }
    this.writeVar('high_memory', this.va(this.readVar('max_low_pfn') * PAGE_SIZE));
    if (this.arch.sparse) {
      this.writeVar('vmemmap_base', this.memMap.base);
      this.writeVar('page_offset_base', this.arch.pageOffset);
    } else this.writeVar('mem_map', this.memMap.base);
    const init = symbols.address('init_task');
    this.space.writeBytes(
      init + layouts.offset('task_struct', 'comm'),
      Uint8Array.from([...'swapper/0'].map((c) => c.charCodeAt(0))),
    );
    for (let cpu = 0; cpu < this.percpu.cpus; cpu++) {
      this.writeVar('__per_cpu_offset', this.percpu.offset(cpu), cpu);
      this.writeVar('this_cpu_off', this.percpu.offset(cpu), 0, cpu);
      this.writeVar('cpu_number', cpu, 0, cpu);
      this.writeVar('numa_node', this.nodeOfCpu(cpu), 0, cpu);
      this.writeVar('current_task', init, 0, cpu);
    }
  }

  /** Static variables of the page allocator's functions: they come before those of the running kernel. */
  private placeAllocatorStatics(): void {
    const { uint } = basicTypes(this.abi);
    for (const name of STATIC_NAMES) this.symbols.define(name, arrayOf(uint, 1));
  }
  private makePageAllocator(options: KernelOptions): PageAllocator {
    const ids = this.nodes.map((n) => n.id);
    const zonelist = (node: number) =>
      nodeOrder(node, ids).flatMap((n) => this.zones.filter((z) => z.node === n && z.populated).reverse());
    const zonelists = Array.from({ length: Math.max(...ids) + 1 }, (_, n) => (ids.includes(n) ? zonelist(n) : []));
    const caller = this.running?.current ?? options.caller ?? BOOT_CALLER;
    return new PageAllocator({
      mem: this.mem,
      space: this.space,
      pages: this.pages,
      blocks: this.pageblocks,
      gfp: this.gfp,
      zones: this.zones,
      zonelists,
      nodeOfCpu: (cpu) => this.nodeOfCpu(cpu),
      staticPhys: (name) => this.pa(this.symbols.address(name)),
      globalFreePhys: this.pa(this.symbols.address('vm_zone_stat')),
      watermarkBoostFactor: () => this.readVar('watermark_boost_factor'),
      initOnAlloc: this.config.config.INIT_ON_ALLOC_DEFAULT_ON === true,
      caller,
      log: options.reports ?? this.log,
      tracing: options.tracing ?? this.trace,
      showMem: () => showMem(this, caller.cpu()),
    });
  }

  /** From free lists to a running system: counters, watermarks, huge pages, the init sections given back, the machine's sysctls. */
  private finishBoot(booted: Booted): void {
    this.zones.forEach((z, i) => {
      z.managedPages = booted.managed[i] as number;
      z.managedPages -= booted.freedLate[i] as number;
    });
    this.computeMarks();
    this.zones.forEach((z, i) => {
      z.managedPages += booted.freedLate[i] as number;
    });
    this.countPages();
    applySysctls(this, this.config.sysctl);
  }

  /** init_per_zone_wmark_min, and khugepaged's start where huge pages are on (512 MiB of memory and more). */
  computeMarks(hugepages?: boolean): void {
    const managed = this.zones.reduce((sum, z) => sum + z.managedPages, 0);
    this.writeVar('transparent_hugepage_flags', (hugepages ?? managed >= (512 << 20) / PAGE_SIZE) ? 1 : 0);
    calculateMinFreeKbytes(this);
    setupPerZoneWmarks(this);
    setupPerZoneLowmemReserve(this);
    if (this.readVar('transparent_hugepage_flags')) recommendMinFreeKbytes(this);
  }
  /** totalram_pages and the global counters, from the zones. */
  countPages(): void {
    const total = this.zones.reduce((sum, z) => sum + z.managedPages, 0);
    const free = this.zones.reduce((sum, z) => sum + z.vmStatOf(0), 0);
    this.writeVar('_totalram_pages', total);
    this.writeVar('vm_zone_stat', free, 0);
  }
}

/** The integer or pointer inside a one-member structure such as atomic_long_t. */
function unwrap(type: CType | undefined, name: string): CType {
  let inner = type;
  while (inner?.kind === 'struct' && inner.fields?.length === 1) inner = inner.fields[0]?.type;
  if (inner?.kind === 'int' || inner?.kind === 'pointer' || inner?.kind === 'enum') return inner;
  throw new Error(`${name} is no integer`);
}

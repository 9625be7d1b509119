/**
 * The emulated kernel of one machine: its memory, where its parts lie, and its allocators. All state is in emulated memory; this object
 * holds what is fixed once the machine has booted (architecture, invariant 1).
 */

import type { Budget, Journal } from '../memory/journal';
import { Memory } from '../memory/memory';
import { AddressSpace } from '../memory/space';
import type { ArchInfo } from '../profiles/archInfo';
import { layoutsFor } from '../profiles/layoutsFor';
import type { MachineConfig } from '../profiles/machineConfig';
import type { Profile } from '../profiles/profile';
import { profileFor } from '../profiles/profiles';
import { formatAddress } from '../types/address';
import type { Abi } from '../types/ctype';
import { ABIS, arrayOf, basicTypes } from '../types/ctype';
import type { Layouts } from '../types/layout';
import { PAGE_SIZE } from '../types/pageSize';
import { type Allocators, makeAllocators } from './allocators';
import type { AddressMap } from './arch/address_map';
import { BeyondRam } from './arch/beyond_ram';
import { DirectMap } from './arch/direct_map';
import { archOf } from './arch/memory_map';
import type { PageTables } from './arch/page_tables';
import { TLB_WORDS, Tlbs } from './arch/tlb';
import type { Booted, BootOptions } from './init/boot_memory';
import { bootMemory } from './init/boot_memory';
import { finishBoot } from './init/finish_boot';
import { type KernelPageTables, kernelPageTables } from './init/kernel_page_tables';
import { defineKernelVariables } from './init/kernel_vars';
import { ZoneSetup } from './init/setup_zones';
import { errnoNames } from './lib/errno';
import { KernelVariables } from './lib/kernel_variables';
import { type PoisonPointers, poisonPointers } from './lib/poison';
import { StructMemory } from './lib/struct_memory';
import { BootPages } from './mm/boot_pages';
import { GfpMasks } from './mm/gfp';
import { HighMem } from './mm/highmem';
import { type KasanShadow, kasanShadow } from './mm/kasan/shadow';
import { checkEnums } from './mm/migratetype';
import { cpuToNode } from './mm/node';
import { STATICS } from './mm/page_alloc/alloc_report';
import type { Caller } from './mm/page_alloc/caller';
import { BOOT_CALLER } from './mm/page_alloc/caller';
import { type KswapdParts, kswapdRun } from './mm/page_alloc/kswapd';
import { PageAllocator } from './mm/page_alloc/page_alloc';
import { PageApi } from './mm/page_alloc/page_api';
import type { PageSanitizer } from './mm/page_alloc/page_check';
import { VmstatWork } from './mm/page_alloc/vmstat_work';
import { PageFlags } from './mm/page_flags';
import type { ReportLog } from './mm/page_report';
import { definePcpuVariables } from './mm/percpu/first_chunk';
import { PcpuPool } from './mm/percpu/pcpu_pool';
import { makeMmStructs } from './mm/process/make_mm';
import type { MmStructs } from './mm/process/mm_struct';
import { showMem } from './mm/show_mem';
import type { Zone } from './mm/zone';
import { fallbackZonelists } from './mm/zonelist';
import type { ReportPorts } from './printk/ports';
import { KernelLog } from './printk/printk';
import { Tracer } from './printk/trace';
import type { Tracing } from './printk/tracing';
import { makeRunning, type Running } from './running';
import type { SlabOptions } from './slab_backends';

export interface KernelOptions extends BootOptions, SlabOptions {
  /** how much of the past is kept */
  readonly budget?: Budget | undefined;
  /** false: the caller switches the journal on itself, after it has placed more (globals, tasks) */
  readonly journal?: boolean;
  /** false: boot ends with the free lists; caches, areas and chunks are not made */
  readonly allocators?: boolean;
  /** the kernel version to emulate; unless given, the one nearest to the machine's */
  readonly profile?: Profile;
  /** true: the page tables of the first instructions, to be looked at; nothing runs with them */
  readonly provisionalTables?: boolean;
  /** what reports need to know about the code that runs; without it the machine runs no tasks and is driven by tools only */
  readonly ports?: ReportPorts;
  /** the caller of the page allocator on a machine without tasks; unless given, boot on CPU 0 */
  readonly caller?: Caller;
  /** where the page allocator's reports go; unless given, to the kernel's log */
  readonly reports?: ReportLog;
  /** the page allocator's tracer; unless given, the kernel's */
  readonly tracing?: Tracing;
}

/** The facts of a kernel version and an architecture, in the form in which the kernel's parts read them. */
interface KernelFacts {
  readonly profile: Profile;
  readonly abi: Abi;
  readonly layouts: Layouts;
  readonly arch: ArchInfo;
  readonly poison: PoisonPointers;
  readonly gfp: GfpMasks;
  readonly pageFlags: PageFlags;
  /** names of error numbers */
  readonly errnos: ReadonlyMap<number, string>;
}

/** The kernel as early boot leaves it: memory with free lists, and variables. */
interface EarlyKernel extends KernelFacts, Booted {
  readonly config: MachineConfig;
  readonly mem: Memory;
  readonly journal: Journal;
  readonly space: AddressSpace;
  readonly direct: DirectMap;
  readonly vars: KernelVariables;
  readonly beyond: BeyondRam;
  /** per-CPU memory that can be allocated */
  readonly pcpu: PcpuPool;
  /** which memory may be accessed; undefined on a machine without KASAN */
  readonly kasan: KasanShadow | undefined;
  /** by node and zone index, zones without memory too */
  readonly zones: readonly Zone[];
}

type PcpuParts = Omit<EarlyKernel, 'pcpu' | 'zones'>;

/** Everything of one machine. */
export interface Kernel extends EarlyKernel, KernelPageTables {
  /** the parts that exist once tasks run; undefined on a machine that runs none */
  readonly running: Running | undefined;
  readonly log: KernelLog;
  readonly trace: Tracer;
  readonly pageAlloc: PageAllocator;
  readonly pageApi: PageApi;
  /** pages for what is made before the run */
  readonly bootPages: BootPages;
  readonly vmstat: VmstatWork;
  /** the processors' translations; undefined on a machine that runs no tasks */
  readonly tlbs: Tlbs | undefined;
  /** address spaces; undefined on a machine that runs no tasks */
  readonly mms: MmStructs | undefined;
  /** permanent mappings; undefined on a machine without highmem */
  readonly highmem: HighMem | undefined;
  /** what stands on the page allocator */
  readonly allocators: Allocators;
}

/** A kernel on which tasks run. */
export type RunningKernel = Kernel & { readonly running: Running; readonly tlbs: Tlbs; readonly mms: MmStructs };
/**
 * Boots a machine. The journal starts (position 0) when boot is over. With ports, tasks can run on it.
 * @throws MachineError for a machine on which no kernel boots
 */
export function bootKernel(
  config: MachineConfig,
  options: KernelOptions & { readonly ports: ReportPorts },
): RunningKernel;
export function bootKernel(config: MachineConfig, options?: KernelOptions): Kernel;
export function bootKernel(config: MachineConfig, options: KernelOptions = {}): Kernel {
  const early = earlyBoot(config, kernelFacts(config, options.profile), options);
  const running = options.ports && makeRunning(early, options.ports);
  const log = running?.log ?? new KernelLog(early.journal);
  const trace = new Tracer(early.journal, log.origin);
  const caller = running?.current ?? options.caller ?? BOOT_CALLER;
  const pageAlloc = makePageAllocator(early, caller, options.reports ?? log, options.tracing ?? trace, running?.kasan);
  const bootPages = new BootPages(pageAlloc);
  const vmstat = makeVmstatWork(early, pageAlloc);
  const tables = kernelPageTables(
    early,
    () => pageTablePage(early, pageAlloc, bootPages),
    options.provisionalTables === true,
  );
  const tlbs = running && makeTlbs(early, running, tables.pageTables);
  coverAreas(early, tables.addresses);
  const prot = tables.pageTables.pageKernel;
  const highmem = early.arch.zones.includes('HighMem') ? new HighMem({ ...early, ...tables, prot }) : undefined;
  const pageApi = new PageApi(pageAlloc, early.direct, highmem);
  const parts = { ...early, running, log, trace, pageAlloc, pageApi, bootPages, vmstat, ...tables, tlbs, highmem };
  const allocators = makeAllocators(parts, options);
  const mms = tlbs && makeMmStructs({ ...parts, tlbs, heap: allocators.slab, pgdCache: allocators.pgdCache });
  const kernel: Kernel = { ...parts, allocators, mms };
  // on a recorded machine free memory comes later
  const isComplete = options.populate !== false && options.spans === undefined;
  if (isComplete && options.allocators !== false) kernel.allocators.init();
  if (options.journal !== false) startJournal(kernel);
  return kernel;
}

/** The run begins: symbols are frozen, text and read-only data are protected (mark_rodata_ro), writes are logged from here on. */
export function startJournal(
  kernel: Pick<Kernel, 'symbols' | 'space' | 'journal' | 'bootPages' | 'markReadonly'>,
): void {
  kernel.bootPages.close();
  kernel.symbols.freeze();
  kernel.markReadonly();
  kernel.space.protect();
  kernel.journal.enabled = true;
}

function kernelFacts(config: MachineConfig, given: Profile | undefined): KernelFacts {
  const profile = given ?? profileFor(config.kernel);
  const arch = archOf(profile, config);
  checkEnums(profile, config.arch, arch.zones);
  return {
    profile,
    abi: ABIS[config.arch],
    layouts: layoutsFor(profile, config),
    arch,
    poison: poisonPointers(profile, config.arch),
    gfp: new GfpMasks(profile, config.arch),
    pageFlags: new PageFlags(profile),
    errnos: errnoNames(profile),
  };
}

function earlyBoot(config: MachineConfig, facts: KernelFacts, options: KernelOptions): EarlyKernel {
  const { arch, layouts } = facts;
  const mem = new Memory(options.budget);
  const space = AddressSpace.over(mem);
  const booted = bootMemory(config, arch, facts, mem, space, options);
  const direct = new DirectMap(arch, space, booted.memory);
  const vars = new KernelVariables(space, layouts, booted.symbols);
  const beyond = new BeyondRam(mem, booted.memory.endPfn);
  const kasan = kasanShadow(config, arch, space, beyond);
  const placed = { ...facts, ...booted, config, mem, journal: mem.journal, space, direct, vars, beyond, kasan };
  defineKernelVariables(placed);
  const pcpu = makePcpuPool(placed);
  const setup = new ZoneSetup({ ...placed, pcpu }, booted);
  setup.initBootPagesets();
  const zones = setup.run();
  setup.fillFreeLists(zones);
  const early = { ...placed, pcpu, zones };
  finishBoot(early, booted);
  // static variables of the page allocator's functions: they come before those of the running kernel
  const { uint } = basicTypes(facts.abi);
  for (const [name, ints] of Object.entries(STATICS)) booted.symbols.define(name, arrayOf(uint, ints));
  kswapdRun(kswapdParts(early));
  return early;
}

/** kasan_init: what the page tables map besides the direct map and the image has a shadow, too. */
function coverAreas({ kasan, percpu }: EarlyKernel, addresses: AddressMap): void {
  const { vmallocStart, vmallocEnd, cpuEntryArea, cpuEntryAreaBytes } = addresses;
  kasan?.coverVmalloc(vmallocStart, vmallocEnd - vmallocStart);
  kasan?.coverEntryAreas(cpuEntryArea, PAGE_SIZE + percpu.cpus * cpuEntryAreaBytes);
}

/** setup_per_cpu_areas, as far as the allocator of per-CPU memory goes */
function makePcpuPool({ mem, space, abi, layouts, symbols, direct, percpu, poison, early }: PcpuParts): PcpuPool {
  const variable = definePcpuVariables(
    (name, type) => symbols.define(name, type),
    (text) => layouts.parseType(text),
  );
  const m = new StructMemory(space, abi, layouts);
  const take = (bytes: number) => direct.va(early.take(bytes));
  return new PcpuPool({ m, mem, layouts, poison, units: percpu.units, variable, take });
}

/** The processors' buffers of translations, which running code uses. */
function makeTlbs(
  { symbols, layouts, mem, direct, space, abi }: EarlyKernel,
  running: Running,
  tables: PageTables,
): Tlbs {
  const { core, reports } = running;
  symbols.definePerCpu('kmem_tlb', layouts.parseType(`unsigned int[${TLB_WORDS}]`), TLB_WORDS * 4);
  symbols.definePerCpu('kmem_cr3', layouts.parseType('unsigned long long'));
  const words = (name: string) =>
    Array.from({ length: core.cpus }, (_, cpu) => mem.word(direct.pa(symbols.address(name, cpu))));
  const noted = mem.word(direct.pa(symbols.define('kmem_tlb_noted', layouts.parseType('unsigned int'))));
  const tlbs = new Tlbs({
    mem,
    walk: tables,
    bits: tables.geometry.bits,
    buffers: words('kmem_tlb'),
    cr3: words('kmem_cr3'),
    cpu: () => mem.words[core.cpuWord] as number,
    onStale(address, write) {
      if (mem.words[noted] !== 0) return;
      mem.set(noted, 1);
      const at = `${write ? 'write to' : 'read of'} ${formatAddress(abi, address)}`;
      reports.suppressed('BUG', `${at} through a stale TLB entry`, STALE);
    },
  });
  for (const word of words('kmem_cr3')) {
    mem.set(word, tables.pgd | 0);
    mem.set(word + 1, Math.floor(tables.pgd / 2 ** 32));
  }
  tables.tlbs = tlbs;
  space.useCache(tlbs);
  return tlbs;
}
const STALE =
  'the page tables do not map it like that any more, but the TLB has not been flushed: a real processor may fault here, or not';

/** pte_alloc_one_kernel: a zeroed page for a table */
function pageTablePage(k: EarlyKernel, alloc: PageAllocator, boot: BootPages): number {
  if (!boot.isOpen) return alloc.allocPages(k.gfp.kernel | k.gfp.zero, 0);
  const pfn = boot.take(1);
  if (pfn >= 0) k.mem.fill(pfn * PAGE_SIZE, PAGE_SIZE, 0);
  return pfn;
}

/** Where kswapd's state lies. */
function kswapdParts({ vars, layouts, nodes, zones, arch, symbols }: EarlyKernel): KswapdParts {
  const entries = symbols.address('kswapd_wait_entry');
  const size = layouts.size('wait_queue_entry');
  const waitEntry = (node: number) => entries + node * size;
  return { vars, layouts, nodes, zones, zoneTypes: arch.zones.length, waitEntry };
}

function makePageAllocator(
  k: EarlyKernel,
  caller: Caller,
  log: ReportLog,
  tracing: Tracing,
  kasan: PageSanitizer | undefined,
): PageAllocator {
  const address = (name: string): number => k.direct.pa(k.symbols.address(name));
  return new PageAllocator({
    mem: k.mem,
    space: k.space,
    pages: k.pages,
    blocks: k.pageblocks,
    gfp: k.gfp,
    zones: k.zones,
    zonelists: fallbackZonelists(k.nodes, k.zones),
    nodeOfCpu: (cpu) => cpuToNode(k.nodes, cpu),
    staticPhys: address,
    globalFreePhys: address('vm_zone_stat'),
    watermarkBoostFactor: () => k.vars.read('watermark_boost_factor'),
    initOnAlloc: k.config.config.INIT_ON_ALLOC_DEFAULT_ON === true,
    kasan,
    caller,
    log,
    tracing,
    kswapd: kswapdParts(k),
    hz: k.profile.hz,
    debugVm: k.config.config.DEBUG_VM === true,
    showMem: (highest) => showMem(k, caller.cpu(), highest),
  });
}

function makeVmstatWork(
  { mem, direct, symbols, nodes, percpu, profile, vars }: EarlyKernel,
  alloc: PageAllocator,
): VmstatWork {
  const word = (name: string, cpu?: number): number => mem.word(direct.pa(symbols.address(name, cpu)));
  const work = new VmstatWork({
    mem,
    alloc,
    hz: profile.hz,
    due: Array.from({ length: percpu.cpus }, (_, cpu) => word('kmem_vmstat_due', cpu)),
    shepherd: word('kmem_vmstat_shepherd'),
    nodeOfCpu: (cpu) => cpuToNode(nodes, cpu),
  });
  work.start(vars.read('jiffies'));
  return work;
}

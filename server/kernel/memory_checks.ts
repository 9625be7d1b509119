/** How the checks of memory are wired to the allocators of one machine: KASAN for slab objects, slub_debug. */
import { PAGE_SIZE } from '../types/pageSize';
import { leakRoots } from './leak_roots';
import { StructMemory } from './lib/struct_memory';
import { AllocTraces } from './mm/checks/alloc_traces';
import { Kmemleak, type LeakTracker } from './mm/checks/kmemleak';
import { KmemleakReports } from './mm/checks/kmemleak_report';
import { SlabObjects } from './mm/checks/slab_objects';
import { KASAN_TRACE_FUNCTIONS } from './mm/kasan/kasan_slab';
import { makeKasanSlab } from './mm/kasan/make_kasan';
import { VmallocAreas } from './mm/kasan/vmalloc_areas';
import type { PageApi } from './mm/page_alloc/page_api';
import type { SlabSanitizer } from './mm/slab/slab_sanitizer';
import type { SlubSurroundings } from './mm/slub/slub_make';
import { makeSlubChecks } from './mm/slub_debug/make_slub_checks';
import { slubDebugOptions } from './mm/slub_debug/slub_debug_options';
import type { VmallocApi } from './mm/vmalloc/vmalloc_api';
import type { Running } from './running';
import type { BootedKernel } from './sched/booted_kernel';

/** The booted kernel, as far as the checks need it: kernel.ts has it all. */
interface CheckedKernel extends BootedKernel {
  /** undefined on a machine that runs no tasks */
  readonly running: Running | undefined;
  readonly pageApi: PageApi;
}
export interface MemoryChecks {
  /** undefined where kmemleak is not configured */
  readonly leaks: LeakTracker | undefined;
  readonly kmemleak: KmemleakReports | undefined;
  /** undefined where SLUB has no CONFIG_SLUB_DEBUG */
  readonly slubChecks: SlubSurroundings['checks'];
  /** undefined on a machine without KASAN */
  readonly sanitizer: SlabSanitizer | undefined;
}
const NONE: MemoryChecks = { leaks: undefined, kmemleak: undefined, sanitizer: undefined, slubChecks: undefined };
/** Before the run. `release`: gives an object back that a sanitizer has kept */
export function makeMemoryChecks(k: CheckedKernel, release: (cache: number, object: number) => void): MemoryChecks {
  const { running, config } = k;
  if (!running) return NONE;
  const m = new StructMemory(k.space, k.abi, k.layouts);
  const objects = new SlabObjects(k, m, config.allocator, k.layouts.record('track')?.size ?? 0);
  const traces = new AllocTraces(running.depot, running.lockdep.text, tracePorts(running), KASAN_TRACE_FUNCTIONS);
  const sanitizer = sanitizerOf(k, running, m, objects, traces, release);
  const hasChecks = config.allocator === 'slub' && config.config.SLUB_DEBUG === true;
  const leaks = config.config.DEBUG_KMEMLEAK ? kmemleakOf(k, running, traces) : undefined;
  const kmemleak = leaks && leakReports(running, leaks, traces);
  return {
    leaks,
    kmemleak,
    sanitizer,
    slubChecks: hasChecks ? slubChecksOf(k, running, m, traces, sanitizer) : undefined,
  };
}
/** KASAN's reports name the areas of the vmalloc space. */
export function nameVmallocAreas({ running, space, abi, layouts }: CheckedKernel, vmalloc: VmallocApi): void {
  const areas = {
    isVmallocAddr: (address: number) => vmalloc.isVmallocAddr(address),
    find: (address: number) => vmalloc.vms.find(address),
    pfnOf: (address: number) => vmalloc.pfnOf(address),
  };
  const m = new StructMemory(space, abi, layouts);
  running?.sanitizer?.reports.addAreas(new VmallocAreas(m, areas, () => running.reports.names));
}
const tracePorts = ({ current, reports }: Running) => ({
  functions: () => current.functions(),
  stacks: () => reports.stacks,
  names: () => reports.names,
});
function sanitizerOf(
  k: CheckedKernel,
  { sanitizer, current }: Running,
  m: StructMemory,
  objects: SlabObjects,
  traces: AllocTraces,
  release: (cache: number, object: number) => void,
): SlabSanitizer | undefined {
  if (!sanitizer) return undefined;
  const { symbols, layouts, pageApi, pages, direct } = k;
  return makeKasanSlab(sanitizer, m, objects, traces, {
    cpus: k.percpu.cpus,
    caller: () => current,
    mayBlock: (gfp) => (gfp & k.gfp.directReclaim) !== 0,
    totalRam: () => k.vars.read('_totalram_pages') * PAGE_SIZE,
    symbols: {
      define: (name, type) => symbols.define(name, layouts.parseType(type)),
      definePerCpu: (name, type) => symbols.definePerCpu(name, layouts.parseType(type)),
      address: (name, cpu) => symbols.address(name, cpu),
    },
    block(address) {
      const pfn = Math.floor(direct.pa(address) / PAGE_SIZE);
      const head = pages.headOr(pfn, pfn);
      const order = pages.flagsLow(head) & pages.pageFlags.head ? pageApi.compoundOrder(head) : 0;
      return { start: direct.va(head * PAGE_SIZE), bytes: PAGE_SIZE << order };
    },
    release,
  });
}

function slubChecksOf(
  k: CheckedKernel,
  { current, reports }: Running,
  m: StructMemory,
  traces: AllocTraces,
  sanitizer: SlabSanitizer | undefined,
): SlubSurroundings['checks'] {
  const { space, abi, pages, pageApi } = k;
  const options = slubDebugOptions(k.config.parameters.slub_debug ?? (k.config.config.SLUB_DEBUG_ON ? '' : undefined));
  return (parts) =>
    makeSlubChecks(parts, options, traces, {
      layouts: k.layouts,
      poison: k.profile.poison,
      caller: current,
      cpus: k.percpu.cpus,
      sanitized: sanitizer !== undefined,
      reports: () => reports,
      cacheName: (cache) => m.string(m.field(cache, 'kmem_cache', 'name'), 64),
      fill: (address, length, byte) => space.fill(address, length, byte),
      readBytes: (address, length) => space.readBytes(address, length),
      pageFlags: (pfn) => pages.pageFlags.format(abi, pages.flagsLow(pfn), pages.flagsHigh(pfn)),
      order: (pfn) => (pages.flagsLow(pfn) & pages.pageFlags.head ? pageApi.compoundOrder(pfn) : 0),
      metadata: (cache) => sanitizer?.metadataSize(cache) ?? 0,
    });
}

function kmemleakOf(k: CheckedKernel, running: Running, traces: AllocTraces): Kmemleak {
  const { mem, space, abi, profile } = k;
  const { current, core, log } = running;
  return new Kmemleak(mem, k.beyond, traces, {
    wordSize: abi.wordSize,
    hz: profile.hz,
    jiffies: () => core.jiffies32,
    pid: () => (core.cpuIsValid && mem.journal.enabled ? current.pid() : 0),
    comm: () => (core.cpuIsValid && mem.journal.enabled ? current.comm() : 'swapper/0'),
    roots: () => leakRoots(k, running),
    pieces: (start, bytes) => space.mappedPieces(start, bytes).flatMap(({ phys, length }) => mem.touched(phys, length)),
    disabled: () => {
      log.print('kmemleak: Memory pool empty, consider increasing CONFIG_DEBUG_KMEMLEAK_MEM_POOL_SIZE');
      log.print('kmemleak: Kernel memory leak detector disabled');
    },
  });
}
function leakReports({ core, reports }: Running, kmemleak: Kmemleak, traces: AllocTraces): KmemleakReports {
  const { hz, initialJiffies } = core.kernel.profile;
  const clock = { jiffies: () => core.jiffies32, hz, initial: () => initialJiffies };
  return new KmemleakReports(kmemleak, traces, () => reports, clock);
}

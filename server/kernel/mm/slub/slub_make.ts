/** SLUB of one machine: its parts, its static variables, and its ports to the rest of the kernel (mm/slub.c, 6.1: kmem_cache_init). */
import { RATELIMIT_WORDS, ratelimit } from '../../lib/ratelimit';
import { NEW_SLAB_FRAMES } from '../allocation_frames';
import { cpuToNode } from '../node';
import { pageLists } from '../page_list';
import type { SlabHost } from '../slab/slab_backend';
import type { SlabKernel } from '../slab/slab_kernel';
import { nodeCounters, randomNumbers, slabPages } from '../slab/slab_resources';
import type { SlabSanitizer } from '../slab/slab_sanitizer';
import { fallbackZonelists } from '../zonelist';
import { Slub, type SlubStatics } from './slub';
import { CpuSlabFields, SlubCaches } from './slub_cache';
import type { ListSlabObjects, SlubDebug } from './slub_debug';
import { fastPaths } from './slub_fast';
import { FreePointers } from './slub_freelist';
import { type SlubMachine, slubParameters } from './slub_geometry';
import { SlubMemory } from './slub_memory';
import { SlabNodes } from './slub_node';
import { slubOffsets } from './slub_offsets';
import { type SlubParts, slubMasks } from './slub_parts';
import type { SlubOptions, SlubPorts } from './slub_ports';
import { SlabFields } from './slub_slab';

/** What SLUB needs of the kernel's parts that are above the memory manager, or are made after it. */
export interface SlubSurroundings {
  readonly percpu: SlubPorts['percpu'];
  /** possible CPUs */
  readonly cpus: number;
  /** call_rcu(head, rcu_free_slab), which calls Slub.rcuFreeSlab after a grace period */
  callRcu(head: number): void;
  readonly sanitizer?: SlabSanitizer | undefined;
  /** the checks of slub_debug, and the report of slabs that still have objects; unless given, none */
  readonly checks?: ((parts: ObjectParts) => SlubObjectChecks) | undefined;
  /** unless given, as Debian configures its kernels */
  readonly options?: SlubOptions;
  /** unless given, the page allocator's, and before the run those of boot */
  readonly pages?: SlubPorts['pages'];
  readonly random?: SlubPorts['random'];
}
/** What checks of objects read and mend. */
export type ObjectParts = Pick<SlubParts, 'm' | 'at' | 'caches' | 'slabs' | 'pointers'>;
export interface SlubObjectChecks {
  readonly debug: SlubDebug;
  readonly listObjects: ListSlabObjects;
  /** looks at each object that is freed: what SLUB itself accepts may be wrong */
  readonly lookAtFree: ((cache: number, slab: number, object: number) => void) | undefined;
}
const DEBIAN: SlubOptions = { freelistRandom: true, freelistHardened: true };

/** slub_oom_rs: DEFAULT_RATELIMIT_INTERVAL and DEFAULT_RATELIMIT_BURST */
const OOM_SECONDS = 5;
const OOM_BURST = 10;

export function makeSlub(k: SlabKernel, host: SlabHost, around: SlubSurroundings): Slub {
  const { mem, pages, profile, config, layouts, gfp, nodes } = k;
  const options = around.options ?? DEBIAN;
  const m = new SlubMemory(k);
  const at = slubOffsets(layouts);
  const { percpu, cpus } = around;
  const zonelists = fallbackZonelists(nodes, k.pageAlloc.zones);
  const nrCpus = Number(profile.constants(config).NR_CPUS?.value ?? 1);
  const objects: ObjectParts = {
    m,
    at,
    caches: new SlubCaches(m, at.cache, percpu.offset),
    slabs: new SlabFields(m, pages, at.slab, k.direct.va(0)),
    pointers: new FreePointers(m, at.cache, options.freelistHardened),
  };
  const parts: SlubParts = {
    ...objects,
    cpus: new CpuSlabFields(m, at.cpu, nrCpus),
    nodes: new SlabNodes(m, pages, pageLists(mem, k.space, pages), at.node),
    ports: slubPorts(k, host, around, around.checks?.(objects)),
    gfp,
    masks: slubMasks(profile, gfp),
    nodeIds: nodes.filter((n) => n.present > 0).map((n) => n.id),
    cpuCount: cpus,
    nodeOfCpu: (cpu) => cpuToNode(nodes, cpu),
    zonelistNodes: (node, mask) =>
      (zonelists[node] ?? []).filter((zone) => zone.idx <= gfp.zone(mask)).map((zone) => zone.node),
  };
  const { slabs } = parts;
  const { caller } = k.pageAlloc;
  // USE_LOCKLESS_FAST_PATH: with PREEMPT_RT all go the long way, under a lock
  const lockless = config.preempt !== 'rt';
  const fast = fastPaths({
    m,
    pages,
    at,
    base: slabs.address(0),
    hardened: options.freelistHardened,
    tidStep: nrCpus,
    cpuCount: cpus,
    percpuOffset: percpu.offset,
    cpu: () => caller.cpu(),
  });
  const machine: SlubMachine = {
    ...slubParameters(config.parameters),
    wordSize: m.wordSize,
    cpus,
    trackSize: layouts.size('track'),
    sizeWithMetadata: around.sanitizer && ((cache) => around.sanitizer?.sizeWithMetadata(cache) ?? cache.size),
  };
  return new Slub(
    parts,
    machine,
    slubStatics(k),
    lockless ? fast : undefined,
    options.freelistRandom,
    profile.errno.EINVAL,
  );
}

function slubStatics({ symbols, layouts }: SlabKernel): SlubStatics {
  const variable = (name: string, type: string) => symbols.define(name, layouts.parseType(type));
  return {
    slabState: variable('slab_state', 'unsigned int'),
    kmemCache: variable('kmem_cache', 'struct kmem_cache *'),
    kmemCacheNode: variable('kmem_cache_node', 'struct kmem_cache *'),
    bootKmemCache: variable('boot_kmem_cache', 'struct kmem_cache'),
    bootKmemCacheNode: variable('boot_kmem_cache_node', 'struct kmem_cache'),
  };
}

function slubPorts(
  k: SlabKernel,
  host: SlabHost,
  around: SlubSurroundings,
  checks: SlubObjectChecks | undefined,
): SlubPorts {
  const { mem, pageAlloc, log, profile } = k;
  const { caller } = pageAlloc;
  const word = (name: string, ints: number) =>
    mem.word(k.direct.pa(k.symbols.define(name, k.layouts.parseType(`unsigned int[${ints}]`))));
  const oomRatelimit = word('slub_oom_rs', RATELIMIT_WORDS);
  const warned = word('__warned_new_slab_ctor', 1);
  return {
    pages: around.pages ?? slabPages(k),
    percpu: around.percpu,
    heap: { kzalloc: (size, mask) => host.kzalloc(size, mask), kfree: (address) => host.kfree(address) },
    random: around.random ?? randomNumbers(k),
    cpu: () => caller.cpu(),
    account: nodeCounters(k),
    callRcu: around.callRcu,
    cacheName: (cache) => cacheName(k, cache),
    fixFlags: (mask) => host.fixFlags(mask, NEW_SLAB_FRAMES),
    pfmemallocAllowed: (mask) => pageAlloc.pfmemallocAllowed(mask),
    outOfMemory(lines) {
      const limit = { fn: 'slab_out_of_memory', interval: OOM_SECONDS * profile.hz, burst: OOM_BURST };
      const print = (text: string) => log.print(text);
      if (ratelimit(mem, oomRatelimit, limit, caller.jiffies(), print)) lines().forEach(print);
    },
    warnZeroWithCtor() {
      if (mem.words[warned] !== 0) return;
      mem.set(warned, 1);
      caller.warn({ fn: 'new_slab', at: 'mm/slub.c' }, '', [
        '__GFP_ZERO for a cache with a constructor: clearing would undo what that has done',
      ]);
    },
    listObjects: checks?.listObjects ?? (() => {}),
    sanitizer: around.sanitizer,
    debug: checks?.debug,
    lookAtFree: checks?.lookAtFree,
  };
}
function cacheName({ layouts, space, abi }: SlabKernel, cache: number): string {
  const at = cache + layouts.offset('kmem_cache', 'name');
  const name = abi.wordSize === 8 ? space.readS64Number(at) : space.read32(at);
  let text = '';
  for (let c = space.read8(name); c !== 0 && text.length < 64; c = space.read8(name + text.length))
    text += String.fromCharCode(c);
  return text;
}

/**
 * The page allocator: __alloc_pages and its fast path, freeing. Follows mm/page_alloc.c, 6.1 (stable, with the later rework of the
 * reserves). A block is its first pfn and an order; −1 is NULL. The slow path is in slowpath.ts, the functions that build on both in
 * page_api.ts.
 */
import type { Memory } from '../../../memory/memory';
import type { AddressSpace } from '../../../memory/space';
import { KernelBug } from '../../lib/bug';
import { FaultInjection } from '../../lib/fault_inject';
import { raisedBelow } from '../../lib/kernel_fault';
import type { Tracing } from '../../printk/tracing';
import { NO_TRACING } from '../../printk/tracing';
import { PAGE_FRAMES } from '../allocation_frames';
import { CompoundPages } from '../compound';
import type { GfpMasks } from '../gfp';
import type { PageTable } from '../page';
import type { ReportLog } from '../page_report';
import type { Pageblocks } from '../pageblock';
import type { Zone } from '../zone';
import { MAX_ORDER, WMARK_LOW } from '../zone';
import { type AllocContext, AllocContexts } from './alloc_context';
import { ALLOC_KSWAPD } from './alloc_flags';
import { DRAIN_FRAMES } from './alloc_frames';
import type { StaticName } from './alloc_report';
import { AllocReports } from './alloc_report';
import { Buddy } from './buddy';
import type { Caller } from './caller';
import { BOOT_CALLER, PF_MEMALLOC_NOFS, PF_MEMALLOC_NOIO, PF_MEMALLOC_PIN } from './caller';
import type { FallbackOptions } from './fallback';
import { noZone, type PageFreeing, pageFreeing } from './free_pages';
import { type PageSlots, type PageTaking, pageTaking } from './get_page';
import { Kswapd, type KswapdParts } from './kswapd';
import { PageChecks, type PageSanitizer } from './page_check';
import { type PcpLists, pcpLists } from './pcp';
import { allocPagesSlowpath, pfmemallocFlags, type SlowpathAllocator } from './slowpath';

interface PageAllocatorOptions {
  readonly mem: Memory;
  readonly space: AddressSpace;
  readonly pages: PageTable;
  readonly blocks: Pageblocks;
  readonly gfp: GfpMasks;
  /** every zone of every node that a page's flags can name */
  readonly zones: readonly Zone[];
  /** ZONELIST_FALLBACK by node: populated zones in the order in which they are tried */
  readonly zonelists: readonly (readonly Zone[])[];
  readonly nodeOfCpu: (cpu: number) => number;
  /** physical address of a static variable of the allocator: an int, zero at first */
  readonly staticPhys: (name: StaticName) => number;
  /** physical address of vm_zone_stat[NR_FREE_PAGES], where the kernel keeps the sum over zones */
  readonly globalFreePhys?: number;
  /** vm.watermark_boost_factor; 15000 unless given */
  readonly watermarkBoostFactor?: () => number;
  readonly groupingDisabled?: boolean;
  /** CONFIG_INIT_ON_ALLOC_DEFAULT_ON: every page is zeroed when it is handed out */
  readonly initOnAlloc?: boolean;
  /** where the kswapds of the machine's nodes lie */
  readonly kswapd: KswapdParts;
  /** CONFIG_DEBUG_VM */
  readonly debugVm?: boolean;
  /** jiffies a second */
  readonly hz: number;
  /** what knows which memory may be accessed; without it nothing does */
  readonly kasan?: PageSanitizer | undefined;
  /** the caller; boot unless given */
  readonly caller?: Caller | undefined;
  /** where reports go; without it they are dropped */
  readonly log?: ReportLog | undefined;
  readonly tracing?: Tracing | undefined;
  /** Mem-Info block of failure reports (show_mem), of the zones up to an index */
  readonly showMem?: (highestZoneidx: number) => readonly string[];
}

/** The page allocator of a machine. Frozen after boot: all state is in emulated memory. */
export class PageAllocator {
  readonly kswapd: Kswapd;
  readonly mem: Memory;
  readonly space: AddressSpace;
  readonly pages: PageTable;
  readonly blocks: Pageblocks;
  readonly buddy: Buddy;
  readonly pcp: PcpLists;
  readonly compound: CompoundPages;
  readonly zones: readonly Zone[];
  readonly gfp: GfpMasks;
  readonly reports: AllocReports;
  readonly caller: Caller;
  readonly fallback: FallbackOptions;
  readonly freePages: PageFreeing['freePages'];
  readonly putTestZero: PageFreeing['putTestZero'];
  readonly freeUnreferenced: PageFreeing['freeUnreferenced'];
  private readonly getPageFromFreelist: PageTaking['getPageFromFreelist'];
  private readonly takeBulk: PageTaking['takeBulk'];
  private readonly slowpath: SlowpathAllocator;
  readonly tracing: Tracing;
  /** CONFIG_DEBUG_VM */
  readonly debugVm: boolean;
  readonly contexts: AllocContexts;
  /** by PageTable.zoneKey */
  private readonly zoneByKey: readonly (Zone | undefined)[];
  private readonly nodeOfCpu: Int32Array;
  /** allocations that are made to fail */
  readonly faults: FaultInjection;

  constructor(options: PageAllocatorOptions) {
    this.mem = options.mem;
    this.space = options.space;
    this.pages = options.pages;
    this.blocks = options.blocks;
    this.zones = options.zones;
    this.gfp = options.gfp;
    this.caller = options.caller ?? BOOT_CALLER;
    this.tracing = options.tracing ?? NO_TRACING;
    this.debugVm = options.debugVm ?? false;
    this.fallback = {
      watermarkBoostFactor: options.watermarkBoostFactor ?? (() => 15000),
      groupingDisabled: options.groupingDisabled ?? false,
      tracing: this.tracing,
    };
    this.reports = new AllocReports({
      mem: this.mem,
      space: this.space,
      pages: this.pages,
      gfp: this.gfp,
      kasan: options.kasan,
      hz: options.hz,
      hasManagedDma: options.zones.some((z) => z.name === 'DMA' && z.managedPages > 0),
      nodes: options.zonelists.length,
      caller: this.caller,
      log: options.log,
      showMem: options.showMem,
      staticPhys: options.staticPhys,
    });
    this.faults = new FaultInjection(this.mem, this.reports.staticWord('fail_page_alloc'));
    this.buddy = new Buddy({
      mem: this.mem,
      space: this.space,
      pages: this.pages,
      blocks: this.blocks,
      ...(options.globalFreePhys === undefined ? {} : { globalFreePhys: options.globalFreePhys }),
    });
    const checks = new PageChecks(
      this.mem,
      this.pages,
      (pfn, reason, frames) => this.reports.badPage(pfn, reason, frames),
      this.debugVm,
      options.kasan,
    );
    this.compound = new CompoundPages(this.mem, this.pages);
    this.pcp = pcpLists(this.buddy, checks, this.fallback);
    const keys = Math.max(...options.zones.map((z) => z.key)) + 1;
    const zoneByKey = Array.from({ length: keys }, (): Zone | undefined => undefined);
    for (const zone of options.zones) zoneByKey[zone.key] = zone;
    this.zoneByKey = zoneByKey;
    const cpus = Math.max(1, ...options.zones.map((z) => z.cpus));
    this.nodeOfCpu = Int32Array.from({ length: cpus }, (_, cpu) => options.nodeOfCpu(cpu));
    const dma32 = this.pages.longWords === 2 ? 1 : -1;
    const { mem, pages, blocks, gfp, buddy, pcp, compound, fallback, reports, caller, tracing, nodeOfCpu } = this;
    const freeing = pageFreeing({ mem, pages, blocks, buddy, pcp, checks, reports, caller, tracing, zoneByKey });
    this.freePages = freeing.freePages;
    this.putTestZero = freeing.putTestZero;
    this.freeUnreferenced = freeing.freeUnreferenced;
    const initOnAlloc = options.initOnAlloc ?? false;
    const kswapd = new Kswapd(options.kswapd, buddy, tracing, (task) => caller.wakeUp(task));
    this.kswapd = kswapd;
    const taking = { mem, pages, gfp, buddy, pcp, checks, compound, fallback, reports, kswapd, caller, tracing };
    const { getPageFromFreelist, takeBulk } = pageTaking({ ...taking, nodeOfCpu, initOnAlloc, kasan: options.kasan });
    this.getPageFromFreelist = getPageFromFreelist;
    this.takeBulk = takeBulk;
    this.slowpath = { gfp, buddy, fallback, caller, reports, kswapd, tracing, getPageFromFreelist };
    this.contexts = new AllocContexts(this.gfp, options.zonelists, dma32, this.fallback.groupingDisabled);
  }

  // ---------------------------------------------------------------- helpers
  /** page_zone. @throws PageFaultError for a struct page whose flags name no zone of this machine */
  zoneOf(pfn: number): Zone {
    return this.zoneByKey[this.pages.zoneKey(pfn)] ?? noZone(this.pages);
  }
  /** gfp_pfmemalloc_allowed: whether a request may have memory of the reserves */
  pfmemallocAllowed(gfp: number): boolean {
    return pfmemallocFlags(this, gfp) !== 0;
  }
  /** Node of the CPU that runs (numa_mem_id). */
  private localNode(): number {
    return this.nodeOfCpu[this.caller.cpu()] ?? 0;
  }

  // ---------------------------------------------------------------- allocation
  /**
   * __alloc_pages: 2^order pages as `gfp` asks, preferably from `node`. Returns the first pfn, or −1.
   * May report: a Bad page, a failure (unless __GFP_NOWARN), an order above the maximum.
   */
  allocPages(gfp: number, order: number, node = this.localNode()): number {
    if (order >>> 0 >= MAX_ORDER) return this.orderTooLarge(gfp, order);
    const task = this.caller.taskFlags();
    if (task & (PF_MEMALLOC_NOIO | PF_MEMALLOC_NOFS | PF_MEMALLOC_PIN)) gfp = this.currentGfpContext(gfp, task);
    // VM_BUG_ON in gfp_zone
    if (this.debugVm && this.gfp.badZone(gfp)) throw new KernelBug({ at: 'include/linux/gfp.h', fn: '__alloc_pages' });
    this.caller.mightAlloc(gfp, PAGE_FRAMES);
    if (this.faults.shouldFail()) return this.injectedFailure(gfp, order);
    const ac = this.contexts.of(gfp, node);
    return this.tracing.on ? this.allocTraced(gfp, order, node, ac) : this.alloc(gfp, order, ac);
  }
  private allocTraced(gfp: number, order: number, node: number, ac: AllocContext): number {
    const t = this.tracing;
    if (t.calls) t.enter('__alloc_pages', gfp, order, node);
    const pfn = this.alloc(gfp, order, ac);
    t.event('mm_page_alloc', pfn, order, gfp, ac.migratetype);
    if (t.calls) t.leave('__alloc_pages', pfn);
    return pfn;
  }
  private alloc(gfp: number, order: number, ac: AllocContext): number {
    const kswapd = gfp & this.gfp.kswapdReclaim ? ALLOC_KSWAPD : 0;
    const pfn = this.getPageFromFreelist(gfp, order, WMARK_LOW | kswapd | ac.nofragment, ac);
    return pfn >= 0 ? pfn : allocPagesSlowpath(this.slowpath, gfp, order, ac);
  }
  /**
   * __alloc_pages_bulk: single pages into the free ones of the first `count` slots of an array, or one page where not all can be had at
   * once. Returns the number of the slot behind the last page.
   */
  allocPagesBulk(gfp: number, count: number, slots: PageSlots, node = this.localNode()): number {
    let populated = 0;
    while (populated < count && slots.taken(populated)) populated++;
    if (populated >= count) return populated;
    if (count - populated > 1) {
      this.caller.mightAlloc(gfp, PAGE_FRAMES);
      if (this.faults.shouldFail()) {
        this.injectedFailure(gfp, 0);
        return populated;
      }
      const end = this.takeBulk(gfp, this.contexts.of(gfp, node), slots, populated, count);
      if (end >= 0) return end;
    }
    const pfn = this.allocPages(gfp, 0, node);
    if (pfn < 0) return populated;
    slots.put(populated, pfn);
    return populated + 1;
  }
  private orderTooLarge(gfp: number, order: number): number {
    const largest = `order ${MAX_ORDER - 1} (${1 << (MAX_ORDER - 1)} pages)`;
    const why = `order ${order} is above the largest block, ${largest}: NULL is returned`;
    this.reports.warnOnce('alloc_pages_order', gfp, why);
    return -1;
  }
  /** current_gfp_context: clears what the task may not ask for in its context */
  private currentGfpContext(gfp: number, task: number): number {
    if (task & PF_MEMALLOC_NOIO) gfp &= ~(this.gfp.io | this.gfp.fs);
    else if (task & PF_MEMALLOC_NOFS) gfp &= ~this.gfp.fs;
    if (task & PF_MEMALLOC_PIN) gfp &= ~this.gfp.movable;
    return gfp;
  }
  /** should_fail_alloc_page: sim_fail_next asked for it. */
  private injectedFailure(gfp: number, order: number): number {
    if (!(gfp & this.gfp.nowarn))
      this.reports.print(`FAULT_INJECTION: forcing a failure of an order-${order} page allocation`);
    return -1;
  }

  // ---------------------------------------------------------------- draining
  /** drain_all_pages: every CPU's lists of every zone go back to the buddy lists. */
  drainAllPages(): void {
    for (const zone of this.zones) if (zone.populated) this.drainZone(zone);
  }
  /** The same for one zone. */
  drainZone(zone: Zone): void {
    for (let cpu = 0; cpu < zone.cpus; cpu++) this.drainPages(zone, cpu);
  }
  /** drain_pages_zone: one CPU's lists of a zone. */
  drainPages(zone: Zone, cpu: number): void {
    const pcp = zone.onCpu(cpu);
    try {
      if (pcp.count > 0) this.pcp.drain(zone, pcp, pcp.count, 0, DRAIN_FRAMES);
    } catch (error) {
      throw raisedBelow(error, DRAIN_FRAMES, 1, false);
    }
  }
}

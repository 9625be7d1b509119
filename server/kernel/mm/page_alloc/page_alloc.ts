/**
 * The page allocator: __alloc_pages and its fast path, freeing. Follows mm/page_alloc.c, 6.1 (stable, with the later rework of the
 * reserves). A block is its first pfn and an order; −1 is NULL. The slow path is in slowpath.ts, what builds on both in page_api.ts.
 */
import type { Memory } from '../../../memory/memory';
import type { AddressSpace } from '../../../memory/space';
import type { Tracing } from '../../printk/tracing';
import { NO_TRACING } from '../../printk/tracing';
import { CompoundPages } from '../compound';
import type { GfpMasks } from '../gfp';
import { MIGRATE_HIGHATOMIC, MIGRATE_MOVABLE, MIGRATE_PCPTYPES } from '../migratetype';
import type { PageTable } from '../page';
import type { ReportLog } from '../page_report';
import type { Pageblocks } from '../pageblock';
import { modZoneFreePages, zoneFreePages, zoneStatistics } from '../vmstat';
import type { Zone } from '../zone';
import { MAX_ORDER, WMARK_LOW, ZONE_BOOSTED_WATERMARK } from '../zone';
import type { ZonePerCpu } from '../zone_percpu';
import type { AllocContext } from './alloc_context';
import { AllocContexts } from './alloc_context';
import {
  ALLOC_HIGHATOMIC,
  ALLOC_KSWAPD,
  ALLOC_NO_WATERMARKS,
  ALLOC_NOFRAGMENT,
  ALLOC_NON_BLOCK,
  ALLOC_OOM,
  ALLOC_WMARK_MASK,
} from './alloc_flags';
import type { StaticName } from './alloc_report';
import { AllocReports } from './alloc_report';
import { Buddy } from './buddy';
import type { Caller } from './caller';
import { BOOT_CALLER, PF_MEMALLOC_NOFS, PF_MEMALLOC_NOIO, PF_MEMALLOC_PIN } from './caller';
import type { FallbackOptions } from './fallback';
import { reserveHighatomicPageblock } from './highatomic';
import { PageChecks } from './page_check';
import { type PcpLists, pcpLists } from './pcp';
import { allocPagesSlowpath } from './slowpath';
import { zoneWatermarkFast } from './watermark';

export interface PageAllocatorOptions {
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
  /** who allocates; boot unless given */
  readonly caller?: Caller | undefined;
  /** where reports go; lost unless given */
  readonly log?: ReportLog | undefined;
  readonly tracing?: Tracing | undefined;
  /** Mem-Info block of failure reports (show_mem) */
  readonly showMem?: () => readonly string[];
}

/** The page allocator of a machine. Frozen after boot: all state is in emulated memory. */
export class PageAllocator {
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
  readonly tracing: Tracing;
  readonly fallback: FallbackOptions;
  private readonly initOnAlloc: boolean;
  /** PG_head */
  private readonly head: number;
  /** __GFP_ZERO | __GFP_COMP */
  private readonly zeroOrComp: number;
  private readonly nodes: number;
  private readonly checks: PageChecks;
  private readonly contexts: AllocContexts;
  /** by PageTable.zoneKey */
  private readonly zoneByKey: readonly (Zone | undefined)[];
  private readonly nodeOfCpu: Int32Array;
  /** word of the number of allocations that are made to fail */
  private readonly failNext: number;

  constructor(options: PageAllocatorOptions) {
    this.mem = options.mem;
    this.space = options.space;
    this.pages = options.pages;
    this.blocks = options.blocks;
    this.zones = options.zones;
    this.gfp = options.gfp;
    this.nodes = options.zonelists.length;
    this.caller = options.caller ?? BOOT_CALLER;
    this.tracing = options.tracing ?? NO_TRACING;
    this.fallback = {
      watermarkBoostFactor: options.watermarkBoostFactor ?? (() => 15000),
      groupingDisabled: options.groupingDisabled ?? false,
      tracing: this.tracing,
    };
    this.initOnAlloc = options.initOnAlloc ?? false;
    this.head = this.pages.pageFlags.head;
    this.zeroOrComp = this.gfp.zero | this.gfp.comp;
    this.reports = new AllocReports({
      mem: this.mem,
      pages: this.pages,
      gfp: this.gfp,
      nodes: this.nodes,
      caller: this.caller,
      log: options.log,
      showMem: options.showMem,
      staticPhys: options.staticPhys,
    });
    this.failNext = this.reports.staticWord('fail_page_alloc');
    this.buddy = new Buddy({
      mem: this.mem,
      space: this.space,
      pages: this.pages,
      blocks: this.blocks,
      ...(options.globalFreePhys === undefined ? {} : { globalFreePhys: options.globalFreePhys }),
    });
    this.checks = new PageChecks(this.mem, this.pages, (pfn, reason) => this.reports.badPage(pfn, reason));
    this.compound = new CompoundPages(this.mem, this.pages);
    this.pcp = pcpLists(this.buddy, this.checks, this.fallback);
    const keys = Math.max(...options.zones.map((z) => z.key)) + 1;
    const zoneByKey = Array.from({ length: keys }, (): Zone | undefined => undefined);
    for (const zone of options.zones) zoneByKey[zone.key] = zone;
    this.zoneByKey = zoneByKey;
    const cpus = Math.max(1, ...options.zones.map((z) => z.cpus));
    this.nodeOfCpu = Int32Array.from({ length: cpus }, (_, cpu) => options.nodeOfCpu(cpu));
    const dma32 = this.pages.longWords === 2 ? 1 : -1;
    this.contexts = new AllocContexts(this.gfp, options.zonelists, dma32, this.fallback.groupingDisabled);
  }

  // ---------------------------------------------------------------- small things
  /** page_zone. @throws RangeError for a struct page whose flags name no zone of this machine */
  zoneOf(pfn: number): Zone {
    return this.zoneByKey[this.pages.zoneKey(pfn)] ?? this.noZone(pfn);
  }
  private noZone(pfn: number): never {
    throw new RangeError(`struct page of pfn 0x${pfn.toString(16)} names no zone`);
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
    return this.tracing.on ? this.allocTraced(gfp, order, node) : this.allocChecked(gfp, order, node);
  }
  private allocTraced(gfp: number, order: number, node: number): number {
    const t = this.tracing;
    t.enter('__alloc_pages', gfp, order, node);
    const pfn = this.allocChecked(gfp, order, node);
    t.event('mm_page_alloc', pfn, order, gfp, this.contexts.of(gfp, node).migratetype);
    t.leave('__alloc_pages', pfn);
    return pfn;
  }
  private allocChecked(gfp: number, order: number, node: number): number {
    if (order >>> 0 >= MAX_ORDER) return this.orderTooLarge(gfp, order);
    const task = this.caller.taskFlags();
    if (task & (PF_MEMALLOC_NOIO | PF_MEMALLOC_NOFS | PF_MEMALLOC_PIN)) gfp = this.currentGfpContext(gfp, task);
    this.caller.mightAlloc(gfp);
    if (this.mem.words[this.failNext] !== 0) return this.injectFailure(order);
    const ac = this.contexts.of(gfp, node);
    const kswapd = gfp & this.gfp.kswapdReclaim ? ALLOC_KSWAPD : 0;
    const pfn = this.getPageFromFreelist(gfp, order, WMARK_LOW | kswapd | ac.nofragment, ac);
    return pfn >= 0 ? pfn : allocPagesSlowpath(this, gfp, order, ac);
  }
  private orderTooLarge(gfp: number, order: number): number {
    const largest = `order ${MAX_ORDER - 1} (${1 << (MAX_ORDER - 1)} pages)`;
    const why = `order ${order} is above the largest block, ${largest}: NULL is returned`;
    this.reports.warnOnce('alloc_pages_order', gfp, '__alloc_pages', why);
    return -1;
  }
  /** current_gfp_context: what the task may not ask for where it is */
  private currentGfpContext(gfp: number, task: number): number {
    if (task & PF_MEMALLOC_NOIO) gfp &= ~(this.gfp.io | this.gfp.fs);
    else if (task & PF_MEMALLOC_NOFS) gfp &= ~this.gfp.fs;
    if (task & PF_MEMALLOC_PIN) gfp &= ~this.gfp.movable;
    return gfp;
  }
  /** should_fail_alloc_page: sim_fail_next asked for it. */
  private injectFailure(order: number): number {
    this.mem.set(this.failNext, (this.mem.words[this.failNext] as number) - 1);
    this.reports.print(`FAULT_INJECTION: forcing a failure of an order-${order} page allocation`);
    return -1;
  }

  /** get_page_from_freelist: the first zone of the list whose watermark allows it. */
  getPageFromFreelist(gfp: number, order: number, flags: number, ac: AllocContext): number {
    const { preferredZone, zonelist } = ac;
    if (preferredZone === undefined) return -1;
    for (;;) {
      for (let i = 0; i < zonelist.length; i++) {
        const zone = zonelist[i] as Zone;
        // rather fragment local memory than go to another node
        if (flags & ALLOC_NOFRAGMENT && zone.node !== preferredZone.node) break;
        if (!(flags & ALLOC_NO_WATERMARKS)) {
          const ok = zoneWatermarkFast(this.buddy, zone, order, ac.highestZoneidx, flags, gfp & this.gfp.atomic);
          if (this.tracing.on) this.traceWatermark(zone, ac.highestZoneidx, flags, ok);
          if (!ok) continue;
        }
        const pfn = this.rmqueue(preferredZone, zone, order, gfp, flags, ac.migratetype);
        if (pfn < 0) continue;
        this.prepNewPage(pfn, order, gfp, flags);
        if (flags & ALLOC_HIGHATOMIC) reserveHighatomicPageblock(this.buddy, this.fallback, zone, pfn);
        return pfn;
      }
      if (!(flags & ALLOC_NOFRAGMENT)) return -1;
      flags &= ~ALLOC_NOFRAGMENT;
    }
  }
  private traceWatermark(zone: Zone, highest: number, flags: number, ok: boolean): void {
    const mark = zone.wmarkPages(flags & ALLOC_WMARK_MASK);
    const free = zoneFreePages(this.mem, zone);
    const reserve = zone.lowmemReserve(highest);
    this.tracing.decision('watermark', zone.node, zone.name, free, mark, reserve, flags, ok ? 1 : 0);
  }

  /** rmqueue: a block of a zone whose watermark allows it; −1 if its lists have none that fits. */
  private rmqueue(preferred: Zone, zone: Zone, order: number, gfp: number, flags: number, migratetype: number): number {
    if (order > 1 && gfp & this.gfp.nofail) this.nofailOrder(order);
    const cpu = this.caller.cpu();
    const pcp = zone.onCpu(cpu);
    let pfn = -1;
    if (this.pcp.allows(order)) pfn = this.pcp.take(zone, pcp, order, migratetype, flags);
    if (pfn < 0) pfn = this.rmqueueBuddy(zone, pcp, order, flags, migratetype);
    if (pfn >= 0) zoneStatistics(this.mem, preferred, zone, cpu, this.nodeOfCpu[cpu] as number);
    if (flags & ALLOC_KSWAPD && zone.flag(ZONE_BOOSTED_WATERMARK)) this.boosted(zone);
    return pfn;
  }
  private nofailOrder(order: number): void {
    const why = `__GFP_NOFAIL with order ${order}: the kernel promises that only up to order 1`;
    this.reports.warnOnce('nofail_order', 0, 'get_page_from_freelist', why);
  }
  /** The zone's watermarks are raised for a while: kswapd may bring them down. */
  private boosted(zone: Zone): void {
    zone.setFlag(ZONE_BOOSTED_WATERMARK, false);
    this.wakeKswapd(zone, 0);
  }
  /** rmqueue_buddy: past the per-CPU lists. */
  private rmqueueBuddy(zone: Zone, pcp: ZonePerCpu, order: number, flags: number, migratetype: number): number {
    for (;;) {
      let pfn = -1;
      if (flags & ALLOC_HIGHATOMIC) pfn = this.buddy.rmqueueSmallest(zone, order, MIGRATE_HIGHATOMIC);
      if (pfn < 0) {
        pfn = this.pcp.rmqueue(zone, order, migratetype, flags);
        if (pfn < 0 && flags & (ALLOC_OOM | ALLOC_NON_BLOCK)) {
          pfn = this.buddy.rmqueueSmallest(zone, order, MIGRATE_HIGHATOMIC);
        }
        if (pfn < 0) return -1;
      }
      modZoneFreePages(this.mem, zone, pcp, -(1 << order), this.buddy.globalFree);
      if (this.tracing.on) this.tracing.event('mm_page_alloc_zone_locked', pfn, order, this.pages.getIndex(pfn));
      if (!this.checks.checkNew(pfn, order)) return pfn;
    }
  }
  /** prep_new_page: one reference, no private; zeroed and compound where asked for. */
  private prepNewPage(pfn: number, order: number, gfp: number, flags: number): void {
    const { mem, pages } = this;
    const page = pages.word(pfn);
    mem.setChanged((page + pages.private) | 0, 0);
    mem.setChanged((page + pages.privateHigh) | 0, 0);
    if (gfp & this.zeroOrComp || this.initOnAlloc) this.zeroAndCompound(pfn, order, gfp);
    // page_is_pfmemalloc is bit 1 of lru.next
    const pfmemalloc = flags & ALLOC_NO_WATERMARKS ? 2 : 0;
    const refcount = (page + pages.refcount) | 0;
    const lru = (page + pages.lru) | 0;
    if (pages.longWords === 2) mem.setThree(refcount, 1, lru, pfmemalloc, (lru + 1) | 0, 0);
    else mem.setTwo(refcount, 1, lru, pfmemalloc);
  }
  private zeroAndCompound(pfn: number, order: number, gfp: number): void {
    if (gfp & this.gfp.zero || this.initOnAlloc) this.mem.clearFrames(pfn, 1 << order);
    if (order > 0 && gfp & this.gfp.comp) this.compound.prepare(pfn, order);
  }
  /** wakeup_kswapd: nobody listens yet (reclaim is a later issue); traced. */
  wakeKswapd(zone: Zone, order: number): void {
    if (this.tracing.on) this.tracing.event('mm_vmscan_wakeup_kswapd', zone.node, zone.idx, order);
  }

  // ---------------------------------------------------------------- freeing
  // `page` is pages.word(pfn)
  /** __free_pages: drops one reference; frees the block if it was the last. The tails of a non-compound block that stays in use are freed. */
  freePages(pfn: number, order: number): void {
    const { mem, pages } = this;
    const page = pages.word(pfn);
    const head = (mem.words[page] as number) & this.head;
    // put_page_testzero: nothing checks that there was a reference to drop
    const refcount = (page + pages.refcount) | 0;
    const count = ((mem.words[refcount] as number) - 1) | 0;
    mem.set(refcount, count);
    if (count === 0) this.freeThePage(pfn, page, order);
    else if (head === 0) this.freeTails(pfn, order);
  }
  private freeTails(pfn: number, order: number): void {
    while (order-- > 0) this.freeThePage(pfn + (1 << order), this.pages.word(pfn + (1 << order)), order);
  }
  /** put_page_testzero: drops one reference; whether it was the last. */
  putTestZero(pfn: number): boolean {
    const count = (this.pages.getRefcount(pfn) - 1) | 0;
    this.pages.setRefcount(pfn, count);
    return count === 0;
  }
  /** free_the_page, of a block that nobody refers to any more */
  freeUnreferenced(pfn: number, order: number): void {
    this.freeThePage(pfn, this.pages.word(pfn), order);
  }
  /** free_the_page: to this CPU's lists if they hold the order, else to the buddy lists. */
  private freeThePage(pfn: number, page: number, order: number): void {
    if (this.tracing.on) this.traceFree(pfn, order);
    if (this.pcp.allows(order)) this.freeUnrefPage(pfn, page, order);
    else this.freePagesOk(pfn, page, order);
    if (this.tracing.on) this.tracing.leave('free_the_page');
  }
  private traceFree(pfn: number, order: number): void {
    this.tracing.enter('free_the_page', pfn, order);
    this.tracing.event('mm_page_free', pfn, order);
  }
  /** free_unref_page */
  private freeUnrefPage(pfn: number, page: number, order: number): void {
    const { pages, checks } = this;
    if ((order !== 0 || checks.leavesTraces(page)) && !checks.prepareFree(pfn, order, false)) return;
    const migratetype = this.blocks.migratetype(pfn);
    pages.setIndex(page, migratetype);
    const zone = this.zoneByKey[pages.zoneKeyAt(page)] ?? this.noZone(pfn);
    const list = migratetype < MIGRATE_PCPTYPES ? migratetype : MIGRATE_MOVABLE;
    this.pcp.put(zone, zone.onCpu(this.caller.cpu()), pfn, page, order, list);
  }
  /** __free_pages_ok */
  private freePagesOk(pfn: number, page: number, order: number): void {
    if (!this.checks.prepareFree(pfn, order, true)) return;
    const zone = this.zoneByKey[this.pages.zoneKeyAt(page)] ?? this.noZone(pfn);
    this.buddy.freeOnePage(zone, zone.onCpu(this.caller.cpu()), pfn, order, this.blocks.migratetype(pfn));
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
    if (pcp.count > 0) this.pcp.drain(zone, pcp, pcp.count, 0);
  }
}

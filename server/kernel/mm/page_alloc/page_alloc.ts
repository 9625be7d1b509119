/**
 * The page allocator: __alloc_pages and its fast path, freeing. Follows mm/page_alloc.c, 6.1 (stable, with the later rework of the
 * reserves). A block is its first pfn and an order; −1 is NULL. The slow path is in slowpath.ts, what builds on both in page_api.ts.
 */
import type { Memory } from '../../../memory/memory';
import type { AddressSpace } from '../../../memory/space';
import type { Tracing } from '../../printk/tracing';
import { NO_TRACING } from '../../printk/tracing';
import { CompoundPages } from '../compound';
import { GFP_KIND, type GfpMasks } from '../gfp';
import { MIGRATE_HIGHATOMIC, MIGRATE_MOVABLE, MIGRATE_PCPTYPES, MIGRATE_UNMOVABLE } from '../migratetype';
import type { PageTable } from '../page';
import type { ReportLog } from '../page_report';
import { badPageReport } from '../page_report';
import type { Pageblocks } from '../pageblock';
import { modZoneFreePages, zoneFreePages, zoneStatistics } from '../vmstat';
import type { Zone } from '../zone';
import { MAX_ORDER, PAGE_ALLOC_COSTLY_ORDER, WMARK_LOW, ZONE_BOOSTED_WATERMARK } from '../zone';
import type { AllocContext } from './alloc_context';
import { BOOT_CONTEXT, PF_MEMALLOC_NOFS, PF_MEMALLOC_NOIO, PF_MEMALLOC_PIN } from './alloc_context';
import {
  ALLOC_HIGHATOMIC,
  ALLOC_KSWAPD,
  ALLOC_NO_WATERMARKS,
  ALLOC_NOFRAGMENT,
  ALLOC_NON_BLOCK,
  ALLOC_OOM,
  ALLOC_WMARK_MASK,
} from './alloc_flags';
import { Buddy } from './buddy';
import type { FallbackOptions } from './fallback';
import { reserveHighatomicPageblock } from './highatomic';
import { PageChecks } from './page_check';
import { PcpLists } from './pcp';
import type { Place } from './pcp_fast';
import { PcpFastPath } from './pcp_fast';
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
  /** physical address of a static variable of 4 bytes, zero at first */
  readonly staticPhys: (name: string, bytes: number) => number;
  /** physical address of vm_zone_stat[NR_FREE_PAGES], where the kernel keeps the sum over zones */
  readonly globalFreePhys?: number;
  /** vm.watermark_boost_factor; 15000 unless given */
  readonly watermarkBoostFactor?: () => number;
  readonly groupingDisabled?: boolean;
  /** CONFIG_INIT_ON_ALLOC_DEFAULT_ON: every page is zeroed when it is handed out */
  readonly initOnAlloc?: boolean;
  readonly log?: ReportLog;
  readonly tracing?: Tracing;
  /** who asks for pages; unless given, boot */
  readonly context?: AllocContext;
  /** Mem-Info block for failure reports (show_mem) */
  readonly showMem?: () => readonly string[];
}

/** The allocator's static variables in emulated memory. */
export const STATIC_NAMES = [
  '__warned_alloc_pages_order',
  '__warned_nofail_order',
  '__warned_nofail_noreclaim',
  '__warned_exact_gfp',
  'nopage_rs',
  'fail_page_alloc',
] as const;
export type StaticName = (typeof STATIC_NAMES)[number];
type Warned<T> = T extends `__warned_${infer Name}` ? Name : never;

/** struct alloc_context: what one request wants. */
export interface Request {
  readonly zones: readonly Zone[];
  readonly preferred: Zone | undefined;
  /** index of the highest zone allowed */
  readonly highest: number;
  readonly migratetype: number;
  /** word of the preferred zone's lowmem_reserve against it; 0 where there is no zone */
  readonly reserve: number;
  /** the preferred zone's place by CPU */
  readonly places: readonly (Place | undefined)[];
}

export class PageAllocator implements FallbackOptions {
  readonly mem: Memory;
  readonly space: AddressSpace;
  readonly pages: PageTable;
  readonly blocks: Pageblocks;
  readonly buddy: Buddy;
  readonly pcp: PcpLists;
  readonly checks: PageChecks;
  readonly compound: CompoundPages;
  readonly zones: readonly Zone[];
  readonly gfp: GfpMasks;
  readonly nodes: number;
  readonly watermarkBoostFactor: () => number;
  readonly groupingDisabled: boolean;
  readonly initOnAlloc: boolean;
  /** Where reports go; kernel.ts sets it. */
  log: ReportLog | undefined;
  /** The Mem-Info block of failure reports; kernel.ts sets it. */
  showMem: () => readonly string[];
  /** Who allocates: the vm sets it; until then boot. */
  context: AllocContext;
  /** Who listens; trace.ts sets it. */
  tracing: Tracing;
  private readonly zoneByKey: (Zone | undefined)[] = [];
  /** requests by [node · 2 + THISNODE] · 32 + the mask's lowest five bits */
  private readonly requests: Request[];
  private readonly dma32: number;
  private readonly nodeOfCpu: Int32Array;
  private readonly statics: ReadonlyMap<string, number>;
  private readonly failNext: number;
  /** masks that want more of a page than the shortcut gives */
  private readonly notFast: number;
  private readonly fast: PcpFastPath;
  /** Whether the shortcut for orders 0 to 3 is taken; tests switch it off to compare. */
  useFastPath: boolean;

  constructor(options: PageAllocatorOptions) {
    this.mem = options.mem;
    this.space = options.space;
    this.pages = options.pages;
    this.blocks = options.blocks;
    this.zones = options.zones;
    this.gfp = options.gfp;
    this.notFast = this.gfp.zero | this.gfp.nofail | this.gfp.comp;
    this.nodes = options.zonelists.length;
    this.log = options.log;
    this.context = options.context ?? BOOT_CONTEXT;
    this.tracing = options.tracing ?? NO_TRACING;
    this.watermarkBoostFactor = options.watermarkBoostFactor ?? (() => 15000);
    this.groupingDisabled = options.groupingDisabled ?? false;
    this.initOnAlloc = options.initOnAlloc ?? false;
    this.showMem = options.showMem ?? (() => []);
    this.statics = new Map<string, number>(
      STATIC_NAMES.map((name) => [name, this.mem.word(options.staticPhys(name, 4))]),
    );
    this.failNext = this.staticWord('fail_page_alloc');
    this.buddy = new Buddy({
      mem: this.mem,
      space: this.space,
      pages: this.pages,
      blocks: this.blocks,
      ...(options.globalFreePhys === undefined ? {} : { globalFreePhys: options.globalFreePhys }),
    });
    this.checks = new PageChecks(this.mem, this.pages, (pfn, reason) => this.badPage(pfn, reason));
    this.compound = new CompoundPages(this.mem, this.pages);
    this.pcp = new PcpLists(this.buddy, this.checks, this);
    for (const zone of options.zones) this.zoneByKey[zone.key] = zone;
    const { arch } = this.pages.layouts.abi;
    this.dma32 = arch === 'x86_64' ? 1 : -1;
    const cpus = Math.max(1, ...options.zones.map((z) => z.cpus));
    this.nodeOfCpu = Int32Array.from({ length: cpus }, (_, cpu) => options.nodeOfCpu(cpu));
    this.fast = new PcpFastPath(this, this.nodeOfCpu);
    this.useFastPath = this.fast.usable;
    this.requests = this.buildRequests(options.zonelists);
  }

  /** All requests that a mask and a node can mean, so that an allocation makes no object. */
  private buildRequests(zonelists: readonly (readonly Zone[])[]): Request[] {
    const requests: Request[] = [];
    zonelists.forEach((list, node) => {
      for (const only of [0, 1]) {
        for (let kind = 0; kind <= GFP_KIND; kind++) {
          const named = this.gfp.zone(kind);
          const highest = named < 0 ? this.gfp.zone(0) : named;
          const migratetype = this.groupingDisabled ? MIGRATE_UNMOVABLE : this.gfp.migratetype(kind) % MIGRATE_PCPTYPES;
          const zones = list.filter((z) => z.populated && z.idx <= highest && (!only || z.node === node));
          const [preferred] = zones;
          const reserve = preferred === undefined ? 0 : preferred.reserve + highest * preferred.long;
          const places = preferred === undefined ? [undefined] : this.fast.placesOf(preferred);
          requests.push({ zones, preferred, highest, migratetype, reserve, places });
        }
      }
    });
    return requests;
  }

  // ---------------------------------------------------------------- small things
  /** A static variable: index in mem.words. */
  staticWord(name: string): number {
    const word = this.statics.get(name);
    if (word === undefined) throw new Error(`the page allocator has no static variable ${name}`);
    return word;
  }
  /** page_zone */
  zoneOf(pfn: number): Zone {
    const zone = this.zoneByKey[this.pages.zoneKey(pfn)];
    if (zone === undefined) throw new RangeError(`struct page of pfn 0x${pfn.toString(16)} names no zone`);
    return zone;
  }
  /** Node of the CPU that runs (numa_mem_id). */
  localNode(): number {
    return this.nodeOfCpu[this.context.cpu()] ?? 0;
  }
  /** The zones a mask may use, from `node`, in order. */
  request(gfp: number, node: number): Request {
    const list = (node << 1) | (gfp & this.gfp.thisnode ? 1 : 0);
    return this.requests[(list << 5) | (gfp & GFP_KIND)] as Request;
  }
  /** bad_page: the report; the page type is cleared so that nothing takes it for a buddy. */
  private badPage(pfn: number, reason: string): void {
    const report = badPageReport(this.mem, this.pages, pfn, reason, this.context.comm());
    this.log?.report({ ...report, lines: [...report.lines, ...this.context.dumpStack()] });
    this.pages.setMapcount(pfn, -1);
  }
  /** WARN_ON_ONCE with the request's mask: true if it is the first. Masked by __GFP_NOWARN. */
  warnOnce(name: Warned<StaticName>, gfp: number, title: string, lines: readonly string[]): void {
    if (gfp & this.gfp.nowarn) return;
    const word = this.staticWord(`__warned_${name}`);
    if (this.mem.words[word] !== 0) return;
    this.mem.set(word, 1);
    this.log?.report({ kind: 'WARN', title, lines: [...lines, ...this.context.dumpStack()] });
  }

  // ---------------------------------------------------------------- allocation
  /**
   * __alloc_pages: 2^order pages as `gfp` asks, preferably from `node`. Returns the first pfn, or −1.
   * May report: a Bad page, a failure (unless __GFP_NOWARN), an order above the maximum.
   */
  allocPages(gfp: number, order: number, node = this.localNode()): number {
    const t = this.tracing;
    if (t.on !== true) return this.allocChecked(gfp, order, node);
    t.enter('__alloc_pages', gfp, order, node);
    const pfn = this.allocChecked(gfp, order, node);
    t.event('mm_page_alloc', pfn, order, gfp, this.request(gfp, node).migratetype);
    t.leave('__alloc_pages', pfn);
    return pfn;
  }
  private allocChecked(gfp: number, order: number, node: number): number {
    if (order >>> 0 >= MAX_ORDER) {
      const cpu = this.context.cpu();
      this.warnOnce(
        'alloc_pages_order',
        gfp,
        `WARNING: CPU: ${cpu} PID: ${this.context.pid()} at mm/page_alloc.c __alloc_pages`,
        [
          `order ${order} is above the largest block, order ${MAX_ORDER - 1} (${1 << (MAX_ORDER - 1)} pages): NULL is returned`,
        ],
      );
      return -1;
    }
    const context = this.context;
    const task = context.taskFlags();
    if (task & (PF_MEMALLOC_NOIO | PF_MEMALLOC_NOFS | PF_MEMALLOC_PIN)) {
      if (task & PF_MEMALLOC_NOIO) gfp &= ~(this.gfp.io | this.gfp.fs);
      else if (task & PF_MEMALLOC_NOFS) gfp &= ~this.gfp.fs;
      if (task & PF_MEMALLOC_PIN) gfp &= ~this.gfp.movable;
    }
    const request = this.request(gfp, node);
    context.mightAlloc(gfp);
    if (this.mem.words[this.failNext] !== 0) return this.injectFailure(order);
    if (
      order <= PAGE_ALLOC_COSTLY_ORDER &&
      this.useFastPath === true &&
      this.tracing.on !== true &&
      !(gfp & this.notFast)
    ) {
      const page = this.fast.take(request, order, context.cpu());
      if (page >= 0) return page;
    }
    let flags = gfp & this.gfp.kswapdReclaim ? WMARK_LOW | ALLOC_KSWAPD : WMARK_LOW;
    const preferred = request.preferred;
    // alloc_flags_nofragment: where ZONE_DMA32 lies below the preferred ZONE_NORMAL
    if (this.dma32 >= 0 && preferred !== undefined && preferred.idx === this.dma32 + 1) {
      if (this.nodes === 1 || this.zonePopulatedBelow(preferred)) flags |= ALLOC_NOFRAGMENT;
    }
    const pfn = this.getPageFromFreelist(gfp, order, flags, request);
    return pfn >= 0 ? pfn : allocPagesSlowpath(this, gfp, order, request);
  }
  /** should_fail_alloc_page: sim_fail_next asked for it. */
  private injectFailure(order: number): number {
    this.mem.set(this.failNext, (this.mem.words[this.failNext] as number) - 1);
    this.log?.print(`FAULT_INJECTION: forcing a failure of an order-${order} page allocation`);
    return -1;
  }
  private zonePopulatedBelow(zone: Zone): boolean {
    return this.zoneByKey[zone.key - 1]?.populated ?? false;
  }

  /** get_page_from_freelist: the first zone of the list whose watermark allows it. */
  getPageFromFreelist(gfp: number, order: number, flags: number, request: Request): number {
    const t = this.tracing;
    const zones = request.zones;
    for (;;) {
      for (let i = 0; i < zones.length; i++) {
        const zone = zones[i] as Zone;
        // rather fragment local memory than go to another node
        if (flags & ALLOC_NOFRAGMENT && this.nodes > 1 && zone.node !== zones[0]?.node) break;
        if (!(flags & ALLOC_NO_WATERMARKS)) {
          const words = this.mem.words;
          const at = zone.watermark + (flags & ALLOC_WMARK_MASK) * zone.long;
          const mark = (words[at] as number) + (words[zone.boost] as number);
          const ok = zoneWatermarkFast(
            this.buddy,
            zone,
            order,
            mark,
            request.highest,
            flags,
            (gfp & this.gfp.atomic) !== 0,
          );
          if (t.on) {
            t.decision(
              'watermark',
              zone.node,
              zone.name,
              zoneFreePages(this.mem, zone),
              mark,
              zone.lowmemReserve(request.highest),
              flags,
              ok ? 1 : 0,
            );
          }
          if (!ok) continue;
        }
        const pfn = this.rmqueue(zones[0] as Zone, zone, order, gfp, flags, request.migratetype);
        if (pfn < 0) continue;
        this.prepNewPage(pfn, order, gfp, flags);
        if (flags & ALLOC_HIGHATOMIC) reserveHighatomicPageblock(this.buddy, this, zone, pfn);
        return pfn;
      }
      if (!(flags & ALLOC_NOFRAGMENT)) return -1;
      flags &= ~ALLOC_NOFRAGMENT;
    }
  }

  /** rmqueue: a block of a zone whose watermark allows it; −1 if its lists have none that fits. */
  private rmqueue(preferred: Zone, zone: Zone, order: number, gfp: number, flags: number, migratetype: number): number {
    if (gfp & this.gfp.nofail && order > 1) {
      this.warnOnce(
        'nofail_order',
        0,
        `WARNING: CPU: ${this.context.cpu()} PID: ${this.context.pid()} at mm/page_alloc.c get_page_from_freelist`,
        [`__GFP_NOFAIL with order ${order}: the kernel promises that only up to order 1`],
      );
    }
    const cpu = this.context.cpu();
    let pfn = -1;
    if (this.pcp.allows(order)) pfn = this.pcp.take(zone, order, migratetype, flags, cpu);
    if (pfn < 0) pfn = this.rmqueueBuddy(zone, order, flags, migratetype, cpu);
    if (pfn >= 0) zoneStatistics(this.mem, preferred, zone, cpu, this.nodeOfCpu[cpu] as number);
    if (flags & ALLOC_KSWAPD && zone.flag(ZONE_BOOSTED_WATERMARK)) {
      zone.setFlag(ZONE_BOOSTED_WATERMARK, false);
      this.wakeKswapd(zone, 0);
    }
    return pfn;
  }
  /** rmqueue_buddy: past the per-CPU lists. */
  private rmqueueBuddy(zone: Zone, order: number, flags: number, migratetype: number, cpu: number): number {
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
      modZoneFreePages(this.mem, zone, cpu, -(1 << order), this.buddy.globalFree);
      if (this.tracing.on) this.tracing.event('mm_page_alloc_zone_locked', pfn, order, this.pages.getIndex(pfn));
      if (!this.checks.checkNew(pfn, order)) return pfn;
    }
  }
  /** prep_new_page: one reference, no private; zeroed and compound where asked for. */
  private prepNewPage(pfn: number, order: number, gfp: number, flags: number): void {
    const { mem, pages } = this;
    const page = pages.word(pfn);
    if (mem.words[page + pages.private] !== 0 || (pages.long === 2 && mem.words[page + pages.private + 1] !== 0)) {
      pages.setPrivate(pfn, 0);
    }
    if (gfp & this.gfp.zero || this.initOnAlloc) mem.clearFrames(pfn, 1 << order);
    if (order > 0 && gfp & this.gfp.comp) this.compound.prepare(pfn, order);
    // page_is_pfmemalloc is bit 1 of lru.next
    const pfmemalloc = flags & ALLOC_NO_WATERMARKS ? 2 : 0;
    if (pages.long === 2) mem.setThree(page + pages.refcount, 1, page + pages.lru, pfmemalloc, page + pages.lru + 1, 0);
    else mem.setTwo(page + pages.refcount, 1, page + pages.lru, pfmemalloc);
  }
  /** wakeup_kswapd: nobody listens yet (reclaim is a later issue); traced. */
  wakeKswapd(zone: Zone, order: number): void {
    if (this.tracing.on) this.tracing.event('mm_vmscan_wakeup_kswapd', zone.node, zone.idx, order);
  }

  // ---------------------------------------------------------------- freeing
  /** __free_pages: drops one reference; frees the block if it was the last. The tails of a non-compound block that stays in use are freed. */
  freePages(pfn: number, order: number): void {
    if (order <= PAGE_ALLOC_COSTLY_ORDER && this.useFastPath === true && this.tracing.on !== true) {
      if (this.fast.put(pfn, order, this.context.cpu())) return;
    }
    const head = this.compound.isHead(pfn);
    if (this.putTestZero(pfn)) {
      this.freeThePage(pfn, order);
    } else if (!head) {
      while (order-- > 0) this.freeThePage(pfn + (1 << order), order);
    }
  }
  /** put_page_testzero: nothing checks that there was a reference to drop. */
  putTestZero(pfn: number): boolean {
    const count = this.pages.getRefcount(pfn) - 1;
    this.pages.setRefcount(pfn, count);
    return count === 0;
  }
  /** free_the_page: to this CPU's lists if they hold the order, else to the buddy lists. */
  freeThePage(pfn: number, order: number): void {
    const t = this.tracing;
    if (t.on) t.enter('free_the_page', pfn, order);
    if (this.pcp.allows(order)) this.freeUnrefPage(pfn, order);
    else this.freePagesOk(pfn, order);
    if (t.on) t.leave('free_the_page');
  }
  /** free_unref_page */
  private freeUnrefPage(pfn: number, order: number): void {
    if (this.tracing.on) this.tracing.event('mm_page_free', pfn, order);
    if (!this.checks.prepareFree(pfn, order, false)) return;
    const migratetype = this.blocks.migratetype(pfn);
    this.buddy.setPcpMigratetype(pfn, migratetype);
    const list = migratetype < MIGRATE_PCPTYPES ? migratetype : MIGRATE_MOVABLE;
    this.pcp.put(this.zoneOf(pfn), pfn, order, list, this.context.cpu());
  }
  /** __free_pages_ok */
  private freePagesOk(pfn: number, order: number): void {
    if (this.tracing.on) this.tracing.event('mm_page_free', pfn, order);
    if (!this.checks.prepareFree(pfn, order, true)) return;
    this.buddy.freeOnePage(this.zoneOf(pfn), pfn, order, this.blocks.migratetype(pfn), this.context.cpu());
  }

  // ---------------------------------------------------------------- draining
  /** drain_all_pages: every CPU's lists of every zone go back to the buddy lists. */
  drainAllPages(): void {
    for (const zone of this.zones) if (zone.populated) this.drainZone(zone);
  }
  /** The same for one zone. */
  drainZone(zone: Zone): void {
    for (let cpu = 0; cpu < zone.cpus; cpu++) {
      const count = zone.pcp(cpu, zone.pcpCount);
      if (count > 0) this.pcp.drain(zone, cpu, count, 0);
    }
  }
}

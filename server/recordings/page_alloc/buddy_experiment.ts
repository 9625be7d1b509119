/**
 * Recorded single steps of the page allocator (`experiments.buddy`): a module took and gave back blocks of every order, filled and trimmed
 * the lists of the CPU, and let a block's pages merge again in several orders. The state of the free lists at the beginning is recorded, so
 * that every pfn and every state follow from it.
 */
import type { Kernel } from '../../kernel/kernel';
import { MAX_ORDER, type Zone } from '../../kernel/mm/zone';
import { gfpValue } from '../../profiles/gfpValue';
import { compareLines, type Printed } from '../experiment_lines';
import type { ReplayResult } from '../replay_result';
import { bootRecordedState } from './boot_state';
import { listLines, snapLines } from './zone_lines';

/** what a `pfns` line has room for */
const PFNS_A_LINE = 64;
const BLOCK_ORDER = 10;
/** after so many freed pages of a block the module looked */
const LOOKS = [1, 2, 256, 512, 1023, 1024];
/** the order in which the recorded kernel's random numbers freed a block's pages is not recorded: another one stands for it */
const SHUFFLE = 389;

/** @throws TraceError for a damaged recording */
export function replayBuddy(json: object, now: () => number): ReplayResult {
  const { k, lines } = bootRecordedState(json, 'buddy', 'start');
  const start = now();
  const printed = new BuddyExperiment(k).run();
  const left = ['free_area while a block’s pages are freed in random order: the order is not recorded'];
  return compareLines(lines, printed, left, Math.round(((now() - start) * 1e6) / Math.max(1, lines.length)));
}

/** pages of a block in the order in which they are freed */
const FREEING: ReadonlyMap<string, (i: number, pages: number) => number> = new Map([
  ['ascending', (i: number) => i],
  ['descending', (i: number, pages: number) => pages - 1 - i],
  ['even_then_odd', (i: number, pages: number) => ((2 * i) % pages) + Math.floor((2 * i) / pages)],
  ['random', (i: number, pages: number) => (i * SHUFFLE) % pages],
  ['stride16', (i: number, pages: number) => ((i * 16) % pages) + Math.floor((i * 16) / pages)],
]);

class BuddyExperiment {
  private readonly out: Printed[] = [];
  private readonly kernel: number;

  constructor(private readonly k: Kernel) {
    this.kernel = gfpValue(k.profile.gfp, 'GFP_KERNEL');
  }
  private say(kind: string, rest: Printed = {}): void {
    this.out.push({ kind, ...rest });
  }
  private snap(tag: string): void {
    this.out.push(...snapLines(this.k.pageAlloc, tag));
  }
  private alloc(order: number, gfp = this.kernel): number {
    return this.k.pageAlloc.allocPages(gfp, order);
  }
  private free(pfn: number, order: number): void {
    this.k.pageAlloc.freePages(pfn, order);
  }
  private drain(): void {
    this.k.pageAlloc.drainAllPages();
  }
  /** pages in the CPU's lists of the zone that GFP_KERNEL prefers */
  private get pcp(): ReturnType<Zone['onCpu']> {
    return this.preferred.onCpu(0);
  }
  private get preferred(): Zone {
    const { pageAlloc, gfp } = this.k;
    const zones = pageAlloc.zones.filter((z) => z.populated && z.idx <= gfp.zone(this.kernel));
    return zones.at(-1) as Zone;
  }
  private pfns(what: string, list: readonly number[]): void {
    for (let from = 0; from < list.length; from += PFNS_A_LINE)
      this.say('pfns', { what, from, list: list.slice(from, from + PFNS_A_LINE) });
  }
  /** Takes blocks, notes how many pages the CPU's lists have after each. */
  private take(count: number, order: number): { pfns: number[]; counts: number[] } {
    const counts: number[] = [];
    const pfns = Array.from({ length: count }, () => {
      const pfn = this.alloc(order);
      counts.push(this.pcp.count);
      return pfn;
    });
    return { pfns, counts };
  }

  /** What the module did, in its order. */
  run(): Printed[] {
    this.say('buddy', { zone_of_GFP_KERNEL: this.preferred.name });
    this.snap('start');
    this.out.push(...listLines(this.k.pageAlloc, 'start'));
    for (let order = 0; order < MAX_ORDER; order++) this.one(order);
    this.sequence();
    for (let order = 1; order <= 4; order++) this.sequenceOf(order);
    this.bulk();
    for (const how of FREEING.keys()) this.coalesce(how);
    this.orderFour();
    this.hugePages();
    this.snap('end');
    this.out.push(...listLines(this.k.pageAlloc, 'end'));
    this.say(`alloc_order_max_minus1_ok=${this.possible(MAX_ORDER - 1)}`);
    this.say(`alloc_order_11_nowarn=${this.possible(MAX_ORDER)}`);
    return this.out;
  }

  private one(order: number): void {
    this.snap(`o${order}_before`);
    const pfn = this.alloc(order);
    this.say('one', { order, pfn, zone: this.k.pageAlloc.zoneOf(pfn).name });
    this.snap(`o${order}_alloc`);
    this.free(pfn, order);
    this.snap(`o${order}_free`);
    this.drain();
    this.snap(`o${order}_drained`);
  }
  private sequence(): void {
    this.snap('seq0_before');
    const { pfns, counts } = this.take(80, 0);
    this.say('pcpcount', { what: 'seq0', list: counts });
    this.pfns('seq0', pfns);
    this.snap('seq0_after');
    for (const pfn of pfns) this.free(pfn, 0);
    this.snap('seq0_freed_ascending_order_of_alloc');
    const again = this.take(80, 0).pfns;
    this.pfns('seq0_again_lifo', again);
    for (const pfn of again) this.free(pfn, 0);
    this.drain();
    this.snap('seq0_drained');
  }
  private sequenceOf(order: number): void {
    const { pfns, counts } = this.take(40, order);
    this.say('pcpcount', { what: `seq_o${order}`, list: counts });
    this.pfns(`seq_o${order}`, pfns);
    const freed = pfns.map((pfn) => {
      this.free(pfn, order);
      return this.pcp.count;
    });
    this.say('pcpcount', { what: `free_o${order}`, list: freed });
    this.drain();
  }
  private bulk(): void {
    const { pfns } = this.take(4096, 0);
    this.snap('bulk4096_alloc');
    this.drain();
    const { pcp } = this;
    const { count, high, batch } = pcp;
    this.say('pcp_high', { count, high, batch, free_factor: pcp.freeFactor, text: 'start' });
    pfns.forEach((pfn, i) => {
      const before = pcp.count;
      this.free(pfn, 0);
      if (pcp.count < before)
        this.say('pcp_trim', { free_nr: i + 1, before, after: pcp.count, free_factor: pcp.freeFactor });
    });
    this.snap('bulk4096_freed');
    this.drain();
  }
  /** Frees a block page by page. */
  private coalesce(how: string): void {
    const pages = 1 << BLOCK_ORDER;
    const block = this.alloc(BLOCK_ORDER);
    this.k.pageApi.splitPage(block, BLOCK_ORDER);
    this.snap(`coal_${how}_alloc`);
    this.say('coalesce', { how, block_pfn: block });
    const nth = FREEING.get(how) as (i: number, pages: number) => number;
    for (let i = 0; i < pages; i++) {
      this.free(block + nth(i, pages), 0);
      if (!LOOKS.includes(i + 1)) continue;
      this.look(`coal_${how}_${i + 1}_nodrain`, how);
      this.drain();
      this.look(`coal_${how}_${i + 1}`, how);
    }
  }
  private look(tag: string, how: string): void {
    const lines = snapLines(this.k.pageAlloc, tag);
    this.out.push(...(how === 'random' ? lines.map(({ fa: _, ...rest }) => rest) : lines));
  }
  private orderFour(): void {
    const order = 4;
    const take = (what: string): number[] => {
      const { pfns } = this.take(16, order);
      this.pfns(what, pfns);
      return pfns;
    };
    const first = take('seq_o4');
    this.snap('seq_o4_alloc');
    for (const [i, pfn] of first.entries()) if (i % 2 === 0) this.free(pfn, order);
    this.snap('seq_o4_even_freed');
    for (const [i, pfn] of first.entries()) if (i % 2 === 1) this.free(pfn, order);
    this.snap('seq_o4_all_freed');
    for (const what of ['seq_o4_again', 'seq_o4_third']) for (const pfn of take(what).reverse()) this.free(pfn, order);
  }
  /** Blocks of order 9: without __GFP_COMP, and as a transparent huge page. */
  private hugePages(): void {
    const order = 9;
    this.snap('o9_before');
    const block = this.alloc(order);
    this.snap('o9_alloc');
    this.free(block, order);
    this.snap('o9_freed_nocomp');
    this.drain();
    this.snap('o9_drained');
    const huge = this.alloc(order, gfpValue(this.k.profile.gfp, 'GFP_TRANSHUGE_LIGHT'));
    this.say('o9_thp', { pfn: huge, zone: this.k.pageAlloc.zoneOf(huge).name });
    this.free(huge, order);
    this.snap('o9_thp_freed');
    this.drain();
  }
  private possible(order: number): number {
    const pfn = this.alloc(order, this.kernel | this.k.gfp.nowarn);
    if (pfn >= 0) this.free(pfn, order);
    return pfn >= 0 ? 1 : 0;
  }
}

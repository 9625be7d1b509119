/**
 * The page allocator's reports, with the task that asked: warnings once each, failures (rate-limited), pages in a bad state.
 * Follows mm/page_alloc.c and include/linux/mmdebug.h, 6.1: WARN_ON_ONCE_GFP, warn_alloc, bad_page.
 */
import type { Memory } from '../../../memory/memory';
import type { AddressSpace } from '../../../memory/space';
import { type BugPlace, KernelBug } from '../../lib/bug';
import { FAULT_WORDS } from '../../lib/fault_inject';
import { RATELIMIT_WORDS, ratelimit } from '../../lib/ratelimit';
import type { GfpMasks } from '../gfp';
import type { PageTable } from '../page';
import { NO_MAPCOUNT } from '../page_flags';
import type { ReportLog } from '../page_report';
import { allocFailureTitle, badPageTitle, dumpPage } from '../page_report';
import type { Frames } from './alloc_frames';
import type { Caller } from './caller';
import type { PageSanitizer } from './page_check';

/** The allocator's static variables in emulated memory: how many ints each takes, zero at first. */
export const STATICS = {
  __warned_alloc_pages_order: 1,
  __warned_rmqueue_nofail: 1,
  __warned_slowpath_atomic: 1,
  __warned_slowpath_nofail_noreclaim: 1,
  __warned_slowpath_nofail_memalloc: 1,
  __warned_slowpath_nofail_costly: 1,
  __warned_alloc_pages_exact: 1,
  nopage_rs: RATELIMIT_WORDS,
  bad_page_resume: 1,
  bad_page_nr_shown: 1,
  bad_page_nr_unshown: 1,
  fail_page_alloc: FAULT_WORDS,
} as const;
export type StaticName = keyof typeof STATICS;
type Warned<T> = T extends `__warned_${infer Name}` ? Name : never;
type AllocWarning = Warned<StaticName>;

const SLOWPATH = '__alloc_pages_slowpath.constprop.0';
/**
 * Where in mm/page_alloc.c each warning is, and the functions that call that one. Lines of the recorded kernel, 6.1.176; those of the slow
 * path, which no recording shows, are counted back from __alloc_pages'.
 */
const WARNINGS: Readonly<
  Record<AllocWarning, { readonly fn: string; readonly line: number; readonly frames: Frames }>
> = {
  alloc_pages_order: { fn: '__alloc_pages', line: 5634, frames: [] },
  rmqueue_nofail: { fn: 'get_page_from_freelist', line: 3891, frames: ['__alloc_pages'] },
  slowpath_atomic: { fn: SLOWPATH, line: 5132, frames: ['__alloc_pages'] },
  slowpath_nofail_noreclaim: { fn: SLOWPATH, line: 5367, frames: ['__alloc_pages'] },
  slowpath_nofail_memalloc: { fn: SLOWPATH, line: 5375, frames: ['__alloc_pages'] },
  slowpath_nofail_costly: { fn: SLOWPATH, line: 5383, frames: ['__alloc_pages'] },
  alloc_pages_exact: { fn: 'alloc_pages_exact', line: 5930, frames: [] },
};

/** nopage_rs: one failure is reported in ten seconds. bad_page: 60 reports, then none for the rest of a minute. */
const FAILURE_SECONDS = 10;
const BAD_PAGE_BURST = 60;
const BAD_PAGE_SECONDS = 60;

interface AllocReportOptions {
  readonly mem: Memory;
  /** what knows where pages were allocated and freed */
  readonly kasan: PageSanitizer | undefined;
  readonly space: AddressSpace;
  readonly pages: PageTable;
  readonly gfp: GfpMasks;
  /** nodes that the machine has */
  readonly nodes: number;
  readonly caller: Caller;
  /** where reports go; without it they are dropped */
  readonly log?: ReportLog | undefined;
  /** Mem-Info block of failure reports, of the zones up to an index */
  readonly showMem?: ((highestZoneidx: number) => readonly string[]) | undefined;
  /** jiffies a second */
  readonly hz: number;
  /** has_managed_dma: whether a node has pages in ZONE_DMA */
  readonly hasManagedDma: boolean;
  /** physical address of a static variable */
  readonly staticPhys: (name: StaticName) => number;
}

/** Makes the page allocator's reports. */
export class AllocReports {
  private readonly statics: ReadonlyMap<string, number>;

  constructor(private readonly options: AllocReportOptions) {
    const names = Object.keys(STATICS) as StaticName[];
    this.statics = new Map(names.map((name) => [name, options.mem.word(options.staticPhys(name))]));
  }

  /** A static variable: index of its first word in mem.words. */
  staticWord(name: StaticName): number {
    const word = this.statics.get(name);
    if (word === undefined) throw new Error(`the page allocator has no static variable ${name}`);
    return word;
  }
  print(text: string): void {
    this.options.log?.print(text);
  }
  /**
   * WARN_ON_ONCE_GFP: reported the first time only, and not for a mask with __GFP_NOWARN (0 where it is a WARN_ON_ONCE). `why`: what kmem
   * says about it.
   */
  warnOnce(name: AllocWarning, gfp: number, why: string): void {
    const { mem, caller } = this.options;
    if (gfp & this.options.gfp.nowarn) return;
    const word = this.staticWord(`__warned_${name}`);
    if (mem.words[word] !== 0) return;
    mem.set(word, 1);
    const { fn, line, frames } = WARNINGS[name];
    caller.warn({ fn, at: `mm/page_alloc.c:${line}`, functions: frames }, '', [why]);
  }
  /**
   * warn_alloc: a request that failed, unless the mask has __GFP_NOWARN, a failure was reported within ten seconds, or there is no DMA memory
   * that the mask asks for. `failure`: what failed; `frames`: the kernel's functions that call it
   */
  warnAlloc(gfp: number, failure: string, frames: Frames): void {
    const { mem, caller, log, nodes, showMem, hz } = this.options;
    const masks = this.options.gfp;
    if (gfp & masks.nowarn || !log) return;
    const limit = { interval: FAILURE_SECONDS * hz, burst: 1, fn: 'warn_alloc' };
    const print = (text: string) => log.print(text);
    if (!ratelimit(mem, this.staticWord('nopage_rs'), limit, caller.jiffies() | 0, print)) return;
    if (gfp & masks.dma && !this.options.hasManagedDma) return;
    const title = allocFailureTitle(caller.comm(), failure, gfp, masks.names(gfp), nodes);
    log.report({
      kind: 'fail',
      title,
      lines: [...caller.dumpStack(['warn_alloc', ...frames]), ...(showMem?.(masks.zone(gfp)) ?? [])],
    });
  }
  /** bad_page, called through `frames`: the report, where it may be made; the page type is cleared so that nothing takes the page for a buddy. */
  badPage(pfn: number, reason: string, frames: Frames): void {
    const { pages, caller, log, space } = this.options;
    if (this.badPageShown()) {
      const title = badPageTitle(pfn, caller.comm());
      log?.report({
        kind: 'BUG',
        title,
        lines: [
          ...dumpPage(space, pages, pfn, reason),
          caller.modulesLine(),
          ...caller.dumpStack(['bad_page.cold', ...frames]),
        ],
      });
    }
    pages.setMapcount(pfn, NO_MAPCOUNT);
    caller.taintBadPage();
  }
  /** VM_BUG_ON_PAGE, where CONFIG_DEBUG_VM is on: the page is printed, and the task dies. `place`: where the kernel has the check. */
  vmBugOnPage(pfn: number, condition: string, place: BugPlace): never {
    const { space, pages } = this.options;
    throw new KernelBug(place, dumpPage(space, pages, pfn, `VM_BUG_ON_PAGE(${condition})`));
  }
  /** A page has lost a reference that it did not have. Without CONFIG_DEBUG_VM the kernel does not look; kmem notes it. */
  freedAgain(pfn: number): void {
    const { log, kasan } = this.options;
    const unseen = 'the kernel looks at that only with CONFIG_DEBUG_VM; the page’s reference count is negative now';
    log?.report({
      kind: 'BUG',
      title: `pfn 0x${pfn.toString(16)} is freed, but has no reference left`,
      lines: [],
      notes: [unseen, ...(kasan?.history(pfn) ?? [])],
      suppressed: true,
    });
  }
  /** Whether one more report of a bad page may be made: 60 in a row, or one a second in the long run. */
  private badPageShown(): boolean {
    const { mem, caller, hz } = this.options;
    const [resume, shown, unshown] = (['resume', 'nr_shown', 'nr_unshown'] as const).map((name) =>
      this.staticWord(`bad_page_${name}`),
    ) as [number, number, number];
    const now = caller.jiffies() | 0;
    if (mem.words[shown] === BAD_PAGE_BURST) {
      const suppressed = mem.words[unshown] as number;
      if (((now - (mem.words[resume] as number)) | 0) < 0) {
        mem.set(unshown, suppressed + 1);
        return false;
      }
      if (suppressed !== 0) {
        this.print(`BUG: Bad page state: ${suppressed} messages suppressed`);
        mem.set(unshown, 0);
      }
      mem.set(shown, 0);
    }
    if (mem.words[shown] === 0) mem.set(resume, (now + BAD_PAGE_SECONDS * hz) | 0);
    mem.set(shown, (mem.words[shown] as number) + 1);
    return true;
  }
}

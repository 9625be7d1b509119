/**
 * The page allocator's reports, with the task that asked: warnings once each, failures (rate-limited), pages in a bad state.
 * Follows mm/page_alloc.c and include/linux/mmdebug.h, 6.1: WARN_ON_ONCE_GFP, warn_alloc, bad_page.
 */
import type { Memory } from '../../../memory/memory';
import type { GfpMasks } from '../gfp';
import type { PageTable } from '../page';
import type { ReportLog } from '../page_report';
import { allocFailureTitle, badPageReport } from '../page_report';
import type { Caller } from './caller';

/** The allocator's static variables in emulated memory, one int each, zero at first. */
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

/** At most one failure is reported in ten seconds (nopage_rs): 10 · HZ jiffies. */
const RATELIMIT_JIFFIES = 2500;

interface AllocReportOptions {
  readonly mem: Memory;
  readonly pages: PageTable;
  readonly gfp: GfpMasks;
  /** nodes that the machine has */
  readonly nodes: number;
  readonly caller: Caller;
  /** where reports go; without it they are dropped */
  readonly log?: ReportLog | undefined;
  /** Mem-Info block of failure reports */
  readonly showMem?: (() => readonly string[]) | undefined;
  /** physical address of a static variable */
  readonly staticPhys: (name: StaticName) => number;
}

/** Makes the page allocator's reports. */
export class AllocReports {
  private readonly statics: ReadonlyMap<string, number>;

  constructor(private readonly options: AllocReportOptions) {
    this.statics = new Map(STATIC_NAMES.map((name) => [name, options.mem.word(options.staticPhys(name))]));
  }

  /** A static variable: index in mem.words. */
  staticWord(name: StaticName): number {
    const word = this.statics.get(name);
    if (word === undefined) throw new Error(`the page allocator has no static variable ${name}`);
    return word;
  }
  print(text: string): void {
    this.options.log?.print(text);
  }
  /**
   * WARN_ON_ONCE_GFP: reported the first time only, and not for a mask with __GFP_NOWARN. `fn`: the function of mm/page_alloc.c that
   * warns.
   */
  warnOnce(name: Warned<StaticName>, gfp: number, fn: string, why: string): void {
    const { mem, caller, log } = this.options;
    if (gfp & this.options.gfp.nowarn) return;
    const word = this.staticWord(`__warned_${name}`);
    if (mem.words[word] !== 0) return;
    mem.set(word, 1);
    const title = `WARNING: CPU: ${caller.cpu()} PID: ${caller.pid()} at mm/page_alloc.c ${fn}`;
    log?.report({ kind: 'WARN', title, lines: [why, ...caller.dumpStack()] });
  }
  /** warn_alloc: a request that failed, unless the mask has __GFP_NOWARN or a failure was reported within ten seconds. */
  warnAlloc(gfp: number, order: number): void {
    const { mem, caller, log, nodes, showMem } = this.options;
    if (gfp & this.options.gfp.nowarn || !log) return;
    // nopage_rs: jiffies of the last report, plus one so that 0 means never
    const word = this.staticWord('nopage_rs');
    const now = caller.jiffies() | 0;
    const last = mem.words[word] as number;
    if (last !== 0 && now - (last - 1) < RATELIMIT_JIFFIES) return;
    mem.set(word, now + 1);
    const title = allocFailureTitle(caller.comm(), order, gfp, this.options.gfp.names(gfp), nodes);
    log.report({ kind: 'fail', title, lines: [...caller.dumpStack(), ...(showMem?.() ?? [])] });
  }
  /** bad_page: the report; the page type is cleared so that nothing takes the page for a buddy. */
  badPage(pfn: number, reason: string): void {
    const { mem, pages, caller, log } = this.options;
    const report = badPageReport(mem, pages, pfn, reason, caller.comm());
    log?.report({ ...report, lines: [...report.lines, ...caller.dumpStack()] });
    pages.setMapcount(pfn, -1);
  }
}

/**
 * The checks that a kernel with KASAN makes before each access of its code (mm/kasan/generic.c: kasan_check_range, 6.1; outline
 * instrumentation). The allocators' own files are not instrumented, as in the kernel. report.ts has the report.
 */
import type { AccessObserver } from '../../../memory/space';
import { formatBits, toBits } from '../../../types/address';
import { PAGE_SIZE } from '../../../types/pageSize';
import type { PageSanitizer } from '../page_alloc/page_check';
import type { BadAccess, KasanReports } from './kasan_report';
import type { PageTrack } from './page_track';
import type { SanitizedKernel } from './sanitized_kernel';
import {
  addrHasMetadata,
  KASAN_GLOBAL_REDZONE,
  KASAN_PAGE_FREE,
  KASAN_SHADOW_SCALE_SIZE,
  type KasanShadow,
  wraps,
} from './shadow';

/** widths for which the compiler has a check of its own */
const SCALARS: readonly number[] = [1, 2, 4, 8, 16];

export class Kasan implements AccessObserver, PageSanitizer {
  constructor(
    private readonly kernel: SanitizedKernel,
    private readonly shadow: KasanShadow,
    private readonly track: PageTrack,
    private readonly reports: KasanReports,
    /** index in mem.words of a word that says whether kmem has told of an access that KASAN does not see */
    private readonly noted: number,
  ) {}

  poisonPages(pfn: number, order: number): void {
    this.lookAtOrder(pfn, order);
    this.shadow.poisonPages(pfn, order);
    this.track.noteFreed(pfn, order, this.reports.trace());
  }
  unpoisonPages(pfn: number, order: number): void {
    this.shadow.unpoisonPages(pfn, order);
    this.track.noteAllocated(pfn, order, this.reports.trace());
  }
  history(pfn: number): readonly string[] {
    return this.reports.history(pfn);
  }
  /** __asan_loadN, __asan_storeN: reports what may not be accessed, once. */
  access(address: number, size: number, write: boolean): void {
    if (!this.isGood(address, size, write)) this.bad(address, size, write, [asan(size, write)]);
  }
  /** instrument_atomic_read, instrument_atomic_read_write */
  atomic(address: number, size: number, write: boolean): void {
    if (this.isGood(address, size, write)) return;
    this.bad(address, size, write, ['kasan_check_range', write ? '__kasan_check_write' : '__kasan_check_read']);
  }
  /** The same for each of the bytes that a loop goes through. */
  bytes(address: number, length: number, write: boolean): void {
    if (length > 0 && !this.isGood(address, length, write))
      this.access(this.reports.firstBad(address, length), 1, write);
  }
  nonCanonical(bits: bigint, size: number, write: boolean): void {
    this.reports.report({ bits, size, write, checks: [asan(size, write)] });
  }
  /**
   * kasan_check_range, as memset, memcpy and memmove call it before they begin: false if the range is bad and has just been reported.
   * They do nothing then, and return NULL.
   */
  checkRange(address: number, length: number, write: boolean): boolean {
    if (length === 0 || this.isGood(address, length, write)) return true;
    return !this.bad(address, length, write, ['kasan_check_range'], true);
  }
  private bad(address: number, size: number, write: boolean, checks: readonly string[], byCaller = false): boolean {
    const access: BadAccess = { bits: toBits(this.kernel.abi, address), size, write, checks, byCaller };
    return this.reports.report(access);
  }

  // ---------------------------------------------------------------- what compiled code marks
  /** register_global: nothing behind a variable may be accessed. */
  registerGlobal(address: number, size: number, redzone: number): void {
    const { shadow } = this;
    const aligned = Math.ceil(size / KASAN_SHADOW_SCALE_SIZE) * KASAN_SHADOW_SCALE_SIZE;
    shadow.unpoison(address, size);
    shadow.poison(address + aligned, size + redzone - aligned, KASAN_GLOBAL_REDZONE);
  }
  /** The start of a function whose locals have redzones. */
  enterFrame(address: number, shadow: Uint8Array): void {
    this.shadow.store(address, shadow);
  }
  /** Its end. */
  leaveFrame(address: number, bytes: number): void {
    this.shadow.unpoison(address, bytes);
  }
  /** __asan_handle_no_return: the frames of a stack end without their functions' ends. */
  unpoisonStack(stack: number, bytes: number): void {
    this.shadow.unpoison(stack, bytes);
  }

  /**
   * A block that is not compound is freed with another order than it was allocated with: the kernel goes by what it is told. Of a block
   * that has been split each page has a reference of its own.
   */
  private lookAtOrder(pfn: number, order: number): void {
    const { pages, direct, mem } = this.kernel;
    const had = this.track.orderOf(pfn);
    if (had === undefined || had === order || mem.journal.readOnly) return;
    if (pages.flagsLow(pfn) & pages.pageFlags.head) return;
    const next = pfn + (1 << Math.min(order, had));
    const inUse = pages.has(next) && this.shadow.byteOf(direct.va(next * PAGE_SIZE)) !== KASAN_PAGE_FREE;
    if (had > order && !(inUse && pages.getRefcount(next) === 0)) return;
    const title = `pfn 0x${pfn.toString(16)} was allocated with order ${had}, and is freed with order ${order}`;
    const lost = (1 << had) - (1 << order);
    this.reports.suppressed(
      title,
      had > order
        ? `the kernel goes by the order that it is told: ${lost} pages behind it are lost`
        : `the kernel goes by the order that it is told: ${-lost} pages that are not this block’s are freed with it`,
    );
  }

  private isGood(address: number, size: number, write: boolean): boolean {
    if (!addrHasMetadata(address) || wraps(address, size) || this.shadow.isPoisoned(address, size)) return false;
    this.lookForFree(address, size, write);
    return true;
  }
  /**
   * Boot does not poison free pages, so that the kernel says nothing about an access to one that has not been handed out since. kmem does,
   * once.
   */
  private lookForFree(address: number, size: number, write: boolean): void {
    const phys = this.shadow.physOf(address);
    if (phys < 0) return;
    const last = Math.floor((phys + size - 1) / PAGE_SIZE);
    for (let pfn = Math.floor(phys / PAGE_SIZE); pfn <= last; pfn++)
      if (!this.track.wasAllocated(pfn) && this.isFree(pfn))
        this.noteFree(Math.max(address, this.kernel.direct.va(pfn * PAGE_SIZE)), pfn, write);
  }
  private isFree(pfn: number): boolean {
    const { mem, pages } = this.kernel;
    return mem.isRam(pfn * PAGE_SIZE) && pages.has(pfn) && pages.getRefcount(pfn) === 0;
  }
  private noteFree(address: number, pfn: number, write: boolean): void {
    const { mem, abi } = this.kernel;
    const { noted } = this;
    if (mem.journal.readOnly || mem.words[noted] !== 0) return;
    mem.set(noted, 1);
    const at = `${formatBits(abi, toBits(abi, address))} (pfn 0x${pfn.toString(16)})`;
    this.reports.suppressed(
      `${write ? 'write to' : 'read of'} a free page at ${at}`,
      'KASAN does not see it: boot leaves free pages unpoisoned, and this one has not been handed out since',
    );
  }
}

/** The function that the compiler calls before an access. */
function asan(size: number, write: boolean): string {
  return `__asan_${write ? 'store' : 'load'}${SCALARS.includes(size) ? size : 'N'}`;
}

/**
 * The checks that a kernel with KASAN makes before each access of its code, and their report (mm/kasan/generic.c: kasan_check_range;
 * report.c, report_generic.c, 6.1; outline instrumentation). The page allocator's own files are not instrumented, as in the kernel.
 */
import type { Memory } from '../../../memory/memory';
import type { AccessObserver, AddressSpace } from '../../../memory/space';
import { formatBits, toBits } from '../../../types/address';
import type { Abi } from '../../../types/ctype';
import { PAGE_SIZE } from '../../../types/pageSize';
import type { DirectMap } from '../../arch/direct_map';
import { kernelSymbol } from '../../printk/kernel_symbol';
import type { Reports } from '../../printk/reports';
import { TAINT_BAD_PAGE } from '../../printk/taint';
import type { PageTable } from '../page';
import type { PageSanitizer } from '../page_alloc/page_check';
import { dumpPage } from '../page_report';
import { PageTrack } from './page_track';
import { addrHasMetadata, KASAN_SHADOW_SCALE_SIZE, type KasanShadow } from './shadow';

const RULE = '='.repeat(66);
/** what a report shows of the shadow: rows of 16 bytes, so many before and after the one of the first bad address */
const META_BYTES_PER_ROW = 16;
const META_ROWS_AROUND_ADDR = 2;
const ROW_BYTES = META_BYTES_PER_ROW * KASAN_SHADOW_SCALE_SIZE;
/** end of the addresses of user space */
const TASK_SIZE_MAX = 0x7ffffffff000n;
/** bit of kasan_flags: there has been a report */
const KASAN_BIT_REPORTED = 1;
/** widths for which the compiler has a check of its own */
const SCALARS: readonly number[] = [1, 2, 4, 8, 16];

interface SanitizedKernel {
  readonly mem: Memory;
  readonly space: AddressSpace;
  readonly abi: Abi;
  readonly pages: PageTable;
  readonly direct: DirectMap;
}
/** What exists only once code runs. */
interface KasanPorts {
  /** index in mem.words of the variable kasan_flags */
  readonly flags: number;
  /** of a word that says whether kmem has told of an access that KASAN does not see */
  readonly noted: number;
  current(): { readonly comm: string; readonly pid: number };
  reports(): Reports;
}
interface BadAccess {
  /** 64 bits unsigned */
  readonly bits: bigint;
  readonly size: number;
  readonly write: boolean;
  /** functions between the access and kasan_report, innermost first */
  readonly checks: readonly string[];
  /** the code is the caller's of the function of the API that runs */
  readonly byCaller?: boolean;
}

export class Kasan implements AccessObserver, PageSanitizer {
  private readonly track: PageTrack;

  constructor(
    private readonly kernel: SanitizedKernel,
    private readonly shadow: KasanShadow,
    private readonly ports: KasanPorts,
  ) {
    this.track = new PageTrack(kernel.mem, shadow.endPhys);
  }

  poisonPages(pfn: number, order: number): void {
    this.shadow.poisonPages(pfn, order);
    this.track.noteFreed(pfn, order, this.ports.reports().stacks.contextTrace());
  }
  unpoisonPages(pfn: number, order: number): void {
    this.shadow.unpoisonPages(pfn, order);
    this.track.noteAllocated(pfn, order, this.ports.reports().stacks.contextTrace());
  }
  /** __asan_loadN, __asan_storeN: reports what may not be accessed, once. */
  access(address: number, size: number, write: boolean): void {
    if (this.isGood(address, size, write)) return;
    this.report({ bits: toBits(this.kernel.abi, address), size, write, checks: [asan(size, write)] });
  }
  /** instrument_atomic_read, instrument_atomic_read_write */
  atomic(address: number, size: number, write: boolean): void {
    if (this.isGood(address, size, write)) return;
    const checks = ['kasan_check_range', write ? '__kasan_check_write' : '__kasan_check_read'];
    this.report({ bits: toBits(this.kernel.abi, address), size, write, checks });
  }
  /** The same for each of the bytes that a loop goes through. */
  bytes(address: number, length: number, write: boolean): void {
    if (length > 0 && !this.isGood(address, length, write)) this.access(this.firstBad(address, length), 1, write);
  }
  nonCanonical(bits: bigint, size: number, write: boolean): void {
    this.report({ bits, size, write, checks: [asan(size, write)] });
  }
  /**
   * kasan_check_range, as memset, memcpy and memmove call it before they begin: false if the range is bad and has just been reported.
   * They do nothing then, and return NULL.
   */
  checkRange(address: number, length: number, write: boolean): boolean {
    if (length === 0 || this.isGood(address, length, write)) return true;
    const bits = toBits(this.kernel.abi, address);
    return !this.report({ bits, size: length, write, checks: ['kasan_check_range'], byCaller: true });
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
    const { noted } = this.ports;
    if (mem.journal.readOnly || mem.words[noted] !== 0) return;
    mem.set(noted, 1);
    const at = `${formatBits(abi, toBits(abi, address))} (pfn 0x${pfn.toString(16)})`;
    const title = `${write ? 'write to' : 'read of'} a free page at ${at}`;
    this.ports
      .reports()
      .suppressed(
        'BUG',
        title,
        'KASAN does not see it: boot leaves free pages unpoisoned, and this one has not been handed out since',
      );
  }
  private firstBad(address: number, length: number): number {
    return addrHasMetadata(address) ? Math.max(address, this.shadow.firstBad(address, length)) : address;
  }
  /** kasan_report; false if it was silent: only the first bad access is reported, since others often follow from it. */
  private report(bad: BadAccess): boolean {
    const { mem } = this.kernel;
    const { flags } = this.ports;
    if (mem.journal.readOnly || (mem.words[flags] as number) & KASAN_BIT_REPORTED) return false;
    mem.set(flags, (mem.words[flags] as number) | KASAN_BIT_REPORTED);
    const reports = this.ports.reports();
    const { names, stacks } = reports;
    const functions = stacks.functions();
    const [inner] = bad.byCaller ? [] : functions;
    const code = inner === undefined ? names.symbolize(names.pc()) : kernelSymbol(inner);
    const { comm, pid } = this.ports.current();
    const address = Number(BigInt.asIntN(64, bad.bits));
    const trace = reports.dumpStack(['print_report', 'kasan_report', ...bad.checks, ...functions]);
    const hex = formatBits(reports.abi, bad.bits).slice(2);
    reports.log.report({
      kind: 'BUG',
      head: [RULE],
      title: `BUG: KASAN: ${this.bugType(bad, address)} in ${code}`,
      lines: [
        `${bad.write ? 'Write' : 'Read'} of size ${sizeText(bad.size)} at addr ${hex} by task ${comm}/${pid}`,
        '',
        ...trace,
        ...(addrHasMetadata(address) ? this.describe(address, bad.size) : []),
        RULE,
      ],
      notes: this.historyAt(this.firstBad(address, bad.size)),
    });
    reports.taintUnreliable(TAINT_BAD_PAGE);
    return true;
  }
  /** get_bug_type */
  private bugType({ bits, size }: BadAccess, address: number): string {
    if (wraps(address, size)) return 'out-of-bounds';
    if (addrHasMetadata(address)) return 'use-after-free';
    if (bits < BigInt(PAGE_SIZE)) return 'null-ptr-deref';
    return bits < TASK_SIZE_MAX ? 'user-memory-access' : 'wild-memory-access';
  }
  /** print_address_description and print_memory_metadata */
  private describe(address: number, size: number): string[] {
    const { space, pages, direct } = this.kernel;
    const phys = direct.pa(address);
    const page = phys < 0 ? [] : dumpPage(space, pages, Math.floor(phys / PAGE_SIZE), 'kasan: bad access detected');
    return [
      '',
      ...(page.length === 0 ? [] : ['The buggy address belongs to the physical page:', ...page, '']),
      'Memory state around the buggy address:',
      ...this.metadata(this.firstBad(address, size)),
    ];
  }
  private historyAt(address: number): string[] {
    const phys = this.shadow.physOf(address);
    return phys < 0 ? [] : this.history(Math.floor(phys / PAGE_SIZE));
  }
  /** Where a page was last allocated and freed, if the scenario did that, and what called that code. */
  history(pfn: number): string[] {
    const { names } = this.ports.reports();
    const { allocated, freed } = this.track.of(pfn);
    const note = (what: string, trace: readonly number[] = []) => {
      const [place, ...callers] = names.sourcesAt(trace);
      return place === undefined ? [] : [`the page was ${what} ${place}`, ...callers];
    };
    return [...note('allocated', allocated), ...note('freed', freed)];
  }
  private metadata(bad: number): string[] {
    const { abi } = this.kernel;
    const own = Math.floor(bad / ROW_BYTES) * ROW_BYTES;
    const lines: string[] = [];
    for (let row = -META_ROWS_AROUND_ADDR; row <= META_ROWS_AROUND_ADDR; row++) {
      const at = own + row * ROW_BYTES;
      const bytes = Array.from({ length: META_BYTES_PER_ROW }, (_, i) =>
        this.shadow
          .byteOf(at + i * KASAN_SHADOW_SCALE_SIZE)
          .toString(16)
          .padStart(2, '0'),
      );
      const start = `${row === 0 ? '>' : ' '}${formatBits(abi, toBits(abi, at)).slice(2)}: `;
      lines.push(start + bytes.join(' '));
      const index = Math.floor((bad - own) / KASAN_SHADOW_SCALE_SIZE);
      if (row === 0) lines.push(`${' '.repeat(start.length + 3 * index)}^`);
    }
    return lines;
  }
}

/** %zu; lengths just below 2^64, which were negative, are rounded up to it on their way here */
const sizeText = (size: number): string => BigInt.asUintN(64, BigInt(size) - (size >= 2 ** 64 ? 1n : 0n)).toString();
/** Whether a range goes on past the highest address: its length was negative. */
const wraps = (address: number, size: number): boolean => address < 0 && address + size >= 0;

/** The function that the compiler calls before an access. */
function asan(size: number, write: boolean): string {
  return `__asan_${write ? 'store' : 'load'}${SCALARS.includes(size) ? size : 'N'}`;
}

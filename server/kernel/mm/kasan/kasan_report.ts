/** The report of KASAN (mm/kasan/report.c, report_generic.c, 6.1): one for the whole run, as by default. */
import { formatBits, toBits } from '../../../types/address';
import { PAGE_SIZE } from '../../../types/pageSize';
import { kernelSymbol } from '../../printk/kernel_symbol';
import type { Reports } from '../../printk/reports';
import { TAINT_BAD_PAGE } from '../../printk/taint';
import { dumpPage } from '../page_report';
import type { PageTrack } from './page_track';
import type { SanitizedKernel } from './sanitized_kernel';
import {
  addrHasMetadata,
  KASAN_GLOBAL_REDZONE,
  KASAN_PAGE_FREE,
  KASAN_PAGE_REDZONE,
  KASAN_SHADOW_SCALE_SIZE,
  KASAN_SLAB_FREE,
  KASAN_SLAB_FREETRACK,
  KASAN_SLAB_REDZONE,
  KASAN_STACK_LEFT,
  KASAN_STACK_MID,
  KASAN_STACK_RIGHT,
  KASAN_VMALLOC_INVALID,
  type KasanShadow,
  wraps,
} from './shadow';
import { describedFrame } from './stack_frames';

const RULE = '='.repeat(66);
/** what a report shows of the shadow: rows of 16 bytes, so many before and after the one of the first bad address */
const META_BYTES_PER_ROW = 16;
const META_ROWS_AROUND_ADDR = 2;
const ROW_BYTES = META_BYTES_PER_ROW * KASAN_SHADOW_SCALE_SIZE;
/** end of the addresses of user space */
const TASK_SIZE_MAX = 0x7ffffffff000n;
/** bit of kasan_flags: there has been a report */
const KASAN_BIT_REPORTED = 1;
/** get_shadow_bug_type */
const BUG_TYPES: Readonly<Record<number, string>> = {
  [KASAN_PAGE_REDZONE]: 'slab-out-of-bounds',
  [KASAN_SLAB_REDZONE]: 'slab-out-of-bounds',
  [KASAN_GLOBAL_REDZONE]: 'global-out-of-bounds',
  [KASAN_STACK_LEFT]: 'stack-out-of-bounds',
  [KASAN_STACK_MID]: 'stack-out-of-bounds',
  [KASAN_STACK_RIGHT]: 'stack-out-of-bounds',
  [KASAN_PAGE_FREE]: 'use-after-free',
  [KASAN_SLAB_FREE]: 'use-after-free',
  [KASAN_SLAB_FREETRACK]: 'use-after-free',
  [KASAN_VMALLOC_INVALID]: 'vmalloc-out-of-bounds',
};

/** What exists only once code runs. */
export interface ReportPorts {
  /** index in mem.words of the variable kasan_flags */
  readonly flags: number;
  /** the running task, and its stack's first address and end; 0, 0 if it cannot be read */
  current(): { readonly comm: string; readonly pid: number; readonly stack: number; readonly stackEnd: number };
  reports(): Reports;
}
/** What a report says of memory that an allocator has given out. */
export interface MemoryOwner {
  /** undefined for an address that is not the allocator's; `pfn`: of the page, if it is not in the direct map; `notes`: kmem's own */
  describe(
    address: number,
  ): { readonly lines: readonly string[]; readonly pfn?: number; readonly notes?: readonly string[] } | undefined;
}
export interface BadAccess {
  /** 64 bits unsigned */
  readonly bits: bigint;
  readonly size: number;
  readonly write: boolean;
  /** functions between the access and kasan_report, innermost first */
  readonly checks: readonly string[];
  /** the code is the caller's of the function of the API that runs */
  readonly byCaller?: boolean;
}

export class KasanReports {
  /** allocators that know of objects (slabs), in front of the variable and the stack; and of areas (vmalloc), behind them */
  private readonly objects: MemoryOwner[] = [];
  private readonly areas: MemoryOwner[] = [];

  constructor(
    private readonly kernel: SanitizedKernel,
    private readonly shadow: KasanShadow,
    private readonly track: PageTrack,
    private readonly ports: ReportPorts,
  ) {}

  /** Before the run: reports ask this allocator as well. */
  addObjects(owner: MemoryOwner): void {
    this.objects.push(owner);
  }
  addAreas(owner: MemoryOwner): void {
    this.areas.push(owner);
  }
  /** The addresses of the code that runs, to be kept with an allocation. */
  trace(): readonly number[] {
    return this.ports.reports().stacks.contextTrace();
  }
  firstBad(address: number, length: number): number {
    return addrHasMetadata(address) ? Math.max(address, this.shadow.firstBad(address, length)) : address;
  }
  /** kmem's own note of what KASAN does not see. */
  suppressed(title: string, why: string): void {
    this.ports.reports().suppressed('BUG', title, why);
  }
  /** kasan_report; false if it was silent: only the first bad access is reported, since others often follow from it. */
  report(bad: BadAccess): boolean {
    const reports = this.ports.reports();
    const functions = reports.stacks.functions();
    const [inner] = bad.byCaller ? [] : functions;
    const code = inner === undefined ? reports.names.symbolize(reports.names.pc()) : kernelSymbol(inner);
    const address = Number(BigInt.asIntN(64, bad.bits));
    const hex = formatBits(reports.abi, bad.bits).slice(2);
    return this.print(
      `BUG: KASAN: ${this.bugType(bad, address)} in ${code}`,
      `${bad.write ? 'Write' : 'Read'} of size ${sizeText(bad.size)} at addr ${hex}`,
      ['kasan_report', ...bad.checks, ...functions],
      address,
      this.firstBad(address, bad.size),
    );
  }
  /** kasan_report_invalid_free; `functions`: from the check to the scenario, innermost first, of which `code` is the one named. */
  invalidFree(
    address: number,
    type: 'double-free' | 'invalid-free',
    code: string,
    functions: readonly string[],
  ): boolean {
    const hex = formatBits(this.kernel.abi, toBits(this.kernel.abi, address)).slice(2);
    return this.print(
      `BUG: KASAN: ${type} in ${kernelSymbol(code)}`,
      `Free of addr ${hex}`,
      ['kasan_report_invalid_free', ...functions],
      address,
      address,
    );
  }
  private print(title: string, access: string, functions: readonly string[], address: number, bad: number): boolean {
    const { mem } = this.kernel;
    const { flags } = this.ports;
    if (mem.journal.readOnly || (mem.words[flags] as number) & KASAN_BIT_REPORTED) return false;
    mem.set(flags, (mem.words[flags] as number) | KASAN_BIT_REPORTED);
    const reports = this.ports.reports();
    const { comm, pid } = this.ports.current();
    const trace = reports.dumpStack(['print_report', ...functions]);
    reports.log.report({
      kind: 'BUG',
      head: [RULE],
      title,
      lines: [
        `${access} by task ${comm}/${pid}`,
        '',
        ...trace,
        ...(addrHasMetadata(address) ? this.describe(address, bad) : []),
        RULE,
      ],
      notes: this.historyAt(bad),
    });
    reports.taintUnreliable(TAINT_BAD_PAGE);
    return true;
  }
  /** get_bug_type */
  private bugType({ bits, size }: BadAccess, address: number): string {
    if (wraps(address, size)) return 'out-of-bounds';
    if (addrHasMetadata(address)) {
      const bad = this.firstBad(address, size);
      const byte = this.shadow.byteOf(bad);
      // of a granule that may be accessed in part, the next one tells why
      const next = byte < KASAN_SHADOW_SCALE_SIZE ? this.shadow.byteOf(bad + KASAN_SHADOW_SCALE_SIZE) : byte;
      return BUG_TYPES[next] ?? 'out-of-bounds';
    }
    if (bits < BigInt(PAGE_SIZE)) return 'null-ptr-deref';
    return bits < TASK_SIZE_MAX ? 'user-memory-access' : 'wild-memory-access';
  }
  /** print_address_description and print_memory_metadata */
  private describe(address: number, bad: number): string[] {
    const { space, pages, direct } = this.kernel;
    const owned = this.objects.flatMap((owner) => owner.describe(address)?.lines ?? []);
    const area = this.areas.map((owner) => owner.describe(address)).find((found) => found !== undefined);
    const phys = direct.pa(address);
    const pfn = area ? area.pfn : phys < 0 ? undefined : Math.floor(phys / PAGE_SIZE);
    const page = pfn === undefined ? [] : dumpPage(space, pages, pfn, 'kasan: bad access detected');
    return [
      '',
      ...(owned.length === 0 ? [] : [...owned, '']),
      ...this.variable(address),
      ...this.onStack(address),
      ...(area?.lines ?? []),
      ...(page.length === 0 ? [] : ['The buggy address belongs to the physical page:', ...page, '']),
      'Memory state around the buggy address:',
      ...this.metadata(bad),
    ];
  }
  /** an address in the kernel image, as the variable that it belongs to */
  private variable(address: number): string[] {
    const image = this.kernel.space.rangeOf(address);
    if (image?.name !== 'kernel image') return [];
    return [
      'The buggy address belongs to the variable:',
      ` ${this.ports.reports().names.symbolizeAddress(address)}`,
      '',
    ];
  }
  /** print_address_stack_frame */
  private onStack(address: number): string[] {
    const { comm, pid, stack, stackEnd } = this.ports.current();
    if (address < stack || address >= stackEnd) return [];
    const frame = describedFrame(this.kernel.space, this.shadow, address, stack);
    const lines = [`The buggy address belongs to stack of task ${comm}/${pid}`];
    if (!frame) return [...lines, ''];
    const { objects } = frame;
    return [
      ...lines,
      ` and is located at offset ${frame.offset} in frame:`,
      ` ${this.ports.reports().names.symbolizeAddress(frame.pc)}`,
      '',
      `This frame has ${objects.length} object${objects.length === 1 ? '' : 's'}:`,
      ...objects.map(({ name, start, end }) => ` [${start}, ${end}) '${name}'`),
      '',
    ];
  }
  private historyAt(address: number): readonly string[] {
    const object = this.objects.map((owner) => owner.describe(address)).find((found) => found !== undefined);
    if (object) return object.notes ?? [];
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

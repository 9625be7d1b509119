/**
 * Reports of the page allocator, in the kernel's wording: the dump of a struct page, `Bad page state`, `page allocation failure`.
 * Follows mm/debug.c and mm/page_alloc.c (bad_page, warn_alloc), 6.1.
 */

import type { Memory } from '../../memory/memory';
import { formatAddress } from '../../types/address';
import type { PageTable } from './page';

/** Where reports go: kernel/printk.ts. */
export interface ReportLog {
  print(text: string, level?: number): void;
  report(report: { kind: 'BUG' | 'WARN' | 'fail'; title: string; lines: readonly string[] }): void;
}

/** dump_page: what the kernel prints about a page, without the reason. */
export function dumpPage(mem: Memory, pages: PageTable, pfn: number): string[] {
  const abi = pages.layouts.abi;
  const hex = (value: number) => (value < 0 ? formatAddress(abi, value) : `0x${value.toString(16)}`);
  const lines: string[] = [];
  let head = pfn;
  try {
    head = pages.head(pfn);
  } catch {
    lines.push('page does not match folio');
  }
  const mapping = pages.getLong(pfn, pages.mapping);
  const mapcount = pages.getMapcount(pfn) + 1;
  lines.push(
    `page:${formatAddress(abi, pages.pageAddr(pfn)).slice(2)} refcount:${pages.getRefcount(head)} mapcount:${mapcount} ` +
      `mapping:${formatAddress(abi, mapping).slice(2)} index:${hex(pages.getLong(pfn, pages.index))} pfn:0x${pfn.toString(16)}`,
  );
  const compound = (pages.flagsLow(head) & pages.pageFlags.head) !== 0;
  if (compound) {
    const tail = mem.readBytes(pagePhys(mem, pages, head + 1) + pages.layouts.offset('page', 'compound_order'), 1);
    lines.push(`head:${formatAddress(abi, pages.pageAddr(head)).slice(2)} order:${tail[0]}`);
  }
  const type = pages.getMapcount(pfn);
  lines.push(`flags: ${pages.pageFlags.format(abi, pages.flagsLow(pfn), pages.flagsHigh(pfn))}`);
  for (const name of pages.pageFlags.typeNames(type)) lines.push(`page_type: 0x${(type >>> 0).toString(16)}(${name})`);
  lines.push(...rawWords(mem, pages, pfn, 'raw'));
  if (compound && head !== pfn) lines.push(...rawWords(mem, pages, head, 'head'));
  return lines;
}

const pagePhys = (mem: Memory, pages: PageTable, pfn: number): number => mem.physOf(pages.word(pfn));

/** The struct as longs, 32 bytes per line, like the kernel's hex dump. */
function rawWords(mem: Memory, pages: PageTable, pfn: number, label: string): string[] {
  const first = pages.word(pfn);
  const longs: string[] = [];
  const word = (i: number) => ((mem.words[first + i] as number) >>> 0).toString(16).padStart(8, '0');
  for (let i = 0; i < pages.words; i += pages.longWords)
    longs.push(pages.longWords === 2 ? word(i + 1) + word(i) : word(i));
  const perLine = pages.longWords === 2 ? 4 : 8;
  const lines: string[] = [];
  for (let i = 0; i < longs.length; i += perLine) lines.push(`${label}: ${longs.slice(i, i + perLine).join(' ')}`);
  return lines;
}

/** bad_page's report. */
export function badPageReport(
  mem: Memory,
  pages: PageTable,
  pfn: number,
  reason: string,
  comm: string,
): { kind: 'BUG'; title: string; lines: string[] } {
  return {
    kind: 'BUG',
    title: `BUG: Bad page state in process ${comm}  pfn:${pfn.toString(16).padStart(5, '0')}`,
    lines: [...dumpPage(mem, pages, pfn), `page dumped because: ${reason}`],
  };
}

/** First line of warn_alloc's report. `nodemask` is null where the request named no nodes; `nodes` are those the machine has. */
export function allocFailureTitle(comm: string, order: number, gfp: number, mask: string, nodes: number): string {
  const allowed = nodes > 1 ? `0-${nodes - 1}` : '0';
  return (
    `${comm}: page allocation failure: order:${order}, mode:0x${(gfp >>> 0).toString(16)}(${mask}), ` +
    `nodemask=(null),cpuset=/,mems_allowed=${allowed}`
  );
}

/**
 * Reports of the page allocator, in the kernel's wording: the dump of a struct page, `Bad page state`, `page allocation failure`.
 * Follows mm/debug.c and mm/page_alloc.c (bad_page, warn_alloc), 6.1.
 */

import type { AddressSpace } from '../../memory/space';
import { MAX_ORDER } from '../../profiles/commonConstants';
import { formatAddress, toBits } from '../../types/address';
import type { Layouts } from '../../types/layout';
import { pointerId } from '../lib/pointer_id';
import type { PageTable } from './page';

/** The lowest two bits of page->mapping say what it is (include/linux/page-flags.h). */
const PAGE_MAPPING_ANON = 1;
const PAGE_MAPPING_KSM = 3;

/** Where reports go: kernel/printk.ts. */
export interface ReportLog {
  print(text: string, level?: number): void;
  report(report: {
    kind: 'BUG' | 'WARN' | 'fail';
    title: string;
    lines: readonly string[];
    notes?: readonly string[];
    suppressed?: boolean;
  }): void;
}

/** What dump_page prints about a page. `reason`: why it is printed; none where empty. */
export function dumpPage(space: AddressSpace, pages: PageTable, pfn: number, reason: string): string[] {
  return [
    ...(pagePoisoned(pages, pfn)
      ? [`page:${idOf(pages, pages.pageAddr(pfn))} is uninitialized and poisoned`]
      : describe(space, pages, pfn)),
    ...(reason === '' ? [] : [`page dumped because: ${reason}`]),
  ];
}
/** %p of an address */
const idOf = (pages: PageTable, address: number): string => {
  const { abi } = pages.layouts;
  return pointerId(abi, toBits(abi, address), address === 0);
};
/** PagePoisoned: flags are all ones, as CONFIG_DEBUG_VM_PGFLAGS leaves struct pages that nobody has initialised. */
const pagePoisoned = (pages: PageTable, pfn: number): boolean =>
  (pages.flagsLow(pfn) & pages.getWord(pfn, pages.flags + pages.longWords - 1)) === -1;

/** __dump_page */
function describe(space: AddressSpace, pages: PageTable, pfn: number): string[] {
  const { pageFlags, layouts } = pages;
  const { abi } = layouts;
  const folio = folioOf(pages, pfn);
  const head = folio ?? pfn;
  const isHead = (pages.flagsLow(pfn) & pageFlags.head) !== 0;
  const compound = folio !== undefined && (isHead || head !== pfn);
  const stored = pages.getLong(head, pages.mapping);
  const kind = ((stored % 4) + 4) % 4;
  const mapping = kind !== 0 ? 0 : stored;
  const lines = [
    `page:${idOf(pages, pages.pageAddr(pfn))} refcount:${pages.getRefcount(head)} mapcount:${mapcountOf(pages, pfn, head, compound)} ` +
      `mapping:${idOf(pages, pages.isSlab(head) ? 0 : mapping)} index:0x${toBits(abi, pages.getLong(pfn, pages.index)).toString(16)} ` +
      `pfn:0x${pfn.toString(16)}`,
  ];
  if (compound) lines.push(compoundLine(pages, head));
  const memcg = pages.getLong(head, pages.memcg);
  if (memcg !== 0) lines.push(`memcg:${toBits(abi, memcg).toString(16)}`);
  if (kind === 0 && mapping !== 0 && !pages.isSlab(head)) lines.push(mappingLine(space, layouts, mapping));
  const type = kind === PAGE_MAPPING_KSM ? 'ksm ' : kind & PAGE_MAPPING_ANON ? 'anon ' : '';
  lines.push(`${type}flags: ${pageFlags.format(abi, pages.flagsLow(head), pages.flagsHigh(head))}`);
  lines.push(...rawWords(pages, pfn, 'raw'));
  if (head !== pfn) lines.push(...rawWords(pages, head, 'head'));
  return lines;
}
/** page_folio, where it can be one: the head lies before the page, and within MAX_ORDER_NR_PAGES; else undefined. */
function folioOf(pages: PageTable, pfn: number): number | undefined {
  const head = pages.headOr(pfn, -1);
  return head >= 0 && head <= pfn && pfn < head + (1 << (MAX_ORDER - 1)) ? head : undefined;
}
/** page_mapcount; of a slab page 0, since the word means something else there */
function mapcountOf(pages: PageTable, pfn: number, head: number, compound: boolean): number {
  if (pages.isSlab(head)) return 0;
  const own = pages.getMapcount(pfn) + 1;
  const anon = (pages.getWord(head, pages.mapping) & PAGE_MAPPING_ANON) !== 0;
  return compound && anon ? own + pages.getWord(head + 1, compoundField(pages, 'compound_mapcount')) + 1 : own;
}
/** Distance in words, from the first tail page, of a field of the compound page. */
const compoundField = (pages: PageTable, field: string): number => pages.layouts.offset('page', field) >> 2;

function compoundLine(pages: PageTable, head: number): string {
  const at = pages.layouts.offset('page', 'compound_order');
  const order = (pages.getWord(head + 1, at >> 2) >>> ((at & 3) << 3)) & 0xff;
  const mapcount = pages.getWord(head + 1, compoundField(pages, 'compound_mapcount')) + 1;
  const pincount = pages.getWord(head + 1, compoundField(pages, 'compound_pincount'));
  const id = idOf(pages, pages.pageAddr(head));
  return `head:${id} order:${order} compound_mapcount:${mapcount} compound_pincount:${pincount}`;
}
/** dump_mapping, as far as it goes without files: a machine without inodes has no address_space either. */
function mappingLine(space: AddressSpace, layouts: Layouts, mapping: number): string {
  const { abi } = layouts;
  const host = mapping + layouts.offset('address_space', 'host');
  const ops = mapping + layouts.offset('address_space', 'a_ops');
  if (space.translate(host) < 0 || space.translate(ops) < 0)
    return `invalid mapping:${formatAddress(abi, mapping).slice(2)}`;
  const long = (at: number) => (abi.wordSize === 8 ? space.readS64Number(at) : space.read32(at));
  const aops = `aops:0x${toBits(abi, long(ops)).toString(16)}`;
  const inode = long(host);
  return inode === 0 ? aops : `${aops} with invalid host inode ${formatAddress(abi, inode).slice(2)}`;
}

/** The struct as longs, 32 bytes per line, as print_hex_dump prints it. */
function rawWords(pages: PageTable, pfn: number, label: string): string[] {
  const longs: string[] = [];
  const word = (i: number) => (pages.getWord(pfn, i) >>> 0).toString(16).padStart(8, '0');
  for (let i = 0; i < pages.words; i += pages.longWords)
    longs.push(pages.longWords === 2 ? word(i + 1) + word(i) : word(i));
  const perLine = pages.longWords === 2 ? 4 : 8;
  const lines: string[] = [];
  for (let i = 0; i < longs.length; i += perLine) lines.push(`${label}: ${longs.slice(i, i + perLine).join(' ')}`);
  return lines;
}

/** First line of bad_page's report. */
export function badPageTitle(pfn: number, comm: string): string {
  return `BUG: Bad page state in process ${comm}  pfn:${pfn.toString(16).padStart(5, '0')}`;
}

/** First line of warn_alloc's report. `nodemask` is null where the request named no nodes; `nodes` are those the machine has. */
export function allocFailureTitle(comm: string, failure: string, gfp: number, mask: string, nodes: number): string {
  const allowed = nodes > 1 ? `0-${nodes - 1}` : '0';
  return (
    `${comm}: ${failure}, mode:0x${(gfp >>> 0).toString(16)}(${mask}), ` +
    `nodemask=(null),cpuset=/,mems_allowed=${allowed}`
  );
}

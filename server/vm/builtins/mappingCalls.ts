/** Mappings of single pages, and what is done to a page through one: include/linux/highmem.h, highmem-internal.h, mm/highmem.c, 6.1. */
import { KernelBug } from '../../kernel/lib/bug';
import { NR_FREE_PAGES } from '../../profiles/commonConstants';
import { PAGE_SIZE } from '../../types/pageSize';
import type { Machine } from '../machine/machine';
import { disablePagefaults, enablePagefaults } from './contextCalls';
import { type Implementations, inline, plain, wait } from './define';
import { copy, set } from './stringCalls';

const HIGHMEM_H = 'include/linux/highmem.h';

/** kmap_local_page. @throws KernelBug when the task's slots are used up */
const map = (m: Machine, page: number): number => m.kmaps.map(m.page(page));
/** kunmap_local: mappings end in the reverse order. @throws KernelBug */
const unmap = (m: Machine, address: number): void => m.kmaps.unmap(address, (place) => m.reports.warn(place));

function mapAtomic(m: Machine, page: number, prot?: bigint): number {
  m.preempt.disable();
  disablePagefaults(m);
  return m.kmaps.map(m.page(page), prot);
}
/** Does something to a page at an address that it has meanwhile. */
function at(m: Machine, page: number, work: (address: number) => void): void {
  const address = map(m, page);
  work(address);
  unmap(m, address);
}
/** VM_BUG_ON(offset + len > PAGE_SIZE) */
function checkInPage(m: Machine, fn: string, offset: number, len: number): void {
  if (m.kernel.config.config.DEBUG_VM === true && offset + len > PAGE_SIZE) throw new KernelBug({ at: HIGHMEM_H, fn });
}
const copyHighpage = (m: Machine, to: number, from: number): void =>
  at(m, from, (source) =>
    at(m, to, (target) => {
      const { space } = m.kernel;
      space.writeBytes(target, space.readBytes(source, PAGE_SIZE));
    }),
  );
const clearHighpage = (m: Machine, page: number): void =>
  at(m, page, (address) => m.unchecked.fill(address, PAGE_SIZE, 0));

/** zero_user_segments: bytes of a page, or of a compound page, up to `end`. @throws KernelBug for an end that lies behind it */
function zeroSegments(m: Machine, page: number, segments: readonly (readonly [start: number, end: number])[]): void {
  const { pageApi, config } = m.kernel;
  const pages = 2 ** pageApi.compoundOrder(m.page(page));
  if (segments.some(([, end]) => end > pages * PAGE_SIZE))
    throw new KernelBug({ at: HIGHMEM_H, fn: 'zero_user_segments' });
  const zero = (first: number, from: number, count: number): void =>
    at(m, first, (address) => {
      for (const [start, end] of segments) {
        const low = Math.max(start, from);
        const high = Math.min(end, from + count);
        if (high > low) set(m, address + low - from, 0, high - low);
      }
    });
  // with highmem and transparent huge pages each page is mapped by itself; otherwise the first, and the rest is taken to lie behind it
  if (config.arch !== 'i386_pae') zero(page, 0, pages * PAGE_SIZE);
  else
    for (let i = 0; i < pages; i++) {
      const from = i * PAGE_SIZE;
      if (segments.some(([start, end]) => end > start && start < from + PAGE_SIZE && end > from))
        zero(page + i * m.kernel.pages.size, from, PAGE_SIZE);
    }
}

export const mappingBuiltins = {
  kmap: wait((m, scratch, page) => m.kmap.kmap(m.page(page), scratch)),
  kunmap: wait((m, _scratch, page) => m.kmap.kunmap(m.page(page))),
  kmap_flush_unused: wait((m) => m.kmap.flushUnused()),
  kmap_to_page: plain((m, addr) => m.pageAddress(m.kmap.kmapToPage(addr))),
  kmap_local_page: plain((m, page) => map(m, page)),
  kmap_local_folio: plain((m, folio, offset) => {
    const page = folio + Math.floor(offset / PAGE_SIZE) * m.kernel.pages.size;
    return map(m, page) + (offset % PAGE_SIZE);
  }),
  kunmap_local: plain((m, addr) => unmap(m, addr)),
  kmap_atomic: plain((m, page) => mapAtomic(m, page)),
  __kmem_kmap_atomic_prot: plain((m, page, prot) => mapAtomic(m, page, BigInt.asUintN(64, BigInt(prot)))),
  kunmap_atomic: plain((m, addr) => {
    unmap(m, addr);
    enablePagefaults(m);
    m.preempt.enable();
  }),
  clear_highpage: plain(clearHighpage),
  clear_user_highpage: plain((m, page) => clearHighpage(m, page)),
  copy_highpage: plain(copyHighpage),
  copy_user_highpage: plain((m, to, from) => copyHighpage(m, to, from)),
  zero_user_segments: plain((m, page, start1, end1, start2, end2) =>
    zeroSegments(m, page, [
      [start1, end1],
      [start2, end2],
    ]),
  ),
  zero_user_segment: plain((m, page, start, end) => zeroSegments(m, page, [[start, end]])),
  zero_user: plain((m, page, start, size) => zeroSegments(m, page, [[start, start + size]])),
  memcpy_page: plain((m, dst_page, dst_off, src_page, src_off, len) => {
    const target = map(m, dst_page);
    const source = map(m, src_page);
    checkInPage(m, 'memcpy_page', Math.max(dst_off, src_off), len);
    copy(m, target + dst_off, source + src_off, len);
    unmap(m, source);
    unmap(m, target);
  }),
  memset_page: plain((m, page, offset, val, len) => {
    const address = map(m, page);
    checkInPage(m, 'memset_page', offset, len);
    set(m, address + offset, val, len);
    unmap(m, address);
  }),
  memzero_page: plain((m, page, offset, len) => {
    const address = map(m, page);
    checkInPage(m, 'memzero_page', offset, len);
    set(m, address + offset, 0, len);
    unmap(m, address);
  }),
  memcpy_from_page: plain((m, to, page, offset, len) => {
    const address = map(m, page);
    checkInPage(m, 'memcpy_from_page', offset, len);
    copy(m, to, address + offset, len);
    unmap(m, address);
  }),
  memcpy_to_page: plain((m, page, offset, from, len) => {
    const address = map(m, page);
    checkInPage(m, 'memcpy_to_page', offset, len);
    copy(m, address + offset, from, len);
    unmap(m, address);
  }),
  lowmem_page_address: inline((m, page) => m.kernel.direct.va(m.page(page) * PAGE_SIZE)),
  nr_free_highpages: inline((m) =>
    m.kernel.zones.reduce((sum, z) => sum + (z.name === 'HighMem' ? z.vmStatOf(NR_FREE_PAGES) : 0), 0),
  ),
  totalhigh_pages: inline((m) => (m.kernel.highmem ? m.kernel.vars.read('_totalhigh_pages') : 0)),
} satisfies Partial<Implementations>;

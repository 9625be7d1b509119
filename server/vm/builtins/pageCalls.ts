/** The page allocator's API, over kernel/page_alloc.ts and page_api.ts. */

import { nodeData } from '../../kernel/mm/node';
import { PF_MEMALLOC, PF_MEMALLOC_NOFS, PF_MEMALLOC_NOIO } from '../../kernel/mm/page_alloc/caller';
import { getOrder } from '../../kernel/mm/page_alloc/page_api';
import { simDrain } from '../../kernel/mm/page_alloc/page_sim';
import { zoneWatermarkOk } from '../../kernel/mm/page_alloc/watermark';
import type { Zone } from '../../kernel/mm/zone';
import { PAGE_SIZE } from '../../types/pageSize';
import type { Machine } from '../machine/machine';
import { convert, S64, type Value } from '../values/value';
import { bool, byValue, type Implementations, inline, plain } from './define';

const api = (m: Machine) => m.kernel.pageApi;
/** A `struct zone *` argument. */
export function zoneOf(m: Machine, at: number): Zone {
  const zone = m.kernel.zones.find((z) => z.addr === at);
  if (!zone) {
    // the first access of the function: a read at the address tells whether it is mapped
    m.core.get32(at);
    throw new RangeError(`no zone lies at 0x${at.toString(16)}`);
  }
  return zone;
}
/** memalloc_*_save: sets a task flag, returns what it was. */
const saveFlag = (flag: number) =>
  plain((m) => {
    const { core, tasks } = m;
    const flags = tasks.flags(core.current);
    core.setField32(core.current, 'task_struct', 'flags', flags | flag);
    return flags & flag;
  });
const restoreFlag = (flag: number) =>
  plain((m, flags: number) => {
    const { core, tasks } = m;
    core.setField32(core.current, 'task_struct', 'flags', (tasks.flags(core.current) & ~flag) | flags);
  });
/** A struct page's word: refcount. */
const setCount = (m: Machine, page: number, count: number) => m.kernel.pages.setRefcount(m.page(page), count);
const count = (m: Machine, page: number) => m.kernel.pages.getRefcount(m.page(page));
const flagsOf = (m: Machine, page: number) => m.kernel.pages.flagsLow(m.page(page));
/** Bit 0 of compound_head: a tail page. */
const headOf = (m: Machine, page: number): number => {
  const head = m.core.getLong(page + m.core.offset('page', 'compound_head'));
  return head % 2 !== 0 ? head - 1 : page;
};

export const pageBuiltins = {
  alloc_pages: plain((m, gfp, order) => m.pageAddress(m.kernel.pageAlloc.allocPages(gfp, order))),
  alloc_pages_node: plain((m, nid, gfp_mask, order) => m.pageAddress(api(m).allocPagesNode(nid, gfp_mask, order))),
  __alloc_pages: plain((m, gfp, order, preferred_nid) =>
    m.pageAddress(api(m).allocPagesNode(preferred_nid, gfp, order)),
  ),
  alloc_pages_bulk_array: plain((m, gfp, nr_pages, page_array) => {
    const { core } = m;
    const at = (index: number): number => page_array + index * core.wordSize;
    // an int in the kernel
    return m.kernel.pageAlloc.allocPagesBulk(gfp, Number(nr_pages) | 0, {
      taken: (index) => core.getLong(at(index)) !== 0,
      put: (index, pfn) => core.setLong(at(index), m.pageAddress(pfn)),
    });
  }),
  folio_alloc: plain((m, gfp, order) => m.pageAddress(api(m).folioAlloc(gfp, order))),
  __get_free_pages: plain((m, gfp_mask, order) => api(m).getFreePages(gfp_mask, order)),
  get_zeroed_page: plain((m, gfp_mask) => api(m).getZeroedPage(gfp_mask)),
  alloc_pages_exact: plain((m, size, gfp_mask) => api(m).allocPagesExact(size, gfp_mask)),
  __free_pages: plain((m, page, order) => m.kernel.pageAlloc.freePages(m.page(page), order)),
  free_pages: plain((m, addr, order) => api(m).freePages(signed(m, addr), order)),
  free_pages_exact: plain((m, virt, size) => api(m).freePagesExact(virt, size)),
  split_page: plain((m, page, order) => api(m).splitPage(m.page(page), order)),
  get_page: plain((m, page) => api(m).getPage(m.page(page))),
  put_page: plain((m, page) => api(m).putPage(m.page(page))),
  page_count: inline((m, page) => api(m).pageCount(m.page(page))),
  page_ref_count: inline((m, page) => count(m, page)),
  set_page_count: plain((m, page, v) => setCount(m, page, v)),
  page_ref_inc: plain((m, page) => setCount(m, page, count(m, page) + 1)),
  page_ref_dec: plain((m, page) => setCount(m, page, count(m, page) - 1)),
  page_ref_add: plain((m, page, nr) => setCount(m, page, count(m, page) + nr)),
  page_ref_sub: plain((m, page, nr) => setCount(m, page, count(m, page) - nr)),
  put_page_testzero: plain((m, page) => bool(m.kernel.pageAlloc.putTestZero(m.page(page)))),
  page_mapcount: inline((m, page) => api(m).pageMapcount(m.page(page))),
  page_address: inline((m, page) => api(m).pageAddress(m.page(page))),
  __kmem_virt_addr_valid: inline((m, x) => {
    const at = signed(m, x);
    const phys = m.kernel.direct.pa(at);
    return bool(
      m.kernel.space.rangeOf(at)?.name.startsWith('direct') === true &&
        phys >= 0 &&
        m.kernel.pages.has(Math.floor(phys / PAGE_SIZE)),
    );
  }),
  pfn_to_page: inline((m, pfn) => pageAddressOf(m, Number(pfn))),
  page_to_pfn: byValue(inline((m, page) => pfnOfAddress(m, Number(page)))),
  pfn_valid: inline((m, pfn) => bool(m.kernel.pages.has(Number(pfn)))),
  virt_to_phys: inline((m, address) => {
    const phys = m.kernel.direct.pa(address);
    return phys >= 0 ? phys : address - m.kernel.arch.pageOffset;
  }),
  phys_to_virt: inline((m, address) =>
    m.core.wordSize === 8
      ? m.kernel.arch.pageOffset + Number(address)
      : (m.kernel.arch.pageOffset + Number(address)) >>> 0,
  ),
  clear_page: plain((m, page) => m.unchecked.fill(page, PAGE_SIZE, 0)),
  copy_page: plain((m, to, from) => m.unchecked.writeBytes(to, m.unchecked.readBytes(from, PAGE_SIZE))),
  __kmem_compound_head: inline((m, page) => headOf(m, page)),
  compound_order: inline((m, page) => api(m).compoundOrder(m.page(page))),
  page_zone: inline((m, page) => m.kernel.pageAlloc.zoneOf(m.page(page)).addr),
  page_zonenum: inline((m, page) => m.kernel.pageAlloc.zoneOf(m.page(page)).idx),
  page_to_nid: inline((m, page) => m.kernel.pageAlloc.zoneOf(m.page(page)).node),
  page_pgdat: inline((m, page) => nodeData(m.kernel.nodes, m.kernel.pageAlloc.zoneOf(m.page(page)).node)?.addr ?? 0),
  NODE_DATA: inline((m, nid) => nodeData(m.kernel.nodes, nid)?.addr ?? 0),
  zone_page_state: inline((m, zone, item) => zoneOf(m, zone).vmStatOf(item)),
  global_zone_page_state: inline((m, item) => m.kernel.vars.read('vm_zone_stat', item)),
  zone_managed_pages: inline((m, zone) => zoneOf(m, zone).managedPages),
  zone_watermark_ok: inline((m, z, order, mark, highest_zoneidx, alloc_flags) =>
    bool(
      zoneWatermarkOk(
        m.kernel.pageAlloc.buddy,
        zoneOf(m, z),
        order,
        Number(mark),
        highest_zoneidx,
        alloc_flags,
        zoneOf(m, z).vmStatOf(0),
      ),
    ),
  ),
  get_pageblock_migratetype: inline((m, page) => m.kernel.pageblocks.migratetype(m.page(page))),
  gfp_zone: inline((m, flags) => m.kernel.gfp.zone(flags)),
  gfp_migratetype: inline((m, gfp_flags) => m.kernel.gfp.migratetype(gfp_flags)),
  totalram_pages: inline((m) => m.kernel.vars.read('_totalram_pages')),
  drain_all_pages: plain((m, zone) => {
    m.sleeping.mightSleep();
    if (zone === 0) m.kernel.pageAlloc.drainAllPages();
    else m.kernel.pageAlloc.drainZone(zoneOf(m, zone));
  }),
  drain_local_pages: plain((m, zone) => {
    const { pageAlloc } = m.kernel;
    const zones = zone === 0 ? m.kernel.zones.filter((z) => z.populated) : [zoneOf(m, zone)];
    for (const z of zones) pageAlloc.drainPages(z, m.core.cpu);
  }),
  dump_page: plain((m, page, reason) => {
    const why = reason === 0 ? '' : m.core.string(reason);
    for (const line of api(m).dumpPage(m.page(page), why)) m.reports.log.print(line);
  }),
  get_order: inline((_m, size) => getOrder(Number(size))),
  memalloc_nofs_save: saveFlag(PF_MEMALLOC_NOFS),
  memalloc_nofs_restore: restoreFlag(PF_MEMALLOC_NOFS),
  memalloc_noio_save: saveFlag(PF_MEMALLOC_NOIO),
  memalloc_noio_restore: restoreFlag(PF_MEMALLOC_NOIO),
  memalloc_noreclaim_save: saveFlag(PF_MEMALLOC),
  memalloc_noreclaim_restore: restoreFlag(PF_MEMALLOC),
  PageBuddy: inline((m, page) => bool(isType(m, page, 'buddy'))),
  PageTail: inline((m, page) => bool(headOf(m, page) !== page)),
  PageCompound: inline((m, page) =>
    bool(headOf(m, page) !== page || (flagsOf(m, page) & m.kernel.pageFlags.head) !== 0),
  ),
  PageTable: inline((m, page) => bool(isType(m, page, 'table'))),
  PageHighMem: inline((m, page) => bool(!m.kernel.direct.has(m.page(page)))),
  sim_drain: plain((m) => simDrain(m.kernel.pageAlloc)),
} satisfies Partial<Implementations>;

/** Whether a page is of the type with this name. */
function isType(m: Machine, page: number, name: string): boolean {
  return m.kernel.pageFlags.isType(m.kernel.pages.getMapcount(m.page(page)), name);
}
/** An address given as an unsigned long. */
function signed(m: Machine, value: Value): number {
  return m.core.wordSize === 8 ? m.pointer(convert(value, S64)) : Number(value) >>> 0;
}
/** Arithmetic on mem_map, whether there is a page or not. */
function pageAddressOf(m: Machine, pfn: number): number {
  const base = m.kernel.pages.pageAddr(0);
  const at = base + pfn * m.kernel.layouts.size('page');
  return m.core.wordSize === 8 ? at : at >>> 0;
}
function pfnOfAddress(m: Machine, page: number): number {
  return Math.trunc((page - m.kernel.pages.pageAddr(0)) / m.kernel.layouts.size('page'));
}

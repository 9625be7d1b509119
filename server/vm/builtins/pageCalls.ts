/** The page allocator's API, over kernel/page_alloc.ts and page_api.ts. */

import { PF_MEMALLOC, PF_MEMALLOC_NOFS, PF_MEMALLOC_NOIO } from '../../kernel/mm/page_alloc/alloc_context';
import { zoneWatermarkOk } from '../../kernel/mm/page_alloc/watermark';
import { getOrder } from '../../kernel/mm/page_api';
import { simDrain } from '../../kernel/mm/page_sim';
import type { Zone } from '../../kernel/mm/zone';
import { PAGE_SIZE } from '../../types/pageSize';
import type { Machine } from '../machine/machine';
import type { Value } from '../values/value';
import { bool, inline, n, plain } from './define';

const api = (m: Machine) => m.kernel.pageApi;
/** A `struct zone *` argument. */
export function zoneOf(m: Machine, value: Value | undefined): Zone {
  const at = m.pointer(value);
  const zone = m.kernel.zones.find((z) => z.addr === at);
  if (!zone) {
    // what the function would touch first: a read at the address tells whether it is mapped at all
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
  plain((m, a) => {
    const { core, tasks } = m;
    core.setField32(core.current, 'task_struct', 'flags', (tasks.flags(core.current) & ~flag) | n(a[0]));
  });
/** A struct page's word: refcount. */
const setCount = (m: Machine, page: Value | undefined, count: number) =>
  m.kernel.pages.setRefcount(m.page(page), count);
const count = (m: Machine, page: Value | undefined) => m.kernel.pages.getRefcount(m.page(page));
const flagsOf = (m: Machine, page: Value | undefined) => m.kernel.pages.flagsLow(m.page(page));
/** Bit 0 of compound_head: a tail page. */
const headOf = (m: Machine, page: Value | undefined): number => {
  const at = m.pointer(page);
  const head = m.core.getLong(at + m.core.offset('page', 'compound_head'));
  return head % 2 !== 0 ? head - 1 : at;
};

export const pageBuiltins = {
  alloc_pages: plain((m, a) => m.pageAddress(m.kernel.pageAlloc.allocPages(n(a[0]), n(a[1])))),
  alloc_pages_node: plain((m, a) => m.pageAddress(api(m).allocPagesNode(n(a[0]), n(a[1]), n(a[2])))),
  __alloc_pages: plain((m, a) => m.pageAddress(api(m).allocPagesNode(n(a[2]), n(a[0]), n(a[1])))),
  __get_free_pages: plain((m, a) => api(m).getFreePages(n(a[0]), n(a[1]))),
  get_zeroed_page: plain((m, a) => api(m).getZeroedPage(n(a[0]))),
  alloc_pages_exact: plain((m, a) => api(m).allocPagesExact(n(a[0]), n(a[1]))),
  __free_pages: plain((m, a) => m.kernel.pageAlloc.freePages(m.page(a[0]), n(a[1]))),
  free_pages: plain((m, a) => api(m).freePages(signed(m, a[0]), n(a[1]))),
  free_pages_exact: plain((m, a) => api(m).freePagesExact(m.pointer(a[0]), n(a[1]))),
  split_page: plain((m, a) => api(m).splitPage(m.page(a[0]), n(a[1]))),
  get_page: plain((m, a) => api(m).getPage(m.page(a[0]))),
  put_page: plain((m, a) => api(m).putPage(m.page(a[0]))),
  page_count: inline((m, a) => api(m).pageCount(m.page(a[0]))),
  page_ref_count: inline((m, a) => count(m, a[0])),
  set_page_count: plain((m, a) => setCount(m, a[0], n(a[1]))),
  page_ref_inc: plain((m, a) => setCount(m, a[0], count(m, a[0]) + 1)),
  page_ref_dec: plain((m, a) => setCount(m, a[0], count(m, a[0]) - 1)),
  page_ref_add: plain((m, a) => setCount(m, a[0], count(m, a[0]) + n(a[1]))),
  page_ref_sub: plain((m, a) => setCount(m, a[0], count(m, a[0]) - n(a[1]))),
  put_page_testzero: plain((m, a) => bool(m.kernel.pageAlloc.putTestZero(m.page(a[0])))),
  page_mapcount: inline((m, a) => api(m).pageMapcount(m.page(a[0]))),
  page_address: inline((m, a) => api(m).pageAddress(m.page(a[0]))),
  __kmem_virt_addr_valid: inline((m, a) => {
    const at = m.pointer(a[0]);
    const phys = m.kernel.pa(at);
    return bool(
      m.kernel.space.rangeOf(at)?.name.startsWith('direct') === true &&
        phys >= 0 &&
        m.kernel.pages.has(Math.floor(phys / PAGE_SIZE)),
    );
  }),
  pfn_to_page: inline((m, a) => pageAddressOf(m, n(a[0]))),
  page_to_pfn: inline((m, a) => pfnOfAddress(m, n(a[0]))),
  pfn_valid: inline((m, a) => bool(m.kernel.pages.has(n(a[0])))),
  virt_to_phys: inline((m, a) => {
    const at = m.pointer(a[0]);
    const phys = m.kernel.pa(at);
    return phys >= 0 ? phys : at - m.kernel.arch.pageOffset;
  }),
  phys_to_virt: inline((m, a) =>
    m.core.long === 8 ? m.kernel.arch.pageOffset + n(a[0]) : (m.kernel.arch.pageOffset + n(a[0])) >>> 0,
  ),
  clear_page: plain((m, a) => m.core.space.fill(m.pointer(a[0]), PAGE_SIZE, 0)),
  copy_page: plain((m, a) =>
    m.core.space.writeBytes(m.pointer(a[0]), m.core.space.readBytes(m.pointer(a[1]), PAGE_SIZE)),
  ),
  __kmem_compound_head: inline((m, a) => headOf(m, a[0])),
  compound_order: inline((m, a) => api(m).compoundOrder(m.page(a[0]))),
  page_zone: inline((m, a) => m.kernel.pageAlloc.zoneOf(m.page(a[0])).addr),
  page_zonenum: inline((m, a) => m.kernel.pageAlloc.zoneOf(m.page(a[0])).idx),
  page_to_nid: inline((m, a) => m.kernel.pageAlloc.zoneOf(m.page(a[0])).node),
  page_pgdat: inline((m, a) => m.kernel.node(m.kernel.pageAlloc.zoneOf(m.page(a[0])).node)?.addr ?? 0),
  NODE_DATA: inline((m, a) => m.kernel.node(n(a[0]))?.addr ?? 0),
  zone_page_state: inline((m, a) => zoneOf(m, a[0]).vmStatOf(n(a[1]))),
  global_zone_page_state: inline((m, a) => m.kernel.readVar('vm_zone_stat', n(a[0]))),
  zone_managed_pages: inline((m, a) => zoneOf(m, a[0]).managedPages),
  zone_watermark_ok: inline((m, a) =>
    bool(
      zoneWatermarkOk(
        m.kernel.pageAlloc.buddy,
        zoneOf(m, a[0]),
        n(a[1]),
        n(a[2]),
        n(a[3]),
        n(a[4]),
        zoneOf(m, a[0]).vmStatOf(0),
      ),
    ),
  ),
  get_pageblock_migratetype: inline((m, a) => m.kernel.pageblocks.migratetype(m.page(a[0]))),
  gfp_zone: inline((m, a) => Math.max(0, m.kernel.gfp.zone(n(a[0])))),
  gfp_migratetype: inline((m, a) => m.kernel.gfp.migratetype(n(a[0]))),
  totalram_pages: inline((m) => m.kernel.readVar('_totalram_pages')),
  drain_all_pages: plain((m, a) => {
    m.context.mightSleep();
    if (a[0] === 0 || a[0] === undefined) m.kernel.pageAlloc.drainAllPages();
    else m.kernel.pageAlloc.drainZone(zoneOf(m, a[0]));
  }),
  drain_local_pages: plain((m, a) => {
    const { pageAlloc } = m.kernel;
    for (const zone of a[0] === 0 || a[0] === undefined
      ? m.kernel.zones.filter((z) => z.populated)
      : [zoneOf(m, a[0])]) {
      const held = zone.pcp(m.core.cpu, zone.pcpCount);
      if (held > 0) pageAlloc.pcp.drain(zone, m.core.cpu, held, 0);
    }
  }),
  dump_page: plain((m, a) => {
    const reason = a[1] ? m.core.string(m.pointer(a[1])) : '';
    for (const line of api(m).dumpPage(m.page(a[0]), reason)) m.context.log.print(line);
  }),
  get_order: inline((_m, a) => getOrder(n(a[0]))),
  memalloc_nofs_save: saveFlag(PF_MEMALLOC_NOFS),
  memalloc_nofs_restore: restoreFlag(PF_MEMALLOC_NOFS),
  memalloc_noio_save: saveFlag(PF_MEMALLOC_NOIO),
  memalloc_noio_restore: restoreFlag(PF_MEMALLOC_NOIO),
  memalloc_noreclaim_save: saveFlag(PF_MEMALLOC),
  memalloc_noreclaim_restore: restoreFlag(PF_MEMALLOC),
  PageBuddy: inline((m, a) => bool(isType(m, a[0], 'buddy'))),
  PageTail: inline((m, a) => bool(headOf(m, a[0]) !== m.pointer(a[0]))),
  PageCompound: inline((m, a) =>
    bool(headOf(m, a[0]) !== m.pointer(a[0]) || (flagsOf(m, a[0]) & m.kernel.pageFlags.head) !== 0),
  ),
  PageTable: inline((m, a) => bool(isType(m, a[0], 'table'))),
  PageHighMem: inline((m, a) => bool(!m.kernel.hasDirectAddress(m.page(a[0])))),
  sim_drain: plain((m) => simDrain(m.kernel.pageAlloc)),
};

/** Whether a page is of the type with this name. */
function isType(m: Machine, page: Value | undefined, name: string): boolean {
  return m.kernel.pageFlags.isType(m.kernel.pages.getMapcount(m.page(page)), name);
}
/** An address given as an unsigned long. */
function signed(m: Machine, value: Value | undefined): number {
  const v = value ?? 0;
  return m.core.long === 8 ? m.pointer(toSigned(v)) : n(v) >>> 0;
}
function toSigned(v: Value): Value {
  const s = BigInt.asIntN(64, BigInt(v));
  return s >= -9007199254740991n && s <= 9007199254740991n ? Number(s) : s;
}
/** Arithmetic on mem_map, whether there is a page or not. */
function pageAddressOf(m: Machine, pfn: number): number {
  const base = m.kernel.pages.pageAddr(0);
  const at = base + pfn * m.kernel.layouts.size('page');
  return m.core.long === 8 ? at : at >>> 0;
}
function pfnOfAddress(m: Machine, page: number): number {
  return Math.trunc((page - m.kernel.pages.pageAddr(0)) / m.kernel.layouts.size('page'));
}

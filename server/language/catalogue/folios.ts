// biome-ignore-all format: a table, one row per entry
/** Folios: pages that are not tails, and stand for their whole compound page. include/linux/mm.h, mm_types.h, page-flags.h, gfp.h; 6.1. */
import type { ApiEntry } from './form/entry';
import { allocatesPages, byGfp, counts, freed, gives, inDirectMap, inNmi, macro, names, needs, runs, since } from './form/make';

const MM = 'include/linux/mm.h';
const FLAGS = 'include/linux/page-flags.h';
const header = { header: 'linux/mm.h' };
const folios516 = since('5.16');
/** what only looks at a folio */
const look = [inNmi, folios516, header];

export const folios = {
  folio_alloc: runs('mm/mempolicy.c', 'struct folio *folio_alloc(gfp_t gfp, unsigned int order)',
    'Takes 2^order contiguous pages as one folio: alloc_pages() with __GFP_COMP. From order 2 on it may be split like a transparent huge page. NULL when there is no memory.',
    byGfp(0), folios516, { header: 'linux/gfp.h' }, freed('folio_put'), needs('order ≤ MAX_ORDER − 1 (10)'), allocatesPages, gives('pages')),
  folio_get: macro(MM, 'void folio_get(struct folio *folio)', 'Takes a reference on the folio.', folios516, header, freed('folio_put'), counts(0)),
  folio_put: macro(MM, 'void folio_put(struct folio *folio)', 'Drops a reference; the last one frees all pages of the folio.', folios516, header, counts(0)),
  folio_ref_count: macro('include/linux/page_ref.h', 'int folio_ref_count(const struct folio *folio)', 'References on the folio.', ...look),
  page_folio: macro(FLAGS, 'struct folio *page_folio(struct page *page)', 'The folio a page belongs to: that of the compound page’s head, or of the single page.', ...look, names(0, 'pages')),
  folio_page: macro(FLAGS, 'struct page *folio_page(struct folio *folio, size_t n)', 'The page number n of a folio.', ...look, names(0, 'pages')),
  folio_order: macro(MM, 'unsigned int folio_order(struct folio *folio)', 'Order of the folio: it has 2^order pages.', ...look),
  folio_shift: macro(MM, 'unsigned int folio_shift(struct folio *folio)', 'log2 of folio_size().', ...look),
  folio_size: macro(MM, 'size_t folio_size(struct folio *folio)', 'Bytes in the folio.', ...look),
  folio_nr_pages: macro(MM, 'long folio_nr_pages(struct folio *folio)', 'Pages in the folio.', ...look),
  folio_pfn: macro(MM, 'unsigned long folio_pfn(struct folio *folio)', 'Page frame number of the folio’s first page.', ...look),
  folio_address: macro(MM, 'void *folio_address(const struct folio *folio)', 'Direct-map address of the folio; NULL for highmem that is not mapped.', ...look, { result: 'may be NULL' }, names(0, 'page address')),
  folio_zone: macro(MM, 'struct zone *folio_zone(const struct folio *folio)', 'The zone the folio belongs to.', ...look),
  folio_nid: macro(MM, 'int folio_nid(const struct folio *folio)', 'NUMA node of the folio.', ...look),
  virt_to_folio: macro(MM, 'struct folio *virt_to_folio(const void *x)', 'The folio of a direct-map address.', ...look, names(0, 'pages'), inDirectMap(0)),
  folio_test_large: macro(FLAGS, 'bool folio_test_large(struct folio *folio)', 'True if the folio has more than one page.', ...look),
  folio_test_locked: macro(FLAGS, 'bool folio_test_locked(struct folio *folio)', 'True if the folio’s lock is taken.', ...look),
  folio_test_uptodate: macro(FLAGS, 'bool folio_test_uptodate(struct folio *folio)', 'True if the folio holds valid data.', ...look),
  folio_test_dirty: macro(FLAGS, 'bool folio_test_dirty(struct folio *folio)', 'True if the folio has been written since it was read or written back.', ...look),
  folio_test_lru: macro(FLAGS, 'bool folio_test_lru(struct folio *folio)', 'True if the folio is on an LRU list.', ...look),
  folio_test_active: macro(FLAGS, 'bool folio_test_active(struct folio *folio)', 'True if the folio is on an active LRU list.', ...look),
} as const satisfies Record<string, ApiEntry>;

/** Folios, bulk allocation, and names of address space that readers of kernel books type. */
import { check, checkEverywhere } from './scenario';

describe('folios', () => {
  const cases: Record<string, string> = {
    'folio_alloc: a compound page under another type':
      'struct folio *f = folio_alloc(GFP_KERNEL, 2); struct page *p = &f->page; expect(f); expect(PageHead(p)); expect(folio_order(f) == 2); expect(folio_nr_pages(f) == 4); expect(folio_size(f) == 4 * PAGE_SIZE); expect(folio_shift(f) == PAGE_SHIFT + 2); expect(folio_ref_count(f) == 1); folio_put(f); expect(page_count(p) == 0);',
    'order 0: no compound page':
      'struct folio *f = folio_alloc(GFP_KERNEL, 0); expect(!folio_test_large(f)); expect(folio_order(f) == 0); expect(folio_nr_pages(f) == 1); expect(!PageHead(&f->page)); expect(page_folio(&f->page) == f); folio_put(f);',
    'page_folio of any page of it; folio_page':
      'struct folio *f = folio_alloc(GFP_KERNEL, 3); int i; for (i = 0; i < 8; i++) { struct page *p = folio_page(f, i); expect(page_folio(p) == f); expect(page_to_pfn(p) == folio_pfn(f) + i); expect(PageTail(p) == (i > 0)); } folio_put(f);',
    'folio_address, virt_to_folio':
      'struct folio *f = folio_alloc(GFP_KERNEL, 1); char *at = folio_address(f); expect(at == page_address(&f->page)); expect(virt_to_folio(at + PAGE_SIZE + 5) == f); at[PAGE_SIZE] = 7; folio_put(f);',
    'references are counted at the head':
      'struct folio *f = folio_alloc(GFP_KERNEL, 2); folio_get(f); get_page(folio_page(f, 3)); expect(folio_ref_count(f) == 3); put_page(folio_page(f, 1)); folio_put(f); expect(folio_ref_count(f) == 1); folio_put(f);',
    'from order 2 on it can be split like a huge page: on no list of those that wait for it':
      'struct folio *f = folio_alloc(GFP_KERNEL, 1), *g = folio_alloc(GFP_KERNEL, 2); expect(f->_folio_dtor == 1); expect(f->_folio_order == 1); expect(g->_folio_dtor == 3); expect(g->_folio_order == 2); struct list_head *l = &folio_page(g, 2)->deferred_list; expect(list_empty(l)); expect(l->prev == l); folio_put(f); folio_put(g);',
    'no memory': 'sim_fail_next(folio_alloc, 1); expect(!folio_alloc(GFP_KERNEL, 0));',
    'zone and node':
      'struct folio *f = folio_alloc(GFP_KERNEL, 0); expect(folio_zone(f) == page_zone(&f->page)); expect(folio_nid(f) == 0); folio_put(f);',
  };
  for (const [name, text] of Object.entries(cases)) it(name, () => void checkEverywhere(text));
});

describe('alloc_pages_bulk_array', () => {
  const cases: Record<string, string> = {
    'fills an array':
      'struct page *a[5]; int i; memset(a, 0, sizeof(a)); expect(alloc_pages_bulk_array(GFP_KERNEL, 5, a) == 5); for (i = 0; i < 5; i++) { expect(page_count(a[i]) == 1); expect(i == 0 || a[i] != a[i - 1]); __free_page(a[i]); }',
    'leaves what is there':
      'struct page *a[4], *p = alloc_page(GFP_KERNEL), *q = alloc_page(GFP_KERNEL); int i; memset(a, 0, sizeof(a)); a[0] = p; a[2] = q; expect(alloc_pages_bulk_array(GFP_KERNEL, 4, a) == 4); expect(a[0] == p && a[2] == q); expect(a[1] && a[3] && a[1] != a[3]); for (i = 0; i < 4; i++) __free_page(a[i]);',
    'nothing to do':
      'struct page *a[2], *p = alloc_page(GFP_KERNEL); a[0] = p; a[1] = p; expect(alloc_pages_bulk_array(GFP_KERNEL, 2, a) == 2); expect(alloc_pages_bulk_array(GFP_KERNEL, 0, a) == 0); __free_page(p);',
    'more than a zone may give at once: one page, as by alloc_page':
      'struct page *a[8]; int i, n; memset(a, 0, sizeof(a)); sim_fill_zone(page_zone(pfn_to_page(0x1000)), low_wmark_pages(page_zone(pfn_to_page(0x1000))) + 4); sim_fill_zone(page_zone(pfn_to_page(0x100)), low_wmark_pages(page_zone(pfn_to_page(0x100)))); n = alloc_pages_bulk_array(GFP_KERNEL, 8, a); expect(n == 1); expect(a[0] && !a[1]);',
    'no memory':
      'struct page *a[3]; memset(a, 0, sizeof(a)); sim_fail_next(alloc_pages_bulk_array, 2); expect(alloc_pages_bulk_array(GFP_KERNEL, 3, a) == 0); expect(alloc_pages_bulk_array(GFP_KERNEL, 1, a) == 0); expect(!a[0]); expect(alloc_pages_bulk_array(GFP_KERNEL, 3, a) == 3); __free_page(a[0]); __free_page(a[1]); __free_page(a[2]);',
    zeroed:
      'struct page *a[2]; memset(a, 0, sizeof(a)); char *p = (char *)__get_free_page(GFP_KERNEL); p[3] = 1; free_page((unsigned long)p); expect(alloc_pages_bulk_array(GFP_KERNEL | __GFP_ZERO, 2, a) == 2); expect(((char *)page_address(a[0]))[3] == 0); expect(((char *)page_address(a[1]))[3] == 0); __free_page(a[0]); __free_page(a[1]);',
  };
  for (const [name, text] of Object.entries(cases)) it(name, () => void checkEverywhere(text));
  it('under a spinlock with a mask that may sleep', () =>
    void check(
      'static DEFINE_SPINLOCK(l); task main { struct page *a[2]; memset(a, 0, sizeof(a)); spin_lock(&l); alloc_pages_bulk_array(GFP_KERNEL, 2, a); spin_unlock(&l); }',
      { reports: ['BUG: sleeping function called from invalid context at'] },
    ));
});

describe('names of the address space', () => {
  const cases: Record<string, string> = {
    'PAGE_OFFSET and high_memory enclose the direct map':
      'char *at = (char *)__get_free_page(GFP_KERNEL); expect((unsigned long)at >= PAGE_OFFSET); expect(at < (char *)high_memory); expect((unsigned long)__va(0) == PAGE_OFFSET); expect(high_memory == __va((phys_addr_t)max_low_pfn << PAGE_SHIFT)); expect(PAGE_OFFSET == (sizeof(long) == 8 ? (unsigned long)0xffff888000000000ULL : 0xc0000000UL)); free_page((unsigned long)at);',
    'page_is_pfmemalloc: out of the reserves':
      'struct page *p = alloc_page(GFP_KERNEL), *q; expect(!page_is_pfmemalloc(p)); sim_fill_zone(page_zone(pfn_to_page(0x1000)), 4); sim_fill_zone(page_zone(pfn_to_page(0x100)), 4); q = alloc_page(GFP_NOWAIT | __GFP_MEMALLOC); expect(q); expect(page_is_pfmemalloc(q)); __free_page(p);',
  };
  for (const [name, text] of Object.entries(cases)) it(name, () => void checkEverywhere(text));
});

describe('page table entries', () => {
  const cases: Record<string, string> = {
    'mk_pte: frame and flags':
      'struct page *p = alloc_page(GFP_KERNEL); pte_t e = mk_pte(p, __pgprot(_PAGE_PRESENT | _PAGE_RW)); expect(pte_val(e) == ((pteval_t)page_to_pfn(p) << PAGE_SHIFT | 3)); expect(pte_pfn(e) == page_to_pfn(p)); expect(pte_page(e) == p); expect(pte_flags(e) == 3); expect(pte_present(e) && pte_write(e) && !pte_dirty(e) && !pte_young(e) && !pte_none(e)); __free_page(p);',
    'pfn_pte and pte_pfn undo each other':
      'unsigned long pfn; for (pfn = 1; pfn < 0x100000; pfn = pfn * 3 + 1) { expect(pte_pfn(pfn_pte(pfn, __pgprot(_PAGE_PRESENT))) == pfn); expect(pte_pfn(pfn_pte(pfn, __pgprot(_PAGE_PROTNONE))) == pfn); }',
    'an entry that is not present names its frame inverted where it has 64 bits':
      'pteval_t v = pte_val(pfn_pte(0x1234, __pgprot(_PAGE_PROTNONE))); expect(v == (sizeof(pteval_t) == 8 ? 0x000ffffffedcb100ULL : 0x1234100ULL));',
    'rights come and go':
      'pte_t e = pfn_pte(7, __pgprot(_PAGE_PRESENT)); expect(!pte_write(e)); e = pte_mkwrite(e); expect(pte_write(e)); e = pte_wrprotect(e); expect(!pte_write(e)); e = pte_mkdirty(e); expect(pte_dirty(e)); e = pte_mkclean(e); expect(!pte_dirty(e)); e = pte_mkyoung(e); expect(pte_young(e)); e = pte_mkold(e); expect(!pte_young(e)); expect(pte_pfn(e) == 7);',
    'none, exec':
      'pte_t e = __pte(0); expect(pte_none(e)); expect(!pte_present(e)); e = __pte(_PAGE_DIRTY); expect(pte_none(e)); e = __pte(_PAGE_PRESENT | _PAGE_NX); expect(pte_exec(e) == (_PAGE_NX == 0)); expect(pgprot_val(__pgprot(_PAGE_USER)) == 4);',
    'the flags, as the processor has them':
      'expect(_PAGE_PRESENT == 1 && _PAGE_RW == 2 && _PAGE_USER == 4 && _PAGE_PWT == 8 && _PAGE_PCD == 16 && _PAGE_ACCESSED == 32 && _PAGE_DIRTY == 64 && _PAGE_PSE == 128 && _PAGE_GLOBAL == 256); expect(sizeof(pte_t) == 4 ? _PAGE_NX == 0 : _PAGE_NX == 1ULL << 63); expect((PTE_PFN_MASK & (PAGE_SIZE - 1)) == 0);',
  };
  for (const [name, text] of Object.entries(cases)) it(name, () => void checkEverywhere(text));
});

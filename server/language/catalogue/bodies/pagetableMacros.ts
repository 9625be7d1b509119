// biome-ignore-all format: a table, one row per macro
/**
 * Page tables as macros: entries as values, and the way from the top level down (arch/x86/include/asm/pgtable.h, pgtable_types.h;
 * include/linux/pgtable.h; include/asm-generic/pgtable-nop4d.h and its neighbours, 6.1). A level that a machine does not have is folded
 * into the one above: its table has one entry, which is that entry.
 */

const LEVELS = ['pgd', 'p4d', 'pud', 'pmd'] as const;
const BELOW = { pgd: 'p4d', p4d: 'pud', pud: 'pmd', pmd: 'pte' } as const;

/** What the entries of one level are asked. With a folded level below, an entry is a table always. */
function level(name: (typeof LEVELS)[number]): Record<string, string> {
  const below = BELOW[name];
  const value = `(${name}_value).${name}`;
  const folded = `PTRS_PER_${below.toUpperCase()} == 1`;
  const present = name === 'pmd' ? '(_PAGE_PRESENT | _PAGE_PROTNONE | _PAGE_PSE)' : '_PAGE_PRESENT';
  const table = name === 'pmd' ? '(_KERNPG_TABLE & ~_PAGE_ACCESSED)' : '0';
  const ignored = name === 'pmd' ? '(_PAGE_USER | _PAGE_ACCESSED)' : '(_KERNPG_TABLE | _PAGE_USER)';
  const target = `__va(${name}_val(*(${name}_ptr)) & PTE_PFN_MASK)`;
  const offset = below === 'pte' ? 'pte_offset_kernel' : `${below}_offset`;
  return {
    [`__${name}(val)`]: `((${name}_t){ (val) })`,
    [`${name}_val(${name}_value)`]: `(${value})`,
    [`${name}_index(address)`]: `(((unsigned long)(address) >> ${name === 'pgd' ? 'PGDIR' : name.toUpperCase()}_SHIFT) & (PTRS_PER_${name.toUpperCase()} - 1))`,
    [`${name}_flags(${name}_value)`]: `(${value} & ~(pteval_t)PTE_PFN_MASK)`,
    [`${name}_none(${name}_value)`]: `(!(${folded}) && (${value} & ~(pteval_t)(_PAGE_DIRTY | _PAGE_ACCESSED)) == 0)`,
    [`${name}_present(${name}_value)`]: `(${folded} || (${value} & ${present}) != 0)`,
    [`${name}_bad(${name}_value)`]: `(!(${folded}) && (${name}_flags(${name}_value) & ~(pteval_t)${ignored}) != ${table})`,
    [`${name}_pfn(${name}_value)`]: `((unsigned long)((${value} & PTE_PFN_MASK) >> PAGE_SHIFT))`,
    [`${name}_page(${name}_value)`]: `pfn_to_page(${name}_pfn(${name}_value))`,
    [`set_${name}(${name}p, ${name}_value)`]: `((void)(*(${name}p) = (${name}_value)))`,
    [`${name}_clear(${name}p)`]: `((void)(*(${name}p) = (${name}_t){ 0 }))`,
    [`${offset}(${name}_ptr, address)`]:
      `(${folded} ? (${below}_t *)(${name}_ptr) : (${below}_t *)${target} + ${below}_index(address))`,
  };
}

export const pagetableMacros: Record<string, string> = {
  'PAGE_KERNEL_RO()': '((pgprot_t){ PAGE_KERNEL.pgprot & ~_PAGE_RW })',
  'PAGE_KERNEL_EXEC()': '((pgprot_t){ PAGE_KERNEL.pgprot & ~_PAGE_NX })',
  'PAGE_KERNEL_ROX()': '((pgprot_t){ PAGE_KERNEL.pgprot & ~(_PAGE_RW | _PAGE_NX) })',
  'PAGE_KERNEL_NOCACHE()': '((pgprot_t){ PAGE_KERNEL.pgprot | _PAGE_PCD | _PAGE_PWT })',
  // the memory types of the page attribute table that Linux sets: uncached minus, write combining
  'pgprot_noncached(prot)': '((pgprot_t){ (prot).pgprot | _PAGE_PCD })',
  'pgprot_writecombine(prot)': '((pgprot_t){ (prot).pgprot | _PAGE_PWT })',
  '__pte(val)': '((pte_t){ (val) })',
  '__pgprot(x)': '((pgprot_t){ (x) })',
  'pgprot_val(x)': '((x).pgprot)',
  'pte_val(pte_value)': '((pte_value).pte)',
  'pfn_pte(page_nr, prot)': '((pte_t){ (pteval_t)__kmem_pfn_pte(page_nr, (prot).pgprot) })',
  'mk_pte(page, prot)': '((pte_t){ (pteval_t)__kmem_pfn_pte(page_to_pfn(page), (prot).pgprot) })',
  'pte_pfn(pte_value)': '__kmem_pte_pfn((pte_value).pte)',
  'pte_page(pte_value)': 'pfn_to_page(__kmem_pte_pfn((pte_value).pte))',
  'pte_flags(pte_value)': '((pte_value).pte & ~(pteval_t)PTE_PFN_MASK)',
  'pte_none(pte_value)': '(((pte_value).pte & ~(pteval_t)(_PAGE_DIRTY | _PAGE_ACCESSED)) == 0)',
  'pte_present(pte_value)': '(((pte_value).pte & (_PAGE_PRESENT | _PAGE_PROTNONE)) != 0)',
  'pte_write(pte_value)': '(((pte_value).pte & _PAGE_RW) != 0)',
  'pte_exec(pte_value)': '(((pte_value).pte & (pteval_t)_PAGE_NX) == 0)',
  'pte_dirty(pte_value)': '(((pte_value).pte & _PAGE_DIRTY) != 0)',
  'pte_young(pte_value)': '(((pte_value).pte & _PAGE_ACCESSED) != 0)',
  'pte_mkwrite(pte_value)': '((pte_t){ (pte_value).pte | _PAGE_RW })',
  'pte_wrprotect(pte_value)': '((pte_t){ (pte_value).pte & ~(pteval_t)_PAGE_RW })',
  'pte_mkdirty(pte_value)': '((pte_t){ (pte_value).pte | _PAGE_DIRTY | _PAGE_SOFT_DIRTY })',
  'pte_mkclean(pte_value)': '((pte_t){ (pte_value).pte & ~(pteval_t)_PAGE_DIRTY })',
  'pte_mkyoung(pte_value)': '((pte_t){ (pte_value).pte | _PAGE_ACCESSED })',
  'pte_mkold(pte_value)': '((pte_t){ (pte_value).pte & ~(pteval_t)_PAGE_ACCESSED })',
  // tables
  ...Object.assign({}, ...LEVELS.map(level)),
  'pgd_offset_pgd(pgd, address)': '((pgd) + pgd_index(address))',
  'pgd_offset(mm, address)': 'pgd_offset_pgd((mm)->pgd, address)',
  'pgd_offset_k(address)': 'pgd_offset(&init_mm, address)',
  'pte_index(address)': '(((unsigned long)(address) >> PAGE_SHIFT) & (PTRS_PER_PTE - 1))',
  'pmd_large(pmd_value)': '((pmd_flags(pmd_value) & _PAGE_PSE) != 0)',
  'pmd_leaf(pmd_value)': 'pmd_large(pmd_value)',
  'pud_large(pud_value)': '(((pud_value).pud & (_PAGE_PSE | _PAGE_PRESENT)) == (_PAGE_PSE | _PAGE_PRESENT) && PTRS_PER_PUD > 1)',
  'pud_leaf(pud_value)': 'pud_large(pud_value)',
  'pmd_page_vaddr(pmd_value)': '((unsigned long)__va((pmd_value).pmd & PTE_PFN_MASK))',
  'virt_to_kpte(address)': '({ unsigned long va = (unsigned long)(address); pmd_t *pmd = pmd_offset(pud_offset(p4d_offset(pgd_offset_k(va), va), va), va); pmd_none(*pmd) ? (pte_t *)NULL : pte_offset_kernel(pmd, va); })',
  'set_pte(ptep, pte_value)': '((void)(*(ptep) = (pte_value)))',
  'set_pte_at(mm, addr, ptep, pte_value)': 'set_pte(ptep, pte_value)',
  'pte_clear(mm, addr, ptep)': '((void)(*(ptep) = (pte_t){ 0 }))',
  'ptep_get(ptep)': '(*(ptep))',
  'set_pages_ro(page, numpages)': 'set_memory_ro((unsigned long)page_address(page), numpages)',
  'set_pages_rw(page, numpages)': 'set_memory_rw((unsigned long)page_address(page), numpages)',
};

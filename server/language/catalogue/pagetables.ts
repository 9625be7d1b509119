// biome-ignore-all format: a table, one row per entry
/** Entries of page tables as values: arch/x86/include/asm/pgtable.h, pgtable_types.h, pgtable-invert.h; 6.1. */
import type { ApiEntry } from './entry';
import { inNmi, macro, runs } from './make';

const PGTABLE = 'arch/x86/include/asm/pgtable.h';
const TYPES = 'arch/x86/include/asm/pgtable_types.h';
const header = { header: 'linux/pgtable.h' };

export const pagetables = {
  mk_pte: macro(PGTABLE, 'pte_t mk_pte(struct page *page, pgprot_t pgprot)', 'The page table entry that maps a page with these rights. It is a value: nothing is mapped.', inNmi, header),
  pfn_pte: macro(PGTABLE, 'pte_t pfn_pte(unsigned long page_nr, pgprot_t pgprot)', 'The page table entry that maps a frame with these rights.', inNmi, header),
  __pte: macro(PGTABLE, 'pte_t __pte(pteval_t val)', 'A page table entry from its number.', inNmi, header),
  __pgprot: macro(TYPES, 'pgprot_t __pgprot(pgprotval_t x)', 'Rights of a mapping from _PAGE_ flags.', inNmi, header),
  pgprot_val: macro(TYPES, 'pgprotval_t pgprot_val(pgprot_t x)', 'The _PAGE_ flags of rights.', inNmi, header),
  pte_val: macro(PGTABLE, 'pteval_t pte_val(pte_t pte)', 'A page table entry as a number: frame and flags. 64 bits on x86_64 and with PAE, else 32.', inNmi, header),
  pte_pfn: macro(PGTABLE, 'unsigned long pte_pfn(pte_t pte)', 'The frame that an entry names. An entry that is not present has its address bits inverted on x86_64 and with PAE (L1TF).', inNmi, header),
  pte_page: macro(PGTABLE, 'struct page *pte_page(pte_t pte)', 'The page that an entry names.', inNmi, header),
  pte_flags: macro(TYPES, 'pteval_t pte_flags(pte_t pte)', 'The flags of an entry, without the frame.', inNmi, header),
  pte_none: macro(PGTABLE, 'int pte_none(pte_t pte)', 'True for an empty entry, apart from the accessed and dirty bits that some processors set by mistake.', inNmi, header),
  pte_present: macro(PGTABLE, 'int pte_present(pte_t a)', 'True if the entry maps a page.', inNmi, header),
  pte_write: macro(PGTABLE, 'int pte_write(pte_t pte)', 'True if the page may be written.', inNmi, header),
  pte_exec: macro(PGTABLE, 'int pte_exec(pte_t pte)', 'True if the page may be executed.', inNmi, header),
  pte_dirty: macro(PGTABLE, 'int pte_dirty(pte_t pte)', 'True if the page was written through this entry.', inNmi, header),
  pte_young: macro(PGTABLE, 'int pte_young(pte_t pte)', 'True if the page was accessed through this entry.', inNmi, header),
  pte_mkwrite: macro(PGTABLE, 'pte_t pte_mkwrite(pte_t pte)', 'The entry with the right to write.', inNmi, header),
  pte_wrprotect: macro(PGTABLE, 'pte_t pte_wrprotect(pte_t pte)', 'The entry without the right to write.', inNmi, header),
  pte_mkdirty: macro(PGTABLE, 'pte_t pte_mkdirty(pte_t pte)', 'The entry with the dirty bits set.', inNmi, header),
  pte_mkclean: macro(PGTABLE, 'pte_t pte_mkclean(pte_t pte)', 'The entry without the dirty bits.', inNmi, header),
  pte_mkyoung: macro(PGTABLE, 'pte_t pte_mkyoung(pte_t pte)', 'The entry with the accessed bit.', inNmi, header),
  pte_mkold: macro(PGTABLE, 'pte_t pte_mkold(pte_t pte)', 'The entry without the accessed bit.', inNmi, header),
  __kmem_pte_pfn: runs('arch/x86/include/asm/pgtable-invert.h', 'unsigned long __kmem_pte_pfn(u64 val)', 'What pte_pfn() is made of.', inNmi),
  __kmem_pfn_pte: runs('arch/x86/include/asm/pgtable-invert.h', 'u64 __kmem_pfn_pte(u64 pfn, u64 prot)', 'What pfn_pte() is made of.', inNmi),
} as const satisfies Record<string, ApiEntry>;

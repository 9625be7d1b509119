/** Scenarios that walk the kernel's page tables and change them. */
import assert from 'node:assert/strict';
import { ARCHES, check, checkEverywhere, run, STOCK } from './scenario';

const WALK = `
  static unsigned long walk(unsigned long va)
  {
    pgd_t *pgd = pgd_offset_k(va);
    p4d_t *p4d = p4d_offset(pgd, va);
    pud_t *pud = pud_offset(p4d, va);
    pmd_t *pmd;
    pte_t *pte;

    if (pgd_none(*pgd) || p4d_none(*p4d) || pud_none(*pud)) return 0;
    if (pud_large(*pud)) return pud_pfn(*pud) + ((va & ~PUD_MASK) >> PAGE_SHIFT);
    pmd = pmd_offset(pud, va);
    if (pmd_none(*pmd)) return 0;
    if (pmd_large(*pmd)) return pmd_pfn(*pmd) + ((va & ~PMD_MASK) >> PAGE_SHIFT);
    pte = pte_offset_kernel(pmd, va);
    return pte_present(*pte) ? pte_pfn(*pte) : 0;
  }`;
const task = (body: string): string => `${WALK}\ntask main { ${body} }`;

describe('page tables in scenarios', () => {
  it('a walk finds the frame of any address', () => {
    checkEverywhere(
      task(`
      struct page *page = alloc_page(GFP_KERNEL);
      expect(walk((unsigned long)page_address(page)) == page_to_pfn(page));
      expect(walk(PAGE_OFFSET + 5 * PAGE_SIZE) == 5);
      expect(walk((unsigned long)page) == __pa(page) >> PAGE_SHIFT || !virt_addr_valid(page));
      expect(walk(PAGE_OFFSET - PAGE_SIZE) == 0);
      expect(walk(0) == 0);
      expect(init_mm.pgd == pgd_offset_k(0));
      __free_page(page);`),
      {},
    );
  });
  it('the tables have the levels of the machine', () => {
    const levels = { x86_64: [512, 512, 512, 512], i386: [1024, 1, 1, 1024], i386_pae: [4, 1, 512, 512] };
    for (const arch of ARCHES) {
      const [pgd, pud, pmd, pte] = levels[arch];
      check(
        `expect(PTRS_PER_PGD == ${pgd} && PTRS_PER_PUD == ${pud} && PTRS_PER_PMD == ${pmd} && PTRS_PER_PTE == ${pte});
         expect(PMD_SIZE == ${arch === 'i386' ? 4 : 2}UL << 20);
         expect(PGDIR_SIZE == 1UL << PGDIR_SHIFT);
         pud_t *pud = pud_offset(p4d_offset(pgd_offset_k(PAGE_OFFSET), PAGE_OFFSET), PAGE_OFFSET);
         expect(!pud_none(*pud) && pud_present(*pud) && !pud_bad(*pud));
         pmd_t *pmd = pmd_offset(pud, PAGE_OFFSET);
         expect(!pmd_none(*pmd) && !pmd_bad(*pmd) && !pmd_large(*pmd));
         pud = pud_offset(p4d_offset(pgd_offset_k(PAGE_OFFSET + PMD_SIZE), PAGE_OFFSET), PAGE_OFFSET);
         pmd = pmd_offset(pud, PAGE_OFFSET + PMD_SIZE);
         expect(pmd_large(*pmd) && pmd_bad(*pmd) && pmd_pfn(*pmd) == PTRS_PER_PTE);`,
        {},
        { arch },
      );
    }
  });
  it('lookup_address tells the size of the page', () => {
    checkEverywhere(
      `unsigned int level = 9;
       pte_t *pte = lookup_address(PAGE_OFFSET, &level);
       expect(level == PG_LEVEL_4K && pte == virt_to_kpte(PAGE_OFFSET));
       pte = lookup_address(PAGE_OFFSET + PMD_SIZE, &level);
       expect(level == PG_LEVEL_2M && (pte_val(*pte) & _PAGE_PSE));
       pte = lookup_address(PAGE_OFFSET / 2, &level);
       expect(pte == NULL);
       expect(slow_virt_to_phys((void *)(PAGE_OFFSET + 12345)) == 12345);`,
      {},
    );
    check(
      `machine { memory = 3G; config X86_DIRECT_GBPAGES = y; }
       task main { unsigned int level; lookup_address(PAGE_OFFSET + (1UL << 30), &level); expect(level == PG_LEVEL_1G); }`,
      {},
    );
  });
  it('an address that is not mapped has no physical one', () => {
    check('slow_virt_to_phys((void *)0x1000);', { reports: [/^kernel BUG at arch\/x86\/mm\/pat\/set_memory\.c/] });
  });
});

describe('set_memory_ro and its family', () => {
  it('a page that is read-only faults when it is written, and the page beside it does not', () => {
    for (const arch of ARCHES)
      check(
        `unsigned long p = __get_free_pages(GFP_KERNEL, 1);
         unsigned int level;
         *(int *)p = 1;
         expect(set_memory_ro(p, 1) == 0);
         lookup_address(p, &level);
         expect(level == PG_LEVEL_4K);
         expect(*(int *)p == 1);
         ((int *)(p + PAGE_SIZE))[0] = 2;
         expect(!pte_write(*lookup_address(p, &level)));
         expect(set_memory_rw(p, 1) == 0);
         *(int *)p = 3;
         expect(*(int *)p == 3);
         set_memory_ro(p, 2);
         *(int *)p = 4;`,
        { reports: ['BUG: unable to handle page fault for address'] },
        { arch, machine: STOCK },
      );
  });
  it('a large page stays split', () => {
    check(
      `unsigned long p = __get_free_page(GFP_KERNEL);
       unsigned int level;
       lookup_address(p, &level);
       expect(level == PG_LEVEL_2M);
       set_memory_ro(p, 1);
       set_memory_rw(p, 1);
       lookup_address(p, &level);
       expect(level == PG_LEVEL_4K);`,
      {},
    );
  });
  it('a global is as protected as its page', () => {
    checkEverywhere(
      `static int page[3 * 1024];
       task main {
         unsigned long p = PAGE_ALIGN((unsigned long)page);
         expect(set_memory_ro(p, 1) == 0);
         page[(p - (unsigned long)page) / 4] = 1;
       }`,
      { reports: ['BUG: unable to handle page fault for address'] },
    );
  });
  it('a variable that is stored at a fixed place, too', () => {
    checkEverywhere(
      `static int count;
       task main {
         count = 1;
         set_memory_ro((unsigned long)&count & PAGE_MASK, 1);
         expect(count == 1);
         count = 2;
       }`,
      { reports: ['BUG: unable to handle page fault for address'] },
    );
  });
  it('read-only data stays read-only, text executable', () => {
    checkEverywhere(
      `static const int limit = 7;
       task main {
         unsigned int level;
         expect(set_memory_rw((unsigned long)&limit & PAGE_MASK, 1) == 0);
         expect(!pte_write(*lookup_address((unsigned long)&limit, &level)));
         expect(limit == 7);
       }`,
      {},
    );
  });
  it('an address that is not mapped is an error', () => {
    check('expect(set_memory_ro(0x1000, 1) == -EFAULT);', {
      reports: ['CPA: called for zero pte. vaddr = 0000000000001000 cpa->vaddr = 0000000000001000'],
    });
  });
  it('an entry that the scenario writes is followed', () => {
    checkEverywhere(
      `unsigned long p = __get_free_page(GFP_KERNEL), q = PAGE_OFFSET + 0x50000;
       unsigned int level;
       pte_t *pte = lookup_address(q, &level);
       *(int *)p = 77;
       set_pte(pte, pfn_pte(__pa(p) >> PAGE_SHIFT, __pgprot(_PAGE_PRESENT | _PAGE_RW | _PAGE_NX)));
       expect(*(int *)q == 77);
       pte_clear(&init_mm, q, pte);
       flush_tlb_kernel_range(q, q + PAGE_SIZE);
       expect(pte_none(*pte));
       printk("%d", *(int *)q);`,
      { reports: ['BUG: unable to handle page fault for address'] },
    );
  });
  it('may sleep', () => {
    check('preempt_disable(); set_memory_ro(PAGE_OFFSET + 0x50000, 1); preempt_enable();', {
      reports: ['BUG: sleeping function called from invalid context at kernel/locking/mutex.c'],
    });
  });
});

describe('what an oops prints of the page tables', () => {
  it('the entries on the way to the address, as far as there are tables', () => {
    const text = 'int *p = (int *)ADDRESS; *p = 1;';
    const entries = { x86_64: /^PGD [0-9a-f]+067 P4D [0-9a-f]+067 PUD [0-9a-f]+067 PMD [0-9a-f]+067 PTE 0$/ };
    const ran = run(text.replace('ADDRESS', '(PAGE_OFFSET + 0x3fff000)'), { machine: STOCK });
    const lines = ran.log.flatMap((e) => e.lines);
    assert.ok(
      lines.some((line) => entries.x86_64.test(line)),
      lines.join('\n'),
    );
    check(text.replace('ADDRESS', '0'), { reports: ['BUG: kernel NULL'], detail: 'PGD 0 P4D 0 ' }, { machine: STOCK });
    const on = (arch: 'i386' | 'i386_pae', detail: string) =>
      check(text.replace('ADDRESS', '0x1000'), { reports: ['BUG: unable'], detail }, { arch, machine: STOCK });
    on('i386', '*pde = 00000000 ');
    on('i386_pae', '*pdpt = 0000000000000000 ');
  });
});

/** The processors' TLBs: what a missing flush does. */
import { check, checkEverywhere, type Expected } from './scenario';

const STALE = (how: string) => new RegExp(`^${how} 0x[0-9a-f]+ through a stale TLB entry$`);
/** `q` is a page of the direct map whose entry the scenario changes, `a` and `b` are other pages. */
const BEFORE = `
  unsigned long a = __get_free_page(GFP_KERNEL), b = __get_free_page(GFP_KERNEL), q = PAGE_OFFSET + 0x50000;
  unsigned int level;
  pte_t *pte = lookup_address(q, &level);
  *(int *)a = 1;
  *(int *)b = 2;
  set_pte(pte, pfn_pte(__pa(a) >> PAGE_SHIFT, __pgprot(pte_flags(*pte))));
`;
const TO_B = 'set_pte(pte, pfn_pte(__pa(b) >> PAGE_SHIFT, __pgprot(pte_flags(*pte))));';
const onPage = (body: string, expected: Expected = {}): void => checkEverywhere(`${BEFORE} ${body}`, expected);

describe('TLBs', () => {
  it('without a flush a CPU goes on with what it has translated', () => {
    onPage(`expect(*(int *)q == 1); ${TO_B} expect(*(int *)q == 1);`, { reports: [STALE('read of')] });
    onPage(`expect(*(int *)q == 1); ${TO_B} *(int *)q = 3; expect(*(int *)a == 3 && *(int *)b == 2);`, {
      reports: [STALE('write to')],
    });
  });
  it('what has not been used is not in a TLB', () => {
    onPage(`${TO_B} expect(*(int *)q == 2);`);
  });
  it('each flush does its part', () => {
    for (const flush of [
      'flush_tlb_all()',
      '__flush_tlb_all()',
      'flush_tlb_one_kernel(q)',
      'flush_tlb_kernel_range(q, q + PAGE_SIZE)',
      'flush_tlb_kernel_range(q - 64 * PAGE_SIZE, q - 63 * PAGE_SIZE + 64 * PAGE_SIZE)',
    ])
      onPage(`expect(*(int *)q == 1); ${TO_B} ${flush}; expect(*(int *)q == 2);`);
    onPage(`expect(*(int *)q == 1); ${TO_B} flush_tlb_one_kernel(q + PAGE_SIZE); expect(*(int *)q == 1);`, {
      reports: [STALE('read of')],
    });
  });
  it('another CPU has a TLB of its own', () => {
    const two = (flush: string, seen: number, reports: readonly RegExp[]) =>
      check(
        `machine { memory = 64M; cpus = 2; schedule = round_robin; config KASAN = n; }
         static unsigned long q, b; static pte_t *pte; static DECLARE_COMPLETION(used); static DECLARE_COMPLETION(changed);
         task one on cpu 0 {
           unsigned int level;
           unsigned long a = __get_free_page(GFP_KERNEL);
           b = __get_free_page(GFP_KERNEL);
           q = PAGE_OFFSET + 0x50000;
           pte = lookup_address(q, &level);
           *(int *)a = 1; *(int *)b = 2;
           set_pte(pte, pfn_pte(__pa(a) >> PAGE_SHIFT, __pgprot(pte_flags(*pte))));
           expect(*(int *)q == 1);
           complete(&used);
           wait_for_completion(&changed);
           expect(*(int *)q == ${seen});
         }
         task two on cpu 1 {
           wait_for_completion(&used);
           set_pte(pte, pfn_pte(__pa(b) >> PAGE_SHIFT, __pgprot(pte_flags(*pte))));
           ${flush};
           expect(*(int *)q == 2);
           complete(&changed);
         }`,
        { reports },
      );
    two('flush_tlb_kernel_range(q, q + PAGE_SIZE)', 2, []);
    two('__flush_tlb_all()', 1, [STALE('read of')]);
  });
  it('a page of a full TLB makes room for another', () => {
    onPage(`expect(*(int *)q == 1); ${TO_B}
      expect(*(int *)(q - 64 * PAGE_SIZE) || 1);
      expect(*(int *)q == 2);`);
  });
  it('the kernel flushes what it changes', () => {
    check(
      `unsigned long p = __get_free_page(GFP_KERNEL);
       set_memory_ro(p + PAGE_SIZE, 1);
       *(int *)p = 1;
       set_memory_ro(p, 1);
       *(int *)p = 2;`,
      { reports: ['BUG: unable to handle page fault for address'] },
    );
    check(
      `machine { arch = i386; memory = 1G; cpus = 1; }
       task main {
         struct page *first = alloc_page(GFP_HIGHUSER), *second = alloc_page(GFP_HIGHUSER);
         int *at = kmap_local_page(first);
         *at = 1;
         kunmap_local(at);
         expect(kmap_local_page(second) == at && *at != 1);
         kunmap_local(at);
       }`,
    );
  });
});

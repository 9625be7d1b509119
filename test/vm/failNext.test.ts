/** sim_fail_next: how many allocations fail, and how many before them do not. */
import { checkEverywhere } from './scenario';

describe('sim_fail_next', () => {
  const cases: Record<string, string> = {
    'a macro of the kernel':
      'sim_fail_next(alloc_page, 1); expect(!alloc_page(GFP_KERNEL)); expect(alloc_page(GFP_KERNEL));',
    'the second page':
      'sim_fail_next(alloc_page, 1, 1); expect(alloc_page(GFP_KERNEL)); expect(!alloc_page(GFP_KERNEL)); expect(alloc_page(GFP_KERNEL));',
    'two after two':
      'int i; sim_fail_next(alloc_pages, 2, 2); for (i = 0; i < 6; i++) { struct page *p = alloc_pages(GFP_KERNEL, 1); expect(!p == (i == 2 || i == 3)); }',
    'of a slab':
      'int i; sim_fail_next(kmalloc, 1, 3); for (i = 0; i < 6; i++) expect(!kmalloc(10, GFP_KERNEL) == (i == 3));',
    'requests with __GFP_NOFAIL do not count':
      'sim_fail_next(kzalloc, 1, 1); expect(kmalloc(8, GFP_KERNEL | __GFP_NOFAIL)); expect(kmalloc(8, GFP_KERNEL)); expect(!kmalloc(8, GFP_KERNEL));',
    'the later call counts':
      'sim_fail_next(alloc_page, 5, 1); sim_fail_next(alloc_page, 0); expect(alloc_page(GFP_KERNEL)); expect(alloc_page(GFP_KERNEL));',
    'numbers of the scenario':
      'int n = 1, skip = 2, i; sim_fail_next(alloc_page, n, skip - 1); for (i = 0; i < 3; i++) expect(!alloc_page(GFP_KERNEL) == (i == 1));',
    'pages in bulk':
      'struct page *a[3]; memset(a, 0, sizeof(a)); sim_fail_next(alloc_page, 1, 1); expect(alloc_page(GFP_KERNEL)); expect(alloc_pages_bulk_array(GFP_KERNEL, 3, a) == 0);',
    'every path of a probe function': `
      struct dev { void *a; struct page *p; };
      static int probe(struct dev *d) {
        d->a = kmalloc(8, GFP_KERNEL); if (!d->a) return -ENOMEM;
        d->p = alloc_page(GFP_KERNEL); if (!d->p) goto err;
        return 0;
      err: kfree(d->a); d->a = NULL; return -ENOMEM;
      }
      task main { struct dev d = { }; kfree(kmalloc(8, GFP_KERNEL)); sim_fail_next(alloc_page, 1, 0); expect(probe(&d) == -ENOMEM && !d.a);
        sim_fail_next(kmalloc, 1, 1); expect(probe(&d) == 0); expect(probe(&d) == -ENOMEM); }`,
  };
  for (const [name, text] of Object.entries(cases)) it(name, () => void checkEverywhere(text));
});

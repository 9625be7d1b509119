/** What the recorded reports about pages did, as scenarios, and what said nothing but the recorder's own words. */

/** By recording: the body of the task. Its printk says what the recorder's said, without the mark before it. */
export const PAGE_SCENARIOS: Readonly<Record<string, string>> = {
  'amd64-alloc_order_max':
    'struct page *p = __alloc_pages(GFP_KERNEL, 11, 0, NULL); printk("order=11 ptr=%d", p != NULL);',
  'amd64-alloc_order_max_nowarn':
    'struct page *p = __alloc_pages(GFP_KERNEL | __GFP_NOWARN, 11, 0, NULL); printk("order=11 nowarn ptr=%d", p != NULL);',
  'amd64-double_free_o4':
    'struct page *p = __alloc_pages(GFP_KERNEL, 4, 0, NULL); __free_pages(p, 4); __free_pages(p, 4); __alloc_pages(GFP_KERNEL, 4, 0, NULL);',
  'amd64-double_free_page_buddy': `struct page *p = __alloc_pages(GFP_KERNEL, 0, 0, NULL); int again = 0;
    __free_pages(p, 0); drain_all_pages(NULL); __free_pages(p, 0);
    printk("refcount after 2nd free of a buddy page=%d", page_ref_count(p));
    for (int i = 0; i < 201; i++) again += __alloc_pages(GFP_KERNEL, 0, 0, NULL) == p;
    printk("got it again=%d tries=201 ref=%d", again, page_ref_count(p));`,
  'amd64-free_page_put_page':
    'struct page *p = __alloc_pages(GFP_KERNEL, 0, 0, NULL); put_page(p); put_page(p); printk("put_page twice ref=%d", page_ref_count(p));',
  'amd64-free_wrong_order': `struct page *p = __alloc_pages(GFP_KERNEL, 2, 0, NULL); __free_pages(p, 4);
    p = __alloc_pages(GFP_KERNEL, 4, 0, NULL); printk("wrong_order_free then alloc o4 pfn=%lu", page_to_pfn(p));`,
  'amd64-double_kfree_far': `void *v = kmalloc(64, GFP_KERNEL), *w = kmalloc(64, GFP_KERNEL); kfree(v); kfree(w); kfree(v);
    v = kmalloc(64, GFP_KERNEL); w = kmalloc(64, GFP_KERNEL); void *u = kmalloc(64, GFP_KERNEL);
    printk("KMEMLAB double_kfree_far v=%px w=%px u=%px", v, w, u);`,
  'amd64-nofail_highorder':
    'struct page *p = __alloc_pages(GFP_KERNEL | __GFP_NOFAIL, 3, 0, NULL); printk("nofail o3 ptr=%px", p);',
  'i386-pae-alloc_order_max':
    'struct page *p = __alloc_pages(GFP_KERNEL, 11, 0, NULL); printk("order=11 ptr=%d", p != NULL);',
  'i386-pae-high_get_free_page': `unsigned long a = __get_free_pages(GFP_HIGHUSER, 0);
    printk("__get_free_pages HIGHMEM ptr=%lx phys=%lx", a, (unsigned long)virt_to_phys((void *)a));`,
  'amd64-exact_comp':
    'void *p = alloc_pages_exact(5 * PAGE_SIZE, GFP_KERNEL | __GFP_COMP); printk("exact comp %d", p != NULL);',
  'amd64-fail_dma': 'while (__alloc_pages(GFP_NOWAIT | __GFP_DMA, 0, 0, NULL)) ; printk("dma 0");',
  'amd64-fail_order10': `while (__alloc_pages(GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN, 10, 0, NULL)) ;
    struct page *p = __alloc_pages(GFP_KERNEL, 10, 0, NULL); printk("o10 kernel %d", p != NULL);`,
  'amd64-gfp_atomic_reclaim': `struct page *p = __alloc_pages(GFP_ATOMIC | __GFP_DIRECT_RECLAIM, 0, 0, NULL);
    printk("%d", p != NULL); printk("atomic|direct %d", p != NULL);`,
  'amd64-page_free_high_order_twice': `struct page *p = __alloc_pages(GFP_KERNEL, 9, 0, NULL);
    __free_pages(p, 9); __free_pages(p, 9); printk("%px", __alloc_pages(GFP_KERNEL, 9, 0, NULL));`,
  'amd64-page_free_locked': `struct page *p = __alloc_pages(GFP_KERNEL, 0, 0, NULL); p->flags |= 1UL << PG_locked;
    __free_pages(p, 0); printk("freed locked flags=%lx", p->flags);`,
  'amd64-page_free_lru': `struct page *p = __alloc_pages(GFP_KERNEL, 4, 0, NULL);
    p->flags |= 1UL << PG_lru | 1UL << PG_active; __free_pages(p, 4); printk("freed lru flags=%lx", p->flags);`,
  'amd64-page_free_middle': `struct page *p = __alloc_pages(GFP_KERNEL, 3, 0, NULL); __free_pages(p + 1, 0);
    printk("freed middle ref=%d", page_ref_count(p + 1)); __free_pages(p, 3);`,
  'amd64-page_free_null': '__free_pages(NULL, 0);',
  'amd64-page_free_reserved': `struct page *p = __alloc_pages(GFP_KERNEL, 0, 0, NULL); p->flags |= 1UL << PG_reserved;
    __free_pages(p, 0); printk("freed reserved");`,
  'amd64-page_free_slab': `struct page *p = __alloc_pages(GFP_KERNEL, 0, 0, NULL); p->flags |= 1UL << PG_slab;
    __free_pages(p, 0); printk("freed slab");`,
  'amd64-page_get_free': `struct page *p = __alloc_pages(GFP_KERNEL, 0, 0, NULL); __free_pages(p, 0); get_page(p);
    printk("get_page on free page ref=%d", page_ref_count(p));
    struct page *q = __alloc_pages(GFP_KERNEL, 0, 0, NULL); printk("same=%d ref=%d", p == q, page_ref_count(q));`,
  'amd64-page_lru_uaf': `struct page *p = __alloc_pages(GFP_KERNEL, 0, 0, NULL); __free_pages(p, 0);
    p->lru.next = (struct list_head *)0x4141414141414141; __alloc_pages(GFP_KERNEL, 0, 0, NULL);`,
  'amd64-page_many_bad': `for (int i = 0; i < 100; i++) {
      struct page *p = __alloc_pages(GFP_KERNEL, 4, 0, NULL); p->flags |= 1UL << PG_lru; __free_pages(p, 4); }`,
  'amd64-page_private': `struct page *p = __alloc_pages(GFP_KERNEL, 0, 0, NULL); p->private = 42; __free_pages(p, 0);
    printk("private after free to pcp=%lu", p->private);
    p = __alloc_pages(GFP_KERNEL, 5, 0, NULL); p[0].private = 66; p[3].private = 77; __free_pages(p, 5);
    printk("private[0]=%lu [3]=%lu", p->private, p[3].private);`,
  'amd64-page_tail_ref': `struct page *p = __alloc_pages(GFP_KERNEL, 3, 0, NULL); get_page(p + 5);
    __free_pages(p, 3); printk("tail ref, freed");`,
};

/** Local mappings of pages: the addresses are those that real kernels gave (686 and 686-pae, Debian 6.1.176). */
import { check, checkEverywhere, type Expected, type RunOptions } from './scenario';

const high = (text: string, options: RunOptions = {}) => {
  for (const arch of ['i386', 'i386_pae'] as const)
    check(`machine { arch = ${arch}; memory = 1G; cpus = ${options.cpus ?? 1}; } ${text}`, {}, options);
};
const PAGES = 'struct page *p = alloc_page(GFP_HIGHUSER), *q = alloc_page(GFP_HIGHUSER);';

describe('kmap_local_page, kmap_atomic', () => {
  it('a lowmem page has its address already', () =>
    checkEverywhere(
      'task main { struct page *p = alloc_page(GFP_KERNEL); char *a = kmap_local_page(p); expect(a == page_address(p)); *a = 5; char *b = kmap_atomic(p); expect(a == b && *b == 5); kunmap_atomic(b); kunmap_local(a); expect(preempt_count() == 0); __free_page(p); }',
    ));
  it('a highmem page gets the next slot of the CPU', () =>
    high(
      `task main { ${PAGES} expect(page_address(p) == NULL); void *l0 = kmap_local_page(p), *l1 = kmap_local_page(q), *l2 = kmap_atomic(p); expect(l0 == (void *)0xfffbb000 && l1 == (void *)0xfffba000 && l2 == (void *)0xfffb9000); expect(preempt_count() == 1); kunmap_atomic(l2); kunmap_local(l1); expect(kmap_local_page(q) == l1); kunmap_local(l1); kunmap_local(l0); __free_page(p); __free_page(q); }`,
    ));
  it('each CPU has its own slots', () =>
    high(
      `task a on cpu 0 { ${PAGES} expect(kmap_local_page(p) == (void *)0xfffbb000); } task b on cpu 1 { ${PAGES} expect(kmap_local_page(p) == (void *)0xfffab000); }`,
      { cpus: 2 },
    ));
  it('what is written is the page’s, through every mapping', () =>
    high(
      `task main { ${PAGES} int *a = kmap_local_page(p), *b = kmap_local_page(p), *c = kmap_local_page(q); a[1000] = 42; *c = 7; expect(b[1000] == 42 && *b == 0 && c[1000] == 0); kunmap_local(c); kunmap_local(b); kunmap_local(a); a = kmap_local_page(q); expect(*a == 7); kunmap_local(a); }`,
    ));
  it('the mapping is the task’s: another one that runs meanwhile has the slot for itself', () =>
    high(
      `task a on cpu 0 { ${PAGES} int *m = kmap_local_page(p); *m = 1; yield(); expect(*m == 1); kunmap_local(m); yield(); } task b on cpu 0 { ${PAGES} int *m = kmap_local_page(p); expect(m == (void *)0xfffbb000); *m = 2; yield(); expect(*m == 2); kunmap_local(m); }`,
    ));
  it('the task counts its mappings, and keeps them while it does not run', () =>
    high(
      `task a on cpu 0 { ${PAGES} expect(*(int *)&current->kmap_ctrl == 0); void *m = kmap_local_page(p), *n = kmap_local_page(q); expect(*(int *)&current->kmap_ctrl == 2); yield(); kunmap_local(n); kunmap_local(m); expect(*(int *)&current->kmap_ctrl == 0); } task b on cpu 0 { expect(*(int *)&a->kmap_ctrl == 2); expect(*(int *)&current->kmap_ctrl == 0); expect(((int *)&a->kmap_ctrl)[1] != 0); }`,
    ));
  it('an address after kunmap_local is not mapped', () => {
    for (const arch of ['i386', 'i386_pae'])
      check(
        `machine { arch = ${arch}; memory = 1G; } task main { ${PAGES} int *m = kmap_local_page(p); kunmap_local(m); *m = 1; }`,
        {
          reports: ['BUG: unable to handle page fault for address: fffbb000'],
        },
      );
  });
  it('kmap_atomic_prot: flags of the entry', () => {
    high(
      `task main { ${PAGES} int *m = kmap_atomic_prot(p, PAGE_KERNEL); expect((void *)m == (void *)0xfffbb000 && preempt_count() == 1); *m = 3; kunmap_atomic(m); expect(preempt_count() == 0); struct page *low = alloc_page(GFP_KERNEL); expect(kmap_atomic_prot(low, __pgprot(0)) == page_address(low)); kunmap_atomic(page_address(low)); }`,
    );
    check(
      `machine { arch = i386; memory = 1G; } task main { ${PAGES} int *m = kmap_atomic_prot(p, __pgprot(pgprot_val(PAGE_KERNEL) & ~_PAGE_RW)); int read = *m; expect(read == 0); *m = 1; }`,
      { reports: ['BUG: unable to handle page fault for address: fffbb000'] },
    );
  });
  it('ended in the wrong order', () =>
    void check(
      `machine { arch = i386; memory = 1G; } task main { ${PAGES} void *a = kmap_local_page(p), *b = kmap_local_page(q); kunmap_local(a); kunmap_local(b); expect(1); }`,
      { reports: [/mm\/highmem\.c:610 kunmap_local_indexed$/] },
    ));
  it('fifteen at a time; one more, one too few', () => {
    check(
      `machine { arch = i386; memory = 1G; } task main { ${PAGES} int i; for (i = 0; i < 15; i++) kmap_local_page(p); expect(1); kmap_local_page(p); }`,
      { reports: [/kernel BUG at mm\/highmem\.c:458/] },
    );
    check(`machine { arch = i386; memory = 1G; } task main { kunmap_local((void *)0xfffbb000); }`, {
      reports: [/mm\/highmem\.c:610 kunmap_local_indexed$/, /kernel BUG at mm\/highmem\.c:470/],
    });
  });
  it('a scalar across two mappings is in both pages', () =>
    high(
      `task main { struct page *p = alloc_page(GFP_HIGHUSER), *between = alloc_page(GFP_HIGHUSER), *q = alloc_page(GFP_HIGHUSER); u8 *hi = kmap_local_page(p), *lo = kmap_local_page(q); expect(hi == lo + 4096 && between); memset(hi, 0xaa, 4096); memset(lo, 0xcc, 4096); expect(*(u32 *)(lo + 4094) == 0xaaaacccc && *(s32 *)(lo + 4095) == (s32)0xaaaaaacc && *(u16 *)(lo + 4095) == 0xaacc && *(u64 *)(lo + 4093) == 0xaaaaaaaaaacccccc); *(u32 *)(lo + 4094) = 0x11223344; expect(lo[4094] == 0x44 && lo[4095] == 0x33 && hi[0] == 0x22 && hi[1] == 0x11 && hi[2] == 0xaa); *(u64 *)(lo + 4092) = 0x0102030405060708; expect(lo[4092] == 8 && lo[4095] == 5 && hi[0] == 4 && hi[3] == 1 && hi[4] == 0xaa); *(s16 *)(lo + 4095) = -2; expect(lo[4095] == 0xfe && hi[0] == 0xff && *(s16 *)(lo + 4095) == -2); *(s64 *)(lo + 4091) = -3; expect(*(s64 *)(lo + 4091) == -3 && lo[4091] == 0xfd && hi[2] == 0xff); }`,
    ));
  it('a scalar that is mapped in part faults at the first byte that is not', () => {
    for (const access of ['*(u32 *)(m + 4094) = 1', '*(u64 *)(m + 4089) = 1', 'printk("%d", *(s16 *)(m + 4095))'])
      check(`machine { arch = i386; memory = 1G; } task main { ${PAGES} char *m = kmap_local_page(p); ${access}; }`, {
        reports: ['BUG: unable to handle page fault for address: fffbc000'],
      });
    check(
      'u64 *end = (u64 *)(0xffff888003fe0000UL - 4); printk("%llx", *end);',
      {
        reports: ['BUG: unable to handle page fault for address: ffff888003fe0000'],
      },
      { machine: 'config KASAN = n;' },
    );
  });
});

/** The same on both machines with highmem; BASE is PKMAP_BASE, SLOTS is LAST_PKMAP. */
const pkmap = (text: string, expected: Expected = {}, options: RunOptions = {}) => {
  for (const [arch, base, slots] of [
    ['i386', '0xfec00000UL', 1024],
    ['i386_pae', '0xff000000UL', 512],
  ] as const)
    check(
      `machine { arch = ${arch}; memory = 1G; cpus = ${options.cpus ?? 1}; ${options.machine ?? ''} } ${text.replaceAll('BASE', base).replaceAll('SLOTS', `${slots}`)}`,
      expected,
      { maxSteps: 60_000, ...options },
    );
};
const AT = (n: number | string) => `(void *)(BASE + ${n} * 4096)`;

describe('kmap, kunmap', () => {
  it('a lowmem page has its address already', () =>
    checkEverywhere(
      'task main { struct page *p = alloc_page(GFP_KERNEL); char *a = kmap(p); expect(a == page_address(p) && a == lowmem_page_address(p)); kunmap(p); kmap_flush_unused(); expect(page_address(p) == a && kmap_to_page(a) == p); __free_page(p); }',
    ));
  it('a highmem page gets the next slot, and keeps it after kunmap until the slots wrap', () =>
    pkmap(
      `task main { ${PAGES} expect(PageHighMem(p) && page_address(p) == NULL); void *a = kmap(p); expect(a == ${AT(1)} && page_address(p) == a); expect(kmap(p) == a); kunmap(p); expect(page_address(p) == a); kunmap(p); expect(page_address(p) == a); expect(kmap(p) == a); expect(kmap(q) == ${AT(2)}); kunmap(q); kunmap(p); kmap_flush_unused(); expect(page_address(p) == NULL && page_address(q) == NULL); expect(kmap(p) == ${AT(3)}); kunmap(p); }`,
    ));
  it('what is written is the page’s, through both kinds of mapping', () =>
    pkmap(
      `task main { ${PAGES} int *a = kmap(p); int *b = kmap_local_page(p), *c = kmap(q); expect(b != a && b == (int *)0xfffbb000); *a = 42; *c = 7; expect(*b == 42 && *c == 7); kunmap_local(b); kunmap(p); kunmap(q); }`,
    ));
  it('at the wrap, slots without users are flushed, others are passed over', () =>
    pkmap(
      `task main { ${PAGES} struct page *held = alloc_page(GFP_HIGHUSER); void *h = kmap(held); int i; for (i = 2; i < SLOTS; i++) { struct page *r = alloc_page(GFP_HIGHUSER); expect(kmap(r) == ${AT('i')}); kunmap(r); } expect(kmap(p) == ${AT(0)}); expect(kmap(q) == ${AT(2)}); expect(page_address(held) == h); }`,
    ));
  it('while all slots are in use, a task waits until one is released', () =>
    pkmap(
      `struct page *held[SLOTS]; struct page *late; int got;
      task waiter on cpu 0 { late = alloc_page(GFP_HIGHUSER); int i; for (i = 0; i < SLOTS; i++) { held[i] = alloc_page(GFP_HIGHUSER); kmap(held[i]); } got = 1; void *a = kmap(late); got = 2; expect(a == ${AT(9)} && page_address(held[8]) == NULL); }
      task releaser on cpu 0 { while (got != 1) yield(); yield(); expect(got == 1 && waiter->__state == TASK_UNINTERRUPTIBLE); kunmap(held[8]); }`,
    ));
  it('of several who wait, all are woken, and one gets the slot; a page that another maps meanwhile is shared', () =>
    pkmap(
      `struct page *held[SLOTS]; struct page *one, *two; int waiting, done;
      task fill on cpu 0 { one = alloc_page(GFP_HIGHUSER); two = alloc_page(GFP_HIGHUSER); int i; for (i = 0; i < SLOTS; i++) { held[i] = alloc_page(GFP_HIGHUSER); kmap(held[i]); } waiting = 1; while (waiting < 4) yield(); msleep(1); kunmap(held[100]); msleep(1); expect(done == 2 || done == 1); kunmap(held[200]); msleep(1); expect(done == 3); expect(page_address(one) && page_address(two)); }
      task a on cpu 0 { while (!waiting) yield(); waiting++; kmap(one); done++; }
      task b on cpu 0 { while (!waiting) yield(); waiting++; kmap(two); done++; }
      task c on cpu 0 { while (!waiting) yield(); waiting++; kmap(one); done++; }`,
    ));
  it('nobody releases a slot: a hung task', () =>
    pkmap('task main { int i; for (i = 0; i <= SLOTS; i++) kmap(alloc_page(GFP_HIGHUSER)); }', {
      status: 'deadlock',
      reports: ['INFO: task main'],
      detail: 'it waits for a wake-up on pkmap_map_wait',
    }));
  it('kunmap of what is not mapped', () => {
    pkmap(`task main { ${PAGES} kunmap(p); }`, { reports: ['kernel BUG at mm/highmem.c:358'] });
    pkmap(`task main { ${PAGES} kmap(p); kunmap(p); kunmap(p); }`, { reports: ['kernel BUG at mm/highmem.c:368'] });
  });
  it('the task that died held kmap_lock: the next kmap spins', () =>
    pkmap(`task main on cpu 0 { ${PAGES} kunmap(p); } task next on cpu 0 { ${PAGES} msleep(1); kmap(p); }`, {
      status: 'deadlock',
      reports: ['kernel BUG at mm/highmem.c:358', /soft lockup/],
    }));
  it('may sleep', () => {
    checkEverywhere(
      'task main { struct page *p = alloc_page(GFP_KERNEL); preempt_disable(); kmap(p); preempt_enable(); }',
      { reports: ['BUG: sleeping function called from invalid context at include/linux/highmem-internal.h'] },
    );
    pkmap(`task main { ${PAGES} kmap(p); preempt_disable(); kunmap(p); preempt_enable(); }`, {
      reports: ['BUG: sleeping function called from invalid context at include/linux/highmem-internal.h'],
    });
    // without highmem there is nothing to do
    check(
      'struct page *p = alloc_page(GFP_KERNEL); kmap(p); preempt_disable(); kunmap(p); preempt_enable(); expect(1);',
    );
  });
  it('an address after the flush is not mapped', () => {
    pkmap(`task main { ${PAGES} int *a = kmap(p); kunmap(p); *a = 1; expect(*a == 1); kmap_flush_unused(); *a = 2; }`, {
      reports: [/BUG: unable to handle page fault for address: f[ef][c0]01000/],
    });
  });
  it('kmap_to_page warns once for each kind of mapping', () =>
    pkmap(
      `task main { ${PAGES} void *a = kmap(p); expect(kmap_to_page(a) == p && kmap_to_page(a) == p); void *l = kmap_local_page(q); expect(kmap_to_page(l) == q); kunmap_local(l); }`,
      { reports: [/mm\/highmem\.c:163 __kmap_to_page$/, /mm\/highmem\.c:168 __kmap_to_page$/] },
    ));
  it('an address that is not one of kmap_local_page', () =>
    pkmap('task main { kunmap_local((void *)0x1000); kunmap_local((void *)0x2000); expect(1); }', {
      reports: [/mm\/highmem\.c:604 kunmap_local_indexed$/],
    }));
});

describe('highmem pages', () => {
  it('copied and cleared, mapped or not', () =>
    checkEverywhere(
      `machine { memory = 1G; } task main { struct page *p = alloc_page(GFP_HIGHUSER), *q = alloc_page(GFP_HIGHUSER); char text[8] = "highmem", back[8]; clear_highpage(p); memset_page(q, 0, 0xaa, PAGE_SIZE); memcpy_to_page(p, 4000, text, 8); copy_highpage(q, p); memcpy_from_page(back, q, 4000, 8); expect(strcmp(back, text) == 0); memcpy_page(q, 0, p, 4000, 8); memzero_page(q, 4000, 8); memcpy_from_page(back, q, 0, 8); expect(strcmp(back, text) == 0); memcpy_from_page(back, q, 4000, 8); expect(back[0] == 0); copy_user_highpage(q, p, 0, NULL); clear_user_highpage(p, 0); memcpy_from_page(back, q, 4000, 8); expect(strcmp(back, text) == 0); memcpy_from_page(back, p, 4000, 8); expect(back[0] == 0); }`,
    ));
  it('parts of a page set to zero', () =>
    checkEverywhere(
      'struct page *p = alloc_page(GFP_HIGHUSER); char c[12]; memset_page(p, 0, 1, PAGE_SIZE); zero_user(p, 2, 3); zero_user_segment(p, 7, 8); zero_user_segments(p, 9, 10, 11, 9); memcpy_from_page(c, p, 0, 12); int i, n = 0; for (i = 0; i < 12; i++) n |= c[i] << i; expect(n == 0xd63);',
    ));
  it('zero_user of a compound page; behind its end', () => {
    checkEverywhere(
      'struct page *p = alloc_pages(GFP_KERNEL | __GFP_COMP, 1); char *a = page_address(p); memset(a, 1, 8192); zero_user(p, 4090, 10); expect(a[4089] == 1 && a[4090] == 0 && a[4096] == 0 && a[4099] == 0 && a[4100] == 1);',
    );
    checkEverywhere('struct page *p = alloc_page(GFP_KERNEL); zero_user(p, 4000, 97);', {
      reports: ['kernel BUG at include/linux/highmem.h'],
    });
  });
  it('how many there are', () => {
    pkmap(
      'task main { unsigned int free = nr_free_highpages(); expect(free > 10000 && totalhigh_pages() >= free); alloc_pages(GFP_HIGHUSER, 5); expect(nr_free_highpages() == free - 32); }',
    );
    check('expect(nr_free_highpages() == 0 && totalhigh_pages() == 0);');
  });
});

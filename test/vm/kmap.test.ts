/** Local mappings of pages: the addresses are those that real kernels gave (686 and 686-pae, Debian 6.1.176). */
import { check, checkEverywhere, type RunOptions } from './scenario';

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
  it('ended in the wrong order', () =>
    void check(
      `machine { arch = i386; memory = 1G; } task main { ${PAGES} void *a = kmap_local_page(p), *b = kmap_local_page(q); kunmap_local(a); kunmap_local(b); expect(1); }`,
      { reports: [/mm\/highmem\.c:610 kunmap_local_indexed$/] },
    ));
  it('more than sixteen, one too few', () => {
    check(
      `machine { arch = i386; memory = 1G; } task main { ${PAGES} int i; for (i = 0; i < 17; i++) kmap_local_page(p); }`,
      { reports: [/kernel BUG at mm\/highmem\.c/] },
    );
    check(`machine { arch = i386; memory = 1G; } task main { kunmap_local((void *)0xfffbb000); }`, {
      reports: [/kernel BUG at mm\/highmem\.c/],
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
      'u64 *end = (u64 *)(0xffff888004000000UL - 4); printk("%llx", *end);',
      {
        reports: ['BUG: unable to handle page fault for address: ffff888004000000'],
      },
      { machine: 'config KASAN = n;' },
    );
  });
});

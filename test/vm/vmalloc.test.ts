/** vmalloc and its relatives in scenarios: addresses, pages, guard pages, lazy freeing, interrupts, device memory. */
import { check, checkEverywhere, STOCK } from './scenario';

const task = (body: string): string => `task main { ${body} }`;
/** on a kernel without KASAN, which would see the access first */
const stock = (text: string, expected: Parameters<typeof check>[1], arch: 'x86_64' | 'i386' | 'i386_pae' = 'x86_64') =>
  check(text, expected, { arch, machine: STOCK });

describe('vmalloc in scenarios', () => {
  it('memory that can be read and written, a guard page behind it', () =>
    checkEverywhere(
      task(
        'char *p = vmalloc(5000); expect(p != NULL && is_vmalloc_addr(p)); p[0] = 1; p[4999] = 2; expect(p[0] == 1 && p[4999] == 2); struct vm_struct *vm = find_vm_area(p); expect(vm->addr == p && vm->size == 3 * PAGE_SIZE && vm->nr_pages == 2 && vm->flags == VM_ALLOC); expect(find_vm_area(p + 5000) == vm); expect(vm->pages[0] == vmalloc_to_page(p) && vm->pages[1] == vmalloc_to_page(p + PAGE_SIZE)); expect(vmalloc_to_page(p + 2 * PAGE_SIZE) == NULL); expect(vmalloc_to_pfn(p) == page_to_pfn(vm->pages[0])); vfree(p); expect(find_vm_area(p) == NULL); vfree(NULL);',
      ),
    ));
  it('the whole family', () =>
    checkEverywhere(
      task(
        'char *a = vzalloc(9000); expect(a[0] == 0 && a[8999] == 0); char *b = vmalloc_node(1, 0), *c = vzalloc_node(1, 0); int *d = vmalloc_array(10, sizeof(int)), *e = vcalloc(3000, sizeof(int)); expect(e[2999] == 0); char *f = __vmalloc(100, GFP_KERNEL | __GFP_ZERO); expect(f[99] == 0); char *g = vmalloc_user(1), *h = vmalloc_32(1); expect(find_vm_area(g)->flags == (VM_ALLOC | VM_USERMAP)); expect(page_to_phys(vmalloc_to_page(h)) < 0x100000000); vfree(a); vfree(b); vfree(c); vfree(d); vfree(e); vfree(f); vfree(g); vfree(h); expect(vmalloc_array(SIZE_MAX, 2) == NULL);',
      ),
    ));
  it('the page behind is not mapped: an access there is a page fault', () => {
    for (const arch of ['x86_64', 'i386', 'i386_pae'] as const)
      stock(
        task('char *p = vmalloc(PAGE_SIZE); p[PAGE_SIZE] = 1;'),
        { reports: [/^BUG: unable to handle page fault for address: [0-9a-f]+$/] },
        arch,
      );
  });
  it('addresses are lowest first; freed ones come back after a purge', () =>
    checkEverywhere(
      task(
        'char *a = vmalloc(1), *b = vmalloc(1), *c = vmalloc(1); expect(b > a && c > b); vfree(b); expect(atomic_long_read(&vmap_lazy_nr) == 2); char *d = vmalloc(1); expect(d > c); vm_unmap_aliases(); expect(atomic_long_read(&vmap_lazy_nr) == 0); expect(vmalloc(1) == b);',
      ),
    ));
  it('the areas are a list by address', () =>
    checkEverywhere(
      task(
        'char *a = vmalloc(1), *b = vmalloc(1), *end = NULL; struct vmap_area *va; int found = 0; list_for_each_entry(va, &vmap_area_list, list) { expect((char *)va->va_start >= end); end = (char *)va->va_end; if (va->va_start == (unsigned long)a || va->va_start == (unsigned long)b) { expect(va->vm->addr == (void *)va->va_start); found++; } } expect(found == 2);',
      ),
    ));
  it('a worker purges when too much is lazily free', () =>
    checkEverywhere(
      task(
        'int i; for (i = 0; i < 32; i++) { char *p = vmalloc(256 * PAGE_SIZE); vfree(p); } expect(atomic_long_read(&vmap_lazy_nr) > 8192 || atomic_long_read(&vmap_lazy_nr) == 0); msleep(10); expect(atomic_long_read(&vmap_lazy_nr) < 8192);',
      ),
    ));
  it('vmap shows pages side by side, vunmap leaves them', () =>
    checkEverywhere(
      task(
        'struct page *p[3]; int i; for (i = 0; i < 3; i++) p[i] = alloc_page(GFP_KERNEL); char *m = vmap(p, 3, VM_MAP, PAGE_KERNEL); expect(m != NULL && find_vm_area(m)->flags == VM_MAP); for (i = 0; i < 3; i++) { m[i * PAGE_SIZE] = 10 + i; expect(*(char *)page_address(p[i]) == 10 + i && vmalloc_to_page(m + i * PAGE_SIZE) == p[i]); } vunmap(m); expect(*(char *)page_address(p[2]) == 12); for (i = 0; i < 3; i++) __free_page(p[i]);',
      ),
    ));
  it('VM_MAP_PUT_PAGES: vfree gives the pages back, and the array', () =>
    checkEverywhere(
      task(
        'struct page **p = vmalloc(2 * sizeof(*p)); p[0] = alloc_page(GFP_KERNEL); p[1] = alloc_page(GFP_KERNEL); struct page *first = p[0]; char *m = vmap(p, 2, VM_MAP | VM_MAP_PUT_PAGES, PAGE_KERNEL); get_page(first); vfree(m); expect(page_count(first) == 1); expect(find_vm_area(p) == NULL); __free_page(first);',
      ),
    ));
  it('vm_map_ram takes addresses from a block of its CPU', () =>
    checkEverywhere(
      task(
        'struct page *p[2]; p[0] = alloc_page(GFP_KERNEL); p[1] = alloc_page(GFP_KERNEL); char *a = vm_map_ram(p, 2, -1), *b = vm_map_ram(p, 1, -1); expect(b == a + 2 * PAGE_SIZE); a[PAGE_SIZE] = 7; expect(*(char *)page_address(p[1]) == 7); expect(find_vm_area(a) == NULL && is_vmalloc_addr(a)); vm_unmap_ram(b, 1); expect(vmalloc_to_page(b) == NULL && vmalloc_to_page(a) == p[0]); vm_unmap_ram(a, 2); vm_unmap_aliases();',
      ),
    ));
  it('get_vm_area has addresses and no pages', () =>
    checkEverywhere(
      task(
        'struct vm_struct *vm = get_vm_area(3 * PAGE_SIZE, VM_MAP); expect(vm->size == 4 * PAGE_SIZE && vmalloc_to_page(vm->addr) == NULL); void *at = vm->addr; free_vm_area(vm); expect(find_vm_area(at) == NULL);',
      ),
    ));
  it('in an interrupt: vmalloc is a bug, vfree is left to a worker', () => {
    const fatal = { status: 'panic', reports: [/^kernel BUG at mm\/vmalloc\.c/, /^Kernel panic/] } as const;
    check(`irq line { vmalloc(1); } task main { sim_raise(line); }`, fatal);
    check(`static char *p; irq line { vunmap(p); } task main { p = vmalloc(1); sim_raise(line); }`, fatal);
    check(
      `static char *p; irq line { vfree(p); expect(find_vm_area(p) != NULL); } task main { p = vmalloc(1); sim_raise(line); msleep(5); expect(find_vm_area(p) == NULL); }`,
      {},
    );
    check(`static char *p; nmi line { vfree(p); } task main { p = vmalloc(1); sim_raise(line); }`, fatal);
    check(
      `task main { char *p = vmalloc(1), *q = vmalloc(1); preempt_disable(); vfree_atomic(p); vfree_atomic(q); preempt_enable(); expect(find_vm_area(p) != NULL); msleep(5); expect(find_vm_area(p) == NULL && find_vm_area(q) == NULL); }`,
      {},
    );
  });
  it('what is not an area', () => {
    check(task('char *p = (char *)__get_free_page(GFP_KERNEL); vfree(p); expect(1);'), {
      reports: [/^Trying to vfree\(\) nonexistent vm area \(/],
    });
    check(task('char *p = vmalloc(1); vfree(p + 4); expect(1);'), {
      reports: [/^Trying to vfree\(\) bad address \(/],
    });
    check(task('char *p = vmalloc(1); vfree(p); vfree(p); expect(1);'), {
      reports: [/^Trying to vfree\(\) nonexistent vm area \(/],
    });
    check(task('expect(vmalloc(0) == NULL);'), { reports: [/mm\/vmalloc\.c __vmalloc_node_range/] });
    check(task('expect(vmalloc(1UL << 40) == NULL);'), {
      reports: [
        /^main: vmalloc error: size 1099511627776, exceeds total pages, mode:0xcc0\(GFP_KERNEL\), nodemask=\(null\),cpuset=\/,mems_allowed=0$/,
      ],
    });
  });
  it('device memory reads as ones; RAM is not mapped', () => {
    checkEverywhere(
      task(
        'void __iomem *r = ioremap(0xfed00010, 0x100); expect(r != NULL && ((unsigned long)r & 0xfff) == 0x10); expect(readl(r) == 0xffffffff && readb(r + 3) == 0xff && readw(r) == 0xffff); writel(5, r); expect(readl(r) == 0xffffffff); struct vm_struct *vm = find_vm_area((void *)((unsigned long)r & PAGE_MASK)); expect(vm->flags == VM_IOREMAP && vm->phys_addr == 0xfed00000 && vm->size == 2 * PAGE_SIZE); iounmap(r); expect(find_vm_area((void *)r) == NULL);',
      ),
    );
    check(task('expect(ioremap(0x2000000, 4096) == NULL); expect(ioremap(0x2000000, 4096) == NULL);'), {
      reports: [/^ioremap on RAM at 0x0000000002000000 - 0x0000000002000fff$/],
    });
  });
  it('vmalloc_huge maps 2 MiB at once, ioremap aligned memory', () =>
    void check(
      task(
        'char *p = vmalloc_huge(4 << 20, GFP_KERNEL); expect(((unsigned long)p & 0x1fffff) == 0 && find_vm_area(p)->page_order == 9); p[4194303] = 3; expect(page_to_pfn(vmalloc_to_page(p + PAGE_SIZE)) == page_to_pfn(vmalloc_to_page(p)) + 1); vfree(p); char *q = vmalloc_huge(4096, GFP_KERNEL); expect(find_vm_area(q)->page_order == 0);',
      ),
      {},
    ));
  it('kvmalloc is kmalloc if that is easy, else vmalloc', () =>
    checkEverywhere(
      task(
        'char *a = kvmalloc(100, GFP_KERNEL), *b = kvzalloc(20000, GFP_KERNEL), *c = kvmalloc(8 << 20, GFP_KERNEL); expect(!is_vmalloc_addr(a) && !is_vmalloc_addr(b) && is_vmalloc_addr(c)); c[0] = 4; c = kvrealloc(c, 8 << 20, 9 << 20, GFP_KERNEL); expect(c[0] == 4 && find_vm_area(c) != NULL); a[99] = 7; a = kvrealloc(a, 100, 200, GFP_KERNEL); expect(a[99] == 7); kvfree(c); expect(find_vm_area(c) == NULL); kvfree(b); kvfree(a); kvfree(NULL); long *d = kvcalloc(10, sizeof(long), GFP_KERNEL), *e = kvmalloc_array(10, sizeof(long), GFP_KERNEL), *f = kvmalloc_node(10, GFP_KERNEL, 0); expect(d[9] == 0); kvfree(d); kvfree(e); kvfree(f); expect(kvmalloc_array(SIZE_MAX, 2, GFP_KERNEL) == NULL); expect(kvmalloc(8 << 20, GFP_NOWAIT | __GFP_NOWARN) == NULL);',
      ),
    ));
  it('a damaged tree or list ends the run in kmem’s words: the kernel would go around in it', () => {
    const limit = {
      status: 'limit',
      reports: [/^the kernel follows a (red-black tree|list of areas) that has no end$/],
    } as const;
    const damaged = (list: string, damage: string, then: string) =>
      check(
        task(
          `char *p = vmalloc(1), *q = vmalloc(1 << 20); vfree(p); struct vmap_area *va = list_last_entry(&${list}, struct vmap_area, list); ${damage} ${then}`,
        ),
        limit,
      );
    damaged('vmap_area_list', 'va->rb_node.rb_right = &va->rb_node; va->va_end = 0;', 'vmalloc(1 << 21);');
    damaged(
      'free_vmap_area_list',
      'va->rb_node.rb_right = &va->rb_node; va->subtree_max_size = -1UL; va->va_end = va->va_start;',
      'vmalloc(1 << 22);',
    );
    damaged('purge_vmap_area_list', 'va->list.next = &va->list;', 'vm_unmap_aliases();');
  });
  it('the purge flushes the TLBs: an address that comes back is the new page’s', () =>
    checkEverywhere(
      task(
        'char *p = vmalloc(1), *q; struct page *old = vmalloc_to_page(p); p[0] = 1; get_page(old); vfree(p); vm_unmap_aliases(); q = vmalloc(1); expect(q == p && vmalloc_to_page(q) != old); q[0] = 2; expect(vmalloc_to_pfn(q) != page_to_pfn(old)); struct page *map[1]; map[0] = vmalloc_to_page(q); char *r = vmap(map, 1, VM_MAP, PAGE_KERNEL); expect(r[0] == 2); vunmap(r); vfree(q); put_page(old);',
      ),
    ));
  it('a lock in memory that is freed while it is held', () =>
    void check(
      task(
        'spinlock_t *l = vmalloc(sizeof(*l)); spin_lock_init(l); mutex_lock(&m); struct mutex *x = vmalloc(sizeof(*x)); mutex_init(x); mutex_lock(x); vfree(x);',
      ).replace('task main', 'static DEFINE_MUTEX(m); task main'),
      {
        reports: [/^WARNING: held lock freed!/, /exited with|locks? held|BUG: main/].slice(0, 1),
      },
    ));
});

/** The slab allocator as a scenario calls it: kmalloc and its family, caches, constructors, merging, failures. */
import assert from 'node:assert/strict';
import { check, checkEverywhere, run, STOCK } from './scenario';

const CACHE = 'struct kmem_cache *c = kmem_cache_create("things", 40, 0, 0, NULL); expect(c);';

describe('frees that the kernel accepts', () => {
  const stock = { machine: STOCK };
  it('kmem notes an object that is free already and not the first of its list', () =>
    void check(
      'void *p = kmalloc(64, GFP_KERNEL), *q = kmalloc(64, GFP_KERNEL); kfree(p); kfree(q); kfree(p);',
      {
        reports: [/^0xffff8880\w+ is freed to kmalloc-64, but is free already$/],
        detail: 'two later allocations return the same address',
      },
      stock,
    ));
  it('and an address inside an object', () =>
    void check(
      'char *p = kmalloc(64, GFP_KERNEL); kfree(p + 8); char *q = kmalloc(64, GFP_KERNEL); expect(q == p + 8);',
      { reports: [/^0xffff8880\w+ is freed to kmalloc-64, but is 8 bytes inside an object$/] },
      stock,
    ));
  it('the first of its list is a BUG of the kernel’s; correct code is not noted', () => {
    check(
      'void *p = kmalloc(64, GFP_KERNEL); kfree(p); kfree(p);',
      { reports: ['kernel BUG at mm/slub.c:419!'] },
      stock,
    );
    checkEverywhere(
      'int i, k; void *p[70]; for (k = 0; k < 3; k++) { for (i = 0; i < 70; i++) { p[i] = kmalloc(64, GFP_KERNEL); memset(p[i], 0, 64); } for (i = 0; i < 70; i++) kfree(p[(i * 11) % 70]); } expect(k == 3);',
      {},
      { machine: STOCK, maxSteps: 20_000 },
    );
  });
});

describe('kmalloc', () => {
  it('takes the class that fits', () => {
    checkEverywhere(
      `size_t sizes[] = { 1, 8, 9, 64, 65, 96, 97, 128, 129, 192, 193, 257, 1024, 4097, 8192 };
       size_t classes[] = { 8, 8, 16, 64, 96, 96, 128, 128, 192, 192, 256, 512, 1024, 8192, 8192 };
       for (int i = 0; i < ARRAY_SIZE(sizes); i++) {
         void *p = kmalloc(sizes[i], GFP_KERNEL);
         expect(ksize(p) == classes[i]);
         expect(kmalloc_size_roundup(sizes[i]) == classes[i]);
         kfree(p);
       }`,
      {},
      { machine: STOCK },
    );
  });
  it('takes whole pages above the largest class', () => {
    checkEverywhere(
      `char *p = kmalloc(8193, GFP_KERNEL); expect(ksize(p) == 16384); expect(!PageSlab(virt_to_page(p)));
       p[16383] = 1; kfree(p);
       expect(!kmalloc(KMALLOC_MAX_SIZE + 1, GFP_KERNEL | __GFP_NOWARN));
       expect(kmalloc_size_roundup(8193) == 16384); expect(kmalloc_size_roundup(0) == 0);`,
    );
  });
  it('a size of 0 gives a pointer that can be freed', () => {
    checkEverywhere(
      'void *p = kmalloc(0, GFP_KERNEL); expect(p == ZERO_SIZE_PTR); expect(ksize(p) == 0); kfree(p); kfree(NULL);',
    );
  });
  it('kzalloc, kcalloc and __GFP_ZERO clear; others do not, unless the kernel initialises all memory', () => {
    const dirty = 'char *p = kmalloc(64, GFP_KERNEL); memset(p, 0xee, 64); kfree(p);';
    const off = 'config INIT_ON_ALLOC_DEFAULT_ON = n;';
    check(
      `${dirty} char *q = kzalloc(64, GFP_KERNEL); expect(q == p); expect(q[8] == 0);`,
      {},
      { machine: `${off} ${STOCK}` },
    );
    check(
      `${dirty} char *q = kcalloc(4, 16, GFP_KERNEL); expect(q == p); expect(q[8] == 0);`,
      {},
      { machine: `${off} ${STOCK}` },
    );
    check(
      `${dirty} char *q = kmalloc(64, GFP_KERNEL); expect(q == p); expect(q[8] == (char)0xee);`,
      {},
      { machine: `${off} ${STOCK}` },
    );
    check(`${dirty} char *q = kmalloc(64, GFP_KERNEL); expect(q == p); expect(q[8] == 0);`, {}, { machine: STOCK });
  });
  it('arrays whose size overflows are refused', () => {
    checkEverywhere(
      `size_t many = SIZE_MAX / 8 + 2;
       expect(!kmalloc_array(many, 8, GFP_KERNEL)); expect(!kcalloc(many, 8, GFP_KERNEL));
       void *p = kmalloc_array(3, 5, GFP_KERNEL); expect(ksize(p) == 16); kfree(p);`,
      {},
      { machine: STOCK },
    );
  });
  it('DMA, reclaimable and accounted memory have classes of their own', () => {
    check(
      `void *dma = kmalloc(64, GFP_KERNEL | GFP_DMA); void *rcl = kmalloc(64, GFP_KERNEL | __GFP_RECLAIMABLE);
       void *cg = kmalloc(64, GFP_KERNEL_ACCOUNT); void *normal = kmalloc(64, GFP_KERNEL);
       struct slab *s = (struct slab *)virt_to_page(dma); expect(strcmp(s->slab_cache->name, "dma-kmalloc-64") == 0);
       s = (struct slab *)virt_to_page(rcl); expect(strcmp(s->slab_cache->name, "kmalloc-rcl-64") == 0);
       s = (struct slab *)virt_to_page(cg); expect(strcmp(s->slab_cache->name, "kmalloc-cg-64") == 0);
       s = (struct slab *)virt_to_page(normal); expect(strcmp(s->slab_cache->name, "kmalloc-64") == 0);
       expect(zone_idx(page_zone(virt_to_page(dma))) == ZONE_DMA);`,
    );
  });
});

describe('krealloc', () => {
  it('stays while the class holds the new size, and moves with what was there', () => {
    checkEverywhere(
      `char *p = kmalloc(20, GFP_KERNEL); strcpy(p, "hello"); char *q = krealloc(p, 32, GFP_KERNEL); expect(q == p);
       q = krealloc(p, 100, GFP_KERNEL); expect(q != p); expect(strcmp(q, "hello") == 0); expect(ksize(q) == 128);
       expect(krealloc(q, 0, GFP_KERNEL) == ZERO_SIZE_PTR);
       p = krealloc(NULL, 10, GFP_KERNEL); expect(ksize(p) == 16); kfree(p);`,
      {},
      { machine: STOCK },
    );
  });
  it('leaves the old one where there is no memory', () => {
    check(
      `char *p = kmalloc(20, GFP_KERNEL); p[0] = 7; sim_fail_next(krealloc, 1);
       expect(!krealloc(p, 100, GFP_KERNEL)); expect(p[0] == 7); kfree(p);`,
      { lines: ['FAULT_INJECTION: forcing a failure of a slab allocation'] },
    );
  });
});

describe('copies', () => {
  it('kmemdup, kstrdup, kstrndup, kasprintf', () => {
    checkEverywhere(
      `char src[8] = { 1, 2, 3 }; char *d = kmemdup(src, 8, GFP_KERNEL); expect(d[2] == 3); kfree(d);
       char *s = kstrdup("text", GFP_KERNEL); expect(strcmp(s, "text") == 0); kfree(s);
       s = kstrndup("text", 2, GFP_KERNEL); expect(strcmp(s, "te") == 0); kfree(s);
       expect(!kstrdup(NULL, GFP_KERNEL));
       s = kasprintf(GFP_KERNEL, "%s-%d", "eth", 3); expect(strcmp(s, "eth-3") == 0); kfree(s);
       const char *k = kstrdup_const("const", GFP_KERNEL); expect(strcmp(k, "const") == 0); kfree_const(k);`,
    );
  });
  it('kfree_sensitive overwrites all of the allocation', () => {
    check(
      'char *p = kmalloc(20, GFP_KERNEL); p[31] = 9; p[0] = 8; kfree_sensitive(p); expect(p[0] == 0); expect(p[31] == 0);',
      {},
      { machine: `config INIT_ON_ALLOC_DEFAULT_ON = n; ${STOCK}` },
    );
  });
});

describe('caches', () => {
  it('hand out objects, the one that was freed last first', () => {
    checkEverywhere(
      `${CACHE} expect(kmem_cache_size(c) == 40);
       void *a = kmem_cache_alloc(c, GFP_KERNEL); void *b = kmem_cache_zalloc(c, GFP_KERNEL); expect(a != b);
       kmem_cache_free(c, a); expect(kmem_cache_alloc(c, GFP_KERNEL) == a);
       kmem_cache_free(c, a); kmem_cache_free(c, b); kmem_cache_shrink(c); kmem_cache_destroy(c); kmem_cache_destroy(NULL);`,
      {},
      { machine: STOCK },
    );
  });
  it('KMEM_CACHE names a cache after its structure', () => {
    checkEverywhere(
      `struct foo { long a; char b[20]; };
       task main { struct kmem_cache *c = KMEM_CACHE(foo, SLAB_HWCACHE_ALIGN); expect(strcmp(c->name, "foo") == 0);
       expect(kmem_cache_size(c) == sizeof(struct foo)); expect(c->align == (sizeof(struct foo) > 16 ? 32 : 16)); }`,
      {},
      { machine: `slab_nomerge; ${STOCK}` },
    );
  });
  it('like caches become one, unless slab_nomerge is given', () => {
    const two =
      'struct kmem_cache *a = kmem_cache_create("a", 200, 0, 0, NULL); struct kmem_cache *b = kmem_cache_create("b", 200, 0, 0, NULL);';
    check(
      `${two} expect(a == b); expect(a->refcount == 2); kmem_cache_destroy(a); expect(b->refcount == 1);`,
      {},
      { machine: STOCK },
    );
    check(`${two} expect(a != b);`, {}, { machine: `slab_nomerge; ${STOCK}` });
  });
  it('a constructor runs once on each object of a new slab, before one is handed out', () => {
    checkEverywhere(
      `static int made; struct thing { int magic; char rest[496]; };
       static void construct(void *object) { struct thing *t = object; t->magic = 77; made++; }
       task main {
         struct kmem_cache *c = kmem_cache_create("things", sizeof(struct thing), 0, 0, construct);
         struct thing *t = kmem_cache_alloc(c, GFP_KERNEL);
         struct slab *s = (struct slab *)virt_to_head_page(t);
         expect(t->magic == 77); expect(made == s->objects);
         struct thing *u = kmem_cache_alloc(c, GFP_KERNEL); expect(u->magic == 77); expect(made == s->objects);
         u->magic = 5; kmem_cache_free(c, u); expect(kmem_cache_alloc(c, GFP_KERNEL) == u); expect(u->magic == 5);
       }`,
      {},
      { machine: STOCK },
    );
  });
  it('bulks give all or none', () => {
    checkEverywhere(
      `${CACHE} void *p[20]; expect(kmem_cache_alloc_bulk(c, GFP_KERNEL, 20, p) == 20);
       for (int i = 1; i < 20; i++) expect(p[i] != p[i - 1] && p[i]);
       kmem_cache_free_bulk(c, 20, p); sim_fail_next(kmem_cache_alloc_bulk, 1);
       expect(kmem_cache_alloc_bulk(c, GFP_KERNEL, 20, p) == 0); kmem_cache_destroy(c);`,
      { lines: ['FAULT_INJECTION: forcing a failure of a slab allocation'] },
      { machine: STOCK },
    );
  });
  it('bulks of a cache with a constructor', () => {
    check(
      `static int made; static void construct(void *object) { *(int *)object = 9; made++; }
       task main {
         struct kmem_cache *c = kmem_cache_create("things", 1000, 0, 0, construct); void *p[40];
         expect(kmem_cache_alloc_bulk(c, GFP_KERNEL, 40, p) == 40);
         for (int i = 0; i < 40; i++) expect(*(int *)p[i] == 9);
         expect(made >= 40); kmem_cache_free_bulk(c, 40, p); kmem_cache_destroy(c);
       }`,
      {},
      { machine: STOCK },
    );
  });
  it('flags that no cache has are refused', () => {
    const ran = check('expect(!kmem_cache_create("bad", 40, 0, 1, NULL));');
    assert.match(ran.lines[0] ?? '', /^kmem_cache_create_usercopy\(bad\) failed with error -22$/);
    check('kmem_cache_create("bad", 40, 0, SLAB_PANIC | 1, NULL);', {
      status: 'panic',
      reports: ["Kernel panic - not syncing: kmem_cache_create_usercopy: Failed to create slab 'bad'. Error -22"],
    });
  });
  it('an object is freed to its own cache, with a warning', () => {
    check(
      `struct kmem_cache *a = kmem_cache_create("laba", 64, 0, 0, NULL);
       struct kmem_cache *b = kmem_cache_create("labb", 128, 0, 0, NULL);
       void *x = kmem_cache_alloc(a, GFP_KERNEL); kmem_cache_free(b, x); expect(kmem_cache_alloc(a, GFP_KERNEL) == x);`,
      { reports: ['cache_from_obj: Wrong slab cache. labb but object is from laba'] },
      { machine: `slab_nomerge; ${STOCK}` },
    );
  });
});

describe('RCU', () => {
  it('kfree_rcu frees after a grace period', () => {
    checkEverywhere(
      `struct foo { long a; struct rcu_head rcu; };
       task main {
         struct foo *f = kmalloc(sizeof(*f), GFP_KERNEL); struct slab *s = (struct slab *)virt_to_page(f);
         void *rest = kmalloc(sizeof(*f), GFP_KERNEL);
         rcu_read_lock(); kfree_rcu(f, rcu); f->a = 5; expect(f->a == 5); rcu_read_unlock();
         rcu_barrier(); expect(kmalloc(sizeof(*f), GFP_KERNEL) == f);
       }`,
      {},
      { machine: STOCK },
    );
  });
  it('slabs of a SLAB_TYPESAFE_BY_RCU cache, and the cache after them, go after a grace period', () => {
    checkEverywhere(
      `struct kmem_cache *c = kmem_cache_create("safe", 100, 0, SLAB_TYPESAFE_BY_RCU, NULL);
       int *p = kmem_cache_alloc(c, GFP_KERNEL); struct page *page = virt_to_page(p); *p = 3;
       rcu_read_lock(); kmem_cache_free(c, p); expect(*p == 3); rcu_read_unlock();
       kmem_cache_destroy(c); rcu_barrier(); expect(!PageSlab(page));
       expect(kmem_cache_create("other", 100, 0, 0, NULL) == c);`,
      {},
      { machine: `slab_nomerge; ${STOCK}` },
    );
  });
});

describe('contexts', () => {
  it('creating and destroying a cache may sleep', () => {
    const atomic = (call: string) => `static DEFINE_SPINLOCK(l); static struct kmem_cache *c;
      task main { c = kmem_cache_create("c", 64, 0, 0, NULL); spin_lock(&l); ${call} spin_unlock(&l); }`;
    // what follows within a second is not printed again
    const first = (call: string) => run(atomic(call)).reports[0];
    const title = 'BUG: sleeping function called from invalid context at';
    assert.equal(first('kmem_cache_create("d", 64, 0, 0, NULL);'), `${title} kernel/locking/mutex.c`);
    assert.equal(first('kmem_cache_destroy(c);'), `${title} include/linux/percpu-rwsem.h:49`);
  });
  it('the trace names the function that a call is compiled into', () => {
    const reports = ['BUG: sleeping function called from invalid context at include/linux/sched/mm.h:274'];
    const within = (call: string, detail: string) =>
      check(`size_t n = 24; ${call} preempt_disable(); ${call} preempt_enable();`, { reports, detail });
    within('kmalloc(24, GFP_KERNEL);', ' kmalloc_trace+0x');
    within('kmalloc(n, GFP_KERNEL);', ' __kmalloc+0x');
    within('kmalloc(10000, GFP_KERNEL);', ' kmalloc_large+0x');
    within('kcalloc(n, 4, GFP_KERNEL);', ' __kmalloc+0x');
    within('krealloc(NULL, n, GFP_KERNEL);', ' krealloc+0x');
    within('kmalloc_node(16, GFP_KERNEL, 0);', ' kmalloc_node_trace+0x');
  });
  it('GFP_ATOMIC may be used where GFP_KERNEL may not', () => {
    checkEverywhere(
      'static DEFINE_SPINLOCK(l); task main { spin_lock(&l); void *p = kmalloc(64, GFP_ATOMIC); expect(p); kfree(p); spin_unlock(&l); }',
    );
  });
});

describe('kfree of what is not from kmalloc', () => {
  it('a page is given to the page allocator, with a warning', () => {
    check(
      'void *p = (void *)__get_free_page(GFP_KERNEL); struct page *page = virt_to_page(p); kfree(p); expect(page_count(page) == 0);',
      { reports: ['WARNING: CPU: 0 PID: 12 at mm/slab_common.c:904 free_large_kmalloc'] },
      { machine: STOCK },
    );
  });
});

describe('whole pages', () => {
  it('are counted as slab memory: NR_SLAB_UNRECLAIMABLE_B is item 6', () => {
    const stat = 'NODE_DATA(0)->vm_stat[6].counter';
    check(
      `long before = ${stat}; void *p = kmalloc(40000, GFP_KERNEL); expect(${stat} == before + 16); kfree(p); expect(${stat} == before);`,
    );
  });
});

describe('kvmalloc', () => {
  it('is kmalloc where that has memory, else vmalloc', () => {
    checkEverywhere(
      `char *p = kvmalloc(3000, GFP_KERNEL); expect(!is_vmalloc_addr(p)); kvfree(p);
       p = kvzalloc(5 << 20, GFP_KERNEL); expect(is_vmalloc_addr(p)); expect(p[(5 << 20) - 1] == 0); kvfree(p); kvfree(NULL);
       sim_fail_next(kmalloc, 1); p = kvmalloc(8192, GFP_KERNEL); expect(is_vmalloc_addr(p)); p[5000] = 3;
       char *q = kvrealloc(p, 8192, 20000, GFP_KERNEL); expect(q[5000] == 3); kvfree(q);
       expect(!kvcalloc(SIZE_MAX / 2, 3, GFP_KERNEL)); q = kvmalloc_array(10, 10, GFP_KERNEL); expect(q); kvfree(q);`,
    );
  });
  it('up to a page, and where it may not sleep, there is only kmalloc', () => {
    checkEverywhere(
      `sim_fail_next(kmalloc, 1); expect(!kvmalloc(4096, GFP_KERNEL));
       sim_fail_next(kmalloc, 1); expect(!kvmalloc(8192, GFP_ATOMIC));`,
    );
  });
  it('more than INT_MAX is taken for a mistake', () => {
    check('expect(!kvmalloc(3UL << 30, GFP_KERNEL));', { reports: [/^WARNING: .* at mm\/util.c kvmalloc_node/] });
  });
  it('kvfree_rcu', () => {
    check(
      `struct foo { struct rcu_head rcu; long a[2000]; };
       task main { struct foo *f = vmalloc(sizeof(*f)); expect(f); kvfree_rcu(f, rcu); rcu_barrier(); msleep(10); expect(!find_vm_area(f)); }`,
    );
  });
});

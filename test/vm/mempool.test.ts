/** Memory pools: mempool_create and its like, with the functions of the kernel and of the scenario. */
import assert from 'node:assert/strict';
import { check, checkEverywhere, run, STOCK } from './scenario';

/** A pool whose functions the scenario has: it counts, refuses when told to, and hands out numbered elements. */
const OWN = `static int calls, frees, refuse, next = 1; static gfp_t last; static void *last_freed;
static void *own_alloc(gfp_t gfp, void *data) { calls++; last = gfp; expect(data == (void *)77); if (refuse) return NULL; return (void *)(long)(16 * next++); }
static void own_free(void *element, void *data) { frees++; last_freed = element; expect(data == (void *)77); }
`;
const own = (body: string): string => `${OWN} task main { mempool_t *p; ${body} }`;
const EL = (n: number): string => `(void *)${16 * n}`;

describe('memory pools', () => {
  it('mempool_create fills the reserve; the allocator is asked first, then the newest of the reserve', () =>
    checkEverywhere(
      own(
        `p = mempool_create(3, own_alloc, own_free, (void *)77); expect(p && p->min_nr == 3 && p->curr_nr == 3 && calls == 3 && last == GFP_KERNEL); expect(p->elements[0] == ${EL(1)} && p->elements[2] == ${EL(3)} && p->alloc == own_alloc && p->free == own_free && p->pool_data == (void *)77); expect(mempool_alloc(p, GFP_KERNEL) == ${EL(4)} && calls == 4); expect(last == (GFP_KERNEL & ~(__GFP_DIRECT_RECLAIM | __GFP_IO) | __GFP_NOMEMALLOC | __GFP_NORETRY | __GFP_NOWARN)); refuse = 1; expect(mempool_alloc(p, GFP_KERNEL) == ${EL(3)} && calls == 5 && p->curr_nr == 2); expect(mempool_alloc(p, GFP_ATOMIC) == ${EL(2)}); expect(mempool_alloc(p, GFP_NOWAIT) == ${EL(1)}); expect(mempool_alloc(p, GFP_NOWAIT) == NULL && calls == 8);`,
      ),
    ));
  it('mempool_free: to the reserve while it is short, then to the allocator; NULL is nothing', () =>
    checkEverywhere(
      own(
        `p = mempool_create(1, own_alloc, own_free, (void *)77); void *a = mempool_alloc(p, GFP_KERNEL); refuse = 1; void *b = mempool_alloc(p, GFP_KERNEL); expect(b == ${EL(1)} && p->curr_nr == 0); mempool_free(a, p); expect(p->curr_nr == 1 && p->elements[0] == a && frees == 0); mempool_free(b, p); expect(frees == 1 && last_freed == b); mempool_free(NULL, p); expect(frees == 1);`,
      ),
    ));
  it('mempool_resize: down frees from the top, up allocates; a reserve that cannot be filled stays short', () =>
    checkEverywhere(
      own(
        `p = mempool_create(4, own_alloc, own_free, (void *)77); expect(mempool_resize(p, 2) == 0 && p->min_nr == 2 && p->curr_nr == 2 && frees == 2 && last_freed == ${EL(3)}); void **old = p->elements; expect(mempool_resize(p, 5) == 0 && p->min_nr == 5 && p->curr_nr == 5 && p->elements[1] == ${EL(2)} && p->elements[4] == ${EL(7)}); refuse = 1; expect(mempool_resize(p, 9) == 0 && p->min_nr == 9 && p->curr_nr == 5); mempool_free(${EL(100)}, p); expect(p->curr_nr == 6);`,
      ),
    ));
  it('mempool_destroy and mempool_exit free the reserve from the top', () =>
    checkEverywhere(
      own(
        `p = mempool_create(3, own_alloc, own_free, (void *)77); mempool_destroy(p); expect(frees == 3 && last_freed == ${EL(1)}); mempool_destroy(NULL); mempool_t q = {}; expect(!mempool_initialized(&q)); expect(mempool_init(&q, 2, own_alloc, own_free, (void *)77) == 0 && q.curr_nr == 2 && mempool_initialized(&q)); mempool_exit(&q); expect(frees == 5 && !q.elements && q.curr_nr == 0); mempool_exit(&q); expect(frees == 5);`,
      ),
    ));
  it('a reserve that cannot be filled: NULL, and what there was is given back', () => {
    checkEverywhere(
      own(
        `refuse = 1; expect(mempool_create(2, own_alloc, own_free, (void *)77) == NULL && calls == 1 && frees == 0); mempool_t q = {}; expect(mempool_init(&q, 2, own_alloc, own_free, (void *)77) == -ENOMEM); expect(mempool_create(-1, own_alloc, own_free, NULL) == NULL);`,
      ),
    );
    check(
      own('expect(mempool_create(1 << 30, own_alloc, own_free, NULL) == NULL && calls == 0);'),
      {},
      { arch: 'i386' },
    );
    checkEverywhere(
      `static int n; static void *some(gfp_t gfp, void *data) { return n++ < 2 ? (void *)64 : NULL; } static int freed; static void none(void *e, void *data) { freed++; } task main { expect(mempool_create(3, some, none, NULL) == NULL && freed == 2); }`,
    );
  });
  it('without a reserve it is its allocator', () =>
    checkEverywhere(
      own(
        `p = mempool_create(0, own_alloc, own_free, (void *)77); expect(p && calls == 0 && p->curr_nr == 0); expect(mempool_alloc(p, GFP_ATOMIC) == ${EL(1)}); refuse = 1; expect(mempool_alloc(p, GFP_ATOMIC) == NULL); mempool_free(${EL(1)}, p); expect(frees == 1);`,
      ),
    ));
  it('pools of objects, of kmalloc memory and of pages', () => {
    checkEverywhere(
      'struct kmem_cache *c = kmem_cache_create("thing", 100, 0, 0, NULL); mempool_t *p = mempool_create_slab_pool(2, c); expect(p && p->curr_nr == 2 && p->alloc == mempool_alloc_slab && p->pool_data == c); void *a = mempool_alloc(p, GFP_KERNEL); memset(a, 1, 100); mempool_free(a, p); mempool_destroy(p); kmem_cache_destroy(c); expect(1);',
    );
    checkEverywhere(
      'mempool_t *p = mempool_create_kmalloc_pool(2, 300); char *a = mempool_alloc(p, GFP_NOIO); expect(ksize(a) == 512); memset(a, 1, 300); mempool_free(a, p); mempool_t q = {}; expect(mempool_init_kmalloc_pool(&q, 1, 64) == 0); mempool_exit(&q); mempool_destroy(p);',
    );
    checkEverywhere(
      'mempool_t *p = mempool_create_page_pool(2, 1); struct page *a = mempool_alloc(p, GFP_KERNEL); expect(page_count(a) == 1 && page_address(a)); mempool_free(a, p); mempool_destroy(p); expect(1);',
    );
  });
  for (const allocator of ['slub', 'slab', 'slob'])
    it(`over ${allocator}`, () =>
      checkEverywhere(
        'struct kmem_cache *c = kmem_cache_create("thing", 100, 0, 0, NULL); mempool_t *p = mempool_create_slab_pool(2, c), *q = mempool_create_kmalloc_pool(2, 300); void *a = mempool_alloc(p, GFP_NOIO); memset(a, 1, 100); sim_fail_next(kmalloc, 1); void *b = mempool_alloc(q, GFP_NOIO); expect(b && q->curr_nr == 1); memset(b, 1, 300); mempool_free(b, q); mempool_free(a, p); expect(mempool_resize(p, 7) == 0 && p->curr_nr == 7); mempool_destroy(p); mempool_destroy(q); kmem_cache_destroy(c);',
        {},
        { machine: `allocator = ${allocator};` },
      ));
  it('a task waits for an element that another gives back', () =>
    checkEverywhere(
      `static mempool_t *p; static void *taken; static int got; static int refuse; static void *alloc(gfp_t gfp, void *data) { return refuse ? NULL : (void *)64; } static void none(void *e, void *data) {}
      task main on cpu 0 { p = mempool_create(1, alloc, none, NULL); refuse = 1; taken = mempool_alloc(p, GFP_NOIO); void *e = mempool_alloc(p, GFP_NOIO); expect(e == taken && got == 1); }
      task other on cpu 0 { while (!taken) yield(); unsigned long start = jiffies; msleep(100); expect(main->__state == TASK_UNINTERRUPTIBLE && p->wait.head.next != &p->wait.head); got = 1; mempool_free(taken, p); expect(p->curr_nr == 1 && time_before(jiffies, start + HZ)); }`,
    ));
  it('or looks again after five seconds', () =>
    checkEverywhere(
      `static mempool_t *p; static int refuse; static void *alloc(gfp_t gfp, void *data) { return refuse ? NULL : (void *)64; } static void none(void *e, void *data) {}
      task main on cpu 0 { p = mempool_create(0, alloc, none, NULL); refuse = 1; unsigned long start = jiffies; void *e = mempool_alloc(p, GFP_NOIO); expect(e && jiffies - start >= 5 * HZ && jiffies - start < 5 * HZ + 64); expect(p->wait.head.next == &p->wait.head); }
      task other on cpu 0 { msleep(1000); refuse = 0; }`,
    ));
  it('its functions may sleep, and may be called in an interrupt', () => {
    checkEverywhere(
      'static void *slow(gfp_t gfp, void *data) { msleep(10); return (void *)64; } static void slower(void *e, void *data) { msleep(20); } task main { unsigned long start = jiffies; mempool_t *p = mempool_create(2, slow, slower, NULL); mempool_destroy(p); expect(jiffies - start >= (HZ * 60) / 1000); }',
    );
    checkEverywhere(
      'static mempool_t *p; static void *got; irq nic { got = mempool_alloc(p, GFP_ATOMIC); mempool_free(got, p); } task main { p = mempool_create_kmalloc_pool(1, 32); sim_raise(nic); expect(got && p->curr_nr == 1); }',
    );
  });
  it('sleeping is checked', () => {
    const report = /^BUG: sleeping function called from invalid context at include\/linux\/sched\/mm.h:274/;
    checkEverywhere(
      own(
        'p = mempool_create(1, own_alloc, own_free, (void *)77); preempt_disable(); mempool_alloc(p, GFP_KERNEL); preempt_enable();',
      ),
      { reports: [report] },
    );
    checkEverywhere(
      own(
        'p = mempool_create(1, own_alloc, own_free, (void *)77); preempt_disable(); mempool_resize(p, 2); preempt_enable();',
      ),
      {
        reports: ['BUG: sleeping function called from invalid context at mm/mempool.c:305', report],
      },
    );
  });
  it('__GFP_ZERO, a size of nothing, a pool that was destroyed', () => {
    check(
      own(
        'p = mempool_create(1, own_alloc, own_free, (void *)77); mempool_alloc(p, GFP_KERNEL | __GFP_ZERO); mempool_alloc(p, GFP_KERNEL | __GFP_ZERO);',
      ),
      { reports: [/mm\/mempool\.c:381 mempool_alloc$/] },
      { machine: 'config DEBUG_VM = y;' },
    );
    checkEverywhere(own('p = mempool_create(1, own_alloc, own_free, (void *)77); mempool_resize(p, 0);'), {
      reports: ['kernel BUG at mm/mempool.c:304'],
    });
    check(own('p = mempool_create(1, NULL, own_free, NULL);'), {
      reports: ['BUG: kernel NULL pointer dereference, address: 0000000000000000'],
    });
  });
  it('an element in the reserve is freed memory to KASAN', () => {
    check('mempool_t *p = mempool_create_page_pool(1, 0); char *a = page_address(p->elements[0]); *a = 1;', {
      reports: [/^BUG: KASAN: use-after-free in main/],
    });
    for (const pool of ['mempool_create_kmalloc_pool(1, 100)', 'mempool_create_kmalloc_pool(1, 20000)'])
      check(`mempool_t *p = ${pool}; char *a = p->elements[0]; *a = 1;`, {
        reports: [/^BUG: KASAN: (slab-)?use-after-free in main/],
      });
    check(
      'struct kmem_cache *c = kmem_cache_create("thing", 100, 0, 0, NULL); mempool_t *p = mempool_create_slab_pool(1, c); sim_fail_next(kmem_cache_alloc, 1); char *a = mempool_alloc(p, GFP_KERNEL); *a = 1; expect(p->curr_nr == 0); mempool_free(a, p); expect(p->curr_nr == 1); *a = 2;',
      { reports: [/^BUG: KASAN: (slab-)?use-after-free in main/] },
    );
  });
  it('an element that is freed twice', () =>
    void check(
      'mempool_t *p = mempool_create_kmalloc_pool(2, 100); sim_fail_next(kmalloc, 2); void *a = mempool_alloc(p, GFP_KERNEL), *b = mempool_alloc(p, GFP_KERNEL); expect(b); mempool_free(a, p); mempool_free(a, p);',
      { reports: [/^BUG: KASAN: double-free in mempool_free/] },
    ));
  it('call traces name the function that called the pool’s, and the one that it calls', () => {
    const trace = (text: string, machine = ''): string[] => {
      const { log } = run(text, { machine });
      const report = log.find((entry) => entry.kind !== 'print');
      return (report?.lines ?? []).map((line) => /^ (\w+)\+/.exec(line)?.[1] ?? '').filter((name) => name !== '');
    };
    const whole = trace('mempool_create_kmalloc_pool(1, 1 << 30);');
    assert.deepEqual(whole.slice(0, 4), ['__kmalloc_large_node', 'mempool_kmalloc', 'mempool_create', 'main']);
    const own = trace(
      'static void *alloc(gfp_t gfp, void *data) { WARN_ON(1); return NULL; } static void none(void *e, void *data) {} task main { mempool_create(1, alloc, none, NULL); }',
      STOCK,
    );
    assert.deepEqual(own.slice(0, 2), ['mempool_create', 'main']);
  });
  it('with SLUB_DEBUG_ON elements are poisoned, and what is written to them is found', () => {
    const on = { machine: 'config SLUB_DEBUG_ON = y; config KASAN = n;' };
    const report = { reports: ['BUG: mempool element poison mismatch'] };
    const take = 'sim_fail_next(kmalloc, 1); mempool_alloc(p, GFP_KERNEL);';
    checkEverywhere(
      `mempool_t *p = mempool_create_kmalloc_pool(1, 64); u8 *e = p->elements[0]; expect(e[0] == 0x6b && e[62] == 0x6b && e[63] == 0xa5); ${take} expect(e[0] == 0x5a && e[63] == 0x5a); mempool_free(e, p); expect(e[0] == 0x6b);`,
      {},
      on,
    );
    checkEverywhere(
      `mempool_t *p = mempool_create_kmalloc_pool(1, 64); u8 *e = p->elements[0]; e[20] = 1; ${take}`,
      report,
      on,
    );
    const { log } = check(
      `mempool_t *p = mempool_create_kmalloc_pool(1, 64); u8 *e = p->elements[0]; e[3] = 1; ${take}`,
      report,
      on,
    );
    const lines = log.find((entry) => entry.kind !== 'print')?.lines ?? [];
    assert.match(lines[0] ?? '', /^Mempool 0{8}[0-9a-f]{8} size 64$/);
    assert.match(lines[1] ?? '', /^ nr=0 @ 0{8}[0-9a-f]{8}: 0x6b 6b 6b 1 6b 6b 6b 6b 6b 6b 6b \.\.\.$/);
    checkEverywhere(
      'mempool_t *p = mempool_create_page_pool(1, 0); u8 *e = page_address(p->elements[0]); expect(e[0] == 0x6b && e[4095] == 0xa5); e[4094] = 0; mempool_destroy(p);',
      report,
      on,
    );
  });
  it('the allocator that fails below says nothing', () =>
    checkEverywhere(
      'struct kmem_cache *c = kmem_cache_create("thing", 100, 0, 0, NULL); mempool_t *p = mempool_create_slab_pool(1, c); sim_fail_next(kmem_cache_alloc, 1); expect(mempool_alloc(p, GFP_KERNEL) && p->curr_nr == 0); mempool_t *q = mempool_create_page_pool(1, 0); sim_fail_next(alloc_pages, 1); expect(mempool_alloc(q, GFP_KERNEL) && q->curr_nr == 0);',
      { lines: [] },
    ));
});

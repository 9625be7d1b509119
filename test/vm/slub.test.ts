/** SLUB as a scenario sees it: its structures as typed variables, and what becomes of what is written over free objects. */
import { check, checkEverywhere, type Expected, type RunOptions, STOCK } from './scenario';

const machine = `slab_nomerge; ${STOCK}`;
/** A cache with 40 objects of 100 bytes in a slab (39 where objects are aligned to 8). */
const CACHE =
  'struct kmem_cache *c = kmem_cache_create("things", 100, 0, 0, NULL); int per_slab = c->oo.x & 0xffff; void *p[200];';
const SLAB = 'struct slab *s = (struct slab *)virt_to_page(p[0]);';
const fill = (count: string) => `for (int i = 0; i < ${count}; i++) p[i] = kmem_cache_alloc(c, GFP_KERNEL);`;
const CPU = 'struct kmem_cache_cpu *cpu = per_cpu_ptr(c->cpu_slab, 0);';
const NODE = 'struct kmem_cache_node *n = c->node[0];';

describe('SLUB: structures in memory', () => {
  const BODIES: Record<string, string> = {
    'a new cache has no slab; the first object makes one, which is the CPU’s': `${CACHE} ${CPU} ${NODE} expect(!cpu->slab); expect(n->nr_slabs.counter == 0);
       ${fill('1')} ${SLAB} expect(cpu->slab == s); expect(s->slab_cache == c); expect(s->frozen); expect(!s->freelist);
       expect(s->inuse == s->objects); expect(s->objects == per_slab); expect(n->nr_slabs.counter == 1);
       expect(n->total_objects.counter == per_slab); expect(n->nr_partial == 0);`,
    'the CPU’s freelist holds what is free, the last freed first': `${CACHE} ${CPU} ${fill('3')} kmem_cache_free(c, p[1]); expect(cpu->freelist == p[1]);
       kmem_cache_free(c, p[0]); expect(cpu->freelist == p[0]);
       expect(kmem_cache_alloc(c, GFP_KERNEL) == p[0]); expect(kmem_cache_alloc(c, GFP_KERNEL) == p[1]);`,
    'each operation takes a new transaction number': `${CACHE} ${CPU} unsigned long tid = cpu->tid; ${fill('1')} unsigned long step = cpu->tid - tid; expect(step > 0);
       tid = cpu->tid; kmem_cache_free(c, p[0]); expect(cpu->tid != tid); expect(cpu->tid % nr_cpu_ids == 0);`,
    'a full slab is on no list; its first free object puts it on the CPU’s chain': `${CACHE} ${CPU} ${NODE} ${fill('per_slab + 1')} ${SLAB} expect(cpu->slab != s); expect(!s->frozen); expect(!cpu->partial);
       kmem_cache_free(c, p[0]); expect(cpu->partial == s); expect(s->slabs == 1); expect(s->frozen); expect(s->freelist == p[0]);
       expect(s->inuse == per_slab - 1); expect(n->nr_partial == 0);
       kmem_cache_free(c, p[1]); expect(s->freelist == p[1]); expect(s->inuse == per_slab - 2);`,
    'an empty CPU slab is followed by the chain’s first': `${CACHE} ${CPU} ${fill('2 * per_slab')} ${SLAB} kmem_cache_free(c, p[3]); expect(cpu->partial == s);
       expect(kmem_cache_alloc(c, GFP_KERNEL) == p[3]); expect(cpu->slab == s); expect(!cpu->partial);`,
    'shrinking gives empty slabs back, and moves the others to the node': `${CACHE} ${CPU} ${NODE} ${fill('2 * per_slab')} ${SLAB} for (int i = 1; i < 2 * per_slab; i++) kmem_cache_free(c, p[i]);
       expect(n->nr_slabs.counter == 2); expect(kmem_cache_shrink(c) == 1); expect(n->nr_slabs.counter == 1);
       expect(n->nr_partial == 1); expect(!cpu->slab); expect(!s->frozen); expect(s->inuse == 1);
       expect(list_first_entry(&n->partial, struct slab, slab_list) == s);
       kmem_cache_free(c, p[0]); expect(kmem_cache_shrink(c) == 0); expect(n->nr_slabs.counter == 0);`,
    'the geometry is in the cache': `${CACHE} expect(c->object_size == 100); expect(c->size == 104); expect(c->inuse == ALIGN(100, sizeof(void *)));
       expect(c->offset == (50 & ~(sizeof(void *) - 1))); expect(c->min_partial == 5); expect(c->cpu_partial == 120);
       expect(c->cpu_partial_slabs == DIV_ROUND_UP(240, per_slab)); expect(per_slab == 39);`,
    'a stored pointer is hidden by the cache’s random number and its own address': `${CACHE} ${fill('2')} kmem_cache_free(c, p[0]); kmem_cache_free(c, p[1]);
       unsigned long at = (unsigned long)p[1] + c->offset; unsigned long swapped = 0;
       for (int i = 0; i < sizeof(long); i++) swapped = swapped << 8 | at >> 8 * i & 0xff;
       expect((*(unsigned long *)at ^ c->random ^ swapped) == (unsigned long)p[0]);`,
    'a cache that is shut down with objects stays': `${CACHE} ${fill('1')} kmem_cache_free(c, p[0]); kmem_cache_destroy(c);
       expect(kmem_cache_create("again", 100, 0, 0, NULL) == c);`,
  };
  for (const [what, body] of Object.entries(BODIES))
    it(what, () => {
      checkEverywhere(body, {}, { machine });
    });
  it('other CPUs free to the slab, and take what it has when theirs is used up', () => {
    check(
      `struct kmem_cache *c; void *p; struct slab *s;
       task a on cpu 0 {
         c = kmem_cache_create("things", 100, 0, 0, NULL); p = kmem_cache_alloc(c, GFP_KERNEL);
         s = (struct slab *)virt_to_page(p); s = (struct slab *)virt_to_page(p);
       }
       task b on cpu 1 {
         kmem_cache_free(c, p); expect(s->freelist == p); expect(s->inuse == s->objects - 1);
         expect(!per_cpu_ptr(c->cpu_slab, 1)->slab); expect(kmem_cache_alloc(c, GFP_KERNEL) != p);
       }`,
      {},
      { machine, cpus: 2 },
    );
  });
  it('a node that is asked for gives a slab of its own memory', () => {
    check(
      `machine { cpus = 2; node 0 { memory = 64M; cpus = 0; } node 1 { memory = 64M; cpus = 1; } ${machine} }
       task main on cpu 0 {
         void *far = kmalloc_node(64, GFP_KERNEL, 1); expect(page_to_nid(virt_to_page(far)) == 1);
         // that slab is the CPU's now, for all who do not mind
         void *any = kmalloc(64, GFP_KERNEL); expect(page_to_nid(virt_to_page(any)) == 1);
         void *near = kmalloc_node(64, GFP_KERNEL, 0); expect(page_to_nid(virt_to_page(near)) == 0);
         kfree(any); expect(kmalloc_node(64, GFP_KERNEL, 1) == any);
       }`,
    );
  });
});

describe('SLUB: what goes wrong', () => {
  const wrong = (body: string, expected: Expected, options: RunOptions = {}) =>
    check(body, expected, { machine, ...options });

  it('an object that is freed twice in a row stops the kernel', () => {
    wrong('void *p = kmalloc(64, GFP_KERNEL); kfree(p); kfree(p);', {
      status: 'ended',
      reports: ['kernel BUG at mm/slub.c:419!'],
    });
  });
  it('one that is freed twice with another in between is handed out twice, and the kernel says nothing', () => {
    wrong(
      `void *p = kmalloc(64, GFP_KERNEL), *q = kmalloc(64, GFP_KERNEL); kfree(p); kfree(q); kfree(p);
       expect(kmalloc(64, GFP_KERNEL) == p); expect(kmalloc(64, GFP_KERNEL) == q); expect(kmalloc(64, GFP_KERNEL) == p);`,
      // kmem's own note
      { reports: [/^0x[0-9a-f]+ is freed to kmalloc-64, but is free already$/] },
    );
  });
  it('what is written over a free object is found by the allocation after the one that gets it', () => {
    wrong(
      `char *p = kmalloc(64, GFP_KERNEL); kfree(p); memset(p, 0x41, 64);
       expect(kmalloc(64, GFP_KERNEL) == p); pr_info("still alive\\n"); kmalloc(64, GFP_KERNEL);`,
      { lines: ['still alive'], reports: [/^general protection fault/] },
    );
  });
  it('without pages there is no object, and the message names the cache; __GFP_NOWARN takes both away', () => {
    wrong(
      `struct kmem_cache *c = kmem_cache_create("things", 3000, 0, 0, NULL);
       sim_fail_next(alloc_pages, 2); expect(!kmem_cache_alloc(c, GFP_KERNEL));
       sim_fail_next(alloc_pages, 2); expect(!kmem_cache_alloc(c, GFP_KERNEL | __GFP_NOWARN));
       // the smaller slab will do
       sim_fail_next(alloc_pages, 1); void *p = kmem_cache_alloc(c, GFP_KERNEL); expect(p);
       expect(((struct slab *)virt_to_page(p))->objects == 1);`,
      {
        lines: [
          'FAULT_INJECTION: forcing a failure of an order-0 page allocation',
          'SLUB: Unable to allocate memory on node -1, gfp=0xcc0(GFP_KERNEL)',
          '  cache: things, object size: 3000, buffer size: 3000, default order: 3, min order: 0',
          '  node 0: slabs: 0, objs: 0, free: 0',
        ],
      },
    );
  });
});

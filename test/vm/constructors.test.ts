/** Nobody sees a new slab before the constructor has run on its objects (mm/slub.c: allocate_slab; mm/slab.c: cache_grow_begin, 6.1). */
import { ARCHES, check, STOCK } from './scenario';

/**
 * While the constructor runs on object `AT` of the first slab, an interrupt takes and gives back objects of the same cache; every object that
 * anybody gets has been constructed, and none is handed out twice.
 */
const scenario = (at: number, flags: string): string => `
  struct thing { int magic; char rest[252]; };
  static struct kmem_cache *c; static int made, seen; static void *taken[3], *own[3];
  static void look(struct thing *t) { int i; seen++; expect(t && t->magic == 77); for (i = 0; i < 3; i++) expect(t != own[i]); }
  irq h {
    int i;
    for (i = 0; i < 3; i++) { taken[i] = kmem_cache_alloc(c, GFP_ATOMIC); look(taken[i]); }
    kmem_cache_free(c, taken[2]); taken[2] = NULL;
  }
  static void construct(void *object) { struct thing *t = object; if (++made == ${at}) sim_raise(h); t->magic = 77; }
  task main {
    int i;
    c = kmem_cache_create("things", sizeof(struct thing), 0, ${flags}, construct);
    for (i = 0; i < 3; i++) { own[i] = NULL; void *p = kmem_cache_alloc(c, GFP_KERNEL); look(p); expect(p != taken[0] && p != taken[1]); own[i] = p; }
    expect(seen == 6);
    for (i = 0; i < 3; i++) { kmem_cache_free(c, own[i]); if (taken[i]) kmem_cache_free(c, taken[i]); }
    kmem_cache_destroy(c);
  }`;

describe('constructors and interrupts', () => {
  for (const allocator of ['slub', 'slab', 'slob'])
    for (const arch of ARCHES)
      it(`an interrupt between two objects gets constructed ones: ${allocator} on ${arch}`, () => {
        for (const at of [1, 2, 5])
          check(
            // with SLOB an object is made when it is handed out
            allocator === 'slob' && at > 3 ? scenario(2, '0') : scenario(at, '0'),
            {},
            { arch, machine: `allocator = ${allocator}; ${STOCK}` },
          );
      });
  it('with the checks of KASAN and slub_debug', () => {
    for (const machine of ['', 'slub_debug = "FZPU"; config KASAN = n;', 'allocator = slab;', 'slub_debug = "FZPU";'])
      check(scenario(3, '0'), {}, { machine });
  });
  it('of caches whose slabs stay for a grace period', () =>
    void check(scenario(3, 'SLAB_TYPESAFE_BY_RCU'), {}, { machine: STOCK }));
  it('a constructor that waits: other tasks do not see its slab either', () => {
    for (const allocator of ['slub', 'slab'])
      check(
        `struct thing { int magic; char rest[252]; }; static struct kmem_cache *c; static int made; static void *first;
         static void construct(void *object) { struct thing *t = object; if (++made == 2) msleep(5); t->magic = 77; }
         task a { c = kmem_cache_create("things", sizeof(struct thing), 0, 0, construct); struct thing *t = kmem_cache_alloc(c, GFP_KERNEL); expect(t->magic == 77 && t != first); }
         task b { msleep(2); struct thing *t = kmem_cache_alloc(c, GFP_KERNEL); first = t; expect(made > 2 && t->magic == 77); }`,
        {},
        { machine: `allocator = ${allocator}; ${STOCK}` },
      );
  });
  it('two slabs for one CPU: one of them goes to its node', () =>
    void check(
      scenario(2, '0').replace(
        'expect(seen == 6);',
        'struct kmem_cache_node *n = c->node[0]; expect(n->nr_partial == 1 && n->nr_slabs.counter == 2); expect(seen == 6);',
      ),
      {},
      { machine: STOCK },
    ));
  it('a bulk', () => {
    for (const allocator of ['slub', 'slab', 'slob'])
      check(
        `struct thing { int magic; char rest[252]; }; static struct kmem_cache *c; static int made; static void *other;
         irq h { other = kmem_cache_alloc(c, GFP_ATOMIC); expect(*(int *)other == 77); }
         static void construct(void *object) { struct thing *t = object; if (++made == 2) sim_raise(h); t->magic = 77; }
         task main { void *p[40]; int i; c = kmem_cache_create("things", sizeof(struct thing), 0, 0, construct);
           expect(kmem_cache_alloc_bulk(c, GFP_KERNEL, 40, p) == 40);
           for (i = 0; i < 40; i++) expect(((struct thing *)p[i])->magic == 77 && p[i] != other && (i == 0 || p[i] != p[i - 1]));
           kmem_cache_free_bulk(c, 40, p); kmem_cache_free(c, other); kmem_cache_destroy(c); }`,
        {},
        { machine: `allocator = ${allocator}; ${STOCK}` },
      );
  });
  it('nodes: the slab of the node that is asked for', () => {
    for (const allocator of ['slub', 'slab'])
      check(
        `machine { cpus = 2; node 0 { memory = 64M; cpus = 0; } node 1 { memory = 64M; cpus = 1; } allocator = ${allocator}; ${STOCK} }
         ${scenario(2, '0').replace('kmem_cache_alloc(c, GFP_KERNEL)', 'kmem_cache_alloc_node(c, GFP_KERNEL, 1)').replace('look(p);', 'look(p); expect(page_to_nid(virt_to_page(p)) == 1);')}`,
      );
  });
});

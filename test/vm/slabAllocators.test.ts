/** SLAB and SLOB as a scenario sees them: `allocator = slab;` and `allocator = slob;`. What is the same with SLUB is in slab.test.ts. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALLOCATORS } from '../../server/profiles/machineConfig';
import { check, checkEverywhere, type Expected, STOCK } from './scenario';

const EXAMPLE = readFileSync(join(__dirname, '../../examples/slab-vs-slub-vs-slob.kmem'), 'utf8');
const slab = (text: string, expected: Expected = {}, machine = '') =>
  checkEverywhere(text, expected, { machine: `allocator = slab; slab_nomerge; ${machine} ${STOCK}` });
const slob = (text: string, expected: Expected = {}) =>
  checkEverywhere(text, expected, { machine: `allocator = slob; ${STOCK}` });
const CACHE = 'struct kmem_cache *c = kmem_cache_create("things", 200, 0, 0, NULL); expect(c);';
/** the array of this CPU, and the lists of node 0 */
const STRUCTS = 'struct array_cache *ac = this_cpu_ptr(c->cpu_cache); struct kmem_cache_node *n = c->node[0];';

describe('the example of the three allocators', () => {
  for (const allocator of ALLOCATORS)
    for (const arch of ['x86_64', 'i386'])
      it(`${allocator} on ${arch}`, () => {
        const text = EXAMPLE.replace('allocator = slub', `allocator = ${allocator}`).replace(
          'arch      = x86_64',
          `arch = ${arch}`,
        );
        const { passed, lines } = check(text, {}, { maxSteps: 100_000 });
        assert.ok(passed >= 7);
        assert.deepEqual(lines, [`this is ${allocator.toUpperCase()}`]);
      });
});

describe('SLAB in scenarios', () => {
  it('the first object brings a slab, of which 16 go to the array of the CPU', () => {
    slab(`${CACHE} ${STRUCTS} expect(ac->avail == 0); expect(ac->limit == 120); expect(ac->batchcount == 60);
      expect(c->num == 20); expect(n->total_slabs == 0);
      void *p = kmem_cache_alloc(c, GFP_KERNEL); struct slab *s = (struct slab *)virt_to_head_page(p);
      expect(ac->avail == 15); expect(ac->touched == 1); expect(s->active == 16); expect(s->slab_cache == c);
      expect(n->total_slabs == 1); expect(n->free_objects == 4); expect(list_first_entry(&n->slabs_partial, struct slab, slab_list) == s);
      kmem_cache_free(c, p); expect(ac->avail == 16); expect(ac->entry[15] == p);
      expect(kmem_cache_shrink(c) == 0); expect(n->total_slabs == 0); expect(!PageSlab(virt_to_page(p))); kmem_cache_destroy(c);`);
  });
  it('hands out what was freed last, and in batches what is in the slabs', () => {
    slab(`${CACHE} ${STRUCTS} static void *p[200]; for (int i = 0; i < 200; i++) p[i] = kmem_cache_alloc(c, GFP_KERNEL);
      expect(n->total_slabs == 10); kmem_cache_free(c, p[3]); kmem_cache_free(c, p[77]);
      expect(kmem_cache_alloc(c, GFP_KERNEL) == p[77]); expect(kmem_cache_alloc(c, GFP_KERNEL) == p[3]);
      for (int i = 0; i < 120; i++) kmem_cache_free(c, p[i]);
      expect(ac->avail == 120); expect(n->free_objects == 0);
      kmem_cache_free(c, p[120]); expect(ac->avail == 61); expect(n->free_objects == 60);
      expect(kmem_cache_shrink(c) == 1, "SLAB says that slabs remain");`);
  });
  it('kmalloc begins at 32 bytes, and at cache lines', () => {
    slab(`size_t sizes[] = { 1, 33, 65, 97, 129, 193, 8192 }; size_t classes[] = { 32, 64, 96, 128, 192, 256, 8192 };
      for (int i = 0; i < ARRAY_SIZE(sizes); i++) { void *p = kmalloc(sizes[i], GFP_KERNEL); expect(ksize(p) == classes[i]); kfree(p); }
      void *q = kmalloc(90, GFP_KERNEL); expect(((unsigned long)q & 63) == 0); kfree(q);`);
  });
  it('each CPU gives back what it has not used for a while', () => {
    check(
      `${CACHE} ${STRUCTS} static void *p[100]; for (int i = 0; i < 100; i++) p[i] = kmem_cache_alloc(c, GFP_KERNEL);
      for (int i = 0; i < 100; i++) kmem_cache_free(c, p[i]);
      unsigned int had = ac->avail; expect(had >= 100);
      msleep(3000); expect(ac->avail == had); expect(ac->touched == 0, "the first round only sees that the array was used");
      msleep(3000); expect(ac->avail == had - 24, "then a fifth of the limit goes each time");
      msleep(3000); expect(ac->avail == had - 48);`,
      {},
      { machine: `allocator = slab; slab_nomerge; ${STOCK}` },
    );
  });
  it('an object of another node is kept for it', () => {
    check(
      `machine { memory = 128M; cpus = 2; allocator = slab; slab_nomerge; ${STOCK}
        node 0 { memory = 64M; cpus = 0; } node 1 { memory = 64M; cpus = 1; } }
      task main on cpu 0 { ${CACHE} void *p = kmem_cache_alloc_node(c, GFP_KERNEL, 1); expect(page_to_nid(virt_to_page(p)) == 1);
        kmem_cache_free(c, p); struct alien_cache *alien = c->node[0]->alien[1]; expect(alien->ac.avail == 1);
        expect(alien->ac.limit == 12); expect(alien->ac.entry[0] == p); expect(!c->node[0]->alien[0]);
        kmem_cache_shrink(c); expect(alien->ac.avail == 0); kmem_cache_destroy(c); }`,
    );
  });
  it('a constructor runs on each object of a new slab', () => {
    slab(`static int made; static void construct(void *object) { *(int *)object = 77; made++; }
      task main { struct kmem_cache *c = kmem_cache_create("built", 512, 0, 0, construct);
      int *p = kmem_cache_alloc(c, GFP_KERNEL); expect(*p == 77); expect(made == c->num); kmem_cache_free(c, p); }`);
  });
  it('an object that is freed twice in a row is not put on the array again', () => {
    slab(
      `${CACHE} ${STRUCTS} void *p = kmem_cache_alloc(c, GFP_KERNEL); kmem_cache_free(c, p);
      unsigned int had = ac->avail; kmem_cache_free(c, p); expect(ac->avail == had);`,
      {
        reports: [/__free_one/],
      },
    );
  });
  it('a cache with objects is not destroyed', () => {
    slab(`${CACHE} kmem_cache_alloc(c, GFP_KERNEL); kmem_cache_destroy(c);`, {
      reports: [/kmem_cache_destroy/],
      detail: 'Slab cache still has objects',
    });
  });
  it('slabs of a cache with SLAB_TYPESAFE_BY_RCU outlive a grace period', () => {
    slab(`struct kmem_cache *c = kmem_cache_create("rcu", 64, 0, SLAB_TYPESAFE_BY_RCU, NULL);
      void *p = kmem_cache_alloc(c, GFP_KERNEL); struct page *page = virt_to_page(p); kmem_cache_free(c, p);
      rcu_read_lock(); rcu_read_unlock(); kmem_cache_shrink(c); expect(PageSlab(page)); rcu_barrier(); expect(!PageSlab(page));`);
  });
  it('KASAN watches its objects', () => {
    check(
      'char *p = kmalloc(40, GFP_KERNEL); kfree(p); char c = p[3];',
      { reports: ['BUG: KASAN: use-after-free in main'] },
      { machine: 'allocator = slab;' },
    );
  });
});

describe('SLOB in scenarios', () => {
  it('a block has its size in front, and units of two bytes', () => {
    slob(`char *p = kmalloc(25, GFP_KERNEL); expect(ksize(p) == 26); expect(*(unsigned int *)(p - 8) == 25);
      expect(kmalloc_size_roundup(25) == 32); struct slab *s = (struct slab *)virt_to_head_page(p); expect(PageSlab(virt_to_page(p)));
      long had = s->units; kfree(p); expect(!PageSlab(virt_to_page(p)) || s->units == had + 17);`);
  });
  it('large requests take pages', () => {
    slob(`char *p = kmalloc(4088, GFP_KERNEL); expect(!PageSlab(virt_to_page(p))); expect(ksize(p) == 4096); kfree(p);
      p = kmalloc(5000, GFP_KERNEL); expect(ksize(p) == 8192); kfree(p);
      p = kmalloc(4087, GFP_KERNEL); expect(PageSlab(virt_to_page(p))); kfree(p);`);
  });
  it('powers of two are aligned to themselves', () => {
    slob(
      'for (int size = 8; size <= 2048; size *= 2) { unsigned long p = (unsigned long)kmalloc(size, GFP_KERNEL); expect((p & (size - 1)) == 0); }',
    );
  });
  it('a constructor runs on each object that is handed out', () => {
    slob(`static int made; static void construct(void *object) { made++; }
      task main { struct kmem_cache *c = kmem_cache_create("built", 512, 0, 0, construct);
      void *p = kmem_cache_alloc(c, GFP_KERNEL); kmem_cache_free(c, p); p = kmem_cache_alloc(c, GFP_KERNEL); expect(made == 2); }`);
  });
  it('an object of a cache with SLAB_TYPESAFE_BY_RCU is used again after a grace period', () => {
    slob(`struct kmem_cache *c = kmem_cache_create("rcu", 64, 0, SLAB_TYPESAFE_BY_RCU, NULL); expect(c->size == 64 + sizeof(struct slob_rcu));
      void *p = kmem_cache_alloc(c, GFP_KERNEL); kmem_cache_free(c, p); expect(kmem_cache_alloc(c, GFP_KERNEL) != p);
      rcu_barrier(); expect(kmem_cache_alloc(c, GFP_KERNEL) == p);`);
  });
  it('a list of free blocks that has been overwritten ends the run in words', () => {
    slob(
      `static short *p[3]; for (int i = 0; i < 3; i++) p[i] = kmalloc(32, GFP_KERNEL); kfree(p[0]); kfree(p[2]);
       for (int i = 0; i < 40; i++) p[0][i - 4] = -1 - ((unsigned long)p[0] & 4095) / 2 + 4; expect(1); for (int i = 0; i < 9; i++) kmalloc(600, GFP_KERNEL);`,
      {},
    );
  });
});

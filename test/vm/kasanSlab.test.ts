/** KASAN for slab objects: redzones, the quarantine, who allocated and freed. Whole reports are compared in recordedReports.test.ts. */
import assert from 'node:assert/strict';
import { check, run } from './scenario';

const reportOf = (text: string) => {
  const report = run(text).log.find((entry) => entry.text.includes('KASAN: '));
  return { text: [report?.text ?? 'no report', ...(report?.lines ?? [])].join('\n'), notes: report?.notes ?? [] };
};

describe('KASAN for slab objects', () => {
  const cases: Record<string, readonly [text: string, ...wanted: string[]]> = {
    'behind what was asked for, in the last granule': [
      'char *p = kmalloc(13, GFP_KERNEL); p[13] = 1;',
      'slab-out-of-bounds in main+',
      'located 13 bytes inside of\n 16-byte region',
      'cache kmalloc-16 of size 16',
    ],
    'behind the object': [
      'char *p = kmalloc(64, GFP_KERNEL); p[64] = 1;',
      'slab-out-of-bounds',
      'located 0 bytes to the right of\n 64-byte region',
    ],
    'a long way behind it': [
      'char *p = kmalloc(64, GFP_KERNEL); long x = *(long *)(p + 88);',
      'located 24 bytes to the right of',
    ],
    'a cache of its own': [
      'struct kmem_cache *c = kmem_cache_create("things", 40, 0, 0, NULL); char *p = kmem_cache_alloc(c, GFP_KERNEL); p[40] = 1;',
      'slab-out-of-bounds',
      'cache things of size 40',
      '__kasan_slab_alloc',
      ' kmem_cache_alloc+',
    ],
    'memset over the end': [
      'char *p = kmalloc(100, GFP_KERNEL); memset(p, 0, 101);',
      'Write of size 101',
      'kmalloc-128',
    ],
    'use after free': [
      'char *p = kmalloc(32, GFP_KERNEL); kfree(p); char c = p[31];',
      'use-after-free in main+',
      'Freed by task 12:\n kasan_save_stack',
      ' kfree+',
    ],
    'an object of a constructor’s cache after its free': [
      'static void ctor(void *p) { *(int *)p = 7; } task main { struct kmem_cache *c = kmem_cache_create("made", 40, 0, 0, ctor); int *p = kmem_cache_alloc(c, GFP_KERNEL); kmem_cache_free(c, p); int x = *p; }',
      'use-after-free in main+',
      'cache made of size 40',
      ' kmem_cache_free+',
    ],
    'freed twice': [
      'char *p = kmalloc(32, GFP_KERNEL); kfree(p); kfree(p);',
      'double-free in __kmem_cache_free+',
      'Free of addr',
    ],
    'freed twice with another free between': [
      'char *p = kmalloc(32, GFP_KERNEL); char *q = kmalloc(32, GFP_KERNEL); kfree(p); kfree(q); kfree(p);',
      'double-free in __kmem_cache_free+',
    ],
    'freed twice by its cache': [
      'struct kmem_cache *c = kmem_cache_create("things", 40, 0, 0, NULL); char *p = kmem_cache_alloc(c, GFP_KERNEL); kmem_cache_free(c, p); kmem_cache_free(c, p);',
      'double-free in kmem_cache_free+',
    ],
    'freed in the middle': [
      'char *p = kmalloc(32, GFP_KERNEL); kfree(p + 8);',
      'invalid-free in __kmem_cache_free+',
      '8 bytes inside of',
    ],
    'a large allocation': [
      'char *p = kmalloc(8200, GFP_KERNEL); p[8200] = 1;',
      'slab-out-of-bounds in main+',
      'fe fe fe fe',
    ],
    'a large allocation freed twice': [
      'char *p = kmalloc(9000, GFP_KERNEL); kfree(p); kfree(p);',
      'double-free in free_large_kmalloc+',
      'Free of addr',
    ],
    'what krealloc has moved': [
      'char *p = kmalloc(32, GFP_KERNEL); char *q = krealloc(p, 200, GFP_KERNEL); q[199] = 1; p[0] = 1;',
      'use-after-free',
    ],
    'behind what krealloc has left in place': [
      'char *p = kmalloc(20, GFP_KERNEL); char *q = krealloc(p, 30, GFP_KERNEL); q[29] = 1; q[30] = 1;',
      'slab-out-of-bounds',
      '30 bytes inside of\n 32-byte region',
    ],
  };
  for (const [name, [text, ...wanted]] of Object.entries(cases))
    it(name, () => {
      const { text: report } = reportOf(text);
      for (const part of wanted) assert.ok(report.includes(part), `${part}\n${report}\n${text}`);
    });

  it('with SLAB as with SLUB', () => {
    const slab = (text: string) => {
      const { log } = run(text, { machine: 'allocator = slab;' });
      const report = log.find((entry) => entry.text.includes('KASAN: '));
      return [report?.text ?? 'no report', ...(report?.lines ?? [])].join('\n');
    };
    const uaf = slab('char *p = kmalloc(64, GFP_KERNEL); kfree(p); p[8] = 1;');
    assert.match(uaf, /use-after-free in main/);
    assert.match(uaf, /Freed by task 12:[^:]* __kasan_slab_free\+\S+\n __kmem_cache_free\+\S+\n kfree\+/);
    assert.match(slab('char *p = kmalloc(64, GFP_KERNEL); p[64] = 1;'), /slab-out-of-bounds in main/);
    assert.match(slab('char *p = kmalloc(64, GFP_KERNEL); kfree(p); kfree(p);'), /double-free in __kmem_cache_free/);
    assert.match(slab('char *p = kmalloc(64, GFP_KERNEL); kfree(p + 8);'), /invalid-free in __kmem_cache_free/);
    check(
      'int i; char *p[60]; struct kmem_cache *c = kmem_cache_create("things", 40, 0, 0, NULL); for (i = 0; i < 60; i++) { p[i] = i % 2 ? kmem_cache_alloc(c, GFP_KERNEL) : kmalloc(100, GFP_KERNEL); memset(p[i], i, 40); } for (i = 0; i < 60; i++) { expect(p[i][39] == i); if (i % 2) kmem_cache_free(c, p[i]); else kfree(p[i]); } kmem_cache_destroy(c);',
      {},
      { machine: 'allocator = slab;' },
    );
  });

  const silent: Record<string, string> = {
    'all of an object': 'char *p = kmalloc(61, GFP_KERNEL); memset(p, 1, 61); expect(p[60] == 1); kfree(p);',
    'what ksize says': 'char *p = kmalloc(33, GFP_KERNEL); size_t n = ksize(p); expect(n == 64); p[63] = 1; kfree(p);',
    'a constructor':
      'static void ctor(void *p) { memset(p, 5, 40); } task main { struct kmem_cache *c = kmem_cache_create("made", 40, 0, 0, ctor); char *p = kmem_cache_alloc(c, GFP_KERNEL); expect(p[39] == 5); kmem_cache_free(c, p); kmem_cache_destroy(c); }',
    'many objects':
      'int i; void *p[50]; for (i = 0; i < 50; i++) p[i] = kmalloc(200, GFP_KERNEL); for (i = 0; i < 50; i++) { memset(p[i], i, 200); kfree(p[i]); } expect(i == 50);',
  };
  for (const [name, text] of Object.entries(silent)) it(`is silent about ${name}`, () => void check(text));

  it('a freed object is not handed out again while it is in quarantine, and is when that is too large', () => {
    check('char *p = kmalloc(32, GFP_KERNEL); kfree(p); char *q = kmalloc(32, GFP_KERNEL); expect(p != q);');
    // a CPU keeps 1 MiB; 64 MiB of memory have 1 MiB more
    check(
      'void *first = kmalloc(8192, GFP_KERNEL); kfree(first); int i; bool again = false; for (i = 0; i < 400 && !again; i++) { void *p = kmalloc(8192, GFP_KERNEL); again = p == first; kfree(p); } expect(again); expect(i > 60);',
    );
  });
  it('a cache whose objects are all in quarantine can be destroyed', () =>
    void check(
      'struct kmem_cache *c = kmem_cache_create("things", 40, 0, 0, NULL); int i; for (i = 0; i < 9; i++) kmem_cache_free(c, kmem_cache_alloc(c, GFP_KERNEL)); kmem_cache_destroy(c); expect(i == 9);',
    ));
  it('notes say where the object was allocated and freed', () => {
    const { notes } = reportOf(
      'static char *make(void)\n{\n\treturn kmalloc(32, GFP_KERNEL);\n}\nstatic void drop(char *p)\n{\n\tkfree(p);\n}\ntask main {\n\tchar *p = make();\n\tdrop(p);\n\tp[0] = 1;\n}',
    );
    assert.deepEqual(notes, [
      'the object was allocated in make at test.kmem:4',
      'called by main at test.kmem:11',
      'the object was freed in drop at test.kmem:8',
      'called by main at test.kmem:12',
      'in main at test.kmem:13',
    ]);
  });
});

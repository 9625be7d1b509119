/** slub_debug: red zones, poison, sanity, who allocated and freed; and what remains when a cache is destroyed. */
import assert from 'node:assert/strict';
import { slubDebugOptions, withDebugFlags } from '../../server/kernel/mm/slub_debug/slub_debug_options';
import {
  SLAB_CONSISTENCY_CHECKS as F,
  SLAB_POISON as P,
  SLAB_STORE_USER as U,
  SLAB_RED_ZONE as Z,
} from '../../server/profiles/slabFlags';
import { check, run } from './scenario';

const machine = (debug: string) => `config KASAN = n; slub_debug = "${debug}";`;
const printed = (text: string, debug = 'FZPU') => {
  const { log } = run(text, { machine: machine(debug) });
  return { text: log.flatMap((e) => [...e.head, e.text, ...e.lines]).join('\n'), notes: log.flatMap((e) => e.notes) };
};

describe('slub_debug', () => {
  const cases: Record<string, readonly [text: string, ...wanted: (string | RegExp)[]]> = {
    'behind an object': [
      'char *p = kmalloc(32, GFP_KERNEL); p[32] = 1; kfree(p);',
      'BUG kmalloc-32 (Tainted: G           OE     ): Right Redzone overwritten',
      /@offset=\d+\. First byte 0x1 instead of 0xcc/,
      /Allocated in main\+\S+ \[test\] age=\d+ cpu=0 pid=12\n __kmem_cache_alloc_node\+\S+\n kmalloc_trace\+/,
      /Redzone {2}ffff8880\w+: 01 cc cc cc/,
      /FIX kmalloc-32: Restoring Right Redzone 0xffff\w+-0xffff\w+=0xcc\nFIX kmalloc-32: Object at 0xffff\w+ not freed/,
    ],
    'in front of an object': ['char *p = kmalloc(32, GFP_KERNEL); p[-1] = 0; kfree(p);', 'Left Redzone overwritten'],
    'in a freed object': [
      'char *p = kmalloc(32, GFP_KERNEL); kfree(p); p[5] = 7; kmalloc(32, GFP_KERNEL);',
      'Poison overwritten',
      'First byte 0x7 instead of 0x6b',
      'Freed in main+',
      'Marking all objects used',
    ],
    'the last byte of a freed object': [
      'char *p = kmalloc(32, GFP_KERNEL); kfree(p); p[31] = 7; kmalloc(32, GFP_KERNEL);',
      'End Poison overwritten',
      'instead of 0xa5',
    ],
    'freed twice': [
      'char *p = kmalloc(32, GFP_KERNEL); char *q = kmalloc(32, GFP_KERNEL); kfree(p); kfree(p);',
      'Object already free',
      'not freed',
    ],
    'freed in the middle': ['char *p = kmalloc(32, GFP_KERNEL); kfree(p + 8);', /Invalid object pointer 0xffff\w+8\n/],
    'the padding between objects': [
      'char *p = kmalloc(32, GFP_KERNEL); p[127] = 1; kfree(p);',
      'Object padding overwritten',
      'instead of 0x5a',
    ],
    'the free pointer of an object of a constructor’s cache': [
      'static void ctor(void *p) { } task main { struct kmem_cache *c = kmem_cache_create("made", 64, 0, 0, ctor); long *p = kmem_cache_alloc(c, GFP_KERNEL); p[9] = 0x123456; kmem_cache_free(c, p); }',
      'BUG made (Tainted: G           OE     ): Freepointer corrupt',
    ],
  };
  for (const [name, [text, ...wanted]] of Object.entries(cases))
    it(name, () => {
      const { text: shown } = printed(text);
      for (const part of wanted)
        assert.ok(typeof part === 'string' ? shown.includes(part) : part.test(shown), `${part}\n${shown}\n${text}`);
    });
  it('is silent about correct code, with each of its letters', () => {
    const text =
      'int i; char *p[60]; struct kmem_cache *c = kmem_cache_create("things", 56, 0, 0, NULL); for (i = 0; i < 60; i++) { p[i] = i % 2 ? kmem_cache_alloc(c, GFP_KERNEL) : kmalloc(56, GFP_KERNEL); memset(p[i], i, 56); } for (i = 0; i < 60; i++) { expect(p[i][55] == i); if (i % 2) kmem_cache_free(c, p[i]); else kfree(p[i]); } kmem_cache_destroy(c);';
    for (const debug of ['FZPU', 'F', 'Z', 'P', 'U', 'FZ', 'PU', ',things', 'FZ,kmalloc-64;P,things'])
      check(text, {}, { machine: machine(debug), maxSteps: 40_000 });
  });
  it('a cache asks for it by its flags', () => {
    const { text } = printed(
      'struct kmem_cache *c = kmem_cache_create("things", 56, 0, SLAB_RED_ZONE | SLAB_CONSISTENCY_CHECKS, NULL); char *p = kmem_cache_alloc(c, GFP_KERNEL); p[56] = 1; kmem_cache_free(c, p);',
      '-',
    );
    assert.match(text, /BUG things .*Right Redzone overwritten/);
  });
  it('T prints each allocation and free', () => {
    const { text } = printed('char *p = kmalloc(32, GFP_KERNEL); kfree(p);', 'T,kmalloc-32');
    assert.match(text, /TRACE kmalloc-32 alloc 0xffff\w+ inuse=\d+ fp=0x/);
    assert.match(text, /TRACE kmalloc-32 free 0xffff/);
  });
  it('the option names flags, and caches by name', () => {
    const flags = (text: string | undefined, name: string, own = 0) =>
      withDebugFlags(slubDebugOptions(text), own, name);
    assert.equal(flags(undefined, 'x'), 0);
    assert.equal(flags('', 'x'), F | Z | P | U);
    assert.equal(flags('fz', 'x'), F | Z);
    assert.equal(flags('-', 'x', P), P);
    assert.equal(flags(',a,b', 'b'), F | Z | P | U);
    assert.equal(flags(',a,b', 'c'), 0);
    assert.equal(flags('U,kmalloc-*', 'kmalloc-64'), U);
    assert.equal(flags('Z;U,a', 'a'), U);
    assert.equal(flags('Z;U,a', 'b'), Z);
  });
  it('notes say where the object was allocated and freed', () => {
    const { notes } = printed(
      'static char *make(void)\n{\n\treturn kmalloc(32, GFP_KERNEL);\n}\ntask main {\n\tchar *p = make();\n\tp[32] = 1;\n\tkfree(p);\n}',
    );
    assert.deepEqual(notes, [
      'the object was allocated in make at test.kmem:4',
      'called by main at test.kmem:7',
      'in main at test.kmem:9',
    ]);
  });
  it('what remains when a cache is destroyed is listed, with who allocated it', () => {
    const { text, notes } = printed(
      'struct kmem_cache *c = kmem_cache_create("things", 56, 0, 0, NULL);\nvoid *p = kmem_cache_alloc(c, GFP_KERNEL);\nkmem_cache_destroy(c);',
    );
    assert.match(text, /BUG things .*: Objects remaining in things on __kmem_cache_shutdown\(\)/);
    assert.match(
      text,
      /\nObject 0xffff\w+ @offset=\d+\nAllocated in main\+\S+ \[test\] age=\d+ cpu=0 pid=12\n kmem_cache_alloc\+/,
    );
    assert.equal(notes[0], 'the object was allocated in main at test.kmem:3');
  });
});

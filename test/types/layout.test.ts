import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { layoutsFor as layoutsOf } from '../../server/profiles/layoutsFor';
import { ALLOCATORS, type Allocator } from '../../server/profiles/machineConfig';
import { DEFAULT_PROFILE } from '../../server/profiles/profiles';
import type { Arch } from '../../server/types/ctype';
import { alignOf, findField, sizeOf, typeName } from '../../server/types/ctype';

const layoutsFor = (arch: Arch, allocator: Allocator = 'slub') => layoutsOf(DEFAULT_PROFILE, { arch, allocator });

type Truth = Record<Arch, Record<string, { size: number; fields: Record<string, number> }>>;
const truth = JSON.parse(readFileSync(join(__dirname, '../fixtures/layouts-6.1.json'), 'utf8')) as Truth;
const ARCHES: readonly Arch[] = ['x86_64', 'i386', 'i386_pae'];

describe('struct layouts', () => {
  for (const arch of ARCHES) {
    const layouts = layoutsFor(arch);

    it(`${arch}: every recorded structure has its size and the offset of every field`, () => {
      for (const [tag, want] of Object.entries(truth[arch])) {
        const record = layouts.record(tag);
        assert.ok(record?.fields, `struct ${tag}`);
        assert.equal(record.size, want.size, `sizeof(struct ${tag})`);
        const offsets = Object.fromEntries(record.fields.map((f) => [f.name, f.offset]));
        assert.deepEqual(offsets, want.fields, `struct ${tag}`);
      }
    });

    it(`${arch}: fields lie inside, aligned as their types ask`, () => {
      for (const layouts of ALLOCATORS.map((allocator) => layoutsFor(arch, allocator)))
        for (const tag of layouts.names()) {
          const record = layouts.record(tag);
          assert.ok(record?.fields, `struct ${tag} is complete`);
          assert.equal(record.size % record.align, 0, `struct ${tag}: size and alignment`);
          for (const f of record.fields) {
            const size = sizeOf(f.type);
            const flexible = f.type.kind === 'array' && f.type.length === null;
            assert.equal(size === undefined, flexible, `struct ${tag}.${f.name} has a size`);
            assert.ok(f.offset + (size ?? 0) <= record.size, `struct ${tag}.${f.name} is inside`);
            assert.equal(f.offset % alignOf(f.type), 0, `struct ${tag}.${f.name} is aligned`);
          }
        }
    });
  }

  const check = (arch: Arch, tag: string, path: string, offset: number) => {
    assert.equal(layoutsFor(arch).offset(tag, path), offset, `${arch} ${tag}.${path}`);
  };
  it('offsets through structures and arrays', () => {
    check('x86_64', 'page', 'lru.prev', 16);
    check('i386', 'page', 'lru.prev', 8);
    check('x86_64', 'zone', 'free_area[2].nr_free', 256 + 2 * 88 + 80);
    check('x86_64', 'zone', 'free_area[10].free_list[1].next', 256 + 10 * 88 + 16);
    check('x86_64', 'pglist_data', 'node_zones[1]._watermark[2]', 1536 + 16);
    check('x86_64', 'pglist_data', 'node_zonelists[1]._zonerefs[1].zone_idx', 7680 + 81936 + 24);
  });
  /** Against the sizes that kernels without NUMA, cgroups and freelist randomisation recorded: what those add is taken off. */
  it('structures of SLAB and SLOB', () => {
    const size = (arch: Arch, allocator: Allocator, tag: string) => layoutsFor(arch, allocator).size(tag);
    const pointers = { x86_64: 8, i386: 4, i386_pae: 4 };
    for (const arch of ARCHES) {
      const pointer = pointers[arch];
      const nodes = arch === 'x86_64' ? 1024 : 1;
      const recorded = { cache: pointer === 8 ? 128 : 96, node: pointer === 8 ? 120 : 64, ac: 16 };
      const cache = layoutsFor(arch, 'slab').offset('kmem_cache', 'node');
      // random_seq lies behind three ints: on 64 bits it takes 4 bytes of padding as well
      const randomSeq = pointer === 8 ? 8 : 4;
      assert.equal(cache + pointer - randomSeq, recorded.cache, `${arch}: sizeof(struct kmem_cache), one node`);
      assert.equal(size(arch, 'slab', 'kmem_cache'), cache + nodes * pointer);
      assert.equal(size(arch, 'slab', 'kmem_cache_node'), recorded.node, arch);
      assert.equal(size(arch, 'slab', 'array_cache'), recorded.ac, arch);
      assert.equal(size(arch, 'slob', 'kmem_cache'), pointer === 8 ? 64 : 44, arch);
      for (const allocator of ['slab', 'slob'] as const) {
        const layouts = layoutsFor(arch, allocator);
        for (const [field, of] of [
          ['__page_flags', 'flags'],
          ['slab_list', 'lru'],
          ['__page_refcount', '_refcount'],
          ['memcg_data', 'memcg_data'],
        ] as const)
          assert.equal(layouts.offset('slab', field), layouts.offset('page', of), `${arch} ${allocator}: ${field}`);
        assert.equal(layouts.size('slab'), layoutsFor(arch).size('slab'), `${arch} ${allocator}: struct slab`);
        assert.equal(layouts.record('kmem_cache_cpu'), undefined);
      }
    }
    check('x86_64', 'slab', 'slab_cache', 24);
    assert.equal(layoutsFor('x86_64', 'slab').offset('slab', 's_mem'), 40);
    assert.equal(layoutsFor('x86_64', 'slab').offset('slab', 'callback_head.func'), 16);
    assert.equal(layoutsFor('x86_64', 'slob').offset('slab', 'units'), 40);
    assert.equal(layoutsFor('x86_64', 'slob').size('slob_rcu'), 24);
    assert.equal(layoutsFor('i386', 'slob').record('kmem_cache_node'), undefined);
  });
  it('unknown names are said', () => {
    const layouts = layoutsFor('x86_64');
    assert.equal(layouts.record('pag'), undefined);
    assert.equal(layouts.record('__proto__'), undefined);
    assert.equal(layouts.typedef('toString'), undefined);
    assert.throws(() => layouts.size('pag'), /no such struct pag/);
    assert.throws(() => layouts.offset('page', 'lru.first'), /no field lru\.first/);
    assert.throws(() => layouts.offset('page', 'flags[0]'), /has no field flags\[0\]/);
  });

  const type = (text: string, size: number | undefined, name = text, arch: Arch = 'x86_64') => {
    const parsed = layoutsFor(arch).parseType(text);
    assert.equal(typeName(parsed), name, text);
    assert.equal(sizeOf(parsed), size, text);
  };
  it('types from text', () => {
    type('long unsigned int', 8, 'unsigned long');
    type('long unsigned int', 4, 'unsigned long', 'i386');
    type('long long', 8);
    type('short int', 2, 'short');
    type('const char  *', 8, 'const char *');
    type('struct page **', 8);
    type('struct nobody_knows *', 8);
    type('struct nobody_knows', undefined);
    type('void (*)(struct page *page, int)', 8);
    type('gfp_t', 4);
    type('phys_addr_t', 4, 'phys_addr_t', 'i386');
    type('phys_addr_t', 8, 'phys_addr_t', 'i386_pae');
    type('pgprot_t', 8, 'pgprot_t', 'i386_pae');
    type('atomic64_t', 8, 'atomic64_t', 'i386');
    type('struct list_head', 16);
    type('enum zone_type', 4);
    for (const bad of ['', 'foo', 'struct', 'int x y', 'int[', 'int (', 'int)', '*']) {
      assert.throws(() => layoutsFor('x86_64').parseType(bad), Error, bad);
    }
  });
  it('a qualified record follows its original', () => {
    const layouts = layoutsFor('i386');
    const page = layouts.parseType('const struct page *');
    assert.ok(page.kind === 'pointer' && page.to.kind === 'struct' && page.to.const);
    assert.equal(sizeOf(page.to), 40);
    assert.equal(findField(page.to, '_refcount')?.offset, 28);
    assert.equal(layouts.record('rcu_head'), layouts.record('callback_head'));
    assert.equal(typeName(layouts.parseType('spinlock_t')), 'spinlock_t');
  });
});

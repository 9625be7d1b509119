/** Scopes "Slab caches", "vmalloc" and "Address space" on running scenarios, and the allocators' variables as expressions. */
import assert from 'node:assert/strict';
import { loadScenario } from '../../server/debugger/load';
import type { Session } from '../../server/debugger/session';
import { scopesOf } from '../../server/debugger/tree/scopes';
import type { Node } from '../../server/debugger/tree/treeNode';

/** A session of `task main { body }`, stopped at the end of the body. */
function stopped(body: string, machine = '', before = ''): Session {
  const memory = machine.includes('memory') ? '' : 'memory = 256M;';
  const text = `machine { ${memory} cpus = 1; config KASAN = n; ${machine} }\n${before}\ntask main {\n${body}\n\tjiffies;\n}\n`;
  const loaded = loadScenario('/s.kmem', text);
  if ('problems' in loaded) assert.fail(loaded.problems.map((p) => p.text).join('\n'));
  const s = loaded.session;
  s.breakpoints.setLines(0, [{ line: text.split('\n').indexOf('\tjiffies;') + 1 }]);
  s.beginContinue();
  assert.equal(s.run().kind, 'breakpoint');
  return s;
}
function find(s: Session, scope: string, ...names: string[]): Node {
  const frame = s.topFrame();
  assert.ok(frame);
  let node: Node | undefined = scopesOf(s.context(), s.target, frame).find((n) => n.name === scope);
  for (const name of names) {
    const children: readonly Node[] | undefined = node?.children?.();
    node = children?.find((n) => n.name === name);
    assert.ok(node, `${name} among ${children?.map((n) => n.name).join(', ')}`);
  }
  assert.ok(node);
  return node;
}
const texts = (node: Node): string[] => (node.children?.() ?? []).map((n) => `${n.name}: ${n.value}`);

describe('scope Slab caches', () => {
  const three = 'void *a = kmalloc(200, GFP_KERNEL), *b = kmalloc(200, GFP_KERNEL), *c = kmalloc(200, GFP_KERNEL);';
  it('has each cache with its slabs', () => {
    const s = stopped(`${three} kfree(b);`);
    const cache = find(s, 'Slab caches', 'kmalloc-256');
    assert.match(cache.value, /^kmalloc-256, 256 bytes$/);
    assert.match(find(s, 'Slab caches', 'kmalloc-256', 'CPU 0').value, /^slab at pfn 0x[0-9a-f]+, object \d+ is next$/);
    assert.match(
      find(s, 'Slab caches', 'kmalloc-256', 'node 0').value,
      /^1 slab with 16 objects, 0 on the partial list$/,
    );
    const objects = find(s, 'Slab caches', 'kmalloc-256', 'CPU 0', 'slab', 'objects');
    const inUse = texts(objects).filter((t) => t.endsWith(': in use'));
    assert.equal(objects.value, `${inUse.length} of 16 in use`);
    // what was freed last is handed out first
    const first = texts(objects).find((t) => t.includes('free, number 1 on the CPU'));
    const index = Number(/^\[(\d+)\]/.exec(first ?? '')?.[1]);
    assert.equal(s.evaluate(`(unsigned long)b % 4096 / 256`, s.topFrame()).value, String(index));
  });
  it('a path leads to each structure', () => {
    const s = stopped(three);
    const node = find(s, 'Slab caches', 'kmalloc-256', 'struct kmem_cache', 'oo');
    assert.equal(node.value, 'order 0, 16 objects');
    assert.ok(node.evaluateName);
    assert.equal(s.evaluate(node.evaluateName, s.topFrame()).value, node.value);
  });
  it('a freelist that was overwritten is not followed', () => {
    const s = stopped('u64 *p = kmalloc(64, GFP_KERNEL); kfree(p); p[4] = 0x1234;');
    assert.match(texts(find(s, 'Slab caches', 'kmalloc-64'))[0] ?? '', /^slabs: cannot be followed/);
  });
  it('the kernel’s variables can be watched', () => {
    const s = stopped(three);
    const value = (text: string) => s.evaluate(text, s.topFrame()).value;
    assert.match(value('*kmalloc_caches[0][8]'), /^kmalloc-256, 256 bytes/);
    assert.match(value('slab_caches'), /^\d+ entries$/);
    assert.match(value('kmalloc_caches[0][8]->flags'), /__CMPXCHG_DOUBLE/);
  });
});

describe('scope Address space', () => {
  it('has the regions, what is mapped in them, and walks', () => {
    const s = stopped('set_memory_ro(PAGE_OFFSET + 0x50000, 1);');
    const regions = texts(find(s, 'Address space'));
    assert.equal(regions[0], 'direct map: 0xffff888000000000–0xffff88800ffdffff · 255.9 MiB');
    const ranges = texts(find(s, 'Address space', 'direct map'));
    assert.equal(ranges[0], '0xffff888000000000–0xffff88800004ffff: 80 × 4 KiB · RW GLB NX · pfn 0x0');
    assert.equal(ranges[1], '0xffff888000050000–0xffff888000050fff: 1 × 4 KiB · ro GLB NX · pfn 0x50');
    const image = texts(find(s, 'Address space', 'kernel image', 'walk of its first address'));
    assert.deepEqual(
      image.map((text) => text.replace(/pfn 0x(?!1000 )[0-9a-f]+/, 'pfn')),
      [
        'pgd[511]: table, pfn · USR RW x',
        'pud[510]: table, pfn · RW x',
        'pmd[8]: page of 2 MiB, pfn 0x1000 · ro PSE GLB x',
      ],
    );
    const entry = find(s, 'Address space', 'kernel image', 'walk of its first address', 'pmd[8]').children?.()[0];
    assert.match(entry?.value ?? '', /^\{pmd = 0x10001e1 pfn 0x1000 ro PSE GLB x\}$/);
    assert.match(find(s, 'Address space', 'init_mm.pgd').value, /swapper_pg_dir/);
  });
  it('has the tables entry by entry, and those before the start', () => {
    for (const [arch, image, levels] of [
      ['x86_64', 'pgd[511]', ['pgd[511]', 'pud[510]', 'pmd[8]']],
      ['i386_pae', 'pgd[3]', ['pgd[3]', 'pmd[8]']],
    ] as const) {
      const s = stopped('jiffies;', `arch = ${arch};`);
      const final = find(s, 'Address space', 'tables of init_mm', ...levels);
      assert.match(final.value, /pfn 0x1000 ro PSE GLB x/);
      assert.equal(s.evaluate(final.evaluateName ?? '', s.topFrame()).value, final.value);
      const late = find(s, 'Address space', 'before the start', 'late_initcall', 'swapper_pg_dir', ...levels);
      assert.match(late.value, /pfn 0x1000 RW PSE GLB x/, 'text is not protected yet');
      assert.match(late.type ?? '', /^pmd_t$/);
      assert.equal(late.evaluateName, undefined);
      assert.equal(late.location, undefined);
      const head = find(s, 'Address space', 'before the start', 'head', 'swapper_pg_dir', image);
      assert.match(head.type ?? '', /^pgd_t$/);
      if (arch === 'x86_64')
        assert.deepEqual(
          texts(find(s, 'Address space', 'before the start', 'head', 'swapper_pg_dir')).map((t) => t.split(':')[0]),
          ['pgd[511]'],
          'nothing but the image',
        );
      const before = s.view.kernel.journal.position;
      assert.ok(texts(find(s, 'Address space', 'before the start', 'head', 'mapped')).length > 0);
      assert.equal(s.view.kernel.journal.position, before);
    }
    // i386 begins with the first memory mapped twice, at its physical address as well
    const s = stopped('jiffies;', 'arch = i386;');
    const head = texts(find(s, 'Address space', 'before the start', 'head', 'swapper_pg_dir'));
    assert.ok(head.some((t) => t.startsWith('pgd[0]: ')) && head.some((t) => t.startsWith('pgd[768]: ')), head.join());
    assert.ok(texts(find(s, 'Address space', 'tables of init_mm')).every((t) => !t.startsWith('pgd[0]: ')));
  });
  it('has the mm of a process, and of a kernel thread what it borrows', () => {
    const text = `machine { arch = i386; memory = 256M; cpus = 1; }
process p {
\tjiffies;
\tjiffies;
\tschedule();
}
task main {
\tjiffies;
}
`;
    const loaded = loadScenario('/s.kmem', text);
    if ('problems' in loaded) assert.fail(loaded.problems.map((p) => p.text).join('\n'));
    const s = loaded.session;
    const stop = (line: number): void => {
      s.breakpoints.setLines(0, [{ line }]);
      s.beginContinue();
      assert.equal(s.run().kind, 'breakpoint');
    };
    stop(4);
    const pgd = find(s, 'Address space', 'mm->pgd');
    assert.equal(s.evaluate('current->mm->pgd', s.topFrame()).value, pgd.value);
    assert.equal(find(s, 'Address space', 'mm', 'mm_users').value, '1');
    const entries = texts(find(s, 'Address space', 'tables of mm'));
    assert.deepEqual(entries, texts(find(s, 'Address space', 'tables of init_mm')));
    const [top] = find(s, 'Address space', 'walk of the stack pointer').children?.() ?? [];
    assert.equal(
      s.evaluate(`(void *)${top?.memory} == pgd_offset(current->mm, (unsigned long)current)`, s.topFrame()).value,
      '1',
    );
    stop(8);
    assert.equal(find(s, 'Address space', 'active_mm->pgd').value, pgd.value);
    assert.equal(find(s, 'Address space', 'active_mm (borrowed)', 'mm_users').value, '1');
  });
  it('the levels are the machine’s', () => {
    const s = stopped('jiffies;', 'arch = i386;');
    const walk = texts(find(s, 'Address space', 'walk of the stack pointer'));
    assert.deepEqual(
      walk.map((text) => text.replace(/\[\d+\]/, '[]').replace(/0x[0-9a-f]+/, '#')),
      ['pgd[]: page of 4 MiB, pfn # · RW PSE GLB x'],
    );
  });
});

describe('scope Per-CPU memory', () => {
  it('has the chunks by their largest free run, and counts', () => {
    const s = stopped('u64 __percpu *p = alloc_percpu(u64);');
    const rows = texts(find(s, 'Per-CPU memory'));
    assert.ok(rows.includes('bytes of a unit: 2097152'), rows.join('\n'));
    assert.ok(
      rows.some((row) => row.startsWith('first chunk: 0x')),
      rows.join('\n'),
    );
    const [slot] = find(s, 'Per-CPU memory', 'chunks').children?.() ?? [];
    assert.match(`${slot?.name}: ${slot?.value}`, /^slot \d+: 1 chunk$/);
    const [chunk] = slot?.children?.() ?? [];
    assert.match(chunk?.value ?? '', /^\d+ bytes free, \d+ in one run; 7 of 7 pages with memory, \d+ empty$/);
    const [struct] = chunk?.children?.() ?? [];
    assert.equal(struct?.type, 'struct pcpu_chunk');
    assert.ok(struct?.children?.().some((row) => row.name === 'chunk_md'));
    const value = (text: string) => s.evaluate(text, s.topFrame()).value;
    assert.equal(value('pcpu_first_chunk->immutable'), 'true');
    assert.equal(value('pcpu_first_chunk->nr_pages'), '7');
  });
});

describe('values of highmem', () => {
  it('a pointer into a slot names it and its page; kmap’s variables are expressions', () => {
    const s = stopped(
      'struct page *p = alloc_page(GFP_HIGHUSER); char *a = kmap(p), *l = kmap_local_page(p); unsigned long pfn = page_to_pfn(p); int users = pkmap_count[last_pkmap_nr]; void *gone = (void *)0xfec05000;',
      'arch = i386; memory = 1G;',
    );
    const value = (name: string): string => find(s, 'Locals', name).value;
    const pfn = `0x${Number.parseInt(value('pfn'), 10).toString(16)}`;
    assert.match(value('a'), new RegExp(`kmap slot 1, pfn ${pfn}`));
    assert.match(value('l'), new RegExp(`local slot 0 of CPU 0, pfn ${pfn}`));
    assert.match(value('gone'), /kmap slot 5, not mapped/);
    assert.match(value('users'), /^2\b/);
  });
});

describe('scope vmalloc', () => {
  const body = 'char *v = vmalloc(3 * PAGE_SIZE); void *gone = vmalloc(PAGE_SIZE); vfree(gone);';
  it('has the areas as a list and as a tree', () => {
    const s = stopped(body);
    const frame = s.topFrame();
    const at = s.evaluate('(unsigned long)v,x', frame).value;
    const areas = find(s, 'vmalloc', 'areas').children?.(0, 0) ?? [];
    const mine = areas.find((area) => area.value.startsWith(at));
    assert.match(mine?.value ?? '', /, 4 pages$/);
    assert.match(find(s, 'vmalloc', 'areas, as a tree', 'root').value, /^black · 0x/);
    const colours = new Set<string>();
    const walk = (node: Node): number => {
      const below = (node.children?.() ?? []).filter((n) => n.name === 'left' || n.name === 'right');
      colours.add(node.value.split(' ')[0] ?? '');
      return 1 + below.reduce((sum, n) => sum + walk(n), 0);
    };
    assert.equal(walk(find(s, 'vmalloc', 'areas, as a tree', 'root')), areas.length);
    assert.deepEqual([...colours].sort(), ['black', 'red']);
  });
  it('has what is freed lazily', () => {
    const s = stopped(body);
    assert.equal(find(s, 'vmalloc', 'freed lazily', 'pages').value, '2');
    assert.equal(find(s, 'vmalloc', 'freed lazily', 'areas').indexed, 1);
    assert.equal(s.evaluate('nr_vmalloc_pages', s.topFrame()).value, find(s, 'vmalloc', 'pages in use').value);
  });
});

/** Pages that are freed or handed out in a bad state: what is found, when, and what the kernel prints about the page. */
import assert from 'node:assert/strict';
import { check, type RunOptions, run } from './scenario';

const DEBUG_VM = { machine: 'config DEBUG_VM = y;' };
/** The lines about the page in each report, without the identifiers that %p prints. */
function dumps(text: string, options: RunOptions = {}): string[][] {
  const ran = run(text, { maxSteps: 200_000, ...options });
  assert.equal(ran.failed, 0, ran.log.map((e) => e.text).join('\n'));
  return ran.log
    .filter((e) => e.kind === 'BUG' && !e.suppressed)
    .map((e) => {
      const lines = [e.text, ...e.lines];
      const end = lines.findIndex((line) => line.startsWith('page dumped because'));
      return lines
        .slice(0, end + 1)
        .map((line) => line.replace(/(?<!invalid )\b(page|head|mapping):(?!0{16})[0-9a-f]{16}\b/g, '$1:%p'));
    });
}
const because = (text: string, options?: RunOptions): (string | undefined)[] =>
  dumps(text, options).map((lines) => lines.at(-1)?.replace('page dumped because: ', ''));

describe('page checks: a page on its way back', () => {
  it('to a per-CPU list: its flags and private are cleared, unseen (amd64-page_free_locked, _reserved, _slab, page_private)', () => {
    for (const flag of ['PG_locked', 'PG_reserved', 'PG_slab', 'PG_lru']) {
      check(
        `task main {
           struct page *p = alloc_page(GFP_KERNEL);
           p->flags |= 1UL << ${flag}; p->private = 7;
           __free_page(p);
           expect(!(p->flags & (1UL << ${flag}))); expect(p->private == 0); expect(page_ref_count(p) == 0);
           drain_all_pages(NULL);
         }`,
      );
    }
  });
  it('to the buddy lists: private of the first page becomes the order, that of the others stays (amd64-page_private)', () => {
    check(
      `task main {
         struct page *p = alloc_pages(GFP_KERNEL, 5);
         p->private = 1; p[3].private = 77;
         __free_pages(p, 5);
         expect(p[3].private == 77); expect(p->private >= 5);
       }`,
    );
  });
  it('past the per-CPU lists with a flag that is not allowed: reported and lost (amd64-page_free_lru)', () => {
    const [lines] = dumps(
      `task main {
         struct page *p = alloc_pages(GFP_KERNEL, 4);
         p->flags |= 1UL << PG_lru | 1UL << PG_active;
         __free_pages(p, 4);
         expect(p->flags & 1UL << PG_lru);
       }`,
    );
    const pfn = /pfn:([0-9a-f]+)$/.exec(lines?.[0] ?? '')?.[1] ?? '';
    assert.deepEqual(lines, [
      `BUG: Bad page state in process main  pfn:${pfn}`,
      `page:%p refcount:0 mapcount:0 mapping:0000000000000000 index:0x0 pfn:0x${pfn.replace(/^0+/, '')}`,
      'flags: 0xfffffc0000030(lru|active|node=0|zone=1|lastcpupid=0x1fffff)',
      'raw: 000fffffc0000030 0000000000000000 dead000000000122 0000000000000000',
      'raw: 0000000000000000 0000000000000000 00000000ffffffff 0000000000000000',
      'page dumped because: PAGE_FLAGS_CHECK_AT_FREE flag(s) set',
    ]);
  });
  it('a reference to a tail, or a tail freed on its own: found when the block is freed (amd64-page_tail_ref, page_free_middle)', () => {
    const block = 'struct page *p = alloc_pages(GFP_KERNEL, 3);';
    const [ref] = dumps(`${block} get_page(p + 5); __free_pages(p, 3);`);
    assert.match(ref?.[1] ?? '', /refcount:1 mapcount:0/);
    const [middle] = dumps(`${block} __free_page(p + 1); expect(page_ref_count(p + 1) == -1); __free_pages(p, 3);`);
    assert.match(middle?.[1] ?? '', /refcount:-1 mapcount:0/);
    assert.deepEqual(because(`${block} get_page(p + 5); __free_pages(p, 3);`), ['nonzero _refcount']);
  });
  it('a mapping that is not NULL: named, as far as it can be read (errors.json: amd64-free_mapping)', () => {
    const [lines] = dumps(
      'struct page *p = alloc_page(GFP_KERNEL); p->mapping = (void *)0x1000; __free_page(p); drain_all_pages(NULL);',
    );
    assert.match(lines?.[1] ?? '', /^page:%p refcount:0 mapcount:0 mapping:%p index:0x0/);
    assert.deepEqual(lines?.slice(2, 4), [
      'invalid mapping:0000000000001000',
      'flags: 0xfffffc0000000(node=0|zone=1|lastcpupid=0x1fffff)',
    ]);
    assert.equal(lines?.at(-1), 'page dumped because: non-NULL mapping');
  });
  it('twice, where the first free has gone to the buddy lists: the list of a later drain finds it', () => {
    const [lines] = dumps(
      `struct page *p = alloc_pages(GFP_KERNEL, 4);
       __free_pages(p, 4); __free_pages(p, 4);
       struct page *q = alloc_pages(GFP_KERNEL, 4);`,
    );
    assert.match(lines?.[1] ?? '', /refcount:-1 mapcount:0/);
    assert.equal(lines?.at(-1), 'page dumped because: nonzero _refcount');
  });
  it('with broken memory: left out silently, on both ways', () => {
    check(
      `task main {
         struct page *p = alloc_page(GFP_KERNEL);
         p->flags |= 1UL << PG_hwpoison;
         __free_page(p);
         expect(p->flags & 1UL << PG_hwpoison);
         for (int i = 0; i < 200; i++) expect(alloc_page(GFP_KERNEL) != p);
         struct page *block = alloc_pages(GFP_KERNEL, 4);
         __free_pages(block, 4);
         block->flags |= 1UL << PG_hwpoison;
         for (int i = 0; i < 4; i++) expect(alloc_pages(GFP_KERNEL, 4) != block);
       }`,
      {},
      { maxSteps: 50_000 },
    );
  });
});

describe('page checks: compound pages', () => {
  const corrupted = (what: string) =>
    `struct page *p = alloc_pages(GFP_KERNEL | __GFP_COMP, 3); ${what}; __free_pages(p, 3);`;
  it('what a tail has in mapping and compound_head is not looked at without CONFIG_DEBUG_VM', () => {
    for (const what of ['p[3].mapping = NULL', 'p[5].compound_head = 0', 'p[1].compound_mapcount.counter = 3']) {
      check(
        `task main { ${corrupted(what)}
           struct page *q = alloc_pages(GFP_KERNEL, 3); expect(q == p); }`,
      );
    }
  });
  it('with CONFIG_DEBUG_VM it is, and says what is wrong', () => {
    assert.deepEqual(because(corrupted('p[3].mapping = NULL'), DEBUG_VM), ['corrupted mapping in tail page']);
    assert.deepEqual(because(corrupted('p[2].mapping = NULL'), DEBUG_VM), []);
    assert.deepEqual(because(corrupted('p[5].compound_head = 0'), DEBUG_VM), ['PageTail not set']);
    assert.deepEqual(because(corrupted('p[5].compound_head += 64'), DEBUG_VM), ['compound_head not consistent']);
    assert.deepEqual(because(corrupted('p[1].compound_mapcount.counter = 3'), DEBUG_VM), ['nonzero compound_mapcount']);
  });
  it('dump_page tells of the whole compound page, and of a tail whose head it cannot be', () => {
    const { lines } = check(
      'task main { struct page *p = alloc_pages(GFP_KERNEL | __GFP_COMP, 2); dump_page(p + 1, "test"); p[3].compound_head -= 1 << 20; dump_page(p + 3, "torn"); expect(1); }',
    );
    const shown = lines.map((line) =>
      line.replace(/\b(page|head|refcount:0 mapcount:0 mapping):[0-9a-f]{16}/g, '$1:%p').replace(/pfn:0x.*/, 'pfn'),
    );
    assert.deepEqual(
      shown.map((line) => (/^(raw|head): [0-9a-f]/.test(line) ? line.slice(0, 4) : line)),
      [
        'page:%p refcount:1 mapcount:0 mapping:0000000000000000 index:0x0 pfn',
        'head:%p order:2 compound_mapcount:0 compound_pincount:0',
        'flags: 0xfffffc0010000(head|node=0|zone=1|lastcpupid=0x1fffff)',
        ...['raw:', 'raw:', 'head', 'head'],
        'page dumped because: test',
        'page:%p refcount:0 mapcount:0 mapping:%p index:0x0 pfn',
        'invalid mapping:dead000000000400',
        'flags: 0xfffffc0000000(node=0|zone=1|lastcpupid=0x1fffff)',
        ...['raw:', 'raw:'],
        'page dumped because: torn',
      ],
    );
  });
});

describe('page checks: how many reports', () => {
  const many = (count: number, then = '') => `task main {
    for (int i = 0; i < ${count}; i++) { struct page *p = alloc_pages(GFP_KERNEL, 4); p->flags |= 1UL << PG_lru; __free_pages(p, 4); }
    ${then}
  }`;
  it('60 in a row, then none for the rest of the minute; then how many there were (amd64-page_many_bad)', () => {
    const { reports, lines } = run(many(70), { maxSteps: 20_000 });
    assert.equal(reports.length, 60);
    const once = 'Disabling lock debugging due to kernel taint';
    assert.deepEqual(lines, [once]);
    const later = run(
      many(
        70,
        'msleep(61000); struct page *q = alloc_pages(GFP_KERNEL, 4); q->flags |= 1UL << PG_lru; __free_pages(q, 4);',
      ),
      { maxSteps: 20_000 },
    );
    assert.equal(later.reports.length, 61);
    assert.deepEqual(later.lines, [once, 'BUG: Bad page state: 10 messages suppressed']);
  });
});

describe('page checks: CONFIG_DEBUG_VM', () => {
  it('a page goes to a per-CPU list only as it should be', () => {
    const free = 'struct page *p = alloc_page(GFP_KERNEL); p->mapping = (void *)0x1000; __free_page(p);';
    assert.deepEqual(because(free), []);
    assert.deepEqual(because(free, DEBUG_VM), ['non-NULL mapping']);
  });
  it('and comes from it only so', () => {
    const wild =
      'struct page *p = alloc_page(GFP_KERNEL); __free_page(p); p->mapping = (void *)0x1000; p = alloc_page(GFP_KERNEL);';
    assert.deepEqual(because(wild), []);
    assert.deepEqual(because(wild, DEBUG_VM), ['non-NULL mapping']);
  });
  it('a block on its way out has all its pages looked at, with or without it', () => {
    const wild = (pages: string) =>
      `struct page *p = alloc_pages(GFP_KERNEL, 5); __free_pages(p, 5); ${pages} struct page *q = alloc_pages(GFP_KERNEL, 5); expect(q != p);`;
    for (const options of [{}, DEBUG_VM]) {
      assert.deepEqual(because(wild('p[31].mapping = (void *)0x1000;'), options), ['non-NULL mapping']);
      assert.deepEqual(because(wild('p[1]._refcount.counter = 1;'), options), ['nonzero _refcount']);
    }
  });
  it('a reference that is not there cannot be dropped', () => {
    const twice = 'struct page *p = alloc_page(GFP_KERNEL); __free_page(p); __free_page(p);';
    assert.deepEqual(because(twice), []);
    assert.deepEqual(because(twice, DEBUG_VM), ['VM_BUG_ON_PAGE(page_ref_count(page) == 0)']);
  });
  it('free_pages of an address without a page, and a mask with two zones, are bugs', () => {
    const bug = (text: string) =>
      run(text, DEBUG_VM)
        .log.flatMap((e) => [e.text, ...e.lines])
        .find((l) => l.startsWith('kernel BUG'));
    assert.match(bug('free_pages(0x1000, 0);') ?? '', /^kernel BUG at mm\/page_alloc\.c/);
    assert.match(
      bug('alloc_page(GFP_KERNEL | __GFP_DMA | __GFP_HIGHMEM);') ?? '',
      /^kernel BUG at include\/linux\/gfp\.h/,
    );
  });
  it('without it, free_pages computes a struct page and reads there', () => {
    const { reports } = run('free_pages(0x1000, 0);');
    assert.deepEqual(reports, ['BUG: unable to handle page fault for address: ffffebde00000040']);
  });
});

describe('page checks: the lists of free pages', () => {
  const FREED = 'struct page *p = alloc_page(GFP_KERNEL); __free_page(p);';
  const at = (text: string, arch?: RunOptions['arch']) =>
    run(`${FREED} ${text} alloc_page(GFP_KERNEL);`, { ...(arch && { arch }) });
  it('a pointer that leads nowhere faults where list_del reads, to the byte (amd64-page_lru_uaf)', () => {
    const fault = (text: string) => at(text).reports[0] ?? '';
    assert.match(
      fault('p->lru.next = (void *)0x4141414141414141;'),
      /^general protection fault.* 0x4141414141414149: 0000/,
    );
    assert.match(
      fault('p->lru.prev = (void *)0x4141414141414141;'),
      /^general protection fault.* 0x4141414141414141: 0000/,
    );
    assert.match(
      fault('p->lru.next = (void *)0x12345678;'),
      /unable to handle page fault for address: 0000000012345680$/,
    );
  });
  it('pointers that contradict each other are told as lib/list_debug.c does', () => {
    const bug = (text: string, arch?: RunOptions['arch']) => {
      const entry = at(text, arch).log[0];
      return [entry?.text ?? '', entry?.lines[1] ?? ''].map((line) =>
        line.replace(/\b[0-9a-f]{8}(?:[0-9a-f]{8})?\b/g, '%px'),
      );
    };
    const del = (what: string, line: number) => [
      `list_del corruption${what}`,
      `kernel BUG at lib/list_debug.c:${line}!`,
    ];
    for (const arch of ['x86_64', 'i386'] as const) {
      assert.deepEqual(bug('p->lru.next = NULL;', arch), del(', %px->next is NULL', 49));
      assert.deepEqual(bug('p->lru.prev = NULL;', arch), del(', %px->prev is NULL', 51));
      const wrong = del('. next->prev should be %px, but was %px. (next=%px)', 62);
      assert.deepEqual(bug('struct page *q = alloc_pages(GFP_KERNEL, 4); p->lru.next = &q->lru;', arch), wrong);
    }
    assert.deepEqual(bug('p->lru.prev = LIST_POISON2;'), del(', %px->prev is LIST_POISON2 (%px)', 56));
  });
  it('a page that is freed twice is put before itself', () => {
    const twice = 'struct page *p = alloc_page(GFP_KERNEL); __free_page(p); set_page_count(p, 1); __free_page(p);';
    const [entry] = run(twice).log;
    assert.match(entry?.text ?? '', /^list_add double add: new=([0-9a-f]{16}), prev=[0-9a-f]{16}, next=\1\.$/);
    assert.equal(entry?.lines[1], 'kernel BUG at lib/list_debug.c:33!');
  });
});

/** The object card: what is selected, who has it, who allocated and freed it, who wrote to it. */
import assert from 'node:assert/strict';
import type { Selection } from '../../../server/debugger/inspector/shapes/common';
import type { ObjectCardAnswer } from '../../../server/debugger/inspector/shapes/objectCard';
import { ask, go, inspected } from './inspected';

interface Expected {
  readonly title?: RegExp;
  readonly owner?: string;
  readonly state?: RegExp;
  /** line of the scenario, counted in the body */
  readonly allocated?: string | undefined;
  readonly freed?: string | undefined;
  /** what was written last, and by which line */
  readonly written?: RegExp;
  readonly by?: string;
  readonly more?: (card: ObjectCardAnswer) => void;
}
const machine = (settings: string) => `machine { memory = 128M; cpus = 2; ${settings} }`;
const HEAD = `
struct item { int value; char name[12]; struct item *next; };
static struct item first;
DEFINE_PER_CPU(int, hits);
`;
/** The card of something at the line marked with a stop. */
function check(what: string, body: string, select: string | Selection, expected: Expected, settings = ''): void {
  it(what, async () => {
    const session = go(inspected(`${machine(settings)}${HEAD}\n${body}`));
    const selection: Selection = typeof select === 'string' ? { by: 'expression', text: select } : select;
    const card = await ask(session, 'objectCard', { selection });
    if (expected.title) assert.match(card.title, expected.title);
    if (expected.owner) assert.equal(card.owner.kind, expected.owner);
    if (expected.state) assert.match(card.state.join(' '), expected.state);
    if ('allocated' in expected) assert.equal(card.allocated?.place?.text, expected.allocated);
    if ('freed' in expected) assert.equal(card.freed?.place?.text, expected.freed);
    if (expected.written) assert.match(card.writes[0]?.field ?? '', expected.written);
    if (expected.by) assert.equal(card.writes[0]?.place?.text, expected.by);
    expected.more?.(card);
  });
}
/** A selection that cannot be shown, and what is said of it. */
function refuse(what: string, selection: Selection, says: RegExp): void {
  it(what, async () => {
    const session = go(
      inspected(`${machine('')}${HEAD}\ntask main {\n\tstruct item *none = NULL;\n\tfirst.value = 1; // stop\n}`),
    );
    await assert.rejects(ask(session, 'objectCard', { selection }), says);
  });
}

describe('object card', () => {
  check(
    'a statement is named without the comment behind it',
    `task main {
  struct page *p = alloc_page(/* mask */ GFP_KERNEL); /* "why" */ // and more
  first.name[0] = '"'; // not "a string"
  first.value = 1; // stop
  __free_page(p);
}`,
    'p',
    { allocated: 'struct page *p = alloc_page(/* mask */ GFP_KERNEL);' },
  );
  check(
    'a page that is in use',
    `task main {
	struct page *page = alloc_pages(GFP_KERNEL | __GFP_ZERO, 2);
	set_page_private(page, 7);
	first.value = 1; // stop
	__free_pages(page, 2);
}`,
    'page',
    {
      title: /^page pfn 0x/,
      owner: 'allocated',
      state: /In use.*1 reference/,
      allocated: 'struct page *page = alloc_pages(GFP_KERNEL | __GFP_ZERO, 2);',
      freed: undefined,
      written: /^private/,
      by: 'set_page_private(page, 7);',
      more: (card) => {
        assert.equal(card.allocated?.function, 'alloc_pages');
        assert.equal(card.allocated?.bytesAllocated, 4 * 4096);
        assert.match(card.allocated?.gfp ?? '', /GFP_KERNEL.*__GFP_ZERO/);
        assert.deepEqual(
          card.allocated?.calls.map((c) => c.function),
          ['main'],
        );
        assert.match(card.descriptor.find((f) => f.name === 'private')?.value ?? '', /7/);
      },
    },
  );
  check(
    'a page that was freed, with the functions that led there',
    `static void drop(struct page *page) { __free_pages(page, 4); }
static void done(struct page *page) { drop(page); }
task main {
	struct page *page = alloc_pages(GFP_KERNEL, 4);
	done(page);
	first.value = 1; // stop
}`,
    'page',
    {
      owner: 'free',
      state: /^Free: .*block of order/,
      allocated: 'struct page *page = alloc_pages(GFP_KERNEL, 4);',
      more: (card) =>
        assert.deepEqual(
          card.freed?.calls.map((c) => c.function),
          ['drop', 'done', 'main'],
        ),
    },
  );
  check(
    'a page on a per-CPU list',
    `task main on cpu 1 {
	struct page *page = alloc_page(GFP_KERNEL);
	__free_page(page);
	first.value = 1; // stop
}`,
    'page',
    { owner: 'pcp', state: /page lists of CPU 1/, freed: '__free_page(page);' },
  );
  check(
    'the third page of a compound block',
    `task main {
	struct page *page = alloc_pages(GFP_KERNEL | __GFP_COMP, 3);
	struct page *third = page + 2;
	first.value = 1; // stop
}`,
    'third',
    {
      allocated: 'struct page *page = alloc_pages(GFP_KERNEL | __GFP_COMP, 3);',
      more: (card) => assert.match(card.parts[0]?.value ?? '', /order 3 .*page 2 of it/),
    },
  );
  for (const allocator of ['slub', 'slab'])
    check(
      `an object of ${allocator}`,
      `task main {
	struct item *item = kmalloc(sizeof(*item), GFP_KERNEL);
	item->value = 3;
	item->next = &first;
	first.value = 1; // stop
	kfree(item);
}`,
      'item',
      {
        title: /^object of kmalloc-32$/,
        owner: 'slab',
        allocated: 'struct item *item = kmalloc(sizeof(*item), GFP_KERNEL);',
        freed: undefined,
        written: /^next/,
        by: 'item->next = &first;',
        more: (card) => assert.equal(card.allocated?.bytesRequested, 24),
      },
      `allocator = ${allocator};`,
    );
  for (const [what, settings, state] of [
    ['free again', 'config KASAN = n;', /^Free: it is on a freelist/],
    ['in quarantine', 'config KASAN = y;', /^Freed: KASAN keeps it/],
  ] as const)
    check(
      `an object of SLUB that is ${what}`,
      `task main {
	struct item *item = kmalloc(sizeof(*item), GFP_KERNEL);
	kfree(item);
	first.value = 1; // stop
}`,
      'item',
      { state, freed: 'kfree(item);' },
      settings,
    );
  check(
    'an object of SLOB: its page',
    `task main {
	struct item *item = kmalloc(sizeof(*item), GFP_KERNEL);
	first.value = 1; // stop
}`,
    'item',
    { title: /^page pfn/ },
    'allocator = slob;',
  );
  check(
    'a vmalloc area',
    `task main {
	char *area = vmalloc(3 * PAGE_SIZE);
	area[5000] = 1;
	first.value = 1; // stop
	vfree(area);
}`,
    'area',
    {
      title: /^vmalloc area at 0x/,
      owner: 'vmalloc',
      allocated: 'char *area = vmalloc(3 * PAGE_SIZE);',
      written: /\+0x1388/,
      by: 'area[5000] = 1;',
      more: (card) => assert.equal(card.bytes, 3 * 4096),
    },
  );
  check('a variable is as large as its type', 'static char c;\ntask main {\n\tc = 1; // stop\n}', 'c', {
    state: /type char, 1 byte\b/,
    more: (card) => assert.equal(card.bytes, 1),
  });
  check('a variable, with its members', 'task main {\n\tfirst.name[3] = 1;\n\tfirst.value = 1; // stop\n}', 'first', {
    title: /^first$/,
    state: /type struct item/,
    written: /^name\[3\]$/,
    by: 'first.name[3] = 1;',
    allocated: undefined,
  });
  check(
    'a per-CPU variable',
    'task main {\n\tthis_cpu_inc(hits);\n\tfirst.value = 1; // stop\n}',
    '*this_cpu_ptr(&hits)',
    {
      title: /^hits of CPU/,
      owner: 'per-CPU',
      by: 'this_cpu_inc(hits);',
    },
  );
  check("a task's stack", 'task main {\n\tint local = 3;\n\tfirst.value = 1; // stop\n}', 'local', {
    title: /^kernel stack of main/,
    owner: 'kernel stack',
  });
  check(
    'a frame of the kernel image',
    'task main {\n\tfirst.value = 1; // stop\n}',
    { by: 'pfn', pfn: 0x1000 },
    { owner: 'kernel image' },
  );

  refuse('a pointer that is NULL', { by: 'expression', text: 'none' }, /none is NULL/);
  refuse('a value', { by: 'expression', text: '1 + 2' }, /not in memory/);
  refuse('what is not C', { by: 'expression', text: '(((' }, /./);
  refuse('a pfn past the end', { by: 'pfn', pfn: 2 ** 40 }, /past the end/);
  refuse('an address where nothing is mapped', { by: 'address', address: '0x10' }, /nothing is mapped/);
});

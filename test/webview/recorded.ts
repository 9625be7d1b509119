/** The recordings, one or more of each view. */
import type { Session } from '../../server/debugger/session';
import { mapRecordings } from './recordedMap';
import type { Recording } from './recordings';

/** Names with markup in them: they are shown as text. */
const MARKUP = `machine { memory = 128M; }
struct item { int value; char name[40]; };
static struct item *list;
task main {
	list = kmem_cache_alloc(kmem_cache_create("<img src=x onerror=alert(1)>", 64, 0, 0, NULL), GFP_KERNEL);
	list->value = 1; // "<b>bold</b>" & 'more'
	list->value = 2;
	kfree(list);
}
`;

/** Areas of every kind, one of which is freed; a label with markup. */
const AREAS = `machine { memory = 128M; cpus = 1; config KASAN = n; }
task main {
	char *first = vmalloc(3 * 4096), *second = vmalloc(5 * 4096);
	void *registers = ioremap(0xfe000000, 4096);
	void __percpu *counters = __alloc_percpu(512, 8);
	vfree(first);
	second[0] = 1;
}
`;
/** Where these areas are, and no others. */
const AREAS_WINDOW = { cells: 1000, first: '0xffffc90000000000', last: '0xffffc900000fffff' };
/** Blocks that are split, and merged again. */
const SPLIT = `machine { memory = 128M; cpus = 2; }
task main {
	struct page *page = alloc_pages(GFP_KERNEL, 6);
	struct page *block = alloc_pages(GFP_KERNEL, 5);
	__free_pages(block, 5);
	__free_pages(page, 6);
}
`;
/** A slab with red zones, one of which is overwritten; the cache's name has markup in it. */
const RED_ZONES = `machine { memory = 128M; cpus = 2; config KASAN = n; config SLUB_DEBUG_ON = y; }
static struct kmem_cache *cache;
static char *item, *other;
task main {
	cache = kmem_cache_create("<b>items</b>", 100, 0, SLAB_HWCACHE_ALIGN, NULL);
	item = kmem_cache_alloc(cache, GFP_KERNEL);
	other = kmem_cache_alloc(cache, GFP_KERNEL);
	kmem_cache_free(cache, other);
	item[100] = 'x';
	item[0] = 'y';
}
`;
const address = ({ target, view }: Session, text: string): string =>
  view.hexBits(target.evaluate(text, undefined).value ?? 0n);

/** Every context, on two CPUs. */
const CONTEXTS = `machine { memory = 64M; cpus = 2; schedule = round_robin; }
static DEFINE_SPINLOCK(ring_lock);
static DEFINE_MUTEX(gate);
static void *kept[8];
static unsigned int n;
softirq net {
	kfree(kept[n % 8]);
	kept[n % 8] = NULL;
}
irq card {
	spin_lock(&ring_lock);
	kept[n % 8] = kmalloc(64, GFP_ATOMIC);
	spin_unlock(&ring_lock);
	raise_softirq(net);
}
task main on cpu 0 {
	unsigned long page;

	mutex_lock(&gate);
	page = __get_free_page(GFP_KERNEL);
	sim_raise(card);
	mutex_unlock(&gate);
	free_page(page);
	alloc_pages(GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY, 10);
	while (alloc_pages(GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY, 10))
		;
	preempt_disable();
	n++;
	preempt_enable();
}
task other on cpu 1 {
	unsigned int i;

	for (i = 0; i < 6; i++) {
		mutex_lock(&gate);
		n += i;
		mutex_unlock(&gate);
	}
}
`;

export const RECORDINGS: readonly Recording[] = [
  ...mapRecordings(MARKUP),
  {
    name: 'zones',
    scenario: 'watermarks.kmem',
    stops: [
      {
        at: 'memalloc = where_it_stops',
        questions: [
          { view: 'zones', question: {} },
          { view: 'zones/series', question: { zone: 1, counters: ['free', 'min', 'low', 'high'], from: 3220 } },
        ],
      },
      {
        at: 'printk("left: GFP_NOWAIT',
        questions: [
          { view: 'zones', question: {} },
          { view: 'zones/series', question: { zone: 1, counters: ['free', 'min', 'low', 'high'], from: 3220 } },
        ],
      },
    ],
  },
  {
    name: 'contexts',
    scenario: CONTEXTS,
    stops: [
      {
        at: 'free_page(page);',
        questions: [{ view: 'contexts', question: { cpus: 8 } }],
      },
      { at: 'preempt_enable();', questions: [{ view: 'contexts', question: { cpus: 8 } }] },
    ],
  },
  {
    name: 'objectCard',
    scenario: 'buddy.kmem',
    stops: [
      {
        at: 'b = alloc_pages(GFP_KERNEL, 4);',
        questions: [{ view: 'objectCard', question: { selection: { by: 'expression', text: 'a' } } }],
      },
      {
        at: 'expect(PageBuddy(a)',
        questions: [{ view: 'objectCard', question: { selection: { by: 'expression', text: 'a' } } }],
      },
    ],
  },
  {
    name: 'objectCardMarkup',
    scenario: MARKUP,
    stops: [
      {
        at: 'list->value = 2;',
        questions: [{ view: 'objectCard', question: { selection: { by: 'expression', text: 'list' } } }],
      },
    ],
  },
  {
    name: 'addressSpace',
    scenario: AREAS,
    stops: [
      {
        at: 'vfree(first);',
        questions: [
          { view: 'addressSpace', question: { cells: 1000 } },
          { view: 'addressSpace', question: AREAS_WINDOW },
        ],
      },
      { at: 'second[0] = 1;', questions: [{ view: 'addressSpace', question: AREAS_WINDOW }] },
    ],
  },
  {
    name: 'pageWalk',
    scenario: 'vmalloc-fault.kmem',
    stops: [
      {
        at: 'expect(entry(current->mm, p) == 0);',
        questions: [
          { view: 'pageWalk', question: { address: 'area' } },
          { view: 'pageWalk', question: { address: 'p', table: 'current' } },
          { view: 'pageWalk', question: { address: 'p', table: 'init_mm' } },
        ],
      },
    ],
  },
  {
    name: 'compare',
    scenario: 'leak.kmem',
    stops: [
      {
        at: 'printk("%u objects in use',
        questions: [
          { view: 'compare', question: { a: { at: 'start' }, b: { at: 'now' }, cells: 1024 } },
          { view: 'compare', question: { a: { at: 'now' }, b: { at: 'start' }, cells: 1024 } },
          { view: 'compare', question: { a: { at: 'now' }, b: { at: 'now' }, cells: 1024 } },
        ],
      },
    ],
  },
  {
    name: 'freeLists',
    scenario: SPLIT,
    stops: [
      {
        at: 'struct page *block',
        questions: [
          { view: 'freeLists', question: {} },
          { view: 'freeLists/wouldTake', question: { order: 5, gfp: 'GFP_KERNEL' } },
        ],
      },
      { at: '__free_pages(block', questions: [{ view: 'freeLists', question: {} }] },
      { at: '__free_pages(page', questions: [{ view: 'freeLists', question: {} }] },
    ],
  },
  {
    name: 'slabs',
    scenario: RED_ZONES,
    stops: [
      {
        at: "item[0] = 'y'",
        questions: [
          { view: 'slabs', question: {} },
          { view: 'slabs/cache', question: (session) => ({ cache: address(session, 'cache') }) },
          {
            view: 'slabs/page',
            question: { selection: { by: 'expression', text: 'item' }, objects: 64 },
          },
        ],
      },
    ],
  },
];

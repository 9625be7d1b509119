/**
 * What the page allocator prints about misuse, as two kernels printed it (Debian 6.1.176, and 6.1.192 with debugging on): a scenario does
 * what the recorder's module did, and its log is compared line by line.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { kernelText } from '../../server/kernel/printk/printk';
import { run, STOCK } from './scenario';

type Recording = Readonly<Record<string, { readonly lines: readonly string[] }>>;
const FOLDER = 'test/fixtures/reports';
const recorded: Recording = Object.assign(
  {},
  ...['debian-6.1.176-kmemlab', 'debian-6.1.176', 'debug-6.1.192'].map((name) =>
    JSON.parse(readFileSync(`${FOLDER}/${name}.json`, 'utf8')),
  ),
);

/** By recording: the body of the task. Its printk says what the recorder's said, without the mark before it. */
const SCENARIOS: Readonly<Record<string, string>> = {
  'amd64-alloc_order_max':
    'struct page *p = __alloc_pages(GFP_KERNEL, 11, 0, NULL); printk("order=11 ptr=%d", p != NULL);',
  'amd64-alloc_order_max_nowarn':
    'struct page *p = __alloc_pages(GFP_KERNEL | __GFP_NOWARN, 11, 0, NULL); printk("order=11 nowarn ptr=%d", p != NULL);',
  'amd64-double_free_o4':
    'struct page *p = __alloc_pages(GFP_KERNEL, 4, 0, NULL); __free_pages(p, 4); __free_pages(p, 4); __alloc_pages(GFP_KERNEL, 4, 0, NULL);',
  'amd64-double_free_page_buddy': `struct page *p = __alloc_pages(GFP_KERNEL, 0, 0, NULL); int again = 0;
    __free_pages(p, 0); drain_all_pages(NULL); __free_pages(p, 0);
    printk("refcount after 2nd free of a buddy page=%d", page_ref_count(p));
    for (int i = 0; i < 201; i++) again += __alloc_pages(GFP_KERNEL, 0, 0, NULL) == p;
    printk("got it again=%d tries=201 ref=%d", again, page_ref_count(p));`,
  'amd64-free_page_put_page':
    'struct page *p = __alloc_pages(GFP_KERNEL, 0, 0, NULL); put_page(p); put_page(p); printk("put_page twice ref=%d", page_ref_count(p));',
  'amd64-free_wrong_order': `struct page *p = __alloc_pages(GFP_KERNEL, 2, 0, NULL); __free_pages(p, 4);
    p = __alloc_pages(GFP_KERNEL, 4, 0, NULL); printk("wrong_order_free then alloc o4 pfn=%lu", page_to_pfn(p));`,
  'amd64-nofail_highorder':
    'struct page *p = __alloc_pages(GFP_KERNEL | __GFP_NOFAIL, 3, 0, NULL); printk("nofail o3 ptr=%px", p);',
  'i386-pae-alloc_order_max':
    'struct page *p = __alloc_pages(GFP_KERNEL, 11, 0, NULL); printk("order=11 ptr=%d", p != NULL);',
  'i386-pae-high_get_free_page': `unsigned long a = __get_free_pages(GFP_HIGHUSER, 0);
    printk("__get_free_pages HIGHMEM ptr=%lx phys=%lx", a, (unsigned long)virt_to_phys((void *)a));`,
  'amd64-exact_comp':
    'void *p = alloc_pages_exact(5 * PAGE_SIZE, GFP_KERNEL | __GFP_COMP); printk("exact comp %d", p != NULL);',
  'amd64-fail_dma': 'while (__alloc_pages(GFP_NOWAIT | __GFP_DMA, 0, 0, NULL)) ; printk("dma 0");',
  'amd64-fail_order10': `while (__alloc_pages(GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN, 10, 0, NULL)) ;
    struct page *p = __alloc_pages(GFP_KERNEL, 10, 0, NULL); printk("o10 kernel %d", p != NULL);`,
  'amd64-gfp_atomic_reclaim': `struct page *p = __alloc_pages(GFP_ATOMIC | __GFP_DIRECT_RECLAIM, 0, 0, NULL);
    printk("%d", p != NULL); printk("atomic|direct %d", p != NULL);`,
  'amd64-page_free_high_order_twice': `struct page *p = __alloc_pages(GFP_KERNEL, 9, 0, NULL);
    __free_pages(p, 9); __free_pages(p, 9); printk("%px", __alloc_pages(GFP_KERNEL, 9, 0, NULL));`,
  'amd64-page_free_locked': `struct page *p = __alloc_pages(GFP_KERNEL, 0, 0, NULL); p->flags |= 1UL << PG_locked;
    __free_pages(p, 0); printk("freed locked flags=%lx", p->flags);`,
  'amd64-page_free_lru': `struct page *p = __alloc_pages(GFP_KERNEL, 4, 0, NULL);
    p->flags |= 1UL << PG_lru | 1UL << PG_active; __free_pages(p, 4); printk("freed lru flags=%lx", p->flags);`,
  'amd64-page_free_middle': `struct page *p = __alloc_pages(GFP_KERNEL, 3, 0, NULL); __free_pages(p + 1, 0);
    printk("freed middle ref=%d", page_ref_count(p + 1)); __free_pages(p, 3);`,
  'amd64-page_free_null': '__free_pages(NULL, 0);',
  'amd64-page_free_reserved': `struct page *p = __alloc_pages(GFP_KERNEL, 0, 0, NULL); p->flags |= 1UL << PG_reserved;
    __free_pages(p, 0); printk("freed reserved");`,
  'amd64-page_free_slab': `struct page *p = __alloc_pages(GFP_KERNEL, 0, 0, NULL); p->flags |= 1UL << PG_slab;
    __free_pages(p, 0); printk("freed slab");`,
  'amd64-page_get_free': `struct page *p = __alloc_pages(GFP_KERNEL, 0, 0, NULL); __free_pages(p, 0); get_page(p);
    printk("get_page on free page ref=%d", page_ref_count(p));
    struct page *q = __alloc_pages(GFP_KERNEL, 0, 0, NULL); printk("same=%d ref=%d", p == q, page_ref_count(q));`,
  'amd64-page_lru_uaf': `struct page *p = __alloc_pages(GFP_KERNEL, 0, 0, NULL); __free_pages(p, 0);
    p->lru.next = (struct list_head *)0x4141414141414141; __alloc_pages(GFP_KERNEL, 0, 0, NULL);`,
  'amd64-page_many_bad': `for (int i = 0; i < 100; i++) {
      struct page *p = __alloc_pages(GFP_KERNEL, 4, 0, NULL); p->flags |= 1UL << PG_lru; __free_pages(p, 4); }`,
  'amd64-page_private': `struct page *p = __alloc_pages(GFP_KERNEL, 0, 0, NULL); p->private = 42; __free_pages(p, 0);
    printk("private after free to pcp=%lu", p->private);
    p = __alloc_pages(GFP_KERNEL, 5, 0, NULL); p[0].private = 66; p[3].private = 77; __free_pages(p, 5);
    printk("private[0]=%lu [3]=%lu", p->private, p[3].private);`,
  'amd64-page_tail_ref': `struct page *p = __alloc_pages(GFP_KERNEL, 3, 0, NULL); get_page(p + 5);
    __free_pages(p, 3); printk("tail ref, freed");`,
};
/** Recordings of the page allocator without a scenario, and why. */
const NOT_COMPARED: Readonly<Record<string, string>> = {
  'amd64-gfp_conflict': 'the report is kmalloc’s; what __alloc_pages does is in slowpath.test.ts',
  'i386-pae-gfp_conflict': 'the same',
  free_pages_bad: 'the debug kernel has KASAN and no DMA zones; that it is a BUG is in page-checks.test.ts',
  page_spinlock: 'contexts: the debug kernel’s locks',
  page_uaf: 'KASAN',
};
const SUBJECT = /^(?:(?:amd64|i386-pae)-)?(?:page_|gfp_|fail_|alloc_order|double_free|free_|exact_comp|nofail|high_)/;

// ---------------------------------------------------------------- what is not compared, and why
/** Stale words on the stack, and what the registers held: nothing executes here, so kmem has neither. */
const LEFT_OUT = /^ \? |^Code: |^(?:[RE][A-Z0-9]{2}|R\d\d|FS|CS|DS|CR[02]): |^RSP: /;
/** How the recorder's module was started, and the init that looked at it afterwards. */
const STARTED = /^cat: can't open/;
/** The recorder's page tables. */
const PAGE_TABLES = /^PGD /;

function comparable(lines: readonly string[]): string[] {
  const out: string[] = [];
  let below = false;
  for (const line of lines.map(spelled)) {
    if (LEFT_OUT.test(line) || STARTED.test(line) || PAGE_TABLES.test(line)) continue;
    // below the scenario's innermost function the recorder was in the module loader, kmem in a kernel thread
    if (below && / <\/TASK>|^---\[ end trace/.test(line)) below = false;
    if (below) continue;
    out.push(line);
    if (line === ' SCENARIO') below = true;
  }
  return out;
}
/** Addresses, frame numbers, offsets in functions and names of the module, the task and its number differ; so do amounts of memory. */
function spelled(line: string): string {
  const text = line
    .replace(/^KMEMLAB err /, '')
    .replace(/^ \w+\+0x\w+\/0x\w+ \[\w+\]$/, ' SCENARIO')
    .replace(/\+0x[0-9a-f]+\/0x[0-9a-f]+/g, '+')
    .replace(/\bPID: \d+/, 'PID')
    .replace(/Comm: \w+/, 'Comm')
    .replace(/\bprocess \w+/, 'process')
    .replace(/^\w+: page allocation failure/, 'task: page allocation failure')
    .replace(/^note: \w+\[\d+\]/, 'note: task')
    .replace(/^Modules linked in: .*/, 'Modules linked in')
    .replace(/\((?:____)?ptrval(?:____)?\)/g, '%p')
    .replace(/\b(page|head|mapping):0{8}(?!0{8})[0-9a-f]{8}/g, '$1:%p')
    .replace(/\bffff(?!f{12})[0-9a-f]{12}\b/g, '%px')
    .replace(/\b(pfn[:=])(?:0x)?[0-9a-f]+/g, '$1N')
    .replace(/\b(ptr|phys)=(?!0$|1$)[0-9a-f]+/g, '$1=N');
  return MEMORY.test(text) ? text.replace(/ \([UMEHI]+\)/g, '').replace(/\d+/g, 'N') : text;
}
/** Lines of Mem-Info. */
const MEMORY =
  /^(?:active_anon| active_file| unevictable| slab_recl| mapped| sec_page| kernel_misc| free:|Node 0 |lowmem_reserve|\d+ (?:total )?page(?:s|cache)?\b|Free swap|Total swap)/;

function check(name: string): void {
  const recording = recorded[name];
  assert.ok(recording, `${name} is not recorded`);
  const [arch, memory] = name.startsWith('i386') ? ['i386_pae', '1024M'] : ['x86_64', '256M'];
  const machine = `machine { arch = ${arch}; memory = ${memory}; cpus = 1; ${STOCK} }`;
  const { log } = run(`${machine} task main { ${SCENARIOS[name] ?? ''} }`, { maxSteps: 200_000 });
  assert.deepEqual(comparable(log.flatMap((entry) => [...kernelText(entry)])), comparable(recording.lines));
}

describe('the page allocator’s reports, as recorded', () => {
  for (const name of Object.keys(SCENARIOS)) it(name, () => check(name));
  it('every recording of the subject is compared, or it says why not', () => {
    const subject = Object.keys(recorded)
      .filter((name) => SUBJECT.test(name))
      .sort();
    assert.deepEqual([...Object.keys(SCENARIOS), ...Object.keys(NOT_COMPARED)].sort(), subject);
  });
});

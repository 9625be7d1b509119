/** kmemleak: what no pointer leads to, on demand and at the end of a run. */
import assert from 'node:assert/strict';
import { check, run } from './scenario';

const ON = { machine: 'config KASAN = n; config DEBUG_KMEMLEAK = y;', maxSteps: 60_000 };
const LIST =
  'struct node { struct node *next; char text[24]; }; static struct node *kept; static void lose(void) { struct node *n = kmalloc(sizeof(*n), GFP_KERNEL); strcpy(n->text, "lost"); n->next = NULL; } static void keep(void) { struct node *n = kmalloc(sizeof(*n), GFP_KERNEL); n->next = kept; kept = n; } ';
const atEnd = (text: string): readonly string[] =>
  run(text, ON)
    .log.filter((entry) => entry.suppressed)
    .flatMap((entry) => [entry.text, ...entry.notes]);

describe('kmemleak', () => {
  it('tells of an object in the second scan, 5 s after its allocation, once', () =>
    void check(
      `${LIST} task main { keep(); keep(); lose(); expect(sim_kmemleak_scan() == 0); msleep(4000); expect(sim_kmemleak_scan() == 0); msleep(2000); expect(sim_kmemleak_scan() == 1); expect(sim_kmemleak_scan() == 0); }`,
      {
        reports: [
          'kmemleak: 1 new suspected memory leaks (see /sys/kernel/debug/kmemleak)',
          /^1 allocations, 32 bytes/,
        ],
      },
      ON,
    ));
  it('what has changed since the last scan is somebody’s still', () =>
    void check(
      `${LIST} task main { lose(); msleep(6000); expect(sim_kmemleak_scan() == 0); expect(sim_kmemleak_scan() == 1); }`,
      { reports: ['kmemleak: 1 new', /^1 allocations/] },
      ON,
    ));
  it('prints what the file lists', () => {
    const { log } = run(`${LIST} task main { lose(); msleep(6000); sim_kmemleak_scan(); sim_kmemleak_scan(); }`, ON);
    const report = log.find((entry) => entry.text.startsWith('kmemleak: '));
    const lines = (report?.lines ?? []).map((line) => line.replace(/[0-9a-f]{16}/g, '#').replace(/\+0x\S+/, ''));
    assert.deepEqual(
      lines.map((line) => line.replace(/jiffies \d+ \(age 6\.\d+s\)/, 'jiffies N (age)')),
      [
        'unreferenced object 0x# (size 32):',
        '  comm "main", pid 12, jiffies N (age)',
        '  hex dump (first 32 bytes):',
        '    00 00 00 00 00 00 00 00 6c 6f 73 74 00 00 00 00  ........lost....',
        '    00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  ................',
        '  backtrace:',
        '    [<#>] kmalloc_trace',
        '    [<#>] lose [test]',
        '    [<#>] main [test]',
        '    [<#>] kthread',
        '    [<#>] ret_from_fork',
      ],
    );
  });
  const cases: Record<string, readonly [text: string, lost: number]> = {
    'nothing is lost': [`${LIST} task main { keep(); keep(); }`, 0],
    'a list whose head is lost is lost as a whole': [`${LIST} task main { keep(); keep(); keep(); kept = NULL; }`, 3],
    'a pointer into an object keeps it': [
      'static char *end; task main { char *p = kmalloc(64, GFP_KERNEL); end = p + 63; }',
      0,
    ],
    'a pointer behind an object does not': [
      'static char *end; task main { char *p = kmalloc(4000, GFP_KERNEL); end = p + 4096; }',
      1,
    ],
    'objects of caches, and vmalloc memory': [
      'task main { struct kmem_cache *c = kmem_cache_create("things", 40, 0, 0, NULL); kmem_cache_alloc(c, GFP_KERNEL); vmalloc(5000); kmalloc(9000, GFP_KERNEL); }',
      3,
    ],
    'a large area of vmalloc(), whose list of pages is one too, and chunks of per-CPU memory': [
      'static void *kept; static void __percpu *counts[20]; task main { kept = vmalloc(4 << 20); for (int i = 0; i < 20; i++) counts[i] = __alloc_percpu(4096, 4); }',
      0,
    ],
    'a large area that is lost is one object': ['task main { vmalloc(4 << 20); }', 1],
    'what is freed is not lost': [
      'task main { void *p = kmalloc(64, GFP_KERNEL), *v = vmalloc(100), *l = kmalloc(9000, GFP_KERNEL); kfree(p); vfree(v); kfree(l); }',
      0,
    ],
    'what it is told to ignore': ['task main { kmemleak_ignore(kmalloc(64, GFP_KERNEL)); }', 0],
    'per-CPU variables keep what they point to': [
      'static DEFINE_PER_CPU(void *, slot); task main { this_cpu_write(slot, kmalloc(64, GFP_KERNEL)); }',
      0,
    ],
    'a page’s private keeps it': [
      'static struct page *page; task main { page = alloc_page(GFP_KERNEL); set_page_private(page, (unsigned long)kmalloc(64, GFP_KERNEL)); }',
      0,
    ],
    'a task that waits keeps what its locals point to': [
      'static int waits(void *data) { void *p = kmalloc(64, GFP_KERNEL); while (!kthread_should_stop()) msleep(100); kfree(p); return 0; } static struct task_struct *t; task main { t = kthread_run(waits, NULL, "waits"); msleep(6000); expect(sim_kmemleak_scan() == 0); expect(sim_kmemleak_scan() == 0); kthread_stop(t); }',
      0,
    ],
  };
  for (const [name, [text, lost]] of Object.entries(cases))
    it(name, () => {
      const notes = atEnd(text);
      if (lost === 0) assert.deepEqual(notes, [], text);
      else assert.match(notes[0] ?? 'nothing', new RegExp(`^${lost} allocations, `), text);
    });
  it('at the end of the run kmem names what is lost, and who allocated it', () => {
    const notes = atEnd(`${LIST}\ntask main {\nlose();\n}`);
    assert.match(
      notes[1] ?? '',
      /^unreferenced object 0xffff8880\w+ \(size 32\): the object was allocated in lose at test\.kmem:2$/,
    );
    assert.equal(notes[2], 'called by main at test.kmem:4');
  });
  it('the first vmalloc() of a machine with highmem: VMALLOC_START is its address, and a constant', () =>
    void check(
      'machine { arch = i386; memory = 1G; cpus = 1; config DEBUG_KMEMLEAK = y; } static void lose(void) { vmalloc(5000); } task main { lose(); expect(sim_kmemleak_scan() == 0); }',
      { reports: [/^1 allocations, 5000 bytes/] },
    ));
  it('without the option there is nothing', () =>
    void check(
      `${LIST} task main { lose(); expect(sim_kmemleak_scan() == 0); }`,
      {},
      { machine: 'config KASAN = n;' },
    ));
  it('with KASAN as well, and on all machines', () => {
    for (const arch of ['x86_64', 'i386', 'i386_pae'] as const)
      check(
        `${LIST} task main { keep(); lose(); expect(kept); }`,
        { reports: [/^1 allocations, 32 bytes/] },
        { arch, machine: 'config DEBUG_KMEMLEAK = y;' },
      );
  });
});

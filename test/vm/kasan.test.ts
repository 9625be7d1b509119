/**
 * KASAN for pages: what a scenario's code, and kernel code on its behalf, may not access is reported before the access, once. The whole
 * report is compared with a recorded one in recordedReports.test.ts (page_uaf).
 */
import assert from 'node:assert/strict';
import { kernelText } from '../../server/kernel/printk/printk';
import { check, run } from './scenario';

const FREED = 'char *p = (char *)__get_free_page(GFP_KERNEL); free_page((unsigned long)p); ';
/** Two pages, the second of which is free. */
const NEIGHBOUR =
  'char *p = (char *)__get_free_pages(GFP_KERNEL, 1); split_page(virt_to_page(p), 1); free_page((unsigned long)p + 4096); ';

describe('KASAN for pages', () => {
  describe('reports the kind, the code, and the access', () => {
    const cases: Record<string, readonly [text: string, title: string, detail: string]> = {
      'a store': [`${FREED} p[3] = 1;`, 'use-after-free in main+', 'Write of size 1 at addr ffff8880'],
      'a load': [`${FREED} long x = *(long *)(p + 8);`, 'use-after-free in main+', 'Read of size 8 at addr ffff8880'],
      'a member of two bytes': [
        `struct s { u32 a; u16 b; }; task main { ${FREED} ((struct s *)p)->b = 1; }`,
        'use-after-free in main+',
        'Write of size 2 at addr ffff8880',
      ],
      'a function of the scenario': [
        `static void touch(char *p) { *p = 1; } task main { ${FREED} touch(p); }`,
        'use-after-free in touch+',
        'main+',
      ],
      'a structure': [
        `struct s { char b[24]; }; task main { ${FREED} struct s x = *(struct s *)p; }`,
        'use-after-free in main+',
        'Read of size 24 at addr',
      ],
      'the last of eight bytes': [
        `${NEIGHBOUR} *(long *)(p + 4089) = 1;`,
        'use-after-free in main+',
        'ff9 by task main/12',
      ],
      'past the end into a free neighbour': [
        `${NEIGHBOUR} p[4096] = 1;`,
        'use-after-free in main+',
        '000 by task main/12',
      ],
      'memset over the end': [
        `${NEIGHBOUR} memset(p, 0, 4097);`,
        'use-after-free in main+',
        'Write of size 4097 at addr',
      ],
      'memcpy from': [`${FREED} char b[4]; memcpy(b, p, 4);`, 'use-after-free in main+', 'Read of size 4 at addr'],
      'a negative length': [
        'char b[4]; memset(b, 0, -1);',
        'out-of-bounds in main+',
        'Write of size 18446744073709551615',
      ],
      'an atomic variable': [`${FREED} atomic_inc((atomic_t *)p);`, 'use-after-free in main+', '__kasan_check_write'],
      'a reference count': [`${FREED} refcount_inc((refcount_t *)p);`, 'use-after-free in main+', 'Write of size 4'],
      'a bit': [`${FREED} set_bit(70, (unsigned long *)p);`, 'use-after-free in main+', 'Write of size 8 at addr'],
      'a string': [`${FREED} int n = strlen(p);`, 'use-after-free in main+', 'Read of size 1 at addr'],
      'a lock': [`${FREED} mutex_lock((struct mutex *)p);`, 'use-after-free in ', 'mutex_lock'],
      NULL: ['int *p = NULL; p[1] = 3;', 'null-ptr-deref in main+', 'Write of size 4 at addr 0000000000000004'],
      'an address of user space': [
        'int *p = (int *)0x400000; int x = *p;',
        'user-memory-access in main+',
        'Read of size 4 at addr 0000000000400000',
      ],
      'a poisoned pointer': [
        'char *p = (char *)0xdead000000000100UL; *p = 1;',
        'wild-memory-access in main+',
        'Write of size 1 at addr dead000000000100',
      ],
    };
    for (const [name, [text, title, detail]] of Object.entries(cases))
      it(name, () => {
        const ran = run(text);
        const report = ran.log.find((entry) => entry.kind !== 'print');
        assert.match(report?.text ?? 'no report', /^BUG: KASAN: /);
        assert.ok(report?.text.includes(title), `${report?.text}\n${text}`);
        assert.ok(
          report?.lines.some((line) => line.includes(detail)),
          `${report?.lines.join('\n')}\n${text}`,
        );
      });
  });

  describe('is silent about', () => {
    const cases: Record<string, string> = {
      'a page in use, to its last byte':
        'char *p = (char *)__get_free_page(GFP_KERNEL); p[0] = 1; memset(p, 1, 4096); *(long *)(p + 4088) = 1; free_page((unsigned long)p);',
      'a page that has been handed out again': `${FREED} char *q = (char *)__get_free_page(GFP_KERNEL); expect(p == q); p[5] = 1; expect(q[5] == 1);`,
      'a block that has been put together again': `${NEIGHBOUR} free_page((unsigned long)p); p = (char *)__get_free_pages(GFP_KERNEL, 1); memset(p, 0, 8192);`,
      'no bytes': `${FREED} memset(p, 0, 0); memcpy(p, p, 0);`,
      'clear_page and copy_page, which are not instrumented': `${FREED} clear_page(p);`,
      locals: 'int a[4]; a[0] = 1; memset(a, 0, sizeof(a));',
      'locals of functions that have returned':
        'static int sum(int n) { int a[8]; int i; for (i = 0; i < 8; i++) a[i] = n; return n == 0 ? 0 : a[7] + sum(n - 1); } static void fill(void) { char big[900]; memset(big, 1, sizeof(big)); } task main { expect(sum(5) == 15); fill();',
    };
    for (const [name, text] of Object.entries(cases))
      it(
        name,
        () => void check(`${text} printk("end\\n");${text.includes('task main') ? ' }' : ''}`, { lines: ['end'] }),
      );
  });

  it('the first report is the only one; the machine goes on', () =>
    void check(`${FREED} p[0] = 1; p[1] = 2; printk("%d\\n", p[1]);`, {
      reports: ['BUG: KASAN'],
      lines: ['Disabling lock debugging due to kernel taint', '2'],
    }));
  it('a bad memset does nothing and returns NULL, but only the one that is reported', () =>
    void check(
      `${NEIGHBOUR} expect(memset(p, 5, 5000) == NULL); expect(p[0] == 0); expect(memset(p, 5, 5000) == p); expect(p[0] == 5);`,
      {
        reports: ['BUG: KASAN: use-after-free in main'],
        lines: ['Disabling lock debugging due to kernel taint'],
      },
    ));
  const notesOf = (text: string) => run(text).log.find((entry) => entry.kind === 'BUG')?.notes;
  it('notes say where the page was allocated and freed', () => {
    const notes = notesOf(
      'static char *get(void)\n{\n\treturn (char *)__get_free_pages(GFP_KERNEL, 2);\n}\nstatic void drop(char *p)\n{\n\tfree_pages((unsigned long)p, 2);\n}\ntask main {\n\tchar *p = get();\n\tdrop(p);\n\tp[9000] = 1;\n}',
    );
    assert.deepEqual(notes, [
      'the page was allocated in get at test.kmem:4',
      'called by main at test.kmem:11',
      'the page was freed in drop at test.kmem:8',
      'called by main at test.kmem:12',
      'in main at test.kmem:13',
    ]);
  });
  it('notes of what a timer has freed name the timer, not what it interrupted; recursion is one line', () => {
    const notes = notesOf(
      'static char *p;\nstatic void get(int n)\n{\n\tif (n > 0)\n\t\tget(n - 1);\n\telse\n\t\tp = (char *)__get_free_page(GFP_KERNEL);\n}\ntimer t {\n\tfree_page((unsigned long)p);\n}\ntask main {\n\tget(9);\n\tmod_timer(&t, jiffies + 1);\n\tmdelay(20);\n\tp[0] = 1;\n}',
    );
    assert.deepEqual(notes, [
      'the page was allocated in get at test.kmem:8',
      'called 9 times by get at test.kmem:6',
      'called by main at test.kmem:14',
      'the page was freed in t at test.kmem:11',
      'in main at test.kmem:17',
    ]);
  });
  it('kmem notes, once, what KASAN does not see: pages that are free since boot', () => {
    const { log } = check('char *p = (char *)__get_free_page(GFP_KERNEL); p[4095] = 1; p[4096] = 1; p[4097] = 2;', {
      reports: [/^write to a free page at 0xffff8880\w+000 \(pfn 0x\w+\)$/],
    });
    assert.deepEqual(log.flatMap(kernelText), []);
    check(
      'char *p = (char *)__get_free_page(GFP_KERNEL); memset(p, 0, 4096); char c = p[-1]; memcpy(p, p + 10, 4096);',
      {
        reports: [/^read of a free page at 0xffff8880\w+000 /],
      },
    );
  });
  it('kmem notes a block that is freed with another order', () => {
    const noted = (title: RegExp, more: object = {}) => ({ reports: [title], ...more });
    check(
      'struct page *p = alloc_pages(GFP_KERNEL, 2); __free_pages(p, 0);',
      noted(/^pfn 0x\w+ was allocated with order 2, and is freed with order 0$/, {
        detail: '3 pages behind it are lost',
      }),
    );
    check('free_pages(__get_free_pages(GFP_KERNEL, 3), 1);', noted(/with order 3, and is freed with order 1$/));
    // right: the order that was asked for, split blocks, exact sizes, a block with a second reference
    check(
      'struct page *p = alloc_pages(GFP_KERNEL, 2); split_page(p, 2); for (int i = 0; i < 4; i++) __free_page(p + i); p = alloc_pages(GFP_KERNEL, 2); get_page(p); __free_pages(p, 2); put_page(p); void *e = alloc_pages_exact(5 * 4096, GFP_KERNEL); free_pages_exact(e, 5 * 4096); p = alloc_pages(GFP_KERNEL | __GFP_COMP, 2); put_page(p); void *k = kmalloc(20000, GFP_KERNEL); kfree(k); printk("on\\n");',
      { lines: ['on'] },
    );
  });
  it('kmem notes a page that is freed twice, which the kernel looks at with DEBUG_VM only', () => {
    const freed = { reports: [/^pfn 0x\w+ is freed, but has no reference left$/], lines: ['on'] };
    const { log } = check(
      'struct page *p = alloc_page(GFP_KERNEL); __free_page(p); __free_page(p); printk("on\\n");',
      freed,
    );
    assert.deepEqual(log.flatMap(kernelText), ['on']);
    assert.ok(log[0]?.notes.includes('the page was freed in main at test.kmem:2'));
    const twice = 'struct page *p = alloc_page(GFP_KERNEL); put_page(p); put_page(p); printk("on\\n");';
    check(twice, freed, { machine: 'config KASAN = n;' });
    check('struct page *p = alloc_page(GFP_KERNEL); get_page(p); put_page(p); __free_page(p); printk("on\\n");', {
      lines: ['on'],
    });
  });
  it('the oops that follows says the same address', () =>
    void check('int *p = NULL; *p = 1;', {
      reports: ['BUG: KASAN: null-ptr-deref', 'BUG: kernel NULL pointer dereference, address: 0000000000000000'],
      lines: ['Disabling lock debugging due to kernel taint'],
    }));
  it('taints the kernel, and turns lock debugging off', () => {
    const ran = run(`${FREED} p[0] = 1; WARN_ON(1);`);
    const lines = ran.log.flatMap((entry) => [entry.text, ...entry.lines]);
    assert.ok(lines.some((line) => line.includes('Tainted: G    B      OE')));
  });
  it('config KASAN = n: nothing is reported, and a page is as free as it was', () => {
    check(`${FREED} p[0] = 1; memset(p, 2, 4096); expect(p[7] == 2);`, {}, { machine: 'config KASAN = n;' });
    check(`${FREED} p[0] = 1; expect(p[0] == 1);`, {}, { arch: 'i386' });
  });
  it('the shadow is memory, at the address where the kernel has it', () =>
    void check(
      'unsigned char *shadow(void *p) { return (unsigned char *)(((unsigned long)p >> 3) + 0xdffffc0000000000UL); } ' +
        `task main { char *p = (char *)__get_free_page(GFP_KERNEL); expect(*shadow(p) == 0); free_page((unsigned long)p); expect(*shadow(p) == 0xff); expect(*shadow(p + 4095) == 0xff); }`,
      {},
    ));
});

import assert from 'node:assert/strict';
import { check as checkProgram } from '../../../server/language/check/check';
import { completionMarkdown, completions, contextWanted } from '../../../server/language/ide/completion/complete';
import { RANK } from '../../../server/language/ide/completion/completion';
import { contextAtCursor, contextMarkdown, contextOfCall } from '../../../server/language/ide/contextHere';
import { hover } from '../../../server/language/ide/hover';
import { semanticTokens } from '../../../server/language/ide/semanticTokens';
import { signature } from '../../../server/language/ide/signature';
import { baseExpression } from '../../../server/language/ide/typedText';

/** A scenario with `|` for the cursor, as program and offset. */
function at(marked: string): { program: ReturnType<typeof checkProgram>; offset: number } {
  const offset = marked.indexOf('|');
  assert.ok(offset >= 0, 'no cursor in the text');
  return {
    program: checkProgram({ path: 'test.kmem', text: marked.slice(0, offset) + marked.slice(offset + 1) }),
    offset,
  };
}

describe('hover', () => {
  /** The text that the hover must contain; none: there must be no hover. */
  function check(marked: string, ...words: (string | RegExp)[]): void {
    const { program, offset } = at(marked);
    const text = hover(program, 0, offset)?.markdown;
    if (words.length === 0) assert.equal(text, undefined);
    for (const word of words)
      assert.match(
        text ?? '(no hover)',
        typeof word === 'string' ? new RegExp(word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')) : word,
      );
  }
  it('kernel functions: prototype, sleeping, contexts, what frees, source', () => {
    check(
      'task main { alloc_p|ages(GFP_KERNEL, 0); }',
      'struct page *alloc_pages(gfp_t gfp, unsigned int order)',
      'may it sleep',
      'by its mask',
      '__free_pages',
      'include/linux/gfp.h',
    );
    check('task main { m|sleep(10); }', 'always', /not: .*hard interrupt/);
    check('task main { struct page *p = 0; page_count|(p); }', 'never', 'anywhere, NMI too');
    check('task main { memdup|_user(0, 10); }', 'kfree', 'the emulator does not run it yet');
  });
  it('masks: bits by name and whether they sleep', () => {
    check('task main { alloc_page(GFP_|KERNEL); }', '__GFP_DIRECT_RECLAIM', 'may sleep');
    check('task main { alloc_page(GFP|_ATOMIC); }', '__GFP_HIGH', 'does not sleep');
  });
  it('whole masks between their parts, each bit with its meaning', () => {
    check(
      'task main { alloc_page(GFP_KERNEL || __GFP_ZERO); }',
      'GFP_KERNEL | __GFP_ZERO = 0xdc0',
      'filled with zeros',
      'may sleep',
    );
    check(
      'task main { alloc_page((GFP_KERNEL & ~__GFP_DIRECT_RECLAIM) || __GFP_NOWARN); }',
      'does not sleep',
      'no report when it fails',
    );
  });
  it('the kernel’s variables, the scenario’s functions and blocks with the comment above them', () => {
    check('task main { jif|fies; }', 'Ticks since boot');
    check(
      '// Fills a slot.\n// Twice.\nstatic int fill(int n) { return n; }\ntask main { fi|ll(1); }',
      'int fill(int n)',
      'Fills a slot.\nTwice.',
    );
    check(
      'int x; // not this\n/* but\n * this */\nstatic int fill(void) { return x; }\ntask main { fi|ll(); }',
      /but\nthis$/,
    );
    check('irq rx { }\ntask main { sim_raise(r|x); }', 'hard interrupt handler: must not sleep');
  });
  it('variables, parameters, inputs, fields, types', () => {
    check('static int f(gfp_t gfp) { return g|fp; }', 'gfp_t gfp', 'parameter', '4 bytes');
    check('static int f(struct page *pa|ge) { return page ? 1 : 0; }', 'struct page *page', 'parameter');
    check('int n; task main { int x = n|; }', 'input');
    check(
      'static struct page *p; task main { int c = p->_ref|count.counter; }',
      'atomic_t _refcount',
      'offset 52 in struct page (64 bytes)',
    );
    check(
      'machine { arch = i386; } static struct page *p; task main { int c = p->_refco|unt.counter; }',
      'struct page (40 bytes)',
    );
    check('struct ring { int head; }; static struct ri|ng r;', 'struct ring', '4 bytes');
    check('struct ring { int head : 3; }; static struct ring r; task main { r.hea|d = 1; }', '3 bits');
  });
  it('what a name is where it stands, not the kernel’s function of that name', () => {
    check('struct s { int kfr|ee; };', 'int kfree', 'offset 0 in struct s');
    check('struct s { int kfree; }; static struct s v = { .kfr|ee = 1 };', 'int kfree', 'offset 0 in struct s');
    check('static int f(int kfr|ee) { return kfree; }', 'int kfree', 'parameter');
    check('static int f(int n) { goto kfr|ee; kfree: return n; }', 'label');
    check('int f(int kfr|ee);');
  });
  it('members where they are declared, initialised, and named in macros', () => {
    check('struct s { int a; long b|; };', 'long b', 'offset 8 in struct s');
    check('struct s { int a; long b; }; static struct s v = { .b| = 1 };', 'offset 8 in struct s');
    check('struct s { int a; long b; }; task main { int n = offsetof(struct s, b|); n++; }', 'offset 8');
    check(
      'struct s { int a; struct list_head l; }; static LIST_HEAD(q); task main { struct s *p = container_of(q.next, struct s, l|); }',
      'struct list_head l',
      'offset 8 in struct s',
    );
  });
  it('structures as C, what shares memory in unions, without padding', () => {
    check(
      'static struct sl|ab *s;',
      /union {\s+\/\/ 40\n\s+unsigned long counters;.*\n\s+struct {.*\n\s+unsigned int inuse : 16;/,
    );
    check(
      'static struct pa|ge *p;',
      /union {\s+\/\/ 48\n\s+atomic_t _mapcount;.*\n\s+unsigned int page_type;.*\n\s+};\n\s+atomic_t _refcount; +\/\/ 52/,
    );
    const { program, offset } = at('static struct pa|ge *p; static struct zone *z;');
    assert.doesNotMatch(hover(program, 0, offset)?.markdown ?? '', /pad|filler/);
    check(
      'struct s| { union { int a; long b; }; char c; };',
      /union { +\/\/ 0\n +int a; +\/\/ 0\n +long b; +\/\/ 0\n +};\n +char c; +\/\/ 8/,
    );
    check('enum e| { A, B = 4 };', /enum e {\n +A = 0,\n +B = 4,/);
    check('static gfp_|t g;', 'typedef unsigned int gfp_t');
    check('typedef struct { int n; } s_t; static s_t| v;', /typedef struct {\n +int n; \/\/ 0\n} s_t/);
  });
  it('comments at any declaration, above or behind, also with CRLF', () => {
    check('// Counts.\nstatic int n;\ntask main { n|++; }', 'Counts.');
    check('// Fills.\nint f(int n);\nint f(int n) { return n; }\ntask main { f|(1); }', 'Fills.');
    check(
      'struct s {\n\tint a; /* first */\n\t// second\n\tint b;\n};\nstatic struct s v;\ntask main { v.a| = 1; }',
      'first',
    );
    check(
      'struct s {\n\tint a; /* first */\n\t// second\n\tint b;\n};\nstatic struct s v;\ntask main { v.b| = 1; }',
      'second',
    );
    check('#define N 4 // how many\ntask main { int x = N|; x++; }', '#define N 4', 'how many', 'N = 4');
    check('// The lock.\nstatic DEFINE_SPINLOCK(l);\ntask main { spin_lock(&l|); spin_unlock(&l); }', 'The lock.');
    check('/* one\r\n * two */\r\nstatic int n;\r\ntask main { n|++; }', /one\ntwo$/);
    check('enum e { A, /* none */ B };\ntask main { int n = A|; n++; }', 'none');
  });
  it('what a macro expands to', () => {
    check(
      'static LIST_HEAD(q); task main { struct list_head *p; list_for_ea|ch(p, &q) { } }',
      'expands to',
      '(p) = (&q)->next',
    );
    check('task main { alloc_p|age(GFP_KERNEL); }', 'alloc_pages(GFP_KERNEL, 0)');
  });
  it('nothing in comments, blanks, or behind errors', () => {
    check('// alloc_pag|es\ntask main { }');
    check('task main { |  }');
    check('task main { nons|ense; }');
  });
});

describe('the context at a point', () => {
  /** The contexts of the call at the cursor, as text. */
  function check(marked: string, expected: string | undefined, length = 0): void {
    const { program, offset } = at(marked);
    const found = contextOfCall(program, 0, offset) ?? contextAtCursor(program, offset, offset + length, {});
    assert.equal(found && contextMarkdown(found), expected);
  }
  const lock = 'static DEFINE_SPINLOCK(l);\n';
  it('of calls', () => {
    check('task main { |msleep(1); }', '**here**: in task context: code here may sleep');
    check(
      `${lock}task main { spin_lock(&l); |msleep(1); spin_unlock(&l); }`,
      '**here**: holding spinlock l: code here must not sleep',
    );
    check('irq rx { |msleep(1); }', '**here**: in hard interrupt context (irq rx): code here must not sleep');
    check(
      'static void f(void) { |msleep(1); }\nirq rx { f(); }\ntask main { f(); }',
      '**here**: in hard interrupt context (irq rx); or in task context: code here must not sleep, as it is atomic in some of these contexts',
    );
    check('static void f(void) { return; |msleep(1); }\ntask main { f(); }', undefined, 9);
  });
  it('where none is written yet', () => {
    check(`${lock}task main { spin_lock(&l); |km }`, '**here**: holding spinlock l: code here must not sleep', 2);
    check(
      `${lock}task main { spin_lock(&l); spin_unlock(&l); void *p = |`,
      '**here**: in task context: code here may sleep',
    );
  });
});

describe('completion', () => {
  function check(marked: string, has: readonly string[], hasNot: readonly string[] = []): void {
    const { program, offset } = at(marked);
    const labels = new Set(completions(program, 0, offset).map((c) => c.label));
    for (const label of has) assert.ok(labels.has(label), `${label} is missing`);
    for (const label of hasNot) assert.ok(!labels.has(label), `${label} is too much`);
  }
  it('fields behind -> and ., also of unfinished text', () => {
    check('static struct page *p; task main { p->| }', ['_refcount', 'lru', 'flags'], ['alloc_pages', 'p']);
    check('struct r { struct page *page[2]; }; static struct r rx; task main { rx.page[0]->fl| }', ['flags']);
    check('task main { struct page *page = alloc_page(GFP_KERNEL); page->lru.| }', ['next', 'prev'], ['flags']);
  });
  it('names in scope, the kernel’s API and constants, keywords', () => {
    check(
      'static int total; static int f(int a) { int b; | } static int g(int c) { return c; }',
      ['total', 'a', 'b', 'f', 'g', 'alloc_pages', 'GFP_ATOMIC', 'return', 'spin_lock_irqsave'],
      ['c'],
    );
  });
  it('nothing in comments and strings', () => {
    for (const text of ['task main { } // al|', 'task main { printk("al|"); }', '/* | */ task main { }']) {
      const { program, offset } = at(text);
      assert.deepEqual(completions(program, 0, offset), []);
    }
  });
  it('tags behind struct, labels behind goto, the machine’s settings in machine', () => {
    check('struct ring { int n; }; static struct |', ['ring', 'page', 'list_head'], ['alloc_pages', 'return']);
    check('static int f(int n) { if (n) goto |; out: return 1; err: return 2; }', ['out', 'err'], ['n', 'return']);
    check('machine { arch = x86_64; | }', ['memory', 'cpus', 'preempt'], ['alloc_pages']);
    check('machine { preempt = | }', ['rt', 'voluntary'], ['memory']);
    check('machine { config | }', ['KASAN'], ['memory']);
  });
  it('kernel functions with placeholders for their arguments, loops with their body; masks first where one is wanted', () => {
    const one = (marked: string, label: string) => {
      const { program, offset } = at(marked);
      return completions(program, 0, offset).find((c) => c.label === label);
    };
    // biome-ignore-start lint/suspicious/noTemplateCurlyInString: places of snippets
    assert.equal(one('task main { | }', 'alloc_pages')?.snippet, 'alloc_pages(${1:gfp}, ${2:order})$0');
    assert.equal(one('task main { | }', 'preempt_disable')?.snippet, 'preempt_disable()$0');
    assert.equal(one('task main { | }', 'list_for_each')?.snippet, 'list_for_each(${1:pos}, ${2:head}) {\n\t$0\n}');
    assert.equal(one('task main { | }', 'call_rcu')?.snippet, 'call_rcu(${1:head}, ${2:func})$0');
    // biome-ignore-end lint/suspicious/noTemplateCurlyInString: places of snippets
    assert.equal(one('task main { allo|c(GFP_KERNEL); }', 'alloc_pages')?.snippet, undefined);
    assert.equal(one('task main { alloc_pages(| }', 'GFP_ATOMIC')?.rank, RANK.wanted);
    assert.equal(one('task main { alloc_pages(GFP_KERNEL, | }', 'GFP_ATOMIC')?.rank, RANK.kernel);
    assert.equal(one('machine { kernel = "6.1"; } task main { | }', 'kzfree')?.deprecated, true);
    assert.equal(one('machine { kernel = "5.4"; } task main { | }', 'kzfree')?.deprecated, undefined);
    assert.ok(![...at('task main { | }').program.diagnostics].some((d) => d.severity === 'error'));
    assert.equal(one('task main { | }', '__kmem_printk'), undefined);
  });
  it('nothing where no name can be', () => {
    for (const text of [
      "task main { int c = 'a|'; }",
      'task main { int n = 1|; }',
      'task main { int n = 0x1|f; }',
      'task main { int |; }',
      'task main { struct page *|; }',
      'struct ring { int |; };',
      'static int |;',
      'enum e { |A };',
      'task main { pr_info("a| b"); }',
      'task main { foo |; }',
    ]) {
      const { program, offset } = at(text);
      assert.deepEqual(
        completions(program, 0, offset).map((c) => c.label),
        [],
        text,
      );
    }
  });
  it('members in order of declaration, without padding', () => {
    const order = (marked: string): string[] => {
      const { program, offset } = at(marked);
      return [...completions(program, 0, offset)].sort((a, b) => (a.order ?? 0) - (b.order ?? 0)).map((c) => c.label);
    };
    assert.deepEqual(
      order('struct s { int z; int a; union { int m; int b; }; }; static struct s v; task main { v.| }'),
      ['z', 'a', 'm', 'b'],
    );
    const page = order('static struct page *p; task main { p->| }');
    assert.deepEqual(page.slice(0, 4), ['flags', 'lru', 'mlock_count', 'buddy_list']);
    assert.deepEqual(
      page.filter((name) => /pad|filler/.test(name)),
      [],
    );
    // designators, without those that are there
    const ring = 'struct in { int x; int y; }; struct ring { int head; struct in in; struct in two[2]; };\n';
    assert.deepEqual(order(`${ring}static struct ring r = { .| };`), ['head', 'in', 'two']);
    assert.deepEqual(order(`${ring}static struct ring r = { .head = 1, .| };`), ['in', 'two']);
    assert.deepEqual(order(`${ring}static struct ring r = { .in = { .| } };`), ['x', 'y']);
    assert.deepEqual(order(`${ring}static struct ring r = { .two = { { .x = 1 }, { .| } } };`), ['x', 'y']);
    assert.deepEqual(order(`${ring}static struct ring r[] = { { .| } };`), ['head', 'in', 'two']);
    assert.deepEqual(order(`${ring}static struct ring r = { 1, { .| } };`), ['x', 'y']);
    assert.deepEqual(order(`${ring}task main { struct ring r = { .| }; }`), ['head', 'in', 'two']);
    assert.deepEqual(order(`${ring}task main { struct ring r; r = (struct ring){ .| }; }`), ['head', 'in', 'two']);
    check(`${ring}static struct ring r = { | };`, ['.head', '.in']);
    check(`${ring}static struct ring r = { .head = | };`, ['GFP_KERNEL'], ['.head', 'if']);
  });
  it('keywords where they may stand', () => {
    const blocks = ['task', 'irq', 'machine', 'static', 'struct', '#include', '#define', 'DEFINE_SPINLOCK', 'gfp_t'];
    check('|', blocks, ['if', 'return', 'kmalloc', 'GFP_KERNEL']);
    check('static int n;\n|', blocks, ['if', 'return', 'kmalloc', 'n']);
    check('machine { }\n|', ['task'], ['machine', 'memory']);
    check('machine { }|', ['task'], ['memory']);
    check(
      'task main { | }',
      ['if', 'return', 'kmalloc', 'list_for_each', 'struct', 'gfp_t'],
      ['task', 'break', 'case', 'machine'],
    );
    check('task main { if (1) | }', ['return', 'kmalloc'], ['task']);
    check('task main { for (;;) { | } }', ['break', 'continue', 'if'], ['case']);
    check('task main { switch (1) { | } }', ['break', 'case', 'default'], ['continue']);
    check(
      'task main { int n = | }',
      ['kmalloc', 'sizeof', '__func__', 'GFP_KERNEL'],
      ['if', 'return', 'list_for_each', 'DEFINE_SPINLOCK'],
    );
    check('task main { for (int i = 0; | ', ['i', 'kmalloc'], ['if']);
    check('task main { int n = 1 ? 2 : | }', ['kmalloc'], ['if']);
    check('task main { int n = sizeof(| }', ['struct', 'gfp_t', 'n']);
    check('static | ', ['int', 'struct', 'gfp_t'], ['kmalloc', 'if']);
    check('static unsigned | ', ['int', 'long'], ['struct', 'kmalloc']);
    check('static int f(| ', ['int', 'struct', 'gfp_t', 'const'], ['kmalloc']);
    check('static int f(int a) | ', ['__must_hold', '__may_sleep'], ['kmalloc']);
    check('struct s { | };', ['int', 'struct', 'gfp_t'], ['kmalloc', 'task']);
    check('static int a[| ];', ['PAGE_SIZE'], ['if', 'struct']);
    check('#define N |', ['PAGE_SIZE', 'GFP_KERNEL'], ['if']);
    check('#|', ['include', 'define'], ['if']);
    check('task main |', ['on cpu'], ['kmalloc']);
    check('static struct page *p = | ;', ['NULL'], ['if', 'task']);
  });
  it('settings of the machine, of its nodes, and sysctls by their parts', () => {
    check('machine { sysctl | }', ['vm.min_free_kbytes'], ['memory']);
    check('machine { sysctl vm.| }', ['min_free_kbytes', 'watermark_scale_factor'], ['memory', 'vm.min_free_kbytes']);
    check('machine { node 0 { | } }', ['memory', 'cpus'], ['arch', 'preempt']);
    check('machine { memory = 1G; | }', ['cpus', 'arch']);
    check('machine { arch = | }', ['i386', 'x86_64'], ['memory']);
  });
  it('first what is allowed in the context', () => {
    const ranks = (marked: string, ...labels: string[]): number[] => {
      const { program, offset } = at(marked);
      const wanted = contextWanted(program, 0, offset);
      const here = wanted && contextAtCursor(program, wanted.start, wanted.end, {});
      const all = completions(program, 0, offset, here);
      return labels.map((label) => all.find((c) => c.label === label)?.rank ?? -1);
    };
    const lock = 'static DEFINE_SPINLOCK(l);\n';
    const { wanted, possible, kernel, refused, local, own } = RANK;
    assert.deepEqual(ranks('task main { alloc_page(| }', 'GFP_KERNEL', 'GFP_ATOMIC'), [wanted, possible]);
    assert.deepEqual(ranks(`${lock}task main { spin_lock(&l); alloc_page(| }`, 'GFP_KERNEL', 'GFP_ATOMIC'), [
      possible,
      wanted,
    ]);
    assert.deepEqual(ranks('irq rx { alloc_page(GFP_| }', 'GFP_KERNEL', 'GFP_NOWAIT'), [possible, wanted]);
    assert.deepEqual(ranks('irq rx { | }', 'msleep', 'kfree', 'mutex_lock'), [refused, kernel, refused]);
    assert.deepEqual(ranks('task main { | }', 'msleep', 'kfree'), [kernel, kernel]);
    assert.deepEqual(ranks('static int g; task main { int n; | }', 'n', 'g'), [local, own]);
  });
  it('documentation on demand', () => {
    const about = (marked: string, label: string, ...words: RegExp[]) => {
      const { program, offset } = at(marked);
      for (const word of words) assert.match(completionMarkdown(program, 0, offset, label) ?? '', word);
    };
    about('task main { | }', 'msleep', /may it sleep/, /always/);
    about('task main { alloc_page(| }', 'GFP_ATOMIC', /__GFP_HIGH/);
    about('static struct page *p; task main { p->| }', 'flags', /unsigned long flags/, /offset 0 in struct page/);
    about('struct s { int a; // first\n}; static struct s v; task main { v.| }', 'a', /first/);
    about('// Counts.\nstatic int n; task main { | }', 'n', /int n/, /Counts/);
    about('static int f(int n) { | }', 'n', /parameter/);
  });
  it('finds the expression before an access', () => {
    for (const [text, base] of [
      ['x = page', 'page'],
      ['f(a, ring->slot[i + 1]', 'ring->slot[i + 1]'],
      ['return pfn_to_page(0x10 + n)', 'pfn_to_page(0x10 + n)'],
      ['if (a.b', 'a.b'],
    ] as const)
      assert.equal(baseExpression(text), base);
  });
});

describe('signature help', () => {
  function check(marked: string, label: string | undefined, active = 0): void {
    const { program, offset } = at(marked);
    const found = signature(program, 0, offset);
    assert.equal(found?.label, label);
    if (label !== undefined) assert.equal(found?.active, active);
  }
  it('knows the function around the cursor and the parameter', () => {
    const proto = 'struct page *alloc_pages(gfp_t gfp, unsigned int order)';
    check('task main { alloc_pages(| }', proto, 0);
    check('task main { alloc_pages(GFP_KERNEL | __GFP_ZERO, 1); }'.replace('| __', '| '), proto, 0);
    check('task main { alloc_pages(min(1, 2), |1); }', proto, 1);
    check('static int add(int a, int b) { return a + b; } task main { add(1, |); }', 'int add(int a, int b)', 1);
    check('task main { alloc_pages(GFP_KERNEL, 0); | }', undefined);
  });
  it('counts no commas in strings, comments and other brackets', () => {
    const printk = 'int printk(const char *fmt, ...)';
    const add = 'int add(int a, int b)';
    const own = 'static int add(int a, int b) { return a + b; } ';
    check(`${own}task main { add(1 /* , */, | }`, add, 1);
    check(`${own}task main { add(',', | }`, add, 1);
    check(`${own}task main { add((1, 2), | }`, add, 1);
    check(`${own}task main { int x[2]; add(x[min(0, 1)], | }`, add, 1);
    check('task main { printk("a, b, c", | }', printk, 1);
    check('task main { printk("%d %d", 1, | }', printk, 1);
    check('task main { printk("%d %d", 1, 2, 3, | }', printk, 1);
    check('task main { printk("(,", | }', printk, 1);
    check('task main { if (add(| }', undefined);
    check(`${own}task main { if (add(1, | }`, add, 1);
    check(`${own}task main { for (int i = 0; i < add(|`, add, 0);
    check('task main { for (| ; ; ) ; }', undefined);
  });
  it('calls through pointers', () => {
    const ops = 'struct ops { int (*go)(struct page *page, int n); }; static struct ops o, *p = &o, list[2]; ';
    check(`${ops}task main { o.go(|`, 'int go(struct page *page, int n)', 0);
    check(`${ops}task main { p->go(0, |`, 'int go(struct page *page, int n)', 1);
    check(`${ops}task main { list[1].go(0, |`, 'int go(struct page *page, int n)', 1);
    check('static void (*f)(int a); task main { (*f)(|', 'void (*)(int a)', 0);
    check('static void (*f)(int a); task main { f(|', 'void f(int a)', 0);
    check('static int f(int (*cb)(int x)) { return cb(|', 'int cb(int x)', 0);
    check('static work_func_t w; task main { w(|', 'void w(struct work_struct *work)', 0);
  });
  it('says what a mask means', () => {
    const { program, offset } = at('task main { alloc_pages(| }');
    assert.match(signature(program, 0, offset)?.parameters[0]?.markdown ?? '', /by its mask/);
  });
});

describe('semantic tokens', () => {
  it('classifies each name, once per position, in order', () => {
    const { program } = at(
      '#define N 4\nstruct s { int a; };\nstatic struct s g;\nstatic int f(int p) { int l = p; return l + g.a + N; }\nirq rx { f(1); }\ntask main { sim_raise(rx); alloc_page(GFP_KERNEL); current->pid; goto out; out: return; }|',
    );
    const text = program.files[0]?.text ?? '';
    const tokens = semanticTokens(program, 0);
    const words = tokens.map((t) => `${text.slice(t.span.start, t.span.end)} ${[t.type, ...t.modifiers].join(' ')}`);
    for (const word of [
      'N enumMember readonly declaration',
      'g variable static declaration',
      'f function declaration',
      'p parameter',
      'l variable',
      'a property',
      'rx event declaration',
      'rx event',
      'sim_raise function defaultLibrary',
      'alloc_page macro defaultLibrary',
      'GFP_KERNEL enumMember readonly defaultLibrary',
      'current variable defaultLibrary',
      'out label',
    ])
      assert.ok(words.includes(word), `${word} is missing in\n${words.join('\n')}`);
    for (let i = 1; i < tokens.length; i++)
      assert.ok((tokens[i]?.span.start ?? 0) >= (tokens[i - 1]?.span.end ?? 0), `tokens overlap at ${i}`);
  });
});

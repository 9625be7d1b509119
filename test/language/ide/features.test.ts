import assert from 'node:assert/strict';
import { check as checkProgram } from '../../../server/language/check/check';
import { baseExpression, completions, signature } from '../../../server/language/ide/complete';
import { hover } from '../../../server/language/ide/hover';
import { semanticTokens } from '../../../server/language/ide/semanticTokens';

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
  it('nothing in comments, blanks, or behind errors', () => {
    check('// alloc_pag|es\ntask main { }');
    check('task main { |  }');
    check('task main { nons|ense; }');
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
      ['total', 'a', 'b', 'f', 'g', 'alloc_pages', 'GFP_ATOMIC', 'return', '__func__', 'spin_lock_irqsave'],
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
    assert.equal(one('task main { alloc_pages(| }', 'GFP_ATOMIC')?.first, true);
    assert.equal(one('task main { alloc_pages(GFP_KERNEL, | }', 'GFP_ATOMIC')?.first, undefined);
    assert.equal(one('machine { kernel = "6.1"; } task main { | }', 'kzfree')?.deprecated, true);
    assert.equal(one('machine { kernel = "5.4"; } task main { | }', 'kzfree')?.deprecated, undefined);
    assert.ok(![...at('task main { | }').program.diagnostics].some((d) => d.severity === 'error'));
    assert.equal(one('task main { | }', '__kmem_printk'), undefined);
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

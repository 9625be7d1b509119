import assert from 'node:assert/strict';
import { check as checkProgram } from '../../server/language/check';
import { baseExpression, completions, signature } from '../../server/language/features/complete';
import { hover } from '../../server/language/features/hover';
import { definition, outline, references } from '../../server/language/features/symbols';

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
  /** The words the hover must hold; none: there must be no hover. */
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
    check('task main { vma|lloc(10); }', 'vfree', 'running it comes later');
  });
  it('masks: bits by name and whether they sleep', () => {
    check('task main { alloc_page(GFP_|KERNEL); }', '__GFP_DIRECT_RECLAIM', 'may sleep');
    check('task main { alloc_page(GFP|_ATOMIC); }', '__GFP_HIGH', 'does not sleep');
  });
  it('variables, parameters, inputs, fields, types', () => {
    check('static int f(gfp_t gfp) { return g|fp; }', 'gfp_t gfp', 'parameter', '4 bytes');
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
      ['total', 'a', 'b', 'f', 'g', 'alloc_pages', 'GFP_ATOMIC', 'return', 'spin_lock_irqsave'],
      ['c'],
    );
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

describe('names', () => {
  it('definitions', () => {
    const { program, offset } = at('static int n;\ntask main { |n = 1; }');
    const span = definition(program, 0, offset);
    assert.deepEqual([span?.start, span?.end], [11, 12]);
    const kernel = at('task main { alloc_p|age(GFP_KERNEL); }');
    assert.equal(definition(kernel.program, 0, kernel.offset), undefined);
  });
  it('references keep apart what only shares a name', () => {
    const { program, offset } = at('static int n;\nstatic int f(int n) { return |n + n; }\ntask main { n = f(n); }');
    assert.equal(references(program, 0, offset).length, 3);
  });
  it('outline', () => {
    const { program } = at(
      'machine { }\nstruct s { int a; };\nenum e { A };\n#define N 4\nstatic DEFINE_SPINLOCK(l);\nstatic int f(void) { return 1; }\nirq i { }|',
    );
    assert.deepEqual(
      outline(program, 0).map((o) => `${o.kind} ${o.name}`),
      ['machine machine', 'struct s', 'enum e', 'constant N', 'variable l', 'function f', 'context i'],
    );
  });
});

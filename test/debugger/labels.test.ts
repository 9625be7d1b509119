/** Labels of values that were wrong once: each says what the bytes are. */
import assert from 'node:assert/strict';
import { loadScenario } from '../../server/debugger/load';
import type { Session } from '../../server/debugger/session';
import { isPostfix, memberPath } from '../../server/debugger/tree/paths';

const SOURCE = `
machine { memory = 64M; cpus = 2; }
static int matrix[2][3] = { { 1, 2, 3 }, { 4, 5, 6 } };
static DEFINE_MUTEX(guard);
static DEFINE_PER_CPU(int, hits);
static int *mine;
static struct inner { int n; } __percpu *stats;
static const struct { int count; int *at; struct inner in; struct inner *to; } fixed = { 1, 0, { 2 }, 0 };
task main {
  mutex_lock(&guard);
  mine = &hits;
  stats = alloc_percpu(struct inner);
  per_cpu_ptr(stats, 1)->n = 4;
  printk("here");
  mutex_unlock(&guard);
  printk("after");
}
`;
function at(text: string): Session {
  const loaded = loadScenario('/l.kmem', SOURCE);
  if ('problems' in loaded) throw new assert.AssertionError({ message: loaded.problems.join('\n') });
  const { session } = loaded;
  session.breakpoints.setLines(0, [{ line: SOURCE.slice(0, SOURCE.indexOf(text)).split('\n').length }]);
  session.beginContinue();
  session.run();
  return session;
}
const see = (s: Session, text: string) => s.evaluate(text, s.topFrame());

describe('labels', () => {
  const here = at('printk("here")');
  const check = (text: string, expected: string | RegExp, s = here) => {
    const { value } = see(s, text);
    if (typeof expected === 'string') assert.equal(value, expected, text);
    else assert.match(value, expected, text);
  };
  it('an address in a structure names no padding (A14)', () => {
    check('&NODE_DATA(0)->node_zones[1].free_area[0]', /<.*\.node_zones\[1\]\.free_area(\[0\])?>$/);
    check('&NODE_DATA(0)->node_zones[1].free_area[3].nr_free', /<.*\.free_area\[3\]\.nr_free>$/);
  });
  it('an array of arrays has the type that C writes (A14)', () => {
    check('matrix', 'int [2][3]');
    check('matrix[1]', 'int [3] {4, 5, 6}');
  });
  it('a member of a const object is const in the tree, as C has it and as a watch has it', () => {
    const rows = see(here, 'fixed').children?.() ?? [];
    assert.deepEqual(
      rows.map((row) => [row.name, row.type]),
      [
        ['count', 'const int'],
        ['at', 'int *const'],
        ['in', 'const struct inner'],
        ['to', 'struct inner *const'],
      ],
    );
    for (const { name, type, evaluateName = '' } of rows) assert.equal(see(here, evaluateName).type, type, name);
    assert.equal(see(here, 'fixed.in.n').type, 'const int');
  });
  it('a member that lies behind the end of what is mapped is a text, not an expression', () => {
    const last = here.view.kernel.pages.endPfn - 1;
    const rows = see(here, `(struct page *)((char *)pfn_to_page(${last}) + 24)`).children?.() ?? [];
    const at = (name: string) => rows.find((row) => row.name === name);
    assert.equal(at('flags')?.evaluateName !== undefined, true);
    assert.deepEqual(
      [at('_refcount')?.evaluateName, at('_refcount')?.type, at('_refcount')?.value],
      [undefined, undefined, 'not mapped'],
    );
  });
  it('a mutex says who holds it (A14)', () => {
    check('guard', 'locked by main (12)');
    check('guard', 'unlocked', at('printk("after")'));
  });
  it('a per-CPU pointer is one: it opens to each CPU, and is not an address (A17)', () => {
    for (const text of ['mine', 'stats', 'NODE_DATA(0)->node_zones[1].per_cpu_pageset']) {
      const node = see(here, text);
      assert.match(node.value, /^0x[0-9a-f]+ __percpu: each CPU has its own$/);
      assert.equal(node.memory, undefined);
      const copies = node.children?.() ?? [];
      assert.deepEqual(
        copies.map((c) => c.name),
        ['CPU 0', 'CPU 1'],
      );
      for (const copy of copies) {
        const again = see(here, copy.evaluateName ?? '');
        assert.deepEqual([again.value, again.type, again.memory], [copy.value, copy.type, copy.memory]);
      }
    }
    const [, second] = see(here, 'stats').children?.() ?? [];
    assert.deepEqual(
      second?.children?.().map(({ name, value }) => [name, value]),
      [['n', '4']],
    );
  });
  it('paths of members are C, whatever the whole is', () => {
    for (const text of ['a', 'a->b[1].c', 'f(x, y)->z', '(*p)', 'a[(i + 1)]', '(a + b)'])
      assert.ok(isPostfix(text), text);
    for (const text of ['*a', '&a', '(int)a', '(int)(a)', 'a + b', '-a', '"x"', 'sizeof(a)', 'a ? b : c', '(a', ''])
      assert.ok(!isPostfix(text), text);
    assert.equal(memberPath('(*page)', 'flags'), 'page->flags');
    assert.equal(memberPath('(*(struct page *)p)', 'flags'), '(*(struct page *)p).flags');
    assert.equal(memberPath('(*a)->b', 'c'), '(*a)->b.c');
  });
});

/** What the debug console does: assignments of every form, calls, and values typed as they are shown. */
import assert from 'node:assert/strict';
import { loadScenario } from '../../../server/debugger/load';
import type { Session } from '../../../server/debugger/session';

const SOURCE = `
machine { memory = 64M; }
enum colour { RED, GREEN = 5 };
struct slot { int id; struct page *page; unsigned int low : 3; };
struct ring { unsigned int head, tail; struct slot slot[2]; atomic_t users; };
static struct ring rx;
static int counter = -5;
static gfp_t mask = GFP_KERNEL;
static enum colour paint = GREEN;
static bool yes = true;
static char letter = 'a';
static int *where;
static int other;
static unsigned long address;
task main {
  other = 0;
  struct page *page = alloc_page(GFP_KERNEL);
  rx.slot[0].id = 1;
  rx.slot[0].page = page;
  where = &counter;
  address = (unsigned long)page_address(page);
  printk("here");
  rx.tail = 9;
  {
    int page = 3;
    printk("inner %d", page);
  }
  __free_page(page);
}
`;
/** At the statement that holds `text`. */
function at(text = 'printk("here")', source = SOURCE): Session {
  const loaded = loadScenario('/c.kmem', source);
  if ('problems' in loaded) throw new assert.AssertionError({ message: loaded.problems.join('\n') });
  const { session } = loaded;
  session.breakpoints.setLines(0, [{ line: source.slice(0, source.indexOf(text)).split('\n').length }]);
  session.beginContinue();
  assert.equal(session.run().kind, 'breakpoint');
  return session;
}
const value = (s: Session, text: string): string => s.evaluate(text, s.topFrame()).value;
function type(s: Session, text: string, calls = false): string {
  try {
    return s.console(text, s.topFrame(), 'natural', calls).value;
  } catch (error) {
    return `! ${error instanceof Error ? error.message : error}`;
  }
}
/** Set Value: `edit` makes the new text of the one that is shown. */
function set(s: Session, expression: string, edit: (shown: string) => string): string {
  const frame = s.topFrame();
  const { location, value: shown } = s.evaluate(expression, frame);
  assert.ok(location, expression);
  try {
    s.assign(location, edit(shown), frame, shown);
  } catch (error) {
    return `! ${error instanceof Error ? error.message : error}`;
  }
  return value(s, expression);
}

describe('the debug console', () => {
  it('assigns in every form', () => {
    const s = at();
    const check = (text: string, expected: string, then: string, holds: string) => {
      assert.equal(type(s, text), expected, text);
      assert.equal(value(s, then), holds, `${then} after ${text}`);
    };
    check('rx.head = rx.tail = 7', '7', 'rx.head + rx.tail', '14');
    check('rx.head += 2', '9', 'rx.head', '9');
    check('rx.head++', '9', 'rx.head', '10');
    check('--rx.head', '9', 'rx.head', '9');
    check('rx.head <<= 1', '18', 'rx.head', '18');
    check('rx.slot[1] = rx.slot[0]', value(s, 'rx.slot[0]'), 'rx.slot[1].id', '1');
    check('rx.slot[1].low = 5', '5', 'rx.slot[1].low', '5');
    check('rx.slot[1].low |= 2', '7', 'rx.slot[1].low', '7');
    check('rx.users = 4', '4', 'rx.users', '4');
    check('mask = GFP_ATOMIC', '0xa20 GFP_ATOMIC', 'mask', '0xa20 GFP_ATOMIC');
    check('rx.tail ? (rx.head = 3) : 0', '3', 'rx.head', '3');
    check('where = &other', value(s, '&other'), '*where', '0');
    assert.match(type(s, 'where = rx.head'), /^! /);
    assert.match(type(s, 'rx.slot[1].page->flags += 1, rx.slot[1].nothing'), /^! /);
    assert.match(type(s, '5 = rx.head'), /^! /);
  });
  it('an assignment is a moment: stepping back undoes it; what it cuts off is told', () => {
    const s = at();
    s.beginStep('over', s.task, 'statement');
    s.run();
    s.beginStep('back', s.task, 'statement');
    s.run();
    s.takeOutput();
    type(s, 'rx.head += 41');
    assert.match(s.takeOutput()[0]?.text ?? '', /recorded from here on is dropped/);
    assert.equal(value(s, 'rx.head'), '41');
    s.beginStep('back', s.task, 'statement');
    s.run();
    assert.equal(value(s, 'rx.head'), '0');
  });
  it('a mistake changes nothing, and does not cut the future off', () => {
    const s = at();
    s.beginStep('over', s.task, 'statement');
    s.run();
    s.beginStep('back', s.task, 'statement');
    s.run();
    const { end } = s.target.kernel.mem.journal;
    assert.match(type(s, 'rx.slot[1].page->index += 1'), /^! rx\.slot\[1\]\.page is NULL$/);
    assert.match(type(s, 'rx.head += 1 / other'), /^! division by zero$/);
    assert.equal(s.target.kernel.mem.journal.end, end);
  });
  it('an assignment with a format is the same assignment', () => {
    const s = at();
    assert.equal(type(s, 'rx.head = 18,x'), '0x12');
    for (const text of ['rx.head = 99999999999', 'rx.head = 99999999999,x'])
      assert.match(type(s, text), /^! 99999999999 does not fit into /);
    assert.equal(value(s, 'rx.head'), '18');
    assert.match(type(s, ''), /^! an expression is missing$/);
  });
  it('calls functions that look; those that change the machine if it is allowed', () => {
    const s = at();
    assert.equal(type(s, 'page_count(page)'), '1');
    assert.match(
      type(s, 'alloc_page(GFP_KERNEL)'),
      /^! .*the setting "kmem\.debug\.console\.allowCalls", or "allowConsoleCalls" in the launch/,
    );
    const before = value(s, 'page_count(page)');
    assert.equal(type(s, 'get_page(page)', true), 'no value (void)');
    assert.equal(value(s, 'page_count(page)'), String(Number(before) + 1));
    assert.match(type(s, 'alloc_page(GFP_KERNEL)', true), /page pfn 0x[0-9a-f]+$/);
    assert.match(type(s, 'rx.slot[1].page = alloc_page(GFP_ATOMIC)', true), /page pfn 0x[0-9a-f]+$/);
    assert.match(value(s, '*rx.slot[1].page'), /_refcount 1/);
    assert.match(type(s, 'msleep(10)', true), /^! msleep\(\) would wait here/);
    assert.match(value(s, 'current'), /0x/);
    s.beginContinue();
    assert.equal(s.run().kind, 'end');
    assert.equal(s.target.log.entries.filter((e) => e.kind !== 'print').length, 0);
  });
  it('an allocation whose constructor would run is refused, and leaves nothing behind', () => {
    const s = at(
      'printk("here")',
      'static struct kmem_cache *c; static int made; static void construct(void *p) { made++; } task main { c = kmem_cache_create("things", 256, 0, 0, construct);\n printk("here");\n void *p = kmem_cache_alloc(c, GFP_KERNEL); expect(made > 0 && c->node[0]->nr_slabs.counter == 1); }',
    );
    assert.match(
      type(s, 'kmem_cache_alloc(c, GFP_KERNEL)', true),
      /^! kmem_cache_alloc\(\) would call a function of the/,
    );
    assert.equal(value(s, 'c->node[0]->nr_slabs.counter'), '0');
    s.beginContinue();
    assert.equal(s.run().kind, 'end');
    assert.deepEqual(
      s.target.log.entries.filter((e) => e.kind !== 'print').map((e) => e.text),
      [],
    );
  });
  it('what is shown can be typed back, edited (A15)', () => {
    const s = at();
    const same = (shown: string) => shown;
    for (const e of [
      'mask',
      'paint',
      'yes',
      'letter',
      'where',
      'counter',
      'page',
      'address',
      'rx.slot[0].page',
      'rx.users',
      'page->flags',
      'page->_mapcount',
      'page->lru.prev',
    ]) {
      const shown = value(s, e);
      assert.equal(set(s, e, same), shown, e);
    }
    const check = (expression: string, from: string | RegExp, to: string, expected: string | RegExp) => {
      const got = set(s, expression, (shown) => shown.replace(from, to));
      if (typeof expected === 'string') assert.equal(got, expected, expression);
      else assert.match(got, expected, expression);
    };
    check('mask', 'GFP_KERNEL', 'GFP_ATOMIC', '0xa20 GFP_ATOMIC');
    check('mask', /.*/, 'GFP_KERNEL', '0xcc0 GFP_KERNEL');
    check('mask', 'GFP_KERNEL', 'GFP_KERNEL|__GFP_ZERO', '0xdc0 GFP_KERNEL|__GFP_ZERO');
    check('mask', '0xdc0', '0xcc0', '0xcc0 GFP_KERNEL');
    check('mask', '0xcc0 GFP_KERNEL', '0xa20 GFP_NOWAIT', /^! 0xa20 and GFP_NOWAIT are both new/);
    check('paint', 'GREEN', 'RED', 'RED (0)');
    check('paint', '0', '5', 'GREEN (5)');
    check('yes', 'true', 'false', 'false');
    check('letter', "'a'", "'z'", "122 'z'");
    check('letter', '122', '98', "98 'b'");
    check('counter', 'EIO', 'ENOMEM', '-12 (-ENOMEM)');
    check('counter', '-12', '-22', '-22 (-EINVAL)');
    check('where', '<counter>', '<other>', /<other>$/);
    check('page', /page pfn 0x[0-9a-f]+/, 'page pfn 0x1000', /page pfn 0x1000$/);
    check('page', /0x[0-9a-f]+ page/, '0 page', 'NULL');
    check('page', 'NULL', 'ERR_PTR(-ENOMEM)', /ERR_PTR\(-ENOMEM\)$/);
    check('rx.slot[0].page->flags', /\(.*/, '(locked)', /^! /);
    check('rx.slot[0].page', /.*/, 'nonsense here', /^! /);
  });
});

describe('names in a frame', () => {
  it('a variable is in scope in its own declaration (A11), and an inner one hides an outer one', () => {
    const s = at('struct page *page = alloc_page');
    assert.equal(value(s, 'page'), 'NULL (not written yet)');
    const inner = at('printk("inner');
    assert.equal(value(inner, 'page'), '3');
    const frame = inner.topFrame();
    assert.ok(frame);
    const locals = inner.target.locals(frame);
    assert.deepEqual(
      locals.map((l) => [l.name, l.hidden ?? false]),
      [
        ['page', true],
        ['page', false],
      ],
    );
    const after = at('__free_page');
    const [top] = after.frames(after.task);
    assert.equal(top && after.target.locals(top).length, 1);
  });
});

import assert from 'node:assert/strict';
import { check as checkProgram } from '../../../server/language/check/check';
import { hierarchyItem, incomingCalls, outgoingCalls } from '../../../server/language/ide/hierarchy/callHierarchy';
import { implementations } from '../../../server/language/ide/hierarchy/implementations';
import { callersTitle, codeLenses, contextsTitle } from '../../../server/language/ide/hints/codeLenses';
import { DEFAULT_HINTS, type HintOptions, inlayHints } from '../../../server/language/ide/hints/inlayHints';
import { inlineValues } from '../../../server/language/ide/hints/inlineValues';
import { programContexts } from '../../../server/language/ide/hints/programContexts';

const programOf = (text: string) => checkProgram({ path: 'test.kmem', text });
function at(marked: string) {
  const offset = marked.indexOf('|');
  assert.ok(offset >= 0, 'no cursor in the text');
  const program = programOf(marked.slice(0, offset) + marked.slice(offset + 1));
  return { program, offset, text: program.files[0]?.text ?? '' };
}
const OFF: HintOptions = { contexts: false, bodies: false, maySleep: false, parameterNames: 'none' };

describe('inlay hints', () => {
  /** The text without its «…», which are the hints that it must have. */
  function check(expected: string, options: Partial<HintOptions>): void {
    const text = expected.replace(/«[^»]*»/g, '');
    const program = programOf(text);
    const hints = inlayHints(program, 0, { start: 0, end: text.length }, programContexts(program), {
      ...OFF,
      ...options,
    });
    let found = '';
    let from = 0;
    for (const { offset, label } of hints) {
      found += `${text.slice(from, offset)}«${label}»`;
      from = offset;
    }
    assert.equal(found + text.slice(from), expected);
  }
  const locks = 'static DEFINE_SPINLOCK(a); static DEFINE_MUTEX(m); ';
  it('what is held, where it changes', () => {
    const contexts = { contexts: true };
    check(`${locks}task t { spin_lock(&a);«holds a» spin_unlock(&a);«nothing held» }`, contexts);
    check(
      `${locks}task t { mutex_lock(&m);«holds m» spin_lock(&a);«holds 2 locks: m, a» spin_unlock(&a);«holds m» mutex_unlock(&m);«nothing held» }`,
      contexts,
    );
    check(`task t { preempt_disable();«preemption off» preempt_enable();«nothing held» }`, contexts);
    check(`task t { rcu_read_lock();«RCU reader» rcu_read_unlock();«nothing held» }`, contexts);
    check(
      `${locks}task t { unsigned long f; spin_lock_irqsave(&a, f);«holds a, interrupts off» spin_unlock_irqrestore(&a, f);«nothing held» }`,
      contexts,
    );
  });
  it('behind calls of functions that return with something else held', () => {
    check(
      `${locks}void l(void) {«softirq (timer x); task» spin_lock(&a);«softirq, holds a or holds a» } timer x { l();«softirq, holds a» spin_unlock(&a);«softirq» } task t { l();«holds a» spin_unlock(&a);«nothing held» }`,
      { contexts: true, bodies: true },
    );
  });
  it('where bodies run, but for those that run in a task only', () => {
    const bodies = { contexts: true, bodies: true };
    check('void f(void) { } task t { f(); }', bodies);
    check('int n; void f(void) {«hard interrupt (irq i)» n++; } irq i { f(); }', bodies);
    check('int n; void f(void) { n++; } irq i { f(); }', { contexts: true });
  });
  it('calls that may sleep, by their masks as well', () => {
    const maySleep = { maySleep: true };
    check('task t { msleep(1)«may sleep»; udelay(1); }', maySleep);
    check(
      'void *f(gfp_t g) { return kmalloc(8, g)«may sleep»; } void *h(gfp_t g) { return kmalloc(8, g); } task t { kfree(f(GFP_KERNEL)); kfree(h(GFP_ATOMIC)); }',
      maySleep,
    );
  });
  it('names of parameters: of constants, of all, of none', () => {
    const text = 'void f(int count, void *data, int n) { } task t { int count = 1, other = 2; ';
    check(`${text}f(«count:»3, «data:»NULL, 1); }`, { parameterNames: 'literals' });
    check(`${text}f(count, &other, n_of()); }`, { parameterNames: 'literals' });
    check(`${text}f(other, &count, 1); }`, { parameterNames: 'none' });
    check(`${text}f(count, «data:»&other, 1); }`, { parameterNames: 'all' });
    check('task t { alloc_pages(GFP_KERNEL, «order:»2); }', { parameterNames: 'literals' });
  });
  it('only in the range', () => {
    const text = 'task t { msleep(1); msleep(2); }';
    const program = programOf(text);
    const hints = inlayHints(program, 0, { start: 9, end: 19 }, programContexts(program), DEFAULT_HINTS);
    assert.deepEqual(
      hints.map((h) => [h.offset, h.label]),
      [
        [16, 'msecs:'],
        [18, 'may sleep'],
      ],
    );
  });
});

describe('code lenses', () => {
  const ALL = { run: true, callers: true, contexts: true };
  function check(text: string, ...expected: string[]): void {
    const program = programOf(text);
    const contexts = programContexts(program);
    const found = codeLenses(program, 0, ALL).map(({ span, what }) => {
      const title = what === 'contexts' ? contextsTitle(contexts, span) : what;
      return `${text.slice(span.start, span.end)}: ${title}`;
    });
    assert.deepEqual(found, expected);
  }
  it('run and debug at tasks, callers and contexts at functions', () => {
    check('task main { }', 'main: run', 'main: debug', 'main: inspect');
    check(
      'static void f(void); static void f(void) { } task t { f(); }',
      'f: callers',
      'f: task',
      't: run',
      't: debug',
      't: inspect',
    );
    check('int n; static void f(void) { n++; } irq i { f(); }', 'f: callers', 'f: hard interrupt (irq i)');
  });
  it('can be switched off', () => {
    const program = programOf('void f(void) { } task main { }');
    assert.deepEqual(codeLenses(program, 0, { run: false, callers: false, contexts: false }), []);
  });
  it('count callers', () => assert.deepEqual([0, 1, 2].map(callersTitle), ['no callers', '1 caller', '2 callers']));
});

describe('call hierarchy', () => {
  const text =
    'static DEFINE_SPINLOCK(l); void low(void) { spin_lock(&l); spin_unlock(&l); } void mid(void) { low(); low(); } irq i { low(); } task main { mid(); sim_raise(i); }';
  function check(name: string, direction: typeof incomingCalls, ...expected: string[]): void {
    const program = programOf(text);
    const offset = text.search(new RegExp(`\\b${name}\\b`));
    const calls = direction(program, 0, offset, programContexts(program));
    assert.deepEqual(
      calls.map(({ item, spans }) => `${item.name} ×${spans.length}: ${item.detail}`),
      expected,
    );
    for (const { spans } of calls) for (const span of spans) assert.match(text.slice(span.start, span.end), /^\w+$/);
  }
  it('the item, with the contexts that it is reached in', () => {
    const { program, offset } = at(text.replace('low(void)', 'lo|w(void)'));
    const item = hierarchyItem(program, 0, offset, programContexts(program));
    assert.equal(item?.detail, 'hard interrupt (irq i); task');
    assert.equal(hierarchyItem(at('int |x;').program, 0, 4), undefined);
  });
  it('callers, with the contexts of the calls', () => {
    check('low', incomingCalls, 'mid ×2: task', 'i ×1: hard interrupt (irq i)');
    check('mid', incomingCalls, 'main ×1: task');
    check('i', incomingCalls, 'main ×1: task');
    check('main', incomingCalls);
  });
  it('what is called, of the kernel too', () => {
    check('mid', outgoingCalls, 'low ×2: hard interrupt (irq i); task');
    check(
      'main',
      outgoingCalls,
      'mid ×1: task',
      'sim_raise ×1: void sim_raise(unsigned int irq)',
      'i ×1: hard interrupt (irq i)',
    );
  });
});

describe('implementations', () => {
  function check(marked: string, ...expected: string[]): void {
    const { program, offset, text } = at(marked);
    assert.deepEqual(
      implementations(program, 0, offset).map((s) => text.slice(s.start, s.end)),
      expected,
    );
  }
  const ops =
    'struct ops { int (*go)(void); int n; }; static int f(void) { return 1; } static int g(void) { return 2; } static const struct ops a = { .go = f }; static struct ops b; ';
  it('of a member of an operations table', () => {
    check(`${ops}task t { b.go = &g; b.|go(); }`, 'f', 'g');
    check(`${ops.replace('*go', '*|go')}task t { b.go = a.n ? f : g; }`, 'f', 'g');
    check(`${ops}task t { b.|n = 1; }`);
  });
  it('of a pointer, and of a function that is declared', () => {
    check('static int f(void) { return 1; } task t { int (*p)(void) = f; |p(); }', 'f');
    check('static int f(void); task t { |f(); } static int f(void) { return 1; }', 'f');
    check('task t { |msleep(1); }');
  });
});

describe('inline values', () => {
  /** The expressions that have values where `|` is, each as `line: expression`, lines from 0. */
  function check(marked: string, ...expected: string[]): void {
    const { program, offset, text } = at(marked);
    const found = inlineValues(program, 0, { start: 0, end: text.length }, offset);
    assert.deepEqual(
      found.map(({ span, expression }) => `${text.slice(0, span.start).split('\n').length - 1}: ${expression}`),
      expected,
    );
  }
  it('variables of the body up to the line where it is stopped, each once per line', () => {
    check(
      'static int g;\nstatic int f(int a)\n{\n\tint b = a;\n\tg = b + b;\n|\treturn g;\n\tg = 1;\n}\n',
      '3: b',
      '3: a',
      '4: g',
      '4: b',
      '5: g',
    );
  });
  it('members and elements as they are written, without calls and addresses of functions', () => {
    check(
      'struct r { int n; int a[3]; struct r *next; };\nint f(struct r *r, int i)\n{\n|\treturn r->next->n + r->a[i] + f(r, 1);\n}\n',
      '3: r->next->n',
      '3: r->a[i]',
      '3: i',
      '3: r',
    );
  });
  it('not what is declared later, is hidden, is a structure, or is only measured', () => {
    check('struct s { int x; } v;\ntask t {\n\tv = v;\n|\tint n = sizeof(v.x);\n\tint m;\n}\n');
    check('task t {\n\tint a = 1;\n\t{\n\t\tint a = 2;\n|\t\ta = 3;\n\t}\n}\n', '3: a', '4: a');
    check('int x;\n|\n');
  });
});

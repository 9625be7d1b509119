/** Quick fixes: what is offered for the findings of a text, and the text after each. Every one is proven by analysing the result. */
import assert from 'node:assert/strict';
import { fixAll } from '../../../server/language/ide/fixAll';
import { formatted } from '../../../server/language/ide/format/format';
import { lint } from '../../../server/language/ide/lint';
import { DEFAULT_SETTINGS } from '../../../server/language/ide/lintSettings';
import { applied, provenFixes } from '../../../server/language/ide/provenFixes';

/** Each fix that is offered for a finding of the text: its title, and the text after it. */
function offered(text: string): Map<string, string> {
  const { program, diagnostics } = lint({ path: 'test.kmem', text });
  const fixes = diagnostics.flatMap((d) => provenFixes(program, diagnostics, d, DEFAULT_SETTINGS));
  return new Map(fixes.map(({ title, edits }) => [title, applied(text, edits, 0)]));
}
/** The fix with this title is offered for `before` and makes `after` of it. */
function check(before: string, title: string, after: string): void {
  const fixes = offered(before);
  const said = lint({ path: 'test.kmem', text: before }).diagnostics.map((d) => `${d.code}: ${d.message}`);
  assert.ok(fixes.has(title), `no fix '${title}', but: ${[...fixes.keys()].join('; ')}\n${said.join('\n')}\n${before}`);
  assert.equal(fixes.get(title), after);
  const [file] = lint({ path: 'test.kmem', text: after }).program.files;
  assert.equal(file && formatted(file), after, 'it is not formatted');
}
/** No fix with such a title is offered. */
function never(text: string, title: RegExp): void {
  const found = lint({ path: 'test.kmem', text }).diagnostics;
  assert.ok(found.length > 0, `nothing is found in\n${text}`);
  assert.deepEqual(
    [...offered(text).keys()].filter((t) => title.test(t)),
    [],
    text,
  );
}
const lines = (...list: string[]): string => `${list.join('\n')}\n`;
/** `void f(…)` with this body. */
const f = (...body: string[]): string => lines('int f(int n)', '{', ...body.map((l) => (l ? `\t${l}` : '')), '}');

describe('fixes of sleep-in-atomic', () => {
  const irq = (mask: string): string =>
    lines('irq i {', `\tvoid *p = kmalloc(8, ${mask});`, '', '\tif (p)', '\t\tkfree(p);', '}');
  it('GFP_ATOMIC', () => {
    check(irq('GFP_KERNEL'), 'use GFP_ATOMIC instead of GFP_KERNEL', irq('GFP_ATOMIC'));
    check(irq('GFP_NOFS'), 'use GFP_ATOMIC instead of GFP_NOFS', irq('GFP_ATOMIC'));
  });
  it('is never applied without being asked for', () => {
    const text = irq('GFP_KERNEL');
    assert.equal(fixAll({ path: 't.kmem', text }, {}, DEFAULT_SETTINGS).text, text);
  });
  it('none where the zone would change; modifiers stay', () => {
    never(irq('GFP_HIGHUSER'), /ATOMIC/);
    check(irq('GFP_DMA | GFP_KERNEL'), 'use GFP_ATOMIC instead of GFP_KERNEL', irq('GFP_DMA | GFP_ATOMIC'));
  });

  const locked = (...body: string[]): string =>
    lines('static DEFINE_SPINLOCK(l);', 'static void *kept;', '') +
    lines('task t {', ...body.map((s) => (s ? `\t${s}` : '')), '}');
  it('before the lock is taken', () => {
    check(
      locked('void *p;', '', 'spin_lock(&l);', 'p = kmalloc(8, GFP_KERNEL);', 'kept = p;', 'spin_unlock(&l);'),
      'move this before spin_lock(&l)',
      locked('void *p;', '', 'p = kmalloc(8, GFP_KERNEL);', 'spin_lock(&l);', 'kept = p;', 'spin_unlock(&l);'),
    );
    check(
      locked(
        'int n;',
        'void *p;',
        '',
        'preempt_disable();',
        'n = 1;',
        'p = kmalloc(8, GFP_KERNEL);',
        'kept = n ? p : p;',
        'preempt_enable();',
      ),
      'move this before preempt_disable()',
      locked(
        'int n;',
        'void *p;',
        '',
        'p = kmalloc(8, GFP_KERNEL);',
        'preempt_disable();',
        'n = 1;',
        'kept = n ? p : p;',
        'preempt_enable();',
      ),
    );
  });
  it('not what the lock protects, and not before what it reads', () => {
    never(locked('spin_lock(&l);', 'kept = kmalloc(8, GFP_KERNEL);', 'spin_unlock(&l);'), /before/);
    never(
      locked(
        'int n;',
        'void *p;',
        '',
        'spin_lock(&l);',
        'n = kept ? 8 : 16;',
        'p = kmalloc(n, GFP_KERNEL);',
        'kept = p;',
        'spin_unlock(&l);',
      ),
      /before/,
    );
  });
  it('behind the unlock', () => {
    check(
      locked('spin_lock(&l);', 'kept = NULL;', 'msleep(1);', 'kept = &l;', 'spin_unlock(&l);'),
      'move this after spin_unlock(&l)',
      locked('spin_lock(&l);', 'kept = NULL;', 'kept = &l;', 'spin_unlock(&l);', 'msleep(1);'),
    );
    check(
      locked('rcu_read_lock();', 'synchronize_rcu();', 'rcu_read_unlock();'),
      'move this after rcu_read_unlock()',
      locked('rcu_read_lock();', 'rcu_read_unlock();', 'synchronize_rcu();'),
    );
  });
  it('neither where the lock is the caller’s', () => {
    never(
      lines('static DEFINE_SPINLOCK(l);', 'static void wait(void)', '{', '\tmsleep(1);', '}') +
        lines('task t {', '\tspin_lock(&l);', '\twait();', '\tspin_unlock(&l);', '}'),
      /move/,
    );
  });
  it('not behind one of two unlocks', () => {
    never(
      locked('preempt_disable();', 'spin_lock(&l);', 'msleep(1);', 'spin_unlock(&l);', 'preempt_enable();'),
      /after spin_unlock/,
    );
  });
});

describe('fixes that add what is missing on a path', () => {
  const alloc = ['char *p = kmalloc(8, GFP_KERNEL);', '', 'if (!p)', '\treturn -ENOMEM;'];
  const end = ['kfree(p);', 'return 0;'];
  it('inside braces', () =>
    check(
      f(...alloc, 'if (n < 0) {', '\tn = 1;', '\treturn -EINVAL;', '}', ...end),
      'call kfree(p) before this return',
      f(...alloc, 'if (n < 0) {', '\tn = 1;', '\tkfree(p);', '\treturn -EINVAL;', '}', ...end),
    ));
  it('a return that is the body of an if', () => {
    const after = f(...alloc, 'if (n < 0) {', '\tkfree(p);', '\treturn -EINVAL;', '}', ...end);
    check(f(...alloc, 'if (n < 0)', '\treturn -EINVAL;', ...end), 'call kfree(p) before this return', after);
  });
  it('with a comment, and before an else', () => {
    check(
      f(...alloc, 'if (n < 0) // bad', '\treturn -EINVAL; // really', ...end),
      'call kfree(p) before this return',
      f(...alloc, 'if (n < 0) { // bad', '\tkfree(p);', '\treturn -EINVAL; // really', '}', ...end).replace(
        ' { // bad',
        ' { // bad',
      ),
    );
    check(
      f(...alloc, 'if (n < 0)', '\treturn -EINVAL;', 'else', '\tn++;', ...end),
      'call kfree(p) before this return',
      f(...alloc, 'if (n < 0) {', '\tkfree(p);', '\treturn -EINVAL;', '} else', '\tn++;', ...end),
    );
    check(
      f(...alloc, 'if (n > 0)', '\tn++;', 'else', '\treturn -EINVAL;', ...end),
      'call kfree(p) before this return',
      f(...alloc, 'if (n > 0)', '\tn++;', 'else {', '\tkfree(p);', '\treturn -EINVAL;', '}', ...end),
    );
  });
  it('two locks at one return, the last taken first', () => {
    const locked = (...wrong: string[]): string =>
      lines('static DEFINE_MUTEX(m);', 'static DEFINE_SPINLOCK(l);', 'extern int bad;', '', 'task t {') +
      lines('\tmutex_lock(&m);', '\tspin_lock(&l);', ...wrong, '\tspin_unlock(&l);', '\tmutex_unlock(&m);', '}');
    check(
      locked('\tif (bad)', '\t\treturn;'),
      'call spin_unlock(&l) and mutex_unlock(&m) before this return',
      locked('\tif (bad) {', '\t\tspin_unlock(&l);', '\t\tmutex_unlock(&m);', '\t\treturn;', '\t}'),
    );
  });
  it('in a chain of gotos', () => {
    const chain = (jump: string[], ...back: string[]): string =>
      f('int err = -EINVAL;', ...alloc, 'if (n < 0)', ...jump, 'kfree(p);', ...back, 'out:', 'return err;').replace(
        '\tout:',
        'out:',
      );
    const freed = ['{', '\tkfree(p);', '\tgoto out;', '}'];
    check(
      chain(['\tgoto out;'], 'return 0;'),
      'call kfree(p) before goto out',
      chain(freed, 'return 0;').replace(')\n\t{', ') {'),
    );
    const two = (jump: string): string =>
      f(
        'char *q;',
        ...alloc,
        'q = kmalloc(8, GFP_KERNEL);',
        `if (!q)${jump}`,
        'kfree(q);',
        'kfree(p);',
        'out:',
        'return 0;',
      ).replace('\tout:', 'out:');
    check(two('\n\t\tgoto out;'), 'call kfree(p) before goto out', two(' {\n\t\tkfree(p);\n\t\tgoto out;\n\t}'));
    // there the other path has freed it
    never(two('\n\t\tgoto out;'), /before this return/);
  });
  it('at the end of a function', () =>
    check(
      lines('void g(void)', '{', '\tchar *p = kmalloc(8, GFP_KERNEL);', '', '\tif (p)', '\t\tp[0] = 0;', '}'),
      'call kfree(p) before this end',
      lines(
        'void g(void)',
        '{',
        '\tchar *p = kmalloc(8, GFP_KERNEL);',
        '',
        '\tif (p)',
        '\t\tp[0] = 0;',
        '\tkfree(p);',
        '}',
      ),
    ));
  it('not where the value that is returned is read from it', () =>
    never(f(...alloc, 'p[0] = n;', 'return p[0];'), /before this return/));
  it('kunmap_local()', () => {
    const map = (way: string[]): string =>
      lines(
        'int g(struct page *page)',
        '{',
        '\tchar *p = kmap_local_page(page);',
        '',
        ...way.map((l) => `\t${l}`),
        '\tkunmap_local(p);',
        '\treturn 0;',
        '}',
      );
    check(
      map(['if (p[0])', '\treturn 1;']),
      'call kunmap_local(p) before this return',
      map(['if (p[0]) {', '\tkunmap_local(p);', '\treturn 1;', '}']),
    );
  });
  for (const [take, give] of [
    ['spin_lock(&l);', 'spin_unlock(&l);'],
    ['mutex_lock(&m);', 'mutex_unlock(&m);'],
    ['spin_lock_irqsave(&l, flags);', 'spin_unlock_irqrestore(&l, flags);'],
    ['get_cpu();', 'put_cpu();'],
    ['rcu_read_lock();', 'rcu_read_unlock();'],
    ['local_bh_disable();', 'local_bh_enable();'],
  ] as const) {
    it(give, () => {
      const text = (...way: string[]): string =>
        lines('static DEFINE_SPINLOCK(l);', 'static DEFINE_MUTEX(m);') +
        f('unsigned long flags = 0;', '', take, ...way, give, 'return flags != 0;');
      const title = `call ${give.replace(';', '')} before this return`;
      const after = text('if (n < 0) {', `\t${give}`, '\treturn -EINVAL;', '}');
      check(text('if (n < 0)', '\treturn -EINVAL;'), title, after);
      check(text('if (n < 0) {', '\treturn -EINVAL;', '}'), title, after);
    });
  }
  it('the unlock before a goto that passes it', () => {
    const text = (way: string[]): string =>
      `static DEFINE_SPINLOCK(l);\n${f('int err = -1;', '', 'spin_lock(&l);', ...way, 'spin_unlock(&l);', 'err = 0;', 'out:', 'return err;').replace('\tout:', 'out:')}`;
    check(
      text(['if (n)', '\tgoto out;']),
      'call spin_unlock(&l) before goto out',
      text(['if (n) {', '\tspin_unlock(&l);', '\tgoto out;', '}']),
    );
  });
});

describe('fixes that write another call or condition', () => {
  const freed = (make: string, free: string): string =>
    lines('void g(int n)', '{', `\tchar *p = ${make};`, '', '\tif (p)', `\t\t${free};`, '}');
  it('the function that frees it', () => {
    for (const [make, right] of [
      ['kvmalloc(n, GFP_KERNEL)', 'kvfree(p)'],
      ['vmalloc(65536)', 'vfree(p)'],
      ['alloc_pages_exact(8192, GFP_KERNEL)', 'free_pages_exact(p, 8192)'],
    ] as const) {
      if (right.includes('exact')) never(freed(make, 'kfree(p)'), /^use kfree/);
      else check(freed(make, 'kfree(p)'), `use ${right}`, freed(make, right));
    }
  });
  it('IS_ERR() for what returns error pointers, and the reverse', () => {
    const tested = (make: string, test: string): string =>
      lines(
        'void g(const void __user *from)',
        '{',
        `\tchar *s = ${make};`,
        '',
        `\tif (${test})`,
        '\t\treturn;',
        '\tkfree(s);',
        '}',
      );
    check(tested('memdup_user(from, 8)', '!s'), 'use IS_ERR(s)', tested('memdup_user(from, 8)', 'IS_ERR(s)'));
    check(tested('kmalloc(8, GFP_KERNEL)', 'IS_ERR(s)'), 'use !s', tested('kmalloc(8, GFP_KERNEL)', '!s'));
  });
  it('sizes', () => {
    const size = (call: string): string =>
      lines(
        'struct s {',
        '\tlong a[4];',
        '};',
        'void g(unsigned long n)',
        '{',
        `\tstruct s *p = ${call};`,
        '',
        '\tif (p)',
        '\t\tkfree(p);',
        '}',
      );
    check(size('kmalloc(sizeof(p), GFP_KERNEL)'), 'write sizeof(*p)', size('kmalloc(sizeof(*p), GFP_KERNEL)'));
    check(
      size('kmalloc(n * sizeof(*p), GFP_KERNEL)'),
      'use kmalloc_array()',
      size('kmalloc_array(n, sizeof(*p), GFP_KERNEL)'),
    );
    check(size('kzalloc(sizeof(*p) * n, GFP_KERNEL)'), 'use kcalloc()', size('kcalloc(n, sizeof(*p), GFP_KERNEL)'));
  });
  it('kzalloc() for kmalloc() and memset()', () => {
    const zeroed = (make: string, ...clear: string[]): string =>
      lines(
        'void g(void)',
        '{',
        `\tchar *p = ${make}(64, GFP_KERNEL);`,
        '',
        '\tif (!p)',
        '\t\treturn;',
        ...clear,
        '\tkfree(p);',
        '}',
      );
    check(zeroed('kmalloc', '\tmemset(p, 0, 64);'), 'use kzalloc()', zeroed('kzalloc'));
  });
  it('the mask of the caller, a base for modifiers', () => {
    const passed = (mask: string): string =>
      lines(
        'void *g(gfp_t gfp)',
        '{',
        '\tvoid *p = kmalloc(8, gfp);',
        '',
        '\tkfree(p);',
        `\treturn kmalloc(8, ${mask});`,
        '}',
      );
    check(passed('GFP_KERNEL'), "pass 'gfp'", passed('gfp'));
    const base = (mask: string): string => lines('void *g(void)', '{', `\treturn kmalloc(8, ${mask});`, '}');
    check(base('__GFP_ZERO'), 'write GFP_KERNEL | __GFP_ZERO', base('GFP_KERNEL | __GFP_ZERO'));
  });
  it('a comment that silences nothing', () => {
    const text = (comment: string): string => lines('task t {', `\tmsleep(1);${comment}`, '}');
    check(text(' // kmem-ignore sleep-in-atomic: in a task'), 'remove the comment', text(''));
    check(text('\n\t// kmem-ignore sleep-in-atomic: in a task'), 'remove the comment', text(''));
  });
});

describe('fixes of what the parser and the checker find', () => {
  const body = (text: string): string =>
    lines('struct s {', '\tint n, count;', '};', 'int g(struct s *p, int n)', '{', `\t${text}`, '}');
  for (const [before, title, after] of [
    ['return p.n;', "change '.' to '->'", 'return p->n;'],
    ['return (*p)->n;', "change '->' to '.'", 'return (*p).n;'],
    ['return n', "insert ';'", 'return n;'],
    ['return p->cuont;', "change to 'count'", 'return p->count;'],
    ['if (n = 3)\n\t\tn++;\n\treturn n + p->n;', "change '=' to '=='", 'if (n == 3)\n\t\tn++;\n\treturn n + p->n;'],
    ['return n & 1 == p->n;', "put the '&' into brackets", 'return (n & 1) == p->n;'],
    ['return n + pritnk("x");', "change to 'printk'", 'return n + printk("x");'],
  ] as const) {
    it(`${title}: ${before.split('\n')[0]}`, () => check(body(before), title, body(after)));
  }
});

describe('all safe fixes', () => {
  it('until nothing changes; what is unsafe stays', () => {
    const text = (size: string, free: string, clear: string): string =>
      lines('static DEFINE_SPINLOCK(l);', 'struct s {', '\tlong a[4];', '};', 'void g(void)', '{') +
      `\tstruct s *p = ${size};\n\n\tif (!p)\n\t\treturn;\n${clear}\tspin_lock(&l);\n\tmsleep(1);\n\tspin_unlock(&l);\n\t${free};\n}\n`;
    const before = text('kvmalloc(sizeof(p), GFP_KERNEL)', 'kfree(p)', '');
    const { text: after, lint: left } = fixAll({ path: 't.kmem', text: before }, {}, DEFAULT_SETTINGS);
    assert.equal(after, text('kvmalloc(sizeof(*p), GFP_KERNEL)', 'kvfree(p)', ''));
    assert.deepEqual(
      left.diagnostics.map((d) => d.code),
      ['sleep-in-atomic'],
    );
    assert.equal(fixAll({ path: 't.kmem', text: after }, {}, DEFAULT_SETTINGS).text, after);
  });
});

describe('proofs', () => {
  it('a program is analysed for a fix once, and again when it has changed', () => {
    const text = 'irq i {\n\tkfree(kmalloc(8, GFP_KERNEL));\n}\n';
    const { program, diagnostics } = lint({ path: 'test.kmem', text });
    const [d] = diagnostics;
    assert.ok(d);
    let reads = 0;
    const counting = { ...program, files: program.files };
    Object.defineProperty(counting, 'files', {
      get() {
        reads++;
        return program.files;
      },
    });
    const ask = (found: typeof diagnostics) => provenFixes(counting, found, d, DEFAULT_SETTINGS).length;
    const first = ask(diagnostics);
    const once = reads;
    assert.ok(first > 0 && once > 0);
    assert.equal(ask(diagnostics), first);
    assert.equal(reads, once);
    ask([...diagnostics]);
    assert.ok(reads > once);
  });
});

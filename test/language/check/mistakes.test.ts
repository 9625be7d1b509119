/** Common mistakes: each gives one message, at the place where it is, in words that help. With the real catalogue. */
import assert from 'node:assert/strict';
import { check as checkProgram } from '../../../server/language/check/check';
import type { Program } from '../../../server/language/check/context/program';

const programOf = (text: string): Program => {
  const program = checkProgram({ path: 'test.kmem', text });
  for (const { fixes = [] } of program.diagnostics)
    for (const { edits } of fixes)
      for (const { span } of edits)
        assert.ok(span.start <= span.end, `a fix from ${span.start} to ${span.end} in ${text}`);
  return program;
};
const problemsOf = (text: string) =>
  programOf(text).diagnostics.filter((d) => d.severity === 'error' || d.severity === 'warning');

/** Each expected problem: `code: text of the range: part of the message`. */
function check(text: string, ...expected: string[]): void {
  const found = problemsOf(text).map((d) => ({
    head: `${d.code}: ${text.slice(d.span.start, d.span.end)}`,
    message: d.message,
  }));
  assert.deepEqual(
    found.map(({ head }) => head),
    expected.map((e) => e.split(': ').slice(0, 2).join(': ')),
    `${text}\n${found.map(({ head, message }) => `${head}: ${message}`).join('\n')}`,
  );
  found.forEach(({ message }, i) => {
    const part = expected[i]?.split(': ').slice(2).join(': ') ?? '';
    assert.ok(message.includes(part), `'${message}' does not say '${part}'`);
  });
}
const body = (text: string, ...expected: string[]): void => check(`task main { ${text} }`, ...expected);
/** The text after the first fix of the first problem. */
function fixed(text: string, expected: string): void {
  const edits = [...(problemsOf(text)[0]?.fixes?.[0]?.edits ?? [])].sort((a, b) => b.span.start - a.span.start);
  assert.equal(
    edits.reduce((t, { span, text: by }) => t.slice(0, span.start) + by + t.slice(span.end), text),
    expected,
  );
}

describe('mistakes: one message each', () => {
  it('misspelt words of the language', () => {
    check('taks main { }', "unexpected-token: taks: did you mean 'task'");
    check('sofirq net { }', "unexpected-token: sofirq: did you mean 'softirq'");
    fixed('taks main { }', 'task main { }');
    body('retrun;', "undeclared: retrun: did you mean 'return'");
    body('int left = ({ int q = 3; q * q; }); expect(left == 9);');
    check(
      'struct port { DECLARE_HASHTABLE(table); };',
      'argument-count: DECLARE_HASHTABLE(table): takes 2 arguments, 1 is given',
    );
  });
  it('; missing behind a structure', () => {
    for (const next of [
      'static int n;',
      'struct t { int b; };',
      'task main { }',
      'int f(void) { return 1; }',
      'irq rx { }',
      'LIST_HEAD(q);',
    ])
      check(`struct s { int a; }\n${next}`, "expected-token: }: expected ';' after the struct");
    check('enum e { A }\nstatic enum e v;\ntask main { v = A; }', 'expected-token: }: after the enumeration');
    check('typedef struct { int a; }\ns_t;\nstatic s_t v;\ntask main { v.a = 1; }');
    check('struct s { int a; }\n__packed;\nstatic struct s v;\ntask main { v.a = 1; }');
    fixed('struct s { int a; }\ntask main { }', 'struct s { int a; };\ntask main { }');
  });
  it(', missing in an initialiser', () => {
    check(
      'struct s { int a, b; };\nstatic struct s v = {\n.a = 1\n.b = 2\n};',
      "expected-token: 1: expected ',' between the values",
    );
    check(
      'struct s { int a, b; };\nstatic int x;\ntask main { struct s v = { .a = x .b = 2 }; v.a = 1; }',
      'expected-token: x',
    );
    body('int q[2] = { 1 2 }; q[0] = 1; expect(q[1]);', 'expected-token: 1');
    check(
      'struct s { int a; struct { int x; } in; };\nstatic struct s o;\nstatic int n;\ntask main { struct s v = { .a = o.in.x, .in = { 1 } }; n = v.a; }',
    );
    check(
      'enum e { A B };\ntask main { int n = A + B; n++; }',
      "expected-token: A: expected ',' between the constants",
    );
    fixed('static int q[2] = { 1 2 };', 'static int q[2] = { 1, 2 };');
  });
  it('the parts of for', () => {
    body('for (int i = 0, i < 3; i++) pr_info("%d", i);', "expected-token: (int i = 0, i < 3; i++): separated by ';'");
    body('for (int i = 0; i < 3, i++) { pr_info("%d", i); }', 'expected-token: (int i = 0; i < 3, i++)');
    body('int i; for (i = 0, i < 3, i++) pr_info("%d", i);', 'expected-token: (i = 0, i < 3, i++)');
    body('for (;;;) ;', 'expected-token: (;;;)');
    body('for (int i = 0, n = 3; i < n; i++, n--) pr_info("%d", i);');
    body('for (;;) break;');
    fixed('task main { for (int i = 0, i < 3; i++) ; }', 'task main { for (int i = 0; i < 3; i++) ; }');
  });
  it('a block written as a function', () => {
    check('task main() { }', "unexpected-token: (): 'task main' is a block without parameters");
    check('task main(void) { msleep(1); }', 'unexpected-token: (void)');
    check('irq handler(int irq, void *d) { }', 'unexpected-token: (int irq, void *d): request_irq');
    check('typedef int task;\ntask f(void) { return 1; }\nirq i { f(); }');
    fixed('task main(void) { }', 'task main { }');
  });
  it('statements and unknown functions', () => {
    check('a = 3;\ntask main { }', 'unexpected-token: a: this statement is outside a function');
    check('static int a;\na++;\ntask main { a = 1; }', 'unexpected-token: a');
    check('task main { foo(1); foo(2); }\nirq rx { foo(3); }', 'undeclared-function: foo');
    check(
      '#define SQUARE(x) ((x) * (x))\ntask main { int n = SQUARE(3); n = SQUARE(n); }',
      'unsupported-directive: SQUARE',
    );
    body('printf("x");', "undeclared-function: printf: did you mean 'printk'?");
    body(
      'void *p = malloc(8); free(p);',
      "undeclared-function: malloc: 'kmalloc'",
      "undeclared-function: free: 'kfree'",
    );
    check('#define N\ntask main { int n = N; n++; }', "undeclared: N: '#define N 1'");
    check('int main(void) { return 0; }', "nothing-runs: main: 'task main { … }'");
  });
  it('a missing } of an inner block, without its consequences', () => {
    check(
      'static DEFINE_SPINLOCK(l);\nint f(int n)\n{\n\tspin_lock(&l);\n\tif (n) {\n\t\tn++;\n\tspin_unlock(&l);\n\treturn n;\n}\ntask main {\n\tf(1);\n}\n',
      "missing-brace: {: the '}' in line 9 is indented",
    );
  });
  it('a missing } of an inner block, found by the indentation', () => {
    check(
      'static void f(int n)\n{\n\tif (n) {\n\t\tn++;\n\tn++;\n}\ntask main {\n\tf(1);\n}\n',
      "missing-brace: {: the '}' in line 6 is indented",
    );
    assert.equal(
      problemsOf('static void f(int n)\n{\n\tif (n) {\n\t\tn++;\n\tn++;\n}\ntask main { f(1); }')[0]?.span.start,
      31,
    );
    check(
      'static void f(int n)\n{\n\tif (n) {\n\t\tn++;\n\t}\n\tn++;\ntask main { f(1); }',
      "missing-brace: {: is not closed before 'task'",
    );
  });
  it('strings that go on in the next line', () => {
    body('pr_info("abc\\\ndef");');
    body('pr_info("abc\\\r\ndef");');
    const program = programOf('static char s[] = "ab\\\ncd";\ntask main { s[0] = 1; }');
    assert.equal(JSON.stringify(program.globals[0]?.type).includes('"length":5'), true);
  });
  it('types that are not known, only once', () => {
    check(
      'static foo_t f(int a);\nstatic void g(int (*cb)(int)) { cb(1); }\ntask main { g(f); }',
      'unknown-type: foo_t',
    );
    check('static spinlock lock;\ntask main { }', "unknown-type: spinlock: did you mean 'spinlock_t'?");
    check('static list_head q;\ntask main { }', "unknown-type: list_head: did you mean 'struct list_head'?");
  });
  it('nesting of any depth', () => {
    for (const text of [
      `int ${'*'.repeat(5000)}p;`,
      `int a${'[1]'.repeat(5000)};`,
      `int ${`(${'*'.repeat(200)}`.repeat(200)}p${')'.repeat(200)};`,
      `task main { int x = ${'*'.repeat(5000)}p; }`,
      `static ${'typeof('.repeat(240)}int${` ${'*'.repeat(240)})`.repeat(240)} p;`,
      `static int x = ${'sizeof('.repeat(240)}int${`${'*'.repeat(200)})`.repeat(240)};`,
      `static int x${`[sizeof(int ${'*'.repeat(200)}`.repeat(200)}[1]${')]'.repeat(200)};`,
    ])
      assert.ok(problemsOf(text).some((d) => d.code === 'nested-too-deeply'));
  });
});

describe('mistakes: what C accepts and nobody means', () => {
  it('assignments and masks in conditions', () => {
    body('int n = 0; if (n = 3) n++;', "assignment-condition: n = 3: '==' compares");
    body('int n = 0; if ((n = 3)) n++; while ((n = n - 1)) ; if ((n = 3) == 3) n++;');
    body('int n = 1; if (n & 1 == 0) n++;', "precedence: n & 1 == 0: '==' binds tighter than '&'");
    body('int n = 1; if ((n & 1) == 0 || (n == 1) | (n == 2)) n++;');
    body('int n = 1; if (n); n++;', "no-effect: ;: all that the 'if' governs");
    body('int n = 1; if (n) ; else n++; while (n--) ;');
    fixed('task main { int n = 0; if (n = 3) n++; }', 'task main { int n = 0; if (n == 3) n++; }');
    fixed('task main { int n = 1; if (n & 1 == 0) n++; }', 'task main { int n = 1; if ((n & 1) == 0) n++; }');
  });
  it('constants that do not fit', () => {
    body('unsigned char c = 300; c++;', 'constant-overflow: 300: the value is 44');
    body('char c; c = 1 << 10; c++;', 'constant-overflow: 1 << 10');
    body('u8 a = 255; s8 b = 255; u8 c = -1; u16 d = ~0xff; bool e = 2; u32 f = 0xffffffff; a = b + c + d + e + f;');
  });
  it('#define: the value, where C has the text', () => {
    check('#define TWO 1+1\ntask main { expect(TWO * 2 == 4); }', "precedence: 1+1: 'TWO' needs brackets");
    check(
      '#define TWO (1+1)\n#define M -1\n#define B (1) + (1)\ntask main { expect(TWO + M + B); }',
      'precedence: (1) + (1)',
    );
    fixed('#define TWO 1+1\ntask main { expect(TWO); }', '#define TWO (1+1)\ntask main { expect(TWO); }');
  });
  it('qualifiers behind the first star', () => {
    check(
      'static int f(const char **p) { return !p; }\ntask main { char *s = 0; f(&s); }',
      'incompatible-pointer: &s: differ in const',
    );
    body('const char *a = 0; const char **b = &a; char *const *c = 0; char *const *d = c; expect(b && d);');
    check('static int f(const char *p) { return !p; }\ntask main { char *s = 0; f(s); }');
  });
  it('arguments of macros as the kernel’s build checks them', () => {
    const lock = 'static DEFINE_SPINLOCK(k);\n';
    check(`${lock}task main { int f; spin_lock_irqsave(&k, f); }`, 'incompatible-types: f: unsigned long');
    check(`${lock}task main { unsigned long f; spin_lock_irqsave(&k, f); spin_unlock_irqrestore(&k, f); }`);
    check(
      `${lock}task main { spin_lock_irqsave(&k, flags); spin_unlock_irqrestore(&k, flags); }`,
      "undeclared: flags: 'unsigned long flags;'",
    );
    body('int n = 0; unsigned long u = 1; n = min(n, u);', 'different-types: min(n, u): use min_t(type, x, y)');
    body('int n = 0; n = min(n, 1); n = max(1U, 2U); unsigned long u = min_t(unsigned long, n, 2); u++;');
    body('int a[2], *p = a; int n = ARRAY_SIZE(p); n = ARRAY_SIZE(a);', 'not-an-array: p: needs an array');
    body('pr_info("50%");', 'format: "50%": ends with \'%\'');
    body('pr_info("50%%");');
  });
  it('an address that is forgotten', () => {
    check('static DEFINE_SPINLOCK(l);\ntask main { spin_lock(l); }', "incompatible-types: l: its address, '&l'?");
    fixed(
      'static DEFINE_SPINLOCK(l);\ntask main { spin_lock(l); }',
      'static DEFINE_SPINLOCK(l);\ntask main { spin_lock(&l); }',
    );
    check(
      'struct s { struct list_head link; };\nstatic LIST_HEAD(q);\ntask main { struct s *p; list_for_each_entry(p, q, link) { p->link.next = 0; } }',
      "incompatible-types: q: its address, '&q'?",
    );
  });
  it('macros told in the words of their arguments', () => {
    body('struct list_head *i; list_for_each_entry(i, 0, foo) { }', 'no-member: foo');
    body('swap(1, 2);', 'not-assignable: 1');
    body('wait_event(i, 1);', 'undeclared: i');
    check(
      'struct s { struct list_head l; };\nstruct c { struct list_head *done; };\nstatic struct c *c;\ntask main { struct s *p; list_for_each_entry(p, c.done, l) { } }',
      "member-of-pointer: done: reached with '->'",
    );
    check(
      'struct s { struct list_head l; };\nstatic struct s s;\ntask main { struct s *p; list_for_each_entry(p, s->l.next, l) { } }',
      "member-of-pointer: l: reached with '.'",
    );
    body('pr_info("%d %d", "a", "b");', 'format: "a"', 'format: "b"');
  });
  it('statements that do nothing', () => {
    body('struct page *page = 0; page == 3;', 'int-conversion: page == 3');
    body('int a = 1, *b = &a; a * *b;', 'no-effect: a * *b: multiplies');
    body('int a = 1, b = 2; a * b;', 'no-effect: a * b');
    check('typedef int a_t;\ntask main { a_t **b; b = 0; }');
  });
  it('operands that are not read, and lengths of parameters', () => {
    body('int a[5]; int n = sizeof a[5]; n = sizeof(a[7]); int *p = &a[5]; expect(p && n);');
    body('int a[5]; int *p = &a[6]; expect(p);', 'array-bounds: 6');
    check('int f(int n, int b[n]) { return b[0] + n; }\ntask main { int x[2]; f(2, x); }');
    check('int f(int b[m]) { return b[0]; }', 'undeclared: m');
    check('_Noreturn void f(void) { panic("x"); }\ntask main { f(); }');
  });
  it('what macros of the kernel declare', () => {
    check(
      'static DEFINE_XARRAY(x);\nstatic DEFINE_XARRAY_ALLOC(y);\nstatic DEFINE_IDR(i);\nstatic DEFINE_SEQLOCK(s);\ntask main { xa_load(&x, 1); xa_load(&y, 1); idr_find(&i, 1); read_seqbegin(&s); }',
    );
  });
  it('guards and __free()', () => {
    const lock = 'static DEFINE_MUTEX(m); int n;';
    const within = (text: string, ...expected: string[]): void => check(`${lock} task main { ${text} }`, ...expected);
    within('guard(mutex)(&m); scoped_guard(rcu) n++; int *p __free(kfree) = NULL;');
    within('guard(mutexx)(&m);', "unknown-guard: mutexx: did you mean 'mutex'?");
    within('guard(nosuch)(&m);', 'unknown-guard: nosuch: kmem knows mutex, spinlock');
    within('guard(mutex)();', 'argument-count: guard(mutex): needs its lock: guard(mutex)(&lock)');
    within('guard(rcu)(&m);', 'argument-count: guard(rcu): takes nothing: guard(rcu)()');
    within('guard(mutex)(&n);', "incompatible-pointer: &n: this initialisation needs 'struct mutex *'");
    within('int *p __free(nosuch) = NULL;', 'unknown-guard: __free(nosuch): kmem knows kfree');
    within('if (n) goto out; guard(mutex)(&m); out: n++;', 'jump-past-guard: out: has not begun');
    within('again: { guard(mutex)(&m); if (n) goto again; n = 1; }');
  });
});

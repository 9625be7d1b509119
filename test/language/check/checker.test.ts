/** The checker: each case is a small scenario with its messages marked (see checking.ts). */
import assert from 'node:assert/strict';
import { check as checkFiles } from '../../../server/language/check/check';
import type { FunctionSym } from '../../../server/language/check/context/program';

import { sizeOf, typeName } from '../../../server/types/ctype';
import { check, checkBody, testNames } from './checking';

const RING =
  'struct ring { void *buf; struct page *page; unsigned int len; struct list_head list; };\nstatic struct ring rx;';

describe('checker', () => {
  describe('names', () => {
    it('a clean program is silent', () => {
      check(`${RING}
static DEFINE_SPINLOCK(ring_lock);
static int ring_fill(struct ring *r, gfp_t gfp)
{
    r->page = alloc_pages(gfp, 2);
    if (!r->page)
        return -ENOMEM;
    r->buf = kmalloc(r->len, gfp);
    if (!r->buf)
        goto err_page;
    return 0;

err_page:
    __free_pages(r->page, 2);
    return -ENOMEM;
}
irq nic_rx {
    spin_lock(&ring_lock);
    ring_fill(&rx, GFP_KERNEL);
    spin_unlock(&ring_lock);
}
task main on cpu 0 {
    rx.len = 1500;
    sim_raise(nic_rx);
    expect(page_count(rx.page) == 1);
}`);
    });
    it('undeclared names, one message for each body', () => {
      checkBody(`
    jifies = 1;
  //^^^^^^ undeclared: did you mean 'jiffies'
    jifies = 2;
    int x = alloc_page(GFP_KERNEL, 0) == NULL;
          //^^^^^^^^^^ undeclared-function: did you mean 'alloc_pages'
    expect(x);`);
    });
    it('headers of the kernel are ignored, with one hint for each file', () => {
      const source = `  #include <linux/module.h>
//^^^^^^^^^^^^^^^^^^^^^^^^^ ignored-include: its API is built in
#include <linux/8250_pci.h>	/* ports */
#include "own.kmem"
task a { f(); }
#include <linux/slab.h>`;
      const { diagnostics } = check(source, {
        hints: true,
        files: { 'own.kmem': 'static void f(void) { }' },
      });
      const [fix] = diagnostics[0]?.fixes ?? [];
      assert.equal(fix?.title, 'remove the 3 lines');
      let text = source;
      for (const { span, text: put } of [...(fix?.edits ?? [])].reverse())
        text = text.slice(0, span.start) + put + text.slice(span.end);
      assert.equal(
        text,
        '//^^^^^^^^^^^^^^^^^^^^^^^^^ ignored-include: its API is built in\n#include "own.kmem"\ntask a { f(); }\n',
      );
    });
    it('functions and blocks are known before their definition', () => {
      check(
        'task a { f(); schedule_work(&w); mod_timer(&t, jiffies + 1); }\nwork w { f(); }\ntimer t { }\nstatic void f(void) { }',
      );
    });
    it('a function without a body', () => {
      check(
        `
int later(int);
static int never(int);
extern int elsewhere(int);
task main {
    later(1);
    never(1);
  //^^^^^ undefined-function: is declared static, so that its body has to be in this file
    elsewhere(1);
  //^^^^^^^^^ undefined-function: has no body in this scenario
    elsewhere(2);
}
int later(int x) { return x; }`,
        { hints: true },
      );
    });
    it('redefinitions', () => {
      check(`
static int x;
    int f(void) { return 0; }
    void f(int a) { expect(a); }
       //^ conflicting-types
       //^ redefinition: already has a body
    struct x { int a; };
    struct x { int b; };
         //^ redefinition
    enum { RED, RED };
              //^^^ redefinition
task main {
    int a; int a;
             //^ redefinition: already declared in this block
    { int a = 1; expect(a); }
    a = x;
    expect(a);
}`);
    });
    it('tags belong to their block', () => {
      checkBody(
        `
    struct s *p = &x;
    {
        struct s { int a; } y = { 2 };
        p = &y;
          //^^ incompatible-pointer
        struct s { int z; };
             //^ redefinition: 'struct s' is already defined
        struct e; struct e *q; struct e { int b; };
        expect(p && q->b);
    }
    union s *r;
  //^^^^^^^ redefinition: 's' is a struct, not a union
    struct t { int a; }; struct t { int b; };
                              //^ redefinition
    enum c { A }; { enum c { B }; enum c { C }; }
                                     //^ redefinition`,
        'struct s { int a; };\nstatic struct s x;',
      );
    });
    it('the name of the function', () => {
      const program = check(`
static const char *a = __func__;
                     //^^^^^^^^ undeclared: known only inside of one
static const char *f(void) { return __func__; }
task main {
    __func__[0] = 'x';
  //^^^^^^^^^^^ assign-const
    f();
}
task other { }`);
      const problem = (name: string) =>
        program.checkExpression('__func__', { function: program.lookup(name) as FunctionSym }).problems[0]?.message;
      assert.equal(problem('f'), undefined);
      assert.match(problem('other') ?? '', /'other' does not use it, so it has no place in memory/);
    });
    it('a definition of a built-in name replaces it, with a hint', () => {
      check(
        `
    void *kmalloc(size_t size, gfp_t flags) { return size > flags ? NULL : NULL; }
        //^^^^^^^ replaces-builtin
task main { kfree(kmalloc(1, GFP_KERNEL)); }`,
        { hints: true },
      );
    });
    it('inputs: extern, or neither static nor ever assigned', () => {
      const program = check(`
extern int a;
int b;
static int c;
int d = 1;
int e;
int f;
int g[2];
struct page *p;
task main { e = a + b + c + d; f++; g[1] = 2; expect(page_count(p)); }`);
      assert.deepEqual(
        program.globals.filter((g) => g.input).map((g) => g.name),
        ['a', 'b', 'p'],
      );
    });
    it('contracts', () => {
      check(
        `
${RING}
static DEFINE_SPINLOCK(l);
static void a(spinlock_t *p) __must_hold(p) __releases(&l) __context(task | softirq) { }
static void b(spinlock_t *p) __must_hold(q) { }
                                       //^ undeclared
static void c(void) __context(sofirq) { }
                            //^^^^^^ bad-contract: did you mean 'softirq'
task main { a(&l); b(&l); c(); }`.replace('//^^^^^^^', '//^^^^^^'),
      );
    });
    it('unused things are hints', () => {
      check(
        `
task main {
    int unused;
      //^^^^^^ unused-variable: never used
    int set = 1;
      //^^^ unused-variable: set but never used
    int __maybe_unused quiet;
out:
//^ unused-label
}`.replace('out:\n//^', '    out:\n  //^^^'),
        { hints: true },
      );
    });
  });

  describe('types', () => {
    it('sizes and offsets follow the machine', () => {
      const source = `
struct s { char c; long long ll; u8 a : 3, b : 6; void *p; };
union u { int i; u64 l; };
struct __packed_s { char c; int i; } __packed;
enum e { A, B };
typedef struct { int x; struct s in; } outer_t;
static struct s s; static union u u; static struct __packed_s ps; static outer_t o;
task main { expect(sizeof(s) + sizeof(u) + sizeof(ps) + sizeof(o)); }`;
      const sizes = (arch: string) => {
        const program = check(`machine { arch = ${arch}; }${source}`);
        return program.globals.map((g) => sizeOf(g.type));
      };
      assert.deepEqual(sizes('x86_64'), [32, 8, 5, 40]);
      assert.deepEqual(sizes('i386'), [20, 8, 5, 24]);
    });
    it('unknown and incomplete types', () => {
      checkBody(
        `
    page *p;
  //^^^^ unknown-type: did you mean 'struct page'
    gpf_t mask;
  //^^^^^ unknown-type: did you mean 'gfp_t'
    struct mystery m;
                 //^ incomplete-type
    struct mystery *q = NULL;
    q->x = 1;
     //^ incomplete-type
    void v;
       //^ bad-type: a pointer, 'void *'
    long short t;
  //^^^^^^^^^^ bad-type`,
      );
    });
    it('words of C that are not here', () => {
      checkBody(`
    static _Thread_local int x;
         //^^^^^^^^^^^^^ unsupported-keyword: DEFINE_PER_CPU
    _Atomic int y = x;
  //^^^^^^^ unsupported-keyword: atomic_t
    __auto_type z;
  //^^^^^^^^^^^ unknown-type: only 'name = value' in a function has it
    expect(y && z);
    enum later *p;
       //^^^^^ incomplete-type: 'enum later' is not defined
    expect(p);`);
    });
    it('alignments', () => {
      check(`
static int n;
struct a { char c __aligned(3); };
//                          ^ bad-alignment: an alignment is a power of two from 1 to 4096, not 3
static int __aligned(8192) x, y;
//                   ^^^^ bad-alignment: an alignment is a power of two from 1 to 4096, not 8192
static int z __attribute__((unused, aligned(n)));
//                                          ^ not-constant: an alignment must be an integer constant
typedef int t __aligned(none);
//                      ^^^^ undeclared: 'none' is not declared
static int u __aligned(8) = 1, v __attribute__((__aligned__(16), section("s")));
typedef int wide __aligned(16);
static wide one, many[2];
     //^^^^^^^^^^^^^^^^^ bad-alignment: elements of 4 bytes cannot all be aligned to 16: 'wide'
task main { x = y + z + u + v + n + sizeof(struct a) + sizeof(t) + one + sizeof(many); }`);
    });
    it('members, with a suggestion', () => {
      const program = checkBody(
        `
    struct ring *r = &rx;
    r->lenn = 1;
     //^^^^ no-member: did you mean 'len'
    r.len = 1;
    //^^^ member-of-pointer: '->'
    rx->len = 1;
      //^^^ member-of-pointer: '.'
    rx.page->refcount.counter = 1;
           //^^^^^^^^ no-member: did you mean '_refcount'
    rx.len.x = 1;
         //^ not-a-struct`,
        RING,
      );
      const fixes = program.diagnostics.map((d) => d.fixes?.[0]?.edits[0]?.text);
      assert.deepEqual(fixes, ['len', '->', '.', '_refcount', undefined]);
      const text = program.files[0]?.text ?? '';
      const dot = program.diagnostics[1]?.fixes?.[0]?.edits[0]?.span;
      assert.equal(dot && text.slice(dot.start, dot.end), '.');
    });
    it('assignments', () => {
      checkBody(
        `
    int i; struct ring *r; struct page *p; char *s; const char *c = "x"; unsigned char *u;
    i = r;
      //^ int-conversion
    r = 5;
      //^ int-conversion
    r = 0; r = NULL; p = NULL;
    p = r;
      //^ incompatible-pointer
    s = c;
      //^ discarded-qualifier
    u = s; s = u;
    rx = i;
       //^ incompatible-types: needs 'struct ring'
    rx = *r;
    i = kfree(p);
      //^^^^^^^^ void-value
    5 = i;
  //^ not-assignable
    GFP_KERNEL = 1;
  //^^^^^^^^^^ not-assignable: a constant
    c[0] = 1;
  //^^^^ assign-const
    void *v = r; r = v;
    bool b = r; expect(b); expect(u);`,
        RING,
      );
    });
    it('address spaces', () => {
      check(`
static int get(void *to, const void __user *from, const void *kernel)
{
    copy_from_user(to, from, 4);
    copy_from_user(to, kernel, 4);
                     //^^^^^^ address-space
    return 0;
}
task main { get(NULL, NULL, NULL); }`);
    });
    it('operators', () => {
      checkBody(
        `
    int i = 1; struct page *p = NULL, *q = NULL; void *v = NULL;
    i = p * 2;
      //^^^^^ bad-operand
    i = !rx;
       //^^ bad-operand
    i = *i;
       //^ not-a-pointer
    i = p - q; i = &p[2] - p; v = v + 1;
    p = p + q;
      //^^^^^ bad-operand
    i = ~p;
       //^ bad-operand
    i = &5;
      //^^ not-an-lvalue
    if (rx) i = 1;
      //^^ bad-operand
    i = 1 / 0;
      //^^^^^ division-by-zero
    i = 1 << 32;
           //^^ shift-count: 'int' has 32
    i = p == i;
      //^^^^^^ int-conversion
    i = i();
      //^ not-a-function
    expect(q == NULL && i ? 1 : 0);`,
        RING,
      );
    });
    it('arithmetic conversions give the types of C', () => {
      const types = (arch: string) => {
        const program = check(`machine { arch = ${arch}; }
static u8 b; static unsigned int u; static int i; static long l; static unsigned long ul; static u64 q; static gfp_t g; static enum { A } e;
static struct page *p; static int arr[4];
task main { expect(b + u + i + l + ul + q + g + e + arr[0] + (p == NULL)); }`);
        return (text: string) => {
          const checked = program.checkExpression(text);
          assert.deepEqual(checked.problems, [], text);
          return checked.type ? typeName(checked.type) : '';
        };
      };
      const x64 = types('x86_64');
      const i386 = types('i386');
      const cases: [string, string, string][] = [
        ['b + b', 'int', 'int'],
        ['u + i', 'unsigned int', 'unsigned int'],
        ['u + l', 'long', 'unsigned long'],
        ['ul + l', 'unsigned long', 'unsigned long'],
        ['q + l', 'u64', 'u64'],
        ['b << 3', 'int', 'int'],
        ['g | g', 'gfp_t', 'gfp_t'],
        ['i < l', 'int', 'int'],
        ['sizeof(p)', 'unsigned long', 'unsigned int'],
        ['p - p', 'long', 'int'],
        ['p + 1', 'struct page *', 'struct page *'],
        ['arr', 'int [4]', 'int [4]'],
        ['&arr', 'int (*)[4]', 'int (*)[4]'],
        ['*p', 'struct page', 'struct page'],
        ['5000000000', 'long', 'long long'],
        ['0xffffffff', 'unsigned int', 'unsigned int'],
        ['0xffffffffff', 'long', 'long long'],
        ["'a'", 'int', 'int'],
        ['1ULL', 'unsigned long long', 'unsigned long long'],
        ['-e', 'unsigned int', 'unsigned int'],
        ['i ? p : NULL', 'struct page *', 'struct page *'],
        ['(u8)i', 'u8', 'u8'],
        ['&p->lru', 'struct list_head *', 'struct list_head *'],
      ];
      for (const [text, want64, want32] of cases) {
        assert.equal(x64(text).trim(), want64, text);
        assert.equal(i386(text).trim(), want32, text);
      }
    });
    it('#define of what is declared behind it', () => {
      check(`
        #define SIZE sizeof(struct info)
        #define TOTAL (A + HALF)
        #define HALF 4
        struct info { u32 a; u64 b; };
        enum { A = 3 };
        static_assert(SIZE == sizeof(struct info) && TOTAL == 7);`);
      check(`
        #define SIZE sizeof(struct nope)
                   //^^^^^^^^^^^^^^^^^^^ incomplete-type
        #define MORE (NOPE + 1)
                    //^^^^ undeclared`);
    });
    it('constants are folded with wrap-around', () => {
      const program = check('machine { arch = i386; }\n#define N 4\nenum { A = 3, B };\ntask main { expect(N + B); }');
      const value = (text: string) => {
        const checked = program.checkExpression(text);
        return checked.expr && checked.constantOf(checked.expr);
      };
      const cases: [string, bigint | undefined][] = [
        ['N * 2 + B', 12n],
        ['(u8)300', 44n],
        ['0xffffffff + 1', 0n],
        ['2147483647 + 1', -2147483648n],
        ['-1 < 0u', 0n],
        ['-1 >> 1', -1n],
        ['~0u', 0xffffffffn],
        ['1 ? N : 1 / 0', 4n],
        ['7 % 0', undefined],
        ['sizeof(struct page)', 40n],
        ['sizeof(int[N])', 16n],
        ['offsetof(struct page, lru)', 4n],
        ['offsetof(struct page, lru.prev)', 8n],
        ['jiffies', undefined],
        ['1ULL << 40', 1n << 40n],
        ['-7 / 2', -3n],
        ['-7 % 3', -1n],
        ["'\\xff'", -1n],
      ];
      for (const [text, want] of cases) assert.equal(value(text), want, text);
    });
  });

  describe('calls', () => {
    it('argument counts and types', () => {
      checkBody(`
    struct page *p = alloc_pages(GFP_KERNEL);
                                         //^ argument-count: takes 2 arguments, 1 is given
    __free_pages(p, 1, 2);
                     //^ argument-count
    __free_pages(5, 0);
               //^ int-conversion: argument 1 of '__free_pages' (page)
    __free_pages(&p, 0);
               //^^ incompatible-pointer
    printk("%d %d %p", 1, 2, p);
    printk();
         //^ argument-count: at least 1
    page_count(struct page);
             //^^^^^^^^^^^ unexpected-type`);
    });
    it('arguments with a syntax error are not counted too', () => {
      checkBody(`
    alloc_pages(GFP_KERNEL 0);
                         //^ expected-token: after the arguments`);
    });
    it('_Generic', () => {
      checkBody(`
    int n = 3;
    n = _Generic(n, long: 1, short: 2);
               //^ incompatible-types: no value for 'int', and no 'default'
    n = _Generic(n, int: 1, signed int: 2, default: 3, default: 4, struct q: 5);
                          //^^^^^^^^^^^^^ duplicate-case: the type 'int' appears twice
                                                     //^^^^^^^^^^ duplicate-case
                                                                 //^^^^^^^^ incomplete-type
    n = _Generic(n);
      //^^^^^^^^^^^ argument-count
    n = _Generic(n, int: nix, default: 2);
                       //^^^ undeclared`);
    });
    it('printk formats', () => {
      checkBody(`
    unsigned long l = 1; size_t z = 2; u64 q = 3; struct page *p = NULL; char c = 'x'; gfp_t gfp = GFP_KERNEL;
    printk(KERN_INFO "%d %lu %zu %llu %px %pGg %c %s %5.2s %%", 1, l, z, q, p, &gfp, c, "s", "t");
    printk("%d", l);
               //^ format: takes 4 bytes
    printk("%s", 5);
               //^ format: prints a string
    printk("%d %d", 5);
         //^^^^^^^ format: wants 2 arguments, 1 is given
    printk("%d", 5, c);
                  //^ format: takes 1 argument
    printk("%p", l);
               //^ format: prints a pointer
    printk("%k", 1);
         //^^^^ format: not a conversion`);
    });
    it('gfp masks', () => {
      checkBody(`
    kfree(kmalloc(GFP_KERNEL, sizeof(int)));
                //^^^^^^^^^^ gfp-argument: look swapped
    kfree(kmalloc(32, 16));
                    //^^ gfp-argument
    kfree(kmalloc(32, GFP_KERNEL | __GFP_ZERO));`);
    });
    it('function pointers', () => {
      checkBody(
        `
    int (*op)(int) = twice;
    struct ops o = { .fn = twice, .other = thrice };
                                         //^^^^^^ incompatible-pointer
    expect(op(1) + o.fn(2) + (*op)(3));
    op(1, 2);
        //^ argument-count
    op = &twice;
    op = main;
       //^^^^ incompatible-pointer`,
        'struct ops { int (*fn)(int); void (*other)(struct page *); };\nstatic int twice(int x) { return 2 * x; }\nstatic int thrice(int x) { return 3 * x; }',
      );
    });
    it('prototypes and definitions agree', () => {
      check(
        'static int f(int, struct page *);\nstatic int f(int a, struct page *p) { return a + page_count(p); }\ntask main { f(1, NULL); }',
      );
    });
  });

  describe('macros', () => {
    it('expand to trees with types', () => {
      const program = checkBody(
        `
    unsigned long flags;
    struct ring *r;
    static DEFINE_SPINLOCK(lock);
    LIST_HEAD(q);
    spin_lock_irqsave(&lock, flags);
    list_for_each_entry(r, &q, list) {
        if (r->len == 3)
            continue;
        break;
    }
    int m = min(min(1, 2), m);
    r = container_of(q.next, struct ring, list);
    wait_event(q, r->len > 5 && m);
    pr_info("%d %d", 1, 2);
    swap(m, r->len);
    expect(flags);`,
        RING,
      );
      assert.equal(program.globals.find((g) => g.name === 'lock')?.type.typedef, 'spinlock_t');
      const main = program.contexts[0];
      assert.ok(
        main?.locals.some((l) => l.name.startsWith('x$')),
        'hygienic locals of min()',
      );
    });
    it('nested macros with an error are expanded once each', () => {
      const depth = 25;
      const text = `task main { int x = ${'min('.repeat(depth)}1 + nothing${', 2)'.repeat(depth)}; expect(x); }`;
      const { diagnostics } = checkFiles({ path: 'a.kmem', text }, { kernelNames: testNames });
      assert.deepEqual(
        diagnostics.map((d) => d.code),
        ['undeclared'],
      );
    });
    it('types that lie in each other 5000 deep are refused where they become too deep', () => {
      const chain = (line: (i: number) => string) => Array.from({ length: 5000 }, (_, i) => line(i)).join('\n');
      const texts = {
        pointers: `typedef int t0;\n${chain((i) => `typedef t${i} *t${i + 1};`)}\nstatic t5000 x, y;`,
        arrays: `typedef int t0;\n${chain((i) => `typedef t${i} t${i + 1}[1];`)}\nstatic t5000 x, y;`,
        structures: `struct t0 { int a; };\n${chain((i) => `struct t${i + 1} { struct t${i} x; };`)}\nstatic struct t5000 x, y;`,
      };
      for (const [what, text] of Object.entries(texts)) {
        const program = checkFiles(
          { path: 'a.kmem', text: `${text}\ntask main { x = y; }` },
          { kernelNames: testNames },
        );
        const deep = program.diagnostics.filter((d) => d.code === 'nested-too-deeply');
        assert.ok(deep.length >= 1 && deep.length <= 40, `${what}: ${deep.length}`);
        assert.ok((deep[0]?.span?.start ?? 0) < 15_000, what);
      }
    });
    it('messages point at the arguments', () => {
      checkBody(
        `
    struct ring *r = container_of(&rx.list, struct ring, lisst);
                                                       //^^^^^ no-member: did you mean 'list'
    spin_lock_irqsave(rx, r);
                    //^^ incompatible-types: argument 1 of 'spin_lock_irqsave'
                        //^ int-conversion
    min(1);
  //^^^^^^ argument-count
    LIST_HED(q);
  //^^^^^^^^ undeclared-function: did you mean 'LIST_HEAD'`,
        RING,
      );
    });
  });

  describe('statements', () => {
    it('missing return', () => {
      check(`
    int a(int x) { if (x) return 1; }
                                  //^ missing-return
    int b(int x) { if (x) return 1; else return 2; }
    int c(int x) { for (;;) { if (x) return 1; } }
    int d(int x) { while (1) { if (x) break; } }
                                             //^ missing-return
    int e(int x) { switch (x) { case 1: return 1; default: return 2; } }
    int f(int x) { switch (x) { case 1: return 1; } }
                                                  //^ missing-return
    int g(int x) { goto out; out: return x; }
    int h(int x) { do { return x; } while (x); }
task main { a(1); b(1); c(1); d(1); e(1); f(1); g(1); h(1); }`);
    });
    it('jumps', () => {
      checkBody(`
    goto nowhere;
       //^^^^^^^ unknown-label
    break;
  //^^^^^^ break-outside-loop
    continue;
  //^^^^^^^^^ break-outside-loop
    case 1:
  //^^^^^^^ case-outside-switch
    switch (jiffies) {
    case 1:
    case 2 ... 4:
        break;
    case 1:
       //^ duplicate-case
        break;
    default:
        break;
    default:
  //^^^^^^^^ duplicate-case
        break;
    case jiffies:
       //^^^^^^^ not-constant
        break;
    case 4 ... 6:
       //^ duplicate-case: a value of 'case 4 ... 6' appears twice
    case 3:
       //^ duplicate-case
    case -1: case 0xffffffffffffffff:
                //^^^^^^^^^^^^^^^^^^ duplicate-case
    case 0 ... 1:
       //^ duplicate-case
    case 9 ... 8:
  //^^^^^^^^^^^^^ no-effect: the range 9 ... 8 is empty
        break;
    }
    again: again:
         //^^^^^ redefinition
    goto again;`);
    });
    it('returns', () => {
      check(
        `
static void v(void) { return 1; }
                           //^ return-value
static int i(void) { return; }
                   //^^^^^^^ missing-return
static struct page *p(void) { return 3; }
                                   //^ int-conversion: the value returned by 'p'
task main { v(); i(); p(); return; }
irq x { return 1; }
             //^ return-value: a irq`.replace('a irq', 'returns nothing'),
      );
    });
    it('statement expressions have their own names, and belong in a function', () => {
      check(`
static int x = ({ 1; });
             //^^^^^^^^ statement-expression
task main {
    int n = ({ int n = 1; int m = n; m; });
    m = n;
  //^ undeclared
    n = ({ break; 1; }) + x;
         //^^^^^^ break-outside-loop
    n = ({ if (n) n++; });
      //^^^^^^^^^^^^^^^^^ void-value
}`);
    });
    it('jumps do not go into statement expressions', () => {
      checkBody(`
    int n = ({ int m = 1; again: if (m++ < 3) goto again; if (m > 9) goto out; m; });
    goto in;
       //^^ jump-into-expression: 'in' is inside of a '({ … })'
    n = ({ in: 1; });
    switch (n) {
    case 1: n = ({ switch (n) { case 1: n = 2; } case 2: 3; });
                                               //^^^^^^^ jump-into-expression
    }
    out: expect(n);`);
    });
    it('characters', () => {
      checkBody(`
    int k = 'ab' + 'abcde' + 'a' + '\\'';
          //^^^^ multichar: 'ab' has 2 characters: its value is 24930
                 //^^^^^^^ multichar
    expect(k);
    expect('');
         //^^ bad-number: holds none
    expect(L"a" && L'x');
         //^^^^ wide-character: write it without 'L'
                 //^^^^ wide-character
    expect("\\u12");
         //^^^^^^ bad-escape: 4 hexadecimal digits`);
    });
    it('statements without effect', () => {
      checkBody(`
    int x = 1;
    x == 2;
  //^^^^^^^ no-effect
    x;
  //^^ no-effect
    __wait;
  //^^^^^^^ no-effect
    (void)x;
    x++;`);
    });
    it('arrays', () => {
      checkBody(`
    int n = 3;
    int v[n];
        //^ variable-length-array
    int a[3] = { 1, 2, 3, 4 };
                        //^ excess-initialiser
    a[4] = 1;
    //^ array-bounds: 3 elements
    int *end = &a[3];
    a = end;
  //^ not-assignable
    char s[] = "abc", t[2] = "abc";
                           //^^^^^ string-too-long
    expect(sizeof(s) == 4 && v[0] && t[0]);`);
    });
    // gcc: "arithmetic on pointer to an empty aggregate"; it accepts p++ and p < q
    it('pointers to objects of 0 bytes', () => {
      checkBody(`
    struct empty {} a[2], *p = &a[0], *q = &a[1];
    int (*r)[0] = NULL, (*s)[0] = NULL;
    long d = q - p;
           //^^^^^ bad-operand: the difference of pointers to 'struct empty', which has 0 bytes
    d = r - s;
      //^^^^^ bad-operand: has 0 bytes
    p++;
    p += 2;
    expect(p + 1 > q && d);`);
    });
  });

  describe('initialisers', () => {
    it('structs, unions, nested, designated', () => {
      check(`
struct in { int a, b; };
struct s { int x; struct in in; int arr[3]; union { int u; void *p; }; char name[8]; };
static struct s one = { 1, { 2, 3 }, { 4, 5, 6 }, { 7 }, "name" };
static struct s flat = { 1, 2, 3, 4, 5, 6, 7, "name" };
static struct s named = { .in.b = 3, .arr[1] = 2, .p = &one, .name = { 'a' } };
static struct in list[] = { [3] = { 1 }, { .b = 2 } };
    static struct s bad = { .inn = 1 };
                           //^^^ no-member: did you mean 'in'
    static struct s twice = { .x = 1, .x = 2 };
                                     //^ duplicate-initialiser
static struct s after = { .in.a = 1, 2, 3, 4, 5, 6, "name" };
static struct s elided = { .in = 1, 2, .arr = 3, 4, 5, 6, "name" };
    static struct s more = { .name[6] = 'a', 'b', 'c' };
                                                //^^^ excess-initialiser
static struct in pairs[] = { [1].a = 1, 2, 3 };
    static int number = { .x = 1 };
                        //^^^^^^ bad-initialiser
    static struct s within = { .x.y = 1, .x[0] = 2 };
                                //^ not-a-struct
                                          //^ not-a-pointer
    static struct s index = { .arr.x = 1, .in[0] = 2, .arr[3] = 1 };
                                 //^ bad-initialiser
                                            //^ bad-initialiser
                                                         //^ array-bounds
static int long_range[16000000] = { [0 ... 15999999] = 1, [5] = 2 };
    static int table[2] = { [2] = 1 };
                           //^ array-bounds
    static int *ptr = &list[1].a;
    static int dynamic = 1 + jiffies;
                       //^^^^^^^^^^^ not-constant
    static struct page *q = alloc_pages(GFP_KERNEL, 0);
                          //^^^^^^^^^^^^^^^^^^^^^^^^^^ not-constant
    static int scalar = { 1, 2 };
                           //^ bad-initialiser
task main { struct s local = one; local = (struct s){ .x = jiffies }; expect(local.x + sizeof(flat) + *ptr + sizeof(list) / sizeof(list[0])); }`);
    });
    it('an array takes its length from its initialiser', () => {
      const program = check(
        'static int a[] = { [3] = 1, 2 };\nstatic char s[] = "abc";\ntask main { expect(a[0] + s[0]); }',
      );
      assert.deepEqual(
        program.globals.map((g) => typeName(g.type, g.name)),
        ['int a[5]', 'char s[4]'],
      );
    });
  });

  describe('files and machine', () => {
    it('strings that have names in another file', () => {
      const files = {
        'names.kmem': '#define DRV "nic"\n#define UP BASE " is up\\n"\n',
        'uses.kmem': 'static char own[] = OWN;\nstatic void hello(void) { pr_info(OWN ": %s", own); }\n',
      };
      check(
        `
    #define BASE "base"
    #define OWN "own"
    #include "names.kmem"
    #include "uses.kmem"
    #define TITLE DRV ": "
    static char name[sizeof(DRV)] = DRV;
    task main {
      hello();
      pr_info(DRV ": %s\\n", name);
      pr_info(TITLE UP);
    }`,
        { files },
      );
      check(
        `
    static char name[] = DRV;
                       //^^^ undeclared
    #include "names.kmem"
    task main { pr_info("%s", name); }`,
        { files: { 'names.kmem': '#define DRV "nic"\n' } },
      );
    });
    it('includes', () => {
      const program = check(
        `
    #include "lib.kmem"
    #include "none.kmem"
           //^^^^^^^^^^^ include-not-found
task main { helper(); }`,
        { files: { 'lib.kmem': '#include "lib.kmem"\nstatic void helper(void) { }' } },
      );
      assert.deepEqual(
        program.files.map((f) => f.path),
        ['test.kmem', 'lib.kmem'],
      );
      assert.equal(program.functions[0]?.span?.file, 1);
    });
    it('the machine', () => {
      const program = check(`machine {
    arch = i386; kernel = "6.1"; memory = 1G; cpus = 4; allocator = slab; swap = 256M;
    sysctl vm.min_free_kbytes = 4096;
    sysctl vm.lowmem_reserve_ratio = 256 32 0;
    preempt = full; config KASAN = n; schedule = random(7);
    region reserved 0x9fc00-0xfffff;
}
task main on cpu 3 { }`);
      const m = program.machine;
      assert.deepEqual(
        [m.arch, m.memory, m.cpus, m.allocator, m.swap, m.preempt],
        ['i386', 2 ** 30, 4, 'slab', 2 ** 28, 'full'],
      );
      assert.deepEqual(m.sysctl, { 'vm.min_free_kbytes': [4096], 'vm.lowmem_reserve_ratio': [256, 32, 0] });
      assert.equal(m.config.KASAN, false);
      assert.deepEqual(m.schedule, { policy: 'random', seed: 7 });
      assert.deepEqual(m.regions, [{ type: 'reserved', start: 0x9fc00, end: 0xfffff }]);
      assert.equal(program.contexts[0]?.cpu, 3);
      assert.equal(program.abi.wordSize, 4);
    });
    it('nodes', () => {
      const { machine } = check(
        'machine { node 0 { memory = 512M; cpus = 0-1; } node 1 { memory = 256M; cpus = 2,3; } }\ntask main { }',
      );
      assert.equal(machine.memory, 768 * 2 ** 20);
      assert.equal(machine.cpus, 4);
      assert.deepEqual(machine.nodes[1], { id: 1, memory: 256 * 2 ** 20, cpus: [2, 3] });
    });
    it('settings the machine cannot have', () => {
      check(`machine {
    arhc = i386;
  //^^^^ bad-machine: did you mean 'arch'
    allocator = slubb;
              //^^^^^ bad-machine
    slub_debug = "FZ"; slab_nomerge;
    slub_max_order;
  //^^^^^^^^^^^^^^^ bad-machine: slub_max_order = 3
    slab_nomerg;
  //^^^^^^^^^^^ bad-machine: did you mean 'slab_nomerge'
    memory = lots;
           //^^^^ bad-machine: 512M
    cpus = 0;
         //^ bad-machine: from 1
    kernel = "2.4";
           //^^^^^ bad-machine
    sysctl vm.min_free_kbyte = 1;
         //^^^^^^^^^^^^^^^^^ unknown-sysctl: did you mean 'vm.min_free_kbytes'
    preempt = voluntary;
    preempt = full;
  //^^^^^^^ bad-machine: twice
}
task main on cpu 7 { }
               //^ bad-machine: no CPU 7`);
    });
  });

  describe('expressions over a program', () => {
    const source = `${RING}
static int f(int p) { int early = p; { int inner = early; early = inner; } int late = early; return late; }
task main { f(1); }`;
    it('see the locals of a position', () => {
      const program = check(source);
      const fn = program.functions[0];
      assert.ok(fn);
      const seen = (text: string, offset?: number) =>
        program.checkExpression(text, { function: fn, ...(offset === undefined ? {} : { offset, file: 0 }) }).problems
          .length === 0;
      const inInner = source.indexOf('early = inner');
      assert.deepEqual(
        [seen('p', inInner), seen('early', inInner), seen('inner', inInner), seen('late', inInner)],
        [true, true, true, false],
      );
      assert.deepEqual([seen('inner'), seen('late'), seen('nothing')], [true, true, false]);
      assert.equal(program.checkExpression('inner').problems[0]?.code, 'undeclared');
      assert.equal(program.diagnostics.length, 0);
    });
    it('see the tags of a position', () => {
      const text = `struct s { int a; };
static struct s g;
task main { struct s x = { 1 }; g = x; { struct s { char b; } y = { 2 }; g.a = y.b; } g.a = 0; }`;
      const program = check(text);
      const [main] = program.contexts;
      const problem = (expr: string, at: string) =>
        program.checkExpression(expr, { function: main, offset: text.indexOf(at), file: 0 }).problems[0]?.code;
      assert.equal(problem('((struct s *)0)->a', 'g = x'), undefined);
      assert.equal(problem('((struct s *)0)->b', 'g.a = y.b'), undefined);
      assert.equal(problem('((struct s *)0)->a', 'g.a = y.b'), 'no-member');
      assert.equal(problem('((struct s *)0)->a', 'g.a = 0'), undefined);
    });
    it('kernel types, casts, members, macros', () => {
      const program = check(source);
      for (const text of [
        '((struct page *)0x1000)->flags',
        'rx.page->_refcount.counter',
        'min(rx.len, 3)',
        'current->comm',
        '&rx.page->lru',
        'sizeof(struct ring)',
        'page_count(rx.page) == 1',
      ]) {
        assert.deepEqual(program.checkExpression(text).problems, [], text);
      }
      assert.equal(program.checkExpression('rx.').problems.length, 1);
      assert.equal(program.checkExpression('rx rx').problems.length, 1);
      assert.equal(program.checkExpression('').problems.length, 1);
    });
  });
});

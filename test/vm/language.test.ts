/**
 * C as the vm runs it: arithmetic at its widths, 64-bit exactness, structures, control flow. Each row is the body of a task, or a whole
 * file.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { check, checkEverywhere, load, run, source } from './scenario';

describe('vm: arithmetic', () => {
  const rows: Readonly<Record<string, string>> = {
    'int wraps': 'int x = 2147483647; x++; expect(x == -2147483647 - 1); x = x - 1; expect(x == 2147483647);',
    'unsigned wraps': 'unsigned int x = 0; x--; expect(x == 4294967295U); expect(x + 1 == 0);',
    'multiplication wraps':
      'unsigned int a = 0x12345678, b = 0x9abcdef1; expect(a * b == 0x366176f8U); int c = 0x7fffffff; expect(c * c == 1);',
    'narrow types':
      'unsigned char c = 255; c++; expect(c == 0); signed char s = 127; s++; expect(s == -128); short h = 32767; h += 2; expect(h == -32767); u16 w = 0; w--; expect(w == 65535);',
    'promotion of char':
      'unsigned char c = 200; expect(c + c == 400); expect((unsigned char)(c + c) == 144); expect(~c == -201);',
    'division and remainder':
      'expect(-7 / 2 == -3); expect(-7 % 2 == -1); expect(7 / -2 == -3); expect(7 % -2 == 1); unsigned int u = 0x80000000U; expect(u / 3 == 715827882U);',
    'mixed signedness': 'int i = -1; unsigned int u = 1; expect(i > u); expect((long long)i < (long long)u);',
    shifts:
      'expect(1 << 4 == 16); expect(-16 >> 2 == -4); unsigned int u = 0xf0000000U; expect(u >> 28 == 15); expect((u << 1) == 0xe0000000U);',
    bits: 'expect((0xff00 & 0x0ff0) == 0xf00); expect((0xff00 | 0xff) == 0xffff); expect((0xff ^ 0xf) == 0xf0); expect(~0 == -1); expect(~0U == 0xffffffffU);',
    'bit-fields are promoted by their width':
      'struct b { u32 a : 5; s32 c : 7; u64 d : 20; u32 e : 32; } x = { .a = 1, .d = 1, .e = 1 }; expect(x.a - 2 < 0); expect(~x.a == -2); expect(-x.a < 0); expect((x.a ? x.a : x.d) - 2 < 0); expect(x.d - 2 < 0); expect(x.e - 2 > 0); x.a = 31; expect(x.a << 27 < 0); x.a *= -1; expect(x.a == 1);',
    bool: 'bool b = 5; expect(b == 1); b = 0; expect(!b); b = 256; expect(b); expect(sizeof(bool) == 1);',
    'u64 exact':
      'u64 x = 0xffffffffffffffffULL; expect(x + 1 == 0); x = 0x8000000000000001ULL; expect(x * 3 == 0x8000000000000003ULL); expect((x >> 1) == 0x4000000000000000ULL); expect(x % 10 == 9);',
    's64 exact':
      's64 x = 0x7fffffffffffffffLL; x++; expect(x < 0); expect(x == -0x7fffffffffffffffLL - 1); expect(x / 2 == -0x4000000000000000LL); expect((x >> 60) == -8);',
    '64 and 32 bits':
      'u64 x = 1ULL << 40; u32 lo = x; expect(lo == 0); lo = x >> 32; expect(lo == 256); int i = -1; u64 y = i; expect(y == 0xffffffffffffffffULL); u64 z = (u32)i; expect(z == 0xffffffffULL);',
    'u64 multiplication beyond 2^53':
      'u64 a = 0x1fffffffffffffULL, b = 0x1fffffffffffffULL; expect(a * b == 0xffc0000000000001ULL);',
    'u64 division':
      'u64 a = 0xfedcba9876543210ULL; expect(a / 0x123456789ULL == 0xe0000000ULL); expect(a / 16 == 0x0fedcba987654321ULL); expect(a % 16 == 0);',
    'compound assignment':
      'int x = 5; x += 3; x -= 1; x *= 4; x /= 2; x %= 9; x <<= 3; x >>= 1; x |= 1; x &= 0x1d; x ^= 3; expect(x == 22); u8 c = 250; c += 10; expect(c == 4);',
    increments: 'int i = 3; expect(i++ == 3); expect(++i == 5); expect(i-- == 5); expect(--i == 3);',
    'conditional and logic':
      'int a = 0, b = 3; expect((a ? 1 : 2) == 2); expect((b ?: 7) == 3); expect((a ?: 7) == 7); expect(!(a && b)); expect(a || b); int n = 0; a && n++; expect(n == 0); b && n++; expect(n == 1); b || n++; expect(n == 1);',
    'character constants': "expect('A' == 65); expect('\\n' == 10); expect('\\x41' == 'A'); expect(sizeof('a') == 4);",
    // figures of gcc; it warns of each of them
    'character constants of several characters':
      "expect('ab' == 24930); expect('abcd' == 1633837924); expect('abcde' == 1650680933); expect('\\xff\\xfe' == 65534); expect('\\xff\\xfe\\xfd\\xfc' == -66052); expect('é' == 50089); expect('\\xff' == -1); expect(sizeof('ab') == 4);",
    comma: 'int i, j; for (i = 0, j = 10; i < j; i++, j--) ; expect(i == 5 && j == 5);',
  };
  for (const [name, body] of Object.entries(rows)) it(name, () => checkEverywhere(body));

  it('random 64-bit operations are those of C', () => {
    const seed = 20251;
    const u64 = fc.oneof(
      fc.bigInt(0n, 2n ** 64n - 1n),
      fc.bigInt(0n, 300n),
      fc.bigInt(2n ** 53n - 3n, 2n ** 53n + 3n),
      fc.bigInt(2n ** 63n - 3n, 2n ** 63n + 3n),
      fc.bigInt(2n ** 32n - 3n, 2n ** 32n + 3n),
    );
    const m = (v: bigint) => BigInt.asUintN(64, v);
    const s = (v: bigint) => BigInt.asIntN(64, v);
    const cases = fc.sample(fc.tuple(u64, u64), { numRuns: 60, seed });
    const hex = (v: bigint) => `0x${v.toString(16)}ULL`;
    const lines = cases.flatMap(([a, b]) => {
      const n = b & 63n;
      const set = [
        `a = ${hex(a)}; b = ${hex(b)}; c = a; d = b;`,
        `expect(a + b == ${hex(m(a + b))}); expect(a - b == ${hex(m(a - b))}); expect(a * b == ${hex(m(a * b))}); expect((a & b) == ${hex(a & b)}); expect((a | b) == ${hex(a | b)}); expect((a ^ b) == ${hex(a ^ b)});`,
        `expect(~a == ${hex(m(~a))}); expect(-a == ${hex(m(-a))}); expect(a << ${n} == ${hex(m(a << n))}); expect(a >> ${n} == ${hex(a >> n)}); expect((a < b) == ${a < b ? 1 : 0}); expect((c < d) == ${s(a) < s(b) ? 1 : 0});`,
        `expect((u64)(c >> ${n}) == ${hex(m(s(a) >> n))}); expect((u32)a == ${a & 0xffffffffn}U); expect((int)a == (int)${Number(BigInt.asIntN(32, a))}LL);`,
      ];
      if (b !== 0n) set.push(`expect(a / b == ${hex(a / b)}); expect(a % b == ${hex(a % b)});`);
      if (b !== 0n && !(s(b) === -1n && s(a) === -(2n ** 63n)))
        set.push(`expect((u64)(c / d) == ${hex(m(s(a) / s(b)))}); expect((u64)(c % d) == ${hex(m(s(a) % s(b)))});`);
      return set;
    });
    for (const arch of ['x86_64', 'i386'] as const)
      check(`u64 a, b; s64 c, d; ${lines.join('\n')}`, {}, { arch, maxSteps: 100000 });
  });
});

describe('vm: objects', () => {
  const rows: Readonly<Record<string, string>> = {
    'struct members':
      'struct p { int x; char c; long y; }; task main { struct p a; a.x = 1; a.c = 2; a.y = 3; struct p b = a; a.x = 9; expect(b.x == 1 && b.c == 2 && b.y == 3); struct p *q = &a; expect(q->x == 9); q->y = -5; expect(a.y == -5); }',
    'nested and arrays':
      'struct in { short v[3]; }; struct out { struct in a[2]; int n; }; task main { struct out o = { .n = 3, .a = { [1] = { { 1, 2, 3 } } } }; expect(o.a[0].v[2] == 0); expect(o.a[1].v[2] == 3); o.a[0] = o.a[1]; expect(o.a[0].v[1] == 2); int i = 1; o.a[i].v[i + 1] = 77; expect(o.a[1].v[2] == 77); }',
    union:
      'union u { u32 w; u8 b[4]; struct { u16 lo, hi; }; }; task main { union u x; x.w = 0x12345678; expect(x.b[0] == 0x78 && x.b[3] == 0x12 && x.hi == 0x1234); x.lo = 1; expect(x.w == 0x12340001); }',
    'bit-fields':
      'struct f { unsigned int a : 3; int b : 5; unsigned int c : 24; u64 d : 40; }; task main { struct f x = { 0 }; x.a = 9; expect(x.a == 1); x.b = -3; expect(x.b == -3); x.b = 16; expect(x.b == -16); x.c = 0xffffff; expect(x.a == 1 && x.c == 0xffffff); x.d = 0x123456789aULL; expect(x.d == 0x123456789aULL); x.a++; expect(x.a == 2); expect((x.a = 15) == 7); x.c += 1; expect(x.c == 0); }',
    pointers:
      'int a[5] = { 1, 2, 3, 4, 5 }; task main { int *p = a; expect(*p == 1); p += 2; expect(*p == 3); expect(p - a == 2); expect(p[-1] == 2); expect(*(a + 4) == 5); expect(4[a] == 5); p = &a[4]; expect(p > a && a < p); *p++ = 50; expect(a[4] == 50 && p == a + 5); int **pp = &p; *pp = a; expect(p == a); }',
    'differences of constant pointers':
      'static long d = (int *)8 - (int *)0; static char at[(short *)6 - (short *)2]; task main { expect(d == 2); expect((int *)0 - (int *)8 == -2); expect(sizeof(at) == 2); expect((void *)5 - (void *)2 == 3); expect(!(0 == (void *)0x10000)); }',
    'pointer to struct in array':
      'struct s { int k; struct s *next; }; static struct s n[3]; task main { int i; for (i = 0; i < 3; i++) { n[i].k = i; n[i].next = i < 2 ? &n[i + 1] : NULL; } int sum = 0; struct s *p; for (p = n; p; p = p->next) sum += p->k; expect(sum == 3); expect(n[1].next - n == 2); }',
    'function pointers':
      'static int add(int a, int b) { return a + b; } static int sub(int a, int b) { return a - b; } struct ops { int (*op)(int, int); const char *name; }; static const struct ops table[] = { { add, "add" }, { .op = sub, .name = "sub" } }; task main { expect(table[0].op(5, 3) == 8); expect(table[1].op(5, 3) == 2); int (*f)(int, int) = add; f = f == add ? sub : add; expect(f(1, 1) == 0); expect((*f)(3, 1) == 2); expect(strcmp(table[1].name, "sub") == 0); expect(f != NULL); }',
    'struct by value':
      'struct big { long a[4]; int n; }; static struct big make(int n) { struct big b = { .n = n }; b.a[3] = n * 2; return b; } static long use(struct big b) { b.n++; return b.a[3] + b.n; } task main { struct big x = make(5); expect(x.a[3] == 10 && x.a[0] == 0); expect(use(x) == 16); expect(x.n == 5); expect(make(7).a[3] == 14); expect(use(make(1)) == 4); }',
    recursion:
      'static int fib(int n) { if (n < 2) return n; return fib(n - 1) + fib(n - 2); } task main { expect(fib(10) == 55); }',
    'mutual recursion':
      'static int odd(int n); static int even(int n) { return n == 0 ? 1 : odd(n - 1); } static int odd(int n) { return n == 0 ? 0 : even(n - 1); } task main { expect(even(10) && !odd(10)); }',
    'static locals':
      'static int next(void) { static int n = 5; return n++; } static int other(void) { static int n; return ++n; } task main { expect(next() == 5); expect(next() == 6); expect(other() == 1); expect(next() == 7); }',
    'compound literals':
      'struct p { int x, y; }; static int sum(const struct p *q) { return q->x + q->y; } static struct p g = (struct p){ 3, 4 }; static int *list = (int[]){ 7, 8, 9 }; task main { expect(sum(&(struct p){ 1, 2 }) == 3); struct p a; a = (struct p){ .y = 5 }; expect(a.x == 0 && a.y == 5); expect(g.y == 4); expect(list[2] == 9); }',
    'designated initialisers':
      'static int a[8] = { [2] = 5, 6, [6 ... 7] = 1 }; static char s[] = "hey"; static char t[8] = "ab"; static const char *names[] = { "x", [2] = "z" }; task main { expect(a[0] == 0 && a[2] == 5 && a[3] == 6 && a[7] == 1); expect(sizeof(s) == 4 && s[3] == 0); expect(t[1] == \'b\' && t[7] == 0); expect(names[1] == NULL && names[2][0] == \'z\'); expect(ARRAY_SIZE(a) == 8); }',
    'globals with addresses':
      'struct n { struct n *self; int *v; }; static int v = 3; static struct n x = { &x, &v }; task main { expect(x.self == &x); expect(*x.self->v == 3); }',
    'enum and typedef':
      'enum color { RED, GREEN = 5, BLUE }; typedef unsigned int word; typedef struct { word w; } boxed; task main { enum color c = BLUE; expect(c == 6); boxed b = { GREEN }; expect(b.w == 5); expect(sizeof(word) == 4); }',
    'local arrays and strings':
      'task main { char buf[16]; int n = snprintf(buf, sizeof(buf), "%d-%s", 42, "ab"); expect(n == 5); expect(strcmp(buf, "42-ab") == 0); char c[3] = "xy"; expect(c[2] == 0); u8 z[4] = { 1 }; expect(z[0] == 1 && z[3] == 0); }',
    'strings in UTF-8':
      'static const char s[] = u8"\u00e9\\u00e9" u8"b" "c"; task main { expect(sizeof(s) == 7 && (u8)s[0] == 0xc3 && s[1] == s[3]); u8 x = 1; expect(x == 1 && s[5] == 99); expect("\\U0001f600"[3] == (char)0x80); }',
    __func__:
      'static const char *where(void) { return __func__; } static void twice(void) { { expect(__func__[0] == 116); } expect(sizeof(__func__) == 6 && __FUNCTION__ == __func__); expect(where() == where()); } task main { twice(); expect(strcmp(__func__, "main") == 0); expect(strcmp(where(), "where") == 0); }',
    'tags of blocks':
      'struct s { int a; }; union w { int a; }; task main { struct s x = { 1 }; { struct s { char b[3]; } y = { "ab" }; expect(sizeof(y) == 3); { struct s { long c; }; expect(sizeof(struct s) == sizeof(long)); } struct s *q = &y; expect(sizeof(struct s) == 3 && q->b[0] == 97); } expect(sizeof(struct s) == 4 && x.a == 1); struct t; struct t *p; struct t { int v; } z = { 5 }; p = &z; expect(p->v == 5); { struct s; struct s *f; struct s { short h; } g = { 7 }; f = &g; expect(f->h == 7 && sizeof(*f) == 2); } { enum e { A = 3 }; enum e v = A; { enum e { B = 4 }; enum e w = B; expect(w == 4 && v == 3); } } { struct w { short q[5]; }; expect(sizeof(struct w) == 10); } for (struct s { int i; } k = { 0 }; k.i < 1; k.i++) { struct s { char c; }; expect(sizeof(struct s) == 1); } }',
    _Generic:
      'static int f(int n) { return n * 2; } task main { int n = 3; const char *cs = "x"; char buf[4]; unsigned long ul = 1; struct page *pg = NULL; expect(_Generic(n, int: 1, default: 2) == 1); expect(_Generic(cs, char *: 1, const char *: 2) == 2); expect(_Generic(buf, char *: 1, const char *: 2) == 1); expect(_Generic(ul, int: 1, long: 2, unsigned long: f(5)) == 10); expect(_Generic(pg, default: 7, struct zone *: 1) == 7); expect(_Generic((char)97, signed char: 1, char: 2) == 2); expect(_Generic(f(n++), int: n) == 3); _Generic(n, int: n, default: ul) = 9; expect(n == 9); int arr[_Generic(n, int: 5, default: 6)]; expect(sizeof(arr) == 20); }',
    // figures of gcc
    'comparisons of types':
      'typedef int t; task main { const char *c = "x"; const int k = 1; int n = k; expect(__builtin_types_compatible_p(int, unsigned int) == 0 && __builtin_types_compatible_p(t, const int)); expect(__builtin_types_compatible_p(char *, const char *) == 0 && __builtin_types_compatible_p(int[2], int[])); expect(__same_type(n, k) && __same_type(c, const char *) && !__same_type(c[0], (unsigned char)n)); char only[__same_type(n, int) ? 3 : 4]; expect(sizeof(only) == 3); }',
    'statements of macro loops that begin with an operator':
      'static int a[4]; static LIST_HEAD(l); struct e { struct list_head n; int v; }; task main { int i, cpu; struct e one = { .v = 1 }, *x; unsigned long m = 5; list_add(&one.n, &l); for_each_possible_cpu(cpu) *(&a[0] + cpu) = cpu + 1; for_each_set_bit(i, &m, 4) (a[i])++; for_each_possible_cpu(cpu) --a[cpu]; for_each_possible_cpu(cpu) ++*(&a[cpu]); list_for_each_entry(x, &l, n) *&x->v = 3; for_each_possible_cpu(cpu) (void)a[cpu]; expect(a[0] == 2 && a[2] == 1 && one.v == 3); }',
    'statement expressions':
      'static int f(int n) { return n * 2; } task main { int n = 9; expect(({ int q = 4; q * 2; }) == 8 && ({ int q = 3; q * q; }) == 9); int m = ({ int s = 0; for (int i = 0; i < 4; i++) { if (i == 2) continue; s += f(i); } s; }); expect(m == 8); expect(n == 9 && ({ n++; n > 3 ? f(n) : 0; }) == 20); while (({ n--; n > 3; })) if (n == 5) break; expect(n == 5); int n2 = ({ int n = 1; { int n = 2; m = n; } n; }); expect(n2 == 1 && m == 2); struct p { int x, y; } v = ({ struct p a = { 1, 2 }; a.y = f(a.y); a; }); expect(v.y == 4); ({ if (n) goto out; }); expect(0); out: expect(max(({ f(3); }), 2) == 6); ({ f(3); }); ({ ; }); expect(0 || ({ int z = f(1); switch (z) { case 2: z = 5; } z; }) == 5); }',
    // sizes, types and signs are gcc's
    'enumerations take the integer type that holds them': `enum a { A = 300 }; enum b { B = -1 }; enum c { C = 0x80000000, C2 = 1 }; enum d { D = -1, D2 = 0x80000000 }; enum e { E = 0x100000000LL, E2 = 2 }; enum __packed g { G, G2 = 255 }; enum h { H = -1, H2 = 127 } __packed; enum i { I = 256 } __attribute__((packed)); enum j { J = -129 } __packed; enum l { L = 0x100000000LL } __packed; struct bits { enum a x : 3; enum a y : 32; }; task main { expect(sizeof(enum a) == 4 && (enum a)-1 > 0 && (enum b)-1 < 0); expect(sizeof(C) == 4 && C > 0 && _Generic(C2, int: 1, default: 0)); expect(sizeof(enum d) == 8 && sizeof(D2) == 8 && D < D2 && _Generic(D, int: 1, default: 0)); expect(sizeof(enum e) == 8 && E2 < E && sizeof(E2) == 4 && _Generic((enum e)0, unsigned long: 1, u64: 1, default: 0)); expect(sizeof(enum g) == 1 && sizeof(enum h) == 1 && sizeof(enum i) == 2 && sizeof(enum j) == 2 && sizeof(enum l) == 8); enum g g = G2; g++; expect(g == G); enum h h = H2; h++; expect(h == -128); enum e e = E; e |= 1; expect(e == 0x100000001ULL); struct { char x; enum g y; enum i z; } s = { 1, G2, I }; expect(sizeof(s) == 4 && s.z == 256 && s.y == 255); struct bits v = { 1, 1 }; expect(v.x - 8 < 0 && v.y - 8 > 0); expect(_Alignof(enum e) == _Alignof(u64)); }`,
    'types from values':
      'task main { __auto_type x = 3ULL; expect(sizeof(x) == 8); const __auto_type y = x; __auto_type z = y; z = 4; expect(z == 4); char b[3]; __auto_type p = b; expect(sizeof(p) == sizeof(void *)); expect(sizeof (int){ 1 } == 4 && sizeof (short[]){ 1, 2, 3 } == 6); }',
    multidimensional:
      'static int m[3][4]; task main { int i, j; for (i = 0; i < 3; i++) for (j = 0; j < 4; j++) m[i][j] = i * 10 + j; expect(m[2][3] == 23); int (*row)[4] = &m[1]; expect((*row)[2] == 12); expect(sizeof(m) == 48 && sizeof(m[0]) == 16); int *flat = &m[0][0]; expect(flat[7] == 13); }',
    'container_of and lists':
      'struct item { int v; struct list_head link; }; static LIST_HEAD(q); static struct item it[3]; task main { int i, sum = 0; struct item *p, *n; for (i = 0; i < 3; i++) { it[i].v = i + 1; list_add_tail(&it[i].link, &q); } list_for_each_entry(p, &q, link) sum = sum * 10 + p->v; expect(sum == 123); list_for_each_entry_safe(p, n, &q, link) if (p->v == 2) list_del(&p->link); expect(list_count_nodes(&q) == 2); expect(list_first_entry(&q, struct item, link)->v == 1); }',
    'call in conditions':
      'static int n; static int inc(void) { return ++n; } task main { if (inc() && inc() > 5) expect(0); expect(n == 2); int x = inc() > 2 ? inc() * 10 : inc(); expect(x == 40 && n == 4); while (inc() < 8) ; expect(n == 8); expect(inc() == 9 || inc()); expect(n == 9); int a[12]; a[inc()] = 5; expect(a[10] == 5); int m; for (m = inc(), inc(); m < 12; m = inc(), n += 0) ; expect(m == 13); }',
    'arguments with calls':
      'static int twice(int x) { return 2 * x; } static int sum3(int a, int b, int c) { return a + 10 * b + 100 * c; } task main { expect(sum3(twice(1), twice(2), twice(twice(1))) == 442); int x = twice(twice(twice(1))) + twice(1); expect(x == 10); }',
    'min max clamp':
      'task main { expect(min(3, 5) == 3); expect(max(3, 5) == 5); expect(clamp(9, 1, 5) == 5); int a = 1, b = 2; swap(a, b); expect(a == 2 && b == 1); expect(min_t(unsigned int, -1, 5) == 5); }',
    'poison is exact':
      'struct list_head e, h; task main { INIT_LIST_HEAD(&h); list_add(&e, &h); list_del(&e); if (sizeof(long) == 8) { expect((unsigned long)e.next == 0xdead000000000100UL); expect((unsigned long)e.prev == 0xdead000000000122UL); } else { expect((unsigned long)e.next == 0x100); } void *p = e.next; e.prev = p; expect(e.prev == e.next); }',
    'any pointer pattern':
      'task main { u64 v = 0xdead000000000122ULL; unsigned long l = (unsigned long)v; void *p = (void *)l; expect((unsigned long)p == l); p = (char *)p + 1; expect((unsigned long)p == l + 1); }',
    'offsetof and sizeof':
      'struct s { char a; int b; u64 c; }; task main { expect(offsetof(struct s, b) == 4); expect(sizeof(struct page) == (sizeof(long) == 8 ? 64 : 40)); struct s x; expect(sizeof x.c == 8); int n = 1; expect(sizeof(n++) == 4); expect(n == 1); }',
  };
  for (const [name, text] of Object.entries(rows)) it(name, () => checkEverywhere(text));
  it('a bit-field that is written leaves its neighbours as they are', () => {
    checkEverywhere(
      'struct f { unsigned int a : 3; int b : 5; unsigned int c : 24; u64 d : 20; u64 e : 30; s64 g : 14; }; static struct f s; task main { struct f x, *p = &x; x.a = 5; x.b = -7; x.c = 0xabcdef; x.d = 0x98765; x.e = 0x2bcdef01; x.g = -1234; x.b = 3; x.b = 9; expect(x.a == 5 && x.b == 9 && x.c == 0xabcdef); x.e = 1; expect(x.d == 0x98765 && x.e == 1 && x.g == -1234); p->d = 2; expect(x.d == 2 && x.e == 1 && x.g == -1234); s = x; s.a = 1; s.g = 77; expect(s.a == 1 && s.b == 9 && s.c == 0xabcdef && s.d == 2 && s.e == 1 && s.g == 77); }',
    );
  });
  it('bit-fields are promoted to int', () => {
    checkEverywhere(
      'struct f { unsigned int a : 3; unsigned int b : 32; u64 c : 20; }; task main { struct f x = { 1, 1, 1 }; expect(-1 < x.a); expect(x.a - 2 < 0); expect(-1 > x.b); expect(-1 < x.c); expect(-x.a < 0); expect(~x.a == -2); }',
    );
  });
  it('a pointer in a wider integer is extended with its sign, as by gcc -m32', () => {
    const body =
      'static u64 g = (u64)(void *)0xc0001000UL; static int array[2]; task main { void *p = (void *)0xc0001000UL; expect(g == HIGH); expect((u64)p == HIGH); expect((s64)p < 0 == WIDE); expect((u64)(void *)0xc0001000UL == HIGH); expect((u64)array >> 32 == 0xffffffff); expect((u64)(unsigned long)p == 0xc0001000ULL); expect((char *)p > (char *)1); u64 x; x = (u64)p; expect(x == HIGH); expect((unsigned long)p == 0xc0001000UL); }';
    const on = (high: string, wide: string) => body.replaceAll('HIGH', high).replaceAll('WIDE', wide);
    check(on('0xffffffffc0001000ULL', '1'), {}, { arch: 'i386' });
    check(on('0xc0001000ULL', '0'), {}, { arch: 'x86_64' });
  });
  it('the program stops at the statements of a ({ … })', () => {
    const text = source('task main { int n = ({ int m = 1; m++; m; }); expect(n == 2 && min(n, 3) == 2); }');
    const { compiled } = load(text);
    assert.deepEqual(
      compiled.statements.map(({ span }) => text.slice(span.start, span.end)),
      ['n = ({ int m = 1; m++; m; })', 'm = 1', 'm++;', 'm', 'expect(n == 2 && min(n, 3) == 2);'],
    );
  });
  it('uninitialised locals hold what the stack held', () => {
    check(
      'static int set(void) { int a = 77; return a; } static int get(void) { int b; return b; } task main { set(); expect(get() == 77); }',
    );
  });
});

/** Figures of gcc 12 (`gcc -O0 -fwrapv`, with `-m32 -ffreestanding` too). Each row is tested for a global and for a local. */
describe('vm: initialisers', () => {
  const types =
    'struct pt { int x, y; }; struct nest { struct pt a; int z; }; struct deep { struct nest n[2]; int e; }; struct arr { int a[3]; int b; }; union un { int i; long long l; struct { long long p; int q; } s; }; struct an { struct { int x, y; }; int z; }; struct anu { union { int x; struct { char p, q; }; }; int z; }; struct bf { u32 a : 3; u32 b : 5; };';
  /** the object, and the ints in it (bytes, of one of char) */
  const rows: Readonly<Record<string, readonly [object: string, holds: readonly number[]]>> = {
    'a structure of a range is replaced': [
      'struct pt v[4] = { [0 ... 3] = { .x = 1, .y = 2 }, [2] = { .y = 5 } }',
      [1, 2, 1, 2, 0, 5, 1, 2],
    ],
    'an array is replaced': ['struct arr v = { .a = { 1, 2, 3 }, .a = { 4 } }', [4, 0, 0, 0]],
    'a part is replaced': ['struct arr v = { .a = { 1, 2, 3 }, .a[1] = 9 }', [1, 9, 3, 0]],
    'a part is lost with the whole': ['struct nest v = { .a.y = 5, 6, .a = { 1 } }', [1, 0, 6]],
    'a string is replaced by one that is shorter': [
      'char v[2][4] = { [0 ... 1] = "lon", [0] = "a" }',
      [97, 0, 0, 0, 108, 111, 110, 0],
    ],
    'a string is replaced by characters': ['char v[1][4] = { "lon", [0] = { \'a\' } }', [97, 0, 0, 0]],
    'a character of a string is replaced': ['char v[1][4] = { "lon", [0][1] = \'x\' }', [108, 120, 110, 0]],
    'a member of a union replaces another': ['union un v = { .l = 0x1122334455667788LL, .i = 1 }', [1, 0]],
    'a part of a member replaces another': ['union un v = { .i = 1, .s.q = 2 }', [0, 0, 2]],
    'an anonymous structure in a union stays': ['struct anu v = { .p = 1, .q = 2, 3 }', [0x201, 3]],
    'and is replaced by its neighbour': ['struct anu v = { .q = 2, .x = 1 }', [1, 0]],
    'a bit-field is replaced': ['struct bf v = { .a = 7, .b = 31, .a = 1 }', [0xf9]],
    'the next item follows a nested field': ['struct nest v = { .a.x = 1, 2, 3 }', [1, 2, 3]],
    'and a nested element': ['int v[2][3] = { [0][1] = 5, 6, 7 }', [0, 5, 6, 7, 0, 0]],
    'and a member of an anonymous structure': ['struct an v = { .x = 1, 2, 3 }', [1, 2, 3]],
    'and the last field of a structure': ['struct deep v = { .n[0].a.y = 1, 2, 3, 4, 5, 6 }', [0, 1, 2, 3, 4, 5, 6]],
    'and a structure in braces': ['struct deep v = { .n[1].a = { 1, 2 }, 3, 4 }', [0, 0, 0, 1, 2, 3, 4]],
    'and what a nested item left': ['struct pt v[3] = { [1] = { 1, 2 }, [0].x = 7, 8, 9 }', [7, 8, 9, 2, 0, 0]],
    'and the last element of a range': ['struct nest v[3] = { [0 ... 1].a.y = 4, 5, 6 }', [0, 4, 0, 0, 4, 5, 6, 0, 0]],
    'braces after a designator may be left out': ['struct pt v[2] = { [0] = 1, 2, 3 }', [1, 2, 3, 0]],
    'also after a range': ['struct pt v[4] = { [0 ... 2] = 1, 2, 3 }', [1, 0, 1, 0, 1, 2, 3, 0]],
    'a range in a range': ['int v[2][3] = { [0 ... 1][0 ... 1] = 4, 6 }', [4, 4, 0, 4, 4, 6]],
    'a range in the middle of another': ['int v[5] = { [0 ... 4] = 1, [1 ... 3] = 2, [2] = 3 }', [1, 2, 3, 2, 1]],
    'the length is that of the highest index': ['struct pt v[] = { [1].x = 1, 2, 3 }', [0, 0, 1, 2, 3, 0]],
  };
  for (const [name, [object, holds]] of Object.entries(rows))
    it(name, () => {
      const unit = object.startsWith('char') ? 'u8' : 'int';
      const expects = holds.map((n, i) => `expect(((${unit} *)&v)[${i}] == ${n});`).join(' ');
      checkEverywhere(`${types} static ${object}; task main { ${expects} }`);
      checkEverywhere(
        `${types} static void dirty(void) { u8 d[200]; memset(d, 0x55, 200); } task main { dirty(); ${object}; ${expects} }`,
      );
    });
  it('only values that stay are evaluated, and those of a range once', () => {
    const f =
      'static int n; static int f(void) { return ++n; } struct pt { int x, y; }; struct nest { struct pt a; int z; };';
    const bodies = [
      'int i = 5; int b[3] = { [0 ... 2] = i++ }; expect(b[0] == 5 && b[1] == 5 && b[2] == 5 && i == 6);',
      'int b[3] = { [0 ... 2] = f(), [1] = 7 }; expect(b[0] == 1 && b[1] == 7 && b[2] == 1 && n == 1);',
      'int i = 5; struct pt b[2] = { [0 ... 1] = { i++, i++ } }; expect(b[0].x == 5 && b[1].x == 5 && b[1].y == 6 && i == 7);',
      'struct pt b[3] = { [0 ... 2] = (struct pt){ f(), f() } }; expect(b[0].x == 1 && b[2].x == 1 && b[2].y == 2 && n == 2);',
      'struct bf { u32 a : 3, b : 5; } b[2] = { [0 ... 1].b = f() }; expect(b[0].b == 1 && b[1].b == 1 && b[1].a == 0 && n == 1);',
      'int m = 0; struct pt b = { .x = m++, .y = m++, .x = m++ }; expect(b.x == 0 && b.y == 1 && m == 2);',
      'struct pt b = { .y = f(), .x = f(), .y = f() }; expect(b.x == 1 && b.y == 2 && n == 2);',
      'struct pt p = { 3, 4 }; struct nest b = { .a = p, .a.y = 7, 9 }; expect(b.a.x == 0 && b.a.y == 7 && b.z == 9);',
      'struct pt p = { 3, 4 }; struct nest b = { .a = p, 9 }; expect(b.a.x == 3 && b.a.y == 4 && b.z == 9);',
    ];
    for (const body of bodies) checkEverywhere(`${f} task main { ${body} }`);
  });
});

describe('vm: calls through pointers', () => {
  const before =
    'typedef int (*op)(int); static int d(int x) { return 2 * x; } static int e(int x) { return 3 * x; } static int n; static int next(void) { return n++; } static op get(void) { return d; } struct ops { op f; op (*get)(void); }; static struct ops o = { d, get }; static struct ops *get_ops(void) { return &o; } static op tab[2] = { d, e }; static int two(int a, int b) { return a * 10 + b; } static int (*pick(int i))(int, int) { return two; }';
  const rows: readonly string[] = [
    'get_ops()->f(4) == 8',
    'pick(1)(5, 6) == 56',
    'tab[next()](4) == 8 && tab[next()](4) == 12 && n == 2',
    'o.get()(4) == 8',
    'get_ops()->get()(4) == 8',
    '(next() ? d : e)(4) == 12',
    '(*get())(4) == 8',
    'get()(get()(get()(1))) == 8',
    'tab[next()](next()) == 2',
  ];
  for (const row of rows) it(row, () => checkEverywhere(`${before} task main { expect(${row}); }`));
  it('as statements', () =>
    checkEverywhere(`${before} task main { get_ops()->f(4); tab[next()](1); expect(n == 1); }`));
  it('a function of the kernel', () =>
    checkEverywhere(
      'struct s { struct page *(*alloc)(gfp_t, unsigned int); }; static struct s s = { alloc_pages }; static struct s *get(void) { return &s; } task main { struct page *p = get()->alloc(GFP_KERNEL, 0); expect(p != NULL); __free_pages(p, 0); }',
    ));
  it('a null pointer', () =>
    check('typedef void (*op)(void); static op get(void) { return NULL; } task main { get()(); }', {
      reports: ['BUG: kernel NULL pointer dereference, address: 0000000000000000'],
    }));
});

describe('vm: control flow', () => {
  const rows: Readonly<Record<string, string>> = {
    'if else': 'int x = 3, r = 0; if (x > 5) r = 1; else if (x > 2) r = 2; else r = 3; expect(r == 2);',
    'while, break, continue':
      'int i = 0, sum = 0; while (1) { i++; if (i == 3) continue; if (i > 5) break; sum += i; } expect(sum == 1 + 2 + 4 + 5);',
    'do while':
      'int n = 0; do n++; while (n < 3); expect(n == 3); do { n = 100; if (n) continue; n = 0; } while (0); expect(n == 100);',
    for: 'int s = 0; for (int i = 0; i < 4; i++) { if (i == 1) continue; s += i; } expect(s == 5); int k = 0; for (;;) { if (++k == 4) break; } expect(k == 4);',
    'nested loops':
      'int n = 0; for (int i = 0; i < 3; i++) for (int j = 0; j < 3; j++) { if (j == 2) break; n++; } expect(n == 6);',
    switch:
      'int r = 0; for (int i = 0; i < 6; i++) switch (i) { case 0: r += 1; break; case 1: r += 10; case 2: r += 100; break; case 3 ... 4: r += 1000; break; default: r += 10000; } expect(r == 12211);',
    'switch without a match':
      'int r = 7; switch (r) { case 1: r = 0; } expect(r == 7); switch (r) { default: r = 1; break; case 2: r = 2; } expect(r == 1);',
    'switch on 64 bits':
      'u64 v = 0x100000001ULL; int r = 0; switch (v) { case 1: r = 1; break; case 0x100000001ULL: r = 2; break; } expect(r == 2);',
    goto: 'int n = 0; again: n++; if (n < 3) goto again; expect(n == 3); goto out; n = 100; out: expect(n == 3);',
    'goto out of loops':
      'int i, j = 0; for (i = 0; i < 5; i++) for (j = 0; j < 5; j++) if (i * j == 6) goto found; found: expect(i == 2 && j == 3);',
    'labels are part of the statement that they are on':
      'static int f(int n) { if (n) out: n += 10; return n; goto out; } static int g(int n) { while (n < 5) l: n++; return n; goto l; } static int h(int n) { switch (n) case 1: n = 7; return n; } static int k(int n) { if (n) ; else l: return 8; return 9; goto l; } static int m(int n) { if (n) l: n = 3; else n = 4; return n; goto l; } static int w(int n) { do l: n++; while (n < 5); return n; goto l; } static int two(int n) { for (int i = 0; i < 3; i++) a: b: n++; return n; goto a; goto b; } static int all(int n) { switch (n) case 1: case 2 ... 4: default: n = 7; return n; } static int in(int n) { if (n > 5) goto in; if (n) { in: n += 100; } else if (n == 0) deep: n = 50; if (n == 106) goto deep; return n; } task main { expect(f(0) == 0 && f(1) == 11); expect(g(0) == 5 && g(9) == 9); expect(h(1) == 7 && h(2) == 2); expect(k(0) == 8 && k(1) == 9); expect(m(0) == 4 && m(1) == 3); expect(w(0) == 5 && w(9) == 10); expect(two(0) == 3); expect(all(0) == 7 && all(1) == 7); expect(in(0) == 50 && in(1) == 101 && in(6) == 50); }',
    'ranges of cases have the type of the value':
      'static int a(unsigned int n) { switch (n) { case -1: return 1; case 5 ... 10: return 2; default: return 3; } } static int b(int n) { switch (n) { case 0 ... 0xfffff: return 1; case -100 ... -1: return 2; default: return 3; } } static int e(u64 n) { switch (n) { case 0 ... 0x7fffffffffffffffULL: return 1; case 0xfffffffffffffff0ULL ... 0xffffffffffffffffULL: return 2; default: return 3; } } static int h(unsigned int n) { switch (n) { case -10 ... -1: return 1; default: return 2; } } task main { expect(a(-1) == 1 && a(7) == 2 && a(11) == 3); expect(b(0xfffff) == 1 && b(0x100000) == 3 && b(-100) == 2); expect(e(-1) == 2 && e(5) == 1 && e(1ULL << 63) == 3); expect(h(-3) == 1 && h(3) == 2); }',
    shadowing: 'int x = 1; { int x = 2; expect(x == 2); { int x = 3; expect(x == 3); } } expect(x == 1);',
    'return in the middle': 'int n = 1; if (n) { expect(n == 1); return; } expect(0);',
  };
  for (const [name, body] of Object.entries(rows)) it(name, () => checkEverywhere(body));
});

describe('vm: refused programs', () => {
  it('functions that are only known', () => {
    assert.throws(
      () => run('void *p; task main { p = devm_kzalloc(NULL, 10, GFP_KERNEL); expect(1); }'),
      /'devm_kzalloc' cannot be run yet/,
    );
  });
  it('user memory', () => {
    assert.throws(() => run('process p { mmap(0, 4096); }'), /'mmap' cannot be run yet/);
  });
  it('a machine that does not boot, variables that are too large', () => {
    assert.throws(() => run('machine { memory = 16M; } task main { expect(1); }'), /memory = 16M is too small/);
    assert.throws(
      () => run('static char big[64 << 20]; task main { big[0] = 1; expect(1); }'),
      /'big' takes 67108864 bytes/,
    );
  });
  it('unknown inputs', () => {
    assert.throws(
      () => run('extern int n; task main { expect(n == 0); }', { set: { m: 1n } }),
      /no input 'm'; inputs are n/,
    );
    const ran = run('extern int n; task main { expect(n == 5); }', { set: { n: 5n } });
    assert.equal(ran.passed, 1);
  });
  it('values of inputs that do not fit are refused, not cut', () => {
    const set = (type: string, n: bigint) => () =>
      run(`extern ${type} n; task main { printk("%llx", (u64)n); }`, { set: { n } });
    for (const [type, n] of [
      ['int', 1n << 32n],
      ['int', -(1n << 31n) - 1n],
      ['u8', 256n],
      ['u64', 1n << 64n],
    ] as const)
      assert.throws(set(type, n), new RegExp(`${n} does not fit into the input 'n', `));
    for (const [type, n] of [
      ['int', 0xffffffffn],
      ['u8', -1n],
      ['bool', 700n],
      ['u64', (1n << 64n) - 1n],
    ] as const)
      assert.equal(set(type, n)().status, 'ended');
  });
  it('a function that is never called is not compiled', () => {
    check('static void *unused(void) { return kmalloc(4, GFP_KERNEL); } task main { expect(1); }');
  });
});

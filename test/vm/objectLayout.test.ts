/**
 * Where objects and their members lie, and which bytes an access touches. Figures are those of gcc 12 (`-O0 -fwrapv`, `-m32 -ffreestanding`).
 */
import { check, checkEverywhere } from './scenario';

/** `sizes` maps a type or expression to its size on x86_64 and on i386. */
function checkSizes(types: string, sizes: Readonly<Record<string, readonly [number, number]>>): void {
  const expects = (i: 0 | 1) =>
    Object.entries(sizes).map(
      ([what, size]) => `expect(${/^(offsetof|\()/.test(what) ? what : `sizeof(${what})`} == ${size[i]}, "${what}");`,
    );
  check(`${types} task main { ${expects(0).join(' ')} }`, {}, { arch: 'x86_64' });
  for (const arch of ['i386', 'i386_pae'] as const)
    check(`${types} task main { ${expects(1).join(' ')} }`, {}, { arch });
}

describe('vm: layout of objects', () => {
  it('bit-fields of 64-bit types', () =>
    checkSizes(
      'struct a { u32 a:3; u64 c:40; s64 d:35; }; struct b { u64 a:20; u64 b:50; }; struct c { u8 p; u64 a:60; }; struct d { u32 x; u64 a:33; u32 b:5; }; struct e { s64 a:33; s8 c; }; struct f { u32 a:3; u64 :0; u8 c; };',
      {
        'struct a': [16, 12],
        'struct b': [16, 12],
        'struct c': [16, 12],
        'struct d': [16, 12],
        'struct e': [8, 8],
        'struct f': [12, 8],
        'offsetof(struct f, c)': [8, 4],
      },
    ));
  it('packed bit-fields', () =>
    checkSizes(
      'struct a { u32 a:3; u32 b:30; u8 c; } __packed; struct b { u8 a:3; u16 b:10; u32 c:27; u64 d:40; u8 e; } __packed; struct c { u8 c; u32 d:20; } __packed; struct d { u8 a; u32 :0; u8 b; } __packed; struct e { u8 a; u64 :0; } __packed; struct f { u16 a:9; u16 b:4 __aligned(1); } __packed; struct g { u8 a:3; u32 :0; };',
      {
        'struct a': [6, 6],
        'struct b': [11, 11],
        'struct c': [4, 4],
        'struct d': [5, 5],
        'struct e': [8, 4],
        'struct f': [3, 3],
        'struct g': [4, 4],
      },
    ));
  it('64-bit bit-fields hold their bits', () => {
    checkEverywhere(
      'struct a { u32 a:3; u64 c:40; s64 d:35; }; struct b { u64 a:20; u64 b:50; }; static struct a g = { 5, 0x123456789aULL, -3 }; task main { struct a l = g; expect(l.a == 5 && l.c == 0x123456789aULL && l.d == -3); l.c = 0; expect(l.a == 5 && l.d == -3); l.d = 0x3ffffffff; expect(l.a == 5 && l.c == 0 && l.d == 0x3ffffffff); struct b b = { 0xabcde, 0x2bcdef0123456ULL }; expect(b.a == 0xabcde && b.b == 0x2bcdef0123456ULL); b.b = 1; expect(b.a == 0xabcde); }',
    );
  });
  it('packed bit-fields of 5 and 9 bytes hold their bits', () => {
    checkEverywhere(
      'struct a { u32 a:3; u32 b:30; u8 c; } __packed; struct b { u8 a:3; u64 b:63; s64 c:62; u8 d:3; u32 e:20; } __packed; static struct a g = { 5, 0x2aaaaaaa, 0x77 }; task main { u8 *w = (u8 *)&g; expect(g.a == 5 && g.b == 0x2aaaaaaa && g.c == 0x77 && w[3] == 0x55 && w[4] == 1 && w[5] == 0x77); g.b = 0x15555555; expect(g.a == 5 && g.b == 0x15555555 && g.c == 0x77); struct b l = { 6, 0x7123456789abcdefULL, -5, 5, 0xfedcb }; expect(sizeof(l) == 19 && l.a == 6 && l.b == 0x7123456789abcdefULL && l.c == -5 && l.d == 5 && l.e == 0xfedcb); l.b = 1; expect(l.a == 6 && l.c == -5); l.c = 1; expect(l.b == 1 && l.d == 5); l.e = 0x12345; expect(l.d == 5 && l.e == 0x12345); l.e++; l.b--; l.c -= 3; expect(l.a == 6 && l.b == 0 && l.c == -2 && l.d == 5 && l.e == 0x12346); }',
    );
  });
  it('a bit-field is accessed by its own bytes only', () => {
    const pages =
      'struct page *p = alloc_pages(GFP_KERNEL, 1); u8 *v = page_address(p); split_page(p, 1); __free_page(p + 1);';
    check(
      `struct c { u8 c; u32 d:20; } __packed; struct d { u64 a:9; } __packed; task main { ${pages} struct c *c = (struct c *)(v + 4092); c->d = 0xabcde; expect(c->d == 0xabcde); struct d *d = (struct d *)(v + 4094); d->a = 0x1ff; expect(d->a++ == 0x1ff && d->a == 0); }`,
    );
    check(
      `struct d { u32 x; u64 a:33; u32 b:5; }; task main { struct d *d = (struct d *)(high_memory - 12); d->b = 21; d->a = 0x1ffffffffULL; expect(d->b == 21 && d->a == 0x1ffffffffULL); }`,
      {},
      { arch: 'i386' },
    );
  });
  it('packed locals are what they are, and so are their neighbours', () => {
    checkEverywhere(
      'struct P { u8 a; u32 b; u16 c; u64 d; s16 e; s64 f; s32 g; } __packed; static int through(struct P *p) { return p->a + p->c; } task main { u32 before = 0x01020304; struct P p = { 1, 0x11223344, 5, 0x5566778899aabbccULL, -7, -8, -9 }; u32 after = 0x05060708; expect(p.a == 1 && p.b == 0x11223344 && p.c == 5 && p.d == 0x5566778899aabbccULL && p.e == -7 && p.f == -8 && p.g == -9); expect(through(&p) == 6); p.b = 0; p.d = 0; p.f = 0; expect(p.a == 1 && p.c == 5 && p.e == -7 && p.g == -9 && p.b == 0 && p.d == 0 && p.f == 0); p.c++; p.e--; p.g += 2; expect(p.a == 1 && p.b == 0 && p.c == 6 && p.d == 0 && p.e == -8 && p.f == 0 && p.g == -7 && before == 0x01020304 && after == 0x05060708); }',
    );
  });
});

describe('vm: attributes of layout', () => {
  it('alignment of members', () =>
    checkSizes(
      'enum { N = 32 }; struct a { char c; char d __attribute__((aligned(16))); }; struct b { char c; char d __aligned(N); }; struct c { char c; int d ____cacheline_aligned_in_smp; }; struct d { char c; u64 d __attribute__((aligned(8))); }; struct e { char c; _Alignas(8) char d; }; struct f { char c; _Alignas(long) char d; }; struct g { char c; char d __attribute__((aligned)); }; struct h { char c; int d __aligned(1); }; struct i { char a; int __aligned(32) b, c; char d; }; struct j { char c; int *d __aligned(16); char e; }; struct k { char c; int *__aligned(16) d, *e; }; struct l { char a; int b, c __aligned(16), d; }; struct m { char c; u32 b:3 __aligned(8); u32 d:4; }; struct n { char c; struct { u64 x; } d __aligned(8); }; union o { char c; u64 d __aligned(16); }; struct p { char c; char d __aligned(sizeof(long)); }; struct q { struct b b; char c; }; enum z { Z } __aligned(16); struct r { char c; enum z z; };',
      {
        'struct a': [32, 32],
        'struct b': [64, 64],
        'struct c': [128, 128],
        'struct d': [16, 16],
        'offsetof(struct d, d)': [8, 8],
        'struct e': [16, 16],
        'struct f': [16, 8],
        'struct g': [32, 32],
        'struct h': [8, 8],
        'struct i': [96, 96],
        'offsetof(struct i, c)': [64, 64],
        'offsetof(struct i, d)': [68, 68],
        'struct j': [32, 32],
        'offsetof(struct j, e)': [24, 20],
        'struct k': [32, 32],
        'offsetof(struct k, e)': [24, 20],
        'struct l': [32, 32],
        'offsetof(struct l, b)': [4, 4],
        'offsetof(struct l, d)': [20, 20],
        'struct m': [16, 16],
        'struct n': [16, 16],
        'union o': [16, 16],
        'struct p': [16, 8],
        'struct q': [96, 96],
        'struct r': [8, 8],
      },
    ));
  it('packed members', () =>
    checkSizes(
      'struct a { char c; int d __packed; }; struct b { char c; short d __attribute__((packed, aligned(2))); int e __packed, f; }; struct c { char c; int d __aligned(2); int e; } __packed; struct d { char c; u32 b:30 __packed; u32 d:4; }; struct __aligned(64) e { char c; }; struct f { char c; struct e d; }; struct g { char c; struct e d; } __packed; struct h { char c; int d; } __packed __aligned(4);',
      {
        'struct a': [5, 5],
        'offsetof(struct b, d)': [2, 2],
        'offsetof(struct b, e)': [4, 4],
        'struct b': [12, 12],
        'struct c': [10, 10],
        'struct d': [8, 8],
        'struct f': [128, 128],
        'struct g': [65, 65],
        'struct h': [8, 8],
      },
    ));
  it('typedefs', () =>
    checkSizes(
      'typedef int i16 __aligned(16); typedef int i2 __aligned(2); typedef u64 __aligned(1) loose; typedef struct { char c; } r8 __aligned(8); typedef char *p16 __aligned(16); typedef char a8[3] __aligned(8); struct a { char c; i16 d; }; struct b { char c; i2 d; }; struct c { char c; loose d; }; struct d { char c; r8 d; char e; }; struct e { char c; p16 d; char e; }; struct f { char c; a8 d; char e; }; struct g { char c; i16 d; } __packed; struct h { char c; const i16 d; };',
      {
        i16: [4, 4],
        r8: [1, 1],
        '(_Alignof(i16))': [16, 16],
        '(_Alignof(r8))': [8, 8],
        '(_Alignof(loose))': [1, 1],
        'struct a': [32, 32],
        'struct b': [6, 6],
        'struct c': [9, 9],
        'struct d': [16, 16],
        'offsetof(struct d, e)': [9, 9],
        'struct e': [32, 32],
        'struct f': [16, 16],
        'struct g': [5, 5],
        'struct h': [32, 32],
      },
    ));
  it('variables: static, per CPU, local, in every frame', () => {
    checkEverywhere(
      'struct s { char c; } __aligned(64); static char a, b __aligned(128), c; static int *__aligned(64) p; static DEFINE_PER_CPU(struct s, v); static int depth(int n) { char c __aligned(64) = n, d = 1; char e __aligned(256) = 2; struct s s = { 3 }; _Alignas(32) char f[3]; static int g __aligned(512); f[2] = 4; expect(((unsigned long)&c & 63) == 0 && ((unsigned long)&e & 255) == 0 && ((unsigned long)&s & 63) == 0 && ((unsigned long)f & 31) == 0 && ((unsigned long)&g & 511) == 0); int below = n ? depth(n - 1) : 0; return below + c + d + e + s.c + f[2]; } static struct s by_value(struct s x, int n) { expect(((unsigned long)&x & 63) == 0); x.c += n; return x; } task main { struct s l = { 9 }; expect(((unsigned long)&b & 127) == 0 && ((unsigned long)&p & 63) == 0 && &a != &c); expect(((unsigned long)&l & 63) == 0 && ((unsigned long)raw_cpu_ptr(&v) & 63) == 0); expect(depth(0) == 10); expect(depth(3) == 46); expect(by_value(l, 3).c == 12 && l.c == 9); }',
    );
  });
});

describe('vm: widths of bit-fields and enumerations', () => {
  const BITS =
    'struct bf { u64 c:40; s64 d:35; u64 e:32; u64 f:63; u32 a:3; }; task main { struct bf s = { 0xffffffffffULL, -1, 0xffffffff, ~0ULL, 7 };';
  const rows: Readonly<Record<string, string>> = {
    'a bit-field that is wider than int is computed in its width':
      's.c + 1 == 0; ~s.c == 0; -s.c == 1; s.c << 4 == 0xfffffffff0ULL; s.c * 2 == 0xfffffffffeULL; s.c + s.c == 0xfffffffffeULL; (s.c << 4) >> 4 == 0xfffffffffULL; s.f + 1 == 0; s.f << 1 == 0x7ffffffffffffffeULL; s.d - 1 == -2; s.d << 33 < 0; ~s.d == 0; s.c > -1 == 0; s.c == -1',
    'with a wider operand, in that':
      's.c + 1ULL == 0x10000000000ULL; (u64)s.c + 1 == 0x10000000000ULL; s.c + s.f == 0xfffffffffeULL; s.c + s.d == 0xfffffffffeULL; s.d + 1ULL == 0',
    'one of 32 bits is an unsigned int':
      's.e + 1 == 0; s.e << 8 == 0xffffff00; s.e * 2 == 0xfffffffe; sizeof(s.e + 1) == 4',
    'the value of an assignment has its width':
      '(s.a = 1) - 2 < 0; (s.c = 0xffffffffffULL) + 1 == 0; s.c-- - 5 == 0xfffffffffaULL; ++s.c + 1 == 0; (s.c += 1) == 0; (s.d = 0x3ffffffffLL) + 1 < 0; (s.e = 0xffffffff) + 1 == 0',
    'the size is that of the type': 'sizeof(s.c + 1) == 8; sizeof(-s.d) == 8; sizeof(s.a + 1) == 4',
  };
  for (const [name, conditions] of Object.entries(rows))
    it(name, () =>
      checkEverywhere(
        `${BITS} ${conditions
          .split('; ')
          .map((c) => `expect(${c});`)
          .join(' ')} }`,
      ),
    );

  it('an enum with a constant that needs more than 32 bits has 8 bytes', () => {
    const types =
      'enum Y { YA = 1ULL << 40, YB = 5 }; enum Z { ZA = -1, ZB = 0x80000000 }; enum W { WA = 0xffffffff }; enum V { VA = -1, VB = 1LL << 62, VC }; struct y { char c; enum Y y; };';
    checkSizes(types, {
      'enum Y': [8, 8],
      'enum Z': [8, 8],
      'enum W': [4, 4],
      'enum V': [8, 8],
      YA: [8, 8],
      YB: [4, 4],
      ZA: [4, 4],
      ZB: [8, 8],
      WA: [4, 4],
      'struct y': [16, 12],
    });
    checkEverywhere(
      `${types} static struct y g = { 1, YA }; task main { enum Y y = YA; enum Z z = ZB; enum V v = VC; expect(y == YA && y == 1ULL << 40 && -y > 0 && y + 1 == 0x10000000001ULL); y++; expect(y == 0x10000000001ULL && g.y == YA && g.c == 1); expect(z == 0x80000000LL && ZA < ZB && z - ZB == 0 && -z < 0); z = ZA; expect(z < 0 && z == -1); expect(v == (1LL << 62) + 1 && VA < v); switch (g.y) { case YB: expect(0); break; case YA: expect(1); break; default: expect(0); } }`,
    );
  });
  it('a bit-field of an enum is promoted by its width', () => {
    checkEverywhere(
      'enum E { A, B = 7 }; struct s { enum E e:3; enum E f; }; task main { struct s s = { B, B }; expect(s.e - 8 < 0); expect(s.f - 8 > 0); }',
    );
  });
});

/** Atomic variables, reference counts, bits, logarithms of the API: values, on every machine. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { check, checkEverywhere, run } from './scenario';

const family = (prefix: string, type: string) => `
${prefix}_t v;
task main {
    ${type} old;
    ${prefix}_set(&v, 5); expect(${prefix}_read(&v) == 5);
    ${prefix}_add(3, &v); expect(${prefix}_read(&v) == 8);
    ${prefix}_sub(10, &v); expect(${prefix}_read(&v) == -2);
    ${prefix}_inc(&v); expect(${prefix}_read(&v) == -1);
    ${prefix}_dec(&v); expect(${prefix}_read(&v) == -2);
    ${prefix}_and(0xff, &v); expect(${prefix}_read(&v) == 0xfe);
    ${prefix}_or(1, &v); expect(${prefix}_read(&v) == 0xff);
    ${prefix}_xor(0xf0, &v); expect(${prefix}_read(&v) == 0x0f);
    expect(${prefix}_add_return(1, &v) == 16); expect(${prefix}_sub_return(6, &v) == 10);
    expect(${prefix}_inc_return(&v) == 11); expect(${prefix}_dec_return(&v) == 10);
    expect(${prefix}_fetch_add(2, &v) == 10); expect(${prefix}_fetch_sub(1, &v) == 12);
    expect(${prefix}_fetch_or(4, &v) == 11); expect(${prefix}_fetch_and(7, &v) == 15);
    expect(${prefix}_fetch_inc(&v) == 7); expect(${prefix}_fetch_dec(&v) == 8); expect(${prefix}_read(&v) == 7);
    expect(${prefix}_fetch_add_unless(&v, 1, 7) == 7); expect(${prefix}_fetch_add_unless(&v, 1, 0) == 7); expect(${prefix}_read(&v) == 8);
    ${prefix}_set(&v, -1); expect(${prefix}_inc_and_test(&v)); expect(!${prefix}_inc_and_test(&v));
    expect(${prefix}_dec_and_test(&v)); expect(!${prefix}_dec_and_test(&v));
    ${prefix}_set(&v, 4); expect(!${prefix}_sub_and_test(3, &v)); expect(${prefix}_sub_and_test(1, &v));
    expect(${prefix}_add_negative(-1, &v)); expect(!${prefix}_add_negative(1, &v));
    expect(!${prefix}_add_unless(&v, 1, 0)); expect(!${prefix}_inc_not_zero(&v)); ${prefix}_set(&v, 1); expect(${prefix}_inc_not_zero(&v));
    expect(${prefix}_dec_if_positive(&v) == 1); expect(${prefix}_dec_if_positive(&v) == 0); expect(${prefix}_dec_if_positive(&v) == -1); expect(${prefix}_read(&v) == 0);
    expect(${prefix}_xchg(&v, 9) == 0); expect(${prefix}_cmpxchg(&v, 1, 2) == 9); expect(${prefix}_cmpxchg(&v, 9, 2) == 9); expect(${prefix}_read(&v) == 2);
    old = 7; expect(!${prefix}_try_cmpxchg(&v, &old, 3)); expect(old == 2); expect(${prefix}_try_cmpxchg(&v, &old, 3)); expect(${prefix}_read(&v) == 3);
}`;

describe('atomic variables', () => {
  it('atomic_t', () => checkEverywhere(family('atomic', 'int')));
  it('atomic_long_t', () => checkEverywhere(family('atomic_long', 'long')));
  it('atomic64_t', () => checkEverywhere(family('atomic64', 's64')));
  it('wrap at their width, 64 bits exact', () => {
    checkEverywhere(
      'atomic_t v = ATOMIC_INIT(0x7fffffff); expect(atomic_inc_return(&v) == (int)0x80000000); expect(atomic_read(&v) < 0);',
    );
    checkEverywhere(
      'atomic64_t v = ATOMIC64_INIT(0x7fffffffffffffffLL); expect(atomic64_fetch_add(2, &v) == 0x7fffffffffffffffLL); expect(atomic64_read(&v) == -0x7fffffffffffffffLL);',
    );
    check(
      'atomic_long_t v = ATOMIC_LONG_INIT(0x7fffffff); atomic_long_inc(&v); expect(atomic_long_read(&v) == 0x80000000L);',
    );
    check(
      'atomic_long_t v = ATOMIC_LONG_INIT(0x7fffffff); atomic_long_inc(&v); expect(atomic_long_read(&v) < 0);',
      {},
      { arch: 'i386' },
    );
    checkEverywhere(
      'atomic64_t v = ATOMIC64_INIT(0x123456789abcdefLL); atomic64_xor(0xffffffffffffffffULL, &v); expect(atomic64_read(&v) == ~0x123456789abcdefLL); expect(atomic64_cmpxchg(&v, ~0x123456789abcdefLL, 1) == ~0x123456789abcdefLL); expect(atomic64_read(&v) == 1);',
    );
  });
  it('cmpxchg, xchg, try_cmpxchg of any variable', () =>
    checkEverywhere(
      'unsigned long x = 5, e = 4; expect(cmpxchg(&x, 5, 6) == 5); expect(x == 6); expect(xchg(&x, 1) == 6); expect(!try_cmpxchg(&x, &e, 2)); expect(e == 1); expect(try_cmpxchg(&x, &e, 2)); expect(x == 2);',
    ));
  it('through NULL', () =>
    void check('atomic_inc((atomic_t *)NULL);', {
      reports: [
        'BUG: KASAN: null-ptr-deref in main',
        'BUG: kernel NULL pointer dereference, address: 0000000000000000',
      ],
      detail: 'Write of size 4 at addr 0000000000000000',
    }));
});

describe('reference counts', () => {
  const cases: Record<string, string> = {
    'set, read, inc, dec':
      'refcount_t r; refcount_set(&r, 1); refcount_inc(&r); refcount_add(2, &r); expect(refcount_read(&r) == 4); refcount_dec(&r); expect(!refcount_dec_and_test(&r)); expect(!refcount_sub_and_test(1, &r)); expect(refcount_dec_and_test(&r)); expect(refcount_read(&r) == 0);',
    'not zero':
      'refcount_t r = REFCOUNT_INIT(1); expect(refcount_inc_not_zero(&r)); expect(refcount_add_not_zero(3, &r)); expect(refcount_read(&r) == 5); refcount_set(&r, 0); expect(!refcount_inc_not_zero(&r)); expect(!refcount_add_not_zero(1, &r)); expect(refcount_read(&r) == 0);',
    'the last one':
      'refcount_t r = REFCOUNT_INIT(2); expect(!refcount_dec_if_one(&r)); expect(refcount_dec_not_one(&r)); expect(!refcount_dec_not_one(&r)); expect(refcount_dec_if_one(&r)); expect(refcount_read(&r) == 0);',
    kref: 'struct kref k; kref_init(&k); kref_get(&k); expect(kref_read(&k) == 2); expect(!refcount_dec_and_test(&k.refcount)); expect(kref_get_unless_zero(&k));',
  };
  for (const [name, text] of Object.entries(cases)) it(name, () => checkEverywhere(text));
  it('kref_put calls release once, for the last', () =>
    checkEverywhere(
      'struct obj { int freed; struct kref ref; }; static struct obj o; static void gone(struct kref *k) { container_of(k, struct obj, ref)->freed++; } task main { kref_init(&o.ref); kref_get(&o.ref); expect(kref_put(&o.ref, gone) == 0); expect(o.freed == 0); expect(kref_put(&o.ref, gone) == 1); expect(o.freed == 1); }',
    ));
  const warns = (name: string, text: string, detail: string) =>
    it(`${name}: ${detail}`, () => checkEverywhere(text, { reports: [detail], detail: 'at lib/refcount.c:' }));
  warns(
    'inc from 0',
    'refcount_t r = REFCOUNT_INIT(0); refcount_inc(&r); expect((int)refcount_read(&r) == -0x40000000);',
    'refcount_t: addition on 0; use-after-free.',
  );
  warns(
    'dec to 0',
    'refcount_t r = REFCOUNT_INIT(1); refcount_dec(&r); expect((int)refcount_read(&r) == -0x40000000);',
    'refcount_t: decrement hit 0; leaking memory.',
  );
  warns(
    'below 0',
    'refcount_t r = REFCOUNT_INIT(0); expect(!refcount_dec_and_test(&r)); expect((int)refcount_read(&r) == -0x40000000);',
    'refcount_t: underflow; use-after-free.',
  );
  warns(
    'above INT_MAX',
    'refcount_t r = REFCOUNT_INIT(0x7fffffff); refcount_inc(&r); expect((int)refcount_read(&r) == -0x40000000);',
    'refcount_t: saturated; leaking memory.',
  );
  warns(
    'dec_not_one of 0',
    'refcount_t r = REFCOUNT_INIT(0); expect(refcount_dec_not_one(&r)); expect(refcount_read(&r) == 0);',
    'refcount_t: underflow; use-after-free.',
  );
});

describe('bits and bitmaps', () => {
  const cases: Record<string, string> = {
    'set, clear, change, test':
      'unsigned long b[4] = { 0 }; set_bit(3, b); set_bit(70, b); expect(test_bit(70, b)); expect(b[0] == 8); clear_bit(3, b); expect(b[0] == 0); change_bit(0, b); expect(b[0] == 1); change_bit(0, b); expect(b[0] == 0); __set_bit(1, b); expect(b[0] == 2); __clear_bit(1, b); expect(!test_bit(1, b));',
    'test and':
      'unsigned long b = 0; expect(!test_and_set_bit(5, &b)); expect(test_and_set_bit(5, &b)); expect(test_and_clear_bit(5, &b)); expect(!test_and_clear_bit(5, &b)); expect(!test_and_change_bit(5, &b)); expect(test_and_change_bit(5, &b)); expect(b == 0);',
    'the last bit of a long':
      'unsigned long b[2] = { 0 }; set_bit(BITS_PER_LONG - 1, b); expect((long)b[0] < 0); set_bit(BITS_PER_LONG, b); expect(b[1] == 1);',
    find: 'DECLARE_BITMAP(b, 100); bitmap_zero(b, 100); expect(find_first_bit(b, 100) == 100); set_bit(40, b); set_bit(99, b); expect(find_first_bit(b, 100) == 40); expect(find_next_bit(b, 100, 41) == 99); expect(find_next_bit(b, 100, 100) == 100); expect(find_first_bit(b, 40) == 40); expect(find_first_zero_bit(b, 100) == 0); expect(find_next_zero_bit(b, 100, 40) == 41); expect(bitmap_weight(b, 100) == 2); expect(bitmap_weight(b, 99) == 1);',
    'all ones':
      'DECLARE_BITMAP(b, 70); bitmap_fill(b, 70); expect(find_first_zero_bit(b, 70) == 70); expect(bitmap_weight(b, 70) == 70); expect(b[0] == ~0UL); expect(b[1] == ~0UL);',
    for_each_set_bit:
      'unsigned long b = 0x8005; unsigned long bit; int sum = 0; for_each_set_bit(bit, &b, 16) sum += bit; expect(sum == 17);',
    'ffs, fls':
      'expect(ffs(0) == 0); expect(ffs(1) == 1); expect(ffs(0x80000000) == 32); expect(fls(0) == 0); expect(fls(1) == 1); expect(fls(0x80000000) == 32); expect(fls64(0) == 0); expect(fls64(1ULL << 63) == 64); expect(fls64(0x100000000ULL) == 33); expect(fls64(0xffffffffULL) == 32); expect(fls_long(8) == 4);',
    '__ffs, __fls, ffz':
      'expect(__ffs(8) == 3); expect(__fls(8) == 3); expect(__fls(~0UL) == BITS_PER_LONG - 1); expect(__ffs(1UL << (BITS_PER_LONG - 1)) == BITS_PER_LONG - 1); expect(ffz(0) == 0); expect(ffz(7) == 3); expect(ffz(~0UL >> 1) == BITS_PER_LONG - 1);',
    weights:
      'expect(hweight32(0) == 0); expect(hweight32(0xffffffff) == 32); expect(hweight32(0x80000001) == 2); expect(hweight64(0xffffffffffffffffULL) == 64); expect(hweight64(0x8000000100000000ULL) == 2); expect(hweight_long(~0UL) == BITS_PER_LONG);',
    'roots and logarithms':
      'expect(int_sqrt(0) == 0); expect(int_sqrt(15) == 3); expect(int_sqrt(16) == 4); expect(int_sqrt(0xffffffffUL) == 65535); expect(ilog2(1) == 0); expect(ilog2(4097) == 12); expect(ilog2(1ULL << 40) == 40); expect(order_base_2(0) == 0); expect(order_base_2(1) == 0); expect(order_base_2(2) == 1); expect(order_base_2(5) == 3); expect(order_base_2(8) == 3);',
    'powers of two':
      'expect(roundup_pow_of_two(1) == 1); expect(roundup_pow_of_two(5) == 8); expect(roundup_pow_of_two(0x40000001UL) == 0x80000000UL); expect(rounddown_pow_of_two(5) == 4); expect(rounddown_pow_of_two(8) == 8); expect(is_power_of_2(8)); expect(!is_power_of_2(0)); expect(!is_power_of_2(6));',
  };
  for (const [name, text] of Object.entries(cases)) it(name, () => checkEverywhere(text));
  it('64-bit longs', () =>
    void check(
      'expect(int_sqrt(~0UL) == 4294967295UL); expect(int_sqrt(0x3fffffffffffffffUL) == 0x7fffffff); expect(int_sqrt(4503599761588225UL) == 67108865); expect(int_sqrt(4503599761588224UL) == 67108864); expect(roundup_pow_of_two((1UL << 62) + 1) == 1UL << 63); expect(rounddown_pow_of_two(~0UL) == 1UL << 63); expect(order_base_2(~0UL) == 64); expect(fls_long(1UL << 63) == 64);',
    ));

  it('property: like the sums on big integers', () => {
    const seed = 20261121;
    const value = fc.bigInt(0n, (1n << 64n) - 1n);
    const steps = fc.array(fc.tuple(fc.constantFrom('add', 'sub', 'and', 'or', 'xor'), value), {
      minLength: 4,
      maxLength: 12,
    });
    fc.assert(
      fc.property(steps, value, (list, start) => {
        const wrap = (x: bigint) => BigInt.asIntN(64, x);
        let now = wrap(start);
        const text = [`atomic64_t v; atomic64_set(&v, 0x${start.toString(16)}ULL);`];
        for (const [op, x] of list) {
          const by = wrap(x);
          now = wrap(
            op === 'add'
              ? now + by
              : op === 'sub'
                ? now - by
                : op === 'and'
                  ? now & by
                  : op === 'or'
                    ? now | by
                    : now ^ by,
          );
          text.push(
            `atomic64_${op}(0x${x.toString(16)}ULL, &v); expect((u64)atomic64_read(&v) == 0x${BigInt.asUintN(64, now).toString(16)}ULL);`,
          );
        }
        const bits = BigInt.asUintN(64, now);
        text.push(`expect(hweight64(atomic64_read(&v)) == ${[...bits.toString(2)].filter((c) => c === '1').length});`);
        text.push(`expect(fls64(atomic64_read(&v)) == ${bits === 0n ? 0 : bits.toString(2).length});`);
        const ran = run(text.join(' '), { arch: 'i386' });
        assert.equal(ran.failed, 0, text.join('\n'));
        assert.equal(ran.passed, list.length + 2);
      }),
      { seed, numRuns: 25 },
    );
  });
});

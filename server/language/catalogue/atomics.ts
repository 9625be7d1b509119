// biome-ignore-all format: a table, one row per entry
/** Atomic variables, reference counts, bits and barriers: include/linux/atomic/, refcount.h, kref.h, bitops.h, 6.1. */
import type { ApiEntry } from './form/entry';
import { byGfp, counts, type Detail, declares, freed, frees, gives, inNmi, known, loops, macro, mustCheck, type RunEntry, runs, sleeping, spinsInside, takesIfNonzero } from './form/make';

const ATOMIC = 'include/linux/atomic/atomic-instrumented.h';
const REF = 'include/linux/refcount.h';
const BIT = 'include/asm-generic/bitops/instrumented-atomic.h';
const BITS = 'include/linux/bitops.h';

const OPS = {
  read: ['V (const A *v)', 'Reads the value.'],
  set: ['void (A *v, V i)', 'Sets the value.'],
  add: ['void (V i, A *v)', 'Adds i.'],
  sub: ['void (V i, A *v)', 'Subtracts i.'],
  inc: ['void (A *v)', 'Adds 1.'],
  dec: ['void (A *v)', 'Subtracts 1.'],
  and: ['void (V i, A *v)', 'Keeps the bits of i.'],
  or: ['void (V i, A *v)', 'Sets the bits of i.'],
  xor: ['void (V i, A *v)', 'Flips the bits of i.'],
  add_return: ['V (V i, A *v)', 'Adds i and returns the new value.'],
  sub_return: ['V (V i, A *v)', 'Subtracts i and returns the new value.'],
  inc_return: ['V (A *v)', 'Adds 1 and returns the new value.'],
  dec_return: ['V (A *v)', 'Subtracts 1 and returns the new value.'],
  fetch_add: ['V (V i, A *v)', 'Adds i and returns the old value.'],
  fetch_sub: ['V (V i, A *v)', 'Subtracts i and returns the old value.'],
  fetch_or: ['V (V i, A *v)', 'Sets the bits of i and returns the old value.'],
  fetch_and: ['V (V i, A *v)', 'Keeps the bits of i and returns the old value.'],
  fetch_inc: ['V (A *v)', 'Adds 1 and returns the old value.'],
  fetch_dec: ['V (A *v)', 'Subtracts 1 and returns the old value.'],
  fetch_add_unless: ['V (A *v, V a, V u)', 'Adds a unless the value is u; returns the old value.'],
  inc_and_test: ['bool (A *v)', 'Adds 1. True if the new value is 0.'],
  dec_and_test: ['bool (A *v)', 'Subtracts 1. True if the new value is 0.'],
  sub_and_test: ['bool (V i, A *v)', 'Subtracts i. True if the new value is 0.'],
  add_negative: ['bool (V i, A *v)', 'Adds i. True if the new value is negative.'],
  add_unless: ['bool (A *v, V a, V u)', 'Adds a unless the value is u; true if it did.'],
  inc_not_zero: ['bool (A *v)', 'Adds 1 unless the value is 0; true if it did.'],
  dec_if_positive: ['V (A *v)', 'Subtracts 1 unless the result would be negative; returns the value minus 1 either way.'],
  xchg: ['V (A *v, V new)', 'Stores new and returns the old value.'],
  cmpxchg: ['V (A *v, V old, V new)', 'Stores new if the value is old; returns what it was.'],
  try_cmpxchg: ['bool (A *v, V *old, V new)', 'Stores new if the value is *old; else puts the value into *old and returns false.'],
} as const;
type Op = keyof typeof OPS;

/** The prototype of an operation with `V` and `A` filled in, as `family` does it. */
type Fill<S extends string, Word extends string, By extends string> = S extends `${infer Head}${Word} ${infer Tail}` ? `${Head}${By} ${Fill<Tail, Word, By>}` : S;
type Proto<P extends string, V extends string, O extends Op> = (typeof OPS)[O][0] extends `${infer Returns} (${infer Params}`
  ? Fill<Fill<`${Returns} ${P}_${O}(${Params}`, 'V', V>, 'A', `${P}_t`>
  : never;
type Family<P extends string, V extends string> = { readonly [O in Op as `${P}_${O}`]: RunEntry<Proto<P, V, O>> };

/** Operations that decide whether a reference is the last one, or can still be taken. */
const COUNTING: Readonly<Record<string, readonly Detail[]>> = {
  dec_and_test: [counts(0)],
  sub_and_test: [counts(1)],
  inc_not_zero: [counts(0)],
  add_unless: [counts(0)],
};

/** All operations of one atomic type. */
function family<P extends string, V extends string>(prefix: P, value: V): Family<P, V> {
  const entries: [string, RunEntry][] = Object.entries(OPS).map(([op, [shape, summary]]) => {
    const [returns = '', params = ''] = shape.split(' (');
    const proto = `${returns} ${prefix}_${op}(${params}`.replace(/\bV\b/g, value).replace(/\bA\b/g, `${prefix}_t`);
    return [`${prefix}_${op}`, runs(ATOMIC, proto, summary, inNmi, ...(COUNTING[op] ?? []))];
  });
  return Object.fromEntries(entries) as Family<P, V>;
}

export const atomics = {
  ...family('atomic', 'int'),
  ...family('atomic_long', 'long'),
  ...family('atomic64', 's64'),
  ATOMIC_INIT: macro('include/linux/types.h', 'ATOMIC_INIT(i)', 'Initialiser of an atomic_t.', inNmi),
  ATOMIC_LONG_INIT: macro('include/linux/atomic/atomic-long.h', 'ATOMIC_LONG_INIT(i)', 'Initialiser of an atomic_long_t.', inNmi),
  ATOMIC64_INIT: macro('include/linux/types.h', 'ATOMIC64_INIT(i)', 'Initialiser of an atomic64_t.', inNmi),
  atomic_read_acquire: macro(ATOMIC, 'int atomic_read_acquire(const atomic_t *v)', 'Reads; what follows is not moved before it.', inNmi),
  atomic_set_release: macro(ATOMIC, 'void atomic_set_release(atomic_t *v, int i)', 'Sets; what precedes is not moved behind it.', inNmi),
  cmpxchg: macro(ATOMIC, 'cmpxchg(ptr, old, new)', 'Stores new if *ptr is old; returns what it was.', inNmi),
  xchg: macro(ATOMIC, 'xchg(ptr, new)', 'Stores new and returns the old value.', inNmi),
  try_cmpxchg: macro(ATOMIC, 'try_cmpxchg(ptr, oldp, new)', 'Stores new if *ptr is *oldp; else stores *ptr in *oldp and returns false.', inNmi),

  REFCOUNT_INIT: macro(REF, 'REFCOUNT_INIT(n)', 'Initialiser of a refcount_t.', inNmi),
  refcount_set: runs(REF, 'void refcount_set(refcount_t *r, int n)', 'Sets the count.', inNmi, counts(0)),
  refcount_read: runs(REF, 'unsigned int refcount_read(const refcount_t *r)', 'Reads the count.', inNmi),
  refcount_inc: runs(REF, 'void refcount_inc(refcount_t *r)', 'Takes a reference. From 0 it warns (“addition on 0; use-after-free”), near overflow it sticks.', inNmi, counts(0)),
  refcount_add: runs(REF, 'void refcount_add(int i, refcount_t *r)', 'Takes i references.', inNmi, counts(1)),
  refcount_dec: runs(REF, 'void refcount_dec(refcount_t *r)', 'Drops a reference that is known not to be the last; warns if it is.', inNmi, counts(0)),
  refcount_inc_not_zero: runs(REF, 'bool refcount_inc_not_zero(refcount_t *r)', 'Takes a reference unless the count is 0; true if it did.', inNmi, counts(0), mustCheck),
  refcount_add_not_zero: runs(REF, 'bool refcount_add_not_zero(int i, refcount_t *r)', 'Takes i references unless the count is 0.', inNmi, counts(1), mustCheck),
  refcount_dec_and_test: runs(REF, 'bool refcount_dec_and_test(refcount_t *r)', 'Drops a reference; true: it was the last, and freeing is up to the caller.', inNmi, counts(0), mustCheck),
  refcount_sub_and_test: runs(REF, 'bool refcount_sub_and_test(int i, refcount_t *r)', 'Drops i references; true: they were the last.', inNmi, counts(1), mustCheck),
  refcount_dec_not_one: runs('lib/refcount.c', 'bool refcount_dec_not_one(refcount_t *r)', 'Drops a reference unless it is the last.', inNmi, counts(0), mustCheck),
  refcount_dec_if_one: runs('lib/refcount.c', 'bool refcount_dec_if_one(refcount_t *r)', 'Drops the reference only if it is the last.', inNmi, counts(0), mustCheck),
  refcount_dec_and_lock: known('lib/refcount.c', 'bool refcount_dec_and_lock(refcount_t *r, spinlock_t *lock)', 'Drops a reference; if it was the last, returns true with the lock held.', { effects: [{ on: 'lock', op: 'try', lock: 'spin', arg: 1 }] }, takesIfNonzero, counts(0), mustCheck),
  refcount_dec_and_mutex_lock: known('lib/refcount.c', 'bool refcount_dec_and_mutex_lock(refcount_t *r, struct mutex *lock)', 'Drops a reference; if it was the last, returns true with the mutex held.', { sleeps: 'always', contexts: { T: 'yes', M: 'yes', SL: 'no', BH: 'no', IO: 'no', HI: 'no', R: 'no', NMI: 'no' }, effects: [{ on: 'lock', op: 'try', lock: 'mutex', arg: 1 }] }, takesIfNonzero, counts(0), mustCheck),
  kref_init: macro('include/linux/kref.h', 'void kref_init(struct kref *kref)', 'One reference.', inNmi, counts(0)),
  kref_get: macro('include/linux/kref.h', 'void kref_get(struct kref *kref)', 'Takes a reference.', inNmi, counts(0)),
  kref_get_unless_zero: macro('include/linux/kref.h', 'int kref_get_unless_zero(struct kref *kref)', 'Takes a reference unless there is none left.', inNmi, counts(0), mustCheck),
  kref_put_mutex: macro('include/linux/kref.h', 'int kref_put_mutex(struct kref *kref, void (*release)(struct kref *kref), struct mutex *lock)', 'Drops a reference; the last one calls release() with the mutex held, which release() has to unlock. 1 if it did.', sleeping, counts(0)),
  kref_put_lock: macro('include/linux/kref.h', 'int kref_put_lock(struct kref *kref, void (*release)(struct kref *kref), spinlock_t *lock)', 'Drops a reference; the last one calls release() with the spinlock held, which release() has to unlock. 1 if it did.', counts(0)),
  kref_put: macro('include/linux/kref.h', 'int kref_put(struct kref *kref, void (*release)(struct kref *kref))', 'Drops a reference; the last one calls release(), in this very context. 1 if it did.', inNmi, counts(0)),
  kref_read: macro('include/linux/kref.h', 'unsigned int kref_read(const struct kref *kref)', 'References.', inNmi),

  set_bit: runs(BIT, 'void set_bit(long nr, volatile unsigned long *addr)', 'Sets bit nr of an array of longs, atomically.', inNmi),
  clear_bit: runs(BIT, 'void clear_bit(long nr, volatile unsigned long *addr)', 'Clears a bit, atomically.', inNmi),
  change_bit: runs(BIT, 'void change_bit(long nr, volatile unsigned long *addr)', 'Flips a bit, atomically.', inNmi),
  test_bit: runs(BIT, 'bool test_bit(unsigned long nr, const volatile unsigned long *addr)', 'True if the bit is set.', inNmi),
  test_and_set_bit: runs(BIT, 'bool test_and_set_bit(long nr, volatile unsigned long *addr)', 'Sets a bit, atomically, and says whether it was set.', inNmi),
  test_and_clear_bit: runs(BIT, 'bool test_and_clear_bit(long nr, volatile unsigned long *addr)', 'Clears a bit, atomically, and says whether it was set.', inNmi),
  test_and_change_bit: runs(BIT, 'bool test_and_change_bit(long nr, volatile unsigned long *addr)', 'Flips a bit, atomically, and says whether it was set.', inNmi),
  __set_bit: macro(BITS, 'void __set_bit(unsigned long nr, volatile unsigned long *addr)', 'Sets a bit; not atomic.', inNmi),
  __clear_bit: macro(BITS, 'void __clear_bit(unsigned long nr, volatile unsigned long *addr)', 'Clears a bit; not atomic.', inNmi),
  find_first_bit: runs('include/linux/find.h', 'unsigned long find_first_bit(const unsigned long *addr, unsigned long size)', 'Number of the first set bit; size if there is none.', inNmi),
  find_next_bit: runs('include/linux/find.h', 'unsigned long find_next_bit(const unsigned long *addr, unsigned long size, unsigned long offset)', 'Number of the first set bit from offset on; size if there is none.', inNmi),
  find_first_zero_bit: runs('include/linux/find.h', 'unsigned long find_first_zero_bit(const unsigned long *addr, unsigned long size)', 'Number of the first clear bit; size if there is none.', inNmi),
  find_next_zero_bit: runs('include/linux/find.h', 'unsigned long find_next_zero_bit(const unsigned long *addr, unsigned long size, unsigned long offset)', 'Number of the first clear bit from offset on; size if there is none.', inNmi),
  for_each_set_bit: macro('include/linux/find.h', 'for_each_set_bit(bit, addr, size)', 'Loop over the numbers of the set bits.', loops),
  bitmap_zero: runs('include/linux/bitmap.h', 'void bitmap_zero(unsigned long *dst, unsigned int nbits)', 'Clears all bits.', inNmi),
  bitmap_fill: runs('include/linux/bitmap.h', 'void bitmap_fill(unsigned long *dst, unsigned int nbits)', 'Sets all bits.', inNmi),
  bitmap_weight: runs('include/linux/bitmap.h', 'unsigned int bitmap_weight(const unsigned long *src, unsigned int nbits)', 'Counts the set bits.', inNmi),
  bitmap_zalloc: known('lib/bitmap.c', 'unsigned long *bitmap_zalloc(unsigned int nbits, gfp_t flags)', 'A bitmap of zeros from kmalloc.', byGfp(1), freed('bitmap_free'), gives('kmalloc')),
  bitmap_free: known('lib/bitmap.c', 'void bitmap_free(const unsigned long *bitmap)', 'Frees a bitmap.', frees(0, 'kmalloc'), spinsInside),
  DECLARE_BITMAP: macro('include/linux/types.h', 'DECLARE_BITMAP(name, bits)', 'Declares an array of longs with that many bits.', declares),
  ffs: runs(BITS, 'int ffs(int x)', 'Number of the lowest set bit, counted from 1; 0 for 0.', inNmi),
  fls: runs(BITS, 'int fls(unsigned int x)', 'Number of the highest set bit, counted from 1; 0 for 0.', inNmi),
  fls64: runs(BITS, 'int fls64(u64 x)', 'fls() of 64 bits.', inNmi),
  fls_long: runs(BITS, 'unsigned int fls_long(unsigned long l)', 'fls() of a long.', inNmi),
  __ffs: runs(BITS, 'unsigned long __ffs(unsigned long word)', 'Number of the lowest set bit, counted from 0. Undefined for 0.', inNmi),
  __fls: runs(BITS, 'unsigned long __fls(unsigned long word)', 'Number of the highest set bit, counted from 0. Undefined for 0.', inNmi),
  ffz: runs(BITS, 'unsigned long ffz(unsigned long word)', 'Number of the lowest clear bit. Undefined for all ones.', inNmi),
  hweight32: runs(BITS, 'unsigned int hweight32(unsigned int w)', 'Counts the set bits.', inNmi),
  hweight64: runs(BITS, 'unsigned long hweight64(u64 w)', 'Counts the set bits.', inNmi),
  hweight_long: runs(BITS, 'unsigned long hweight_long(unsigned long w)', 'Counts the set bits.', inNmi),

  smp_mb: macro('include/asm-generic/barrier.h', 'void smp_mb(void)', 'Memory barrier between CPUs. kmem executes in order, so it does nothing.', inNmi),
  smp_rmb: macro('include/asm-generic/barrier.h', 'void smp_rmb(void)', 'Barrier between loads.', inNmi),
  smp_wmb: macro('include/asm-generic/barrier.h', 'void smp_wmb(void)', 'Barrier between stores.', inNmi),
  mb: macro('include/asm-generic/barrier.h', 'void mb(void)', 'Memory barrier, also against devices.', inNmi),
  rmb: macro('include/asm-generic/barrier.h', 'void rmb(void)', 'Barrier between loads, also against devices.', inNmi),
  wmb: macro('include/asm-generic/barrier.h', 'void wmb(void)', 'Barrier between stores, also against devices.', inNmi),
  smp_mb__before_atomic: macro('include/asm-generic/barrier.h', 'void smp_mb__before_atomic(void)', 'Barrier before an atomic operation.', inNmi),
  smp_mb__after_atomic: macro('include/asm-generic/barrier.h', 'void smp_mb__after_atomic(void)', 'Barrier after an atomic operation.', inNmi),
  barrier: macro('include/linux/compiler.h', 'void barrier(void)', 'The compiler moves nothing across it.', inNmi),
  smp_store_release: macro('include/asm-generic/barrier.h', 'smp_store_release(p, v)', 'Stores v; what precedes is not moved behind it.', inNmi),
  smp_load_acquire: macro('include/asm-generic/barrier.h', 'smp_load_acquire(p)', 'Loads; what follows is not moved before it.', inNmi),
  READ_ONCE: macro('include/asm-generic/rwonce.h', 'READ_ONCE(x)', 'Reads x exactly once: the compiler neither repeats nor splits it.', inNmi),
  WRITE_ONCE: macro('include/asm-generic/rwonce.h', 'WRITE_ONCE(x, val)', 'Writes x exactly once.', inNmi),
  bitmap_set: macro(BITS, 'void bitmap_set(unsigned long *map, unsigned int start, unsigned int nbits)', 'Sets nbits bits from start on.', inNmi),
  bitmap_clear: macro(BITS, 'void bitmap_clear(unsigned long *map, unsigned int start, unsigned int nbits)', 'Clears nbits bits from start on.', inNmi),
  bitmap_empty: macro(BITS, 'bool bitmap_empty(const unsigned long *src, unsigned int nbits)', 'True if no bit is set.', inNmi),
  bitmap_full: macro(BITS, 'bool bitmap_full(const unsigned long *src, unsigned int nbits)', 'True if all bits are set.', inNmi),
  bitmap_copy: macro(BITS, 'void bitmap_copy(unsigned long *dst, const unsigned long *src, unsigned int nbits)', 'Copies a bitmap.', inNmi),
  assign_bit: macro(BITS, 'void assign_bit(long nr, volatile unsigned long *addr, bool value)', 'Sets or clears a bit.', inNmi),
  __assign_bit: macro(BITS, 'void __assign_bit(long nr, volatile unsigned long *addr, bool value)', 'assign_bit(), not atomic.', inNmi),
  __change_bit: macro(BITS, 'void __change_bit(long nr, volatile unsigned long *addr)', 'change_bit(), not atomic.', inNmi),
  __test_and_set_bit: macro(BITS, 'bool __test_and_set_bit(long nr, volatile unsigned long *addr)', 'test_and_set_bit(), not atomic.', inNmi),
  __test_and_clear_bit: macro(BITS, 'bool __test_and_clear_bit(long nr, volatile unsigned long *addr)', 'test_and_clear_bit(), not atomic.', inNmi),
  test_and_set_bit_lock: macro(BITS, 'bool test_and_set_bit_lock(long nr, volatile unsigned long *addr)', 'test_and_set_bit() with the ordering of taking a lock.', inNmi),
  clear_bit_unlock: macro(BITS, 'void clear_bit_unlock(long nr, volatile unsigned long *addr)', 'clear_bit() with the ordering of releasing a lock.', inNmi),
  cmpxchg_acquire: macro(BITS, 'cmpxchg_acquire(ptr, old, new)', 'cmpxchg() with acquire ordering.', inNmi),
  cmpxchg_release: macro(BITS, 'cmpxchg_release(ptr, old, new)', 'cmpxchg() with release ordering.', inNmi),
  cmpxchg_relaxed: macro(BITS, 'cmpxchg_relaxed(ptr, old, new)', 'cmpxchg() without ordering.', inNmi),
  cmpxchg64: macro(BITS, 'cmpxchg64(ptr, old, new)', 'cmpxchg() of 64 bits, also on 32-bit machines.', inNmi),
  xchg_relaxed: macro(BITS, 'xchg_relaxed(ptr, new)', 'xchg() without ordering.', inNmi),
  smp_store_mb: macro(BITS, 'smp_store_mb(var, value)', 'Stores, and orders what follows.', inNmi),
  atomic_inc_unless_negative: macro(BITS, 'atomic_inc_unless_negative(v)', 'Adds 1 unless the value is negative; true if it did.', inNmi),
  atomic_dec_unless_positive: macro(BITS, 'atomic_dec_unless_positive(v)', 'Subtracts 1 unless the value is positive; true if it did.', inNmi),
  atomic_andnot: macro(BITS, 'atomic_andnot(i, v)', 'Clears the bits of i.', inNmi),
  for_each_clear_bit: macro(BITS, 'for_each_clear_bit(bit, addr, size)', 'Loop over the bits that are not set.', inNmi, loops),
} as const satisfies Record<string, ApiEntry>;

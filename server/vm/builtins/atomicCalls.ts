/**
 * Atomic variables and reference counts (include/linux/atomic/, refcount.h, lib/refcount.c, 6.1). A call is one step of the emulated
 * machine, so that it is atomic by nature.
 */

import type { Machine } from '../machine/machine';
import { type ArithmeticOp, arithmetic, type Operator } from '../values/arith';
import { S32, S64, type Shape, type Value } from '../values/value';
import { bool, type Implementations, inline, plain } from './define';

/** One operation: `value` is the variable's value. */
interface Variable {
  /** The operation begins; `write`: it may store. */
  begin(write: boolean): void;
  get(): Value;
  set(value: Value): void;
  readonly add: Operator;
  readonly sub: Operator;
  readonly and: Operator;
  readonly or: Operator;
  readonly xor: Operator;
}
// biome-ignore lint/suspicious/noConfusingVoidType: most return nothing
type Act = (v: Variable, first: Value, second: Value) => Value | boolean | undefined | void;
interface Op {
  /** its prototype: `(A *v, …)` or `(V i, A *v)` */
  readonly variable: 'first' | 'second';
  readonly act: Act;
  readonly reads?: true;
}
const on = (act: Act): Op => ({ variable: 'first', act });
/** (V i, A *v) */
const second = (act: (v: Variable, i: Value) => ReturnType<Act>): Op => ({ variable: 'second', act });
/** Stores a new value and returns it. */
const store = (v: Variable, value: Value): Value => {
  v.set(value);
  return value;
};
/** Stores a new value and returns the old one. */
const fetch = (v: Variable, change: (old: Value) => Value): Value => {
  const old = v.get();
  v.set(change(old));
  return old;
};
/** Adds unless the value is `unless`; the old value. */
const fetchUnless = (v: Variable, add: Value, unless: Value): Value => {
  const old = v.get();
  if (old !== unless) v.set(v.add(old, add));
  return old;
};
const drop = (v: unknown): void => void v;

const OPS = {
  read: { variable: 'first', act: (v) => v.get(), reads: true },
  set: on((v, i) => v.set(i)),
  add: second((v, i) => drop(fetch(v, (x) => v.add(x, i)))),
  sub: second((v, i) => drop(fetch(v, (x) => v.sub(x, i)))),
  inc: on((v) => drop(fetch(v, (x) => v.add(x, 1)))),
  dec: on((v) => drop(fetch(v, (x) => v.sub(x, 1)))),
  and: second((v, i) => drop(fetch(v, (x) => v.and(x, i)))),
  or: second((v, i) => drop(fetch(v, (x) => v.or(x, i)))),
  xor: second((v, i) => drop(fetch(v, (x) => v.xor(x, i)))),
  add_return: second((v, i) => store(v, v.add(v.get(), i))),
  sub_return: second((v, i) => store(v, v.sub(v.get(), i))),
  inc_return: on((v) => store(v, v.add(v.get(), 1))),
  dec_return: on((v) => store(v, v.sub(v.get(), 1))),
  fetch_add: second((v, i) => fetch(v, (x) => v.add(x, i))),
  fetch_sub: second((v, i) => fetch(v, (x) => v.sub(x, i))),
  fetch_or: second((v, i) => fetch(v, (x) => v.or(x, i))),
  fetch_and: second((v, i) => fetch(v, (x) => v.and(x, i))),
  fetch_inc: on((v) => fetch(v, (x) => v.add(x, 1))),
  fetch_dec: on((v) => fetch(v, (x) => v.sub(x, 1))),
  fetch_add_unless: on((v, a, u) => fetchUnless(v, a, u)),
  inc_and_test: on((v) => store(v, v.add(v.get(), 1)) === 0),
  dec_and_test: on((v) => store(v, v.sub(v.get(), 1)) === 0),
  sub_and_test: second((v, i) => store(v, v.sub(v.get(), i)) === 0),
  add_negative: second((v, i) => store(v, v.add(v.get(), i)) < 0),
  add_unless: on((v, a, u) => fetchUnless(v, a, u) !== u),
  inc_not_zero: on((v) => fetchUnless(v, 1, 0) !== 0),
  dec_if_positive: on((v) => {
    const less = v.sub(v.get(), 1);
    // at the lowest value the difference wraps round to a positive one, and is stored, as in the kernel
    if (less >= 0) v.set(less);
    return less;
  }),
  xchg: on((v, value) => fetch(v, () => value)),
  cmpxchg: on((v, expected, value) => {
    const old = v.get();
    if (old === expected) v.set(value);
    return old;
  }),
} as const satisfies Record<string, Op>;
type Prefix = 'atomic' | 'atomic_long' | 'atomic64';
type Family<P extends Prefix> = Implementations<`${P}_${keyof typeof OPS | 'try_cmpxchg'}`>;

/** `atomic_read`, `atomic_add_return` …: all operations on one type of variable. */
function family<P extends Prefix>(prefix: P, shapeOf: (m: Machine) => Shape): Family<P> {
  const operators = (op: ArithmeticOp): Readonly<Record<4 | 8, Operator>> => ({
    4: arithmetic(op, S32),
    8: arithmetic(op, S64),
  });
  const table = {
    add: operators('+'),
    sub: operators('-'),
    and: operators('&'),
    or: operators('|'),
    xor: operators('^'),
  };
  const variableAt = (m: Machine, address: number): Variable => {
    const shape = shapeOf(m);
    const size = shape.size === 8 ? 8 : 4;
    return {
      begin: (write) => m.core.space.atomic(address, shape.size, write),
      get: () => m.access.read(address, shape),
      set: (value) => m.access.write(address, shape, value),
      add: table.add[size],
      sub: table.sub[size],
      and: table.and[size],
      or: table.or[size],
      xor: table.xor[size],
    };
  };
  const result = (value: ReturnType<Act>): Value | undefined =>
    typeof value === 'boolean' ? bool(value) : (value ?? undefined);
  const rows = Object.entries<Op>(OPS).map(([name, { variable, act, reads }]) => {
    const form = reads ? inline : plain;
    const run = (m: Machine, address: number, first: Value, second: Value) => {
      const v = variableAt(m, address);
      v.begin(!reads);
      return result(act(v, first, second));
    };
    const implementation =
      variable === 'first' ? form(run) : form((m, i: Value, address: number) => run(m, address, i, 0));
    return [`${prefix}_${name}`, implementation];
  });
  const tryCmpxchg = plain((m: Machine, v: number, old: number, value: Value) => {
    const target = variableAt(m, v);
    const expected = variableAt(m, old);
    target.begin(true);
    expected.begin(true);
    const now = target.get();
    const same = now === expected.get();
    if (same) target.set(value);
    else expected.set(now);
    return bool(same);
  });
  return Object.fromEntries([...rows, [`${prefix}_try_cmpxchg`, tryCmpxchg]]);
}

// ---------------------------------------------------------------- refcount_t: one atomic_t
/** the value of a saturated count */
const SATURATED = -0x40000000;

/** What refcount_warn_saturate warns of, each once: its message, and its line in lib/refcount.c. */
const REFCOUNT = {
  addNotZeroOverflow: { line: 19, text: 'saturated; leaking memory' },
  addOverflow: { line: 22, text: 'saturated; leaking memory' },
  addOnZero: { line: 25, text: 'addition on 0; use-after-free' },
  underflow: { line: 28, text: 'underflow; use-after-free' },
  decrementHitZero: { line: 31, text: 'decrement hit 0; leaking memory' },
  decNotOneUnderflow: { line: 87, text: 'underflow; use-after-free' },
} as const;

/** refcount_warn_saturate */
function saturate(m: Machine, address: number, kind: keyof typeof REFCOUNT): void {
  m.core.set32(address, SATURATED);
  warnRefcount(m, kind, 'refcount_warn_saturate');
}
/** WARN_ONCE: the kinds that have been reported are bits of a variable. */
function warnRefcount(m: Machine, kind: keyof typeof REFCOUNT, fn: string): void {
  const { line, text } = REFCOUNT[kind];
  const bit = 1 << Object.keys(REFCOUNT).indexOf(kind);
  const warned = m.core.getGlobal('kmem_refcount_warned');
  if (warned & bit) return;
  m.core.setGlobal('kmem_refcount_warned', warned | bit);
  m.reports.warn({ fn, at: `lib/refcount.c:${line}` }, `refcount_t: ${text}.`);
}
/** The count, before an operation on it that may store. */
function counted(m: Machine, address: number): number {
  m.core.space.atomic(address, 4, true);
  return m.core.get32(address);
}
function refAdd(m: Machine, address: number, i: number): void {
  const now = counted(m, address);
  m.core.set32(address, now + i);
  if (now === 0) saturate(m, address, 'addOnZero');
  else if (now < 0 || ((now + i) | 0) < 0) saturate(m, address, 'addOverflow');
}
function refAddNotZero(m: Machine, address: number, i: number): number {
  const now = counted(m, address);
  if (now === 0) return 0;
  m.core.set32(address, now + i);
  if (now < 0 || ((now + i) | 0) < 0) saturate(m, address, 'addNotZeroOverflow');
  return 1;
}
function refSubAndTest(m: Machine, address: number, i: number): number {
  const now = counted(m, address);
  m.core.set32(address, now - i);
  if (now === i) return 1;
  if (now < 0 || ((now - i) | 0) < 0) saturate(m, address, 'underflow');
  return 0;
}

export const atomics = {
  ...family('atomic', () => S32),
  ...family('atomic_long', (m) => (m.core.wordSize === 8 ? S64 : S32)),
  ...family('atomic64', () => S64),

  refcount_set: plain((m, r, n) => m.core.set32(r, n)),
  refcount_read: inline((m, r) => m.core.get32(r) >>> 0),
  refcount_inc: plain((m, r) => refAdd(m, r, 1)),
  refcount_add: plain((m, i, r) => refAdd(m, r, i)),
  refcount_dec: plain((m, r) => {
    const now = counted(m, r);
    m.core.set32(r, now - 1);
    if (now <= 1) saturate(m, r, 'decrementHitZero');
  }),
  refcount_inc_not_zero: plain((m, r) => refAddNotZero(m, r, 1)),
  refcount_add_not_zero: plain((m, i, r) => refAddNotZero(m, r, i)),
  refcount_dec_and_test: plain((m, r) => refSubAndTest(m, r, 1)),
  refcount_sub_and_test: plain((m, i, r) => refSubAndTest(m, r, i)),
  refcount_dec_not_one: plain((m, r) => {
    const now = counted(m, r);
    if (now === SATURATED) return 1;
    if (now === 1) return 0;
    if (now === 0) {
      warnRefcount(m, 'decNotOneUnderflow', 'refcount_dec_not_one');
      return 1;
    }
    m.core.set32(r, now - 1);
    return 1;
  }),
  refcount_dec_if_one: plain((m, r) => {
    const now = counted(m, r);
    if (now !== 1) return 0;
    m.core.set32(r, 0);
    return 1;
  }),
} satisfies Partial<Implementations>;

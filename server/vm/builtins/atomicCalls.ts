/**
 * Atomic variables and reference counts (include/linux/atomic/, refcount.h, lib/refcount.c, 6.1). A call is one step of the emulated
 * machine, so that it is atomic by nature.
 */

import type { Builtin, Machine } from '../machine/machine';
import { type ArithmeticOp, arithmetic, type Operator } from '../values/arith';
import { S32, S64, type Shape, type Value } from '../values/value';
import { bool, inline, plain } from './define';

/** What one operation does: `value` is what the variable holds. */
interface Variable {
  get(): Value;
  set(value: Value): void;
  readonly add: Operator;
  readonly sub: Operator;
  readonly and: Operator;
  readonly or: Operator;
  readonly xor: Operator;
}
// biome-ignore lint/suspicious/noConfusingVoidType: most return nothing
type Act = (v: Variable, args: readonly Value[], m: Machine) => Value | boolean | undefined | void;
interface Op {
  /** index of the argument that points to the variable */
  readonly at: 0 | 1;
  readonly act: Act;
  readonly reads?: true;
}
const on = (act: Act): Op => ({ at: 0, act });
/** (V i, A *v) */
const second = (act: (v: Variable, i: Value) => ReturnType<Act>): Op => ({ at: 1, act: (v, a) => act(v, a[0] ?? 0) });
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
  read: { at: 0, act: (v) => v.get(), reads: true },
  set: on((v, a) => v.set(a[1] ?? 0)),
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
  fetch_add_unless: on((v, a) => fetchUnless(v, a[1] ?? 0, a[2] ?? 0)),
  inc_and_test: on((v) => store(v, v.add(v.get(), 1)) === 0),
  dec_and_test: on((v) => store(v, v.sub(v.get(), 1)) === 0),
  sub_and_test: second((v, i) => store(v, v.sub(v.get(), i)) === 0),
  add_negative: second((v, i) => store(v, v.add(v.get(), i)) < 0),
  add_unless: on((v, a) => fetchUnless(v, a[1] ?? 0, a[2] ?? 0) !== (a[2] ?? 0)),
  inc_not_zero: on((v) => fetchUnless(v, 1, 0) !== 0),
  dec_if_positive: on((v) => {
    const less = v.sub(v.get(), 1);
    // at the lowest value the difference wraps round to a positive one, and is stored, as in the kernel
    if (less >= 0) v.set(less);
    return less;
  }),
  xchg: on((v, a) => fetch(v, () => a[1] ?? 0)),
  cmpxchg: on((v, a) => {
    const old = v.get();
    if (old === a[1]) v.set(a[2] ?? 0);
    return old;
  }),
  // its second argument points to the value: `at` below reads it
  try_cmpxchg: on(() => false),
} as const satisfies Record<string, Op>;
type OpName = keyof typeof OPS;

/** `atomic_read`, `atomic_add_return` …: all operations on one type of variable. */
function family<P extends string>(
  prefix: P,
  shapeOf: (m: Machine) => Shape,
): { readonly [K in OpName as `${P}_${K}`]: Builtin } {
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
  const variable = (m: Machine, pointer: Value | undefined): Variable => {
    const shape = shapeOf(m);
    const size = shape.size === 8 ? 8 : 4;
    const address = m.pointer(pointer);
    return {
      get: () => m.access.read(address, shape),
      set: (value) => m.access.write(address, shape, value),
      add: table.add[size],
      sub: table.sub[size],
      and: table.and[size],
      or: table.or[size],
      xor: table.xor[size],
    };
  };
  const rows = Object.entries<Op>(OPS).map(([name, { at, act, reads }]): [string, Builtin] => {
    const call = (m: Machine, a: readonly Value[]): Value | undefined => {
      const value = act(variable(m, a[at]), a, m);
      return typeof value === 'boolean' ? bool(value) : (value ?? undefined);
    };
    return [`${prefix}_${name}`, reads ? inline(call) : plain(call)];
  });
  rows.push([
    `${prefix}_try_cmpxchg`,
    plain((m, a) => {
      const v = variable(m, a[0]);
      const expected = variable(m, a[1]);
      const now = v.get();
      const same = now === expected.get();
      if (same) v.set(a[2] ?? 0);
      else expected.set(now);
      return bool(same);
    }),
  ]);
  return Object.fromEntries(rows) as { readonly [K in OpName as `${P}_${K}`]: Builtin };
}

// ---------------------------------------------------------------- refcount_t: one atomic_t
/** what a count that has gone wrong stays at */
const SATURATED = -0x40000000;
const ONCE_HERE = 4;

function count(m: Machine, pointer: Value | undefined): { readonly address: number; readonly now: number } {
  const address = m.pointer(pointer);
  return { address, now: m.core.get32(address) };
}
/** refcount_warn_saturate */
function saturate(m: Machine, address: number, words: string): void {
  m.core.set32(address, SATURATED);
  if (m.context.firstHere(ONCE_HERE)) m.context.warn('refcount_warn_saturate', `refcount_t: ${words}.`);
}
const LEAKS = 'saturated; leaking memory';
function refAdd(m: Machine, pointer: Value | undefined, i: number): void {
  const { address, now } = count(m, pointer);
  m.core.set32(address, now + i);
  if (now === 0) saturate(m, address, 'addition on 0; use-after-free');
  else if (now < 0 || ((now + i) | 0) < 0) saturate(m, address, LEAKS);
}
function refAddNotZero(m: Machine, pointer: Value | undefined, i: number): number {
  const { address, now } = count(m, pointer);
  if (now === 0) return 0;
  m.core.set32(address, now + i);
  if (now < 0 || ((now + i) | 0) < 0) saturate(m, address, LEAKS);
  return 1;
}
function refSubAndTest(m: Machine, pointer: Value | undefined, i: number): number {
  const { address, now } = count(m, pointer);
  m.core.set32(address, now - i);
  if (now === i) return 1;
  if (now < 0 || ((now - i) | 0) < 0) saturate(m, address, 'underflow; use-after-free');
  return 0;
}
const i32 = (v: Value | undefined): number => Number(v ?? 0) | 0;

export const atomics = {
  ...family('atomic', () => S32),
  ...family('atomic_long', (m) => (m.core.long === 8 ? S64 : S32)),
  ...family('atomic64', () => S64),

  refcount_set: plain((m, a) => m.core.set32(m.pointer(a[0]), i32(a[1]))),
  refcount_read: inline((m, a) => m.core.get32(m.pointer(a[0])) >>> 0),
  refcount_inc: plain((m, a) => refAdd(m, a[0], 1)),
  refcount_add: plain((m, a) => refAdd(m, a[1], i32(a[0]))),
  refcount_dec: plain((m, a) => {
    const { address, now } = count(m, a[0]);
    m.core.set32(address, now - 1);
    if (now <= 1) saturate(m, address, 'decrement hit 0; leaking memory');
  }),
  refcount_inc_not_zero: plain((m, a) => refAddNotZero(m, a[0], 1)),
  refcount_add_not_zero: plain((m, a) => refAddNotZero(m, a[1], i32(a[0]))),
  refcount_dec_and_test: plain((m, a) => refSubAndTest(m, a[0], 1)),
  refcount_sub_and_test: plain((m, a) => refSubAndTest(m, a[1], i32(a[0]))),
  refcount_dec_not_one: plain((m, a) => {
    const { address, now } = count(m, a[0]);
    if (now === SATURATED) return 1;
    if (now === 1) return 0;
    if (now === 0) {
      if (m.context.firstHere(ONCE_HERE))
        m.context.warn('refcount_dec_not_one', 'refcount_t: underflow; use-after-free.');
      return 1;
    }
    m.core.set32(address, now - 1);
    return 1;
  }),
  refcount_dec_if_one: plain((m, a) => {
    const { address, now } = count(m, a[0]);
    if (now !== 1) return 0;
    m.core.set32(address, 0);
    return 1;
  }),
} satisfies Record<string, Builtin>;

/**
 * How the files of this folder define implementations: one per function of the catalogue, which takes the machine and the arguments of the
 * prototype by position. The catalogue's text of the prototype gives their types; `bind` converts them.
 */
import { T } from '../../kernel/sched/task';
import type { catalogue, RunnableName } from '../../language/catalogue/catalogue';
import type { Builtin, Machine, Outcome } from '../machine/machine';
import type { Value } from '../values/value';
import { type Arguments, asValue, type Converter, convertersOf } from './arguments';

// biome-ignore lint/suspicious/noConfusingVoidType: functions without a result return nothing
type Result = Outcome | void;
type Call<A extends readonly Value[]> = (m: Machine, ...args: A) => Result;
/** `scratch`: address of SCRATCH bytes in the caller's frame, for what has to be kept while it waits */
type WaitingCall<A extends readonly Value[]> = (m: Machine, scratch: number, ...args: A) => Result;

export interface Implementation<A extends readonly Value[] = readonly Value[]> {
  readonly form: Builtin['form'];
  /** of forms inline and plain */
  readonly call?: Call<A>;
  /** of form wait */
  readonly waits?: WaitingCall<A>;
  /** it takes pointers as values: it passes them on or compares them, and follows none */
  readonly byValue?: true;
}
/** The implementations of some functions of the catalogue. */
export type Implementations<K extends RunnableName = RunnableName> = {
  readonly [N in K]: Implementation<Arguments<(typeof catalogue)[N]['proto']>>;
};

/** Depends on its arguments and on memory only, and changes nothing. */
export const inline = <A extends readonly Value[]>(call: Call<A>): Implementation<A> => ({ form: 'inline', call });
/** Has an effect. */
export const plain = <A extends readonly Value[]>(call: Call<A>): Implementation<A> => ({ form: 'plain', call });
/** May wait, or call a function of the scenario: it answers with a CallRequest. */
export const wait = <A extends readonly Value[]>(waits: WaitingCall<A>): Implementation<A> => ({ form: 'wait', waits });
/** Takes its arguments unconverted: a pointer that is not followed need not be valid. */
export const byValue = (implementation: Implementation<Value[]>): Implementation<Value[]> => ({
  ...implementation,
  byValue: true,
});

/** Whether a function that may wait is called for the first time, not again after a wait. */
export const first = (m: Machine): boolean => m.tasks.get(m.core.current, T.stage) === 0;

export const bool = (b: boolean): number => (b ? 1 : 0);

/**
 * An implementation with its arguments converted as its prototype says. The usual numbers of arguments are written out: this is a hot path.
 */
export function bind(proto: string, implementation: Implementation): Builtin {
  const { form, call, waits, byValue } = implementation;
  const converters = convertersOf(proto).map((convert) => (byValue ? asValue : convert));
  if (waits) return { form, call: bindWaiting(waits, converters) };
  if (!call) throw new TypeError(`no implementation of ${proto}`);
  const [first, second, third] = converters;
  if (proto.endsWith('...)') || converters.length > 3) return { form, call: bindAny(call, converters) };
  if (!first) return { form, call: (m) => call(m) };
  if (!second) return { form, call: (m, a) => call(m, first(m, a[0])) };
  if (!third) return { form, call: (m, a) => call(m, first(m, a[0]), second(m, a[1])) };
  return { form, call: (m, a) => call(m, first(m, a[0]), second(m, a[1]), third(m, a[2])) };
}
function bindWaiting(waits: WaitingCall<readonly Value[]>, converters: readonly Converter[]): Builtin['call'] {
  const [first, second] = converters;
  if (!first) return (m, _a, scratch) => waits(m, scratch);
  if (!second) return (m, a, scratch) => waits(m, scratch, first(m, a[0]));
  return (m, a, scratch) => waits(m, scratch, ...converters.map((convert, i) => convert(m, a[i])));
}
/** Variable arguments are not converted. */
const bindAny =
  (call: Call<readonly Value[]>, converters: readonly Converter[]): Builtin['call'] =>
  (m, a) =>
    call(m, ...converters.map((convert, i) => convert(m, a[i])), ...a.slice(converters.length));

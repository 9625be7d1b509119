/**
 * Arguments of the kernel's functions as their implementations take them: in the order of the catalogue's prototype, of types that follow
 * from it, converted here and nowhere else.
 */
import { type ParameterTexts, parameterTexts } from '../../language/catalogue/prototype';
import type { Machine } from '../machine/machine';
import type { Value } from '../values/value';

/** Types of 64 bits on x86_64: a number cannot hold every value. */
const WIDE = ['unsigned long', 'long', 'u64', 's64', 'phys_addr_t'] as const;
type Wide = (typeof WIDE)[number];

/**
 * The argument for a parameter's text: a pointer is its address, checked to be canonical; a function pointer is an address of code that
 * is not followed here; integers of up to 32 bits and sizes are numbers, wider ones values.
 */
type Argument<Text extends string> = Text extends `${string}*${string}`
  ? number
  : Text extends `${Wide} ${string}` | `const ${Wide} ${string}`
    ? Value
    : number;
type EachArgument<Texts extends readonly string[]> = Texts extends [
  infer First extends string,
  ...infer Rest extends string[],
]
  ? First extends '...'
    ? Value[]
    : [Argument<First>, ...EachArgument<Rest>]
  : [];
/** Arguments of a prototype, as a tuple; the variable arguments of `…(const char *fmt, ...)` are its rest. */
export type Arguments<P extends string> = EachArgument<ParameterTexts<P>>;

/** Converts the value of an argument to its `Argument` type. */
export type Converter = (m: Pick<Machine, 'pointer'>, value: Value | undefined) => Value;
const pointer: Converter = (m, value) => m.pointer(value ?? 0);
const number: Converter = (_m, value) => (typeof value === 'number' ? value : Number(value ?? 0));
/** Leaves the value unchanged. */
export const asValue: Converter = (_m, value) => value ?? 0;

/** How each argument of a prototype is converted; variable arguments are not. */
export function convertersOf(proto: string): Converter[] {
  return parameterTexts(proto)
    .filter((text) => text !== '...')
    .map((text) => {
      if (text.includes('(*')) return number;
      if (text.includes('*') || text.includes('[')) return pointer;
      return WIDE.some((wide) => text.startsWith(`${wide} `) || text.startsWith(`const ${wide} `)) ? asValue : number;
    });
}

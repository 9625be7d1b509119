/** Random C expressions that mix integers, pointers, casts and constants. None divides by zero or shifts by more than the width. */
import fc from 'fast-check';

const INTEGERS = ['bool', 's8', 'u8', 's16', 'u16', 'int', 'u32', 'long', 'unsigned long', 's64', 'u64'] as const;
const POINTERS = ['void *', 'char *', 'short *', 'int *', 'u64 *', 'struct three *'] as const;
/** What the expressions need to be declared. */
export const DECLARATIONS = 'struct three { int a[3]; };';

/** A leaf, a number or a pointer, by its number in the expression. */
export interface Leaf {
  readonly type: string;
  readonly constant: string;
}
/** An expression, whose leaves are written by `leaf`. */
type Written = (leaf: (l: Leaf) => string) => string;

const values = fc.oneof(
  fc.bigInt(-3n, 300n),
  fc.bigInt(0n, 2n ** 64n - 1n),
  fc.constantFrom(2n ** 31n - 1n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 63n - 1n, 2n ** 63n, 0xc0001000n),
);
const leafOf = (types: readonly string[]) =>
  fc.tuple(fc.constantFrom(...types), values).map(([type, value]): Written => {
    const hex = `0x${BigInt.asUintN(64, value).toString(16)}ULL`;
    const constant = type.endsWith('*') ? `((${type})(unsigned long)${hex})` : `((${type})${hex})`;
    return (leaf) => leaf({ type, constant });
  });
const { integer } = fc.letrec<{ integer: Written; pointer: Written }>((tie) => {
  const pair = fc.tuple(tie('integer'), tie('integer'));
  const small = fc.integer({ min: 0, max: 31 });
  const ints: fc.Arbitrary<Written>[] = [
    leafOf(INTEGERS),
    fc.tuple(fc.constantFrom('+', '-', '*', '&', '|', '^', '<', '>', '<=', '>=', '==', '!=', '&&', '||'), pair).map(
      ([op, [a, b]]): Written =>
        (l) =>
          `(${a(l)} ${op} ${b(l)})`,
    ),
    fc.tuple(fc.constantFrom('/', '%'), pair).map(
      ([op, [a, b]]): Written =>
        (l) =>
          `(${a(l)} ${op} ((${b(l)} & 0xff) | 1))`,
    ),
    fc.tuple(fc.constantFrom('<<', '>>'), tie('integer'), small).map(
      ([op, a, n]): Written =>
        (l) =>
          `(${a(l)} ${op} ${n})`,
    ),
    fc.tuple(fc.constantFrom('-', '~', '!', '+'), tie('integer')).map(
      ([op, a]): Written =>
        (l) =>
          `(${op}${a(l)})`,
    ),
    fc.tuple(tie('integer'), pair).map(
      ([t, [a, b]]): Written =>
        (l) =>
          `(${t(l)} ? ${a(l)} : ${b(l)})`,
    ),
    fc.tuple(fc.constantFrom(...INTEGERS), tie('integer')).map(
      ([type, a]): Written =>
        (l) =>
          `((${type})${a(l)})`,
    ),
    fc.tuple(fc.constantFrom(...INTEGERS), tie('pointer')).map(
      ([type, a]): Written =>
        (l) =>
          `((${type})${a(l)})`,
    ),
    fc
      .tuple(
        fc.constantFrom('<', '>', '<=', '>=', '==', '!='),
        fc.constantFrom(...POINTERS),
        tie('pointer'),
        tie('pointer'),
      )
      .map(
        ([op, type, a, b]): Written =>
          (l) =>
            `((${type})${a(l)} ${op} (${type})${b(l)})`,
      ),
    // the distance of pointers that are not a whole number of elements apart is undefined: mask them
    fc
      .tuple(
        fc.constantFrom(['void *', 1n], ['short *', 2n], ['int *', 4n], ['u64 *', 8n]),
        tie('pointer'),
        tie('pointer'),
      )
      .map(([[type, size], a, b]): Written => {
        const whole =
          (p: Written): Written =>
          (l) =>
            `((${type})((unsigned long)${p(l)} & -${size}L))`;
        return (l) => `(${whole(a)(l)} - ${whole(b)(l)})`;
      }),
    fc.tuple(fc.constantFrom('!', '!!'), tie('pointer')).map(
      ([op, a]): Written =>
        (l) =>
          `(${op}${a(l)})`,
    ),
  ];
  const pointers: fc.Arbitrary<Written>[] = [
    leafOf(POINTERS),
    fc.tuple(fc.constantFrom(...POINTERS), tie('integer')).map(
      ([type, a]): Written =>
        (l) =>
          `((${type})(unsigned long)${a(l)})`,
    ),
    fc.tuple(fc.constantFrom('+', '-'), fc.constantFrom(...POINTERS), tie('pointer'), tie('integer')).map(
      ([op, type, a, b]): Written =>
        (l) =>
          `((${type})${a(l)} ${op} ${b(l)})`,
    ),
    fc.tuple(tie('integer'), fc.constantFrom(...POINTERS), tie('pointer'), tie('pointer')).map(
      ([t, type, a, b]): Written =>
        (l) =>
          `(${t(l)} ? (${type})${a(l)} : (${type})${b(l)})`,
    ),
  ];
  return {
    integer: fc.oneof({ depthIdentifier: 'e', maxDepth: 4 }, ...(ints as [fc.Arbitrary<Written>])),
    pointer: fc.oneof({ depthIdentifier: 'e', maxDepth: 4 }, ...(pointers as [fc.Arbitrary<Written>])),
  };
});

export interface RandomExpression {
  /** with constants as leaves */
  readonly constant: string;
  /** with variables as leaves: those of `leaves`, named `prefix` and their number */
  variable(prefix: string): string;
  readonly leaves: readonly Leaf[];
}
export function randomExpressions(numRuns: number, seed: number): RandomExpression[] {
  return fc.sample(integer, { numRuns, seed }).map((written) => {
    const leaves: Leaf[] = [];
    const constant = written((l) => {
      leaves.push(l);
      return l.constant;
    });
    const variable = (prefix: string): string => {
      let n = 0;
      return written(() => `${prefix}${n++}`);
    };
    return { constant, variable, leaves };
  });
}

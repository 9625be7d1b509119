/** `constant-comparison`: a comparison that has the same result for every value of its operand's type. */
import { castConstant, promote, usualArithmetic, wrap } from '../../../../types/conversions';
import { type CType, type EnumType, type IntType, widthOf } from '../../../../types/ctype';
import type { Program } from '../../../check/context/program';
import type { Expr } from '../../../syntax/tree';
import { withoutCasts } from '../../../syntax/withoutCasts';
import { sourceText } from '../../engine/evidence';
import type { Rule } from '../../engine/rule';

const codes: Rule<'constant-comparison'>['codes'] = {
  'constant-comparison': {
    group: 'language',
    severity: 'warning',
    summary: 'a comparison that is always true or always false',
    why: 'An unsigned number is never below 0: a test for a negative error code in a `size_t` never fails, and a loop that counts down to `i >= 0` never ends.',
    bad: 'static unsigned int queued;\n\nvoid queue_remove(unsigned int n)\n{\n\tif (queued - n < 0)\n\t\treturn;\n\tqueued -= n;\n}\n',
    good: 'static unsigned int queued;\n\nvoid queue_remove(unsigned int n)\n{\n\tif (queued < n)\n\t\treturn;\n\tqueued -= n;\n}\n',
    instead:
      'Use a signed variable, compare before the subtraction, or before the value is stored in the unsigned one.',
    limits:
      'Goes by the types and by the bits of a constant mask, not by what a variable holds. Comparisons inside of macros are not looked at.',
  },
};
interface Range {
  readonly least: bigint;
  readonly most: bigint;
}
type Comparison = '<' | '<=' | '>' | '>=' | '==' | '!=';
const MIRRORED: Readonly<Record<Comparison, Comparison>> = {
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
  '==': '==',
  '!=': '!=',
};
const isComparison = (op: string): op is Comparison => op in MIRRORED;
const isNumber = (type: CType | undefined): type is IntType | EnumType => type?.kind === 'int';

export const constantComparison: Rule<'constant-comparison'> = {
  codes,
  start: ({ program, report }) => ({
    visit: {
      binary(e) {
        if (!isComparison(e.op)) return;
        const found = verdict(program, e.op, e.left, e.right) ?? verdict(program, MIRRORED[e.op], e.right, e.left);
        if (!found) return;
        report('constant-comparison', e.span, () => ({
          message: `this is always ${found.result}: ${found.why}. Correct the comparison, or leave it out`,
        }));
      },
    },
  }),
};

/** Whether `value op limit` always has one result; undefined: it depends, or nothing is known. */
function verdict(
  program: Program,
  op: Comparison,
  value: Expr,
  limit: Expr,
): { readonly result: boolean; readonly why: string } | undefined {
  const constant = program.constantOf(limit);
  if (constant === undefined || program.constantOf(value) !== undefined) return undefined;
  return byMask(program, op, value, constant) ?? byType(program, op, value, limit, constant);
}
function byType(
  program: Program,
  op: Comparison,
  value: Expr,
  limit: Expr,
  constant: bigint,
): { readonly result: boolean; readonly why: string } | undefined {
  const { abi } = program;
  const type = program.typeOf(withoutPlus(value));
  const other = program.typeOf(limit);
  if (!isNumber(type) || !isNumber(other)) return undefined;
  const common = usualArithmetic(promote(type, abi), other, abi);
  if (common.kind !== 'int' || (type.signed && !common.signed)) return undefined;
  const { least, most } = rangeOf(type);
  const n = castConstant(wrap(constant, other), other, common);
  const result = ofRange(op, { least, most }, n);
  if (result === undefined) return undefined;
  const name = sourceText(program, value.span);
  const bounds = !type.signed && n <= 0n ? 'is unsigned' : `holds ${least} to ${most}`;
  return { result, why: `'${name}' ${bounds}, and is compared with ${n}` };
}
const withoutPlus = (e: Expr): Expr => (e.kind === 'unary' && e.op === '+' ? e.operand : e);

function rangeOf(type: IntType | EnumType): Range {
  if (type.kind === 'int' && type.bool) return { least: 0n, most: 1n };
  const width = BigInt(widthOf(type));
  return type.signed
    ? { least: -(1n << (width - 1n)), most: (1n << (width - 1n)) - 1n }
    : { least: 0n, most: (1n << width) - 1n };
}
function ofRange(op: Comparison, { least, most }: Range, n: bigint): boolean | undefined {
  switch (op) {
    case '<':
      return most < n ? true : least >= n ? false : undefined;
    case '<=':
      return most <= n ? true : least > n ? false : undefined;
    case '>':
      return least > n ? true : most <= n ? false : undefined;
    case '>=':
      return least >= n ? true : most < n ? false : undefined;
    case '==':
      return n < least || n > most ? false : undefined;
    case '!=':
      return n < least || n > most ? true : undefined;
  }
}
/** `(flags & 4) == 3`: bits that the mask takes away. */
function byMask(
  program: Program,
  op: Comparison,
  value: Expr,
  constant: bigint,
): { readonly result: boolean; readonly why: string } | undefined {
  if (op !== '==' && op !== '!=') return undefined;
  const masked = withoutCasts(value);
  if (masked.kind !== 'binary' || masked.op !== '&') return undefined;
  const mask = program.constantOf(masked.right) ?? program.constantOf(masked.left);
  if (mask === undefined || mask < 0n || constant < 0n || (constant & ~mask) === 0n) return undefined;
  return { result: op === '!=', why: `the mask ${mask} leaves no bits that could make ${constant}` };
}

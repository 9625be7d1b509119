/** printk's format against its arguments, as -Wformat does for the kernel's own conversions (Documentation/core-api/printk-formats). */
import type { Abi, CType } from '../../../types/ctype';
import { quotedType } from '../../../types/ctype';
import { type Conversion, conversionsOf } from '../../../types/printfFormat';

/** An argument whose type does not fit: index among the arguments after the format, and the reason. */
interface FormatProblem {
  /** undefined: the format as a whole */
  readonly arg: number | undefined;
  readonly message: string;
}
/** bytes of an integer by its length modifier */
const SIZES: Readonly<Record<Conversion['length'], (abi: Abi) => number>> = {
  '': () => 4,
  hh: () => 4,
  h: () => 4,
  l: (abi) => abi.wordSize,
  ll: () => 8,
  L: () => 8,
  q: () => 8,
  z: (abi) => abi.wordSize,
  Z: (abi) => abi.wordSize,
  t: (abi) => abi.wordSize,
  j: () => 8,
};

/** "; '%lu' fits": the conversion for an integer's type, where one is written. */
function fitting(spelling: string, type: CType): string {
  const letter = /([diuxXo])'$/.exec(spelling)?.[1];
  if (!letter || type.kind !== 'int') return '';
  const length = type.name.includes('long long') ? 'll' : type.name.includes('long') ? 'l' : '';
  return `; '%${/^s?size_t$/.test(type.typedef ?? '') ? 'z' : length}${letter}' fits`;
}
/** The mismatch in a call `printk(format, types…)`. An undefined type is one that is not known. */
export function checkFormat(format: string, types: readonly (CType | undefined)[], abi: Abi): FormatProblem[] {
  const problems: FormatProblem[] = [];
  let at = 0;
  const integer = (size: number, spelling: string): void => {
    const arg = at++;
    if (arg >= types.length) return;
    const type = types[arg];
    if (!type) return;
    if (type.kind !== 'int' && type.kind !== 'enum')
      problems.push({
        arg,
        message: `${spelling} prints an integer, the argument is ${quotedType(type)}${type.kind === 'pointer' ? "; '%p' prints a pointer" : ''}`,
      });
    else if (Math.max(4, type.size) !== size) {
      problems.push({
        arg,
        message: `${spelling} takes ${size} bytes, the argument ${quotedType(type)} has ${Math.max(4, type.size)}${fitting(spelling, type)}`,
      });
    }
  };
  for (const { text: whole, width, precision, length, letter } of conversionsOf(format)) {
    if (letter === '%') continue;
    if (width === '*') integer(4, "the '*' width");
    if (precision === '*') integer(4, "the '*' precision");
    switch (letter) {
      case 'd':
      case 'i':
      case 'u':
      case 'x':
      case 'X':
      case 'o':
        integer(SIZES[length](abi), `'${whole}'`);
        break;
      case 'c':
        integer(4, `'${whole}'`);
        break;
      case 's':
      case 'p': {
        const arg = at++;
        const type = types[arg];
        if (arg >= types.length || !type) break;
        if (type.kind !== 'pointer')
          problems.push({
            arg,
            message: `'${whole}' prints ${letter === 's' ? 'a string' : 'a pointer'}, the argument is ${quotedType(type)}`,
          });
        else if (letter === 's' && type.to.kind !== 'void' && !(type.to.kind === 'int' && type.to.size === 1)) {
          problems.push({ arg, message: `'${whole}' prints a string, the argument is ${quotedType(type)}` });
        }
        break;
      }
      default:
        problems.push({ arg: undefined, message: `'${whole}' is not a conversion of printk` });
        at++;
    }
  }
  if (/(^|[^%])(%%)*%$/.test(format))
    problems.push({ arg: undefined, message: "the format ends with '%', which begins a conversion; '%%' prints it" });
  if (at > types.length)
    problems.push({
      arg: undefined,
      message: `the format wants ${at} argument${at === 1 ? '' : 's'}, ${types.length} ${types.length === 1 ? 'is' : 'are'} given`,
    });
  else if (at < types.length && problems.length === 0)
    problems.push({
      arg: at,
      message: `the format takes ${at} argument${at === 1 ? '' : 's'}, ${types.length} are given`,
    });
  return problems;
}

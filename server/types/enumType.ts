/** Enumerations as gcc represents them: by the smallest of int, unsigned int and their 64-bit kin that holds all constants. */
import { type Abi, basicTypes, type EnumType, type IntType } from './ctype';

/** The enumeration with these constants. `packed`: of the types that are smaller than int as well. */
export function enumOf(tag: string | undefined, constants: EnumType['constants'], abi: Abi, packed = false): EnumType {
  const values = constants.map((c) => c.value);
  const signed = values.some((v) => v < 0n);
  const sizes = packed ? ([1, 2, 4] as const) : ([4] as const);
  const fits = signed ? BigInt.asIntN : BigInt.asUintN;
  const size = sizes.find((bytes) => values.every((v) => fits(bytes * 8, v) === v)) ?? 8;
  return { kind: 'enum', tag, size, align: integerOf(size, signed, abi).align, signed, constants };
}
/** The integer type that an enumeration is represented by. */
export const enumInteger = ({ size, signed }: EnumType, abi: Abi): IntType => integerOf(size, signed, abi);

function integerOf(size: EnumType['size'], signed: boolean, abi: Abi): IntType {
  const basic = basicTypes(abi);
  if (size === 1) return signed ? basic.schar : basic.uchar;
  if (size === 2) return signed ? basic.short : basic.ushort;
  if (size === 4) return signed ? basic.int : basic.uint;
  if (abi.wordSize === 8) return signed ? basic.long : basic.ulong;
  return signed ? basic.llong : basic.ullong;
}

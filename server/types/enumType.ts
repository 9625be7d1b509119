/** Enumerations as gcc represents them: by the smallest of int, unsigned int and their 64-bit kin that holds all constants. */
import { type Abi, basicTypes, type EnumType, type IntType } from './ctype';

/** The enumeration with these constants. */
export function enumOf(tag: string | undefined, constants: EnumType['constants'], abi: Abi): EnumType {
  const values = constants.map((c) => c.value);
  const signed = values.some((v) => v < 0n);
  const limit = signed ? 0x7fff_ffffn : 0xffff_ffffn;
  const size = values.every((v) => v <= limit && v >= -0x8000_0000n) ? 4 : 8;
  return { kind: 'enum', tag, size, align: integerOf(size, signed, abi).align, signed, constants };
}
/** The integer type that an enumeration is represented by. */
export const enumInteger = ({ size, signed }: EnumType, abi: Abi): IntType => integerOf(size, signed, abi);

function integerOf(size: 4 | 8, signed: boolean, abi: Abi): IntType {
  const basic = basicTypes(abi);
  if (size === 4) return signed ? basic.int : basic.uint;
  if (abi.wordSize === 8) return signed ? basic.long : basic.ulong;
  return signed ? basic.llong : basic.ullong;
}

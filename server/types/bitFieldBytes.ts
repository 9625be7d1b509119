/** The bytes that a bit-field is accessed by: those that hold its bits, since others of its declared unit may lie outside the object. */

interface BitFieldBytes {
  /** bytes from the field's offset */
  readonly first: number;
  /** 1 to 9 */
  readonly length: number;
  /** bits below the field in its first byte */
  readonly shift: number;
}

/** @param bitOffset the field's first bit, counted from the low bit of the byte where its offset is */
export function bitFieldBytes(bitOffset: number, width: number): BitFieldBytes {
  const first = bitOffset >> 3;
  return { first, length: ((bitOffset + width + 7) >> 3) - first, shift: bitOffset & 7 };
}
/** `value`'s bits from `shift` on, as a field of `width` bits. */
export function fieldOf(value: bigint, shift: number, width: number, signed: boolean): bigint {
  const bits = value >> BigInt(shift);
  return signed ? BigInt.asIntN(width, bits) : BigInt.asUintN(width, bits);
}
/** `value` with the bits of a field replaced. */
export function withField(value: bigint, shift: number, width: number, field: bigint): bigint {
  const mask = ((1n << BigInt(width)) - 1n) << BigInt(shift);
  return (value & ~mask) | ((field << BigInt(shift)) & mask);
}

/** Lays out a struct or union as the C compiler does (System V ABI of i386 and x86_64): offsets, padding, bit-fields. */
import type { CType, Field } from './ctype';
import { alignOf, sizeOf } from './ctype';

export interface FieldInput {
  readonly name: string | undefined;
  readonly type: CType;
  /** width of a bit-field */
  readonly bits?: number;
}
interface LaidOut {
  readonly fields: readonly Field[];
  /** bytes */
  readonly size: number;
  readonly align: number;
}

/** Offsets and size in bytes. `align`: asked for by `__aligned(n)`. */
export function layOut(inputs: readonly FieldInput[], union: boolean, packed = false, align = 1): LaidOut {
  const fields: Field[] = [];
  let bit = 0; // next free bit
  let most = align;
  let size = 0;
  for (const { name, type, bits } of inputs) {
    const bytes = sizeOf(type) ?? 0;
    const own = packed ? 1 : alignOf(type);
    if (union) bit = 0;
    if (bits !== undefined) {
      const unit = bytes * 8;
      if (bits === 0) {
        bit = Math.ceil(bit / unit) * unit;
        continue;
      }
      const boundary = packed ? 8 : unit;
      if (!packed && Math.floor(bit / unit) !== Math.floor((bit + bits - 1) / unit)) bit = Math.ceil(bit / unit) * unit;
      let base = Math.floor(bit / boundary) * boundary;
      // an i386 unit of 8 bytes may begin at a multiple of 4
      if (packed && bit - base + bits > unit) base = bit;
      if (name !== undefined) fields.push({ name, type, offset: base / 8, bitOffset: bit - base, bitWidth: bits });
      if (name !== undefined) most = Math.max(most, own);
      bit += bits;
      size = Math.max(size, Math.ceil(bit / 8));
      continue;
    }
    const offset = Math.ceil(bit / 8 / own) * own;
    fields.push({ name, type, offset });
    most = Math.max(most, own);
    bit = (offset + bytes) * 8;
    size = Math.max(size, offset + bytes);
  }
  return { fields, size: Math.ceil(size / most) * most, align: most };
}

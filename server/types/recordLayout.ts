/** Lays out a struct or union as the C compiler does (System V ABI of i386 and x86_64): offsets, padding, bit-fields. */
import type { CType, Field } from './ctype';
import { alignOf, sizeOf } from './ctype';

/** What `__packed` and `__aligned(n)` ask for, of a structure or of one member or variable. */
export interface AskedLayout {
  readonly packed: boolean;
  /** bytes; 0: none */
  readonly align: number;
}
export interface FieldInput {
  readonly name: string | undefined;
  readonly type: CType;
  /** width of a bit-field */
  readonly bits?: number;
  /** of the member itself */
  readonly asked?: AskedLayout;
}
interface LaidOut {
  readonly fields: readonly Field[];
  /** bytes */
  readonly size: number;
  readonly align: number;
}
export const NOTHING_ASKED: AskedLayout = { packed: false, align: 0 };

/** Offsets and size in bytes. */
export function layOut(inputs: readonly FieldInput[], union: boolean, whole: AskedLayout = NOTHING_ASKED): LaidOut {
  const fields: Field[] = [];
  let bit = 0; // next free bit
  let most = Math.max(1, whole.align);
  let size = 0;
  for (const { name, type, bits, asked = NOTHING_ASKED } of inputs) {
    const bytes = sizeOf(type) ?? 0;
    const packed = whole.packed || asked.packed;
    const own = Math.max(packed ? 1 : alignOf(type), asked.align);
    if (union) bit = 0;
    if (bits !== undefined) {
      // an i386 unit of 8 bytes may begin at a multiple of 4
      const boundary = alignOf(type) * 8;
      if (bits === 0) {
        bit = roundUp(bit, boundary);
        size = Math.max(size, bit / 8);
        continue;
      }
      if (asked.align > 0) bit = roundUp(bit, asked.align * 8);
      if (!packed && Math.ceil(((bit % boundary) + bits) / boundary) > (bytes * 8) / boundary)
        bit = roundUp(bit, boundary);
      const base = bit - (bit % (packed ? 8 : boundary));
      if (name !== undefined) {
        fields.push({ name, type, offset: base / 8, bitOffset: bit - base, bitWidth: bits });
        most = Math.max(most, own);
      }
      bit += bits;
      size = Math.max(size, Math.ceil(bit / 8));
      continue;
    }
    const offset = roundUp(Math.ceil(bit / 8), own);
    fields.push({ name, type, offset });
    most = Math.max(most, own);
    bit = (offset + bytes) * 8;
    size = Math.max(size, offset + bytes);
  }
  return { fields, size: roundUp(size, most), align: most };
}
const roundUp = (value: number, unit: number): number => Math.ceil(value / unit) * unit;

/** Paths to members inside a type: `flags`, `lru.next`, `free_area[2].nr_free`. */
import { typeInside } from './conversions';
import { type CType, findField, sizeOf } from './ctype';

/** A member: its type, its offset in bytes from the start of the outer type, and its bits if it is a bit-field. */
interface MemberAt {
  readonly type: CType;
  readonly offset: number;
  readonly bitOffset?: number;
  readonly bitWidth?: number;
}

/** The member that a path leads to, also through anonymous members; undefined if a step of it does not exist. */
export function memberAt(whole: CType, path: string): MemberAt | undefined {
  let at: MemberAt = { type: whole, offset: 0 };
  for (const [step] of path.matchAll(/\w+|\[\d+\]/g)) {
    const { type, offset } = at;
    if (step.startsWith('[')) {
      if (type.kind !== 'array') return undefined;
      at = { type: type.of, offset: offset + Number(step.slice(1, -1)) * (sizeOf(type.of) ?? 0) };
      continue;
    }
    const found = type.kind === 'struct' || type.kind === 'union' ? findField(type, step) : undefined;
    if (!found) return undefined;
    const { bitOffset = 0, bitWidth } = found.field;
    at = {
      type: typeInside(type, found.field.type),
      offset: offset + found.offset,
      ...(bitWidth === undefined ? {} : { bitOffset, bitWidth }),
    };
  }
  return at;
}

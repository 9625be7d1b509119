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

/**
 * What lies at an offset inside an object, as a path from it: `.slot[2].lock`, with `+0x3` where no member begins there. '' is the object.
 * Of several that begin there the outermost; with `inner`, the innermost, but the kernel's own structures (a lock, a timer) are whole.
 */
export function pathAt(type: CType, offset: number, inner: boolean): string {
  const record = type.kind === 'struct' || type.kind === 'union';
  const whole = !inner || !(record || type.kind === 'array') || (record && type.builtin === true);
  if (offset === 0 && whole) return '';
  if (type.kind === 'array') {
    const size = sizeOf(type.of) ?? 0;
    const index = size > 0 ? Math.floor(offset / size) : -1;
    if (index < 0 || (type.length !== null && index >= type.length)) return withOffset('', offset);
    return `[${index}]${pathAt(type.of, offset - index * size, inner)}`;
  }
  // what has no bytes (padding, an array of unknown length) lies nowhere
  const field = record
    ? type.fields?.find((f) => offset >= f.offset && offset < f.offset + (sizeOf(f.type) ?? 0))
    : undefined;
  if (!field) return withOffset('', offset);
  const rest = pathAt(field.type, offset - field.offset, inner);
  return field.name === undefined ? rest : `.${field.name}${rest}`;
}
/** `name+0x3`, or the name alone for 0. */
export const withOffset = (name: string, offset: number): string =>
  offset === 0 ? name : `${name}+0x${offset.toString(16)}`;

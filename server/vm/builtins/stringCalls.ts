/** Memory blocks and strings (lib/string.c, lib/vsprintf.c, 6.1). They read and write as the kernel's do: past the end of an object if they are told to. */

import type { AddressSpace } from '../../memory/space';
import { PAGE_SIZE } from '../../types/pageSize';
import type { Builtin, Machine } from '../machine/machine';
import type { Value } from '../values/value';
import { inline, n, plain } from './define';

const p = (m: Machine, v: Value | undefined) => m.pointer(v);
const E2BIG = 7;
const INT_MAX = 0x7fffffff;
/** bytes that are looked at in one piece */
const PIECE = 1 << 16;

// ---------------------------------------------------------------- blocks
/** The bytes, however many they are said to be. @throws PageFaultError before anything of a length that isn't mapped is copied */
function read(space: AddressSpace, at: number, size: number): Uint8Array {
  const mapped = space.mappedLength(at, size);
  if (mapped < size) space.read8(at + mapped);
  return space.readBytes(at, size);
}
function copy(m: Machine, a: readonly Value[]): number {
  const { space } = m.core;
  const to = p(m, a[0]);
  space.writeBytes(to, read(space, p(m, a[1]), n(a[2])));
  return to;
}
/** Address of the first byte for which `found`, 0 if there is none. Bytes behind it are not touched. */
function scan(m: Machine, at: number, size: number, found: (byte: number) => boolean): number {
  for (let done = 0; done < size; ) {
    // up to the end of the page, so that no page is touched too early
    const part = Math.min(size - done, PAGE_SIZE - ((((at + done) % PAGE_SIZE) + PAGE_SIZE) % PAGE_SIZE));
    const bytes = m.core.space.readBytes(at + done, part);
    const i = bytes.findIndex(found);
    if (i >= 0) return at + done + i;
    done += part;
  }
  return 0;
}
/** memcmp: difference of the first bytes that differ. */
function difference(m: Machine, x: number, y: number, size: number): number {
  const { space } = m.core;
  for (let done = 0; done < size; ) {
    const whole = Math.min(size - done, PIECE);
    const part = Math.min(space.mappedLength(x + done, whole), space.mappedLength(y + done, whole));
    const a = space.readBytes(x + done, part);
    const b = space.readBytes(y + done, part);
    for (let i = 0; i < part; i++) if (a[i] !== b[i]) return (a[i] as number) - (b[i] as number);
    done += part;
    if (part < whole) {
      space.read8(x + done);
      space.read8(y + done);
    }
  }
  return 0;
}

// ---------------------------------------------------------------- strings
/** Bytes of a string without its NUL, `limit` at the most. @throws PageFaultError */
function bytesOf(m: Machine, at: number, limit = Number.POSITIVE_INFINITY): Uint8Array {
  const end = scan(m, at, limit, (byte) => byte === 0);
  return m.core.space.readBytes(at, end === 0 ? limit : end - at);
}
const lengthOf = (m: Machine, at: number): number => scan(m, at, Number.POSITIVE_INFINITY, (byte) => byte === 0) - at;
/** strcmp, strncmp: −1, 0 or 1. */
function compare(m: Machine, x: number, y: number, limit: number): number {
  const { space } = m.core;
  for (let i = 0; i < limit; i++) {
    const a = space.read8(x + i);
    const b = space.read8(y + i);
    if (a !== b) return a < b ? -1 : 1;
    if (a === 0) return 0;
  }
  return 0;
}
/** Writes bytes and a NUL behind them. */
function put(m: Machine, at: number, bytes: Uint8Array): void {
  const whole = new Uint8Array(bytes.length + 1);
  whole.set(bytes);
  m.core.space.writeBytes(at, whole);
}
/** As much as fits into a buffer of `size` bytes, with a NUL. */
function putWithin(m: Machine, at: number, size: number, bytes: Uint8Array): void {
  if (size > 0) put(m, at, bytes.subarray(0, size - 1));
}
/** Address of the first place of `what` in `text`, −1 if there is none. */
function search(text: Uint8Array, what: Uint8Array): number {
  for (let at = 0; at + what.length <= text.length; at++) if (what.every((byte, i) => text[at + i] === byte)) return at;
  return -1;
}
/** snprintf: the bytes that were printed; they are in the buffer as far as they fit. */
function print(
  m: Machine,
  buffer: Value | undefined,
  size: number,
  format: Value | undefined,
  args: readonly Value[],
): number {
  const text = m.printf.formatBytes(m.core.string(p(m, format)), args);
  const bytes = Uint8Array.from(text, (c) => c.charCodeAt(0));
  if (size > INT_MAX) {
    m.context.warn('vsnprintf', `WARN_ON_ONCE(size > INT_MAX): the size of the buffer is ${size}`);
    return 0;
  }
  if (size > 0) putWithin(m, p(m, buffer), size, bytes);
  return bytes.length;
}

export const stringBuiltins = {
  memset: plain((m, a) => {
    const at = p(m, a[0]);
    m.core.space.fill(at, n(a[2]), n(a[1]) & 0xff);
    return at;
  }),
  memcpy: plain(copy),
  memmove: plain(copy),
  memcmp: inline((m, a) => (n(a[2]) === 0 ? 0 : difference(m, p(m, a[0]), p(m, a[1]), n(a[2])))),
  memchr: inline((m, a) => scan(m, p(m, a[0]), n(a[2]), (byte) => byte === (n(a[1]) & 0xff))),
  memchr_inv: inline((m, a) => scan(m, p(m, a[0]), n(a[2]), (byte) => byte !== (n(a[1]) & 0xff))),
  strlen: inline((m, a) => lengthOf(m, p(m, a[0]))),
  strnlen: inline((m, a) => bytesOf(m, p(m, a[0]), n(a[1])).length),
  strcmp: inline((m, a) => compare(m, p(m, a[0]), p(m, a[1]), Number.POSITIVE_INFINITY)),
  strncmp: inline((m, a) => compare(m, p(m, a[0]), p(m, a[1]), n(a[2]))),
  strcpy: plain((m, a) => {
    put(m, p(m, a[0]), bytesOf(m, p(m, a[1])));
    return p(m, a[0]);
  }),
  strncpy: plain((m, a) => {
    const [to, size] = [p(m, a[0]), n(a[2])];
    const bytes = bytesOf(m, p(m, a[1]), size);
    m.core.space.writeBytes(to, bytes);
    m.core.space.fill(to + bytes.length, size - bytes.length, 0);
    return to;
  }),
  strlcpy: plain((m, a) => {
    const bytes = bytesOf(m, p(m, a[1]));
    putWithin(m, p(m, a[0]), n(a[2]), bytes);
    return bytes.length;
  }),
  strscpy: plain((m, a) => {
    const size = n(a[2]);
    if (size === 0) return -E2BIG;
    if (size > INT_MAX) {
      m.context.warn('strscpy', `WARN_ON_ONCE(count > INT_MAX): the size of the buffer is ${size}`);
      return -E2BIG;
    }
    const bytes = bytesOf(m, p(m, a[1]), size);
    putWithin(m, p(m, a[0]), size, bytes);
    return bytes.length >= size ? -E2BIG : bytes.length;
  }),
  strcat: plain((m, a) => {
    const to = p(m, a[0]);
    put(m, to + lengthOf(m, to), bytesOf(m, p(m, a[1])));
    return to;
  }),
  strncat: plain((m, a) => {
    const to = p(m, a[0]);
    if (n(a[2]) > 0) put(m, to + lengthOf(m, to), bytesOf(m, p(m, a[1]), n(a[2])));
    return to;
  }),
  strchr: inline((m, a) => {
    const wanted = n(a[1]) & 0xff;
    const at = scan(m, p(m, a[0]), Number.POSITIVE_INFINITY, (byte) => byte === wanted || byte === 0);
    return m.core.space.read8(at) === wanted ? at : 0;
  }),
  strrchr: inline((m, a) => {
    const bytes = [...bytesOf(m, p(m, a[0])), 0];
    const at = bytes.lastIndexOf(n(a[1]) & 0xff);
    return at < 0 ? 0 : p(m, a[0]) + at;
  }),
  strstr: inline((m, a) => {
    const at = search(bytesOf(m, p(m, a[0])), bytesOf(m, p(m, a[1])));
    return at < 0 ? 0 : p(m, a[0]) + at;
  }),
  snprintf: plain((m, a) => print(m, a[0], n(a[1]), a[2], a.slice(3))),
  scnprintf: plain((m, a) => Math.min(print(m, a[0], n(a[1]), a[2], a.slice(3)), Math.max(0, n(a[1]) - 1))),
  sprintf: plain((m, a) => print(m, a[0], INT_MAX, a[1], a.slice(2))),
} satisfies Record<string, Builtin>;

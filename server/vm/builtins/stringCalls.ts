/**
 * Memory blocks and strings (lib/string.c, lib/vsprintf.c, 6.1). Like the kernel's, they read and write past the end of an object if told
 * to.
 */

import type { AddressSpace } from '../../memory/space';
import { PAGE_SIZE } from '../../types/pageSize';
import type { Machine } from '../machine/machine';
import type { Value } from '../values/value';
import { type Implementations, inline, plain } from './define';

const INT_MAX = 0x7fffffff;
/** bytes that are read at once */
const PIECE = 1 << 16;

// ---------------------------------------------------------------- blocks
/** The bytes at an address. @throws PageFaultError before anything of a length that is not mapped is copied */
function read(space: AddressSpace, at: number, size: number): Uint8Array {
  const mapped = space.mappedLength(at, size);
  if (mapped < size) space.read8(at + mapped);
  return space.readBytes(at, size);
}
/** memcpy, memmove. A sanitizer that has just reported one of the ranges makes them do nothing and return NULL. */
export function copy(m: Machine, dest: number, src: number, count: number): number {
  const { space } = m.kernel;
  if (m.kasan && !(m.kasan.checkRange(src, count, false) && m.kasan.checkRange(dest, count, true))) return 0;
  space.writeBytes(dest, read(space, src, count));
  return dest;
}
/** memset; see `copy` */
export function set(m: Machine, s: number, c: number, count: number): number {
  if (m.kasan && !m.kasan.checkRange(s, count, true)) return 0;
  m.unchecked.fill(s, count, c & 0xff);
  return s;
}
/** Address of the first byte for which `found`, 0 if there is none. Bytes after it are not looked at. */
function scan(m: Machine, at: number, size: number, found: (byte: number) => boolean): number {
  for (let done = 0; done < size; ) {
    // up to the end of the page, so that no page is touched too early
    const part = Math.min(size - done, PAGE_SIZE - ((((at + done) % PAGE_SIZE) + PAGE_SIZE) % PAGE_SIZE));
    m.core.space.bytes(at + done, 1, false);
    const bytes = m.unchecked.readBytes(at + done, part);
    const i = bytes.findIndex(found);
    m.core.space.bytes(at + done, i < 0 ? part : i + 1, false);
    if (i >= 0) return at + done + i;
    done += part;
  }
  return 0;
}
/** memcmp: difference of the first bytes that differ. */
function difference(m: Machine, x: number, y: number, size: number): number {
  const { space } = m.kernel;
  for (let done = 0; done < size; ) {
    const whole = Math.min(size - done, PIECE);
    const part = Math.min(space.mappedLength(x + done, whole), space.mappedLength(y + done, whole));
    const a = space.readBytes(x + done, part);
    const b = space.readBytes(y + done, part);
    const same = a.findIndex((byte, i) => byte !== b[i]);
    for (const start of [x, y]) m.core.space.bytes(start + done, same < 0 ? part : same + 1, false);
    if (same >= 0) return (a[same] as number) - (b[same] as number);
    done += part;
    if (part < whole) {
      m.core.space.read8(x + done);
      m.core.space.read8(y + done);
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
/** Writes bytes, then a NUL. */
function put(m: Machine, at: number, bytes: Uint8Array): void {
  const whole = new Uint8Array(bytes.length + 1);
  whole.set(bytes);
  m.core.space.writeBytes(at, whole);
}
/** As much as fits into a buffer of `size` bytes, with a NUL. */
function putWithin(m: Machine, at: number, size: number, bytes: Uint8Array): void {
  if (size > 0) put(m, at, bytes.subarray(0, size - 1));
}
/** Index of the first occurrence of `what` in `text`, −1 if there is none. */
function search(text: Uint8Array, what: Uint8Array): number {
  for (let at = 0; at + what.length <= text.length; at++) if (what.every((byte, i) => text[at + i] === byte)) return at;
  return -1;
}
/** snprintf: the bytes that were printed; they are in the buffer as far as they fit. */
function print(m: Machine, buffer: number, size: number, format: number, args: readonly Value[]): number {
  const text = m.printf.formatBytes(m.core.string(format), args);
  const bytes = Uint8Array.from(text, (c) => c.charCodeAt(0));
  if (size > INT_MAX) {
    m.reports.warn({ fn: 'vsnprintf', at: 'lib/vsprintf.c' }, '', [`the size of the buffer is ${size}: above INT_MAX`]);
    return 0;
  }
  if (size > 0) putWithin(m, buffer, size, bytes);
  return bytes.length;
}

export const stringBuiltins = {
  memset: plain(set),
  memcpy: plain(copy),
  memmove: plain(copy),
  memcmp: inline((m, cs, ct, count) => (count === 0 ? 0 : difference(m, cs, ct, count))),
  memchr: inline((m, s, c, n) => scan(m, s, n, (byte) => byte === (c & 0xff))),
  memchr_inv: inline((m, start, c, bytes) => scan(m, start, bytes, (byte) => byte !== (c & 0xff))),
  strlen: inline((m, s) => lengthOf(m, s)),
  strnlen: inline((m, s, count) => bytesOf(m, s, count).length),
  strcmp: inline((m, cs, ct) => compare(m, cs, ct, Number.POSITIVE_INFINITY)),
  strncmp: inline((m, cs, ct, count) => compare(m, cs, ct, count)),
  strcpy: plain((m, dest, src) => {
    put(m, dest, bytesOf(m, src));
    return dest;
  }),
  strncpy: plain((m, dest, src, count) => {
    const bytes = bytesOf(m, src, count);
    m.core.space.writeBytes(dest, bytes);
    m.core.space.fill(dest + bytes.length, count - bytes.length, 0);
    return dest;
  }),
  strlcpy: plain((m, dest, src, size) => {
    const bytes = bytesOf(m, src);
    putWithin(m, dest, size, bytes);
    return bytes.length;
  }),
  strscpy: plain((m, dest, src, count) => {
    if (count === 0) return -m.kernel.profile.errno.E2BIG;
    if (count > INT_MAX) {
      m.reports.warn({ fn: 'strscpy', at: 'lib/string.c' }, '', [`the size of the buffer is ${count}: above INT_MAX`]);
      return -m.kernel.profile.errno.E2BIG;
    }
    const bytes = bytesOf(m, src, count);
    putWithin(m, dest, count, bytes);
    return bytes.length >= count ? -m.kernel.profile.errno.E2BIG : bytes.length;
  }),
  strcat: plain((m, dest, src) => {
    put(m, dest + lengthOf(m, dest), bytesOf(m, src));
    return dest;
  }),
  strncat: plain((m, dest, src, count) => {
    if (count > 0) put(m, dest + lengthOf(m, dest), bytesOf(m, src, count));
    return dest;
  }),
  strchr: inline((m, s, c) => {
    const wanted = c & 0xff;
    const at = scan(m, s, Number.POSITIVE_INFINITY, (byte) => byte === wanted || byte === 0);
    return m.core.space.read8(at) === wanted ? at : 0;
  }),
  strrchr: inline((m, s, c) => {
    const bytes = [...bytesOf(m, s), 0];
    const at = bytes.lastIndexOf(c & 0xff);
    return at < 0 ? 0 : s + at;
  }),
  strstr: inline((m, s1, s2) => {
    const at = search(bytesOf(m, s1), bytesOf(m, s2));
    return at < 0 ? 0 : s1 + at;
  }),
  snprintf: plain((m, buf, size, fmt, ...args) => print(m, buf, size, fmt, args)),
  scnprintf: plain((m, buf, size, fmt, ...args) => Math.min(print(m, buf, size, fmt, args), Math.max(0, size - 1))),
  sprintf: plain((m, buf, fmt, ...args) => print(m, buf, INT_MAX, fmt, args)),
} satisfies Partial<Implementations>;

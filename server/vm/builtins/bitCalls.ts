/** Bits, bitmaps, counting bits (include/linux/bitops.h, find.h, bitmap.h, 6.1). The machines are little endian: bit n is in byte n / 8. */
import type { Machine } from '../machine/machine';
import { highWord, lowWord, type Value } from '../values/value';
import { bool, type Implementations, inline, plain } from './define';

/** One bit of an array: the byte it is in, and its mask there. Numbers below 0 reach back, as the instruction does. */
function bit(nr: Value, addr: number): { address: number; mask: number } {
  const at = Number(nr);
  return { address: addr + Math.floor(at / 8), mask: 1 << (((at % 8) + 8) % 8) };
}
/** The long that holds a bit is about to be read, or changed. */
function begin(m: Machine, address: number, write: boolean): void {
  const { space, wordSize } = m.core;
  space.atomic(address - (((address % wordSize) + wordSize) % wordSize), wordSize, write);
}
/** Changes a bit. Returns whether it was set. */
const changing = (change: (byte: number, mask: number) => number) =>
  plain((m, nr: Value, addr: number) => {
    const { address, mask } = bit(nr, addr);
    const { space } = m.core;
    begin(m, address, true);
    const byte = space.read8(address);
    space.write8(address, change(byte, mask) & 0xff);
    return bool((byte & mask) !== 0);
  });
const set = changing((byte, mask) => byte | mask);
const clear = changing((byte, mask) => byte & ~mask);
const flip = changing((byte, mask) => byte ^ mask);

/** First bit from `offset` on that is `set`; `size` if there is none. */
function find(m: Machine, addr: number, size: Value, offset: number, set: boolean): Value {
  const end = Number(size);
  const { space } = m.core;
  for (let at = offset; at < end; ) {
    const byte = space.read8(addr + Math.floor(at / 8)) ^ (set ? 0 : 0xff);
    const rest = byte >> (at % 8);
    if (rest !== 0) {
      const found = at + lowest(rest);
      return found < end ? found : size;
    }
    at += 8 - (at % 8);
  }
  return size;
}
/** Bytes of the longs that hold this number of bits. */
const bytes = (m: Machine, bits: number): number => Math.ceil(bits / (m.core.wordSize * 8)) * m.core.wordSize;

/** Number of the lowest set bit of a word, from 0; 32 for 0. */
export const lowest = (word: number): number => (word === 0 ? 32 : 31 - Math.clz32(word & -word));
/** fls: number of the highest set bit, from 1; 0 for 0. */
export const fls = (word: number): number => 32 - Math.clz32(word);
export const fls64 = (value: Value): number => {
  const high = highWord(value);
  return high !== 0 ? 32 + fls(high) : fls(lowWord(value));
};
const lowest64 = (value: Value): number => {
  const low = lowWord(value);
  return low !== 0 ? lowest(low) : 32 + lowest(highWord(value));
};
/** Set bits of a word. */
export function weight(word: number): number {
  let count = word - ((word >>> 1) & 0x55555555);
  count = (count & 0x33333333) + ((count >>> 2) & 0x33333333);
  return Math.imul((count + (count >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
const weight64 = (value: Value): number => weight(lowWord(value)) + weight(highWord(value));
/** A function of one number. */
const of = (call: (value: Value, m: Machine) => Value) => inline((m, x: Value) => call(x, m));
const long64 = (m: Machine): boolean => m.core.wordSize === 8;

export const bits = {
  set_bit: set,
  clear_bit: clear,
  change_bit: flip,
  test_bit: inline((m, nr, addr) => {
    const { address, mask } = bit(nr, addr);
    begin(m, address, false);
    return bool((m.core.space.read8(address) & mask) !== 0);
  }),
  test_and_set_bit: set,
  test_and_clear_bit: clear,
  test_and_change_bit: flip,
  find_first_bit: inline((m, addr, size) => find(m, addr, size, 0, true)),
  find_next_bit: inline((m, addr, size, offset) => find(m, addr, size, Number(offset), true)),
  find_first_zero_bit: inline((m, addr, size) => find(m, addr, size, 0, false)),
  find_next_zero_bit: inline((m, addr, size, offset) => find(m, addr, size, Number(offset), false)),
  bitmap_zero: plain((m, dst, nbits) => m.core.space.fill(dst, bytes(m, nbits), 0)),
  bitmap_fill: plain((m, dst, nbits) => m.core.space.fill(dst, bytes(m, nbits), 0xff)),
  bitmap_weight: inline((m, src, nbits) => {
    let count = 0;
    for (let at = 0; at < nbits; at += 8) {
      const byte = m.core.space.read8(src + at / 8);
      count += weight(nbits - at < 8 ? byte & ((1 << (nbits - at)) - 1) : byte);
    }
    return count;
  }),
  ffs: of((x) => (x === 0 ? 0 : 1 + lowest(lowWord(x)))),
  fls: of((x) => fls(lowWord(x))),
  fls64: of((x) => fls64(x)),
  fls_long: of((x, m) => (long64(m) ? fls64(x) : fls(lowWord(x)))),
  // of 0, where the kernel promises nothing: what tzcnt and lzcnt give
  __ffs: of((x, m) => (long64(m) ? lowest64(x) : lowest(lowWord(x)))),
  __fls: of((x, m) => Math.max(0, (long64(m) ? fls64(x) : fls(lowWord(x))) - 1)),
  ffz: of((x, m) => {
    const low = lowest(~lowWord(x));
    return low < 32 || !long64(m) ? low : 32 + lowest(~highWord(x));
  }),
  hweight32: of((x) => weight(lowWord(x))),
  hweight64: of((x) => weight64(x)),
  hweight_long: of((x, m) => (long64(m) ? weight64(x) : weight(lowWord(x)))),
} satisfies Partial<Implementations>;

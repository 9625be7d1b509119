/** Hashes of pointers (include/linux/hash.h, 6.1). */

const GOLDEN_RATIO_64 = 0x61c8864680b583ebn;
const GOLDEN_RATIO_32 = 0x61c88647;

/** hash_ptr: the hash of a pointer in `bits` bits, at most 31. */
export function hashPtr(wordSize: 4 | 8, pointer: number, bits: number): number {
  return wordSize === 8
    ? Number(BigInt.asUintN(64, BigInt(pointer) * GOLDEN_RATIO_64) >> BigInt(64 - bits))
    : Math.imul(pointer | 0, GOLDEN_RATIO_32) >>> (32 - bits);
}

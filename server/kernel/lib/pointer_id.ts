/**
 * %p: an identifier that tells pointers apart without giving away the address (lib/vsprintf.c, 6.1: default_pointer, ptr_to_id). The kernel
 * hashes with a secret key; here a pointer has the same identifier in every run.
 */
import { formatBits } from '../../types/address';
import type { Abi } from '../../types/ctype';

/** A pointer as %p prints it, without 0x. @param plain NULL or an error: not an address, so there is nothing to hide */
export function pointerId(abi: Abi, bits: bigint, plain: boolean): string {
  if (plain) return formatBits(abi, bits).slice(2);
  const value = BigInt.asUintN(64, bits);
  let h = 0x9e3779b9 ^ Number(value & 0xffffffffn);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b) ^ Number(value >> 32n);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  h = (h ^ (h >>> 16)) >>> 0;
  return h.toString(16).padStart(abi.wordSize * 2, '0');
}

/**
 * Addresses: the one file that reads and prints them. An address is a JS number: unsigned on the 32-bit machines; on x86_64 the
 * signed 64-bit value, so that kernel addresses are negative, and exact for every canonical address.
 */
import type { Abi } from './ctype';

/** The bit pattern of an address, unsigned. */
export function toBits(abi: Abi, address: number): bigint {
  return abi.wordSize === 8 ? BigInt.asUintN(64, BigInt(address)) : BigInt(address >>> 0);
}
/** The address a bit pattern means. Rounded where x86_64 calls it non-canonical (see `isCanonical`). */
export function toAddress(abi: Abi, bits: bigint): number {
  return abi.wordSize === 8 ? Number(BigInt.asIntN(64, bits)) : Number(BigInt.asUintN(32, bits));
}
/** Whether the upper 17 bits of an x86_64 address are equal (48-bit virtual addresses). All 32-bit addresses are. */
export function isCanonical(abi: Abi, bits: bigint): boolean {
  return abi.wordSize === 4 || BigInt.asIntN(48, bits) === BigInt.asIntN(64, bits);
}
/** `0xffff88800123a000`; 8 digits on the 32-bit machines. */
export function formatAddress(abi: Abi, address: number): string {
  return formatBits(abi, toBits(abi, address));
}
export function formatBits(abi: Abi, bits: bigint): string {
  return `0x${BigInt.asUintN(abi.wordSize * 8, bits)
    .toString(16)
    .padStart(abi.wordSize * 2, '0')}`;
}
/** Reads `0x…` or a decimal number as an address; undefined if it is neither, or too large for the machine. */
export function parseAddress(abi: Abi, text: string): number | undefined {
  if (!/^\s*(0[xX][0-9a-fA-F]+|[0-9]+)\s*$/.test(text)) return undefined;
  const bits = BigInt(text.trim());
  return bits >> BigInt(abi.wordSize * 8) === 0n ? toAddress(abi, bits) : undefined;
}

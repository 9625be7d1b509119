/** Emulated memory by virtual address, as the library's functions read and write it: words of the machine's size, 32-bit words, strings. */
import type { AddressSpace } from '../../memory/space';
import type { Abi } from '../../types/ctype';

export interface TypedMemory {
  readonly space: AddressSpace;
  readonly abi: Abi;
  /** bytes of an unsigned long or a pointer */
  readonly wordSize: 4 | 8;
  /** A pointer or long. @throws PageFaultError */
  getLong(va: number): number;
  setLong(va: number, value: number): void;
  get32(va: number): number;
  set32(va: number, value: number): void;
  /** A string, at most `limit` bytes. */
  string(va: number, limit?: number): string;
}

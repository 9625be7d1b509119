/** SLUB's view of memory: words and pointers by virtual address. As mm/slub.c is not instrumented, no sanitizer observes it. */
import type { Memory } from '../../../memory/memory';
import { type AddressSpace, PageFaultError } from '../../../memory/space';
import { isCanonical } from '../../../types/address';
import type { Abi } from '../../../types/ctype';
import { PAGE_SIZE } from '../../../types/pageSize';
import type { DirectMap } from '../../arch/direct_map';
import { GeneralProtectionError } from '../../arch/faults';
import { highWord } from '../list_head';

const TWO32 = 0x1_0000_0000;

interface MappedMemory {
  readonly mem: Memory;
  readonly space: AddressSpace;
  readonly direct: DirectMap;
  readonly abi: Abi;
}

export class SlubMemory {
  readonly mem: Memory;
  readonly wordSize: 4 | 8;
  /** pointers have two words */
  readonly wide: boolean;
  private readonly space: AddressSpace;
  private readonly abi: Abi;
  /** the direct map: its first address, and its bytes */
  private readonly base: number;
  private readonly bytes: number;

  constructor({ mem, space, direct, abi }: MappedMemory) {
    this.mem = mem;
    this.space = space;
    this.abi = abi;
    this.wordSize = abi.wordSize;
    this.wide = abi.wordSize === 8;
    this.base = direct.va(0);
    this.bytes = space.rangeOf(this.base)?.size ?? 0;
  }

  /** Index in `mem.words` of the word at an address. @throws PageFaultError if nothing is mapped there */
  word(va: number): number {
    const phys = va - this.base;
    if (!(phys >= 0 && phys < this.bytes)) return this.elsewhere(va);
    // `| 0`: frame numbers are small integers
    const frame = this.mem.touchedFrameWord((phys / PAGE_SIZE) | 0);
    // an address that is negative has the same lowest bits in two's complement
    return frame !== 0 ? frame | ((va & (PAGE_SIZE - 1)) >>> 2) : this.elsewhere(va);
  }
  /** Whether an address is in the direct map, where its word never changes. */
  isDirect(va: number): boolean {
    return va >= this.base && va < this.base + this.bytes;
  }
  /** A word in a frame that has not been touched, or outside the direct map: the kernel image, or per-CPU memory in vmalloc. */
  private elsewhere(va: number): number {
    const phys = this.space.translate(va);
    if (phys < 0) throw new PageFaultError(va, false);
    return this.mem.word(phys);
  }
  /** Whether a pointer at an address lies in one frame, in words of its own: those that the kernel makes do. */
  aligned(va: number): boolean {
    return (va & (this.wordSize - 1)) === 0;
  }

  // ---------------------------------------------------------------- pointers and longs, by word
  /** The pointer at a word. @throws GeneralProtectionError if it is not canonical, as an access through it would */
  pointer(word: number): number {
    const { words } = this.mem;
    return this.wide
      ? this.address(words[word] as number, words[(word + 1) | 0] as number)
      : (words[word] as number) >>> 0;
  }
  /** A pointer of which the two words are known. @throws GeneralProtectionError */
  address(lo: number, hi: number): number {
    if (!this.wide) return lo >>> 0;
    if ((hi + 0x8000) >>> 0 > 0xffff) this.notCanonical(lo, hi);
    return hi * TWO32 + (lo >>> 0);
  }
  private notCanonical(lo: number, hi: number): void {
    const bits = (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0);
    if (!isCanonical(this.abi, bits)) throw new GeneralProtectionError(bits, false);
  }
  setPointer(word: number, value: number): void {
    if (this.wide) this.mem.setPair(word, value | 0, highWord(value));
    else this.mem.set(word, value | 0);
  }
  /** An unsigned long that is a count. */
  long(word: number): number {
    const { words } = this.mem;
    const low = (words[word] as number) >>> 0;
    return this.wide ? (words[(word + 1) | 0] as number) * TWO32 + low : low;
  }
  /** An unsigned long, plus a small number that may be negative. */
  addLong(word: number, delta: number): void {
    const { mem, wide } = this;
    const old = mem.words[word] as number;
    const low = (old + delta) | 0;
    mem.set(word, low);
    if (!wide) return;
    const carry = delta >= 0 ? (low >>> 0 < old >>> 0 ? 1 : 0) : low >>> 0 > old >>> 0 ? -1 : 0;
    if (carry !== 0) mem.set((word + 1) | 0, ((mem.words[(word + 1) | 0] as number) + carry) | 0);
  }

  // ---------------------------------------------------------------- by address
  pointerAt(va: number): number {
    return this.pointer(this.word(va));
  }
  setPointerAt(va: number, value: number): void {
    this.setPointer(this.word(va), value);
  }
  longAt(va: number): number {
    return this.long(this.word(va));
  }
  addLongAt(va: number, delta: number): void {
    this.addLong(this.word(va), delta);
  }
  intAt(va: number): number {
    return this.mem.words[this.word(va)] as number;
  }
  setIntAt(va: number, value: number): void {
    this.mem.set(this.word(va), value);
  }
  /** A pointer that may lie anywhere, also across frames: its words, given to `make`. @throws PageFaultError */
  readAnywhere<T>(va: number, make: (low: number, high: number) => T): T {
    return this.wide ? this.space.readWords(va, make) : make(this.space.readS32(va), 0);
  }
  /** The same, to write. */
  writeAnywhere(va: number, low: number, high: number): void {
    if (this.wide) this.space.writeWords(va, low, high);
    else this.space.write32(va, low);
  }
  clear(va: number, length: number): void {
    this.space.fill(va, length, 0);
  }
  copy(to: number, from: number, length: number): void {
    this.space.writeBytes(to, this.space.readBytes(from, length));
  }
}

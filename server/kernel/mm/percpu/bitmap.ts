/** Bitmaps in emulated memory by virtual address (lib/find_bit.c, lib/bitmap.c, 6.1). */
import type { Memory } from '../../../memory/memory';
import { type AddressSpace, PageFaultError } from '../../../memory/space';
import { PAGE_SIZE } from '../../../types/pageSize';

const IN_PAGE = PAGE_SIZE - 1;

/** Reads 32-bit words that lie side by side, for as long as nothing is mapped anew: a page is translated once. */
export class WordReader {
  /** the page that was read last, and where its words are: of one reader, within one call of the allocator */
  private page = Number.NaN;
  private first = 0;

  constructor(
    private readonly mem: Memory,
    private readonly bitmaps: Bitmaps,
  ) {}
  /** @throws PageFaultError */
  get32(va: number): number {
    const within = va & IN_PAGE;
    if (va - within !== this.page) {
      this.page = va - within;
      this.first = this.bitmaps.word(this.page);
    }
    return this.mem.words[this.first + (within >>> 2)] as number;
  }
}

export class Bitmaps {
  constructor(
    private readonly mem: Memory,
    private readonly space: AddressSpace,
  ) {}

  /** Index in mem.words of the word at a virtual address. @throws PageFaultError */
  word(va: number, write = false): number {
    const phys = this.space.translate(va);
    if (phys < 0) throw new PageFaultError(va, write);
    return this.mem.word(phys);
  }
  reader(): WordReader {
    return new WordReader(this.mem, this);
  }
  test(map: number, bit: number): boolean {
    const word = this.word(map + ((bit >>> 5) << 2));
    return (((this.mem.words[word] as number) >>> (bit & 31)) & 1) !== 0;
  }
  /** bitmap_set */
  set(map: number, start: number, count: number): void {
    this.change(map, start, count, -1);
  }
  /** bitmap_clear */
  clear(map: number, start: number, count: number): void {
    this.change(map, start, count, 0);
  }
  private change(map: number, start: number, count: number, value: number): void {
    const { mem } = this;
    const end = start + count;
    let word = -1;
    for (let at = start - (start & 31); at < end; at += 32) {
      const va = map + (at >>> 3);
      word = word < 0 || (va & IN_PAGE) === 0 ? this.word(va, true) : word + 1;
      let mask = -1;
      if (at < start) mask <<= start & 31;
      if (at + 32 > end) mask &= -1 >>> (at + 32 - end);
      mem.setChanged(word, ((mem.words[word] as number) & ~mask) | (value & mask));
    }
  }
  /** find_next_bit: the first bit from `start` on that is set; `size` if there is none below it. */
  next(map: number, size: number, start: number): number {
    return this.find(map, size, start, 0);
  }
  /** find_next_zero_bit */
  nextZero(map: number, size: number, start: number): number {
    return this.find(map, size, start, -1);
  }
  private find(map: number, size: number, start: number, flip: number): number {
    let word = -1;
    for (let at = start - (start & 31); at < size; at += 32) {
      const va = map + (at >>> 3);
      word = word < 0 || (va & IN_PAGE) === 0 ? this.word(va) : word + 1;
      let bits = (this.mem.words[word] as number) ^ flip;
      if (at < start) bits &= -1 << (start & 31);
      if (bits !== 0) return Math.min(size, at + 31 - Math.clz32(bits & -bits));
    }
    return size;
  }
  /** find_last_bit: the last bit below `size` that is set; `size` if there is none. */
  last(map: number, size: number): number {
    for (let at = (size - 1) & ~31; at >= 0; at -= 32) {
      let bits = this.mem.words[this.word(map + (at >>> 3))] as number;
      if (at + 32 > size) bits &= -1 >>> (at + 32 - size);
      if (bits !== 0) return at + 31 - Math.clz32(bits);
    }
    return size;
  }
}

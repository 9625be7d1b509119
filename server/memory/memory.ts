/**
 * The emulated machine's physical memory: 4 KiB frames, materialised when first written, and the write primitives that log every
 * change in the journal (architecture, invariant 2: there is no other way to write).
 *
 * Frames live in one arena of 32-bit words. A frame gets its slot once and keeps it, so the index of a word in `words` (see `word`)
 * may be remembered; `words` itself is replaced when the arena grows and must be read again. Assumes a little-endian host.
 */
import { PAGE_SIZE } from '../types/pageSize';
import type { ArenaRange, Budget } from './journal';
import { Journal, OFF } from './journal';

const FRAME_WORDS = PAGE_SIZE >> 2;
/** frames covered by one table of the slot directory */
const TABLE_SHIFT = 12;
const TABLE_FRAMES = 1 << TABLE_SHIFT;
const EMPTY_TABLE = new Int32Array(TABLE_FRAMES);
/**
 * One past the last frame number: the largest machine that kmem boots has 1 TiB, and a hole below 4 GiB; behind that, 4 TiB for the shadow
 * of its vmalloc area.
 */
const MAX_PFN = 2 ** 31;

/**
 * Fills a frame that has not been written yet; `words` is the frame as 1024 words, all zero before. Must give the same content every time.
 */
type Background = (pfn: number, words: Int32Array) => void;
interface BackgroundRange {
  readonly first: number;
  readonly end: number;
  readonly fill: Background;
}

/** Thrown for physical addresses outside the machine's RAM (a hole in the memory map, or beyond its end). */
export class BusError extends Error {
  constructor(readonly phys: number) {
    super(`no memory at physical address 0x${phys.toString(16)}`);
  }
}

/** 32-bit words for reading only: writes go through a primitive. */
interface Words {
  readonly [index: number]: number;
  readonly length: number;
}

export class Memory {
  readonly journal: Journal;
  /** The arena, for the primitives and the journal only. Slot 0 is never used by a frame. */
  arena: Int32Array;
  /** The arena for all other code: read only. Replaced when it grows. */
  words: Words;
  private bytes: Uint8Array;
  private slots = 1;
  private readonly tables: Int32Array[] = [];
  /** pfn by slot */
  private readonly frames: number[] = [-1];
  private readonly backgrounds: BackgroundRange[] = [];
  private readonly groups: { first: number; end: number; size: number }[] = [];
  private readonly ram: { start: number; end: number }[] = [];

  /** @param budget how much of the past is kept */
  constructor(budget: Budget = {}) {
    this.arena = new Int32Array(FRAME_WORDS * 256);
    this.words = this.arena;
    this.bytes = new Uint8Array(this.arena.buffer);
    this.journal = new Journal(this, budget);
  }

  // ---------------------------------------------------------------- the machine's RAM
  /** Declares RAM at physical bytes start … end − 1 (page aligned). */
  addRam(start: number, end: number): void {
    this.ram.push({ start, end });
    this.ram.sort((a, b) => a.start - b.start);
  }
  /** Whether there is RAM at a physical address. */
  isRam(phys: number): boolean {
    // what has been touched is RAM
    if (this.touchedFrameWord(Math.floor(phys / PAGE_SIZE)) !== 0) return true;
    for (const r of this.ram) if (phys >= r.start && phys < r.end) return true;
    return false;
  }
  /** The content of frames first … end − 1 before their first write (mem_map at boot); costs nothing until touched. */
  background(first: number, end: number, fill: Background): void {
    this.backgrounds.push({ first, end, fill });
  }
  /**
   * Frames first … end − 1 are materialised in groups of `size` frames with adjacent slots, so that an object that lies across
   * frames inside one group has adjacent words too: `word(start of the object) + k` is its k-th word. Before any of them is touched.
   */
  contiguous(first: number, end: number, size: number = end - first): void {
    this.groups.push({ first, end, size });
  }
  /** Frames materialised so far (each 4 KiB of the host's memory). */
  get materialised(): number {
    return this.slots - 1;
  }

  // ---------------------------------------------------------------- words: the hot path
  /**
   * Index in `words` of the 32-bit word at a physical address (multiple of 4). Materialises the frame; stays valid forever.
   * Materialising may replace `words`: take the index first, then read `words`.
   */
  word(phys: number): number {
    return (this.slot(Math.floor(phys / PAGE_SIZE)) << 10) | ((phys & (PAGE_SIZE - 1)) >>> 2);
  }
  /** Index in `words` of the first word of frame `pfn`. */
  frameWord(pfn: number): number {
    return this.slot(pfn) << 10;
  }
  /** The same of a frame that has been touched, which is in RAM; 0 for any other, which stays as it is. */
  touchedFrameWord(pfn: number): number {
    const table = this.tables[pfn >>> TABLE_SHIFT];
    return table === undefined ? 0 : (table[pfn & (TABLE_FRAMES - 1)] as number) << 10;
  }
  private slot(pfn: number): number {
    const table = this.tables[pfn >>> TABLE_SHIFT];
    const slot = table === undefined ? 0 : (table[pfn & (TABLE_FRAMES - 1)] as number);
    return slot !== 0 ? slot : this.materialise(pfn);
  }
  // Each primitive is short, so that the compiler inlines it: only `set` makes its entry itself.
  // `| 0` tells the compiler that a number is a 32-bit integer: without it, sums are checked for overflow, and a value on its way into
  // `words` is converted to a double and back, which costs more than the store.
  /** Stores a word, journaled. */
  set(word: number, value: number): void {
    const { journal, arena: words } = this;
    const at = journal.fill;
    if (at < journal.limit) {
      const { entries } = journal;
      entries[at << 1] = word | 0;
      entries[(at << 1) | 1] = words[word] as number;
      journal.fill = (at + 1) | 0;
    } else if (journal.limit !== OFF) journal.note(word, words[word] as number);
    words[word] = value | 0;
  }
  /** Stores a word where it holds another value; otherwise nothing is written. */
  setChanged(word: number, value: number): void {
    if (this.arena[word] !== value) this.set(word, value);
  }
  /** Stores two adjacent words from `word` on, two entries. */
  setPair(word: number, low: number, high: number): void {
    this.setTwo(word, low, (word + 1) | 0, high);
  }
  /** Stores two different words wherever they are, two entries in this order. */
  setTwo(word1: number, value1: number, word2: number, value2: number): void {
    const { journal, arena: words } = this;
    if (journal.limit !== OFF) journal.noteTwo(word1, words[word1] as number, word2, words[word2] as number);
    words[word1] = value1 | 0;
    words[word2] = value2 | 0;
  }
  /** Stores three different words wherever they are, three entries in this order. */
  setThree(word1: number, value1: number, word2: number, value2: number, word3: number, value3: number): void {
    this.setTwo(word1, value1, word2, value2);
    this.set(word3, value3);
  }
  /** Stores four adjacent words from `word` on (a list_head of two 64-bit pointers), four entries. */
  setFour(word: number, a: number, b: number, c: number, d: number): void {
    const { journal, arena: words } = this;
    if (journal.limit !== OFF) journal.noteFour(words, word);
    words[word] = a | 0;
    words[(word + 1) | 0] = b | 0;
    words[(word + 2) | 0] = c | 0;
    words[(word + 3) | 0] = d | 0;
  }
  /** Stores the bytes `mask` (bit 0 = lowest address) of a word, journaled. `value` holds them in their positions, `bits` masks them. */
  setBytes(word: number, value: number, mask: number, bits: number): void {
    const { journal, arena: words } = this;
    const old = words[word] as number;
    if (journal.limit !== OFF) journal.noteBytes(word, old, mask);
    words[word] = (old & ~bits) | (value & bits);
  }

  // ---------------------------------------------------------------- by physical address
  read8(phys: number): number {
    const word = this.word(phys);
    return ((this.arena[word] as number) >>> ((phys & 3) << 3)) & 0xff;
  }
  read16(phys: number): number {
    if ((phys & 3) === 3) return this.read8(phys) | (this.read8(phys + 1) << 8);
    const word = this.word(phys);
    return ((this.arena[word] as number) >>> ((phys & 3) << 3)) & 0xffff;
  }
  /** Unsigned 32-bit value. */
  read32(phys: number): number {
    if (phys & 3) return (this.read16(phys) | (this.read16(phys + 2) << 16)) >>> 0;
    const word = this.word(phys);
    return (this.arena[word] as number) >>> 0;
  }
  readS32(phys: number): number {
    return this.read32(phys) | 0;
  }
  write8(phys: number, value: number): void {
    const shift = (phys & 3) << 3;
    this.setBytes(this.word(phys), value << shift, 1 << (phys & 3), 0xff << shift);
  }
  write16(phys: number, value: number): void {
    if ((phys & 3) === 3) {
      this.write8(phys, value);
      this.write8(phys + 1, value >>> 8);
      return;
    }
    const shift = (phys & 3) << 3;
    this.setBytes(this.word(phys), value << shift, 3 << (phys & 3), 0xffff << shift);
  }
  write32(phys: number, value: number): void {
    if (phys & 3) {
      this.write16(phys, value);
      this.write16(phys + 2, value >>> 16);
      return;
    }
    this.set(this.word(phys), value | 0);
  }

  // ---------------------------------------------------------------- blocks
  /** A copy of `length` bytes. */
  readBytes(phys: number, length: number): Uint8Array {
    const out = new Uint8Array(length);
    for (let done = 0; done < length; ) {
      const part = Math.min(length - done, PAGE_SIZE - ((phys + done) & (PAGE_SIZE - 1)));
      const at = this.byteIndex(phys + done);
      out.set(this.bytes.subarray(at, at + part), done);
      done += part;
    }
    return out;
  }
  /** Writes bytes: whole words as one journal entry per frame. */
  writeBytes(phys: number, data: Uint8Array): void {
    this.blocks(
      phys,
      data.length,
      (at, count, done) => this.bytes.set(data.subarray(done, done + count), at),
      (done) => data[done] as number,
    );
  }
  /** memset */
  fill(phys: number, length: number, byte: number): void {
    this.blocks(
      phys,
      length,
      (at, count) => this.bytes.fill(byte, at, at + count),
      () => byte & 0xff,
    );
  }
  /** memset to 0 of each frame's part that holds something else: what is zero already gets no journal entry. */
  clear(phys: number, length: number): void {
    for (let done = 0; done < length; ) {
      const part = Math.min(length - done, PAGE_SIZE - ((phys + done) & (PAGE_SIZE - 1)));
      if (this.firstNonZero(phys + done, part) < part) this.fill(phys + done, part, 0);
      done += part;
    }
  }
  /** How many bytes from `phys` on are 0, at most `length`. Frames that have not been written are not materialised for that. */
  firstNonZero(phys: number, length: number): number {
    for (let done = 0; done < length; ) {
      const at = phys + done;
      const part = Math.min(length - done, PAGE_SIZE - (at & (PAGE_SIZE - 1)));
      if (!this.isUntouchedZero(Math.floor(at / PAGE_SIZE))) {
        const index = this.byteIndex(at);
        const found = nonZeroIn(this.bytes, this.arena, index, index + part) - index;
        if (found < part) return done + found;
      }
      done += part;
    }
    return length;
  }
  /** Zeroes `count` frames from `pfn`: one journal entry for each frame that holds something else. */
  clearFrames(pfn: number, count: number): void {
    for (let i = 0; i < count; i++) {
      if (this.isZero(pfn + i)) continue;
      const word = this.frameWord(pfn + i);
      this.journal.logBlock(word, FRAME_WORDS);
      this.arena.fill(0, word, word + FRAME_WORDS);
    }
  }
  /** Whether a frame holds zeros only. One that has not been written does, unless it has a background: it is not materialised for that. */
  private isZero(pfn: number): boolean {
    return this.firstNonZero(pfn * PAGE_SIZE, PAGE_SIZE) === PAGE_SIZE;
  }
  private isUntouchedZero(pfn: number): boolean {
    const table = this.tables[pfn >>> TABLE_SHIFT] ?? EMPTY_TABLE;
    return table[pfn & (TABLE_FRAMES - 1)] === 0 && this.backgroundOf(pfn) === undefined;
  }

  // ---------------------------------------------------------------- queries
  /** Where a range of physical bytes lies in the arena, for `Journal.lastTouch`. Frames that have never been written are left out. */
  ranges(phys: number, length: number): ArenaRange[] {
    const out: ArenaRange[] = [];
    for (let done = 0; done < length; ) {
      const at = phys + done;
      const part = Math.min(length - done, PAGE_SIZE - (at & (PAGE_SIZE - 1)));
      const pfn = Math.floor(at / PAGE_SIZE);
      if ((this.tables[pfn >>> TABLE_SHIFT] ?? EMPTY_TABLE)[pfn & (TABLE_FRAMES - 1)] !== 0) {
        const last = at + part - 1;
        out.push({
          firstWord: this.word(at),
          lastWord: this.word(last),
          firstMask: (15 << (at & 3)) & 15,
          lastMask: 15 >>> (3 - (last & 3)),
        });
      }
      done += part;
    }
    return out;
  }
  /** The frames of a range of physical bytes that have been written, as pieces of it: the others hold what they held at boot. */
  touched(phys: number, length: number): { readonly phys: number; readonly length: number }[] {
    const found: { readonly phys: number; readonly length: number }[] = [];
    for (let done = 0; done < length; ) {
      const at = phys + done;
      const part = Math.min(length - done, PAGE_SIZE - (at & (PAGE_SIZE - 1)));
      const pfn = Math.floor(at / PAGE_SIZE);
      if ((this.tables[pfn >>> TABLE_SHIFT] ?? EMPTY_TABLE)[pfn & (TABLE_FRAMES - 1)] !== 0)
        found.push({ phys: at, length: part });
      done += part;
    }
    return found;
  }
  /** The physical address of a word of the arena. */
  physOf(word: number): number {
    return (this.frames[word >>> 10] as number) * PAGE_SIZE + ((word & (FRAME_WORDS - 1)) << 2);
  }
  /** A hash of all memory by content: independent of which frames have been materialised. */
  hash(): string {
    const order = Array.from({ length: this.slots - 1 }, (_, i) => i + 1);
    order.sort((a, b) => (this.frames[a] as number) - (this.frames[b] as number));
    const { arena } = this;
    const blank = new Int32Array(FRAME_WORDS);
    let h1 = 0x811c9dc5;
    let h2 = 0x2545f491;
    for (const slot of order) {
      const pfn = this.frames[slot] as number;
      blank.fill(0);
      this.backgroundOf(pfn)?.(pfn, blank);
      const start = slot << 10;
      let differs = 0;
      while (differs < FRAME_WORDS && arena[start + differs] === blank[differs]) differs++;
      if (differs === FRAME_WORDS) continue;
      // four chains, which a processor runs side by side; they turn, so that no change of high bits alone cancels another
      let a = pfn;
      let b = 1;
      let c = 2;
      let d = 3;
      for (let i = start; i < start + FRAME_WORDS; i += 4) {
        a = Math.imul(((a << 13) | (a >>> 19)) ^ (arena[i] as number), 0x01000193);
        b = Math.imul(((b << 13) | (b >>> 19)) ^ (arena[i + 1] as number), 0x01000193);
        c = Math.imul(((c << 13) | (c >>> 19)) ^ (arena[i + 2] as number), 0x01000193);
        d = Math.imul(((d << 13) | (d >>> 19)) ^ (arena[i + 3] as number), 0x01000193);
      }
      for (const chain of [pfn, a, b, c, d]) {
        h1 = Math.imul(h1 ^ chain, 0x01000193);
        h2 = Math.imul((h2 << 13) ^ (h2 >>> 19) ^ h1, 0x85ebca6b);
      }
    }
    return (h1 >>> 0).toString(16).padStart(8, '0') + (h2 >>> 0).toString(16).padStart(8, '0');
  }

  private byteIndex(phys: number): number {
    return (this.word(phys) << 2) | (phys & 3);
  }
  private blocks(
    phys: number,
    length: number,
    store: (byteIndex: number, count: number, done: number) => void,
    byteAt: (done: number) => number,
  ): void {
    let done = 0;
    while (done < length) {
      const at = phys + done;
      const inFrame = Math.min(length - done, PAGE_SIZE - (at & (PAGE_SIZE - 1)));
      if (at & 3 || inFrame < 4) {
        this.write8(at, byteAt(done++));
        continue;
      }
      const count = inFrame & ~3;
      const word = this.word(at);
      this.journal.logBlock(word, count >>> 2);
      store(word << 2, count, done);
      done += count;
    }
  }
  private backgroundOf(pfn: number): Background | undefined {
    for (const b of this.backgrounds) if (pfn >= b.first && pfn < b.end) return b.fill;
    return undefined;
  }
  private materialise(pfn: number): number {
    if (!(pfn >= 0 && pfn < MAX_PFN)) throw new BusError(pfn * PAGE_SIZE);
    for (const g of this.groups) {
      if (pfn < g.first || pfn >= g.end) continue;
      const first = pfn - ((pfn - g.first) % g.size);
      const slot = this.takeSlots(first, Math.min(g.size, g.end - first));
      return slot + pfn - first;
    }
    return this.takeSlots(pfn, 1);
  }
  /** Gives `count` frames from `pfn` adjacent slots; returns the first one's. */
  private takeSlots(pfn: number, count: number): number {
    const first = this.slots;
    this.slots += count;
    if (this.slots * FRAME_WORDS > this.arena.length) {
      let length = this.arena.length;
      while (this.slots * FRAME_WORDS > length) length *= 2;
      const words = new Int32Array(length);
      words.set(this.arena);
      this.arena = words;
      this.words = words;
      this.bytes = new Uint8Array(words.buffer);
    }
    for (let i = 0; i < count; i++) {
      const frame = pfn + i;
      let table = this.tables[frame >>> TABLE_SHIFT];
      if (table === undefined || table === EMPTY_TABLE) {
        while (this.tables.length <= frame >>> TABLE_SHIFT) this.tables.push(EMPTY_TABLE);
        table = new Int32Array(TABLE_FRAMES);
        this.tables[frame >>> TABLE_SHIFT] = table;
      }
      table[frame & (TABLE_FRAMES - 1)] = first + i;
      this.frames.push(frame);
      this.backgroundOf(frame)?.(frame, this.arena.subarray((first + i) << 10, (first + i + 1) << 10));
    }
    return first;
  }
}

/** Index of the first byte from `start` on that is not 0; `end` if there is none. */
function nonZeroIn(bytes: Uint8Array, words: Int32Array, start: number, end: number): number {
  let at = start;
  while (at < end && at & 3) if (bytes[at++] !== 0) return at - 1;
  while (at + 4 <= end && words[at >>> 2] === 0) at += 4;
  while (at < end && bytes[at] === 0) at++;
  return at;
}

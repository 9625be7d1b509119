/**
 * The journal: every write to emulated memory, as (where, old content). Moving the cursor swaps entries back, or
 * forward again, so that the memory always is as it was at `position`. It knows the words of the arena (memory.ts), not their meaning.
 *
 * A position counts entries from the moment the journal was switched on; position p is the state after the first p entries.
 * Entries lie in segments. The budget is for all that is kept of the past: segments, saved blocks, marks and the machine's output
 * (output.ts). When it is used up, output from before the horizon is dropped down to its share, and then the oldest segment, which
 * moves `horizon` up.
 */
import { Marks } from './marks';
import {
  type BlockEntry,
  blockBytesOf,
  contentOf,
  type EntryRun,
  newSegment,
  SEGMENT_BYTES,
  SEGMENT_ENTRIES,
  type Segment,
} from './segment';

/** `Journal.limit` while nothing is logged, and while the cursor is in the past or fixed (`frozen`). */
export const OFF = 0;
const PAST = -1;
/** A machine's output as the journal sees it (output.ts). */
interface KeptOutput {
  /** position of the oldest entry; Infinity if there is none */
  readonly oldest: number;
  dropOldest(): void;
  cut(position: number): void;
  /** Begins an empty list in place of this one; the result brings it back. */
  setAside(): () => void;
}
/** How much of the past is kept, in bytes of the host's memory. */
export interface Budget {
  /** all together: writes, marks, output; 256 MB unless given */
  readonly memoryBytes?: number | undefined;
  /** writes and marks alone; as much as all together unless given */
  readonly journalBytes?: number | undefined;
}
/** Output that the horizon has passed may not have been read yet: room for some thousands of lines. */
const UNREAD_OUTPUT = 4 << 20;
/** Words up to which one entry per word takes less memory than a block with a copy. */
const SMALL_BLOCK = 32;

/** The memory that the journal moves: the arena of memory.ts. */
interface Arena {
  arena: Int32Array;
}

/** An entry as queries give it: the write that led from `position` to `position + 1`. */
export interface Touch {
  readonly position: number;
  /** index of the first word written, and number of words */
  readonly word: number;
  readonly count: number;
  /** bytes of that word (15 for blocks) */
  readonly mask: number;
}
/** A range of bytes in the arena, as `Memory.ranges` gives them. */
export interface ArenaRange {
  readonly firstWord: number;
  readonly lastWord: number;
  /** bytes of the first and of the last word that belong to the range */
  readonly firstMask: number;
  readonly lastMask: number;
}

/** Thrown by a write while the cursor is before the end: to write in the past, `cut()` first. */
export class WriteInThePast extends Error {
  constructor() {
    super('memory was written while the time cursor is in the past; cut the future off first');
  }
}

export class Journal {
  /** Statement and event marks with their positions. */
  readonly marks = new Marks();
  /**
   * Hot, for memory.ts alone: the open segment's entries (two words each), the next free one, and how many it may hold; OFF while
   * nothing is logged, PAST while the cursor is in the past. `mask` is 15 in every free entry, so that an entry of a whole word need
   * not write it.
   */
  entries: Int32Array;
  fill = 0;
  limit = OFF;
  private mask: Uint8Array;
  private on = false;
  /** how often a future has been forgotten (`cut`): what was derived from its entries is to be derived anew */
  cuts = 0;

  private segments: Segment[] = [];
  private open: Segment;
  private cursor = 0;
  private blockBytes = 0;
  /** a trial must be able to go back: nothing is dropped */
  private keepsAll = false;
  private readonly outputs: KeptOutput[] = [];
  private outputBytes = 0;
  private readonly budget: number;
  private readonly logBudget: number;
  /** bytes that output may take before what lies before the horizon is dropped to make room: what writes and marks don't take */
  private readonly outputShare: number;
  /** columns of a dropped segment, to be used again: fresh ones cost more than what is written to them */
  private spare: Segment | undefined = undefined;

  constructor(
    private readonly arena: Arena,
    { memoryBytes = 256 << 20, journalBytes = memoryBytes }: Budget = {},
  ) {
    this.budget = memoryBytes;
    this.logBudget = Math.min(journalBytes, memoryBytes);
    this.outputShare = Math.max(memoryBytes - this.logBudget, Math.min(memoryBytes / 4, UNREAD_OUTPUT));
    this.open = newSegment(0);
    this.segments.push(this.open);
    this.entries = this.open.entries;
    this.mask = this.open.mask;
  }

  /** Whether writes are logged. Off during boot; position 0 is the moment it is switched on. */
  get enabled(): boolean {
    return this.on;
  }
  set enabled(on: boolean) {
    if (this.on && !on) this.requireAtEnd();
    this.on = on;
    this.limit = this.limitAt(this.cursor);
  }
  /** Position after the newest entry. */
  get end(): number {
    return this.open.base + this.fill;
  }
  /** Oldest position the cursor can move to. */
  get horizon(): number {
    return (this.segments[0] ?? this.open).base;
  }
  /** The cursor: the position that memory shows. */
  get position(): number {
    return this.limit > 0 || this.cursor >= this.open.base + this.fill ? this.end : this.cursor;
  }
  /** True when memory shows the newest moment, so that new writes are appended. */
  get atEnd(): boolean {
    return this.position === this.end;
  }

  // ---- noting the content of words before they are overwritten; `limit` must not be OFF
  // `| 0` marks indexes as 32-bit
  /** A word that is about to be stored holds `old`. @throws WriteInThePast */
  note(word: number, old: number): void {
    if (this.fill >= this.limit) this.reserve();
    const at = this.fill;
    const { entries } = this;
    entries[at << 1] = word | 0;
    entries[(at << 1) | 1] = old | 0;
    this.fill = (at + 1) | 0;
  }
  /** The same for two words, two entries. */
  noteTwo(word1: number, old1: number, word2: number, old2: number): void {
    if (this.fill + 2 > this.limit) {
      this.note(word1, old1);
      this.note(word2, old2);
      return;
    }
    const { entries } = this;
    const at = this.fill << 1;
    entries[at] = word1 | 0;
    entries[at | 1] = old1 | 0;
    entries[(at + 2) | 0] = word2 | 0;
    entries[(at + 3) | 0] = old2 | 0;
    this.fill = (this.fill + 2) | 0;
  }
  /** The same for four adjacent words of the arena, four entries. */
  noteFour(words: Int32Array, word: number): void {
    if (this.fill + 4 > this.limit) {
      for (let i = 0; i < 4; i++) this.note(word + i, words[word + i] as number);
      return;
    }
    const { entries } = this;
    let at = this.fill << 1;
    this.fill = (this.fill + 4) | 0;
    for (let i = word | 0; i < word + 4; i++) {
      entries[at] = i;
      entries[at | 1] = words[i] as number;
      at = (at + 2) | 0;
    }
  }
  /** The same for the bytes `mask` of a word. */
  noteBytes(word: number, old: number, mask: number): void {
    this.note(word, old);
    this.mask[this.fill - 1] = mask;
  }
  /** Logs `count` words before they are overwritten: a large block is one entry, whatever its size. */
  logBlock(word: number, count: number): void {
    if (this.limit === OFF) return;
    if (count <= SMALL_BLOCK) {
      for (let i = word; i < word + count; i++) this.note(i, this.arena.arena[i] as number);
      return;
    }
    if (this.fill >= this.limit) this.reserve();
    const content = contentOf(this.arena.arena, word, count);
    this.note(~this.open.blocks.length, 0);
    this.mask[this.fill - 1] = 0;
    this.open.blocks.push({ word, count, content });
    this.blockBytes += blockBytesOf(content);
  }
  /** The open segment has no free entry, or memory may not be written at the cursor. */
  private reserve(): void {
    if (this.limit === PAST) throw new WriteInThePast();
    if (this.fill >= SEGMENT_ENTRIES) {
      this.openSegment(this.end);
      this.makeRoom();
    }
  }

  /**
   * Moves the cursor to `position`, so that memory shows that moment.
   * @throws RangeError beyond `horizon` or `end`
   */
  moveTo(position: number): void {
    if (!(position >= this.horizon && position <= this.end)) {
      throw new RangeError(`position ${position} is outside the journal (${this.horizon} to ${this.end})`);
    }
    let at = this.position;
    if (position === at) return;
    let index = this.segmentAt(at);
    while (at > position) {
      const segment = this.segments[index] as Segment;
      const stop = Math.max(segment.base, position);
      for (; at > stop; at--) this.swap(segment, at - 1 - segment.base);
      index--;
    }
    while (at < position) {
      const segment = this.segments[index] as Segment;
      const stop = Math.min(segment.base + SEGMENT_ENTRIES, position);
      for (; at < stop; at++) this.swap(segment, at - segment.base);
      index++;
    }
    this.cursor = position;
    this.limit = this.limitAt(position);
  }

  /** Whether a write would throw: the cursor is in the past, or someone looks at the machine. */
  get readOnly(): boolean {
    return this.limit === PAST;
  }
  /** Runs `look` so that any write in it throws `WriteInThePast` before it changes a byte: evaluating a watch never changes the machine. */
  frozen<T>(look: () => T): T {
    const limit = this.limit;
    this.cursor = this.position;
    this.limit = PAST;
    try {
      return look();
    } finally {
      this.limit = limit;
    }
  }

  /**
   * Runs `body`, which may write wherever the cursor is, and takes its writes and output back: memory, the log and what is recorded of the
   * future are then as they were. Inside, the journal has the writes of `body` alone, from the cursor's position on, and its cursor may be
   * moved among them. What `body` does must make no marks.
   */
  trial<T>(body: () => T): T {
    const from = this.position;
    const { segments, open, entries, fill, mask, limit, on, blockBytes, outputBytes, spare } = this;
    const back = this.outputs.map((output) => output.setAside());
    Object.assign(this, { segments: [], blockBytes: 0, outputBytes: 0, spare: undefined, on: true, keepsAll: true });
    this.openSegment(from);
    this.cursor = from;
    this.limit = SEGMENT_ENTRIES;
    try {
      return body();
    } finally {
      this.moveTo(from);
      Object.assign(this, { segments, open, entries, fill, mask, limit, on, blockBytes, spare, keepsAll: false });
      for (const bringBack of back) bringBack();
      this.outputBytes = outputBytes;
    }
  }

  /** Forgets everything after the cursor: the writes that follow become the future. */
  cut(): void {
    const at = this.position;
    this.marks.cut(at);
    for (const output of this.outputs) output.cut(at);
    if (at === this.end) return;
    this.cuts++;
    const index = this.segmentAt(at);
    this.segments.length = index + 1;
    this.open = this.segments[index] as Segment;
    this.entries = this.open.entries;
    this.mask = this.open.mask;
    this.mask.fill(15, at - this.open.base);
    this.fill = at - this.open.base;
    let blocks = 0;
    for (let i = 0; i < this.fill; i++) if ((this.entries[i << 1] as number) < 0) blocks++;
    this.open.blocks.length = blocks;
    this.blockBytes = this.segments.reduce(
      (sum, s) => sum + s.blocks.reduce((n, b) => n + blockBytesOf(b.content), 0),
      0,
    );
    this.limit = this.limitAt(at);
  }

  /**
   * The newest entry that touches a range of bytes, of those from position `from` up to `before`; undefined if none does.
   * `ranges` come from `Memory.ranges(address, length)`.
   */
  lastTouch(ranges: readonly ArenaRange[], from: number, before: number = this.position): Touch | undefined {
    const low = Math.max(from, this.horizon);
    for (let index = this.segmentAt(before - 1); index >= 0; index--) {
      const segment = this.segments[index] as Segment;
      const top = Math.min(before - segment.base, SEGMENT_ENTRIES);
      const bottom = Math.max(low - segment.base, 0);
      for (let i = top - 1; i >= bottom; i--) {
        const touch = this.touchAt(segment, i, ranges);
        if (touch) return touch;
      }
      if (segment.base <= low) return undefined;
    }
    return undefined;
  }

  /** All that touch it, oldest first, from `from` (a position) up to the end of the journal. */
  *touchingAfter(ranges: readonly ArenaRange[], from: number = this.position): Generator<Touch> {
    for (let index = this.segmentAt(from); index < this.segments.length; index++) {
      const segment = this.segments[index] as Segment;
      const top = segment === this.open ? this.fill : SEGMENT_ENTRIES;
      for (let i = Math.max(0, from - segment.base); i < top; i++) {
        const touch = this.touchAt(segment, i, ranges);
        if (touch) yield touch;
      }
    }
  }

  /**
   * Tells of the words that the entries from one position up to another wrote: word, number of words, position of the entry; and of one word,
   * what the entry holds: what was there before it, if the cursor is behind it.
   */
  written(
    from: number,
    to: number,
    visit: (word: number, count: number, position: number, content: number) => void,
  ): void {
    for (const { base, first, end, entries, blocks } of this.runs(from, to)) {
      for (let i = first; i < end; i++) {
        const where = entries[i << 1] as number;
        if (where >= 0) visit(where, 1, base + i, entries[(i << 1) | 1] as number);
        else visit((blocks[~where] as BlockEntry).word, (blocks[~where] as BlockEntry).count, base + i, Number.NaN);
      }
    }
  }
  /** The entries at positions `from` … `to - 1` that are still held, oldest first. */
  runs(from: number, to: number): EntryRun[] {
    const low = Math.max(from, this.horizon);
    const high = Math.min(to, this.end);
    const found: EntryRun[] = [];
    for (let index = this.segmentAt(low); low < high && index < this.segments.length; index++) {
      const { base, entries, blocks } = this.segments[index] as Segment;
      if (base >= high) break;
      const end = Math.min(high - base, SEGMENT_ENTRIES);
      found.push({ base, first: Math.max(low - base, 0), end, entries, blocks });
    }
    return found;
  }

  /** A hash of all entries still held (what was written where), for determinism tests. The cursor must be at the end. */
  hash(): string {
    let h1 = 0x811c9dc5;
    let h2 = 0x01000193;
    for (const segment of this.segments) {
      const top = segment === this.open ? this.fill : SEGMENT_ENTRIES;
      for (let i = 0; i < top; i++) {
        h1 = Math.imul(h1 ^ (segment.entries[i << 1] as number), 0x01000193) ^ (segment.mask[i] as number);
        h2 = Math.imul(h2 ^ (segment.entries[(i << 1) | 1] as number), 0x85ebca6b) ^ (h1 >>> 15);
      }
      for (const block of segment.blocks) {
        h1 = Math.imul(h1 ^ block.word, 0x01000193) ^ block.count;
        for (const word of typeof block.content === 'number' ? [block.content] : block.content)
          h2 = Math.imul(h2 ^ word, 0x85ebca6b);
      }
    }
    return `${this.end}:${(h1 >>> 0).toString(16)}${(h2 >>> 0).toString(16)}`;
  }

  // ---------------------------------------------------------------- the budget
  /** Bytes in use, against the budget. */
  get bytes(): number {
    return this.logBytes + this.outputBytes;
  }
  /** Bytes of writes and marks. */
  private get logBytes(): number {
    return this.segments.length * SEGMENT_BYTES + this.blockBytes + this.marks.bytes;
  }
  /** From now on this output is cut with the future, and dropped to make room. */
  keep(output: KeptOutput): void {
    this.outputs.push(output);
  }
  outputGrows(bytes: number): void {
    this.outputBytes += bytes;
    if (this.bytes > this.budget) this.makeRoom();
  }
  outputShrinks(bytes: number): void {
    this.outputBytes -= bytes;
  }

  private limitAt(position: number): number {
    if (!this.on) return OFF;
    return position === this.end ? SEGMENT_ENTRIES : PAST;
  }
  private requireAtEnd(): void {
    if (!this.atEnd) throw new WriteInThePast();
  }
  private openSegment(base: number): void {
    this.open = newSegment(base, this.spare);
    this.spare = undefined;
    this.segments.push(this.open);
    this.entries = this.open.entries;
    this.mask = this.open.mask;
    this.fill = 0;
  }
  private makeRoom(): void {
    if (this.keepsAll) return;
    while (this.bytes > this.budget || this.logBytes > this.logBudget) {
      const room = this.logBytes <= this.logBudget && this.dropOutput(this.horizon);
      if (room) continue;
      if (this.segments.length > 1) this.dropSegment();
      // one segment's statements have put out more than there is room for: the newest is kept, as in the kernel's own buffer
      else if (!this.dropOutput(this.end)) return;
    }
  }
  private dropSegment(): void {
    const dropped = this.segments.shift() as Segment;
    this.spare = dropped;
    for (const block of dropped.blocks) this.blockBytes -= blockBytesOf(block.content);
    this.marks.dropBefore(this.horizon);
  }
  /** Drops the oldest entry of output, if it is from before a position and output takes more than its share. */
  private dropOutput(before: number): boolean {
    if (this.outputBytes <= this.outputShare) return false;
    const first = this.outputs.reduce((a, b) => (b.oldest < a.oldest ? b : a));
    if (first.oldest >= before) return false;
    first.dropOldest();
    return true;
  }
  /** Index of the segment that holds entry `position` (or, at a boundary, would be read next). */
  private segmentAt(position: number): number {
    const first = this.segments[0] as Segment;
    const index = Math.floor((position - first.base) / SEGMENT_ENTRIES);
    return Math.min(Math.max(index, 0), this.segments.length - 1);
  }
  private swap(segment: Segment, i: number): void {
    const where = segment.entries[i << 1] as number;
    const words = this.arena.arena;
    if (where >= 0) {
      const now = words[where] as number;
      words[where] = segment.entries[(i << 1) | 1] as number;
      segment.entries[(i << 1) | 1] = now;
      return;
    }
    const block = segment.blocks[~where] as BlockEntry;
    const now = contentOf(words, block.word, block.count);
    if (typeof block.content === 'number') words.fill(block.content, block.word, block.word + block.count);
    else words.set(block.content, block.word);
    const old = blockBytesOf(block.content);
    block.content = now;
    this.blockBytes += blockBytesOf(block.content) - old;
  }
  private touchAt(segment: Segment, i: number, ranges: readonly ArenaRange[]): Touch | undefined {
    const where = segment.entries[i << 1] as number;
    const block = where < 0 ? (segment.blocks[~where] as BlockEntry) : undefined;
    const word = block ? block.word : where;
    const count = block ? block.count : 1;
    const mask = block ? 15 : (segment.mask[i] as number);
    for (const r of ranges) {
      if (word > r.lastWord || word + count <= r.firstWord) continue;
      if (!block) {
        if (word === r.firstWord && !(mask & r.firstMask)) continue;
        if (word === r.lastWord && !(mask & r.lastMask)) continue;
      }
      return { position: segment.base + i, word, count, mask };
    }
    return undefined;
  }
}

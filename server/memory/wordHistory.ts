/**
 * What words held over a stretch of the journal, without moving its cursor. An entry before the cursor holds what its word was before the
 * write, one behind it what the word is after: both follow from the entries of the word and from what it is at the cursor.
 *
 * A search looks at every entry of the stretch, some nanoseconds each: an index of what each segment touches would take a third of the
 * journal's memory and cost more to make than a search.
 */
import type { Memory } from './memory';
import type { EntryRun } from './segment';

const FRAME_WORDS = 1024;
const FIRST_ROOM = 1 << 10;

/** Which of some words an entry of the journal touches. */
class Watched {
  /** number of the table by frame slot; 0: nothing in that frame is watched */
  private readonly tableOf: Uint16Array;
  /** by table: index + 1 by word in the frame */
  private readonly tables: Int32Array[] = [new Int32Array(FRAME_WORDS)];
  constructor(
    frames: number,
    readonly words: readonly number[],
  ) {
    this.tableOf = new Uint16Array(frames + 1);
    words.forEach((word, which) => {
      const slot = word >>> 10;
      if (this.tableOf[slot] === 0) this.tableOf[slot] = this.tables.push(new Int32Array(FRAME_WORDS)) - 1;
      (this.tables[this.tableOf[slot] as number] as Int32Array)[word & (FRAME_WORDS - 1)] = which + 1;
    });
  }
  /** Calls `found` for each entry of a run that touches one, oldest first: its index, which word, the entry's content of it. */
  find({ entries, blocks, first, end }: EntryRun, found: (i: number, which: number, content: number) => void): void {
    const { tableOf, tables } = this;
    for (let i = first; i < end; i++) {
      const word = entries[i << 1] as number;
      if (word < 0) {
        this.findInBlock(blocks, i, ~word, found);
        continue;
      }
      const table = tableOf[word >>> 10] as number;
      if (table === 0) continue;
      const which = (tables[table] as Int32Array)[word & (FRAME_WORDS - 1)] as number;
      if (which !== 0) found(i, which - 1, entries[(i << 1) | 1] as number);
    }
  }
  private findInBlock(
    blocks: EntryRun['blocks'],
    i: number,
    index: number,
    found: (i: number, which: number, content: number) => void,
  ): void {
    const block = blocks[index];
    if (!block) return;
    const { word, count, content } = block;
    for (let w = word; w < word + count; w++) {
      const table = this.tableOf[w >>> 10] as number;
      if (table === 0) {
        // to the next frame
        w |= FRAME_WORDS - 1;
        continue;
      }
      const which = (this.tables[table] as Int32Array)[w & (FRAME_WORDS - 1)] as number;
      if (which !== 0) found(i, which - 1, typeof content === 'number' ? content : (content[w - word] as number));
    }
  }
}

/** Writes to some words from one position to another, in order of time. Words are named by their index in the question. */
export class WordHistory {
  /** how many writes there are */
  count = 0;
  private offsets = new Uint32Array(FIRST_ROOM);
  private whichs = new Int32Array(FIRST_ROOM);
  private contents = new Int32Array(FIRST_ROOM);
  constructor(
    /** the first position, and the last */
    readonly from: number,
    readonly to: number,
    /** what the words hold at `from` */
    readonly initial: Int32Array,
  ) {}
  /** Position of the moment after write `n`: the first at which the word holds its new value. */
  positionOf(n: number): number {
    return this.from + (this.offsets[n] as number) + 1;
  }
  /** Which word it writes. */
  wordOf(n: number): number {
    return this.whichs[n] as number;
  }
  /** What the word holds after it, a signed number. */
  valueOf(n: number): number {
    return this.contents[n] as number;
  }

  // ---- for wordHistory
  add(offset: number, which: number, content: number): void {
    const n = this.count++;
    if (n === this.offsets.length) this.grow();
    this.offsets[n] = offset;
    this.whichs[n] = which;
    this.contents[n] = content;
  }
  private grow(): void {
    const offsets = new Uint32Array(2 * this.offsets.length);
    const whichs = new Int32Array(2 * this.whichs.length);
    const contents = new Int32Array(2 * this.contents.length);
    offsets.set(this.offsets);
    whichs.set(this.whichs);
    contents.set(this.contents);
    this.offsets = offsets;
    this.whichs = whichs;
    this.contents = contents;
  }
  /** The contents so far are what was before each write: makes them what is after it. `initial` is what is after the last one. */
  turn(): void {
    const { initial, whichs, contents } = this;
    for (let n = this.count - 1; n >= 0; n--) {
      const which = whichs[n] as number;
      const before = contents[n] as number;
      contents[n] = initial[which] as number;
      initial[which] = before;
    }
  }
}

/**
 * What `words` (indexes in the arena, each once) held from position `from` up to `to`. The cursor may be anywhere.
 * @throws RangeError beyond the journal
 */
export function wordHistory(mem: Memory, words: readonly number[], from: number, to: number): WordHistory {
  const { journal } = mem;
  if (!(from >= journal.horizon && to <= journal.end && from <= to))
    throw new RangeError(`positions ${from} to ${to} are outside the journal (${journal.horizon} to ${journal.end})`);
  const watched = new Watched(mem.materialised, words);
  const { position } = journal;
  const middle = Math.min(Math.max(from, position), to);
  const history = new WordHistory(from, to, valuesAt(mem, watched, middle));
  const collect = (first: number, end: number) => {
    for (const run of journal.runs(first, end)) {
      const distance = run.base - from;
      watched.find(run, (i, which, content) => history.add(distance + i, which, content));
    }
  };
  collect(from, middle);
  history.turn();
  collect(middle, to);
  return history;
}

/** What watched words hold at a position: their entries between it and the cursor say so, else memory. */
function valuesAt(mem: Memory, watched: Watched, at: number): Int32Array {
  const { journal } = mem;
  const values = Int32Array.from(watched.words, (word) => mem.words[word] as number);
  const { position } = journal;
  const known = new Uint8Array(values.length);
  let missing = values.length;
  const take = (_: number, which: number, content: number) => {
    if (known[which] === 1) return;
    known[which] = 1;
    missing--;
    values[which] = content;
  };
  const runs = journal.runs(Math.min(at, position), Math.max(at, position));
  if (at < position) {
    for (const run of runs) {
      if (missing === 0) break;
      watched.find(run, take);
    }
    return values;
  }
  for (const run of runs.reverse()) {
    if (missing === 0) break;
    // the newest entry of a word counts
    const newest = new Map<number, number>();
    watched.find(run, (_, which, content) => newest.set(which, content));
    for (const [which, content] of newest) take(0, which, content);
  }
  return values;
}

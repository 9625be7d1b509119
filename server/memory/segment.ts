/** Segments of the journal: entries in flat columns, and the blocks that they name. */

export const SEGMENT_ENTRIES = 1 << 16;
export const SEGMENT_BYTES = SEGMENT_ENTRIES * 9;
/** The content of a block: its words, or the one value that all of them have, as in most blocks. */
type BlockContent = Int32Array | number;
/** A moved block of words: entries with a negative `where` name one. */
export interface BlockEntry {
  readonly word: number;
  readonly count: number;
  content: BlockContent;
}

export interface Segment {
  /** position of its first entry */
  readonly base: number;
  /** an entry in two words: index of a word in the arena, or ~(index into blocks), and its old content */
  readonly entries: Int32Array;
  /** bytes of the word that were written, bit 0 = lowest address; 0 in block entries */
  readonly mask: Uint8Array;
  readonly blocks: BlockEntry[];
}

export const newSegment = (base: number, spare?: Segment): Segment => ({
  base,
  entries: spare?.entries ?? new Int32Array(2 * SEGMENT_ENTRIES),
  mask: (spare?.mask ?? new Uint8Array(SEGMENT_ENTRIES)).fill(15),
  blocks: [],
});

/** Entries `first` … `end - 1` of a segment, for reading (wordHistory.ts): entry i is at position `base + i`. */
export interface EntryRun {
  readonly base: number;
  readonly first: number;
  readonly end: number;
  readonly entries: Int32Array;
  readonly blocks: readonly BlockEntry[];
}

export function contentOf(arena: Int32Array, word: number, count: number): BlockContent {
  const end = word + count;
  const first = arena[word] as number;
  for (let i = word + 1; i < end; i++) if (arena[i] !== first) return arena.slice(word, end);
  return first;
}
/** A block's entry in the list, and a typed array with its buffer. */
export const blockBytesOf = (content: BlockContent): number =>
  48 + (typeof content === 'number' ? 0 : 256 + content.byteLength);

/** Call traces that the kernel keeps, each once, as addresses of code in emulated memory (lib/stackdepot.c, 6.1). */
import type { Memory } from '../../memory/memory';

/** Where a depot lies: physical addresses of zeroed, contiguous memory. */
export interface DepotPlace {
  /** the traces, and how many longs there are for them */
  readonly pool: number;
  readonly longs: number;
  /** a word: how many of the longs are taken */
  readonly used: number;
  /** heads of the hash chains, a word each; a power of two of them */
  readonly heads: number;
  readonly buckets: number;
}
/** frames that are kept of a trace (KASAN_STACK_DEPTH, TRACK_ADDRS_COUNT) */
const STACK_DEPTH = 64;
/** heads of hash chains, and longs for the traces, of the kernel's one depot */
const STACK_HASH_SIZE = 1024;
const STACK_POOL_LONGS = 1 << 18;

/** Memory that a depot can be made in: arch/beyond_ram.ts. */
interface DepotMemory {
  take(bytes: number): number;
}
/** The depot that allocations and frees of all kinds keep their traces in. */
export function stackDepot(mem: Memory, wordSize: number, beyond: DepotMemory): StackDepot {
  const used = beyond.take(4 * (1 + STACK_HASH_SIZE));
  const place = { used, heads: used + 4, buckets: STACK_HASH_SIZE, pool: beyond.take(wordSize * STACK_POOL_LONGS) };
  return new StackDepot(mem, wordSize, { ...place, longs: STACK_POOL_LONGS }, STACK_DEPTH);
}

/** longs before a trace's frames: the next trace of its hash chain, and the number of frames */
const HEADER = 2;

export class StackDepot {
  private readonly shift: 2 | 3;

  /** @param maxFrames how many frames are kept of a trace */
  constructor(
    private readonly mem: Memory,
    wordSize: number,
    private readonly place: DepotPlace,
    private readonly maxFrames: number,
  ) {
    this.shift = wordSize === 8 ? 3 : 2;
  }

  /** Keeps a trace, innermost frame first. Its handle, at least 1; 0 if there is no room left. */
  save(addresses: readonly number[]): number {
    const { place } = this;
    const frames = Math.min(addresses.length, this.maxFrames);
    const head = this.mem.word(place.heads + 4 * (hashOf(addresses, frames) & (place.buckets - 1)));
    const first = this.mem.words[head] as number;
    for (let at = first; at !== 0; at = this.long(at - 1)) if (this.equals(at, addresses, frames)) return at;
    const used = this.mem.word(place.used);
    const start = this.mem.words[used] as number;
    if (start + HEADER + frames > place.longs) return 0;
    this.setLong(start, first);
    this.setLong(start + 1, frames);
    for (let i = 0; i < frames; i++) this.setLong(start + HEADER + i, addresses[i] as number);
    this.mem.set(used, start + HEADER + frames);
    this.mem.set(head, start + 1);
    return start + 1;
  }
  /** The frames of a trace, innermost first; none for handle 0. */
  fetch(handle: number): number[] {
    const { place, mem } = this;
    const used = mem.words[mem.word(place.used)] as number;
    // a handle that has been overwritten where it was kept leads nowhere
    if (!(handle > 0 && handle - 1 + HEADER <= used)) return [];
    const frames = this.long(handle);
    if (!(frames >= 0 && frames <= this.maxFrames && handle - 1 + HEADER + frames <= used)) return [];
    return Array.from({ length: frames }, (_, i) => this.long(handle - 1 + HEADER + i));
  }
  private equals(handle: number, addresses: readonly number[], frames: number): boolean {
    if (this.long(handle) !== frames) return false;
    for (let i = 0; i < frames; i++) if (this.long(handle - 1 + HEADER + i) !== addresses[i]) return false;
    return true;
  }
  private long(index: number): number {
    const { mem } = this;
    const word = mem.word(this.place.pool + (index << this.shift));
    const low = (mem.words[word] as number) >>> 0;
    return this.shift === 3 ? (mem.words[word + 1] as number) * 0x1_0000_0000 + low : low;
  }
  private setLong(index: number, value: number): void {
    const { mem } = this;
    const word = mem.word(this.place.pool + (index << this.shift));
    if (this.shift === 3) mem.setPair(word, value | 0, Math.floor(value / 0x1_0000_0000) | 0);
    else mem.set(word, value | 0);
  }
}

function hashOf(addresses: readonly number[], frames: number): number {
  let hash = frames;
  for (let i = 0; i < frames; i++) hash = (Math.imul(hash, 31) + ((addresses[i] as number) | 0)) | 0;
  return hash ^ (hash >>> 16);
}

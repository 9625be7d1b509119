/**
 * kmemleak: allocations to which no pointer leads any more (mm/kmemleak.c, 6.1). It looks for values that are addresses in variables,
 * stacks and, from there on, in allocations themselves. Its table of allocations lies behind the RAM.
 */
import type { Memory } from '../../../memory/memory';
import type { BeyondRam } from '../../arch/beyond_ram';
import type { AllocTraces } from './alloc_traces';

/** CONFIG_DEBUG_KMEMLEAK_MEM_POOL_SIZE: so many allocations can be followed at a time; a power of two */
const POOL_SIZE = 1 << 15;
/** struct kmemleak_object, as far as it is kept: bytes */
const OBJECT = {
  pointer: 0,
  size: 8,
  jiffies: 16,
  pid: 20,
  handle: 24,
  flags: 28,
  checksum: 32,
  comm: 36,
  bytes: 64,
} as const;
const COMM_BYTES = 16;
/** flags: 0 is a place that was never taken */
const OBJECT_ALLOCATED = 1;
const OBJECT_REPORTED = 2;
/** a place that is free again: a search goes on behind it */
const OBJECT_FREED = 4;
/** MSECS_MIN_AGE: younger objects are not told of */
const MIN_AGE_SECONDS = 5;
/** what is shown of an object: HEX_MAX_LINES rows */
const SHOWN_BYTES = 32;

/** Memory in which pointers are looked for. */
export interface ScanArea {
  readonly start: number;
  readonly bytes: number;
}
/** An object that no pointer leads to. */
export interface Unreferenced {
  readonly pointer: number;
  readonly size: number;
  readonly jiffies: number;
  readonly pid: number;
  readonly comm: string;
  readonly handle: number;
}
interface LeakPorts {
  readonly wordSize: 4 | 8;
  readonly hz: number;
  jiffies(): number;
  pid(): number;
  comm(): string;
  /** variables, per-CPU memory, stacks of tasks that run */
  roots(): readonly ScanArea[];
  /** the pieces of memory behind virtual addresses, which are not materialised for that */
  pieces(start: number, bytes: number): readonly { readonly phys: number; readonly length: number }[];
  /** the table is full: no more is followed */
  disabled(): void;
}
/** What the allocators tell. */
export interface LeakTracker {
  /** kmemleak_alloc */
  allocated(address: number, size: number): void;
  /** kmemleak_free, kmemleak_ignore */
  freed(address: number): void;
}
interface Tracked {
  readonly at: number;
  readonly pointer: number;
  readonly end: number;
  count: number;
}

export class Kmemleak implements LeakTracker {
  private readonly table: number;
  /** physical address of a word: nothing is followed any more */
  private readonly off: number;

  /** Before the run. */
  constructor(
    private readonly mem: Memory,
    beyond: BeyondRam,
    private readonly traces: AllocTraces,
    private readonly ports: LeakPorts,
  ) {
    this.table = beyond.take(POOL_SIZE * OBJECT.bytes);
    this.off = beyond.take(4);
  }
  allocated(address: number, size: number): void {
    const { mem, ports } = this;
    if (mem.read32(this.off) !== 0) return;
    const at = this.place(address, true);
    if (at < 0) {
      mem.write32(this.off, 1);
      ports.disabled();
      return;
    }
    this.setLong(at + OBJECT.pointer, address);
    this.setLong(at + OBJECT.size, size);
    mem.write32(at + OBJECT.jiffies, ports.jiffies());
    mem.write32(at + OBJECT.pid, ports.pid());
    mem.write32(at + OBJECT.handle, this.traces.save([]));
    mem.write32(at + OBJECT.flags, OBJECT_ALLOCATED);
    mem.write32(at + OBJECT.checksum, 0);
    const name = ports.comm();
    const bytes = new Uint8Array(COMM_BYTES);
    for (let i = 0; i < COMM_BYTES - 1 && i < name.length; i++) bytes[i] = name.charCodeAt(i);
    mem.writeBytes(at + OBJECT.comm, bytes);
  }
  freed(address: number): void {
    const at = this.place(address, false);
    if (at >= 0) this.mem.write32(at + OBJECT.flags, OBJECT_FREED);
  }

  // ---------------------------------------------------------------- the table
  private setLong(phys: number, value: number): void {
    this.mem.write32(phys, value | 0);
    this.mem.write32(phys + 4, Math.floor(value / 2 ** 32) | 0);
  }
  private long(phys: number): number {
    return this.mem.readS32(phys + 4) * 2 ** 32 + this.mem.read32(phys);
  }
  private flags(at: number): number {
    return this.mem.read32(at + OBJECT.flags);
  }
  /** The place of an address in the table, or, to be taken, a free one; −1 if there is none. */
  private place(address: number, take: boolean): number {
    const first = Math.imul(Math.floor(address / 8) | 0, 0x9e3779b1) >>> 0;
    let free = -1;
    for (let i = 0; i < POOL_SIZE; i++) {
      const at = this.table + ((first + i) & (POOL_SIZE - 1)) * OBJECT.bytes;
      const flags = this.flags(at);
      if (flags & OBJECT_ALLOCATED) {
        if (this.long(at + OBJECT.pointer) === address) return at;
        continue;
      }
      if (take && free < 0) free = at;
      if (flags === 0) break;
    }
    return free;
  }
  /** All that is allocated, by address. */
  private tracked(): Tracked[] {
    const found: Tracked[] = [];
    const end = this.table + POOL_SIZE * OBJECT.bytes;
    for (const { phys, length } of this.mem.touched(this.table, end - this.table))
      for (let at = phys; at < phys + length; at += OBJECT.bytes)
        if (this.flags(at) & OBJECT_ALLOCATED) {
          const pointer = this.long(at + OBJECT.pointer);
          found.push({ at, pointer, end: pointer + this.long(at + OBJECT.size), count: 0 });
        }
    return found.sort((a, b) => a.pointer - b.pointer);
  }

  // ---------------------------------------------------------------- scanning
  /** kmemleak_scan: how many objects are told of for the first time. */
  scan(): number {
    const { ports, mem } = this;
    const objects = this.tracked();
    this.mark(objects);
    const now = ports.jiffies();
    // what has changed since the last scan is somebody's still
    const changed = objects.filter((object) => object.count === 0 && this.checksumChanged(object));
    for (const object of changed) object.count = 1;
    this.follow(objects, changed);
    let found = 0;
    for (const { at, count } of objects) {
      const age = (now - mem.read32(at + OBJECT.jiffies)) >>> 0;
      if (count > 0 || this.flags(at) & OBJECT_REPORTED || age < MIN_AGE_SECONDS * ports.hz) continue;
      mem.write32(at + OBJECT.flags, OBJECT_ALLOCATED | OBJECT_REPORTED);
      found++;
    }
    return found;
  }
  /** What /sys/kernel/debug/kmemleak lists: those that have been told of, and are unreferenced still. */
  reported(): Unreferenced[] {
    return this.unreferenced()
      .filter(({ at }) => this.flags(at) & OBJECT_REPORTED)
      .map(({ at }) => this.entry(at));
  }
  /** All to which nothing leads now, whatever their age: what a later scan would tell of. */
  lost(): Unreferenced[] {
    return this.unreferenced().map(({ at }) => this.entry(at));
  }
  private unreferenced(): Tracked[] {
    const objects = this.tracked();
    this.mark(objects);
    return objects.filter(({ count }) => count === 0);
  }
  private entry(at: number): Unreferenced {
    const { mem } = this;
    const bytes = mem.readBytes(at + OBJECT.comm, COMM_BYTES);
    return {
      pointer: this.long(at + OBJECT.pointer),
      size: this.long(at + OBJECT.size),
      jiffies: mem.read32(at + OBJECT.jiffies),
      pid: mem.read32(at + OBJECT.pid),
      comm: String.fromCharCode(...bytes.subarray(0, bytes.indexOf(0))),
      handle: mem.read32(at + OBJECT.handle),
    };
  }
  private mark(objects: readonly Tracked[]): void {
    const reached: Tracked[] = [];
    for (const { start, bytes } of this.ports.roots()) this.scanBlock(objects, start, bytes, reached);
    this.follow(objects, reached);
  }
  /** scan_gray_list: what objects that are referenced lead to */
  private follow(objects: readonly Tracked[], gray: readonly Tracked[]): void {
    const queue = [...gray];
    for (let object = queue.pop(); object; object = queue.pop())
      this.scanBlock(objects, object.pointer, object.end - object.pointer, queue);
  }
  /** scan_block: counts what the words of a block point to, or into; what is found for the first time is added to `reached`. */
  private scanBlock(objects: readonly Tracked[], start: number, bytes: number, reached: Tracked[]): void {
    const { mem, ports } = this;
    const { wordSize } = ports;
    const low = objects[0]?.pointer ?? 0;
    const high = objects.at(-1)?.end ?? 0;
    // most words are not pointers: their upper halves tell
    const [lowest, highest] = [Math.floor(low / 2 ** 32), Math.floor(high / 2 ** 32)];
    for (const { phys, length } of ports.pieces(start, bytes))
      for (let at = Math.ceil(phys / wordSize) * wordSize; at + wordSize <= phys + length; at += wordSize) {
        if (wordSize === 8) {
          const upper = mem.readS32(at + 4);
          if (upper < lowest || upper > highest) continue;
        }
        const value = wordSize === 8 ? this.long(at) : mem.read32(at);
        if (value < low || value >= high) continue;
        const object = objectAt(objects, value);
        if (object && object.count++ === 0) reached.push(object);
      }
  }
  /** update_checksum */
  private checksumChanged({ at, pointer, end }: Tracked): boolean {
    const { mem } = this;
    let sum = 0x811c9dc5;
    for (const { phys, length } of this.ports.pieces(pointer, end - pointer))
      for (const byte of mem.readBytes(phys, length)) sum = Math.imul(sum ^ byte, 0x01000193);
    const changed = mem.readS32(at + OBJECT.checksum) !== sum;
    if (changed) mem.write32(at + OBJECT.checksum, sum);
    return changed;
  }
  /** The first bytes of an object, for a report. */
  content({ pointer, size }: Unreferenced): Uint8Array {
    const bytes = new Uint8Array(Math.min(size, SHOWN_BYTES));
    let done = 0;
    for (const { phys, length } of this.ports.pieces(pointer, bytes.length)) {
      bytes.set(this.mem.readBytes(phys, length), done);
      done += length;
    }
    return bytes;
  }
}

/** The object that an address lies in. */
function objectAt(objects: readonly Tracked[], address: number): Tracked | undefined {
  let low = 0;
  let high = objects.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((objects[middle] as Tracked).pointer <= address) low = middle + 1;
    else high = middle;
  }
  const object = objects[low - 1];
  return object && address < object.end ? object : undefined;
}

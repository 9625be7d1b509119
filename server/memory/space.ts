/**
 * The kernel's virtual address space: what its page tables map. Linear ranges over physical memory (direct map, kernel image, vmemmap) are
 * translated without them as long as they say the same. Reads and writes by virtual address; an address that is not mapped, or maps no RAM,
 * is a page fault.
 */

import { PAGE_SIZE } from '../types/pageSize';
import type { Memory } from './memory';

const TWO32 = 0x1_0000_0000;
/** Instead of a physical address: there is not one for all bytes. */
const SCATTERED = -1;

/** An access to a virtual address where nothing is mapped, or a write to a read-only page: the processor reports a page fault to the kernel. */
export class PageFaultError extends Error {
  constructor(
    readonly address: number,
    readonly write: boolean,
    /** the page is mapped, but not for this access */
    readonly protection = false,
  ) {
    const at = `${address < 0 ? '-' : ''}0x${Math.abs(address).toString(16)}`;
    super(`page fault: ${protection ? `the page is read-only at ${at}` : `nothing is mapped at ${at}`}`);
  }
}

interface LinearRange {
  readonly name: string;
  /** first virtual address, bytes, first physical address */
  readonly start: number;
  readonly size: number;
  readonly phys: number;
  /** the page tables map it as well, and may map it in another way later */
  readonly inTables: boolean;
}

/** A part of physical memory, within a page. */
export interface PhysicalPiece {
  readonly phys: number;
  readonly length: number;
}

/** Answers of a page walk instead of a physical address: nothing is mapped, or it may not be written. */
export const NOT_PRESENT = -1;
export const NOT_WRITABLE = -2;

/** The page tables that translate addresses. */
export interface PageWalk {
  /** a physical address, NOT_PRESENT or NOT_WRITABLE */
  phys(address: number, write: boolean): number;
}

/** Translations that a processor remembers. Used while the machine runs, for its own code only. */
export interface CachedWalk extends PageWalk {
  readonly active: boolean;
}

/** Set once, at boot. */
interface Tables {
  walk: PageWalk | undefined;
  cache: CachedWalk | undefined;
  /** index of the word of memory that is not 0 once linear ranges may be mapped in another way than at boot */
  changedWord: number;
  /** physical memory of the tables that map linear ranges */
  readonly places: { readonly start: number; readonly end: number }[];
}

/** Physical memory that all mappings have as read only, once it is protected. */
interface ReadOnly {
  readonly ranges: { readonly start: number; readonly end: number }[];
  /** Set once, when the run begins: it is not state of the machine. */
  isProtected: boolean;
}

/** Is shown the accesses to a space before they are made, mapped or not: what a sanitizer in the kernel's code sees. */
export interface AccessObserver {
  /** a scalar, or a structure that is copied as a whole, of `size` bytes */
  access(address: number, size: number, write: boolean): void;
  /** an atomic operation on a scalar; `write` also where it reads before */
  atomic(address: number, size: number, write: boolean): void;
  /** bytes that a loop reads or writes one after the other */
  bytes(address: number, length: number, write: boolean): void;
  /** a scalar at an address that is not canonical, 64 bits unsigned: the processor refuses it */
  nonCanonical(bits: bigint, size: number, write: boolean): void;
}

export class AddressSpace {
  private constructor(
    readonly memory: Memory,
    private readonly observer: AccessObserver | undefined,
    /** it is the code's that runs on the machine: its processors remember translations */
    private readonly isOfCode: boolean,
    private readonly linear: LinearRange[],
    private readonly tables: Tables,
    private readonly readOnly: ReadOnly,
  ) {}
  /** A space in which nothing is mapped. */
  static over(memory: Memory): AddressSpace {
    const tables = { walk: undefined, cache: undefined, changedWord: 0, places: [] };
    return new AddressSpace(memory, undefined, false, [], tables, { ranges: [], isProtected: false });
  }
  /** The same space, also as far as it is mapped later, for the code that runs, whose accesses `observer` is to see. */
  forCode(observer?: AccessObserver): AddressSpace {
    return new AddressSpace(this.memory, observer, true, this.linear, this.tables, this.readOnly);
  }

  /**
   * Maps `size` bytes at virtual `start` to physical `phys`, all page aligned. Frozen after boot. `inTables`: the kernel's page tables say the
   * same, until the run changes them.
   */
  addLinear(name: string, start: number, size: number, phys: number, inTables = true): void {
    this.linear.push({ name, start, size, phys, inTables });
  }
  /** From here on all other addresses are translated by a page walk; linear ranges too, once the word is not 0. Once, at boot. */
  useTables(walk: PageWalk, changedWord: number, places: Readonly<Tables['places']>): void {
    Object.assign(this.tables, { walk, changedWord });
    this.tables.places.push(...places);
  }
  /** Physical memory of one more table that maps linear ranges. Before the run. */
  addTable(start: number, end: number): void {
    this.tables.places.push({ start, end });
  }
  /** What processors remember of the tables, from here on. Once, at boot. */
  useCache(cache: CachedWalk): void {
    this.tables.cache = cache;
  }
  /** A write into a table that maps linear ranges: they are walked from here on. */
  private noteTable(phys: number): void {
    const { places, changedWord } = this.tables;
    for (const { start, end } of places)
      if (phys >= start && phys < end && this.memory.journal.enabled) this.memory.setChanged(changedWord, 1);
  }
  /** Whether linear ranges are mapped as boot has mapped them. */
  get isLinear(): boolean {
    return this.memory.words[this.tables.changedWord] === 0;
  }
  /** Makes physical memory read-only, wherever it is mapped, from `protect` on. */
  addReadOnly(start: number, end: number): void {
    this.readOnly.ranges.push({ start, end });
  }
  /** Writes to read-only memory fault from here on. */
  protect(): void {
    this.readOnly.isProtected = true;
  }
  /** Whether a physical address is in memory that is read-only, or will be when it is protected. */
  isReadOnly(phys: number): boolean {
    for (const { start, end } of this.readOnly.ranges) if (phys >= start && phys < end) return true;
    return false;
  }
  /** The first of `length` mapped bytes that is read-only; undefined if none is. */
  firstReadOnly(address: number, length: number): number | undefined {
    for (let done = 0; done < length; done += PAGE_SIZE - inPage(address + done))
      if (this.isReadOnly(this.translate(address + done))) return address + done;
    return undefined;
  }
  get ranges(): readonly LinearRange[] {
    return this.linear;
  }
  /** The linear range an address lies in, mapped to RAM or not. */
  rangeOf(address: number): LinearRange | undefined {
    for (const r of this.linear) if (address >= r.start && address < r.start + r.size) return r;
    return undefined;
  }
  /** The linear range that translates an address; undefined where the page tables do. */
  private linearAt(address: number): LinearRange | undefined {
    const range = this.rangeOf(address);
    return range?.inTables && this.tables.walk && !this.isLinear ? undefined : range;
  }
  /** Physical address of a virtual one; −1 where nothing is mapped. */
  translate(address: number): number {
    const range = this.linearAt(address);
    const phys = range ? address - range.start + range.phys : (this.tables.walk?.phys(address, false) ?? NOT_PRESENT);
    return phys >= 0 && this.memory.isRam(phys) ? phys : -1;
  }
  /** The same for an access. @throws PageFaultError where nothing is mapped, or what is mapped may not be written */
  private resolve(address: number, write: boolean): number {
    const range = this.linearAt(address);
    if (!range) {
      const { walk, cache } = this.tables;
      const processor = this.isOfCode && cache?.active ? cache : walk;
      const phys = processor?.phys(address, write) ?? NOT_PRESENT;
      if (phys >= 0 && this.memory.isRam(phys)) return phys;
      throw new PageFaultError(address, write, phys === NOT_WRITABLE);
    }
    const phys = address - range.start + range.phys;
    if (!this.memory.isRam(phys)) throw new PageFaultError(address, write);
    if (!write) return phys;
    if (this.readOnly.isProtected && this.isReadOnly(phys)) throw new PageFaultError(address, true, true);
    this.noteTable(phys);
    return phys;
  }
  /**
   * The physical address of a scalar that is about to be read or written; `SCATTERED` if it lies across pages that are not adjacent in
   * physical memory.
   * @throws PageFaultError at the first byte that is not mapped
   */
  private physical(address: number, size: number, write: boolean): number {
    this.observer?.access(address, size, write);
    const phys = this.resolve(address, write);
    if (size > 1 && inPage(address) > PAGE_SIZE - size) {
      const part = PAGE_SIZE - inPage(address);
      if (this.resolve(address + part, write) !== phys + part) return SCATTERED;
    }
    return phys;
  }
  private readScattered(address: number, size: number): bigint {
    let value = 0n;
    this.pieces(address, size, false, (phys, done, part) => {
      for (let i = 0; i < part; i++) value |= BigInt(this.memory.read8(phys + i)) << BigInt((done + i) * 8);
    });
    return value;
  }
  private writeScattered(address: number, size: number, value: bigint): void {
    this.pieces(address, size, true, (phys, done, part) => {
      for (let i = 0; i < part; i++) this.memory.write8(phys + i, Number((value >> BigInt((done + i) * 8)) & 0xffn));
    });
  }
  /** A structure of `size` bytes is about to be read or written as a whole. */
  access(address: number, size: number, write: boolean): void {
    this.observer?.access(address, size, write);
  }
  /** A loop is about to read or write bytes. */
  bytes(address: number, length: number, write: boolean): void {
    this.observer?.bytes(address, length, write);
  }
  /** An atomic operation on a scalar begins: the accesses of its parts follow. */
  atomic(address: number, size: number, write: boolean): void {
    this.observer?.atomic(address, size, write);
  }
  /** A scalar at a non-canonical address, 64 bits unsigned, is about to be read or written; the caller raises the fault. */
  nonCanonical(bits: bigint, size: number, write: boolean): void {
    this.observer?.nonCanonical(bits, size, write);
  }
  read8(address: number): number {
    return this.memory.read8(this.physical(address, 1, false));
  }
  read16(address: number): number {
    const phys = this.physical(address, 2, false);
    return phys >= 0 ? this.memory.read16(phys) : Number(this.readScattered(address, 2));
  }
  /** Unsigned. */
  read32(address: number): number {
    const phys = this.physical(address, 4, false);
    return phys >= 0 ? this.memory.read32(phys) : Number(this.readScattered(address, 4));
  }
  readS32(address: number): number {
    return this.read32(address) | 0;
  }
  /** A 64-bit value, as `make` makes it of its words: the low one unsigned, the high one signed. */
  readWords<T>(address: number, make: (low: number, high: number) => T): T {
    const phys = this.physical(address, 8, false);
    if (phys >= 0) return make(this.memory.read32(phys), this.memory.readS32(phys + 4));
    const value = this.readScattered(address, 8);
    return make(Number(value & 0xffffffffn), Number(BigInt.asIntN(32, value >> 32n)));
  }
  /** Unsigned. */
  read64(address: number): bigint {
    return this.readWords(address, bigintOf);
  }
  readS64Number(address: number): number {
    return this.readWords(address, numberOf);
  }
  write8(address: number, value: number): void {
    this.memory.write8(this.physical(address, 1, true), value);
  }
  write16(address: number, value: number): void {
    const phys = this.physical(address, 2, true);
    if (phys >= 0) this.memory.write16(phys, value);
    else this.writeScattered(address, 2, BigInt(value));
  }
  write32(address: number, value: number): void {
    const phys = this.physical(address, 4, true);
    if (phys >= 0) this.memory.write32(phys, value);
    else this.writeScattered(address, 4, BigInt(value));
  }
  /** Stores the words of a 64-bit value. */
  writeWords(address: number, low: number, high: number): void {
    const phys = this.physical(address, 8, true);
    if (phys < 0) {
      this.writeScattered(address, 8, bigintOf(low, high));
      return;
    }
    this.memory.write32(phys, low);
    this.memory.write32(phys + 4, high);
  }
  write64(address: number, value: bigint): void {
    this.writeWords(address, Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)));
  }
  write64Number(address: number, value: number): void {
    this.writeWords(address, value | 0, Math.floor(value / TWO32) | 0);
  }
  /** A copy of `length` bytes. @throws PageFaultError at the first byte that is not mapped */
  readBytes(address: number, length: number): Uint8Array {
    const out = new Uint8Array(length);
    this.bytes(address, length, false);
    this.pieces(address, length, false, (phys, done, part) => out.set(this.memory.readBytes(phys, part), done));
    return out;
  }
  /** Writes all bytes or none. @throws PageFaultError */
  writeBytes(address: number, data: Uint8Array): void {
    this.bytes(address, data.length, true);
    this.pieces(address, data.length, true, () => {});
    this.pieces(address, data.length, true, (phys, done, part) =>
      this.memory.writeBytes(phys, data.subarray(done, done + part)),
    );
  }
  /** memset. @throws PageFaultError before anything is written */
  fill(address: number, length: number, byte: number): void {
    this.bytes(address, length, true);
    this.pieces(address, length, true, () => {});
    this.pieces(address, length, true, (phys, _done, part) => this.memory.fill(phys, part, byte));
  }
  /** How many bytes from `address` on are not mapped, at most `length`. */
  unmappedLength(address: number, length: number): number {
    let done = 0;
    while (done < length && this.translate(address + done) < 0) done += PAGE_SIZE - inPage(address + done);
    return Math.min(done, length);
  }
  /** Where in physical memory a range lies, one piece per page; pages that are not mapped are left out. */
  mappedPieces(address: number, length: number): PhysicalPiece[] {
    const found: PhysicalPiece[] = [];
    for (let done = 0; done < length; ) {
      const part = Math.min(length - done, PAGE_SIZE - inPage(address + done));
      const phys = this.translate(address + done);
      if (phys >= 0) found.push({ phys, length: part });
      done += part;
    }
    return found;
  }
  /** How many bytes from `address` on are mapped, at most `length`. */
  mappedLength(address: number, length: number): number {
    for (let done = 0; done < length; ) {
      if (this.translate(address + done) < 0) return done;
      done += PAGE_SIZE - inPage(address + done);
    }
    return length;
  }

  private pieces(
    address: number,
    length: number,
    write: boolean,
    each: (phys: number, done: number, part: number) => void,
  ): void {
    for (let done = 0; done < length; ) {
      const part = Math.min(length - done, PAGE_SIZE - inPage(address + done));
      each(this.resolve(address + done, write), done, part);
      done += part;
    }
  }
}

const bigintOf = (low: number, high: number): bigint => (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
/** Exact for canonical addresses and for counts below 2^53. */
const numberOf = (low: number, high: number): number => high * TWO32 + low;
/** Where in its page an address lies: the lowest bits of negative numbers (x86_64 kernel addresses) are those of two's complement. */
const inPage = (address: number): number => address & (PAGE_SIZE - 1);

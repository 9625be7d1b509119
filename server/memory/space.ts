/**
 * The kernel's virtual address space: linear ranges over physical memory (direct map, kernel image, vmemmap). Reads and writes by virtual
 * address; an address that is not mapped, or maps no RAM, is a page fault.
 */

import { PAGE_SIZE } from '../types/pageSize';
import type { Memory } from './memory';

/** An access to a virtual address where nothing is mapped, which the processor reports to the kernel as a page fault. */
export class PageFaultError extends Error {
  constructor(
    readonly address: number,
    readonly write: boolean,
  ) {
    super(`page fault: nothing is mapped at ${address < 0 ? '-' : ''}0x${Math.abs(address).toString(16)}`);
  }
}

interface LinearRange {
  readonly name: string;
  /** first virtual address, bytes, first physical address */
  readonly start: number;
  readonly size: number;
  readonly phys: number;
}

/** A part of physical memory, within a page. */
export interface PhysicalPiece {
  readonly phys: number;
  readonly length: number;
}

/** Addresses that entries of a page table map, page by page. */
interface TableRange {
  readonly name: string;
  readonly start: number;
  readonly size: number;
  /** the frame that a page of the range is mapped to; −1 for none */
  readonly pfnAt: (page: number) => number;
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
  private readonly linear: LinearRange[];
  private readonly tables: TableRange[];

  private constructor(
    readonly memory: Memory,
    private readonly observer: AccessObserver | undefined,
    linear: LinearRange[],
    tables: TableRange[],
  ) {
    this.linear = linear;
    this.tables = tables;
  }
  /** A space in which nothing is mapped. */
  static over(memory: Memory): AddressSpace {
    return new AddressSpace(memory, undefined, [], []);
  }
  /** The same space, also as far as it is mapped later, for code whose accesses `observer` is to see. */
  observed(observer: AccessObserver): AddressSpace {
    return new AddressSpace(this.memory, observer, this.linear, this.tables);
  }

  /** Maps `size` bytes at virtual `start` to physical `phys`, all page aligned. Frozen after boot. */
  addLinear(name: string, start: number, size: number, phys: number): void {
    this.linear.push({ name, start, size, phys });
  }
  /** Maps `size` bytes at virtual `start` page by page, as `pfnAt` reads from a page table in memory. Frozen after boot. */
  addTable(name: string, start: number, size: number, pfnAt: TableRange['pfnAt']): void {
    this.tables.push({ name, start, size, pfnAt });
  }
  get ranges(): readonly LinearRange[] {
    return this.linear;
  }
  /** The linear range an address lies in, mapped to RAM or not. */
  rangeOf(address: number): LinearRange | undefined {
    for (const r of this.linear) if (address >= r.start && address < r.start + r.size) return r;
    return undefined;
  }
  /** Physical address of a virtual one; −1 where nothing is mapped. */
  translate(address: number): number {
    const range = this.rangeOf(address);
    const phys = range ? address - range.start + range.phys : this.tablePhys(address);
    return phys >= 0 && this.memory.isRam(phys) ? phys : -1;
  }
  private tablePhys(address: number): number {
    const table = this.tables.find((t) => address >= t.start && address < t.start + t.size);
    if (!table) return -1;
    const offset = address - table.start;
    const pfn = table.pfnAt(Math.floor(offset / PAGE_SIZE));
    return pfn < 0 ? -1 : pfn * PAGE_SIZE + (offset % PAGE_SIZE);
  }
  /** Virtual address of a physical one in the first range that maps it (the direct map comes first); undefined for highmem. */
  virtual(phys: number): number | undefined {
    for (const r of this.linear) if (phys >= r.phys && phys < r.phys + r.size) return phys - r.phys + r.start;
    return undefined;
  }

  /**
   * The physical address of a scalar that is about to be read or written.
   * @throws PageFaultError at the first byte that is not mapped
   */
  physical(address: number, size: number, write: boolean): number {
    this.observer?.access(address, size, write);
    const phys = this.translate(address);
    if (phys < 0) throw new PageFaultError(address, write);
    if (size > 1 && mod(address, PAGE_SIZE) > PAGE_SIZE - size && this.translate(address + size - 1) < 0) {
      throw new PageFaultError(address + size - 1, write);
    }
    return phys;
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
    return this.memory.read16(this.physical(address, 2, false));
  }
  /** Unsigned. */
  read32(address: number): number {
    return this.memory.read32(this.physical(address, 4, false));
  }
  readS32(address: number): number {
    return this.memory.read32(this.physical(address, 4, false)) | 0;
  }
  /** Unsigned. */
  read64(address: number): bigint {
    return this.memory.read64(this.physical(address, 8, false));
  }
  readS64Number(address: number): number {
    return this.memory.readS64Number(this.physical(address, 8, false));
  }
  write8(address: number, value: number): void {
    this.memory.write8(this.physical(address, 1, true), value);
  }
  write16(address: number, value: number): void {
    this.memory.write16(this.physical(address, 2, true), value);
  }
  write32(address: number, value: number): void {
    this.memory.write32(this.physical(address, 4, true), value);
  }
  write64(address: number, value: bigint): void {
    this.memory.write64(this.physical(address, 8, true), value);
  }
  write64Number(address: number, value: number): void {
    this.memory.write64Number(this.physical(address, 8, true), value);
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
    while (done < length && this.translate(address + done) < 0) done += PAGE_SIZE - mod(address + done, PAGE_SIZE);
    return Math.min(done, length);
  }
  /** Where in physical memory a range lies, one piece per page; pages that are not mapped are left out. */
  mappedPieces(address: number, length: number): PhysicalPiece[] {
    const found: PhysicalPiece[] = [];
    for (let done = 0; done < length; ) {
      const part = Math.min(length - done, PAGE_SIZE - mod(address + done, PAGE_SIZE));
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
      done += PAGE_SIZE - mod(address + done, PAGE_SIZE);
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
      const part = Math.min(length - done, PAGE_SIZE - mod(address + done, PAGE_SIZE));
      const phys = this.translate(address + done);
      if (phys < 0) throw new PageFaultError(address + done, write);
      each(phys, done, part);
      done += part;
    }
  }
}

/** The remainder, never negative (x86_64 kernel addresses are negative numbers). */
const mod = (a: number, b: number): number => ((a % b) + b) % b;

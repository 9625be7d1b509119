/**
 * C's lvalues, and the closures that read and write them. An lvalue is a slot of the current frame, an address fixed at load time, or an
 * address computed at run time; with a bit range for bit-fields.
 */

import { GeneralProtectionError } from '../../kernel/arch/faults';
import type { Memory } from '../../memory/memory';
import type { AddressSpace } from '../../memory/space';
import { bitFieldBytes, fieldOf, withField } from '../../types/bitFieldBytes';
import { type CType, type Field, sizeOf } from '../../types/ctype';
import {
  add64,
  highWord,
  lowWord,
  type Shape,
  signed64,
  small,
  toBits,
  U8,
  U16,
  U32,
  U64,
  unsigned64,
  type Value,
} from './value';

export type Eval = () => Value;
type Store = (value: Value) => void;

/** The registers of the CPU that runs, as the closures see them. All of it is read from emulated memory (`Vm.sync`). */
export interface Regs {
  /** frame: virtual address of its lowest byte, and the index of that word in mem.words (stacks are contiguous there) */
  fp: number;
  fpWord: number;
  /** index of the next instruction */
  pc: number;
  cpu: number;
  /** task_struct of the task that runs */
  task: number;
}

/** The object that an expression designates in emulated memory. */
export type Lvalue =
  | { readonly kind: 'frame'; readonly offset: number; readonly bits?: BitRange | undefined }
  | { readonly kind: 'fixed'; readonly address: number; readonly bits?: BitRange | undefined }
  | { readonly kind: 'dynamic'; readonly base: Eval; readonly offset: number; readonly bits?: BitRange | undefined };
export interface BitRange {
  readonly offset: number;
  readonly width: number;
}
/** The bits of a field in its unit; undefined for one that is not a bit-field. */
export const bitsOf = ({ bitOffset = 0, bitWidth }: Field): BitRange | undefined =>
  bitWidth === undefined ? undefined : { offset: bitOffset, width: bitWidth };

/** The scalars that hold `length` bytes one after the other, the longest first. */
function scalarsOf(length: number): { readonly at: number; readonly shape: Shape }[] {
  const parts: { at: number; shape: Shape }[] = [];
  let at = 0;
  for (const shape of [U64, U32, U16, U8])
    if (length - at >= shape.size) {
      parts.push({ at, shape });
      at += shape.size;
    }
  return parts;
}
/** Whether a scalar at an offset from a word lies in that word, or begins with it. */
const isInWords = (offset: number, size: number): boolean =>
  (offset & 3) + size <= 4 || (size === 8 && (offset & 3) === 0);

export class Access {
  constructor(
    readonly mem: Memory,
    readonly space: AddressSpace,
    readonly regs: Regs,
    readonly wordSize: 4 | 8,
  ) {}

  /** The lvalue `bytes` further on. */
  at(lvalue: Lvalue, bytes: number, bits?: BitRange): Lvalue {
    switch (lvalue.kind) {
      case 'frame':
        return { kind: 'frame', offset: lvalue.offset + bytes, bits };
      case 'fixed':
        return { kind: 'fixed', address: lvalue.address + bytes, bits };
      case 'dynamic':
        return { kind: 'dynamic', base: lvalue.base, offset: lvalue.offset + bytes, bits };
    }
  }

  /** An element of an array. What is outside of the array is reached by its address, so that the machine's checks see it. */
  element(array: Lvalue, type: CType & { readonly kind: 'array' }, bytes: number): Lvalue {
    const length = sizeOf(type) ?? Number.POSITIVE_INFINITY;
    if (bytes >= 0 && bytes < length) return this.at(array, bytes);
    return { kind: 'dynamic', base: this.address(array), offset: bytes };
  }

  /** The address of an lvalue, as a pointer value. */
  address(lvalue: Lvalue): Eval {
    const { regs, wordSize } = this;
    switch (lvalue.kind) {
      case 'frame': {
        const { offset } = lvalue;
        return () => regs.fp + offset;
      }
      case 'fixed': {
        const { address } = lvalue;
        return () => address;
      }
      case 'dynamic': {
        const { base, offset } = lvalue;
        if (offset === 0) return base;
        return wordSize === 8 ? () => add64(base(), offset, true) : () => ((base() as number) + offset) >>> 0;
      }
    }
  }
  /** A pointer value as an address for memory. @throws GeneralProtectionError for a non-canonical one */
  private number(value: Value, offset: number, size: number, write: boolean): number {
    if (typeof value !== 'number') throw this.nonCanonical(toBits(value + BigInt(offset), 8), size, write);
    const address = value + offset;
    if (this.wordSize === 4) return address >>> 0;
    if (address >= 0x800000000000 || address < -0x800000000000)
      throw this.nonCanonical(toBits(address, 8), size, write);
    return address;
  }
  private nonCanonical(bits: bigint, size: number, write: boolean): GeneralProtectionError {
    this.space.nonCanonical(bits, size, write);
    return new GeneralProtectionError(bits, write);
  }
  /** The same for a pointer to `size` bytes. */
  pointer(value: Value, size = 1, write = false): number {
    return this.number(value, 0, size, write);
  }

  // ---------------------------------------------------------------- reading
  load(lvalue: Lvalue, shape: Shape): Eval {
    if (lvalue.bits) return this.loadBits(lvalue, shape, lvalue.bits);
    if (lvalue.kind === 'frame' && isInWords(lvalue.offset, shape.size)) return this.loadFrame(lvalue.offset, shape);
    if (lvalue.kind === 'fixed') {
      const phys = this.space.translate(lvalue.address);
      // a fixed address that is not mapped (a per-CPU variable by its bare name) faults when it is read
      if (phys >= 0 && (phys & 3) === 0) return this.loadWord(phys, shape);
    }
    return this.loadDynamic(lvalue, shape);
  }
  private loadFrame(offset: number, shape: Shape): Eval {
    const { mem, regs } = this;
    const word = offset >> 2;
    const shift = (offset & 3) << 3;
    switch (shape.size) {
      case 8:
        return shape.signed
          ? () => signed64(mem.words[regs.fpWord + word] as number, mem.words[regs.fpWord + word + 1] as number)
          : () => unsigned64(mem.words[regs.fpWord + word] as number, mem.words[regs.fpWord + word + 1] as number);
      case 4:
        return shape.signed
          ? () => mem.words[regs.fpWord + word] as number
          : () => (mem.words[regs.fpWord + word] as number) >>> 0;
      case 2:
        return shape.signed
          ? () => ((mem.words[regs.fpWord + word] as number) << (16 - shift)) >> 16
          : () => ((mem.words[regs.fpWord + word] as number) >>> shift) & 0xffff;
      case 1:
        return shape.signed
          ? () => ((mem.words[regs.fpWord + word] as number) << (24 - shift)) >> 24
          : () => ((mem.words[regs.fpWord + word] as number) >>> shift) & 0xff;
    }
  }
  private loadWord(phys: number, shape: Shape): Eval {
    const { mem } = this;
    const word = mem.word(phys);
    if (shape.size === 8) {
      const next = mem.word(phys + 4);
      return shape.signed
        ? () => signed64(mem.words[word] as number, mem.words[next] as number)
        : () => unsigned64(mem.words[word] as number, mem.words[next] as number);
    }
    if (shape.size === 4)
      return shape.signed ? () => mem.words[word] as number : () => (mem.words[word] as number) >>> 0;
    const up = shape.size === 2 ? 16 : 24;
    return shape.signed
      ? () => ((mem.words[word] as number) << up) >> up
      : () => ((mem.words[word] as number) << up) >>> up;
  }
  private loadDynamic(lvalue: Lvalue, shape: Shape): Eval {
    const base = lvalue.kind === 'dynamic' ? lvalue.base : this.address(lvalue);
    const offset = lvalue.kind === 'dynamic' ? lvalue.offset : 0;
    return () => this.read(this.number(base(), offset, shape.size, false), shape);
  }
  /** Reads a scalar at a virtual address. @throws PageFaultError */
  read(address: number, shape: Shape): Value {
    const { space } = this;
    switch (shape.size) {
      case 8:
        return space.readWords(address, shape.signed ? signed64 : unsigned64);
      case 4:
        return shape.signed ? space.readS32(address) : space.read32(address);
      case 2:
        return shape.signed ? (space.read16(address) << 16) >> 16 : space.read16(address);
      case 1:
        return shape.signed ? (space.read8(address) << 24) >> 24 : space.read8(address);
    }
  }
  private loadBits(lvalue: Lvalue, { signed }: Shape, bits: BitRange): Eval {
    const { width } = bits;
    const { first, length, shift } = bitFieldBytes(bits.offset, width);
    const holder = this.at(lvalue, first);
    const [scalar, ...more] = scalarsOf(length);
    if (scalar && more.length === 0 && length <= 4) {
      const whole = this.load(holder, scalar.shape);
      const left = 32 - shift - width;
      const right = 32 - width;
      return signed ? () => ((whole() as number) << left) >> right : () => ((whole() as number) << left) >>> right;
    }
    const whole = scalar && more.length === 0 ? this.load(holder, scalar.shape) : this.loadBytes(holder, length);
    return () => small(fieldOf(BigInt(whole()), shift, width, signed));
  }
  /** Some bytes as one unsigned number. */
  private loadBytes(lvalue: Lvalue, length: number): Eval {
    const address = this.address(lvalue);
    const parts = scalarsOf(length);
    return () => {
      const from = this.number(address(), 0, length, false);
      let value = 0n;
      for (const { at, shape } of parts) value |= BigInt(this.read(from + at, shape)) << BigInt(at * 8);
      return value;
    };
  }

  // ---------------------------------------------------------------- writing
  /** Stores a value that already has the shape. */
  store(lvalue: Lvalue, shape: Shape): Store {
    if (lvalue.bits) return this.storeBits(lvalue, lvalue.bits);
    if (lvalue.kind === 'frame' && isInWords(lvalue.offset, shape.size)) return this.storeFrame(lvalue.offset, shape);
    const base = lvalue.kind === 'dynamic' ? lvalue.base : this.address(lvalue);
    const offset = lvalue.kind === 'dynamic' ? lvalue.offset : 0;
    const anywhere: Store = (v) => this.write(this.number(base(), offset, shape.size, true), shape, v);
    if (lvalue.kind !== 'fixed') return anywhere;
    const { space } = this;
    const phys = space.translate(lvalue.address);
    // read-only data is written by its initialiser; a later write faults
    if (phys < 0 || phys & 3 || space.isReadOnly(phys)) return anywhere;
    const there = this.storeWord(phys, shape);
    return (v) => (space.isLinear ? there(v) : anywhere(v));
  }
  private storeFrame(offset: number, shape: Shape): Store {
    const { mem, regs } = this;
    const word = offset >> 2;
    if (shape.size === 4) return (v) => mem.set(regs.fpWord + word, (v as number) | 0);
    if (shape.size === 8)
      return (v) => {
        mem.set(regs.fpWord + word, lowWord(v));
        mem.set(regs.fpWord + word + 1, highWord(v));
      };
    const at = offset & 3;
    const bits = shape.size === 2 ? 0xffff << (at << 3) : 0xff << (at << 3);
    const mask = (shape.size === 2 ? 3 : 1) << at;
    return (v) => mem.setBytes(regs.fpWord + word, (v as number) << (at << 3), mask, bits);
  }
  private storeWord(phys: number, shape: Shape): Store {
    const { mem } = this;
    if (shape.size < 4)
      return (v) => (shape.size === 2 ? mem.write16(phys, v as number) : mem.write8(phys, v as number));
    const word = mem.word(phys);
    if (shape.size === 4) return (v) => mem.set(word, (v as number) | 0);
    const next = mem.word(phys + 4);
    return (v) => {
      mem.set(word, lowWord(v));
      mem.set(next, highWord(v));
    };
  }
  /** Writes a scalar at a virtual address. @throws PageFaultError */
  write(address: number, shape: Shape, value: Value): void {
    const { space } = this;
    switch (shape.size) {
      case 8:
        space.writeWords(address, lowWord(value), highWord(value));
        return;
      case 4:
        space.write32(address, value as number);
        return;
      case 2:
        space.write16(address, value as number);
        return;
      case 1:
        space.write8(address, value as number);
        return;
    }
  }
  private storeBits(lvalue: Lvalue, bits: BitRange): Store {
    const { width } = bits;
    const { first, length, shift } = bitFieldBytes(bits.offset, width);
    const address = this.address(this.at(lvalue, first));
    const parts = scalarsOf(length);
    const [scalar, ...more] = parts;
    if (scalar && more.length === 0 && length <= 4) {
      const { shape } = scalar;
      const mask = (width === 32 ? -1 : (1 << width) - 1) << shift;
      return (v) => {
        const at = this.number(address(), 0, length, true);
        const old = this.read(at, shape) as number;
        this.write(at, shape, (old & ~mask) | ((lowWord(v) << shift) & mask));
      };
    }
    return (v) => {
      const from = this.number(address(), 0, length, true);
      for (const { at, shape } of parts) {
        const old = BigInt(this.read(from + at, shape)) << BigInt(at * 8);
        const now = withField(old, shift, width, BigInt(v)) >> BigInt(at * 8);
        this.write(from + at, shape, small(BigInt.asUintN(shape.size * 8, now)));
      }
    };
  }
}

/** Structures in emulated memory by virtual address: their fields by name, words of the machine's size, strings. */
import type { AddressSpace } from '../../memory/space';
import type { Abi } from '../../types/ctype';
import type { Layouts } from '../../types/layout';
import type { TypedMemory } from './typedMemory';

export class StructMemory implements TypedMemory {
  readonly wordSize: 4 | 8;
  /** by structure, then field: offsets that have been asked for */
  private readonly offsets = new Map<string, Map<string, number>>();

  constructor(
    readonly space: AddressSpace,
    readonly abi: Abi,
    private readonly layouts: Layouts,
  ) {
    this.wordSize = abi.wordSize;
  }
  /** Byte offset of a field. */
  offset(tag: string, field: string): number {
    let fields = this.offsets.get(tag);
    if (fields === undefined) this.offsets.set(tag, (fields = new Map()));
    let offset = fields.get(field);
    if (offset === undefined) fields.set(field, (offset = this.layouts.offset(tag, field)));
    return offset;
  }
  has(tag: string, field: string): boolean {
    return this.layouts.has(tag, field);
  }
  /** A pointer or long. @throws PageFaultError */
  getLong(va: number): number {
    return this.wordSize === 8 ? this.space.readS64Number(va) : this.space.read32(va);
  }
  setLong(va: number, value: number): void {
    if (this.wordSize === 8) this.space.write64Number(va, value);
    else this.space.write32(va, value);
  }
  get32(va: number): number {
    return this.space.readS32(va);
  }
  set32(va: number, value: number): void {
    this.space.write32(va, value);
  }
  field(va: number, tag: string, field: string): number {
    return this.getLong(va + this.offset(tag, field));
  }
  setField(va: number, tag: string, field: string, value: number): void {
    this.setLong(va + this.offset(tag, field), value);
  }
  field32(va: number, tag: string, field: string): number {
    return this.space.readS32(va + this.offset(tag, field));
  }
  setField32(va: number, tag: string, field: string, value: number): void {
    this.space.write32(va + this.offset(tag, field), value);
  }
  /** A string in memory, at most `limit` bytes. */
  string(va: number, limit = 4096): string {
    let text = '';
    for (let i = 0; i < limit; i++) {
      const c = this.space.read8(va + i);
      if (c === 0) break;
      text += String.fromCharCode(c);
    }
    return text;
  }
}

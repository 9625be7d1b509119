/**
 * A typed view of the machine's memory at the journal's cursor. Reading here never writes, and never throws for an address where nothing
 * is mapped: such a read is `undefined`.
 */

import type { Kernel } from '../../kernel/kernel';
import type { Program } from '../../language/check/context/program';
import type { AddressSpace } from '../../memory/space';
import { formatBits, isCanonical, toAddress } from '../../types/address';
import { bitFieldBytes, fieldOf } from '../../types/bitFieldBytes';
import { type Abi, type CType, sizeOf } from '../../types/ctype';
import type { Layouts } from '../../types/layout';
import { memberAt, pathAt, withOffset } from '../../types/memberPath';
import { PAGE_SIZE } from '../../types/pageSize';

/** A location in memory with a type. */
export interface TypedLocation {
  readonly type: CType;
  readonly address: number;
  readonly bitOffset?: number;
  readonly bitWidth?: number;
}
interface Bytes {
  readonly address: number;
  readonly length: number;
}

export class View {
  readonly abi: Abi;
  readonly layouts: Layouts;
  readonly space: AddressSpace;

  /** @param taskState what a task does, for its description: `CPU 0, running`; undefined for what is not a task */
  constructor(
    readonly kernel: Kernel,
    readonly program: Program,
    readonly taskState: (task: number) => string | undefined = () => undefined,
  ) {
    this.abi = kernel.abi;
    this.layouts = kernel.layouts;
    this.space = kernel.space;
  }

  /** Whether all bytes of a range are mapped to RAM. */
  mapped(address: number, length: number): boolean {
    return length > 0 && this.space.mappedLength(address, length) >= length;
  }

  /** The value at a location: sign- or zero-extended as its type says. Undefined where nothing is mapped, and for structures and arrays. */
  read(location: TypedLocation): bigint | undefined {
    const { type, address } = location;
    if (type.kind !== 'int' && type.kind !== 'enum' && type.kind !== 'pointer') return undefined;
    const signed = type.kind !== 'pointer' && type.signed;
    const { bitOffset = 0, bitWidth = type.size * 8 } = location;
    const { first, length, shift } = bitFieldBytes(bitOffset, bitWidth);
    const bits = this.bits(address + first, length);
    return bits === undefined ? undefined : fieldOf(bits, shift, bitWidth, signed);
  }
  /** `length` bytes as an unsigned number; undefined where nothing is mapped. */
  bits(address: number, length: number): bigint | undefined {
    if (!this.mapped(address, length)) return undefined;
    switch (length) {
      case 4:
        return BigInt(this.space.read32(address));
      case 8:
        return this.space.read64(address);
      default:
        return this.space.readBytes(address, length).reduceRight((high, byte) => (high << 8n) | BigInt(byte), 0n);
    }
  }
  /** A field of a built-in structure as a number (a long of the machine is exact up to 2^53); undefined where nothing is mapped. */
  number(address: number, tag: string, path: string): number | undefined {
    const location = this.field(address, tag, path);
    const value = location && this.read(location);
    return value === undefined ? undefined : Number(value);
  }
  /** A field of pointer type of a built-in structure, as an address. */
  pointer(address: number, tag: string, path: string): number | undefined {
    const location = this.field(address, tag, path);
    const value = location && this.read(location);
    return value === undefined ? undefined : toAddress(this.abi, value);
  }
  /** The location of a field of a built-in structure: `lru.next`, `free_area[2].nr_free`. An atomic counter's field is its counter. */
  field(address: number, tag: string, path: string): TypedLocation | undefined {
    const record = this.layouts.record(tag);
    if (!record) return undefined;
    const location = memberLocation({ type: record, address }, path);
    return location && unwrapCounter(location);
  }

  /** Whether a bit pattern is an address that could be mapped: exact as a JS number. */
  addressOf(bits: bigint): number | undefined {
    return isCanonical(this.abi, bits) ? toAddress(this.abi, bits) : undefined;
  }
  /** A C string, up to `limit` bytes; undefined where its first byte is not mapped. */
  cString(address: number, limit = 128): string | undefined {
    const length = this.space.mappedLength(address, limit);
    if (length === 0) return undefined;
    return bytesAsText(this.space.readBytes(address, length)).text;
  }
  /** `<ring_lock>`, `<rx.slot[1].page>`, `<name+0x3>` or the name of a function; undefined if there is no symbol. */
  symbol(address: number): string | undefined {
    const name = this.symbolName(address, false);
    return name && `<${name}>`;
  }
  /** The same without brackets; `inner`: the innermost object that begins at the address, except plain fields (`rx.lock`, not `rx`). */
  symbolName(address: number, inner: boolean): string | undefined {
    const found = this.kernel.symbols.at(address);
    if (!found) return undefined;
    const { name, offset, symbol } = found;
    const cpu = found.cpu === undefined ? '' : ` of CPU ${found.cpu}`;
    return (symbol.type ? name + pathAt(symbol.type, offset, inner) : withOffset(name, offset)) + cpu;
  }
  /** pfn that a direct-map address lies in; undefined elsewhere. */
  directPfn(address: number): number | undefined {
    const range = this.space.rangeOf(address);
    if (!range || !/direct/.test(range.name)) return undefined;
    return Math.floor((address - range.start + range.phys) / PAGE_SIZE);
  }
  /** pfn whose struct page is at (or around) an address of mem_map; undefined elsewhere. */
  pageAt(address: number): { pfn: number; offset: number } | undefined {
    const size = this.layouts.size('page');
    const base = this.kernel.pages.pageAddr(0);
    const index = Math.floor((address - base) / size);
    if (!(index >= 0 && index < this.kernel.pages.endPfn)) return undefined;
    return { pfn: index, offset: address - base - index * size };
  }
  hexBits(bits: bigint): string {
    return formatBits(this.abi, bits);
  }
}

/** The member of a location that a path names, `lru.next`; also inside anonymous members. */
export function memberLocation(location: TypedLocation, path: string): TypedLocation | undefined {
  const found = memberAt(location.type, path);
  if (!found) return undefined;
  const { offset, ...member } = found;
  return { ...member, address: location.address + offset };
}
/** The location of an array's element; sizes come from the type. */
export function elementLocation(location: TypedLocation, index: number): TypedLocation | undefined {
  if (location.type.kind !== 'array') return undefined;
  const size = byteSize(location.type.of);
  return { type: location.type.of, address: location.address + index * size };
}
/** atomic_t, atomic_long_t, refcount_t and the like: a structure around one integer is treated as that integer. */
export function unwrapCounter(location: TypedLocation): TypedLocation {
  let inner = location;
  while (inner.type.kind === 'struct' && inner.type.fields?.length === 1) {
    const name = inner.type.fields[0]?.name ?? '';
    const next = /^(counter|refs|a)$/.test(name) ? memberLocation(inner, name) : undefined;
    if (!next) break;
    inner = next;
  }
  return inner;
}
/** The bytes that hold what is at a location: of a bit-field, those with its bits. */
export function bytesOf({ type, address, bitOffset = 0, bitWidth }: TypedLocation): Bytes {
  if (bitWidth === undefined) return { address, length: byteSize(type) };
  const { first, length } = bitFieldBytes(bitOffset, bitWidth);
  return { address: address + first, length };
}
/** sizeof, 0 where there is none. */
export const byteSize = (type: CType): number => sizeOf(type) ?? 0;
/** Bytes up to the first 0 as a C string literal's content; `clean` if all of it is printable. */
export function bytesAsText(bytes: Uint8Array): { text: string; terminated: boolean; clean: boolean } {
  let text = '';
  let clean = true;
  const end = bytes.indexOf(0);
  for (const byte of end < 0 ? bytes : bytes.subarray(0, end)) {
    if (byte === 0x0a) text += '\\n';
    else if (byte === 0x09) text += '\\t';
    else if (byte === 0x22 || byte === 0x5c) text += `\\${String.fromCharCode(byte)}`;
    else if (byte >= 0x20 && byte < 0x7f) text += String.fromCharCode(byte);
    else {
      clean = false;
      text += `\\x${byte.toString(16).padStart(2, '0')}`;
    }
  }
  return { text, terminated: end >= 0, clean };
}

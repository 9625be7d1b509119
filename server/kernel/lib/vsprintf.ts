/**
 * The kernel's printf (lib/vsprintf.c, 6.1): C's conversions and the pointer extensions that scenarios use. Values come from the vm:
 * numbers, or bigints for what a number does not hold.
 */

import { formatAddress, formatBits } from '../../types/address';
import { PAGE_SIZE } from '../../types/pageSize';
import { conversionsOf } from '../../types/printfFormat';
import { pointerId } from './pointer_id';
import type { TypedMemory } from './typedMemory';

type PrintfArg = number | bigint;
/** What the pointer extensions print. */
interface PrintfNames {
  /** %pe: names of error numbers, and the largest number that a pointer can hold as an error */
  readonly errnos: ReadonlyMap<number, string>;
  readonly maxErrno: number;
  /** %pS: the symbol that holds an address, and the distance from its start */
  symbolAt(va: number): { readonly name: string; readonly offset: number; readonly size: number } | undefined;
  /** %pGg */
  gfpFlags(mask: number): string;
  /** %pGp, of the flags' low and high word */
  pageFlags(low: number, high: number): string;
}

const VM_FLAGS: readonly (readonly [number, string])[] = [
  [1, 'read'],
  [2, 'write'],
  [4, 'exec'],
  [8, 'shared'],
  [0x10, 'mayread'],
  [0x20, 'maywrite'],
  [0x40, 'mayexec'],
  [0x80, 'mayshare'],
  [0x100, 'growsdown'],
  [0x400, 'pfnmap'],
  [0x2000, 'locked'],
  [0x4000, 'io'],
  [0x20000, 'dontcopy'],
  [0x40000, 'dontexpand'],
  [0x100000, 'account'],
  [0x400000, 'hugetlb'],
];

interface Spec {
  readonly left: boolean;
  readonly plus: boolean;
  readonly space: boolean;
  readonly alternate: boolean;
  readonly zero: boolean;
  readonly width: number;
  readonly precision: number;
}

export class Vsprintf {
  constructor(
    private readonly memory: TypedMemory,
    private readonly names: PrintfNames,
  ) {}

  /**
   * vsnprintf without the buffer, as text. A missing argument reads as 0. @throws PageFaultError for a bad string pointer that is not near
   * NULL
   */
  format(format: string, args: readonly PrintfArg[]): string {
    return decodeUtf8(this.formatBytes(format, args));
  }
  /** The same, one char per byte, as it would be in emulated memory. */
  formatBytes(format: string, args: readonly PrintfArg[]): string {
    let next = 0;
    const take = (): PrintfArg => args[next++] ?? 0;
    let out = '';
    let last = 0;
    const amount = (of: number | '*' | undefined): number | undefined =>
      of === '*' ? Number(BigInt.asIntN(32, BigInt(take()))) : of;
    for (const { start, end, text, flags, letter, length, ...given } of conversionsOf(format)) {
      out += format.slice(last, start);
      last = end;
      if (letter === '%') {
        out += '%';
        continue;
      }
      const width = amount(given.width) ?? 0;
      const left = flags.includes('-') || width < 0;
      const precision = amount(given.precision) ?? -1;
      const spec: Spec = {
        left,
        plus: flags.includes('+'),
        space: flags.includes(' '),
        alternate: flags.includes('#'),
        zero: flags.includes('0') && !left,
        width: Math.abs(width),
        precision,
      };
      switch (letter) {
        case 'd':
        case 'i':
        case 'u':
        case 'x':
        case 'X':
        case 'o':
          out += this.integer(take(), letter, length, spec);
          break;
        case 'c':
          out += pad(String.fromCharCode(Number(BigInt.asUintN(8, BigInt(take())))), spec);
          break;
        case 's':
          out += pad(this.stringAt(take(), spec.precision), spec);
          break;
        case 'p': {
          const extension = /^(?:[sSBf]R?|K|x|e|a[pd]?|G[gpv]|h[CDN]?|M[FR]?)/.exec(format.slice(last))?.[0] ?? '';
          last += extension.length;
          out += this.pointer(take(), extension, spec);
          break;
        }
        default:
          out += text;
      }
    }
    return out + format.slice(last);
  }

  private integer(value: PrintfArg, conversion: string, length: string, spec: Spec): string {
    const long = this.memory.wordSize * 8;
    const bits =
      length === 'hh'
        ? 8
        : length === 'h'
          ? 16
          : length === 'll' || length === 'L' || length === 'q' || length === 'j'
            ? 64
            : length === ''
              ? 32
              : long;
    const signed = conversion === 'd' || conversion === 'i';
    const wide = signed ? BigInt.asIntN(bits, BigInt(value)) : BigInt.asUintN(bits, BigInt(value));
    const radix = conversion === 'x' || conversion === 'X' ? 16 : conversion === 'o' ? 8 : 10;
    let digits = (wide < 0n ? -wide : wide).toString(radix);
    if (conversion === 'X') digits = digits.toUpperCase();
    if (spec.precision >= 0) digits = digits.padStart(spec.precision, '0');
    let sign = wide < 0n ? '-' : signed && spec.plus ? '+' : signed && spec.space ? ' ' : '';
    if (spec.alternate && radix === 16) sign += conversion === 'X' ? '0X' : '0x';
    if (spec.alternate && radix === 8) sign += '0';
    if (spec.zero && spec.precision < 0) digits = digits.padStart(Math.max(0, spec.width - sign.length), '0');
    return pad(sign + digits, spec);
  }
  private address(value: PrintfArg): number {
    return Number(value);
  }
  private stringAt(value: PrintfArg, precision: number): string {
    const error = this.errorOf(value);
    if (value === 0) return '(null)'.slice(0, precision < 0 ? undefined : precision);
    if (error !== undefined) return '(efault)';
    const at = this.address(value);
    if (at > 0 && at < PAGE_SIZE) return '(efault)';
    return this.memory.string(at, precision < 0 ? PAGE_SIZE : precision);
  }
  private errorOf(value: PrintfArg): number | undefined {
    const signed =
      this.memory.wordSize === 8 ? Number(BigInt.asIntN(64, BigInt(value))) : Number(BigInt.asIntN(32, BigInt(value)));
    return signed < 0 && signed >= -this.names.maxErrno ? -signed : undefined;
  }
  private plain(value: PrintfArg): string {
    return formatBits(this.memory.abi, BigInt(value)).slice(2);
  }

  private pointer(value: PrintfArg, extension: string, spec: Spec): string {
    const { memory } = this;
    const at = this.address(value);
    switch (extension[0]) {
      case 'x':
        return pad(this.plain(value), spec);
      case 'S':
      case 's':
      case 'B':
      case 'f':
        return pad(this.symbol(value, extension[0] === 'S' || extension[0] === 'B'), spec);
      case 'e': {
        const error = this.errorOf(value);
        return error === undefined ? this.hashed(value, spec) : pad(`-${this.names.errnos.get(error) ?? error}`, spec);
      }
      case 'a': {
        const bytes = memory.abi.arch === 'i386' ? 4 : 8;
        const phys = bytes === 8 ? memory.space.read64(at) : BigInt(memory.space.read32(at));
        return pad(`0x${phys.toString(16).padStart(bytes * 2, '0')}`, spec);
      }
      case 'G':
        return pad(this.flags(at, extension[1] ?? ''), spec);
      case 'h': {
        const separator = { C: ':', D: '-', N: '' }[extension[1] ?? ''] ?? ' ';
        const bytes = memory.space.readBytes(at, Math.min(64, Math.max(1, spec.width)));
        return [...bytes].map((b) => b.toString(16).padStart(2, '0')).join(separator);
      }
      case 'M':
        return [...memory.space.readBytes(at, 6)].map((b) => b.toString(16).padStart(2, '0')).join(':');
      default:
        return this.hashed(value, spec);
    }
  }
  private flags(at: number, which: string): string {
    const { memory } = this;
    if (which === 'g') {
      const mask = memory.space.readS32(at);
      return this.names.gfpFlags(mask);
    }
    if (which === 'p') {
      const low = memory.space.readS32(at);
      const high = memory.wordSize === 8 ? memory.space.readS32(at + 4) : 0;
      return this.names.pageFlags(low, high);
    }
    const flags = memory.space.read32(at);
    const names = VM_FLAGS.filter(([bit]) => flags & bit).map(([, name]) => name);
    return names.join('|');
  }
  /** %pS: `name+0x10/0x40`; a number where no symbol is. */
  symbol(value: PrintfArg, offset: boolean): string {
    const found = typeof value === 'number' ? this.names.symbolAt(value) : undefined;
    if (!found) return `0x${this.plain(value).replace(/^0+(?=.)/, '')}`;
    if (!offset) return found.name;
    return `${found.name}+0x${found.offset.toString(16)}/0x${found.size.toString(16)}`;
  }
  /** %p */
  private hashed(value: PrintfArg, spec: Spec): string {
    const plain = value === 0 || this.errorOf(value) !== undefined;
    return pad(pointerId(this.memory.abi, BigInt(value), plain), spec);
  }
  /** An address as the kernel's reports print it, without 0x. */
  bare(address: number): string {
    return formatAddress(this.memory.abi, address).slice(2);
  }
}

const pad = (text: string, spec: { width: number; left: boolean }): string =>
  spec.left ? text.padEnd(spec.width) : text.padStart(spec.width);

/** Text of bytes given as characters 0–255: UTF-8 where it is valid UTF-8. */
function decodeUtf8(bytes: string): string {
  if (!/[\x80-\xff]/.test(bytes)) return bytes;
  try {
    return decodeURIComponent(
      bytes.replace(/[%\x80-\xff]/g, (c) => `%${c.charCodeAt(0).toString(16).padStart(2, '0')}`),
    );
  } catch {
    return bytes;
  }
}

/**
 * kallsyms of the emulated kernel: where its functions and variables lie, and the scenario's globals with them. Addresses are given out
 * in order, before the run only; from then on the table is frozen (architecture, invariant 1).
 */

import type { CType } from '../../types/ctype';
import { alignOf, sizeOf } from '../../types/ctype';
import { PAGE_SIZE } from '../../types/pageSize';
import type { PerCpuFirstChunk } from './percpu_first';

interface KernelSymbol {
  readonly name: string;
  /** virtual address; of a per-CPU variable its offset (x86_64) or address in the image (i386), as `per_cpu_ptr` takes it */
  readonly va: number;
  /** undefined for functions */
  readonly type: CType | undefined;
  readonly size: number;
  readonly percpu?: boolean;
}

/** A part of the kernel image that addresses are taken from, virtual bytes, end exclusive. */
interface ImageArea {
  readonly start: number;
  readonly end: number;
}

type AreaName = 'text' | 'rodata' | 'data';

/** Bytes that a function without code takes: room for `name+0x1c/0x40` in call traces. */
const TEXT_BYTES = 0x40;

export class SymbolTable {
  private readonly byName = new Map<string, KernelSymbol>();
  private readonly sorted: KernelSymbol[] = [];
  /** first free addresses; used until the table is frozen */
  private readonly next: Record<AreaName, number>;
  /** Set once, when the run begins: the table is not state of the machine. */
  private isFrozen = false;

  constructor(
    private readonly areas: Readonly<Record<AreaName, ImageArea>>,
    private readonly percpu: PerCpuFirstChunk,
  ) {
    this.next = { text: areas.text.start + 0x1000, rodata: areas.rodata.start, data: areas.data.start };
  }

  /** Reserves a variable in the kernel's bss, zero at first. The same name again gives the same address. `redzone`: bytes behind it */
  define(name: string, type: CType, align = alignOf(type), redzone = 0): number {
    return this.variable('data', name, type, align, redzone);
  }
  /** The same in the kernel's read-only data: its value is written before the run. */
  defineConst(name: string, type: CType, align = alignOf(type), redzone = 0): number {
    return this.variable('rodata', name, type, align, redzone);
  }
  private variable(area: AreaName, name: string, type: CType, align: number, redzone: number): number {
    const known = this.byName.get(name);
    if (known) return known.va;
    const bytes = sizeOf(type);
    if (bytes === undefined) throw new Error(`${name}: a variable of a type without a size`);
    const size = bytes + redzone;
    return this.add({ name, va: this.take(area, size, align), type, size });
  }
  /** Bytes that are left for variables, or for read-only data. */
  bytesLeft(area: AreaName): number {
    return this.areas[area].end - this.next[area] - PAGE_SIZE;
  }
  /** Reserves a per-CPU variable in the first chunk's static part. `address(name, cpu)` says where each CPU's copy is. */
  definePerCpu(name: string, type: CType, align = alignOf(type)): number {
    const known = this.byName.get(name);
    if (known) return known.va;
    const size = sizeOf(type) ?? 0;
    const va = this.percpu.takeStatic(size, align);
    return this.add({ name, va, type, size, percpu: true });
  }
  /** The address of a function of the kernel or the scenario; made at first use. */
  text(name: string, size = TEXT_BYTES): number {
    const known = this.byName.get(name);
    if (known) return known.va;
    return this.add({ name, va: this.take('text', size, 16), type: undefined, size });
  }
  /** Reserves bytes in the kernel's read-only data for strings, which the caller writes before the run. */
  rodata(size: number, align = 1): number {
    return this.take('rodata', size, align);
  }
  /** Gives a name to an address boot has chosen (a node's data, mem_map). */
  name(name: string, va: number, type: CType): void {
    this.add({ name, va, type, size: sizeOf(type) ?? 0 });
  }

  /** Whether an address lies in the kernel's read-only data. */
  isReadOnly(va: number): boolean {
    const { start, end } = this.areas.rodata;
    return va >= start && va < end;
  }
  lookup(name: string): KernelSymbol | undefined {
    return this.byName.get(name);
  }
  /** Virtual address of a variable; of a per-CPU one, CPU `cpu`'s copy. @throws Error for a name that is not defined */
  address(name: string, cpu = 0): number {
    const symbol = this.byName.get(name);
    if (!symbol) throw new Error(`no symbol ${name}`);
    return symbol.percpu ? this.percpu.va(cpu, symbol.va) : symbol.va;
  }
  /** The symbol at an address, as %pS prints it: its name, the distance from its start, and the CPU for a per-CPU variable. */
  at(va: number): { name: string; offset: number; symbol: KernelSymbol; cpu?: number } | undefined {
    const copy = this.percpu.find(va);
    const wanted = copy ? copy.address : va;
    const symbol = this.before(wanted);
    if (!symbol || Boolean(symbol.percpu) !== (copy !== undefined)) return undefined;
    const offset = wanted - symbol.va;
    if (offset >= Math.max(1, symbol.size)) return undefined;
    return { name: symbol.name, offset, symbol, ...(copy ? { cpu: copy.cpu } : {}) };
  }
  /** All symbols in order of address. */
  all(): readonly KernelSymbol[] {
    return this.sorted;
  }
  /** No more definitions: the run begins. */
  freeze(): void {
    this.isFrozen = true;
  }

  private check(): void {
    if (this.isFrozen) throw new Error('symbols are defined before the run only');
  }
  /** Takes the next bytes of a part of the image. Returns their address. */
  private take(area: AreaName, size: number, align: number): number {
    this.check();
    const va = up(this.next[area], align);
    this.next[area] = this.inside(area, va + size);
    return va;
  }
  private add(symbol: KernelSymbol): number {
    this.check();
    this.byName.set(symbol.name, symbol);
    this.sorted.splice(this.upTo(symbol.va), 0, symbol);
    return symbol.va;
  }
  /** The last symbol that starts at or before `va`. */
  private before(va: number): KernelSymbol | undefined {
    return this.sorted[this.upTo(va) - 1];
  }
  /** How many symbols start at or before `va`. */
  private upTo(va: number): number {
    let low = 0;
    let high = this.sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.sorted[middle] as KernelSymbol).va <= va) low = middle + 1;
      else high = middle;
    }
    return low;
  }
  private inside(area: AreaName, end: number): number {
    if (end > this.areas[area].end) throw new Error(`the kernel image's ${area} is full`);
    return end;
  }
}

const up = (n: number, align: number): number => Math.ceil(n / align) * align;

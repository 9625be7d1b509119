/**
 * The kernel's own variables and the fields of its structures, by name: integers and pointers, read and written in emulated memory as
 * their types say.
 */
import type { AddressSpace } from '../../memory/space';
import type { CType } from '../../types/ctype';
import { sizeOf } from '../../types/ctype';
import type { Layouts } from '../../types/layout';
import { memberAt } from '../../types/memberPath';

/** Where variables lie. */
interface VariableTable {
  lookup(name: string): { readonly type: CType | undefined } | undefined;
  /** Virtual address of a variable; of a per-CPU one, CPU `cpu`'s copy. */
  address(name: string, cpu?: number): number;
}

export class KernelVariables {
  constructor(
    private readonly space: AddressSpace,
    private readonly layouts: Layouts,
    private readonly symbols: VariableTable,
  ) {}

  /**
   * Reads an integer variable of the kernel (or element `index` of an array), signed as its type says; exact below 2^53.
   * @throws Error for a name that is not a variable of the kernel
   */
  read(name: string, index = 0, cpu = 0): number {
    const { va, type } = this.scalar(name, index, cpu);
    return this.readInt(va, type);
  }
  /** Writes an integer variable of the kernel. @throws Error for a name that is not a variable of the kernel */
  write(name: string, value: number, index = 0, cpu = 0): void {
    const { va, type } = this.scalar(name, index, cpu);
    this.writeInt(va, type, value);
  }
  /** Reads an integer or pointer field of a structure at `addr`. */
  readField(addr: number, tag: string, path: string): number {
    return this.readInt(addr + this.layouts.offset(tag, path), this.fieldType(tag, path));
  }
  /** Writes an integer or pointer field of a structure at `addr`. */
  writeField(addr: number, tag: string, path: string, value: number): void {
    this.writeInt(addr + this.layouts.offset(tag, path), this.fieldType(tag, path), value);
  }

  private fieldType(tag: string, path: string): CType {
    const record = this.layouts.record(tag);
    return unwrap(record && memberAt(record, path)?.type, `${tag}.${path}`);
  }
  private scalar(name: string, index: number, cpu: number): { va: number; type: CType } {
    const symbol = this.symbols.lookup(name);
    if (!symbol?.type) throw new Error(`no kernel variable ${name}`);
    const element = symbol.type.kind === 'array' ? symbol.type.of : symbol.type;
    const va = this.symbols.address(name, cpu) + index * (sizeOf(element) ?? 0);
    return { va, type: unwrap(element, name) };
  }
  private readInt(va: number, type: CType): number {
    const signed = type.kind === 'int' && type.signed;
    switch (sizeOf(type)) {
      case 1:
        return signed ? (this.space.read8(va) << 24) >> 24 : this.space.read8(va);
      case 2:
        return signed ? (this.space.read16(va) << 16) >> 16 : this.space.read16(va);
      case 4:
        return signed ? this.space.readS32(va) : this.space.read32(va);
      default:
        return this.space.readS64Number(va);
    }
  }
  private writeInt(va: number, type: CType, value: number): void {
    const size = sizeOf(type);
    if (size === 1) this.space.write8(va, value);
    else if (size === 2) this.space.write16(va, value);
    else if (size === 4) this.space.write32(va, value);
    else this.space.write64Number(va, value);
  }
}

/** The integer or pointer inside a one-member structure such as atomic_long_t. */
function unwrap(type: CType | undefined, name: string): CType {
  let inner = type;
  while (inner?.kind === 'struct' && inner.fields?.length === 1) inner = inner.fields[0]?.type;
  if (inner?.kind === 'int' || inner?.kind === 'pointer' || inner?.kind === 'enum') return inner;
  throw new Error(`${name} is not an integer`);
}

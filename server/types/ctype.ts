/**
 * C types as the emulated machine's ABI lays them out. Sizes, offsets and alignments are in bytes.
 * Shared by the struct layouts (layout.ts), the language's checker, the vm and the debugger.
 */

/** The three machines of kernel 6.1 that kmem knows. `i386` is the kernel without PAE. */
export type Arch = 'x86_64' | 'i386' | 'i386_pae';

/** Properties of the C compiler's ABI. i386 aligns 64-bit integers to 4 bytes inside structures. */
export interface Abi {
  readonly arch: Arch;
  /** sizeof(long) and sizeof(void *) */
  readonly wordSize: 4 | 8;
  /** alignof(long long) as a structure member */
  readonly longLongAlign: 4 | 8;
}

export const ABIS: Readonly<Record<Arch, Abi>> = {
  x86_64: { arch: 'x86_64', wordSize: 8, longLongAlign: 8 },
  i386: { arch: 'i386', wordSize: 4, longLongAlign: 4 },
  i386_pae: { arch: 'i386_pae', wordSize: 4, longLongAlign: 4 },
};

interface TypeBase {
  /** Name of the typedef this type was reached through (`gfp_t`, `atomic_t`); shown in messages and hovers. */
  readonly typedef?: string;
  readonly const?: boolean;
  readonly volatile?: boolean;
}
interface VoidType extends TypeBase {
  readonly kind: 'void';
}
export interface IntType extends TypeBase {
  readonly kind: 'int';
  /** canonical C spelling: `unsigned long`, `_Bool`, `char` … */
  readonly name: string;
  readonly size: 1 | 2 | 4 | 8;
  readonly align: number;
  readonly signed: boolean;
  readonly bool?: boolean;
  /** of the value of a bit-field that is wider than int, which gcc computes in the field's width: 33 to 63 bits */
  readonly bits?: number;
}
/** sparse's address spaces; `__force`: a parameter that takes pointers of all of them */
export type AddressSpaceMark = '__user' | '__iomem' | '__percpu' | '__rcu' | '__force';
export interface PointerType extends TypeBase {
  readonly kind: 'pointer';
  readonly to: CType;
  readonly size: 4 | 8;
  /** asked for by an attribute of a typedef; without it, the size */
  readonly align?: number;
  readonly space?: AddressSpaceMark;
}
interface ArrayType extends TypeBase {
  readonly kind: 'array';
  readonly of: CType;
  /** elements; null for an incomplete or flexible array */
  readonly length: number | null;
  /** asked for by an attribute of a typedef; without it, that of the elements */
  readonly align?: number;
}
export interface Field {
  /** undefined for an anonymous struct or union member (its fields are found through `findField`) */
  readonly name: string | undefined;
  readonly type: CType;
  /** bytes from the start of the record */
  readonly offset: number;
  /** bit-fields: first bit counted from the low bit of the unit of `type` at `offset`, and width in bits */
  readonly bitOffset?: number;
  readonly bitWidth?: number;
}
/** A struct or union. `fields` is filled in once when the type is completed (C's forward declaration). */
export interface RecordType extends TypeBase {
  readonly kind: 'struct' | 'union';
  readonly tag: string | undefined;
  size: number;
  align: number;
  /** undefined while the type is incomplete */
  fields: readonly Field[] | undefined;
  /** built in with the layout of the machine's kernel, not defined by the scenario */
  readonly builtin?: boolean;
}
export interface EnumType extends TypeBase {
  readonly kind: 'enum';
  readonly tag: string | undefined;
  /** 8 where a constant needs more than 32 bits, as gcc extends C; below 4 if it is packed */
  readonly size: IntType['size'];
  readonly align: number;
  readonly signed: boolean;
  constants: readonly { readonly name: string; readonly value: bigint }[];
}
export interface FunctionType extends TypeBase {
  readonly kind: 'function';
  readonly returns: CType;
  readonly params: readonly { readonly name: string | undefined; readonly type: CType }[];
  readonly variadic: boolean;
}
export type CType = VoidType | IntType | PointerType | ArrayType | RecordType | EnumType | FunctionType;

const intType = (name: string, size: IntType['size'], signed: boolean, align: number = size): IntType => ({
  kind: 'int',
  name,
  size,
  signed,
  align,
});

/** The basic types of one ABI, by their canonical C names. */
export interface BasicTypes {
  readonly void: VoidType;
  readonly bool: IntType;
  readonly char: IntType;
  readonly schar: IntType;
  readonly uchar: IntType;
  readonly short: IntType;
  readonly ushort: IntType;
  readonly int: IntType;
  readonly uint: IntType;
  readonly long: IntType;
  readonly ulong: IntType;
  readonly llong: IntType;
  readonly ullong: IntType;
}

const made = new Map<Arch, BasicTypes>();
/** The basic types of `abi`: one object per type, so that identity comparison works within an ABI. */
export function basicTypes(abi: Abi): BasicTypes {
  const known = made.get(abi.arch);
  if (known) return known;
  const ll = abi.longLongAlign;
  const types: BasicTypes = {
    void: { kind: 'void' },
    bool: { kind: 'int', name: '_Bool', size: 1, signed: false, align: 1, bool: true },
    char: intType('char', 1, true),
    schar: intType('signed char', 1, true),
    uchar: intType('unsigned char', 1, false),
    short: intType('short', 2, true),
    ushort: intType('unsigned short', 2, false),
    int: intType('int', 4, true),
    uint: intType('unsigned int', 4, false),
    long: intType('long', abi.wordSize, true),
    ulong: intType('unsigned long', abi.wordSize, false),
    llong: intType('long long', 8, true, ll),
    ullong: intType('unsigned long long', 8, false, ll),
  };
  made.set(abi.arch, types);
  return types;
}

export const pointerTo = (to: CType, abi: Abi, space?: AddressSpaceMark): PointerType => ({
  kind: 'pointer',
  to,
  size: abi.wordSize,
  ...(space ? { space } : {}),
});
export const arrayOf = (of: CType, length: number | null): ArrayType => ({ kind: 'array', of, length });

/** Bits of an integer's value. */
export const widthOf = (type: IntType | EnumType): number =>
  type.kind === 'int' && type.bits !== undefined ? type.bits : type.size * 8;

/** sizeof in bytes; undefined for void, functions, incomplete records and arrays of unknown length. */
export function sizeOf(type: CType): number | undefined {
  switch (type.kind) {
    case 'int':
    case 'enum':
    case 'pointer':
      return type.size;
    case 'struct':
    case 'union':
      return type.fields ? type.size : undefined;
    case 'array': {
      const element = sizeOf(type.of);
      return element === undefined || type.length === null ? undefined : element * type.length;
    }
    default:
      return undefined;
  }
}
/** Bytes that a pointer to `to` moves by: GNU C counts void and functions as one. */
export const stride = (to: CType): number => sizeOf(to) ?? 1;

/** Alignment in bytes (1 for void and functions). */
export function alignOf(type: CType): number {
  switch (type.kind) {
    case 'int':
    case 'enum':
    case 'struct':
    case 'union':
      return type.align;
    case 'pointer':
      return type.align ?? type.size;
    case 'array':
      return type.align ?? alignOf(type.of);
    default:
      return 1;
  }
}

/** The result of a member access: the field and its byte offset from the start of the outer record. */
interface FoundField {
  readonly field: Field;
  readonly offset: number;
}
/** Finds a member by name, also inside anonymous structs and unions. */
export function findField(record: RecordType, name: string): FoundField | undefined {
  for (const field of record.fields ?? []) {
    if (field.name === name) return { field, offset: field.offset };
    if (field.name === undefined && (field.type.kind === 'struct' || field.type.kind === 'union')) {
      const inner = findField(field.type, name);
      if (inner) return { field: inner.field, offset: field.offset + inner.offset };
    }
  }
  return undefined;
}

/** The C declaration of `type`, optionally of a thing with a name: `struct page *`, `int (*fn)(void)`, `unsigned long x[4]`. */
export function typeName(type: CType, name = ''): string {
  const spaced = (head: string) => (name === '' ? head : /^[*\s]/.test(name) ? `${head} ${name}` : `${head} ${name}`);
  const qualified = (head: string) => spaced((type.const ? 'const ' : '') + (type.volatile ? 'volatile ' : '') + head);
  if (type.typedef !== undefined) return qualified(type.typedef);
  switch (type.kind) {
    case 'void':
      return qualified('void');
    case 'int':
      return qualified(type.bool ? 'bool' : type.bits === undefined ? type.name : `${type.name}:${type.bits}`);
    case 'struct':
    case 'union':
      return qualified(`${type.kind} ${type.tag ?? '{…}'}`);
    case 'enum':
      return qualified(`enum ${type.tag ?? '{…}'}`);
    case 'pointer': {
      const marks = `${type.space ? `${type.space} ` : ''}*${type.const ? spaced('const') : ''}`;
      const inner = type.to.typedef === undefined && (type.to.kind === 'array' || type.to.kind === 'function');
      return typeName(type.to, inner ? `(${marks}${name})` : `${marks}${name}`);
    }
    case 'array':
      return typeName(type.of, `${name}[${type.length ?? ''}]`);
    case 'function': {
      const params = type.params.map((p) => typeName(p.type, p.name ?? ''));
      if (type.variadic) params.push('...');
      return typeName(type.returns, `${name}(${params.length ? params.join(', ') : 'void'})`);
    }
  }
}
/** A type in a message: `'struct page *'`. */
export const quotedType = (type: CType): string => `'${typeName(type).trim()}'`;

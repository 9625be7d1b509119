/**
 * Struct layouts of one machine, from the types that a kernel version defines: recorded sizes, offsets and types, and declarations laid
 * out here by the ABI's rules for those that are not recorded. Anonymous members are flattened: fields may overlap.
 */

import type { Abi, Arch, CType, EnumType, Field, RecordType } from './ctype';
import { alignOf, arrayOf, basicTypes, sizeOf } from './ctype';
import { enumOf } from './enumType';
import { memberAt } from './memberPath';
import { orMake } from './orMake';
import { qualify, readDeclaration } from './typeText';

/** [offset, size, type, first bit, bits] */
export type RecordedField = readonly (number | string)[];
/** tag → [size, fields by name] */
export type RecordedStructs = Readonly<Record<string, readonly (number | Readonly<Record<string, RecordedField>>)[]>>;

/** Declarations of a structure's members; a list among them is an anonymous union. */
export type Members = readonly (string | readonly string[])[];
/** tag → members of structures that some machines have instead of others; undefined: not on those */
export type OwnStructs = Readonly<Record<string, Members | undefined>>;

/** The types that a kernel version defines. */
export interface KernelTypes {
  readonly recorded: Readonly<Record<Arch, RecordedStructs>>;
  /** tag → members, for structures that are not recorded */
  readonly handMadeStructs: Readonly<Record<string, Members>>;
  /** Of these, tags that only a file with a subsystem's header has: another may have structures of its own with these names. */
  readonly subsystemTags?: ReadonlySet<string>;
  /** typedef → members of a structure without a tag */
  readonly typedefStructs: Readonly<Record<string, Members>>;
  /** another tag for the same structure */
  readonly tagAliases: Readonly<Record<string, string>>;
  /** typedef → C type */
  typedefTexts(abi: Abi): Readonly<Record<string, string>>;
  /** enum tag → its constants in order from 0 */
  enumConstants(arch: Arch): Readonly<Record<string, readonly string[]>>;
  /** alignment in bytes that the kernel asks for with an attribute, by tag or typedef; 1: none */
  askedAlignment(name: string, abi: Abi): number;
}

/** A declaration of a pointer to a structure. */
const POINTER = /^(?:const )?(?:struct|union) \w+ \*/;

/** A table's entry of this name; undefined for names that every object has (`constructor`). */
const own = <T>(table: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined;

/** A table without what is named in another. */
const without = <T>(table: Readonly<Record<string, T>>, named: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(table).filter(([name]) => !Object.hasOwn(named, name)));
const defined = (structs: OwnStructs): Readonly<Record<string, Members>> =>
  Object.fromEntries(Object.entries(structs).flatMap(([tag, members]) => (members ? [[tag, members]] : [])));

export class Layouts {
  private readonly records = new Map<string, RecordType>();
  private readonly typedefs = new Map<string, CType>();
  private readonly enums = new Map<string, EnumType>();
  private readonly texts: Readonly<Record<string, string>>;
  private readonly structs: RecordedStructs;
  private readonly handMade: Readonly<Record<string, Members>>;
  /** tags and typedefs whose fields are being read, to find a structure that contains itself */
  private readonly busy = new Set<string>();

  /** `ownStructs`: those of this machine only */
  constructor(
    readonly abi: Abi,
    private readonly types: KernelTypes,
    ownStructs: OwnStructs = {},
  ) {
    this.texts = types.typedefTexts(abi);
    this.structs = without(types.recorded[abi.arch], ownStructs);
    this.handMade = { ...without(types.handMadeStructs, ownStructs), ...defined(ownStructs) };
    for (const [tag, names] of Object.entries(types.enumConstants(abi.arch))) {
      const constants = names.map((name, value) => ({ name, value: BigInt(value) }));
      this.enums.set(tag, enumOf(tag, constants, this.abi));
    }
    for (const name of Object.keys(this.texts)) this.typedef(name);
    for (const name of Object.keys(this.types.typedefStructs)) this.typedef(name);
    for (const tag of this.names()) this.record(tag);
  }

  /** Whether a structure is one of a subsystem, whose name other files may use for their own. */
  isOfSubsystem(tag: string): boolean {
    return this.types.subsystemTags?.has(tag) === true;
  }
  /** The structure or union with this tag, complete; undefined for an unknown tag. */
  record(tag: string): RecordType | undefined {
    const record = this.tagged('struct', tag);
    return record.fields ? record : undefined;
  }

  /** The type a built-in typedef names (`gfp_t`, `atomic_t`, `u32` …). */
  typedef(name: string): CType | undefined {
    const known = this.typedefs.get(name);
    if (known) return known;
    const text = own(this.texts, name);
    if (text !== undefined) {
      const type = qualify(this.parseType(text), { typedef: name });
      this.typedefs.set(name, type);
      return type;
    }
    const members = own(this.types.typedefStructs, name);
    if (!members) return undefined;
    const record: RecordType = { ...this.incomplete('struct', undefined), typedef: name, builtin: true };
    this.typedefs.set(name, record);
    this.complete(record, this.place(members), this.types.askedAlignment(name, this.abi));
    return record;
  }

  /** Tags of all complete structures, sorted. */
  names(): string[] {
    return [
      ...new Set([...Object.keys(this.structs), ...Object.keys(this.handMade), ...Object.keys(this.types.tagAliases)]),
    ].sort();
  }

  /** Names of the built-in typedefs, sorted. */
  typedefNames(): string[] {
    return [...this.typedefs.keys()].sort();
  }

  /** The built-in enum with this tag. */
  enumeration(tag: string): EnumType | undefined {
    return this.enums.get(tag);
  }

  /** sizeof(struct tag) in bytes. @throws Error for an unknown tag */
  size(tag: string): number {
    return this.known(tag).size;
  }

  /** Byte offset of a field, `flags`, `lru.next` or `free_area[2].nr_free`. @throws Error for unknown names */
  offset(tag: string, path: string): number {
    const found = memberAt(this.known(tag), path);
    if (!found) throw new Error(`struct ${tag} of ${this.abi.arch} has no field ${path}`);
    return found.offset;
  }

  /** Whether `struct tag` has the field, by its path, on this machine. */
  has(tag: string, field: string): boolean {
    const record = this.record(tag);
    return record !== undefined && memberAt(record, field) !== undefined;
  }

  /** A C type from its text, `unsigned long[4]`, `struct page *`. @throws Error if it is not valid */
  parseType(text: string): CType {
    return this.parseDeclaration(text).type;
  }

  /** A C declaration from its text, `struct list_head *pos`. @throws Error if it is not valid */
  parseDeclaration(text: string): { type: CType; name: string } {
    // what is only pointed to may contain the structure that is being read: it is completed later
    const pointsTo = POINTER.test(text);
    return readDeclaration(text, this.abi, {
      record: (kind, tag) => (pointsTo ? this.declared(kind, tag) : this.tagged(kind, tag)),
      enumeration: (tag) => this.enumerationOrNew(tag),
      typedef: (name) => this.typedef(name),
    });
  }

  private known(tag: string): RecordType {
    const record = this.record(tag);
    if (!record) throw new Error(`no such struct ${tag}`);
    return record;
  }

  private enumerationOrNew(tag: string): EnumType {
    const type = orMake(this.enums, tag, (): EnumType => enumOf(tag, [], this.abi));
    return type;
  }

  private incomplete(kind: 'struct' | 'union', tag: string | undefined): RecordType {
    return { kind, tag, size: 0, align: 1, fields: undefined };
  }

  /** The one object for a tag, which may be incomplete. */
  private declared(kind: 'struct' | 'union', name: string): RecordType {
    const tag = own(this.types.tagAliases, name) ?? name;
    const record = orMake(this.records, tag, (): RecordType => {
      const described = Object.hasOwn(this.structs, tag) || Object.hasOwn(this.handMade, tag);
      return { ...this.incomplete(kind, tag), ...(described ? { builtin: true } : {}) };
    });
    return record;
  }
  /** The same, completed if its layout is known. */
  private tagged(kind: 'struct' | 'union', name: string): RecordType {
    const record = this.declared(kind, name);
    const tag = record.tag ?? name;
    if (!record.fields && record.builtin && !this.busy.has(tag)) {
      this.busy.add(tag);
      if (Object.hasOwn(this.structs, tag)) {
        const [size, fields] = this.structs[tag] as readonly [number, Readonly<Record<string, RecordedField>>];
        this.complete(record, this.recordedFields(tag, fields), this.types.askedAlignment(tag, this.abi), size);
      } else this.complete(record, this.place(own(this.handMade, tag) ?? []), this.types.askedAlignment(tag, this.abi));
      this.busy.delete(tag);
    }
    return record;
  }

  private complete(record: RecordType, fields: readonly Field[], align: number, size?: number): void {
    record.align = Math.max(align, ...fields.map((f) => alignOf(f.type)));
    const end = Math.max(0, ...fields.map((f) => f.offset + (sizeOf(f.type) ?? 0)));
    record.size = size ?? Math.ceil(end / record.align) * record.align;
    // an attribute on an inner structure that is not described here must not make this one's alignment exceed its size
    while (record.align > 1 && record.size % record.align !== 0) record.align /= 2;
    record.fields = fields;
  }

  /** The ABI's layout of members given as declarations. */
  private place(members: Members): Field[] {
    let end = 0;
    return members.flatMap((member) => {
      const parts = (typeof member === 'string' ? [member] : member).map((text) => this.parseDeclaration(text));
      const align = Math.max(...parts.map(({ type }) => alignOf(type)));
      const offset = Math.ceil(end / align) * align;
      end = offset + Math.max(...parts.map(({ type }) => sizeOf(type) ?? 0));
      return parts.map(({ name, type }) => ({ name, type, offset }));
    });
  }

  private recordedFields(tag: string, fields: Readonly<Record<string, RecordedField>>): Field[] {
    return Object.entries(fields).map(([name, row]) => {
      const [offset, size, text, bitOffset, bitWidth] = row as readonly [number, number, string, number?, number?];
      const type = this.recordedType(text, size, offset);
      if ((sizeOf(type) ?? 0) !== size)
        throw new Error(`struct ${tag}.${name}: ${text} has ${sizeOf(type)} bytes, not ${size}`);
      return { name, type, offset, ...(bitWidth === undefined ? {} : { bitOffset, bitWidth }) };
    });
  }

  /** A recorded field's type; a structure without a description becomes an opaque one of the recorded size. */
  private recordedType(text: string, size: number, offset: number): CType {
    const opaque = /^(?:struct )?(\w+)$/.exec(text);
    const name = opaque?.[1] ?? '';
    if (opaque && text.startsWith('struct ')) {
      const record = this.tagged('struct', name);
      if (!record.fields) this.makeOpaque(record, size, offset);
      return record;
    }
    if (opaque && !/^(void|bool|char|int|unsigned|signed|short|long)$/.test(name) && !this.typedef(name)) {
      const record: RecordType = { ...this.incomplete('struct', undefined), typedef: name, builtin: true };
      this.makeOpaque(record, size, offset);
      this.typedefs.set(name, record);
      return record;
    }
    return this.parseType(text);
  }

  private makeOpaque(record: RecordType, size: number, offset: number): void {
    const fits = (align: number) => size % align === 0 && offset % align === 0;
    const t = basicTypes(this.abi);
    const unit = fits(this.abi.wordSize) ? t.ulong : fits(4) ? t.uint : t.uchar;
    record.size = size;
    record.align = size === 0 ? 1 : unit.size;
    record.fields = size === 0 ? [] : [{ name: 'opaque', type: arrayOf(unit, size / unit.size), offset: 0 }];
  }
}

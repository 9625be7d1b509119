/** Initialisers: what `= { … }` stores, field by field, with designators and brace elision as the checker reads them. */
import type { Expr, InitItem, InitList } from '../../language/syntax/tree';
import { decay, isInteger, sameRecord } from '../../types/conversions';
import { type CType, type Field, findField, type RecordType, sizeOf } from '../../types/ctype';
import type { BitRange, Place } from '../values/access';
import type { Places } from './lvalues';

type Effect = () => void;
interface Cursor {
  readonly items: readonly InitItem[];
  at: number;
}
/** A part of what is initialised: where, as which type. */
interface Target {
  readonly place: Place;
  readonly type: CType;
}

export class Initialiser {
  constructor(private readonly compiler: Places) {}

  /** All that `type name = init` does. */
  variable(place: Place, type: CType, init: Expr | InitList): Effect[] {
    if (init.kind === 'initList') return this.list(place, type, init);
    if (type.kind === 'array' && init.kind === 'string')
      return [this.zero(place, type), this.string(place, type, init.value)];
    return [this.compiler.storeIn(place, type, init)];
  }
  /** A brace list: zeros, then what it names. */
  list(place: Place, type: CType, init: InitList): Effect[] {
    const first = init.items[0];
    if (type.kind !== 'array' && !this.compiler.isRecord(type)) {
      if (!first) return [this.zero(place, type)];
      return this.variable(place, type, first.value);
    }
    const effects: Effect[] = [this.zero(place, type)];
    this.fill({ place, type }, init, effects);
    return effects;
  }
  private zero(place: Place, type: CType): Effect {
    const size = sizeOf(type) ?? 0;
    const { access } = this.compiler;
    if (type.kind !== 'array' && !this.compiler.isRecord(type)) {
      const store = access.store(place, this.compiler.shape(type));
      return () => store(0);
    }
    const address = access.address(place);
    return () => access.space.fill(access.pointer(address(), true), size, 0);
  }
  private string(place: Place, type: CType, text: string): Effect {
    const { access } = this.compiler;
    const bytes = Uint8Array.from([...text].map((c) => c.charCodeAt(0))).subarray(0, sizeOf(type) ?? 0);
    const address = access.address(place);
    return () => access.space.writeBytes(access.pointer(address(), true), bytes);
  }

  private fill(target: Target, init: InitList, effects: Effect[]): void {
    const { type } = target;
    const only = init.items[0];
    if (type.kind === 'array') {
      if (
        init.items.length === 1 &&
        only?.value.kind === 'string' &&
        isInteger(type.of) &&
        type.of.size === 1 &&
        only.designators.length === 0
      ) {
        effects.push(this.string(target.place, type, only.value.value));
        return;
      }
      this.array({ items: init.items, at: 0 }, target.place, type, true, effects);
    } else if (this.compiler.isRecord(type))
      this.record({ items: init.items, at: 0 }, target.place, type, true, effects);
  }
  /** One value or list for a part; zeros have been written. */
  private part(target: Target, value: Expr | InitList, effects: Effect[]): void {
    const { type, place } = target;
    if (value.kind === 'initList') {
      if (type.kind === 'array' || this.compiler.isRecord(type)) this.fill(target, value, effects);
      else if (value.items[0]) this.part(target, value.items[0].value, effects);
    } else if (type.kind === 'array' && value.kind === 'string') effects.push(this.string(place, type, value.value));
    else effects.push(this.compiler.storeIn(place, type, value));
  }
  private array(
    cursor: Cursor,
    place: Place,
    type: CType & { kind: 'array' },
    braced: boolean,
    effects: Effect[],
  ): void {
    const { access, tables } = this.compiler;
    const size = sizeOf(type.of) ?? 0;
    const at = (index: number): Target => ({ place: access.at(place, index * size), type: type.of });
    let index = 0;
    while (cursor.at < cursor.items.length) {
      const item = cursor.items[cursor.at] as InitItem;
      const d = item.designators[0];
      if (d) {
        if (!braced || d.kind !== 'indexDesignator') return;
        const from = Number(tables.constantOf(d.index) ?? 0n);
        const last = d.last ? Number(tables.constantOf(d.last) ?? 0n) : from;
        for (let i = from; i <= last; i++) this.designated(item, 1, at(i), effects);
        cursor.at++;
        index = last + 1;
        continue;
      }
      if (type.length !== null && index >= type.length) {
        if (!braced) return;
        cursor.at++;
        continue;
      }
      this.element(cursor, at(index), effects);
      index++;
      if (!braced && type.length !== null && index >= type.length) return;
    }
  }
  private record(cursor: Cursor, place: Place, type: RecordType, braced: boolean, effects: Effect[]): void {
    const fields = (type.fields ?? []).filter((f) => !(f.name === undefined && f.bitWidth !== undefined));
    let next = 0;
    while (cursor.at < cursor.items.length) {
      const item = cursor.items[cursor.at] as InitItem;
      const d = item.designators[0];
      if (d) {
        if (!braced || d.kind !== 'fieldDesignator') return;
        const found = findField(type, d.name.text);
        if (!found) {
          cursor.at++;
          continue;
        }
        next =
          fields.findIndex(
            (f) =>
              f === found.field ||
              (f.name === undefined && this.compiler.isRecord(f.type) && findField(f.type, d.name.text) !== undefined),
          ) + 1;
        this.designated(item, 1, this.fieldAt(place, found.field, found.offset), effects);
        cursor.at++;
        continue;
      }
      const field: Field | undefined = type.kind === 'union' && next > 0 ? undefined : fields[next];
      if (!field) {
        if (!braced) return;
        cursor.at++;
        continue;
      }
      next++;
      this.element(cursor, this.fieldAt(place, field, field.offset), effects);
    }
  }
  private fieldAt(place: Place, field: Field, offset: number): Target {
    const bits: BitRange | undefined =
      field.bitWidth === undefined ? undefined : { offset: field.bitOffset ?? 0, width: field.bitWidth };
    return { place: this.compiler.access.at(place, offset, bits), type: field.type };
  }
  /** the rest of `.a.b[2] = value` */
  private designated(item: InitItem, from: number, target: Target, effects: Effect[]): void {
    let { place, type } = target;
    for (let i = from; i < item.designators.length; i++) {
      const d = item.designators[i];
      if (d?.kind === 'fieldDesignator' && this.compiler.isRecord(type)) {
        const found = findField(type, d.name.text);
        if (!found) return;
        ({ place, type } = this.fieldAt(place, found.field, found.offset));
      } else if (d?.kind === 'indexDesignator' && type.kind === 'array') {
        place = this.compiler.access.at(
          place,
          Number(this.compiler.tables.constantOf(d.index) ?? 0n) * (sizeOf(type.of) ?? 0),
        );
        type = type.of;
      }
    }
    this.part({ place, type }, item.value, effects);
  }
  private element(cursor: Cursor, target: Target, effects: Effect[]): void {
    const item = cursor.items[cursor.at] as InitItem;
    const { type, place } = target;
    if (item.value.kind === 'initList' || (type.kind !== 'array' && !this.compiler.isRecord(type))) {
      cursor.at++;
      this.part(target, item.value, effects);
      return;
    }
    if (type.kind === 'array') {
      if (item.value.kind === 'string' && isInteger(type.of) && type.of.size === 1) {
        cursor.at++;
        this.part(target, item.value, effects);
        return;
      }
      const before = cursor.at;
      this.array(cursor, place, type, false, effects);
      if (cursor.at === before) cursor.at++;
      return;
    }
    if (!this.compiler.isRecord(type)) return;
    const value = this.compiler.tables.typeOf(item.value);
    const whole = value && decay(value, this.compiler.abi);
    if (
      (whole && this.compiler.isRecord(whole) && sameRecord(whole, type)) ||
      !type.fields ||
      type.fields.length === 0
    ) {
      cursor.at++;
      if (type.fields?.length) this.part(target, item.value, effects);
      return;
    }
    const before = cursor.at;
    this.record(cursor, place, type, false, effects);
    if (cursor.at === before) cursor.at++;
  }
}

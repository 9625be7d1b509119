/**
 * The stores of `= { … }`: the parts of an initialiser in order, field by field, with designators and brace elision as the checker reads
 * them. Which expression goes where; compiling it is exprs.ts's.
 */
import type { Expr, InitItem, InitList } from '../../language/syntax/tree';
import { decay, isInteger, isRecord, sameRecord } from '../../types/conversions';
import { type Abi, type CType, type Field, findField, type RecordType, sizeOf } from '../../types/ctype';
import type { BitRange } from '../values/access';
import type { Tables } from './exprContext';

/** A part of an object: where in it, as which type. */
interface Target {
  readonly offset: number;
  readonly type: CType;
  readonly bits?: BitRange | undefined;
}
/** The value of a part: zeros, the bytes of a string, or an expression's value. */
type InitPart = Target &
  (
    | { readonly kind: 'zero' }
    | { readonly kind: 'string'; readonly text: string }
    | { readonly kind: 'value'; readonly expr: Expr }
  );
interface Context {
  readonly tables: Tables;
  readonly abi: Abi;
  readonly parts: InitPart[];
}
interface Cursor {
  readonly items: readonly InitItem[];
  at: number;
}

/** The parts that `type name = init` stores, in order. */
export function initParts(tables: Tables, abi: Abi, type: CType, init: Expr | InitList): InitPart[] {
  const cx: Context = { tables, abi, parts: [] };
  whole(cx, { offset: 0, type }, init);
  return cx.parts;
}
function whole(cx: Context, target: Target, init: Expr | InitList): void {
  const { type } = target;
  if (init.kind === 'initList') {
    list(cx, target, init);
    return;
  }
  if (type.kind === 'array' && init.kind === 'string') cx.parts.push({ ...target, kind: 'zero' });
  part(cx, target, init);
}
/** A brace list: zeros, then what it names. */
function list(cx: Context, target: Target, init: InitList): void {
  const { type } = target;
  const first = init.items[0];
  if (type.kind !== 'array' && !isRecord(type) && first) {
    whole(cx, target, first.value);
    return;
  }
  cx.parts.push({ ...target, kind: 'zero' });
  if (type.kind === 'array' || isRecord(type)) fill(cx, target, init);
}
function fill(cx: Context, target: Target, init: InitList): void {
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
      cx.parts.push({ ...target, kind: 'string', text: only.value.value });
      return;
    }
    array(cx, { items: init.items, at: 0 }, target.offset, type, true);
  } else if (isRecord(type)) record(cx, { items: init.items, at: 0 }, target.offset, type, true);
}
/** One value or list for a part; zeros have been written. */
function part(cx: Context, target: Target, value: Expr | InitList): void {
  const { type } = target;
  if (value.kind === 'initList') {
    if (type.kind === 'array' || isRecord(type)) fill(cx, target, value);
    else if (value.items[0]) part(cx, target, value.items[0].value);
  } else if (type.kind === 'array' && value.kind === 'string')
    cx.parts.push({ ...target, kind: 'string', text: value.value });
  else cx.parts.push({ ...target, kind: 'value', expr: value });
}
function array(cx: Context, cursor: Cursor, offset: number, type: CType & { kind: 'array' }, braced: boolean): void {
  const size = sizeOf(type.of) ?? 0;
  const at = (index: number): Target => ({ offset: offset + index * size, type: type.of });
  let index = 0;
  for (let item = cursor.items[cursor.at]; item; item = cursor.items[cursor.at]) {
    const d = item.designators[0];
    if (d) {
      if (!braced || d.kind !== 'indexDesignator') return;
      const from = Number(cx.tables.constantOf(d.index) ?? 0n);
      const last = d.last ? Number(cx.tables.constantOf(d.last) ?? 0n) : from;
      for (let i = from; i <= last; i++) designated(cx, item, 1, at(i));
      cursor.at++;
      index = last + 1;
      continue;
    }
    if (type.length !== null && index >= type.length) {
      if (!braced) return;
      cursor.at++;
      continue;
    }
    element(cx, cursor, item, at(index));
    index++;
    if (!braced && type.length !== null && index >= type.length) return;
  }
}
function record(cx: Context, cursor: Cursor, offset: number, type: RecordType, braced: boolean): void {
  const fields = (type.fields ?? []).filter((f) => !(f.name === undefined && f.bitWidth !== undefined));
  let next = 0;
  for (let item = cursor.items[cursor.at]; item; item = cursor.items[cursor.at]) {
    const d = item.designators[0];
    if (d) {
      if (!braced || d.kind !== 'fieldDesignator') return;
      const { text } = d.name;
      const found = findField(type, text);
      if (!found) {
        cursor.at++;
        continue;
      }
      const holds = (f: Field): boolean =>
        f === found.field || (f.name === undefined && isRecord(f.type) && findField(f.type, text) !== undefined);
      next = fields.findIndex(holds) + 1;
      designated(cx, item, 1, fieldAt(offset, found.field, found.offset));
      cursor.at++;
      continue;
    }
    const field = type.kind === 'union' && next > 0 ? undefined : fields[next];
    if (!field) {
      if (!braced) return;
      cursor.at++;
      continue;
    }
    next++;
    element(cx, cursor, item, fieldAt(offset, field, field.offset));
  }
}
function fieldAt(base: number, field: Field, offset: number): Target {
  const bits = field.bitWidth === undefined ? undefined : { offset: field.bitOffset ?? 0, width: field.bitWidth };
  return { offset: base + offset, type: field.type, bits };
}
/** The rest of `.a.b[2] = value`, from designator `from` on. */
function designated(cx: Context, item: InitItem, from: number, start: Target): void {
  let target = start;
  for (const d of item.designators.slice(from)) {
    const { type, offset } = target;
    if (d.kind === 'fieldDesignator' && isRecord(type)) {
      const found = findField(type, d.name.text);
      if (!found) return;
      target = fieldAt(offset, found.field, found.offset);
    } else if (d.kind === 'indexDesignator' && type.kind === 'array') {
      const index = Number(cx.tables.constantOf(d.index) ?? 0n);
      target = { offset: offset + index * (sizeOf(type.of) ?? 0), type: type.of };
    }
  }
  part(cx, target, item.value);
}
/** The next element of an array or record: one item, or as many as an aggregate without braces takes. */
function element(cx: Context, cursor: Cursor, item: InitItem, target: Target): void {
  const { type, offset } = target;
  const { value } = item;
  if (value.kind === 'initList' || (type.kind !== 'array' && !isRecord(type))) {
    cursor.at++;
    part(cx, target, value);
    return;
  }
  if (type.kind === 'array') {
    if (value.kind === 'string' && isInteger(type.of) && type.of.size === 1) {
      cursor.at++;
      part(cx, target, value);
      return;
    }
    const before = cursor.at;
    array(cx, cursor, offset, type, false);
    if (cursor.at === before) cursor.at++;
    return;
  }
  if (!isRecord(type)) return;
  const given = cx.tables.typeOf(value);
  const own = given && decay(given, cx.abi);
  if ((own && isRecord(own) && sameRecord(own, type)) || !type.fields || type.fields.length === 0) {
    cursor.at++;
    if (type.fields?.length) part(cx, target, value);
    return;
  }
  const before = cursor.at;
  record(cx, cursor, offset, type, false);
  if (cursor.at === before) cursor.at++;
}

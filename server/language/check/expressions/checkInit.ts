import { ERROR_TYPE } from '../context/tables';
import { checkValue } from '../types/checkTypes';
/** Initialisers: scalars, arrays, structs and unions with designators; brace elision as in C. */

import { isInteger, isRecord, sameRecord } from '../../../types/conversions';
import type { CType, Field, RecordType } from '../../../types/ctype';
import { arrayOf, findField, typeName } from '../../../types/ctype';
import type { Expr, InitItem, InitList, Span } from '../../syntax/tree';
import type { CheckContext } from '../context/checkContext';
import { constantExpr } from '../types/checkTypes';
import { isStaticConstant } from './checkConst';
import { checkExpr, noMember } from './checkExpr';
import { checkConversion } from './checkOperators';

const show = (type: CType): string => `'${typeName(type).trim()}'`;

/** Reads the items of one brace list in order. */
interface Cursor {
  readonly items: readonly InitItem[];
  at: number;
}

/** Checks an initialiser for `type`; the type with its length where the initialiser gives it. */
export function checkInitialiser(
  cx: CheckContext,
  init: Expr | InitList,
  type: CType,
  isStatic: boolean,
  span: Span,
): CType {
  if (type === ERROR_TYPE) {
    checkAll(cx, init);
    return type;
  }
  if (init.kind !== 'initList') {
    if (type.kind === 'array') {
      if (init.kind === 'string' && isInteger(type.of) && type.of.size === 1) return stringFor(cx, type, init);
      checkExpr(cx, init);
      cx.problems.error('bad-initialiser', "an array is initialised by a list in braces, '{ … }'", init.span);
      return type;
    }
    checkScalar(cx, init, type, isStatic);
    return type;
  }
  cx.tables.syntaxTypes.set(init, type);
  if (type.kind === 'array') return checkArray(cx, init, type, isStatic);
  if (isRecord(type)) {
    checkRecord(cx, init, type, isStatic);
    return type;
  }
  const first = init.items[0];
  if (!first) {
    return type; // { } of a scalar: zero
  }
  if (init.items.length > 1 || first.designators.length > 0) {
    cx.problems.error('bad-initialiser', `${show(type)} takes one value`, (init.items[1] ?? first).span);
    checkAll(cx, init);
    return type;
  }
  if (first.value.kind === 'initList') checkInitialiser(cx, first.value, type, isStatic, span);
  else checkScalar(cx, first.value, type, isStatic);
  return type;
}

function checkAll(cx: CheckContext, init: Expr | InitList): void {
  if (init.kind !== 'initList') checkExpr(cx, init);
  else for (const item of init.items) checkAll(cx, item.value);
}

function checkScalar(cx: CheckContext, init: Expr, type: CType, isStatic: boolean): void {
  const value = checkValue(cx, init);
  if (!value) return;
  if (type.kind === 'void' || type.kind === 'function') return;
  if (value === cx.basic.void && init.kind === 'call') {
    cx.problems.error(
      'void-value',
      'this initialisation uses the result of a function that returns none (void)',
      init.span,
    );
    return;
  }
  checkConversion(cx, init, value, type, 'this initialisation');
  if (isStatic && !isStaticConstant(cx, init)) {
    cx.problems.error(
      'not-constant',
      'a static object is initialised before anything runs, so its value must be a constant; assign it in a task',
      init.span,
    );
  }
}

function stringFor(cx: CheckContext, type: CType & { kind: 'array' }, init: Expr & { kind: 'string' }): CType {
  checkExpr(cx, init);
  if (type.length === null) return arrayOf(type.of, init.value.length + 1);
  if (init.value.length > type.length)
    cx.problems.warn(
      'string-too-long',
      `the string has ${init.value.length} bytes, the array ${type.length}`,
      init.span,
    );
  return type;
}

// ---------------------------------------------------------------- arrays
function checkArray(cx: CheckContext, init: InitList, type: CType & { kind: 'array' }, isStatic: boolean): CType {
  const only = init.items[0];
  if (
    init.items.length === 1 &&
    only?.value.kind === 'string' &&
    isInteger(type.of) &&
    type.of.size === 1 &&
    only.designators.length === 0
  ) {
    return stringFor(cx, type, only.value);
  }
  const cursor: Cursor = { items: init.items, at: 0 };
  const length = fillArray(cx, cursor, type, isStatic, true);
  return type.length === null ? arrayOf(type.of, length) : type;
}

/** takes elements from the cursor; the highest index + 1 */
function fillArray(
  cx: CheckContext,
  cursor: Cursor,
  type: CType & { kind: 'array' },
  isStatic: boolean,
  braced: boolean,
): number {
  let index = 0;
  let length = 0;
  while (cursor.at < cursor.items.length) {
    const item = cursor.items[cursor.at] as InitItem;
    const d = item.designators[0];
    if (d) {
      if (!braced) break;
      if (d.kind === 'fieldDesignator') {
        cx.problems.error(
          'bad-initialiser',
          `'.${d.name.text}' names a field; this is an array, ${show(type)}: '[index] ='`,
          d.name.span,
        );
        checkAll(cx, item.value);
        cursor.at++;
        continue;
      }
      const from = constantExpr(cx, d.index, 'an index in an initialiser');
      const last = d.last ? constantExpr(cx, d.last, 'an index in an initialiser') : from;
      if (from !== undefined && last !== undefined) {
        if (from < 0n || last < from || (type.length !== null && last >= BigInt(type.length))) {
          cx.problems.error(
            'array-bounds',
            `index ${from < 0n || last < from ? from : last} is outside of the array${type.length === null ? '' : `, which has ${type.length} elements`}`,
            d.index.span,
          );
        } else {
          index = Number(last);
          if (index > 0x100_0000) cx.problems.error('bad-array-length', 'the array is too large', d.index.span);
        }
      }
      initDesignated(cx, item, 1, type.of, isStatic, cursor);
    } else {
      if (type.length !== null && index >= type.length) {
        if (!braced) break;
        cx.problems.warn('excess-initialiser', `more values than the array has elements (${type.length})`, item.span);
        checkAll(cx, item.value);
        cursor.at++;
        continue;
      }
      initElement(cx, cursor, type.of, isStatic);
    }
    index++;
    if (index > length) length = index;
    if (!braced && type.length !== null && index >= type.length) break;
  }
  return length;
}

// ---------------------------------------------------------------- structs
function checkRecord(cx: CheckContext, init: InitList, type: RecordType, isStatic: boolean): void {
  if (!type.fields) {
    cx.problems.error(
      'incomplete-type',
      `${show(type)} is not defined in this scenario, so it cannot be initialised`,
      init.span,
    );
    checkAll(cx, init);
    return;
  }
  fillRecord(cx, { items: init.items, at: 0 }, type, isStatic, true);
}

function fillRecord(cx: CheckContext, cursor: Cursor, type: RecordType, isStatic: boolean, braced: boolean): void {
  const fields = (type.fields ?? []).filter((f) => !(f.name === undefined && f.bitWidth !== undefined));
  let next = 0;
  const seen = new Set<string>();
  while (cursor.at < cursor.items.length) {
    const item = cursor.items[cursor.at] as InitItem;
    const d = item.designators[0];
    if (d) {
      if (!braced) return;
      if (d.kind === 'indexDesignator') {
        checkExpr(cx, d.index);
        cx.problems.error('bad-initialiser', `'[…]' names an element; this is ${show(type)}: '.field ='`, d.index.span);
        checkAll(cx, item.value);
        cursor.at++;
        continue;
      }
      const found = findField(type, d.name.text);
      if (!found) {
        noMember(cx, type, d.name.text, d.name.span);
        checkAll(cx, item.value);
        cursor.at++;
        continue;
      }
      if (item.designators.length === 1) {
        if (seen.has(d.name.text))
          cx.problems.warn('duplicate-initialiser', `field '${d.name.text}' is initialised twice`, d.name.span);
        seen.add(d.name.text);
      }
      next =
        fields.findIndex(
          (f) =>
            f === found.field ||
            (f.name === undefined && isRecord(f.type) && findField(f.type, d.name.text) !== undefined),
        ) + 1;
      initDesignated(cx, item, 1, found.field.type, isStatic, cursor);
      continue;
    }
    const field: Field | undefined = type.kind === 'union' && next > 0 ? undefined : fields[next];
    if (!field) {
      if (!braced) return;
      cx.problems.warn('excess-initialiser', `more values than ${show(type)} has fields (${fields.length})`, item.span);
      checkAll(cx, item.value);
      cursor.at++;
      continue;
    }
    next++;
    initElement(cx, cursor, field.type, isStatic);
  }
}

/** the rest of `.a.b[2] = value` */
function initDesignated(
  cx: CheckContext,
  item: InitItem,
  from: number,
  type: CType,
  isStatic: boolean,
  cursor: Cursor,
): void {
  let t = type;
  for (let i = from; i < item.designators.length; i++) {
    const d = item.designators[i];
    if (!d) break;
    if (d.kind === 'fieldDesignator') {
      if (!isRecord(t)) {
        if (t !== ERROR_TYPE)
          cx.problems.error('not-a-struct', `${show(t)} has no member '${d.name.text}'`, d.name.span);
        t = ERROR_TYPE;
        break;
      }
      const found = findField(t, d.name.text);
      if (!found) {
        noMember(cx, t, d.name.text, d.name.span);
        t = ERROR_TYPE;
        break;
      }
      t = found.field.type;
    } else {
      const at = constantExpr(cx, d.index, 'an index in an initialiser');
      if (t.kind !== 'array') {
        if (t !== ERROR_TYPE) cx.problems.error('not-a-pointer', `${show(t)} is not an array`, d.index.span);
        t = ERROR_TYPE;
        break;
      }
      if (at !== undefined && (at < 0n || (t.length !== null && at >= BigInt(t.length))))
        cx.problems.error('array-bounds', `index ${at} is outside of the array`, d.index.span);
      t = t.of;
    }
  }
  cursor.at++;
  checkInitialiser(cx, item.value, t, isStatic, item.span);
}

/** one element without a designator, from the cursor: a list, a value, or (brace elision) the first of several values */
function initElement(cx: CheckContext, cursor: Cursor, type: CType, isStatic: boolean): void {
  const item = cursor.items[cursor.at] as InitItem;
  if (item.value.kind === 'initList' || (type.kind !== 'array' && !isRecord(type))) {
    cursor.at++;
    checkInitialiser(cx, item.value, type, isStatic, item.span);
    return;
  }
  if (type.kind === 'array') {
    if (item.value.kind === 'string' && isInteger(type.of) && type.of.size === 1) {
      cursor.at++;
      stringFor(cx, type, item.value);
      return;
    }
    const before = cursor.at;
    fillArray(cx, cursor, type, isStatic, false);
    if (cursor.at === before) cursor.at++;
    return;
  }
  // a struct by value, or its fields without braces
  const value = checkValue(cx, item.value);
  if (isRecord(type)) {
    if (!value || (isRecord(value) && sameRecord(value, type)) || !type.fields || type.fields.length === 0) {
      cursor.at++;
      return;
    }
    const before = cursor.at;
    fillRecord(cx, cursor, type, isStatic, false);
    if (cursor.at === before) cursor.at++;
  }
}

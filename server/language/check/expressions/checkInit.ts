/** Initialisers: scalars, arrays, structs and unions with designators; brace elision as in C. The result is a tree of what goes where. */

import { isInteger, isRecord, sameRecord } from '../../../types/conversions';
import type { CType, RecordType } from '../../../types/ctype';
import { arrayOf, findField, quotedType } from '../../../types/ctype';
import type { Expr, InitItem, InitList } from '../../syntax/tree';
import type { CheckContext } from '../context/checkContext';
import { enter, type InitTree, type InitValue, isInitialised, newTree, put } from '../context/initTree';
import { ERROR_TYPE } from '../context/tables';
import { checkValue } from '../types/checkTypes';
import { constantExpr } from '../types/constantExpr';
import { callbackType } from './callbackType';
import { isStaticConstant } from './checkConst';
import { checkExpr, noMember } from './checkExpr';
import { checkConversion } from './checkOperators';

const takesString = (type: CType & { kind: 'array' }): boolean => isInteger(type.of) && type.of.size === 1;

/** Reads the items of one brace list in order. */
interface Cursor {
  readonly items: readonly InitItem[];
  at: number;
}
/** Elements `from` to `last`, or a field, of objects that are filled alike: several where a range designator names them. */
interface Target {
  readonly type: CType;
  readonly trees: readonly InitTree[];
  readonly from: number;
  readonly last: number;
}
/** An array or record that takes items from a cursor. */
interface Level {
  readonly cursor: Cursor;
  readonly trees: readonly InitTree[];
  readonly isStatic: boolean;
  /** whether the items' braces are its own; without, it ends when it is full, or at an item that begins with a designator */
  readonly braced: boolean;
  /** how many designators of the first item led here */
  readonly depth: number;
}

/** Checks an initialiser for `type`; the type with its length where the initialiser gives it. */
export function checkInitialiser(cx: CheckContext, init: Expr | InitList, type: CType, isStatic: boolean): CType {
  if (type === ERROR_TYPE) {
    checkAll(cx, init);
    return type;
  }
  const value = initValue(cx, init, type, isStatic);
  if (init.kind === 'initList') cx.tables.initialisers.set(init, value);
  if (type.kind !== 'array' || type.length !== null) return type;
  if (value?.kind === 'tree') return arrayOf(type.of, value.length);
  return value?.expr.kind === 'string' ? arrayOf(type.of, value.expr.value.length + 1) : type;
}
/** What an expression or a list in braces puts into an object; undefined for zeros, and after a message. */
function initValue(cx: CheckContext, init: Expr | InitList, type: CType, isStatic: boolean): InitValue | undefined {
  if (init.kind !== 'initList') {
    if (type.kind !== 'array') checkScalar(cx, init, type, isStatic);
    else if (init.kind === 'string' && takesString(type)) checkString(cx, type, init);
    else {
      const value = checkExpr(cx, init);
      if (value !== undefined && value !== ERROR_TYPE)
        cx.problems.error('bad-initialiser', "an array is initialised by a list in braces, '{ … }'", init.span);
      return undefined;
    }
    return { kind: 'leaf', expr: init };
  }
  cx.tables.syntaxTypes.set(init, type);
  if (type.kind === 'array') return arrayValue(cx, init, type, isStatic);
  if (isRecord(type)) {
    if (!type.fields) {
      cx.problems.error(
        'incomplete-type',
        `${quotedType(type)} is not defined in this scenario, so it cannot be initialised`,
        init.span,
      );
      checkAll(cx, init);
      return undefined;
    }
    const tree = newTree(type);
    fillRecord(cx, ownLevel(cx, init, tree, isStatic));
    return tree;
  }
  const first = init.items[0];
  if (!first) return undefined; // { } of a scalar: zero
  if (init.items.length > 1 || first.designators.length > 0) {
    cx.problems.error('bad-initialiser', `${quotedType(type)} takes one value`, (init.items[1] ?? first).span);
    checkAll(cx, init);
    return undefined;
  }
  return initValue(cx, first.value, type, isStatic);
}
const ownLevel = (cx: CheckContext, { items }: InitList, tree: InitTree, isStatic: boolean): Level => ({
  cursor: { items: items.flatMap((item) => valuesOf(cx, item)), at: 0 },
  trees: [tree],
  isStatic,
  braced: true,
  depth: 0,
});

/** An item of a list, or those that a macro such as PCI_DEVICE(…) stands for. */
function valuesOf(cx: CheckContext, item: InitItem): readonly InitItem[] {
  const { value } = item;
  if (item.designators.length > 0 || value.kind !== 'call' || value.callee.kind !== 'ident') return [item];
  const sym = cx.scopes.lookup(value.callee.name);
  if (sym?.kind !== 'api' || !sym.entry.initialises) return [item];
  checkExpr(cx, value);
  const means = cx.tables.expansions.get(value);
  return means?.kind === 'compound' ? means.init.items : [item];
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

function checkString(cx: CheckContext, type: CType & { kind: 'array' }, init: Expr & { kind: 'string' }): void {
  checkExpr(cx, init);
  if (type.length !== null && init.value.length > type.length)
    cx.problems.warn(
      'string-too-long',
      `the string has ${init.value.length} bytes, the array ${type.length}: the rest is cut off`,
      init.span,
    );
}
function checkExcess(cx: CheckContext, cursor: Cursor, item: InitItem, message: string): void {
  cx.problems.warn('excess-initialiser', message, item.span);
  skip(cx, cursor, item);
}
/** An item that has no place. */
function skip(cx: CheckContext, cursor: Cursor, item: InitItem): void {
  checkAll(cx, item.value);
  cursor.at++;
}

// ---------------------------------------------------------------- arrays
function arrayValue(cx: CheckContext, init: InitList, type: CType & { kind: 'array' }, isStatic: boolean): InitValue {
  const [only] = init.items;
  if (init.items.length === 1 && only?.value.kind === 'string' && takesString(type) && only.designators.length === 0) {
    checkString(cx, type, only.value);
    return { kind: 'leaf', expr: only.value };
  }
  const tree = newTree(type);
  fillArray(cx, type, ownLevel(cx, init, tree, isStatic));
  return tree;
}
function fillArray(cx: CheckContext, type: CType & { kind: 'array' }, level: Level): void {
  const { cursor, isStatic, braced } = level;
  let { trees, depth } = level;
  let index = 0;
  for (let entering = true; ; entering = false) {
    const item = cursor.items[cursor.at];
    if (!item) return;
    const d = item.designators[depth];
    if (d && !braced && !entering) return;
    let from = index;
    if (d?.kind === 'fieldDesignator') {
      cx.problems.error(
        'bad-initialiser',
        `'.${d.name.text}' names a field; this is an array, ${quotedType(type)}: '[index] ='`,
        d.name.span,
      );
      skip(cx, cursor, item);
      depth = 0;
      continue;
    }
    if (d) [from, index] = elementsOf(cx, d, type) ?? [index, index];
    else if (type.length !== null && index >= type.length) {
      if (!braced) return;
      checkExcess(cx, cursor, item, `more values than the array has elements (${type.length})`);
      continue;
    }
    element(cx, cursor, { type: type.of, trees, from, last: index }, isStatic, d ? depth + 1 : depth);
    index++;
    for (const tree of trees) tree.length = Math.max(tree.length, index);
    if (!braced && type.length !== null && index >= type.length) return;
    if (!braced) trees = trees.slice(-1);
    depth = 0;
  }
}
/** First and last index of `[index]` or `[first ... last]`; undefined after a message. */
function elementsOf(
  cx: CheckContext,
  d: InitItem['designators'][number] & { kind: 'indexDesignator' },
  { length }: CType & { kind: 'array' },
): [number, number] | undefined {
  const from = constantExpr(cx, d.index, 'an index in an initialiser');
  const last = d.last ? constantExpr(cx, d.last, 'an index in an initialiser') : from;
  if (from === undefined || last === undefined) return undefined;
  if (from < 0n || last < from || (length !== null && last >= BigInt(length))) {
    cx.problems.error(
      'array-bounds',
      `index ${from < 0n || last < from ? from : last} is outside of the array${length === null ? '' : `, which has ${length} elements`}`,
      d.index.span,
    );
    return undefined;
  }
  if (last > 0x100_0000n) cx.problems.error('bad-array-length', 'the array is too large', d.index.span);
  return [Number(from), Number(last)];
}

// ---------------------------------------------------------------- structs
function fillRecord(cx: CheckContext, level: Level): void {
  const { cursor, isStatic, braced } = level;
  let { trees, depth } = level;
  const [{ type } = {}] = trees;
  if (!type || type.kind === 'array') return;
  const all = type.fields ?? [];
  const fields = all.filter(isInitialised);
  let next = 0;
  const seen = new Set<string>();
  for (let entering = true; ; entering = false) {
    const item = cursor.items[cursor.at];
    if (!item) return;
    const d = item.designators[depth];
    if (d && !braced && !entering) return;
    if (d?.kind === 'indexDesignator') {
      checkExpr(cx, d.index);
      cx.problems.error(
        'bad-initialiser',
        `'[…]' names an element; this is ${quotedType(type)}: '.field ='`,
        d.index.span,
      );
      skip(cx, cursor, item);
      depth = 0;
      continue;
    }
    if (d) {
      const { text, span } = d.name;
      const named = fields.findIndex(
        (f) => f.name === text || (f.name === undefined && isRecord(f.type) && findField(f.type, text) !== undefined),
      );
      if (named < 0) {
        noMember(cx, type, text, span);
        skip(cx, cursor, item);
        depth = 0;
        continue;
      }
      next = named;
      const found = findField(type, text);
      if (found) cx.tables.fields.set(d.name, { record: type, ...found });
      if (item.designators.length === 1 && braced) {
        if (seen.has(text))
          cx.problems.warn(
            'duplicate-initialiser',
            `field '${text}' is initialised twice: the last value counts`,
            span,
          );
        seen.add(text);
      }
    }
    const field = !d && type.kind === 'union' && next > 0 ? undefined : fields[next];
    if (!field) {
      if (!braced) return;
      checkExcess(cx, cursor, item, `more values than ${quotedType(type)} has fields (${fields.length})`);
      continue;
    }
    next++;
    const at = all.indexOf(field);
    // an anonymous struct looks for the name among its own fields
    const used = d && field.name !== undefined ? 1 : 0;
    const own = callbackType(cx, type, field.name, field.type, item.value);
    element(cx, cursor, { type: own, trees, from: at, last: at }, isStatic, depth + used);
    if (!braced) trees = trees.slice(-1);
    depth = 0;
  }
}

/**
 * One element or field, from the cursor: a list, a value, the rest of its designators, or (brace elision) the first of several values.
 * `depth` designators of the item have led to it.
 */
function element(cx: CheckContext, cursor: Cursor, target: Target, isStatic: boolean, depth: number): void {
  const item = cursor.items[cursor.at];
  if (!item) return;
  const { type } = target;
  const { value } = item;
  const d = item.designators[depth];
  if (type.kind !== 'array' && !isRecord(type)) {
    if (!d) {
      give(cursor, target, initValue(cx, value, type, isStatic));
      return;
    }
    if (type !== ERROR_TYPE && d.kind === 'fieldDesignator')
      cx.problems.error('not-a-struct', `${quotedType(type)} has no member '${d.name.text}'`, d.name.span);
    else if (type !== ERROR_TYPE && d.kind === 'indexDesignator')
      cx.problems.error('not-a-pointer', `${quotedType(type)} is not an array`, d.index.span);
    skip(cx, cursor, item);
    return;
  }
  if (!d) {
    const string = type.kind === 'array' && value.kind === 'string' && takesString(type);
    if (value.kind === 'initList' || string) {
      give(cursor, target, initValue(cx, value, type, isStatic));
      return;
    }
    if (isRecord(type) && isWhole(cx, value, type)) {
      give(cursor, target, type.fields?.length ? { kind: 'leaf', expr: value } : undefined);
      return;
    }
  }
  const before = cursor.at;
  const trees = target.trees.flatMap((tree) => enter(tree, target.from, target.last, type));
  const level: Level = { cursor, trees, isStatic, braced: false, depth };
  if (type.kind === 'array') fillArray(cx, type, level);
  else fillRecord(cx, level);
  if (cursor.at === before) cursor.at++;
}
/** Whether a value is a struct's as a whole, not its first field's. */
function isWhole(cx: CheckContext, expr: Expr, type: RecordType): boolean {
  const value = checkValue(cx, expr);
  return !value || (isRecord(value) && sameRecord(value, type)) || !type.fields || type.fields.length === 0;
}
/** Puts the item's value into its target; none is zeros. */
function give(cursor: Cursor, target: Target, value: InitValue | undefined): void {
  cursor.at++;
  for (const tree of target.trees) put(tree, target.from, target.last, value);
}

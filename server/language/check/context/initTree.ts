/**
 * What an initialiser puts where, as a tree in the shape of the object. A later item replaces what an earlier one has put, as in C: a value
 * or a list in braces all of it, a designator that goes deeper (`.a.x`) only the part that it names. What no item names is zero.
 */
import type { CType, Field, RecordType } from '../../../types/ctype';
import type { Expr } from '../../syntax/tree';

/** A value. Elements of a range share one leaf: its expression is evaluated once. */
export interface InitLeaf {
  readonly kind: 'leaf';
  readonly expr: Expr;
}
/** Consecutive elements of an array that hold the same; of a struct or union, one field. Both ends are included. */
interface Run {
  readonly from: number;
  readonly last: number;
  readonly value: InitValue;
}
export interface InitTree {
  readonly kind: 'tree';
  readonly type: RecordType | (CType & { kind: 'array' });
  /** a string whose characters lie under the elements */
  readonly string: InitLeaf | undefined;
  /** in order, by index of the element, or of the field in `type.fields`; at most one in a union */
  runs: Run[];
  /** elements that an array without a length has by its initialiser */
  length: number;
}
export type InitValue = InitLeaf | InitTree;

export const newTree = (type: InitTree['type'], string?: InitLeaf): InitTree => ({
  kind: 'tree',
  type,
  string,
  runs: [],
  length: 0,
});
/** Whether an initialiser has a value for a field: not for the padding that a bit-field without a name is. */
export const isInitialised = (field: Field): boolean => field.name !== undefined || field.bitWidth === undefined;

/** Puts a value, undefined for zeros, into elements or a field, in place of what is there. */
export function put(tree: InitTree, from: number, last: number, value: InitValue | undefined): void {
  if (tree.type.kind === 'union') tree.runs = [];
  else takeOut(tree, from, last);
  if (value) insert(tree, { from, last, value: copyOf(value) });
}
/** The trees of elements, or of a field, of type `type`; they keep what is in them. The last element has the last tree to itself. */
export function enter(tree: InitTree, from: number, last: number, type: InitTree['type']): InitTree[] {
  const rest = from < last ? enterAll(tree, from, last - 1, type) : [];
  return [...rest, ...enterAll(tree, last, last, type)];
}
function enterAll(tree: InitTree, from: number, last: number, type: InitTree['type']): InitTree[] {
  if (tree.type.kind === 'union' && tree.runs[0]?.from !== from) tree.runs = [];
  const entered: InitTree[] = [];
  let next = from;
  const add = (to: number, value: InitTree): void => {
    if (next > to) return;
    insert(tree, { from: next, last: to, value });
    entered.push(value);
    next = to + 1;
  };
  for (const run of takeOut(tree, from, last)) {
    add(run.from - 1, newTree(type));
    add(run.last, asTree(run.value, type));
  }
  add(last, newTree(type));
  return entered;
}
/** A value of which a part is replaced. Only a string's characters stay: a structure that has been given as a whole is gone, as in gcc. */
function asTree(value: InitValue, type: InitTree['type']): InitTree {
  if (value.kind === 'tree') return value;
  return newTree(type, value.expr.kind === 'string' ? value : undefined);
}
/** Takes what lies in a range out of the tree, and returns it. */
function takeOut(tree: InitTree, from: number, last: number): Run[] {
  const end = tree.runs.at(-1);
  if (!end || end.last < from) return [];
  const out: Run[] = [];
  tree.runs = tree.runs.flatMap((run) => {
    if (run.last < from || run.from > last) return [run];
    out.push({ from: Math.max(run.from, from), last: Math.min(run.last, last), value: copyOf(run.value) });
    const kept: Run[] = [];
    if (run.from < from) kept.push({ ...run, last: from - 1 });
    if (run.last > last) kept.push({ ...run, from: last + 1, value: copyOf(run.value) });
    return kept;
  });
  return out;
}
function insert(tree: InitTree, run: Run): void {
  const end = tree.runs.at(-1);
  const at = !end || end.last < run.from ? tree.runs.length : tree.runs.findIndex((other) => other.from > run.last);
  tree.runs.splice(at, 0, run);
}
/** A tree of its own with the same leaves. */
function copyOf(value: InitValue): InitValue {
  if (value.kind === 'leaf') return value;
  return { ...value, runs: value.runs.map((run) => ({ ...run, value: copyOf(run.value) })) };
}

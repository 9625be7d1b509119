/** A node of the tree of variables: plain data, children on demand. The protocol layer gives it a handle. */
import { typeName } from '../../types/ctype';
import type { Format } from '../inspect/values';
import type { TypedLocation, View } from '../inspect/view';

export interface Node {
  readonly name: string;
  readonly value: string;
  readonly type?: string;
  /** C expression that evaluates to it, if any */
  readonly evaluateName?: string;
  /** address of its bytes */
  readonly address?: number;
  /** where it is stored: it can be assigned */
  readonly location?: TypedLocation;
  /** number of children, by kind; absent: unknown, but `children` gives them */
  readonly named?: number;
  readonly indexed?: number;
  /**
   * Children `start` … `start + count − 1` (of the indexed ones where there are any); all without a range.
   */
  readonly children?: (start?: number, count?: number) => readonly Node[];
  readonly kind?: 'property' | 'data' | 'class';
  readonly readOnly?: boolean;
}
export interface Scope extends Node {
  readonly hint?: 'locals' | 'arguments' | 'registers';
  /** not opened unless the user asks */
  readonly expensive?: boolean;
}
/** The context that every file of this folder gets. */
export interface TreeContext {
  readonly view: View;
  readonly format: Format;
}

/** A line of text without bytes of its own. */
export const textNode = (name: string, value: string | number | boolean, more: Partial<Node> = {}): Node => ({
  name,
  value: String(value),
  readOnly: true,
  ...more,
});
/** A line with children. */
export const group = (
  name: string,
  value: string,
  children: () => readonly Node[],
  more: Partial<Node> = {},
): Node => ({
  name,
  value,
  readOnly: true,
  children: (start, count) => slice(children(), start, count),
  ...more,
});
export function slice<T>(all: readonly T[], start = 0, count = 0): readonly T[] {
  return start === 0 && count === 0 ? all : all.slice(start, count > 0 ? start + count : undefined);
}
export const typeText = (location: TypedLocation): string => typeName(location.type);

/** A node of the tree of variables: plain data, children on demand. The protocol layer gives it a handle. */
import type { Format } from '../inspect/values';
import type { TypedLocation, View } from '../inspect/view';

export interface Node {
  readonly name: string;
  readonly value: string;
  readonly type?: string;
  /** C expression that evaluates to it, if any */
  readonly evaluateName?: string;
  /** the memory it stands for, as an address: what a pointer points to, else its own bytes */
  readonly memory?: number;
  /** where it is stored: it can be assigned */
  readonly location?: TypedLocation;
  /** number of children that have an index; absent: they have names */
  readonly indexed?: number;
  /** Children; of indexed ones `start` … `start + count − 1`, or all without a range. */
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
  children: () => children(),
  ...more,
});

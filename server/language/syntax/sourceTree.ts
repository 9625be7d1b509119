/** A parsed file: its items, its comments, and what is wrong with its text. */

import type { SyntaxCode } from './syntaxCodes';
import type { Item, NodeBase, Span } from './tree';
import type { TypeNames } from './typeNames';

export interface Comment extends NodeBase {
  readonly text: string;
  readonly block: boolean;
}
/** What an item needs to be parsed again in part (parser/editBody.ts). */
export interface ItemPart {
  /** of its nodes */
  spans: readonly Span[];
  /** the number of type names that are declared before it */
  readonly types: number;
}
export interface SourceTree {
  readonly items: readonly Item[];
  readonly comments: readonly Comment[];
  readonly errors: readonly SyntaxProblem[];
  /** the strings that have names behind it: its own, and those before it */
  readonly strings: ReadonlyMap<string, string>;
  /** by the index of the item */
  readonly parts: readonly ItemPart[];
  readonly types: TypeNames;
}
/** A change of the text that would cure a problem. */
export interface SyntaxFix {
  readonly title: string;
  readonly edits: readonly { readonly span: Span; readonly text: string }[];
}
export interface SyntaxProblem {
  readonly code: SyntaxCode;
  readonly message: string;
  readonly span: Span;
  readonly fixes?: readonly SyntaxFix[];
}

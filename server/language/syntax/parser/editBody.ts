/**
 * An edit inside one body: only this body is parsed again. All other nodes stay what they are, with their numbers; those behind the edit
 * move with the text.
 */
import type { MacroNames } from '../macroNames';
import type { NodeIds } from '../nodeIds';
import { withSpans } from '../placed';
import type { SourceTree } from '../sourceTree';
import { editBetween, movedSpan, type TextEdit } from '../textEdit';
import type { Block, ContextDef, FunctionDef, Item, Span } from '../tree';
import { parseBody } from './parse';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export interface BodyEdit {
  /** whose body it is in */
  readonly item: FunctionDef | ContextDef;
  readonly edit: TextEdit;
  /** of the new text. It has the nodes of the old one, which must not be used any more */
  readonly tree: SourceTree;
}

/**
 * The tree of `after`, made of the one of `before`; undefined, and nothing has changed, unless the two differ in one body alone, whose
 * braces are where they were.
 */
export function editBody(
  tree: SourceTree,
  before: string,
  after: string,
  macros: MacroNames,
  ids: NodeIds,
): BodyEdit | undefined {
  const edit = editBetween(before, after);
  const at = tree.items.findIndex((item) => isInside(edit, bodyOf(item)));
  const item = tree.items[at] as FunctionDef | ContextDef | undefined;
  const body = item?.body;
  // a block that is not closed is told of by what is around it
  if (!item || !body || tree.errors.some(({ code }) => code === 'missing-brace')) return undefined;
  // what is wrong in front of the body may be told at its brace
  const isInHead = ({ span }: { readonly span: Span }): boolean =>
    span.end >= item.span.start && span.start <= body.span.start;
  if (tree.errors.some(isInHead)) return undefined;
  // strings get their names from here on: they are known as they are at the end
  if (tree.items.some(({ kind }, i) => i > at && (kind === 'define' || kind === 'include'))) return undefined;
  const parsed = parseBody(after, tree, at, item, macros, ids);
  const end = body.span.end + edit.by;
  if (parsed.end !== end || parsed.errors.some(({ code }) => code === 'missing-brace')) return undefined;

  const old: Span = { ...body.span };
  const part = tree.parts[at];
  if (part) {
    const around = part.spans.filter((span) => span.start < old.start || span.end > old.end);
    for (const span of around) move(span, old.end, edit.by);
    part.spans = around.concat(parsed.spans);
  }
  for (let i = at + 1; i < tree.parts.length; i++) {
    for (const span of tree.parts[i]?.spans ?? []) move(span, old.end, edit.by);
  }
  (item as Mutable<FunctionDef>).body = parsed.body;
  const replaced = { start: old.start, end: old.end, by: edit.by };
  return {
    item,
    edit: replaced,
    tree: {
      ...tree,
      comments: replacedIn(tree.comments, parsed.comments, replaced),
      errors: replacedIn(tree.errors, parsed.errors, replaced),
    },
  };
}
function bodyOf(item: Item): Block | undefined {
  return item.kind === 'function' || item.kind === 'context' ? item.body : undefined;
}
const isInside = ({ start, end }: TextEdit, body: Block | undefined): boolean =>
  body !== undefined && !body.unclosed && body.span.start < start && end < body.span.end;
/** Moves a place that ends behind `from`. */
function move(span: Mutable<Span>, from: number, by: number): void {
  if (span.end < from) return;
  span.end += by;
  if (span.start >= from) span.start += by;
}
const moved = <T extends { readonly span: Span }>(one: T, edit: TextEdit): T =>
  withSpans(one, (span) => movedSpan(span, edit) ?? span);
/** Those of `before` in front of what is replaced, `inside`, and those behind it, moved. */
function replacedIn<T extends { readonly span: Span }>(
  before: readonly T[],
  inside: readonly T[],
  edit: TextEdit,
): readonly T[] {
  const behind = before.filter(({ span }) => span.start >= edit.end);
  return [...before.filter(({ span }) => span.start < edit.start), ...inside, ...behind.map((one) => moved(one, edit))];
}

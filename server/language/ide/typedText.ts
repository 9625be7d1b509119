/** The tokens in front of the cursor, from the beginning of the item that it is in: text that is being written, and does not parse yet. */
import type { SourceFile } from '../check/context/program';
import { lex, type Tokens } from '../syntax/lexer';
import * as t from '../syntax/tokens';
import { itemBefore } from './locate';

export interface TypedText {
  readonly text: string;
  readonly tokens: Tokens;
  /** the last token in front of the cursor, without the word that it is in or behind; -1: none */
  readonly last: number;
  /** what has been written of the word at the cursor */
  readonly word: string;
  /** the cursor is in a comment, a string, a character constant or a number, where no name can be */
  readonly closed: boolean;
}

/** The text of a file up to an offset. */
export function typedBefore(source: SourceFile, offset: number): TypedText {
  const start = itemBefore(source.tree.items, offset)?.span.start ?? 0;
  return typedText(source.text.slice(start, offset));
}
export function typedText(text: string): TypedText {
  const tokens = lex(text);
  const end = tokens.count - 2; // the last is the end of the text
  const ends = (i: number): boolean => i >= 0 && tokens.end[i] === text.length;
  const kind = tokens.kind[end];
  const name = ends(end) && (tokens.name[end] ?? -1) >= 0;
  const comment = tokens.comments.at(-1);
  const inComment =
    comment?.span.end === text.length && (!comment.block || text.length < 4 || !comment.text.endsWith('*/'));
  const quoted = (kind === t.T_STRING || kind === t.T_CHAR) && isUnterminated(tokens, end);
  return {
    text,
    tokens,
    last: name ? end - 1 : end,
    word: name ? text.slice(tokens.start[end]) : '',
    closed: inComment || (ends(end) && (quoted || kind === t.T_NUMBER)),
  };
}
const isUnterminated = (tokens: Tokens, at: number): boolean =>
  tokens.errors.some((e) => e.code === 'unterminated-string' && e.span.start === tokens.start[at]);

/** The text between two tokens, both with it. */
export const textOf = ({ text, tokens }: TypedText, from: number, to: number): string =>
  text.slice(tokens.start[from], tokens.end[to]);

/** The first token of the postfix expression that ends with token `last`; `last + 1` if none ends there. */
export function postfixStart({ tokens }: TypedText, last: number): number {
  let at = last;
  for (;;) {
    // one operand: a name, or brackets with what they are behind
    for (;;) {
      const kind = tokens.kind[at];
      if (kind !== t.T_RPAREN && kind !== t.T_RBRACKET) break;
      const open = openingBefore(tokens, at);
      if (open < 0) return last + 1;
      const before = tokens.kind[open - 1];
      const continues = before === t.T_IDENT || before === t.T_RPAREN || before === t.T_RBRACKET;
      if (!continues) return kind === t.T_RPAREN ? open : last + 1;
      at = open - 1;
    }
    if (tokens.kind[at] !== t.T_IDENT) return last + 1;
    const access = tokens.kind[at - 1];
    if (access !== t.T_DOT && access !== t.T_ARROW) return at;
    at -= 2;
  }
}
/** The bracket that token `at` closes; -1: none. */
function openingBefore(tokens: Tokens, at: number): number {
  let level = 0;
  for (let i = at; i >= 0; i--) {
    const kind = tokens.kind[i];
    if (kind === t.T_RPAREN || kind === t.T_RBRACKET) level++;
    else if (kind === t.T_LPAREN || kind === t.T_LBRACKET) {
      if (--level === 0) return i;
    } else if (kind === t.T_SEMI || kind === t.T_LBRACE || kind === t.T_RBRACE) return -1;
  }
  return -1;
}

/** The argument list that the end of the text is in: the token of its `(`, and the commas since. */
export function openCall({ tokens, last }: TypedText): { readonly open: number; readonly commas: number } | undefined {
  let level = 0;
  let commas = 0;
  for (let i = last; i > 0; i--) {
    const kind = tokens.kind[i];
    if (kind === t.T_RPAREN || kind === t.T_RBRACKET || kind === t.T_RBRACE) level++;
    else if (kind === t.T_LBRACKET || kind === t.T_LBRACE) {
      if (level === 0 && kind === t.T_LBRACE) return undefined;
      if (level > 0) level--;
    } else if (kind === t.T_SEMI && level === 0) return undefined;
    else if (kind === t.T_COMMA && level === 0) commas++;
    else if (kind === t.T_LPAREN && level-- === 0) {
      const before = tokens.kind[i - 1];
      if (before === t.T_IDENT || before === t.T_RPAREN || before === t.T_RBRACKET) return { open: i, commas };
      // brackets of an expression: the commas in them are not the call's
      commas = 0;
      level = 0;
    }
  }
  return undefined;
}

/** The postfix expression that a text ends with: back over names, member accesses and balanced brackets. */
export function baseExpression(text: string): string {
  const typed = typedText(text);
  const last = typed.tokens.count - 2;
  const first = postfixStart(typed, last);
  return first > last ? '' : textOf(typed, first, last);
}

/** Blanks between two tokens on one line, as the kernel's coding style has them. */
import * as t from '../../syntax/tokens';
import * as m from './tokenMarks';

const PUNCTUATION: ReadonlySet<string> = new Set([...t.PUNCTUATION.map(([text]) => text), '//', '/*']);

/** Whether a blank stands between token `i` and the one before it. */
export function blankBefore(marks: m.TokenMarks, i: number): boolean {
  return spaced(marks, i) || gluesTo(marks, i);
}
/** Whether the two tokens would be read as another one without a blank between: `- -x`, `a / *p`, `int x`. */
function gluesTo({ tokens }: m.TokenMarks, i: number): boolean {
  const last = tokens.text.charAt((tokens.end[i - 1] ?? 0) - 1);
  const first = tokens.text.charAt(tokens.start[i] ?? 0);
  if (
    /[\w.]/.test(last) &&
    /[\w."']/.test(first) &&
    !(last === '.' && first !== '.') &&
    !(first === '.' && /[a-z_]/i.test(last))
  )
    return tokens.kind[i] !== t.T_DOT || tokens.kind[i - 1] === t.T_NUMBER;
  return PUNCTUATION.has(last + first) || (last === '.' && first === '.');
}

function spaced(marks: m.TokenMarks, i: number): boolean {
  const before = marks.kind(i - 1);
  const kind = marks.kind(i);
  const role = marks.roles[i] ?? m.PLAIN;
  const roleBefore = marks.roles[i - 1] ?? m.PLAIN;
  if (role === m.ALIGNED) return true;
  switch (kind) {
    case t.T_SEMI:
      return before === t.T_SEMI && wasSpaced(marks, i); // for (i = 0; ; i++)
    case t.T_RPAREN:
      return before === t.T_SEMI && wasSpaced(marks, i);
    case t.T_COMMA:
    case t.T_RBRACKET:
    case t.T_ARROW:
    case t.T_EOF:
      return false;
    case t.T_RBRACE:
      return before !== t.T_LBRACE || wasSpaced(marks, i);
    case t.T_DOT:
      return role === m.DESIGNATOR && afterToken(marks, i - 1);
    case t.T_LBRACKET:
      return role === m.DESIGNATOR && afterToken(marks, i - 1);
    case t.T_LBRACE:
      return before !== t.T_LPAREN && roleBefore !== m.CAST && before !== t.T_LBRACKET;
    case t.T_COLON:
      if (role === m.TERNARY) return before !== t.T_QUESTION;
      return role === m.BIT_COLON && wasSpaced(marks, i);
    case t.T_LPAREN:
      return role !== m.CALL && parenthesis(marks, i, before);
    default:
      break;
  }
  if (isPostfix(marks, i)) return false;
  return afterToken(marks, i - 1, i);
}
/** In front of a `(` that calls nothing. */
function parenthesis(marks: m.TokenMarks, i: number, before: number): boolean {
  switch (before) {
    case t.T_IDENT:
      return marks.kind(i + 1) === t.T_STAR; // int (*f)(void) with a typedef
    case t.K_SIZEOF:
    case t.K_ALIGNOF:
    case t.K_TYPEOF:
    case t.K_ANNOTATION_CALL:
    case t.K_CONTRACT:
    case t.K_STATIC_ASSERT:
    case t.K_GENERIC:
    case t.T_RPAREN:
    case t.T_RBRACKET:
      return false;
    default:
      return afterToken(marks, i - 1, i);
  }
}
/** Whether a blank follows token `i`, as far as it decides. */
function afterToken(marks: m.TokenMarks, i: number, next = i + 1): boolean {
  const role = marks.roles[i] ?? m.PLAIN;
  switch (marks.kind(i)) {
    case t.T_LPAREN:
    case t.T_LBRACKET:
    case t.T_ARROW:
    case t.T_DOT:
    case t.T_HASH:
    case t.T_NOT:
    case t.T_TILDE:
      return false;
    case t.T_RPAREN:
      return role !== m.CAST;
    case t.T_COLON:
      return role !== m.BIT_COLON || wasSpaced(marks, next);
    case t.T_QUESTION:
      return marks.kind(next) !== t.T_COLON;
    case t.T_INC:
    case t.T_DEC:
      return isPostfix(marks, i);
    case t.T_STAR:
    case t.T_AMP:
    case t.T_PLUS:
    case t.T_MINUS:
      return isBinary(marks, i);
    default:
      return true;
  }
}
const isPostfix = (marks: m.TokenMarks, i: number): boolean => {
  const kind = marks.kind(i);
  if (kind !== t.T_INC && kind !== t.T_DEC) return false;
  return marks.roles[i] === m.POSTFIX || (marks.roles[i] !== m.PREFIX && endsOperand(marks.kind(i - 1)));
};
/** `*`, `&`, `+` and `-`: what the tree does not say is a pointer's star, or has an operand in front of it. */
function isBinary(marks: m.TokenMarks, i: number): boolean {
  const role = marks.roles[i];
  if (role === m.BINARY) return true;
  if (role === m.PREFIX || marks.kind(i) === t.T_STAR) return false;
  return endsOperand(marks.kind(i - 1));
}
const endsOperand = (kind: number): boolean =>
  kind === t.T_IDENT ||
  kind === t.T_NUMBER ||
  kind === t.T_CHAR ||
  kind === t.T_STRING ||
  kind === t.T_RPAREN ||
  kind === t.T_RBRACKET;
/** Whether there is a blank in front of a token in the text as it is. */
const wasSpaced = ({ tokens }: m.TokenMarks, i: number): boolean => (tokens.start[i] ?? 0) > (tokens.end[i - 1] ?? 0);

// Which C expression a debug hover evaluates: the member chain that ends at the name under the mouse, so that the mouse on
// `_refcount` in `rx.page->_refcount` asks for the field and on `page` for `rx.page`. Pure text in, range out.

/** A half-open range of offsets into the text. */
interface OffsetRange {
  readonly start: number;
  readonly end: number;
}

const WORD = /[A-Za-z_0-9]/;

/** Names that are not values: C's keywords and type words, and the words of the scenario layer. */
const NOT_VALUES = new Set(
  (
    'auto break case char const continue default do double else enum extern float for goto if inline int long register ' +
    'restrict return short signed sizeof static struct switch typedef union unsigned void volatile while bool true false ' +
    'machine task irq nmi softirq tasklet timer work delayed_work process on cpu expect'
  ).split(' '),
);

const CLOSING: Readonly<Record<string, string>> = { ')': '(', ']': '[' };

/**
 * The text with comments, string and character literals blanked out, everything else at its offset. Hovers happen at human
 * speed and scenarios are small, so the file is scanned from its start: only there is it certain what is a comment.
 */
function withoutCommentsAndLiterals(text: string): string {
  return text.replace(/\/\*[\s\S]*?(?:\*\/|$)|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?/g, (match) =>
    match.replace(/[^\n]/g, ' '),
  );
}

/** Moves left over white space; returns the offset just after the character before it. */
function skipBlanks(code: string, end: number): number {
  while (end > 0 && /\s/.test(code[end - 1] ?? '')) end--;
  return end;
}

/** The start of the word that ends at `end`, or `end` if there is none. */
function wordStart(code: string, end: number): number {
  while (end > 0 && WORD.test(code[end - 1] ?? '')) end--;
  return end;
}

/** The offset of the bracket that opens what closes just before `end`, or -1 if brackets do not match. */
function openingBracket(code: string, end: number): number {
  const expected: string[] = [];
  for (let i = end - 1; i >= 0; i--) {
    const c = code[i] ?? '';
    const opening = CLOSING[c];
    if (opening !== undefined) expected.push(opening);
    else if (c === '(' || c === '[') {
      if (expected.pop() !== c) return -1;
      if (expected.length === 0) return i;
    } else if (c === ';' || c === '{' || c === '}') return -1;
  }
  return -1;
}

/**
 * The start of the operand that ends at `end`: a name, a call, an element, a parenthesis, or a chain of members of one of these.
 * -1 where there is none.
 */
function operandStart(code: string, end: number): number {
  end = skipBlanks(code, end);
  const last = code[end - 1] ?? '';
  if (CLOSING[last] !== undefined) {
    const open = openingBracket(code, end);
    if (open < 0) return -1;
    const before = skipBlanks(code, open);
    const called = wordStart(code, before);
    const name = code.slice(called, before);
    // `f(…)`, `a[…]`, `(…)[…]`; but in `return (p)->x` or `if (p)` the word is not a callee.
    if (name !== '' && !NOT_VALUES.has(name)) return operandStart(code, before);
    if (last === ']') return name === '' ? operandStart(code, before) : -1;
    return open;
  }
  const start = wordStart(code, end);
  if (start === end || NOT_VALUES.has(code.slice(start, end))) return -1;
  return chainStart(code, start);
}

/**
 * Given the start of a name, the start of the chain of `.` and `->` it is a member of; the name's own start if of none; -1 if the chain is
 * incomplete.
 */
function chainStart(code: string, start: number): number {
  const before = skipBlanks(code, start);
  if (code.slice(before - 2, before) === '->') return operandStart(code, before - 2);
  if (code[before - 1] === '.') return operandStart(code, before - 1);
  return start;
}

/**
 * The expression to evaluate for a hover at `offset`, or undefined where a hover would not show a value: on keywords, types, numbers,
 * comments, strings, labels of designated initialisers, and on the names of called functions (those get the language's hover).
 */
export function evaluatableAt(text: string, offset: number): OffsetRange | undefined {
  const code = withoutCommentsAndLiterals(text);
  const wordFrom = wordStart(code, offset);
  let end = offset;
  while (end < code.length && WORD.test(code[end] ?? '')) end++;
  const word = code.slice(wordFrom, end);
  if (!/^[A-Za-z_]/.test(word) || NOT_VALUES.has(word)) return undefined;
  if (/^\s*\(/.test(code.slice(end))) return undefined;
  if (/\b(?:struct|union|enum|goto)\s+$/.test(code.slice(0, wordFrom))) return undefined;
  const start = chainStart(code, wordFrom);
  return start < 0 ? undefined : { start, end };
}

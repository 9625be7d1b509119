/**
 * Text to tokens. Works on character codes, keeps tokens in typed arrays, interns identifiers, so that a file of ten
 * thousand lines costs a few milliseconds. Never fails: text that it cannot read becomes a T_BAD token and a problem.
 */

import type { Comment, SyntaxProblem } from './sourceTree';
import type { SyntaxCode } from './syntaxCodes';
import * as t from './tokens';

/** The tokens of one text. The last is T_EOF; offsets are UTF-16 code units. */
export interface Tokens {
  readonly text: string;
  readonly count: number;
  readonly kind: Uint8Array;
  readonly start: Int32Array;
  readonly end: Int32Array;
  /** identifiers and keywords: index into `names`; else -1 */
  readonly name: Int32Array;
  /** 1: first token on its line */
  readonly first: Uint8Array;
  readonly names: readonly string[];
  readonly comments: Comment[];
  readonly errors: SyntaxProblem[];
}

// character classes
const C_OTHER = 0;
const C_SPACE = 1;
const C_NEWLINE = 2;
const C_LETTER = 3;
const C_DIGIT = 4;
const classes = new Uint8Array(128);
classes[9] = classes[11] = classes[12] = classes[13] = classes[32] = C_SPACE;
classes[10] = C_NEWLINE;
for (let c = 48; c < 58; c++) classes[c] = C_DIGIT;
for (let c = 65; c < 91; c++) classes[c] = classes[c + 32] = C_LETTER;
classes[95] = C_LETTER;

// punctuation by its first character, and by its first two
const single = new Uint8Array(128).fill(t.T_BAD);
const pairs = new Uint8Array(128 * 128);
for (const [text, kind] of t.PUNCTUATION) {
  if (text.length === 1) single[text.charCodeAt(0)] = kind;
  else if (text.length === 2) pairs[(text.charCodeAt(0) << 7) | text.charCodeAt(1)] = kind;
}

/** Open-addressed table of identifiers; keywords come first, so that a name's id tells its token kind. */
class Names {
  readonly list: string[];
  private hashes: number[];
  private table: Int32Array<ArrayBuffer>;

  /** @param from whose names are in it from the start, under the same ids */
  constructor(from?: Names) {
    this.list = from ? [...from.list] : [];
    this.hashes = from ? [...from.hashes] : [];
    this.table = from ? from.table.slice() : new Int32Array(2048);
  }

  /** the id of text[start, end), whose hash is `hash` */
  intern(text: string, start: number, end: number, hash: number): number {
    const mask = this.table.length - 1;
    const length = end - start;
    let slot = (hash ^ (hash >>> 15)) & mask;
    for (;;) {
      const id = (this.table[slot] ?? 0) - 1;
      if (id < 0) break;
      if (this.hashes[id] === hash) {
        const name = this.list[id];
        if (name?.length === length && text.startsWith(name, start)) return id;
      }
      slot = (slot + 1) & mask;
    }
    const id = this.list.push(text.slice(start, end)) - 1;
    this.hashes.push(hash);
    this.table[slot] = id + 1;
    if (this.list.length * 2 > this.table.length) this.grow();
    return id;
  }
  private grow(): void {
    const table = new Int32Array(this.table.length * 2);
    const mask = table.length - 1;
    for (let id = 0; id < this.list.length; id++) {
      const hash = this.hashes[id] ?? 0;
      let slot = (hash ^ (hash >>> 15)) & mask;
      while (table[slot] !== 0) slot = (slot + 1) & mask;
      table[slot] = id + 1;
    }
    this.table = table;
  }
  static withKeywords(): Names {
    const names = new Names();
    for (const [word, kind] of t.KEYWORDS) {
      let hash = 0;
      for (let i = 0; i < word.length; i++) hash = (Math.imul(hash, 31) + word.charCodeAt(i)) | 0;
      keywordKinds[names.intern(word, 0, word.length, hash)] = kind;
    }
    return names;
  }
}
const keywordKinds = new Uint8Array(t.KEYWORDS.size);
const KEYWORDS_ONLY = Names.withKeywords();

/** Splits `text` into tokens, `from` an offset on. `file` is the file number of the spans in comments and problems. */
export function lex(text: string, file = 0, from = 0): Tokens {
  const length = text.length;
  const names = new Names(KEYWORDS_ONLY);
  let capacity = ((length - from) >> 2) + 16;
  let kind = new Uint8Array(capacity);
  let start = new Int32Array(capacity);
  let end = new Int32Array(capacity);
  let name = new Int32Array(capacity);
  let first = new Uint8Array(capacity);
  const comments: Comment[] = [];
  const errors: SyntaxProblem[] = [];
  let count = 0;
  let pos = from;
  let atLineStart = 1;

  const problem = (code: SyntaxCode, message: string, from: number, to: number) => {
    errors.push({ code, message, span: { start: from, end: to, file } });
  };

  for (;;) {
    // blanks and comments
    let c = 0;
    for (;;) {
      if (pos >= length) break;
      c = text.charCodeAt(pos);
      const cls = c < 128 ? classes[c] : c === 0xa0 || c === 0xfeff ? C_SPACE : C_OTHER;
      if (cls === C_SPACE) pos++;
      else if (cls === C_NEWLINE) {
        pos++;
        atLineStart = 1;
      } else if (c === 92 && (text.charCodeAt(pos + 1) === 10 || text.startsWith('\r\n', pos + 1))) {
        pos += text.charCodeAt(pos + 1) === 10 ? 2 : 3; // a continued line
      } else if (c === 47 && text.charCodeAt(pos + 1) === 47) {
        const from = pos;
        pos = text.indexOf('\n', pos);
        if (pos < 0) pos = length;
        const to = text.charCodeAt(pos - 1) === 13 ? pos - 1 : pos;
        comments.push({ text: text.slice(from, to), block: false, span: { start: from, end: to, file } });
      } else if (c === 47 && text.charCodeAt(pos + 1) === 42) {
        const from = pos;
        pos = text.indexOf('*/', pos + 2);
        if (pos < 0) {
          pos = length;
          problem('unterminated-comment', "this comment is never closed: '*/' is missing", from, from + 2);
        } else pos += 2;
        const body = text.slice(from, pos);
        if (body.includes('\n')) atLineStart = 1;
        comments.push({ text: body, block: true, span: { start: from, end: pos, file } });
      } else break;
    }

    if (count + 1 >= capacity) {
      capacity *= 2;
      const grow8 = (old: Uint8Array<ArrayBuffer>) => {
        const bigger = new Uint8Array(capacity);
        bigger.set(old);
        return bigger;
      };
      const grow32 = (old: Int32Array<ArrayBuffer>) => {
        const bigger = new Int32Array(capacity);
        bigger.set(old);
        return bigger;
      };
      kind = grow8(kind);
      first = grow8(first);
      start = grow32(start);
      end = grow32(end);
      name = grow32(name);
    }
    start[count] = pos;
    first[count] = atLineStart;
    atLineStart = 0;
    name[count] = -1;
    if (pos >= length) {
      kind[count] = t.T_EOF;
      end[count] = pos;
      count++;
      break;
    }

    const from = pos;
    if (c === 117 && text.startsWith('u8"', pos)) {
      pos += 2; // u8"…"
      c = 34;
    }
    const cls = c < 128 ? classes[c] : C_OTHER;
    if (cls === C_LETTER) {
      let hash = 0;
      do {
        hash = (Math.imul(hash, 31) + c) | 0;
        c = ++pos < length ? text.charCodeAt(pos) : 0;
      } while (c < 128 && (classes[c] ?? C_OTHER) >= C_LETTER);
      const id = names.intern(text, from, pos, hash);
      name[count] = id;
      kind[count] = keywordKinds[id] ?? t.T_IDENT;
    } else if (cls === C_DIGIT || (c === 46 && text.charCodeAt(pos + 1) >= 48 && text.charCodeAt(pos + 1) <= 57)) {
      // a number with whatever letters follow; the parser reads its value. `1...5` is 1 … 5.
      do {
        c = ++pos < length ? text.charCodeAt(pos) : 0;
      } while ((c < 128 && (classes[c] ?? C_OTHER) >= C_LETTER) || (c === 46 && text.charCodeAt(pos + 1) !== 46));
      kind[count] = t.T_NUMBER;
    } else if (c === 34 || c === 39) {
      const quote = c;
      pos++;
      for (;;) {
        c = pos < length ? text.charCodeAt(pos) : 10;
        if (c === quote) {
          pos++;
          break;
        }
        if (c === 10) {
          if (pos > from + 1 && text.charCodeAt(pos - 1) === 13) pos--;
          if (quote === 34) problem('unterminated-string', "this string is never closed: '\"' is missing", from, pos);
          else problem('unterminated-string', 'this character constant is never closed: "\'" is missing', from, pos);
          break;
        }
        if (c === 92 && text.startsWith('\r\n', pos + 1))
          pos += 3; // a continued line
        else pos += c === 92 && pos + 1 < length ? 2 : 1;
      }
      kind[count] = quote === 34 ? t.T_STRING : t.T_CHAR;
    } else {
      const d = pos + 1 < length ? text.charCodeAt(pos + 1) : 0;
      let k = single[c] ?? t.T_BAD;
      let size = 1;
      const two = c < 128 && d < 128 ? (pairs[(c << 7) | d] ?? 0) : 0;
      if (two !== 0) {
        k = two;
        size = 2;
        if (two === t.T_SHL || two === t.T_SHR) {
          if (text.charCodeAt(pos + 2) === 61) {
            k = two === t.T_SHL ? t.T_SHL_ASSIGN : t.T_SHR_ASSIGN;
            size = 3;
          }
        }
      } else if (c === 46 && d === 46 && text.charCodeAt(pos + 2) === 46) {
        k = t.T_ELLIPSIS;
        size = 3;
      }
      pos += size;
      if (k === t.T_BAD) {
        // one problem for a run of unknown characters
        while (pos < length && text.charCodeAt(pos) >= 128) pos++;
        problem(
          'bad-character',
          `'${text.slice(from, Math.min(pos, from + 20))}' is not part of the language; it is allowed only in comments and strings`,
          from,
          pos,
        );
        first[count + 1] = 0;
        if (first[count] === 1) atLineStart = 1;
        continue; // dropped: the parser never sees it
      }
      kind[count] = k;
    }
    end[count] = pos;
    count++;
  }
  return { text, count, kind, start, end, name, first, names: names.list, comments, errors };
}

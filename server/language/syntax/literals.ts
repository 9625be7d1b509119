/** Values of number, character and string tokens. */

import type { SyntaxCode } from './syntaxCodes';

interface NumberRead {
  readonly value: bigint;
  readonly suffix: string;
  readonly code: SyntaxCode;
  readonly problem?: string;
}
const SUFFIXES = new Set(['', 'u', 'l', 'ul', 'lu', 'll', 'ull', 'llu']);

/** The value of an integer token (`0x10UL`, `017`, `0b101`, `42`). */
export function numberValue(text: string): NumberRead {
  const length = text.length;
  // the usual case: a short decimal number
  if (length < 10 && (text.charCodeAt(0) !== 48 || length === 1)) {
    let value = 0;
    let i = 0;
    for (; i < length; i++) {
      const c = text.charCodeAt(i);
      if (c < 48 || c > 57) break;
      value = value * 10 + (c - 48);
    }
    if (i === length) return { value: BigInt(value), suffix: '', code: 'bad-number' };
  }
  if (!/^[0-9.a-z_]+$/i.test(text)) return bad(0n, text);
  const hex = /^0x([0-9a-f]+)([a-z]*)$/i.exec(text);
  if (hex) return withSuffix(BigInt(`0x${hex[1]}`), hex[2] ?? '', text);
  const bin = /^0b([01]+)([a-z]*)$/i.exec(text);
  if (bin) return withSuffix(BigInt(`0b${bin[1]}`), bin[2] ?? '', text);
  const dec = /^([0-9]+)([a-z]*)$/i.exec(text);
  if (dec) {
    const digits = dec[1] ?? '0';
    const suffix = dec[2] ?? '';
    if (/^[eEfF]$/.test(suffix)) return floating(text);
    if (digits.length > 1 && digits.startsWith('0')) {
      if (/[89]/.test(digits)) {
        return {
          value: 0n,
          suffix: '',
          code: 'bad-number',
          problem: `'${text}': a number that begins with 0 is octal, and 8 and 9 are not octal digits`,
        };
      }
      return withSuffix(BigInt(`0o${digits}`), suffix, text);
    }
    return withSuffix(BigInt(digits), suffix, text);
  }
  if (/^[0-9]*\.[0-9]*(e[0-9]*)?[fl]?$/i.test(text) || /^[0-9]+e[0-9]+[fl]?$/i.test(text)) return floating(text);
  return bad(0n, text);
}
function floating(text: string): NumberRead {
  return {
    value: BigInt(Math.trunc(Number.parseFloat(text) || 0)),
    suffix: '',
    code: 'floating-point',
    problem: `'${text}': neither the kernel nor this language has floating point; use integers, scaled where needed`,
  };
}
function bad(value: bigint, text: string): NumberRead {
  return {
    value,
    suffix: '',
    code: 'bad-number',
    problem: `'${text.slice(0, 40)}' is not a number: decimal, 0x…, 0b… or octal, with U, L or LL after it`,
  };
}
function withSuffix(value: bigint, suffix: string, text: string): NumberRead {
  const lower = suffix.toLowerCase();
  if (!SUFFIXES.has(lower) || suffix.includes('lL') || suffix.includes('Ll')) {
    if (/^[kmgt]$/i.test(suffix))
      return {
        value,
        suffix: '',
        code: 'bad-number',
        problem: `'${text}': sizes with ${suffix} are allowed only in the machine block; write a number (SZ_1M and its like are constants)`,
      };
    return bad(value, text);
  }
  if (value > 0xffff_ffff_ffff_ffffn)
    return {
      value: BigInt.asUintN(64, value),
      suffix: lower,
      code: 'bad-number',
      problem: `'${text}' does not fit in 64 bits`,
    };
  return { value, suffix: lower.replace('lu', 'ul').replace('llu', 'ull').replace('lul', 'ull'), code: 'bad-number' };
}

const SIMPLE: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  e: '\x1b',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '?': '?',
};
const encoder = /[\u0080-\uffff]/;

/** Resolves escapes; the result has one char (0–255) per byte; other characters are UTF-8 encoded. */
export function readEscapes(text: string): { value: string; problem?: string } {
  let problem: string | undefined;
  if (text.includes('\\')) {
    let out = '';
    for (let i = 0; i < text.length; i++) {
      const c = text.charAt(i);
      if (c !== '\\') {
        out += encoder.test(c) ? utf8(i + 1 < text.length && isHighSurrogate(c) ? c + text.charAt(++i) : c) : c;
        continue;
      }
      const e = text.charAt(++i);
      // a continued line
      if (e === '\n') continue;
      if (e === '\r' && text.charAt(i + 1) === '\n') {
        i++;
        continue;
      }
      const simple = SIMPLE[e];
      if (simple !== undefined && Object.hasOwn(SIMPLE, e)) out += simple;
      else if (e === 'x') {
        let digits = '';
        while (i + 1 < text.length && /[0-9a-f]/i.test(text.charAt(i + 1))) digits += text.charAt(++i);
        if (digits === '') problem ??= "'\\x' needs hexadecimal digits";
        out += String.fromCharCode(Number.parseInt(digits.slice(-2) || '0', 16));
      } else if (e === 'u' || e === 'U') {
        const length = e === 'u' ? 4 : 8;
        const digits = /^[0-9a-f]*/i.exec(text.slice(i + 1, i + 1 + length))?.[0] ?? '';
        i += digits.length;
        const code = digits.length === length ? Number.parseInt(digits, 16) : -1;
        if (code < 0 || code > 0x10ffff) problem ??= `'\\${e}' needs the ${length} hexadecimal digits of a character`;
        else out += utf8(String.fromCodePoint(code));
      } else if (e >= '0' && e <= '7') {
        let digits = e;
        while (digits.length < 3 && /[0-7]/.test(text.charAt(i + 1)) && text.charAt(i + 1) !== '')
          digits += text.charAt(++i);
        out += String.fromCharCode(Number.parseInt(digits, 8) & 0xff);
      } else {
        problem ??= `'\\${e}' is not an escape sequence of C`;
        out += encoder.test(e) ? utf8(e) : e;
      }
    }
    return problem === undefined ? { value: out } : { value: out, problem };
  }
  return { value: encoder.test(text) ? utf8(text) : text };
}
const isHighSurrogate = (c: string) => c >= '\ud800' && c <= '\udbff';
/** UTF-8 bytes of `text`, one char per byte (lone surrogates become U+FFFD). */
function utf8(text: string): string {
  let out = '';
  for (const ch of text) {
    let c = ch.codePointAt(0) ?? 0xfffd;
    if (c >= 0xd800 && c <= 0xdfff) c = 0xfffd;
    if (c < 0x80) out += ch;
    else if (c < 0x800) out += String.fromCharCode(0xc0 | (c >> 6), 0x80 | (c & 63));
    else if (c < 0x10000) out += String.fromCharCode(0xe0 | (c >> 12), 0x80 | ((c >> 6) & 63), 0x80 | (c & 63));
    else out += String.fromCharCode(0xf0 | (c >> 18), 0x80 | ((c >> 12) & 63), 0x80 | ((c >> 6) & 63), 0x80 | (c & 63));
  }
  return out;
}

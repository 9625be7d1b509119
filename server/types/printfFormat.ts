/** A printf format taken apart into its conversions, as printk and its checker both read it. The reader interprets what follows `%p`. */

/** `%`, flags, width, precision, length and a letter. */
export interface Conversion {
  /** offsets in the format */
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly flags: string;
  /** `*`: an argument; undefined where the format has none */
  readonly width: number | '*' | undefined;
  readonly precision: number | '*' | undefined;
  readonly length: '' | 'hh' | 'h' | 'l' | 'll' | 'L' | 'q' | 'j' | 'z' | 'Z' | 't';
  /** `%%` prints a percent sign and takes no argument */
  readonly letter: string;
}
const CONVERSION = /%([-+ #0]*)(\*|\d+)?(?:(\.)(\*|-?\d+)?)?(hh|h|ll|l|L|q|j|z|Z|t)?([a-zA-Z%])/g;
const amount = (text: string | undefined): number | '*' | undefined =>
  text === undefined ? undefined : text === '*' ? '*' : Math.max(0, Number(text));

/** The conversions of a format, in order; text between them is left out. A `%` that begins no conversion is text. */
export function conversionsOf(format: string): Conversion[] {
  return [...format.matchAll(CONVERSION)].map((m) => {
    const [text, flags = '', width, dot, precision, length = '', letter = ''] = m;
    return {
      start: m.index,
      end: m.index + text.length,
      text,
      flags,
      width: amount(width),
      // a point alone is a precision of 0
      precision: dot === undefined ? undefined : (amount(precision) ?? 0),
      length: length as Conversion['length'],
      letter,
    };
  });
}

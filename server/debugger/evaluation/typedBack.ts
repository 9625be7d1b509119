/**
 * What is shown can be typed back. A value reads `0xcc0 GFP_KERNEL`, `GREEN (5)`, `97 'a'`, `0xffff… <counter>`: a number, and what it
 * means. Set Value begins with that text; whichever of the two the user has changed counts.
 */
import { PAGE_SIZE } from '../../types/pageSize';
import { EvaluationError } from '../target/target';

interface Shown {
  readonly number: string;
  readonly meaning: string;
}
const NUMBER = String.raw`-?(?:0[xX][0-9a-fA-F]+|0b[01]+|\d+)`;
const NUMBER_FIRST = new RegExp(String.raw`^(${NUMBER})\s*(?:\(([\s\S]*)\)|\s([\s\S]+))$`);
const NAME_FIRST = new RegExp(String.raw`^([A-Za-z_]\w*) \((${NUMBER})\)$`);

/** The two parts of a value as it is shown; undefined for a text that has one. */
function parts(text: string): Shown | undefined {
  const plain = text.trim().replace(/ \(not written yet\)$/, '');
  const named = NAME_FIRST.exec(plain);
  if (named) return { number: named[2] ?? '', meaning: named[1] ?? '' };
  const found = NUMBER_FIRST.exec(plain);
  return found ? { number: found[1] ?? '', meaning: (found[2] ?? found[3] ?? '').trim() } : undefined;
}

/**
 * The C expression that an edited text stands for; undefined if it does not read as a shown value does.
 * @param shown the text before the edit
 * @throws EvaluationError if number and meaning were both changed, or a meaning that is only a remark
 */
export function typedBack(text: string, shown: string): string | undefined {
  const typed = parts(text);
  const plain = text.trim().replace(/ \(not written yet\)$/, '');
  if (!typed) return plain === text.trim() ? undefined : plain;
  const before = parts(shown);
  const numberChanged = typed.number !== before?.number;
  const meaningChanged = typed.meaning !== before?.meaning;
  if (!meaningChanged || !before) return typed.number;
  const meant = expressionOf(typed.meaning, before.meaning);
  if (numberChanged && meant !== undefined)
    throw new EvaluationError(`${typed.number} and ${typed.meaning} are both new: leave one of them`);
  if (meant === undefined && !numberChanged)
    throw new EvaluationError(`'${typed.meaning}' only describes ${typed.number}: change the number`);
  return meant ?? typed.number;
}
/** What a description names, as C; undefined for a remark. */
function expressionOf(meaning: string, before: string): string | undefined {
  const nested = parts(meaning);
  if (nested && /^0x/i.test(nested.number)) return typedBack(meaning, before);
  const page = /^page pfn (0x[0-9a-f]+)$/i.exec(meaning);
  if (page) return `pfn_to_page(${page[1]})`;
  const direct = /^direct map, pfn (0x[0-9a-f]+)$/i.exec(meaning);
  if (direct) return `__va(${direct[1]} * ${PAGE_SIZE}ULL)`;
  const symbol = /^<([^<>+]+)(?:\+(0x[0-9a-f]+))?>$/i.exec(meaning);
  if (symbol) return symbol[2] ? `(void *)((unsigned long)&${symbol[1]} + ${symbol[2]})` : `&${symbol[1]}`;
  if (meaning === 'none') return '0';
  // masks, errnos, characters, constants: they are C; words are not
  return /^(-?[A-Za-z_]\w*(\s*\|\s*\w+)*|'.+'|ERR_PTR\(-?\w+\))$/.test(meaning) ? meaning : undefined;
}

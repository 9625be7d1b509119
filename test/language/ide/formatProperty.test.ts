/**
 * The formatter on texts with random blanks, line ends and mistakes: it changes nothing but blanks, and a text without mistakes stays as it
 * is when it is formatted again. KMEM_SCENARIOS=5000: so many texts, from a random seed that it prints.
 */
import assert from 'node:assert/strict';
import { macroNames } from '../../../server/language/catalogue/catalogue';
import { applied, formatted } from '../../../server/language/ide/format/format';
import { KERNEL_STYLE, layout } from '../../../server/language/ide/format/lineLayout';
import { marksOf } from '../../../server/language/ide/format/markItems';
import { lex } from '../../../server/language/syntax/lexer';
import { parse } from '../../../server/language/syntax/parser/parse';
import { anyEdit, TEXTS } from '../../fuzz/edits';
import { Random } from '../../fuzz/random';

const more = Number(process.env.KMEM_SCENARIOS ?? 0);
const TRIES = Math.max(120, more);
const seed = more > 0 ? Date.now() % 2 ** 31 : 3;

const tokensOf = (text: string): string[] => {
  const { count, start, end } = lex(text);
  return Array.from({ length: count }, (_, i) => text.slice(start[i], end[i]));
};
/** Other blanks between the tokens; directives keep their lines. */
function otherBlanks(random: Random, text: string): string {
  const { count, start, end } = lex(text);
  let out = '';
  let from = 0;
  for (let i = 0; i < count; i++) {
    const at = start[i] ?? 0;
    const gap = text.slice(from, at);
    const directive = text.slice(text.lastIndexOf('\n', at) + 1, at + 1).includes('#');
    out += directive || gap.trim() !== '' || !random.once(4) ? gap : blanks(random, gap);
    out += text.slice(at, end[i]);
    from = end[i] ?? 0;
  }
  return out;
}
function blanks(random: Random, gap: string): string {
  if (gap === '') return random.pick(['', ' ', '\t']);
  // names at the margin may begin an item: lines begin with a blank
  return gap.includes('\n') ? `${gap}${random.pick(['', '\n  ', '  ', '\t'])}` : random.pick([' ', '  ', '\t', '\n ']);
}

describe('formatter: random texts', () => {
  it(`${TRIES} texts, seed ${seed}`, () => {
    const random = new Random(seed);
    let correct = 0;
    for (let i = 0; i < TRIES; i++) {
      let text = otherBlanks(random, random.pick(TEXTS));
      for (let n = random.once(2) ? random.to(3) : 0; n > 0; n--) {
        const edit = anyEdit(random, text);
        text = text.slice(0, edit.start) + edit.text + text.slice(edit.end);
      }
      const tree = parse(text, macroNames);
      const once = applied(text, layout(marksOf(text, tree), KERNEL_STYLE));
      assert.deepEqual(tokensOf(once), tokensOf(text));
      assert.equal(once.replace(/\s/g, ''), text.replace(/\s/g, ''));
      if (tree.errors.length > 0) continue;
      correct++;
      assert.equal(formatted({ text: once, tree: parse(once, macroNames) }), once);
    }
    assert.ok(correct > TRIES / 4, `${correct} texts without mistakes`);
  }).timeout(30_000 + TRIES * 50);
});

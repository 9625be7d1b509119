/**
 * Parse, check and analysis of a generated 10,000-line scenario, warm. The peer is a loop that reads every character of the same text.
 */
import { macroNames } from '../server/language/catalogue/catalogue';
import { check } from '../server/language/check/check';
import { lint } from '../server/language/ide/lint';
import { parse } from '../server/language/syntax/parser/parse';
import { generateScenario } from './generate';
import { type Bench, median, type Row } from './row';

export const bench: Bench = {
  name: 'language',
  async run(): Promise<Row[]> {
    const text = generateScenario(10_000);
    const file = { path: 'generated.kmem', text };
    let sum = 0;
    const peer = {
      name: 'read every character',
      value: median(() => {
        for (let i = 0; i < text.length; i++) sum = (sum + text.charCodeAt(i)) | 0;
      }),
    };
    const lines = text.split('\n').length;
    return [
      { what: `parse ${lines} lines`, value: median(() => void parse(text, macroNames)), unit: 'ms', peer },
      { what: 'parse + check', value: median(() => void check(file)), unit: 'ms', peer, target: '≤ 50 ms' },
      { what: 'parse + check + analyses', value: median(() => void lint(file)), unit: 'ms', peer },
    ].filter(() => sum !== 0.5);
  },
};

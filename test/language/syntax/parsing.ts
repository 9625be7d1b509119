/** Parsing in tests: with a few macros, so that these tests are self-contained. */
import type { MacroNames } from '../../../server/language/syntax/macroNames';
import { parse as parseFile } from '../../../server/language/syntax/parser/parse';
import type { SourceTree } from '../../../server/language/syntax/sourceTree';

const DECLARING = new Set([
  'DEFINE_SPINLOCK',
  'DEFINE_MUTEX',
  'DEFINE_PER_CPU',
  'LIST_HEAD',
  'DECLARE_WAIT_QUEUE_HEAD',
]);
const LOOPING = new Set(['list_for_each', 'list_for_each_entry', 'for_each_online_cpu']);
export const testMacros: MacroNames = {
  declares: (name) => DECLARING.has(name),
  loops: (name) => LOOPING.has(name),
  isObject: () => false,
  endsWithComma: () => false,
};

export const parse = (text: string): SourceTree => parseFile(text, testMacros);

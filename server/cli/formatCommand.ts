/** `kmem format FILE…`: scenarios in kernel style. */
import { writeFileSync } from 'node:fs';
import { macroNames } from '../language/catalogue/catalogue';
import { formatted } from '../language/ide/format/format';
import { KERNEL_STYLE } from '../language/ide/format/lineLayout';
import { parse } from '../language/syntax/parser/parse';
import { type Command, UsageError, wholeNumber } from './command';
import { fileProblem, readScenario } from './scenario';

export const format: Command = {
  usage: 'FILE… [--check] [--spaces N]',
  details:
    'Writes files in kernel style: tabs, braces as in K&R, one statement per line, case labels below their switch. Tokens and comments stay\nas they are; lines are not broken at 80 columns. Prints the names of the files that changed.\nExit status: 0, with --check 1 if a file is not formatted, 2 for a file that cannot be read or written.',
  options: {
    check: { type: 'boolean', help: 'write nothing, name the files that are not formatted' },
    spaces: { type: 'string', value: 'N', help: 'indent by N spaces instead of a tab' },
  },
  positionals: { min: 1, max: Number.POSITIVE_INFINITY, names: 'FILE' },
  run(values, positionals, io) {
    const spaces = wholeNumber(values, 'spaces', 16);
    if (spaces === 0) throw new UsageError('--spaces takes a whole number from 1 to 16, not 0');
    const style = spaces === undefined ? KERNEL_STYLE : { tab: spaces, spaces: true };
    const problems: string[] = [];
    let different = false;
    for (const path of positionals) {
      try {
        const text = readScenario(path);
        const wanted = formatted({ text, tree: parse(text, macroNames) }, style);
        if (wanted === text) continue;
        different = true;
        if (!values.check) writeFileSync(path, wanted);
        io.out(`${path}\n`);
      } catch (error) {
        const problem = error instanceof UsageError ? error.message : fileProblem(error);
        if (problem === undefined) throw error;
        problems.push(error instanceof UsageError ? problem : `${path}: ${problem}`);
      }
    }
    if (problems.length > 0) throw new UsageError(problems.join('\n'));
    return values.check && different ? 1 : 0;
  },
};

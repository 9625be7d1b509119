/** Analyses of broken programs: whatever the text, lint() answers. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { lint } from '../../../server/language/ide/lint';

const fixtures = join(__dirname, '../../fixtures/sleep-in-atomic');
const texts = ['faulty', 'correct'].flatMap((group) =>
  readdirSync(join(fixtures, group)).map((f) => readFileSync(join(fixtures, group, f), 'utf8')),
);
const words = [...new Set(texts.join('\n').split(/\b/))].filter((w) => w.trim() !== '');

describe('lint of broken programs', () => {
  it('never throws', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...texts),
        fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(12), fc.constantFrom('', ...words)), {
          minLength: 1,
          maxLength: 6,
        }),
        (text, changes) => {
          for (const [where, length, word] of changes) {
            const at = Math.floor(where * text.length);
            text = `${text.slice(0, at)} ${word} ${text.slice(at + length)}`;
          }
          lint({ path: 'broken.kmem', text });
        },
      ),
      { numRuns: 300 },
    );
  });
  it('deep nesting and long chains', () => {
    const deep = 300;
    lint({ path: 'deep.kmem', text: `task t { ${'if (1) { '.repeat(deep)}might_sleep();${'}'.repeat(deep)} }` });
    lint({
      path: 'wide.kmem',
      text: `task t { int i = ${'1 + '.repeat(2000)}1; if (${'i && '.repeat(500)}i) might_sleep(); }`,
    });
    lint({ path: 'stars.kmem', text: `extern int *p; task t { if (1 * ${'*'.repeat(60)}p) might_sleep(); }` });
    const chain = Array.from(
      { length: 400 },
      (_, n) => `static void f${n}(void) { ${n ? `f${n - 1}();` : 'might_sleep();'} }`,
    );
    lint({ path: 'chain.kmem', text: `${chain.join('\n')}\nirq i { f399(); }` });
    const branches = Array.from({ length: 40 }, (_, n) => `if (i${n % 12}) spin_lock(&l); else spin_unlock(&l);`);
    const inputs = Array.from({ length: 12 }, (_, n) => `extern int i${n};`);
    lint({
      path: 'many.kmem',
      text: `static DEFINE_SPINLOCK(l);\n${inputs.join('\n')}\ntask t { ${branches.join('\n')} might_sleep(); }`,
    });
  });
});

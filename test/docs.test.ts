/** Checks the pages for users: their scenarios check without errors, their links lead somewhere. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { check } from '../server/language/check/check';

const root = join(__dirname, '..');
const pages = [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(root, 'docs')).flatMap((f) => (f.endsWith('.md') ? [`docs/${f}`] : [])),
];

describe('pages', () => {
  for (const page of pages) {
    const text = readFileSync(join(root, page), 'utf8');
    it(`${page}: links lead to files of the project`, () => {
      const links = [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
        .map((m) => m[1] as string)
        .filter((l) => !/^[a-z]+:/.test(l));
      const dead = links.filter((link) => !existsSync(join(root, dirname(page), link)));
      assert.deepEqual(dead, []);
    });
    const scenarios = [...text.matchAll(/```c\n([\s\S]*?)```/g)]
      .map((m) => m[1] as string)
      .filter((s) => /^\s*(machine|task|irq|static)\b/.test(s));
    scenarios.forEach((scenario, i) => {
      it(`${page}: scenario ${i + 1} checks without errors`, () => {
        const errors = check({ path: `${page}.kmem`, text: scenario }).diagnostics.filter(
          (d) => d.severity === 'error',
        );
        assert.deepEqual(
          errors.map((d) => d.message),
          [],
        );
      });
    });
  }
});

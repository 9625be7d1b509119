/** What the catalogue says of memory: it fits the prototypes, and what frees an object takes its kind. */
import assert from 'node:assert/strict';
import { catalogue, lookupApi } from '../../../server/language/catalogue/catalogue';
import type { ApiEntry } from '../../../server/language/catalogue/form/entry';
import { parameterTexts } from '../../../server/language/catalogue/prototype';

const entries = Object.entries(catalogue) as [string, ApiEntry][];

describe('memory in the catalogue', () => {
  it('names arguments that can lead to memory', () => {
    const wrong = entries.flatMap(([name, entry]) => {
      const { allocates, counts = [], frees, keeps = [], names, testsKind, testsPointer } = entry;
      const asked = [allocates?.from, allocates?.instead, allocates?.ctor, frees?.arg, frees?.from, names?.arg];
      const texts = parameterTexts(entry.proto, name);
      return [...asked, ...keeps, ...counts, testsKind?.arg, testsPointer?.arg].flatMap((arg) => {
        if (arg === undefined) return [];
        const text = texts[arg];
        // the arguments of a macro without types say nothing, nor do those that some versions have
        return text && (/[*[]|unsigned long/.test(text) || /^(\w+|\.\.\.)$/.test(text))
          ? []
          : [`${name}: ${arg} ${text}`];
      });
    });
    assert.deepEqual(wrong, []);
  });
  it('frees a kind with what its entry is freed with', () => {
    const wrong = entries.flatMap(([name, { allocates, freedWith = [] }]) => {
      // what ends a handle is not followed
      if (!allocates || allocates.kind === 'handle') return [];
      return freedWith
        .filter((by) => {
          const entry = lookupApi(by);
          return !entry?.frees?.kinds.includes(allocates.kind) && !(allocates.kind === 'pages' && entry?.counts);
        })
        .map((by) => `${name}: ${by}`);
    });
    assert.deepEqual(wrong, []);
  });
  it('knows a function for every kind that must be freed', () => {
    const wrong = entries.filter(([, { allocates, freedWith }]) => allocates && !allocates.managed && !freedWith);
    assert.deepEqual(
      wrong.map(([name]) => name),
      ['__kmem_vmap'],
    );
  });
});

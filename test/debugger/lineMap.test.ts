import assert from 'node:assert/strict';
import fc from 'fast-check';
import { lineMap } from '../../server/debugger/target/lineMap';

describe('lines of an edited text', () => {
  /** The texts' lines are characters; `expected` gives, for each new line, the old one, or 0. */
  const check = (before: string, now: string, expected: number[]) => {
    const map = lineMap([...before].join('\n'), [...now].join('\n'));
    assert.deepEqual(
      [...now].map((_, i) => map.toOld(i + 1) ?? 0),
      expected,
    );
  };
  it('inserted, removed and changed ones', () => {
    check('abc', 'abc', [1, 2, 3]);
    check('abc', 'xabc', [0, 1, 2, 3]);
    check('abc', 'ac', [1, 3]);
    check('abcdef', 'xbcydefz', [0, 2, 3, 0, 4, 5, 6, 0]);
    check('aaa', 'aa', [1, 2]);
    check('abc', 'xyz', [0, 0, 0]);
  });
  it('how a line ends does not matter', () => assert.equal(lineMap('a\r\nb\r\n', 'x\na\nb\n').toOld(3), 2));
  it('whatever the texts: equal lines, in order, and back', () => {
    const text = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 12 });
    fc.assert(
      fc.property(text, text, (before, now) => {
        const map = lineMap(before.join('\n'), now.join('\n'));
        let last = 0;
        for (let line = 1; line <= now.length; line++) {
          const old = map.toOld(line);
          if (old === undefined) continue;
          assert.equal(before[old - 1], now[line - 1]);
          assert.equal(map.toNew(old), line);
          assert.ok(old > last);
          last = old;
        }
      }),
    );
  });
});

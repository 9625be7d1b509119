/** Facts that hold in every state that reaches a point. */
import assert from 'node:assert/strict';
import { Must } from '../../../../server/language/analysis/engine/must';

describe('Must', () => {
  const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
  it('keeps what each state has, and the evidence of the first', () => {
    const must = new Must<number, string, string>(same);
    must.meet(1, ['a', 'b', 'c'], 'first');
    must.meet(1, ['C', 'A'], 'second');
    must.meet(1, ['a', 'x'], 'third');
    assert.deepEqual([...must.results()], [{ items: ['a'], evidence: 'first' }]);
  });
  it('keeps points apart', () => {
    const must = new Must<number, string, number>(same);
    must.meet(2, ['a'], 0);
    must.meet(1, ['b'], 1);
    must.meet(2, [], 2);
    assert.deepEqual(
      [...must.results()],
      [
        { items: [], evidence: 0 },
        { items: ['b'], evidence: 1 },
      ],
    );
  });
});

/** The depot keeps each call trace once, and says when it has no room. */
import assert from 'node:assert/strict';
import { StackDepot } from '../../../server/kernel/lib/stackdepot';
import { Memory } from '../../../server/memory/memory';

/** addresses of code, as signed numbers */
const TRACE = [-0x7effffff, -0x7efffe00, -0x7efff000];
const place = { used: 0, heads: 4096, buckets: 2, pool: 8192, longs: 20 };

describe('stack depot', () => {
  for (const wordSize of [4, 8])
    it(`words of ${wordSize} bytes: equal traces have one handle, others their own; both come back`, () => {
      const depot = new StackDepot(new Memory(), wordSize, place, 3);
      const frames = (trace: readonly number[]) => trace.map((address) => (wordSize === 4 ? address >>> 0 : address));
      const [one, two] = [frames(TRACE), frames(TRACE.slice(1))];
      const handle = depot.save(one);
      assert.notEqual(handle, 0);
      const other = depot.save(two);
      assert.notEqual(other, handle);
      assert.equal(depot.save([...one]), handle);
      assert.deepEqual([depot.fetch(handle), depot.fetch(other)], [one, two]);
      assert.deepEqual(depot.fetch(0), []);
    });
  it('keeps the innermost frames of a long trace', () => {
    const depot = new StackDepot(new Memory(), 8, place, 2);
    const handle = depot.save(TRACE);
    assert.deepEqual(depot.fetch(handle), TRACE.slice(0, 2));
    assert.equal(depot.save(TRACE.slice(0, 2)), handle);
  });
  it('handle 0: no room is left; what is there stays', () => {
    const depot = new StackDepot(new Memory(), 8, place, 8);
    const handles = [1, 2, 3, 4, 5, 6].map((n) => depot.save(TRACE.map((address) => address - n)));
    assert.deepEqual(
      handles.map((handle) => handle !== 0),
      [true, true, true, true, false, false],
    );
    assert.deepEqual(
      depot.fetch(handles[3] as number),
      TRACE.map((address) => address - 4),
    ); // prettier-ignore
  });
});

/**
 * Memory pools under random operations, compared with a few lines that say what a pool is. KMEM_SCENARIOS=1000000: so many operations, from a
 * random seed that fast-check prints if one fails.
 */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { RecordedPool } from '../../../server/recordings/recorded_pool';

const more = Number(process.env.KMEM_SCENARIOS ?? 0);
/** operations on one pool, and pools */
const LENGTH = more > 0 ? 2000 : 60;
const POOLS = more > 0 ? Math.ceil((2 * more) / LENGTH) : 60;
const ops = { maxLength: LENGTH, size: 'max' } as const;

const op = fc.oneof(
  fc.record({ op: fc.constant('alloc' as const), nowait: fc.boolean(), fails: fc.boolean() }),
  fc.record({ op: fc.constant('free' as const), which: fc.nat(), fails: fc.boolean() }),
  fc.record({ op: fc.constant('resize' as const), min: fc.integer({ min: 1, max: 12 }), fails: fc.boolean() }),
);

describe('memory pools', () => {
  it('random operations: no element twice, the reserve is a stack, and everything comes back', function () {
    this.timeout(more > 0 ? 3_600_000 : 20_000);
    fc.assert(
      fc.property(fc.constantFrom('x86_64', 'i386'), fc.nat(6), fc.array(op, ops), (arch, min, ops) => {
        const pool = new RecordedPool(arch);
        const { masks } = pool.k.profile.gfp;
        assert.ok(pool.create(min));
        let reserve = pool.reserve();
        const users: number[] = [];
        let size = min;
        const check = (): void => {
          assert.deepEqual(pool.reserve(), reserve);
          assert.equal(pool.min, size);
          assert.equal(new Set([...reserve, ...users]).size, reserve.length + users.length);
        };
        for (const o of ops) {
          pool.failing = o.fails;
          pool.masks = [];
          pool.freed = [];
          if (o.op === 'alloc') {
            // one that may wait, with nothing left: the allocator is let go meanwhile
            const id = pool.alloc(o.nowait ? masks.GFP_NOWAIT : masks.GFP_NOIO, () => {
              pool.failing = false;
            });
            if (!o.fails) assert.ok(!reserve.includes(id), 'the allocator is asked first');
            else if (reserve.length > 0) assert.equal(id, reserve.pop());
            else assert.equal(id < 0, o.nowait, 'only a mask that must not wait is refused');
            if (id >= 0) users.push(id);
          } else if (o.op === 'free' && users.length > 0) {
            const [id] = users.splice(o.which % users.length, 1) as [number];
            const short = reserve.length < size;
            pool.free(id);
            if (short) reserve.push(id);
            assert.deepEqual(pool.freed, short ? [] : [id]);
          } else if (o.op === 'resize') {
            const before = [...reserve];
            assert.equal(pool.resize(o.min), 0);
            if (o.min <= size) {
              reserve = before.slice(0, o.min);
              assert.deepEqual(pool.freed, before.slice(o.min).reverse());
            } else if (!o.fails) {
              reserve = pool.reserve();
              assert.deepEqual(reserve.slice(0, before.length), before);
              assert.equal(reserve.length, o.min);
            }
            size = o.min;
          }
          check();
        }
        pool.freed = [];
        pool.destroy();
        assert.deepEqual(pool.freed, reserve.reverse());
      }),
      { numRuns: POOLS },
    );
  });
});

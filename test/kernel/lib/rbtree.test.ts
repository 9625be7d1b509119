/** Red-black trees: the order of their nodes and the rules of colours after any sequence of insertions and removals. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { defaultConfig } from '../../../server/kernel/arch/machine_config';
import { bootKernel } from '../../../server/kernel/kernel';
import { RbTree } from '../../../server/kernel/lib/rbtree';
import { Core } from '../../../server/kernel/sched/core';

const NODES = 64;

describe('rbtree', () => {
  for (const arch of ['x86_64', 'i386'] as const) {
    const kernel = bootKernel(defaultConfig({ arch, cpus: 1, memory: 64 << 20 }), { journal: false });
    const core = new Core(kernel);
    const rb = new RbTree(core);
    const root = kernel.symbols.define('rb_test_root', kernel.layouts.parseType('unsigned long'));
    const nodes = kernel.symbols.define('rb_test_nodes', kernel.layouts.parseType(`unsigned long[${NODES * 4}]`), 64);
    const size = 4 * core.wordSize;
    const nodeOf = (key: number) => nodes + key * size;
    const keyOf = (node: number) => (node - nodes) / size;

    /** Keys in order; checks on the way that red nodes have black children, and paths the same number of black nodes. */
    const walk = (node: number, parent: number): { keys: number[]; black: number } => {
      if (node === 0) return { keys: [], black: 0 };
      assert.equal(rb.parent(node), parent);
      const isBlack = (core.get32(node) & 1) === 1;
      const left = walk(rb.child(node, 'left'), node);
      const right = walk(rb.child(node, 'right'), node);
      assert.equal(left.black, right.black, 'as many black nodes on every path');
      for (const child of [rb.child(node, 'left'), rb.child(node, 'right')])
        assert.ok(isBlack || child === 0 || (core.get32(child) & 1) === 1, 'a red node has black children');
      return { keys: [...left.keys, keyOf(node), ...right.keys], black: left.black + (isBlack ? 1 : 0) };
    };

    it(`${arch}: any sequence of insertions and removals`, () =>
      fc.assert(
        fc.property(fc.array(fc.integer({ min: 0, max: NODES - 1 }), { maxLength: 200 }), (steps) => {
          core.setLong(root, 0);
          const present = new Set<number>();
          for (const key of steps) {
            const node = nodeOf(key);
            if (present.delete(key)) rb.erase(root, node);
            else {
              const first = rb.add(root, node, (a, b) => a < b);
              assert.equal(
                first,
                [...present].every((other) => other > key),
                'whether it is the first',
              );
              present.add(key);
            }
            const top = core.getLong(root);
            assert.ok(top === 0 || (core.get32(top) & 1) === 1, 'the root is black');
            const expected = [...present].sort((a, b) => a - b);
            assert.deepEqual(walk(top, 0).keys, expected);
            const followed: number[] = [];
            for (let at = expected.length ? nodeOf(expected[0] as number) : 0; at !== 0; at = rb.next(at))
              followed.push(keyOf(at));
            assert.deepEqual(followed, expected);
          }
        }),
        { numRuns: 60 },
      ));
  }
});

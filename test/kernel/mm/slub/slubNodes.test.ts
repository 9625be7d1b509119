/** SLUB on a machine with two nodes: where partial slabs come from when a node has none (get_any_partial). */
import assert from 'node:assert/strict';
import { defaultConfig } from '../../../../server/kernel/arch/machine_config';
import { bootKernel, startJournal } from '../../../../server/kernel/kernel';
import { BOOT_CALLER } from '../../../../server/kernel/mm/page_alloc/caller';
import { Slub } from '../../../../server/kernel/mm/slub/slub';

/** A machine with a CPU and 64 MB on each of two nodes, and a cache of 16 objects in a slab. */
function machine() {
  const on = { cpu: 0 };
  const { config } = defaultConfig();
  const node = (id: number) => ({ id, memory: 64 << 20, cpus: [id] });
  const kernel = bootKernel(
    defaultConfig({
      memory: 128 << 20,
      cpus: 2,
      nodes: [node(0), node(1)],
      config: { ...config, KASAN: false },
      parameters: { slab_nomerge: '' },
    }),
    { journal: false, caller: { ...BOOT_CALLER, cpu: () => on.cpu } },
  );
  const { slab } = kernel.allocators;
  const { backend: slub } = slab;
  assert.ok(slub instanceof Slub);
  const cache = slab.createCache('things', 256, 0, 0);
  startJournal(kernel);
  const nodeOf = (object: number) => slub.parts.slabs.nid(slub.slabOf(object));
  const allocate = () => slub.alloc(cache, kernel.gfp.kernel, -1, 0);
  /** `count` slabs with one object each, on node 1's list; how many partial slabs each node then has */
  const partialOnNode1 = (count: number) => {
    on.cpu = 1;
    const objects = Array.from({ length: count * 16 }, allocate);
    objects.forEach((object, i) => {
      if (i % 16 !== 0) slub.free(cache, object);
    });
    slub.shrink(cache);
    on.cpu = 0;
  };
  const partials = () => slub.views.cache(cache).nodes.map((n) => n.nrPartial);
  return { nodeOf, allocate, partialOnNode1, partials };
}

describe('SLUB: partial slabs of another node', () => {
  // min_partial of 256 bytes is 5
  const CASES: [partial: number, takenFrom: number, left: number[]][] = [
    [0, 0, [0, 0]],
    [5, 0, [0, 5]],
    // one becomes the CPU's slab, and more than cpu_partial_slabs / 2 of the others its partial slabs
    [6, 1, [0, 1]],
    [12, 1, [0, 7]],
  ];
  for (const [partial, takenFrom, left] of CASES) {
    it(`${partial} of them: an allocation on node 0 takes from node ${takenFrom}`, () => {
      const m = machine();
      m.partialOnNode1(partial);
      assert.deepEqual(m.partials(), [0, partial]);
      assert.equal(m.nodeOf(m.allocate()), takenFrom);
      assert.deepEqual(m.partials(), left);
    });
  }
});

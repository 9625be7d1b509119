/** A machine with a vmalloc space, and checks of its trees and lists against recounts. */
import assert from 'node:assert/strict';
import { defaultConfig } from '../../../../server/kernel/arch/machine_config';
import { bootKernel, type Kernel } from '../../../../server/kernel/kernel';
import type { KernelWorks } from '../../../../server/kernel/lib/kernel_works';
import type { Heap } from '../../../../server/kernel/mm/heap';
import { makeVmalloc } from '../../../../server/kernel/mm/vmalloc/make_vmalloc';
import type { VmallocApi } from '../../../../server/kernel/mm/vmalloc/vmalloc_api';
import { type AreaTree, order } from '../../../../server/kernel/mm/vmalloc/vmap_area';
import type { Arch } from '../../../../server/types/ctype';
import { PAGE_SIZE } from '../../../../server/types/pageSize';

export interface Vm {
  readonly k: Kernel;
  readonly api: VmallocApi;
  readonly works: KernelWorks;
  readonly used: () => number;
  /** a static array of so many struct page pointers */
  readonly array: number;
}
/** A slab allocator that knows how many objects are in use. */
function counting(heap: Heap): Heap & { readonly used: () => number } {
  let used = 0;
  const taken = (address: number): number => {
    if (address !== 0) used++;
    return address;
  };
  return {
    kmalloc: (size, gfp, node) => taken(heap.kmalloc(size, gfp, node)),
    kzalloc: (size, gfp, node) => taken(heap.kzalloc(size, gfp, node)),
    kfree: (address) => {
      used--;
      heap.kfree(address);
    },
    createCache: (name, size, align, flags) => heap.createCache(name, size, align, flags),
    cacheAlloc: (cache, gfp, node) => taken(heap.cacheAlloc(cache, gfp, node)),
    cacheFree: (cache, object) => {
      used--;
      heap.cacheFree(cache, object);
    },
    used: () => used,
  };
}
export const ARRAY_PAGES = 300;

export function vmOf(arch: Arch, cpus = 1, memory = 64 << 20): Vm {
  const k = bootKernel(defaultConfig({ arch, cpus, memory }), { journal: false });
  const { works, slab } = k.allocators;
  const heap = counting(slab);
  // once more, over a slab allocator that counts
  const api = makeVmalloc(k, heap, works);
  const array = k.symbols.define('test_pages', k.layouts.parseType(`struct page *[${ARRAY_PAGES}]`));
  // a space without the interrupt stacks of boot
  for (let page = 0; page < 64 * cpus; page++) k.pageTables.unmap(k.addresses.vmallocStart + page * PAGE_SIZE);
  api.init();
  return { k, api, works, used: heap.used, array };
}
/** Start and end of the areas of a tree, by its list. */
export const rangesOf = ({ api }: Vm, tree: AreaTree): [number, number][] =>
  api.allocator.areas.all(tree).map((area) => [api.allocator.areas.start(area), api.allocator.areas.end(area)]);

/** Recounts a tree: shape, colours, order, the list, and the largest range of every subtree. */
function checkTree({ api, k }: Vm, tree: AreaTree, name: string): void {
  const { areas } = api.allocator;
  const rb = tree.augmented ? areas.augmented : areas.plain;
  const inOrder: number[] = [];
  const walk = (node: number, parent: number): { black: number; largest: number } => {
    if (node === 0) return { black: 0, largest: 0 };
    assert.equal(rb.parent(node), parent, `${name}: parent`);
    const left = walk(rb.child(node, 'left'), node);
    const area = areas.ofNode(node);
    inOrder.push(area);
    const right = walk(rb.child(node, 'right'), node);
    assert.equal(left.black, right.black, `${name}: as many black nodes on every path`);
    if (rb.isRed(node))
      for (const side of ['left', 'right'] as const) {
        const child = rb.child(node, side);
        assert.ok(child === 0 || !rb.isRed(child), `${name}: a red node has black children`);
      }
    const size = order(areas.end(area)) - order(areas.start(area));
    const largest = Math.max(left.largest, right.largest, size);
    if (tree.augmented) {
      const kept = areas.largest(node);
      // the areas at the ends of the address space are larger than what numbers hold exactly
      assert.ok(kept === largest || (kept > 2 ** 46 && largest > 2 ** 46), `${name}: the largest range of a subtree`);
    }
    return { black: left.black + (rb.isRed(node) ? 0 : 1), largest };
  };
  const root = api.allocator.areas.memory.getLong(tree.root);
  assert.ok(root === 0 || !rb.isRed(root), `${name}: the root is black`);
  walk(root, 0);
  assert.deepEqual(areas.all(tree), inOrder, `${name}: the list is in the order of the tree`);
  let before = Number.NEGATIVE_INFINITY;
  for (const area of inOrder) {
    assert.ok(order(areas.start(area)) >= before, `${name}: ranges overlap`);
    if (tree.augmented) assert.notEqual(order(areas.start(area)), before, `${name}: neighbours are one range`);
    before = order(areas.end(area));
    assert.ok(before > order(areas.start(area)) || areas.end(area) === -1, `${name}: an empty range`);
  }
  assert.ok(k.pageAlloc);
}
/** All trees, that together they are the whole address space, and the lazily freed pages. */
export function checkVm(vm: Vm): void {
  const { busy, free, purged, lazyPages } = vm.api.allocator;
  for (const [tree, name] of [
    [busy, 'busy'],
    [free, 'free'],
    [purged, 'purged'],
  ] as const)
    checkTree(vm, tree, name);
  const all = [busy, free, purged].flatMap((tree) => rangesOf(vm, tree)).sort((a, b) => order(a[0]) - order(b[0]));
  let at = 1;
  for (const [start, end] of all) {
    assert.equal(start, at, 'every address is in one tree');
    at = end;
  }
  const lazy = rangesOf(vm, purged).reduce((sum, [start, end]) => sum + (end - start) / PAGE_SIZE, 0);
  assert.equal(lazyPages, lazy, 'vmap_lazy_nr');
}

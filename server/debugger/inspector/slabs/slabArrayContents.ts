/** A slab of SLAB: its objects, those that its list has, and those that arrays of CPUs and nodes hold. */
import type { SlabAllocator } from '../../../kernel/mm/slab/slab/slab_allocator';
import type { ArrayView } from '../../../kernel/mm/slab/slab/slab_view';
import { toBits } from '../../../types/address';
import { PAGE_SIZE } from '../../../types/pageSize';
import type { View } from '../../inspect/view';
import { inOrder, type PlacedObject, type SlabContents } from './slabContents';

export class SlabArrayContents implements SlabContents {
  readonly slab;
  readonly list: string;
  readonly address: number;
  readonly bytes: number;
  readonly size: number;
  readonly start: number;
  readonly parts;
  readonly end;
  readonly count: number;
  private readonly objectSize: number;
  private readonly free = new Map<number, { readonly on: string; readonly place: number }>();

  /** @param pfn first frame of the slab */
  constructor(
    private readonly view: View,
    { p, views }: SlabAllocator,
    pfn: number,
    readonly cache: number,
  ) {
    const { structs, objects, folios, nodeIds, cpus } = p;
    const slab = view.kernel.pages.pageAddr(pfn);
    const { cache: at } = structs;
    this.size = Math.max(1, structs.get(cache + at.size));
    this.objectSize = structs.get(cache + at.object_size);
    this.address = folios.address(slab);
    const pages = 2 ** structs.get(cache + at.gfporder);
    this.bytes = pages * PAGE_SIZE;
    const first = structs.getLong(slab + structs.slab.s_mem);
    this.start = Math.max(0, Math.min(this.bytes, first - this.address));
    this.count = Math.min(objects.num(cache), Math.floor((this.bytes - this.start) / this.size));
    const active = objects.active(slab);
    const left = Math.max(0, Math.min(this.count, objects.num(cache) - active));
    for (let i = 0; i < left; i++)
      this.free.set(objects.freeIndex(slab, active + i), { on: 'the slab’s list', place: i });
    const inArray = (name: string, { objects: held }: ArrayView) =>
      held.toReversed().forEach((object, place) => {
        const index = (object - this.address - this.start) / this.size;
        if (index >= 0 && index < this.count) this.free.set(Math.floor(index), { on: name, place });
      });
    for (let cpu = 0; cpu < cpus; cpu++) inArray(`CPU ${cpu}’s array`, views.ofCpu(cache, cpu));
    let list = 'on no list';
    for (const nid of nodeIds) {
      const node = views.node(cache, nid);
      if (!node) continue;
      if (node.shared) inArray(`the shared array of node ${nid}`, node.shared);
      for (const kind of ['full', 'partial', 'free'] as const)
        if (node[kind].some((s) => s.slab === slab)) list = `${kind} slabs of node ${nid}`;
    }
    this.list = list;
    this.slab = { pfn, pages, objects: objects.num(cache), free: this.free.size, frozen: false };
    this.parts = inOrder([
      { what: 'object', offset: 0, bytes: this.objectSize },
      { what: 'alignment', offset: this.objectSize, bytes: Math.max(0, this.size - this.objectSize) },
    ]);
    const used = this.start + this.count * this.size;
    const what = objects.isOffSlab(cache)
      ? 'room that is too small for an object; the list of free objects lies elsewhere'
      : 'the list of free objects, unless that lies in a free object, and room that is too small';
    this.end = { offset: used, bytes: this.bytes - used, what, damage: [] };
  }
  object(index: number): PlacedObject {
    const free = this.free.get(index);
    return {
      index,
      address: this.view.hexBits(toBits(this.view.abi, this.address + this.start + index * this.size)),
      bytes: this.objectSize,
      isFree: free !== undefined,
      ...free,
      damage: [],
    };
  }
}

/** The state of a SLAB cache in the recordings' notation (truth: allocators/README): a line of counts and lists, or lines with every object. */
import type { SlabAllocator } from '../../kernel/mm/slab/slab/slab_allocator';
import type { ArrayView, NodeView, SlabView } from '../../kernel/mm/slab/slab/slab_view';

/** How a recording calls a slab: by the order of its making, or by its frame; the struct's address is given. */
export type SlabName = (slab: number) => string;

/** Numbers with commas between them, those that follow each other as `4-7`. */
function numbers(list: readonly number[]): string {
  const runs: number[][] = [];
  for (const n of list) {
    const run = runs[runs.length - 1];
    if (run && run[run.length - 1] === n - 1) run.push(n);
    else runs.push([n]);
  }
  return runs.map((run) => (run.length === 1 ? run[0] : `${run[0]}-${run[run.length - 1]}`)).join(',');
}

export class SlabStates {
  constructor(
    private readonly allocator: SlabAllocator,
    private readonly cpus: number,
    private readonly name: SlabName,
  ) {}

  private node(cache: number): NodeView {
    const node = this.allocator.views.node(cache, 0);
    if (!node) throw new Error('the cache has no lists');
    return node;
  }
  private arrays(cache: number): ArrayView[] {
    return Array.from({ length: this.cpus }, (_, cpu) => this.allocator.views.ofCpu(cache, cpu));
  }

  /** `ac avail/limit/batchcount/touched… sh … n … full #… partial #…:active… free #…`. `mark`: what stands before a slab's name */
  line(cache: number, mark = '#'): string {
    const n = this.node(cache);
    const ac = this.arrays(cache).map((a) => `${a.avail}/${a.limit}/${a.batchcount}/${Number(a.touched)}`);
    const { shared } = n;
    const sh = shared ? `${shared.avail}/${shared.limit}/${Number(shared.touched)}` : '-';
    const counts = [n.totalSlabs, n.freeSlabs, n.freeObjects, n.freeLimit, n.colourNext, n.freeTouched];
    const list = (title: string, slabs: readonly SlabView[], active = false) =>
      [title, ...slabs.map((s) => `${mark}${this.name(s.slab)}${active ? `:${s.active}` : ''}`)].join(' ');
    const lists = [list('full', n.full), list('partial', n.partial, true), list('free', n.free)];
    return [`ac ${ac.join(' ')}`, `sh ${sh}`, `n ${counts.join(' ')}`, ...lists].join(' ');
  }
  /** `ac avail/touched… sh avail/touched n total free_slabs free_objects ft=…`, as at a change while nothing runs */
  settling(cache: number): string {
    const n = this.node(cache);
    const ac = this.arrays(cache).map((a) => `${a.avail}/${Number(a.touched)}`);
    const sh = n.shared ? `${n.shared.avail}/${Number(n.shared.touched)}` : '-1/-1';
    return `ac ${ac.join(' ')} sh ${sh} n ${n.totalSlabs} ${n.freeSlabs} ${n.freeObjects} ft=${n.freeTouched}`;
  }
  /** Every array with its objects, and every slab with the numbers of its free objects. `index`: the recording's number of the cache */
  full(cache: number, index: number): string[] {
    const n = this.node(cache);
    const array = (name: string, a: ArrayView) =>
      `E ${name} ${a.avail} ${a.limit} ${a.batchcount >>> 0} ${Number(a.touched)}:${a.objects.map((o) => ` ${this.object(cache, o)}`).join('')}`;
    const slabs = (letter: string, list: readonly SlabView[]) =>
      list.map((s) => {
        const first = s.firstObject - this.allocator.p.folios.address(s.slab);
        return `L ${letter} ${this.name(s.slab)} ${first} ${s.active} ${numbers(s.free)}`;
      });
    return [
      `FULL ${index} n ${n.totalSlabs} ${n.freeSlabs} ${n.freeObjects} ${n.freeLimit} ${n.colourNext} ${n.freeTouched}`,
      ...this.arrays(cache).map((a, cpu) => array(`cpu${cpu}`, a)),
      ...(n.shared ? [array('shared0', n.shared)] : []),
      ...slabs('F', n.full),
      ...slabs('P', n.partial),
      ...slabs('E', n.free),
    ];
  }
  /** `slab.index` */
  private object(cache: number, object: number): string {
    const { folios, objects } = this.allocator.p;
    const slab = folios.slabOf(object);
    return `${this.name(slab)}.${objects.indexOf(cache, slab, object)}`;
  }
}

/**
 * Areas for a chunk of per-CPU memory: one for each group of units, at given distances, as high in the vmalloc space as they fit
 * (mm/vmalloc.c: pvm_find_va_enclose_addr, pvm_determine_end_from_reverse, pcpu_get_vm_areas, pcpu_free_vm_areas, 6.1).
 */
import { PAGE_SIZE } from '../../../types/pageSize';
import { KernelBug } from '../../lib/bug';
import type { VmapAreaAllocator } from './alloc_vmap_area';
import { alignDown, alignUp } from './free_space';
import type { VmStructs } from './vm_struct';
import type { VmallocKernel } from './vmalloc_kernel';
import { order } from './vmap_area';

/** An area as it is asked for: bytes from the first one's base, and bytes. */
interface Placed {
  readonly offset: number;
  readonly size: number;
}

export class PcpuVmAreas {
  /** what the areas have as their caller */
  private readonly caller: number;

  constructor(
    private readonly k: VmallocKernel,
    private readonly allocator: VmapAreaAllocator,
    private readonly vms: VmStructs,
  ) {
    this.caller = k.symbols.text('pcpu_get_vm_areas');
  }

  /** The free area at or before one that has addresses below `end`, and where those end; address 0 if there is none. */
  private endBelow(area: number, end: number, align: number): { readonly area: number; readonly end: number } {
    const { areas, space } = this.allocator;
    for (let at = area; at !== 0; at = space.before(at)) {
      const aligned = alignDown(areas.end(at), align);
      const limit = order(aligned) < order(end) ? aligned : end;
      if (order(areas.start(at)) < order(limit)) return { area: at, end: limit };
    }
    return { area: 0, end: 0 };
  }
  /** Finds the base of all areas; undefined if they fit nowhere. */
  private base(wanted: readonly Placed[], align: number): number | undefined {
    const { areas, space } = this.allocator;
    const first = alignUp(this.k.range.start, align);
    // VMALLOC_END is the last address on x86_64, and the one behind it on i386
    const end = alignDown(this.k.range.end - (this.k.memory.wordSize === 8 ? 1 : 0), align);
    const last = lastOf(wanted);
    const of = (i: number): Placed => wanted[i] as Placed;
    const top = (i: number): number => of(i).offset + of(i).size;
    let at = last;
    let stop = last;
    let found = this.endBelow(space.enclosing(end), end, align);
    let base = found.end - top(at);
    for (;;) {
      if (found.area === 0 || order(base) < order(first)) return undefined;
      const { area } = found;
      if (order(base) + top(at) > order(areas.end(area))) {
        // this free area ends too low for the range
        found = this.endBelow(area, end, align);
      } else if (order(base) + of(at).offset < order(areas.start(area))) {
        found = this.endBelow(space.before(area), end, align);
      } else {
        at = (at + wanted.length - 1) % wanted.length;
        if (at === stop) return base;
        found = { area: space.enclosing(base + top(at)), end: 0 };
        continue;
      }
      base = found.end - top(at);
      stop = at;
    }
  }
  /**
   * pcpu_get_vm_areas: the address of an array of vm_structs, one for each area at `base + offset`, in the order of `wanted`; 0 if there is no
   * memory or no place.
   * @param align of the base, a power of two of at least a page
   */
  get(wanted: readonly Placed[], align: number): number {
    const { k, allocator, vms } = this;
    const { heap, gfp, memory } = k;
    if (align % PAGE_SIZE !== 0 || Math.log2(align) % 1 !== 0)
      throw new KernelBug({ at: 'mm/vmalloc.c', fn: 'pcpu_get_vm_areas' });
    const arrays = [0, 1].map(() => heap.kzalloc(wanted.length * memory.wordSize, gfp.kernel)) as [number, number];
    const objects: { readonly area: number; readonly vm: number }[] = [];
    if (!arrays.includes(0))
      for (const _ of wanted)
        objects.push({ area: allocator.newAreaObject(gfp.kernel), vm: vms.newStruct(gfp.kernel) });
    const complete = objects.length > 0 && objects.every(({ area, vm }) => area !== 0 && vm !== 0);
    let base = complete ? this.base(wanted, align) : undefined;
    if (complete && base === undefined) {
      allocator.purge();
      base = this.base(wanted, align);
    }
    const taken = base === undefined ? 0 : this.takeAll(wanted, objects, base);
    if (taken < wanted.length) {
      objects.forEach(({ area, vm }, i) => {
        if (i < taken) allocator.areas.mergeOrAdd(area, allocator.free);
        else if (area !== 0) allocator.areas.free(area);
        if (vm !== 0) heap.kfree(vm);
      });
      for (const array of arrays) if (array !== 0) heap.kfree(array);
      return 0;
    }
    objects.forEach(({ area, vm }, i) => {
      allocator.areas.insert(area, allocator.busy);
      vms.setUp(vm, area, Number(k.constant('VM_ALLOC')), this.caller);
      k.sanitizer?.populate(vms.addr(vm), vms.fullSize(vm));
      k.sanitizer?.unpoison(vms.addr(vm), vms.fullSize(vm));
      memory.setLong(arrays[0] + i * memory.wordSize, vm);
    });
    heap.kfree(arrays[1]);
    return arrays[0];
  }
  /** Takes the areas out of free ones. How many could be taken. */
  private takeAll(wanted: readonly Placed[], objects: readonly { readonly area: number }[], base: number): number {
    const { areas, space } = this.allocator;
    for (const [i, { offset, size }] of wanted.entries()) {
      const start = base + offset;
      const free = space.enclosing(start);
      if (free === 0 || !space.adjust(free, start, size)) return i;
      const { area } = objects[i] as { area: number };
      areas.setStart(area, start);
      areas.setEnd(area, start + size);
    }
    return wanted.length;
  }
  /** pcpu_free_vm_areas: an array of `count` vm_structs, and their areas */
  release(array: number, count: number): void {
    const { memory, heap } = this.k;
    for (let i = 0; i < count; i++) this.vms.free(memory.getLong(array + i * memory.wordSize));
    heap.kfree(array);
  }
}
/** Index of the area with the highest offset. */
function lastOf(wanted: readonly Placed[]): number {
  let last = 0;
  wanted.forEach(({ offset }, i) => {
    if (offset > (wanted[last] as Placed).offset) last = i;
  });
  return last;
}

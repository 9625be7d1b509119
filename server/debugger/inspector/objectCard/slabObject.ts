/** The object of a slab that an address lies in, and whether it is in use: read from the allocator's structures. */
import { StructMemory } from '../../../kernel/lib/struct_memory';
import { type SlabObject, SlabObjects } from '../../../kernel/mm/checks/slab_objects';
import { Slub } from '../../../kernel/mm/slub/slub';
import { isException } from '../../../kernel/oops/exceptions';
import { PAGE_SIZE } from '../../../types/pageSize';
import type { View } from '../../inspect/view';

export interface FoundObject {
  readonly cacheName: string;
  /** address that the object's user has, and the bytes that are theirs */
  readonly address: number;
  readonly bytes: number;
  /** pfn of the slab's first page */
  readonly slab: number;
  /** place in the slab; undefined where the allocator does not say */
  readonly index: number | undefined;
  /** undefined where the allocator's lists cannot be followed, or are not read here */
  readonly isFree: boolean | undefined;
}

/** Undefined for an address in no slab, and for one in a slab whose structures have been overwritten. */
export function slabObjectAt(view: View, address: number): FoundObject | undefined {
  const { kernel } = view;
  const { pages, direct, config, layouts } = kernel;
  // SLOB's pages belong to no cache
  if (config.allocator === 'slob') return undefined;
  const memory = new StructMemory(view.space, view.abi, layouts);
  const objects = new SlabObjects({ pages, direct }, memory, config.allocator, layouts.record('track')?.size ?? 0);
  try {
    const found = objects.at(address);
    if (!found) return undefined;
    const { cache, slab, object } = found;
    const index = Math.floor((object - direct.va(slab * PAGE_SIZE)) / objects.field(cache, 'size'));
    return {
      cacheName: objects.name(cache),
      address: object,
      bytes: objects.objectSize(cache),
      slab,
      index: objects.isSlub ? index : undefined,
      isFree: isFree(view, found, index),
    };
  } catch (error) {
    if (isException(error)) return undefined;
    throw error;
  }
}
/** Whether an object is on a freelist: the slab's own, or that of the CPU that has the slab. */
function isFree(view: View, { cache, slab }: SlabObject, index: number): boolean | undefined {
  const { backend } = view.kernel.allocators.slab;
  if (!(backend instanceof Slub)) return undefined;
  const { cpus, nodes } = backend.views.cache(cache);
  for (const cpu of cpus) {
    if (cpu.slab?.slab === slab) return cpu.free.includes(index) || cpu.slab.free.includes(index);
    const partial = cpu.partial.find((s) => s.slab === slab);
    if (partial) return partial.free.includes(index);
  }
  const partial = nodes.flatMap((node) => node.partial).find((s) => s.slab === slab);
  return partial ? partial.free.includes(index) : false;
}

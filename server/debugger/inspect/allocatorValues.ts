/** The allocators' structures in a line: what a developer looks for first. */
import { toBits } from '../../types/address';
import { PAGE_SIZE } from '../../types/pageSize';
import type { TypedLocation, View } from './view';

type Summary = (view: View, location: TypedLocation) => string | undefined;

const hex = (view: View, address: number): string => view.hexBits(toBits(view.abi, address));
const pages = (bytes: number): string => {
  const count = Math.ceil(bytes / PAGE_SIZE);
  return `${count} page${count === 1 ? '' : 's'}`;
};
/** Parts that are known, with commas. */
const joined = (...parts: readonly (string | undefined)[]): string =>
  parts.filter((part) => part !== undefined).join(', ');

export function cacheName(view: View, cache: number): string | undefined {
  const name = view.pointer(cache, 'kmem_cache', 'name');
  return name ? view.cString(name) : undefined;
}
const kmemCache: Summary = (view, { address }) => {
  const name = cacheName(view, address);
  if (name === undefined) return undefined;
  const number = (field: string) => view.number(address, 'kmem_cache', field);
  const [size, object] = [number('size'), number('object_size')];
  return joined(name, `${object} bytes${size === object ? '' : ` in steps of ${size}`}`);
};
/** A slab by its cache and how much of it is in use; SLAB counts `active`, SLOB free units. */
const slab: Summary = (view, { address }) => {
  const number = (field: string) => view.number(address, 'slab', field);
  const page = view.pageAt(address);
  const cache = view.pointer(address, 'slab', 'slab_cache');
  const units = number('units');
  const [objects, inuse = number('active')] = [number('objects'), number('inuse')];
  return joined(
    page?.offset === 0 ? `pfn 0x${page.pfn.toString(16)}` : undefined,
    cache ? cacheName(view, cache) : undefined,
    inuse === undefined ? undefined : `${inuse}${objects === undefined ? '' : ` of ${objects}`} in use`,
    units === undefined ? undefined : `${units} units free`,
    number('frozen') === 1 ? 'frozen' : undefined,
  );
};
/** kmem_cache_order_objects: the order in the upper half, the objects in the lower. */
const orderObjects: Summary = (view, { address }) => {
  const x = view.number(address, 'kmem_cache_order_objects', 'x');
  return x === undefined ? undefined : `order ${x >>> 16}, ${x & 0xffff} objects`;
};
const cpuCache: Summary = (view, { address }) => {
  const at = view.pointer(address, 'kmem_cache_cpu', 'slab');
  const record = view.layouts.record('slab');
  if (!at || !record) return 'no slab';
  return slab(view, { type: record, address: at });
};
const vmapArea: Summary = (view, { address }) => {
  const [start, end] = ['va_start', 'va_end'].map((field) => view.pointer(address, 'vmap_area', field));
  if (start === undefined || end === undefined) return undefined;
  return `${hex(view, start)}–${hex(view, end - 1)}, ${pages(end - start)}`;
};
const vmStruct: Summary = (view, { address }) => {
  const addr = view.pointer(address, 'vm_struct', 'addr');
  const caller = view.pointer(address, 'vm_struct', 'caller');
  if (addr === undefined) return undefined;
  const size = view.number(address, 'vm_struct', 'size') ?? 0;
  return joined(hex(view, addr), `${pages(size)} with its guard`, caller ? view.symbol(caller) : undefined);
};

export const ALLOCATOR_RECORDS: Readonly<Record<string, Summary>> = {
  kmem_cache: kmemCache,
  kmem_cache_cpu: cpuCache,
  kmem_cache_order_objects: orderObjects,
  slab,
  vmap_area: vmapArea,
  vm_struct: vmStruct,
};

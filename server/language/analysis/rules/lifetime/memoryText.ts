/** Words for memory in messages, and the call that frees an object. */

import { lookupApi } from '../../../catalogue/catalogue';
import type { MemoryKind } from '../../../catalogue/form/entry';
import { parameterTexts } from '../../../catalogue/prototype';
import type { Program } from '../../../check/context/program';
import { sourceText } from '../../engine/evidence';
import { type ObjectSite, objectText, type Subject } from '../../objects/objectEvents';
import type { Made } from '../../objects/things';

const KIND_TEXT: Readonly<Record<MemoryKind, string>> = {
  kmalloc: 'kmalloc memory',
  'const string': 'a string of kstrdup_const()',
  nolock: 'memory of kmalloc_nolock()',
  vmalloc: 'vmalloc memory',
  kvmalloc: 'kvmalloc memory, which may be vmalloc memory',
  pages: 'a struct page',
  'page address': 'the address of pages',
  'exact pages': 'memory of alloc_pages_exact()',
  percpu: 'per-CPU memory',
  cache: 'a cache',
  'cache object': 'an object of a cache',
  pool: 'a memory pool',
  'pool element': 'an element of a memory pool',
  devm: 'device-managed memory',
  vmap: 'a mapping of vmap()',
  'ram map': 'a mapping of vm_map_ram()',
  'address range': 'an address range of get_vm_area()',
  ioremap: 'a mapping of ioremap()',
  'local map': 'a mapping of kmap_local_page()',
  'atomic map': 'a mapping of kmap_atomic()',
  'coherent DMA': 'coherent DMA memory',
  'DMA pool': 'a DMA pool',
  'DMA pool block': 'a block of a DMA pool',
  workqueue: 'a workqueue',
  handle: 'what another subsystem gave',
  sk_buff: 'a packet buffer (sk_buff)',
  net_device: 'a network device',
  urb: 'a USB request (URB)',
  'USB buffer': 'a buffer of usb_alloc_coherent()',
  bio: 'a bio',
  request: 'a request of blk-mq',
  gendisk: 'a disk (gendisk)',
  input_dev: 'an input device',
  'device node': 'a node of the device tree',
  'firmware node': 'a firmware node',
  'page fragment': 'a page fragment',
  'page pool': 'a page pool',
  'page of a page pool': 'a page of a page pool',
};
/** Whether an object is a mapping of kmap_local_page() or kmap_atomic(), for which there are rules of their own. */
export const isLocalMap = (made: Made | undefined): boolean =>
  made?.allocates.kind === 'local map' || made?.allocates.kind === 'atomic map';
export const kindText = (kind: MemoryKind): string => KIND_TEXT[kind];
/** "kfree()", or "vunmap() or vfree()" */
export const freedWithText = ({ entry }: Made): string =>
  (entry.freedWith ?? []).map((name) => `${name}()`).join(' or ');

/** What an object is called in a message: a variable, or what it is. */
export function nameOf({ things, objects }: ObjectSite, { obj, made }: Subject): string {
  const text = objectText(things, objects, obj.id);
  return text !== '' ? text : made ? `the memory of ${made.by ? `${made.by.sym.name}()` : `${made.name}()`}` : 'it';
}
/** The call that frees an object named `text`; undefined where an argument of it is not known. */
export function freeingCall(program: Program, made: Made, text: string): string | undefined {
  const name = made.entry.freedWith?.[0];
  const by = name === undefined ? undefined : lookupApi(name);
  if (name === undefined || !by?.frees) return undefined;
  const { arg, from, order } = by.frees;
  const of = (index: number | undefined): string | undefined => {
    const given = index === undefined || made.by ? undefined : made.call.args[index];
    return given && sourceText(program, given.span);
  };
  const { allocates } = made;
  const args = parameterTexts(by.proto, name).map((_, i) => {
    if (i === arg) return text;
    if (i === from) return of(allocates.from);
    if (!order || !('arg' in order) || i !== order.arg || !allocates.order) return undefined;
    return 'is' in allocates.order ? String(allocates.order.is) : of(allocates.order.arg);
  });
  return args.some((a) => a === undefined) ? undefined : `${name}(${args.join(', ')})`;
}

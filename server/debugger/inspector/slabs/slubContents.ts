/** A slab of SLUB: its objects, the freelists that they are on, and what slub_debug keeps around them. */
import type { Slub } from '../../../kernel/mm/slub/slub';
import type { CacheView, SlabView } from '../../../kernel/mm/slub/slub_view';
import { objectZones, RED_ACTIVE, RED_INACTIVE, wrongBytes } from '../../../kernel/mm/slub_debug/object_zones';
import { SlubLayout } from '../../../kernel/mm/slub_debug/slub_layout';
import { SLAB_KASAN, SLAB_POISON, SLAB_RED_ZONE, SLAB_STORE_USER } from '../../../profiles/slabFlags';
import { toBits } from '../../../types/address';
import { PAGE_SIZE } from '../../../types/pageSize';
import type { View } from '../../inspect/view';
import type { ObjectPart, PageObject } from '../shapes/slabs';
import { inOrder, type PlacedObject, type SlabContents } from './slabContents';
import { unlessDamaged } from './slabSearch';

type Damage = PageObject['damage'];
/** A freelist that objects of the slab are on. */
interface Freelist {
  readonly name: string;
  /** places in the slab, the next to be handed out first */
  readonly objects: readonly number[];
}

export class SlubContents implements SlabContents {
  readonly slab;
  readonly list: string;
  readonly address: number;
  readonly bytes: number;
  readonly size: number;
  readonly start: number;
  readonly parts: ObjectPart[];
  readonly end;
  readonly count: number;
  private readonly layout: SlubLayout;
  /** of the slab's objects, by their places */
  private readonly free = new Map<number, { readonly on: string; readonly place: number }>();

  /** @param pfn first frame of the slab */
  constructor(
    private readonly view: View,
    private readonly slub: Slub,
    private readonly pfn: number,
    readonly cache: number,
  ) {
    const { parts } = slub;
    const { caches, slabs, ports } = parts;
    const trackSize = view.layouts.record('track')?.size ?? 0;
    this.layout = new SlubLayout(parts, trackSize, (c) => ports.sanitizer?.metadataSize(c) ?? 0);
    const flags = caches.flags(cache);
    this.size = Math.max(1, caches.size(cache));
    this.start = flags & SLAB_RED_ZONE ? caches.redLeftPad(cache) : 0;
    this.address = slabs.address(pfn);
    const pages = 2 ** ports.pages.order(pfn);
    this.bytes = pages * PAGE_SIZE;
    const own = slub.views.slab(cache, pfn);
    const found = placeOfSlab(slub.views.cache(cache), own);
    this.list = found.name;
    for (const { name, objects } of found.freelists)
      objects.forEach((index, place) => {
        if (!this.free.has(index)) this.free.set(index, { on: name, place });
      });
    this.count = Math.min(own.objects, Math.floor(this.bytes / this.size));
    this.slab = { pfn, pages, objects: own.objects, free: this.free.size, frozen: own.frozen };
    this.parts = partsOf(slub, this.layout, cache, trackSize);
    const used = this.count * this.size;
    const isPoisoned = (flags & SLAB_POISON) !== 0;
    this.end = {
      offset: used,
      bytes: this.bytes - used,
      what: isPoisoned ? 'padding, which slub_debug looks at' : 'room that is too small for an object',
      damage: isPoisoned
        ? this.damageIn('Padding', this.address + used, view.kernel.profile.poison.inuse, this.bytes - used)
        : [],
    };
  }

  object(index: number): PlacedObject {
    const { view, slub, cache } = this;
    const address = this.address + index * this.size + this.start;
    const free = this.free.get(index);
    const { poison } = view.kernel.profile;
    const red = free ? RED_INACTIVE : RED_ACTIVE;
    const zones = slub.parts.caches.isDebug(cache)
      ? objectZones(slub.parts, this.layout, poison, cache, address, red)
      : [];
    const next = free && this.next(address);
    return {
      index,
      address: this.hex(address),
      bytes: slub.parts.caches.objectSize(cache),
      isFree: free !== undefined,
      ...free,
      ...(next ? { next } : {}),
      damage: zones.flatMap((zone) => this.damageIn(zone.what, zone.start, zone.value, zone.bytes)),
    };
  }
  /** The pointer from a free object to the next. */
  private next(object: number): PageObject['next'] {
    const { view, slub, cache, layout } = this;
    const { m, at, pointers } = slub.parts;
    const place = unlessDamaged(() => object + m.intAt(cache + at.cache.offset));
    const stored = place === undefined ? undefined : view.bits(place, m.wordSize);
    if (place === undefined || stored === undefined) return undefined;
    const to = unlessDamaged(() => layout.nextOf(cache, object));
    const isObject = to !== undefined && to !== 0 && unlessDamaged(() => layout.isObject(cache, this.pfn, to)) === true;
    return {
      at: this.hex(place),
      stored: view.hexBits(stored),
      hardened: pointers.hardened,
      ...(to === undefined ? {} : { address: this.hex(to) }),
      ...(isObject ? { index: slub.views.index(cache, this.pfn, to) } : {}),
      valid: to === 0 || isObject,
    };
  }
  private damageIn(what: string, start: number, expected: number, bytes: number): Damage {
    const { view } = this;
    const wrong = unlessDamaged(() =>
      wrongBytes((address, length) => view.space.readBytes(address, length), start, expected, bytes),
    );
    if (!wrong) return [];
    return [{ what, address: this.hex(wrong.from), bytes: wrong.to - wrong.from, found: wrong.first, expected }];
  }
  private hex(address: number): string {
    return this.view.hexBits(toBits(this.view.abi, address));
  }
}

/** Where the allocator has a slab, and the freelists that its objects are on. */
function placeOfSlab({ cpus, nodes }: CacheView, own: SlabView): { name: string; freelists: readonly Freelist[] } {
  const ofSlab: Freelist = { name: 'the slab’s freelist', objects: own.free };
  for (const [cpu, { slab, free, partial }] of cpus.entries()) {
    if (slab?.slab === own.slab)
      return { name: `CPU ${cpu}’s slab`, freelists: [{ name: `CPU ${cpu}’s freelist`, objects: free }, ofSlab] };
    if (partial.some((s) => s.slab === own.slab)) return { name: `CPU ${cpu}’s partial slabs`, freelists: [ofSlab] };
  }
  for (const { nid, partial, full } of nodes) {
    if (partial.some((s) => s.slab === own.slab)) return { name: `partial slabs of node ${nid}`, freelists: [ofSlab] };
    if (full.some((s) => s.slab === own.slab)) return { name: `full slabs of node ${nid}`, freelists: [ofSlab] };
  }
  return { name: 'on no list: all its objects are taken', freelists: [ofSlab] };
}

/** What the place of an object consists of (calculate_sizes, get_info_end). */
function partsOf(
  { parts: { caches, m, at } }: Slub,
  layout: SlubLayout,
  cache: number,
  trackSize: number,
): ObjectPart[] {
  const flags = caches.flags(cache);
  const hasRedZone = (flags & SLAB_RED_ZONE) !== 0;
  const pad = hasRedZone ? caches.redLeftPad(cache) : 0;
  const [size, objectSize, inuse] = [caches.size(cache), caches.objectSize(cache), caches.inuse(cache)];
  const requested = layout.origSizeAt(cache);
  const parts: ObjectPart[] = [
    { what: 'left red zone', offset: 0, bytes: pad },
    { what: 'object', offset: pad, bytes: objectSize },
    { what: hasRedZone ? 'red zone' : 'alignment', offset: pad + objectSize, bytes: Math.max(0, inuse - objectSize) },
    { what: 'free pointer', offset: pad + m.intAt(cache + at.cache.offset), bytes: m.wordSize },
  ];
  const end = layout.infoEnd(cache);
  if (flags & SLAB_STORE_USER) parts.push({ what: 'tracks', offset: pad + end, bytes: 2 * trackSize });
  if (requested !== undefined) parts.push({ what: 'requested size', offset: pad + requested, bytes: 4 });
  const data = layout.dataEnd(cache);
  const kept = requested === undefined ? end + (flags & SLAB_STORE_USER ? 2 * trackSize : 0) : requested + 4;
  if (flags & SLAB_KASAN) parts.push({ what: 'KASAN', offset: pad + kept, bytes: data - kept });
  parts.push({ what: 'padding', offset: pad + data, bytes: Math.max(0, size - pad - data) });
  return inOrder(parts);
}

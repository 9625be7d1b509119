/**
 * What KASAN keeps of an object: struct kasan_alloc_meta behind it, struct kasan_free_meta in it once it is free, or behind it where its
 * user may still look at it (mm/kasan/kasan.h, generic.c, 6.1). And what its reports say of the object.
 */
import { SLAB_TYPESAFE_BY_RCU } from '../../../profiles/slabFlags';
import { formatBits, toBits } from '../../../types/address';
import type { StructMemory } from '../../lib/struct_memory';
import type { AllocTraces } from '../checks/alloc_traces';
import type { SlabObject, SlabObjects } from '../checks/slab_objects';
import type { MemoryOwner } from './kasan_report';
import { KASAN_SLAB_FREETRACK, type KasanShadow } from './shadow';

/** struct kasan_track: the task, and the depot's handle */
const TRACK = { pid: 0, stack: 4 } as const;
/** struct kasan_free_meta: the quarantine's link, then the track */
const FREE_TRACK = 8;

export class AllocMeta implements MemoryOwner {
  /** bytes: a track and the handles of two works; a link and a track */
  static readonly alloc = 16;
  static readonly free = 16;

  constructor(
    private readonly m: StructMemory,
    private readonly objects: SlabObjects,
    private readonly shadow: KasanShadow,
    private readonly traces: AllocTraces,
  ) {}
  /** Whether the free meta does not lie in the object itself. */
  static freeIsOutside(flags: number, ctor: boolean, objectSize: number): boolean {
    return (flags & SLAB_TYPESAFE_BY_RCU) !== 0 || ctor || objectSize < AllocMeta.free;
  }
  private allocAt(cache: number, object: number): number {
    return object + this.objects.tracksEnd(cache);
  }
  /** Address of an object's free meta, which begins with its link in the quarantine. */
  link(cache: number, object: number): number {
    const { objects } = this;
    const ctor = objects.constructorOf(cache) !== 0;
    const outside = AllocMeta.freeIsOutside(objects.flags(cache), ctor, objects.objectSize(cache));
    return outside ? this.allocAt(cache, object) + AllocMeta.alloc : object;
  }
  setAlloc(cache: number, object: number, pid: number, handle: number): void {
    const at = this.allocAt(cache, object);
    this.m.space.fill(at, AllocMeta.alloc, 0);
    this.m.set32(at + TRACK.pid, pid);
    this.m.set32(at + TRACK.stack, handle);
  }
  setFree(cache: number, object: number, pid: number, handle: number): void {
    const at = this.link(cache, object) + FREE_TRACK;
    this.m.set32(at + TRACK.pid, pid);
    this.m.set32(at + TRACK.stack, handle);
  }
  private track(at: number): { readonly pid: number; readonly stack: number } | undefined {
    const stack = this.m.get32(at + TRACK.stack);
    return stack === 0 ? undefined : { pid: this.m.get32(at + TRACK.pid), stack };
  }
  private tracksOf({ cache, object }: SlabObject) {
    const freed = this.shadow.byteOf(object) === KASAN_SLAB_FREETRACK;
    return {
      alloc: this.track(this.allocAt(cache, object)),
      free: freed ? this.track(this.link(cache, object) + FREE_TRACK) : undefined,
    };
  }

  /** describe_object */
  describe(address: number): { readonly lines: readonly string[]; readonly notes: readonly string[] } | undefined {
    const at = this.objects.at(address);
    if (!at) return undefined;
    const { alloc, free } = this.tracksOf(at);
    const stacks = (what: string, track: typeof alloc) =>
      track ? [`${what} by task ${track.pid}:`, ...this.traces.lines(track.stack), ''] : [];
    const notes = (what: string, track: typeof alloc) => {
      const [place, ...callers] = track ? this.traces.sources(track.stack) : [];
      return place === undefined ? [] : [`the object was ${what} ${place}`, ...callers];
    };
    return {
      lines: [...stacks('Allocated', alloc), ...stacks('Freed', free), ...this.place(address, at)],
      notes: [...notes('allocated', alloc), ...notes('freed', free)],
    };
  }
  /** describe_object_addr */
  private place(address: number, { cache, object }: SlabObject): string[] {
    const { objects, m } = this;
    const hex = (at: number) => formatBits(m.abi, toBits(m.abi, at)).slice(2);
    const size = objects.objectSize(cache);
    const [bytes, side] =
      address < object
        ? [object - address, 'to the left of']
        : address >= object + size
          ? [address - object - size, 'to the right of']
          : [address - object, 'inside of'];
    return [
      `The buggy address belongs to the object at ${hex(object)}`,
      ` which belongs to the cache ${objects.name(cache)} of size ${size}`,
      `The buggy address is located ${bytes} bytes ${side}`,
      ` ${size}-byte region [${hex(object)}, ${hex(object + size)})`,
    ];
  }
}

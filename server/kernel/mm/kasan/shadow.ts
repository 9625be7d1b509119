/**
 * The shadow of the kernel's memory: one byte for 8 bytes, 0 where all of them may be accessed (include/linux/kasan.h;
 * mm/kasan/generic.c, shadow.c, kasan.h; arch/x86/mm/kasan_init_64.c, 6.1). The direct map, the kernel image, the vmalloc area and the
 * processors' entry areas have one.
 *
 * A real kernel takes the shadow from the machine's RAM. Here it lies behind the RAM; at virtual addresses it is where the kernel has it.
 */
import type { Memory } from '../../../memory/memory';
import type { AddressSpace } from '../../../memory/space';
import type { ArchInfo } from '../../../profiles/archInfo';
import type { MachineConfig } from '../../../profiles/machineConfig';
import { PAGE_SIZE } from '../../../types/pageSize';
import type { BeyondRam } from '../../arch/beyond_ram';

export const KASAN_SHADOW_SCALE_SIZE = 8;
const KASAN_SHADOW_SCALE_SHIFT = 3n;
/** what lies at KASAN_SHADOW_START: the lowest address that has a shadow */
const SHADOWED_FROM = -0x800000000000;
/** the shadow of what may not be accessed; 1 to 7: only so many bytes of the granule may */
export const KASAN_PAGE_FREE = 0xff;
/** behind a large kmalloc allocation, in its last page */
export const KASAN_PAGE_REDZONE = 0xfe;
export const KASAN_SLAB_REDZONE = 0xfc;
export const KASAN_SLAB_FREE = 0xfb;
/** a freed object whose first bytes hold the call trace that freed it */
export const KASAN_SLAB_FREETRACK = 0xfa;
export const KASAN_GLOBAL_REDZONE = 0xf9;
export const KASAN_VMALLOC_INVALID = 0xf8;
export const KASAN_STACK_LEFT = 0xf1;
export const KASAN_STACK_MID = 0xf2;
export const KASAN_STACK_RIGHT = 0xf3;

/** addr_has_metadata: whether an address, as a signed number, has a shadow. */
export const addrHasMetadata = (address: number): boolean => address < 0 && address >= SHADOWED_FROM;

/** Virtual bytes that have a shadow, and the physical address of its first byte. */
interface Shadowed {
  readonly start: number;
  readonly end: number;
  readonly phys: number;
}

export class KasanShadow {
  /** the direct map comes first: most accesses are to it */
  private readonly regions: Shadowed[] = [];

  /** @param offset KASAN_SHADOW_OFFSET */
  constructor(
    private readonly mem: Memory,
    private readonly space: AddressSpace,
    private readonly offset: bigint,
    private readonly beyond: BeyondRam,
  ) {
    // with the holes of the direct map, so that a frame's shadow follows from its number
    for (const name of ['direct map', 'kernel image']) {
      const ranges = space.ranges.filter((r) => r.name === name);
      const [first, last] = [ranges[0], ranges.at(-1)];
      if (first && last) this.cover(first.start, last.start + last.size - first.start, (bytes) => beyond.take(bytes));
    }
  }
  /** Gives the processors' entry areas theirs, before the run: all of them may be accessed. */
  coverEntryAreas(start: number, size: number): void {
    this.cover(start, size, (bytes) => this.beyond.take(bytes));
  }
  /** Gives the vmalloc area its shadow, before the run. */
  coverVmalloc(start: number, size: number): void {
    this.cover(start, size, (bytes) => this.beyond.takeFar(bytes));
  }
  private cover(start: number, size: number, take: (bytes: number) => number): void {
    const bytes = Math.ceil(size / KASAN_SHADOW_SCALE_SIZE / PAGE_SIZE) * PAGE_SIZE;
    const phys = take(bytes);
    const va = (BigInt.asUintN(64, BigInt(start)) >> KASAN_SHADOW_SCALE_SHIFT) + this.offset;
    this.space.addLinear('KASAN shadow', Number(BigInt.asIntN(64, va)), bytes, phys, false);
    this.regions.push({ start, end: start + size, phys });
  }

  /** kasan_poison_pages, kasan_poison_slab: nothing of the block may be accessed. */
  poisonPages(pfn: number, order: number, value = KASAN_PAGE_FREE): void {
    this.mem.fill(this.ofPage(pfn), (PAGE_SIZE / KASAN_SHADOW_SCALE_SIZE) << order, value);
  }
  /** kasan_unpoison_pages: all of the block may be accessed. */
  unpoisonPages(pfn: number, order: number): void {
    this.mem.clear(this.ofPage(pfn), (PAGE_SIZE / KASAN_SHADOW_SCALE_SIZE) << order);
  }
  private ofPage(pfn: number): number {
    return (this.regions[0] as Shadowed).phys + pfn * (PAGE_SIZE / KASAN_SHADOW_SCALE_SIZE);
  }
  /** kasan_poison: whole granules get a value. */
  poison(address: number, size: number, value = KASAN_VMALLOC_INVALID): void {
    const at = this.shadowOf(address);
    if (at >= 0) this.mem.fill(at, Math.ceil(size / KASAN_SHADOW_SCALE_SIZE), value);
  }
  /** kasan_unpoison: `size` bytes may be accessed, and no more of the last granule. */
  unpoison(address: number, size: number): void {
    const at = this.shadowOf(address);
    if (at < 0) return;
    const whole = Math.floor(size / KASAN_SHADOW_SCALE_SIZE);
    this.mem.clear(at, whole);
    const rest = size % KASAN_SHADOW_SCALE_SIZE;
    if (rest !== 0) this.mem.write8(at + whole, rest);
  }
  /** Stores shadow bytes, as compiled code does at the start of a function. */
  store(address: number, bytes: Uint8Array): void {
    const at = this.shadowOf(address);
    if (at >= 0) this.mem.writeBytes(at, bytes);
  }
  /** kasan_populate_vmalloc: the shadow's pages for a new area begin as ones of which nothing may be accessed. */
  populate(address: number, size: number): void {
    const first = this.shadowOf(address);
    if (first < 0) return;
    const start = Math.floor(first / PAGE_SIZE) * PAGE_SIZE;
    const end = Math.ceil((first + size / KASAN_SHADOW_SCALE_SIZE) / PAGE_SIZE) * PAGE_SIZE;
    for (let page = start; page < end; page += PAGE_SIZE)
      // a page of zeros is not there yet: else the part of the new area would not be accessible
      if (this.mem.firstNonZero(page, PAGE_SIZE) === PAGE_SIZE) this.mem.fill(page, PAGE_SIZE, KASAN_VMALLOC_INVALID);
  }
  /** kasan_release_vmalloc: of the shadow of a range that has become free, the pages that belong to free addresses alone are given back. */
  release(start: number, end: number, freeStart: number, freeEnd: number): void {
    const region = this.regionOf(start);
    if (region === undefined) return;
    const covered = PAGE_SIZE * KASAN_SHADOW_SCALE_SIZE;
    let at = region.start + Math.floor((start - region.start) / covered) * covered;
    for (; at < end; at += covered)
      if (at >= freeStart && at + covered <= freeEnd) this.mem.clear(this.shadowOf(at), PAGE_SIZE);
  }

  private regionOf(address: number): Shadowed | undefined {
    for (const region of this.regions) if (address >= region.start && address < region.end) return region;
    return undefined;
  }
  /** Physical address of the shadow byte of an address; −1 for one that has none: all of that may be accessed. */
  private shadowOf(address: number): number {
    const region = this.regionOf(address);
    return region ? region.phys + Math.floor((address - region.start) / KASAN_SHADOW_SCALE_SIZE) : -1;
  }
  /** The physical address of one in the direct map; −1 for any other. */
  physOf(address: number): number {
    const direct = this.regions[0] as Shadowed;
    return address >= direct.start && address < direct.end ? address - direct.start : -1;
  }
  /** The shadow byte of an address. */
  byteOf(address: number): number {
    const at = this.shadowOf(address);
    return at < 0 ? 0 : this.mem.read8(at);
  }
  /** memory_is_poisoned: whether one of `size` bytes may not be accessed. */
  isPoisoned(address: number, size: number): boolean {
    const region = this.regionOf(address);
    if (region === undefined) return false;
    const offset = address - region.start;
    const shadow = region.phys + Math.floor(offset / KASAN_SHADOW_SCALE_SIZE);
    const inGranule = offset % KASAN_SHADOW_SCALE_SIZE;
    const last = inGranule + size - 1;
    if (last < KASAN_SHADOW_SCALE_SIZE) return refuses(this.mem.read8(shadow), last);
    const whole = Math.floor(last / KASAN_SHADOW_SCALE_SIZE);
    const end = Math.min(whole, Math.ceil((region.end - address) / KASAN_SHADOW_SCALE_SIZE) - 1);
    if (this.mem.firstNonZero(shadow, end) < end) return true;
    return end === whole && refuses(this.mem.read8(shadow + whole), last % KASAN_SHADOW_SCALE_SIZE);
  }
  /** kasan_find_first_bad_addr: the first granule of a poisoned range that may not be accessed, or not in full. */
  firstBad(address: number, size: number): number {
    const region = this.regionOf(address);
    if (region === undefined || wraps(address, size)) return address;
    const granules = Math.ceil(Math.min(size, region.end - address) / KASAN_SHADOW_SCALE_SIZE);
    return address + this.mem.firstNonZero(this.shadowOf(address), granules) * KASAN_SHADOW_SCALE_SIZE;
  }
}

/** The shadow of a machine whose kernel has KASAN; undefined for any other. */
export function kasanShadow(
  { config }: MachineConfig,
  { kasanShadowOffset }: ArchInfo,
  space: AddressSpace,
  beyond: BeyondRam,
): KasanShadow | undefined {
  if (config.KASAN !== true || kasanShadowOffset === undefined) return undefined;
  return new KasanShadow(space.memory, space, kasanShadowOffset, beyond);
}

/** Whether a shadow byte forbids the byte `index` of its granule: 1 to 7 allow so many bytes, what is above 0x7f none. */
const refuses = (shadow: number, index: number): boolean => shadow !== 0 && (shadow > 0x7f || index >= shadow);
/** Whether a range goes on past the highest address: its length was negative. */
export const wraps = (address: number, size: number): boolean => address < 0 && address + size >= 0;

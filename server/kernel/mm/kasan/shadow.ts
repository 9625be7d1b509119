/**
 * The shadow of the direct map: one byte for 8 bytes of memory, 0 where all of them may be accessed (include/linux/kasan.h;
 * mm/kasan/generic.c, shadow.c; arch/x86/mm/kasan_init_64.c, 6.1).
 *
 * A real kernel takes the shadow from the machine's RAM. Here it lies in frames of its own behind the RAM, so that a machine has the same
 * free pages with and without KASAN; at virtual addresses it is where the kernel has it.
 */
import type { Memory } from '../../../memory/memory';
import type { AddressSpace } from '../../../memory/space';
import type { ArchInfo } from '../../../profiles/archInfo';
import type { MachineConfig } from '../../../profiles/machineConfig';
import { PAGE_SIZE } from '../../../types/pageSize';

export const KASAN_SHADOW_SCALE_SIZE = 8;
/** what lies at KASAN_SHADOW_START: the lowest address that has a shadow */
const SHADOWED_FROM = -0x800000000000;
/** the shadow of a free page */
const KASAN_PAGE_FREE = 0xff;

/** addr_has_metadata: whether an address, as a signed number, has a shadow. */
export const addrHasMetadata = (address: number): boolean => address < 0 && address >= SHADOWED_FROM;

export class KasanShadow {
  /** the direct map: first address and size in bytes; it maps physical address 0 on */
  private readonly start: number;
  private readonly size: number;
  /** physical address of the shadow of `start` */
  private readonly phys: number;
  /** the physical address behind the shadow */
  readonly endPhys: number;

  /** @param offset KASAN_SHADOW_OFFSET */
  constructor(
    private readonly mem: Memory,
    space: AddressSpace,
    offset: bigint,
    endPfn: number,
  ) {
    const direct = space.ranges[0] as AddressSpace['ranges'][number];
    this.start = direct.start;
    this.size = direct.size;
    this.phys = endPfn * PAGE_SIZE;
    const bytes = Math.ceil(this.size / KASAN_SHADOW_SCALE_SIZE / PAGE_SIZE) * PAGE_SIZE;
    this.endPhys = this.phys + bytes;
    mem.addRam(this.phys, this.endPhys);
    const va = (BigInt.asUintN(64, BigInt(this.start)) >> 3n) + offset;
    space.addLinear('KASAN shadow', Number(BigInt.asIntN(64, va)), bytes, this.phys);
  }

  /** kasan_poison_pages: nothing of the block may be accessed. */
  poisonPages(pfn: number, order: number): void {
    this.mem.fill(this.ofPage(pfn), (PAGE_SIZE / KASAN_SHADOW_SCALE_SIZE) << order, KASAN_PAGE_FREE);
  }
  /** kasan_unpoison_pages: all of the block may be accessed. */
  unpoisonPages(pfn: number, order: number): void {
    this.mem.clear(this.ofPage(pfn), (PAGE_SIZE / KASAN_SHADOW_SCALE_SIZE) << order);
  }
  private ofPage(pfn: number): number {
    return this.phys + pfn * (PAGE_SIZE / KASAN_SHADOW_SCALE_SIZE);
  }
  /** The physical address of one in the direct map; −1 for any other. */
  physOf(address: number): number {
    const offset = address - this.start;
    return offset >= 0 && offset < this.size ? offset : -1;
  }
  /** The shadow byte of an address. Outside of the direct map all memory may be accessed. */
  byteOf(address: number): number {
    const offset = this.physOf(address);
    return offset < 0 ? 0 : this.mem.read8(this.phys + Math.floor(offset / KASAN_SHADOW_SCALE_SIZE));
  }
  /** memory_is_poisoned: whether one of `size` bytes may not be accessed. */
  isPoisoned(address: number, size: number): boolean {
    const offset = this.physOf(address);
    if (offset < 0) return false;
    const shadow = this.phys + Math.floor(offset / KASAN_SHADOW_SCALE_SIZE);
    const inGranule = offset % KASAN_SHADOW_SCALE_SIZE;
    const last = inGranule + size - 1;
    if (last < KASAN_SHADOW_SCALE_SIZE) return refuses(this.mem.read8(shadow), last);
    const whole = Math.floor(last / KASAN_SHADOW_SCALE_SIZE);
    const end = Math.min(whole, Math.ceil((this.size - offset) / KASAN_SHADOW_SCALE_SIZE) - 1);
    if (this.mem.firstNonZero(shadow, end) < end) return true;
    return end === whole && refuses(this.mem.read8(shadow + whole), last % KASAN_SHADOW_SCALE_SIZE);
  }
  /** kasan_find_first_bad_addr: the first granule of a poisoned range that may not be accessed, or not in full. */
  firstBad(address: number, size: number): number {
    let at = address;
    const end = Math.min(address + size, this.start + this.size);
    while (at < end && this.byteOf(at) === 0) at += KASAN_SHADOW_SCALE_SIZE;
    return at;
  }
}

/** The shadow of a machine whose kernel has KASAN; undefined for any other. `endPfn`: one past the last frame of its RAM. */
export function kasanShadow(
  { config }: MachineConfig,
  { kasanShadowOffset }: ArchInfo,
  space: AddressSpace,
  endPfn: number,
): KasanShadow | undefined {
  if (config.KASAN !== true || kasanShadowOffset === undefined) return undefined;
  return new KasanShadow(space.memory, space, kasanShadowOffset, endPfn);
}

/** Whether a shadow byte forbids the byte `index` of its granule: 1 to 7 allow so many bytes, what is above 0x7f none. */
const refuses = (shadow: number, index: number): boolean => shadow !== 0 && (shadow > 0x7f || index >= shadow);

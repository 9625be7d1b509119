/**
 * Allocation masks: their bits, and the zone and migratetype they select. Follows include/linux/gfp_types.h, gfp.h and
 * include/trace/events/mmflags.h, 6.1; the bits are the profile's.
 */
import { gfpValue } from '../../profiles/gfpValue';
import type { Profile } from '../../profiles/profile';
import type { Arch } from '../../types/ctype';

/** gfp_zone and gfp_migratetype look at these bits alone: the lowest five. */
export const GFP_KIND = 31;
const GFP_ZONEMASK = 15;

/** The masks of one kernel version on one machine, as plain numbers for the hot paths. */
export class GfpMasks {
  readonly dma: number;
  readonly highmem: number;
  readonly movable: number;
  readonly high: number;
  readonly io: number;
  readonly fs: number;
  readonly zero: number;
  readonly atomic: number;
  readonly directReclaim: number;
  readonly kswapdReclaim: number;
  readonly nowarn: number;
  readonly nofail: number;
  readonly memalloc: number;
  readonly noretry: number;
  readonly retryMayfail: number;
  readonly comp: number;
  readonly nomemalloc: number;
  readonly thisnode: number;
  readonly reclaimable: number;
  readonly account: number;
  readonly dma32: number;
  /** __GFP_BITS_MASK: all bits that there are */
  readonly all: number;
  /** GFP_KERNEL */
  readonly kernel: number;
  /** GFP_NOWAIT */
  readonly nowait: number;
  /** GFP_RECLAIM_MASK (mm/internal.h): what says how hard to try, and not where the memory is to lie */
  readonly reclaimMask: number;
  /** the same and GFP_CONSTRAINT_MASK: what of a mask the slab allocators pass on to the page allocator */
  readonly slabPassesOn: number;
  /**
   * GFP_ZONE_TABLE: highest zone that a mask may take from, by its lowest four bits, as index in enum zone_type. The combinations of
   * GFP_ZONE_BAD have no entry: it reads as 0, the lowest zone.
   */
  private readonly zoneTable: Int8Array;
  /** GFP_ZONE_BAD: a bit for each combination of the lowest four bits that the kernel calls a bug */
  private readonly badZones: number;
  private readonly mobility: number;
  private readonly mobilityShift: number;
  private readonly printed: readonly (readonly [name: string, mask: number])[];

  /** @throws Error for bits that break the rules which gfp.h checks with BUILD_BUG_ON */
  constructor({ gfp, types, version }: Profile, arch: Arch) {
    const b = gfp.bits;
    this.dma = b.__GFP_DMA;
    this.highmem = b.__GFP_HIGHMEM;
    this.movable = b.__GFP_MOVABLE;
    this.high = b.__GFP_HIGH;
    this.io = b.__GFP_IO;
    this.fs = b.__GFP_FS;
    this.zero = b.__GFP_ZERO;
    this.atomic = b.__GFP_ATOMIC;
    this.directReclaim = b.__GFP_DIRECT_RECLAIM;
    this.kswapdReclaim = b.__GFP_KSWAPD_RECLAIM;
    this.nowarn = b.__GFP_NOWARN;
    this.nofail = b.__GFP_NOFAIL;
    this.memalloc = b.__GFP_MEMALLOC;
    this.noretry = b.__GFP_NORETRY;
    this.retryMayfail = b.__GFP_RETRY_MAYFAIL;
    this.comp = b.__GFP_COMP;
    this.nomemalloc = b.__GFP_NOMEMALLOC;
    this.thisnode = b.__GFP_THISNODE;
    this.reclaimable = b.__GFP_RECLAIMABLE;
    this.account = b.__GFP_ACCOUNT;
    this.dma32 = b.__GFP_DMA32;
    this.all = Object.values(b).reduce((all, bit) => all | bit, 0);
    this.kernel = gfp.masks.GFP_KERNEL;
    this.nowait = gfp.masks.GFP_NOWAIT;
    this.reclaimMask =
      gfp.masks.__GFP_RECLAIM |
      b.__GFP_HIGH |
      b.__GFP_IO |
      b.__GFP_FS |
      b.__GFP_NOWARN |
      b.__GFP_RETRY_MAYFAIL |
      b.__GFP_NOFAIL |
      b.__GFP_NORETRY |
      b.__GFP_MEMALLOC |
      b.__GFP_NOMEMALLOC |
      b.__GFP_ATOMIC;
    this.slabPassesOn = this.reclaimMask | b.__GFP_THISNODE | b.__GFP_HARDWALL;
    this.mobility = b.__GFP_MOVABLE | b.__GFP_RECLAIMABLE;
    this.mobilityShift = 31 - Math.clz32(b.__GFP_MOVABLE);
    if ((b.__GFP_DMA | b.__GFP_HIGHMEM | b.__GFP_DMA32 | b.__GFP_MOVABLE) !== GFP_ZONEMASK)
      throw new Error(`profile ${version}: the four bits that name a zone are not the lowest of gfp_t`);
    if (this.mobility >>> this.mobilityShift !== 3 || (this.mobility & ~GFP_KIND) !== 0)
      throw new Error(`profile ${version}: __GFP_MOVABLE and __GFP_RECLAIMABLE do not select migratetypes 1 and 2`);
    this.printed = gfp.printed
      .map((name): [string, number] => [name, gfpValue(gfp, name)])
      .filter(([, mask]) => mask !== 0);

    const zones = types.enumConstants(arch).zone_type ?? [];
    const zone = (name: string, without: number): number => (zones.includes(name) ? zones.indexOf(name) : without);
    const normal = zone('ZONE_NORMAL', -1);
    const dma = zone('ZONE_DMA', normal);
    const dma32 = zone('ZONE_DMA32', normal);
    const table = new Map<number, number>([
      [0, normal],
      [b.__GFP_DMA, dma],
      [b.__GFP_HIGHMEM, zone('ZONE_HIGHMEM', normal)],
      [b.__GFP_DMA32, dma32],
      [b.__GFP_MOVABLE, normal],
      [b.__GFP_MOVABLE | b.__GFP_DMA, dma],
      [b.__GFP_MOVABLE | b.__GFP_HIGHMEM, zone('ZONE_MOVABLE', 0)],
      [b.__GFP_MOVABLE | b.__GFP_DMA32, dma32],
    ]);
    const kinds = [...Array(GFP_ZONEMASK + 1).keys()];
    this.zoneTable = Int8Array.from(kinds, (kind) => table.get(kind) ?? 0);
    this.badZones = kinds.reduce((bad, kind) => (table.has(kind) ? bad : bad | (1 << kind)), 0);
  }

  /** gfp_zone: index of the highest zone a mask may take from. */
  zone(gfp: number): number {
    return this.zoneTable[gfp & GFP_ZONEMASK] as number;
  }
  /** Whether a mask names zones that exclude each other, which gfp_zone finds with CONFIG_DEBUG_VM only. */
  badZone(gfp: number): boolean {
    return ((this.badZones >>> (gfp & GFP_ZONEMASK)) & 1) !== 0;
  }
  /** gfp_migratetype without the case of mobility grouping switched off. */
  migratetype(gfp: number): number {
    return (gfp & this.mobility) >>> this.mobilityShift;
  }
  /** A mask as text, as %pGg prints it: `GFP_KERNEL|__GFP_ZERO`; unknown bits in hexadecimal, `none` for 0. */
  names(mask: number): string {
    const names: string[] = [];
    let rest = mask >>> 0;
    for (const [name, bits] of this.printed) {
      if ((rest & bits) >>> 0 !== bits) continue;
      names.push(name);
      rest = (rest & ~bits) >>> 0;
    }
    if (rest !== 0) names.push(`0x${rest.toString(16)}`);
    return names.length ? names.join('|') : 'none';
  }
}

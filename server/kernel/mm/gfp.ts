/**
 * Allocation masks: bits, composites, and how they name a zone and a migratetype.
 * Follows include/linux/gfp_types.h, gfp.h and include/trace/events/mmflags.h, 6.1.
 */
import type { Arch } from '../../types/ctype';

export const GFP_DMA_BIT = 0x1;
export const GFP_HIGHMEM_BIT = 0x2;
export const GFP_DMA32_BIT = 0x4;
export const GFP_MOVABLE_BIT = 0x8;
export const GFP_RECLAIMABLE_BIT = 0x10;
export const GFP_HIGH_BIT = 0x20;
export const GFP_IO_BIT = 0x40;
export const GFP_FS_BIT = 0x80;
export const GFP_ZERO_BIT = 0x100;
export const GFP_ATOMIC_BIT = 0x200;
export const GFP_DIRECT_RECLAIM_BIT = 0x400;
export const GFP_KSWAPD_RECLAIM_BIT = 0x800;
export const GFP_WRITE_BIT = 0x1000;
export const GFP_NOWARN_BIT = 0x2000;
export const GFP_RETRY_MAYFAIL_BIT = 0x4000;
export const GFP_NOFAIL_BIT = 0x8000;
export const GFP_NORETRY_BIT = 0x10000;
export const GFP_MEMALLOC_BIT = 0x20000;
export const GFP_COMP_BIT = 0x40000;
export const GFP_NOMEMALLOC_BIT = 0x80000;
export const GFP_HARDWALL_BIT = 0x100000;
export const GFP_THISNODE_BIT = 0x200000;
export const GFP_ACCOUNT_BIT = 0x400000;
export const GFP_ZEROTAGS_BIT = 0x800000;

export const GFP_RECLAIM = GFP_DIRECT_RECLAIM_BIT | GFP_KSWAPD_RECLAIM_BIT;
export const GFP_KERNEL = GFP_RECLAIM | GFP_IO_BIT | GFP_FS_BIT;
export const GFP_ATOMIC = GFP_HIGH_BIT | GFP_ATOMIC_BIT | GFP_KSWAPD_RECLAIM_BIT;
export const GFP_NOWAIT = GFP_KSWAPD_RECLAIM_BIT;
export const GFP_NOIO = GFP_RECLAIM;
export const GFP_NOFS = GFP_RECLAIM | GFP_IO_BIT;
export const GFP_KERNEL_ACCOUNT = GFP_KERNEL | GFP_ACCOUNT_BIT;
export const GFP_USER = GFP_KERNEL | GFP_HARDWALL_BIT;
export const GFP_HIGHUSER = GFP_USER | GFP_HIGHMEM_BIT;
export const GFP_HIGHUSER_MOVABLE = GFP_HIGHUSER | GFP_MOVABLE_BIT;
export const GFP_TRANSHUGE_LIGHT =
  (GFP_HIGHUSER_MOVABLE | GFP_COMP_BIT | GFP_NOMEMALLOC_BIT | GFP_NOWARN_BIT) & ~GFP_RECLAIM;
export const GFP_TRANSHUGE = GFP_TRANSHUGE_LIGHT | GFP_DIRECT_RECLAIM_BIT;

/** In the order in which the kernel looks: a composite is named before its parts. */
const NAMES: readonly (readonly [mask: number, name: string])[] = [
  [GFP_TRANSHUGE, 'GFP_TRANSHUGE'],
  [GFP_TRANSHUGE_LIGHT, 'GFP_TRANSHUGE_LIGHT'],
  [GFP_HIGHUSER_MOVABLE, 'GFP_HIGHUSER_MOVABLE'],
  [GFP_HIGHUSER, 'GFP_HIGHUSER'],
  [GFP_USER, 'GFP_USER'],
  [GFP_KERNEL_ACCOUNT, 'GFP_KERNEL_ACCOUNT'],
  [GFP_KERNEL, 'GFP_KERNEL'],
  [GFP_NOFS, 'GFP_NOFS'],
  [GFP_ATOMIC, 'GFP_ATOMIC'],
  [GFP_NOIO, 'GFP_NOIO'],
  [GFP_NOWAIT, 'GFP_NOWAIT'],
  [GFP_DMA_BIT, 'GFP_DMA'],
  [GFP_HIGHMEM_BIT, '__GFP_HIGHMEM'],
  [GFP_DMA32_BIT, 'GFP_DMA32'],
  [GFP_HIGH_BIT, '__GFP_HIGH'],
  [GFP_ATOMIC_BIT, '__GFP_ATOMIC'],
  [GFP_IO_BIT, '__GFP_IO'],
  [GFP_FS_BIT, '__GFP_FS'],
  [GFP_NOWARN_BIT, '__GFP_NOWARN'],
  [GFP_RETRY_MAYFAIL_BIT, '__GFP_RETRY_MAYFAIL'],
  [GFP_NOFAIL_BIT, '__GFP_NOFAIL'],
  [GFP_NORETRY_BIT, '__GFP_NORETRY'],
  [GFP_COMP_BIT, '__GFP_COMP'],
  [GFP_ZERO_BIT, '__GFP_ZERO'],
  [GFP_NOMEMALLOC_BIT, '__GFP_NOMEMALLOC'],
  [GFP_MEMALLOC_BIT, '__GFP_MEMALLOC'],
  [GFP_HARDWALL_BIT, '__GFP_HARDWALL'],
  [GFP_THISNODE_BIT, '__GFP_THISNODE'],
  [GFP_RECLAIMABLE_BIT, '__GFP_RECLAIMABLE'],
  [GFP_MOVABLE_BIT, '__GFP_MOVABLE'],
  [GFP_ACCOUNT_BIT, '__GFP_ACCOUNT'],
  [GFP_WRITE_BIT, '__GFP_WRITE'],
  [GFP_RECLAIM, '__GFP_RECLAIM'],
  [GFP_DIRECT_RECLAIM_BIT, '__GFP_DIRECT_RECLAIM'],
  [GFP_KSWAPD_RECLAIM_BIT, '__GFP_KSWAPD_RECLAIM'],
  [GFP_ZEROTAGS_BIT, '__GFP_ZEROTAGS'],
];

/** A mask in words, as %pGg prints it: `GFP_KERNEL|__GFP_ZERO`; unknown bits in hexadecimal, `none` for 0. */
export function gfpNames(mask: number): string {
  const words: string[] = [];
  let rest = mask >>> 0;
  for (const [bits, name] of NAMES) {
    if ((rest & bits) >>> 0 !== bits) continue;
    words.push(name);
    rest = (rest & ~bits) >>> 0;
  }
  if (rest !== 0) words.push(`0x${rest.toString(16)}`);
  return words.length ? words.join('|') : 'none';
}

// ---------------------------------------------------------------- zones
/** enum zone_type by architecture: index in node_zones. */
export const ZONE_NAMES: Readonly<Record<Arch, readonly string[]>> = {
  x86_64: ['DMA', 'DMA32', 'Normal', 'Movable', 'Device'],
  i386: ['DMA', 'Normal', 'HighMem', 'Movable'],
  i386_pae: ['DMA', 'Normal', 'HighMem', 'Movable'],
};

/**
 * Highest zone a mask may take from (gfp_zone), by its low four bits: −1 for combinations that the kernel calls a bug.
 * Index into `ZONE_NAMES`.
 */
export function gfpZoneTable(arch: Arch): Int8Array {
  const names = ZONE_NAMES[arch];
  const zone = (name: string) => names.indexOf(name);
  const normal = zone('Normal');
  const high = zone('HighMem') < 0 ? normal : zone('HighMem');
  const dma32 = zone('DMA32') < 0 ? normal : zone('DMA32');
  const table = new Int8Array(16).fill(-1);
  table[0] = normal;
  table[GFP_DMA_BIT] = zone('DMA');
  table[GFP_HIGHMEM_BIT] = high;
  table[GFP_DMA32_BIT] = dma32;
  table[GFP_MOVABLE_BIT] = normal;
  table[GFP_MOVABLE_BIT | GFP_DMA_BIT] = zone('DMA');
  table[GFP_MOVABLE_BIT | GFP_HIGHMEM_BIT] = zone('Movable');
  table[GFP_MOVABLE_BIT | GFP_DMA32_BIT] = dma32;
  return table;
}

// ---------------------------------------------------------------- migratetypes
export const MIGRATE_UNMOVABLE = 0;
export const MIGRATE_MOVABLE = 1;
export const MIGRATE_RECLAIMABLE = 2;
export const MIGRATE_PCPTYPES = 3;
export const MIGRATE_HIGHATOMIC = 3;
export const MIGRATE_ISOLATE = 4;
export const MIGRATE_TYPES = 5;
/** As /proc/pagetypeinfo names them. */
export const MIGRATE_NAMES = ['Unmovable', 'Movable', 'Reclaimable', 'HighAtomic', 'Isolate'] as const;

/** gfp_migratetype without the case of mobility grouping switched off. */
export const gfpMigratetype = (gfp: number): number => (gfp & (GFP_MOVABLE_BIT | GFP_RECLAIMABLE_BIT)) >>> 3;

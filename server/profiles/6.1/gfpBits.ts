/** Allocation masks of 6.1: include/linux/gfp_types.h, and the order of include/trace/events/mmflags.h. */
import type { GfpFacts } from '../profile';

export const gfpBits: GfpFacts['bits'] = {
  __GFP_DMA: 0x1,
  __GFP_HIGHMEM: 0x2,
  __GFP_DMA32: 0x4,
  __GFP_MOVABLE: 0x8,
  __GFP_RECLAIMABLE: 0x10,
  __GFP_HIGH: 0x20,
  __GFP_IO: 0x40,
  __GFP_FS: 0x80,
  __GFP_ZERO: 0x100,
  __GFP_ATOMIC: 0x200,
  __GFP_DIRECT_RECLAIM: 0x400,
  __GFP_KSWAPD_RECLAIM: 0x800,
  __GFP_WRITE: 0x1000,
  __GFP_NOWARN: 0x2000,
  __GFP_RETRY_MAYFAIL: 0x4000,
  __GFP_NOFAIL: 0x8000,
  __GFP_NORETRY: 0x10000,
  __GFP_MEMALLOC: 0x20000,
  __GFP_COMP: 0x40000,
  __GFP_NOMEMALLOC: 0x80000,
  __GFP_HARDWALL: 0x100000,
  __GFP_THISNODE: 0x200000,
  __GFP_ACCOUNT: 0x400000,
  __GFP_ZEROTAGS: 0x800000,
};

/** The masks that 6.1 makes of the bits. */
export function gfpMasks(b: GfpFacts['bits']): GfpFacts['masks'] {
  const reclaim = b.__GFP_DIRECT_RECLAIM | b.__GFP_KSWAPD_RECLAIM;
  const kernel = reclaim | b.__GFP_IO | b.__GFP_FS;
  const user = kernel | b.__GFP_HARDWALL;
  const highuser = user | b.__GFP_HIGHMEM;
  const movable = highuser | b.__GFP_MOVABLE;
  const hugeLight = (movable | b.__GFP_COMP | b.__GFP_NOMEMALLOC | b.__GFP_NOWARN) & ~reclaim;
  return {
    __GFP_RECLAIM: reclaim,
    GFP_KERNEL: kernel,
    GFP_KERNEL_ACCOUNT: kernel | b.__GFP_ACCOUNT,
    GFP_ATOMIC: b.__GFP_HIGH | b.__GFP_ATOMIC | b.__GFP_KSWAPD_RECLAIM,
    GFP_NOWAIT: b.__GFP_KSWAPD_RECLAIM,
    GFP_NOIO: reclaim,
    GFP_NOFS: reclaim | b.__GFP_IO,
    GFP_USER: user,
    GFP_HIGHUSER: highuser,
    GFP_HIGHUSER_MOVABLE: movable,
    GFP_DMA: b.__GFP_DMA,
    GFP_DMA32: b.__GFP_DMA32,
    GFP_TRANSHUGE_LIGHT: hugeLight,
    GFP_TRANSHUGE: hugeLight | b.__GFP_DIRECT_RECLAIM,
  };
}

export const gfp61: GfpFacts = {
  bits: gfpBits,
  masks: gfpMasks(gfpBits),
  printed: [
    'GFP_TRANSHUGE',
    'GFP_TRANSHUGE_LIGHT',
    'GFP_HIGHUSER_MOVABLE',
    'GFP_HIGHUSER',
    'GFP_USER',
    'GFP_KERNEL_ACCOUNT',
    'GFP_KERNEL',
    'GFP_NOFS',
    'GFP_ATOMIC',
    'GFP_NOIO',
    'GFP_NOWAIT',
    'GFP_DMA',
    '__GFP_HIGHMEM',
    'GFP_DMA32',
    '__GFP_HIGH',
    '__GFP_ATOMIC',
    '__GFP_IO',
    '__GFP_FS',
    '__GFP_NOWARN',
    '__GFP_RETRY_MAYFAIL',
    '__GFP_NOFAIL',
    '__GFP_NORETRY',
    '__GFP_COMP',
    '__GFP_ZERO',
    '__GFP_NOMEMALLOC',
    '__GFP_MEMALLOC',
    '__GFP_HARDWALL',
    '__GFP_THISNODE',
    '__GFP_RECLAIMABLE',
    '__GFP_MOVABLE',
    '__GFP_ACCOUNT',
    '__GFP_WRITE',
    '__GFP_RECLAIM',
    '__GFP_DIRECT_RECLAIM',
    '__GFP_KSWAPD_RECLAIM',
    '__GFP_ZEROTAGS',
  ],
};

/**
 * What differs between the three machines: addresses, zones, the sizes of the kernel image and of what boot allocates.
 * Figures of Debian's kernels 6.1.0-50 (amd64, 686, 686-pae) as recorded; arch/x86/include/asm, include/linux/mmzone.h, 6.1.
 */

import { MAX_ORDER } from '../../profiles/commonConstants';
import type { Arch } from '../../types/ctype';
import { PAGE_SHIFT, PAGE_SIZE } from '../../types/pageSize';

export { MAX_ORDER } from '../../profiles/commonConstants';

export const MAX_ORDER_PAGES = 1 << (MAX_ORDER - 1);
export const KiB = 1024;
export const MiB = 1024 * KiB;
export const GiB = 1024 * MiB;
/** Frames from here on are beyond ZONE_DMA, and beyond ZONE_DMA32. */
export const DMA_END_PFN = (16 * MiB) / PAGE_SIZE;
export const DMA32_END_PFN = (4 * GiB) / PAGE_SIZE;

/** What page->flags has room for: 10 bits (NODES_SHIFT). */
export const MAX_NODES = 1024;

export interface ImagePart {
  readonly name: string;
  /** byte addresses, end exclusive */
  readonly start: number;
  readonly end: number;
}
/** The kernel in memory: what /proc/iomem lists, and the gaps and init sections that boot gives back. */
export interface KernelImage {
  readonly start: number;
  readonly end: number;
  readonly parts: readonly ImagePart[];
  /** freed before the watermarks are computed (SMP alternatives) */
  readonly freedEarly: readonly ImagePart[];
  /** freed at the end of boot, after they are computed */
  readonly freedLate: readonly ImagePart[];
}

export type ZoneName = 'DMA' | 'DMA32' | 'Normal' | 'HighMem' | 'Movable' | 'Device';

export interface ArchInfo {
  readonly arch: Arch;
  /** as uname -m and the recordings spell it */
  readonly debian: 'amd64' | 'i386' | 'i386-pae';
  /** zones in the order of enum zone_type */
  readonly zones: readonly ZoneName[];
  readonly pageOffset: number;
  /** virtual minus physical address of the kernel image */
  readonly imageOffset: number;
  readonly image: KernelImage;
  /** last frame + 1 of lowmem where there is highmem; infinite on x86_64 */
  readonly maxLowPfn: number;
  /** last frame + 1 that the page tables can name */
  readonly maxPfn: number;
  readonly pageblockOrder: number;
  /** CPUs that kmem emulates at most */
  readonly maxCpus: number;
  readonly lowmemReserveRatio: readonly number[];
  /** link address of the per-CPU section: what per-CPU addresses count from */
  readonly percpuStart: number;
  /** the per-CPU first chunk, bytes: static | reserved | dynamic, and what a chunk's allocation is a multiple of */
  readonly percpu: {
    readonly static: number;
    readonly reserved: number;
    readonly dynamic: number;
    readonly atom: number;
  };
  /** sparse memory (x86_64): sections of 2^sectionPfnShift pages behind a vmemmap */
  readonly sparse: boolean;
  /** frames of early boot data that this model doesn't take apart (early page tables, cpumasks, boot parameters …) */
  readonly earlyPages: number;
  readonly swiotlbSlotBytes: number;
}

/** x86_64: struct pages appear here, 64 bytes a frame. */
export const VMEMMAP_START = -0x160000000000;
export const SECTION_SHIFT = 27 - PAGE_SHIFT;
export const PAGES_PER_SECTION = 1 << SECTION_SHIFT;
/** struct mem_section with page_ext, and struct mem_section_usage: 64 subsection bits + 4 bits for each of 64 pageblocks */
export const MEM_SECTION_BYTES = 32;
export const SECTION_USAGE_BYTES = 40;
export const SWIOTLB_BYTES = 64 * MiB;
export const SWIOTLB_SLOTS = SWIOTLB_BYTES / 2048;

const part = (name: string, start: number, end: number): ImagePart => ({ name, start, end });

const x86_64: ArchInfo = {
  arch: 'x86_64',
  debian: 'amd64',
  zones: ['DMA', 'DMA32', 'Normal', 'Movable', 'Device'],
  pageOffset: -0x778000000000,
  imageOffset: -0x80000000,
  image: {
    start: 0x1000000,
    end: 0x4400000,
    parts: [
      part('Kernel code', 0x1000000, 0x1e01d32),
      part('Kernel rodata', 0x2000000, 0x28e7000),
      part('Kernel data', 0x2a00000, 0x2c489c0),
      part('Kernel bss', 0x330d000, 0x4400000),
    ],
    freedEarly: [part('SMP alternatives', 0x3304000, 0x330d000)],
    freedLate: [
      part('text/rodata gap', 0x1e02000, 0x2000000),
      part('rodata/data gap', 0x28e7000, 0x2a00000),
      part('initmem', 0x3043000, 0x3304000),
      part('decrypted', 0x4203000, 0x4400000),
    ],
  },
  maxLowPfn: Number.POSITIVE_INFINITY,
  maxPfn: 2 ** 29,
  pageblockOrder: 9,
  maxCpus: 64,
  lowmemReserveRatio: [256, 256, 32, 0, 0],
  percpuStart: 0,
  percpu: { static: 217088, reserved: 8192, dynamic: 28672, atom: 2 * MiB },
  sparse: true,
  earlyPages: 32,
  swiotlbSlotBytes: 24,
};

const i386: ArchInfo = {
  arch: 'i386',
  debian: 'i386',
  zones: ['DMA', 'Normal', 'HighMem', 'Movable'],
  pageOffset: 0xc0000000,
  imageOffset: 0xc0000000,
  image: {
    start: 0x1000000,
    end: 0x1ee6000,
    parts: [
      part('Kernel code', 0x1000000, 0x191bc80),
      part('Kernel rodata', 0x191c000, 0x1c39000),
      part('Kernel data', 0x1c39000, 0x1d70bc0),
      part('Kernel bss', 0x1e72000, 0x1ee6000),
    ],
    freedEarly: [part('SMP alternatives', 0x1e6a000, 0x1e72000)],
    freedLate: [part('initmem', 0x1d86000, 0x1e6a000)],
  },
  maxLowPfn: 0x36bfe,
  maxPfn: 0x100000,
  pageblockOrder: 10,
  maxCpus: 32,
  lowmemReserveRatio: [256, 32, 0, 0],
  percpuStart: 0xc1d8f000,
  percpu: { static: 103316, reserved: 0, dynamic: 31852, atom: PAGE_SIZE },
  sparse: false,
  earlyPages: 18,
  swiotlbSlotBytes: 12,
};

const i386_pae: ArchInfo = {
  ...i386,
  arch: 'i386_pae',
  debian: 'i386-pae',
  image: {
    start: 0x1000000,
    end: 0x1f0b000,
    parts: [
      part('Kernel code', 0x1000000, 0x1933f00),
      part('Kernel rodata', 0x1934000, 0x1c51000),
      part('Kernel data', 0x1c52000, 0x1d8e680),
      part('Kernel bss', 0x1e94000, 0x1f0b000),
    ],
    freedEarly: [part('SMP alternatives', 0x1e8c000, 0x1e94000)],
    freedLate: [part('initmem', 0x1da4000, 0x1e8c000)],
  },
  maxLowPfn: 0x36ffe,
  maxPfn: 0x1000000,
  pageblockOrder: 9,
  percpu: { static: 104276, reserved: 0, dynamic: 30892, atom: PAGE_SIZE },
  earlyPages: 29,
  swiotlbSlotBytes: 16,
};

export const ARCHES: Readonly<Record<Arch, ArchInfo>> = { x86_64, i386, i386_pae };

/** The kernel of a machine whose RAM ends before Debian's image does: one built for it, 8 MiB in all, that gives nothing back. */
const SMALL_IMAGE: KernelImage = {
  start: 0x1000000,
  end: 0x1800000,
  parts: [
    part('Kernel code', 0x1000000, 0x1300000),
    part('Kernel rodata', 0x1300000, 0x1500000),
    part('Kernel data', 0x1500000, 0x1600000),
    part('Kernel bss', 0x1600000, 0x1800000),
  ],
  freedEarly: [],
  freedLate: [],
};
/** What has to be left above an image for boot to get through. */
const ROOM = 24 * MiB;

/** The kernel for a machine of this architecture with RAM up to `end` (bytes). */
export function archFor(arch: Arch, end: number): ArchInfo {
  const info = ARCHES[arch];
  if (end >= info.image.end + ROOM) return info;
  return { ...info, image: SMALL_IMAGE, percpuStart: info.percpuStart && info.imageOffset + 0x1500000 };
}

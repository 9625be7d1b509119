/** Limits and addresses of x86 machines, and the kernel image of one: arch/x86/include/asm, include/linux/mmzone.h, 6.1. */

import { type ArchInfo, imagePart, type KernelImage } from '../../profiles/archInfo';
import { MAX_ORDER } from '../../profiles/commonConstants';
import { PAGE_SHIFT, PAGE_SIZE } from '../../types/pageSize';

export { MAX_ORDER } from '../../profiles/commonConstants';

export const MAX_ORDER_PAGES = 1 << (MAX_ORDER - 1);
export const KiB = 1024;
export const MiB = 1024 * KiB;
export const GiB = 1024 * MiB;
/** Frames from here on are beyond ZONE_DMA, and beyond ZONE_DMA32. */
export const DMA_END_PFN = (16 * MiB) / PAGE_SIZE;
export const DMA32_END_PFN = (4 * GiB) / PAGE_SIZE;

/** Most nodes that page->flags can number: 10 bits (NODES_SHIFT). */
export const MAX_NODES = 1024;

/** x86_64: struct pages appear here, 64 bytes per frame. */
export const VMEMMAP_START = -0x160000000000;
const SECTION_SHIFT = 27 - PAGE_SHIFT;
export const PAGES_PER_SECTION = 1 << SECTION_SHIFT;
/** struct mem_section with page_ext, and struct mem_section_usage: 64 subsection bits, and 4 bits for each of 64 pageblocks */
export const MEM_SECTION_BYTES = 32;
export const SECTION_USAGE_BYTES = 40;
export const SWIOTLB_BYTES = 64 * MiB;
export const SWIOTLB_SLOTS = SWIOTLB_BYTES / 2048;

/** The kernel of a machine whose RAM ends before Debian's image does: one built for it, of 8 MiB, that gives nothing back. */
const SMALL_IMAGE: KernelImage = {
  start: 0x1000000,
  end: 0x1800000,
  parts: [
    imagePart('Kernel code', 0x1000000, 0x1300000),
    imagePart('Kernel rodata', 0x1300000, 0x1500000),
    imagePart('Kernel data', 0x1500000, 0x1600000),
    imagePart('Kernel bss', 0x1600000, 0x1800000),
  ],
  freedEarly: [],
  freedLate: [],
};
/** RAM that boot needs above an image, in bytes. */
const BOOT_HEADROOM = 24 * MiB;

/** `info` for a machine with RAM up to `end` (bytes), with an image that fits. */
export function archFor(info: ArchInfo, end: number): ArchInfo {
  if (end >= info.image.end + BOOT_HEADROOM) return info;
  return { ...info, image: SMALL_IMAGE, percpuStart: info.percpuStart && info.imageOffset + 0x1500000 };
}

/**
 * The differences between a kernel version's builds for the three machines: addresses, zones, the sizes of the kernel image and of what
 * boot allocates.
 */
import type { Arch } from '../types/ctype';

interface ImagePart {
  readonly name: string;
  /** byte addresses, end exclusive */
  readonly start: number;
  readonly end: number;
}
export const imagePart = (name: string, start: number, end: number): ImagePart => ({ name, start, end });
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
  /** spelled as by uname -m and the recordings */
  readonly debian: 'amd64' | 'i386' | 'i386-pae';
  /** what its reports say of the build and of the machine that it runs on */
  readonly build: {
    /** uname -r, and -v as far as reports print it */
    readonly release: string;
    readonly version: string;
    readonly hardware: string;
  };
  /** zones in the order of enum zone_type */
  readonly zones: readonly ZoneName[];
  readonly pageOffset: number;
  /** virtual minus physical address of the kernel image */
  readonly imageOffset: number;
  readonly image: KernelImage;
  /** KERNEL_IMAGE_SIZE: bytes of address space for an image; x86_64's modules are behind it */
  readonly imageSpace: number;
  /** last frame + 1 of lowmem where there is highmem; infinite on x86_64 */
  readonly maxLowPfn: number;
  /** last frame + 1 that the page tables can name */
  readonly maxPfn: number;
  readonly pageblockOrder: number;
  /** CONFIG_FRAME_WARN: the build warns of stack frames with more bytes */
  readonly frameWarn: number;
  /** fixed addresses: index of the local APIC's page, and how many are permanent (enum fixed_addresses) */
  readonly fixmap: { readonly apic: number; readonly permanent: number };
  /** the real-mode trampoline's pages that are read-only, byte addresses, and from where on they may be executed */
  readonly trampoline: { readonly start: number; readonly code: number; readonly end: number };
  /** most CPUs that kmem emulates */
  readonly maxCpus: number;
  /** KASAN_SHADOW_OFFSET; undefined where the kernel has no KASAN */
  readonly kasanShadowOffset: bigint | undefined;
  readonly lowmemReserveRatio: readonly number[];
  /** link address of the per-CPU section: what per-CPU addresses count from */
  readonly percpuStart: number;
  /** the per-CPU first chunk, bytes: static | reserved | dynamic, and the unit of a chunk's allocation */
  readonly percpu: {
    readonly static: number;
    readonly reserved: number;
    readonly dynamic: number;
    readonly atom: number;
  };
  /** sparse memory (x86_64): sections of 2^sectionPfnShift pages behind a vmemmap */
  readonly sparse: boolean;
  /** frames of early boot data that this model does not itemise (early page tables, cpumasks, boot parameters …) */
  readonly earlyPages: number;
  readonly swiotlbSlotBytes: number;
}

/** Figures of Debian's kernels 6.1.0-50 (amd64, 686, 686-pae) as recorded; arch/x86/include/asm, include/linux/mmzone.h, 6.1. */
import type { Arch } from '../../types/ctype';
import { PAGE_SIZE } from '../../types/pageSize';
import { type ArchInfo, imagePart } from '../archInfo';

const build = (release: string): ArchInfo['build'] => ({
  release,
  version: '#1  Debian 6.1.176-1',
  hardware: 'QEMU Standard PC (i440FX + PIIX, 1996), BIOS 1.16.2-debian-1.16.2-1 04/01/2014',
});

const x86_64: ArchInfo = {
  arch: 'x86_64',
  debian: 'amd64',
  build: build('6.1.0-50-amd64'),
  zones: ['DMA', 'DMA32', 'Normal', 'Movable', 'Device'],
  pageOffset: -0x778000000000,
  imageOffset: -0x80000000,
  imageSpace: 1 << 30,
  frameWarn: 2048,
  image: {
    start: 0x1000000,
    end: 0x4400000,
    parts: [
      imagePart('Kernel code', 0x1000000, 0x1e01d32),
      imagePart('Kernel rodata', 0x2000000, 0x28e7000),
      imagePart('Kernel data', 0x2a00000, 0x2c489c0),
      imagePart('Kernel bss', 0x330d000, 0x4400000),
    ],
    freedEarly: [imagePart('SMP alternatives', 0x3304000, 0x330d000)],
    freedLate: [
      imagePart('text/rodata gap', 0x1e02000, 0x2000000),
      imagePart('rodata/data gap', 0x28e7000, 0x2a00000),
      imagePart('initmem', 0x3043000, 0x3304000),
      imagePart('decrypted', 0x4203000, 0x4400000),
    ],
  },
  maxLowPfn: Number.POSITIVE_INFINITY,
  maxPfn: 2 ** 29,
  pageblockOrder: 9,
  // the vsyscall page comes first: 511
  fixmap: { apic: 514, permanent: 646 },
  trampoline: { start: 0x99000, code: 0x9a000, end: 0x9b000 },
  maxCpus: 64,
  kasanShadowOffset: 0xdffffc0000000000n,
  lowmemReserveRatio: [256, 256, 32, 0, 0],
  percpuStart: 0,
  percpu: { static: 217088, reserved: 8192, dynamic: 28672, atom: 2 << 20 },
  sparse: true,
  earlyPages: 32,
  swiotlbSlotBytes: 24,
};

const i386: ArchInfo = {
  arch: 'i386',
  debian: 'i386',
  build: build('6.1.0-50-686'),
  zones: ['DMA', 'Normal', 'HighMem', 'Movable'],
  pageOffset: 0xc0000000,
  imageOffset: 0xc0000000,
  imageSpace: 512 << 20,
  frameWarn: 1024,
  image: {
    start: 0x1000000,
    end: 0x1ee6000,
    parts: [
      imagePart('Kernel code', 0x1000000, 0x191bc80),
      imagePart('Kernel rodata', 0x191c000, 0x1c39000),
      imagePart('Kernel data', 0x1c39000, 0x1d70bc0),
      imagePart('Kernel bss', 0x1e72000, 0x1ee6000),
    ],
    freedEarly: [imagePart('SMP alternatives', 0x1e6a000, 0x1e72000)],
    freedLate: [imagePart('initmem', 0x1d86000, 0x1e6a000)],
  },
  maxLowPfn: 0x36bfe,
  maxPfn: 0x100000,
  pageblockOrder: 10,
  fixmap: { apic: 3, permanent: 583 },
  trampoline: { start: 0x9b000, code: 0x9c000, end: 0x9d000 },
  maxCpus: 32,
  kasanShadowOffset: undefined,
  lowmemReserveRatio: [256, 32, 0, 0],
  percpuStart: 0xc1e50000,
  percpu: { static: 103316, reserved: 0, dynamic: 31852, atom: PAGE_SIZE },
  sparse: false,
  earlyPages: 18,
  swiotlbSlotBytes: 12,
};

const i386_pae: ArchInfo = {
  ...i386,
  arch: 'i386_pae',
  debian: 'i386-pae',
  build: build('6.1.0-50-686-pae'),
  image: {
    start: 0x1000000,
    end: 0x1f0b000,
    parts: [
      imagePart('Kernel code', 0x1000000, 0x1933f00),
      imagePart('Kernel rodata', 0x1934000, 0x1c51000),
      imagePart('Kernel data', 0x1c52000, 0x1d8e680),
      imagePart('Kernel bss', 0x1e94000, 0x1f0b000),
    ],
    freedEarly: [imagePart('SMP alternatives', 0x1e8c000, 0x1e94000)],
    freedLate: [imagePart('initmem', 0x1da4000, 0x1e8c000)],
  },
  maxLowPfn: 0x36ffe,
  maxPfn: 0x1000000,
  pageblockOrder: 9,
  percpuStart: 0xc1e72000,
  percpu: { static: 104276, reserved: 0, dynamic: 30892, atom: PAGE_SIZE },
  earlyPages: 29,
  swiotlbSlotBytes: 16,
};

export const debianKernels: Readonly<Record<Arch, ArchInfo>> = { x86_64, i386, i386_pae };

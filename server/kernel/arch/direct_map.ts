/** The direct map: from a physical address to its virtual one, and back (arch/x86/include/asm/page.h, 6.1). */
import type { AddressSpace } from '../../memory/space';
import type { ArchInfo } from '../../profiles/archInfo';
import { PAGE_SIZE } from '../../types/pageSize';
import type { MemoryMap } from './memory_map';

export class DirectMap {
  /** one past the last frame of lowmem */
  private readonly endPfn: number;

  constructor(
    private readonly arch: ArchInfo,
    private readonly space: AddressSpace,
    memory: Pick<MemoryMap, 'ram'>,
  ) {
    this.endPfn = Math.min(arch.maxLowPfn, Math.max(...memory.ram.map((r) => r.end)) / PAGE_SIZE);
  }

  /** __va: virtual address of a physical one in the direct map. Highmem has none: see `has`. */
  va(phys: number): number {
    return this.arch.pageOffset + phys;
  }
  /** __pa: physical address of a direct-map or kernel-image address; −1 for any other. */
  pa(va: number): number {
    const range = this.space.rangeOf(va);
    if (!range) return -1;
    const { pageOffset, imageOffset } = this.arch;
    const offset = range.start - range.phys;
    return offset === pageOffset || offset === imageOffset ? va - offset : -1;
  }
  /** From the first address of the direct map to the end of lowmem; there are holes in it. */
  get bytes(): number {
    return this.endPfn * PAGE_SIZE;
  }
  /** Whether a frame is in lowmem. What firmware keeps there is not mapped. */
  has(pfn: number): boolean {
    return pfn < this.endPfn;
  }
}

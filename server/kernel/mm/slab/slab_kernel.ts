/** The booted kernel, as far as the slab allocators need it: kernel.ts has it all. */
import type { Memory } from '../../../memory/memory';
import type { AddressSpace } from '../../../memory/space';
import type { MachineConfig } from '../../../profiles/machineConfig';
import type { Profile } from '../../../profiles/profile';
import type { Abi, CType } from '../../../types/ctype';
import type { Layouts } from '../../../types/layout';
import type { DirectMap } from '../../arch/direct_map';
import type { KernelVariables } from '../../lib/kernel_variables';
import type { PoisonPointers } from '../../lib/poison';
import type { BootPages } from '../boot_pages';
import type { LeakTracker } from '../checks/kmemleak';
import type { GfpMasks } from '../gfp';
import type { NodeInfo } from '../node';
import type { PageTable } from '../page';
import type { PageAllocator } from '../page_alloc/page_alloc';
import type { PageApi } from '../page_alloc/page_api';
import type { ReportLog } from '../page_report';
import type { SlabSanitizer } from './slab_sanitizer';

export interface SlabKernel {
  readonly mem: Memory;
  /** no sanitizer observes it */
  readonly space: AddressSpace;
  readonly abi: Abi;
  readonly layouts: Layouts;
  readonly config: MachineConfig;
  readonly profile: Profile;
  readonly gfp: GfpMasks;
  readonly poison: PoisonPointers;
  readonly direct: DirectMap;
  readonly vars: KernelVariables;
  readonly pages: PageTable;
  readonly nodes: readonly NodeInfo[];
  readonly pageAlloc: PageAllocator;
  readonly pageApi: PageApi;
  readonly bootPages: BootPages;
  readonly symbols: {
    /** a variable, zero at first */
    define(name: string, type: CType): number;
    definePerCpu(name: string, type: CType): number;
    /** of a per-CPU variable, a CPU's copy */
    address(name: string, cpu: number): number;
    /** bytes of read-only data, which are written before the run */
    rodata(size: number, align?: number): number;
  };
  readonly log: ReportLog;
  /** undefined on a machine without one */
  readonly sanitizer?: SlabSanitizer | undefined;
  readonly leaks?: LeakTracker | undefined;
}

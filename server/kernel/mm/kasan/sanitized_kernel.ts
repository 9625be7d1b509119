/** What the checks of memory need of the booted kernel: kernel.ts has it all. */
import type { Memory } from '../../../memory/memory';
import type { AddressSpace } from '../../../memory/space';
import type { Abi } from '../../../types/ctype';
import type { DirectMap } from '../../arch/direct_map';
import type { PageTable } from '../page';

export interface SanitizedKernel {
  readonly mem: Memory;
  readonly space: AddressSpace;
  readonly abi: Abi;
  readonly pages: PageTable;
  readonly direct: DirectMap;
}

/** The running kernel, as far as the files of /proc show it. */
import type { Abi } from '../../types/ctype';
import type { Layouts } from '../../types/layout';
import type { AddressMap } from '../arch/address_map';
import type { MemoryMap } from '../arch/memory_map';
import type { PageTables } from '../arch/page_tables';
import type { MemMap } from '../init/mem_map';
import type { PerCpuFirstChunk } from '../init/percpu_first';
import type { MmKernel } from '../mm/mm_kernel';

export interface ProcKernel extends MmKernel {
  readonly abi: Abi;
  readonly layouts: Layouts;
  readonly memory: MemoryMap;
  readonly memMap: MemMap;
  readonly percpu: PerCpuFirstChunk;
  readonly addresses: AddressMap;
  readonly pageTables: PageTables;
  readonly allocators: { readonly vmalloc: { readonly pages: number } };
}

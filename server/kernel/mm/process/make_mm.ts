/** The address spaces of a machine's processes. */
import type { AddressSpace } from '../../../memory/space';
import type { MachineConfig } from '../../../profiles/machineConfig';
import type { Abi } from '../../../types/ctype';
import { PAGE_SIZE } from '../../../types/pageSize';
import type { Tlbs } from '../../arch/tlb';
import { Lists } from '../../lib/list';
import type { PoisonPointers } from '../../lib/poison';
import { StructMemory } from '../../lib/struct_memory';
import type { BootPages } from '../boot_pages';
import type { PageAllocator } from '../page_alloc/page_alloc';
import { MmStructs } from './mm_struct';
import type { ProcessKernel } from './process_tables';

type Shared = 'mem' | 'layouts' | 'pageTables' | 'addresses' | 'direct' | 'pages' | 'heap' | 'gfp' | 'pgdCache';
interface MmMachine extends Pick<ProcessKernel, Shared> {
  readonly symbols: ProcessKernel['symbols'] & { address(name: string): number };
  readonly space: AddressSpace;
  readonly abi: Abi;
  readonly poison: PoisonPointers;
  readonly config: MachineConfig;
  readonly arch: { readonly pageOffset: number };
  readonly percpu: { readonly cpus: number };
  readonly trace: ProcessKernel['tracing'];
  readonly pageAlloc: PageAllocator;
  readonly pageApi: { pageArg(page: number): number };
  readonly bootPages: BootPages;
  readonly tlbs: Tlbs;
}

export function makeMmStructs(m: MmMachine): MmStructs {
  const { mem, space, pageAlloc, bootPages } = m;
  const memory = new StructMemory(space, m.abi, m.layouts);
  return new MmStructs({
    ...m,
    memory,
    lists: new Lists(memory, m.poison),
    arch: m.config.arch,
    pageOffset: m.arch.pageOffset,
    tracing: m.trace,
    cpus: m.percpu.cpus,
    initMm: m.symbols.address('init_mm'),
    pageOf: (page) => m.pageApi.pageArg(page),
    takePages(order) {
      const pfn = bootPages.takeBlock(order, false);
      if (pfn >= 0) mem.fill(pfn * PAGE_SIZE, PAGE_SIZE << order, 0);
      return pfn;
    },
    freePages: (pfn, order) => pageAlloc.freePages(pfn, order),
    noteTable: (start, end) => space.addTable(start, end),
  });
}

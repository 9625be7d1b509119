/** The vmalloc family of a machine. */

import type { AddressSpace } from '../../../memory/space';
import { constantTable } from '../../../profiles/constantTable';
import type { MachineConfig } from '../../../profiles/machineConfig';
import type { Profile } from '../../../profiles/profile';
import { type Abi, type CType, sizeOf } from '../../../types/ctype';
import type { Layouts } from '../../../types/layout';
import { PAGE_SIZE } from '../../../types/pageSize';
import type { AddressMap } from '../../arch/address_map';
import type { MemoryMap } from '../../arch/memory_map';
import type { PageTables } from '../../arch/page_tables';
import type { KernelVariables } from '../../lib/kernel_variables';
import type { KernelWorks } from '../../lib/kernel_works';
import { Lists } from '../../lib/list';
import type { PoisonPointers } from '../../lib/poison';
import { StructMemory } from '../../lib/struct_memory';
import type { LeakTracker } from '../checks/kmemleak';
import { type Heap, quietHeap } from '../heap';
import type { PageAllocator } from '../page_alloc/page_alloc';
import { VmallocApi } from './vmalloc_api';
import type { VmallocKernel, VmallocSanitizer } from './vmalloc_kernel';

interface VmallocMachine {
  readonly space: AddressSpace;
  readonly abi: Abi;
  readonly layouts: Layouts;
  readonly profile: Profile;
  readonly config: MachineConfig;
  readonly poison: PoisonPointers;
  readonly symbols: VmallocKernel['symbols'];
  readonly percpu: { readonly cpus: number };
  readonly nodes: readonly unknown[];
  readonly vars: KernelVariables;
  readonly memory: MemoryMap;
  readonly log: { print(text: string): void };
  readonly pageAlloc: PageAllocator;
  readonly pageTables: PageTables;
  readonly addresses: AddressMap;
  /** kasan/shadow.ts */
  readonly kasan: VmallocSanitizer | undefined;
}

/** log2 of what an entry of the second lowest table covers, of the largest ioremap alignment, and bits of physical addresses */
const SHIFTS = {
  x86_64: { pmd: 21, ioremapMax: 30, physical: 46 },
  i386_pae: { pmd: 21, ioremapMax: 21, physical: 36 },
  i386: { pmd: 22, ioremapMax: 22, physical: 32 },
} as const;

/** @param freed is told of the areas that are freed */
export function makeVmalloc(
  m: VmallocMachine,
  heap: Heap,
  works: KernelWorks,
  leaks?: LeakTracker,
  freed?: (start: number, bytes: number) => void,
): VmallocApi {
  const { arch } = m.config;
  const shifts = SHIFTS[arch];
  const memory = new StructMemory(m.space, m.abi, m.layouts);
  const constants = constantTable(m.profile, m.config);
  const { pages } = m.pageAlloc;
  const kernel: VmallocKernel = {
    memory,
    layouts: m.layouts,
    symbols: m.symbols,
    cpus: m.percpu.cpus,
    nodes: m.nodes.length,
    gfp: m.pageAlloc.gfp,
    lists: new Lists(memory, m.poison),
    heap: leaks ? quietHeap(heap, (address) => leaks.freed(address)) : heap,
    works,
    sanitizer: m.kasan,
    leaks,
    pageAlloc: m.pageAlloc,
    pageTables: m.pageTables,
    log: m.log,
    constant: (name) => constants.get(name)?.value ?? 0n,
    range: { start: m.addresses.vmallocStart, end: m.addresses.vmallocEnd },
    pmdShift: shifts.pmd,
    ioremapMaxOrder: shifts.ioremapMax,
    hugeVmap: arch !== 'i386',
    hugeVmalloc: arch === 'x86_64',
    totalRamPages: () => m.vars.read('_totalram_pages'),
  };
  const { firmware } = m.memory;
  const { reserved } = pages.pageFlags;
  const isUsed = (pfn: number): boolean => pages.has(pfn) && (pages.flagsLow(pfn) & reserved) === 0;
  return new VmallocApi(kernel, {
    freed,
    physical: {
      bits: shifts.physical,
      highMemory: () => m.vars.read('high_memory'),
      isSystemRam: (start, end) =>
        firmware.some((r) => {
          if (r.type !== 'usable' || r.start >= end || r.end <= start) return false;
          const last = Math.ceil(Math.min(r.end, end) / PAGE_SIZE);
          for (let pfn = Math.floor(Math.max(r.start, start) / PAGE_SIZE); pfn < last; pfn++)
            if (isUsed(pfn)) return true;
          return false;
        }),
    },
  });
}

/** What is a constant to the code of a real kernel: bounds of the vmalloc space, and PAGE_KERNEL. In read-only data. */
export function defineVmallocConstants(
  m: Pick<VmallocMachine, 'space' | 'abi' | 'layouts' | 'pageTables' | 'addresses'> & {
    readonly symbols: { defineConst(name: string, type: CType): number };
  },
): void {
  const { space, addresses, pageTables, layouts } = m;
  const memory = new StructMemory(space, m.abi, layouts);
  const bounds = { VMALLOC_START: addresses.vmallocStart, VMALLOC_END: addresses.vmallocEnd - 1 };
  for (const [name, value] of Object.entries(bounds))
    memory.setLong(m.symbols.defineConst(name, layouts.parseType('unsigned long')), value);
  const prot = m.symbols.defineConst('PAGE_KERNEL', layouts.parseType('pgprot_t'));
  if (sizeOf(layouts.parseType('pgprot_t')) === 8) space.write64(prot, pageTables.pageKernel);
  else space.write32(prot, Number(pageTables.pageKernel));
}

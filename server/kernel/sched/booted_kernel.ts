/** The booted kernel, as far as its running parts need it: kernel.ts has it all. */
import type { Memory } from '../../memory/memory';
import type { AddressSpace } from '../../memory/space';
import type { MachineConfig } from '../../profiles/machineConfig';
import type { Profile } from '../../profiles/profile';
import type { Abi } from '../../types/ctype';
import type { Layouts } from '../../types/layout';
import type { BeyondRam } from '../arch/beyond_ram';
import type { DirectMap } from '../arch/direct_map';
import type { SymbolTable } from '../init/symbols';
import type { KernelVariables } from '../lib/kernel_variables';
import type { PoisonPointers } from '../lib/poison';
import type { GfpMasks } from '../mm/gfp';
import type { KasanShadow } from '../mm/kasan/shadow';
import type { PageTable } from '../mm/page';

export interface BootedKernel {
  readonly mem: Memory;
  readonly space: AddressSpace;
  readonly abi: Abi;
  readonly config: MachineConfig;
  readonly profile: Profile;
  readonly layouts: Layouts;
  readonly symbols: SymbolTable;
  readonly percpu: { readonly cpus: number; offset(cpu: number): number };
  readonly poison: PoisonPointers;
  readonly gfp: GfpMasks;
  readonly direct: DirectMap;
  readonly vars: KernelVariables;
  readonly pages: PageTable;
  readonly memory: { readonly endPfn: number };
  readonly beyond: BeyondRam;
  readonly kasan: KasanShadow | undefined;
}

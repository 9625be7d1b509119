/** THREAD_SIZE: bytes of a kernel stack (arch/x86/include/asm/page_64_types.h, page_32_types.h, 6.1). */
import type { MachineConfig } from '../../profiles/machineConfig';
import { PAGE_SIZE } from '../../types/pageSize';

/**
 * Four pages on x86_64, twice as many with KASAN, whose redzones need room (KASAN_STACK_ORDER); two on i386. `config 4KSTACKS` is an option
 * of kernels up to 2.6.36: a single page.
 */
export function threadSize({ arch, config }: Pick<MachineConfig, 'arch' | 'config'>): number {
  if (arch === 'x86_64') return (config.KASAN === true ? 8 : 4) * PAGE_SIZE;
  return (config['4KSTACKS'] === true ? 1 : 2) * PAGE_SIZE;
}

/**
 * The stacks that hard and soft interrupts have on a real processor (arch/x86/kernel/irq_64.c: map_irq_stack, irq_init_percpu_irqstack;
 * irq_32.c: irq_init_percpu_irqstack, 6.1): on x86_64 per-CPU memory that is mapped once more, with a guard page behind it, in the vmalloc
 * area; on i386 two pages of lowmem each. Handlers of scenarios run on the stack that they interrupt.
 */
import { arrayOf, basicTypes } from '../../types/ctype';
import type { Layouts } from '../../types/layout';
import { PAGE_SIZE } from '../../types/pageSize';
import type { DirectMap } from '../arch/direct_map';
import type { SymbolTable } from '../init/symbols';
import type { KernelText } from '../lib/kernel_text';
import type { KernelVariables } from '../lib/kernel_variables';

interface Parts {
  readonly layouts: Layouts;
  readonly symbols: SymbolTable;
  readonly vars: KernelVariables;
  readonly direct: DirectMap;
  readonly cpus: number;
  /** bytes of a stack */
  readonly size: number;
  readonly frames: { take(count: number, align: number): number };
  /** maps adjacent frames in the vmalloc area: the address, 0 if there is no memory */
  readonly mapArea: (pfn: number, pages: number, caller: number) => number;
}

export class IrqStacks {
  private readonly isMapped: boolean;
  private readonly caller: number;

  constructor(
    private readonly k: Parts,
    text: KernelText,
  ) {
    const { symbols, layouts } = k;
    this.isMapped = layouts.abi.wordSize === 8;
    text.define(['irq_init_percpu_irqstack']);
    this.caller = text.inside('irq_init_percpu_irqstack');
    const pointer = layouts.parseType('void *');
    symbols.definePerCpu('hardirq_stack_ptr', pointer);
    if (!this.isMapped) symbols.definePerCpu('softirq_stack_ptr', pointer);
    else symbols.definePerCpu('irq_stack_backing_store', arrayOf(basicTypes(layouts.abi).uchar, k.size), PAGE_SIZE);
  }
  /** irq_init_percpu_irqstack, of each CPU */
  init(): void {
    const { k } = this;
    const pages = k.size / PAGE_SIZE;
    for (let cpu = 0; cpu < k.cpus; cpu++) {
      if (this.isMapped) {
        const pfn = k.direct.pa(k.symbols.address('irq_stack_backing_store', cpu)) / PAGE_SIZE;
        const stack = k.mapArea(pfn, pages, this.caller);
        // room for the pointer to the stack that was interrupted
        if (stack !== 0) k.vars.write('hardirq_stack_ptr', stack + k.size - 8, 0, cpu);
        continue;
      }
      const pfn = k.frames.take(2 * pages, pages);
      if (pfn < 0) continue;
      k.vars.write('hardirq_stack_ptr', k.direct.va(pfn * PAGE_SIZE), 0, cpu);
      k.vars.write('softirq_stack_ptr', k.direct.va((pfn + pages) * PAGE_SIZE), 0, cpu);
    }
  }
}

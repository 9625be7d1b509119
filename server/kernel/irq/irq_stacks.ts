/**
 * The stacks of interrupts (arch/x86/kernel/irq_64.c: map_irq_stack, irq_init_percpu_irqstack; irq_32.c: irq_init_percpu_irqstack, 6.1).
 * On x86_64 each CPU has one for hard and soft interrupts, per-CPU memory that is mapped once more, with a guard page behind it, in the
 * vmalloc area, and the NMI's in its entry area; on i386 one of lowmem for device interrupts and one for softirqs. irq_stack_switch.ts
 * tells what runs on them.
 */
import type { Memory } from '../../memory/memory';
import type { AddressSpace } from '../../memory/space';
import { arrayOf, basicTypes } from '../../types/ctype';
import type { Layouts } from '../../types/layout';
import { PAGE_SIZE } from '../../types/pageSize';
import { type AddressMap, entryAreaOf } from '../arch/address_map';
import type { DirectMap } from '../arch/direct_map';
import { liesOn, type StackArea, type StackName } from '../arch/stack_area';
import type { SymbolTable } from '../init/symbols';
import type { KernelText } from '../lib/kernel_text';
import type { KernelVariables } from '../lib/kernel_variables';

interface Parts {
  readonly mem: Memory;
  readonly space: AddressSpace;
  readonly layouts: Layouts;
  readonly symbols: SymbolTable;
  readonly vars: KernelVariables;
  readonly direct: DirectMap;
  readonly addresses: AddressMap;
  readonly cpus: number;
  /** bytes of a stack */
  readonly size: number;
  readonly frames: { take(count: number, align: number): number };
  /** maps adjacent frames in the vmalloc area: the address, 0 if there is no memory */
  readonly mapArea: (pfn: number, pages: number, caller: number) => number;
}

/** The stacks of one CPU. */
interface CpuStacks {
  readonly irq?: StackArea;
  /** i386 */
  readonly softirq?: StackArea;
  /** x86_64 */
  readonly nmi?: StackArea;
}

export class IrqStacks {
  /** whether hard and soft interrupts share one, in the vmalloc area */
  readonly isMapped: boolean;
  private readonly caller: number;
  /** by CPU; fixed once the machine has booted */
  private readonly stacks: CpuStacks[] = [];

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
    if (!this.isMapped) {
      symbols.definePerCpu('softirq_stack_ptr', pointer);
      return;
    }
    symbols.definePerCpu('irq_stack_backing_store', arrayOf(basicTypes(layouts.abi).uchar, k.size), PAGE_SIZE);
    symbols.definePerCpu('hardirq_stack_inuse', layouts.parseType('bool'));
  }
  /** irq_init_percpu_irqstack, of each CPU */
  init(): void {
    if (this.isMapped) this.mapStacks();
    else this.takeStacks();
  }
  of(cpu: number): CpuStacks {
    return this.stacks[cpu] ?? {};
  }
  /** The stack of a CPU's that an address lies on; undefined if it is on none. `below`: what lies below a stack counts as overflowed. */
  at(cpu: number, address: number, below: boolean): StackArea | undefined {
    const { irq, softirq, nmi } = this.of(cpu);
    for (const area of [irq, softirq, nmi])
      if (area && (liesOn(area, address) || (below && address >= area.floor && address < area.stack))) return area;
    return undefined;
  }

  private mapStacks(): void {
    const { k } = this;
    const pages = k.size / PAGE_SIZE;
    const nmi = k.addresses.entryAreaParts.find((part) => part.name === 'NMI_stack');
    for (let cpu = 0; cpu < k.cpus; cpu++) {
      const pfn = this.frameOf('irq_stack_backing_store', cpu);
      const stack = k.mapArea(pfn, pages, this.caller);
      // room for the pointer to the stack that was interrupted
      if (stack !== 0) k.vars.write('hardirq_stack_ptr', stack + k.size - 8, 0, cpu);
      this.stacks[cpu] = {
        ...(stack === 0 ? {} : { irq: this.area('IRQ', stack, k.size, pfn) }),
        ...(nmi && {
          nmi: this.area(
            'NMI',
            entryAreaOf(k.addresses, cpu) + nmi.offset,
            nmi.pages * PAGE_SIZE,
            this.frameOf(nmi.variable, cpu) + nmi.firstPage,
          ),
        }),
      };
    }
  }
  private frameOf(variable: string, cpu: number): number {
    return this.k.direct.pa(this.k.symbols.address(variable, cpu)) / PAGE_SIZE;
  }
  private area(name: StackName, stack: number, bytes: number, pfn: number): StackArea {
    const { mem, space } = this.k;
    mem.contiguous(pfn, pfn + bytes / PAGE_SIZE);
    // the fast path to what the page tables map there
    space.addLinear('interrupt stack', stack, bytes, pfn * PAGE_SIZE, false);
    return { name, stack, threadSize: bytes, floor: stack, stackWord: mem.word(pfn * PAGE_SIZE) };
  }
  /**
   * One block for all CPUs, with a stack's size of memory below it that belongs to nobody else: an overflow runs into the stack below, or
   * into that.
   */
  private takeStacks(): void {
    const { k } = this;
    const pages = k.size / PAGE_SIZE;
    const count = (2 * k.cpus + 1) * pages;
    const first = k.frames.take(count, pages);
    if (first < 0) return;
    k.mem.contiguous(first, first + count);
    const next = (name: StackName, n: number): StackArea => {
      const phys = (first + n * pages) * PAGE_SIZE;
      const stack = k.direct.va(phys);
      return { name, stack, threadSize: k.size, floor: stack - k.size, stackWord: k.mem.word(phys) };
    };
    for (let cpu = 0; cpu < k.cpus; cpu++) {
      const irq = next('IRQ', 2 * cpu + 1);
      const softirq = next('SOFTIRQ', 2 * cpu + 2);
      k.vars.write('hardirq_stack_ptr', irq.stack, 0, cpu);
      k.vars.write('softirq_stack_ptr', softirq.stack, 0, cpu);
      this.stacks[cpu] = { irq, softirq };
    }
  }
}

/** The entries on the way to an address, as an oops prints them (arch/x86/mm/fault.c: dump_pagetable, 6.1). */
import { PageTables, type WalkStep } from '../arch/page_tables';
import type { Core } from '../sched/core';

export function dumpPagetable(core: Core, address: number): string {
  const { mem, kernel } = core;
  const pgd = core.getLong(core.perCpuAddress('kmem_cr3', core.cpu));
  const tables = new PageTables(mem, kernel.config.arch, pgd, () => -1);
  const steps = tables.walk(address);
  const hex = (step: WalkStep, digits = 1): string =>
    ((BigInt(step.high >>> 0) << 32n) | BigInt(step.low >>> 0)).toString(16).padStart(digits, '0');
  const [top, ...rest] = steps as [WalkStep, ...WalkStep[]];
  if (kernel.config.arch === 'x86_64') {
    // the level below the top is folded, and always there; the last entry has no space behind it
    const names = ['PUD', 'PMD', 'PTE'];
    const below = rest.map((step, i) => `${names[i]} ${hex(step)}${i === 2 ? '' : ' '}`);
    return `PGD ${hex(top)} P4D ${hex(top)} ${below.join('')}`;
  }
  const digits = 2 * tables.geometry.entryBytes;
  const names = kernel.config.arch === 'i386' ? ['pde', 'pte'] : ['pdpt', 'pde', 'pte'];
  return steps.map((step, i) => `*${names[i]} = ${hex(step, digits)} `).join('');
}

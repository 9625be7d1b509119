/**
 * swapper_pg_dir: the kernel's page tables are placed, written and put to use (arch/x86/kernel/setup.c: setup_arch; arch/x86/mm/init.c, 6.1).
 */

import type { Profile } from '../../profiles/profile';
import { arrayOf, basicTypes } from '../../types/ctype';
import type { Layouts } from '../../types/layout';
import { PAGE_SIZE } from '../../types/pageSize';
import { type AddressMap, addressMap } from '../arch/address_map';
import { directMapRanges } from '../arch/memory_map';
import { PageTables, pgdEntries } from '../arch/page_tables';
import { PageAttributes } from '../arch/set_memory';
import type { KernelVariables } from '../lib/kernel_variables';
import { EarlyTables } from './early_tables';
import { headMapping } from './head_mapping';
import {
  earlyTablePages,
  initMemMapping,
  type MappedMachine,
  markReadonly,
  protectedParts,
  reservedTables,
} from './init_mem_mapping';

/** What page tables are made for. */
type Machine = Omit<MappedMachine, 'addresses' | 'pageTables' | 'attributes' | 'early'> & {
  readonly profile: Profile;
  readonly layouts: Layouts;
  readonly vars: KernelVariables;
};

export interface KernelPageTables {
  /** init_mm's */
  readonly pageTables: PageTables;
  readonly attributes: PageAttributes;
  readonly addresses: AddressMap;
  /** mark_readonly(): the end of boot */
  markReadonly(): void;
}

/** Bytes of per-CPU variables that the entry areas map; they begin at a page. */
function defineEntryVariables({ symbols, layouts }: Machine, { entryAreaParts }: AddressMap): void {
  const { uchar } = basicTypes(layouts.abi);
  const pages = new Map<string, number>();
  for (const part of entryAreaParts)
    pages.set(part.variable, Math.max(pages.get(part.variable) ?? 0, part.firstPage + part.pages));
  for (const [name, count] of pages) symbols.definePerCpu(name, arrayOf(uchar, count * PAGE_SIZE), PAGE_SIZE);
  symbols.define('idt_table', arrayOf(uchar, PAGE_SIZE), PAGE_SIZE);
}

/**
 * Makes and uses the tables. `takePage`: a zeroed page once boot has used up its own; −1 if there is none. `provisional`: those of the first
 * instructions, to be looked at.
 */
export function kernelPageTables(k: Machine, takePage: () => number, provisional: boolean): KernelPageTables {
  const { mem, arch, symbols, layouts, direct, memory, profile } = k;
  const { uchar } = basicTypes(layouts.abi);
  const word = (name: string, type: string): number =>
    mem.word(direct.pa(symbols.define(name, layouts.parseType(type))));
  const pgd = symbols.define('swapper_pg_dir', layouts.parseType(`pgd_t[${pgdEntries(arch.arch)}]`), PAGE_SIZE);
  const initMm = symbols.define('init_mm', layouts.parseType('struct mm_struct'));
  k.vars.writeField(initMm, 'mm_struct', 'pgd', pgd);
  const pages = earlyTablePages(arch, memory, k.memMap, k.percpu.cpus);
  const early = new EarlyTables(symbols, uchar, pages, (va) => direct.pa(va));
  const pageTables = new PageTables(mem, arch.arch, direct.pa(pgd), () => {
    const table = mem.journal.enabled ? -1 : early.take();
    return table < 0 ? takePage() : table;
  });
  const changed = word('kmem_linear_changed', 'unsigned int');
  const setToReadonly = word('kernel_set_to_readonly', 'int');
  const attributes = new PageAttributes({
    mem,
    tables: pageTables,
    arch,
    errors: { ENOMEM: profile.errno.ENOMEM ?? 0, EFAULT: profile.errno.EFAULT ?? 0 },
    direct: directMapRanges(memory, arch.maxLowPfn),
    ...protectedParts(arch),
    setToReadonly,
    changed,
    pagesCount: word('direct_pages_count', 'unsigned long[5]'),
    longWords: layouts.abi.wordSize / 4,
  });
  const addresses = addressMap(k.config.config, arch, k.vars.read('high_memory'));
  defineEntryVariables(k, addresses);
  const machine: MappedMachine = { ...k, addresses, pageTables, attributes, early };
  if (provisional) headMapping(machine);
  else initMemMapping(machine);
  const bytes = (first: number, end: number) => ({ start: first * PAGE_SIZE, end: end * PAGE_SIZE });
  const top = pageTables.pgd / PAGE_SIZE;
  const block = reservedTables(machine);
  k.space.useTables(pageTables, changed, [
    bytes(top, top + 1),
    bytes(early.start, early.end),
    bytes(block.start, block.end),
  ]);
  return {
    pageTables,
    attributes,
    addresses,
    markReadonly: () => markReadonly({ ...machine, setToReadonly: () => mem.set(setToReadonly, 1) }),
  };
}

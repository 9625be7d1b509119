/** Page tables, over kernel/arch: entries as values, lookups, and changes of rights. */

import { pfnPte, ptePfn } from '../../kernel/arch/pgtable';
import type { SetMemory } from '../../kernel/arch/set_memory';
import { KernelBug } from '../../kernel/lib/bug';
import { toAddress } from '../../types/address';
import { PAGE_SIZE } from '../../types/pageSize';
import type { Machine } from '../machine/machine';
import type { Value } from '../values/value';
import { first, type Implementations, inline, plain, wait } from './define';

const SET_MEMORY = 'arch/x86/mm/pat/set_memory.c';
const unsigned = (value: Value): bigint => BigInt.asUintN(64, BigInt(value));
/** An unsigned long that is an address, whatever it is. */
const addressOf = (m: Machine, value: Value): number => toAddress(m.core.abi, unsigned(value));

/** set_memory_ro() and its family. */
const setMemory = (what: SetMemory) =>
  wait((m: Machine, scratch, addr: Value, numpages: number) => {
    if (first(m)) m.core.set32(scratch, change(m, what, addr, numpages));
    return m.smp.wait() ?? m.core.get32(scratch);
  });
/** What they change: vm_unmap_aliases() takes a mutex. */
function change(m: Machine, what: SetMemory, addr: Value, numpages: number): number {
  const address = addressOf(m, addr);
  const offset = address - Math.floor(address / PAGE_SIZE) * PAGE_SIZE;
  if (offset !== 0) m.reports.warn({ at: SET_MEMORY, fn: 'change_page_attr_set_clr' });
  m.mutexes.mightSleep(['mutex_lock', 'vm_unmap_aliases', 'change_page_attr_set_clr']);
  const { attributes } = m.kernel;
  const result = attributes.setMemory(what, address - offset, numpages);
  // cpa_flush: other addresses of the pages too
  m.smp.flushAll();
  if (result === -attributes.faults)
    m.reports.warn({ at: SET_MEMORY, fn: '__cpa_process_fault' }, attributes.faultText(m.core.abi, address - offset));
  return result;
}

export const pagetableBuiltins = {
  __kmem_pte_pfn: inline((m, val) => BigInt.asIntN(64, ptePfn(m.kernel, unsigned(val)))),
  __kmem_pfn_pte: inline((m, pfn, prot) => BigInt.asIntN(64, pfnPte(m.kernel, unsigned(pfn), unsigned(prot)))),
  lookup_address: plain((m, address, level) => {
    const found = m.kernel.pageTables.lookup(addressOf(m, address));
    m.core.set32(level, found.level);
    return found.entry < 0 ? 0 : m.kernel.direct.va(found.entry);
  }),
  read_cr3_pa: inline((m) => BigInt(m.kernel.tlbs.cr3(m.regs.cpu))),
  slow_virt_to_phys: inline((m, virt_addr) => {
    const phys = m.kernel.pageTables.phys(virt_addr, false);
    if (phys < 0) throw new KernelBug({ at: SET_MEMORY, fn: 'slow_virt_to_phys' });
    return phys;
  }),
  set_memory_ro: setMemory('ro'),
  set_memory_rw: setMemory('rw'),
  set_memory_x: setMemory('x'),
  set_memory_nx: setMemory('nx'),
  flush_tlb_all: wait((m) => {
    if (first(m)) m.smp.flushAll();
    return m.smp.wait();
  }),
  flush_tlb_kernel_range: wait((m, _scratch, start, end) => {
    if (first(m)) m.smp.flushRange(addressOf(m, start), addressOf(m, end));
    return m.smp.wait();
  }),
  flush_tlb_one_kernel: plain((m, addr) => m.kernel.pageTables.tlbs.flushOne(addressOf(m, addr))),
  __flush_tlb_all: plain((m) => m.kernel.pageTables.tlbs.flushLocal()),
} satisfies Partial<Implementations>;

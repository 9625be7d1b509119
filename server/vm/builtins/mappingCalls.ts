/** Mappings of single pages: kmap_local_page and the older kmap_atomic. */
import { WarnOnce } from '../../kernel/sched/core';
import type { Machine } from '../machine/machine';
import { disablePagefaults, enablePagefaults } from './contextCalls';
import { type Implementations, plain } from './define';

/** kmap_local_page: a lowmem page has its address. @throws KernelBug when the task's slots are used up */
function map(m: Machine, page: number): number {
  const pfn = m.page(page);
  return m.kernel.pageApi.pageAddress(pfn) || m.kmaps.map(pfn);
}
/** kunmap_local: mappings end in the reverse order. @throws KernelBug */
function unmap(m: Machine, address: number): void {
  if (!m.kmaps.unmap(address) && m.core.warnsNow(WarnOnce.KunmapOrder))
    m.reports.warn({ at: 'mm/highmem.c:610', fn: 'kunmap_local_indexed' });
}

export const mappingBuiltins = {
  kmap_local_page: plain((m, page) => map(m, page)),
  kunmap_local: plain((m, addr) => unmap(m, addr)),
  kmap_atomic: plain((m, page) => {
    m.preempt.disable();
    disablePagefaults(m);
    return map(m, page);
  }),
  kunmap_atomic: plain((m, addr) => {
    unmap(m, addr);
    enablePagefaults(m);
    m.preempt.enable();
  }),
} satisfies Partial<Implementations>;

/** Entries of page tables as values, over kernel/arch/pgtable.ts. */
import { pfnPte, ptePfn } from '../../kernel/arch/pgtable';
import type { Value } from '../values/value';
import { type Implementations, inline } from './define';

const unsigned = (value: Value): bigint => BigInt.asUintN(64, BigInt(value));

export const pagetableBuiltins = {
  __kmem_pte_pfn: inline((m, val) => BigInt.asIntN(64, ptePfn(m.kernel, unsigned(val)))),
  __kmem_pfn_pte: inline((m, pfn, prot) => BigInt.asIntN(64, pfnPte(m.kernel, unsigned(pfn), unsigned(prot)))),
} satisfies Partial<Implementations>;

/** Entries of page tables as text: number, frame and flags. */
import { ptePfn } from '../../kernel/arch/pgtable';
import { flagNames } from '../../kernel/proc/proc_layout';
import { _PAGE_PRESENT } from '../../profiles/commonConstants';
import type { View } from './view';

const TYPES: ReadonlySet<string> = new Set(['pteval_t', 'pmdval_t', 'pudval_t', 'p4dval_t', 'pgdval_t', 'pgprotval_t']);
export const isEntryType = (typedef: string | undefined): boolean => typedef !== undefined && TYPES.has(typedef);

/** `0x80000000010001e1 pfn 0x1000 RW PSE GLB NX` */
export function entryText({ kernel }: View, value: bigint, typedef: string | undefined): string {
  const bits = BigInt.asUintN(64, value);
  const number = `0x${bits.toString(16)}`;
  if (bits === 0n) return `${number} (empty)`;
  const frame = typedef === 'pgprotval_t' ? '' : ` pfn 0x${ptePfn(kernel, bits).toString(16)}`;
  const present = bits & BigInt(_PAGE_PRESENT) ? '' : ' (not present)';
  return `${number}${frame} ${flagNames(bits).join(' ')}${present}`;
}

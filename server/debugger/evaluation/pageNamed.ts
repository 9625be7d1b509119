/** The page that a user means by a number, or by an expression that holds one: a pfn, or an address that leads to a page. */
import { toBits } from '../../types/address';
import type { CType } from '../../types/ctype';
import { PAGE_SIZE } from '../../types/pageSize';
import type { View } from '../inspect/view';
import { EvaluationError, type Frame, type Target } from '../target/target';

/** A number, with what it is to be taken for if the user says so. */
const NUMBER = /^(?:(pfn|phys)\s+)?(0[xX][0-9a-fA-F]+|\d+)$/;

/**
 * The pfn of the page that `text` means: a number is a pfn if the machine has it, else an address: of a struct page, in the direct map, or
 * physical; `phys 0x1000` and `pfn 0x1000` say which. Anything else is a C expression: a struct page or folio, a pointer to one, or what
 * holds such a number.
 * @throws EvaluationError that says why there is no page: a hole, past the end, not the address of a page
 */
export function pageNamed(view: View, target: Target, text: string, frame: Frame | undefined): number {
  const wanted = text.trim();
  if (wanted === '') throw new EvaluationError('give a pfn, an address, or an expression that holds one');
  const [, as, number] = NUMBER.exec(wanted) ?? [];
  const pfn = number === undefined ? pfnOfExpression(view, target, wanted, frame) : pfnOf(view, BigInt(number), as);
  if (view.mapped(view.kernel.pages.pageAddr(pfn), view.layouts.size('page'))) return pfn;
  throw new EvaluationError(`pfn ${hex(pfn)} is in a hole: there is no memory, and no struct page`);
}

function pfnOfExpression(view: View, target: Target, text: string, frame: Frame | undefined): number {
  const { type, value, address } = target.evaluate(text, frame);
  if (isPage(type) && address !== undefined) return pfnOfAddress(view, toBits(view.abi, address));
  if (value === undefined) throw new EvaluationError(`${text} holds neither a pfn nor an address`);
  if (type.kind !== 'pointer') return pfnOf(view, BigInt.asUintN(64, value), undefined);
  if (value === 0n) throw new EvaluationError(`${text} is NULL`);
  return pfnOfAddress(view, value);
}
const isPage = (type: CType): boolean => type.kind === 'struct' && (type.tag === 'page' || type.tag === 'folio');

function pfnOf(view: View, number: bigint, as: string | undefined): number {
  const { endPfn } = view.kernel.pages;
  if (as !== 'phys' && number < BigInt(endPfn)) return Number(number);
  if (as === undefined && inKernelSpace(view, number)) return pfnOfAddress(view, number);
  const physical = number / BigInt(PAGE_SIZE);
  if (as !== 'pfn' && physical < BigInt(endPfn)) return Number(physical);
  const last = `the last pfn of this machine is ${hex(endPfn - 1)}`;
  const what = as === 'phys' ? 'the physical address' : 'pfn';
  throw new EvaluationError(`${what} 0x${number.toString(16)} is past the end: ${last}`);
}
/** Whether a number lies where the kernel's own addresses do. */
function inKernelSpace({ abi, kernel }: View, number: bigint): boolean {
  return number >= toBits(abi, kernel.arch.pageOffset) && number >> BigInt(abi.wordSize * 8) === 0n;
}
function pfnOfAddress(view: View, bits: bigint): number {
  const address = view.addressOf(bits);
  const pfn = address === undefined ? undefined : (view.pageAt(address)?.pfn ?? view.directPfn(address));
  const physical = address === undefined ? -1 : view.space.translate(address);
  const found = pfn ?? (physical < 0 ? undefined : Math.floor(physical / PAGE_SIZE));
  if (found !== undefined && found < view.kernel.pages.endPfn) return found;
  throw new EvaluationError(`${view.hexBits(bits)} is not the address of a struct page, and no memory is mapped there`);
}
const hex = (pfn: number): string => `0x${pfn.toString(16)}`;

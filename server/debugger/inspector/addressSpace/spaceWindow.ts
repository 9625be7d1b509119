/** The part of the address space that a question is about, as numbers that can be compared. */
import { toBits } from '../../../types/address';
import type { View } from '../../inspect/view';
import { InspectorError } from '../asking';
import type { AddressSpaceQuestion } from '../shapes/addressSpace';

export interface SpaceWindow {
  readonly start: number;
  /** exclusive */
  readonly end: number;
  /** bytes that can be told apart */
  readonly cellBytes: number;
}
/** Of the kernel's half: what lies above the user's addresses. */
export function spaceWindow(view: View, { first, last, cells }: AddressSpaceQuestion): SpaceWindow {
  const whole = kernelHalf(view);
  const read = (text: string): number => {
    const address = view.addressOf(BigInt(text));
    if (address !== undefined && address >= whole.start && address < whole.end) return address;
    const range = `${hexOf(view, whole.start)}–${hexOf(view, whole.end - 1)}`;
    throw new InspectorError(`${text} is not an address of the kernel's: these are ${range}`);
  };
  const start = first === undefined ? whole.start : read(first);
  const end = last === undefined ? whole.end : read(last) + 1;
  if (end <= start) throw new InspectorError(`the window ends at ${last}, before it begins at ${first}`);
  return { start, end, cellBytes: (end - start) / cells };
}
/** All addresses that the kernel may use. */
export const kernelHalf = ({ abi, kernel }: View): { start: number; end: number } =>
  abi.wordSize === 8 ? { start: -(2 ** 47), end: 0 } : { start: kernel.arch.pageOffset, end: 2 ** 32 };

export const hexOf = (view: View, address: number): string => `0x${toBits(view.abi, address).toString(16)}`;
/** A range, end exclusive, as answers have it. */
export const rangeOf = (view: View, start: number, end: number): { first: string; last: string; bytes: number } => ({
  first: hexOf(view, start),
  last: hexOf(view, end - 1),
  bytes: end - start,
});

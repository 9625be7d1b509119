/**
 * The checks of CONFIG_DEBUG_LIST: whether list pointers are what they can be (lib/list_debug.c, 6.1: __list_add_valid,
 * __list_del_entry_valid). CONFIG_BUG_ON_DATA_CORRUPTION: what fails is a BUG.
 */
import type { AddressSpace } from '../../memory/space';
import { toBits } from '../../types/address';
import type { Abi } from '../../types/ctype';
import { GeneralProtectionError } from '../arch/faults';
import { KernelBug } from './bug';
import { blame } from './kernel_fault';
import type { PoisonPointer, PoisonPointers } from './poison';

export interface ListMemory {
  readonly space: AddressSpace;
  readonly abi: Abi;
  readonly poison: PoisonPointers;
}

const DEL = '__list_del_entry_valid';
const ADD = '__list_add_valid';

/** What __list_del_entry_valid finds wrong with an entry, as the error to throw; throws itself where a pointer leads nowhere. */
export function listDelError(memory: ListMemory, entry: number): KernelBug | undefined {
  return blame(DEL, () => {
    const at = (line: number, text: string) => corruption(DEL, line, `list_del corruption${text}`);
    const { own, next, prev, hex } = pointers(memory, entry);
    if (next === 0n) return at(49, `, ${hex(own)}->next is NULL`);
    if (prev === 0n) return at(51, `, ${hex(own)}->prev is NULL`);
    const { list1, list2 } = memory.poison;
    if (next === bitsOf(memory, list1)) return at(53, `, ${hex(own)}->next is LIST_POISON1 (${hex(next)})`);
    if (prev === bitsOf(memory, list2)) return at(56, `, ${hex(own)}->prev is LIST_POISON2 (${hex(prev)})`);
    const forth = follow(memory, prev, 0);
    if (forth !== own) return at(59, `. prev->next should be ${hex(own)}, but was ${hex(forth)}. (prev=${hex(prev)})`);
    const back = follow(memory, next, 1);
    if (back !== own) return at(62, `. next->prev should be ${hex(own)}, but was ${hex(back)}. (next=${hex(next)})`);
    return undefined;
  });
}
/** What __list_add_valid finds wrong with the neighbours that an entry is to get. Bits of the addresses. */
export function listAddError(memory: ListMemory, own: bigint, prev: bigint, next: bigint): KernelBug | undefined {
  return blame(ADD, () => {
    const hex = hexOf(memory);
    const at = (line: number, text: string) => corruption(ADD, line, `list_add ${text}`);
    if (prev === 0n) return at(23, 'corruption. prev is NULL.');
    if (next === 0n) return at(25, 'corruption. next is NULL.');
    const back = follow(memory, next, 1);
    if (back !== prev)
      return at(27, `corruption. next->prev should be prev (${hex(prev)}), but was ${hex(back)}. (next=${hex(next)}).`);
    const forth = follow(memory, prev, 0);
    if (forth !== next)
      return at(
        30,
        `corruption. prev->next should be next (${hex(next)}), but was ${hex(forth)}. (prev=${hex(prev)}).`,
      );
    if (own === prev || own === next)
      return at(33, `double add: new=${hex(own)}, prev=${hex(prev)}, next=${hex(next)}.`);
    return undefined;
  });
}

const corruption = (fn: string, line: number, text: string): KernelBug =>
  new KernelBug({ at: `lib/list_debug.c:${line}`, fn }, [text]);
const hexOf =
  ({ abi }: ListMemory) =>
  (bits: bigint): string =>
    bits.toString(16).padStart(2 * abi.wordSize, '0');
/** A poisoned pointer as bits. */
const bitsOf = ({ abi }: ListMemory, { low, high }: PoisonPointer): bigint =>
  abi.wordSize === 8 ? (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0) : BigInt(low >>> 0);

function pointers(memory: ListMemory, entry: number) {
  const own = toBits(memory.abi, entry);
  return { own, next: follow(memory, own, 0), prev: follow(memory, own, 1), hex: hexOf(memory) };
}
/** The pointer at `field` (0: next, 1: prev) of the list_head at an address. @throws PageFaultError, GeneralProtectionError */
function follow({ space, abi }: ListMemory, head: bigint, field: 0 | 1): bigint {
  const { wordSize } = abi;
  const bits = BigInt.asUintN(8 * wordSize, head + BigInt(field * wordSize));
  if (wordSize === 4) return BigInt(space.read32(Number(bits)) >>> 0);
  const address = BigInt.asIntN(64, bits);
  if (address >> 47n !== 0n && address >> 47n !== -1n) {
    space.nonCanonical(bits, wordSize, false);
    throw new GeneralProtectionError(bits, false);
  }
  return space.read64(Number(address));
}

/** Poisoned pointers as the words they take in memory: include/linux/poison.h. */
import type { Profile } from '../../profiles/profile';
import type { Arch } from '../../types/ctype';

/** A pointer's low word; its high word where pointers have two. */
export interface PoisonPointer {
  readonly low: number;
  readonly high: number;
}
export interface PoisonPointers {
  /** LIST_POISON1 and LIST_POISON2 */
  readonly list1: PoisonPointer;
  readonly list2: PoisonPointer;
  /** TAIL_MAPPING: what a tail page's mapping holds */
  readonly tailMapping: PoisonPointer;
}

/** The poisoned pointers of a kernel version on one machine. */
export function poisonPointers({ poison }: Profile, arch: Arch): PoisonPointers {
  const pointer = (value: number): PoisonPointer => {
    const bits = poison.pointerDelta[arch] + BigInt(value);
    return { low: Number(BigInt.asIntN(32, bits)), high: Number(BigInt.asIntN(32, bits >> 32n)) };
  };
  return { list1: pointer(poison.list1), list2: pointer(poison.list2), tailMapping: pointer(poison.tailMapping) };
}

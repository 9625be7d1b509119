/** Poison values of 6.1: include/linux/poison.h with CONFIG_ILLEGAL_POINTER_VALUE of x86. */
import type { PoisonValues } from '../profile';

export const poisonValues: PoisonValues = {
  pointerDelta: { x86_64: 0xdead000000000000n, i386: 0n, i386_pae: 0n },
  list1: 0x100,
  list2: 0x122,
  tailMapping: 0x400,
  page: 0xaa,
  inuse: 0x5a,
  free: 0x6b,
  end: 0xa5,
};

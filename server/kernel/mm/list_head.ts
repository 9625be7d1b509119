/** struct list_head as the head of a list of pages (include/linux/types.h, 6.1). */

/** Where a head lies: its word, and its virtual address as the two words that pointers to it hold (the high one is 0 on i386). */
export interface ListHead {
  /** index in mem.words */
  readonly word: number;
  readonly lo: number;
  readonly hi: number;
}

/** The upper half of a 64-bit address, as a signed word. */
export const highWord = (address: number): number => Math.floor(address / 0x1_0000_0000) | 0;

/** Pages of the machines that kmem emulates: 4 KiB, as the processor's page tables have them. */
export const PAGE_SHIFT = 12;
export const PAGE_SIZE = 1 << PAGE_SHIFT;

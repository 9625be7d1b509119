/** enum pageflags and page_type of 6.1: include/linux/page-flags.h. */
import type { PageFlag } from '../profile';

export const pageFlagBits: readonly PageFlag[] = [
  'locked',
  'referenced',
  'uptodate',
  'dirty',
  'lru',
  'active',
  'workingset',
  'waiters',
  'error',
  'slab',
  'owner_priv_1',
  'arch_1',
  'reserved',
  'private',
  'private_2',
  'writeback',
  'head',
  'mappedtodisk',
  'reclaim',
  'swapbacked',
  'unevictable',
  'mlocked',
  'uncached',
  'hwpoison',
  'young',
  'idle',
];
export const pageTypeBits = {
  buddy: 0x80,
  offline: 0x100,
  table: 0x200,
  guard: 0x400,
};

/**
 * Recorded page descriptors: a module on a real kernel brought pages into many states and printed their struct pages. Here the same calls
 * are made on a booted machine of that shape, and the words compared. Frames differ, so that pointers are compared by what they point to.
 */
import type { Kernel } from '../kernel/kernel';
import { gfpValue } from '../profiles/gfpValue';
import type { GfpMask } from '../profiles/profile';
import { PAGE_SHIFT } from '../types/pageSize';

/** The pfn of the first page of a state; −1 if the machine has none of it. `at`: that of a state that came before. */
type Make = (k: Kernel, at: (what: string) => number) => number;

const alloc =
  (mask: GfpMask, order: number, more: (gfp: Kernel['gfp']) => number = () => 0): Make =>
  (k) =>
    k.pageAlloc.allocPages(gfpValue(k.profile.gfp, mask) | more(k.gfp), order);
/** The page of an earlier state, after something was done to it. */
const then =
  (before: string, act: (k: Kernel, pfn: number) => void): Make =>
  (k, at) => {
    const pfn = at(before);
    act(k, pfn);
    return pfn;
  };
const freed = (before: string, order: number): Make => then(before, (k, pfn) => k.pageAlloc.freePages(pfn, order));
/** The first page of the block or slab that an object lies in. */
const kmalloc =
  (mask: GfpMask, size: number): Make =>
  (k) =>
    k.pages.head(k.pageApi.virtToPfn(k.allocators.slab.kmalloc(size, gfpValue(k.profile.gfp, mask))));
/** A page of a vmalloc area. */
const vmallocPage: Make = (k) => k.pageTables.pfnAt(k.allocators.vmalloc.vmalloc(1));
const setPrivateFlag = ({ pages }: Kernel, pfn: number, value: number): void => {
  const flag = pages.pageFlags.mask('private');
  pages.setFlagsLow(pfn, value === 0 ? pages.flagsLow(pfn) & ~flag : pages.flagsLow(pfn) | flag);
  pages.setPrivate(pfn, value);
};

/** In the order of the recording. The pages of a state are NAME, or NAME_0, NAME_1 …, or NAME_head, NAME_tail1 … */
export const PAGE_STATES: ReadonlyMap<string, Make> = new Map<string, Make>([
  ['reserved_text', (k) => k.arch.image.start >>> PAGE_SHIFT],
  ['reserved_pfn0xa0', () => 0xa0],
  ['pfn', () => 0],
  ['kernel_o0', alloc('GFP_KERNEL', 0)],
  ['kernel_o0_get_page', then('kernel_o0', (k, pfn) => k.pageApi.getPage(pfn))],
  [
    'kernel_o0_private',
    then('kernel_o0', (k, pfn) => {
      k.pageApi.putPage(pfn);
      setPrivateFlag(k, pfn, 0x1234);
    }),
  ],
  [
    'kernel_o0_freed_on_pcp',
    then('kernel_o0', (k, pfn) => {
      setPrivateFlag(k, pfn, 0);
      k.pageAlloc.freePages(pfn, 0);
    }),
  ],
  ['kernel_zero_o0', alloc('GFP_KERNEL', 0, (gfp) => gfp.zero)],
  ['o3_nocomp', alloc('GFP_KERNEL', 3)],
  ['o3_nocomp_freed', freed('o3_nocomp', 3)],
  ['o3_comp', alloc('GFP_KERNEL', 3, (gfp) => gfp.comp)],
  ['o3_comp_freed', freed('o3_comp', 3)],
  [
    'o2_split',
    (k) => {
      const pfn = k.pageAlloc.allocPages(k.gfp.kernel, 2);
      k.pageApi.splitPage(pfn, 2);
      return pfn;
    },
  ],
  ['o5', alloc('GFP_KERNEL', 5)],
  ['o5_freed', freed('o5', 5)],
  ['highuser_o0', alloc('GFP_HIGHUSER', 0)],
  ['highuser_movable_o0', alloc('GFP_HIGHUSER_MOVABLE', 0)],
  ['dma_o0', alloc('GFP_KERNEL', 0, (gfp) => gfp.dma)],
  ['kernel_account_o0', alloc('GFP_KERNEL_ACCOUNT', 0)],
  ['slab_kmalloc64', kmalloc('GFP_KERNEL', 64)],
  ['slab_kmalloc4k', kmalloc('GFP_KERNEL', 4096)],
  ['kmalloc16k', kmalloc('GFP_KERNEL', 16384)],
  ['kmalloc16k_account', kmalloc('GFP_KERNEL_ACCOUNT', 16384)],
  ['vmalloc_0', vmallocPage],
  ['vmalloc_1', vmallocPage],
  ['vmalloc_2', vmallocPage],
]);

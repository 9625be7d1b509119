/** What the common part of the slab allocators reports (mm/slab_common.c, mm/slab.h, 6.1). */
import { toBits } from '../../../types/address';
import { pointerId } from '../../lib/pointer_id';
import type { SlabKernel } from './slab_kernel';

/** Warnings that are given once: the bit for each. */
const ONCE = { notSlabPage: 1, notLarge: 2 } as const;
const LARGE = 'free_large_kmalloc';

export class SlabReports {
  /** word of the bits of ONCE */
  private readonly warned: number;
  /** GFP_SLAB_BUG_MASK */
  private readonly bugMask: number;

  constructor(private readonly k: SlabKernel) {
    this.warned = k.mem.word(k.direct.pa(k.symbols.define('kmem_slab_warned', k.layouts.parseType('unsigned int'))));
    const { gfp } = k;
    this.bugMask = gfp.dma32 | gfp.highmem | ~gfp.all;
  }
  private first(bit: number): boolean {
    const { mem } = this.k;
    const warned = mem.words[this.warned] as number;
    if (warned & bit) return false;
    mem.set(this.warned, warned | bit);
    return true;
  }
  /** The functions of kfree that a trace names below one that it ends with: on x86_64 that is a jump. */
  private jumped(): { readonly functions?: readonly string[] } {
    return this.k.abi.wordSize === 8 ? { functions: [] } : {};
  }

  /** kmalloc_fix_flags, where the mask asks for what no slab can be in: the mask without that. `functions`: its callers, innermost first */
  fixFlags(mask: number, functions: readonly string[]): number {
    const invalid = mask & this.bugMask;
    if (invalid === 0) return mask;
    const { log, gfp, pageAlloc } = this.k;
    const fixed = mask & ~this.bugMask;
    const named = (flags: number) => `0x${(flags >>> 0).toString(16)} (${gfp.names(flags)})`;
    log.report({
      kind: 'WARN',
      title: `Unexpected gfp: ${named(invalid)}. Fixing up to gfp: ${named(fixed)}. Fix your code!`,
      lines: pageAlloc.caller.dumpStack(['kmalloc_fix_flags', ...functions]),
    });
    return fixed;
  }
  /** free_large_kmalloc of a page that kmalloc did not hand out; once. */
  notLarge(address: number): void {
    const { pageAlloc, log, abi } = this.k;
    if (!this.first(ONCE.notLarge)) return;
    pageAlloc.caller.warn({ fn: LARGE, at: 'mm/slab_common.c:904', ...this.jumped() }, '', [
      'the page is neither a slab nor a block from kmalloc: kfree gives it to the page allocator',
    ]);
    log.print(`object pointer: 0x${pointerId(abi, toBits(abi, address), false)}`);
  }
  /** __ksize of an address that is not the start of a block from kmalloc. */
  notSized(): void {
    this.k.pageAlloc.caller.warn({ fn: '__ksize', at: 'mm/slab_common.c' }, '', [
      'the address is not the start of memory from kmalloc: 0 is returned',
    ]);
  }
  /** virt_to_cache: what is freed is not in a slab; once. */
  notSlabPage(): void {
    if (!this.first(ONCE.notSlabPage)) return;
    const message = 'virt_to_cache: Object is not a Slab page!';
    this.k.pageAlloc.caller.warn({ fn: 'cache_from_obj', at: 'mm/slab.h' }, message, []);
  }
  /** cache_from_obj: an object is given to another cache than its own. */
  wrongCache(cache: string, owner: string): void {
    const message = `cache_from_obj: Wrong slab cache. ${cache} but object is from ${owner}`;
    this.k.pageAlloc.caller.warn({ fn: 'cache_from_obj', at: 'mm/slab.h:660' }, message, []);
  }
}

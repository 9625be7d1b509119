/** What is known of the codes of maskRules.ts. */
import type { RuleInfo } from '../../engine/rule';

export type MaskCode =
  | 'gfp-zone-conflict'
  | 'gfp-without-base'
  | 'gfp-nofail'
  | 'gfp-not-for-slab'
  | 'gfp-not-for-addresses'
  | 'gfp-not-for-pools'
  | 'gfp-vmalloc';

const LIMITS = 'Only masks are reported whose bits are known on a path that leads to the call.';
const task = (body: string, before = ''): string => `${before}task t {\n${body.replace(/^/gm, '\t')}\n}\n`;
const common = { group: 'gfp and sizes', severity: 'warning', limits: LIMITS } as const;

export const MASK_CODES: Readonly<Record<MaskCode, RuleInfo>> = {
  'gfp-zone-conflict': {
    ...common,
    summary: 'a mask with two zone modifiers that exclude each other',
    why: '`__GFP_DMA`, `__GFP_DMA32` and `__GFP_HIGHMEM` each choose the highest zone; two of them are `GFP_ZONE_BAD` (include/linux/gfp.h). A kernel with CONFIG_DEBUG_VM stops with `kernel BUG`; others take the lowest zone.',
    bad: task(
      'struct page *page = alloc_page(GFP_KERNEL | __GFP_DMA | __GFP_HIGHMEM);\nif (page)\n\t__free_page(page);',
    ),
    good: task('struct page *page = alloc_page(GFP_KERNEL | __GFP_DMA);\nif (page)\n\t__free_page(page);'),
    instead: 'One zone modifier: the lowest zone that the device needs.',
  },
  'gfp-without-base': {
    ...common,
    summary: 'a mask of modifiers alone, without GFP_KERNEL, GFP_ATOMIC or another base',
    why: '`GFP_DMA` or `__GFP_ZERO` alone have no reclaim modifier: the allocation does not wait, does not wake kswapd, and has no reserves. It fails as soon as the free lists are low, in a task as well.',
    bad: task('void *p = kmalloc(64, GFP_DMA);\nkfree(p);'),
    good: task('void *p = kmalloc(64, GFP_KERNEL | GFP_DMA);\nkfree(p);'),
    instead: '`GFP_KERNEL | GFP_DMA` in a task, `GFP_ATOMIC | GFP_DMA` where sleeping is not allowed.',
  },
  'gfp-nofail': {
    ...common,
    summary: '__GFP_NOFAIL without direct reclaim, or for an order above 1',
    why: 'Without direct reclaim the allocator cannot wait: it warns (`WARN_ON_ONCE` in `__alloc_pages_slowpath`) and returns NULL to code that does not check. For larger orders it may retry for ever.',
    bad: task('void *p = kmalloc(64, GFP_NOWAIT | __GFP_NOFAIL);\nkfree(p);'),
    good: task('void *p = kmalloc(64, GFP_KERNEL | __GFP_NOFAIL);\nkfree(p);'),
    instead:
      '`GFP_KERNEL | __GFP_NOFAIL` for small objects in a task; elsewhere check for NULL. Large buffers: `kvmalloc()`.',
    atRunTime: ['WARNING: CPU: … get_page_from_freelist'],
  },
  'gfp-not-for-slab': {
    ...common,
    summary: '__GFP_HIGHMEM or __GFP_DMA32 given to kmalloc() or a cache',
    why: 'The slab allocator has no such objects: it drops the bit and prints `Unexpected gfp: … Fixing up to gfp: … Fix your code!` (mm/slub.c).',
    bad: task('void *p = kmalloc(64, GFP_KERNEL | __GFP_DMA32);\nkfree(p);'),
    good: task('void *p = kmalloc(64, GFP_KERNEL);\nkfree(p);'),
    instead: 'Pages of the zone: `alloc_pages()`, `dma_alloc_coherent()`.',
    atRunTime: ['Unexpected gfp: '],
  },
  'gfp-not-for-addresses': {
    ...common,
    summary: '__GFP_HIGHMEM or __GFP_COMP given to a function that returns an address of pages',
    why: 'A highmem page has no address until it is mapped: `__get_free_pages()` takes the bit away, so that the caller gets lowmem without knowing. `alloc_pages_exact()` warns about both.',
    bad: task('unsigned long addr = __get_free_page(GFP_KERNEL | __GFP_HIGHMEM);\nfree_page(addr);'),
    good: task('unsigned long addr = __get_free_page(GFP_KERNEL);\nfree_page(addr);'),
    instead: '`alloc_pages()` with `kmap_local_page()`, or the same without the bit.',
  },
  'gfp-not-for-pools': {
    ...common,
    summary: '__GFP_ZERO given to mempool_alloc()',
    why: 'An element from the reserve has been used before: it is not cleared. The kernel warns (`VM_WARN_ON_ONCE` in mm/mempool.c).',
    bad: 'extern mempool_t *pool;\ntask t {\n\tvoid *p = mempool_alloc(pool, GFP_KERNEL | __GFP_ZERO);\n\tmempool_free(p, pool);\n}\n',
    good: 'extern mempool_t *pool;\ntask t {\n\tvoid *p = mempool_alloc(pool, GFP_KERNEL);\n\tmemset(p, 0, 64);\n\tmempool_free(p, pool);\n}\n',
    instead: 'Clear the element after it has been taken.',
  },
  'gfp-vmalloc': {
    ...common,
    summary: 'a mask for vmalloc() or kvmalloc() that they cannot keep',
    why: 'vmalloc allocates page tables with GFP_KERNEL inside, whatever its mask. With `GFP_NOFS` or `GFP_NOIO` it may still enter a filesystem: a deadlock. `kvmalloc()` with `GFP_ATOMIC`, `GFP_NOWAIT` or `__GFP_NORETRY` only tries `kmalloc()`.',
    bad: task('void *p = kvmalloc(100000, GFP_NOFS);\nkvfree(p);'),
    good: task(
      'unsigned int flags = memalloc_nofs_save();\nvoid *p = kvmalloc(100000, GFP_KERNEL);\nmemalloc_nofs_restore(flags);\nkvfree(p);',
    ),
    instead: 'The scope API: `memalloc_nofs_save()`, `memalloc_noio_save()`, and GFP_KERNEL in between.',
  },
};

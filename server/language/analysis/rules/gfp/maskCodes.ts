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

const LIMITS = 'Silent where the bits of the mask are not known on any path to the call.';
const common = { group: 'gfp and sizes', severity: 'warning', limits: LIMITS } as const;

export const MASK_CODES: Readonly<Record<MaskCode, RuleInfo>> = {
  'gfp-zone-conflict': {
    ...common,
    summary: 'a mask with two zone modifiers that exclude each other',
    why: '`__GFP_DMA`, `__GFP_DMA32` and `__GFP_HIGHMEM` each choose the highest zone; two of them are `GFP_ZONE_BAD` (include/linux/gfp.h). A kernel with CONFIG_DEBUG_VM stops with `kernel BUG`; others take the lowest zone.',
    bad: 'struct page *nic_alloc_page(void)\n{\n\treturn alloc_page(GFP_KERNEL | __GFP_DMA | __GFP_HIGHMEM);\n}\n',
    good: 'struct page *nic_alloc_page(void)\n{\n\treturn alloc_page(GFP_KERNEL | __GFP_DMA);\n}\n',
    instead: 'One zone modifier: the lowest zone that the device needs.',
  },
  'gfp-without-base': {
    ...common,
    summary: 'a mask of modifiers alone, without GFP_KERNEL, GFP_ATOMIC or another base',
    why: '`GFP_DMA` or `__GFP_ZERO` alone have no reclaim modifier: the allocation does not wait, does not wake kswapd, and has no reserves. It fails as soon as the free lists are low, in a task as well.',
    bad: 'void *nic_alloc_desc(void)\n{\n\treturn kmalloc(512, GFP_DMA);\n}\n',
    good: 'void *nic_alloc_desc(void)\n{\n\treturn kmalloc(512, GFP_KERNEL | GFP_DMA);\n}\n',
    instead: '`GFP_KERNEL | GFP_DMA` in a task, `GFP_ATOMIC | GFP_DMA` where sleeping is not allowed.',
  },
  'gfp-nofail': {
    ...common,
    summary: '__GFP_NOFAIL without direct reclaim, or for an order above 1',
    why: 'Without direct reclaim the allocator cannot wait: it warns (`__alloc_pages_slowpath`) and returns NULL to code that does not check. Above order 1 it warns (`get_page_from_freelist`) and may retry for ever, since reclaim alone makes no large blocks.',
    bad: 'struct journal { int blocks; };\n\nstruct journal *journal_alloc(void)\n{\n\treturn kmalloc(sizeof(struct journal), GFP_NOWAIT | __GFP_NOFAIL);\n}\n',
    good: 'struct journal { int blocks; };\n\nstruct journal *journal_alloc(void)\n{\n\treturn kmalloc(sizeof(struct journal), GFP_KERNEL | __GFP_NOFAIL);\n}\n',
    instead:
      '`GFP_KERNEL | __GFP_NOFAIL` for small objects in a task; elsewhere check for NULL. Large buffers: `kvmalloc()`.',
    atRunTime: ['WARNING: CPU: … get_page_from_freelist'],
  },
  'gfp-not-for-slab': {
    ...common,
    summary: '__GFP_HIGHMEM or __GFP_DMA32 given to kmalloc() or a cache',
    why: 'The slab allocator has no such objects: it drops the bit, and when it takes pages it prints `Unexpected gfp: … Fixing up to gfp: … Fix your code!` (mm/slab_common.c).',
    bad: 'void *nic_alloc_desc(void)\n{\n\treturn kmalloc(512, GFP_KERNEL | __GFP_DMA32);\n}\n',
    good: 'void *nic_alloc_desc(struct device *dev, dma_addr_t *addr)\n{\n\treturn dma_alloc_coherent(dev, 512, addr, GFP_KERNEL);\n}\n',
    instead:
      'Memory for a device with 32 address bits: `dma_alloc_coherent()`, or `alloc_pages()` with the bit. Else leave the bit out.',
    atRunTime: ['Unexpected gfp: '],
  },
  'gfp-not-for-addresses': {
    ...common,
    summary:
      '__GFP_HIGHMEM given to a function that returns the address of pages, or __GFP_COMP to alloc_pages_exact()',
    why: 'A highmem page has no address until it is mapped: `__get_free_pages()` takes the bit away, so that the caller gets lowmem without knowing. `alloc_pages_exact()` splits its block, which a compound page forbids: it warns about both bits and drops them.',
    bad: 'unsigned long table_alloc(void)\n{\n\treturn __get_free_page(GFP_KERNEL | __GFP_HIGHMEM);\n}\n',
    good: 'unsigned long table_alloc(void)\n{\n\treturn __get_free_page(GFP_KERNEL);\n}\n',
    instead: '`alloc_pages()` with `kmap_local_page()`, or the same without the bit.',
  },
  'gfp-not-for-pools': {
    ...common,
    summary: '__GFP_ZERO given to mempool_alloc()',
    why: 'An element from the reserve has been used before and is not cleared: the caller finds old data when memory is short. A kernel with CONFIG_DEBUG_VM warns (`VM_WARN_ON_ONCE` in mm/mempool.c).',
    bad: 'struct request { int sectors; };\n\nstruct request *request_get(mempool_t *pool)\n{\n\treturn mempool_alloc(pool, GFP_NOIO | __GFP_ZERO);\n}\n',
    good: 'struct request { int sectors; };\n\nstruct request *request_get(mempool_t *pool)\n{\n\tstruct request *rq = mempool_alloc(pool, GFP_NOIO);\n\n\tmemset(rq, 0, sizeof(*rq));\n\treturn rq;\n}\n',
    instead: 'Clear the element after it has been taken.',
  },
  'gfp-vmalloc': {
    ...common,
    summary: 'a mask that vmalloc() or kvmalloc() does not support',
    why: 'With `GFP_ATOMIC` or `GFP_NOWAIT` kvmalloc() only tries kmalloc(): it never falls back to vmalloc memory. vmalloc itself sleeps whatever its mask says, and its page tables ignore `__GFP_NORETRY`. Before 5.17 they ignored `GFP_NOFS` and `GFP_NOIO` as well: reclaim could enter the filesystem that holds the lock, a deadlock.',
    bad: 'void *table_alloc(void)\n{\n\treturn kvmalloc(100000, GFP_NOWAIT);\n}\n',
    good: 'void *table_alloc(void)\n{\n\treturn kvmalloc(100000, GFP_KERNEL);\n}\n',
    instead:
      '`kmalloc()` where sleeping is not allowed, GFP_KERNEL in a task. Instead of GFP_NOFS before 5.17: GFP_KERNEL between `memalloc_nofs_save()` and `memalloc_nofs_restore()`.',
    limits: `${LIMITS} GFP_NOFS and GFP_NOIO are reported on machines with a kernel before 5.17 only.`,
    holdsOn: 'all kernels; for GFP_NOFS and GFP_NOIO on those before 5.17',
  },
};

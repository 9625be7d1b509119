/** What is known of the codes of the rules on sizes and orders. */
import type { RuleInfo } from '../../engine/rule';

const common = { group: 'gfp and sizes', severity: 'warning' } as const;

export type SizeCode = 'order-too-large' | 'size-too-large' | 'large-kmalloc' | 'high-order-atomic';
export const SIZE_CODES: Readonly<Record<SizeCode, RuleInfo>> = {
  'order-too-large': {
    ...common,
    summary: 'an allocation of more pages than the buddy allocator has in one block',
    why: 'The largest block has order MAX_ORDER − 1, that is 10: 4 MiB. A larger order returns NULL at once; without `__GFP_NOWARN` the kernel warns (`WARN_ON_ONCE_GFP` in `__alloc_pages`).',
    bad: 'struct page *frame_buffer_alloc(void)\n{\n\treturn alloc_pages(GFP_KERNEL, MAX_ORDER);\n}\n',
    good: 'void *frame_buffer_alloc(void)\n{\n\treturn vmalloc(PAGE_SIZE << MAX_ORDER);\n}\n',
    instead: '`vmalloc()` for what need not be contiguous; memory reserved at boot or CMA for what must be.',
    limits:
      'Silent where the order is not known on any path to the call. The limit is that of 6.1; from 6.4 on MAX_ORDER is 10 and is allowed itself.',
    atRunTime: ['WARNING: CPU: … __alloc_pages'],
  },
  'size-too-large': {
    ...common,
    summary: 'kmalloc() of more than KMALLOC_MAX_SIZE',
    why: 'kmalloc memory is contiguous, and 4 MiB is the largest block that the page allocator has. The call returns NULL every time, and warns (`__alloc_pages`).',
    bad: 'void *frame_buffer_alloc(void)\n{\n\treturn kmalloc(8 << 20, GFP_KERNEL);\n}\n',
    good: 'void *frame_buffer_alloc(void)\n{\n\treturn vmalloc(8 << 20);\n}\n',
    instead: '`vmalloc()` or `kvmalloc()`; for a device CMA memory, by `dma_alloc_coherent()`.',
    limits: 'Silent where the size is not known on any path to the call.',
  },
  'large-kmalloc': {
    ...common,
    severity: 'hint',
    summary: 'kmalloc() of a size for which vmalloc memory would do as well',
    why: 'Above order 3 (32 KiB) the page allocator does not retry for GFP_KERNEL until it succeeds: on a machine that has run for a while the allocation fails, or compaction runs for milliseconds.',
    bad: 'static void *table;\n\nint table_init(void)\n{\n\ttable = kmalloc(100000, GFP_KERNEL);\n\treturn table ? 0 : -ENOMEM;\n}\n\nvoid table_exit(void)\n{\n\tkfree(table);\n}\n',
    good: 'static void *table;\n\nint table_init(void)\n{\n\ttable = kvmalloc(100000, GFP_KERNEL);\n\treturn table ? 0 : -ENOMEM;\n}\n\nvoid table_exit(void)\n{\n\tkvfree(table);\n}\n',
    instead:
      '`kvmalloc()` and `kvfree()`, if nothing needs contiguous memory (DMA does). Every place that frees the buffer has to change, and `kvfree()` may sleep there.',
    limits:
      'Whether the memory has to be contiguous cannot be seen here. Places that free it are found by the name that it is stored in.',
  },
  'high-order-atomic': {
    ...common,
    severity: 'hint',
    summary: 'an allocation of a high order that cannot wait',
    why: 'Without direct reclaim the call takes what is free, and above order 3 (32 KiB) nothing is on most machines that have run for a while. The reserve for high-order atomic allocations holds one per cent of a zone.',
    bad: 'struct page *rx_alloc(void)\n{\n\treturn alloc_pages(GFP_ATOMIC, 5);\n}\n',
    good: 'struct page *rx_alloc(void)\n{\n\treturn alloc_pages(GFP_ATOMIC, 1);\n}\n',
    instead: 'Allocate it in a task beforehand, or several small blocks.',
    limits: 'A caller that has a fallback may try it with `__GFP_NOWARN`: then nothing is reported.',
  },
};

export type ExpressionCode = 'sizeof-pointer' | 'size-overflow' | 'zero-after-allocation';
export const EXPRESSION_CODES: Readonly<Record<ExpressionCode, RuleInfo>> = {
  'sizeof-pointer': {
    ...common,
    summary: 'the size of the pointer where the size of what it points to is meant',
    why: '`kmalloc(sizeof(p), …)` gives 8 bytes (4 on i386) for a structure of any size: the first store behind them overwrites the next object. KASAN prints `BUG: KASAN: slab-out-of-bounds`.',
    bad: 'struct item { int n; char name[60]; };\n\nstruct item *item_alloc(void)\n{\n\tstruct item *it;\n\n\tit = kmalloc(sizeof(it), GFP_KERNEL);\n\treturn it;\n}\n',
    good: 'struct item { int n; char name[60]; };\n\nstruct item *item_alloc(void)\n{\n\tstruct item *it;\n\n\tit = kmalloc(sizeof(*it), GFP_KERNEL);\n\treturn it;\n}\n',
    instead: '`sizeof(*p)`.',
    limits:
      'Looked at where the same pointer is assigned, or is another argument of the call. A pointer to something of the size of a pointer is not reported.',
  },
  'size-overflow': {
    ...common,
    severity: 'hint',
    summary: 'a size that is a product which can wrap around',
    why: 'If `n` comes from outside, `n * sizeof(x)` can wrap to a small number: the allocation succeeds, and the loop over `n` elements writes far behind it.',
    bad: 'struct item { int n; char name[60]; };\n\nstruct item *items_alloc(unsigned long count)\n{\n\treturn kmalloc(count * sizeof(struct item), GFP_KERNEL);\n}\n',
    good: 'struct item { int n; char name[60]; };\n\nstruct item *items_alloc(unsigned long count)\n{\n\treturn kmalloc_array(count, sizeof(struct item), GFP_KERNEL);\n}\n',
    instead:
      '`kmalloc_array()` or `kcalloc()`, which return NULL where the product does not fit; for other functions `array_size()` or `struct_size()`, which give SIZE_MAX then.',
    limits: 'It goes by the types of the factors: a check before the allocation is not seen.',
  },
  'zero-after-allocation': {
    ...common,
    severity: 'hint',
    summary: 'memset() to zero of what has just been allocated',
    why: 'A function that gives zeros says so in one word, and cannot clear too little.',
    bad: 'char *name_alloc(void)\n{\n\tchar *name = kmalloc(64, GFP_KERNEL);\n\n\tif (!name)\n\t\treturn NULL;\n\tmemset(name, 0, 64);\n\treturn name;\n}\n',
    good: 'char *name_alloc(void)\n{\n\treturn kzalloc(64, GFP_KERNEL);\n}\n',
    instead: '`kzalloc()`, `kcalloc()`, `vzalloc()`, `kmem_cache_zalloc()`.',
    limits: 'Only if the size is written in the same way, and nothing but a check of the result stands in between.',
  },
};

/** What is known of the codes of the rules on sizes and orders. */
import type { RuleInfo } from '../../engine/rule';

const task = (body: string, before = ''): string => `${before}task t {\n${body.replace(/^/gm, '\t')}\n}\n`;
const common = { group: 'gfp and sizes', severity: 'warning' } as const;

export type SizeCode = 'order-too-large' | 'size-too-large' | 'large-kmalloc' | 'high-order-atomic';
export const SIZE_CODES: Readonly<Record<SizeCode, RuleInfo>> = {
  'order-too-large': {
    ...common,
    summary: 'an allocation of more pages than the buddy allocator has in one block',
    why: 'The largest block has order MAX_ORDER − 1: 4 MiB. A larger order returns NULL at once; without `__GFP_NOWARN` the kernel warns (`WARN_ON_ONCE_GFP` in `__alloc_pages`).',
    bad: task('struct page *page = alloc_pages(GFP_KERNEL, MAX_ORDER);\nif (page)\n\t__free_pages(page, MAX_ORDER);'),
    good: task('struct page *page = alloc_pages(GFP_KERNEL, 2);\nif (page)\n\t__free_pages(page, 2);'),
    instead: '`vmalloc()` for what need not be contiguous; memory reserved at boot or CMA for what must be.',
    limits: 'Only orders that are known on a path to the call.',
    atRunTime: ['WARNING: CPU: … __alloc_pages'],
  },
  'size-too-large': {
    ...common,
    summary: 'kmalloc() of more than KMALLOC_MAX_SIZE',
    why: 'kmalloc memory is contiguous: 4 MiB is the most that the page allocator has. The call returns NULL every time, and warns.',
    bad: task('void *p = kmalloc(8 << 20, GFP_KERNEL);\nkfree(p);'),
    good: task('void *p = kvmalloc(8 << 20, GFP_KERNEL);\nkvfree(p);'),
    instead: '`vmalloc()` or `kvmalloc()`.',
    limits: 'Only sizes that are known on a path to the call.',
  },
  'large-kmalloc': {
    ...common,
    severity: 'hint',
    summary: 'kmalloc() of a size for which vmalloc memory would do as well',
    why: 'Above order 3 (32 KiB) the page allocator does not try hard for GFP_KERNEL: on a machine that has run for a while the allocation fails, or compaction runs for milliseconds.',
    bad: task('void *p = kmalloc(100000, GFP_KERNEL);\nkfree(p);'),
    good: task('void *p = kvmalloc(100000, GFP_KERNEL);\nkvfree(p);'),
    instead:
      '`kvmalloc()` and `kvfree()`, if nothing needs contiguous memory (DMA does). Every place that frees the buffer has to change, and `kvfree()` may sleep there.',
    limits:
      'Whether the memory has to be contiguous cannot be seen here. Places that free it are found by the name that it is stored in.',
  },
  'high-order-atomic': {
    ...common,
    severity: 'hint',
    summary: 'an allocation of a high order that cannot wait',
    why: 'Without direct reclaim nobody makes free blocks: above order 3 (32 KiB) the free lists are empty on most machines that have run for a while. The reserve for high-order atomic allocations holds one per cent of a zone.',
    bad: task('struct page *page = alloc_pages(GFP_ATOMIC, 5);\nif (page)\n\t__free_pages(page, 5);'),
    good: task('struct page *page = alloc_pages(GFP_ATOMIC, 1);\nif (page)\n\t__free_pages(page, 1);'),
    instead: 'Allocate it in a task beforehand, or several small blocks.',
    limits: 'A caller that has a fallback may try it with `__GFP_NOWARN`: then nothing is reported.',
  },
};

export type ExpressionCode = 'sizeof-pointer' | 'size-overflow' | 'zero-after-allocation';
export const EXPRESSION_CODES: Readonly<Record<ExpressionCode, RuleInfo>> = {
  'sizeof-pointer': {
    ...common,
    summary: 'the size of the pointer where the size of what it points to is meant',
    why: '`kmalloc(sizeof(p), …)` gives 8 bytes for a structure of any size: the first store behind them corrupts the next object. KASAN: `slab-out-of-bounds`.',
    bad: task(
      'struct item *p = kmalloc(sizeof(p), GFP_KERNEL);\nkfree(p);',
      'struct item { int n; char name[60]; };\n',
    ),
    good: task(
      'struct item *p = kmalloc(sizeof(*p), GFP_KERNEL);\nkfree(p);',
      'struct item { int n; char name[60]; };\n',
    ),
    instead: '`sizeof(*p)`.',
    limits: 'A pointer to something of the size of a pointer is not reported.',
  },
  'size-overflow': {
    ...common,
    severity: 'hint',
    summary: 'a size that is a product which can wrap around',
    why: 'If `n` comes from outside, `n * sizeof(x)` can wrap to a small number: the allocation succeeds, and the loop over `n` elements writes far behind it.',
    bad: 'struct item { int n; char name[60]; };\nextern unsigned long count;\ntask t {\n\tstruct item *p = kmalloc(count * sizeof(*p), GFP_KERNEL);\n\tkfree(p);\n}\n',
    good: 'struct item { int n; char name[60]; };\nextern unsigned long count;\ntask t {\n\tstruct item *p = kmalloc_array(count, sizeof(*p), GFP_KERNEL);\n\tkfree(p);\n}\n',
    instead: '`kmalloc_array()`, `kcalloc()`, `array_size()`: they return NULL where the product does not fit.',
    limits: 'It goes by the types of the factors: a check before the allocation is not seen.',
  },
  'zero-after-allocation': {
    ...common,
    severity: 'hint',
    summary: 'memset() to zero of what has just been allocated',
    why: 'A function that gives zeros says so in one word, and cannot clear too little.',
    bad: task('char *p = kmalloc(64, GFP_KERNEL);\nif (!p)\n\treturn;\nmemset(p, 0, 64);\nkfree(p);'),
    good: task('char *p = kzalloc(64, GFP_KERNEL);\nif (!p)\n\treturn;\nkfree(p);'),
    instead: '`kzalloc()`, `kcalloc()`, `vzalloc()`, `kmem_cache_zalloc()`.',
    limits: 'Only if nothing but a check of the result stands in between.',
  },
};

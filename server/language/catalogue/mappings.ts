// biome-ignore-all format: a table, one row per entry
/**
 * vmalloc, kmap, per-CPU memory, I/O mappings: mm/vmalloc.c, highmem.c, percpu.c, 6.1. The linter knows them; most run in a later version
 * of kmem only.
 */
import type { ApiEntry } from './form/entry';
import { ANYWHERE } from './form/entry';
import { bugInInterrupt, bugInNmi, byGfp, contexts, type Detail, deprecated, freed, frees, gives, inNmi, isObject, known, macro, needs, runs, since, sleeping, sleepsByGfp, spinsInside, writes } from './form/make';

const PGTYPES = 'arch/x86/include/asm/pgtable_types.h';
const VMALLOC = 'mm/vmalloc.c';
const HIGHMEM = 'include/linux/highmem-internal.h';
const HIGHMEM_H = 'include/linux/highmem.h';
const PERCPU = 'mm/percpu.c';
/** Sleeps only if the mask contains all of GFP_KERNEL. */
const ofGfpKernel = (arg: number): Detail => ({ gfp: { arg, sleepsOn: 'GFP_KERNEL' } });
const mayFail = { result: 'may be NULL' } as const;
const inside = needs('GFP_NOFS and GFP_NOIO are not passed down everywhere: use memalloc_nofs_save()', 'not for DMA: pages are not contiguous physically');

export const mappings = {
  vmalloc: runs(VMALLOC, 'void *vmalloc(unsigned long size)', 'Memory contiguous in addresses, not physically: single pages mapped side by side, with a guard page behind. “kernel BUG at mm/vmalloc.c” in interrupts.', sleeping, mayFail, { header: 'linux/vmalloc.h' }, freed(['vfree', 'kvfree']), inside, gives('vmalloc', { size: 0, array: 'vmalloc_array', zeroing: 'vzalloc' }), bugInInterrupt),
  vzalloc: runs(VMALLOC, 'void *vzalloc(unsigned long size)', 'vmalloc() filled with zeros.', sleeping, mayFail, freed(['vfree', 'kvfree']), inside, gives('vmalloc', { zeroed: true, size: 0, array: 'vcalloc' }), bugInInterrupt),
  vmalloc_node: runs(VMALLOC, 'void *vmalloc_node(unsigned long size, int node)', 'vmalloc() that prefers a NUMA node.', sleeping, mayFail, freed(['vfree', 'kvfree']), gives('vmalloc', { size: 0, zeroing: 'vzalloc_node' }), bugInInterrupt),
  vzalloc_node: runs(VMALLOC, 'void *vzalloc_node(unsigned long size, int node)', 'vmalloc_node() filled with zeros.', sleeping, mayFail, freed(['vfree', 'kvfree']), gives('vmalloc', { zeroed: true, size: 0 }), bugInInterrupt),
  vmalloc_huge: runs(VMALLOC, 'void *vmalloc_huge(unsigned long size, gfp_t gfp_mask)', 'vmalloc() that maps 2 MiB pages if size is at least as large (x86_64).', sleeping, mayFail, since('5.18'), freed(['vfree', 'kvfree']), gives('vmalloc'), bugInInterrupt),
  vmalloc_user: runs(VMALLOC, 'void *vmalloc_user(unsigned long size)', 'Zeroed vmalloc memory that may be mapped into user space.', sleeping, mayFail, freed('vfree'), gives('vmalloc', { zeroed: true, size: 0 }), bugInInterrupt),
  vmalloc_32: runs(VMALLOC, 'void *vmalloc_32(unsigned long size)', 'vmalloc() from pages below 4 GiB.', sleeping, mayFail, freed('vfree'), gives('vmalloc', { size: 0 }), bugInInterrupt),
  vmalloc_array: runs('mm/util.c', 'void *vmalloc_array(size_t n, size_t size)', 'An array; NULL if n · size overflows.', sleeping, mayFail, since('5.18'), freed(['vfree', 'kvfree']), gives('vmalloc', { size: 1, count: 0, zeroing: 'vcalloc' }), bugInInterrupt),
  vcalloc: runs('mm/util.c', 'void *vcalloc(size_t n, size_t size)', 'An array of zeros; NULL if n · size overflows.', sleeping, mayFail, since('5.18'), freed(['vfree', 'kvfree']), gives('vmalloc', { zeroed: true, size: 1, count: 0 }), bugInInterrupt),
  __vmalloc: runs(VMALLOC, 'void *__vmalloc(unsigned long size, gfp_t gfp_mask)', 'vmalloc() with a mask; sleeps whatever the mask says (masks that don’t sleep: 6.19).', sleeping, mayFail, freed(['vfree', 'kvfree']), inside, gives('vmalloc', { size: 0 }), { mask: 1 }, bugInInterrupt),
  vfree: runs(VMALLOC, 'void vfree(const void *addr)', 'Frees vmalloc memory. In interrupts the work is deferred to a kworker; in a task it may sleep, for NULL as well.', { sleeps: 'may', sleepsNote: 'in task context', contexts: contexts('yyndndnn') }, frees(0, ['vmalloc', 'vmap']), bugInNmi),
  vfree_atomic: runs(VMALLOC, 'void vfree_atomic(const void *addr)', 'vfree() whose work is always deferred: for atomic context.', since('4.10'), frees(0, ['vmalloc', 'vmap']), bugInNmi),
  vmap: macro(VMALLOC, 'void *vmap(struct page **pages, unsigned int count, unsigned long flags, pgprot_t prot)', 'Maps given pages side by side.', sleeping, mayFail, freed(['vunmap', 'vfree'], 'vunmap(); vfree() if VM_MAP_PUT_PAGES was given'), gives('vmap'), bugInInterrupt),
  __kmem_vmap: runs(VMALLOC, 'void *__kmem_vmap(struct page **pages, unsigned int count, unsigned long flags, u64 prot)', 'What vmap() is made of.', sleeping, mayFail, { symbol: 'vmap' }, gives('vmap'), bugInInterrupt),
  vunmap: runs(VMALLOC, 'void vunmap(const void *addr)', 'Ends a vmap(); the pages stay.', sleeping, frees(0, 'vmap'), bugInInterrupt),
  vm_map_ram: runs(VMALLOC, 'void *vm_map_ram(struct page **pages, unsigned int count, int node)', 'vmap() for short-lived mappings.', sleeping, mayFail, freed('vm_unmap_ram', 'with the same count'), gives('ram map')),
  vm_unmap_ram: runs(VMALLOC, 'void vm_unmap_ram(const void *mem, unsigned int count)', 'Ends a vm_map_ram().', sleeping, frees(0, 'ram map')),
  vmalloc_to_page: runs(VMALLOC, 'struct page *vmalloc_to_page(const void *vmalloc_addr)', 'The page behind a vmalloc address.', inNmi),
  vmalloc_to_pfn: runs(VMALLOC, 'unsigned long vmalloc_to_pfn(const void *vmalloc_addr)', 'The frame behind a vmalloc address.', inNmi),
  is_vmalloc_addr: runs(VMALLOC, 'bool is_vmalloc_addr(const void *x)', 'True if the address is in the vmalloc range.', inNmi, { testsKind: { arg: 0, kind: 'vmalloc' } }),
  find_vm_area: runs(VMALLOC, 'struct vm_struct *find_vm_area(const void *addr)', 'The vm_struct of a vmalloc address.', mayFail),
  get_vm_area: runs(VMALLOC, 'struct vm_struct *get_vm_area(unsigned long size, unsigned long flags)', 'Addresses of the vmalloc space, with a guard page behind them and nothing mapped.', sleeping, mayFail, freed('free_vm_area'), gives('address range'), bugInInterrupt),
  free_vm_area: runs(VMALLOC, 'void free_vm_area(struct vm_struct *area)', 'Gives the addresses of get_vm_area() back, and unmaps what is there.', sleeping, frees(0, 'address range')),
  remove_vm_area: runs(VMALLOC, 'struct vm_struct *remove_vm_area(const void *addr)', 'Unmaps an area and gives its addresses back; the vm_struct stays, for kfree().', sleeping, mayFail),
  vm_unmap_aliases: runs(VMALLOC, 'void vm_unmap_aliases(void)', 'Purges all areas that were freed lazily: their addresses can be used again.', sleeping),
  remap_vmalloc_range: known(VMALLOC, 'int remap_vmalloc_range(struct vm_area_struct *vma, void *addr, unsigned long pgoff)', 'Maps vmalloc_user() memory into user space.', sleeping, { result: 'error code' }),
  ioremap: runs('arch/x86/mm/ioremap.c', 'void __iomem *ioremap(resource_size_t phys_addr, unsigned long size)', 'Maps device memory, uncached.', sleeping, mayFail, freed('iounmap'), gives('ioremap'), bugInInterrupt),
  ioremap_wc: runs('arch/x86/mm/ioremap.c', 'void __iomem *ioremap_wc(resource_size_t phys_addr, unsigned long size)', 'Maps device memory, write-combining.', sleeping, mayFail, freed('iounmap'), gives('ioremap'), bugInInterrupt),
  ioremap_cache: runs('arch/x86/mm/ioremap.c', 'void __iomem *ioremap_cache(resource_size_t phys_addr, unsigned long size)', 'Maps device memory, cached.', sleeping, mayFail, freed('iounmap'), gives('ioremap'), bugInInterrupt),
  ioremap_uc: runs('arch/x86/mm/ioremap.c', 'void __iomem *ioremap_uc(resource_size_t phys_addr, unsigned long size)', 'Maps device memory, strictly uncached.', sleeping, mayFail, freed('iounmap'), gives('ioremap'), bugInInterrupt),
  iounmap: runs('arch/x86/mm/ioremap.c', 'void iounmap(volatile void __iomem *addr)', 'Ends an ioremap().', sleeping, frees(0, 'ioremap')),

  kmap: runs(HIGHMEM, 'void *kmap(struct page *page)', 'Maps a highmem page for all CPUs; sleeps while all PKMAP slots are in use. Lowmem pages have their address already.', sleeping, freed('kunmap', 'with the page, not the address'), deprecated('kmap_local_page() and kunmap_local()', '5.11')),
  kunmap: runs(HIGHMEM, 'void kunmap(struct page *page)', 'Ends a kmap(). Takes the page. The mapping itself stays until its slot is needed again.', sleeping, { sleepsOnHighmem: true }, { unmaps: { arg: 0, by: 'page' } }),
  kmap_flush_unused: runs(HIGHMEM, 'void kmap_flush_unused(void)', 'Ends the mappings of slots that nobody uses any more; nothing without highmem.', { contexts: contexts('yyynnnnn') }),
  kmap_to_page: runs(HIGHMEM, 'struct page *kmap_to_page(void *addr)', 'The page behind an address of kmap() or kmap_local_page(): the kernel warns, since it is to go. virt_to_page() of any other address.'),
  kmap_atomic: runs(HIGHMEM, 'void *kmap_atomic(struct page *page)', 'Maps a page for this CPU; page faults and preemption are off until kunmap_atomic().', { effects: [{ on: 'preempt', op: 'disable', onRt: 'migrate' }, { on: 'pagefault', op: 'disable' }] }, freed('kunmap_atomic', 'with the address, last mapped first'), deprecated('kmap_local_page() and kunmap_local()', '5.11'), gives('atomic map', { sure: true })),
  kmap_atomic_prot: macro(HIGHMEM, 'void *kmap_atomic_prot(struct page *page, pgprot_t prot)', 'kmap_atomic() with the flags of the mapping. A lowmem page has its address, whatever they say.', { effects: [{ on: 'preempt', op: 'disable', onRt: 'migrate' }, { on: 'pagefault', op: 'disable' }] }, freed('kunmap_atomic', 'with the address, last mapped first')),
  __kmem_kmap_atomic_prot: runs(HIGHMEM, 'void *__kmem_kmap_atomic_prot(struct page *page, u64 prot)', 'What kmap_atomic_prot() is made of.', { effects: [{ on: 'preempt', op: 'disable', onRt: 'migrate' }, { on: 'pagefault', op: 'disable' }] }, freed('kunmap_atomic', 'with the address, last mapped first')),
  kunmap_atomic: runs(HIGHMEM, 'void kunmap_atomic(const void *addr)', 'Ends a kmap_atomic(). Takes the address.', { effects: [{ on: 'pagefault', op: 'enable' }, { on: 'preempt', op: 'enable', onRt: 'migrate' }] }, { frees: { arg: 0, kinds: ['atomic map'], anywhere: true }, unmaps: { arg: 0, by: 'address' } }),
  kmap_local_page: runs(HIGHMEM, 'void *kmap_local_page(struct page *page)', 'Maps a page for this task; it may sleep meanwhile. At most 15 at a time.', since('5.11'), freed('kunmap_local', 'with the address, last mapped first'), needs('the pointer must not be given to another context'), gives('local map', { sure: true })),
  kmap_local_folio: runs(HIGHMEM, 'void *kmap_local_folio(struct folio *folio, size_t offset)', 'kmap_local_page() of a folio.', since('5.16'), freed('kunmap_local', 'with the address, last mapped first'), gives('local map', { sure: true })),
  kunmap_local: runs(HIGHMEM, 'void kunmap_local(const void *addr)', 'Ends a kmap_local_page().', since('5.11'), { frees: { arg: 0, kinds: ['local map'], anywhere: true }, unmaps: { arg: 0, by: 'address' } }),
  clear_highpage: runs(HIGHMEM_H, 'void clear_highpage(struct page *page)', 'Fills a page with zeros, mapped or not.'),
  copy_highpage: runs(HIGHMEM_H, 'void copy_highpage(struct page *to, struct page *from)', 'Copies a page, mapped or not.'),
  memcpy_to_page: runs(HIGHMEM_H, 'void memcpy_to_page(struct page *page, size_t offset, const char *from, size_t len)', 'Copies into a page, mapped or not.', since('5.12')),
  memcpy_from_page: runs(HIGHMEM_H, 'void memcpy_from_page(char *to, struct page *page, size_t offset, size_t len)', 'Copies out of a page, mapped or not.', since('5.12'), writes(0)),
  memcpy_page: runs(HIGHMEM_H, 'void memcpy_page(struct page *dst_page, size_t dst_off, struct page *src_page, size_t src_off, size_t len)', 'Copies from one page into another, mapped or not.', since('5.12')),
  memset_page: runs(HIGHMEM_H, 'void memset_page(struct page *page, size_t offset, int val, size_t len)', 'Fills part of a page, mapped or not.', since('5.12')),
  memzero_page: runs(HIGHMEM_H, 'void memzero_page(struct page *page, size_t offset, size_t len)', 'Fills part of a page with zeros, mapped or not.', since('5.13')),
  clear_user_highpage: runs(HIGHMEM_H, 'void clear_user_highpage(struct page *page, unsigned long vaddr)', 'clear_highpage() of a page for user space.'),
  copy_user_highpage: runs(HIGHMEM_H, 'void copy_user_highpage(struct page *to, struct page *from, unsigned long vaddr, struct vm_area_struct *vma)', 'copy_highpage() of a page for user space.'),
  zero_user_segments: runs(HIGHMEM_H, 'void zero_user_segments(struct page *page, unsigned int start1, unsigned int end1, unsigned int start2, unsigned int end2)', 'Zeros in two parts of a page, each up to its end. “kernel BUG” for an end behind the page.'),
  zero_user_segment: runs(HIGHMEM_H, 'void zero_user_segment(struct page *page, unsigned int start, unsigned int end)', 'Zeros from start up to end.'),
  zero_user: runs(HIGHMEM_H, 'void zero_user(struct page *page, unsigned int start, unsigned int size)', 'size zeros from start on.'),
  nr_free_highpages: runs(HIGHMEM, 'unsigned int nr_free_highpages(void)', 'Free pages of ZONE_HIGHMEM; 0 without highmem.', inNmi),
  totalhigh_pages: runs(HIGHMEM, 'unsigned long totalhigh_pages(void)', 'Pages of ZONE_HIGHMEM that were given to the buddy allocator.', inNmi),

  alloc_percpu: macro('include/linux/percpu.h', 'alloc_percpu(type)', 'A copy of the type for every CPU, filled with zeros.', sleeping, mayFail, freed('free_percpu'), gives('percpu', { zeroed: true })),
  __alloc_percpu: runs(PERCPU, 'void __percpu *__alloc_percpu(size_t size, size_t align)', 'size bytes for every CPU, filled with zeros.', { symbol: 'pcpu_alloc' }, sleeping, mayFail, freed('free_percpu'), needs('size ≤ 32 KiB, align ≤ PAGE_SIZE'), gives('percpu', { zeroed: true })),
  alloc_percpu_gfp: macro('include/linux/percpu.h', 'alloc_percpu_gfp(type, gfp)', 'alloc_percpu() with a mask: atomic unless it contains all of GFP_KERNEL, so GFP_NOFS and GFP_NOIO count as atomic here.', sleepsByGfp(1), ofGfpKernel(1), mayFail, freed('free_percpu'), gives('percpu', { zeroed: true })),
  __alloc_percpu_gfp: runs(PERCPU, 'void __percpu *__alloc_percpu_gfp(size_t size, size_t align, gfp_t gfp)', '__alloc_percpu() with a mask: atomic unless it contains all of GFP_KERNEL.', { symbol: 'pcpu_alloc' }, sleepsByGfp(2), ofGfpKernel(2), mayFail, freed('free_percpu'), gives('percpu', { zeroed: true })),
  free_percpu: runs(PERCPU, 'void free_percpu(void __percpu *ptr)', 'Frees per-CPU memory; NULL is ignored.', { contexts: ANYWHERE }, needs('not for kmalloc memory, nor the other way round'), frees(0, 'percpu'), spinsInside),
  kmemleak_ignore: runs('include/linux/kmemleak.h', 'void kmemleak_ignore(const void *ptr)', 'Tells the leak detector to leave this allocation out.'),
  alloc_contig_range: known('mm/page_alloc.c', 'int alloc_contig_range(unsigned long start, unsigned long end, unsigned int migratetype, gfp_t gfp_mask)', 'Takes a given range of frames, moving its pages away.', byGfp(3), { result: 'error code' }, freed('free_contig_range')),
  free_contig_range: known('mm/page_alloc.c', 'void free_contig_range(unsigned long pfn, unsigned long nr_pages)', 'Gives a range back.'),

  PAGE_KERNEL_RO: macro(PGTYPES, 'PAGE_KERNEL_RO()', 'Rights of kernel memory that is only read, as a value.', isObject),
  PAGE_KERNEL_EXEC: macro(PGTYPES, 'PAGE_KERNEL_EXEC()', 'Rights of kernel memory that may be written and run, as a value.', isObject),
  PAGE_KERNEL_ROX: macro(PGTYPES, 'PAGE_KERNEL_ROX()', 'Rights of kernel memory that is read and run, as a value.', isObject),
  PAGE_KERNEL_NOCACHE: macro(PGTYPES, 'PAGE_KERNEL_NOCACHE()', 'Rights of kernel memory that is not cached, as a value.', isObject),
  pgprot_noncached: macro(PGTYPES, 'pgprot_noncached(prot)', 'The same rights, not cached.', inNmi),
  pgprot_writecombine: macro(PGTYPES, 'pgprot_writecombine(prot)', 'The same rights, with writes combined.', inNmi),
} as const satisfies Record<string, ApiEntry>;

/** Variables of the kernel itself that scenarios, watches and macros may name → C type. The kernel's symbol table has their addresses. */
export const kernelVars: Readonly<Record<string, { readonly type: string; readonly summary: string }>> = {
  current: { type: 'struct task_struct *', summary: 'The task that runs on this CPU.' },
  jiffies: {
    type: 'unsigned long volatile',
    summary: 'Ticks since boot, HZ per second. It wraps: compare with time_after().',
  },
  system_state: { type: 'int', summary: 'How far the kernel’s start or end is.' },
  nr_cpu_ids: { type: 'unsigned int', summary: 'Number of CPUs.' },
  nr_node_ids: { type: 'unsigned int', summary: 'Number of NUMA nodes.' },
  max_pfn: { type: 'unsigned long', summary: 'First frame number behind the end of memory.' },
  high_memory: { type: 'void *', summary: 'The address behind the direct map’s end.' },
  max_low_pfn: { type: 'unsigned long', summary: 'First frame number behind the direct map.' },
  _totalram_pages: { type: 'atomic_long_t', summary: 'Pages given to the buddy allocator.' },
  _totalhigh_pages: { type: 'atomic_long_t', summary: 'Pages of ZONE_HIGHMEM given to the buddy allocator (i386).' },
  last_pkmap_nr: { type: 'unsigned int', summary: 'The slot that kmap() gave out last (i386).' },
  pkmap_count: {
    type: 'int [512]',
    summary:
      'By slot of kmap(): 0 free, 1 without users but still mapped, else users + 1 (i386; without PAE 1024 slots).',
  },
  totalreserve_pages: { type: 'unsigned long', summary: 'Pages kept in reserve over all zones.' },
  vm_zone_stat: { type: 'atomic_long_t[11]', summary: 'Zone counters summed over all zones.' },
  min_free_kbytes: {
    type: 'int',
    summary: 'What the min watermarks are computed from (/proc/sys/vm/min_free_kbytes).',
  },
  user_min_free_kbytes: { type: 'int', summary: 'min_free_kbytes as the administrator wrote it; −1: not written.' },
  watermark_boost_factor: {
    type: 'int',
    summary: 'How far stealing pageblocks may raise the watermarks, in 1/10000 of high.',
  },
  watermark_scale_factor: { type: 'int', summary: 'Distance between the watermarks, in 1/10000 of the zone.' },
  percpu_pagelist_high_fraction: {
    type: 'int',
    summary: 'What part of a zone the per-CPU lists may hold; 0: computed from the low watermark.',
  },
  page_group_by_mobility_disabled: {
    type: 'int',
    summary: '1 where grouping by migratetype is off, on machines with little memory.',
  },
  mem_map: { type: 'struct page *', summary: 'The array of all struct pages (i386; x86_64 has vmemmap).' },
  node_data: { type: 'struct pglist_data *[64]', summary: 'The nodes (x86_64); use NODE_DATA(nid).' },
  slab_caches: { type: 'struct list_head', summary: 'All slab caches, the newest first, linked by kmem_cache.list.' },
  kmalloc_caches: {
    type: 'struct kmem_cache *[4][14]',
    summary: 'The caches of kmalloc(), by type (normal, cgroup, reclaimable, DMA) and index of the size.',
  },
  vmap_area_list: { type: 'struct list_head', summary: 'The areas of the vmalloc space that are in use, by address.' },
  vmap_area_root: { type: 'struct rb_root', summary: 'The same areas as a red-black tree.' },
  free_vmap_area_list: { type: 'struct list_head', summary: 'The free ranges of the vmalloc space, by address.' },
  free_vmap_area_root: {
    type: 'struct rb_root',
    summary: 'The same ranges as a red-black tree; each node has the size of the largest range below it.',
  },
  purge_vmap_area_list: {
    type: 'struct list_head',
    summary: 'Areas that are unmapped, whose addresses are given back once the TLBs are flushed.',
  },
  purge_vmap_area_root: { type: 'struct rb_root', summary: 'The same areas as a red-black tree.' },
  vmap_lazy_nr: { type: 'atomic_long_t', summary: 'Pages of the areas that wait to be given back.' },
  nr_vmalloc_pages: { type: 'atomic_long_t', summary: 'Pages of vmalloc() in use.' },
  init_mm: {
    type: 'struct mm_struct',
    summary: 'The kernel’s own address space: init_mm.pgd is the top level of its page tables.',
  },
  PAGE_KERNEL: { type: 'pgprot_t', summary: 'Rights of kernel memory that may be written, for vmap().' },
  VMALLOC_START: { type: 'const unsigned long', summary: 'First address of the vmalloc space.' },
  VMALLOC_END: { type: 'const unsigned long', summary: 'Last address of the vmalloc space.' },
  init_task: { type: 'struct task_struct', summary: 'The first task, the idle task of CPU 0.' },
  system_wq: { type: 'struct workqueue_struct *', summary: 'The queue of schedule_work().' },
  system_highpri_wq: { type: 'struct workqueue_struct *', summary: 'A queue with high priority.' },
  system_unbound_wq: { type: 'struct workqueue_struct *', summary: 'A queue whose works are not tied to a CPU.' },
};

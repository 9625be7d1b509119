/** Variables of the kernel itself that scenarios, watches and macros may name → C type. Where they lie, the kernel's symbol table knows. */
export const kernelVars: Readonly<Record<string, { readonly type: string; readonly words: string }>> = {
  current: { type: 'struct task_struct *', words: 'The task that runs on this CPU.' },
  jiffies: {
    type: 'unsigned long volatile',
    words: 'Ticks since boot, HZ a second. It wraps: compare with time_after().',
  },
  system_state: { type: 'int', words: 'How far the kernel’s start or end is.' },
  nr_cpu_ids: { type: 'unsigned int', words: 'Number of CPUs.' },
  nr_node_ids: { type: 'unsigned int', words: 'Number of NUMA nodes.' },
  max_pfn: { type: 'unsigned long', words: 'First frame number behind the end of memory.' },
  max_low_pfn: { type: 'unsigned long', words: 'First frame number behind the direct map.' },
  _totalram_pages: { type: 'atomic_long_t', words: 'Pages given to the buddy allocator.' },
  totalreserve_pages: { type: 'unsigned long', words: 'Pages kept in reserve over all zones.' },
  vm_zone_stat: { type: 'atomic_long_t[11]', words: 'Zone counters summed over all zones.' },
  min_free_kbytes: { type: 'int', words: 'What the min watermarks are computed from (/proc/sys/vm/min_free_kbytes).' },
  user_min_free_kbytes: { type: 'int', words: 'min_free_kbytes as the administrator wrote it; −1: not written.' },
  watermark_boost_factor: {
    type: 'int',
    words: 'How far stealing pageblocks may raise the watermarks, in 1/10000 of high.',
  },
  watermark_scale_factor: { type: 'int', words: 'Distance between the watermarks, in 1/10000 of the zone.' },
  percpu_pagelist_high_fraction: {
    type: 'int',
    words: 'What part of a zone the per-CPU lists may hold; 0: computed from the low watermark.',
  },
  page_group_by_mobility_disabled: {
    type: 'int',
    words: 'Is grouping by migratetype switched off, on machines with little memory?',
  },
  mem_map: { type: 'struct page *', words: 'The array of all struct pages (i386; x86_64 has vmemmap).' },
  node_data: { type: 'struct pglist_data *[64]', words: 'The nodes (x86_64); use NODE_DATA(nid).' },
  init_task: { type: 'struct task_struct', words: 'The first task, the idle task of CPU 0.' },
  system_wq: { type: 'struct workqueue_struct *', words: 'The queue of schedule_work().' },
  system_highpri_wq: { type: 'struct workqueue_struct *', words: 'A queue with high priority.' },
  system_unbound_wq: { type: 'struct workqueue_struct *', words: 'A queue whose works are not tied to a CPU.' },
};

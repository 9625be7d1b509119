/** Names of the kernel's own code on the stacks of tasks: kernel/loops.ts. */

/** Code that runs on top of what it interrupts. */
export type EntryName =
  | 'asm_common_interrupt'
  | 'asm_sysvec_apic_timer_interrupt'
  | 'asm_sysvec_irq_work'
  | 'asm_exc_nmi'
  | '__do_softirq';
/** Loops at the bottom of a kernel thread's stack; `entry_SYSCALL`: where a process has entered the kernel. */
export type ThreadName =
  | 'kthread'
  | 'entry_SYSCALL'
  | 'cpu_startup_entry'
  | 'run_ksoftirqd'
  | 'worker_thread'
  | 'kswapd';
export type KernelCodeName = EntryName | ThreadName;

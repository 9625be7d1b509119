/**
 * The kernel's own frames in call traces. On the stacks of the emulated machine each loop of the kernel is one frame; the trace names the
 * functions that the real one has there (kernel/kthread.c, workqueue.c, softirq.c, irq/handle.c, sched/idle.c; arch/x86/entry, 6.1).
 */
import { ENTRY_FRAME } from '../irq/irq_entry';
import { HI_SOFTIRQ, HRTIMER_SOFTIRQ, RCU_SOFTIRQ, TASKLET_SOFTIRQ, TIMER_SOFTIRQ } from '../irq/softirq';
import type { Core } from '../sched/core';
import type { KernelCodeName } from '../sched/loop_names';

/** The functions of a frame, innermost first. */
interface KernelFrames {
  /** on the interrupt's stack */
  readonly interrupt: readonly string[];
  /** on the task's */
  readonly task: readonly string[];
}
/** A frame of one of the kernel's loops. */
export interface LoopFrame {
  readonly name: KernelCodeName;
  readonly fp: number;
  /** what is on top of it in the trace: a function that it has called, softirqs at its end, kernel functions that have no frame, or nothing */
  readonly above: 'call' | 'softirqs' | 'functions' | undefined;
  /** what it runs on top of: another loop, or a call that turns bottom halves on */
  readonly below: KernelCodeName | 'local_bh_enable' | undefined;
}

const THREAD = ['kthread', 'ret_from_fork'];
const SYSCALL_64 = ['do_syscall_64', 'entry_SYSCALL_64_after_hwframe'];
const SYSCALL_32 = ['__do_fast_syscall_32', 'do_fast_syscall_32', 'do_SYSENTER_32', 'entry_SYSENTER_32'];
const NOTHING: readonly string[] = [];
const LOCAL_TIMER = ['__hrtimer_run_queues', 'hrtimer_interrupt', '__sysvec_apic_timer_interrupt'];
const IRQ_WORK = ['irq_work_single', 'irq_work_run_list', 'irq_work_run', '__sysvec_irq_work'];
/** by softirq: what calls its handlers, and the functions between that and handle_softirqs */
const SOFTIRQ: Readonly<Record<number, { readonly call: readonly string[]; readonly run: readonly string[] }>> = {
  [TIMER_SOFTIRQ]: { call: ['call_timer_fn'], run: ['__run_timers', 'run_timer_softirq'] },
  [TASKLET_SOFTIRQ]: { call: ['tasklet_action_common'], run: ['tasklet_action'] },
  [HI_SOFTIRQ]: { call: ['tasklet_action_common'], run: ['tasklet_hi_action'] },
  [HRTIMER_SOFTIRQ]: { call: ['__hrtimer_run_queues'], run: ['hrtimer_run_softirq'] },
  [RCU_SOFTIRQ]: { call: ['rcu_do_batch'], run: ['rcu_core', 'rcu_core_si'] },
};

export function kernelFrames(core: Core, frame: LoopFrame): KernelFrames {
  const { name, above } = frame;
  switch (name) {
    case 'asm_common_interrupt': {
      const handling = ['__handle_irq_event_percpu', 'handle_irq_event', 'handle_edge_irq', '__common_interrupt'];
      return {
        interrupt: [...(above === 'softirqs' ? NOTHING : handling), 'common_interrupt'],
        task: ['asm_common_interrupt'],
      };
    }
    case 'asm_sysvec_apic_timer_interrupt':
      return {
        interrupt: [...(above === 'softirqs' ? NOTHING : LOCAL_TIMER), 'sysvec_apic_timer_interrupt'],
        task: ['asm_sysvec_apic_timer_interrupt'],
      };
    case 'asm_sysvec_irq_work':
      return {
        interrupt: [...(above === 'softirqs' ? NOTHING : IRQ_WORK), 'sysvec_irq_work'],
        task: ['asm_sysvec_irq_work'],
      };
    case 'asm_exc_nmi':
      return { interrupt: ['nmi_handle', 'default_do_nmi', 'exc_nmi', 'end_repeat_nmi'], task: NOTHING };
    case '__do_softirq':
      return softirqFrames(core, frame);
    case 'entry_SYSCALL':
      return { interrupt: NOTHING, task: core.wordSize === 8 ? SYSCALL_64 : SYSCALL_32 };
    case 'kthread':
      return { interrupt: NOTHING, task: THREAD };
    case 'run_ksoftirqd':
      return { interrupt: NOTHING, task: ['run_ksoftirqd', 'smpboot_thread_fn', ...THREAD] };
    case 'kswapd':
      return { interrupt: NOTHING, task: [...(above ? ['kswapd_try_to_sleep'] : NOTHING), 'kswapd', ...THREAD] };
    case 'worker_thread':
      return {
        interrupt: NOTHING,
        task: [...(above && above !== 'functions' ? ['process_one_work'] : NOTHING), 'worker_thread', ...THREAD],
      };
    case 'cpu_startup_entry': {
      const boot = ['rest_init', 'arch_call_rest_init', 'start_kernel', 'secondary_startup_64_no_verify'];
      const second = ['start_secondary', 'secondary_startup_64_no_verify'];
      return { interrupt: NOTHING, task: ['do_idle', 'cpu_startup_entry', ...(core.cpu === 0 ? boot : second)] };
    }
  }
}
/** Softirqs run in ksoftirqd, where bottom halves are turned on again, or at the end of an interrupt. */
function softirqFrames(core: Core, { fp, above, below }: LoopFrame): KernelFrames {
  const frames = SOFTIRQ[core.get32(fp + ENTRY_FRAME.irq)];
  const handler = [...(above ? (frames?.call ?? NOTHING) : NOTHING), ...(frames?.run ?? NOTHING), 'handle_softirqs'];
  if (below === 'run_ksoftirqd') return { interrupt: NOTHING, task: handler };
  if (below === 'local_bh_enable') return { interrupt: handler, task: ['do_softirq.part.0', '__local_bh_enable_ip'] };
  if (below?.startsWith('asm_')) return { interrupt: [...handler, '__irq_exit_rcu'], task: NOTHING };
  return {
    interrupt: [...handler, '__irq_exit_rcu', 'sysvec_apic_timer_interrupt'],
    task: ['asm_sysvec_apic_timer_interrupt'],
  };
}

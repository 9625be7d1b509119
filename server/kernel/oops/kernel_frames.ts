/**
 * The kernel's own frames in call traces. On the stacks of the emulated machine each loop of the kernel is one frame; the trace names the
 * functions that the real one has there (kernel/kthread.c, workqueue.c, softirq.c, irq/handle.c, sched/idle.c; arch/x86/entry, 6.1).
 */
import { ENTRY_FRAME } from '../irq/irq_entry';
import { type HardirqName, SOFTIRQ_POINTS } from '../irq/irq_stack_switch';
import { HI_SOFTIRQ, HRTIMER_SOFTIRQ, RCU_SOFTIRQ, TASKLET_SOFTIRQ, TIMER_SOFTIRQ } from '../irq/softirq';
import type { Core } from '../sched/core';
import type { KernelCodeName } from '../sched/loop_names';

/** The functions of a frame, innermost first. */
interface KernelFrames {
  /** on the stack that it lies on */
  readonly own: readonly string[];
  /** on the stack that was in use when it was entered */
  readonly below: readonly string[];
  /** the registers of the code that it has interrupted follow, on the stack that the last of these functions is on */
  readonly interrupts: boolean;
}
/** A frame of one of the kernel's loops. */
export interface LoopFrame {
  readonly name: KernelCodeName;
  readonly fp: number;
  /** what is on top of it in the trace: a function that it has called, softirqs at its end, kernel functions that have no frame, or nothing */
  readonly above: 'call' | 'softirqs' | 'functions' | undefined;
}

const THREAD = ['kthread', 'ret_from_fork'];
const SYSCALL_64 = ['do_syscall_64', 'entry_SYSCALL_64_after_hwframe'];
const SYSCALL_32 = ['__do_fast_syscall_32', 'do_fast_syscall_32', 'do_SYSENTER_32', 'entry_SYSENTER_32'];
const NOTHING: readonly string[] = [];
/** by entry: what calls the handlers of a hard interrupt, and the C function that asm_… calls */
const HARDIRQ: Readonly<Record<HardirqName, { readonly handling: readonly string[]; readonly entry: string }>> = {
  asm_common_interrupt: {
    handling: ['__handle_irq_event_percpu', 'handle_irq_event', 'handle_edge_irq'],
    entry: 'common_interrupt',
  },
  asm_sysvec_apic_timer_interrupt: {
    handling: ['__hrtimer_run_queues', 'hrtimer_interrupt', '__sysvec_apic_timer_interrupt'],
    entry: 'sysvec_apic_timer_interrupt',
  },
  asm_sysvec_irq_work: {
    handling: ['irq_work_single', 'irq_work_run_list', 'irq_work_run', '__sysvec_irq_work'],
    entry: 'sysvec_irq_work',
  },
};
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
    case 'asm_common_interrupt':
    case 'asm_sysvec_apic_timer_interrupt':
    case 'asm_sysvec_irq_work':
      return hardirqFrames(core, name, above === 'softirqs');
    case 'asm_exc_nmi': {
      const entry = core.wordSize === 8 ? 'end_repeat_nmi' : name;
      return { own: ['nmi_handle', 'default_do_nmi', 'exc_nmi', entry], below: NOTHING, interrupts: true };
    }
    case '__do_softirq':
      return softirqFrames(core, frame);
    case 'entry_SYSCALL':
      return thread(core.wordSize === 8 ? SYSCALL_64 : SYSCALL_32);
    case 'kthread':
      return thread(THREAD);
    case 'run_ksoftirqd':
      return thread(['run_ksoftirqd', 'smpboot_thread_fn', ...THREAD]);
    case 'kswapd':
      return thread([...(above ? ['kswapd_try_to_sleep'] : NOTHING), 'kswapd', ...THREAD]);
    case 'worker_thread':
      return thread([...(above && above !== 'functions' ? ['process_one_work'] : NOTHING), 'worker_thread', ...THREAD]);
    case 'cpu_startup_entry': {
      const boot = ['rest_init', 'arch_call_rest_init', 'start_kernel', 'secondary_startup_64_no_verify'];
      const second = ['start_secondary', 'secondary_startup_64_no_verify'];
      return thread(['do_idle', 'cpu_startup_entry', ...(core.cpu === 0 ? boot : second)]);
    }
  }
}
const thread = (own: readonly string[]): KernelFrames => ({ own, below: NOTHING, interrupts: false });

/** The function that changes the stack is on the new one, where the call that it makes returns to. */
function hardirqFrames({ wordSize }: Core, name: HardirqName, atEnd: boolean): KernelFrames {
  const { handling, entry } = HARDIRQ[name];
  const handlers = atEnd ? NOTHING : handling;
  if (name !== 'asm_common_interrupt') return { own: [...handlers, entry], below: [name], interrupts: true };
  if (wordSize === 4)
    return { own: [...handlers, '__handle_irq'], below: ['__common_interrupt', entry, name], interrupts: true };
  return { own: [...handlers, ...(atEnd ? NOTHING : ['__common_interrupt']), entry], below: [name], interrupts: true };
}
/** Softirqs run in ksoftirqd, where bottom halves are turned on again, or at the end of an interrupt. */
function softirqFrames(core: Core, { fp, above }: LoopFrame): KernelFrames {
  const frames = SOFTIRQ[core.get32(fp + ENTRY_FRAME.irq)];
  const handler = [...(above ? (frames?.call ?? NOTHING) : NOTHING), ...(frames?.run ?? NOTHING), 'handle_softirqs'];
  const point = SOFTIRQ_POINTS[core.get32(fp + ENTRY_FRAME.point)] ?? 'ksoftirqd';
  if (point === 'ksoftirqd') return thread(handler);
  const own = core.wordSize === 4 ? [...handler, 'do_softirq_own_stack'] : handler;
  if (point === 'bh_enable') {
    const [on, below] = core.wordSize === 4 ? [own, [DO_SOFTIRQ, BH_ENABLE]] : [[...own, DO_SOFTIRQ], [BH_ENABLE]];
    return { own: on, below, interrupts: false };
  }
  const end = ['__irq_exit_rcu', HARDIRQ[point].entry];
  if (core.wordSize === 4) return { own, below: [...end, point], interrupts: true };
  return { own: [...own, ...end], below: [point], interrupts: true };
}
const DO_SOFTIRQ = 'do_softirq.part.0';
const BH_ENABLE = '__local_bh_enable_ip';

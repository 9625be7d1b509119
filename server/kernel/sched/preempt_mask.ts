/** How preempt_count is divided (include/linux/preempt.h, 6.1): preemption 0–7, softirqs 8–15, hard interrupts 16–19, NMIs 20–23. */
import { HARDIRQ_MASK, NMI_MASK, SOFTIRQ_MASK } from '../../profiles/commonConstants';

export {
  HARDIRQ_MASK,
  HARDIRQ_OFFSET,
  NMI_MASK,
  NMI_OFFSET,
  PREEMPT_MASK,
  PREEMPT_OFFSET,
  SOFTIRQ_DISABLE_OFFSET,
  SOFTIRQ_MASK,
  SOFTIRQ_OFFSET,
} from '../../profiles/commonConstants';

/** in_interrupt(): bits that are set in softirqs, with bottom halves off, in hard interrupts and NMIs */
export const IN_INTERRUPT = SOFTIRQ_MASK | HARDIRQ_MASK | NMI_MASK;

/** preempt_count without bit 31, which the kernel keeps PREEMPT_NEED_RESCHED in */
export const COUNT_MASK = 0x7fffffff;
/** preempt_count of code that has preemption off and nothing else: of the idle task, and of a task inside schedule() */
export const PREEMPT_DISABLED = 1;

/** preempt_count as reports print it: `00010001`. */
export const countText = (count: number): string => (count >>> 0).toString(16).padStart(8, '0');

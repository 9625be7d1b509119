/**
 * How a lock class has been used: in interrupts, and with interrupts enabled; for reading and writing (kernel/locking/
 * lockdep_internals.h: enum lock_usage_bit; lockdep.c: exclusive_mask, original_mask, get_usage_chars, 6.1).
 */

/** Bits of the number of a usage: 0 write, 1 read · 0 used in, 2 used with it enabled · from 4: the kind of interrupt */
export const READ_MASK = 1;
export const DIR_MASK = 2;
export const HARDIRQ = 0;
export const SOFTIRQ = 4;
/** used at all; for reading only */
export const LOCK_USED = 8;
export const LOCK_USED_READ = 9;
/** usages that a call trace is kept of */
export const LOCK_TRACE_STATES = LOCK_USED + 1;
/** not a usage: found in an NMI */
export const LOCK_IN_NMI = 10;

const NAMES = [
  'IN-HARDIRQ-W',
  'IN-HARDIRQ-R',
  'HARDIRQ-ON-W',
  'HARDIRQ-ON-R',
  'IN-SOFTIRQ-W',
  'IN-SOFTIRQ-R',
  'SOFTIRQ-ON-W',
  'SOFTIRQ-ON-R',
  'INITIAL USE',
  'INITIAL READ USE',
  'IN-NMI',
];
export const usageName = (bit: number): string => NAMES[bit] ?? '';
/** `HARDIRQ`, `SOFTIRQ-READ` */
export const stateName = (bit: number): string =>
  `${bit & SOFTIRQ ? 'SOFTIRQ' : 'HARDIRQ'}${bit & READ_MASK ? '-READ' : ''}`;

const USED_IN = 0b0011_0011;
const ENABLED = 0b1100_1100;
/** all usages for writing, and for reading, that have to do with interrupts */
export const IRQ_WRITES = 0b0101_0101;
const IRQ_READS = 0b1010_1010;
export const USED_IN_IRQ = USED_IN;
export const ENABLED_IRQ = ENABLED;

const invertDirection = (mask: number): number => ((mask & USED_IN) << DIR_MASK) | ((mask & ENABLED) >> DIR_MASK);
/** The usage for writing that excludes `bit`. */
export const exclusiveBit = (bit: number): number => (bit & SOFTIRQ) | ((bit & DIR_MASK) ^ DIR_MASK);
/** The usages that some usage of `mask` excludes: in the other direction, for writing and reading. */
export function exclusiveMask(mask: number): number {
  const inverse = invertDirection(mask);
  return inverse | ((inverse & IRQ_READS) >> READ_MASK) | ((inverse & IRQ_WRITES) << READ_MASK);
}
/** The usages that may exclude some usage of `mask`. */
export function originalMask(mask: number): number {
  const inverse = invertDirection(mask);
  return inverse | ((inverse & IRQ_WRITES) << READ_MASK);
}
/** A usage of `mask` and one of `others` that exclude each other. */
export function exclusiveMatch(mask: number, others: number): { bit: number; excluded: number } | undefined {
  for (let bit = 0; bit < LOCK_USED; bit++) {
    if ((mask & (1 << bit)) === 0) continue;
    const excluded = exclusiveBit(bit);
    if (others & (1 << excluded)) return { bit, excluded };
    if (others & (1 << (excluded | READ_MASK))) return { bit, excluded: excluded | READ_MASK };
  }
  return undefined;
}
/** The four characters of reports: `+.-?` for hard interrupts, the same for reading, softirqs, the same for reading. */
export function usageChars(mask: number): string {
  return [HARDIRQ, HARDIRQ | READ_MASK, SOFTIRQ, SOFTIRQ | READ_MASK]
    .map((bit) => {
      const enabled = (mask & (1 << (bit + DIR_MASK))) !== 0;
      if (mask & (1 << bit)) return enabled ? '?' : '-';
      return enabled ? '+' : '.';
    })
    .join('');
}

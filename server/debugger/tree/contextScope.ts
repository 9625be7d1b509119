/**
 * Scope "Context": where this code runs and what it may do: preempt_count in its parts, interrupts, locks, RCU, and the results of
 * in_atomic(), in_interrupt() and "may it sleep" with the reason.
 */

import {
  countText,
  HARDIRQ_MASK,
  HARDIRQ_OFFSET,
  NMI_MASK,
  NMI_OFFSET,
  PREEMPT_MASK,
  PREEMPT_OFFSET,
  SOFTIRQ_MASK,
  SOFTIRQ_OFFSET,
} from '../../kernel/sched/preempt_mask';
import type { Span } from '../../language/syntax/tree';
import { toBits } from '../../types/address';
import { describeAddress } from '../inspect/values';
import type { View } from '../inspect/view';
import { positionOf } from '../target/source';
import type { ExecutionContext, Frame, Target } from '../target/target';
import { expressionRow } from './expressionNode';
import type { Node, Scope, TreeContext } from './treeNode';
import { group, textNode } from './treeNode';

interface PreemptCount {
  readonly preempt: number;
  /** bit 8 alone: serving a softirq; each local_bh_disable() adds 2 */
  readonly softirq: number;
  readonly hardirq: number;
  readonly nmi: number;
}
/** preempt_count taken apart. */
export function decodePreemptCount(count: number): PreemptCount {
  return {
    preempt: (count & PREEMPT_MASK) / PREEMPT_OFFSET,
    softirq: (count & SOFTIRQ_MASK) / SOFTIRQ_OFFSET,
    hardirq: (count & HARDIRQ_MASK) / HARDIRQ_OFFSET,
    nmi: (count & NMI_MASK) / NMI_OFFSET,
  };
}

/** Why this context must not sleep, most specific reason first; empty if it may. */
function atomicReasons(view: View, context: ExecutionContext): string[] {
  const { preempt, softirq, hardirq, nmi } = decodePreemptCount(context.preemptCount);
  const reasons: string[] = [];
  if (nmi) reasons.push('in an NMI');
  if (hardirq) reasons.push('in a hard interrupt');
  if (softirq & 1) reasons.push('in a softirq');
  if (softirq > 1) reasons.push(`bottom halves are off${softirq >> 1 > 1 ? ` (${softirq >> 1} deep)` : ''}`);
  const spinning = context.locks.filter((lock) => !/mutex|rwsem|sema/.test(lock.kind));
  for (const lock of spinning) reasons.push(`holds ${lockName(view, lock.address)} (${lock.kind})`);
  if (preempt > spinning.length) reasons.push(`preemption is off (preempt count ${preempt})`);
  if (context.irqsDisabled && !hardirq) reasons.push('interrupts are off');
  if (context.rcuNesting > 0) reasons.push(`in an RCU read-side section (${context.rcuNesting} deep)`);
  return reasons;
}
/** `ring_lock`, `rx.lock` where a symbol is known, else the address. */
function lockName(view: View, address: number): string {
  return (
    view.symbolName(address, true) ??
    describeAddress(view, toBits(view.abi, address)) ??
    view.hexBits(toBits(view.abi, address))
  );
}

/** in_interrupt() is the masked preempt_count, which is read in hexadecimal. */
const inInterrupt = (context: TreeContext, target: Target, frame: Frame): Node => ({
  ...expressionRow({ ...context, format: 'hex' }, target, 'in_interrupt()', frame),
  evaluateName: 'in_interrupt(),x',
});
function contextNodes(context: TreeContext, target: Target, frame: Frame): Node[] {
  const { view } = context;
  const { task } = frame;
  const at = target.contextOf(task);
  const parts = decodePreemptCount(at.preemptCount);
  const reasons = atomicReasons(view, at);
  // of a task that does not run, the expressions would tell the CPU's count
  const runs = target.currentOf(at.cpu) === task;
  return [
    textNode('may sleep', reasons.length === 0 ? 'yes' : `no: ${reasons.join('; ')}`),
    group('preempt_count', `0x${countText(at.preemptCount)}`, () => [
      textNode('preempt', parts.preempt),
      textNode('softirq', softirqText(parts.softirq)),
      textNode('hardirq', parts.hardirq),
      textNode('nmi', parts.nmi),
    ]),
    ...(runs ? [expressionRow(context, target, 'in_atomic()', frame), inInterrupt(context, target, frame)] : []),
    textNode('interrupts', at.irqsDisabled ? 'off' : 'on'),
    textNode('RCU read-side nesting', at.rcuNesting),
    group('held locks', at.locks.length === 0 ? 'none' : String(at.locks.length), () =>
      at.locks.map((lock, i) =>
        textNode(
          `#${i}`,
          `${lockName(view, lock.address)} (${lock.kind})${lock.span ? `, taken at ${sourceLine(view, lock.span)}` : ''}`,
          {
            memory: lock.address,
          },
        ),
      ),
    ),
    textNode('CPU', at.cpu),
  ];
}
function softirqText(softirq: number): string {
  if (softirq === 0) return '0';
  const off = softirq >> 1;
  return `${softirq} (${[softirq & 1 ? 'serving one' : '', off ? `${off} × bottom halves off` : ''].filter(Boolean).join(', ')})`;
}
function sourceLine(view: View, span: Span): string {
  const position = positionOf(view.program.files, span);
  return position ? `${position.file.path.replace(/^.*[\\/]/, '')}:${position.line}` : '?';
}

export function contextScope(context: TreeContext, target: Target, frame: Frame): Scope {
  return { name: 'Context', value: '', children: () => contextNodes(context, target, frame) };
}

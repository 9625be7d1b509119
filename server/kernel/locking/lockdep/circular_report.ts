/** Reports of locks taken in the wrong order, or twice (kernel/locking/lockdep.c: print_circular_bug, print_deadlock_bug, 6.1). */
import type { HeldLock } from './held_locks';
import type { LockClasses } from './lock_class';
import { depthOf, type Visit } from './lock_graph';
import type { LockReport } from './lock_report';

/** How a lock is taken in the columns of a scenario. */
const takes = (lock: HeldLock): string => (lock.read === 0 ? 'lock' : 'rlock');
/** The second CPU's column begins here. */
const COLUMN = ' '.repeat(31);

/** print_circular_bug: `next` is wanted while `held` is held, and `found`, reached from `next`, is the class of `held`. */
export function printCircular(
  report: LockReport,
  classes: LockClasses,
  next: HeldLock,
  held: HeldLock,
  found: Visit,
  /** the call trace of the attempt */
  here: readonly number[],
  functions: readonly string[],
): void {
  const chain: string[] = [];
  const depth = depthOf(found);
  let number = depth;
  for (let visit: Visit | undefined = found; visit; visit = visit.parent, number--) {
    chain.push('', `-> #${number}${classes.describe(visit.class)}:`);
    chain.push(...(visit.parent ? report.trace(visit.trace, 6) : report.traceOf(here, 6)));
  }
  const parent = found.parent?.class ?? next.class;
  report.print(
    'WARNING: possible circular locking dependency detected',
    [
      ...report.acquiring(next, held),
      'which lock already depends on the new lock.',
      '',
      '',
      'the existing dependency chain (in reverse order) is:',
      ...chain,
      '',
      'other info that might help us debug this:',
      '',
      ...chainText(report, next.class, parent, held.class),
      ' Possible unsafe locking scenario:',
      '',
      '       CPU0                    CPU1',
      '       ----                    ----',
      `  ${takes(held)}(${report.className(held.class)});`,
      `${COLUMN}lock(${report.className(parent)});`,
      `${COLUMN}lock(${report.className(held.class)});`,
      `  ${takes(next)}(${report.className(next.class)});`,
      ...report.deadlock(),
    ],
    ['print_circular_bug', 'check_noncircular', ...functions],
  );
}
/** `Chain exists of:`, where locks lie between the first and the last. */
export function chainText(report: LockReport, first: number, middle: number, last: number): string[] {
  if (middle === first) return [];
  return [
    'Chain exists of:',
    `  ${report.className(first)} --> ${report.className(middle)} --> ${report.className(last)}`,
    '',
  ];
}

/** print_deadlock_bug: a lock of the class of `next` is held already. */
export function printDeadlock(report: LockReport, held: HeldLock, next: HeldLock, functions: readonly string[]): void {
  report.print(
    'WARNING: possible recursive locking detected',
    [
      ...report.acquiring(next, held),
      'other info that might help us debug this:',
      ' Possible unsafe locking scenario:',
      '',
      '       CPU0',
      '       ----',
      `  lock(${report.className(held.class)});`,
      `  lock(${report.className(next.class)});`,
      ...report.deadlock([' May be due to missing lock nesting notation', '']),
    ],
    ['print_deadlock_bug', ...functions],
  );
}

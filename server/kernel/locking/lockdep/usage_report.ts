/**
 * Reports of locks that interrupts and the code below them use in ways that exclude each other (kernel/locking/lockdep.c:
 * print_usage_bug, print_irq_inversion_bug, print_bad_irq_dependency, 6.1).
 */

import { chainText } from './circular_report';
import type { HeldLock } from './held_locks';
import type { LockClasses } from './lock_class';
import { depthOf, type Visit } from './lock_graph';
import type { LockReport } from './lock_report';
import { LOCK_TRACE_STATES, usageName } from './lock_usage';

const COLUMN = ' '.repeat(31);

/** print_usage_bug: the class has been used as `before`, and is now used as `now`. */
export function printUsage(
  report: LockReport,
  classes: LockClasses,
  lock: HeldLock,
  before: number,
  now: number,
  irqLines: readonly string[],
  functions: readonly string[],
): void {
  const name = report.className(lock.class);
  report.print(
    'WARNING: inconsistent lock state',
    [
      `inconsistent {${usageName(before)}} -> {${usageName(now)}} usage.`,
      `${report.who()} ${report.contextText()} takes:`,
      report.lock(lock),
      `{${usageName(before)}} state was registered at:`,
      ...report.trace(classes.trace(lock.class, before), 1),
      ...irqLines,
      '',
      'other info that might help us debug this:',
      ' Possible unsafe locking scenario:',
      '',
      '       CPU0',
      '       ----',
      `  lock(${name});`,
      '  <Interrupt>',
      `    lock(${name});`,
      ...report.deadlock(),
    ],
    ['print_usage_bug', 'mark_lock', ...functions],
  );
}

/** print_irq_inversion_bug: `lock`, whose use is new, is connected with `other`, which is used the opposite way. */
export function printInversion(
  report: LockReport,
  classes: LockClasses,
  lock: HeldLock,
  other: Visit,
  forwards: boolean,
  state: string,
  here: readonly number[],
  functions: readonly string[],
): void {
  // the class next to the start on the path
  let middle = other;
  while (middle.parent?.parent) middle = middle.parent;
  report.print(
    'WARNING: possible irq lock inversion dependency detected',
    [
      `${report.who()} just changed the state of lock:`,
      report.lock(lock),
      forwards
        ? `but this lock took another, ${state}-unsafe lock in the past:`
        : `but this lock was taken by another, ${state}-safe lock in the past:`,
      classes.describe(other.class),
      '',
      '',
      'and interrupts could create inverse lock ordering between them.',
      '',
      '',
      'other info that might help us debug this:',
      ...(forwards
        ? irqScenario(report, lock.class, other.class, middle.class, other.class)
        : irqScenario(report, other.class, lock.class, middle.class, lock.class)),
      ...report.heldLines(report.task()),
      '',
      'the shortest dependencies between 2nd lock and 1st lock:',
      ...shortestDependencies(report, classes, other, here),
      '',
      'stack backtrace:',
    ],
    ['print_irq_inversion_bug', forwards ? 'check_usage_forwards' : 'check_usage_backwards', 'mark_lock', ...functions],
  );
}

/** print_bad_irq_dependency: `held` → `next` connects `safe`, used in interrupts, with `unsafe`, used with interrupts enabled. */
export function printBadDependency(
  report: LockReport,
  classes: LockClasses,
  held: HeldLock,
  next: HeldLock,
  safe: Visit,
  unsafe: Visit,
  bits: { readonly bit: number; readonly excluded: number },
  state: string,
  here: readonly number[],
  functions: readonly string[],
): void {
  report.print(
    `WARNING: ${state}-safe -> ${state}-unsafe lock order detected`,
    [
      `${report.who()} ${report.contextText()} is trying to acquire:`,
      report.lock(next),
      '',
      'and this task is already holding:',
      report.lock(held),
      'which would create a new lock dependency:',
      `${classes.describe(held.class)} ->${classes.describe(next.class)}`,
      '',
      `but this new dependency connects a ${state}-irq-safe lock:`,
      classes.describe(safe.class),
      '',
      `... which became ${state}-irq-safe at:`,
      ...report.trace(classes.trace(safe.class, bits.bit), 1),
      '',
      `to a ${state}-irq-unsafe lock:`,
      classes.describe(unsafe.class),
      '',
      `... which became ${state}-irq-unsafe at:`,
      '...',
      ...report.trace(classes.trace(unsafe.class, bits.excluded), 1),
      '',
      'other info that might help us debug this:',
      '',
      ...irqScenario(report, safe.class, unsafe.class, held.class, next.class),
      ...report.heldLines(report.task()),
      '',
      `the dependencies between ${state}-irq-safe lock and the holding lock:`,
      ...dependenciesBackwards(report, classes, safe),
      '',
      'the dependencies between the lock to be acquired',
      ` and ${state}-irq-unsafe lock:`,
      ...shortestDependencies(report, classes, unsafe, here),
      '',
      'stack backtrace:',
    ],
    ['print_bad_irq_dependency', 'check_irq_usage', ...functions],
    53,
  );
}

/** print_irq_lock_scenario */
function irqScenario(report: LockReport, safe: number, unsafe: number, prev: number, next: number): string[] {
  const middle = prev === safe ? next : prev;
  const name = (number: number): string => report.className(number);
  return [
    ...(middle === unsafe ? [] : chainText(report, safe, middle, unsafe)),
    ' Possible interrupt unsafe locking scenario:',
    '',
    '       CPU0                    CPU1',
    '       ----                    ----',
    `  lock(${name(unsafe)});`,
    `${COLUMN}local_irq_disable();`,
    `${COLUMN}lock(${name(safe)});`,
    `${COLUMN}lock(${name(middle)});`,
    '  <Interrupt>',
    `    lock(${name(safe)});`,
    '',
    ' *** DEADLOCK ***',
    '',
  ];
}
/** print_shortest_lock_dependencies: each class from the found one back to the start, with where it was taken inside its predecessor. */
function shortestDependencies(
  report: LockReport,
  classes: LockClasses,
  leaf: Visit,
  here: readonly number[],
): string[] {
  const lines: string[] = [];
  let depth = depthOf(leaf);
  for (let visit: Visit | undefined = leaf; visit; visit = visit.parent, depth--) {
    lines.push(
      ...classHeader(report, classes, visit.class, depth),
      `${pad(depth)} ... acquired at:`,
      ...(visit.parent ? report.trace(visit.trace, 2) : report.traceOf(here, 2)),
      '',
    );
  }
  return lines;
}
/** print_shortest_lock_dependencies_backwards: a link found backwards tells where the class before it was taken. */
function dependenciesBackwards(report: LockReport, classes: LockClasses, leaf: Visit): string[] {
  const lines: string[] = [];
  let depth = depthOf(leaf);
  let trace = 0;
  for (let visit: Visit | undefined = leaf; visit; visit = visit.parent, depth--) {
    lines.push(...classHeader(report, classes, visit.class, depth));
    if (trace !== 0) lines.push(`${pad(depth)} ... acquired at:`, ...report.trace(trace, 2), '');
    trace = visit.trace;
  }
  return lines;
}
/** print_lock_class_header: every use of the class with its call trace, indented to the end of its heading. */
function classHeader(report: LockReport, classes: LockClasses, number: number, depth: number): string[] {
  const lines = [`${pad(depth)}->${classes.describe(number)} {`];
  for (let bit = 0; bit < LOCK_TRACE_STATES; bit++) {
    if ((classes.usage(number) & (1 << bit)) === 0) continue;
    const heading = `${pad(depth)}   ${usageName(bit)} at:`;
    lines.push(heading, ...report.trace(classes.trace(number, bit), depth + heading.length));
  }
  lines.push(`${pad(depth)} }`, `${pad(depth)} ... key      at: ${report.at(classes.key(number))}`);
  return lines;
}
const pad = (depth: number): string => ' '.repeat(depth);

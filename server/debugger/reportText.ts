/** Log entries as text for the user. */
import { formatEntry, type LogEntry } from '../kernel/printk/printk';

/** An entry with its time stamp, a report with all its lines. */
export const entryText = (entry: LogEntry): string => `${formatEntry(entry).join('\n')}\n`;
export const isReport = (entry: LogEntry): boolean => entry.kind !== 'print';
/** Whether an entry means that the scenario has failed: a false expect, a BUG, an oops. Warnings and failed allocations are not. */
export const isFailure = (entry: LogEntry): boolean =>
  isReport(entry) && entry.kind !== 'WARN' && entry.kind !== 'fail';
/** A report's lines without time stamps. */
export const reportText = (entry: LogEntry): string => [entry.text, ...entry.lines].join('\n');

/** Log entries as text for the user. */
import { formatEntry, type LogEntry } from '../kernel/printk/printk';

/** An entry with its time stamp, a report with all its lines; a piece of a line without the stamp if it continues one, and without an end. */
export const entryText = (entry: LogEntry): string =>
  `${entry.cont ? entry.text : formatEntry(entry).join('\n')}${entry.open ? '' : '\n'}`;
export const isReport = (entry: LogEntry): boolean => entry.kind !== 'print';
/** A report's lines without time stamps. */
export const reportText = (entry: LogEntry): string => [entry.text, ...entry.lines].join('\n');

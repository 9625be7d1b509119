/** Log entries as text for the user. */
import { formatEntry, isOwn, kernelText, type LogEntry, notesText } from '../kernel/printk/printk';

/** An entry with its time stamp, a report with all its lines; a piece of a line without the stamp if it continues one, and without an end. */
export const entryText = (entry: LogEntry): string =>
  `${entry.cont ? entry.text : plainLines(entry).join('\n')}${entry.open ? '' : '\n'}`;
/** The kernel's lines have time stamps; what kmem says of itself has none. */
const plainLines = (entry: LogEntry): readonly string[] =>
  isOwn(entry) ? [entry.text, ...entry.lines, ...notesText(entry)] : formatEntry(entry);
export const isReport = (entry: LogEntry): boolean => entry.kind !== 'print';
/**
 * A report without its title and time stamps, for a view that shows the title itself. kmem's notes come first: they name the lines of the
 * scenario, and such a view shows only the beginning of a long report.
 */
export function reportBody(entry: LogEntry): string {
  const notes = notesText(entry).filter((line) => line !== `kmem: ${entry.text}`);
  const body = kernelText(entry).filter((line) => line !== entry.text);
  return [...notes, ...(notes.length > 0 && body.length > 0 ? [''] : []), ...body].join('\n');
}

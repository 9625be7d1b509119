/**
 * The kernel's log: lines of printk, and reports (BUG, WARN, oops …) with the place in the scenario that caused them.
 * Follows kernel/printk/printk.c, 6.1, as far as a reader of dmesg sees it.
 * Entries are an output, not state: each carries its journal position, so that they are cut with the future.
 */
import type { Journal } from '../../memory/journal';

/** expect: a failed check of the scenario · fail: an allocation failed · lockup: a deadlock, or a CPU that spins for ever */
export type ReportKind = 'BUG' | 'WARN' | 'oops' | 'panic' | 'expect' | 'fail' | 'lockup';

/** A place in the scenario: offsets into the text of file `file` (index into Program.files). */
export interface Place {
  readonly file: number;
  readonly start: number;
  readonly end: number;
}
export interface Report {
  readonly kind: ReportKind;
  /** first line, what the report is known by */
  readonly title: string;
  readonly lines: readonly string[];
  readonly place?: Place | undefined;
}
export interface LogEntry {
  /** journal position at which it was written */
  readonly position: number;
  /** emulated seconds since boot */
  readonly time: number;
  readonly kind: 'print' | ReportKind;
  /** 0 (emergency) … 7 (debug) */
  readonly level: number;
  /** the line without its time stamp; a report's title */
  readonly text: string;
  /** a report's further lines */
  readonly lines: readonly string[];
  readonly place: Place | undefined;
  readonly cpu: number;
  readonly pid: number;
}

/** What the log wants to know of the machine. */
export interface LogOrigin {
  seconds(): number;
  cpu(): number;
  pid(): number;
  /** statement that runs: the place of reports that name none */
  place(): Place | undefined;
  /** called before a report is entered: call traces, position of the running task */
  onReport?(report: Report): Report;
}
const BOOT: LogOrigin = { seconds: () => 0, cpu: () => 0, pid: () => 0, place: () => undefined };

export const LOGLEVEL_EMERG = 0;
export const LOGLEVEL_ERR = 3;
export const LOGLEVEL_WARNING = 4;
export const LOGLEVEL_NOTICE = 5;
export const LOGLEVEL_INFO = 6;
const LEVEL_OF: Readonly<Record<ReportKind, number>> = {
  BUG: LOGLEVEL_ERR,
  WARN: LOGLEVEL_WARNING,
  oops: 1,
  panic: LOGLEVEL_EMERG,
  expect: LOGLEVEL_ERR,
  fail: LOGLEVEL_WARNING,
  lockup: LOGLEVEL_EMERG,
};

export class KernelLog {
  private readonly list: LogEntry[] = [];
  /** text printed so far without its newline (KERN_CONT goes on with it); dropped with the entry it belongs to */
  origin: LogOrigin = BOOT;
  /** position after the last line, and whether it is still open */
  private openAt = -1;

  constructor(private readonly journal: Journal) {}

  /** All entries, oldest first. Those beyond the time cursor are in the future: `position` says so. */
  get entries(): readonly LogEntry[] {
    return this.list;
  }
  /** One line, or several separated by newlines. @param level 0 … 7, KERN_DEFAULT (4) unless given */
  print(text: string, level = LOGLEVEL_WARNING): void {
    const lines = text.endsWith('\n') ? text.slice(0, -1).split('\n') : text.split('\n');
    for (const line of lines) this.add('print', line, [], level, this.origin.place());
  }
  /** printk of a scenario: a text without newline at its end is continued by a `KERN_CONT` that follows. */
  printk(text: string, level: number, cont: boolean): void {
    const complete = text.endsWith('\n');
    const last = this.list.at(-1);
    if (
      cont &&
      last &&
      this.openAt === this.list.length &&
      last.kind === 'print' &&
      last.position <= this.journal.position
    ) {
      const lines = (complete ? text.slice(0, -1) : text).split('\n');
      this.list[this.list.length - 1] = { ...last, text: last.text + (lines[0] ?? '') };
      for (const line of lines.slice(1)) this.add('print', line, [], level, this.origin.place());
    } else if (text !== '') this.print(text, level);
    this.openAt = complete ? -1 : this.list.length;
  }
  /** A report in the kernel's words. */
  report(report: Report): void {
    const full = this.origin.onReport?.(report) ?? report;
    this.add(full.kind, full.title, full.lines, LEVEL_OF[full.kind], full.place ?? this.origin.place());
  }
  /** Forgets all but the first `length` entries. */
  truncate(length: number): void {
    if (length < this.list.length) this.list.length = Math.max(0, length);
  }
  /** Forgets what was written after the time cursor (the journal has been cut). */
  cut(): void {
    let length = this.list.length;
    while (length > 0 && (this.list[length - 1] as LogEntry).position > this.journal.position) length--;
    this.list.length = length;
  }

  private add(
    kind: LogEntry['kind'],
    text: string,
    lines: readonly string[],
    level: number,
    place: Place | undefined,
  ): void {
    const { origin } = this;
    this.cut();
    this.list.push({
      position: this.journal.position,
      time: origin.seconds(),
      kind,
      level,
      text,
      lines,
      place,
      cpu: origin.cpu(),
      pid: origin.pid(),
    });
  }
}

/** `[    0.004000] text`, one line a row, reports with all their lines. */
export function formatEntry(entry: LogEntry): string[] {
  const stamp = `[${entry.time.toFixed(6).padStart(12)}] `;
  return [entry.text, ...entry.lines].map((line) => stamp + line);
}

/**
 * The kernel's log: lines of printk, and reports (BUG, WARN, oops …) with the statement of the scenario that caused them.
 * Follows kernel/printk/printk.c, 6.1, as far as a reader of dmesg sees it.
 * Entries are an output, not state: each carries its journal position, so that they are cut with the future.
 */
import type { Journal } from '../../memory/journal';
import type { SourceSpan } from './ports';

/** expect: a failed check of the scenario · fail: an allocation failed · lockup: a deadlock, or a CPU that spins forever */
export type ReportKind = 'BUG' | 'WARN' | 'oops' | 'panic' | 'expect' | 'fail' | 'lockup';

export interface Report {
  readonly kind: ReportKind;
  /** first line: the report's title */
  readonly title: string;
  readonly lines: readonly string[];
  /** the statement that caused it; unless given, the one that runs */
  readonly span?: SourceSpan | undefined;
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
  readonly span: SourceSpan | undefined;
  readonly cpu: number;
  readonly pid: number;
}

/** What the log needs to know about the machine. */
export interface LogOrigin {
  seconds(): number;
  cpu(): number;
  pid(): number;
  comm(): string;
  /** the statement that runs */
  span(): SourceSpan | undefined;
  /** called before a report is entered */
  beforeReport(): void;
}
/** Used before tasks run, and by tools that run none. */
export const BOOT_ORIGIN: LogOrigin = {
  seconds: () => 0,
  cpu: () => 0,
  pid: () => 0,
  comm: () => 'swapper/0',
  span: () => undefined,
  beforeReport: () => {},
};

const LOGLEVEL_EMERG = 0;
const LOGLEVEL_ERR = 3;
const LOGLEVEL_WARNING = 4;
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
  /** length of the list behind a line without a newline, which KERN_CONT continues; −1 if the last line is complete */
  private openAt = -1;

  constructor(
    private readonly journal: Journal,
    readonly origin: LogOrigin = BOOT_ORIGIN,
  ) {}

  /** All entries, oldest first. Those beyond the time cursor are in the future: `position` says so. */
  get entries(): readonly LogEntry[] {
    return this.list;
  }
  /** One line, or several separated by newlines. @param level 0 … 7, KERN_DEFAULT (4) unless given */
  print(text: string, level = LOGLEVEL_WARNING): void {
    const lines = text.endsWith('\n') ? text.slice(0, -1).split('\n') : text.split('\n');
    for (const line of lines) this.add('print', line, [], level, this.origin.span());
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
      for (const line of lines.slice(1)) this.add('print', line, [], level, this.origin.span());
    } else if (text !== '') this.print(text, level);
    this.openAt = complete ? -1 : this.list.length;
  }
  /** A report in the kernel's wording. */
  report(report: Report): void {
    this.origin.beforeReport();
    this.add(report.kind, report.title, report.lines, LEVEL_OF[report.kind], report.span ?? this.origin.span());
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
    span: SourceSpan | undefined,
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
      span,
      cpu: origin.cpu(),
      pid: origin.pid(),
    });
  }
}

/** `[    0.004000] text`, one line per row, reports with all their lines. */
export function formatEntry(entry: LogEntry): string[] {
  const stamp = `[${entry.time.toFixed(6).padStart(12)}] `;
  return [entry.text, ...entry.lines].map((line) => stamp + line);
}

/**
 * The kernel's log: lines of printk, and reports (BUG, WARN, oops …) with the statement of the scenario that caused them.
 * Follows kernel/printk/printk.c, 6.1, as far as a reader of dmesg sees it.
 * Entries are output (memory/output.ts): an entry is never changed, so that the log at any moment is what had been written by then.
 * A line that is printed in pieces (KERN_CONT) is one entry per piece; `wholeLines` puts them together.
 */
import type { Journal } from '../../memory/journal';
import { Output } from '../../memory/output';
import type { CallSite, SourceSpan } from './ports';

/** expect: a failed check of the scenario · fail: an allocation failed · lockup: a deadlock, or a CPU that spins forever ·
 * mistake: of kmem itself · limit: what kmem does not emulate yet; neither is the kernel's text */
export type ReportKind = 'BUG' | 'WARN' | 'oops' | 'panic' | 'expect' | 'fail' | 'lockup' | 'mistake' | 'limit';

export interface Report {
  readonly kind: ReportKind;
  /** lines before the title */
  readonly head?: readonly string[] | undefined;
  /** the line that says what is wrong */
  readonly title: string;
  readonly lines: readonly string[];
  /** what kmem adds, apart from the kernel's text */
  readonly notes?: readonly string[] | undefined;
  /** where in the scenario it happened, as notes; unless given, the frames of the running task */
  readonly sources?: readonly string[] | undefined;
  /** the statement that caused it; unless given, the one that runs */
  readonly span?: SourceSpan | undefined;
  /** the kernel prints nothing of it: it limits how often it does, or does not look */
  readonly suppressed?: boolean;
}
export interface LogEntry {
  /** journal position at which it was written */
  readonly position: number;
  /** emulated seconds since boot */
  readonly time: number;
  readonly kind: 'print' | ReportKind;
  /** 0 (emergency) … 7 (debug) */
  readonly level: number;
  /** continues the line of the entry before it */
  readonly cont: boolean;
  /** the line has no end yet: a KERN_CONT may continue it */
  readonly open: boolean;
  /** a report's lines before its title */
  readonly head: readonly string[];
  /** the line, or piece of a line, without its time stamp; a report's title */
  readonly text: string;
  /** a report's further lines */
  readonly lines: readonly string[];
  /** what kmem adds to the kernel's text: where in the scenario it happened, what it knows */
  readonly notes: readonly string[];
  /** a report that the kernel does not print: kmem's own note */
  readonly suppressed: boolean;
  readonly span: SourceSpan | undefined;
  readonly cpu: number;
  readonly pid: number;
  /** who printed it: only the same caller can continue its line (printk_caller_id) */
  readonly caller: number;
}

/** What the log needs to know about the machine. */
export interface LogOrigin {
  seconds(): number;
  cpu(): number;
  pid(): number;
  /** in an interrupt: what the caller prints is the CPU's then, and not the task's */
  inInterrupt(): boolean;
  comm(): string;
  /** the statement that runs */
  span(): SourceSpan | undefined;
  /** where the scenario is; undefined outside of its code */
  site(): CallSite | undefined;
  /** where in the scenario the running task's frames are, as notes */
  sources(): readonly string[];
  /** called before a report is entered */
  beforeReport(): void;
  /** called behind each line and report of the kernel's */
  printed(): void;
}
/** Used before tasks run, and by tools that run none. */
export const BOOT_ORIGIN: LogOrigin = {
  seconds: () => 0,
  cpu: () => 0,
  pid: () => 0,
  inInterrupt: () => false,
  comm: () => 'swapper/0',
  span: () => undefined,
  site: () => undefined,
  sources: () => [],
  beforeReport: () => {},
  printed: () => {},
};

type Extras = Pick<LogEntry, 'cont' | 'open' | 'head' | 'notes' | 'suppressed'>;
const NO_LINES: readonly string[] = [];
const LOGLEVEL_EMERG = 0;
export const LOGLEVEL_ERR = 3;
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
  mistake: LOGLEVEL_EMERG,
  limit: LOGLEVEL_EMERG,
};

/** Marks a caller that is a CPU and not a task (0x80000000 in printk_caller_id). */
const CPU_CALLER = 0x8000_0000;
/** Bytes of the host's memory that an entry takes, about: the object, its numbers and its place in the list. */
const ENTRY_BYTES = 220;
const bytesOf = (entry: LogEntry): number =>
  [...entry.head, ...entry.lines, ...entry.notes].reduce(
    (sum, line) => sum + 24 + line.length,
    ENTRY_BYTES + entry.text.length,
  );
/** Whether an entry means that the scenario has failed: a false expect, a BUG, an oops. Warnings and failed allocations are not. */
const isFailure = ({ kind }: LogEntry): boolean => kind !== 'print' && kind !== 'WARN' && kind !== 'fail';

export class KernelLog {
  readonly output: Output<LogEntry>;
  /** an entry that has been dropped was a failure. Output, not state: what is dropped lies behind the horizon, where nobody returns to */
  private failedBefore = false;

  constructor(
    private readonly journal: Journal,
    readonly origin: LogOrigin = BOOT_ORIGIN,
  ) {
    this.output = new Output<LogEntry>(journal, bytesOf, (entry) => {
      this.failedBefore ||= isFailure(entry);
    });
  }

  /** The entries still held, oldest first. Those beyond the time cursor are in the future: `position` says so. */
  get entries(): readonly LogEntry[] {
    return this.output.held;
  }
  /** Whether anything in the log means that the scenario has failed. */
  get failed(): boolean {
    return this.failedBefore || this.entries.some(isFailure);
  }
  /** One line, or several separated by newlines. @param level 0 … 7, KERN_DEFAULT (4) unless given */
  print(text: string, level = LOGLEVEL_WARNING): void {
    this.lines(text.endsWith('\n') ? text : `${text}\n`, level, false);
  }
  /** printk of a scenario: a text without newline at its end is continued by a `KERN_CONT` of the same caller that follows. */
  printk(text: string, level: number, cont: boolean): void {
    const last = this.output.at(this.output.end - 1);
    const continues = cont && last?.open === true && last.caller === this.caller();
    if (text !== '') this.lines(text, continues ? last.level : level, continues);
  }
  /** Enters a text, one entry per line; the first may continue a line, the last may be without an end. */
  private lines(text: string, level: number, continues: boolean): void {
    const lines = text.split('\n');
    const rest = lines.pop() as string;
    const span = this.origin.span();
    let cont = continues;
    for (const line of lines) {
      this.add('print', line, [], level, span, { cont });
      cont = false;
    }
    if (rest !== '') this.add('print', rest, [], level, span, { cont, open: true });
  }
  private caller(): number {
    const { origin } = this;
    return origin.inInterrupt() ? CPU_CALLER + origin.cpu() : origin.pid();
  }
  /** A report in the kernel's wording. */
  report(report: Report): void {
    this.origin.beforeReport();
    const { kind, title, lines, head = NO_LINES, notes = NO_LINES, suppressed = false } = report;
    const all = { head, notes: [...notes, ...(report.sources ?? this.origin.sources())], suppressed };
    this.add(kind, title, lines, LEVEL_OF[kind], report.span ?? this.origin.span(), all);
  }
  private add(
    kind: LogEntry['kind'],
    text: string,
    lines: readonly string[],
    level: number,
    span: SourceSpan | undefined,
    { cont = false, open = false, head = NO_LINES, notes = NO_LINES, suppressed = false }: Partial<Extras> = {},
  ): void {
    const { origin } = this;
    this.output.push({
      position: this.journal.position,
      time: origin.seconds(),
      kind,
      level,
      cont,
      open,
      head,
      text,
      lines,
      notes,
      suppressed,
      span,
      cpu: origin.cpu(),
      pid: origin.pid(),
      caller: this.caller(),
    });
    if (!suppressed) origin.printed();
  }
}

/** Puts the pieces of lines together, as they are shown: a line has the time and the level of its first piece. */
export class LineBuilder {
  /** the pieces so far. It belongs to one reader of the log, not to the machine */
  private started: LogEntry | undefined;

  /** Takes the next entry; the line that it shows to be complete, and itself if it is. */
  add(entry: LogEntry): LogEntry[] {
    const { started } = this;
    const line = entry.cont && started ? { ...started, text: started.text + entry.text, open: entry.open } : entry;
    this.started = line.open ? line : undefined;
    const before = started && !entry.cont ? [started] : [];
    return line.open ? before : [...before, line];
  }
  /** The line that nobody has ended. */
  end(): LogEntry[] {
    const { started } = this;
    this.started = undefined;
    return started ? [started] : [];
  }
}
/** Entries with the pieces of each line put together. */
export function* wholeLines(entries: Iterable<LogEntry>): Generator<LogEntry> {
  const builder = new LineBuilder();
  for (const entry of entries) yield* builder.add(entry);
  yield* builder.end();
}

/** Whether an entry is kmem's own, about itself, instead of the kernel's. */
export const isOwn = ({ kind }: LogEntry): boolean => kind === 'mistake' || kind === 'limit';
/** An entry's lines in the kernel's own text, without time stamps. */
export const kernelText = (entry: LogEntry): readonly string[] =>
  entry.suppressed ? [] : [...entry.head, entry.text, ...entry.lines];
/** What kmem adds to it, line by line: marked, so that nobody takes it for the kernel's. */
export const notesText = (entry: LogEntry): readonly string[] =>
  [...(entry.suppressed ? [entry.text] : []), ...entry.notes].map((note) => `kmem: ${note}`);
/** `[    0.004000] text`, one line per row, reports with all their lines; then kmem's own. */
export function formatEntry(entry: LogEntry): string[] {
  const stamp = `[${entry.time.toFixed(6).padStart(12)}] `;
  return [...kernelText(entry).map((line) => stamp + line), ...notesText(entry)];
}

/** `kmem run FILE`: a scenario from its start to its end; the kernel's log on standard output. */
import { bytesOfMb, MOST_MEMORY_MB } from '../debugger/load';
import { entryText, isReport } from '../debugger/reportText';
import type { Session } from '../debugger/session';
import { formatEntry, isOwn, LineBuilder, wholeLines } from '../kernel/printk/printk';
import { formatTrace } from '../kernel/printk/trace';
import { AllocationStats } from './allocationStats';
import { type Command, type Io, type OptionValues, text, wholeNumber } from './command';
import { givenSession } from './givenSession';
import { statsJson, statsText } from './statsText';
import { TraceFile } from './traceFile';

/** A run doesn't look back: a small journal is enough, and what has been printed need not be kept. */
const JOURNAL_BYTES = 4 << 20;
const PRINTED_BYTES = 16 << 20;
/** With --json, log and trace are printed at the end: this much of them is kept unless --memory-mb says otherwise. */
const MEMORY_MB = 256;
/** Statements, and entries of log and trace, after which they are printed. */
const FLUSH_STATEMENTS = 1024;
const FLUSH_ENTRIES = 256;
const MAX_STEPS = 100_000_000;
/** EX_SOFTWARE: kmem itself has failed */
const INTERNAL_ERROR = 70;
/** what a shell says of a command that SIGINT has ended */
const INTERRUPTED = 130;

export const run: Command = {
  usage:
    'FILE [--recorded PATH] [--seed N] [--set NAME=VALUE]… [--json] [--memory-mb N] [--trace] [--stats] [--perfetto OUT] [--max-steps N]',
  details:
    'Exit status: 0 it ended with every expect true and no BUG, 1 if not, 2 it does not compile (FILE:LINE:COL: error[code]: message) or cannot\nbe read, 70 for a mistake in kmem, 130 for Ctrl-C with --perfetto, which completes the trace. Warnings of the kernel and failed allocations do not count. The same file and seed give the same run, byte for byte.',
  options: {
    recorded: {
      type: 'string',
      value: 'PATH',
      help: 'the machine is a recorded one, as for boot: its memory, what is free in it, its CPUs',
    },
    seed: { type: 'string', value: 'N', help: "seed of `schedule = random`; the scenario's own if not given" },
    set: {
      type: 'string',
      value: 'NAME=VALUE',
      multiple: true,
      help: 'value of an input (a global that is extern, or never assigned)',
    },
    json: {
      type: 'boolean',
      help: 'print {log, reports, expects, ended, statements, dropped}; dropped: entries of log and trace that there was no memory for',
    },
    'memory-mb': {
      type: 'string',
      value: 'N',
      help: `MB that --json keeps of log and trace, the newest (${MEMORY_MB})`,
    },
    trace: { type: 'boolean', help: "print what the kernel's functions did, as ftrace does" },
    stats: {
      type: 'boolean',
      help: 'print at the end what allocations cost: by site, allocator and kind, what is lost inside and between blocks',
    },
    perfetto: {
      type: 'string',
      value: 'OUT',
      help: 'write the whole run as a trace that Perfetto (ui.perfetto.dev) opens: contexts by CPU, locks, allocations, free pages',
    },
    'max-steps': { type: 'string', value: 'N', help: `give up after so many statements (${MAX_STEPS})` },
  },
  positionals: { min: 1, max: 1, names: 'FILE' },
  run(values, [path = ''], io) {
    const limit = wholeNumber(values, 'max-steps') ?? MAX_STEPS;
    const memory = wholeNumber(values, 'memory-mb', MOST_MEMORY_MB) ?? MEMORY_MB;
    const perfetto = text(values, 'perfetto');
    const session = givenSession(path, values, io, {
      budget: { memoryBytes: values.json ? bytesOfMb(memory) : PRINTED_BYTES, journalBytes: JOURNAL_BYTES },
      trace: values.trace === true || values.stats === true || (perfetto !== undefined && 'allocations'),
    });
    if (!session) return 2;
    const trace = perfetto === undefined ? undefined : new TraceFile(perfetto, session);
    return new Run(session, io, values, trace).go(limit);
  },
};

class Run {
  private readonly lines = new LineBuilder();
  private shown = 0;
  private traced = 0;
  private readonly stats: AllocationStats | undefined;
  private counted = 0;

  constructor(
    private readonly session: Session,
    private readonly io: Io,
    private readonly values: OptionValues,
    private readonly perfetto: TraceFile | undefined,
  ) {
    this.stats = values.stats ? new AllocationStats(session) : undefined;
  }

  /** Runs to the end, or to the limit; the exit status. */
  async go(limit: number): Promise<number> {
    const { target } = this.session;
    const { json } = this.values;
    let statements = 0;
    let due = FLUSH_STATEMENTS;
    let look = FLUSH_STATEMENTS;
    let isInterrupted = false;
    while (!target.ended && statements < limit && !isInterrupted) {
      statements += target.step();
      this.count();
      if (this.perfetto) {
        this.perfetto.follow();
        // a trace without its end cannot be read
        if (statements >= look) {
          look = statements + FLUSH_STATEMENTS;
          isInterrupted = (await this.io.interrupted?.()) === true;
        }
      }
      if (json || (statements < due && this.pending < FLUSH_ENTRIES)) continue;
      due = statements + FLUSH_STATEMENTS;
      this.flush();
      await this.io.taken?.();
    }
    this.perfetto?.close();
    const ended = this.session.timeline.latest.ending ?? (isInterrupted ? 'interrupted' : 'max-steps');
    if (json) await this.result(ended, statements);
    else {
      this.flush(true);
      if (this.stats) this.io.out(statsText(this.stats));
    }
    if (ended === 'max-steps')
      this.io.err(
        `kmem run: gave up after ${statements} statements; a loop that never ends? --max-steps N allows more\n`,
      );
    if (ended === 'interrupted') {
      this.io.err(`kmem run: interrupted after ${statements} statements; the trace has the run so far\n`);
      return INTERRUPTED;
    }
    if (ended === 'deadlock' && !json) this.io.err('kmem run: deadlock: nothing is left that could end the wait\n');
    if (ended === 'mistake') return INTERNAL_ERROR;
    return target.log.failed || ended !== 'ended' ? 1 : 0;
  }
  /** Counts what has been traced since the last time. */
  private count(): void {
    const { stats } = this;
    if (!stats) return;
    const { output } = this.session.target.kernel.trace;
    for (; this.counted < output.end; this.counted++) {
      const record = output.at(this.counted);
      if (record) stats.add(record);
    }
  }
  /** Entries of log and trace that have not been printed. */
  private get pending(): number {
    const { log, kernel } = this.session.target;
    return log.output.end - this.shown + (kernel.trace.output.end - this.traced);
  }
  /** Prints what has been logged and traced since the last time: whole lines, and at the end of the run a line without an end too. */
  private flush(ended = false): void {
    const { log, kernel } = this.session.target;
    const trace = kernel.trace.output;
    const lines: { position: number; text: string }[] = [];
    for (; this.shown < log.output.end; this.shown++) {
      const entry = log.output.at(this.shown);
      if (entry && isOwn(entry)) this.io.err(entryText(entry));
      for (const line of entry && !isOwn(entry) ? this.lines.add(entry) : [])
        lines.push({ position: entry?.position ?? 0, text: formatEntry(line).join('\n') });
    }
    for (; this.traced < trace.end; this.traced++) {
      const record = trace.at(this.traced);
      if (record && this.values.trace) lines.push({ position: record.position, text: formatTrace(record) });
    }
    if (this.values.trace) lines.sort((a, b) => a.position - b.position);
    const last = ended ? this.lines.end().flatMap((line) => formatEntry(line)) : [];
    const text = [...lines.map((l) => l.text), ...last];
    if (text.length > 0) this.io.out(`${text.join('\n')}\n`);
  }
  /** Prints the JSON object a piece at a time: a text of all of it would take more memory than the log itself. */
  private async result(ended: string, statements: number): Promise<void> {
    const { target } = this.session;
    const { log, kernel } = target;
    const { io } = this;
    const array = async (name: string, items: Iterable<unknown>): Promise<void> => {
      io.out(`"${name}":[`);
      let pieces: string[] = [];
      let before = '';
      const print = async () => {
        io.out(before + pieces.join());
        before = ',';
        pieces = [];
        await io.taken?.();
      };
      for (const item of items) if (pieces.push(JSON.stringify(item)) >= FLUSH_ENTRIES) await print();
      if (pieces.length > 0) await print();
      io.out('],');
    };
    io.out('{');
    await array('log', this.logged());
    await array('reports', this.reports());
    if (this.values.trace) await array('trace', map(kernel.trace.records, formatTrace));
    const dropped = log.output.start + kernel.trace.output.start;
    const stats = this.stats && { stats: statsJson(this.stats) };
    const rest = { expects: target.expects(), ended, statements, dropped, ...stats };
    io.out(`${JSON.stringify(rest).slice(1)}\n`);
  }
  private *logged(): Generator<string> {
    for (const line of wholeLines(this.session.target.log.entries)) yield* formatEntry(line);
  }
  private *reports(): Generator<object> {
    const { target, index } = this.session;
    for (const entry of target.log.entries) {
      if (!isReport(entry)) continue;
      const position = entry.span && index.positionOfSpan(entry.span);
      const { kind, text: title, lines, notes, suppressed } = entry;
      yield { kind, title, file: position?.file.path ?? null, line: position?.line ?? null, lines, notes, suppressed };
    }
  }
}

function* map<A, B>(items: Iterable<A>, to: (item: A) => B): Generator<B> {
  for (const item of items) yield to(item);
}

/** `kmem run FILE`: a scenario from its start to its end; the kernel's log on standard output. */
import { loadScenario } from '../debugger/load';
import { isFailure } from '../debugger/reportText';
import type { Session } from '../debugger/session';
import { formatEntry, type LogEntry } from '../kernel/printk/printk';
import { formatTrace } from '../kernel/printk/trace';
import { type Command, type Io, type OptionValues, UsageError, wholeNumber } from './command';
import { includeFromDisk, readScenario } from './scenario';

/** A run doesn't look back: a small journal is enough. */
const JOURNAL_BYTES = 4 << 20;
const MAX_STEPS = 100_000_000;
const ENDINGS = { end: 'ended', deadlock: 'deadlock', panic: 'panic' } as const;

export const run: Command = {
  usage: 'FILE [--seed N] [--set NAME=VALUE]… [--json] [--trace] [--max-steps N]',
  details:
    'Exit status: 0 it ended with every expect true and no BUG, 1 if not, 2 it does not compile (FILE:LINE:COL: error[code]: message) or cannot\nbe read. Warnings of the kernel and failed allocations do not count. The same file and seed give the same run, byte for byte.',
  options: {
    seed: { type: 'string', value: 'N', help: "seed of `schedule = random`; the scenario's own if not given" },
    set: {
      type: 'string',
      value: 'NAME=VALUE',
      multiple: true,
      help: 'value of an input (a global that is extern, or never assigned)',
    },
    json: { type: 'boolean', help: 'print {log, reports, expects, ended, statements}' },
    trace: { type: 'boolean', help: "print what the kernel's functions did, as ftrace does" },
    'max-steps': { type: 'string', value: 'N', help: `give up after so many statements (${MAX_STEPS})` },
  },
  positionals: { min: 1, max: 1, names: 'FILE' },
  run(values, [path = ''], io) {
    const limit = wholeNumber(values, 'max-steps') ?? MAX_STEPS;
    const seed = wholeNumber(values, 'seed');
    const set = inputs(values);
    const read = readScenario(path);
    if ('problem' in read) {
      io.err(`kmem run: ${read.problem}\n`);
      return 2;
    }
    const loaded = loadScenario(path, read.text, {
      ...includeFromDisk,
      seed,
      set,
      journalBytes: JOURNAL_BYTES,
      trace: values.trace === true,
    });
    if ('problems' in loaded) {
      io.err(loaded.problems.map((line) => `${line}\n`).join(''));
      return 2;
    }
    return new Run(loaded.session, io, values).go(limit);
  },
};

class Run {
  private readonly log: LogEntry[] = [];
  private readonly trace: string[] = [];
  private shown = 0;
  private traced = 0;

  constructor(
    private readonly session: Session,
    private readonly io: Io,
    private readonly values: OptionValues,
  ) {}

  /** Runs to the end, or to the limit; the exit status. */
  go(limit: number): number {
    const { target } = this.session;
    let statements = 0;
    for (; !target.ended && statements < limit; statements++) {
      target.step();
      if ((statements & 1023) === 0) this.flush();
    }
    this.flush();
    const { moment } = this.session.timeline.latest();
    const ended = target.ended ? ENDINGS[moment.ending ?? 'end'] : 'max-steps';
    if (this.values.json) this.print(`${JSON.stringify(this.result(ended, statements))}\n`);
    if (ended === 'max-steps')
      this.io.err(
        `kmem run: gave up after ${statements} statements; a loop that never ends? --max-steps N allows more\n`,
      );
    if (ended === 'deadlock' && !this.values.json)
      this.io.err('kmem run: deadlock: tasks wait for each other, and nothing can wake them\n');
    const failed = this.log.some(isFailure);
    return failed || ended !== 'ended' ? 1 : 0;
  }
  /** What has been logged and traced since the last time. */
  private flush(): void {
    const { log, kernel } = this.session.target;
    const { records } = kernel.trace;
    const lines: { time: number; text: string }[] = [];
    for (; this.shown < log.length; this.shown++) {
      const entry = log[this.shown] as LogEntry;
      this.log.push(entry);
      if (!this.values.json) lines.push({ time: entry.time, text: formatEntry(entry).join('\n') });
    }
    for (; this.traced < records.length; this.traced++) {
      const record = records[this.traced];
      if (!record) continue;
      if (this.values.json) this.trace.push(formatTrace(record));
      else lines.push({ time: record.time, text: formatTrace(record) });
    }
    if (this.values.trace) lines.sort((a, b) => a.time - b.time);
    if (lines.length > 0) this.print(`${lines.map((l) => l.text).join('\n')}\n`);
  }
  private result(ended: string, statements: number): object {
    const { target, index } = this.session;
    return {
      log: this.log.flatMap((entry) => formatEntry(entry)),
      reports: this.log
        .filter((entry) => entry.kind !== 'print')
        .map((entry) => {
          const position = entry.span && index.positionOfSpan(entry.span);
          return {
            kind: entry.kind,
            title: entry.text,
            file: position?.file.path ?? null,
            line: position?.line ?? null,
            lines: entry.lines,
          };
        }),
      expects: target.expects(),
      ended,
      statements,
      ...(this.values.trace ? { trace: this.trace } : {}),
    };
  }
  private print(text: string): void {
    this.io.out(text);
  }
}

function inputs(values: OptionValues): Record<string, bigint> {
  const set: Record<string, bigint> = {};
  for (const item of (values.set as readonly string[] | undefined) ?? []) {
    const match = /^([A-Za-z_]\w*)=(-?)(0[xX][0-9a-fA-F]+|\d+)$/.exec(item);
    if (!match) throw new UsageError(`--set takes NAME=VALUE with a whole number, such as --set len=1500, not ${item}`);
    const value = BigInt(match[3] as string);
    set[match[1] as string] = match[2] ? -value : value;
  }
  return set;
}

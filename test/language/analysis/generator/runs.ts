/**
 * Runs the units of a file, many times on one machine: after each run the journal takes memory back to the first statement, where the
 * inputs get other values. Nothing of a run is anywhere else (ARCHITECTURE.md, invariant 1).
 */
import assert from 'node:assert/strict';
import type { LogEntry } from '../../../../server/kernel/printk/printk';
import type { Program } from '../../../../server/language/check/context/program';
import { loadVm } from '../../../../server/vm/loadVm';
import { Vm } from '../../../../server/vm/run/vm';

/** A report of a run. */
export interface Reported {
  /** its title, and the line of a WARN that stands below its message */
  readonly titles: readonly string[];
  /** of the statement, and then of its callers; where the object was allocated, or the lock was taken; empty: of no statement */
  readonly lines: readonly number[];
  /** where the locks that it is about were taken */
  readonly taken: readonly number[];
}
/** What a run did. */
export interface Ran {
  readonly reports: readonly Reported[];
  /** lines that ran, in the order in which they were first reached; and those that ran after the first report */
  readonly lines: ReadonlySet<number>;
  readonly after: ReadonlySet<number>;
  /** the run was over before the allocation that was to fail */
  readonly spared: boolean;
  /** it did not get to its end: an oops, or a deadlock */
  readonly cut: boolean;
}
export type Inputs = Readonly<Record<string, bigint>>;
export const lineOf = (text: string, offset: number): number => {
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line++;
  return line;
};
export const inputsText = (inputs: Inputs): string =>
  Object.entries(inputs)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
const MAX_STEPS = 50_000;
/** Whether it says that something is wrong: an allocation may fail. */
const isReport = (entry: LogEntry | undefined): boolean =>
  entry !== undefined && entry.kind !== 'print' && entry.kind !== 'fail';

export class Runs {
  private readonly vm: Vm;
  private readonly start: number;
  private readonly addresses = new Map<string, { readonly address: number; readonly size: number }>();
  private readonly statementLines = new Map<number, number>();
  count = 0;

  constructor(
    program: Program,
    private readonly text: string,
  ) {
    const vm = loadVm(program);
    if (!(vm instanceof Vm)) throw new Error(`it cannot run: ${vm.map((d) => d.message).join(', ')}\n${text}`);
    this.vm = vm;
    this.start = vm.kernel.mem.journal.position;
    for (const sym of program.globals) {
      const address = sym.input ? vm.compiled.addressOfGlobal(sym, 0) : undefined;
      if (address !== undefined && sym.type.kind === 'int')
        this.addresses.set(sym.name, { address, size: sym.type.size });
    }
  }

  /** One run from the first statement to its end. */
  run(inputs: Inputs): Ran {
    const { vm } = this;
    const { mem, log } = vm.kernel;
    mem.journal.moveTo(this.start);
    mem.journal.cut();
    for (const [name, value] of Object.entries(inputs)) {
      const at = this.addresses.get(name);
      assert.ok(at, name);
      const bytes = Uint8Array.from({ length: at.size }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
      vm.machine.core.space.writeBytes(at.address, bytes);
    }
    vm.sync();
    const lines = new Set<number>();
    const after = new Set<number>();
    const { marks } = mem.journal;
    let known = 0;
    let isReported = false;
    for (let n = 0; !vm.done; n++) {
      const line = this.lineOfStatement(marks.at(marks.end - 1)?.a ?? -1);
      lines.add(line);
      for (; known < log.entries.length; known++) isReported ||= isReport(log.entries[known]);
      if (isReported) after.add(line);
      vm.step();
      if (n > MAX_STEPS) throw new Error(`still running with ${inputsText(inputs)}\n${this.text}`);
    }
    this.count++;
    const reports = log.entries.flatMap((entry) => this.reported(entry));
    const died = log.entries.some(({ kind, text }) => kind === 'oops' || text.startsWith('kernel BUG at'));
    const cut = vm.status !== 'ended' || died;
    return { reports, lines, after, spared: this.isArmed(), cut };
  }
  private isArmed(): boolean {
    const { symbols, space } = this.vm.kernel;
    return ['failslab', 'fail_page_alloc'].some((name) => space.read32(symbols.address(name)) !== 0);
  }
  private lineOfStatement(statement: number): number {
    const known = this.statementLines.get(statement);
    if (known !== undefined) return known;
    const span = this.vm.statements[statement]?.span;
    const line = span ? lineOf(this.text, span.start) : 0;
    this.statementLines.set(statement, line);
    return line;
  }
  private reported(entry: LogEntry): Reported[] {
    if (!isReport(entry)) return [];
    const { text: title, lines: below, notes, span } = entry;
    const lost = notes.flatMap((note) => {
      const [, what, line] = /^(unreferenced object).*:(\d+)$/.exec(note) ?? [];
      return what === undefined ? [] : [{ titles: [what], lines: [Number(line)], taken: [] }];
    });
    if (lost.length > 0) return lost;
    const titles = [title, ...below.filter((line) => line.startsWith('WARNING: CPU'))];
    const taken = linesOf(notes, 'was taken in');
    // a task that ends inside a reader: it is about what the task has left, and not about the reader
    const held = title.startsWith('WARNING: suspicious RCU usage') ? [] : taken;
    const lines = span ? [lineOf(this.text, span.start), ...linesOf(notes, 'called by')] : held;
    return [{ titles, lines, taken }];
  }
}
/** Lines of the notes that say this. */
const linesOf = (notes: readonly string[], what: string): readonly number[] =>
  notes.flatMap((note) => (note.includes(what) ? [Number(/:(\d+)$/.exec(note)?.[1] ?? 0)] : []));

/**
 * A debug session without a protocol: runs a target forwards and backwards in bounded chunks until something makes it stop.
 * The caller uses `begin…` and then `advance` until that returns a stop.
 */

import type { LogEntry } from '../kernel/printk/printk';
import { parseAddress, toBits } from '../types/address';
import type { Ending } from '../vm/run/runMarks';
import { type Breakpoint, Breakpoints, type DataBreakpoint, EXCEPTION_FILTERS } from './breakpoints/breakpoints';
import { expandLogMessage } from './breakpoints/logMessage';
import { bytesToStore } from './evaluation/assignment';
import { evaluateNode, plainAssignment, splitFormat } from './evaluation/evaluate';
import { readOnlyText } from './evaluation/faultText';
import { fullText } from './inspect/fullText';
import type { Format } from './inspect/values';
import { type TypedLocation, View } from './inspect/view';
import { Occurrences } from './occurrences';
import { type Granularity, type StepKind, stepEnds } from './stepping';
import type { Stop } from './stops';
import { StatementIndex } from './target/source';
import { type Evaluated, EvaluationError, type Frame, messageOf, scenarioDepth, type Target } from './target/target';
import { type Moment, Timeline } from './timeline';
import { resultNode } from './tree/expressionNode';
import { type Node, type TreeContext, textNode } from './tree/treeNode';

interface Motion {
  readonly back: boolean;
  /** ends the motion at a moment; undefined: something else ends it */
  readonly ends: ((moment: Moment) => boolean) | undefined;
  /** stop at reports on the way back */
  readonly reports: boolean;
}
/** A data breakpoint's part in a stop. */
interface Written {
  readonly id: number;
  readonly task: number;
  readonly text: string;
}

/** A line of the debugger's own, and the statement at which it was written. */
interface OutputLine {
  readonly text: string;
  readonly statement: number;
}

export class Session {
  readonly timeline: Timeline;
  readonly view: View;
  readonly index: StatementIndex;
  readonly breakpoints: Breakpoints;
  private motion: Motion | undefined;
  /** index of the report that the cursor is at */
  private report: number | undefined;
  private output: OutputLine[] = [];
  private shown: number;
  private lastStop: Stop | undefined;
  private readonly occurrences: Occurrences;
  /** while hits are counted: where the session is meanwhile, and the mark up to which they are counted */
  private away: { readonly mark: number; readonly until: number; readonly report: number | undefined } | undefined;
  /** the motion begins at a moment that it has not stopped at yet */
  private fresh = false;

  constructor(readonly target: Target) {
    this.index = new StatementIndex(target.program.files, target.statements);
    this.view = new View(target.kernel, target.program, (task) => taskState(target, task));
    this.breakpoints = new Breakpoints(
      this.index,
      (address, length) => this.view.space.mappedPieces(address, length),
      (text, statement, shown) => target.problemIn(shown ? splitFormat(text).expression : text, statement),
    );
    this.timeline = new Timeline(target);
    this.occurrences = new Occurrences(target, this.timeline, this.breakpoints, (text) => this.tell(text));
    this.shown = target.log.output.start;
  }

  // ---------------------------------------------------------------- the current moment
  get moment(): Moment {
    return this.timeline.moment;
  }
  get stop(): Stop | undefined {
    return this.lastStop;
  }
  get running(): boolean {
    return this.motion !== undefined;
  }
  /** True at the end of the run: going forward is not possible. */
  get finished(): boolean {
    return this.timeline.finished;
  }
  /** The task of the current moment; at the end, the one that ran last. */
  get task(): number {
    return this.moment.task || this.lastRun().task || (this.target.tasks()[0]?.task ?? 0);
  }
  /** Frames of a task, innermost first. At the end of the run the task that ran last shows where it ended. */
  frames(task: number): readonly Frame[] {
    if (this.moment.ending === undefined || task !== this.task) return this.target.frames(task);
    const { statement } = this.lastRun();
    return [
      {
        name: this.endText(),
        kind: 'kernel',
        owner: undefined,
        statement,
        task,
        stack: 'TASK',
        fp: 0,
        pc: -1,
        fn: undefined,
      },
    ];
  }
  /** The last moment with a statement, at or before this one. */
  private lastRun(): Moment {
    let moment = this.moment;
    while (moment.ending !== undefined) {
      const before = this.timeline.lastMoment(moment.mark - 1);
      if (before < 0) break;
      moment = this.timeline.momentAt(before);
    }
    return moment;
  }
  private endText(): string {
    const text: Readonly<Record<Ending, string>> = {
      ended: 'the end of the scenario',
      deadlock: 'deadlock: no task can run',
      panic: 'kernel panic',
      mistake: 'a mistake in kmem, not in the scenario',
      limit: 'kmem does not emulate what follows',
    };
    return text[this.moment.ending ?? 'ended'];
  }
  topFrame(task = this.task): Frame | undefined {
    return this.frames(task)[0];
  }
  /** Log entries that have happened since the last call, each once: going back and forth does not repeat them. */
  takeLog(): readonly LogEntry[] {
    const { output } = this.target.log;
    const upTo = Math.max(this.shown, this.timeline.logEnd);
    const fresh: LogEntry[] = [];
    for (let i = Math.max(this.shown, output.start); i < upTo; i++) fresh.push(output.at(i) as LogEntry);
    this.shown = upTo;
    return fresh;
  }
  /** How much `takeLog` and `takeOutput` would give. */
  get pending(): number {
    return Math.max(0, this.timeline.logEnd - this.shown) + this.output.length;
  }
  /** Lines that log points and failed conditions wrote since the last call. */
  takeOutput(): readonly OutputLine[] {
    return this.output.splice(0);
  }
  private tell(text: string): void {
    this.output.push({ text, statement: this.moment.statement });
  }

  // ---------------------------------------------------------------- motion
  /** Stops before the first statement. */
  entry(): Stop {
    return this.stopped({ kind: 'entry', task: this.task, description: 'before the first statement' });
  }
  beginContinue(): void {
    this.begin({ back: false, ends: undefined, reports: true });
  }
  /** Runs from the first statement, which may have a breakpoint itself. */
  beginRun(): void {
    this.beginContinue();
    this.fresh = true;
  }
  beginReverse(): void {
    this.begin({ back: true, ends: undefined, reports: true });
  }
  beginStep(kind: StepKind, task: number, granularity: Granularity): void {
    const from = this.moment;
    const own = from.task === task;
    const depth = own && !from.ending ? from.depth : scenarioDepth(this.target.frames(task));
    const line = (statement: number) => {
      const position = this.index.positionOf(statement);
      return position ? `${position.file.path}:${position.line}` : '';
    };
    // a task without frames never runs again: the next moment of any task ends the step
    const alive = depth > 0 && !from.ending;
    const ends = alive ? stepEnds(kind, from, task, depth, granularity, line) : () => true;
    if (kind === 'back' && !this.timeline.atBeginning && own) {
      // in the middle of a statement, a step back ends at its beginning
      this.begin({ back: true, ends: () => true, reports: false });
      return;
    }
    this.begin({ back: kind === 'back', ends, reports: kind !== 'back' });
  }
  private begin(motion: Motion): void {
    this.motion = motion;
    this.timeline.depart();
    this.lastStop = undefined;
    this.fresh = false;
  }
  /** Goes to the last moment at or before a position of the recorded run. */
  goTo(position: number): Stop {
    this.report = undefined;
    this.timeline.depart();
    this.timeline.goToPosition(position);
    return this.stopped({ kind: 'goto', task: this.task, description: 'moved in time' });
  }
  /** Stops a motion at the current moment. */
  pause(): Stop {
    this.comeBack();
    this.timeline.settle();
    return this.stopped({ kind: 'pause', task: this.task, description: 'paused' });
  }

  /**
   * Continues the motion for at most `count` moments.
   * @returns the stop; undefined if the motion has not ended
   */
  advance(count: number): Stop | undefined {
    const motion = this.motion;
    if (!motion) return this.lastStop;
    for (let i = 0; i < count; i++) {
      if (!this.counted()) continue;
      const stop = this.fresh ? this.stopHere([], this.reached(this.moment, true)) : this.move(motion);
      this.fresh = false;
      if (stop) return this.stopped(stop);
    }
    return undefined;
  }
  /** Continues until it stops, for as long as it takes: for what has nobody to answer meanwhile. */
  run(limit = 10_000_000): Stop {
    return this.advance(limit) ?? this.pause();
  }
  private move(motion: Motion): Stop | undefined {
    return motion.back ? this.backward(motion) : this.forward(motion);
  }
  private stopped(stop: Stop): Stop {
    this.motion = undefined;
    this.lastStop = stop;
    return stop;
  }

  /**
   * Counts the hits of breakpoints that were set since the last motion, before this one moves: some of them, so that others get their turn.
   * Returns whether all are counted and the cursor is back.
   */
  private counted(): boolean {
    const { timeline } = this;
    if (!this.away) {
      const { mark } = this.moment;
      const until = timeline.atBeginning ? mark : Math.max(mark, timeline.nextMoment(mark + 1));
      if (this.breakpoints.counting.every((b) => b.hits.next > until)) return true;
      timeline.settle();
      this.away = { mark, until, report: this.report };
    }
    if (!this.occurrences.countUpTo(this.away.until) || !timeline.approach(this.away.mark)) return false;
    this.comeBack();
    return true;
  }
  /** Back to where the motion was when counting began. */
  private comeBack(): void {
    const { away } = this;
    if (!away) return;
    this.away = undefined;
    const entry = away.report === undefined ? undefined : this.target.log.output.at(away.report);
    if (entry && away.report !== undefined) this.timeline.goToReport(away.report, entry);
    else this.timeline.goTo(away.mark);
  }

  private forward(motion: Motion): Stop | undefined {
    const { timeline, occurrences } = this;
    const before = this.moment;
    const logFrom = timeline.logEnd;
    this.report = undefined;
    if (!timeline.forward()) return this.atEnd();
    const after = this.moment;
    occurrences.count(before, after);
    for (let i = logFrom; i < timeline.logEnd; i++) {
      const stop = this.atReport(i);
      if (stop) return stop;
      if (this.moment.mark !== after.mark) timeline.goTo(after.mark);
    }
    const written = occurrences.writtenSince(before, after).map((data) => this.writtenText(data, before, after));
    return this.stopHere(written, this.reached(after, true)) ?? this.goalStop(motion);
  }

  private backward(motion: Motion): Stop | undefined {
    const { timeline, occurrences } = this;
    const here = this.moment;
    const inside = !timeline.atBeginning;
    const mark = inside ? here.mark : timeline.lastMoment(here.mark - 1);
    if (mark < 0) return this.atStart();
    const before = timeline.momentAt(mark);
    const after = inside ? timeline.momentAt(timeline.nextMoment(mark + 1)) : here;
    if (motion.reports) {
      const { output } = this.target.log;
      for (
        let i = ((inside ? this.report : undefined) ?? timeline.logEnd) - 1;
        (output.at(i)?.position ?? 0) > before.position;
        i--
      ) {
        const stop = this.atReport(i);
        if (stop) return stop;
      }
    }
    this.report = undefined;
    let written: DataBreakpoint[] = [];
    if (occurrences.mayBeWritten(before, after)) {
      timeline.goTo(after.mark);
      written = occurrences.writtenSince(before, after);
    }
    // moving memory for each moment would be slow
    if (written.length === 0 && !motion.ends && this.breakpoints.at(before.statement).length === 0) {
      timeline.skipTo(mark);
      return undefined;
    }
    timeline.goTo(mark);
    const texts = written.map((data) => this.writerText(data));
    return this.stopHere(texts, this.reached(before, false)) ?? this.goalStop(motion);
  }
  private atStart(): Stop {
    this.timeline.settle();
    const { task } = this;
    if (this.timeline.horizon === 0) return { kind: 'start', task, description: 'the start of the scenario' };
    const text = 'this is the oldest recorded moment: memory holds no more of the past (memoryBudgetMB)';
    return { kind: 'start', task, description: 'the oldest recorded moment', text };
  }

  private goalStop(motion: Motion): Stop | undefined {
    if (this.moment.ending) return this.atEnd();
    if (!motion.ends?.(this.moment)) return undefined;
    return { kind: 'step', task: this.moment.task, description: motion.back ? 'stepped back' : 'stepped' };
  }
  private atEnd(): Stop {
    const description = this.endText();
    return {
      kind: 'end',
      task: this.task,
      description,
      text: `${description}: there is nothing to run any more. Step back, or end the session.`,
    };
  }

  // ---------------------------------------------------------------- breakpoints
  /** Goes to a report and stops there, if the exception filters say so. If not, the cursor may be anywhere. */
  private atReport(index: number): Stop | undefined {
    const entry = this.target.log.output.at(index);
    const filter = entry && this.breakpoints.filterFor(entry);
    if (!filter) return undefined;
    this.timeline.goToReport(index, entry);
    if (!this.occurrences.holds(filter.condition, `of the exception filter "${filter.filter}"`)) return undefined;
    this.report = index;
    const description = EXCEPTION_FILTERS.find((f) => f.filter === filter.filter)?.label ?? filter.filter;
    const report = { entry, filter: filter.filter };
    return { kind: 'exception', task: this.moment.task, description, text: entry.text, report };
  }
  /** The line and function breakpoints that stop at the current moment; log points write their messages if `print`. */
  private reached(moment: Moment, print: boolean): readonly Breakpoint[] {
    const found = this.occurrences.at(moment);
    if (found.length === 0) return found;
    for (const b of found) if (b.logMessage && print) this.tell(this.logText(b.logMessage));
    return found.filter((b) => !b.logMessage);
  }
  /** A stop at the current moment, for all data breakpoints and others that stop there. */
  private stopHere(written: readonly Written[], reached: readonly Breakpoint[]): Stop | undefined {
    const [first] = written;
    if (!first && reached.length === 0) return undefined;
    const { mark, task } = this.moment;
    const breakpoints = [...written, ...reached].map((b) => b.id);
    if (first) {
      const kind = 'data breakpoint';
      return { kind, task: first.task ?? task, description: kind, text: first.text, breakpoints };
    }
    const kind = reached.some((b) => b.kind === 'line') ? 'breakpoint' : 'function breakpoint';
    const counted = reached.find((b) => b.hit);
    return {
      kind,
      task,
      description: `${kind}${counted ? `, hit ${counted.hits.countAt(mark)}` : ''}`,
      breakpoints,
    };
  }
  private logText(message: string): string {
    const frame = this.topFrame(this.moment.task);
    const text = expandLogMessage(message, (expression) => {
      try {
        return evaluateNode(this.context(), this.target, expression, frame).value;
      } catch (error) {
        return `<${messageOf(error)}>`;
      }
    });
    return text.endsWith('\n') ? text : `${text}\n`;
  }
  /** What a data breakpoint shows after the write. */
  private writtenText(data: DataBreakpoint, before: Moment, after: Moment): Written {
    const { journal } = this.view.kernel.mem;
    const now = this.dataText(data);
    journal.moveTo(before.position);
    const old = this.dataText(data);
    journal.moveTo(after.position);
    const position = this.index.positionOf(before.statement);
    const where = position ? `, written by line ${position.line}` : '';
    const text = old === now ? `${data.name} written: still ${now}` : `${data.name}: ${old} → ${now}`;
    return { id: data.id, task: before.task, text: text + where };
  }
  /** What it shows before the write, at the moment of the statement that writes. */
  private writerText(data: DataBreakpoint): Written {
    const line = this.index.positionOf(this.moment.statement)?.line ?? '?';
    const text = `${data.name} is written by line ${line}; it is ${this.dataText(data)} before`;
    return { id: data.id, task: this.moment.task, text };
  }
  private dataText(data: DataBreakpoint): string {
    const { length } = data;
    const bits =
      length === 1 || length === 2 || length === 4 || length === 8 ? this.view.bits(data.address, length) : undefined;
    if (bits === undefined) return `${length} bytes`;
    return bits > 0xffffn ? `0x${bits.toString(16)}` : String(bits);
  }

  // ---------------------------------------------------------------- evaluation and changes
  context(format: Format = 'natural'): TreeContext {
    return { view: this.view, format };
  }
  /** Evaluates without changing the machine. @throws EvaluationError */
  evaluate(text: string, frame: Frame | undefined, format: Format = 'natural'): Node {
    return evaluateNode(this.context(format), this.target, text, frame);
  }
  /** The value of an expression with all members and elements, for the clipboard. @throws EvaluationError */
  fullValue(text: string, frame: Frame | undefined, format: Format = 'natural'): string {
    const { expression, format: own } = splitFormat(text);
    const { location, value } = this.evaluate(text, frame, format);
    if (!location) return value;
    const { origin } = this.target.evaluate(expression, frame);
    return fullText(this.view, location, own === 'natural' ? format : own, origin);
  }
  /**
   * Stores the value of a C expression at a location, cutting the future off. The text may also be a value as it is shown, edited.
   * @param shown how the value at the location reads now
   * @throws EvaluationError
   */
  assign(location: TypedLocation, text: string, frame: Frame | undefined, shown = ''): void {
    const { address, bytes } = bytesToStore(this.view, this.target, location, text, frame, shown);
    this.change(() => this.view.space.writeBytes(address, bytes));
  }
  /** The same for what a C expression designates. @throws EvaluationError */
  assignTo(expression: string, text: string, frame: Frame | undefined): void {
    const { location, value } = this.evaluate(expression, frame);
    if (!location)
      throw new EvaluationError(`${expression} is a value and can't be assigned: name a variable or a field`);
    this.assign(location, text, frame, value);
  }
  /**
   * What the debug console does with a text: an expression is evaluated; an assignment of any form, or a call of a kernel function that
   * changes the machine, runs as a statement of the frame's, which cuts the future off.
   * @param calls whether functions that change the machine may be called
   * @throws EvaluationError; nothing has been changed then
   */
  console(text: string, frame: Frame | undefined, format: Format, calls: boolean): Node {
    const { expression, format: own } = splitFormat(text);
    const shown = own === 'natural' ? format : own;
    const plain = plainAssignment(expression);
    if (plain && !this.target.statement(plain.value, frame, calls)) {
      this.assignTo(plain.target, plain.value, frame);
      return this.evaluate(plain.target, frame, shown);
    }
    const statement = this.target.statement(expression, frame, calls);
    if (!statement) return evaluateNode(this.context(format), this.target, text, frame);
    statement.check();
    let result: Evaluated | undefined;
    this.change(() => {
      result = statement.run();
    });
    return result ? resultNode(this.context(shown), expression, result, undefined) : textNode(expression, 'done');
  }
  /** Writes bytes, cutting the future off; returns how many were written, up to the first that is not mapped. @throws EvaluationError */
  writeBytes(address: number, bytes: Uint8Array): number {
    const length = this.view.space.mappedLength(address, bytes.length);
    const readOnly = this.view.space.firstReadOnly(address, length);
    if (readOnly !== undefined) throw new EvaluationError(readOnlyText(this.view.abi, readOnly));
    if (length > 0) this.change(() => this.view.space.writeBytes(address, bytes.subarray(0, length)));
    return length;
  }
  private change(write: () => void): void {
    const cut = !this.timeline.live;
    this.timeline.edit(write);
    this.report = undefined;
    if (cut) this.tell('what had been recorded from here on is dropped: the machine was changed\n');
    this.shown = Math.min(this.shown, this.target.log.output.end);
    this.breakpoints.cut(this.moment.mark);
  }
  /** Value of an address for the user: `0xffff8880…`. */
  formatAddress(address: number): string {
    return this.view.hexBits(toBits(this.view.abi, address));
  }
  /** Reads `0x…` or a decimal number as an address of this machine. */
  parseAddress(text: string): number | undefined {
    return parseAddress(this.view.abi, text);
  }
}

/** What a task does: `CPU 0, running`. */
function taskState(target: Target, task: number): string | undefined {
  const found = target.task(task);
  return found && `CPU ${found.cpu}, ${found.state}`;
}

/**
 * A debug session without a protocol: runs a target forwards and backwards in bounded chunks until something makes it stop.
 * The caller uses `begin…` and then `advance` until that returns a stop.
 */

import type { LogEntry } from '../kernel/printk/printk';
import type { Touch } from '../memory/journal';
import { parseAddress, toBits } from '../types/address';
import { assignable, decay } from '../types/conversions';
import { type Breakpoint, Breakpoints, type DataBreakpoint, EXCEPTION_FILTERS } from './breakpoints/breakpoints';
import { expandLogMessage } from './breakpoints/logMessage';
import { assignmentIn, checkStore, evaluateCondition, evaluateNode } from './evaluation/evaluate';
import type { Format } from './inspect/values';
import { type TypedLocation, View } from './inspect/view';
import { type Granularity, type StepKind, stepEnds } from './stepping';
import type { Stop } from './stops';
import { StatementIndex } from './target/source';
import { EvaluationError, type Frame, scenarioDepth, type Target } from './target/target';
import { type Moment, Timeline } from './timeline';
import type { Node, TreeContext } from './tree/treeNode';

interface Motion {
  readonly back: boolean;
  /** ends the motion at a moment; undefined: something else ends it */
  readonly ends: ((moment: Moment) => boolean) | undefined;
  /** stop at reports on the way */
  readonly reports: boolean;
  /** marks at which a backward motion meets a report or a data breakpoint, found once */
  readonly meets?: { readonly mark: number; readonly stop: () => Stop } | undefined;
}

export class Session {
  readonly timeline: Timeline;
  readonly view: View;
  readonly index: StatementIndex;
  readonly breakpoints: Breakpoints;
  private motion: Motion | undefined;
  /** index of the report that the cursor is at */
  private report: number | undefined;
  private output: string[] = [];
  private shown: number;
  private lastStop: Stop | undefined;

  constructor(readonly target: Target) {
    this.index = new StatementIndex(target.program.files, target.statements);
    this.breakpoints = new Breakpoints(this.index);
    this.view = new View(target.kernel, target.program);
    this.timeline = new Timeline(target);
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
    return [{ name: this.endText(), kind: 'kernel', owner: undefined, statement, task, fp: 0, pc: -1, fn: undefined }];
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
    const text = { end: 'the end of the scenario', deadlock: 'deadlock: no task can run', panic: 'kernel panic' };
    return text[this.moment.ending ?? 'end'];
  }
  topFrame(task = this.task): Frame | undefined {
    return this.frames(task)[0];
  }
  /** Log entries that have happened since the last call, each once: going back and forth does not repeat them. */
  takeLog(): readonly LogEntry[] {
    const { output } = this.target.log;
    const upTo = Math.max(this.shown, this.timeline.logEnd);
    const fresh = output.held.slice(Math.max(0, this.shown - output.start), upTo - output.start);
    this.shown = upTo;
    return fresh;
  }
  /** How much `takeLog` and `takeOutput` would give. */
  get pending(): number {
    return Math.max(0, this.timeline.logEnd - this.shown) + this.output.length;
  }
  /** Lines that log points and failed conditions wrote since the last call. */
  takeOutput(): readonly string[] {
    return this.output.splice(0);
  }

  // ---------------------------------------------------------------- motion
  /** Stops before the first statement. */
  entry(): Stop {
    return this.stopped({ kind: 'entry', task: this.task, description: 'before the first statement' });
  }
  beginContinue(): void {
    this.begin({ back: false, ends: undefined, reports: true });
  }
  beginReverse(): void {
    this.begin({ back: true, ends: undefined, reports: true, meets: this.nearestBehind() });
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
    this.begin({ back: kind === 'back', ends, reports: kind !== 'back', meets: undefined });
  }
  private begin(motion: Motion): void {
    this.motion = motion;
    this.lastStop = undefined;
  }
  /** Stops a motion at the current moment. */
  pause(): Stop {
    this.timeline.settle();
    this.motion = undefined;
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
      const stop = motion.back ? this.backward(motion) : this.forward(motion);
      if (stop) return this.stopped(stop);
    }
    return undefined;
  }
  /** Continues until it stops: for tests and for short motions. */
  run(limit = 10_000_000): Stop {
    return this.advance(limit) ?? this.pause();
  }
  private stopped(stop: Stop): Stop {
    this.motion = undefined;
    this.lastStop = stop;
    return stop;
  }

  private forward(motion: Motion): Stop | undefined {
    const { timeline, target } = this;
    const from = timeline.position;
    const logFrom = timeline.logEnd;
    this.report = undefined;
    if (!timeline.forward()) return this.atEnd();
    for (let i = logFrom; i < timeline.logEnd; i++) {
      const entry = target.log.output.at(i);
      const filter = entry && this.breakpoints.filterFor(entry);
      if (!filter) continue;
      const after = this.moment.mark;
      timeline.goToReport(i, entry);
      if (this.holds(filter.condition, `of the exception filter "${filter.filter}"`)) {
        this.report = i;
        return this.reportStop(entry, filter.filter);
      }
      timeline.goTo(after);
    }
    for (const data of this.breakpoints.data) {
      const touch = this.touched(data, from);
      if (touch && this.dataHolds(data)) return this.dataStop(data, touch, from);
    }
    return this.breakpointStop() ?? this.goalStop(motion);
  }

  private backward(motion: Motion): Stop | undefined {
    const { timeline } = this;
    const { meets } = motion;
    const previous = timeline.lastMoment(this.moment.mark - 1);
    if (meets && meets.mark >= previous && meets.mark <= this.moment.mark) return meets.stop();
    this.report = undefined;
    // moving memory for each moment would be slow: test the mark first
    if (timeline.atBeginning) {
      const peek = previous < 0 ? undefined : timeline.momentAt(previous);
      const dull =
        peek &&
        motion.ends === undefined &&
        this.breakpoints.at(peek.statement).length === 0 &&
        meets?.mark !== previous;
      if (dull) {
        timeline.skipTo(previous);
        return undefined;
      }
    }
    const result = timeline.back();
    if (result !== 'moved') {
      timeline.settle();
      if (result === 'start') return { kind: 'start', task: this.task, description: 'the start of the scenario' };
      const text = 'this is the oldest recorded moment: memory holds no more of the past (memoryBudgetMB)';
      return { kind: 'start', task: this.task, description: 'the oldest recorded moment', text };
    }
    return this.breakpointStop() ?? this.goalStop(motion);
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
  private breakpointStop(): Stop | undefined {
    const { moment } = this;
    if (moment.edit || moment.ending) return undefined;
    const hit = this.breakpoints.at(moment.statement).filter((b) => this.hits(b, moment));
    const stopping = hit.filter((b) => !b.logMessage);
    for (const b of hit) if (b.logMessage && !this.motion?.back) this.output.push(this.logText(b.logMessage));
    if (stopping.length === 0) return undefined;
    const kind = stopping.some((b) => b.kind === 'line') ? 'breakpoint' : 'function breakpoint';
    const counts = stopping.filter((b) => b.hitCondition).map((b) => `, hit ${b.hits.indexOf(moment.mark) + 1}`);
    return {
      kind,
      task: moment.task,
      description: `${kind}${counts[0] ?? ''}`,
      breakpoints: stopping.map((b) => b.id),
    };
  }
  private hits(breakpoint: Breakpoint, moment: Moment): boolean {
    if (breakpoint.entry && !this.justEntered(moment)) return false;
    if (!this.holds(breakpoint.condition, 'of a breakpoint')) return false;
    const count = this.breakpoints.count(breakpoint, moment.mark);
    return breakpoint.hit?.(count) ?? true;
  }
  /** A loop whose head is a function's first statement reaches it again: that is not an entry. */
  private justEntered(moment: Moment): boolean {
    const before = this.timeline.momentAt(this.timeline.lastMoment(moment.mark - 1));
    if (before.mark < 0 || before.task !== moment.task || before.depth !== moment.depth) return true;
    const owner = (statement: number) => this.target.statements[statement]?.owner;
    return owner(before.statement) !== owner(moment.statement) || before.statement > moment.statement;
  }
  private holds(condition: string | undefined, whose: string): boolean {
    if (!condition) return true;
    try {
      return evaluateCondition(this.target, condition, this.topFrame(this.moment.task));
    } catch (error) {
      this.output.push(`the condition ${whose}, ${condition}: ${messageOf(error)}; stopped because of that\n`);
      return true;
    }
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
  private reportStop(entry: LogEntry, filter: string): Stop {
    const title = entry.text;
    const description = EXCEPTION_FILTERS.find((f) => f.filter === filter)?.label ?? filter;
    return { kind: 'exception', task: this.moment.task, description, text: title, report: { entry, filter } };
  }

  // ---------------------------------------------------------------- data breakpoints
  private ranges(data: DataBreakpoint) {
    const phys = this.view.space.translate(data.address);
    return phys < 0 ? [] : this.view.kernel.mem.ranges(phys, data.length);
  }
  /** The newest write to the range at or after `from`. */
  private touched(data: DataBreakpoint, from: number): Touch | undefined {
    for (const touch of this.view.kernel.mem.journal.touching(this.ranges(data))) {
      return touch.position >= from ? touch : undefined;
    }
    return undefined;
  }
  private dataHolds(data: DataBreakpoint): boolean {
    if (!this.holds(data.condition, `of the data breakpoint on ${data.name}`)) return false;
    data.hits++;
    return data.hit?.(data.hits) ?? true;
  }
  private dataStop(data: DataBreakpoint, touch: Touch, from: number): Stop {
    const after = this.dataText(data);
    const { journal } = this.view.kernel.mem;
    const here = journal.position;
    journal.moveTo(from);
    const before = this.dataText(data);
    journal.moveTo(here);
    const by = this.timeline.momentAt(this.timeline.lastMoment(journal.marks.lastAtOrBefore(touch.position)));
    const position = this.index.positionOf(by.statement);
    const where = position ? `, written by line ${position.line}` : '';
    const description =
      before === after ? `${data.name} written: still ${after}` : `${data.name}: ${before} → ${after}`;
    return { kind: 'data breakpoint', task: by.task, description: description + where, breakpoints: [data.id] };
  }
  private dataText(data: DataBreakpoint): string {
    const { length } = data;
    const bits =
      length === 1 || length === 2 || length === 4 || length === 8 ? this.view.bits(data.address, length) : undefined;
    if (bits === undefined) return `${length} bytes`;
    return bits > 0xffffn ? `0x${bits.toString(16)}` : String(bits);
  }
  /** The first event on a motion back: a data breakpoint's write, or a report. */
  private nearestBehind(): Motion['meets'] {
    const { timeline, target } = this;
    let best: Motion['meets'];
    for (const data of this.breakpoints.data) {
      for (const touch of this.view.kernel.mem.journal.touching(this.ranges(data))) {
        const mark = timeline.lastMoment(this.view.kernel.mem.journal.marks.lastAtOrBefore(touch.position));
        if (mark < 0) break;
        if (!best || mark > best.mark)
          best = {
            mark,
            stop: () => {
              timeline.goTo(mark);
              const position = this.index.positionOf(this.moment.statement);
              const description = `${data.name} is written by line ${position?.line ?? '?'}; it is ${this.dataText(data)} before`;
              return { kind: 'data breakpoint', task: this.moment.task, description, breakpoints: [data.id] };
            },
          };
        break;
      }
    }
    for (let i = (this.report ?? timeline.logEnd) - 1; i >= target.log.output.start; i--) {
      const entry = target.log.output.at(i);
      const filter = entry && this.breakpoints.filterFor(entry);
      if (!filter) continue;
      const mark = timeline.lastMoment(this.view.kernel.mem.journal.marks.lastAtOrBefore(entry.position));
      if (mark < 0) break;
      if (!best || mark >= best.mark)
        best = {
          mark,
          stop: () => {
            timeline.goToReport(i, entry);
            this.report = i;
            return this.reportStop(entry, filter.filter);
          },
        };
      break;
    }
    return best;
  }

  // ---------------------------------------------------------------- evaluation and changes
  context(format: Format = 'natural'): TreeContext {
    return { view: this.view, format };
  }
  /** Evaluates without changing the machine. @throws EvaluationError */
  evaluate(text: string, frame: Frame | undefined, format: Format = 'natural'): Node {
    return evaluateNode(this.context(format), this.target, text, frame);
  }
  /** Stores the value of a C expression at a location, cutting the future off. @throws EvaluationError */
  assign(location: TypedLocation, text: string, frame: Frame | undefined): void {
    const result = this.target.evaluate(text, frame);
    if (result.value === undefined) throw new EvaluationError(`${text} has no value that could be stored`);
    // a number typed for a pointer is an address, as a debugger's user expects
    const literal = /^\s*(0[xX][0-9a-fA-F]+|\d+)[uUlL]*\s*$/.test(text);
    const problem = literal
      ? undefined
      : assignable(decay(result.type, this.view.abi), location.type, result.value === 0n);
    if (problem?.severity === 'error') throw new EvaluationError(`${text}: this ${problem.what}`);
    const bits = checkStore(location, result.value);
    const size =
      location.type.kind === 'int' || location.type.kind === 'enum' || location.type.kind === 'pointer'
        ? location.type.size
        : 0;
    if (!this.view.mapped(location.address, size)) throw new EvaluationError('nothing is mapped at its address');
    this.change(() => {
      let word = bits;
      if (location.bitWidth !== undefined) {
        const shift = BigInt(location.bitOffset ?? 0);
        const mask = ((1n << BigInt(location.bitWidth)) - 1n) << shift;
        const old = this.view.bits(location.address, size as 1 | 2 | 4 | 8) ?? 0n;
        word = (old & ~mask) | ((bits << shift) & mask);
      }
      const bytes = new Uint8Array(size);
      for (let i = 0; i < size; i++) bytes[i] = Number((word >> BigInt(i * 8)) & 0xffn);
      this.view.space.writeBytes(location.address, bytes);
    });
  }
  /** Writes bytes, cutting the future off; returns how many were written, up to the first that is not mapped. */
  writeBytes(address: number, bytes: Uint8Array): number {
    const length = this.view.space.mappedLength(address, bytes.length);
    if (length > 0) this.change(() => this.view.space.writeBytes(address, bytes.subarray(0, length)));
    return length;
  }
  private change(write: () => void): void {
    this.report = undefined;
    this.timeline.edit(write);
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
  /** The assignment in the console's `ring->head = 3`, `n += 2` or `n++`; undefined for an expression that only reads. */
  assignment(text: string): { target: string; value: string } | undefined {
    return assignmentIn(text);
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * The timeline: a cursor over the moments at which the program can stop (the journal's statement marks). Going back moves the cursor; going
 * forward moves it through the recorded future, and runs where that ends.
 */

import type { LogEntry } from '../kernel/printk/printk';
import type { Marks } from '../memory/marks';
import { ENDINGS, type Ending, MARK_END, MARK_STATEMENT } from '../vm/run/runMarks';
import type { Target } from './target/target';

/** journal mark of a change made by the user: a copy of the statement's mark after the change, so that the change is a moment of its own */
const MARK_EDIT = 100;
/** journal entries that are moved in one go: some milliseconds */
const MOST_AT_ONCE = 1 << 18;

export interface Moment {
  /** index of its mark */
  readonly mark: number;
  /** journal position of the mark; the cursor may be further, in the middle of the statement */
  readonly position: number;
  /** statement that runs next; −1 at the end, and where the kernel's own code is busy */
  readonly statement: number;
  readonly cpu: number;
  readonly task: number;
  /** frames on the task */
  readonly depth: number;
  readonly ending: Ending | undefined;
  /** made by a change of the user's, not by running */
  readonly edit: boolean;
}

export class Timeline {
  private readonly marks: Marks;
  private now: Moment;
  /** index behind the log entries before the cursor; at a report, behind the report itself */
  private passed = 0;
  /** memory is still at a later position than `now` (skipTo) */
  private behind = false;
  private left: number;

  constructor(private readonly target: Target) {
    this.marks = target.kernel.mem.journal.marks;
    this.now = this.latest;
    this.passed = target.log.output.end;
    this.left = this.journal.position;
  }
  private get journal() {
    return this.target.kernel.mem.journal;
  }

  /** The moment the cursor is at, or the one whose statement it is in the middle of. */
  get moment(): Moment {
    return this.now;
  }
  get position(): number {
    return this.journal.position;
  }
  /** Index behind the log entries that have happened at the cursor. */
  get logEnd(): number {
    return this.passed;
  }
  /** The oldest position that can be reached: 0 as long as all of the past is held. */
  get horizon(): number {
    return this.journal.horizon;
  }
  /** Behind the newest position that is recorded. */
  get end(): number {
    return this.journal.end;
  }
  /** Where the last motion began: what it has changed are the entries between there and the cursor. */
  get leftFrom(): number {
    return Math.max(this.horizon, Math.min(this.left, this.end));
  }
  /** A motion begins. */
  depart(): void {
    this.left = this.position;
  }
  /** True at the beginning of the moment's statement, false in the middle of it. */
  get atBeginning(): boolean {
    return this.behind || this.journal.position === this.now.position;
  }
  /** True if going forward runs the machine and does not replay. */
  get live(): boolean {
    return this.nextMoment(this.now.mark + 1) < 0;
  }
  /** True at the end of the run with nothing recorded after it. */
  get finished(): boolean {
    return this.live && this.target.ended;
  }
  /** Index of the oldest moment that can be reached. */
  get first(): number {
    return this.nextMoment(this.marks.start);
  }

  /**
   * Goes to the next moment, through the recorded future or by running one statement.
   * @returns false at the end of the program
   */
  forward(): boolean {
    const recorded = this.nextMoment(this.now.mark + 1);
    if (recorded >= 0) {
      this.goTo(recorded);
      return true;
    }
    if (this.target.ended) return false;
    if (!this.journal.atEnd) this.moveTo(this.journal.end);
    this.target.step();
    const next = this.lastMoment(this.marks.end - 1);
    if (next <= this.now.mark) return false;
    this.arrive(this.momentAt(next));
    return true;
  }

  /** Moves to a moment, given its mark. */
  goTo(mark: number): void {
    const moment = this.momentAt(mark);
    this.moveTo(moment.position);
    this.arrive(moment);
  }
  /** Moves to the last moment at or before a position; to the oldest one if none is. */
  goToPosition(position: number): void {
    const mark = this.lastMoment(this.marks.lastAtOrBefore(position));
    this.goTo(mark < 0 ? this.first : mark);
  }
  private arrive(moment: Moment): void {
    this.now = moment;
    this.behind = false;
    this.passed = this.target.log.output.endAt(moment.position);
  }
  /**
   * Moves to a moment without moving memory, which is cheap for motions back over many. Memory must not be read until the next
   * `goTo` or `settle`.
   */
  skipTo(mark: number): void {
    this.now = this.momentAt(mark);
    this.behind = true;
    const { output } = this.target.log;
    while (this.passed > output.start && (output.at(this.passed - 1)?.position ?? 0) > this.now.position) this.passed--;
    // not all at once in the end: somebody may be waiting for an answer
    if (this.journal.position - this.now.position > MOST_AT_ONCE) this.settle();
  }
  /** Goes nearer to a moment, by at most so much as takes a few milliseconds. Returns whether it is there. */
  approach(mark: number): boolean {
    const { position } = this.momentAt(mark);
    const away = position - this.journal.position;
    if (Math.abs(away) <= MOST_AT_ONCE) {
      this.goTo(mark);
      return true;
    }
    const near = this.journal.position + Math.sign(away) * MOST_AT_ONCE;
    this.goTo(this.lastMoment(this.marks.lastAtOrBefore(near)));
    return false;
  }
  /** Brings memory to the moment that `skipTo` went to. */
  settle(): void {
    if (this.behind) this.goTo(this.now.mark);
  }
  /** Moves into the middle of the statement that is running at `entry`, the moment a report was written. */
  goToReport(index: number, entry: LogEntry): void {
    this.now = this.momentAt(this.lastMoment(this.marks.lastAtOrBefore(entry.position - 1)));
    this.behind = false;
    this.moveTo(Math.max(entry.position, this.now.position));
    this.passed = index + 1;
  }

  /**
   * Changes memory at the cursor: the recorded future is dropped, `change` writes, and the change becomes a moment of its own.
   * In the middle of a statement (at a report) it first goes back to the statement's beginning, because running resumes there.
   * @throws what `change` throws; what it has written until then is taken back
   */
  edit(change: () => void): void {
    const { now } = this;
    this.goTo(now.mark);
    this.cut();
    const before = this.journal.position;
    try {
      change();
    } catch (error) {
      this.journal.moveTo(before);
      this.cut();
      throw error;
    }
    if (this.journal.position !== before) {
      this.marks.add(this.journal.position, MARK_EDIT, now.statement, now.cpu, now.task, now.depth);
      this.now = this.momentAt(this.marks.end - 1);
    }
    this.target.sync();
  }
  /** Drops the future. */
  cut(): void {
    this.journal.cut();
    this.target.sync();
  }

  /** The newest moment, wherever the cursor is: for a run that is not stepped. */
  get latest(): Moment {
    return this.momentAt(this.lastMoment(this.marks.end - 1));
  }
  momentAt(mark: number): Moment {
    const m = this.marks.at(mark);
    if (!m) return { mark: -1, position: 0, statement: -1, cpu: 0, task: 0, depth: 0, ending: undefined, edit: false };
    const end = m.kind === MARK_END;
    return {
      mark,
      position: m.position,
      statement: end ? -1 : m.a,
      cpu: m.b,
      task: m.c,
      depth: m.d,
      ending: end ? (ENDINGS[m.a] ?? 'ended') : undefined,
      edit: m.kind === MARK_EDIT,
    };
  }
  /** The next, or the last, mark that is a moment, from an index on; −1 if there is none. */
  nextMoment(from: number): number {
    for (let i = Math.max(from, this.marks.start); i < this.marks.end; i++) if (this.isMoment(i)) return i;
    return -1;
  }
  lastMoment(from: number): number {
    for (let i = from; i >= this.marks.start; i--) if (this.isMoment(i)) return i;
    return -1;
  }
  private isMoment(mark: number): boolean {
    const kind = this.marks.at(mark)?.kind;
    return kind === MARK_STATEMENT || kind === MARK_END || kind === MARK_EDIT;
  }
  private moveTo(position: number): void {
    if (this.journal.position === position) return;
    this.journal.moveTo(position);
    this.target.sync();
  }
}

/**
 * Whether a breakpoint occurs: a line or function breakpoint at a moment, a data breakpoint between two, with its condition. Answers
 * depend on the recorded past alone, so they are the same in both directions of time.
 */
import type { ArenaRange, Touch } from '../memory/journal';
import type { Breakpoint, Breakpoints, DataBreakpoint } from './breakpoints/breakpoints';
import { evaluateCondition } from './evaluation/evaluate';
import { messageOf, type Target } from './target/target';
import type { Moment, Timeline } from './timeline';

/** moments that are counted in one go */
const MOMENTS_AT_ONCE = 256;

export class Occurrences {
  /** arena ranges of data breakpoints all of whose memory has been written at some time: they stay where they are */
  private readonly ranges = new WeakMap<DataBreakpoint, readonly ArenaRange[]>();

  /** @param say told why a condition could not be evaluated */
  constructor(
    private readonly target: Target,
    private readonly timeline: Timeline,
    private readonly breakpoints: Breakpoints,
    private readonly say: (text: string) => void,
  ) {}

  /** The line and function breakpoints that stop at a moment, or print. Memory must show it. */
  at(moment: Moment): Breakpoint[] {
    if (moment.edit || moment.ending) return [];
    const here = this.breakpoints.at(moment.statement);
    return here.length === 0 ? [] : here.filter((b) => this.stops(b, moment, () => this.reaches(b, moment, true)));
  }
  /** The data breakpoints that stop after a moment's statement. Memory must show the moment after it. */
  writtenSince(before: Moment, after: Moment): DataBreakpoint[] {
    const { data } = this.breakpoints;
    return data.filter((d) => this.stops(d, after, () => this.written(d, before, after, true)));
  }
  /** Whether a data breakpoint may stop there, judged without its condition: memory need not show either moment. */
  mayBeWritten(before: Moment, after: Moment): boolean {
    return this.breakpoints.data.some((d) => this.touch(d, before, after) !== undefined);
  }
  /** The last write of a moment's statement to what a data breakpoint watches. */
  touch(data: DataBreakpoint, before: Moment, after: Moment): Touch | undefined {
    // a change of the user's is not a statement's
    if (after.edit || data.pieces.length === 0) return undefined;
    const { journal } = this.target.kernel.mem;
    return journal.lastTouch(this.rangesOf(data), before.position, after.position);
  }
  /** Evaluates a condition at the cursor, in the frame of the moment's task; one that cannot be evaluated holds. */
  holds(condition: string | undefined, whose: string, aloud = true): boolean {
    if (!condition) return true;
    const { ending, task } = this.timeline.moment;
    try {
      return evaluateCondition(this.target, condition, ending ? undefined : this.target.frames(task)[0]);
    } catch (error) {
      if (aloud) this.say(`the condition ${whose}, ${condition}: ${messageOf(error)}; stopped because of that\n`);
      return true;
    }
  }

  // ---------------------------------------------------------------- hits
  /** Counts hits at a moment that a motion forward has come to. */
  count(before: Moment, moment: Moment): void {
    for (const b of this.breakpoints.counting) {
      b.hits.dropBefore(this.timeline.first);
      b.hits.look(moment.mark, () => this.occurs(b, before, moment));
    }
  }
  /**
   * Counts what has not been counted up to a moment, for breakpoints that were set since: some of it, so that others get their turn.
   * The cursor moves meanwhile. Returns whether all is counted.
   */
  countUpTo(until: number): boolean {
    const { timeline } = this;
    const first = timeline.first;
    for (const b of this.breakpoints.counting) b.hits.dropBefore(first);
    const behind = this.breakpoints.counting.filter((b) => b.hits.next <= until);
    if (behind.length === 0) return true;
    const from = timeline.nextMoment(Math.min(...behind.map((b) => b.hits.next)));
    if (from < 0 || from > until) return true;
    if (behind.some((b) => b.condition) && !timeline.approach(from)) return false;
    let mark = from;
    for (let n = 0; n < MOMENTS_AT_ONCE && mark >= 0 && mark <= until; n++) {
      const moment = timeline.momentAt(mark);
      const before = timeline.momentAt(timeline.lastMoment(mark - 1));
      for (const b of behind)
        b.hits.look(mark, () => {
          if (b.condition) timeline.goTo(mark);
          return this.occurs(b, before, moment);
        });
      mark = timeline.nextMoment(mark + 1);
    }
    return false;
  }
  private occurs(b: Breakpoint | DataBreakpoint, before: Moment, moment: Moment): boolean {
    return b.kind === 'data' ? this.written(b, before, moment, false) : this.reaches(b, moment, false);
  }
  /** Whether a breakpoint that occurs, or doesn't, stops: one that counts has been counted, and must not be asked again. */
  private stops(b: Breakpoint | DataBreakpoint, moment: Moment, occurs: () => boolean): boolean {
    if (!b.hit) return occurs();
    const count = b.hits.countAt(moment.mark);
    return count > 0 && b.hit(count);
  }

  private reaches(b: Breakpoint, moment: Moment, aloud: boolean): boolean {
    if (moment.edit || moment.ending || !b.statements.includes(moment.statement)) return false;
    return (!b.entry || this.justEntered(moment)) && this.holds(b.condition, 'of a breakpoint', aloud);
  }
  private written(d: DataBreakpoint, before: Moment, after: Moment, aloud: boolean): boolean {
    return (
      before.mark >= 0 &&
      this.touch(d, before, after) !== undefined &&
      this.holds(d.condition, `of the data breakpoint on ${d.name}`, aloud)
    );
  }
  /** A loop whose head is a function's first statement reaches it again: that is not an entry. */
  private justEntered(moment: Moment): boolean {
    const before = this.timeline.momentAt(this.timeline.lastMoment(moment.mark - 1));
    if (before.mark < 0 || before.task !== moment.task || before.depth !== moment.depth) return true;
    const owner = (statement: number) => this.target.statements[statement]?.owner;
    return owner(before.statement) !== owner(moment.statement) || before.statement > moment.statement;
  }
  private rangesOf(data: DataBreakpoint): readonly ArenaRange[] {
    const known = this.ranges.get(data);
    if (known) return known;
    const { mem } = this.target.kernel;
    const ranges = data.pieces.flatMap((piece) => mem.ranges(piece.phys, piece.length));
    if (ranges.length === data.pieces.length) this.ranges.set(data, ranges);
    return ranges;
  }
}

/**
 * When a step is over. Steps are per task: what other tasks do meanwhile passes unseen, and an interrupt on the task's own stack is deeper than
 * what it interrupts. Back is the mirror image of over.
 */
import type { Moment } from './timeline';

export type StepKind = 'over' | 'in' | 'out' | 'back';
export type Granularity = 'statement' | 'line';

/** Whether a moment ends the step that began at `from`. `line` tells the line of a statement, for stepping by lines. */
export function stepEnds(
  kind: StepKind,
  from: Moment,
  task: number,
  depth: number,
  granularity: Granularity,
  line: (statement: number) => string,
): (moment: Moment) => boolean {
  const startLine = line(from.statement);
  const leavesLine = (moment: Moment) =>
    granularity === 'statement' || moment.depth !== depth || line(moment.statement) !== startLine;
  return (moment) => {
    if (moment.ending !== undefined) return true;
    if (moment.edit) return kind === 'back';
    if (moment.task !== task) return false;
    switch (kind) {
      case 'in':
        return leavesLine(moment);
      case 'out':
        return moment.depth < depth;
      default:
        return moment.depth <= depth && leavesLine(moment);
    }
  };
}

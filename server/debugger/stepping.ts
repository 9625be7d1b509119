/**
 * When a step ends. Steps are per task: other tasks do not end it, and an interrupt on the task's own stack is deeper than
 * the code it interrupts. Step back is the mirror image of step over.
 */
import type { Moment } from './timeline';

export type StepKind = 'over' | 'in' | 'out' | 'back';
export type Granularity = 'statement' | 'line';

/** Whether a moment ends the step that began at `from`. `line` returns the line of a statement, for stepping by lines. */
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
    if (moment.task !== task || moment.statement < 0) return false;
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

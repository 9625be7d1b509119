/** The moments that a comparison can name: where the debugger is, the ends of what is recorded, the ends of tasks. */
import { orMake } from '../../../types/orMake';
import type { Session } from '../../session';
import { InspectorError } from '../asking';
import type { CompareAnswer, MomentRef } from '../shapes/compare';

/** Tasks whose ends are listed, at most. */
const MOST_TASKS = 30;

/** The last moment that a task of the scenario's ran at, by its name. Follows the marks as they are made. */
class TaskEnds {
  private last = new Map<string, number>();
  /** by task_struct: which of the scenario's tasks it is */
  private names = new Map<number, string>();
  private next = 0;
  private lastPosition = -1;

  constructor(private readonly session: Session) {}

  /** Mark of the last statement of each, by name. */
  marks(): ReadonlyMap<string, number> {
    const { target } = this.session;
    const { marks } = target.kernel.mem.journal;
    const known = this.next > 0 ? marks.at(this.next - 1) : undefined;
    if (this.next > marks.end || (known && known.position !== this.lastPosition)) this.forget();
    for (this.next = Math.max(this.next, marks.start); this.next < marks.end; this.next++) this.read(this.next);
    this.lastPosition = marks.at(this.next - 1)?.position ?? -1;
    return this.last;
  }
  /** The future that was read has been dropped. */
  private forget(): void {
    this.last = new Map();
    this.names = new Map();
    this.next = 0;
  }
  private read(mark: number): void {
    const { statement, task, ending } = this.session.timeline.momentAt(mark);
    if (statement < 0 || ending !== undefined) return;
    const owner = this.session.target.statements[statement]?.owner;
    if (owner?.kind === 'context' && (owner.word === 'task' || owner.word === 'process'))
      this.names.set(task, owner.name);
    const name = this.names.get(task);
    if (name !== undefined) this.last.set(name, mark);
  }
}
const ends = new WeakMap<Session, TaskEnds>();
const taskEnds = (session: Session): ReadonlyMap<string, number> =>
  orMake(ends, session, () => new TaskEnds(session)).marks();

/** The position that a name means. @throws InspectorError for one that is not recorded */
export function positionNamed(session: Session, ref: MomentRef): number {
  const { timeline, target } = session;
  const { journal } = target.kernel.mem;
  switch (ref.at) {
    case 'now':
      return timeline.position;
    case 'start':
      return journal.horizon;
    case 'end':
      return journal.end;
    case 'endOf':
      return endOf(session, ref.task);
    case 'position': {
      const { position } = ref;
      if (position >= journal.horizon && position <= journal.end) return position;
      throw new InspectorError(`position ${position} is not recorded: ${journal.horizon} to ${journal.end} are`);
    }
  }
}
/** Behind the last statement of a task that is recorded. */
function endOf(session: Session, task: string): number {
  const { timeline } = session;
  const mark = taskEnds(session).get(task);
  if (mark === undefined) throw new InspectorError(`no statement of a task ${task} is recorded`);
  const after = timeline.nextMoment(mark + 1);
  return after < 0 ? session.target.kernel.mem.journal.end : timeline.momentAt(after).position;
}

/** All that can be asked for by name. */
export function namedMoments(session: Session): CompareAnswer['named'] {
  const tasks = [...taskEnds(session).keys()].slice(0, MOST_TASKS);
  const named: readonly { ref: MomentRef; label: string }[] = [
    { ref: { at: 'now' }, label: 'now' },
    { ref: { at: 'start' }, label: session.timeline.horizon === 0 ? 'start of the run' : 'oldest recorded moment' },
    { ref: { at: 'end' }, label: session.target.ended ? 'end of the run' : 'newest recorded moment' },
    ...tasks.map((task) => ({ ref: { at: 'endOf', task } as const, label: `end of ${task}` })),
  ];
  return named.map(({ ref, label }) => ({ ref, label, position: positionNamed(session, ref) }));
}

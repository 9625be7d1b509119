/** The lanes of the CPUs in a window of time, with as many stretches as an answer may hold. */
import { toBits } from '../../../types/address';
import { MARK_STATEMENT } from '../../../vm/run/runMarks';
import type { Session } from '../../session';
import { type Asking, InspectorError } from '../asking';
import { momentOf, statementAt } from '../moments';
import type { Allocations, ContextsAnswer, ContextsQuestion, Lane, Lock, Off, Run } from '../shapes/cpuContexts';
import { AllocationTicks } from './allocationTicks';
import { Coalesce } from './coalesce';
import { LaneWalk, type LockStretch, type OffStretch, type RunStretch, type TaskName } from './laneWalk';

const LANES = 8;
/** Stretches of all lanes together. */
const MOST = { runs: 360, off: 200, locks: 200, allocations: 160 } as const;
/** Marks that are looked at for the first statement of a stretch: other CPUs run theirs in between. */
const MARKS = 1000;

export function contexts({ session }: Asking, question: ContextsQuestion): ContextsAnswer {
  const { kernel } = session.target;
  const { journal } = kernel.mem;
  const from = Math.max(question.from ?? 0, journal.horizon);
  const to = Math.min(question.to ?? Number.POSITIVE_INFINITY, journal.end);
  if (from > to)
    throw new InspectorError(
      `the window ${question.from ?? from} to ${question.to ?? to} is outside what is recorded: ${journal.horizon} to ${journal.end}`,
    );
  const { cpus } = kernel.percpu;
  const first = question.firstCpu ?? 0;
  const lanes = Math.min(question.cpus ?? LANES, cpus - first);
  if (lanes <= 0) throw new InspectorError(`there is no CPU ${first}: the machine has ${cpus}`);
  const all = Array.from({ length: lanes }, (_, i) => new LaneStretches(session, first + i, from, to, lanes));
  const walk = new LaneWalk(session.target, from, {
    run: (stretch) => all[stretch.cpu - first]?.runs.add(stretch),
    off: (stretch) => all[stretch.cpu - first]?.off.add(stretch),
    lock: (stretch) => all[stretch.cpu - first]?.locks.add(stretch),
  });
  walk.advance(to);
  walk.finish();
  const { trace } = kernel;
  for (const record of trace.output.within(from, to)) all[record.cpu - first]?.allocations.add(record);
  const tasks = new TaskTable();
  return {
    moment: momentOf(session),
    absent: trace.on
      ? []
      : [{ what: 'allocations', why: 'what is allocated was not recorded in this run: start it in the debugger' }],
    from,
    to,
    oldest: journal.horizon,
    newest: journal.end,
    cpus,
    lanes: all.map((lane) => lane.answer(tasks)),
    tasks: tasks.all.map(({ address, comm, pid }) => ({
      address: `0x${toBits(kernel.abi, address).toString(16)}`,
      comm,
      pid,
    })),
  };
}
/** Numbers the tasks that an answer names. */
class TaskTable {
  readonly all: TaskName[] = [];
  private readonly numbers = new Map<TaskName, number>();
  number(task: TaskName): number {
    let number = this.numbers.get(task);
    if (number === undefined) this.numbers.set(task, (number = this.all.push(task) - 1));
    return number;
  }
}

/** What one CPU does. */
class LaneStretches {
  readonly runs: Coalesce<RunStretch>;
  readonly off: Coalesce<OffStretch>;
  readonly locks: Coalesce<LockStretch>;
  readonly allocations: AllocationTicks;

  constructor(
    private readonly session: Session,
    private readonly cpu: number,
    from: number,
    to: number,
    lanes: number,
  ) {
    const share = (most: number) => Math.max(6, Math.floor(most / lanes));
    this.runs = new Coalesce(from, to, share(MOST.runs));
    this.off = new Coalesce(from, to, share(MOST.off));
    this.locks = new Coalesce(from, to, share(MOST.locks));
    this.allocations = new AllocationTicks(from, to, share(MOST.allocations));
  }
  answer(tasks: TaskTable): Lane {
    return {
      cpu: this.cpu,
      runs: this.runs.stretches.map((stretch) => this.run(stretch, tasks)),
      off: this.off.stretches.map((stretch) => this.offOf(stretch)),
      locks: this.locks.stretches.map((stretch) => this.lock(stretch, tasks)),
      allocations: this.allocations.all.map((tick): Allocations => {
        const { site, ...counts } = tick;
        const line = site && this.session.index.positionOfSpan(site.span)?.line;
        return {
          ...counts,
          ...(line === undefined ? {} : { line }),
          ...(site?.api === undefined ? {} : { function: site.api }),
        };
      }),
    };
  }
  private run({ kind, task, from, to, merged }: RunStretch & Merged, tasks: TaskTable): Run {
    const first = kind === 'idle' ? undefined : firstStatement(this.session, this.cpu, from, to);
    const interrupt = kind !== 'idle' && kind !== 'task';
    return {
      from,
      to,
      kind,
      task: tasks.number(task),
      name: interrupt ? (first?.owner ?? kind) : task.comm,
      ...lineOf(first?.line),
      ...mergedOf(merged),
    };
  }
  private offOf({ what, from, to, merged }: OffStretch & Merged): Off {
    return { from, to, what, ...lineOf(this.lineBefore(from)), ...mergedOf(merged) };
  }
  private lock({ from, to, address, kind, ip, task, waits, merged }: LockStretch & Merged, tasks: TaskTable): Lock {
    const { view, index, target } = this.session;
    const span = target.spanOfCode(ip);
    const name = view.symbolName(address, true) ?? view.hexBits(toBits(view.abi, address));
    const line = span && index.positionOfSpan(span)?.line;
    return { from, to, name, kind, task: tasks.number(task), waits, ...lineOf(line), ...mergedOf(merged) };
  }
  /** The line of the statement that was running just before a position. */
  private lineBefore(position: number): number | undefined {
    return this.session.index.positionOf(statementAt(this.session, Math.max(0, position - 1)).statement)?.line;
  }
}
interface Merged {
  readonly merged?: number;
}
const lineOf = (line: number | undefined): { line?: number } => (line === undefined ? {} : { line });
const mergedOf = (merged: number | undefined): { merged?: number } => (merged === undefined ? {} : { merged });

/** The first statement that a CPU runs in a stretch: its line, and whose it is. */
export function firstStatement(
  { target, index }: Session,
  cpu: number,
  from: number,
  to: number,
): { readonly line: number | undefined; readonly owner: string | undefined } | undefined {
  const { marks } = target.kernel.mem.journal;
  const start = marks.firstAtOrAfter(from);
  for (let i = start; i < Math.min(marks.end, start + MARKS); i++) {
    const mark = marks.at(i);
    if (!mark || mark.position >= to) return undefined;
    const statement = mark.kind === MARK_STATEMENT && mark.b === cpu ? target.statements[mark.a] : undefined;
    if (statement) return { line: index.positionOf(mark.a)?.line, owner: statement.owner.name };
  }
  return undefined;
}

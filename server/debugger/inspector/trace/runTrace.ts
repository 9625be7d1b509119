/**
 * A whole run as a trace: a lane for each CPU with the contexts that ran on it and what was allocated there, lanes for where preemption, bottom
 * halves and interrupts were off, the locks, counters of the zones, and the kernel's reports. It can be made while the run goes on: what the
 * journal drops has been told of then.
 */
import type { LogEntry } from '../../../kernel/printk/printk';
import type { TraceRecord } from '../../../kernel/printk/trace';
import { toBits } from '../../../types/address';
import type { Session } from '../../session';
import type { SourcePosition } from '../../target/source';
import { firstStatement } from '../contexts/cpuLanes';
import { LaneWalk, type LockStretch, type OffStretch, type RunStretch } from '../contexts/laneWalk';
import { OFF_KINDS, type OffKind } from '../shapes/cpuContexts';
import { walkSums } from '../zones/sumWalk';
import { termsOf } from '../zones/zoneSeries';
import { populatedZones } from '../zones/zonesNow';
import { AllocationEvents } from './allocationEvents';
import { EmulatedClock } from './emulatedClock';
import { microseconds, type TraceEvent } from './traceEvents';

const PID = 1;
/** Threads of a CPU: what runs, and what is off. */
const THREADS = 1 + OFF_KINDS.length;
const OFF_NAMES: Readonly<Record<OffKind, string>> = {
  preempt: 'preemption off',
  bh: 'bottom halves off',
  irqs: 'interrupts off',
};
const runThread = (cpu: number): number => 1 + cpu * THREADS;
const offThread = (cpu: number, what: OffKind): number => runThread(cpu) + 1 + OFF_KINDS.indexOf(what);

export class RunTrace {
  private clock: EmulatedClock;
  private walk: LaneWalk;
  private readonly zones: readonly { readonly name: string; last: string }[];
  private at: number;
  /** the next entries of log and trace */
  private logged: number;
  private recorded: number;
  private locks = 0;
  private readonly allocations: AllocationEvents;
  /** stretches of the journal that were dropped before they were followed: entries */
  private dropped = 0;

  constructor(
    private readonly session: Session,
    private readonly add: (event: TraceEvent) => void,
  ) {
    const { target } = session;
    const { kernel } = target;
    this.at = kernel.journal.horizon;
    this.logged = target.log.output.start;
    this.recorded = kernel.trace.output.start;
    this.clock = new EmulatedClock(kernel, this.at);
    this.walk = this.lanes();
    this.allocations = new AllocationEvents(
      session,
      ({ record, name, cat, args }) => this.instant(record, name, cat, args),
      (position) => this.clock.statementAt(position),
    );
    this.zones = populatedZones(kernel).map(({ zone }) => ({ name: `node ${zone.node} ${zone.name}`, last: '' }));
    this.names();
  }

  /** Follows the run up to a moment; unless given, up to the end of what is recorded. */
  advance(to = this.session.target.kernel.journal.end): void {
    const { kernel, log } = this.session.target;
    const { horizon } = kernel.journal;
    if (horizon > this.at) {
      this.walk.finish();
      this.dropped += horizon - this.at;
      this.at = horizon;
      this.clock = new EmulatedClock(kernel, horizon);
      this.walk = this.lanes();
    }
    this.clock.advance(to);
    this.walk.advance(to);
    this.counters(to);
    const records = kernel.trace.output;
    const lastRecord = records.endAt(to);
    for (this.recorded = Math.max(this.recorded, records.start); this.recorded < lastRecord; this.recorded++)
      this.record(records.at(this.recorded) as TraceRecord);
    this.allocations.flush();
    const lastLine = log.output.endAt(to);
    for (this.logged = Math.max(this.logged, log.output.start); this.logged < lastLine; this.logged++)
      this.report(log.output.at(this.logged) as LogEntry);
    this.at = to;
  }
  /** Ends what is under way; what the trace is of. */
  finish(): Record<string, number | string> {
    this.advance();
    this.walk.finish();
    const { program, kernel } = this.session.target;
    return {
      scenario: program.files[0]?.path ?? '',
      kernel: kernel.profile.version,
      machine: kernel.abi.arch,
      entries: this.at,
      dropped: this.dropped,
      ended: this.session.timeline.latest.ending ?? 'not ended',
    };
  }

  private lanes(): LaneWalk {
    return new LaneWalk(
      this.session.target,
      this.at,
      { run: (run) => this.run(run), off: (off) => this.off(off), lock: (lock) => this.lock(lock) },
      (position) => this.clock.timeAt(position),
    );
  }
  private time(position: number): number {
    return microseconds(this.clock.timeAt(position));
  }
  private names(): void {
    const { kernel } = this.session.target;
    this.meta('process_name', undefined, 'kmem');
    for (let cpu = 0; cpu < kernel.percpu.cpus; cpu++) {
      this.meta('thread_name', runThread(cpu), `CPU ${cpu}`);
      for (const what of OFF_KINDS) this.meta('thread_name', offThread(cpu, what), `CPU ${cpu} ${OFF_NAMES[what]}`);
    }
  }
  private meta(what: string, tid: number | undefined, name: string): void {
    this.add({ ph: 'M', pid: PID, ...(tid === undefined ? {} : { tid }), name: what, args: { name } });
    if (tid !== undefined) this.add({ ph: 'M', pid: PID, tid, name: 'thread_sort_index', args: { sort_index: tid } });
  }
  private slice(
    tid: number,
    name: string,
    cat: string,
    stretch: RunStretch | OffStretch,
    args: TraceEvent['args'],
  ): void {
    const ts = microseconds(stretch.fromTime);
    const dur = microseconds(Math.max(0, this.clock.timeAt(stretch.to) - stretch.fromTime));
    this.add({ ph: 'X', pid: PID, tid, ts, dur, name, cat, args: { ...args, position: stretch.from } });
  }
  private run(run: RunStretch): void {
    const { kind, cpu, task, from, to } = run;
    if (kind === 'idle') return;
    const first = from < this.session.timeline.horizon ? undefined : firstStatement(this.session, cpu, from, to);
    const name = kind === 'task' ? task.comm : (first?.owner ?? kind);
    const line = first?.line === undefined ? {} : { line: first.line };
    this.slice(runThread(cpu), name, kind, run, { ...line, task: task.comm, pid: task.pid });
  }
  private off(off: OffStretch): void {
    this.slice(offThread(off.cpu, off.what), OFF_NAMES[off.what], 'off', off, {});
  }
  /** Locks overlap in any way: each has its own row while it is held. */
  private lock(lock: LockStretch): void {
    const { address, kind, ip, task, waits, from, to, fromTime, cpu } = lock;
    const { view, target, index } = this.session;
    const name = view.symbolName(address, true) ?? view.hexBits(toBits(view.abi, address));
    const span = target.spanOfCode(ip);
    const event = { pid: PID, tid: runThread(cpu), id: ++this.locks, cat: waits ? 'lock wait' : 'lock', name };
    const place = placeArgs(span && index.positionOfSpan(span));
    this.add({
      ph: 'b',
      ...event,
      ts: microseconds(fromTime),
      args: { kind, task: task.comm, pid: task.pid, ...place, position: from },
    });
    this.add({ ph: 'e', ...event, ts: Math.max(microseconds(fromTime), this.time(to)) });
  }
  private counters(end: number): void {
    const { kernel } = this.session.target;
    const sums = populatedZones(kernel).flatMap(({ zone }) => [termsOf(zone, 'freeExact'), termsOf(zone, 'pcp')]);
    walkSums(
      kernel.mem,
      sums,
      [],
      { from: this.at, to: end },
      {
        moment: (position, values) => {
          this.zones.forEach((zone, i) => {
            const args = { free: values[2 * i] as number, 'on the lists of the CPUs': values[2 * i + 1] as number };
            const text = Object.values(args).join();
            if (text === zone.last) return;
            zone.last = text;
            this.add({ ph: 'C', pid: PID, ts: this.time(position), name: `pages, ${zone.name}`, args });
          });
        },
        write: () => {},
      },
    );
  }
  private record(record: TraceRecord): void {
    if (record.name === 'mm_vmscan_wakeup_kswapd') {
      this.instant(record, `kswapd${Number(record.values[0])} woken`, 'kswapd', { order: Number(record.values[1]) });
      return;
    }
    this.allocations.add(record);
  }
  private instant(record: TraceRecord, name: string, cat: string, args: NonNullable<TraceEvent['args']>): void {
    const { position, cpu, site } = record;
    const place = placeArgs(site && this.session.index.positionOfSpan(site.span));
    const ts = this.time(position);
    this.add({ ph: 'i', s: 't', pid: PID, tid: runThread(cpu), ts, name, cat, args: { ...args, ...place, position } });
  }
  private report({ kind, position, text, span, cpu }: LogEntry): void {
    if (kind === 'print') return;
    const place = placeArgs(span && this.session.index.positionOfSpan(span));
    const ts = this.time(position);
    this.add({
      ph: 'i',
      s: 'g',
      pid: PID,
      tid: runThread(cpu),
      ts,
      name: text,
      cat: kind,
      args: { ...place, position },
    });
  }
}

const placeArgs = (place: SourcePosition | undefined): { file?: string; line?: number } =>
  place ? { file: place.file.path, line: place.line } : {};

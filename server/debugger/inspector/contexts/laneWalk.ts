/**
 * Follows what each CPU does through the journal: which task or interrupt runs, what is off, which locks are taken. Each stretch is told of
 * when it ends. A walk goes on where it has ended, so that a run can be followed while it is recorded.
 */
import { heldAcquired, heldKind } from '../../../kernel/locking/lockdep/held_locks';
import { type LockKind, lockFacts } from '../../../kernel/locking/lockdep/lock_kind';
import {
  HARDIRQ_MASK,
  NMI_MASK,
  PREEMPT_MASK,
  SOFTIRQ_DISABLE_OFFSET,
  SOFTIRQ_MASK,
  SOFTIRQ_OFFSET,
} from '../../../kernel/sched/preempt_mask';
import { wordHistory } from '../../../memory/wordHistory';
import type { Target } from '../../target/target';
import { OFF_KINDS, type OffKind, type RunKind } from '../shapes/cpuContexts';
import { IRQS_OFF, LaneWords, LOCK_DEPTH, PREEMPT_COUNT, TASK_WORDS } from './laneWords';

export interface TaskName {
  /** address of its task_struct */
  readonly address: number;
  readonly comm: string;
  readonly pid: number;
}
interface Stretch {
  readonly cpu: number;
  readonly from: number;
  readonly to: number;
  /** what the walk's clock said at `from` */
  readonly fromTime: number;
}
export interface RunStretch extends Stretch {
  readonly kind: RunKind;
  readonly task: TaskName;
}
export interface OffStretch extends Stretch {
  readonly what: OffKind;
}
export interface LockStretch extends Stretch {
  readonly task: TaskName;
  readonly address: number;
  readonly kind: LockKind;
  /** address of the code that took it */
  readonly ip: number;
  readonly waits: boolean;
}
export interface LaneListener {
  run(stretch: RunStretch): void;
  off(stretch: OffStretch): void;
  lock(stretch: LockStretch): void;
}
type Open<T extends Stretch> = Omit<T, 'to'>;

export class LaneWalk {
  private readonly words: LaneWords;
  /** what the words hold at `at` */
  private held: Int32Array | undefined;
  /** by task, until it has another */
  private readonly names: (TaskName | undefined)[] = [];
  private readonly runs: (Open<RunStretch> | undefined)[] = [];
  private readonly offs: (Open<OffStretch> | undefined)[][] = [];
  /** by task, in the order of its list */
  private readonly locks: Open<LockStretch>[][];

  constructor(
    private readonly target: Target,
    private at: number,
    private readonly listener: LaneListener,
    private readonly clock: (position: number) => number = () => 0,
  ) {
    this.words = new LaneWords(target.kernel, target.taskStructs);
    this.locks = target.taskStructs.map(() => []);
  }

  /** Follows the journal up to a position. */
  advance(to: number): void {
    const history = wordHistory(this.target.kernel.mem, this.words.words, this.at, to);
    if (!this.held) this.begin(history.initial.slice());
    const held = this.held as unknown as Int32Array;
    const { perCpu } = this.words;
    const cpuWords = this.words.cpus * perCpu;
    const { count } = history;
    for (let n = 0; n < count; n++) {
      const which = history.wordOf(n);
      const old = held[which] as number;
      const value = history.valueOf(n);
      if (old === value) continue;
      held[which] = value;
      if (which < cpuWords) this.cpuChanged(Math.floor(which / perCpu), history.positionOf(n));
      else this.taskChanged(which - cpuWords, old, value, history.positionOf(n));
    }
    this.at = to;
  }
  /** Ends what is still under way. */
  finish(): void {
    for (const run of this.runs) if (run) this.endRun(run, this.at);
    for (const off of this.offs.flat()) if (off) this.listener.off({ ...off, to: this.at });
    for (const lock of this.locks.flat()) this.endLock(lock, this.at);
  }

  private from(position: number): { from: number; fromTime: number } {
    return { from: position, fromTime: this.clock(position) };
  }
  private begin(held: Int32Array): void {
    this.held = held;
    for (let cpu = 0; cpu < this.words.cpus; cpu++) {
      this.offs.push(OFF_KINDS.map(() => undefined));
      this.cpuChanged(cpu, this.at);
    }
    this.locks.forEach((_, task) => {
      this.locksChanged(task, this.at);
    });
  }
  // ---------------------------------------------------------------- CPUs
  private cpuChanged(cpu: number, position: number): void {
    const held = this.held as Int32Array;
    const index = this.words.current(held, cpu);
    if (index < 0) return;
    const base = cpu * this.words.perCpu;
    const count = held[base + PREEMPT_COUNT] as number;
    const task = this.name(index);
    const kind = kindOf(count, this.words.isIdle(index));
    const run = this.runs[cpu];
    if (run?.task !== task || run.kind !== kind) {
      if (run) this.endRun(run, position);
      this.runs[cpu] = { cpu, kind, task, ...this.from(position) };
    }
    const busy = kind !== 'idle';
    this.switchOff(cpu, 0, busy && (count & PREEMPT_MASK) !== 0, position);
    this.switchOff(cpu, 1, busy && (count & SOFTIRQ_MASK) >= SOFTIRQ_DISABLE_OFFSET, position);
    this.switchOff(cpu, 2, busy && held[base + IRQS_OFF] !== 0, position);
  }
  private endRun(run: Open<RunStretch>, to: number): void {
    // what began and ended between two writes was never to be seen
    if (to > run.from) this.listener.run({ ...run, to });
  }
  private switchOff(cpu: number, what: number, off: boolean, position: number): void {
    const open = this.offs[cpu] as (Open<OffStretch> | undefined)[];
    const now = open[what];
    if (off === (now !== undefined)) return;
    if (now) this.listener.off({ ...now, to: position });
    open[what] = off ? { cpu, what: OFF_KINDS[what] as OffKind, ...this.from(position) } : undefined;
  }
  private name(index: number): TaskName {
    const known = this.names[index];
    if (known) return known;
    const held = this.held as Int32Array;
    const { words } = this;
    const name = { address: words.address(index), comm: words.comm(held, index), pid: words.pid(held, index) };
    this.names[index] = name;
    return name;
  }
  // ---------------------------------------------------------------- locks
  private taskChanged(offset: number, old: number, value: number, position: number): void {
    const task = Math.floor(offset / TASK_WORDS);
    const word = offset % TASK_WORDS;
    // entries are written before their number, and moved before one goes: they are read when the number changes
    if (word < LOCK_DEPTH) this.names[task] = undefined;
    else if (word === LOCK_DEPTH) this.locksChanged(task, position);
    else if (heldAcquired(old) !== heldAcquired(value)) {
      const index = this.words.lockOfBits(word);
      const open = this.locks[task]?.[index];
      if (index < 0 || !open || heldKind(old) !== heldKind(value)) return;
      this.endLock(open, position);
      (this.locks[task] as Open<LockStretch>[])[index] = {
        ...open,
        ...this.from(position),
        waits: !heldAcquired(value),
      };
    }
  }
  private locksChanged(task: number, position: number): void {
    const held = this.held as Int32Array;
    const open = this.locks[task] as Open<LockStretch>[];
    const now = Array.from({ length: this.words.lockDepth(held, task) }, (_, i) => this.words.lock(held, task, i));
    const kept: Open<LockStretch>[] = [];
    const gone = [...open];
    for (const { address, ip, bits } of now) {
      const index = gone.findIndex((lock) => lock.address === address && lock.ip === ip);
      const same = index < 0 ? undefined : gone.splice(index, 1)[0];
      const waits = !heldAcquired(bits);
      if (same && same.waits === waits) {
        kept.push(same);
        continue;
      }
      if (same) this.endLock(same, position);
      kept.push({
        cpu: this.cpuOf(task),
        task: this.name(task),
        address,
        kind: heldKind(bits),
        ip,
        waits,
        ...this.from(position),
      });
    }
    for (const lock of gone) this.endLock(lock, position);
    this.locks[task] = kept;
  }
  private endLock(lock: Open<LockStretch>, to: number): void {
    // lockdep follows some regions as if they were locks: they are not shown as locks
    if (to > lock.from && !lockFacts(lock.kind).map) this.listener.lock({ ...lock, to });
  }
  /** The CPU that a task runs on; 0 for one that runs on none. */
  private cpuOf(task: number): number {
    const held = this.held as Int32Array;
    for (let cpu = 0; cpu < this.words.cpus; cpu++) if (this.words.current(held, cpu) === task) return cpu;
    return 0;
  }
}

/** The context that a CPU with this preempt_count runs in. */
function kindOf(count: number, idle: boolean): RunKind {
  if (count & NMI_MASK) return 'nmi';
  if (count & HARDIRQ_MASK) return 'hardirq';
  if (count & SOFTIRQ_OFFSET) return 'softirq';
  return idle ? 'idle' : 'task';
}

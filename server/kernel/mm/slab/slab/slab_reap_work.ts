/**
 * The works of the reapers, one per CPU (mm/slab.c, 6.1: start_cpu_timer, cache_reap). They are deferrable: they do not run on an idle CPU.
 * Here they run in the tick that finds them due, without waiting for a kworker's turn.
 */
import type { Memory } from '../../../../memory/memory';
import { roundedJiffies } from '../../../lib/round_jiffies';
import type { SlabReaper } from './slab_reap';

/** seconds between two rounds of a CPU (REAPTIMEOUT_AC) */
const ROUND_SECONDS = 2;

interface ReapWorkParts {
  readonly mem: Memory;
  readonly reaper: SlabReaper;
  readonly hz: number;
  /** words of the jiffies at which the CPUs' works are due */
  readonly due: readonly number[];
}

export class SlabReapWork {
  constructor(private readonly parts: ReapWorkParts) {}

  /** start_cpu_timer, of each CPU as it comes up. `now`: jiffies */
  start(now: number): void {
    this.parts.due.forEach((_, cpu) => {
      this.queue(cpu, now, 1);
    });
  }
  /** A tick of a CPU that is not idle, or leaves idle. */
  tick(cpu: number, now: number): void {
    const { mem, due, reaper } = this.parts;
    const at = mem.words[due[cpu] as number] as number;
    if (((now - at) | 0) < 0) return;
    reaper.reap(cpu);
    this.queue(cpu, now, ROUND_SECONDS);
  }
  private queue(cpu: number, now: number, seconds: number): void {
    const { mem, due, hz } = this.parts;
    mem.set(due[cpu] as number, roundedJiffies(now, seconds * hz, cpu, hz) | 0);
  }
}

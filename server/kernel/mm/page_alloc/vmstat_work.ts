/**
 * The worker that folds the CPUs' counters into the zones' once a second, while they change. Follows mm/vmstat.c, 6.1: vmstat_shepherd,
 * vmstat_update, refresh_cpu_vm_stats, quiet_vmstat; kernel/time/timer.c: round_jiffies_relative. Both works are deferrable: they do not run
 * on an idle CPU. Here they run in the tick that finds them due, without waiting for a kworker's turn.
 */
import type { Memory } from '../../../memory/memory';
import { roundedJiffies } from '../../lib/round_jiffies';
import { foldZoneDiffs, zoneHasDiffs } from '../vmstat';
import type { Zone } from '../zone';
import type { ZonePerCpu } from '../zone_percpu';
import type { Frames } from './alloc_frames';
import type { PageAllocator } from './page_alloc';

/** what calls free_pcppages_bulk */
const WORK_FRAMES: Frames = ['drain_zone_pages', 'refresh_cpu_vm_stats', 'vmstat_update'];

/** A remote page list that has not been used for so many seconds is given back. */
const EXPIRE_SECONDS = 3;

interface VmstatParts {
  readonly mem: Memory;
  readonly alloc: PageAllocator;
  /** jiffies a second: sysctl_stat_interval */
  readonly hz: number;
  /** words of the jiffies at which the works are due, 0 where one is not pending: vmstat_work by CPU, and shepherd */
  readonly due: readonly number[];
  readonly shepherd: number;
  readonly nodeOfCpu: (cpu: number) => number;
}

export class VmstatWork {
  private readonly zones: readonly Zone[];

  constructor(private readonly parts: VmstatParts) {
    this.zones = parts.alloc.zones.filter((z) => z.populated);
  }

  /** A tick of a CPU that is not idle, or leaves idle. `now`: jiffies. */
  tick(cpu: number, now: number): void {
    if (cpu === 0) this.tend(now);
    if (this.isDue(this.due(cpu), now)) this.update(cpu, now);
  }
  /** quiet_vmstat: a CPU goes idle; its worker will not run, so what it would fold is folded now. */
  idle(cpu: number): void {
    if (this.parts.mem.words[this.due(cpu)] !== 0 && this.needsUpdate(cpu)) this.refresh(cpu, false);
  }

  /** start_shepherd_timer, at boot */
  start(now: number): void {
    this.queue(this.parts.shepherd, 0, now);
  }
  /** vmstat_shepherd: sets the workers of CPUs going whose counters have changed. */
  private tend(now: number): void {
    const { mem, shepherd, due } = this.parts;
    if (!this.isDue(shepherd, now)) return;
    due.forEach((word, cpu) => {
      if (mem.words[word] === 0 && this.needsUpdate(cpu)) mem.set(word, now | 0 || 1);
    });
    this.queue(shepherd, 0, now);
  }
  /** vmstat_update */
  private update(cpu: number, now: number): void {
    if (this.refresh(cpu, true)) this.queue(this.due(cpu), cpu, now);
    else this.parts.mem.set(this.due(cpu), 0);
  }
  private due(cpu: number): number {
    return this.parts.due[cpu] as number;
  }
  /** Jiffies wrap. */
  private isDue(word: number, now: number): boolean {
    const at = this.parts.mem.words[word] as number;
    return at !== 0 && ((now - at) | 0) >= 0;
  }
  /** Due in about a second: round_jiffies_relative, so that the works of all CPUs run at whole seconds, three jiffies apart. */
  private queue(word: number, cpu: number, now: number): void {
    const { mem, hz } = this.parts;
    // 0 says that a work is not pending
    mem.set(word, roundedJiffies(now, hz, cpu, hz) | 0 || 1);
  }
  private needsUpdate(cpu: number): boolean {
    return this.zones.some((zone) => zoneHasDiffs(zone.onCpu(cpu)));
  }
  /** refresh_cpu_vm_stats: whether something has changed. `pagesets`: lists of remote zones are looked at as well. */
  private refresh(cpu: number, pagesets: boolean): boolean {
    const { alloc, nodeOfCpu } = this.parts;
    let changed = false;
    for (const zone of this.zones) {
      const pcp = zone.onCpu(cpu);
      if (foldZoneDiffs(zone, pcp, alloc.buddy.globalFree)) {
        changed = true;
        pcp.expire = EXPIRE_SECONDS;
      }
      if (pagesets && this.expire(zone, pcp, zone.node === nodeOfCpu(cpu))) changed = true;
    }
    return changed;
  }
  /** A page list of a remote zone, unused for three seconds, gives back a batch. Whether something has changed. */
  private expire(zone: Zone, pcp: ZonePerCpu, local: boolean): boolean {
    if (pcp.expire === 0 || pcp.count === 0) return false;
    pcp.expire = local ? 0 : pcp.expire - 1;
    if (local) return false;
    if (pcp.expire === 0) this.parts.alloc.pcp.drain(zone, pcp, Math.min(pcp.count, pcp.batch), 0, WORK_FRAMES);
    return true;
  }
}

/** Whether lock debugging is still reliable (lib/debug_locks.c, 6.1): the first report about locks switches it off. */
import type { Core } from '../sched/core';

export class DebugLocks {
  constructor(private readonly core: Core) {
    core.setGlobal('debug_locks', 1);
  }
  get on(): boolean {
    return this.core.getGlobal('debug_locks') !== 0;
  }
  /** debug_locks_off: true for the caller that switches it off and may report. */
  off(): boolean {
    if (!this.on) return false;
    this.core.setGlobal('debug_locks', 0);
    return this.core.getGlobal('debug_locks_silent') === 0;
  }
}

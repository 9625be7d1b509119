/** Whether lock debugging is still reliable (lib/debug_locks.c, 6.1): the first report about locks switches it off. */

/** Integer variables of the kernel. */
interface Globals {
  getGlobal(name: string): number;
  setGlobal(name: string, value: number): void;
}

export class DebugLocks {
  constructor(private readonly globals: Globals) {
    globals.setGlobal('debug_locks', 1);
  }
  get on(): boolean {
    return this.globals.getGlobal('debug_locks') !== 0;
  }
  /** debug_locks_off: true for the caller that switches it off and may report. */
  off(): boolean {
    if (!this.on) return false;
    this.globals.setGlobal('debug_locks', 0);
    return this.globals.getGlobal('debug_locks_silent') === 0;
  }
}

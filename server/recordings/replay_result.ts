/** What the repetition of a recording in the emulator gives: the answer of `kmem replay`. */

/** An operation that gave another result than the recording has. */
interface Mismatch {
  readonly index: number;
  /** as the recording has it */
  readonly op: string;
  /** what the emulator gave: a pfn (−1 for NULL), or a text in the recording's notation */
  readonly got: number | string;
}
export interface ReplayResult {
  /** operations that were repeated */
  readonly ops: number;
  /** recorded states on the way that were compared: lists, counters, tables */
  readonly states: number;
  readonly firstMismatch: Mismatch | null;
  /** the state at the end, or what differs in it or in the states on the way */
  readonly finalState: 'identical' | readonly string[];
  /** what of the recording was not compared, and why */
  readonly notCompared?: readonly string[];
  readonly nsPerOp: number;
}

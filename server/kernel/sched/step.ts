/**
 * How the kernel's own loops advance. Each is a frame of one instruction on a kernel stack. The vm asks it for its next step whenever it is
 * there; the loop does what it can and returns what the processor has to do. A loop's state is in its frame or its task_struct.
 */
import type { BLOCK } from './block';

/** Calls a function; the loop's next step comes when it has returned. */
export class CallRequest {
  constructor(
    /** virtual address of the function */
    readonly fn: number,
    readonly args: readonly number[],
  ) {}
}
/** Switches to a task that is off the run queue. The registers of the running one have been saved. */
export class SwitchTo {
  constructor(readonly task: number) {}
}
/** The next step at once. */
export const AGAIN = Symbol('again');
/** The loop is over: back to what it interrupted. */
export const RETURN = Symbol('return');
/** __do_softirq on top of the loop, then its next step. */
export const SOFTIRQS = Symbol('softirqs');
/** BLOCK: the task leaves its CPU. Its registers have been saved. */
export type Step = CallRequest | SwitchTo | typeof AGAIN | typeof RETURN | typeof SOFTIRQS | typeof BLOCK;
